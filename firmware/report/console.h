// SPDX-License-Identifier: GPL-2.0-or-later
// Whole lines to the serial port, from any CPU.
#ifndef FIRMWARE_REPORT_CONSOLE_H
#define FIRMWARE_REPORT_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "board/uart.h"

// Sets the port; `uart` must live on. Before that lines go nowhere.
void console_init(struct uart *uart);

// Other CPUs may print from now on. Only with the MMU on: locks need cacheable memory.
void console_share(void);

// Holds the console for this CPU, so that what it prints stays together. May be nested.
void console_lock(void);
void console_unlock(void);

// Whatever CPU holds the console has lost it: for the last words of a dying firmware.
void console_seize(void);

// Prints one line; CR and LF are added. Characters outside of printable ASCII become '?'.
void console_line(const char *line);
void console_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

// Whether nothing was printed for so long.
bool console_quiet_for(uint64_t milliseconds);

// Bytes lost because the port stalled.
uint64_t console_dropped(void);

#endif
