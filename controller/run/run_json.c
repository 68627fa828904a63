// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_json.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "record/layout.h"
#include "run/directory.h"
#include "run/ending.h"
#include "text/json_text.h"
#include "run/measure.h"
#include "run/run_json_fit.h"

// Longest console text kept with a finding; KCIDB takes 16384 code points.
#define EXCERPT_BYTES 16384
// All excerpts of a run together, as they stand in the file: readers take no more than 64 MiB of it.
#define EXCERPTS_BUDGET ((size_t)16 << 20)
// Reports of others than the payload that are listed.
#define FOREIGN_MAX 20

static json_t *string_json(const char *s)
{
	return json_text(s, strlen(s));
}

static void set_string(json_t *o, const char *key, const char *s)
{
	if (s && s[0])
		json_object_set_new(o, key, string_json(s));
}

static void set_number(json_t *o, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(o, key, json_real(value));
}

static void set_hex(json_t *o, const char *key, uint64_t value, int digits, const char *prefix)
{
	char text[24];
	snprintf(text, sizeof(text), "%s%0*llx", prefix, digits, (unsigned long long)value);
	json_object_set_new(o, key, json_string(text));
}

static json_t *board_json(const struct judge_input *in, const char *emulator)
{
	const struct board_config *b = in->board;
	json_t *cpu = json_pack("{s:s}", "name", b->cpu.name);
	set_hex(cpu, "midr", b->cpu.midr, 8, "0x");
	if (b->cpu.bbm >= 0)
		json_object_set_new(cpu, "bbm", json_integer(b->cpu.bbm));
	json_object_set_new(cpu, "bbml2", json_boolean(b->cpu.bbml2));
	json_t *compatible = json_array();
	for (size_t i = 0; i < b->compatible_count; i++)
		json_array_append_new(compatible, string_json(b->compatible[i]));
	json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", b->name, "type", b->type, "pool",
			      in->pool, "compatible", compatible, "cpu", cpu);
	set_string(o, "description", b->description);
	set_string(o, "emulator", emulator);
	return o;
}

static json_t *payload_json(const struct run_record *r)
{
	const struct job_config *job = r->input->job;
	json_t *o = json_pack("{s:s, s:o, s:o, s:s, s:I, s:o}", "kind",
			      payload_kind_name(job->payload.kind), "name",
			      string_json(job->run.payload_name), "file",
			      string_json(job->payload.path ? job->payload.path : ""), "sha256",
			      job->run.sha256, "size", (json_int_t)r->payload_size, "arguments",
			      string_json(r->input->variant->arguments));
	set_string(o, "version", r->evidence->version);
	if (r->payload)
		json_object_set_new(o, "banners", banners_json(r->payload));
	if (job->payload.initrd) {
		const char *slash = strrchr(job->payload.initrd, '/');
		char hex[DIGEST_HEX_SIZE];
		json_t *initrd = json_pack("{s:o}", "name",
					   string_json(slash ? slash + 1 : job->payload.initrd));
		CLEANUP_ERROR struct error *e = digest_file(job->payload.initrd, ERROR_SYSTEM, hex);
		if (!e)
			json_object_set_new(initrd, "sha256", json_string(hex));
		json_object_set_new(o, "initrd", initrd);
	}
	return o;
}

static json_t *cpus_json(const struct evidence *e)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->cpus_count; i++) {
		json_t *o = json_pack("{s:I}", "n", (json_int_t)e->cpus[i].number);
		set_hex(o, "midr", e->cpus[i].midr, 8, "0x");
		if (e->cpus[i].bbm >= 0)
			json_object_set_new(o, "bbm", json_integer(e->cpus[i].bbm));
		if (e->cpus[i].cap >= 0)
			json_object_set_new(o, "cap", json_boolean(e->cpus[i].cap));
		json_array_append_new(list, o);
	}
	return list;
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

static json_t *tests_json(const struct evidence *e)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->tests_count; i++) {
		const struct evidence_test *t = &e->tests[i];
		json_t *o = json_pack("{s:s, s:s, s:I}", "path", t->path, "status",
				      status_name(test_status(t)), "line", (json_int_t)t->line);
		set_string(o, "comment", t->comment);
		if (t->wanted_fail)
			json_object_set_new(o, "expected", json_string("FAIL"));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *samples_json(const struct evidence_metric *m)
{
	json_t *list = json_array();
	for (long i = 0; i < m->n; i++)
		json_array_append_new(list, json_real(m->samples[i]));
	return list;
}

static json_t *metrics_json(const struct evidence *e)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->metrics_count; i++) {
		const struct evidence_metric *m = &e->metrics[i];
		json_t *o = json_pack("{s:s, s:f, s:o, s:s, s:I}", "path", m->path, "value",
				      m->value, "unit", string_json(m->unit), "status", "DONE",
				      "line", (json_int_t)m->line);
		if (strcmp(m->unit, "s") == 0)
			json_object_set_new(o, "prefix", json_string("metric"));
		if (m->n)
			json_object_set_new(o, "n", json_integer(m->n));
		set_number(o, "min", m->min);
		set_number(o, "max", m->max);
		set_number(o, "p90", m->p90);
		set_number(o, "mad", m->mad);
		set_number(o, "cycles", m->cycles);
		if (m->samples)
			json_object_set_new(o, "samples", samples_json(m));
		json_array_append_new(list, o);
	}
	return list;
}

// No verdict: a job for several payloads declares what not each of them brings.
static json_t *metrics_absent_json(const struct evidence *e)
{
	json_t *list = json_array();
	const char *name;
	for (size_t i = 0; e->measure && (name = measure_absent(e->measure, i)); i++)
		json_array_append_new(list, string_json(name));
	return list;
}

// Bytes that a string takes in the file (RFC 8259 section 7).
static size_t written_size(const char *text)
{
	size_t n = 0;
	for (const char *p = text; *p; p++)
		n += (unsigned char)*p < 0x20 ? 6 : *p == '"' || *p == '\\' ? 2 : 1;
	return n;
}

// The text of a finding, cut so that it takes at most `share` bytes in the file; *left_out grows by
// the console bytes that were left out for that.
static json_t *excerpt_json(int console, const struct evidence_splat *s, size_t share,
			    uint64_t *left_out)
{
	char bytes[EXCERPT_BYTES] = {0};
	uint64_t len = s->byte_end > s->byte_first ? s->byte_end - s->byte_first : 0;
	if (len > sizeof(bytes))
		len = sizeof(bytes);
	ssize_t n = console < 0 ? 0 : pread(console, bytes, (size_t)len, (off_t)s->byte_first);
	// Line ends as text has them; the exact bytes stay in console.raw.
	size_t out = 0;
	for (ssize_t i = 0; i < n; i++)
		if (bytes[i] != '\r')
			bytes[out++] = bytes[i];
	json_t *text = json_text(bytes, out);
	while (out > 0 && written_size(json_string_value(text)) > share) {
		size_t less = out - out / 4 - 1; // a few tries find a length that fits
		*left_out += out - less;
		out = less;
		json_decref(text);
		text = json_text(bytes, out);
	}
	return text;
}

static json_t *finding_json(const struct evidence_splat *s, json_t *excerpt)
{
	json_t *o = json_pack(
	    "{s:I, s:I, s:I, s:I, s:s, s:s, s:o, s:o, s:o, s:i, s:b, s:b, s:b, s:i}", "line",
	    (json_int_t)s->line, "line_last", (json_int_t)s->line_last, "byte_first",
	    (json_int_t)s->byte_first, "byte_last", (json_int_t)(s->byte_end ? s->byte_end - 1 : 0),
	    "class", s->class_name, "sub", s->sub, "func", string_json(s->func), "file",
	    string_json(s->file), "title", string_json(s->title), "severity", s->severity, "fatal",
	    s->fatal, "complete", s->complete, "wanted", s->wanted, "rules_version",
	    (int)detect_rules_version());
	set_hex(o, "sig1", s->sig1, 16, "");
	set_hex(o, "sig2", s->sig2, 16, "");
	set_hex(o, "sig3", s->sig3, 16, "");
	if (s->folded_into)
		json_object_set_new(o, "folded_into", json_integer((json_int_t)s->folded_into));
	if (s->cpu >= 0)
		json_object_set_new(o, "cpu", json_integer(s->cpu));
	if (s->bbm_violation)
		json_object_set_new(o, "bbm_violation", json_true());
	set_string(o, "message", s->message);
	json_object_set_new(o, "excerpt", excerpt);
	return o;
}

static json_t *findings_json(const char *console_path, const struct evidence *e, uint64_t *left_out)
{
	CLEANUP_CLOSE int console = -1;
	error_free(file_open_regular(console_path, ERROR_SYSTEM, &console));
	json_t *list = json_array();
	// Equal shares: what is said first does not silence what comes last.
	size_t share = EXCERPTS_BUDGET / (e->splats_count ? e->splats_count : 1);
	*left_out = 0;
	for (size_t i = 0; i < e->splats_count; i++) {
		const struct evidence_splat *s = &e->splats[i];
		if (!s->is_end && !evidence_is_foreign(s))
			json_array_append_new(
			    list, finding_json(s, excerpt_json(console, s, share, left_out)));
	}
	return list;
}

// What others than the payload said is no finding of the run: no report or issue counts it.
static json_t *foreign_json(const struct evidence *e)
{
	json_t *list = json_array();
	for (size_t i = 0; i < e->splats_count && json_array_size(list) < FOREIGN_MAX; i++) {
		const struct evidence_splat *s = &e->splats[i];
		if (!evidence_is_foreign(s) || s->folded_into)
			continue;
		json_t *o = json_pack("{s:I, s:s, s:o}", "line", (json_int_t)s->line, "class",
				      s->class_name, "title", string_json(s->title));
		json_array_append_new(list, o);
	}
	return list;
}

// What is part of another one's report is no splat of its own.
static size_t count_splats(const struct evidence *e)
{
	size_t count = 0;
	for (size_t i = 0; i < e->splats_count; i++)
		count += !e->splats[i].is_end && !e->splats[i].folded_into &&
			 !evidence_is_foreign(&e->splats[i]);
	return count;
}

static json_t *log_json(const char *console_path, const struct run_record *r)
{
	json_t *o = json_pack("{s:s, s:I, s:I}", "file", LAYOUT_CONSOLE, "bytes",
			      (json_int_t)r->console_bytes, "lines", (json_int_t)r->console_lines);
	// Where the payload may speak; null: it was not handed over to.
	uint64_t handover = r->evidence->speech.handover;
	json_object_set_new(o, "handover",
			    handover == SPEECH_NO_HANDOVER ? json_null()
							   : json_integer((json_int_t)handover));
	if (r->console_lost)
		json_object_set_new(o, "lost", json_integer((json_int_t)r->console_lost));
	if (r->console_gaps) {
		json_object_set_new(o, "gaps", json_integer((json_int_t)r->console_gaps));
		json_object_set_new(o, "away", json_real(r->console_away_s));
	}
	char hex[DIGEST_HEX_SIZE];
	CLEANUP_ERROR struct error *e = digest_file(console_path, ERROR_SYSTEM, hex);
	if (!e)
		json_object_set_new(o, "sha256", json_string(hex));
	return o;
}

json_t *run_json_make(const char *console_path, const struct run_record *r)
{
	const struct job_config *job = r->input->job;
	const struct evidence *e = r->evidence;
	const struct judgement *j = r->judgement;
	char start[CLOCK_RFC3339_SIZE];
	clock_rfc3339(r->start_realtime_ns, start);
	json_t *o = json_pack(
	    "{s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:s, s:f, s:f, s:s, s:o, s:b}", "format",
	    "mmfarm-run/1", "id", job->run.id, "batch", job->run.batch, "job", job->name, "variant",
	    r->input->variant->name, "attempt", (json_int_t)job->run.attempt, "board",
	    board_json(r->input, r->emulator), "payload", payload_json(r), "start_time", start,
	    "duration", r->duration_s, "deadline", job->deadline_s, "verdict",
	    status_name(j->verdict), "reason", string_json(j->reason), "wanted", j->wanted);
	if (j->code[0])
		json_object_set_new(
		    o, "error",
		    json_pack("{s:s, s:o}", "code", j->code, "message", string_json(j->reason)));
	json_object_set_new(o, "outcome",
			    json_string(e->final ? detect_outcome_name(e->outcome) : "no_output"));
	json_object_set_new(o, "boots", json_integer(e->boots));
	if (e->clock_hz > 0)
		json_object_set_new(o, "clock_hz", json_real(e->clock_hz));
	json_object_set_new(o, "cpus", cpus_json(e));
	json_object_set_new(o, "tests", tests_json(e));
	json_object_set_new(o, "metrics", metrics_json(e));
	if (e->measure && measure_absent(e->measure, 0))
		json_object_set_new(o, "metrics_absent", metrics_absent_json(e));
	uint64_t left_out;
	json_t *findings = findings_json(console_path, e, &left_out);
	json_object_set_new(o, "splats", json_integer((json_int_t)count_splats(e)));
	json_object_set_new(o, "findings", findings);
	json_t *foreign = foreign_json(e);
	if (json_array_size(foreign) > 0)
		json_object_set(o, "foreign", foreign);
	json_decref(foreign);
	if (left_out)
		json_object_set_new(o, "excerpts_cut", json_integer((json_int_t)left_out));
	if (e->dropped)
		json_object_set_new(o, "dropped", json_integer((json_int_t)e->dropped));
	json_object_set_new(o, "log", log_json(console_path, r));
	json_object_set_new(o, "end", ending_json(r->input));
	json_t *host = host_json(r->input->host);
	if (host)
		json_object_set_new(o, "host", host);
	if (r->waited_s > 0)
		json_object_set_new(o, "waited", json_real(r->waited_s));
	json_object_set_new(o, "rules_version", json_integer((json_int_t)detect_rules_version()));
	return o;
}

struct error *run_json_write(const char *run_dir, const struct run_record *r)
{
	CLEANUP_FREE char *console = path_join(run_dir, LAYOUT_CONSOLE);
	json_t *o = run_json_make(console, r);
	CLEANUP_FREE char *text = run_json_text(o);
	struct error *e = text ? directory_write_verdict(run_dir, text, strlen(text))
			       : error_new(ERROR_BUG, "run.json could not be put together");
	if (e && text && strlen(text) > DIRECTORY_RESERVE_BYTES) {
		CLEANUP_FREE char *less = run_json_fit(o, DIRECTORY_RESERVE_BYTES);
		error_free(e);
		e = less ? directory_write_verdict(run_dir, less, strlen(less))
			 : error_new(ERROR_BUG, "run.json could not be put together");
	}
	json_decref(o);
	return e;
}
