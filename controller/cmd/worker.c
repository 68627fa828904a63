// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/prctl.h>

#include "cmd/cmd.h"
#include "run/worker.h"

static struct error *worker_command(int argc, char **argv, int *code)
{
	if (argc != 2)
		return error_new(ERROR_USAGE, "expected one run directory");
	prctl(PR_SET_NAME, "mmfarm-worker"); // it was started through /proc/self/exe: ps says "exe"
	*code = EXIT_AS_WANTED;
	return worker_run(argv[1]);
}

const struct cmd cmd_worker = {
    .name = "worker",
    .arguments = "RUN_DIR",
    .summary = NULL, // started by `run`, not by people
    .help = "Carries out the run that is laid down in RUN_DIR and writes its run.json there.\n",
    .run = worker_command,
};
