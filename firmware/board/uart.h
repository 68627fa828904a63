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
	bool stalled;     // it did not come ready within the bound
	uint64_t dropped; // bytes that were not sent for that
};

// Which driver serves a `compatible` string (a list of NUL-ended strings of `size` bytes).
enum uart_type uart_match(const char *compatible, size_t size);

// Bytes of registers at `base` that must be mapped.
#define UART_WINDOW 0x1000

// How long one byte may wait for room. Longer than the slowest port takes to empty a full queue.
#define UART_PATIENCE_MS 1000

// Sends one byte when there is room, waiting at most UART_PATIENCE_MS. A port that is not ready by
// then is marked stalled; later bytes are dropped at once, and counted, until uart_retry().
void uart_put(struct uart *uart, char c);

// Uses a stalled port again if it has room by now.
void uart_retry(struct uart *uart);

// Where the driver reads whether there is room: to find out if there is a port at all.
uint64_t uart_status_address(const struct uart *uart);

#endif
