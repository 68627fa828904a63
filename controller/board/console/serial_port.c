// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/serial_port.h"

#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "base/clock.h"
#include "base/memory.h"

#define UNREAD_BYTES 3072
#define BITS_A_BYTE  10 // with start and stop bit, the least there is

struct error *serial_port_check(const struct serial_port *s, const struct config_map *keys)
{
	if (s->device && s->device[0] != '/')
		return config_error(config_map_find(keys, "device"),
				    "device: \"%s\", expected a path such as /dev/ttyUSB0",
				    s->device);
	if (!s->device && !s->usb_serial)
		return config_error(keys->node, "serial port: expected \"device\" (best a link of "
						"/dev/serial/by-id) or \"usb-serial\"");
	return NULL;
}

// ---- finding ------------------------------------------------------------------------------------

// An adapter may have several ports, which have one number together: then it does not tell which.
static struct error *find_by_usb_serial(const char *wanted, char *name, size_t size)
{
	struct sp_port **list = NULL;
	unsigned found = 0;
	if (sp_list_ports(&list) == SP_OK) {
		for (size_t i = 0; list[i]; i++) {
			const char *serial = sp_get_port_usb_serial(list[i]);
			if (!serial || strcmp(serial, wanted) != 0)
				continue;
			snprintf(name, size, "%s", sp_get_port_name(list[i]));
			found++;
		}
		sp_free_port_list(list);
	}
	if (!found)
		return error_new(ERROR_LAB, "no USB serial adapter with number %s", wanted);
	if (found > 1)
		return error_new(ERROR_LAB,
				 "%u serial ports with USB serial number %s: name the right one "
				 "with \"device\"",
				 found, wanted);
	return NULL;
}

// The name that libserialport takes: it follows no links.
static struct error *find_port(const struct serial_port *s, char name[PATH_MAX])
{
	if (!s->device)
		return find_by_usb_serial(s->usb_serial, name, PATH_MAX);
	if (!realpath(s->device, name))
		return error_errno(ERROR_LAB, errno, "serial port %s", s->device);
	return NULL;
}

// One port, whichever key names it. An adapter that is not there has its number only.
void serial_port_claim(const struct serial_port *s, const struct config_map *keys, const char *part,
		       struct claims *out)
{
	char name[PATH_MAX];
	CLEANUP_ERROR struct error *e = find_port(s, name);
	struct config_node node = config_map_find(keys, s->device ? "device" : "usb-serial");
	if (!e)
		claims_add(out, node, part, "serial port %s", name);
	else if (s->device)
		claims_add(out, node, part, "serial port %s", s->device);
	else
		claims_add(out, node, part, "serial port of the adapter with number %s",
			   s->usb_serial);
}

// A device and a number: both must be right, so that a swapped cable is noticed before power-on.
static struct error *check_usb_serial(const struct serial_port *s, const struct sp_port *port)
{
	const char *is = s->usb_serial ? sp_get_port_usb_serial(port) : NULL;
	if (!s->usb_serial || (is && strcmp(is, s->usb_serial) == 0))
		return NULL;
	return error_new(ERROR_IDENTITY,
			 "serial port %s: USB serial number %s, its file says %s (swapped "
			 "cable?)",
			 sp_get_port_name(port), is ? is : "(none)", s->usb_serial);
}

// ---- opening ------------------------------------------------------------------------------------

static struct error *sp_failed(enum sp_return code, const char *what, const char *name)
{
	if (code == SP_OK)
		return NULL;
	CLEANUP_FREE char *why = NULL;
	char *said = code == SP_ERR_FAIL ? sp_last_error_message() : NULL;
	if (said) {
		why = memory_strdup(said);
		sp_free_error_message(said);
	}
	return error_new(ERROR_LAB, "serial port %s: %s: %s", name, what,
			 why                   ? why
			 : code == SP_ERR_SUPP ? "the adapter cannot"
					       : "not a serial port");
}

// Somebody else has it. libserialport 0.1.2 takes the lock while it opens the port, 0.1.1 takes none.
static struct error *port_in_use(const char *name, int code)
{
	return error_errno(ERROR_LAB, code, "serial port %s is in use by another program", name);
}

static struct error *open_exclusively(struct sp_port *port, const char *name)
{
	enum sp_return code = sp_open(port, SP_MODE_READ_WRITE);
	int why = code == SP_ERR_FAIL ? sp_last_error_code() : 0;
	if (why == EBUSY || why == EWOULDBLOCK)
		return port_in_use(name, why);
	return sp_failed(code, "opening", name);
}

static struct error *configure(struct sp_port *port, const struct serial_line *l)
{
	static const enum sp_parity parities[] = {SP_PARITY_NONE, SP_PARITY_ODD, SP_PARITY_EVEN};
	static const enum sp_flowcontrol flows[] = {SP_FLOWCONTROL_NONE, SP_FLOWCONTROL_RTSCTS,
						    SP_FLOWCONTROL_XONXOFF};
	const char *name = sp_get_port_name(port);
	TRY(sp_failed(sp_set_baudrate(port, (int)l->baud), "baud rate", name));
	TRY(sp_failed(sp_set_bits(port, 8), "data bits", name));
	TRY(sp_failed(sp_set_parity(port, parities[l->parity]), "parity", name));
	TRY(sp_failed(sp_set_stopbits(port, (int)l->stop_bits), "stop bits", name));
	TRY(sp_failed(sp_set_flowcontrol(port, flows[l->flow]), "flow control", name));
	if (l->dtr != SERIAL_KEEP)
		TRY(sp_failed(sp_set_dtr(port, l->dtr == SERIAL_ON ? SP_DTR_ON : SP_DTR_OFF), "DTR",
			      name));
	if (l->rts != SERIAL_KEEP)
		TRY(sp_failed(sp_set_rts(port, l->rts == SERIAL_ON ? SP_RTS_ON : SP_RTS_OFF), "RTS",
			      name));
	return NULL;
}

// What libserialport leaves undone. RTS/CTS flow control: it sets CRTSCTS among the input flags,
// where it means nothing (0.1.1). HUPCL: closing the port would drop DTR, which some boards take for
// a reset. VMIN: it leaves 0, with which a read of a port that has nothing to say is as empty as that
// of one that hung up. A speed without a number of its own stays: tcsetattr(3) hands it on as it is.
static struct error *set_flags(int fd, const struct serial_line *l, const char *name)
{
	struct termios t;
	if (tcgetattr(fd, &t) < 0)
		return error_errno(ERROR_LAB, errno, "serial port %s", name);
	t.c_cflag &= ~(tcflag_t)(HUPCL | CRTSCTS);
	t.c_iflag &= ~(tcflag_t)CRTSCTS;
	if (l->flow == SERIAL_FLOW_RTSCTS)
		t.c_cflag |= (tcflag_t)CRTSCTS;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSANOW, &t) < 0)
		return error_errno(ERROR_LAB, errno, "serial port %s", name);
	return NULL;
}

static struct error *take_port(struct sp_port *port, const char *name, int *fd)
{
	int handle = -1;
	TRY(sp_failed(sp_get_port_handle(port, &handle), "handle", name));
	CLEANUP_CLOSE int mine = fcntl(handle, F_DUPFD_CLOEXEC, 0);
	if (mine < 0)
		return error_errno(ERROR_SYSTEM, errno, "serial port %s", name);
	if (flock(mine, LOCK_EX | LOCK_NB) < 0)
		return port_in_use(name, errno);
	ioctl(mine, TIOCEXCL);
	fcntl(mine, F_SETFL, O_RDWR | O_NONBLOCK | O_NOCTTY);
	*fd = steal_fd(&mine);
	return NULL;
}

static struct error *open_port(const struct serial_port *s, struct sp_port *port, int *fd)
{
	const char *name = sp_get_port_name(port);
	TRY(check_usb_serial(s, port));
	TRY(open_exclusively(port, name));
	struct error *e = take_port(port, name, fd);
	if (!e)
		e = configure(port, &s->line);
	if (!e)
		e = set_flags(*fd, &s->line, name);
	sp_close(port); // the descriptor that was duplicated keeps the line and its settings
	if (e)
		cleanup_close(fd);
	return e;
}

struct error *serial_port_open(const struct serial_port *s, int *fd)
{
	char name[PATH_MAX];
	TRY(find_port(s, name));
	struct sp_port *port = NULL;
	TRY(sp_failed(sp_get_port_by_name(name, &port), "finding it", name));
	*fd = -1;
	struct error *e = open_port(s, port, fd);
	sp_free_port(port);
	return e;
}

int64_t serial_port_unread_ns(const struct serial_port *s)
{
	return UNREAD_BYTES * BITS_A_BYTE * NS_PER_S / s->line.baud;
}
