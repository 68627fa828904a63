// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/judge.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "record/layout.h"
#include "run/fit.h"
#include "run/sanitize.h"
#include "text/utf8.h"

// Reports below this are notes: they never decide a verdict.
#define SEVERITY_COUNTS 2

// A board that was silent for less than this when its deadline came still talked.
#define STILL_TALKING_S 5

// Cuts `text` to at most `max` bytes, between two characters.
static void cut_text(char *text, size_t max)
{
	text[utf8_cut(text, strlen(text), max)] = '\0';
}

__attribute__((format(printf, 4, 5))) static bool decide(struct judgement *out, enum status verdict,
							 const char *code, const char *fmt, ...)
{
	// Longer than a reason by a character, so that it shows whether the last one fits.
	char reason[sizeof(out->reason) + 4];
	out->verdict = verdict;
	snprintf(out->code, sizeof(out->code), "%s", code);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	cut_text(reason, sizeof(out->reason) - 1);
	snprintf(out->reason, sizeof(out->reason), "%s", reason);
	return true;
}

// ---- what the job wants -------------------------------------------------------------------------

static bool want_applies(const struct want *w, const char *pool)
{
	for (size_t i = 0; i < w->pools_count; i++)
		if (strcmp(w->pools[i], pool) == 0)
			return true;
	return !w->pools;
}

static bool splat_matches(const struct want_splat *w, const struct evidence_splat *s)
{
	return (!w->class || strcmp(w->class, s->class_name) == 0) &&
	       (!w->function || strcmp(w->function, s->func) == 0) &&
	       (!w->title || strstr(s->title, w->title) != NULL);
}

static const char *want_text(const struct want_splat *w, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s%s%s%s", w->class ? w->class : "splat",
		 w->function ? " in " : "", w->function ? w->function : "", w->title ? " \"" : "",
		 w->title ? w->title : "", w->title ? "\"" : "");
	return text;
}

// Everything that the questions look at.
struct judge_scene {
	const struct judge_input *in;
	struct evidence *e;
	bool said_done;         // the console shows the end that the job waits for
	bool done;              // or the board switched itself off as wanted
	bool wants_met;         // nothing that was wanted is missing
	bool unmet_for_good;    // what is wrong about the wants can become right no more
	struct judgement unmet; // if they are not met
};

// Marks what a wanted splat stands for; false (and decided) when the count is not right.
static bool check_want_splat(const struct want_splat *w, struct judge_scene *c)
{
	struct evidence *e = c->e;
	int64_t seen = 0;
	for (size_t i = 0; i < e->splats_count; i++) {
		if (e->splats[i].of_another || !splat_matches(w, &e->splats[i]))
			continue;
		e->splats[i].wanted = true;
		seen++;
	}
	c->unmet.wanted = true;
	if (seen == w->count)
		return true;
	char text[160];
	c->unmet_for_good |= seen > w->count;
	decide(&c->unmet, STATUS_FAIL, "", "wanted %lld x %s, saw %lld", (long long)w->count,
	       want_text(w, text, sizeof(text)), (long long)seen);
	return false;
}

static bool check_failing_test(const char *path, struct judge_scene *c)
{
	for (size_t i = 0; i < c->e->tests_count; i++) {
		struct evidence_test *t = &c->e->tests[i];
		// Also by the payload's own name, without the prefix that we put before it.
		const char *own = strchr(t->path, '.');
		if (strcmp(t->path, path) != 0 && (!own || strcmp(own + 1, path) != 0))
			continue;
		if (t->result == DETECT_TEST_FAIL || t->result == DETECT_TEST_XFAIL) {
			t->wanted_fail = true;
			return true;
		}
		c->unmet_for_good = true;
		break;
	}
	decide(&c->unmet, STATUS_FAIL, "", "test %s was wanted to fail and did not", path);
	return false;
}

// Every want is walked, so that all are marked; the first that is not met is told.
static void check_wants(struct judge_scene *c)
{
	struct judgement first = {0};
	c->wants_met = true;
	for (size_t i = 0; i < c->in->variant->wants_count; i++) {
		const struct want *w = &c->in->variant->wants[i];
		if (!want_applies(w, c->in->pool))
			continue;
		for (size_t k = 0; k < w->splats_count; k++)
			if (!check_want_splat(&w->splats[k], c) && c->wants_met)
				c->wants_met = false, first = c->unmet;
		for (size_t k = 0; k < w->failing_tests_count; k++)
			if (!check_failing_test(w->failing_tests[k], c) && c->wants_met)
				c->wants_met = false, first = c->unmet;
	}
	bool wanted = c->unmet.wanted;
	if (!c->wants_met)
		c->unmet = first;
	c->unmet.wanted = wanted && c->wants_met;
}

// A panic that the job names as the regular end of the boot.
static bool mark_done_panic(const struct job_config *job, struct evidence *e)
{
	bool found = false;
	for (size_t i = 0; job->done.panic && i < e->splats_count; i++) {
		struct evidence_splat *s = &e->splats[i];
		if (!s->of_payload || !s->ended_boot || strcmp(s->class_name, "panic") != 0 ||
		    (!strstr(s->title, job->done.panic) && !strstr(s->message, job->done.panic)))
			continue;
		s->wanted = s->is_end = true;
		found = true;
	}
	return found;
}

// No switch tells of a real board that it has no power any more; its kernel's last words do. An emulator
// knows (BOARD_END_OFF, BOARD_END_RUNS).
static bool switched_itself_off(const struct judge_scene *c)
{
	bool announced = c->in->end == BOARD_END_UNKNOWN && c->e->clean_shutdown &&
			 c->e->outcome == DETECT_OUTCOME_OK;
	return c->in->job->done.power_off && (c->in->end == BOARD_END_OFF || announced);
}

// A panic that merely closes a wanted report (panic_on_warn, fatal exception) came with it.
static void mark_closing_panics(struct evidence *e)
{
	for (size_t i = 0; i < e->splats_count; i++) {
		struct evidence_splat *s = &e->splats[i];
		if (!s->folded_into || strcmp(s->class_name, "panic") != 0)
			continue;
		for (size_t k = 0; k < e->splats_count; k++)
			if (e->splats[k].line == s->folded_into && e->splats[k].wanted)
				s->wanted = true;
	}
}

// ---- the questions, in order of who must act ----------------------------------------------------

static bool judge_identity(const struct judge_scene *c, struct judgement *out)
{
	const struct judge_input *in = c->in;
	const struct evidence *e = c->e;
	// A boot driver asked before it wrote anything; whatever this board says, it is not ours.
	if (in->trouble && error_kind(in->trouble) == ERROR_IDENTITY)
		return decide(out, STATUS_MISS, "Identity", "%s", error_text(in->trouble));
	const struct cpu_config *declared = &in->board->cpu;
	// The firmware can be told to pretend; only its honest policy speaks of the CPU.
	bool honest = e->policy && strcmp(e->policy, "auto72") == 0;
	for (size_t i = 0; i < e->cpus_count; i++) {
		const struct evidence_cpu *cpu = &e->cpus[i];
		if (cpu->midr != declared->midr)
			return decide(out, STATUS_MISS, "Identity",
				      "board reports MIDR 0x%08x on CPU %ld, boards/ declares "
				      "0x%08x (%s)",
				      cpu->midr, cpu->number, declared->midr, declared->name);
		if (cpu->bbm >= 0 && declared->bbm >= 0 && cpu->bbm != declared->bbm)
			return decide(out, STATUS_MISS, "Identity",
				      "board reports ID_AA64MMFR2_EL1.BBM %d on CPU %ld, boards/ "
				      "declares %d",
				      cpu->bbm, cpu->number, declared->bbm);
		if (honest && cpu->cap >= 0 && (cpu->cap != 0) != declared->bbml2)
			return decide(out, STATUS_MISS, "Identity",
				      "board says BBML2 %s, boards/ declares %s",
				      cpu->cap ? "yes" : "no", declared->bbml2 ? "yes" : "no");
	}
	return false;
}

// Told by the header of its file, before the board had power.
static bool judge_unfit(const struct judge_scene *c, struct judgement *out)
{
	return c->in->unfit && decide(out, STATUS_SKIP, "", "%s", c->in->unfit);
}

// A banner without who built it and with what: "Linux version 7.3.0 #2 SMP Sun Nov 22 ..." tells two
// kernels apart in most cases.
static void shorten_name(const char *name, char *out, size_t size)
{
	const char *open = strstr(name, " ("), *build = strrchr(name, '#');
	if (open && build && open < build)
		snprintf(out, size, "%.*s %s", (int)(open - name), name, build);
	else
		snprintf(out, size, "%s", name);
}

static const char *payload_own_name(const struct banners *b)
{
	const char *best = "";
	for (size_t i = 0; i < b->count; i++)
		if (strlen(b->items[i]) > strlen(best))
			best = b->items[i];
	return best;
}

static bool decide_another(const struct judge_scene *c, enum status verdict, const char *code,
			   const char *before, struct judgement *out)
{
	const struct speech *s = &c->e->speech;
	const char *own = payload_own_name(s->payload);
	char runs[200], wanted[200];
	shorten_name(s->another, runs, sizeof(runs));
	shorten_name(own, wanted, sizeof(wanted));
	bool same = strcmp(runs, wanted) == 0;
	return decide(
	    out, verdict, code, "%sboard runs \"%.200s\", not the payload \"%.200s\"%s%.100s",
	    before, same ? s->another : runs, same ? own : wanted,
	    c->in->doubt ? "; the boot tool had said: " : "", c->in->doubt ? c->in->doubt : "");
}

// Whatever such a board says, it says nothing of the payload.
static bool judge_another(const struct judge_scene *c, struct judgement *out)
{
	const struct speech *s = &c->e->speech;
	return s->another && s->own_boots == 0 &&
	       decide_another(c, STATUS_MISS, "OtherPayload", "", out);
}

// The payload did run, and the board then started something else.
static bool judge_another_later(const struct judge_scene *c, struct judgement *out)
{
	const struct speech *s = &c->e->speech;
	if (!s->another || c->done)
		return false;
	if (s->own_reset)
		return decide_another(c, STATUS_FAIL, "",
				      "the payload's boot ended in a reset, and then the ", out);
	return decide_another(c, STATUS_MISS, "OtherPayload", "", out);
}

static const struct evidence_splat *worst_unwanted(const struct evidence *e, size_t *count)
{
	const struct evidence_splat *worst = NULL;
	*count = 0;
	for (size_t i = 0; i < e->splats_count; i++) {
		const struct evidence_splat *s = &e->splats[i];
		if (s->wanted || evidence_is_foreign(s) || s->severity < SEVERITY_COUNTS)
			continue;
		*count += !s->folded_into;
		// The root speaks before what followed from it.
		if (!worst || (worst->folded_into && !s->folded_into))
			worst = s;
	}
	return worst;
}

static bool judge_splats(const struct judge_scene *c, struct judgement *out)
{
	size_t count;
	const struct evidence_splat *s = worst_unwanted(c->e, &count);
	if (!s)
		return false;
	char more[48] = "";
	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	return decide(out, STATUS_FAIL, "", "%s at %sline %llu%s", s->title,
		      s->excerpt ? LAYOUT_PTSAN " " : "", (unsigned long long)s->line, more);
}

static bool judge_trouble(const struct judge_scene *c, struct judgement *out)
{
	const struct error *e = c->in->trouble;
	if (!e)
		return false;
	if (error_kind(e) == ERROR_BUG)
		return decide(out, STATUS_ERROR, "Bug", "%s", error_text(e));
	if (error_kind(e) == ERROR_UNMET)
		return decide(out, STATUS_SKIP, "", "%s", error_text(e));
	const char *code = error_kind(e) == ERROR_CONFIG       ? "Configuration"
			   : error_kind(e) == ERROR_QUARANTINE ? JUDGE_QUARANTINE_CODE
							       : "Infrastructure";
	return decide(out, STATUS_MISS, code, "%s", error_text(e));
}

static bool judge_interrupted(const struct judge_scene *c, struct judgement *out)
{
	return c->in->interrupted &&
	       decide(out, STATUS_MISS, "Canceled", "interrupted by the operator");
}

// Why it may still be on is told with every verdict (judge()).
static bool judge_off(const struct judge_scene *c, struct judgement *out)
{
	return c->in->off &&
	       decide(out, STATUS_MISS, "Infrastructure", "the board was not switched off");
}

// ---- how the reading of the console ended -------------------------------------------------------

// "12 s", "0.4 s".
static const char *seconds_text(double s, char text[24])
{
	snprintf(text, 24, s < 9.95 && s != (int)s ? "%.1f s" : "%.0f s", s);
	return text;
}

// ", last line «...»", or nothing.
static const char *line_text(const struct watch *w, char *text, size_t size)
{
	text[0] = '\0';
	if (w->last_line[0])
		snprintf(text, size, ", last line «%s»", w->last_line);
	return text;
}

// How the reading of the console ended, in words; "" when there is nothing to say of it.
static const char *ending_text(const struct judge_input *in, char *text, size_t size)
{
	const struct watch *w = &in->watch;
	char line[WATCH_LINE_SIZE + 24], silent[24], after[24];
	line_text(w, line, sizeof(line));
	seconds_text(w->silent_s, silent);
	seconds_text(w->after_s, after);
	text[0] = '\0';
	if (w->end == WATCH_SILENCE)
		snprintf(text, size, "silent for %s, %s after power-on%s", silent, after, line);
	else if (in->end == BOARD_END_OFF)
		snprintf(text, size, "the board switched itself off%s", line);
	else if (in->end == BOARD_END_RESET)
		snprintf(text, size, "the board reset itself%s", line);
	else if (w->last_line[0])
		snprintf(text, size, "%s", line + 2);
	return text;
}

// What a board showed already, no deadline and no gap takes back.
static bool is_proof(enum detect_outcome outcome)
{
	return outcome == DETECT_OUTCOME_PANIC || outcome == DETECT_OUTCOME_RESET ||
	       outcome == DETECT_OUTCOME_BOOT_LOOP || outcome == DETECT_OUTCOME_WATCHDOG;
}

// What is missing may have been said while nobody listened.
static bool decide_gap(const struct judge_scene *c, struct judgement *out)
{
	char gap[24];
	return decide(out, STATUS_MISS, "ConsoleLost",
		      "the console was away for %s: what the board said meanwhile is lost",
		      seconds_text(c->in->watch.gap_s, gap));
}

static bool judge_lost(const struct judge_scene *c, struct judgement *out)
{
	const struct watch *w = &c->in->watch;
	char line[WATCH_LINE_SIZE + 24], after[24];
	if (c->done)
		return false;
	if (c->in->end == BOARD_END_LOST)
		return decide(out, STATUS_MISS, "BoardLost",
			      "the board went away in the middle of the run");
	// One that announced its power-off may take its console with it.
	if (c->e->clean_shutdown)
		return false;
	if (w->end != WATCH_LOST)
		return w->gap_s > 0 && !is_proof(c->e->outcome) && decide_gap(c, out);
	return decide(out, STATUS_MISS, "ConsoleLost",
		      "the console was lost in the middle of the run, %s after power-on: %s%s",
		      seconds_text(w->after_s, after), w->cause[0] ? w->cause : "it closed",
		      line_text(w, line, sizeof(line)));
}

// Nobody but the board itself was heard, and the job does not say that this is all right.
static bool says_nothing(const struct judge_scene *c)
{
	return c->e->speech.own_boots == 0 && !c->in->job->done.from_handover;
}

// Where the text that the job waits for was said, and why that does not count.
static void add_stray(const struct judge_scene *c, struct buffer *out)
{
	const struct evidence *e = c->e;
	if (e->stray_line && !e->done_text)
		buffer_printf(out, "; \"%.60s\" at line %llu does not count: %s",
			      c->in->job->done.text, (unsigned long long)e->stray_line,
			      e->stray_is_echo ? "it is the command line, said back"
					       : "the payload had not said anything before it");
}

// What is known besides of a board that did not get to the payload.
static void add_hints(const struct judge_scene *c, struct buffer *out)
{
	char name[160];
	if (c->e->speech.before) {
		shorten_name(c->e->speech.before, name, sizeof(name));
		buffer_printf(out, "; before the hand-over it ran \"%s\"", name);
	}
	if (c->in->doubt)
		buffer_printf(out, "; the boot tool had said: %s", c->in->doubt);
}

// All that differs from run to run of one problem stands in brackets behind it: reports take what is
// ahead of them for the problem's name. `out` becomes " (...)" or nothing.
static const char *details(const struct judge_scene *c, bool hints, struct buffer *out)
{
	char how[WATCH_LINE_SIZE + 96];
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, ending_text(c->in, how, sizeof(how)));
	add_stray(c, &text);
	if (hints)
		add_hints(c, &text);
	const char *words = buffer_str(&text);
	if (words[0] == ';')
		words += 2;
	if (*words)
		buffer_printf(out, " (%s)", words);
	return buffer_str(out);
}

// Whether something of the board's own speaks ahead of the payload.
static bool has_loader(const struct board_config *b)
{
	const char *driver = "direct";
	struct config_node n = config_map_find(&b->boot, "driver");
	CLEANUP_ERROR struct error *e = config_is_set(n) ? config_string(n, &driver) : NULL;
	return !e && strcmp(driver, "direct") != 0;
}

// Neither power nor cable: it is the kernel, or what it was told.
static bool judge_silence(const struct judge_scene *c, struct judgement *out)
{
	const struct fit_silence s = fit_explain_silence(c->in->variant->arguments);
	if (has_loader(c->in->board))
		return decide(out, STATUS_MISS, "NoOutput",
			      "the board printed nothing, nor did its boot loader: boot path or "
			      "console server (the board is well: %s)",
			      c->in->well);
	return decide(out, s.verdict, s.code,
		      "the kernel printed nothing: %s (the board is well: %s)", s.cause,
		      c->in->well);
}

// A console that never got as far as the payload is the lab's matter. Where the job's own end was
// seen, the payload was there, however its console looks to us; a job that waits for a boot loader's
// prompt says so (done: from).
static bool judge_no_payload(const struct judge_scene *c, struct judgement *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (c->said_done)
		return false;
	const char *more = details(c, true, &text);
	switch (c->e->outcome) {
	case DETECT_OUTCOME_NO_OUTPUT:
		if (c->in->well && c->in->job->payload.kind == PAYLOAD_KERNEL)
			return judge_silence(c, out);
		return decide(out, STATUS_MISS, "NoOutput",
			      "the board printed nothing: power, cable or boot path%s", more);
	case DETECT_OUTCOME_GARBAGE:
		return decide(out, STATUS_MISS, "Garbage",
			      "the console is unreadable: baud rate, cable or power");
	case DETECT_OUTCOME_STUCK_FIRMWARE:
	case DETECT_OUTCOME_STUCK_BOOTLOADER:
		return decide(out, STATUS_MISS, "BootLoader",
			      "the board stopped in its own %s before the payload%s",
			      c->e->outcome == DETECT_OUTCOME_STUCK_FIRMWARE ? "firmware"
									     : "boot loader",
			      more);
	case DETECT_OUTCOME_PANIC:
	case DETECT_OUTCOME_RESET:
	case DETECT_OUTCOME_BOOT_LOOP:
	case DETECT_OUTCOME_WATCHDOG:
		// Behind "Starting kernel ..." the payload may have brought it about.
		if (c->e->handed_over || c->e->hello || c->e->boots > 0)
			break;
		return decide(out, STATUS_MISS, "BootLoader",
			      "the board's own firmware or boot loader %s before the payload%s",
			      c->e->outcome == DETECT_OUTCOME_PANIC ? "crashed" : "started over",
			      more);
	default:
		break;
	}
	return says_nothing(c) && c->e->stray_line && !c->e->stray_is_echo &&
	       decide(out, STATUS_MISS, "NoPayload", "nothing of the payload was seen%s", more);
}

// The payload came to its end, though a boot ahead of it, in which it said nothing, ended badly.
static bool ended_well(const struct judge_scene *c)
{
	const struct evidence *e = c->e;
	bool bad_start = e->outcome == DETECT_OUTCOME_RESET || e->outcome == DETECT_OUTCOME_PANIC;
	bool ended =
	    e->end ? e->end_intact
		   : e->last_outcome == DETECT_OUTCOME_OK && e->speech.speaker == SPEAKER_PAYLOAD;
	return bad_start && ended && e->speech.own_boots == 1 && !e->speech.own_reset;
}

static bool judge_outcome(const struct judge_scene *c, struct judgement *out)
{
	const struct done_config *wanted = &c->in->job->done;
	const char *text = wanted->text ? wanted->text : wanted->panic;
	const char *outcome = detect_outcome_name(c->e->outcome);
	bool declared = c->in->job->payload.kind == PAYLOAD_KERNEL && (text || wanted->power_off);
	CLEANUP_BUFFER struct buffer how = {0};
	if (c->done || (!declared && (c->e->outcome == DETECT_OUTCOME_OK || ended_well(c))))
		return false;
	details(c, false, &how);
	if (declared && text)
		return decide(out, STATUS_FAIL, "", "the console ended without \"%.80s\": %s%s",
			      text, outcome, buffer_str(&how));
	if (declared && c->e->outcome == DETECT_OUTCOME_OK)
		return decide(out, STATUS_FAIL, "", "the board did not switch itself off%s",
			      buffer_str(&how));
	return decide(out, STATUS_FAIL, "", "the boot did not finish: %s%s", outcome,
		      buffer_str(&how));
}

// A run that was cut off while the board went on says nothing of the payload: its time was too short.
static bool judge_deadline(const struct judge_scene *c, struct judgement *out)
{
	const struct watch *w = &c->in->watch;
	const struct done_config *wanted = &c->in->job->done;
	char line[WATCH_LINE_SIZE + 24], silent[24], deadline[24], limit[24];
	CLEANUP_BUFFER struct buffer stray = {0};
	bool declared = c->in->job->payload.kind == PAYLOAD_FIRMWARE || wanted->text ||
			wanted->panic || wanted->power_off;
	if (w->end != WATCH_DEADLINE || c->done || is_proof(c->e->outcome) ||
	    (!declared && c->e->outcome == DETECT_OUTCOME_OK))
		return false;
	line_text(w, line, sizeof(line));
	seconds_text(w->silent_s, silent);
	seconds_text(c->in->job->deadline_s, deadline);
	add_stray(c, &stray);
	bool talks = w->silent_s < STILL_TALKING_S;
	return decide(out, STATUS_ERROR, "Deadline",
		      "deadline of %s reached, board %s%s %s before (%s%s%s%s%s)", deadline,
		      talks ? "still talking" : "silent", line[0] ? line : ", last line of blanks",
		      silent, talks ? "" : "a hang after ",
		      talks ? "" : seconds_text(c->in->job->silence_s, limit), talks ? "" : "; ",
		      detect_outcome_name(c->e->outcome), buffer_str(&stray));
}

// ---- what the payload said of itself ------------------------------------------------------------

static bool judge_wants_exceeded(const struct judge_scene *c, struct judgement *out)
{
	if (c->wants_met || !c->unmet_for_good)
		return false;
	*out = c->unmet;
	return true;
}

static bool judge_wants(const struct judge_scene *c, struct judgement *out)
{
	if (c->wants_met)
		return false;
	if (c->in->watch.gap_s > 0)
		return decide_gap(c, out);
	*out = c->unmet;
	return true;
}

// In the payload's own words, where it has any.
static bool judge_broken_test(const struct judge_scene *c, struct judgement *out)
{
	for (size_t i = 0; i < c->e->tests_count; i++) {
		const struct evidence_test *t = &c->e->tests[i];
		if (t->result == DETECT_TEST_ERROR || t->result == DETECT_TEST_INCOMPLETE)
			return decide(out, STATUS_ERROR, "Test", "test %s did not run properly%s%s",
				      t->path, t->comment ? ": " : "",
				      t->comment ? t->comment : "");
	}
	return false;
}

static bool judge_records(const struct judge_scene *c, struct judgement *out)
{
	const struct evidence *e = c->e;
	if (c->in->job->payload.kind != PAYLOAD_FIRMWARE)
		return false;
	if (!e->end)
		return decide(out, STATUS_FAIL, "", "the firmware ended without its end record");
	if (!e->end_intact)
		return decide(out, STATUS_MISS, "SerialLoss",
			      "records were lost or damaged on the serial line (%u missing)",
			      e->records_missing);
	if (strcmp(e->end_result, "error") == 0)
		return judge_broken_test(c, out) ||
		       decide(out, STATUS_ERROR, "Test", "the firmware could not run its tests");
	if (strcmp(e->end_result, "skip") == 0)
		return decide(out, STATUS_SKIP, "",
			      "the firmware says that it does not apply here");
	return false;
}

static bool judge_failed_tests(const struct judge_scene *c, struct judgement *out)
{
	const struct evidence_test *failed = NULL;
	size_t count = 0;
	for (size_t i = 0; i < c->e->tests_count; i++) {
		const struct evidence_test *t = &c->e->tests[i];
		bool fail = t->result == DETECT_TEST_FAIL || t->result == DETECT_TEST_XPASS;
		if (!fail || t->wanted_fail || t->informative)
			continue;
		failed = failed ? failed : t;
		count++;
	}
	char more[48] = "";
	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	return failed &&
	       decide(out, STATUS_FAIL, "", "test %s failed%s%s%s", failed->path,
		      failed->comment ? ": " : "", failed->comment ? failed->comment : "", more);
}

static bool judge_other_tests(const struct judge_scene *c, struct judgement *out)
{
	size_t passed = 0, skipped = 0;
	for (size_t i = 0; i < c->e->tests_count; i++) {
		const struct evidence_test *t = &c->e->tests[i];
		passed += t->result == DETECT_TEST_PASS || t->result == DETECT_TEST_XFAIL;
		skipped += t->result == DETECT_TEST_SKIP;
	}
	return judge_broken_test(c, out) ||
	       (skipped && !passed &&
		decide(out, STATUS_SKIP, "", "nothing applies to this board"));
}

// ---- whether it was the payload at all ----------------------------------------------------------

// What ended well counts for the payload only if it is known to have run.
static bool judge_unproven(const struct judge_scene *c, struct judgement *out)
{
	const struct speech *s = &c->e->speech;
	if (c->in->doubt && !s->proven)
		return decide(out, STATUS_MISS, "Unproven",
			      "the boot tool said \"%.200s\", and nothing proves that the board "
			      "runs the payload",
			      c->in->doubt);
	return says_nothing(c) && decide(out, STATUS_MISS, "NoPayload",
					 "nothing of the payload was seen on the console");
}

// ---- in order of who must act -------------------------------------------------------------------

// Evidence first: what the board printed outweighs what went wrong around it, once it is known to be
// the right board, which runs the payload. The first question that has an answer decides.
static bool (*const questions[])(const struct judge_scene *c, struct judgement *out) = {
    judge_unfit,        judge_identity,      judge_another,  judge_splats,     judge_trouble,
    judge_interrupted,  judge_off,           judge_lost,     judge_no_payload, judge_wants_exceeded,
    judge_failed_tests, judge_another_later, judge_deadline, judge_wants,      judge_outcome,
    judge_records,      judge_other_tests,   judge_unproven,
};

// The owner of the lab must know it, whatever became of the payload.
static void tell_power(const struct judge_input *in, struct judgement *out)
{
	if (!in->off)
		return;
	static const char words[] = "; the board may still be on: ";
	const char *why = error_text(in->off);
	size_t room = sizeof(out->reason) - sizeof(words);
	size_t need = utf8_cut(why, strlen(why), room / 2);
	cut_text(out->reason, room - need);
	size_t len = strlen(out->reason);
	snprintf(out->reason + len, sizeof(out->reason) - len, "%s%.*s", words, (int)need, why);
}

static void decide_verdict(const struct judge_input *in, struct evidence *e, struct judgement *out)
{
	*out = (struct judgement){0};
	struct judge_scene c = {.in = in, .e = e};
	bool firmware = in->job->payload.kind == PAYLOAD_FIRMWARE;
	bool panicked = mark_done_panic(in->job, e);
	c.said_done = panicked || e->done_text || (firmware && e->end);
	c.done = c.said_done || switched_itself_off(&c);
	check_wants(&c);
	out->wanted = c.unmet.wanted;
	mark_closing_panics(e);
	sanitize_excuse_tests(e);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
		if (!questions[i](&c, out))
			continue;
		tell_power(in, out);
		return;
	}
	decide(out, STATUS_PASS, "", "%s",
	       out->wanted      ? "every wanted splat came and nothing else"
	       : e->tests_count ? "no splat, every check passed"
				: "no splat, the boot reached its end");
}

// ---- a host that was too busy for its emulated board --------------------------------------------

// Reports of the kernel that something took too long, by the clock.
static bool is_born_of_time(const struct evidence_splat *s)
{
	static const char *const panics[] = {"softlockup", "hardlockup", "hung_task", "rcu"};
	if (strcmp(s->class_name, "hang") == 0)
		return true;
	for (size_t i = 0; i < sizeof(panics) / sizeof(panics[0]); i++)
		if (strcmp(s->class_name, "panic") == 0 && strcmp(s->sub, panics[i]) == 0)
			return true;
	return false;
}

// Whether it is so of every unwanted report of its own, and of one at least; what closes a report
// (panic_on_warn) goes with it.
static bool splats_are_born_of_time(const struct evidence *e, bool *any)
{
	*any = false;
	for (size_t i = 0; i < e->splats_count; i++) {
		const struct evidence_splat *s = &e->splats[i];
		bool before = evidence_is_boards_own(s) &&
			      e->speech.own_boots > 0; // the payload came all the same
		if (s->wanted || s->of_another || before || s->severity < SEVERITY_COUNTS)
			continue;
		*any = true;
		if (!s->folded_into && !is_born_of_time(s))
			return false;
	}
	return true;
}

static bool a_test_failed(const struct evidence *e)
{
	for (size_t i = 0; i < e->tests_count; i++)
		if (!e->tests[i].wanted_fail && !e->tests[i].informative &&
		    e->tests[i].result == DETECT_TEST_FAIL)
			return true;
	return false;
}

// What a board that came to no end can be given; a wrong board or payload, a lost console and a board
// that is still on have other causes.
static bool may_be_of_time(const struct judgement *j)
{
	static const char *const codes[] = {"Deadline",  "NoOutput", "NoConsole",     "BootLoader",
					    "NoPayload", "Garbage",  "Infrastructure"};
	if (j->verdict == STATUS_FAIL)
		return true;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(j->code, codes[i]) == 0)
			return true;
	return false;
}

// A verdict that only says that the board was too slow says nothing about a board that was not let
// run. Everything else stands: a report of a bug, a failed test, a wrong CPU.
static void judge_host(const struct judge_input *in, const struct evidence *e,
		       struct judgement *out)
{
	const struct host_use *h = in->host;
	if (!h || !h->known || (!h->starved && !h->starved_once) || in->interrupted || in->off ||
	    in->end == BOARD_END_LOST)
		return;
	bool any;
	bool of_time = splats_are_born_of_time(e, &any);
	if (!of_time || a_test_failed(e) || !may_be_of_time(out))
		return;
	bool late = h->starved && h->by_time && !any;
	// A clock that waits with its board makes no stall out of the host's load.
	if (!late && !(any && !h->own_clock && out->verdict == STATUS_FAIL))
		return;
	char reason[JUDGE_REASON_SIZE];
	snprintf(reason, sizeof(reason), "%s", out->reason);
	double share = any ? fmin(h->worst, host_share_got(&h->whole)) : host_share_got(&h->whole);
	decide(out, STATUS_MISS, HOST_BUSY_CODE,
	       "host too busy: the board got %.0f %% of the CPU time it wanted (load %.1f on %u "
	       "cores), and so: %s",
	       100 * share, h->load, h->cores, reason);
}

void judge(const struct judge_input *in, struct evidence *e, struct judgement *out)
{
	decide_verdict(in, e, out);
	judge_host(in, e, out);
}
