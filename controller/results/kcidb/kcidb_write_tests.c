// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb/kcidb_writer.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/console.h"
#include "text/format.h"
#include "results/kcidb/kcidb_write.h"
#include "results/run_url.h"

#define TAIL_LINES 60
#define TAIL_BYTES 16384

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

static bool midr_is_new(const struct run *r, size_t i)
{
	bool is_new = r->cpus[i].midr != NULL;
	for (size_t k = 0; k < i && is_new; k++)
		is_new = !r->cpus[k].midr || strcmp(r->cpus[k].midr, r->cpus[i].midr) != 0;
	return is_new;
}

// How many CPUs the board reported, and of which kinds: a big.LITTLE one has several.
static void put_cpus(struct json_writer *j, const struct run *r)
{
	if (r->cpus_count == 0)
		return; // a kernel does not say
	json_put_int(j, "cpus", (int64_t)r->cpus_count);
	json_put_array(j, "midrs");
	for (size_t i = 0; i < r->cpus_count; i++)
		if (midr_is_new(r, i))
			json_put_text(j, NULL, r->cpus[i].midr);
	json_put_end(j, ']');
}

// `full` adds what is the same for every test of the run and said once, at its boot test.
static void put_environment(struct json_writer *j, const struct run *r, bool full)
{
	const struct board_record *b = r->board;
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
		put_cpus(j, r);
	}
	json_put_end(j, '}');
	json_put_end(j, '}');
}

// ---- tests --------------------------------------------------------------------------------------

static void start_test(struct kcidb_writer *w, const struct run *r, const char *path, unsigned nth)
{
	CLEANUP_BUFFER struct buffer id = {0};
	kcidb_test_id(r->id, path, nth, &id);
	kcidb_start_item(w);
	kcidb_put_id(w, "id", buffer_str(&id));
	json_put_text(&w->json, "origin", w->origin);
	kcidb_put_id(w, "build_id", kcidb_build_of(w, r->variant)->id);
	json_put_text(&w->json, "path", path);
}

static char *run_dir(const struct kcidb_writer *w, const struct run *r)
{
	return layout_run(w->results_dir, r->id);
}

static void put_boot_excerpt(struct kcidb_writer *w, const struct run *r)
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
		CLEANUP_FREE char *dir = run_dir(w, r);
		// Without the log the verdict and its reason still stand.
		error_free(console_tail(dir, TAIL_LINES, TAIL_BYTES, &raw));
	}
	if (raw.len > 0)
		json_put_text_cut(&w->json, "log_excerpt", raw.data, raw.len, KCIDB_EXCERPT_MAX);
}

static void put_resource(struct kcidb_writer *w, const struct run *r, const char *file)
{
	CLEANUP_BUFFER struct buffer url = {0};
	if (!run_file_url(w->batch, r, file, &url))
		return;
	json_put_object(&w->json, NULL);
	json_put_text(&w->json, "name", file);
	json_put_text(&w->json, "url", buffer_str(&url));
	json_put_end(&w->json, '}');
}

static bool is_input(const char *name)
{
	return strcmp(name, LAYOUT_JOB_YAML) == 0 || strcmp(name, LAYOUT_BOARD_YAML) == 0;
}

// Means nothing outside the farm: hidden files, the lock, the index of the console's lines.
static bool is_internal(const char *name)
{
	return name[0] == '.' || strcmp(name, LAYOUT_LOCK) == 0 ||
	       strncmp(name, LAYOUT_INDEX, strlen(LAYOUT_INDEX)) == 0;
}

static void put_resources(struct kcidb_writer *w, const struct run *r, const char *key,
			  const char *dir, struct dirent **files, int count, bool inputs)
{
	json_put_array(&w->json, key);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(dir, files[i]->d_name);
		struct stat st;
		if (is_input(files[i]->d_name) == inputs && !is_internal(files[i]->d_name) &&
		    lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0)
			put_resource(w, r, files[i]->d_name);
	}
	json_put_end(&w->json, ']');
}

// What is there now: a console may have been packed, and not every run comes to have one.
static void put_files(struct kcidb_writer *w, const struct run *r)
{
	CLEANUP_FREE char *dir = run_dir(w, r);
	CLEANUP_BUFFER struct buffer url = {0};
	const char *console = console_file_name(dir);
	if (!run_file_url(w->batch, r, console, &url))
		return;
	CLEANUP_FREE char *path = path_join(dir, console);
	if (file_exists(path))
		json_put_text(&w->json, "log_url", buffer_str(&url));
	struct dirent **files = NULL;
	int count = scandir(dir, &files, NULL, alphasort);
	put_resources(w, r, "input_files", dir, files, count, true);
	put_resources(w, r, "output_files", dir, files, count, false);
	for (int i = 0; i < count; i++)
		free(files[i]);
	free(files);
}

static void put_boot_misc(struct kcidb_writer *w, const struct run *r)
{
	struct json_writer *j = &w->json;
	json_put_object(j, "misc");
	json_put_text_if(&w->json, "runtime", w->batch->lab);
	json_put_text_if(j, "lab", w->batch->lab);
	json_put_text(j, "arch", "arm64");
	json_put_text(j, "batch", r->batch);
	json_put_text(j, "job", r->job);
	json_put_text(j, "variant", r->variant);
	json_put_int(j, "attempt", r->attempt);
	json_put_text_if(j, "retry_of", r->retry_of);
	json_put_text_if(j, "confirms", r->confirms);
	json_put_text_if(j, "rerun_of", r->rerun_of);
	kcidb_put_payload(j, r->payload);
	json_put_text_if(j, "outcome", r->outcome);
	json_put_int_if(j, "boots", r->boots);
	json_put_int(j, "splats", (int64_t)run_splats(r));
	if (r->wanted)
		json_put_text(j, "expected", "FAIL"); // splats were wanted, and came
	json_put_double_if(j, "clock_hz", r->clock_hz);
	json_put_double_if(j, "deadline", r->deadline);
	if (r->cycles) {
		json_put_int(j, "power_cycles", r->cycles->power);
		json_put_int(j, "erase_cycles", r->cycles->erase);
	}
	if (r->error) {
		json_put_text_if(j, "error_code", r->error->code);
		json_put_text_if(j, "error_msg", r->error->message);
	}
	if (r->log) {
		json_put_int_if(j, "log_bytes", r->log->bytes);
		json_put_int_if(j, "log_lines", r->log->lines);
		json_put_text_if(j, "log_sha256", r->log->sha256);
		if (r->log->gaps > 0) {
			json_put_int(j, "log_gaps", r->log->gaps);
			json_put_double_if(j, "log_away", r->log->away);
		}
		if (r->log->lost > 0)
			json_put_int(j, "log_lost", r->log->lost);
	}
	json_put_end(j, '}');
}

static void write_boot(struct kcidb_writer *w, const struct run *r)
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

static void write_test(struct kcidb_writer *w, const struct run *r, const struct test *t,
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
	json_put_text_if(&w->json, "runtime", w->batch->lab);
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

static void write_metric(struct kcidb_writer *w, const struct run *r, const struct metric *m,
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
	json_put_text_if(&w->json, "runtime", w->batch->lab);
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
static void prepare_environment(struct kcidb_writer *w, const struct run *r)
{
	CLEANUP_JSON_WRITER struct json_writer j;
	json_writer_init(&j, NULL);
	put_environment(&j, r, false);
	buffer_truncate(&w->environment, 0);
	buffer_append(&w->environment, buffer_str(&j.text), j.text.len);
}

// A result inside a run with its KCIDB path and how many results of that path came before it.
struct named_test {
	char *path; // in the arena
	size_t order;
	unsigned nth;
};

static int by_path(const void *a, const void *b)
{
	const struct named_test *x = a, *y = b;
	int c = strcmp(x->path, y->path);
	return c ? c : x->order < y->order ? -1 : 1;
}

static int by_order(const void *a, const void *b)
{
	const struct named_test *x = a, *y = b;
	return x->order < y->order ? -1 : 1;
}

static struct named_test *name_results(struct arena *arena, const struct run *r)
{
	size_t count = r->tests_count + r->metrics_count;
	struct named_test *names = arena_new(arena, count + 1, sizeof(*names));
	CLEANUP_BUFFER struct buffer path = {0};
	for (size_t i = 0; i < count; i++) {
		buffer_truncate(&path, 0);
		format_path(i < r->tests_count ? r->tests[i].path
					       : r->metrics[i - r->tests_count].path,
			    &path);
		names[i] =
		    (struct named_test){arena_strndup(arena, buffer_str(&path), path.len), i, 1};
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

static const struct run *run_of(const struct kcidb_writer *w, const char *id)
{
	for (size_t i = 0; id && i < w->results->runs_count; i++)
		if (strcmp(w->results->runs[i]->id, id) == 0)
			return w->results->runs[i];
	return NULL;
}

static void put_alert_misc(struct kcidb_writer *w, const struct alert_record *a)
{
	struct json_writer *j = &w->json;
	json_put_object(j, "misc");
	json_put_text_if(&w->json, "runtime", w->batch->lab);
	json_put_text(j, "alert", a->id);
	json_put_text(j, "kind", a->kind);
	json_put_text(j, "state", a->state);
	json_put_text(j, "effect", a->effect);
	json_put_text(j, "class", a->class);
	json_put_text(j, "series", a->series);
	json_put_text(j, "metric", a->metric);
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
static void write_alert(struct kcidb_writer *w, const struct alert_record *a)
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

void kcidb_write_tests(struct kcidb_writer *w)
{
	kcidb_start_section(w, "tests");
	for (size_t i = 0; i < w->results->runs_count; i++) {
		const struct run *r = w->results->runs[i];
		CLEANUP_ARENA struct arena arena = {0};
		const struct named_test *name = name_results(&arena, r);
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
