// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/confirm.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool is_confirmed_by(const struct run *r, const struct run *other)
{
	return other->confirms && strcmp(other->confirms, r->id) == 0;
}

static bool has_verdict(const struct run *r)
{
	return r->verdict == STATUS_FAIL || r->verdict == STATUS_PASS || r->verdict == STATUS_DONE;
}

struct tally {
	const struct batch_results *batch;
	confirm_shows *shows;
	void *arg;
	const char **boards; // that show it
	const char *first;   // board of the first run
	struct confirm_counts *out;
};

static void add_board(struct tally *t, const char *name)
{
	for (size_t i = 0; i < t->out->boards; i++)
		if (strcmp(t->boards[i], name) == 0)
			return;
	t->boards[t->out->boards++] = name;
}

static void add_run(struct tally *t, const struct run *r)
{
	t->out->tried++;
	t->out->elsewhere |= strcmp(r->board->name, t->first) != 0;
	if (!t->shows(r, t->arg))
		return;
	t->out->shown++;
	add_board(t, r->board->name);
}

static void add_confirmed(struct tally *t, const struct run *r)
{
	size_t others = 0;
	for (size_t i = 0; i < t->batch->runs_count; i++)
		others += is_confirmed_by(r, t->batch->runs[i]) && has_verdict(t->batch->runs[i]);
	if (others == 0)
		return;
	t->first = t->first ? t->first : r->board->name;
	add_run(t, r);
	for (size_t i = 0; i < t->batch->runs_count; i++)
		if (is_confirmed_by(r, t->batch->runs[i]) && has_verdict(t->batch->runs[i]))
			add_run(t, t->batch->runs[i]);
}

bool confirm_count(const struct batch_results *b, const struct run *only, confirm_shows *shows,
		   void *arg, struct confirm_counts *out)
{
	*out = (struct confirm_counts){0};
	CLEANUP_FREE const char **boards = memory_new(b->runs_count, sizeof(*boards));
	struct tally t = {b, shows, arg, boards, NULL, out};
	for (size_t i = 0; i < b->runs_count; i++) {
		const struct run *r = b->runs[i];
		if ((!only || r == only) && !r->confirms && shows(r, arg))
			add_confirmed(&t, r);
	}
	return out->tried > 0;
}

void confirm_words(const struct confirm_counts *c, struct buffer *out)
{
	static const char *const numbers[] = {"no", "one", "two", "three", "four", "five", "six"};
	buffer_printf(out, "%zu/%zu", c->shown, c->tried);
	if (c->boards > 1 && c->boards < sizeof(numbers) / sizeof(numbers[0]))
		buffer_printf(out, " on %s boards", numbers[c->boards]);
	else if (c->boards > 1)
		buffer_printf(out, " on %zu boards", c->boards);
	else
		buffer_append_str(out, c->elsewhere ? ", this board only" : " on this board");
}
