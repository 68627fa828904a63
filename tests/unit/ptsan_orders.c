// SPDX-License-Identifier: GPL-2.0-or-later
// All orders of up to ORDER_MAX events on one entry, held against a model that is too simple to be
// wrong: the set of values that a TLB may hold, and the set that a walk may read.
//
// The model: a store adds its value to what walks may read until a DSB of its CPU; whatever a walk
// may read, a TLB may hold. A TLBI takes away what was held before it, once its CPU's DSB completes
// it; what walks could read since then stays. Two different valid values at once are the fault that
// break-before-make is there to prevent.
#include "unit/unit.h"

#include <stdio.h>

#include "ptsan/machine.h"

#ifndef ORDER_MAX
#define ORDER_MAX 7
#endif

enum event { STORE_INVALID, STORE_A, STORE_B, DSB_0, TLBI_0, TLBI_1, DSB_1, EVENTS };
static const char *const names[EVENTS] = {"0", "A", "B", "dsb", "tlbi", "tlbi'", "dsb'"};

enum { VALUE_INVALID = 1, VALUE_A = 2, VALUE_B = 4, VALUE_VALID = VALUE_A | VALUE_B };

struct model {
	unsigned current, walk, held;
	bool pending[2];
	unsigned since[2]; // what walks could read since the TLBI
};

enum fault { NO_FAULT, LIVE, NO_TLBI, EARLY_MAKE, EARLY_TLBI };

static enum fault model_store(struct model *s, unsigned value)
{
	unsigned others = s->held & VALUE_VALID & ~value;
	enum fault fault = NO_FAULT;
	if ((value & VALUE_VALID) && others) {
		bool issued = false;
		for (int c = 0; c < 2; c++) // a TLBI that does its work, and is not completed
			issued |= s->pending[c] && !(s->since[c] & others);
		fault = s->current & VALUE_VALID & ~value ? LIVE : issued ? EARLY_MAKE : NO_TLBI;
	}
	s->current = value;
	s->walk |= value;
	s->held |= value & VALUE_VALID;
	for (int c = 0; c < 2; c++)
		s->since[c] |= value;
	return fault;
}

static enum fault model_step(struct model *s, enum event event)
{
	switch (event) {
	case STORE_INVALID:
	case STORE_A:
	case STORE_B:
		return model_store(s, event == STORE_A   ? VALUE_A
				      : event == STORE_B ? VALUE_B
							 : VALUE_INVALID);
	case TLBI_0:
	case TLBI_1:
		s->pending[event == TLBI_1] = true;
		s->since[event == TLBI_1] = s->walk;
		return event == TLBI_0 && (s->walk & VALUE_VALID & ~s->current) ? EARLY_TLBI
										: NO_FAULT;
	default:
		if (event == DSB_0)
			s->walk = s->current;
		if (s->pending[event == DSB_1]) {
			s->pending[event == DSB_1] = false;
			s->held &= s->since[event == DSB_1];
			s->held |= s->walk & VALUE_VALID;
		}
		return NO_FAULT;
	}
}

// ---- the sanitizer, on the same events ----------------------------------------------------------

enum { ROOT, L1, L2, L3, DATA = 64 };
static struct machine m;
static const uint64_t entry = MACHINE_BASE + 4096ull * L3;
static const uint64_t leaf = KERNEL_DATA | PAGE_LEAF;

static void machine_step(enum event event)
{
	switch (event) {
	case STORE_INVALID:
		machine_store(&m, 0, entry, 0);
		break;
	case STORE_A:
	case STORE_B:
		machine_store(&m, 0, entry, page(DATA + (event == STORE_B)) | leaf);
		break;
	case TLBI_0:
	case TLBI_1:
		machine_tlbi_va(&m, event == TLBI_1, machine_va(true, 0, 0, 0, 0), 0);
		break;
	default:
		machine_dsb(&m, event == DSB_1);
	}
}

static enum fault machine_fault(void)
{
	if (m.count == 0)
		return NO_FAULT;
	switch (m.findings[0].kind) {
	case PTSAN_OA_LIVE:
		return LIVE;
	case PTSAN_MAKE_WITHOUT_TLBI:
		return NO_TLBI;
	case PTSAN_MAKE_BEFORE_DSB:
		return EARLY_MAKE;
	case PTSAN_TLBI_BEFORE_DSB:
		return EARLY_TLBI;
	default:
		return (enum fault) - 1;
	}
}

// Back to an entry A that is complete everywhere, with nothing pending.
static void start_over(void)
{
	machine_store(&m, 0, entry, 0);
	for (uint8_t cpu = 0; cpu < 2; cpu++)
		machine_dsb(&m, cpu);
	machine_tlbi_all(&m, 0);
	machine_dsb(&m, 0);
	machine_store(&m, 0, entry, page(DATA) | leaf);
	machine_dsb(&m, 0);
	machine_isb(&m, 0);
	m.count = 0;
}

// Both judge one order, up to its first fault.
static bool agree(const enum event *order, size_t count)
{
	struct model model = {.current = VALUE_A, .walk = VALUE_A, .held = VALUE_A};
	for (size_t i = 0; i < count; i++) {
		enum fault wanted = model_step(&model, order[i]);
		machine_step(order[i]);
		enum fault got = machine_fault();
		if (got != wanted) {
			for (size_t k = 0; k <= i; k++)
				fprintf(stderr, "%s ", names[order[k]]);
			fprintf(stderr, ": fault %d, wanted %d\n", (int)got, (int)wanted);
			return false;
		}
		if (wanted)
			return true;
	}
	return true;
}

static void every_order_is_judged_as_the_model_judges_it(void **state)
{
	(void)state;
	machine_init(&m, 0xf);
	machine_poke(&m, page(ROOT), page(L1) | TABLE);
	machine_poke(&m, page(L1), page(L2) | TABLE);
	machine_poke(&m, page(L2), page(L3) | TABLE);
	machine_on(&m, 0, page(ROOT + 10), page(ROOT), 0);
	machine_on(&m, 1, page(ROOT + 10), page(ROOT), 0);
	size_t wrong = 0, total = 1;
	for (size_t i = 0; i < ORDER_MAX; i++)
		total *= EVENTS;
	for (size_t n = 0; n < total && wrong < 10; n++) {
		enum event order[ORDER_MAX];
		size_t rest = n;
		for (size_t i = 0; i < ORDER_MAX; i++, rest /= EVENTS)
			order[i] = (enum event)(rest % EVENTS);
		start_over();
		wrong += !agree(order, ORDER_MAX);
	}
	assert_int_equal(wrong, 0);
	machine_deinit(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_order_is_judged_as_the_model_judges_it),
	};
	return cmocka_run_group_tests_name("ptsan_orders", tests, NULL, NULL);
}
