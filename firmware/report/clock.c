// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/clock.h"

#include "entry/sysreg.h"

// Taken when nobody has programmed CNTFRQ_EL0; faster than most, so that no wait is too short.
#define RATE_UNKNOWN 100000000

static uint64_t start;
static bool frozen;

void clock_start(void)
{
	start = clock_now();
}

void clock_freeze(void)
{
	frozen = true;
}

uint64_t clock_now(void)
{
	isb();
	return sysreg_read(cntvct_el0);
}

uint64_t clock_ticks(void)
{
	return frozen ? 0 : clock_now() - start;
}

uint64_t clock_rate(void)
{
	uint64_t rate = sysreg_read(cntfrq_el0);
	return rate ? rate : RATE_UNKNOWN;
}

void clock_pause(void)
{
	cpu_yield();
}

bool clock_expired(uint64_t from, uint64_t milliseconds)
{
	return clock_now() - from >= milliseconds * clock_rate() / 1000;
}
