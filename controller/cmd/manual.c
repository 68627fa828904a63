// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/help.h"

static struct error *manual_run(int argc, char **argv, int *code)
{
	CLEANUP_BUFFER struct buffer text = {0};
	(void)code;
	if (argc == 1)
		help_manual_commands(&text);
	for (size_t i = 0; argc > 1 && cmd_all[i]; i++)
		if (strcmp(cmd_all[i]->name, argv[1]) == 0)
			help_manual(cmd_all[i], &text);
	fputs(buffer_str(&text), stdout);
	return NULL;
}

const struct cmd cmd_manual = {
    .name = "manual",
    .arguments = "[COMMAND]",
    .summary = NULL, // of `make man`
    .before = "Prints the OPTIONS of a command's man page, or the COMMANDS of mmfarm(1).\n",
    .run = manual_run,
};
