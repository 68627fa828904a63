// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "state.h"

#define WORDS 512

// Whether the memory behind two output addresses holds the same bytes. Only pages are compared.
static bool same_contents(const struct ptsan *p, uint64_t a, uint64_t b)
{
	uint64_t x[WORDS], y[WORDS];
	return p->tables.read(p->tables.arg, a, x, WORDS) &&
	       p->tables.read(p->tables.arg, b, y, WORDS) && memcmp(x, y, sizeof(x)) == 0;
}

static uint64_t output(const struct geometry *g, const struct leaf *l, uint64_t va)
{
	return descriptor_address(g, l->descriptor, l->level) + (va - l->va);
}

unsigned leaf_compare(const struct ptsan *p, uint8_t cpu, enum ptsan_regime regime,
		      const struct geometry *g, const struct leaf *old, const struct leaf *new,
		      uint64_t va)
{
	uint64_t a = old->descriptor, b = new->descriptor;
	uint64_t mair = p->cpus[cpu].regimes[regime].registers[PTSAN_MAIR];
	unsigned differs = 0;
	uint64_t from = output(g, old, va), to = output(g, new, va);
	if (from != to) {
		// Read-only copies of one page may follow each other (RWHZWS).
		bool writable = (descriptor_rights(a) | descriptor_rights(b)) & RIGHT_KERNEL_WRITE;
		if (writable || old->level != PTSAN_LEAF_LEVEL || new->level != PTSAN_LEAF_LEVEL ||
		    g->shift != 12 || !same_contents(p, from, to))
			differs |= DIFFERS_OA;
	}
	if (descriptor_memory_type(a, mair) != descriptor_memory_type(b, mair) ||
	    (!g->wide && ((a ^ b) & DESCRIPTOR_SH)))
		differs |= DIFFERS_TYPE;
	if (a & ~b & DESCRIPTOR_NG) // the other way round two look-ups never both match
		differs |= DIFFERS_GLOBAL;
	if (old->level != new->level)
		differs |= DIFFERS_SIZE;
	else if ((a ^ b) & DESCRIPTOR_CONTIGUOUS)
		differs |= DIFFERS_CONTIGUOUS;
	unsigned had = descriptor_rights(a), has = descriptor_rights(b);
	if (had != has)
		differs |= DIFFERS_RIGHTS;
	if (had & ~has)
		differs |= LOSES_RIGHTS;
	return differs;
}

uint8_t leaf_allowed_from(unsigned differs)
{
	if (differs & (DIFFERS_OA | DIFFERS_TYPE | DIFFERS_GLOBAL))
		return PTSAN_ALL_LEVELS;
	if (differs & DIFFERS_SIZE)
		return 2;
	return differs & DIFFERS_CONTIGUOUS ? 1 : 0;
}

uint64_t leaf_end(uint64_t start, uint64_t size)
{
	return start + size > start ? start + size : UINT64_MAX;
}
