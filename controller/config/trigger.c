// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/trigger.h"

#include <string.h>

#include "base/memory.h"
#include "config/yaml.h"

static const char *const url_schemes[] = {"http", "https", NULL};

static const struct key git_keys[] = {
    {"repository", KEY_FILE(struct trigger_config, repository), .required = true,
     .help = "a folder with .git"},
    {"ref", KEY_TEXT(struct trigger_config, ref), .required = true,
     .help = "such as refs/heads/master"},
    {0},
};

const struct key trigger_keys[] = {
    {"payload_changed", KEY_BOOL(struct trigger_config, payload_changed), .preset = "false",
     .help = "the payload's file has other content"},
    {"url", KEY_URL(struct trigger_config, url, url_schemes),
     .help = "what lies there has another ETag, or Last-Modified"},
    {"git", KEY_GROUP(git_keys), .help = "a ref of a repository has moved"},
    {"every", KEY_SECONDS(struct trigger_config, every_s, 10, 7 * 24 * 3600), .preset = "5min",
     .help = "so often it is looked at"},
    {"window", KEY_SECONDS(struct trigger_config, queue.window_s, 60, 7 * 24 * 3600),
     .preset = "6h", .help = "what cannot end so long behind the change is not begun"},
    {"backlog", .type = KEY_TYPE_NAME, .value = "latest | all | every N", .preset = "latest",
     .help = "which batches stay that still wait when the next one comes"},
    {"priority", KEY_NUMBER(struct trigger_config, queue.priority, 0, 100), .preset = "30",
     .help = "the highest goes first"},
    {0},
};

void triggers_deinit(struct triggers_config *t)
{
	for (size_t i = 0; i < t->count; i++)
		keys_deinit(trigger_keys, &t->items[i]);
	free(t->items);
	*t = (struct triggers_config){0};
}

// As git-check-ref-format(1) has it, as far as it matters to who hands it to git.
static bool is_ref(const char *ref)
{
	if (*ref == '-' || *ref == '/' || strstr(ref, "..") || strstr(ref, "@{") ||
	    strstr(ref, "//") || ref[strlen(ref) - 1] == '/')
		return false;
	for (const char *s = ref; *s; s++)
		if ((unsigned char)*s <= ' ' || *s == 127 || strchr("~^:?*[\\", *s))
			return false;
	return true;
}

static struct error *check_git(struct config_node git, const struct trigger_config *t)
{
	CLEANUP_CONFIG_MAP struct config_map keys = {0};
	TRY(config_map_init(&keys, git));
	return is_ref(t->ref)
		   ? NULL
		   : config_error(config_map_find(&keys, "ref"),
				  "ref \"%.80s\", expected one such as refs/heads/master", t->ref);
}

static struct error *parse_trigger(struct config_node n, struct trigger_config *t)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	const struct key *const tables[2] = {trigger_keys, NULL};
	t->node = n;
	TRY(config_map_init(&m, n));
	TRY(keys_only(&m, tables));
	TRY(keys_read(trigger_keys, &m, t));
	TRY(config_backlog(config_map_find(&m, "backlog"), &t->queue));
	struct config_node git = config_map_find(&m, "git");
	if (t->payload_changed + (t->url != NULL) + config_is_set(git) != 1)
		return config_error(
		    n, "expected one of payload_changed: true, url: and git:, which is "
		       "watched");
	t->watch = TRIGGER_WATCH_PAYLOAD;
	if (t->url)
		t->watch = TRIGGER_WATCH_URL;
	if (!config_is_set(git))
		return NULL;
	t->watch = TRIGGER_WATCH_GIT;
	return check_git(git, t);
}

struct error *triggers_parse(struct config_node n, struct triggers_config *out)
{
	if (!config_is_set(n))
		return NULL;
	size_t count;
	TRY(config_several(n, "triggers", 1, TRIGGERS_LIMIT, &count));
	out->items = memory_new(count, sizeof(*out->items));
	for (size_t i = 0; i < count; i++)
		TRY(parse_trigger(config_one_of(n, i), &out->items[out->count++]));
	return NULL;
}
