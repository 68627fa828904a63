// SPDX-License-Identifier: GPL-2.0-or-later
// Any sequence of events against the sanitizer's core: no crash, no leak, and at the end its copy of
// the tables is what is in memory. 8 bytes an event: kind, CPU and where, then what.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/ptsan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BASE  0x40000000ull
#define PAGES 16

static uint64_t memory[PAGES * 512];

static bool read_memory(void *arg, uint64_t address, uint64_t *words, size_t count)
{
	(void)arg;
	uint64_t first = (address - BASE) / 8;
	if (address < BASE || first + count > PAGES * 512)
		return false;
	memcpy(words, &memory[first], count * sizeof(*words));
	return true;
}

static void take_finding(void *arg, const struct ptsan_finding *f)
{
	(void)arg;
	if ((unsigned)f->kind >= PTSAN_KINDS || !ptsan_rule(f->kind)->name)
		abort();
}

static uint64_t value_of(const uint8_t *d)
{
	// A descriptor that leads to one of the pages, or nothing.
	uint64_t value = BASE + 4096ull * (d[3] % (PAGES + 1));
	value |= d[4] & 3;
	value |= (uint64_t)d[5] << 6;
	value |= (uint64_t)(d[6] & 0xf) << 51;
	return d[4] & 4 ? value : value & ~1ull;
}

static void take_register(struct ptsan_event *e, const uint8_t *d)
{
	static const uint64_t tcrs[] = {
	    16 | 16ull << 16 | 2ull << 30 | 1ull << 22, 25 | 25ull << 16,
	    17 | 17ull << 16 | 2ull << 14 | 1ull << 30, 12 | 12ull << 16 | 2ull << 30 | 1ull << 59};
	e->reg = (enum ptsan_register)(d[2] % PTSAN_REGISTERS);
	switch (e->reg) {
	case PTSAN_TTBR0:
	case PTSAN_TTBR1:
		e->value = (BASE + 4096ull * (d[3] % PAGES)) | (uint64_t)(d[4] & 3) << 48;
		break;
	case PTSAN_TCR:
		e->value = tcrs[d[3] % 4];
		break;
	case PTSAN_MAIR:
		e->value = 0xf004ff;
		break;
	default:
		e->value = d[3] % 8 != 0;
	}
}

static uint64_t address_of(const uint8_t *d)
{
	uint64_t va = (uint64_t)(d[3] & 3) << 39 | (uint64_t)(d[4] & 3) << 30 |
		      (uint64_t)(d[5] & 7) << 21 | (uint64_t)(d[6] & 15) << 12;
	return d[7] & 1 ? va | ~0ull << 48 : va;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	memset(memory, 0, sizeof(memory));
	struct ptsan_config config = {
	    .read = read_memory, .emit = take_finding, .levels = 0xf, .late = 8};
	struct ptsan *p = ptsan_new(&config);
	if (!p)
		return 0;
	for (uint64_t t = 0; size >= 8; data += 8, size -= 8, t++) {
		struct ptsan_event e = {.kind =
					    (enum ptsan_event_kind)(data[0] % (PTSAN_ACCESS + 1)),
					.cpu = data[1] & 3,
					.regime = (enum ptsan_regime)(data[1] >> 2 & 1),
					.pc = t,
					.thread = data[1] >> 4,
					.time = t};
		switch (e.kind) {
		case PTSAN_STORE:
			e.address = BASE + 4096ull * (data[2] % PAGES) + 8ull * (data[7] & 15);
			e.value = value_of(data);
			memory[(e.address - BASE) / 8] = e.value;
			break;
		case PTSAN_REGISTER:
			take_register(&e, data);
			break;
		case PTSAN_TLBI:
			e.tlbi = (struct ptsan_tlbi){
			    .scope = (enum ptsan_tlbi_scope)(data[2] & 3),
			    .regime = e.regime,
			    .domain = (enum ptsan_domain)(data[3] % 3),
			    .last_level = data[2] & 4,
			    .any_asid = data[2] & 8,
			    .asid = data[4] & 3,
			    .level = (int8_t)(data[2] & 16 ? data[5] & 3 : PTSAN_ANY_LEVEL),
			    .start = address_of(data)};
			e.tlbi.end = e.tlbi.start + 1 + 4096ull * data[2];
			if (e.tlbi.end < e.tlbi.start)
				e.tlbi.end = UINT64_MAX;
			break;
		case PTSAN_DSB:
			e.domain = (enum ptsan_domain)(data[2] % 3);
			e.stores_only = data[3] & 1;
			e.loads_only = data[3] & 2;
			break;
		default:
			e.address = address_of(data);
			e.write = data[2] & 1;
		}
		ptsan_take(p, &e);
	}
	ptsan_audit(p);
	if (ptsan_missed_stores(p))
		abort();
	ptsan_free(p);
	return 0;
}
