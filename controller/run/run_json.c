// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_json.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "record/layout.h"
#include "run/directory.h"
#include "run/ending.h"
#include "run/measure.h"
#include "run/run_json_fit.h"
#include "text/utf8.h"

// Longest console text kept with a finding; KCIDB takes 16384 code points.
#define EXCERPT_BYTES 16384
// All excerpts of a run together, as they stand in the file: readers take no more than 64 MiB of it.
#define EXCERPTS_BUDGET ((size_t)16 << 20)
// Reports of others than the payload that are listed.
#define FOREIGN_MAX 20

// A copy of TYPE in the arena, as `const TYPE *`.
#define PUT(arena, type, ...) \
	memcpy(arena_new(arena, 1, sizeof(type)), &(type){__VA_ARGS__}, sizeof(type))

static const char *filled(const char *s)
{
	return s && s[0] ? s : NULL;
}

static const char *hex_text(struct arena *a, const char *prefix, int digits, uint64_t value)
{
	char text[24];
	int len =
	    snprintf(text, sizeof(text), "%s%0*llx", prefix, digits, (unsigned long long)value);
	return arena_strndup(a, text, (size_t)len);
}

static int64_t from_zero(int64_t value)
{
	return value >= 0 ? value : MODEL_UNKNOWN;
}

static const char *file_digest(struct arena *a, const char *path)
{
	char hex[DIGEST_HEX_SIZE];
	CLEANUP_ERROR struct error *e = digest_file(path, ERROR_SYSTEM, hex);
	return e ? NULL : arena_strndup(a, hex, strlen(hex));
}

static const struct board_record *make_board(const struct judge_input *in, const char *emulator,
					     struct arena *a)
{
	const struct board_config *b = in->board;
	static const char *const none[1];
	const struct cpu *cpu =
	    PUT(a, struct cpu, .name = b->cpu.name, .midr = hex_text(a, "0x", 8, b->cpu.midr),
		.bbm = from_zero(b->cpu.bbm), .bbml2 = b->cpu.bbml2);
	return PUT(a, struct board_record, .name = b->name, .type = b->type, .pool = in->pool,
		   .compatible = b->compatible_count ? b->compatible : none,
		   .compatible_count = b->compatible_count, .cpu = cpu,
		   .description = filled(b->description), .emulator = filled(emulator));
}

static const struct file_ref *make_initrd(const char *path, struct arena *a)
{
	const char *slash = strrchr(path, '/');
	return PUT(a, struct file_ref, .name = slash ? slash + 1 : path,
		   .sha256 = file_digest(a, path), .size = MODEL_UNKNOWN);
}

static const struct payload *make_payload(const struct run_record *r, struct arena *a)
{
	const struct job_config *job = r->input->job;
	const struct banners *b = r->payload;
	const char *file = job->payload.parts[PAYLOAD_IMAGE].path;
	const char *initrd = job->payload.parts[PAYLOAD_INITRD].path;
	return PUT(a, struct payload, .kind = payload_kind_name(job->payload.kind),
		   .name = job->run.payload_name, .file = file ? file : "",
		   .sha256 = job->run.sha256, .size = (int64_t)r->payload_size,
		   .arguments = r->input->variant->arguments,
		   .version = filled(r->evidence->version),
		   .banners = b ? (const char *const *)b->items : NULL,
		   .banners_count = b ? b->count : 0, .package = job->run.package,
		   .build_id = job->run.build_id, .initrd = initrd ? make_initrd(initrd, a) : NULL);
}

static void put_cpus(struct run *run, const struct evidence *e, struct arena *a)
{
	struct run_cpu *list = arena_new(a, e->cpus_count, sizeof(*list));
	for (size_t i = 0; i < e->cpus_count; i++)
		list[i] = (struct run_cpu){.n = e->cpus[i].number,
					   .midr = hex_text(a, "0x", 8, e->cpus[i].midr),
					   .bbm = from_zero(e->cpus[i].bbm),
					   .cap = from_zero(e->cpus[i].cap)};
	run->cpus = list;
	run->cpus_count = e->cpus_count;
	run->features = (const char *const *)e->features;
	run->features_count = e->features_count;
}

static enum status test_status(const struct evidence_test *t)
{
	if (t->informative)
		return STATUS_DONE;
	if (t->wanted_fail) // what is wanted is still wrong: it stays visible as such
		return STATUS_FAIL;
	switch (t->result) {
	case DETECT_TEST_PASS:
	case DETECT_TEST_XFAIL:
		return STATUS_PASS;
	case DETECT_TEST_FAIL:
	case DETECT_TEST_XPASS:
		return STATUS_FAIL;
	case DETECT_TEST_SKIP:
		return STATUS_SKIP;
	default:
		return STATUS_ERROR;
	}
}

static void put_tests(struct run *run, const struct evidence *e, struct arena *a)
{
	struct test *list = arena_new(a, e->tests_count, sizeof(*list));
	for (size_t i = 0; i < e->tests_count; i++) {
		const struct evidence_test *t = &e->tests[i];
		list[i] = (struct test){.path = t->path,
					.status = test_status(t),
					.line = t->line ? (int64_t)t->line : MODEL_UNKNOWN,
					.comment = filled(t->comment),
					.expected = t->wanted_fail ? STATUS_FAIL : STATUS_NONE};
	}
	run->tests = list;
	run->tests_count = e->tests_count;
}

static void put_metrics(struct run *run, const struct evidence *e, struct arena *a)
{
	struct metric *list = arena_new(a, e->metrics_count, sizeof(*list));
	for (size_t i = 0; i < e->metrics_count; i++) {
		const struct evidence_metric *m = &e->metrics[i];
		list[i] = (struct metric){.path = m->path,
					  .value = m->value,
					  .unit = m->unit,
					  .status = STATUS_DONE,
					  .line = (int64_t)m->line,
					  .prefix = strcmp(m->unit, "s") == 0 ? "metric" : NULL,
					  .n = m->n ? m->n : MODEL_UNKNOWN,
					  .min = m->min,
					  .max = m->max,
					  .p90 = m->p90,
					  .mad = m->mad,
					  .cycles = m->cycles,
					  .step = m->step,
					  .samples = m->samples,
					  .samples_count = m->samples ? (size_t)m->n : 0};
	}
	run->metrics = list;
	run->metrics_count = e->metrics_count;
}

// No verdict: a job for several payloads declares what not each of them brings.
static void put_metrics_absent(struct run *run, const struct evidence *e, struct arena *a)
{
	size_t count = 0;
	while (e->measure && measure_absent(e->measure, count))
		count++;
	if (count == 0)
		return;
	const char **list = arena_new(a, count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = measure_absent(e->measure, i);
	run->metrics_absent = list;
	run->metrics_absent_count = count;
}

// The text of a finding, cut so that it takes at most `share` bytes in the file; *left_out grows by
// the console bytes that were left out for that.
static const char *excerpt(int console, const struct evidence_splat *s, size_t share,
			   int64_t *left_out, struct arena *a)
{
	char bytes[EXCERPT_BYTES] = {0};
	CLEANUP_BUFFER struct buffer text = {0};
	uint64_t len = s->byte_end > s->byte_first ? s->byte_end - s->byte_first : 0;
	if (len > sizeof(bytes))
		len = sizeof(bytes);
	ssize_t n = console < 0 ? 0 : pread(console, bytes, (size_t)len, (off_t)s->byte_first);
	// Line ends as text has them; the exact bytes stay in console.raw.
	size_t out = 0;
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] != '\r')
			bytes[out++] = bytes[i];
	utf8_clean(bytes, out, SIZE_MAX, &text);
	while (out > 0 && run_json_size(buffer_str(&text)) > share) {
		size_t less = out - out / 4 - 1; // a few tries find a length that fits
		*left_out += (int64_t)(out - less);
		out = less;
		buffer_truncate(&text, 0);
		utf8_clean(bytes, out, SIZE_MAX, &text);
	}
	return arena_strndup(a, buffer_str(&text), text.len);
}

static struct finding make_finding(const struct evidence_splat *s, struct arena *a)
{
	return (struct finding){
	    .line = (int64_t)s->line,
	    .line_last = (int64_t)s->line_last,
	    .byte_first = s->excerpt ? MODEL_UNKNOWN : (int64_t)s->byte_first,
	    .byte_last = s->excerpt ? MODEL_UNKNOWN : (int64_t)(s->byte_end ? s->byte_end - 1 : 0),
	    .class = s->class_name,
	    .sub = s->sub,
	    .func = s->func,
	    .file = s->file,
	    .title = s->title,
	    .severity = s->severity,
	    .fatal = s->fatal,
	    .complete = s->complete,
	    .wanted = s->wanted,
	    .rules_version = detect_rules_version(),
	    .sig1 = hex_text(a, "", 16, s->sig1),
	    .sig2 = hex_text(a, "", 16, s->sig2),
	    .sig3 = hex_text(a, "", 16, s->sig3),
	    .folded_into = s->folded_into ? (int64_t)s->folded_into : MODEL_UNKNOWN,
	    .cpu = from_zero(s->cpu),
	    .bbm_violation = s->bbm_violation,
	    .message = filled(s->message),
	};
}

// Its findings; also how many are splats of their own, not part of another one's report.
static void put_findings(struct run *run, const char *console_path, const struct evidence *e,
			 struct arena *a)
{
	CLEANUP_CLOSE int console = -1;
	error_free(file_open_regular(console_path, ERROR_SYSTEM, &console));
	struct finding *list = arena_new(a, e->splats_count, sizeof(*list));
	// Equal shares: what is said first does not silence what comes last.
	size_t share = EXCERPTS_BUDGET / (e->splats_count ? e->splats_count : 1);
	run->splats = 0;
	for (size_t i = 0; i < e->splats_count; i++) {
		const struct evidence_splat *s = &e->splats[i];
		if (s->is_end || evidence_is_foreign(s))
			continue;
		struct finding *f = &list[run->findings_count++];
		*f = make_finding(s, a);
		f->excerpt =
		    s->excerpt ? s->excerpt : excerpt(console, s, share, &run->excerpts_cut, a);
		run->splats += !s->folded_into;
	}
	run->findings = list;
}

// What others than the payload said is no finding of the run: no report or issue counts it.
static void put_foreign(struct run *run, const struct evidence *e, struct arena *a)
{
	struct foreign *list = NULL;
	for (size_t i = 0; i < e->splats_count && run->foreign_count < FOREIGN_MAX; i++) {
		const struct evidence_splat *s = &e->splats[i];
		if (!evidence_is_foreign(s) || s->folded_into)
			continue;
		if (!list)
			list = arena_new(a, FOREIGN_MAX, sizeof(*list));
		list[run->foreign_count++] = (struct foreign){
		    .line = (int64_t)s->line, .class = s->class_name, .title = s->title};
	}
	run->foreign = list;
}

static const struct run_log *make_log(const char *console_path, const struct run_record *r,
				      struct arena *a)
{
	uint64_t handover = r->evidence->speech.handover;
	return PUT(a, struct run_log, .file = LAYOUT_CONSOLE, .bytes = (int64_t)r->console_bytes,
		   .lines = (int64_t)r->console_lines,
		   .handover = handover == SPEECH_NO_HANDOVER ? -1 : (int64_t)handover,
		   .lost = (int64_t)r->console_lost, .gaps = r->console_gaps,
		   .away = r->console_gaps ? r->console_away_s : NAN,
		   .sha256 = file_digest(a, console_path));
}

const struct run *run_json_make(const char *console_path, const struct run_record *r,
				struct arena *a)
{
	const struct job_config *job = r->input->job;
	const struct evidence *e = r->evidence;
	const struct judgement *j = r->judgement;
	struct run *run = arena_new(a, 1, sizeof(*run));
	char start[CLOCK_RFC3339_SIZE];
	clock_rfc3339(r->start_realtime_ns, start);
	*run = (struct run){
	    .format = RUN_FORMAT,
	    .id = job->run.id,
	    .batch = job->run.batch,
	    .job = job->name,
	    .variant = r->input->variant->name,
	    .attempt = job->run.attempt,
	    .retry_of = job->run.retry_of,
	    .confirms = job->run.confirms,
	    .rerun_of = job->run.rerun_of,
	    .board = make_board(r->input, r->emulator, a),
	    .payload = make_payload(r, a),
	    .start_time = arena_strndup(a, start, strlen(start)),
	    .duration = r->duration_s,
	    .deadline = job->deadline_s,
	    .verdict = j->verdict,
	    .reason = j->reason,
	    .wanted = j->wanted,
	    .outcome = e->final ? detect_outcome_name(e->outcome) : "no_output",
	    .boots = e->boots,
	    .clock_hz = e->clock_hz > 0 ? e->clock_hz : NAN,
	    .dropped = (int64_t)e->dropped,
	    .log = make_log(console_path, r, a),
	    .end = ending_make(r->input, a),
	    .host = host_make(r->input->host, a),
	    .cycles = r->cycles,
	    .waited = r->waited_s > 0 ? r->waited_s : NAN,
	    .rules_version = detect_rules_version(),
	};
	if (j->code[0])
		run->error = PUT(a, struct run_error, .code = j->code, .message = j->reason);
	put_cpus(run, e, a);
	put_tests(run, e, a);
	put_metrics(run, e, a);
	put_metrics_absent(run, e, a);
	put_findings(run, console_path, e, a);
	put_foreign(run, e, a);
	return run;
}

struct error *run_json_write(const char *run_dir, const struct run_record *r)
{
	CLEANUP_FREE char *console = path_join(run_dir, LAYOUT_CONSOLE);
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run = run_json_make(console, r, &arena);
	CLEANUP_FREE char *text = model_print_run(run);
	if (!text)
		return error_new(ERROR_BUG, "run.json could not be put together");
	struct error *e = directory_write_verdict(run_dir, text, strlen(text));
	if (!e || strlen(text) <= DIRECTORY_RESERVE_BYTES)
		return e;
	error_free(e);
	CLEANUP_FREE char *less = run_json_fit(run, DIRECTORY_RESERVE_BYTES, &arena);
	return less ? directory_write_verdict(run_dir, less, strlen(less))
		    : error_new(ERROR_BUG, "run.json could not be put together");
}
