// SPDX-License-Identifier: GPL-2.0-or-later
// Attributions in words.
#include <stdio.h>

#include "triage/attribution.h"

static const char *const subjects[] = {
    [CAUSE_UNKNOWN] = "",      [CAUSE_EVERYTHING] = "the code, or what all runs share",
    [CAUSE_CODE] = "the code", [CAUSE_BOARD] = "the board",
    [CAUSE_LAB] = "the lab",   [CAUSE_SETUP] = "the setup",
};

static const char *const doubts[] = {
    [DOUBT_NONE] = "",
    [DOUBT_FEW] = "too few runs to tell",
    [DOUBT_BOARDS] = "too few boards to tell",
    [DOUBT_LUCK] = "luck could do it",
    [DOUBT_EFFECT] = "too many exceptions",
    [DOUBT_RIVAL] = "something else fits as well",
    [DOUBT_PARTING] = "can't be told apart",
};

static void put_term(const struct history *h, struct term t, struct buffer *out)
{
	buffer_printf(out, "%s %s", attribute_name(t.attribute), history_text(h, t.value));
}

static void put_terms(const struct history *h, const struct hypothesis *claim, struct buffer *out)
{
	for (size_t i = 0; i < claim->terms_count; i++) {
		buffer_append_str(out, i ? ", " : "");
		put_term(h, claim->terms[i], out);
	}
}

// What else is true of the same cells and another matter: "or host h2".
static void put_others(const struct history *h, const struct attribution *a, struct buffer *out)
{
	for (size_t i = 0; i < a->equals_count; i++)
		if (a->equals[i].another) {
			buffer_append_str(out, " or ");
			put_term(h, a->equals[i].other, out);
		}
}

// What the order of runs made alike: a hint, no doubt.
static void put_order(const struct history *h, const struct attribution *a, struct buffer *out)
{
	bool any = false;
	for (size_t i = 0; i < a->equals_count; i++) {
		const struct equal_term *e = &a->equals[i];
		if (!attribute_is_of_order(e->other.attribute) || e->another)
			continue;
		buffer_append_str(out, any ? ", " : "; by the way all with ");
		put_term(h, e->other, out);
		any = true;
	}
}

static void put_partings(const struct history *h, const struct attribution *a, struct buffer *out)
{
	if (a->partings_count == 0) {
		buffer_append_str(out, "; no board that ran before parts them");
		return;
	}
	buffer_printf(out, "; to part %s: run ", a->partable ? "them" : "some of them");
	for (size_t i = 0; i < a->partings_count; i++)
		buffer_printf(out, "%s%s on %s", i ? ", " : "",
			      history_text(h, a->partings[i].variant),
			      history_text(h, a->partings[i].board));
}

static void put_revisions(const struct attribution *a, struct buffer *out)
{
	struct finding_count r = a->revisions;
	if (a->cause != CAUSE_CODE && a->cause != CAUSE_EVERYTHING)
		return;
	if (r.tried > 1 && r.shown == r.tried)
		buffer_append_str(out, ", all revisions");
	else if (r.tried > 1)
		buffer_printf(out, ", %zu of %zu revisions", r.shown, r.tried);
}

static void put_luck(const struct attribution *a, struct buffer *out)
{
	if (a->cause == CAUSE_EVERYTHING || a->luck >= 1)
		return;
	if (a->luck < 1e-6)
		buffer_append_str(out, " (luck below 0.0001 %)");
	else
		buffer_printf(out, " (luck %.2g %%)", a->luck * 100);
}

void attribution_sentence(const struct history *h, const struct attribution *a, struct buffer *out)
{
	if (a->cause == CAUSE_UNKNOWN) {
		buffer_append_str(out,
				  "can't be told: nothing that the runs differ in explains it");
		return;
	}
	bool sure = a->doubt == DOUBT_NONE;
	buffer_printf(out, "%s%s", sure ? "" : "perhaps ", subjects[a->cause]);
	if (a->cause != CAUSE_EVERYTHING)
		buffer_append_str(out, ": ");
	put_terms(h, &a->claim, out);
	put_others(h, a, out);
	buffer_printf(out, ": %zu/%zu board%s", a->boards.shown, a->boards.tried,
		      a->boards.tried == 1 ? "" : "s");
	if (a->other_boards.tried)
		buffer_printf(out, " against %zu/%zu", a->other_boards.shown,
			      a->other_boards.tried);
	put_revisions(a, out);
	put_luck(a, out);
	put_order(h, a, out);
	if (!sure)
		buffer_printf(out, "; %s", doubts[a->doubt]);
	if (a->doubt == DOUBT_RIVAL) {
		buffer_append_str(out, ": ");
		put_terms(h, &a->rival, out);
	}
	if (a->doubt == DOUBT_PARTING)
		put_partings(h, a, out);
}

// ---- JSON ---------------------------------------------------------------------------------------

static const char *const doubt_names[] = {
    [DOUBT_NONE] = "none",       [DOUBT_FEW] = "few",       [DOUBT_BOARDS] = "boards",
    [DOUBT_LUCK] = "luck",       [DOUBT_EFFECT] = "effect", [DOUBT_RIVAL] = "rival",
    [DOUBT_PARTING] = "parting",
};

static void json_term(const struct history *h, struct term t, struct json_writer *w)
{
	json_put_text(w, "attribute", attribute_name(t.attribute));
	json_put_text(w, "value", history_text(h, t.value));
}

static void json_terms(const struct history *h, const char *key, const struct hypothesis *claim,
		       struct json_writer *w)
{
	json_put_array(w, key);
	for (size_t i = 0; i < claim->terms_count; i++) {
		json_put_object(w, NULL);
		json_term(h, claim->terms[i], w);
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
}

void finding_count_json(const char *key, struct finding_count c, struct json_writer *w)
{
	json_put_object(w, key);
	json_put_int(w, "shown", (int64_t)c.shown);
	json_put_int(w, "tried", (int64_t)c.tried);
	json_put_end(w, '}');
}

static void json_equals(const struct history *h, const struct attribution *a, struct json_writer *w)
{
	json_put_array(w, "same_cells");
	for (size_t i = 0; i < a->equals_count; i++) {
		json_put_object(w, NULL);
		json_put_int(w, "term", (int64_t)a->equals[i].term);
		json_term(h, a->equals[i].other, w);
		json_put_flag(w, "another_matter", a->equals[i].another);
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
	json_put_array(w, "to_part");
	for (size_t i = 0; i < a->partings_count; i++) {
		json_put_object(w, NULL);
		json_put_text(w, "variant", history_text(h, a->partings[i].variant));
		json_put_text(w, "board", history_text(h, a->partings[i].board));
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
}

void attribution_json(const struct history *h, const struct attribution *a, struct json_writer *w)
{
	CLEANUP_BUFFER struct buffer words = {0};
	attribution_sentence(h, a, &words);
	json_put_object(w, "who");
	json_put_text(w, "cause", cause_name(a->cause));
	json_put_flag(w, "sure", a->doubt == DOUBT_NONE);
	json_put_text(w, "doubt", doubt_names[a->doubt]);
	json_put_text(w, "words", buffer_str(&words));
	json_terms(h, "claim", &a->claim, w);
	if (a->doubt == DOUBT_RIVAL)
		json_terms(h, "rival", &a->rival, w);
	json_equals(h, a, w);
	finding_count_json("inside", a->inside, w);
	finding_count_json("outside", a->outside, w);
	finding_count_json("boards", a->boards, w);
	finding_count_json("other_boards", a->other_boards, w);
	finding_count_json("revisions", a->revisions, w);
	json_put_digits(w, "luck", a->luck, 4);
	json_put_digits(w, "luck_boards", a->luck_boards, 4);
	json_put_digits(w, "luck_runs", a->luck_runs, 4);
	json_put_end(w, '}');
}
