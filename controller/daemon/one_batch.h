// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm run` without a daemon: one batch, by the same planner and executor, in this process.
#ifndef DAEMON_ONE_BATCH_H
#define DAEMON_ONE_BATCH_H

#include <stdio.h>

#include "daemon/request.h"

struct one_batch_options {
	const char *results, *boards_dir;
	const char *farm_file; // NULL: the usual one
	const char *program;   // as in struct worker_order
	unsigned parallel;     // CPUs of emulated boards at once
	batch_fn *progress;
	void *progress_arg;
	FILE *out; // summary and timings for people; NULL: nobody reads
	void (*tell)(void *arg, bool trouble, const char *line);
	void *tell_arg;
};

struct one_batch_result {
	char batch[64];   // its id; "" it was not made
	int code;         // 0 (all as wanted), 1 (a FAIL), 3 (lab trouble)
	bool interrupted; // by SIGINT, SIGTERM or SIGHUP
};

// Until its results are out.
struct error *one_batch_run(const struct one_batch_options *o, const struct run_request *r,
			    struct one_batch_result *out) ERROR_RESULT;

#endif
