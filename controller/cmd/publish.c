// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "config/node.h"
#include "text/json_writer.h"
#include "results/publish/publish.h"
#include "results/publish/publish_content.h"

#define WAIT_S      15.0
#define WAIT_MAX_S  (7 * 86400.0)
#define END_GRACE_S 30 // on top of what a child was given, before it is ended

struct publish_words {
	const char *dir, *farm, *destination, *wait, *job;
	bool dry_run, status, retry, check, json, quiet, child;
	double wait_s;
};

static const struct cmd_option options_table[] = {
    OPTION_FLAG(struct publish_words, dry_run, .name = "dry-run",
		.help = "says what would be sent where; sends and stores nothing"),
    OPTION_FLAG(struct publish_words, status, .name = "status",
		.help = "shows what waits, what is parked and why"),
    OPTION_FLAG(struct publish_words, check, .name = "check",
		.help = "asks each destination whether it takes our login; sends nothing"),
    OPTION_FLAG(struct publish_words, retry, .name = "retry",
		.help = "tries blocked destinations and parked items again, all others at once"),
    OPTION_JOB_OF(struct publish_words, job),
    OPTION_VALUE(struct publish_words, wait, "TIME", VALUES_TEXT, .name = "wait",
		 .help = "goes on for so long while anything becomes due (15s)"),
    OPTION_VALUE(struct publish_words, destination, "NAME", VALUES_DESTINATION,
		 .name = "destination", .help = "only this one"),
    OPTION_FARM(struct publish_words, farm),
    OPTION_RESULTS(struct publish_words, dir),
    OPTION_JSON(struct publish_words, json,
		"the state at the end as one JSON object a destination"),
    OPTION_FLAG(struct publish_words, quiet, .name = "quiet", .letter = 'q',
		.help = "no state at the end"),
    // Of this command to itself.
    OPTION_FLAG(struct publish_words, child, .name = "child-sends", .hidden = true),
};

// Calls `each` for the chosen destinations; all when none is named.
typedef struct error *(*each_destination)(const struct publish_words *w,
					  const struct publish_config *c,
					  const struct destination *d, void *context);

static struct error *for_each(const struct publish_words *w, const struct publish_config *c,
			      each_destination each, void *context)
{
	for (size_t i = 0; i < c->count; i++)
		if (!w->destination || strcmp(c->destinations[i].name, w->destination) == 0)
			TRY(error_wrap(each(w, c, &c->destinations[i], context), "%s",
				       c->destinations[i].name));
	return NULL;
}

// ---- --dry-run ----------------------------------------------------------------------------------

static struct error *describe_batch(const struct publish_words *w, const struct publish_config *c,
				    const struct destination *d, void *context)
{
	const char *batch = context;
	CLEANUP_BUFFER struct buffer where = {0};
	CLEANUP_CONTENT struct content content = {0};
	d->driver->describe(d->state, &where);
	printf("%s: %s to %s\n", d->name, d->driver->driver.name, buffer_str(&where));
	TRY(content_build(w->dir, batch, c->files_url, d->what, &content));
	for (size_t i = 0; i < content.count; i++)
		printf("  %-40s %9zu bytes as %s\n", content.parts[i].name,
		       content.parts[i].document.len, content.parts[i].file_name);
	return NULL;
}

// ---- --status -----------------------------------------------------------------------------------

static void print_status_json(const struct destination *d, const struct publish_status *s)
{
	CLEANUP_JSON_WRITER struct json_writer j;
	json_writer_init(&j, stdout);
	json_put_object(&j, NULL);
	json_put_text(&j, "destination", d->name);
	json_put_text(&j, "driver", d->driver->driver.name);
	json_put_int(&j, "waiting", (int64_t)s->waiting);
	json_put_int(&j, "unconfirmed", (int64_t)s->unconfirmed);
	json_put_int(&j, "parked", (int64_t)s->parked);
	json_put_int(&j, "deferred", (int64_t)s->deferred);
	json_put_int(&j, "damaged", (int64_t)s->damaged);
	json_put_int(&j, "bytes", (int64_t)s->bytes);
	if (s->blocked_ms) {
		char since[CLOCK_RFC3339_SIZE];
		clock_rfc3339(s->blocked_ms * NS_PER_MS, since);
		json_put_text(&j, "blocked", since);
		json_put_text(&j, "blocked_reason", s->blocked_reason);
	}
	json_put_array(&j, "items");
	for (size_t i = 0; i < s->count; i++) {
		const struct spool_item *item = &s->items[i];
		char next[CLOCK_RFC3339_SIZE];
		clock_rfc3339(item->next_ms * NS_PER_MS, next);
		json_put_object(&j, NULL);
		json_put_text(&j, "item", item->name);
		json_put_text(&j, "state", spool_state_name(item->state));
		json_put_int(&j, "attempts", item->attempts);
		json_put_text(&j, "next", next);
		json_put_text_if(&j, "submission", item->submission);
		json_put_text_if(&j, "reason", item->reason);
		json_put_end(&j, '}');
	}
	json_put_end(&j, ']');
	json_put_end(&j, '}');
	buffer_append(&j.text, "\n", 1);
	// A failing write is noticed when standard output is flushed at the end.
	error_free(json_writer_finish(&j, "standard output"));
}

static void print_status_text(const struct destination *d, const struct publish_status *s)
{
	CLEANUP_BUFFER struct buffer where = {0};
	d->driver->describe(d->state, &where);
	printf("%s: %s to %s\n", d->name, d->driver->driver.name, buffer_str(&where));
	if (s->blocked_ms) {
		char since[CLOCK_RFC3339_SIZE];
		clock_rfc3339(s->blocked_ms * NS_PER_MS, since);
		printf("  BLOCKED since %.19sZ: %s\n", since, s->blocked_reason);
	}
	if (publish_is_clear(s)) {
		puts("  nothing to send");
		return;
	}
	char oldest[CLOCK_RFC3339_SIZE];
	clock_rfc3339(s->oldest_ms * NS_PER_MS, oldest);
	printf("  %zu waiting, %zu unconfirmed, %zu parked, %zu deferred", s->waiting,
	       s->unconfirmed, s->parked, s->deferred);
	if (s->damaged)
		printf(", %zu damaged", s->damaged);
	printf("; %.1f MB", (double)s->bytes / 1e6);
	if (s->count)
		printf(", oldest from %.19sZ", oldest);
	putchar('\n');
	for (size_t i = 0; i < s->count; i++) {
		const struct spool_item *item = &s->items[i];
		printf("  %-11s %s, %" PRId64 " tr%s%s%s\n", spool_state_name(item->state),
		       item->name, item->attempts, item->attempts == 1 ? "y" : "ies",
		       item->reason ? ": " : "", item->reason ? item->reason : "");
	}
}

static struct error *show_status(const struct publish_words *w, const struct publish_config *c,
				 const struct destination *d, void *context)
{
	(void)c;
	int *code = context;
	CLEANUP_PUBLISH_STATUS struct publish_status s = {0};
	TRY(publish_status_get(w->dir, d, &s));
	if (w->json)
		print_status_json(d, &s);
	else if (!w->quiet)
		print_status_text(d, &s);
	if (!publish_is_clear(&s))
		*code = EXIT_LAB;
	return NULL;
}

// ---- --check ------------------------------------------------------------------------------------

static struct error *ask(const struct publish_words *w, const struct publish_config *c,
			 const struct destination *d, void *context)
{
	(void)c;
	int *code = context;
	bool good;
	CLEANUP_BUFFER struct buffer answer = {0};
	publish_ask(w->dir, d, &good, &answer);
	printf("%s: %s: %s\n", d->name, good ? "good" : "BAD", buffer_str(&answer));
	if (!good)
		*code = EXIT_LAB;
	return NULL;
}

// ---- --retry and sending ------------------------------------------------------------------------

static struct error *retry(const struct publish_words *w, const struct publish_config *c,
			   const struct destination *d, void *context)
{
	(void)c, (void)context;
	size_t count;
	TRY(publish_retry(w->dir, d, w->wait_s, &count));
	if (count)
		printf("%s: %zu item%s to be tried again\n", d->name, count, count == 1 ? "" : "s");
	return NULL;
}

static struct error *send_here(const struct publish_words *w, const struct publish_config *c,
			       const struct destination *d, void *context)
{
	(void)context;
	bool busy;
	TRY(publish_send(w->dir, c, d, w->wait_s, stdout, &busy));
	if (busy)
		printf("%s: another mmfarm is sending to it now\n", d->name);
	return NULL;
}

// A child a destination: one that hangs holds up nobody else.
struct children {
	struct process *items;
	size_t count;
	double longest_s;
};

static struct error *start_child(const struct publish_words *w, const struct publish_config *c,
				 const struct destination *d, void *context)
{
	(void)c;
	struct children *children = context;
	CLEANUP_FREE char *wait = memory_printf("%.3fs", w->wait_s);
	const char *argv[] = {"/proc/self/exe", "publish", "--results",     w->dir, "--wait", wait,
			      "--destination",  d->name,   "--child-sends", NULL,   NULL,     NULL};
	if (w->farm) {
		argv[9] = "--farm";
		argv[10] = w->farm;
	}
	const struct process_spec spec = {.argv = argv,
					  .in = -1,
					  .out = w->json ? STDERR_FILENO : STDOUT_FILENO,
					  .err = STDERR_FILENO,
					  .pass = -1,
					  .die_with_parent = true,
					  .own_environment = true};
	struct process p = PROCESS_NONE;
	TRY(process_spawn(&spec, &p));
	ARRAY_APPEND(children->items, children->count, p);
	if (d->timeout_s > children->longest_s)
		children->longest_s = d->timeout_s;
	return NULL;
}

static struct error *send_all(const struct publish_words *w, const struct publish_config *c)
{
	struct children children = {0};
	fflush(stdout);
	struct error *e = for_each(w, c, start_child, &children);
	// A child ends by itself when its time is over and the exchange it is in has timed out.
	double limit_s = w->wait_s + 3 * children.longest_s + END_GRACE_S;
	int64_t deadline = clock_monotonic_ns() + (int64_t)(limit_s * (double)NS_PER_S);
	for (size_t i = 0; i < children.count; i++) {
		process_wait(&children.items[i], deadline);
		process_deinit(&children.items[i]);
	}
	free(children.items);
	return e;
}

// ---- the command --------------------------------------------------------------------------------

static struct error *enqueue(const struct publish_words *w, const struct publish_config *c,
			     const struct destination *d, void *context)
{
	const char *batch = context;
	enum publish_place place;
	TRY(publish_enqueue(w->dir, c, d, batch, &place));
	if (place == PUBLISH_DEFERRED)
		printf("%s: its spool is full, %s waits outside\n", d->name, batch);
	else if (place == PUBLISH_UNWANTED)
		printf("%s: takes no batches of this job, %s is not for it\n", d->name, batch);
	return NULL;
}

static struct error *take_batches(const struct publish_words *w, const struct publish_config *c,
				  char **batches, int count)
{
	for (int i = 0; i < count || (i == 0 && w->job); i++) {
		CLEANUP_FREE char *id = NULL;
		TRY(cmd_name_batch(w->dir, i < count ? batches[i] : NULL, w->job, &id));
		TRY(for_each(w, c, w->dry_run ? describe_batch : enqueue, id));
	}
	return NULL;
}

static struct error *parse_wait(struct publish_words *w)
{
	w->wait_s = WAIT_S;
	if (!w->wait)
		return NULL;
	if (config_parse_seconds(w->wait, 0, WAIT_MAX_S, &w->wait_s))
		return NULL;
	return error_new(ERROR_USAGE, "--wait \"%s\": expected a time like 15s or 10min", w->wait);
}

static struct error *load(const struct publish_words *w, struct farm_config **farm,
			  struct publish_config *c)
{
	TRY(farm_load(w->farm, farm));
	TRY(publish_config_load(*farm, c));
	if (c->count == 0)
		return error_new(ERROR_CONFIG,
				 "no destinations: expected `publish: destinations:` in %s",
				 w->farm ? w->farm : "farm.yaml");
	if (w->destination && !publish_config_find(c, w->destination))
		return error_new(ERROR_USAGE, "no destination is called \"%s\"", w->destination);
	return NULL;
}

static struct error *find_blocked(const struct publish_words *w, const struct publish_config *c,
				  const struct destination *d, void *context)
{
	(void)c;
	CLEANUP_PUBLISH_STATUS struct publish_status s = {0};
	int64_t *newest_ms = context;
	TRY(publish_status_get(w->dir, d, &s));
	*newest_ms = s.blocked_ms > *newest_ms ? s.blocked_ms : *newest_ms;
	return NULL;
}

// Once more when a destination was blocked by now: another one has a mail about it.
static struct error *send_and_tell(const struct publish_words *w, const struct publish_config *c)
{
	int64_t start_ms = clock_realtime_ns() / NS_PER_MS, blocked_ms = 0;
	TRY(send_all(w, c));
	TRY(for_each(w, c, find_blocked, &blocked_ms));
	return blocked_ms >= start_ms ? send_all(w, c) : NULL;
}

static struct error *publish_run(int argc, char **argv, int *code)
{
	struct publish_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_publish, argc, argv, &w, &first));
	if (w.dry_run + w.status + w.retry + w.check > 1)
		return error_new(ERROR_USAGE,
				 "--dry-run, --status, --check and --retry exclude each other");
	if (w.dry_run && first == argc && !w.job)
		return error_new(ERROR_USAGE, "--dry-run: no batch named");
	TRY(parse_wait(&w));
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_PUBLISH_CONFIG struct publish_config c = {0};
	TRY(load(&w, &farm, &c));
	if (w.status)
		return for_each(&w, &c, show_status, code);
	if (w.check)
		return for_each(&w, &c, ask, code);
	TRY(take_batches(&w, &c, &argv[first], argc - first));
	if (w.dry_run)
		return NULL;
	if (w.child)
		return for_each(&w, &c, send_here, NULL);
	if (w.retry)
		TRY(for_each(&w, &c, retry, NULL));
	TRY(send_and_tell(&w, &c));
	return for_each(&w, &c, show_status, code);
}

const struct cmd cmd_publish = {
    .name = "publish",
    .arguments = "[--dry-run|--status|--check|--retry] [BATCH...]",
    .summary = "Sends results to the destinations of farm.yaml",
    .before =
	"Puts the batches named (latest: the newest) into the spool of each destination, then\n"
	"sends what is due, from now and from before. What does not arrive is tried again\n"
	"by the next `mmfarm publish`, after a pause that doubles; what is refused is parked.\n"
	"A destination that refuses our login is blocked until its secret's file or farm.yaml\n"
	"has changed, or --retry.\n",
    CMD_OPTIONS(options_table),
    .after = CMD_BATCH_HELP
    "exit codes: 0 nothing is left (--check: all are good), 2 usage or configuration,\n"
    "            3 something waits or is parked (--check: one is not)\n",
    .operands = {{VALUES_BATCH, NULL, true}},
    .run = publish_run,
};
