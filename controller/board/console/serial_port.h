// SPDX-License-Identifier: GPL-2.0-or-later
// A serial port of this host, by libserialport.
//
// libserialport finds, opens and configures the port. Its reads are not used: they return 0 for "no
// byte yet" and for "unplugged" alike, while read(2) and poll(2) tell. It opens ports without
// close-on-exec and shared, so the lock is ours: flock(2) against every program that asks (minicom,
// picocom, mmfarm), TIOCEXCL against those that do not.
#ifndef BOARD_CONSOLE_SERIAL_PORT_H
#define BOARD_CONSOLE_SERIAL_PORT_H

#include "board/claims.h"
#include "board/console/serial_line.h"

struct serial_port {
	const char *device;     // path; links are followed
	const char *usb_serial; // serial number of a USB adapter; with `device`: must agree
	struct serial_line line;
};

// The keys of the member `m` (a struct serial_port) of the state `s`.
#define SERIAL_PORT_KEYS(s, m, baud_preset)                                                   \
	{"device", KEY_TEXT(s, m.device), .value = "PATH",                                    \
	 .help = "the port; best a link of /dev/serial/by-id"},                               \
	    {"usb-serial", KEY_TEXT(s, m.usb_serial), .value = "NUMBER",                      \
	     .help = "serial number of the adapter: finds the port, or proves that `device` " \
		     "is the right one"},                                                     \
	    SERIAL_LINE_KEYS(s, m.line, baud_preset)

// Checks what the keys say together; touches no port.
struct error *serial_port_check(const struct serial_port *s,
				const struct config_map *keys) ERROR_RESULT;
// The port, or one part of it (NULL: all of it), is one board's. Links are followed while they lead
// somewhere.
void serial_port_claim(const struct serial_port *s, const struct config_map *keys, const char *part,
		       struct claims *out);
// *fd is non-blocking, close-on-exec, locked, and the caller's to close.
struct error *serial_port_open(const struct serial_port *s, int *fd) ERROR_RESULT;
// Nanoseconds in which bytes at full speed fill three quarters of a tty (N_TTY_BUF_SIZE, 4096); the
// rest is room for a host that is late.
int64_t serial_port_unread_ns(const struct serial_port *s);

#endif
