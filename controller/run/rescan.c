// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/rescan.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
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
#include "run/lava_results.h"
#include "run/plan.h"
#include "run/run_json.h"
#include "run/sanitize.h"

void rescan_deinit(struct rescan *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->changes_count; i++) {
		free(r->changes[i].before);
		free(r->changes[i].after);
	}
	free(r->changes);
	arena_deinit(&r->arena);
	*r = (struct rescan){0};
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

bool rescan_differs(const struct rescan *r)
{
	return r->changes_count > 0 || r->before->verdict != r->after->verdict ||
	       !same(r->before->outcome, r->after->outcome);
}

// ---- the old judgement --------------------------------------------------------------------------

static struct error *load_old(const char *run_dir, struct arena *arena, const struct run **out)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_RUN_JSON);
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read_regular(path, MODEL_RUN_LIMIT, ERROR_CONFIG, &text));
	return model_parse_run(path, buffer_str(&text), text.len, arena, out);
}

// Runs of before the key was written have it with their findings.
static int64_t rules_version(const struct run *run)
{
	return run->rules_version != MODEL_UNKNOWN ? run->rules_version
	       : run->findings_count               ? run->findings[0].rules_version
						   : 0;
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

static bool console_was_silent(const struct run *old)
{
	return !old->log || old->log->bytes <= 0;
}

static struct error *plain_console_init(struct plain_console *c, const char *run_dir,
					const struct run *old)
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
static void keep_old(const struct run *old, struct run *new)
{
	new->cycles = old->cycles;
	new->start_time = old->start_time;
	new->duration = isfinite(old->duration) ? old->duration : new->duration;
	new->payload = old->payload;
	new->log = old->log ? old->log : new->log;
	new->board = old->board;
	new->waited = old->waited;
}

// Of runs of before it was written down all of the console counts.
static uint64_t old_handover(const struct run *old)
{
	int64_t handover = old->log ? old->log->handover : 0;
	return handover < 0 ? SPEECH_NO_HANDOVER : (uint64_t)handover;
}

// `*text`: the run's document as it is judged now; the caller frees.
static struct error *judge_again(const char *run_dir, const struct run *old, struct arena *arena,
				 char **text)
{
	CLEANUP_PLAN struct plan plan = {0};
	CLEANUP_ENDING struct ending ending = {0};
	CLEANUP_BANNERS struct banners payload = {0};
	struct evidence evidence;
	struct host_use host;
	host_read(old->host, &host);
	TRY(plan_load(run_dir, &plan));
	CLEANUP_PLAIN_CONSOLE struct plain_console console = {0};
	TRY(ending_read(old, &ending));
	TRY(plain_console_init(&console, run_dir, old));
	banners_take(old->payload, &payload);
	evidence_init(&evidence, plan.job, &payload);
	evidence.speech.handover = old_handover(old);
	struct error *e =
	    read_console(console.path, &plan, watch_detect_reason(ending.watch.end), &evidence);
	if (!e)
		e = sanitize_take(run_dir, &plan, !ending.trouble, &evidence);
	lava_results_take(run_dir, &evidence, NULL);
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
		    .unfit = ending.unfit,
		    .well = ending.well,
		};
		struct judgement judgement;
		judge(&input, &evidence, &judgement);
		const struct run_record record = {
		    .input = &input,
		    .evidence = &evidence,
		    .judgement = &judgement,
		};
		struct run new = *run_json_make(console.path, &record, arena);
		keep_old(old, &new);
		*text = model_print_run(&new);
	}
	evidence_deinit(&evidence);
	return e || *text ? e : error_new(ERROR_BUG, "%s could not be put together", run_dir);
}

// ---- what changed -------------------------------------------------------------------------------

static char *describe(const struct finding *f)
{
	const char *sub = f->sub ? f->sub : "";
	return memory_printf("%s [%s%s%s]", f->title, f->class, *sub ? "." : "", sub);
}

// The finding of another judgement that means the same line.
static const struct finding *find_line(const struct run *run, const struct finding *f)
{
	for (size_t i = 0; i < run->findings_count; i++)
		if (run->findings[i].line == f->line &&
		    finding_is_of_console(&run->findings[i]) == finding_is_of_console(f))
			return &run->findings[i];
	return NULL;
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
	return same(a->class, b->class) && same(a->sub, b->sub) && same(a->func, b->func) &&
	       same(a->title, b->title) && finding_is_root(a) == finding_is_root(b);
}

static void add_change(struct rescan *r, enum rescan_what what, const struct finding *before,
		       const struct finding *after)
{
	struct rescan_change change = {
	    .what = what,
	    .line = (uint64_t)(before ? before : after)->line,
	    .before = before ? describe(before) : NULL,
	    .after = after ? describe(after) : NULL,
	};
	ARRAY_APPEND(r->changes, r->changes_count, change);
}

static void compare(struct rescan *r)
{
	for (size_t i = 0; i < r->before->findings_count; i++) {
		const struct finding *f = &r->before->findings[i];
		const struct finding *other = find_line(r->after, f);
		if (!other)
			add_change(r, RESCAN_GONE, f, NULL);
		else if (!same_finding(f, other))
			add_change(r, RESCAN_CHANGED, f, other);
	}
	for (size_t i = 0; i < r->after->findings_count; i++)
		if (!find_line(r->before, &r->after->findings[i]))
			add_change(r, RESCAN_NEW, NULL, &r->after->findings[i]);
}

static struct error *write_down(const char *run_dir, const char *text)
{
	CLEANUP_FREE char *dir = path_join(run_dir, LAYOUT_RESCANS);
	CLEANUP_FREE char *path = memory_printf("%s/%u.json", dir, detect_rules_version());
	TRY(file_make_dirs(dir));
	return file_write_atomic(path, text, strlen(text));
}

struct error *rescan_run(const char *run_dir, bool write, struct rescan *out)
{
	CLEANUP_FREE char *text = NULL;
	*out = (struct rescan){.rules_after = detect_rules_version()};
	TRY(load_old(run_dir, &out->arena, &out->before));
	out->rules_before = rules_version(out->before);
	TRY(judge_again(run_dir, out->before, &out->arena, &text));
	// Read as the old one was, so that both texts went the same way.
	TRY(model_parse_run(run_dir, text, strlen(text), &out->arena, &out->after));
	compare(out);
	return write ? write_down(run_dir, text) : NULL;
}
