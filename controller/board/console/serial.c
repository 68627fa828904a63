// SPDX-License-Identifier: GPL-2.0-or-later
// Console on a serial port of this host.
#include <errno.h>
#include <sys/ioctl.h>

#include "board/console/serial_port.h"
#include "board/driver.h"

struct serial_console {
	struct serial_port port;
	double grace;
};

static const struct key serial_keys[] = {
    SERIAL_PORT_KEYS(struct serial_console, port, "115200"),
    {"grace", KEY_SECONDS(struct serial_console, grace, 0, 600), .preset = "10",
     .help = "how long it may be unplugged before the run is given up"},
    {0},
};

static struct error *serial_check(void *state, const struct config_map *keys)
{
	return serial_port_check(&((struct serial_console *)state)->port, keys);
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
    .driver = {.name = "serial",
	       .help = "a serial port of this host",
	       .keys = serial_keys,
	       .size = sizeof(struct serial_console),
	       .check = serial_check},
    .open = serial_open,
    .set_break = serial_set_break,
    .grace = serial_grace,
    .unread_ns = serial_unread_ns,
    .claim = serial_claim,
};
