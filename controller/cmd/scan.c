// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/cmd.h"

static struct error *scan_run(int argc, char **argv, int *code)
{
	(void)argc, (void)argv, (void)code;
	return error_new(ERROR_USAGE, "no file named");
}

const struct cmd cmd_scan = {
    .name = "scan",
    .arguments = "FILE...",
    .summary = "Finds splats in console logs",
    .help = "",
    .run = scan_run,
};
