// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/uart.h"

#include "report/clock.h"

#define PL011_DR      0x00
#define PL011_FR      0x18
#define PL011_FR_TXFF (1U << 5)

#define UART_8250_THR      0
#define UART_8250_LSR      5
#define UART_8250_LSR_THRE (1U << 5)

static uint32_t register_read(const struct uart *uart, uint64_t offset)
{
	uintptr_t address = (uintptr_t)(uart->base + offset);
	if (uart->io_width == 4)
		return *(volatile uint32_t *)address;
	return *(volatile uint8_t *)address;
}

static void register_write(const struct uart *uart, uint64_t offset, uint8_t value)
{
	uintptr_t address = (uintptr_t)(uart->base + offset);
	if (uart->io_width == 4)
		*(volatile uint32_t *)address = value;
	else
		*(volatile uint8_t *)address = value;
}

static bool has_room(const struct uart *uart)
{
	if (uart->type == UART_PL011)
		return !(register_read(uart, PL011_FR) & PL011_FR_TXFF);
	return register_read(uart, (uint64_t)UART_8250_LSR << uart->reg_shift) & UART_8250_LSR_THRE;
}

static bool wait_for_room(const struct uart *uart)
{
	uint64_t start = clock_now();
	while (!has_room(uart)) {
		if (clock_expired(start, UART_PATIENCE_MS))
			return false;
		clock_pause();
	}
	return true;
}

void uart_put(struct uart *uart, char c)
{
	if (uart->type == UART_NONE)
		return;
	if (!uart->stalled && !has_room(uart))
		uart->stalled = !wait_for_room(uart);
	if (uart->stalled) {
		uart->dropped++;
		return;
	}
	register_write(uart, uart->type == UART_PL011 ? PL011_DR : UART_8250_THR, (uint8_t)c);
}

void uart_retry(struct uart *uart)
{
	if (uart->stalled)
		uart->stalled = !has_room(uart);
}

uint64_t uart_status_address(const struct uart *uart)
{
	return uart->base +
	       (uart->type == UART_PL011 ? PL011_FR : (uint64_t)UART_8250_LSR << uart->reg_shift);
}
