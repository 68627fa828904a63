// SPDX-License-Identifier: GPL-2.0-or-later
// Why a run waits, in words.
#include <string.h>

#include "base/memory.h"
#include "schedule/planner_state.h"

void planner_clock_text(int64_t at_s, char out[CLOCK_RFC3339_SIZE])
{
	clock_rfc3339(at_s * NS_PER_S, out);
	char *fraction = strchr(out, '.');
	if (fraction)
		memcpy(fraction, "Z", 2);
}

// The run that is in the way, if it still is there.
static const struct queued_run *blocker(const struct planner *p, const struct hold *h)
{
	const struct queued_batch *b = planner_batch_find(p, h->batch);
	return b && h->by < b->count ? &b->runs[h->by] : NULL;
}

static char *say_board(const struct planner *p, const struct queued_run *r)
{
	const struct queued_run *by = blocker(p, &r->hold);
	if (!by)
		return memory_printf("board %s has just become free", r->board->row.name);
	return memory_printf("board %s runs %s of %s, batch %s", r->board->row.name, by->variant,
			     by->batch->row.job, by->batch->row.id);
}

static char *say_behind(const struct planner *p, const struct queued_run *r)
{
	const struct queued_run *by = blocker(p, &r->hold);
	if (!by)
		return memory_strdup("the run ahead of it has just begun");
	return memory_printf("%s of %s on %s goes first, and needs %u CPUs", by->variant,
			     by->batch->row.job, by->board->row.name, by->cpus);
}

static char *say_reserved(const struct planner *p, const struct queued_run *r)
{
	const struct reservation_row *own = planner_reserved(p, r->board->row.name, p->picked_s);
	if (!own)
		return memory_printf("board %s was reserved until now", r->board->row.name);
	char from[CLOCK_RFC3339_SIZE], until[CLOCK_RFC3339_SIZE];
	planner_clock_text(own->from_s, from);
	planner_clock_text(own->until_s, until);
	return memory_printf("board %s is reserved by %s from %s until %s (%s)", r->board->row.name,
			     own->who, from, until, own->why);
}

char *planner_explain(const struct planner *p, const struct queued_run *r)
{
	const struct planned_board *b = r->board;
	switch (r->hold.kind) {
	case HOLD_NONE:
		return NULL;
	case HOLD_DRAINING:
		return memory_strdup("the farm is draining: it begins nothing more");
	case HOLD_STUCK:
		return memory_printf("the farm begins nothing: %s", p->stuck ? p->stuck : "");
	case HOLD_BOARD:
		return say_board(p, r);
	case HOLD_LEASE:
		return memory_printf("board %s is %s", b->row.name,
				     r->waits ? r->waits : "in use by another");
	case HOLD_HEALTH:
		return planner_health_explain(b);
	case HOLD_RESERVED:
		return say_reserved(p, r);
	case HOLD_POWER_CAP:
		return memory_printf("board %s has had its %u power cycles of this night",
				     b->row.name, b->power_cap);
	case HOLD_ERASE_CAP:
		return memory_printf("board %s has had its %u erase cycles of this night",
				     b->row.name, b->erase_cap);
	case HOLD_CPUS:
		return memory_printf("%u of %u CPUs are in use, board %s needs %u", r->hold.cpus,
				     p->limits.cpus, b->row.name, r->cpus);
	case HOLD_BEHIND:
		return say_behind(p, r);
	}
	return NULL;
}
