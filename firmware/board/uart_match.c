// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "board/uart.h"

struct uart_name {
	char compatible[24];
	uint8_t type;
};

static const struct uart_name uart_names[] = {
    {"arm,pl011", UART_PL011},       {"arm,sbsa-uart", UART_PL011},
    {"ns16550a", UART_8250},         {"ns16550", UART_8250},
    {"snps,dw-apb-uart", UART_8250}, {"brcm,bcm2835-aux-uart", UART_8250},
};

enum uart_type uart_match(const char *compatible, size_t size)
{
	for (size_t at = 0; at < size;) {
		const char *name = compatible + at;
		size_t length = 0;
		while (at + length < size && name[length])
			length++;
		for (size_t i = 0; i < sizeof(uart_names) / sizeof(uart_names[0]); i++) {
			const struct uart_name *known = &uart_names[i];
			if (length < sizeof(known->compatible) && !known->compatible[length] &&
			    !memcmp(name, known->compatible, length))
				return (enum uart_type)known->type;
		}
		at += length + 1;
	}
	return UART_NONE;
}
