// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/job.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/problems.h"
#include "config/timing.h"

static void want_deinit(struct want *w)
{
	free(w->pools);
	free(w->splats);
	free(w->failing_tests);
}

void job_free(struct job_config *job)
{
	if (!job)
		return;
	for (size_t i = 0; i < job->texts_count; i++)
		free(job->texts[i]);
	free(job->texts);
	free(job->tree);
	for (size_t i = 0; i < job->variants_declared; i++) {
		for (size_t k = 0; k < job->variants[i].wants_count; k++)
			want_deinit(&job->variants[i].wants[k]);
		free(job->variants[i].wants);
	}
	free(job->variants);
	metrics_config_deinit(&job->metrics);
	free(job->pools);
	literals_deinit(&job->detect);
	sanitize_config_deinit(&job->sanitize);
	schedules_deinit(&job->schedules);
	triggers_deinit(&job->triggers);
	hooks_deinit(&job->hooks);
	payload_config_deinit(&job->payload);
	config_file_free(job->file);
	free(job);
}

static struct error *optional_string(const struct config_map *m, const char *key, const char **out)
{
	struct config_node n = config_map_find(m, key);
	return config_is_set(n) ? config_string(n, out) : NULL;
}

static struct error *optional_seconds(const struct config_map *m, const char *key, double min,
				      double max, double *out)
{
	struct config_node n = config_map_find(m, key);
	return config_is_set(n) ? config_seconds(n, min, max, out) : NULL;
}

static struct error *parse_want_splat(struct config_node n, struct want_splat *w)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"class", "function", "title", "count", NULL};
	TRY(config_map_only(&m, known));
	struct config_node class = config_map_find(&m, "class");
	if (config_is_set(class))
		TRY(config_finding_class(class, &w->class));
	TRY(optional_string(&m, "function", &w->function));
	TRY(optional_string(&m, "title", &w->title));
	if (!w->class && !w->function && !w->title)
		return config_error(n, "expected at least one of class, function and title");
	w->count = 1;
	struct config_node count = config_map_find(&m, "count");
	return config_is_set(count) ? config_integer(count, 1, 1000000, &w->count) : NULL;
}

static struct error *parse_want(struct config_node n, struct want *w)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"pools", "splats", "failing_tests", NULL};
	TRY(config_map_only(&m, known));
	struct config_node v = config_map_find(&m, "pools");
	if (config_is_set(v)) {
		w->pools_node = v;
		TRY(config_strings(v, &w->pools, &w->pools_count));
	}
	v = config_map_find(&m, "failing_tests");
	if (config_is_set(v))
		TRY(config_strings(v, &w->failing_tests, &w->failing_tests_count));
	v = config_map_find(&m, "splats");
	if (!config_is_set(v))
		return NULL;
	size_t count;
	TRY(config_list(v, &count));
	w->splats = memory_new(count, sizeof(*w->splats));
	for (size_t i = 0; i < count; i++)
		TRY(parse_want_splat(config_item(v, i), &w->splats[i]));
	w->splats_count = count;
	return NULL;
}

static struct error *parse_variant(struct config_node n, struct variant_config *variant)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"name", "arguments", "want", NULL};
	TRY(config_map_only(&m, known));
	variant->node = n;
	struct config_node v;
	TRY(config_map_need(&m, "name", &v));
	TRY(config_name(v, &variant->name));
	variant->arguments = "";
	TRY(optional_string(&m, "arguments", &variant->arguments));
	v = config_map_find(&m, "want");
	if (!config_is_set(v))
		return NULL;
	size_t count;
	TRY(config_list(v, &count));
	variant->wants = memory_new(count, sizeof(*variant->wants));
	for (size_t i = 0; i < count; i++) {
		variant->wants_count = i + 1;
		TRY(parse_want(config_item(v, i), &variant->wants[i]));
	}
	return NULL;
}

static struct error *parse_variants(struct config_node n, struct job_config *job)
{
	size_t count;
	TRY(config_list(n, &count));
	if (!count)
		return config_error(n, "an empty list, expected at least one variant");
	job->variants = memory_new(count, sizeof(*job->variants));
	for (size_t i = 0; i < count; i++) {
		job->variants_count = job->variants_declared = i + 1;
		TRY(parse_variant(config_item(n, i), &job->variants[i]));
		for (size_t k = 0; k < i; k++)
			if (strcmp(job->variants[k].name, job->variants[i].name) == 0)
				return config_error(config_item(n, i),
						    "variant \"%s\" a second time",
						    job->variants[i].name);
	}
	return NULL;
}

// Whose words count.
static struct error *parse_speaker(struct config_node n, bool *from_handover)
{
	const char *word = "payload";
	if (config_is_set(n))
		TRY(config_string(n, &word));
	*from_handover = strcmp(word, "handover") == 0;
	if (!*from_handover && strcmp(word, "payload") != 0)
		return config_error(n, "from: \"%s\", expected one of: payload, handover", word);
	return NULL;
}

static struct error *parse_done(struct config_node n, struct done_config *done)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"panic", "text", "power_off", "from", NULL};
	TRY(config_map_only(&m, known));
	TRY(parse_speaker(config_map_find(&m, "from"), &done->from_handover));
	TRY(optional_string(&m, "panic", &done->panic));
	TRY(optional_string(&m, "text", &done->text));
	if ((done->panic && !done->panic[0]) || (done->text && !done->text[0]))
		return config_error(n, "an empty text, which every console contains");
	struct config_node v = config_map_find(&m, "power_off");
	return config_is_set(v) ? config_bool(v, &done->power_off) : NULL;
}

// ---- source: what KCIDB would refuse is told before the night, not after it --------------------

static bool is_hex(const char *s, size_t digits)
{
	return strlen(s) == digits && strspn(s, "0123456789abcdef") == digits;
}

static bool is_commit(const char *s)
{
	return is_hex(s, 40);
}

static bool is_patchset(const char *s)
{
	return !s[0] || is_hex(s, 64);
}

// "https://TOKEN@host/": what stands here goes into results, which are published.
static bool is_without_user(const char *url)
{
	const char *host = strncmp(url, "http", 4) == 0 ? strstr(url, "://") : NULL;
	if (!host)
		return true;
	host += strlen("://");
	return !memchr(host, '@', strcspn(host, "/?#"));
}

static bool is_message_id(const char *s)
{
	return strchr(s, '@') != NULL;
}

static struct error *parse_source(struct config_node n, struct source_config *s)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	const struct {
		const char *key;
		const char **value;
		bool (*right)(const char *s); // NULL: any text
		const char *expected;
	} keys[] = {
	    {"tree_name", &s->tree_name, NULL, NULL},
	    {"git_repository_url", &s->repository_url, is_without_user,
	     "a URL without a user or password, which would be published"},
	    {"git_repository_branch", &s->branch, NULL, NULL},
	    {"git_commit_hash", &s->commit, is_commit, "40 digits of 0-9 a-f"},
	    {"git_commit_name", &s->commit_name, NULL, NULL},
	    {"patchset_hash", &s->patchset_hash, is_patchset, "\"\" or 64 digits of 0-9 a-f"},
	    {"message_id", &s->message_id, is_message_id, "a mail's Message-ID, with an @"},
	};
	enum { COUNT = sizeof(keys) / sizeof(keys[0]) };
	const char *known[COUNT + 1] = {0};
	for (size_t i = 0; i < COUNT; i++)
		known[i] = keys[i].key;
	TRY(config_map_only(&m, known));
	for (size_t i = 0; i < COUNT; i++) {
		TRY(optional_string(&m, keys[i].key, keys[i].value));
		if (*keys[i].value && keys[i].right && !keys[i].right(*keys[i].value))
			return config_error(config_map_find(&m, keys[i].key),
					    "%s \"%.80s\", expected %s", keys[i].key,
					    *keys[i].value, keys[i].expected);
	}
	return NULL;
}

// arm64 kernels cut their command line there without a word (COMMAND_LINE_SIZE, with its NUL, in
// arch/arm64/include/uapi/asm/setup.h).
#define KERNEL_ARGUMENTS_LIMIT 2047

struct error *job_check_arguments(const struct job_config *job,
				  const struct variant_config *variant, const char *arguments)
{
	size_t len = strlen(arguments);
	if (job->payload.kind != PAYLOAD_KERNEL || len <= KERNEL_ARGUMENTS_LIMIT)
		return NULL;
	return config_error(
	    variant->node,
	    "variant \"%s\": %zu bytes of arguments, expected at most the %d that a "
	    "kernel takes",
	    variant->name, len, KERNEL_ARGUMENTS_LIMIT);
}

static struct error *check_arguments(const struct job_config *job)
{
	for (size_t i = 0; i < job->variants_count; i++)
		TRY(job_check_arguments(job, &job->variants[i], job->variants[i].arguments));
	return NULL;
}

char *job_arguments(const struct job_config *job, const struct variant_config *variant,
		    const char *before)
{
	const char *own = variant->arguments;
	if (job->payload.kind != PAYLOAD_KERNEL || !before)
		return memory_strdup(own);
	return memory_printf("%s%s%s", before, *own ? " " : "", own);
}

// A want on a pool where the job never runs would never be held against anything.
static struct error *check_want_pools(const struct job_config *job, const struct want *w)
{
	for (size_t i = 0; i < w->pools_count; i++) {
		size_t k = 0;
		while (k < job->pools_count && strcmp(w->pools[i], job->pools[k]) != 0)
			k++;
		if (k == job->pools_count)
			return config_error(w->pools_node,
					    "something is wanted on pool \"%s\", expected one of "
					    "the job's own pools",
					    w->pools[i]);
	}
	return NULL;
}

static struct error *check_wants(const struct job_config *job)
{
	for (size_t v = 0; v < job->variants_count; v++)
		for (size_t i = 0; i < job->variants[v].wants_count; i++)
			TRY(check_want_pools(job, &job->variants[v].wants[i]));
	return NULL;
}

static struct error *parse_run(struct config_node n, struct run_identity *run)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {
	    "id",       "batch",    "pool",     "sha256",  "payload_name", "attempt", "waited",
	    "retry_of", "confirms", "rerun_of", "package", "build_id",     NULL};
	TRY(config_map_only(&m, known));
	struct config_node v;
	TRY(config_map_need(&m, "id", &v));
	TRY(config_string(v, &run->id));
	TRY(config_map_need(&m, "batch", &v));
	TRY(config_string(v, &run->batch));
	TRY(config_map_need(&m, "pool", &v));
	TRY(config_name(v, &run->pool));
	TRY(config_map_need(&m, "sha256", &v));
	TRY(config_string(v, &run->sha256));
	TRY(config_map_need(&m, "payload_name", &v));
	TRY(config_string(v, &run->payload_name));
	TRY(config_map_need(&m, "attempt", &v));
	TRY(config_integer(v, 1, 1000, &run->attempt));
	TRY(optional_string(&m, "package", &run->package));
	TRY(optional_string(&m, "build_id", &run->build_id));
	TRY(optional_string(&m, "retry_of", &run->retry_of));
	TRY(optional_string(&m, "confirms", &run->confirms));
	TRY(optional_string(&m, "rerun_of", &run->rerun_of));
	return optional_seconds(&m, "waited", 0, 366 * 24 * 3600, &run->waited_s);
}

static const struct {
	const char *key;
	double min, max, preset; // seconds
	size_t offset;           // of a double in struct job_config
} limits[] = {
    {"deadline", JOB_DEADLINE_MIN_S, JOB_DEADLINE_MAX_S, 60,
     offsetof(struct job_config, deadline_s)},
    {"silence", 0.1, 24 * 3600, 10, offsetof(struct job_config, silence_s)},
    {"board_wait", 0, 7 * 24 * 3600, 3600, offsetof(struct job_config, board_wait_s)},
    {"busy_wait", 0, 24 * 3600, 600, offsetof(struct job_config, busy_wait_s)},
};

static void parse_limits(const struct config_map *top, struct job_config *job,
			 struct config_problems *problems)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		double *out = (void *)((char *)job + limits[i].offset);
		*out = limits[i].preset;
		problems_add(problems, optional_seconds(top, limits[i].key, limits[i].min,
							limits[i].max, out));
	}
}

static struct error *parse_console_limit(struct config_node n, struct job_config *job)
{
	return config_integer(n, 4096, INT64_C(1) << 40, &job->console_limit);
}

// Budgets are held against a release that somebody named: a guess would move it unnoticed.
static struct error *parse_baseline(struct config_node n, struct job_config *job)
{
	TRY(config_string(n, &job->baseline));
	return strlen(job->baseline) >= 7
		   ? NULL
		   : config_error(n,
				  "baseline \"%s\", expected a commit (7 digits or more) or the id "
				  "of a batch",
				  job->baseline);
}

static struct error *parse_name(struct config_node n, struct job_config *job)
{
	return config_name(n, &job->name);
}

static struct error *parse_description(struct config_node n, struct job_config *job)
{
	return config_string(n, &job->description);
}

static struct error *parse_job_payload(struct config_node n, struct job_config *job)
{
	return payload_config_parse(n, &job->payload);
}

static struct error *parse_pools(struct config_node n, struct job_config *job)
{
	job->pools_node = n;
	return config_strings(n, &job->pools, &job->pools_count);
}

static struct error *parse_metrics(struct config_node n, struct job_config *job)
{
	return metrics_config_parse(n, &job->metrics);
}

static struct error *parse_timing(struct config_node n, struct job_config *job)
{
	job->timing = n;
	struct timing_limits check = timing_limits_default();
	return timing_limits_parse(n, &check);
}

static struct error *parse_job_done(struct config_node n, struct job_config *job)
{
	return parse_done(n, &job->done);
}

static struct error *parse_job_source(struct config_node n, struct job_config *job)
{
	return parse_source(n, &job->source);
}

static struct error *parse_sanitize(struct config_node n, struct job_config *job)
{
	return sanitize_config_parse(n, &job->sanitize);
}

static struct error *parse_detect(struct config_node n, struct job_config *job)
{
	return literals_parse(n, &job->detect);
}

static struct error *parse_job_run(struct config_node n, struct job_config *job)
{
	return parse_run(n, &job->run);
}

static struct error *parse_schedule(struct config_node n, struct job_config *job)
{
	return schedules_parse(n, &job->schedules);
}

static struct error *parse_trigger(struct config_node n, struct job_config *job)
{
	return triggers_parse(n, &job->triggers);
}

static struct error *parse_hooks(struct config_node n, struct job_config *job)
{
	return hooks_parse(n, &job->hooks);
}

static struct error *parse_confirm(struct config_node n, struct job_config *job)
{
	return config_bool(n, &job->confirm);
}

static struct error *parse_boards_per_pool(struct config_node n, struct job_config *job)
{
	return config_integer(n, 0, 10000, &job->boards_per_pool);
}

static struct error *parse_tree(struct config_node n, struct job_config *job)
{
	return config_path(n, &job->tree);
}

// Each is read whatever is wrong with the others.
static const struct {
	const char *key;
	bool required;
	struct error *(*parse)(struct config_node n, struct job_config *job)ERROR_RESULT;
} sections[] = {
    {"name", true, parse_name},           {"description", false, parse_description},
    {"payload", true, parse_job_payload}, {"pools", true, parse_pools},
    {"variants", true, parse_variants},   {"console_limit", false, parse_console_limit},
    {"metrics", false, parse_metrics},    {"baseline", false, parse_baseline},
    {"timing", false, parse_timing},      {"done", false, parse_job_done},
    {"source", false, parse_job_source},  {"detect", false, parse_detect},
    {"run", false, parse_job_run},        {"schedule", false, parse_schedule},
    {"trigger", false, parse_trigger},    {"hooks", false, parse_hooks},
    {"confirm", false, parse_confirm},    {"boards_per_pool", false, parse_boards_per_pool},
    {"tree", false, parse_tree},          {"sanitize", false, parse_sanitize},
};

static void parse_sections(const struct config_map *top, struct job_config *job,
			   struct config_problems *problems)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		struct config_node n = config_map_find(top, sections[i].key);
		if (config_is_set(n))
			problems_add(problems, sections[i].parse(n, job));
		else if (sections[i].required)
			problems_add(problems, config_map_need(top, sections[i].key, &n));
	}
}

static struct error *check_triggers(const struct job_config *job)
{
	for (size_t i = 0; i < job->triggers.count; i++)
		if (job->triggers.items[i].watch == TRIGGER_WATCH_PAYLOAD &&
		    !job->payload.parts[PAYLOAD_IMAGE].path)
			return config_error(job->triggers.items[i].node,
					    "payload_changed: the payload is %s",
					    job->payload.parts[PAYLOAD_IMAGE].url
						? "a URL, expected url: with it instead"
						: "left to the command line, expected a file");
	return NULL;
}

// Nothing in the daemon's loop waits for a server.
static struct error *check_fetches(const struct config_map *top, const struct job_config *job)
{
	bool alone = job->schedules.count + job->triggers.count > 0;
	if (!alone || !payload_config_fetches(&job->payload))
		return NULL;
	return config_error(config_map_find(top, "payload"),
			    "a URL in a job that is run by itself, expected files (a hook or a "
			    "timer of the system may fetch them)");
}

// What the sections say of each other.
static struct error *check_job(const struct config_map *top, const struct job_config *job)
{
	TRY(check_arguments(job));
	TRY(check_triggers(job));
	TRY(check_fetches(top, job));
	if (job->run.id) // the snapshot of a run has kept only the pool that the run was in
		return NULL;
	if (strcmp(job->name, JOB_OWN_NAME) == 0)
		return config_error(config_map_find(top, "name"),
				    "\"%s\" is what the farm's own confirmations are called, "
				    "expected another name",
				    job->name);
	return check_wants(job);
}

static struct error *parse_job(struct job_config *job, struct config_problems *problems)
{
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	size_t before = problems->mistakes;
	TRY(config_map_init(&top, config_file_root(job->file)));
	static const char *const known[] = {
	    "name",       "description", "payload",         "pools",
	    "variants",   "deadline",    "silence",         "console_limit",
	    "done",       "source",      "detect",          "run",
	    "base",       "metrics",     "baseline",        "timing",
	    "board_wait", "busy_wait",   "schedule",        "trigger",
	    "hooks",      "confirm",     "boards_per_pool", "tree",
	    "sanitize",   NULL};
	config_map_only_all(&top, known, problems);
	job->console_limit = INT64_C(256) << 20;
	parse_limits(&top, job, problems);
	parse_sections(&top, job, problems);
	return problems->mistakes > before ? NULL : check_job(&top, job);
}

void job_load_all(const char *path, struct config_problems *problems, struct job_config **out)
{
	CLEANUP_JOB struct job_config *job = memory_new(1, sizeof(*job));
	size_t before = problems->mistakes;
	*out = NULL;
	if (problems_add(problems, config_file_load_doubting(path, problems, &job->file)))
		return;
	problems_add(problems, parse_job(job, problems));
	if (problems->mistakes == before)
		*out = STEAL(job);
}

struct error *job_load(const char *path, struct job_config **out)
{
	struct config_problems problems = {0};
	job_load_all(path, &problems, out);
	return problems_first(&problems);
}

const struct variant_config *job_find_variant(const struct job_config *job, const char *name)
{
	for (size_t i = 0; i < job->variants_count; i++)
		if (strcmp(job->variants[i].name, name) == 0)
			return &job->variants[i];
	return NULL;
}

struct error *job_use_payload(struct job_config *job, const char *path)
{
	for (enum payload_part i = PAYLOAD_INITRD; i < PAYLOAD_PARTS; i++) {
		struct payload_part_config *part = &job->payload.parts[i];
		if (!part->path)
			continue;
		char *absolute = realpath(part->path, NULL);
		if (!absolute)
			return error_errno(ERROR_CONFIG, errno, "%s %s", payload_part_name(i),
					   part->path);
		free(part->path);
		part->path = absolute;
	}
	payload_part_set(&job->payload.parts[PAYLOAD_IMAGE], path);
	return NULL;
}
