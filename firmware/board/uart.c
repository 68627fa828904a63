// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/uart.h"

#include "entry/sysreg.h"

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

void uart_put(struct uart *uart, char c)
{
	if (uart->type == UART_NONE || uart->stalled)
		return;
	if (!has_room(uart)) {
		uint64_t start = sysreg_read(cntvct_el0);
		uint64_t patience = sysreg_read(cntfrq_el0);
		while (!has_room(uart)) {
			cpu_yield();
			if (sysreg_read(cntvct_el0) - start > patience) {
				uart->stalled = true;
				return;
			}
		}
	}
	register_write(uart, uart->type == UART_PL011 ? PL011_DR : UART_8250_THR, (uint8_t)c);
}
