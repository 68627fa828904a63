// SPDX-License-Identifier: GPL-2.0-or-later
// Time since the firmware was entered, by the generic timer's virtual counter.
#ifndef FIRMWARE_REPORT_CLOCK_H
#define FIRMWARE_REPORT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

// Takes now as zero.
void clock_start(void);

// Everything printed is to be independent of time: clock_ticks() is 0 from now on.
void clock_freeze(void);

// Ticks for reports, and their rate in Hz (never 0, whatever CNTFRQ_EL0 says).
uint64_t clock_ticks(void);
uint64_t clock_rate(void);

// The counter itself, ordered behind everything before it. For waiting, never for printing.
uint64_t clock_now(void);

// One turn of a loop that waits.
void clock_pause(void);

// Whether `milliseconds` have gone by since `start` (a value of clock_now).
bool clock_expired(uint64_t start, uint64_t milliseconds);

#endif
