// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/serial_line.h"

#include "board/keys.h"

struct error *serial_line_config(const struct config_map *keys, struct serial_line *l)
{
	static const char *const parities[] = {"none", "odd", "even", NULL};
	static const char *const flows[] = {"none", "rtscts", "xonxoff", NULL};
	static const char *const signals[] = {"keep", "on", "off", NULL};
	unsigned parity = 0, flow = 0, dtr = 0, rts = 0;
	l->baud = 115200;
	l->stop_bits = 1;
	TRY(keys_integer(keys, "baud", 50, 4000000, &l->baud));
	TRY(keys_word(keys, "parity", parities, &parity));
	TRY(keys_integer(keys, "stop-bits", 1, 2, &l->stop_bits));
	TRY(keys_word(keys, "flow", flows, &flow));
	TRY(keys_word(keys, "dtr", signals, &dtr));
	TRY(keys_word(keys, "rts", signals, &rts));
	l->parity = parity;
	l->flow = flow;
	l->dtr = dtr;
	l->rts = rts;
	return NULL;
}
