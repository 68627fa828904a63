// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "cmd/cmd.h"
#include "run/adopt.h"
#include "run/worker.h"

static struct error *worker_command(int argc, char **argv, int *code)
{
	bool recover = argc == 4 && strcmp(argv[2], "--recover") == 0;
	bool leased = argc == 4 && strcmp(argv[2], "--lease") == 0;
	size_t handed = leased ? strtoul(argv[3], NULL, 10) : 0;
	if ((argc != 2 && !recover && !leased) || (leased && handed == 0))
		return error_new(ERROR_USAGE, "expected one run directory");
	prctl(PR_SET_NAME,
	      ADOPT_WORKER_NAME); // it was started through /proc/self/exe: ps says "exe"
	*code = EXIT_AS_WANTED;
	return recover ? worker_recover(argv[1], argv[3]) : worker_run(argv[1], handed);
}

const struct cmd cmd_worker = {
    .name = "worker",
    .arguments = "RUN_DIR [--lease N | --recover REASON]",
    .summary = NULL, // started by `run`, not by people
    .before = "Carries out the run that is laid down in RUN_DIR and writes its run.json there;\n"
	      "--lease: N descriptors from 3 on are the lease of its board;\n"
	      "--recover: finishes a run whose worker died for that reason.\n",
    .run = worker_command,
};
