// SPDX-License-Identifier: GPL-2.0-or-later
// How a serial line is set up: keys that the drivers `serial` and `rfc2217` have in common. Always
// eight data bits: a console carries bytes.
#ifndef BOARD_CONSOLE_SERIAL_LINE_H
#define BOARD_CONSOLE_SERIAL_LINE_H

#include "config/node.h"

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

#define SERIAL_LINE_KEYS "baud", "parity", "stop-bits", "flow", "dtr", "rts"
#define SERIAL_LINE_HELP                                            \
	"baud: N               up to 4000000 (115200)\n"            \
	"parity: none | odd | even, stop-bits: 1 | 2   (none, 1)\n" \
	"flow: none | rtscts | xonxoff   (none)\n"                  \
	"dtr, rts: keep | on | off       (keep)\n"

// Reads SERIAL_LINE_KEYS; absent ones take the presets of SERIAL_LINE_HELP.
struct error *serial_line_config(const struct config_map *keys, struct serial_line *l) ERROR_RESULT;

#endif
