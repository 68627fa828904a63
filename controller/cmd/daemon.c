// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.h"

#include <limits.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/farm.h"

struct daemon_words {
	const char *boards, *results, *farm, *socket, *jobs;
};

static const struct cmd_option options_table[] = {
    OPTION_BOARDS(struct daemon_words, boards),
    OPTION_RESULTS(struct daemon_words, results),
    OPTION_FARM(struct daemon_words, farm),
    OPTION_VALUE(struct daemon_words, jobs, "N", VALUES_TEXT, .name = "jobs", .letter = 'j',
		 .help = "CPUs of emulated boards at once (the host's cores)"),
    OPTION_VALUE(struct daemon_words, socket, "PATH", VALUES_FILE, .name = "socket",
		 .help = "its control socket (farm.yaml's `control`, else RESULTS/control)"),
};

static struct error *daemon_command(int argc, char **argv, int *code)
{
	struct daemon_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_daemon, argc, argv, &w, &first));
	if (argc > first)
		return error_new(ERROR_USAGE, "\"%s\" is not expected", argv[first]);
	CLEANUP_FARM struct farm_config *farm = NULL;
	TRY(farm_load(w.farm, &farm));
	struct daemon_options o = {.results = w.results,
				   .boards = w.boards,
				   .farm_file = w.farm,
				   .parallel = cmd_host_cores(),
				   .socket = w.socket ? w.socket : farm->control};
	if (w.jobs)
		TRY(cmd_parse_count("jobs", w.jobs, INT_MAX, &o.parallel));
	*code = EXIT_AS_WANTED;
	return daemon_run(&o);
}

const struct cmd cmd_daemon = {
    .name = "daemon",
    .arguments = "[OPTIONS]",
    .summary = "Runs the farm unattended: schedules, queue, health of boards",
    .before =
	"Runs jobs by their schedules (jobs/*.yaml) and what people submit (mmfarm run), until\n"
	"SIGTERM. Runs go on without it; the next daemon takes them up.\n",
    CMD_OPTIONS(options_table),
    .after = "SIGHUP reads boards/, jobs/ and farm.yaml anew. See docs/nightly.md.\n",
    .run = daemon_command,
};
