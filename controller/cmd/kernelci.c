// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/farm.h"
#include "pull/pull_check.h"
#include "text/json_writer.h"

#define SINCE_S     (24 * 3600.0)
#define SINCE_MAX_S (30 * 86400.0)

struct kernelci_words {
	const char *farm, *since;
	bool json;
};

static const struct cmd_option check_options[] = {
    OPTION_VALUE(struct kernelci_words, since, "TIME", VALUES_TEXT, .name = "since",
		 .help = "looks at jobs of so long ago (1 day)"),
    OPTION_FARM(struct kernelci_words, farm),
    OPTION_JSON(struct kernelci_words, json, "a JSON object"),
};

static void print_text(const struct kernelci_config *c, const struct pull_look *l)
{
	printf("%s as %s\n", c->api, c->lab);
	printf("token: %s\n", l->rights ? l->rights : "may claim and finish jobs");
	printf("%zu events of jobs, %zu offer%s to this lab\n", l->events, l->offers_count,
	       l->offers_count == 1 ? "" : "s");
	for (size_t i = 0; i < l->offers_count; i++) {
		const struct pull_offer *o = &l->offers[i];
		printf("  %s %s %s: ", o->node, o->platform, o->name ? o->name : "");
		if (o->refusal)
			printf("not understood: %s\n", o->refusal);
		else
			printf("%zu test%s, %zu skipped\n", o->tests, o->tests == 1 ? "" : "s",
			       o->skipped);
	}
}

static void print_json(const struct kernelci_config *c, const struct pull_look *l)
{
	CLEANUP_JSON_WRITER struct json_writer j;
	json_writer_init(&j, stdout);
	json_put_object(&j, NULL);
	json_put_text(&j, "api", c->api);
	json_put_text(&j, "lab", c->lab);
	json_put_text_if(&j, "token", l->rights);
	json_put_int(&j, "events", (int64_t)l->events);
	json_put_array(&j, "offers");
	for (size_t i = 0; i < l->offers_count; i++) {
		const struct pull_offer *o = &l->offers[i];
		json_put_object(&j, NULL);
		json_put_text(&j, "node", o->node);
		json_put_text(&j, "platform", o->platform);
		json_put_text_if(&j, "name", o->name);
		json_put_text_if(&j, "refusal", o->refusal);
		json_put_int(&j, "tests", (int64_t)o->tests);
		json_put_int(&j, "skipped", (int64_t)o->skipped);
		json_put_end(&j, '}');
	}
	json_put_end(&j, ']');
	json_put_end(&j, '}');
	buffer_append(&j.text, "\n", 1);
	// A failing write is noticed when standard output is flushed at the end.
	error_free(json_writer_finish(&j, "standard output"));
}

extern const struct cmd kernelci_check;

static struct error *check_run(int argc, char **argv, int *code)
{
	struct kernelci_words w = {0};
	double since_s = SINCE_S;
	int first;
	TRY(cmd_parse(&kernelci_check, argc, argv, &w, &first));
	if (first < argc)
		return error_new(ERROR_USAGE, "\"%s\" is too much", argv[first]);
	if (w.since && !config_parse_seconds(w.since, 1, SINCE_MAX_S, &since_s))
		return error_new(ERROR_USAGE, "--since \"%s\": expected a time like 6h", w.since);
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_ARENA struct arena arena = {0};
	struct pull_look look;
	TRY(farm_load(w.farm, &farm));
	if (!farm->kernelci.api)
		return error_new(ERROR_CONFIG, "no pull lab: expected `kernelci:` in %s",
				 w.farm ? w.farm : "farm.yaml");
	TRY(pull_check(&farm->kernelci, since_s, &arena, &look));
	if (w.json)
		print_json(&farm->kernelci, &look);
	else
		print_text(&farm->kernelci, &look);
	if (look.rights)
		*code = EXIT_LAB;
	return NULL;
}

const struct cmd kernelci_check = {
    .name = "check",
    .arguments = "[OPTIONS]",
    .summary = "Shows the token's rights and the jobs that are offered",
    .before =
	"Asks KernelCI who the token is and which jobs it offers to this lab, and reads their\n"
	"definitions. Nothing is claimed.\n",
    CMD_OPTIONS(check_options),
    .after = "exit codes: 0 all is well, 2 usage or configuration, 3 the token cannot claim\n"
	     "            jobs, or KernelCI does not answer\n",
    .run = check_run,
};

static const struct cmd *const words[] = {&kernelci_check, NULL};

const struct cmd cmd_kernelci = {
    .name = "kernelci",
    .arguments = "check [OPTIONS]",
    .summary = "Looks at KernelCI as a pull lab (farm.yaml) would",
    .words = words,
};
