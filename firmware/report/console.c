// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/console.h"

#include "entry/cpu.h"
#include "entry/sysreg.h"
#include "report/clock.h"
#include "report/format.h"
#include "report/page.h"

static struct {
	struct uart *uart;
	bool shared;
	uint32_t owner; // index of the CPU that holds it + 1
	unsigned int depth;
	uint64_t last_line; // when it was printed
} console;

void console_init(struct uart *uart)
{
	console.uart = uart;
}

void console_share(void)
{
	console.shared = true;
}

void console_lock(void)
{
	uint32_t self = (uint32_t)cpu_this()->index + 1;
	if (console.shared && __atomic_load_n(&console.owner, __ATOMIC_RELAXED) != self) {
		uint32_t free = 0;
		while (!__atomic_compare_exchange_n(&console.owner, &free, self, false,
						    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
			cpu_yield();
			free = 0;
		}
	}
	console.depth++;
}

void console_unlock(void)
{
	if (--console.depth == 0 && console.shared)
		__atomic_store_n(&console.owner, 0, __ATOMIC_RELEASE);
}

void console_seize(void)
{
	console.depth = 0;
	if (console.shared)
		__atomic_store_n(&console.owner, (uint32_t)cpu_this()->index + 1, __ATOMIC_RELAXED);
}

void console_line(const char *line)
{
	if (!console.uart)
		return;
	console_lock();
	page_line(line);
	uart_retry(console.uart);
	for (const char *p = line; *p; p++)
		uart_put(console.uart, *p >= ' ' && *p <= '~' ? *p : '?');
	uart_put(console.uart, '\r');
	uart_put(console.uart, '\n');
	console.last_line = clock_now();
	console_unlock();
}

bool console_quiet_for(uint64_t milliseconds)
{
	return clock_expired(console.last_line, milliseconds);
}

uint64_t console_dropped(void)
{
	return console.uart ? console.uart->dropped : 0;
}

void console_print(const char *fmt, ...)
{
	char line[256];
	va_list args;
	va_start(args, fmt);
	format_v(line, sizeof(line), fmt, args);
	va_end(args);
	console_line(line);
}
