// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/heartbeat.h"

#include "report/clock.h"
#include "report/console.h"
#include "report/record.h"

static bool stopped;

void heartbeat(const char *what)
{
	if (stopped || !console_quiet_for(HEARTBEAT_MS))
		return;
	record_begin("hb");
	record_unsigned("t", clock_ticks());
	record_text("what", what);
	record_end();
}

void heartbeat_stop(void)
{
	stopped = true;
}
