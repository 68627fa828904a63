// SPDX-License-Identifier: GPL-2.0-or-later
// The serial port's driver on registers in memory and a clock of the test's own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "board/uart.h"
#include "report/clock.h"

#define TXFF (1U << 5)
#define THRE (1U << 5)

static uint32_t registers[16];
static uint64_t now, ready_at; // milliseconds

static uint32_t *status(const struct uart *uart)
{
	return (uint32_t *)(uintptr_t)uart_status_address(uart);
}

static struct uart *port;

static void set_ready(bool ready)
{
	uint32_t full = port->type == UART_PL011 ? TXFF : 0;
	uint32_t empty = port->type == UART_PL011 ? 0 : THRE;
	*status(port) = ready ? empty : full;
}

uint64_t clock_now(void)
{
	return now;
}

bool clock_expired(uint64_t start, uint64_t milliseconds)
{
	return now - start >= milliseconds;
}

void clock_pause(void)
{
	if (++now >= ready_at)
		set_ready(true);
}

static struct uart uart_of(enum uart_type type)
{
	now = 0;
	ready_at = UINT64_MAX;
	return (struct uart){
	    .base = (uintptr_t)registers,
	    .type = (uint8_t)type,
	    .reg_shift = 2,
	    .io_width = 4,
	};
}

static const enum uart_type types[] = {UART_PL011, UART_8250};

static void sends_when_there_is_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uart uart = uart_of(types[i]);
		port = &uart;
		set_ready(true);
		uart_put(&uart, 'x');
		assert_int_equal(registers[0], 'x');
		assert_int_equal(now, 0);
	}
}

static void waits_for_room(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uart uart = uart_of(types[i]);
		port = &uart;
		set_ready(false);
		ready_at = UART_PATIENCE_MS - 1;
		uart_put(&uart, 'y');
		assert_int_equal(registers[0], 'y');
		assert_int_equal(uart.dropped, 0);
		assert_false(uart.stalled);
	}
}

static void a_stalled_port_costs_one_wait(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct uart uart = uart_of(types[i]);
		port = &uart;
		set_ready(false);
		registers[0] = 0;
		for (unsigned n = 0; n < 100; n++) {
			uart_retry(&uart);
			uart_put(&uart, 'z');
		}
		assert_true(uart.stalled);
		assert_int_equal(uart.dropped, 100);
		assert_int_equal(now, UART_PATIENCE_MS);
		assert_int_equal(registers[0], 0);
	}
}

static void a_stalled_port_is_used_again_once_it_moves(void **state)
{
	(void)state;
	struct uart uart = uart_of(UART_PL011);
	port = &uart;
	set_ready(false);
	uart_put(&uart, 'a');
	set_ready(true);
	uart_put(&uart, 'b'); // the same line: half of it is worth nothing
	assert_int_equal(uart.dropped, 2);
	uart_retry(&uart);
	uart_put(&uart, 'c');
	assert_int_equal(registers[0], 'c');
	assert_int_equal(uart.dropped, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sends_when_there_is_room),
	    cmocka_unit_test(waits_for_room),
	    cmocka_unit_test(a_stalled_port_costs_one_wait),
	    cmocka_unit_test(a_stalled_port_is_used_again_once_it_moves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
