// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/known.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "triage/triage_text.h"

static bool fits(const char *pattern, const char *text)
{
	return !pattern || (text && fnmatch(pattern, text, 0) == 0);
}

static bool fits_symptom(const struct known_issue *i, const struct symptom *s)
{
	bool splat = s->kind == SYMPTOM_SPLAT;
	if (i->signature && !(splat && s->sig2 && strcmp(i->signature, s->sig2) == 0))
		return false;
	if (i->class && !(splat && s->class && strcmp(i->class, s->class) == 0))
		return false;
	if (i->test && s->kind != SYMPTOM_TEST)
		return false;
	return fits(i->text, s->name) && fits(i->test, s->name) && fits(i->function, s->function) &&
	       fits(i->file, s->file);
}

static bool fits_run(const struct known_issue *i, const struct history *h,
		     const struct history_run *r)
{
	const uint32_t *v = r->values;
	return fits(i->job, h->batches[r->batch].job) &&
	       fits(i->variant, history_text(h, v[ATTRIBUTE_VARIANT])) &&
	       fits(i->board, history_text(h, v[ATTRIBUTE_BOARD])) &&
	       fits(i->pool, history_text(h, v[ATTRIBUTE_POOL])) &&
	       fits(i->type, history_text(h, v[ATTRIBUTE_TYPE])) &&
	       fits(i->cpu, history_text(h, v[ATTRIBUTE_REVISION]));
}

bool known_fits(const struct known_issue *i, const struct history *h, const struct symptom *s,
		const struct history_run *r)
{
	return fits_symptom(i, s) && fits_run(i, h, r);
}

// ---- what became of each ------------------------------------------------------------------------

static void look_at(const struct known_issue *i, const struct history *h, bool *symptoms,
		    struct known_state *out)
{
	*out = (struct known_state){.last = HISTORY_NONE};
	for (size_t k = 0; k < h->symptoms_count; k++)
		symptoms[k] = fits_symptom(i, &h->symptoms[k]);
	bool *seen = memory_new(h->symptoms_count + 1, sizeof(*seen));
	for (size_t k = 0; k < h->sightings_count; k++) {
		const struct sighting *g = &h->sightings[k];
		const struct history_run *r = &h->runs[g->run];
		if (g->wanted || !symptoms[g->symptom] || !fits_run(i, h, r))
			continue;
		out->sightings++;
		out->last = r->batch;
		if (!seen[g->symptom] && out->signatures < 2)
			out->first_two[out->signatures] = (uint32_t)g->symptom;
		out->signatures += !seen[g->symptom];
		seen[g->symptom] = true;
	}
	free(seen);
	size_t now = h->batches_count - 1;
	out->ambiguous = out->signatures > 1 && !i->broad;
	out->seen_again = i->resolved && out->last == now;
	size_t without = out->last == HISTORY_NONE ? h->batches_count : now - out->last;
	out->unseen = without >= (size_t)i->expires;
}

void known_look(const struct issues_config *issues, const struct history *h,
		struct known_state *states)
{
	bool *symptoms = memory_new(h->symptoms_count + 1, sizeof(*symptoms));
	for (size_t i = 0; i < issues->count && h->batches_count; i++)
		look_at(&issues->items[i], h, symptoms, &states[i]);
	free(symptoms);
}

// ---- findings -----------------------------------------------------------------------------------

// Whether the issue stands for every run of the last batch that shows the finding.
static bool covers(const struct known_issue *i, const struct history *h,
		   const struct triage_finding *f)
{
	const struct history_batch *b = &h->batches[h->batches_count - 1];
	const struct symptom *s = &h->symptoms[f->symptom];
	if (!fits_symptom(i, s))
		return false;
	for (size_t k = b->first; k < b->first + b->count; k++) {
		const struct sighting *g = history_shows(h, k, f->symptom);
		if (g && !g->wanted && !fits_run(i, h, &h->runs[k]))
			return false;
	}
	return true;
}

void known_apply(const struct issues_config *issues, const struct known_state *states,
		 struct findings *f)
{
	for (size_t i = 0; i < f->count; i++)
		for (size_t k = 0; k < issues->count && finding_is_red(&f->items[i]); k++) {
			const struct known_issue *issue = &issues->items[k];
			if (states[k].ambiguous || issue->resolved ||
			    !covers(issue, f->history, &f->items[i]))
				continue;
			f->items[i].class = FINDING_KNOWN;
			f->items[i].confirmed = true;
			f->items[i].issue = issue;
		}
	findings_sort(f);
}

// ---- words --------------------------------------------------------------------------------------

static void put_key(const char *key, const char *text, struct buffer *out)
{
	if (!text || !text[0])
		return;
	buffer_printf(out, "    %s: ", key);
	config_dump_string(text, out);
	buffer_append_str(out, "\n");
}

// A pattern that fits the text alone.
static void put_pattern(const char *key, const char *text, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer quoted = {0};
	for (const char *c = text; *c; c++) {
		if (strchr("*?[\\", *c))
			buffer_append_str(&quoted, "\\");
		buffer_append(&quoted, c, 1);
	}
	put_key(key, buffer_str(&quoted), out);
}

// "warn-split_guard": letters, digits, '.', '_' and '-' of what it is about.
static void put_name(const struct symptom *s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	size_t len = 0;
	if (s->kind == SYMPTOM_SPLAT && s->function)
		buffer_printf(&text, "%s-%s", s->class ? s->class : "splat", s->function);
	else
		buffer_printf(&text, "i-%s", s->name);
	for (const char *c = buffer_str(&text); *c && len < 48; c++, len++) {
		bool word = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
			    (*c >= '0' && *c <= '9') || *c == '.' || *c == '_';
		buffer_append(out, word ? c : "-", 1);
	}
}

void known_draft(const struct history *h, const struct symptom *s, const struct history_run *r,
		 struct buffer *out)
{
	CLEANUP_BUFFER struct buffer title = {0};
	symptom_title(s, &title);
	buffer_append_str(out, "  ");
	put_name(s, out);
	buffer_append_str(out, ":\n");
	put_key("title", buffer_str(&title), out);
	buffer_append_str(out, "    owner: you@example.org  # who answers for it\n");
	put_key("class", s->kind == SYMPTOM_SPLAT ? s->class : NULL, out);
	put_key("signature", s->kind == SYMPTOM_SPLAT ? s->sig2 : NULL, out);
	if (s->kind != SYMPTOM_SPLAT)
		put_pattern(s->kind == SYMPTOM_TEST ? "test" : "text", s->name, out);
	put_pattern("pool", history_text(h, r->values[ATTRIBUTE_POOL]), out);
}

void known_warn(const struct issues_config *issues, const struct known_state *states,
		const struct history *h, struct buffer *out)
{
	for (size_t i = 0; i < issues->count; i++) {
		const struct known_state *s = &states[i];
		CLEANUP_FREE char *place = config_place(issues->items[i].node);
		if (!s->ambiguous && !s->unseen && !s->seen_again)
			continue;
		buffer_printf(out, "%s: %s", place, issues->items[i].name);
		if (s->ambiguous) {
			buffer_printf(out, " excuses nothing: it fits %zu unlike faults (",
				      s->signatures);
			symptom_title(&h->symptoms[s->first_two[0]], out);
			buffer_append_str(out, "; ");
			symptom_title(&h->symptoms[s->first_two[1]], out);
			buffer_append_str(out, ") and does not say `broad: true`");
		} else if (s->seen_again) {
			buffer_append_str(out, " is said to be resolved, and is seen again");
		} else {
			buffer_printf(out, " was not seen for %lld batches: it may go",
				      (long long)issues->items[i].expires);
		}
		buffer_append_str(out, "\n");
	}
}
