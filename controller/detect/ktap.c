// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/ktap.h"

#include <string.h>

#include "detect/text.h"

void ktap_reset(struct ktap *k)
{
	memset(k, 0, sizeof(*k));
}

static struct detect_view level_name(const struct ktap_level *l)
{
	return (struct detect_view){l->name, l->name_len};
}

static void set_name(struct ktap_level *l, struct detect_view name)
{
	l->name_len = (uint8_t)(name.len < KTAP_NAME ? name.len : KTAP_NAME);
	memcpy(l->name, name.ptr, l->name_len);
}

static void emit_test(struct emitter *e, struct detect_test *test)
{
	struct detect_event event = {.kind = DETECT_TEST, .test = *test};
	emit_event(e, &event);
}

// A plan of `level` and deeper ones that end here: were they fulfilled?
static void close_levels(struct ktap *k, struct emitter *e, unsigned level,
			 const struct detect_place *at)
{
	while (k->depth > level) {
		struct ktap_level *l = &k->level[--k->depth];
		if (l->has_plan && l->seen < l->planned) {
			struct detect_test test = {
			    .at = *at,
			    .result = DETECT_TEST_INCOMPLETE,
			    .path = level_name(l),
			    .name = level_name(l),
			    .number = l->seen,
			    .planned = l->planned,
			    .depth = k->depth,
			};
			emit_test(e, &test);
		}
		memset(l, 0, sizeof(*l));
	}
}

static struct ktap_level *open_level(struct ktap *k, struct emitter *e, unsigned depth,
				     const struct detect_place *at)
{
	if (depth >= KTAP_DEPTH)
		depth = KTAP_DEPTH - 1;
	close_levels(k, e, depth + 1, at);
	if (k->depth < depth + 1)
		k->depth = (uint8_t)(depth + 1);
	return &k->level[depth];
}

// Nesting: four blanks a level (KTAP), or "# " a level (output of a kselftest).
static unsigned nesting(const struct message *m, struct detect_view *body)
{
	unsigned depth = (unsigned)(m->indent / 4);
	*body = m->body;
	while (view_starts(*body, VIEW("# "))) {
		*body = view_trim(view_from(*body, 2));
		depth++;
	}
	return depth;
}

// The word behind '#': SKIP, XFAIL, ... decides the result.
static enum detect_test_result directive(struct detect_view text, bool ok)
{
	static const struct {
		const char *word;
		enum detect_test_result ok, not_ok;
	} words[] = {
	    {"SKIP", DETECT_TEST_SKIP, DETECT_TEST_SKIP},
	    {"skip", DETECT_TEST_SKIP, DETECT_TEST_SKIP},
	    {"XFAIL", DETECT_TEST_XFAIL, DETECT_TEST_XFAIL},
	    {"TODO", DETECT_TEST_XPASS, DETECT_TEST_XFAIL},
	    {"XPASS", DETECT_TEST_XPASS, DETECT_TEST_XPASS},
	    {"TIMEOUT", DETECT_TEST_PASS, DETECT_TEST_FAIL},
	    {"error", DETECT_TEST_ERROR, DETECT_TEST_ERROR},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (view_starts(text, view_of(words[i].word)))
			return ok ? words[i].ok : words[i].not_ok;
	return ok ? DETECT_TEST_PASS : DETECT_TEST_FAIL;
}

// Joins the names of the outer levels and the test's own by '.'.
static struct detect_view make_path(const struct ktap *k, unsigned depth, struct detect_view name,
				    char *out, size_t size)
{
	size_t len = 0;
	for (unsigned i = 0; i <= depth && i <= k->depth; i++) {
		struct detect_view part = i < depth ? level_name(&k->level[i]) : name;
		if (part.len == 0)
			continue;
		if (len && len < size)
			out[len++] = '.';
		size_t room = size - len;
		size_t take = part.len < room ? part.len : room;
		memcpy(out + len, part.ptr, take);
		len += take;
	}
	return (struct detect_view){out, len};
}

static void take_result(struct ktap *k, struct emitter *e, const struct message *m, bool ok)
{
	struct detect_view body;
	unsigned depth = nesting(m, &body);
	struct cursor c = cursor_of(body);
	uint64_t number = 0;
	struct detect_view name;
	cursor_literal(&c, ok ? VIEW("ok ") : VIEW("not ok "));
	cursor_decimal(&c, &number);
	cursor_blanks(&c);
	if (!cursor_literal(&c, VIEW("- ")))
		cursor_literal(&c, VIEW("-"));
	struct detect_view rest = cursor_rest(&c);
	size_t hash = view_find(rest, VIEW("#"));
	name = view_trim((struct detect_view){rest.ptr, hash});
	struct detect_view reason = {0};
	if (hash < rest.len)
		reason = view_trim(view_from(rest, hash + 1));

	struct ktap_level *l = open_level(k, e, depth, &m->at);
	depth = (unsigned)(l - k->level);
	char path[KTAP_DEPTH * (KTAP_NAME + 1)];
	struct detect_test test = {
	    .at = m->at,
	    .format = DETECT_TEST_KTAP,
	    .result = directive(reason, ok),
	    .path = make_path(k, depth, name, path, sizeof(path)),
	    .name = name,
	    .diagnostic = reason,
	    .number = (uint32_t)number,
	    .planned = l->planned,
	    .depth = depth,
	};
	if (!reason.len)
		test.diagnostic = (struct detect_view){k->diagnostic, k->diagnostic_len};
	l->seen++;
	l->name_len = 0;
	emit_test(e, &test);
	k->diagnostic_len = 0;
}

static void take_plan(struct ktap *k, struct emitter *e, const struct message *m)
{
	struct detect_view body;
	unsigned depth = nesting(m, &body);
	struct cursor c = cursor_of(body);
	uint64_t planned;
	if (!cursor_literal(&c, VIEW("1..")) || !cursor_decimal(&c, &planned))
		return;
	struct ktap_level *l = open_level(k, e, depth, &m->at);
	l->has_plan = true;
	l->planned = (uint32_t)planned;
	l->seen = 0;
	k->active = true;
}

// "# Subtest: name" names the suite around its cases, "# selftests: dir: name" the test that runs.
static void take_name(struct ktap *k, struct emitter *e, const struct message *m,
		      const struct rule_match *match)
{
	struct detect_view body;
	unsigned depth = nesting(m, &body);
	struct detect_view name = view_trim(match->field[FIELD_NAME]);
	bool suite = view_starts(body, VIEW("Subtest:"));
	// The "# " of the line itself is no nesting; a suite's cases are one level deeper than its
	// own result line.
	depth = depth > 0 ? depth - 1 : 0;
	if (suite && m->indent >= 4)
		depth--;
	struct ktap_level *l = open_level(k, e, depth, &m->at);
	set_name(l, name);
	k->active = true;
}

// ---- LTP ----------------------------------------------------------------------------------------

// What stands ahead of a result: the place ("mmap01.c:60") or the test and a number ("df01 2"), or the
// test alone. The test's name, empty when it is neither.
static struct detect_view ltp_test(struct detect_view head)
{
	struct cursor c = cursor_of(head);
	struct detect_view word = cursor_word(&c);
	struct detect_view rest = view_trim(cursor_rest(&c));
	size_t name = 0;
	while (name < word.len &&
	       (is_word(word.ptr[name]) || word.ptr[name] == '-' || word.ptr[name] == '+'))
		name++;
	struct detect_view behind = view_from(word, name);
	bool place = view_starts(behind, VIEW(".c:")) || view_starts(behind, VIEW(".h:"));
	bool shell = view_equal(behind, VIEW(".sh")) || behind.len == 0;
	bool number = rest.len > 0;
	for (size_t i = 0; i < rest.len; i++)
		number = number && is_digit(rest.ptr[i]);
	bool fits = place ? rest.len == 0 : shell && (number || rest.len == 0);
	return (struct detect_view){word.ptr, fits ? name : 0};
}

// LTP's library reports for the test that runs.
static bool is_of_library(struct detect_view test)
{
	return view_starts(test, VIEW("tst_")) || view_starts(test, VIEW("safe_"));
}

static void keep_ltp(struct ktap *k, struct detect_view test)
{
	k->ltp_len = (uint8_t)(test.len < KTAP_NAME ? test.len : KTAP_NAME);
	memcpy(k->ltp, test.ptr, k->ltp_len);
}

static enum detect_test_result ltp_result(struct detect_view behind)
{
	static const struct {
		const char *word;
		enum detect_test_result result;
	} words[] = {
	    {"TPASS", DETECT_TEST_PASS},  {"TFAIL", DETECT_TEST_FAIL}, {"TBROK", DETECT_TEST_ERROR},
	    {"TWARN", DETECT_TEST_ERROR}, {"TCONF", DETECT_TEST_SKIP},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (view_starts(behind, view_of(words[i].word)))
			return words[i].result;
	return DETECT_TEST_RESULT_COUNT;
}

static void take_ltp(struct ktap *k, struct emitter *e, const struct message *m,
		     const struct rule_match *match)
{
	struct detect_view head = match->field[FIELD_NAME], text = match->field[FIELD_TEXT];
	struct detect_view behind = view_from(m->body, (size_t)(head.ptr + head.len - m->body.ptr));
	while (behind.len &&
	       *behind.ptr != 'T') { // a digit of the pattern's own is part of the head
		head.len += is_digit(*behind.ptr);
		behind = view_from(behind, 1);
	}
	struct detect_view test = ltp_test(head);
	enum detect_test_result result = ltp_result(behind);
	if (test.len == 0)
		return;
	if (result == DETECT_TEST_RESULT_COUNT) { // "tag=name stime=..": it begins
		keep_ltp(k, test);
		return;
	}
	if (is_of_library(test) && k->ltp_len)
		test = (struct detect_view){k->ltp, k->ltp_len};
	else if (!is_of_library(test))
		keep_ltp(k, test);
	char where[240]; // the place, which the name does not tell, goes with the text
	size_t len = 0;
	if (view_has(head, VIEW(":")) && head.len + 2 < sizeof(where)) {
		memcpy(where, head.ptr, head.len);
		memcpy(where + head.len, ": ", 2);
		len = head.len + 2;
	}
	size_t take = text.len < sizeof(where) - len ? text.len : sizeof(where) - len;
	if (take)
		memcpy(where + len, text.ptr, take);
	struct detect_test result_of = {
	    .at = m->at,
	    .format = DETECT_TEST_LTP,
	    .result = result,
	    .path = test,
	    .name = test,
	    .diagnostic = {where, len + take},
	};
	emit_test(e, &result_of);
}

void ktap_message(struct ktap *k, struct emitter *e, const struct message *m,
		  const struct rule_match *match)
{
	switch (match->rule->role) {
	case RULE_KTAP_VERSION:
		k->active = true;
		break;
	case RULE_KTAP_PLAN:
		take_plan(k, e, m);
		break;
	case RULE_KTAP_OK:
		take_result(k, e, m, true);
		break;
	case RULE_KTAP_NOT_OK:
		take_result(k, e, m, false);
		break;
	case RULE_KTAP_NAME:
		take_name(k, e, m, match);
		break;
	case RULE_KTAP_BAIL:
		close_levels(k, e, 0, &m->at);
		break;
	case RULE_LTP:
		take_ltp(k, e, m, match);
		break;
	default:
		break;
	}
}

struct detect_view ktap_open_test(const struct ktap *k)
{
	for (unsigned i = k->depth; i-- > 0;)
		if (k->level[i].name_len)
			return level_name(&k->level[i]);
	return (struct detect_view){0};
}

void ktap_end(struct ktap *k, struct emitter *e, const struct detect_place *at)
{
	close_levels(k, e, 0, at);
}
