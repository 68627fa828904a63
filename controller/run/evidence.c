// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "run/echo.h"
#include "run/measure.h"
#include "text/utf8.h"
#include "timing/statistics/order.h"

void evidence_init(struct evidence *e, const struct job_config *job, const struct banners *payload)
{
	*e = (struct evidence){
	    .speech = {.payload = payload, .kind = job->payload.kind},
	    .from_handover = job->done.from_handover,
	    .wanted_text = job->done.text,
	    .arguments = job->variants_count ? job->variants[0].arguments : NULL,
	    .measure = measure_new(&job->metrics),
	};
}

static void splat_deinit(struct evidence_splat *s)
{
	free(s->class_name);
	free(s->sub);
	free(s->func);
	free(s->file);
	free(s->title);
	free(s->message);
	free(s->excerpt);
}

void evidence_deinit(struct evidence *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < e->splats_count; i++)
		splat_deinit(&e->splats[i]);
	for (size_t i = 0; i < e->tests_count; i++) {
		free(e->tests[i].path);
		free(e->tests[i].comment);
	}
	for (size_t i = 0; i < e->metrics_count; i++) {
		free(e->metrics[i].path);
		free(e->metrics[i].unit);
		free(e->metrics[i].samples);
	}
	measure_free(e->measure);
	speech_deinit(&e->speech);
	free(e->held_text);
	free(e->splats);
	free(e->tests);
	free(e->metrics);
	free(e->cpus);
	for (size_t i = 0; i < e->features_count; i++)
		free(e->features[i]);
	free(e->features);
	free(e->version);
	free(e->policy);
	free(e->end_result);
	*e = (struct evidence){0};
}

static char *view_copy(struct detect_view v)
{
	return memory_strndup(v.ptr ? v.ptr : "", v.len);
}

static bool view_is(struct detect_view v, const char *s)
{
	return v.ptr && v.len == strlen(s) && memcmp(v.ptr, s, v.len) == 0;
}

// ---- numbers of records: short, so a bounded copy serves ----------------------------------------

static double view_number(struct detect_view v)
{
	char text[64];
	if (!v.ptr || v.len == 0 || v.len >= sizeof(text))
		return NAN;
	memcpy(text, v.ptr, v.len);
	text[v.len] = '\0';
	char *end;
	double value = strtod(text, &end);
	return *end || !isfinite(value) ? NAN : value;
}

static uint64_t view_hex(struct detect_view v, bool *ok)
{
	char text[32];
	*ok = false;
	if (!v.ptr || v.len == 0 || v.len >= sizeof(text))
		return 0;
	memcpy(text, v.ptr, v.len);
	text[v.len] = '\0';
	char *end;
	uint64_t value = strtoull(text, &end, 16);
	*ok = *end == '\0';
	return value;
}

// KCIDB paths are [A-Za-z0-9_-] parts joined by single dots.
static char *test_path(const char *prefix, struct detect_view id)
{
	char *path = memory_printf("%s.%.*s", prefix, (int)id.len, id.ptr ? id.ptr : "");
	size_t out = 0;
	for (size_t i = 0; path[i]; i++) {
		char c = path[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
		if (c == '.' && (out == 0 || path[out - 1] == '.'))
			continue;
		path[out++] = word ? c : '_';
	}
	while (out > 0 && path[out - 1] == '.')
		out--;
	path[out] = '\0';
	return path;
}

// ---- one function an event kind -----------------------------------------------------------------

// Whether there is room for one more of `count` with texts of `len` bytes; if not, that is counted.
static bool has_room(struct evidence *e, size_t count, size_t max, size_t len)
{
	size_t need = 6 * len;
	if (count >= max || need > EVIDENCE_TEXT_MAX - e->text) {
		e->dropped++;
		return false;
	}
	e->text += need;
	return true;
}

// Whether what is said now counts as the payload's.
static bool payload_speaks(const struct evidence *e, const struct detect_place *at)
{
	if (!speech_is_behind_handover(&e->speech, at) || e->speech.speaker == SPEAKER_ANOTHER)
		return false;
	return e->from_handover || e->speech.speaker == SPEAKER_PAYLOAD;
}

bool evidence_is_boards_own(const struct evidence_splat *s)
{
	return !s->of_payload && strcmp(s->class_name, "firmware") == 0;
}

bool evidence_is_foreign(const struct evidence_splat *s)
{
	return !s->wanted && (s->of_another || evidence_is_boards_own(s));
}

static void take_splat(struct evidence *e, const struct detect_splat *s)
{
	bool of_another = !speech_is_behind_handover(&e->speech, &s->header) ||
			  e->speech.speaker == SPEAKER_ANOTHER;
	bool of_payload = payload_speaks(e, &s->header);
	// Firmware that crashes ahead of the payload may start over and bring it all the same.
	bool before = !of_payload && strcmp(s->class_name, "firmware") == 0;
	e->fatal |= s->fatal && !s->suspect && !of_another && !before;
	if (!has_room(e, e->splats_count, EVIDENCE_SPLATS_MAX,
		      s->func.len + s->file.len + s->title.len + s->message.len))
		return;
	struct evidence_splat copy = {
	    .id = s->id,
	    .line = s->header.line,
	    .line_last = s->last.line,
	    .byte_first = s->first.byte,
	    .byte_end = s->last.end,
	    .class_name = memory_strdup(s->class_name),
	    .sub = memory_strdup(s->sub),
	    .func = view_copy(s->func),
	    .file = view_copy(s->file),
	    .title = view_copy(s->title),
	    .message = view_copy(s->message),
	    .sig1 = s->sig1,
	    .sig2 = s->sig2,
	    .sig3 = s->sig3,
	    .folded_into = s->folded_into,
	    .severity = s->severity,
	    .cpu = s->cpu,
	    .fatal = s->fatal,
	    .complete = s->complete,
	    .bbm_violation = s->bbm_violation,
	    .of_payload = of_payload,
	    .of_another = of_another,
	};
	ARRAY_APPEND(e->splats, e->splats_count, copy);
}

static void add_test(struct evidence *e, char *path, char *comment, enum detect_test_result result,
		     bool informative, uint64_t line)
{
	size_t len = strlen(path) + (comment ? strlen(comment) : 0);
	if (!has_room(e, e->tests_count, EVIDENCE_TESTS_MAX, len)) {
		free(path);
		free(comment);
		return;
	}
	struct evidence_test t = {path, comment, result, informative, false, line};
	ARRAY_APPEND(e->tests, e->tests_count, t);
}

void evidence_add_test(struct evidence *e, char *path, char *comment,
		       enum detect_test_result result)
{
	add_test(e, path, comment, result, false, 0);
}

void evidence_add_splat(struct evidence *e, struct evidence_splat *s)
{
	size_t len = strlen(s->func) + strlen(s->title) + strlen(s->message) + strlen(s->excerpt);
	if (has_room(e, e->splats_count, EVIDENCE_SPLATS_MAX, len))
		ARRAY_APPEND(e->splats, e->splats_count, *s);
	else
		splat_deinit(s);
}

size_t evidence_take_result(struct evidence *e, struct detect_view suite, struct detect_view name,
			    enum detect_test_result result, const char *comment)
{
	size_t before = e->tests_count;
	CLEANUP_FREE char *prefix = view_copy(suite);
	add_test(e, test_path(prefix, name), comment ? memory_strdup(comment) : NULL, result, false,
		 0);
	return e->tests_count > before ? before : SIZE_MAX;
}

static void take_test(struct evidence *e, const struct detect_test *t)
{
	const char *prefix = t->format == DETECT_TEST_LTP ? "ltp" : "ktap";
	if (!speech_is_behind_handover(&e->speech, &t->at))
		return;
	add_test(e, test_path(prefix, t->path), t->diagnostic.len ? view_copy(t->diagnostic) : NULL,
		 t->result, false, t->at.line);
}

static void take_record_test(struct evidence *e, const struct detect_record *r)
{
	static const struct {
		const char *word;
		enum detect_test_result result;
	} results[] = {
	    {"pass", DETECT_TEST_PASS},   {"fail", DETECT_TEST_FAIL},   {"skip", DETECT_TEST_SKIP},
	    {"xfail", DETECT_TEST_XFAIL}, {"xpass", DETECT_TEST_XPASS}, {"info", DETECT_TEST_PASS},
	};
	struct detect_view word = detect_record_get(r, "r");
	struct detect_view why = detect_record_get(r, "why");
	enum detect_test_result result = DETECT_TEST_ERROR; // a word that the protocol lacks
	for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
		if (view_is(word, results[i].word))
			result = results[i].result;
	add_test(e, test_path("mmfarm", detect_record_get(r, "id")),
		 why.len ? view_copy(why) : NULL, result, view_is(word, "info"), r->at.line);
}

static void take_record_time(struct evidence *e, const struct detect_record *r)
{
	struct detect_view unit = detect_record_get(r, "unit");
	double samples = view_number(detect_record_get(r, "n"));
	bool ticks = view_is(unit, "tick") && e->clock_hz > 0;
	double scale = ticks ? 1 / e->clock_hz : 1;
	struct evidence_metric m = {
	    .value = view_number(detect_record_get(r, "med")) * scale,
	    .min = view_number(detect_record_get(r, "min")) * scale,
	    .max = view_number(detect_record_get(r, "max")) * scale,
	    .p90 = view_number(detect_record_get(r, "p90")) * scale,
	    .mad = view_number(detect_record_get(r, "mad")) * scale,
	    .cycles = view_number(detect_record_get(r, "cyc")),
	    .step = view_number(detect_record_get(r, "step")) * scale,
	    .n = samples > 0 && samples < 1e9 ? (long)samples : 0,
	    .line = r->at.line,
	};
	if (isnan(m.value))
		return; // a damaged record: the judge counts it by its sequence number
	struct detect_view id = detect_record_get(r, "id");
	if (!has_room(e, e->metrics_count, EVIDENCE_METRICS_MAX, id.len + unit.len))
		return;
	m.path = test_path("mmfarm", id);
	m.unit = ticks ? memory_strdup("s") : view_copy(unit);
	ARRAY_APPEND(e->metrics, e->metrics_count, m);
}

static void add_cpu(struct evidence *e, const struct evidence_cpu *cpu)
{
	if (e->cpus_count < EVIDENCE_CPUS_MAX)
		ARRAY_APPEND(e->cpus, e->cpus_count, *cpu);
}

static void take_record_cpu(struct evidence *e, const struct detect_record *r)
{
	bool ok;
	double n = view_number(detect_record_get(r, "n"));
	double bbm = view_number(detect_record_get(r, "bbmfield"));
	double cap = view_number(detect_record_get(r, "cap"));
	struct evidence_cpu cpu = {
	    .number = isnan(n) || n < 0 || n > 1e6 ? -1 : (long)n,
	    .midr = (uint32_t)view_hex(detect_record_get(r, "midr"), &ok),
	    .bbm = bbm >= 0 && bbm <= 15 ? (int)bbm : -1,
	    .cap = isnan(cap) ? -1 : cap > 0,
	};
	if (ok)
		add_cpu(e, &cpu);
}

static void replace_text(char **text, struct detect_view v)
{
	free(*text);
	*text = view_copy(v);
}

static void take_record_end(struct evidence *e, const struct detect_record *r)
{
	e->end = true;
	e->end_intact = r->stream_ok;
	e->records_missing = r->missing;
	replace_text(&e->end_result, detect_record_get(r, "r"));
}

static void take_record(struct evidence *e, const struct detect_record *r)
{
	if (!r->checksum_ok)
		return; // counted as missing by the detector; its values are not to be believed
	if (!speech_is_behind_handover(&e->speech, &r->at))
		return; // of an earlier run, out of a buffer on the way
	if (view_is(r->kind, "test"))
		take_record_test(e, r);
	else if (view_is(r->kind, "time"))
		take_record_time(e, r);
	else if (view_is(r->kind, "cpu"))
		take_record_cpu(e, r);
	else if (view_is(r->kind, "sys"))
		e->clock_hz = view_number(detect_record_get(r, "cntfrq"));
	else if (view_is(r->kind, "hello")) {
		e->hello = true;
		e->end = false; // of an earlier boot
		speech_hello(&e->speech, r);
		replace_text(&e->version, detect_record_get(r, "build"));
		replace_text(&e->policy, detect_record_get(r, "bbm"));
	} else if (view_is(r->kind, "end"))
		take_record_end(e, r);
}

// "Booting Linux on physical CPU 0x0000000000 [0x410fd823]" and
// "CPU1: Booted secondary processor 0x0000000001 [0x410fd823]" (arch/arm64/kernel/{setup,smp}.c).
static void take_line_cpu(struct evidence *e, const char *text, size_t len)
{
	static const char boot[] = "Booting Linux on physical CPU 0x";
	static const char secondary[] = ": Booted secondary processor 0x";
	struct evidence_cpu cpu = {.number = 0, .bbm = -1, .cap = -1};
	if (len > 4 && memcmp(text, "CPU", 3) == 0) {
		const char *found = memmem(text, len, secondary, sizeof(secondary) - 1);
		if (!found)
			return;
		cpu.number = strtol(text + 3, NULL, 10);
	} else if (len < sizeof(boot) || memcmp(text, boot, sizeof(boot) - 1) != 0) {
		return;
	}
	const char *open = memmem(text, len, " [0x", 4);
	if (!open || (size_t)(text + len - open) < 13 || open[12] != ']')
		return;
	bool ok;
	cpu.midr = (uint32_t)view_hex((struct detect_view){open + 4, 8}, &ok);
	if (ok)
		add_cpu(e, &cpu);
}

// Features under which kernels name the right to change the size of a live leaf: 7.2, and from 7.3 on.
static bool is_bbml2(const char *name)
{
	return strcmp(name, "BBM Level 2 without TLB conflict abort") == 0 ||
	       strcmp(name, "BBM Level 3") == 0;
}

// "CPU features: detected: BBM Level 3" (arch/arm64/kernel/cpufeature.c). A later boot says it again.
static void take_line_feature(struct evidence *e, const char *text, size_t len)
{
	static const char head[] = "CPU features: detected: ";
	enum { NAME_MAX_BYTES = 120 };
	size_t skip = sizeof(head) - 1;
	if (len <= skip || memcmp(text, head, skip) != 0)
		return;
	size_t n = len - skip < NAME_MAX_BYTES ? len - skip : NAME_MAX_BYTES;
	CLEANUP_FREE char *name = memory_strndup(text + skip, utf8_cut(text + skip, len - skip, n));
	for (size_t i = 0; i < e->features_count; i++)
		if (strcmp(e->features[i], name) == 0)
			return;
	if (e->features_count == EVIDENCE_FEATURES_MAX || !utf8_valid(name, strlen(name)))
		return;
	for (size_t i = 0; is_bbml2(name) && i < e->cpus_count; i++)
		e->cpus[i].cap = 1; // a property of the system: each CPU has it
	ARRAY_APPEND(e->features, e->features_count, STEAL(name));
}

static void note_stray(struct evidence *e, const struct detect_line *l, bool echo)
{
	if (e->stray_line)
		return;
	e->stray_line = l->at.line;
	e->stray_is_echo = echo;
}

static void look_for_text(struct evidence *e, const struct detect_line *l, bool echo)
{
	bool said_back;
	bool found = echo_find(l->text, e->wanted_text, e->arguments, &said_back);
	echo |= !found && said_back;
	if (!found && !said_back)
		return;
	if (echo || !payload_speaks(e, &l->at)) {
		note_stray(e, l, echo);
		return;
	}
	e->done_text = true;
	e->done_attempt = e->speech.attempt;
}

// A line of which it is known who said it.
static void take_said(struct evidence *e, const struct detect_line *l)
{
	const struct detect_view message = {l->text.ptr + l->message, l->text.len - l->message};
	bool echo = echo_is_command_line(message);
	if (e->measure && !echo && payload_speaks(e, &l->at))
		measure_line(e->measure, l);
	if (e->wanted_text && !e->done_text)
		look_for_text(e, l, echo);
}

// Of a line that is not the payload's it is not known yet: the event that it is its first comes behind
// it.
static void hold(struct evidence *e, const struct detect_line *l)
{
	if (!e->wanted_text && !e->measure)
		return;
	free(e->held_text);
	e->held = *l;
	e->held_text = memory_strndup(l->text.ptr, l->text.len);
	e->held.text.ptr = e->held_text;
}

static void take_held(struct evidence *e)
{
	CLEANUP_FREE char *text = e->held_text;
	e->held_text = NULL;
	if (text)
		take_said(e, &e->held);
}

static void take_line(struct evidence *e, const struct detect_line *l)
{
	take_held(e);
	speech_line(&e->speech, l);
	if (!e->hello && speech_is_behind_handover(&e->speech, &l->at)) {
		take_line_cpu(e, l->text.ptr + l->message, l->text.len - l->message);
		take_line_feature(e, l->text.ptr + l->message, l->text.len - l->message);
	}
	if (l->partial || e->from_handover || e->speech.speaker == SPEAKER_PAYLOAD)
		take_said(e, l);
	else
		hold(e, l);
}

// Several numbers of one metric are repetitions inside one boot.
static void take_measured(struct evidence *e, const struct measured *r)
{
	if (e->metrics_count >= EVIDENCE_METRICS_MAX) {
		e->dropped++;
		return;
	}
	struct evidence_metric m = {.path = memory_strdup(r->path),
				    .unit = memory_strdup(r->unit),
				    .min = NAN,
				    .max = NAN,
				    .p90 = NAN,
				    .mad = NAN,
				    .cycles = NAN,
				    .step = NAN,
				    .line = r->line};
	CLEANUP_FREE double *sorted = memory_new(r->count, sizeof(*sorted));
	memcpy(sorted, r->samples, r->count * sizeof(*sorted));
	m.value = order_median(sorted, r->count);
	if (r->count > 1) {
		m.n = (long)r->count;
		m.p90 = order_quantile(sorted, r->count, 0.9);
		order_sort(sorted, r->count);
		m.min = sorted[0];
		m.max = sorted[r->count - 1];
	}
	if (r->count > 1 && e->samples_kept + r->count <= EVIDENCE_SAMPLES_MAX) {
		m.samples = memory_new(r->count, sizeof(*m.samples));
		memcpy(m.samples, r->samples, r->count * sizeof(*m.samples));
		e->samples_kept += r->count;
	}
	ARRAY_APPEND(e->metrics, e->metrics_count, m);
}

static void take_measures(struct evidence *e)
{
	size_t count;
	const struct measured *results = measure_results(e->measure, &count);
	for (size_t i = 0; i < count; i++)
		take_measured(e, &results[i]);
	e->dropped += measure_dropped(e->measure);
}

// A panic ended its boot if nothing of the same boot followed it.
static void mark_last_words(struct evidence *e, uint32_t panic_id)
{
	for (size_t i = e->splats_count; i > 0; i--)
		if (e->splats[i - 1].id == panic_id)
			e->splats[i - 1].ended_boot = true;
}

static void take_boot(struct evidence *e, const struct detect_boot *b)
{
	bool first = speech_boot(&e->speech, b);
	if (b->what == DETECT_BOOT_GOES_ON) {
		e->fatal = false;
		return;
	}
	if (b->what == DETECT_BOOT_ATTEMPT) {
		e->last_outcome = b->outcome;
		if (b->panic_id)
			mark_last_words(e, b->panic_id);
	}
	if ((first && b->at.line == e->held.at.line) || b->what == DETECT_BOOT_FINAL)
		take_held(e);
	// What an earlier boot said proves nothing of one that nobody asked for, nor does what another
	// system says.
	bool reset = b->what == DETECT_BOOT_ATTEMPT && b->outcome == DETECT_OUTCOME_RESET;
	bool another = e->speech.speaker == SPEAKER_ANOTHER && e->done_attempt == e->speech.attempt;
	if (reset || another)
		e->done_text = false;
	e->boots = b->boots;
	e->handed_over |= b->state >= DETECT_STATE_HANDOVER;
	e->booted = b->what == DETECT_BOOT_STATE && b->state >= DETECT_STATE_KERNEL;
	if (b->version.len && e->speech.speaker == SPEAKER_PAYLOAD)
		replace_text(&e->version, b->version);
	if (e->speech.another && e->speech.own_boots == 0) { // what another system says of itself
		free(e->version);
		e->version = NULL;
	}
	if (b->what != DETECT_BOOT_FINAL)
		return;
	if (e->measure && !e->final)
		take_measures(e);
	e->final = true;
	e->outcome = b->outcome;
	e->clean_shutdown = b->clean_shutdown;
}

void evidence_hand_over(struct evidence *e, uint64_t byte)
{
	speech_hand_over(&e->speech, byte);
	e->done_text = e->end = e->fatal = e->handed_over = false;
}

void evidence_take(const struct detect_event *event, void *arg)
{
	struct evidence *e = arg;
	switch (event->kind) {
	case DETECT_LINE:
		take_line(e, &event->line);
		break;
	case DETECT_SPLAT_CLOSE:
		take_splat(e, &event->splat);
		break;
	case DETECT_RECORD:
		take_record(e, &event->record);
		break;
	case DETECT_TEST:
		take_test(e, &event->test);
		break;
	case DETECT_BOOT:
		take_boot(e, &event->boot);
		break;
	default:
		break;
	}
}

unsigned evidence_wants(const struct evidence *e)
{
	bool cpus = !e->hello && !e->booted;
	bool lines = cpus || e->wanted_text || e->measure;
	return lines ? DETECT_MASK_ALL : DETECT_MASK_ALL & ~DETECT_MASK(DETECT_LINE);
}
