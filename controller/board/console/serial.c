// SPDX-License-Identifier: GPL-2.0-or-later
// Console on a serial port of this host.
#include <errno.h>
#include <sys/ioctl.h>

#include "base/memory.h"
#include "board/console/serial_port.h"
#include "board/driver.h"
#include "board/keys.h"

struct serial_console {
	struct serial_port port;
	double grace;
};

static struct error *serial_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {"driver", "grace", SERIAL_PORT_KEYS, NULL};
	TRY(config_map_only(keys, known));
	struct serial_console *s = memory_new(1, sizeof(*s));
	*state = s;
	s->grace = 10;
	TRY(serial_port_config(keys, &s->port));
	return keys_seconds(keys, "grace", 0, 600, &s->grace);
}

static struct error *serial_open(void *state, struct board_place *place, int *fd)
{
	(void)place;
	return serial_port_open(&((struct serial_console *)state)->port, fd);
}

static struct error *serial_set_break(void *state, int fd, bool on, struct buffer *out)
{
	(void)state;
	(void)out;
	if (ioctl(fd, on ? TIOCSBRK : TIOCCBRK) < 0)
		return error_errno(ERROR_LAB, errno, "break");
	return NULL;
}

static double serial_grace(const void *state)
{
	return ((const struct serial_console *)state)->grace;
}

static int64_t serial_unread_ns(const void *state)
{
	return serial_port_unread_ns(&((const struct serial_console *)state)->port);
}

static void serial_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	serial_port_claim(&((const struct serial_console *)state)->port, keys, NULL, out);
}

const struct console_driver console_serial = {
    .name = "serial",
    .help = SERIAL_PORT_HELP
    "grace: SECONDS        how long it may be unplugged before the run is given up (10)\n",
    .config = serial_config,
    .open = serial_open,
    .set_break = serial_set_break,
    .grace = serial_grace,
    .unread_ns = serial_unread_ns,
    .claim = serial_claim,
    .free = free,
};
