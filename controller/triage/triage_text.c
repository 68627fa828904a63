// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/triage_text.h"

#include <ctype.h>
#include <string.h>

#include "config/issues.h"
#include "record/json_fields.h"
#include "results/report/show.h"
#include "text/utf8.h"
#include "triage/attribution.h"

#define INDENT    "               "
#define ALSO_MAX  3   // that are named
#define TITLE_MAX 100 // bytes of a reason or a path

// ---- words of one finding -----------------------------------------------------------------------

void symptom_title(const struct symptom *s, struct buffer *out)
{
	if (s->kind != SYMPTOM_SPLAT || !s->function || !s->function[0]) {
		size_t len = strlen(s->name);
		buffer_append(out, s->name, utf8_cut(s->name, len, TITLE_MAX));
		return;
	}
	for (const char *c = s->class; c && *c; c++) {
		char upper = (char)toupper((unsigned char)*c);
		buffer_append(out, &upper, 1);
	}
	buffer_printf(out, " in %s", s->function);
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void finding_where(const struct findings *all, const struct triage_finding *f, struct buffer *out)
{
	for (size_t i = 0; i < f->pools_count; i++) {
		const struct finding_pool *p = &f->pools[i];
		const char *name = history_text(all->history, p->pool);
		const char *joint = i == 0 ? "" : i + 1 == f->pools_count ? " and " : ", ";
		buffer_printf(out, "%s%zu/%zu %s%sboard%s", joint, p->shown, p->tried, name,
			      name[0] ? " " : "", plural(p->tried));
	}
	if (f->others.tried)
		buffer_printf(out, ", 0/%zu other%s", f->others.tried, plural(f->others.tried));
}

static void put_batch(const struct findings *all, size_t batch, struct buffer *out)
{
	const struct history_batch *b = &all->history->batches[batch];
	show_time(b->start_time, out);
	if (b->commit_name)
		buffer_printf(out, " (%s)", b->commit_name);
}

void finding_window(const struct findings *all, const struct triage_finding *f, struct buffer *out)
{
	size_t now = all->history->batches_count - 1;
	if (f->class == FINDING_FIXED) {
		buffer_append_str(out, "last seen ");
		put_batch(all, f->last_bad, out);
		buffer_append_str(out, ", first ");
		put_batch(all, f->first_bad, out);
		return;
	}
	buffer_append_str(out, "first bad ");
	put_batch(all, f->first_bad, out);
	if (f->first_bad == now)
		buffer_append_str(out, ", this batch");
	else
		buffer_printf(out, ", %zu batches ago", now - f->first_bad);
	if (f->last_good == HISTORY_NONE) {
		buffer_append_str(out, f->first_bad == 0 && now > 0 ? " or earlier" : "");
		buffer_append_str(out, "; no earlier batch tells");
		return;
	}
	buffer_append_str(out, "; last good ");
	put_batch(all, f->last_good, out);
}

static void put_chance(double chance, struct buffer *out)
{
	if (chance < 1e-6)
		buffer_append_str(out, "luck below 0.0001 %");
	else
		buffer_printf(out, "luck %.2g %%", chance * 100);
}

static void put_doubt(const struct findings *all, const struct triage_finding *f,
		      struct buffer *out)
{
	(void)all;
	if (f->before.tried == 0)
		buffer_append_str(out, "; not sure: nothing earlier to hold it against");
	else if (f->class == FINDING_NEW && f->now.shown < 2)
		buffer_append_str(out, "; not sure: one run only");
	else if (f->class == FINDING_NEW && f->boards < 2)
		buffer_append_str(out, "; not sure: one board only");
	else
		buffer_append_str(out, "; not sure yet");
}

void finding_evidence(const struct findings *all, const struct triage_finding *f,
		      struct buffer *out)
{
	const char *when = f->class == FINDING_FIXED ? " since" : "";
	buffer_printf(out, "%zu of %zu run%s%s", f->now.shown, f->now.tried, plural(f->now.tried),
		      when);
	if (f->before.tried && f->class != FINDING_INFRA && f->class != FINDING_LOST_COVERAGE)
		buffer_printf(out, ", %zu of %zu before", f->before.shown, f->before.tried);
	if (f->chance < 1) {
		buffer_append_str(out, " (");
		put_chance(f->chance, out);
		buffer_append_str(out, ")");
	}
	if (f->disagree)
		buffer_printf(out, ", %zu clean run%s of the same in between", f->disagree,
			      plural(f->disagree));
	if (f->class == FINDING_NEW && f->returned)
		buffer_append_str(out, ", came back");
	if (!f->confirmed)
		put_doubt(all, f, out);
}

// ---- text ---------------------------------------------------------------------------------------

static void put_class(const struct triage_finding *f, struct buffer *out)
{
	char word[24];
	snprintf(word, sizeof(word), "%s%s", finding_class_name(f->class), f->confirmed ? "" : "?");
	buffer_printf(out, "%-14s ", word);
}

static void put_title(const struct findings *all, const struct triage_finding *f,
		      struct buffer *out)
{
	const struct symptom *s = &all->history->symptoms[f->symptom];
	symptom_title(s, out);
	if (s->file && s->file[0])
		buffer_printf(out, " (%s)", s->file);
	for (size_t i = 0; i < f->also_count && i < ALSO_MAX; i++) {
		buffer_append_str(out, i ? ", " : "; with it ");
		symptom_title(&all->history->symptoms[f->also[i]], out);
	}
	if (f->also_count > ALSO_MAX)
		buffer_printf(out, " and %zu more", f->also_count - ALSO_MAX);
}

static void put_setup(const struct findings *all, const struct triage_finding *f,
		      struct buffer *out)
{
	if (!f->setup_old)
		return;
	buffer_printf(out, "; %s changed: %s, was %s", attribute_name(f->setup),
		      history_text(all->history, f->setup_new),
		      history_text(all->history, f->setup_old));
}

static void put_who(const struct findings *all, const struct triage_finding *f, struct buffer *out)
{
	if (!f->who)
		return;
	buffer_append_str(out, INDENT);
	attribution_sentence(all->history, f->who, out);
	buffer_append_str(out, "\n");
}

static void put_why_known(const struct triage_finding *f, struct buffer *out)
{
	if (!f->issue) {
		buffer_append_str(out, ", as the job wants\n");
		return;
	}
	CLEANUP_FREE char *place = config_place(f->issue->node);
	buffer_printf(out, ": issue %s (%s)", f->issue->name, place);
	if (f->issue->link)
		buffer_printf(out, ", %s", f->issue->link);
	buffer_append_str(out, "\n");
}

static void put_known(const struct findings *all, const struct triage_finding *f,
		      struct buffer *out)
{
	put_class(f, out);
	put_title(all, f, out);
	buffer_append_str(out, " on ");
	finding_where(all, f, out);
	put_why_known(f, out);
	put_who(all, f, out);
}

static void put_finding(const struct findings *all, const struct triage_finding *f,
			struct buffer *out)
{
	const struct history_run *run = &all->history->runs[f->example];
	put_class(f, out);
	put_title(all, f, out);
	buffer_append_str(out, "\n" INDENT "on ");
	finding_where(all, f, out);
	buffer_append_str(out, "; ");
	finding_evidence(all, f, out);
	buffer_append_str(out, "\n" INDENT);
	finding_window(all, f, out);
	put_setup(all, f, out);
	buffer_append_str(out, "\n");
	put_who(all, f, out);
	buffer_append_str(out, INDENT "mmfarm show ");
	buffer_append_str(out, run->id);
	if (f->sighting && f->sighting->line != FIELDS_UNKNOWN)
		buffer_printf(out, "   (line %lld)", (long long)f->sighting->line);
	buffer_append_str(out, "\n");
}

static void put_head(const struct findings *all, struct buffer *out)
{
	const struct history *h = all->history;
	const struct history_batch *b = &h->batches[h->batches_count - 1];
	buffer_printf(out, "%s: %zu run%s", b->id, b->count, plural(b->count));
	if (b->commit_name)
		buffer_printf(out, " of %s", b->commit_name);
	buffer_printf(out, ", %zu earlier batch%s", h->batches_count - 1,
		      h->batches_count == 2 ? "" : "es");
	const char *joint = ": ";
	for (size_t i = 0; i < FINDING_CLASSES; i++)
		if (all->by_class[i]) {
			buffer_printf(out, "%s%zu %s", joint, all->by_class[i],
				      finding_class_name((enum finding_class)i));
			joint = ", ";
		}
	buffer_append_str(out, all->count ? "\n" : ": nothing found\n");
}

void triage_write_text(const struct findings *f, struct buffer *out)
{
	put_head(f, out);
	for (size_t i = 0; i < f->count; i++)
		if (f->items[i].class == FINDING_KNOWN)
			put_known(f, &f->items[i], out);
		else
			put_finding(f, &f->items[i], out);
}

// ---- JSON ---------------------------------------------------------------------------------------

static void json_batch(const struct findings *f, const char *key, size_t batch,
		       struct json_writer *w)
{
	if (batch == HISTORY_NONE)
		return;
	const struct history_batch *b = &f->history->batches[batch];
	json_put_object(w, key);
	json_put_text(w, "batch", b->id);
	json_put_text_if(w, "start_time", b->start_time);
	json_put_text_if(w, "commit", b->commit);
	json_put_end(w, '}');
}

static void json_symptom(const struct symptom *s, const char *key, struct json_writer *w)
{
	static const char *const kinds[] = {[SYMPTOM_SPLAT] = "splat",
					    [SYMPTOM_TEST] = "test",
					    [SYMPTOM_RUN] = "run",
					    [SYMPTOM_LAB] = "lab"};
	CLEANUP_BUFFER struct buffer title = {0};
	symptom_title(s, &title);
	json_put_object(w, key);
	json_put_text(w, "kind", kinds[s->kind]);
	json_put_text(w, "title", buffer_str(&title));
	json_put_text(w, "status", status_name(s->status));
	json_put_text_if(w, "class", s->class);
	json_put_text_if(w, "sig2", s->sig2);
	json_put_text(w, "name", s->name);
	json_put_text_if(w, "function", s->function);
	json_put_text_if(w, "file", s->file);
	json_put_end(w, '}');
}

static void json_where(const struct findings *all, const struct triage_finding *f,
		       struct json_writer *w)
{
	finding_count_json("boards", (struct finding_count){f->boards, f->boards_tried}, w);
	json_put_array(w, "pools");
	for (size_t i = 0; i < f->pools_count; i++) {
		json_put_object(w, NULL);
		json_put_text(w, "pool", history_text(all->history, f->pools[i].pool));
		json_put_int(w, "shown", (int64_t)f->pools[i].shown);
		json_put_int(w, "tried", (int64_t)f->pools[i].tried);
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
	json_put_int(w, "other_boards", (int64_t)f->others.tried);
}

static void json_example(const struct findings *all, const struct triage_finding *f,
			 struct json_writer *w)
{
	json_put_object(w, "example");
	json_put_text(w, "run", all->history->runs[f->example].id);
	if (f->sighting) {
		json_put_int_if(w, "line", f->sighting->line);
		json_put_int_if(w, "byte_first", f->sighting->byte_first);
		json_put_int_if(w, "byte_last", f->sighting->byte_last);
	}
	json_put_end(w, '}');
}

static void json_issue(const struct known_issue *i, struct json_writer *w)
{
	CLEANUP_FREE char *place = config_place(i->node);
	json_put_object(w, "issue");
	json_put_text(w, "name", i->name);
	json_put_text(w, "place", place);
	json_put_text(w, "title", i->title);
	json_put_text(w, "owner", i->owner);
	json_put_text_if(w, "link", i->link);
	json_put_int(w, "severity", i->severity);
	json_put_end(w, '}');
}

static void json_finding(const struct findings *all, const struct triage_finding *f,
			 struct json_writer *w)
{
	json_put_line(w);
	json_put_object(w, NULL);
	json_put_text(w, "class", finding_class_name(f->class));
	json_put_flag(w, "confirmed", f->confirmed);
	if (f->wanted)
		json_put_flag(w, "wanted", true);
	json_symptom(&all->history->symptoms[f->symptom], "symptom", w);
	json_put_array(w, "also");
	for (size_t i = 0; i < f->also_count; i++)
		json_symptom(&all->history->symptoms[f->also[i]], NULL, w);
	json_put_end(w, ']');
	json_where(all, f, w);
	finding_count_json("now", f->now, w);
	finding_count_json("before", f->before, w);
	json_put_digits(w, "luck", f->chance, 4);
	json_put_int(w, "disagree", (int64_t)f->disagree);
	json_batch(all, "first_bad", f->first_bad, w);
	json_batch(all, "last_good", f->last_good, w);
	if (f->class == FINDING_FIXED)
		json_batch(all, "last_bad", f->last_bad, w);
	if (f->setup_old) {
		json_put_object(w, "setup");
		json_put_text(w, "attribute", attribute_name(f->setup));
		json_put_text(w, "was", history_text(all->history, f->setup_old));
		json_put_text(w, "is", history_text(all->history, f->setup_new));
		json_put_end(w, '}');
	}
	if (f->issue)
		json_issue(f->issue, w);
	if (f->who)
		attribution_json(all->history, f->who, w);
	json_example(all, f, w);
	json_put_end(w, '}');
}

void triage_write_json(const struct findings *f, struct json_writer *w)
{
	const struct history *h = f->history;
	json_put_object(w, NULL);
	json_put_text(w, "batch", h->batches[h->batches_count - 1].id);
	json_put_int(w, "runs", (int64_t)h->batches[h->batches_count - 1].count);
	json_put_int(w, "earlier_batches", (int64_t)h->batches_count - 1);
	json_put_array(w, "findings");
	for (size_t i = 0; i < f->count; i++)
		json_finding(f, &f->items[i], w);
	json_put_end(w, ']');
	json_put_end(w, '}');
}
