// SPDX-License-Identifier: GPL-2.0-or-later
// The serial port reports go to. Output only, polled, never reprogrammed: whoever loaded us has set
// the baud rate.
#ifndef FIRMWARE_BOARD_UART_H
#define FIRMWARE_BOARD_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum uart_type {
	UART_NONE,
	UART_PL011, // Arm PrimeCell UART (DDI 0183): DR at 0, FR at 0x18
	UART_8250,  // 16550 and relatives: THR at 0, LSR at 5, registers spaced by 1 << reg_shift
};

struct uart {
	uint64_t base; // physical, and identity mapped
	uint8_t type;  // enum uart_type
	uint8_t reg_shift;
	uint8_t io_width; // bytes of one access: 1 or 4
	bool stalled;     // it never came ready within the bound; nothing more is sent
};

// Which driver serves a `compatible` string (a list of NUL-ended strings of `size` bytes).
enum uart_type uart_match(const char *compatible, size_t size);

// Bytes of registers at `base` that must be mapped.
#define UART_WINDOW 0x1000

// Sends one byte when there is room. Waits at most about a second of the counter; a port that is
// not ready by then is marked stalled, and later bytes are dropped at once until uart_retry().
void uart_put(struct uart *uart, char c);

// Gives a stalled port another chance.
static inline void uart_retry(struct uart *uart)
{
	uart->stalled = false;
}

#endif
