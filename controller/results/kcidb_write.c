// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb_write.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "results/console.h"
#include "results/format.h"
#include "results/json_writer.h"
#include "results/kcidb_check.h"
#include "results/kcidb_id.h"
#include "results/night_record.h"
#include "results/run_url.h"
#include "base/utf8.h"

#define TAIL_LINES      60
#define TAIL_BYTES      16384
#define ISSUE_EXCERPT   1024 // code points of misc.logspec.error.log_excerpt: mails print it
#define MAX_OCCURRENCES 20   // of one signature in one run that its incident lists

struct emitted_build {
	const struct build *build;
	char id[KCIDB_ID_SIZE];
};

struct writer {
	struct json_writer json;
	const char *results_dir;
	const struct batch_results *results;
	const struct batch *batch;
	const char *origin;
	char checkout_id[KCIDB_ID_SIZE];
	const struct night_record *night; // NULL: timings were not looked at
	struct emitted_build *builds;     // owned
	size_t builds_count;
	struct arena arena;
	struct buffer environment; // of the tests of the run being written
	struct buffer scratch;
};

// ---- small pieces -------------------------------------------------------------------------------

static void put_id(struct writer *w, const char *key, const char *local)
{
	buffer_truncate(&w->scratch, 0);
	buffer_append_str(&w->scratch, w->origin);
	buffer_append(&w->scratch, ":", 1);
	buffer_append_str(&w->scratch, local);
	json_put_text(&w->json, key, buffer_str(&w->scratch));
}

static void start_section(struct writer *w, const char *name)
{
	json_put_line(&w->json);
	json_put_array(&w->json, name);
}

static void start_item(struct writer *w)
{
	json_put_line(&w->json);
	json_put_object(&w->json, NULL);
}

static void put_resource(struct writer *w, const struct run *r, const char *file)
{
	CLEANUP_BUFFER struct buffer url = {0};
	if (!run_file_url(w->batch, r, file, &url))
		return;
	json_put_object(&w->json, NULL);
	json_put_text(&w->json, "name", file);
	json_put_text(&w->json, "url", buffer_str(&url));
	json_put_end(&w->json, '}');
}

// ---- checkout and builds ------------------------------------------------------------------------

static void put_revision(struct writer *w, const struct checkout *c)
{
	struct json_writer *j = &w->json;
	json_put_text_if(j, "tree_name", c->tree_name);
	const char *url = c->git_repository_url;
	if (url && strncmp(url, "https://", 8) == 0 && format_is_uri(url, strlen(url)))
		json_put_text(j, "git_repository_url", url);
	json_put_text_if(j, "git_repository_branch", c->git_repository_branch);
	json_put_text_if(j, "git_commit_hash", c->git_commit_hash);
	json_put_text_if(j, "git_commit_name", c->git_commit_name);
	const char *patches = c->patchset_hash;
	if (patches && format_is_hex(patches, strlen(patches), 64))
		json_put_text(j, "patchset_hash", patches);
	else if (c->git_commit_hash && (!patches || patches[0] == '\0'))
		json_put_text(j, "patchset_hash", "");
	if (c->message_id && strchr(c->message_id, '@'))
		json_put_text(j, "message_id", c->message_id);
}

static void write_checkout(struct writer *w)
{
	struct json_writer *j = &w->json;
	const struct batch *b = w->batch;
	start_section(w, "checkouts");
	start_item(w);
	put_id(w, "id", w->checkout_id);
	json_put_text(j, "origin", w->origin);
	if (b->checkout)
		put_revision(w, b->checkout);
	json_put_text(j, "comment", b->comment ? b->comment : b->job);
	json_put_text(j, "start_time", b->start_time);
	json_put_text_if(j, "origin_tests_finish_time", b->finish_time);
	json_put_flag(j, "valid", true);
	json_put_object(j, "misc");
	json_put_text(j, "submitted_by", "mmfarm " MMFARM_VERSION);
	json_put_text_if(j, "lab", b->lab);
	json_put_end(j, '}');
	json_put_end(j, '}');
	json_put_end(j, ']');
}

static void add_build(struct writer *w, const struct build *build)
{
	struct emitted_build e = {.build = build};
	kcidb_build_id(w->checkout_id, build, e.id);
	ARRAY_APPEND(w->builds, w->builds_count, e);
}

static const struct emitted_build *build_of(const struct writer *w, const char *variant)
{
	for (size_t i = 0; i < w->builds_count; i++)
		if (strcmp(w->builds[i].build->name, variant) == 0)
			return &w->builds[i];
	return NULL;
}

// The builds batch.json names, and one for each variant that only runs know.
static void collect_builds(struct writer *w)
{
	for (size_t i = 0; i < w->batch->builds_count; i++)
		if (!build_of(w, w->batch->builds[i].name))
			add_build(w, &w->batch->builds[i]);
	for (size_t i = 0; i < w->results->runs_count; i++) {
		const struct run *r = w->results->runs[i];
		if (build_of(w, r->variant))
			continue;
		struct build *build = arena_new(&w->arena, 1, sizeof(*build));
		*build = (struct build){
		    .name = r->variant, .config_name = r->variant, .payload = r->payload};
		add_build(w, build);
	}
}

static bool architecture_is_valid(const char *s)
{
	return s && format_is_origin(s, strlen(s));
}

static void put_payload(struct json_writer *j, const struct payload *p)
{
	json_put_text(j, "kernel_type", p->kind);
	json_put_object(j, "payload");
	json_put_text(j, "name", p->name);
	json_put_text_if(j, "sha256", p->sha256);
	json_put_int_if(j, "size", p->size);
	json_put_text_if(j, "arguments", p->arguments);
	json_put_text_if(j, "version", p->version);
	if (p->initrd) {
		json_put_text(j, "initrd", p->initrd->name);
		json_put_text_if(j, "initrd_sha256", p->initrd->sha256);
	}
	json_put_end(j, '}');
}

static void write_builds(struct writer *w)
{
	struct json_writer *j = &w->json;
	start_section(w, "builds");
	for (size_t i = 0; i < w->builds_count; i++) {
		const struct build *b = w->builds[i].build;
		start_item(w);
		put_id(w, "id", w->builds[i].id);
		json_put_text(j, "origin", w->origin);
		put_id(w, "checkout_id", w->checkout_id);
		json_put_text_if(j, "start_time", b->start_time);
		json_put_text(j, "architecture",
			      architecture_is_valid(b->architecture) ? b->architecture : "arm64");
		json_put_text_if(j, "compiler", b->compiler);
		json_put_text(j, "config_name", b->config_name ? b->config_name : b->name);
		json_put_text(j, "status", "PASS"); // it was there to be booted
		json_put_object(j, "misc");
		json_put_text_if(j, "lab", w->batch->lab);
		json_put_text(j, "variant", b->name);
		if (b->payload)
			put_payload(j, b->payload);
		json_put_end(j, '}');
		json_put_end(j, '}');
	}
	json_put_end(j, ']');
}

// ---- environment --------------------------------------------------------------------------------

static bool compatible_is_valid(const char *s)
{
	return s[0] != '\0' && !strchr(s, ' ');
}

static void put_midr(struct json_writer *j, const char *name, const char *midr)
{
	char *end = NULL;
	unsigned long long v = midr ? strtoull(midr, &end, 0) : 0;
	json_put_object(j, "cpu");
	json_put_text_if(j, "name", name);
	if (midr && end != midr && *end == '\0' && v <= UINT32_MAX) {
		// MIDR_EL1: Implementer [31:24], Variant [23:20], PartNum [15:4], Revision [3:0]
		char hex[8];
		snprintf(hex, sizeof(hex), "0x%02llx", v >> 24);
		json_put_text(j, "implementer", hex);
		snprintf(hex, sizeof(hex), "0x%03llx", v >> 4 & 0xfff);
		json_put_text(j, "part", hex);
		json_put_int(j, "variant", (int64_t)(v >> 20 & 0xf));
		json_put_int(j, "revision", (int64_t)(v & 0xf));
	}
	json_put_end(j, '}');
}

// `full` adds what is the same for every test of the run and said once, at its boot test.
static void put_environment(struct json_writer *j, const struct run *r, bool full)
{
	const struct board *b = r->board;
	const struct run_cpu *own = r->cpus_count > 0 ? &r->cpus[0] : NULL;
	const char *midr = own && own->midr ? own->midr : b->cpu ? b->cpu->midr : NULL;
	json_put_object(j, full ? "environment" : NULL);
	json_put_array(j, "compatible");
	for (size_t i = 0; i < b->compatible_count; i++)
		if (compatible_is_valid(b->compatible[i]))
			json_put_text(j, NULL, b->compatible[i]);
	json_put_end(j, ']');
	if (full)
		json_put_text_if(j, "comment", b->description);
	json_put_object(j, "misc");
	json_put_text(j, "platform", b->type);
	json_put_text(j, "board", b->name);
	json_put_text_if(j, "pool", b->pool);
	json_put_text_if(j, "midr", midr);
	if (full) {
		json_put_text(j, "job_id", r->id);
		put_midr(j, b->cpu ? b->cpu->name : NULL, midr);
		json_put_int_if(j, "bbm", own ? own->bbm : b->cpu ? b->cpu->bbm : MODEL_UNKNOWN);
		if (b->cpu) // what the board file declares; a kernel says nothing of it
			json_put_flag(j, "bbml2_noabort", b->cpu->bbml2);
		json_put_int(j, "cpus", (int64_t)(r->cpus_count ? r->cpus_count : 1));
	}
	json_put_end(j, '}');
	json_put_end(j, '}');
}

// ---- tests --------------------------------------------------------------------------------------

static void start_test(struct writer *w, const struct run *r, const char *path, unsigned nth)
{
	CLEANUP_BUFFER struct buffer id = {0};
	kcidb_test_id(r->id, path, nth, &id);
	start_item(w);
	put_id(w, "id", buffer_str(&id));
	json_put_text(&w->json, "origin", w->origin);
	put_id(w, "build_id", build_of(w, r->variant)->id);
	json_put_text(&w->json, "path", path);
}

static void put_boot_excerpt(struct writer *w, const struct run *r)
{
	CLEANUP_BUFFER struct buffer raw = {0};
	for (size_t i = 0; i < r->findings_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!finding_is_root(f) || !f->excerpt)
			continue;
		if (raw.len > 0)
			buffer_append(&raw, "\n", 1);
		buffer_append_str(&raw, f->excerpt);
	}
	if (raw.len == 0 && status_is_trouble(r->verdict)) {
		CLEANUP_FREE char *dir = memory_printf("%s/runs/%s", w->results_dir, r->id);
		// Without the log the verdict and its reason still stand.
		error_free(console_tail(dir, TAIL_LINES, TAIL_BYTES, &raw));
	}
	if (raw.len > 0)
		json_put_text_cut(&w->json, "log_excerpt", raw.data, raw.len, KCIDB_EXCERPT_MAX);
}

static void put_files(struct writer *w, const struct run *r)
{
	CLEANUP_BUFFER struct buffer url = {0};
	if (!run_file_url(w->batch, r, "console.raw", &url))
		return;
	json_put_text(&w->json, "log_url", buffer_str(&url));
	json_put_array(&w->json, "input_files");
	put_resource(w, r, "job.yaml");
	put_resource(w, r, "board.yaml");
	json_put_end(&w->json, ']');
	json_put_array(&w->json, "output_files");
	put_resource(w, r, "console.raw");
	put_resource(w, r, "events.jsonl");
	put_resource(w, r, "run.json");
	json_put_end(&w->json, ']');
}

static void put_runtime(struct writer *w)
{
	json_put_text_if(&w->json, "runtime", w->batch->lab);
}

static void put_boot_misc(struct writer *w, const struct run *r)
{
	struct json_writer *j = &w->json;
	json_put_object(j, "misc");
	put_runtime(w);
	json_put_text_if(j, "lab", w->batch->lab);
	json_put_text(j, "arch", "arm64");
	json_put_text(j, "batch", r->batch);
	json_put_text(j, "job", r->job);
	json_put_text(j, "variant", r->variant);
	json_put_int(j, "attempt", r->attempt);
	put_payload(j, r->payload);
	json_put_text_if(j, "outcome", r->outcome);
	json_put_int_if(j, "boots", r->boots);
	json_put_int_if(j, "splats", r->splats);
	if (r->wanted)
		json_put_text(j, "expected", "FAIL"); // splats were wanted, and came
	json_put_double_if(j, "clock_hz", r->clock_hz);
	json_put_double_if(j, "deadline", r->deadline);
	if (r->error) {
		json_put_text_if(j, "error_code", r->error->code);
		json_put_text_if(j, "error_msg", r->error->message);
	}
	if (r->log) {
		json_put_int_if(j, "log_bytes", r->log->bytes);
		json_put_int_if(j, "log_lines", r->log->lines);
		json_put_text_if(j, "log_sha256", r->log->sha256);
	}
	json_put_end(j, '}');
}

static void write_boot(struct writer *w, const struct run *r)
{
	struct json_writer *j = &w->json;
	start_test(w, r, "boot", 1);
	json_put_text(j, "comment", r->reason);
	put_environment(j, r, true);
	json_put_text(j, "start_time", r->start_time);
	json_put_double_if(j, "duration", r->duration);
	json_put_text(j, "status", status_name(r->verdict));
	put_boot_excerpt(w, r);
	put_files(w, r);
	put_boot_misc(w, r);
	json_put_end(j, '}');
}

static void write_test(struct writer *w, const struct run *r, const struct test *t,
		       const char *path, unsigned nth)
{
	struct json_writer *j = &w->json;
	start_test(w, r, path, nth);
	if (t->comment && t->comment[0])
		json_put_text(j, "comment", t->comment);
	json_put_raw(j, "environment", &w->environment);
	json_put_text(j, "start_time", r->start_time);
	json_put_text(j, "status", status_name(t->status));
	json_put_object(j, "misc");
	put_runtime(w);
	json_put_int_if(j, "line", t->line);
	if (t->expected != STATUS_NONE)
		json_put_text(j, "expected", status_name(t->expected));
	json_put_end(j, '}');
	json_put_end(j, '}');
}

static void put_number(struct json_writer *j, const struct metric *m)
{
	json_put_object(j, "number");
	json_put_double(j, "value", m->value);
	json_put_text_if(j, "unit", m->unit);
	if (m->prefix && (strcmp(m->prefix, "metric") == 0 || strcmp(m->prefix, "binary") == 0))
		json_put_text(j, "prefix", m->prefix);
	json_put_end(j, '}');
}

static void write_metric(struct writer *w, const struct run *r, const struct metric *m,
			 const char *path, unsigned nth)
{
	struct json_writer *j = &w->json;
	start_test(w, r, path, nth);
	if (m->comment && m->comment[0])
		json_put_text(j, "comment", m->comment);
	json_put_raw(j, "environment", &w->environment);
	json_put_text(j, "start_time", r->start_time);
	json_put_text(j, "status", status_name(m->status == STATUS_NONE ? STATUS_DONE : m->status));
	put_number(j, m);
	json_put_object(j, "misc");
	put_runtime(w);
	json_put_int_if(j, "samples", m->n);
	json_put_double_if(j, "min", m->min);
	json_put_double_if(j, "max", m->max);
	json_put_double_if(j, "p90", m->p90);
	json_put_double_if(j, "mad", m->mad);
	json_put_double_if(j, "cycles", m->cycles);
	json_put_double_if(j, "clock_hz", r->clock_hz);
	json_put_int_if(j, "line", m->line);
	json_put_end(j, '}');
	json_put_end(j, '}');
}

// Most of a document is the environment of its tests, the same for all of a run: made once.
static void prepare_environment(struct writer *w, const struct run *r)
{
	CLEANUP_JSON_WRITER struct json_writer j;
	json_writer_init(&j, NULL);
	put_environment(&j, r, false);
	buffer_truncate(&w->environment, 0);
	buffer_append(&w->environment, buffer_str(&j.text), j.text.len);
}

// A result inside a run with its KCIDB path and how many results of that path came before it.
struct named {
	char *path; // in the arena
	size_t order;
	unsigned nth;
};

static int by_path(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	int c = strcmp(x->path, y->path);
	return c ? c : x->order < y->order ? -1 : 1;
}

static int by_order(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	return x->order < y->order ? -1 : 1;
}

static struct named *name_results(struct arena *arena, const struct run *r)
{
	size_t count = r->tests_count + r->metrics_count;
	struct named *names = arena_new(arena, count + 1, sizeof(*names));
	CLEANUP_BUFFER struct buffer path = {0};
	for (size_t i = 0; i < count; i++) {
		buffer_truncate(&path, 0);
		format_path(i < r->tests_count ? r->tests[i].path
					       : r->metrics[i - r->tests_count].path,
			    &path);
		names[i] = (struct named){arena_strndup(arena, buffer_str(&path), path.len), i, 1};
	}
	qsort(names, count, sizeof(*names), by_path);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && strcmp(names[i].path, names[i - 1].path) == 0)
			names[i].nth = names[i - 1].nth + 1;
		else if (strcmp(names[i].path, "boot") == 0)
			names[i].nth = 2; // the run itself is the first
	}
	qsort(names, count, sizeof(*names), by_order);
	return names;
}

static const struct run *run_of(const struct writer *w, const char *id)
{
	for (size_t i = 0; id && i < w->results->runs_count; i++)
		if (strcmp(w->results->runs[i]->id, id) == 0)
			return w->results->runs[i];
	return NULL;
}

static void put_alert_misc(struct writer *w, const struct alert_record *a)
{
	struct json_writer *j = &w->json;
	json_put_object(j, "misc");
	put_runtime(w);
	json_put_text(j, "alert", a->id);
	json_put_text(j, "kind", a->kind);
	json_put_text(j, "state", a->state);
	json_put_text(j, "effect", a->effect);
	json_put_text(j, "class", a->class);
	json_put_text(j, "series", a->series);
	json_put_text(j, "direction", a->direction);
	json_put_double_if(j, "relative", a->relative);
	json_put_double_if(j, "relative_low", a->low);
	json_put_double_if(j, "relative_high", a->high);
	json_put_double_if(j, "before", a->before);
	json_put_double_if(j, "t", a->t);
	json_put_text(j, "ab", a->ab);
	json_put_double_if(j, "ab_p", a->ab_p);
	json_put_int_if(j, "ab_boards", a->ab_boards);
	json_put_int_if(j, "ab_runs", a->ab_runs);
	json_put_text_if(j, "commit_from", a->commit_from);
	json_put_text_if(j, "commit_to", a->commit_to);
	json_put_text(j, "params", w->night->params);
	json_put_end(j, '}');
}

// An alert is a test of the run that showed it last: FAIL when it holds the tested code guilty.
static void write_alert(struct writer *w, const struct alert_record *a)
{
	struct json_writer *j = &w->json;
	const struct run *r = run_of(w, a->run);
	if (!r)
		return; // of a series that the batch has no run of
	CLEANUP_BUFFER struct buffer path = {0}, comment = {0};
	buffer_printf(&path, "timing.%s.%s", a->kind, a->id);
	buffer_printf(&comment, "%s %s of %s: ", a->state, a->effect, a->metric);
	alert_record_size(a, &comment);
	buffer_printf(&comment, "; %s", a->reason);
	start_test(w, r, buffer_str(&path), 1);
	json_put_text(j, "comment", buffer_str(&comment));
	prepare_environment(w, r);
	json_put_raw(j, "environment", &w->environment);
	json_put_text(j, "start_time", r->start_time);
	json_put_text(j, "status", status_name(a->failure ? STATUS_FAIL : STATUS_PASS));
	if (isfinite(a->after)) {
		json_put_object(j, "number");
		json_put_double(j, "value", a->after);
		json_put_text_if(j, "unit", a->unit);
		if (a->unit && strcmp(a->unit, "s") == 0)
			json_put_text(j, "prefix", "metric");
		json_put_end(j, '}');
	}
	put_alert_misc(w, a);
	json_put_end(j, '}');
}

static void write_tests(struct writer *w)
{
	start_section(w, "tests");
	for (size_t i = 0; i < w->results->runs_count; i++) {
		const struct run *r = w->results->runs[i];
		CLEANUP_ARENA struct arena arena = {0};
		const struct named *name = name_results(&arena, r);
		write_boot(w, r);
		prepare_environment(w, r);
		for (size_t t = 0; t < r->tests_count; t++, name++)
			write_test(w, r, &r->tests[t], name->path, name->nth);
		for (size_t m = 0; m < r->metrics_count; m++, name++)
			write_metric(w, r, &r->metrics[m], name->path, name->nth);
	}
	for (size_t i = 0; w->night && i < w->night->alerts_count; i++)
		write_alert(w, &w->night->alerts[i]);
	json_put_end(&w->json, ']');
}

// ---- issues and incidents -----------------------------------------------------------------------

struct sighting {
	char *issue_id; // in the arena
	const struct run *run;
	const struct finding *finding;
};

static int by_issue(const void *a, const void *b)
{
	const struct sighting *x = a, *y = b;
	int c = strcmp(x->issue_id, y->issue_id);
	if (c == 0)
		c = strcmp(x->run->id, y->run->id);
	return c ? c : x->finding < y->finding ? -1 : x->finding > y->finding;
}

static struct sighting *collect_sightings(struct writer *w, size_t *count)
{
	struct sighting *list = NULL;
	*count = 0;
	CLEANUP_BUFFER struct buffer id = {0};
	for (size_t i = 0; i < w->results->runs_count; i++) {
		const struct run *r = w->results->runs[i];
		for (size_t k = 0; k < r->findings_count; k++) {
			if (!finding_is_root(&r->findings[k]))
				continue;
			buffer_truncate(&id, 0);
			kcidb_issue_id(&r->findings[k], &id);
			char *copy = arena_strndup(&w->arena, buffer_str(&id), id.len);
			struct sighting s = {copy, r, &r->findings[k]};
			ARRAY_APPEND(list, *count, s);
		}
	}
	if (list)
		qsort(list, *count, sizeof(*list), by_issue);
	return list;
}

static void write_issue(struct writer *w, const struct sighting *s)
{
	struct json_writer *j = &w->json;
	const struct finding *f = s->finding;
	CLEANUP_BUFFER struct buffer category = {0};
	buffer_append_str(&category, "runtime.");
	format_path(f->class, &category);
	start_item(w);
	put_id(w, "id", s->issue_id);
	json_put_int(j, "version", f->rules_version);
	json_put_text(j, "origin", w->origin);
	// A report below 2 is a note; whose fault it is nobody has said.
	if (f->severity == MODEL_UNKNOWN || f->severity >= 2) {
		json_put_object(j, "culprit");
		json_put_flag(j, "code", true);
		json_put_flag(j, "tool", false);
		json_put_flag(j, "harness", false);
		json_put_end(j, '}');
	}
	json_put_text(j, "comment", f->title);
	json_put_array(j, "categories");
	if (format_is_path(buffer_str(&category), category.len))
		json_put_text(j, NULL, buffer_str(&category));
	json_put_end(j, ']');
	json_put_object(j, "misc");
	json_put_object(j, "mmfarm");
	json_put_text(j, "signature", f->sig2);
	json_put_text_if(j, "signature_coarse", f->sig1);
	json_put_int(j, "signature_version", f->rules_version);
	json_put_text(j, "kind", f->class);
	json_put_text_if(j, "sub", f->sub);
	json_put_text_if(j, "file", f->file);
	json_put_text_if(j, "func", f->func);
	json_put_int_if(j, "severity", f->severity);
	json_put_end(j, '}');
	json_put_object(j, "logspec");
	json_put_text(j, "version", "1.0.0");
	json_put_text(j, "parser", "mmfarm");
	json_put_object(j, "error");
	buffer_truncate(&category, 0);
	buffer_printf(&category, "linux.kernel.%s", f->class);
	json_put_text(j, "error_type", buffer_str(&category));
	json_put_text(j, "error_summary", f->title);
	if (f->excerpt)
		json_put_text_cut(j, "log_excerpt", f->excerpt, strlen(f->excerpt), ISSUE_EXCERPT);
	json_put_end(j, '}');
	json_put_end(j, '}');
	json_put_end(j, '}');
	json_put_end(j, '}');
}

static void put_range(struct json_writer *j, const struct finding *f)
{
	json_put_int(j, "line_first", f->line);
	json_put_int_if(j, "line_last", f->line_last);
	json_put_int_if(j, "byte_first", f->byte_first);
	json_put_int_if(j, "byte_last", f->byte_last);
}

// One incident for all `count` sightings of an issue in one run.
static void write_incident(struct writer *w, const struct sighting *s, size_t count)
{
	struct json_writer *j = &w->json;
	const struct finding *f = s->finding;
	CLEANUP_BUFFER struct buffer test_id = {0};
	char id[KCIDB_ID_SIZE];
	kcidb_test_id(s->run->id, "boot", 1, &test_id);
	kcidb_incident_id(buffer_str(&test_id), s->issue_id, f->rules_version, id);
	CLEANUP_BUFFER struct buffer comment = {0};
	buffer_printf(&comment, "console.raw line%s %" PRId64, f->line_last > f->line ? "s" : "",
		      f->line);
	if (f->line_last > f->line)
		buffer_printf(&comment, "-%" PRId64, f->line_last);
	if (count > 1)
		buffer_printf(&comment, " and %zu more", count - 1);
	start_item(w);
	put_id(w, "id", id);
	json_put_text(j, "origin", w->origin);
	put_id(w, "issue_id", s->issue_id);
	json_put_int(j, "issue_version", f->rules_version);
	put_id(w, "test_id", buffer_str(&test_id));
	json_put_flag(j, "present", true);
	json_put_text(j, "comment", buffer_str(&comment));
	json_put_object(j, "misc");
	json_put_text(j, "log", "console.raw");
	put_range(j, f);
	json_put_text(j, "rule", "signature");
	json_put_flag(j, "wanted", f->wanted);
	json_put_int(j, "count", (int64_t)count);
	if (count > 1) {
		json_put_array(j, "others");
		for (size_t i = 1; i < count && i < MAX_OCCURRENCES; i++) {
			json_put_object(j, NULL);
			put_range(j, s[i].finding);
			json_put_end(j, '}');
		}
		json_put_end(j, ']');
	}
	json_put_end(j, '}');
	json_put_end(j, '}');
}

static void write_issues_and_incidents(struct writer *w)
{
	size_t count;
	CLEANUP_FREE struct sighting *list = collect_sightings(w, &count);
	start_section(w, "issues");
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(list[i].issue_id, list[i - 1].issue_id) != 0)
			write_issue(w, &list[i]);
	json_put_end(&w->json, ']');
	start_section(w, "incidents");
	for (size_t i = 0, next; i < count; i = next) {
		for (next = i + 1; next < count && list[next].run == list[i].run &&
				   strcmp(list[next].issue_id, list[i].issue_id) == 0;)
			next++;
		write_incident(w, &list[i], next - i);
	}
	json_put_end(&w->json, ']');
}

// ---- document -----------------------------------------------------------------------------------

struct error *kcidb_write(const char *results_dir, const struct batch_results *b, FILE *out,
			  const char *name)
{
	struct writer w = {
	    .results_dir = results_dir,
	    .results = b,
	    .batch = b->batch,
	    .origin = b->batch->origin,
	};
	struct error *e = night_record_load(results_dir, b->batch->id, &w.arena, &w.night);
	if (e) {
		arena_deinit(&w.arena);
		return e;
	}
	json_writer_init(&w.json, out);
	kcidb_checkout_id(b->batch, w.checkout_id);
	collect_builds(&w);
	json_put_object(&w.json, NULL);
	json_put_object(&w.json, "version");
	json_put_int(&w.json, "major", 5);
	json_put_int(&w.json, "minor", 3);
	json_put_end(&w.json, '}');
	write_checkout(&w);
	write_builds(&w);
	write_tests(&w);
	write_issues_and_incidents(&w);
	json_put_end(&w.json, '}');
	e = json_writer_finish(&w.json, name);
	json_writer_deinit(&w.json);
	free(w.builds);
	arena_deinit(&w.arena);
	buffer_deinit(&w.environment);
	buffer_deinit(&w.scratch);
	return e;
}

struct error *kcidb_write_batch(const char *results_dir, const struct batch_results *b)
{
	CLEANUP_FREE char *path =
	    memory_printf("%s/batches/%s/kcidb.json", results_dir, b->batch->id);
	CLEANUP_FREE char *tmp = memory_printf("%s.tmp", path);
	FILE *f;
	TRY(file_create_tmp(path, &f));
	struct error *e = kcidb_write(results_dir, b, f, path);
	if (!e)
		e = error_wrap_kind(kcidb_check_file(tmp), ERROR_BUG,
				    "the document of batch %s is not valid KCIDB", b->batch->id);
	if (e) {
		fclose(f);
		unlink(tmp);
		return e;
	}
	return file_commit(f, path);
}
