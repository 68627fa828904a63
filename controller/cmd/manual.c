// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/help.h"
#include "config/farm.h"
#include "results/publish/publish_config.h"
#include "results/retention/retention.h"

static const struct {
	const char *section; // "" = the file itself
	const struct key *keys;
} farm_tables[] = {{"", farm_keys},
		   {"publish", publish_keys},
		   {"keep", retention_keys},
		   {"timing", timing_keys},
		   {"caps", caps_keys},
		   {"a host of hosts", host_keys},
		   {"kernelci", kernelci_keys},
		   {"a platform of kernelci", kernelci_platform_keys}};

// The keys of farm.yaml as the lines of mmfarm.yaml(5) behind ".SH KEYS".
static void print_farm(struct buffer *out)
{
	for (size_t i = 0; i < sizeof(farm_tables) / sizeof(farm_tables[0]); i++) {
		if (*farm_tables[i].section)
			buffer_printf(out, ".SS %s\n", farm_tables[i].section);
		for (const struct key *k = farm_tables[i].keys; k->name; k++) {
			buffer_printf(out, ".TP\n\\fB%s\\fR: \\fI", k->name);
			key_put_value(k, out);
			buffer_printf(out, "\\fR\n%s", k->help ? k->help : "");
			if (k->preset)
				buffer_printf(out, " (%s)", k->preset);
			buffer_append_str(out, "\n");
		}
	}
}

static struct error *manual_run(int argc, char **argv, int *code)
{
	CLEANUP_BUFFER struct buffer text = {0};
	(void)code;
	if (argc == 1)
		help_manual_commands(&text);
	if (argc > 1 && strcmp(argv[1], "farm.yaml") == 0)
		print_farm(&text);
	for (size_t i = 0; argc > 1 && cmd_all[i]; i++)
		if (strcmp(cmd_all[i]->name, argv[1]) == 0)
			help_manual(cmd_all[i], &text);
	fputs(buffer_str(&text), stdout);
	return NULL;
}

const struct cmd cmd_manual = {
    .name = "manual",
    .arguments = "[COMMAND|farm.yaml]",
    .summary = NULL, // of `make man`
    .before = "Prints the OPTIONS of a command's man page, the COMMANDS of mmfarm(1), or\n"
	      "the KEYS of mmfarm.yaml(5).\n",
    .run = manual_run,
};
