// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm run` where a daemon runs: the batch is handed over, and followed.
#ifndef CMD_RUN_BY_DAEMON_H
#define CMD_RUN_BY_DAEMON_H

#include "base/error.h"
#include "daemon/request.h"

struct run_handing {
	const char *results, *boards, *farm;
	bool json;
	bool leave; // its name is enough
};

// *taken: false where no daemon runs for these results and boards. *code as of `mmfarm run`.
struct error *run_by_daemon(const struct run_handing *h, const struct run_request *r, bool *taken,
			    int *code) ERROR_RESULT;

#endif
