// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/hooks.h"

#include "base/memory.h"
#include "config/yaml.h"

static const char *const failure_words[] = {
    [HOOK_FAILURE_FAIL] = "fail",
    [HOOK_FAILURE_WARN] = "warn",
    [HOOK_FAILURE_QUARANTINE] = "quarantine",
    NULL,
};

const char *hook_failure_name(enum hook_failure f)
{
	return failure_words[f];
}

double hooks_limit_s(const struct hook_config *hooks, size_t count)
{
	double seconds = 0;
	for (size_t i = 0; i < count; i++)
		seconds += hooks[i].timeout_s;
	return seconds;
}

const struct key hook_keys[] = {
    {"run", KEY_COMMAND(struct hook_config, run), .required = true,
     .help = "the program and its arguments"},
    {"timeout", KEY_SECONDS(struct hook_config, timeout_s, 0.1, 3600), .preset = "30s",
     .help = "then it is ended, and has failed"},
    {"on_failure", KEY_WORD(struct hook_config, on_failure, failure_words), .preset = "fail",
     .help = "what becomes of the run (fail: a MISS), and of the board (quarantine)"},
    {0},
};

static void list_deinit(struct hook_config *hooks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		keys_deinit(hook_keys, &hooks[i]);
	free(hooks);
}

void hooks_deinit(struct hooks_config *h)
{
	list_deinit(h->before, h->before_count);
	list_deinit(h->after, h->after_count);
	*h = (struct hooks_config){0};
}

static struct error *parse_hook(struct config_node n, struct hook_config *h)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	const struct key *const tables[2] = {hook_keys, NULL};
	h->node = n;
	TRY(config_map_init(&m, n));
	TRY(keys_only(&m, tables));
	return keys_read(hook_keys, &m, h);
}

// One hook or a list of them.
static struct error *parse_list(struct config_node n, struct hook_config **out, size_t *parsed)
{
	if (!config_is_set(n))
		return NULL;
	size_t count;
	TRY(config_several(n, "hooks", 0, HOOKS_LIMIT, &count));
	*out = memory_new(count, sizeof(**out));
	for (size_t i = 0; i < count; i++)
		TRY(parse_hook(config_one_of(n, i), &(*out)[(*parsed)++]));
	return NULL;
}

struct error *hooks_parse(struct config_node n, struct hooks_config *out)
{
	if (!config_is_set(n))
		return NULL;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	static const char *const known[] = {"before", "after", NULL};
	TRY(config_map_init(&m, n));
	TRY(config_map_only(&m, known));
	TRY(parse_list(config_map_find(&m, "before"), &out->before, &out->before_count));
	return parse_list(config_map_find(&m, "after"), &out->after, &out->after_count);
}
