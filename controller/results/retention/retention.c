// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/retention/retention.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

// ---- configuration ------------------------------------------------------------------------------

// "90m", "12h", "7d", "3w", "2y" or "forever".
static struct error *parse_age(struct config_node n, int64_t *ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = {{"m", 60000},    {"min", 60000},   {"h", 3600000},
		     {"d", 86400000}, {"w", 604800000}, {"y", INT64_C(31557600000)}};
	const char *text;
	TRY(config_string(n, &text));
	if (strcmp(text, "forever") == 0) {
		*ms = RETENTION_FOREVER;
		return NULL;
	}
	char *end;
	long long value = strtoll(text, &end, 10);
	for (size_t i = 0; end > text && i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(end, units[i].unit) == 0 && value >= 0 && value <= 1000000) {
			*ms = value * units[i].ms;
			return NULL;
		}
	return config_error(n, "\"%s\" is no age, expected like 12h, 7d, 3w, 2y or forever", text);
}

static struct error *parse_age_of(const struct config_map *map, const char *key, int64_t *ms)
{
	struct config_node n = config_map_find(map, key);
	return config_is_set(n) ? parse_age(n, ms) : NULL;
}

static struct error *parse_ages(struct config_node n, struct retention *r)
{
	static const char *const known[] = {"fail", "error", "miss",  "pass",
					    "done", "skip",  "splat", NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_map_init(&map, n));
	TRY(config_map_only(&map, known));
	for (int i = 0; i < STATUS_COUNT; i++)
		TRY(parse_age_of(&map, known[i], &r->age_ms[i])); // in the order of enum status
	return parse_age_of(&map, "splat", &r->splat_ms);
}

static struct error *parse_count(const struct config_map *map, const char *key, int64_t min,
				 int64_t *out)
{
	struct config_node n = config_map_find(map, key);
	return config_is_set(n) ? config_integer(n, min, INT32_MAX, out) : NULL;
}

static struct error *parse(struct config_node keep, struct retention *r)
{
	static const char *const known[] = {"compress_after", "newest", "at_most", "age",
					    "baselines",      NULL};
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	TRY(config_map_init(&map, keep));
	TRY(config_map_only(&map, known));
	TRY(parse_age_of(&map, "compress_after", &r->compress_after_ms));
	TRY(parse_count(&map, "newest", 0, &r->newest));
	TRY(parse_count(&map, "at_most", 1, &r->at_most));
	if (r->at_most < r->newest)
		return config_error(keep, "at_most is less than newest");
	struct config_node n = config_map_find(&map, "age");
	if (config_is_set(n))
		TRY(parse_ages(n, r));
	n = config_map_find(&map, "baselines");
	return config_is_set(n) ? config_strings(n, &r->baselines, &r->baselines_count) : NULL;
}

const struct key retention_keys[] = {
    {"compress_after", .type = KEY_TYPE_NAME, .value = "AGE", .help = "consoles are packed"},
    {"newest", .type = KEY_TYPE_NAME, .value = "N",
     .help = "runs of each job, variant and board that always stay"},
    {"at_most", .type = KEY_TYPE_NAME, .value = "N",
     .help = "runs of each job, variant and board that may stay"},
    {"age", .type = KEY_TYPE_MAP, .value = "{WORD: AGE}",
     .help =
	 "how old runs become: fail, error, miss, pass, done, skip, and splat of those with one"},
    {"baselines", .type = KEY_TYPE_LIST, .value = "LIST", .help = "batches that are never touched"},
    {0},
};

struct error *retention_parse(struct config_node n, struct retention *out)
{
	*out = (struct retention){
	    .is_set = config_is_set(n),
	    .compress_after_ms = RETENTION_FOREVER,
	    .at_most = RETENTION_FOREVER,
	    .splat_ms = 0, // then the verdict alone decides
	};
	for (int i = 0; i < STATUS_COUNT; i++)
		out->age_ms[i] = RETENTION_FOREVER;
	return out->is_set ? parse(n, out) : NULL;
}

void retention_deinit(struct retention *r)
{
	if (!r)
		return;
	free(r->baselines);
	r->baselines = NULL;
}

// ---- decision -----------------------------------------------------------------------------------

static bool is_baseline(const struct retention *r, const char *batch)
{
	for (size_t i = 0; i < r->baselines_count; i++)
		if (strcmp(r->baselines[i], batch) == 0)
			return true;
	return false;
}

static bool is_to_go(const struct retention *r, const struct retention_run *run, int64_t age_ms)
{
	if (run->needed || is_baseline(r, run->batch) || run->rank <= r->newest)
		return false;
	if (run->rank > r->at_most)
		return true;
	int64_t kept = r->age_ms[run->status];
	if (run->splat && r->splat_ms > kept)
		kept = r->splat_ms;
	return age_ms > kept;
}

enum retention_fate retention_decide(const struct retention *r, const struct retention_run *run,
				     int64_t now_ms)
{
	int64_t age_ms = now_ms - run->start_ms;
	if (is_to_go(r, run, age_ms))
		return RETENTION_REMOVE;
	return age_ms > r->compress_after_ms ? RETENTION_PACK : RETENTION_KEEP;
}
