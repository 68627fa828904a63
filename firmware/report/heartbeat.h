// SPDX-License-Identifier: GPL-2.0-or-later
// The sign of life of whatever takes long: silence means that the firmware hangs.
#ifndef FIRMWARE_REPORT_HEARTBEAT_H
#define FIRMWARE_REPORT_HEARTBEAT_H

#include <stdbool.h>

// Prints an `hb` record when nothing was printed for HEARTBEAT_MS. To be called by CPU 0 in every
// loop that may take longer, not while a record is being written. Deterministic runs have none.
#define HEARTBEAT_MS 1500
void heartbeat(const char *what);

void heartbeat_stop(void);

#endif
