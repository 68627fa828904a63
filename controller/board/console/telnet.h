// SPDX-License-Identifier: GPL-2.0-or-later
// Telnet (RFC 854, 855, 856) with the COM-PORT option (RFC 2217), client side. Pure: bytes of the
// connection in, console bytes and answers out.
#ifndef BOARD_CONSOLE_TELNET_H
#define BOARD_CONSOLE_TELNET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

// RFC 2217 section 3, client to server; a server answers with the same number plus 100.
enum com_port_command {
	COM_PORT_SIGNATURE = 0,
	COM_PORT_BAUD = 1, // 4 bytes, big-endian; 0 asks
	COM_PORT_DATA_BITS = 2,
	COM_PORT_PARITY = 3,    // 1 none, 2 odd, 3 even
	COM_PORT_STOP_BITS = 4, // 1, 2
	COM_PORT_CONTROL = 5,   // see below
	COM_PORT_LINE_STATE = 106,
	COM_PORT_MODEM_STATE = 107,
	COM_PORT_PURGE = 12, // 3: both directions
};

// Values of COM_PORT_CONTROL.
enum com_port_control {
	COM_PORT_FLOW_NONE = 1,
	COM_PORT_FLOW_XONXOFF = 2,
	COM_PORT_FLOW_RTSCTS = 3,
	COM_PORT_BREAK_ON = 5,
	COM_PORT_BREAK_OFF = 6,
	COM_PORT_DTR_ON = 8,
	COM_PORT_DTR_OFF = 9,
	COM_PORT_RTS_ON = 11,
	COM_PORT_RTS_OFF = 12,
};

#define TELNET_SUB_MAX 64 // bytes of a subnegotiation that are kept; more are skipped

struct telnet {
	enum { TELNET_DATA, TELNET_IAC, TELNET_OPTION, TELNET_SUB, TELNET_SUB_IAC } state;
	unsigned char verb;   // WILL, WONT, DO or DONT of an unfinished TELNET_OPTION
	bool us[256];         // options that we do (agreed or offered)
	bool them[256];       // options that they do
	bool com_port;        // they agreed to COM-PORT
	bool com_port_denied; // or said that they don't
	unsigned char sub[TELNET_SUB_MAX];
	size_t sub_len;
	uint32_t baud;  // as the server last told it; 0 = never
	bool told[256]; // COM-PORT answers that came, by command without the 100
	unsigned char line_state, modem_state;
	char signature[TELNET_SUB_MAX + 1];
};

// A connection that has said nothing yet; owns nothing.
void telnet_init(struct telnet *t);

// What a client says first: it wants eight-bit data, character at a time, and COM-PORT.
void telnet_hello(struct telnet *t, struct buffer *out);

// Takes `len` bytes of the connection; leaves the console bytes in place and returns how many.
// Answers are appended to *reply.
size_t telnet_decode(struct telnet *t, char *bytes, size_t len, struct buffer *reply);

// Appends `bytes` as they must go over the connection.
void telnet_encode(const char *bytes, size_t len, struct buffer *out);

// Append a COM-PORT command to *out: one with a value of a byte, and the one that sets the baud rate.
void telnet_com_port(enum com_port_command command, unsigned char value, struct buffer *out);
void telnet_com_port_baud(uint32_t baud, struct buffer *out);

#endif
