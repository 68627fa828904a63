// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/judge.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"

// Reports below this are notes: they never decide a verdict.
#define SEVERITY_COUNTS 2

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {
	    [VERDICT_PASS] = "PASS", [VERDICT_FAIL] = "FAIL", [VERDICT_ERROR] = "ERROR",
	    [VERDICT_MISS] = "MISS", [VERDICT_SKIP] = "SKIP", [VERDICT_DONE] = "DONE",
	};
	return names[v];
}

__attribute__((format(printf, 4, 5))) static bool
decide(struct judgement *out, enum verdict verdict, const char *code, const char *fmt, ...)
{
	out->verdict = verdict;
	snprintf(out->code, sizeof(out->code), "%s", code);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(out->reason, sizeof(out->reason), fmt, ap);
	va_end(ap);
	size_t len = strlen(out->reason);
	if (len == sizeof(out->reason) - 1) // perhaps cut, and perhaps within a character
		out->reason[utf8_cut(out->reason, len, len - 3)] = '\0';
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

// Marks what a wanted splat stands for; false (and decided) when the count is not right.
static bool check_want_splat(const struct want_splat *w, struct evidence *e, struct judgement *out)
{
	int64_t seen = 0;
	for (size_t i = 0; i < e->splats_count; i++) {
		if (!splat_matches(w, &e->splats[i]))
			continue;
		e->splats[i].wanted = true;
		seen++;
	}
	out->wanted = true;
	if (seen == w->count)
		return true;
	char text[160];
	decide(out, VERDICT_FAIL, "", "wanted %lld x %s, saw %lld", (long long)w->count,
	       want_text(w, text, sizeof(text)), (long long)seen);
	return false;
}

static bool check_failing_test(const char *path, struct evidence *e, struct judgement *out)
{
	for (size_t i = 0; i < e->tests_count; i++) {
		struct evidence_test *t = &e->tests[i];
		// Also by the payload's own name, without the prefix that we put before it.
		const char *own = strchr(t->path, '.');
		if (strcmp(t->path, path) != 0 && (!own || strcmp(own + 1, path) != 0))
			continue;
		if (t->result != DETECT_TEST_FAIL && t->result != DETECT_TEST_XFAIL)
			break;
		t->wanted_fail = true;
		return true;
	}
	decide(out, VERDICT_FAIL, "", "test %s was wanted to fail and did not", path);
	return false;
}

// True when nothing that was wanted is missing; every want is walked, so that all are marked.
static bool check_wants(const struct judge_input *in, struct evidence *e, struct judgement *out)
{
	bool good = true;
	struct judgement first = {0};
	for (size_t i = 0; i < in->variant->wants_count; i++) {
		const struct want *w = &in->variant->wants[i];
		if (!want_applies(w, in->pool))
			continue;
		for (size_t k = 0; k < w->splats_count; k++)
			if (!check_want_splat(&w->splats[k], e, out) && good)
				good = false, first = *out;
		for (size_t k = 0; k < w->failing_tests_count; k++)
			if (!check_failing_test(w->failing_tests[k], e, out) && good)
				good = false, first = *out;
	}
	bool wanted = out->wanted;
	if (!good)
		*out = first;
	out->wanted = wanted && good;
	return good;
}

// A panic that the job names as the regular end of the boot.
static bool mark_done_panic(const struct job_config *job, struct evidence *e)
{
	bool found = false;
	for (size_t i = 0; job->done.panic && i < e->splats_count; i++) {
		struct evidence_splat *s = &e->splats[i];
		if (strcmp(s->class_name, "panic") != 0 ||
		    (!strstr(s->title, job->done.panic) && !strstr(s->message, job->done.panic)))
			continue;
		s->wanted = s->is_end = true;
		found = true;
	}
	return found;
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

static bool judge_identity(const struct judge_input *in, const struct evidence *e,
			   struct judgement *out)
{
	// A boot driver asked before it wrote anything; whatever this board says, it is not ours.
	if (in->trouble && error_kind(in->trouble) == ERROR_IDENTITY)
		return decide(out, VERDICT_MISS, "Identity", "%s", error_text(in->trouble));
	const struct cpu_config *declared = &in->board->cpu;
	// The firmware can be told to pretend; only its honest policy speaks of the CPU.
	bool honest = e->policy && strcmp(e->policy, "auto72") == 0;
	for (size_t i = 0; i < e->cpus_count; i++) {
		const struct evidence_cpu *c = &e->cpus[i];
		if (c->midr != declared->midr)
			return decide(out, VERDICT_MISS, "Identity",
				      "board reports MIDR 0x%08x on CPU %ld, boards/ declares "
				      "0x%08x (%s)",
				      c->midr, c->number, declared->midr, declared->name);
		if (c->bbm >= 0 && declared->bbm >= 0 && c->bbm != declared->bbm)
			return decide(out, VERDICT_MISS, "Identity",
				      "board reports ID_AA64MMFR2_EL1.BBM %d on CPU %ld, boards/ "
				      "declares %d",
				      c->bbm, c->number, declared->bbm);
		if (honest && c->cap >= 0 && (c->cap != 0) != declared->bbml2)
			return decide(out, VERDICT_MISS, "Identity",
				      "board says BBML2 %s, boards/ declares %s",
				      c->cap ? "yes" : "no", declared->bbml2 ? "yes" : "no");
	}
	return false;
}

static const struct evidence_splat *worst_unwanted(const struct evidence *e, size_t *count)
{
	const struct evidence_splat *worst = NULL;
	*count = 0;
	for (size_t i = 0; i < e->splats_count; i++) {
		const struct evidence_splat *s = &e->splats[i];
		if (s->wanted || s->severity < SEVERITY_COUNTS)
			continue;
		*count += !s->folded_into;
		// The root speaks before what followed from it.
		if (!worst || (worst->folded_into && !s->folded_into))
			worst = s;
	}
	return worst;
}

static bool judge_splats(struct evidence *e, struct judgement *out)
{
	size_t count;
	const struct evidence_splat *s = worst_unwanted(e, &count);
	if (!s)
		return false;
	char more[48] = "";
	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	return decide(out, VERDICT_FAIL, "", "%s at line %llu%s", s->title,
		      (unsigned long long)s->line, more);
}

static bool judge_trouble(const struct judge_input *in, struct judgement *out)
{
	if (in->trouble && error_kind(in->trouble) == ERROR_BUG)
		return decide(out, VERDICT_ERROR, "Bug", "%s", error_text(in->trouble));
	if (in->trouble && error_kind(in->trouble) == ERROR_UNMET)
		return decide(out, VERDICT_SKIP, "", "%s", error_text(in->trouble));
	if (in->trouble)
		return decide(out, VERDICT_MISS,
			      error_kind(in->trouble) == ERROR_CONFIG ? "Configuration"
								      : "Infrastructure",
			      "%s", error_text(in->trouble));
	if (in->interrupted)
		return decide(out, VERDICT_MISS, "Canceled", "interrupted by the operator");
	return false;
}

static bool judge_lost(const struct judge_input *in, bool done, struct judgement *out)
{
	return !done && in->end == BOARD_END_LOST &&
	       decide(out, VERDICT_MISS, "BoardLost",
		      "the board went away in the middle of the run");
}

// A console that never got as far as the payload is the lab's matter. Where the job's own end was
// seen, the payload was there, however its console looks to us (a boot loader's prompt may be what
// the job waits for).
static bool judge_no_payload(const struct evidence *e, bool said_done, struct judgement *out)
{
	if (said_done)
		return false;
	switch (e->outcome) {
	case DETECT_OUTCOME_NO_OUTPUT:
		return decide(out, VERDICT_MISS, "NoOutput",
			      "the board printed nothing: power, cable or boot path");
	case DETECT_OUTCOME_GARBAGE:
		return decide(out, VERDICT_MISS, "Garbage",
			      "the console is unreadable: baud rate, cable or power");
	case DETECT_OUTCOME_STUCK_FIRMWARE:
	case DETECT_OUTCOME_STUCK_BOOTLOADER:
		return decide(out, VERDICT_MISS, "BootLoader",
			      "the board stopped in its own %s before the payload",
			      e->outcome == DETECT_OUTCOME_STUCK_FIRMWARE ? "firmware"
									  : "boot loader");
	default:
		return false;
	}
}

static bool judge_outcome(const struct judge_input *in, const struct evidence *e, bool done,
			  struct judgement *out)
{
	if (done)
		return false;
	const struct done_config *wanted = &in->job->done;
	const char *text = wanted->text ? wanted->text : wanted->panic;
	if (in->job->payload.kind == PAYLOAD_KERNEL && text)
		return decide(out, VERDICT_FAIL, "", "the console ended without \"%s\": %s", text,
			      detect_outcome_name(e->outcome));
	if (e->outcome != DETECT_OUTCOME_OK)
		return decide(out, VERDICT_FAIL, "", "the boot did not finish: %s",
			      detect_outcome_name(e->outcome));
	return false;
}

// In the payload's own words, where it has any.
static bool judge_broken_test(const struct evidence *e, struct judgement *out)
{
	for (size_t i = 0; i < e->tests_count; i++) {
		const struct evidence_test *t = &e->tests[i];
		if (t->result == DETECT_TEST_ERROR || t->result == DETECT_TEST_INCOMPLETE)
			return decide(out, VERDICT_ERROR, "Test",
				      "test %s did not run properly%s%s", t->path,
				      t->comment ? ": " : "", t->comment ? t->comment : "");
	}
	return false;
}

static bool judge_records(const struct judge_input *in, const struct evidence *e,
			  struct judgement *out)
{
	if (in->job->payload.kind != PAYLOAD_FIRMWARE)
		return false;
	if (!e->end)
		return decide(out, VERDICT_FAIL, "", "the firmware ended without its end record");
	if (!e->end_intact)
		return decide(out, VERDICT_MISS, "SerialLoss",
			      "records were lost or damaged on the serial line (%u missing)",
			      e->records_missing);
	if (strcmp(e->end_result, "error") == 0)
		return judge_broken_test(e, out) ||
		       decide(out, VERDICT_ERROR, "Test", "the firmware could not run its tests");
	if (strcmp(e->end_result, "skip") == 0)
		return decide(out, VERDICT_SKIP, "",
			      "the firmware says that it does not apply here");
	return false;
}

static bool judge_tests(const struct evidence *e, struct judgement *out)
{
	const struct evidence_test *failed = NULL;
	size_t count = 0, passed = 0, skipped = 0;
	for (size_t i = 0; i < e->tests_count; i++) {
		const struct evidence_test *t = &e->tests[i];
		bool fail = t->result == DETECT_TEST_FAIL || t->result == DETECT_TEST_XPASS;
		passed += t->result == DETECT_TEST_PASS || t->result == DETECT_TEST_XFAIL;
		skipped += t->result == DETECT_TEST_SKIP;
		if (!fail || t->wanted_fail || t->informative)
			continue;
		failed = failed ? failed : t;
		count++;
	}
	char more[48] = "";
	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	if (failed)
		return decide(out, VERDICT_FAIL, "", "test %s failed%s%s%s", failed->path,
			      failed->comment ? ": " : "", failed->comment ? failed->comment : "",
			      more);
	if (judge_broken_test(e, out))
		return true;
	if (skipped && !passed)
		return decide(out, VERDICT_SKIP, "", "nothing applies to this board");
	return false;
}

static void decide_verdict(const struct judge_input *in, struct evidence *e, struct judgement *out)
{
	*out = (struct judgement){0};
	bool said_done = mark_done_panic(in->job, e) || e->done_text || e->end;
	bool done = said_done || (in->job->done.power_off && in->end == BOARD_END_OFF);
	bool wants_met = check_wants(in, e, out);
	struct judgement unmet = *out;
	mark_closing_panics(e);

	// Evidence first: what the board printed outweighs what went wrong around it, once it is
	// known to be the right board.
	if (judge_identity(in, e, out) || judge_splats(e, out) || judge_trouble(in, out) ||
	    judge_lost(in, done, out) || judge_no_payload(e, said_done, out))
		return;
	if (!wants_met) {
		*out = unmet;
		return;
	}
	if (judge_outcome(in, e, done, out) || judge_records(in, e, out) || judge_tests(e, out))
		return;
	decide(out, VERDICT_PASS, "", "%s",
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
		if (s->wanted || s->severity < SEVERITY_COUNTS)
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

// A verdict that only says that the board was too slow says nothing about a board that was not let
// run. Everything else stands: a report of a bug, a failed test, a wrong CPU.
static void judge_host(const struct judge_input *in, const struct evidence *e,
		       struct judgement *out)
{
	const struct host_use *h = in->host;
	if (!h || !h->known || (!h->starved && !h->starved_once) || in->interrupted ||
	    in->end == BOARD_END_LOST)
		return;
	if (out->verdict != VERDICT_FAIL && out->verdict != VERDICT_ERROR &&
	    out->verdict != VERDICT_MISS)
		return;
	bool any;
	bool of_time = splats_are_born_of_time(e, &any);
	if (!of_time || a_test_failed(e) || strcmp(out->code, "Identity") == 0)
		return;
	bool late = h->starved && h->by_time && !any;
	// A clock that waits with its board makes no stall out of the host's load.
	if (!late && !(any && !h->own_clock && out->verdict == VERDICT_FAIL))
		return;
	char reason[JUDGE_REASON_SIZE];
	snprintf(reason, sizeof(reason), "%s", out->reason);
	double share = any ? fmin(h->worst, host_share_got(&h->whole)) : host_share_got(&h->whole);
	decide(out, VERDICT_MISS, HOST_BUSY_CODE,
	       "host too busy: the board got %.0f %% of the CPU time it wanted (load %.1f on %u "
	       "cores), and so: %s",
	       100 * share, h->load, h->cores, reason);
}

void judge(const struct judge_input *in, struct evidence *e, struct judgement *out)
{
	decide_verdict(in, e, out);
	judge_host(in, e, out);
}
