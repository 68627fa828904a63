// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/kernelci.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/url.h"

static const char *const outputs[] = {"maestro", "callback", NULL};

const struct key kernelci_platform_keys[] = {
    {"pools", KEY_LIST(struct kernelci_platform_config, pools), .required = true,
     .help = "pools of boards/: its jobs run on a board of each"},
    {"requirements", KEY_LIST(struct kernelci_platform_config, requirements),
     .help = "what these boards have, as definitions ask for it: memory=4G, secretmem"},
    {"arguments", KEY_TEXT(struct kernelci_platform_config, arguments),
     .help = "command line of its kernels, ahead of what a definition adds"},
    {0},
};

const struct key kernelci_keys[] = {
    {"api", KEY_SERVER(struct kernelci_config, api), .required = true,
     .help = "KernelCI's API, as https://api.kernelci.org/latest"},
    {"lab", KEY_TEXT(struct kernelci_config, lab), .required = true, .value = "NAME",
     .help = "the lab's name there: jobs whose runtime it is are ours"},
    {"token", KEY_SECRET(struct kernelci_config, token), .required = true,
     .help = "of the API; its user needs the group runtime:NAME:node-editor"},
    {"platforms", .type = KEY_TYPE_MAP, .value = "{NAME: KEYS}", .required = true,
     .help = "KernelCI's names of board types, and what runs their jobs"},
    {"tests", KEY_LIST(struct kernelci_config, tests),
     .help = "kinds of tests that are run, of boot, kselftest, ltp; others are skipped (boot)"},
    {"output", KEY_WORD(struct kernelci_config, output, outputs), .preset = "maestro",
     .help = "where results go: into the job's node, or to the definition's callback"},
    {"callback_token", KEY_SECRET(struct kernelci_config, callback_token),
     .help = "of the callback"},
    {"kcidb", KEY_TEXT(struct kernelci_config, kcidb), .value = "DESTINATION",
     .help = "a destination of `publish:` that also gets them, as tests of KernelCI's build"},
    {"poll", KEY_SECONDS(struct kernelci_config, poll_s, 1, 3600), .preset = "30",
     .help = "how often it is asked for jobs"},
    {"claim_wait", KEY_SECONDS(struct kernelci_config, claim_wait_s, 0.1, 600), .preset = "10",
     .help =
	 "how long a claim must stand at least before a job counts as ours, up to twice as long"},
    {"longest", KEY_SECONDS(struct kernelci_config, longest_s, 60, 7 * 86400.0), .preset = "21600",
     .help = "a job of ours without a result for so long is given up"},
    {"most", KEY_NUMBER(struct kernelci_config, most, 1, 1000), .preset = "16",
     .help = "jobs that are ours at a time; more are left to others"},
    {"priority", KEY_NUMBER(struct kernelci_config, priority, 0, 100), .preset = "30",
     .help = "of its jobs in the queue"},
    {"cache", KEY_FILE(struct kernelci_config, cache), .value = "DIR",
     .help = "where downloads are kept (kernelci/cache in the results)"},
    {"cache_size", KEY_SIZE(struct kernelci_config, cache_size), .preset = "20GiB",
     .help = "what was not used longest goes when it is bigger"},
    {"download_size", KEY_SIZE(struct kernelci_config, download_size), .preset = "2GiB",
     .help = "of one file; a bigger one is refused"},
    {"ca_file", KEY_FILE(struct kernelci_config, ca_file),
     .help = "certificates to trust, else the system's"},
    {"insecure", KEY_BOOL(struct kernelci_config, insecure), .preset = "false",
     .help = "the token may go over plain http to another host"},
    {0},
};

void kernelci_config_deinit(struct kernelci_config *c)
{
	for (size_t i = 0; i < c->platforms_count; i++)
		keys_deinit(kernelci_platform_keys, &c->platforms[i]);
	free(c->platforms);
	keys_deinit(kernelci_keys, c);
	*c = (struct kernelci_config){0};
}

static struct error *parse_platform(const struct config_pair *pair,
				    struct kernelci_platform_config *out)
{
	const struct key *const tables[] = {kernelci_platform_keys, NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_name(pair->key, &out->name));
	TRY(config_map_init(&map, pair->value));
	TRY(keys_only(&map, tables));
	return keys_read(kernelci_platform_keys, &map, out);
}

static struct error *parse_platforms(struct config_node n, struct kernelci_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_map_init(&map, n));
	if (map.count == 0)
		return config_error(n, "no platform, expected {NAME: {pools: [POOL]}}");
	out->platforms = memory_new(map.count, sizeof(*out->platforms));
	for (size_t i = 0; i < map.count; i++) {
		out->platforms_count = i + 1;
		TRY(parse_platform(&map.pairs[i], &out->platforms[i]));
	}
	return NULL;
}

static struct error *check_tests(struct config_node n, const char *const *tests)
{
	for (size_t i = 0; tests && tests[i]; i++)
		if (strcmp(tests[i], "boot") != 0 && strcmp(tests[i], "kselftest") != 0 &&
		    strcmp(tests[i], "ltp") != 0)
			return config_error(n, "\"%s\", expected boot, kselftest or ltp", tests[i]);
	return NULL;
}

static struct error *parse(struct config_node n, struct kernelci_config *out)
{
	const struct key *const tables[] = {kernelci_keys, NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	struct config_node platforms;
	const char *lab;
	TRY(config_map_init(&map, n));
	TRY(keys_only(&map, tables));
	TRY(keys_read(kernelci_keys, &map, out));
	TRY(config_name(config_map_find(&map, "lab"), &lab)); // it begins each claim's id
	TRY(config_map_need(&map, "platforms", &platforms));
	TRY(parse_platforms(platforms, out));
	TRY(check_tests(config_map_find(&map, "tests"), out->tests));
	if (out->output == KERNELCI_OUTPUT_CALLBACK && !secret_is_set(&out->callback_token))
		return config_error(config_map_find(&map, "output"),
				    "callback: expected `callback_token:` beside it");
	if (!out->insecure && url_is_exposed(out->api))
		return config_error(config_map_find(&map, "api"),
				    "api: the token would go over plain http, expected https, or "
				    "`insecure: true` where the network is trusted");
	return NULL;
}

struct error *kernelci_config_parse(struct config_node n, struct kernelci_config *out)
{
	*out = (struct kernelci_config){0};
	if (!config_is_set(n))
		return NULL;
	struct error *e = parse(n, out);
	if (e)
		kernelci_config_deinit(out);
	return e;
}

const struct kernelci_platform_config *kernelci_config_platform(const struct kernelci_config *c,
								const char *name)
{
	for (size_t i = 0; i < c->platforms_count; i++)
		if (strcmp(c->platforms[i].name, name) == 0)
			return &c->platforms[i];
	return NULL;
}
