// SPDX-License-Identifier: GPL-2.0-or-later
// How a serial line is set up: keys that the drivers `serial` and `rfc2217` have in common. Always
// eight data bits: a console carries bytes.
#ifndef BOARD_CONSOLE_SERIAL_LINE_H
#define BOARD_CONSOLE_SERIAL_LINE_H

#include "config/keys.h"

enum serial_parity { SERIAL_PARITY_NONE, SERIAL_PARITY_ODD, SERIAL_PARITY_EVEN };
enum serial_flow { SERIAL_FLOW_NONE, SERIAL_FLOW_RTSCTS, SERIAL_FLOW_XONXOFF };
enum serial_signal { SERIAL_KEEP, SERIAL_ON, SERIAL_OFF };

struct serial_line {
	int64_t baud; // bits a second, any number the adapter can
	enum serial_parity parity;
	int64_t stop_bits;
	enum serial_flow flow;
	enum serial_signal dtr, rts; // what some boards take for reset or boot mode
};

// The keys of the member `m` (a struct serial_line) of the state `s`. `baud_preset` is a text.
#define SERIAL_LINE_KEYS(s, m, baud_preset)                                                        \
	{"baud", KEY_NUMBER(s, m.baud, 50, 4000000), .preset = (baud_preset),                      \
	 .help = "bits a second, any number that the adapter can"},                                \
	    {"parity", KEY_WORD(s, m.parity, serial_parities), .preset = "none"},                  \
	    {"stop-bits", KEY_NUMBER(s, m.stop_bits, 1, 2), .preset = "1"},                        \
	    {"flow", KEY_WORD(s, m.flow, serial_flows), .preset = "none", .help = "flow control"}, \
	    {"dtr", KEY_WORD(s, m.dtr, serial_signals), .preset = "keep",                          \
	     .help = "a control line; some boards take it for reset or boot mode"},                \
	{                                                                                          \
		"rts", KEY_WORD(s, m.rts, serial_signals), .preset = "keep", .help = "as dtr"      \
	}

extern const char *const serial_parities[];
extern const char *const serial_flows[];
extern const char *const serial_signals[];

#endif
