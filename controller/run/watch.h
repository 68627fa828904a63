// SPDX-License-Identifier: GPL-2.0-or-later
// Why the reading of a console stopped, and how the board stood then.
#ifndef RUN_WATCH_H
#define RUN_WATCH_H

#include "detect/detect.h"

enum watch_end {
	WATCH_CLOSED,  // the board ended by itself, and its console with it; or reading never began
	WATCH_SILENCE, // the console was silent for the job's `silence`
	WATCH_DEADLINE, // the job's `deadline` passed, and the console was not silent for so long
	WATCH_DONE,     // the payload was done
	WATCH_INTERRUPTED, // an operator ended the run, or its worker died
	WATCH_LOST,        // the console went away while the board may have run on
};

#define WATCH_LINE_SIZE  128
#define WATCH_CAUSE_SIZE 160

struct watch {
	enum watch_end end;
	double after_s;  // from power-on, or from the start of a flashed payload; 0: not known
	double silent_s; // of these the last ones, without a byte
	char last_line[WATCH_LINE_SIZE]; // UTF-8 text without control characters; "" none
	char cause[WATCH_CAUSE_SIZE];    // LOST: why, in words; else ""
};

// Whole milliseconds, as they are written down: a run judged again finds the same.
static inline double watch_seconds(int64_t ns)
{
	return (double)(ns / 1000000) / 1000;
}

// What that is to the detector.
enum detect_end_reason watch_detect_reason(enum watch_end end);

// The last line of `len` console bytes that is not blank, made text and cut between characters.
void watch_last_line(const char *bytes, size_t len, char out[WATCH_LINE_SIZE]);

#endif
