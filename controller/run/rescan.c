// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/rescan.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/unpack.h"
#include "record/layout.h"
#include "run/directory.h"
#include "run/ending.h"
#include "run/evidence.h"
#include "run/plan.h"
#include "run/run_json.h"

#define RUN_JSON_LIMIT (256u << 20)

static void release_json(json_t **o)
{
	json_decref(*o);
}
#define CLEANUP_JSON CLEANUP(release_json)

void rescan_deinit(struct rescan *r)
{
	if (!r)
		return;
	char *strings[] = {
	    r->id,
	    r->verdict_before,
	    r->reason_before,
	    r->outcome_before,
	    r->verdict_after,
	    r->reason_after,
	    r->outcome_after,
	};
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		free(strings[i]);
	for (size_t i = 0; i < r->changes_count; i++) {
		free(r->changes[i].before);
		free(r->changes[i].after);
	}
	free(r->changes);
	*r = (struct rescan){0};
}

bool rescan_differs(const struct rescan *r)
{
	return r->changes_count > 0 || strcmp(r->verdict_before, r->verdict_after) != 0 ||
	       strcmp(r->outcome_before, r->outcome_after) != 0;
}

// ---- the old judgement --------------------------------------------------------------------------

static struct error *load_old(const char *run_dir, json_t **out)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_RUN_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	json_error_t why;
	TRY(file_read_regular(path, RUN_JSON_LIMIT, ERROR_CONFIG, &text));
	json_t *o = json_loadb(buffer_str(&text), text.len, 0, &why);
	if (!json_is_object(o)) {
		json_decref(o);
		return error_new_at(ERROR_CONFIG, path, (size_t)(why.line > 0 ? why.line : 0),
				    (size_t)(why.column > 0 ? why.column : 0), "%s", why.text);
	}
	*out = o;
	return NULL;
}

static char *copy_string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return memory_strdup(s ? s : "");
}

// Runs of before the key was written have it with their findings.
static long rules_version(const json_t *run)
{
	const json_t *own = json_object_get(run, "rules_version");
	if (own)
		return (long)json_integer_value(own);
	const json_t *first = json_array_get(json_object_get(run, "findings"), 0);
	return (long)json_integer_value(json_object_get(first, "rules_version"));
}

// ---- the new judgement --------------------------------------------------------------------------

// A console as plain bytes at `path`; one that `mmfarm prune` has packed is unpacked into a file
// without a name, which `unpacked` keeps open.
struct plain_console {
	char *path;
	FILE *unpacked;
};

static void plain_console_deinit(struct plain_console *c)
{
	free(c->path);
	if (c->unpacked)
		fclose(c->unpacked);
}
#define CLEANUP_PLAIN_CONSOLE CLEANUP(plain_console_deinit)

static struct error *unpack_to(const char *packed, int fd)
{
	CLEANUP_UNPACK struct unpack *in = NULL;
	char bytes[65536];
	TRY(unpack_open(packed, ERROR_CONFIG, &in));
	for (size_t got = 1; got > 0;) {
		TRY(unpack_read(in, bytes, sizeof(bytes), &got));
		TRY(file_write_all(fd, bytes, got, "an unpacked console"));
	}
	return NULL;
}

static bool console_was_silent(const json_t *old)
{
	return json_integer_value(json_object_get(json_object_get(old, "log"), "bytes")) == 0;
}

static struct error *plain_console_init(struct plain_console *c, const char *run_dir,
					const json_t *old)
{
	c->path = path_join(run_dir, LAYOUT_CONSOLE);
	if (file_exists(c->path)) {
		CLEANUP_CLOSE int plain = -1;
		return file_open_regular(c->path, ERROR_CONFIG, &plain); // no pipe
	}
	CLEANUP_FREE char *packed = memory_printf("%s.zst", c->path);
	bool is_packed = file_exists(packed);
	if (!is_packed && !console_was_silent(old))
		return NULL; // lost: told when it is read
	free(c->path);
	c->path = NULL;
	if (!is_packed) {
		c->path = memory_strdup("/dev/null"); // it ended before its console was opened
		return NULL;
	}
	c->unpacked = tmpfile();
	if (!c->unpacked)
		return error_errno(ERROR_SYSTEM, errno, "a temporary file");
	c->path = memory_printf("/proc/self/fd/%d", fileno(c->unpacked));
	return unpack_to(packed, fileno(c->unpacked));
}

static struct error *read_console(const char *path, const struct plan *plan,
				  enum detect_end_reason reason, struct evidence *e)
{
	CLEANUP_CLOSE int in = open(path, O_RDONLY | O_CLOEXEC);
	CLEANUP_DETECT struct detect *d = NULL;
	char bytes[65536];
	if (in < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", path);
	TRY(plan_detector(plan, &d));
	uint64_t handover = e->speech.handover, at = 0;
	for (ssize_t got = 1; got > 0; at += (uint64_t)got) {
		if (at == handover)
			detect_hand_over(d, evidence_take, e);
		size_t most = at < handover && handover - at < sizeof(bytes)
				  ? (size_t)(handover - at)
				  : sizeof(bytes);
		// As it is: what a board says may begin like a packed file.
		while ((got = read(in, bytes, most)) < 0 && errno == EINTR)
			;
		if (got < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", path);
		detect_feed(d, bytes, (size_t)got, 0, evidence_take, e);
	}
	detect_end(d, reason, evidence_take, e);
	return NULL;
}

// What went on around the console and is not judged: taken over as it was.
static void keep_old(const json_t *old, json_t *new)
{
	static const char *const keys[] = {"start_time", "duration", "payload",
					   "log",        "board",    "waited"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(old, keys[i]);
		if (value)
			json_object_set(new, keys[i], value);
	}
}

// Of runs of before it was written down all of the console counts.
static uint64_t old_handover(const json_t *old)
{
	const json_t *handover = json_object_get(json_object_get(old, "log"), "handover");
	if (json_is_null(handover))
		return SPEECH_NO_HANDOVER;
	return (uint64_t)json_integer_value(handover);
}

static struct error *judge_again(const char *run_dir, const json_t *old, json_t **out)
{
	CLEANUP_PLAN struct plan plan = {0};
	CLEANUP_ENDING struct ending ending = {0};
	CLEANUP_BANNERS struct banners payload = {0};
	struct evidence evidence;
	struct host_use host;
	host_read(json_object_get(old, "host"), &host);
	TRY(plan_load(run_dir, &plan));
	CLEANUP_PLAIN_CONSOLE struct plain_console console = {0};
	TRY(ending_read(old, &ending));
	TRY(plain_console_init(&console, run_dir, old));
	banners_of_json(json_object_get(json_object_get(old, "payload"), "banners"), &payload);
	evidence_init(&evidence, plan.job, &payload);
	evidence.speech.handover = old_handover(old);
	struct error *e =
	    read_console(console.path, &plan, watch_detect_reason(ending.watch.end), &evidence);
	if (!e) {
		const struct judge_input input = {
		    .job = plan.job,
		    .variant = plan.variant,
		    .board = plan.board,
		    .pool = plan.job->run.pool,
		    .trouble = ending.trouble,
		    .interrupted = ending.interrupted,
		    .end = ending.board,
		    .host = &host,
		    .watch = ending.watch,
		    .off = ending.off,
		    .doubt = ending.doubt,
		};
		struct judgement judgement;
		judge(&input, &evidence, &judgement);
		const struct run_record record = {
		    .input = &input,
		    .evidence = &evidence,
		    .judgement = &judgement,
		};
		*out = run_json_make(console.path, &record);
		keep_old(old, *out);
	}
	evidence_deinit(&evidence);
	return e;
}

// ---- what changed -------------------------------------------------------------------------------

static const char *text_of(const json_t *finding, const char *key)
{
	const char *s = json_string_value(json_object_get(finding, key));
	return s ? s : "";
}

static char *describe(const json_t *finding)
{
	const char *sub = text_of(finding, "sub");
	return memory_printf("%s [%s%s%s]", text_of(finding, "title"), text_of(finding, "class"),
			     *sub ? "." : "", sub);
}

static uint64_t line_of(const json_t *finding)
{
	return (uint64_t)json_integer_value(json_object_get(finding, "line"));
}

static const json_t *find_line(const json_t *findings, uint64_t line)
{
	size_t i;
	json_t *finding;
	json_array_foreach((json_t *)(uintptr_t)findings, i,
			   finding) if (line_of(finding) == line) return finding;
	return NULL;
}

static bool same_finding(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {"class", "sub", "func", "title"};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(text_of(a, keys[i]), text_of(b, keys[i])) != 0)
			return false;
	bool folded_a = json_object_get(a, "folded_into") != NULL;
	bool folded_b = json_object_get(b, "folded_into") != NULL;
	return folded_a == folded_b;
}

static void add_change(struct rescan *r, enum rescan_what what, const json_t *before,
		       const json_t *after)
{
	struct rescan_change change = {
	    .what = what,
	    .line = line_of(before ? before : after),
	    .before = before ? describe(before) : NULL,
	    .after = after ? describe(after) : NULL,
	};
	ARRAY_APPEND(r->changes, r->changes_count, change);
}

static void compare(struct rescan *r, const json_t *old, const json_t *new)
{
	const json_t *before = json_object_get(old, "findings");
	const json_t *after = json_object_get(new, "findings");
	size_t i;
	json_t *finding;
	json_array_foreach((json_t *)(uintptr_t)before, i, finding)
	{
		const json_t *other = find_line(after, line_of(finding));
		if (!other)
			add_change(r, RESCAN_GONE, finding, NULL);
		else if (!same_finding(finding, other))
			add_change(r, RESCAN_CHANGED, finding, other);
	}
	json_array_foreach((json_t *)(uintptr_t)after, i,
			   finding) if (!find_line(before, line_of(finding)))
	    add_change(r, RESCAN_NEW, NULL, finding);
}

static struct error *write_down(const char *run_dir, const json_t *new)
{
	CLEANUP_FREE char *dir = path_join(run_dir, LAYOUT_RESCANS);
	CLEANUP_FREE char *path = memory_printf("%s/%u.json", dir, detect_rules_version());
	CLEANUP_FREE char *text = json_dumps(new, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
	if (!text)
		return error_new(ERROR_BUG, "%s could not be put together", path);
	TRY(file_make_dirs(dir));
	return file_write_atomic(path, text, strlen(text));
}

struct error *rescan_run(const char *run_dir, bool write, struct rescan *out)
{
	CLEANUP_JSON json_t *old = NULL;
	CLEANUP_JSON json_t *new = NULL;
	*out = (struct rescan){0};
	TRY(load_old(run_dir, &old));
	TRY(judge_again(run_dir, old, &new));
	*out = (struct rescan){
	    .id = copy_string(old, "id"),
	    .verdict_before = copy_string(old, "verdict"),
	    .reason_before = copy_string(old, "reason"),
	    .outcome_before = copy_string(old, "outcome"),
	    .verdict_after = copy_string(new, "verdict"),
	    .reason_after = copy_string(new, "reason"),
	    .outcome_after = copy_string(new, "outcome"),
	    .rules_before = rules_version(old),
	    .rules_after = (long)detect_rules_version(),
	};
	compare(out, old, new);
	return write ? write_down(run_dir, new) : NULL;
}
