// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/file.h"
#include "record/layout.h"
#include "run/adopt.h"
#include "run/worker.h"

#define EXIT_TROUBLE 3 // the program's exit code for it

// In the child.
static void be_worker(void *arg)
{
	const struct worker_order *o = arg;
	struct error *e = o->recover ? worker_recover(o->run_dir, o->recover)
				     : worker_run(o->run_dir, o->lease_count);
	if (!e)
		return;
	fprintf(stderr, "mmfarm worker: %s\n", error_text(e));
	_exit(EXIT_TROUBLE);
}

struct error *worker_start(const struct worker_order *order, struct process *out)
{
	struct worker_order o = *order;
	CLEANUP_FREE char *log_path = path_join(o.run_dir, LAYOUT_WORKER_LOG);
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (log < 0 && !o.recover)
		return error_errno(ERROR_SYSTEM, errno, "%s", log_path);
	char count[24];
	snprintf(count, sizeof(count), "%zu", o.lease_count);
	const char *const argv[] = {o.program ? o.program : "mmfarm",
				    "worker",
				    o.run_dir,
				    o.recover       ? "--recover"
				    : o.lease_count ? "--lease"
						    : NULL,
				    o.recover ? o.recover : count,
				    NULL};
	struct process_spec spec = process_spec_own(argv, log);
	if (!o.program) {
		spec.call = be_worker;
		spec.arg = &o;
		spec.name = ADOPT_WORKER_NAME;
	}
	if (o.lease_count) {
		spec.pass = o.lease[0];
		spec.pass_more = o.lease + 1;
		spec.pass_more_count = o.lease_count - 1;
	}
	return process_spawn(&spec, out);
}
