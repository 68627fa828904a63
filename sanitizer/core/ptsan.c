// SPDX-License-Identifier: GPL-2.0-or-later
#include "state.h"

#include <stdlib.h>
#include <string.h>

struct ptsan *ptsan_new(const struct ptsan_config *config)
{
	struct ptsan *p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->config = *config;
	if (!p->config.late)
		p->config.late = PTSAN_LATE;
	p->tables.read = config->read;
	p->tables.arg = config->arg;
	p->stale.tables = &p->tables;
	p->stale.trace = config->trace;
	p->stale.arg = config->arg;
	return p;
}

void ptsan_free(struct ptsan *p)
{
	if (!p)
		return;
	stale_set_deinit(&p->stale);
	table_set_deinit(&p->tables);
	free(p);
}

void ptsan_tell(struct ptsan *p, const struct ptsan_finding *f)
{
	uint8_t concerned = f->below >= PTSAN_ALL_LEVELS ? 0xff : (uint8_t)((1u << f->below) - 1);
	if (!(p->config.levels & concerned))
		return;
	p->totals.findings++;
	p->config.emit(p->config.arg, f);
}

struct ptsan_finding finding_of(const struct ptsan_event *e, enum ptsan_kind kind,
				const struct stale *r)
{
	struct ptsan_finding f = {
	    .kind = kind,
	    .cpu = e->cpu,
	    .below = PTSAN_ALL_LEVELS,
	    .level = r->level,
	    .asid = r->global ? PTSAN_GLOBAL_ASID : r->asid,
	    .pc = e->pc,
	    .va = r->start,
	    .old_descriptor = r->old,
	    .has_author = true,
	    .author_cpu = r->author,
	    .author_pc = r->author_pc,
	    .author_frames = r->author_frames,
	    .hint_excluded = r->hint_excluded,
	};
	memcpy(f.author_trace, r->author_trace, sizeof(f.author_trace));
	return f;
}

bool ptsan_is_watched(const struct ptsan *p, uint64_t address)
{
	return table_may_hold(&p->tables, address) && table_at(&p->tables, address);
}

bool ptsan_may_be_watched(const struct ptsan *p, uint64_t address)
{
	return table_may_hold(&p->tables, address);
}

bool ptsan_translate(const struct ptsan *p, uint8_t cpu, enum ptsan_regime regime, uint64_t va,
		     uint64_t *address)
{
	const struct root *root = p->cpus[cpu].regimes[regime].roots[va >> 55 & 1];
	uint64_t descriptor;
	int level;
	if (!root || !root_translate(&p->tables, root, va, &descriptor, &level))
		return false;
	uint64_t offset = va & (geometry_entry_size(&root->geometry, level) - 1);
	*address = descriptor_address(&root->geometry, descriptor, level) + offset;
	return true;
}

bool ptsan_wants_access(const struct ptsan *p)
{
	return p->stale.revoked || p->fresh_total;
}

void ptsan_set_image(struct ptsan *p, uint64_t va, uint64_t address)
{
	p->image_known = true;
	p->image_offset = va - address;
}

void ptsan_take(struct ptsan *p, const struct ptsan_event *e)
{
	static void (*const take[])(struct ptsan *, const struct ptsan_event *) = {
	    [PTSAN_STORE] = ptsan_store,     [PTSAN_REGISTER] = ptsan_register,
	    [PTSAN_TLBI] = ptsan_invalidate, [PTSAN_DSB] = ptsan_dsb,
	    [PTSAN_ISB] = ptsan_synchronize, [PTSAN_RETURN_USER] = ptsan_return_user,
	    [PTSAN_ACCESS] = ptsan_access,
	};
	p->cpus[e->cpu].time = e->time;
	take[e->kind](p, e);
}

uint64_t ptsan_breaks(const struct ptsan *p)
{
	return p->totals.breaks;
}

uint64_t ptsan_flushed(const struct ptsan *p)
{
	return p->totals.flushed;
}

static uint64_t count_missed(const struct ptsan *p, const struct table *t)
{
	// What a walk writes by itself: the access flag, and the write right of a managed leaf.
	static const uint64_t by_hardware = DESCRIPTOR_AF | DESCRIPTOR_READ_ONLY;
	uint64_t missed = 0;
	for (unsigned i = 0; i < t->entries; i++) {
		uint64_t word = 0;
		if (!p->tables.read(p->tables.arg, t->address + 8ull * i, &word, 1))
			continue;
		missed += ((word ^ t->shadow[i]) & ~by_hardware) != 0;
	}
	return missed;
}

uint64_t ptsan_missed_stores(struct ptsan *p)
{
	uint64_t missed = 0;
	for (size_t i = 0; i < TABLE_BUCKETS; i++)
		for (struct table *t = p->tables.buckets[i]; t; t = t->next)
			if (!t->detached)
				missed += count_missed(p, t);
	return missed;
}

void ptsan_totals(const struct ptsan *p, struct ptsan_totals *out)
{
	*out = p->totals;
	out->tables = p->tables.count;
	out->tables_peak = p->tables.peak;
	out->records = p->stale.count;
	out->records_peak = p->stale.peak;
	out->overflow = p->tables.overflow || p->stale.overflow;
}
