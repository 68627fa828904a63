// SPDX-License-Identifier: GPL-2.0-or-later
// How a job of LAVA's ended, from its records. Its exit code says less, its word "pass" nothing of
// tests or reports.
#ifndef LAVA_ENDING_H
#define LAVA_ENDING_H

#include <stdbool.h>

#include "lava/record.h"

// Kinds of error that LAVA tells apart.
enum lava_error {
	LAVA_ERROR_NONE,
	LAVA_ERROR_INFRASTRUCTURE, // power, console, network, a program that is not there
	LAVA_ERROR_JOB, // a download, flashing (before 2026.10), a panic, a prompt that did not come
	LAVA_ERROR_TEST, // a test that did not end in time
	LAVA_ERROR_CANCELED,
	LAVA_ERROR_CONFIGURATION, // of the board
	LAVA_ERROR_BUG,           // a definition that LAVA fell over
	LAVA_ERROR_TIMEOUT,       // of the job, of other boards of the same job
	LAVA_ERROR_UNKNOWN,       // it failed, and gave no kind that is known
};

struct lava_ending {
	bool ended;            // its last result came; without it lava-run died
	enum lava_error error; // NONE: its pipeline ran to the end
	char *message;         // owned; of the error, NULL: none
	char *step;            // owned; LAVA's step that failed first ("pdu-reboot"), NULL: none
	char *level; // owned; its number ("1.2.1"): the first part counts the job's actions, from 1
	char *stray; // owned; the last line that was no record, NULL: none
};

void lava_ending_deinit(struct lava_ending *e);
#define CLEANUP_LAVA_ENDING CLEANUP(lava_ending_deinit)

// Takes the next record of the log.
void lava_ending_take(struct lava_ending *e, const struct lava_record *record);

// "Infrastructure" and so on, as LAVA writes it; "" for NONE, "unknown".
const char *lava_error_name(enum lava_error error);
enum lava_error lava_error_parse(struct lava_text name);

#endif
