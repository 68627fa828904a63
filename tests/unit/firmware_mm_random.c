// SPDX-License-Identifier: GPL-2.0-or-later
// Random systems, random operations, and after each one: the tables say page by page what a flat
// model says; every TLB entry that speculation left behind is still true; the invariants hold.
// While an operation runs, any translation gives either the state before or the state after it.
//
// FIRMWARE_MM_OPS: operations in all (20000). FIRMWARE_MM_SEED: the first system's seed (1).
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "mm/split.h"
#include "unit/firmware/flat.h"
#include "unit/firmware/system.h"

#define OPS_A_SYSTEM 200
#define VMAP_MAX     8

// What the running operation changes.
struct operation {
	struct range range;
	uint8_t set, clear;
	struct range also; // invalidated along with it
	bool building;     // anything may be unmapped yet
};

struct trial {
	struct system system;
	struct flat flat;
	struct operation operation;
	uint64_t seed;
	bool big; // too big to compare whole after each operation
	unsigned done;
	const char *doing;
	bool hunting; // a fault was put in: the first complaint goes to `caught`
	jmp_buf caught;
};

static uint64_t random_below(struct trial *t, uint64_t n)
{
	return machine_random(&t->system.machine, n);
}

static bool one_in(struct trial *t, uint64_t n)
{
	return random_below(t, n) == 0;
}

static void complain(struct trial *t, const char *what)
{
	if (t->hunting)
		longjmp(t->caught, 1);
	fail_msg("seed %lu operation %u (%s): %s", t->seed, t->done, t->doing, what);
}

#define TRIAL_ASSERT(t, condition)                 \
	do {                                       \
		if (!(condition))                  \
			complain((t), #condition); \
	} while (0)

// ---- speculation ------------------------------------------------------------------------------

static uint8_t bits_after(const struct trial *t, vaddr_t va)
{
	uint8_t bits = t->flat.page[flat_index(&t->flat, va)];

	if (!(bits & FLAT_MAPPED))
		return bits;
	if (range_contains(t->operation.also, va))
		return (uint8_t)(bits & ~FLAT_VALID);
	if (!range_contains(t->operation.range, va))
		return bits;
	return (uint8_t)((bits & ~t->operation.clear) | t->operation.set);
}

// Translates one address, mostly near what is being changed, and holds the answer against the
// states before and after.
static void speculate(void *context)
{
	struct trial *t = context;
	const struct mm *mm = &t->system.mm;
	struct range linear = mm_linear_range(mm);
	struct range near = t->operation.range;
	uint64_t desc;
	paddr_t pa;

	if (mm->root == PADDR_NONE)
		return;
	if (near.end <= near.start || one_in(t, 4)) {
		near = linear;
	} else {
		uint64_t margin = level_size(mm->geometry, LEVEL_PMD);
		near.start =
		    near.start - linear.start > margin ? near.start - margin : linear.start;
		near.end = min_u64(near.end + margin, linear.end);
	}
	vaddr_t va = near.start + random_below(t, near.end - near.start);
	uint8_t before = t->flat.page[flat_index(&t->flat, va)];
	uint8_t after = bits_after(t, va);
	if (machine_translate(&t->system.machine, mm->root, va, &desc, &pa)) {
		uint8_t found = flat_bits_of(desc);
		TRIAL_ASSERT(t, pa == mm_linear_pa(mm, va));
		TRIAL_ASSERT(t, found == before || found == after);
		TRIAL_ASSERT(t, found & FLAT_VALID);
	} else {
		TRIAL_ASSERT(t, t->operation.building || !(before & FLAT_VALID) ||
				    !(after & FLAT_VALID));
	}
}

static void begin(struct trial *t, const char *doing, struct range range, uint8_t set,
		  uint8_t clear)
{
	t->doing = doing;
	t->operation = (struct operation){.range = range, .set = set, .clear = clear};
}

// Every TLB entry must be true at its ends and at a few places between.
static void assert_tlb_true(struct trial *t)
{
	const struct mm *mm = &t->system.mm;
	struct range linear = mm_linear_range(mm);

	for (unsigned i = 0; i < MACHINE_TLB; i++) {
		const struct tlb_entry *entry = &t->system.machine.tlb[i];
		uint64_t at[4] = {0, entry->size - 1, entry->size / 2, 0};
		if (!entry->used || entry->va < linear.start || entry->va >= linear.end)
			continue;
		at[3] = random_below(t, entry->size);
		for (unsigned k = 0; k < 4; k++)
			TRIAL_ASSERT(t, flat_allows(&t->flat, entry->va + at[k], entry->desc,
						    desc_pa(entry->desc) + at[k]));
	}
}

static void print_violation(void *context, const struct violation *v)
{
	(void)context;
	fprintf(stderr, "# I%u va=%lx level=%u desc=%lx n=%lu: %s\n", v->rule, v->va, v->level,
		v->desc, v->count, v->what);
}

// Closes the operation: its effect (none when it failed) is now the truth.
static void end(struct trial *t, bool happened)
{
	struct range linear = mm_linear_range(&t->system.mm);
	struct range window = t->operation.range;
	uint64_t margin = level_size(t->system.mm.geometry, LEVEL_PMD);
	bool whole = !t->big || t->operation.building || t->done % 64 == 0;

	if (happened)
		flat_change(&t->flat, window.start, window.end, t->operation.set,
			    t->operation.clear);
	if (happened)
		flat_change(&t->flat, t->operation.also.start, t->operation.also.end, 0,
			    FLAT_VALID);
	t->operation = (struct operation){0};
	window.start = window.start - linear.start > margin ? window.start - margin : linear.start;
	window.end = min_u64(window.end + margin, linear.end);
	if (whole || window.end <= window.start)
		window = linear;
	TRIAL_ASSERT(t, t->system.machine.locked == 0);
	TRIAL_ASSERT(t, flat_agrees(&t->flat, window.start, window.end));
	assert_tlb_true(t);
	if (whole)
		TRIAL_ASSERT(t, invariants_check(&t->system.mm, t->system.stage, print_violation,
						 NULL) == 0);
}

// ---- systems ----------------------------------------------------------------------------------

// Parts of any size in units of 64 KiB, small enough for the least RAM; bss ends in any page.
static void choose_image(struct machine *dice, struct system_config *config, paddr_t memory)
{
	struct layout *layout = &config->layout;
	uint64_t unit = 0x10000;

	config->image = memory + 0x200000;
	if (machine_random(dice, 2) == 0)
		return;
	layout->text_start = memory + (1 + machine_random(dice, 40)) * unit;
	layout->rodata_start = layout->text_start + (1 + machine_random(dice, 40)) * unit;
	layout->init_begin = layout->rodata_start + (1 + machine_random(dice, 20)) * unit;
	layout->init_end = layout->init_begin + (1 + machine_random(dice, 70)) * unit;
	layout->bss_stop = layout->init_end + (1 + machine_random(dice, 400)) * 0x1000;
	system_layout_end(layout);
}

// Where RAM lies: always the image and room for boot memory, then odd pieces behind holes.
static void choose_ram(struct trial *t, struct machine *dice, struct system_config *config)
{
	static const uint64_t first_mib[2][GRANULE_COUNT] = {{18, 80, 600}, {2200, 2300, 34000}};
	uint64_t mib = UINT64_C(1) << 20;
	paddr_t memory = machine_random(dice, 2) ? UINT64_C(0x40000000) : UINT64_C(0x400000000);
	paddr_t base = memory + machine_random(dice, 3) * 0x3000;
	paddr_t end = memory + first_mib[t->big][config->granule] * mib +
		      machine_random(dice, 0x800) * 0x1000;
	uint64_t banks = machine_random(dice, 4);

	choose_image(dice, config, memory);
	ranges_add(&config->ram, base, end);
	for (uint64_t i = 0; i < banks; i++) {
		paddr_t start = end + machine_random(dice, 0x1000) * 0x1000;
		end = start + (1 + machine_random(dice, 0x800)) * 0x1000;
		ranges_add(&config->ram, start, end);
	}
}

static void choose_policy(struct machine *dice, struct system_config *config)
{
	config->policy.order = (enum order)machine_random(dice, 4);
	config->policy.rodata = RODATA_FULL;
	config->policy.kfence = (enum kfence)machine_random(dice, 3);
	if (machine_random(dice, 3) == 0)
		config->policy.rodata = (enum rodata)machine_random(dice, 3);
	config->policy.debug_pagealloc = machine_random(dice, 8) == 0;
	config->cap_boot = machine_random(dice, 4) != 0;
	config->cap_others = machine_random(dice, 4) != 0;
	config->cpus = 1 + (unsigned)machine_random(dice, 4);
	config->tlbi_ranges = machine_random(dice, 2);
	config->tlbi_twice = machine_random(dice, 4) == 0;
}

static void run_boot_stage(struct trial *t, enum stage stage)
{
	struct mm *mm = &t->system.mm;
	const struct policy *policy = &mm->policy;
	struct range none = {0, 0};

	begin(t, "boot", none, 0, 0);
	if (stage == STAGE_KIMAGE || stage == STAGE_LINMAP)
		t->operation.building = true;
	if (stage == STAGE_TEXT_RO) {
		begin(t, "text ro", mm_text_alias(mm), FLAT_RO, FLAT_MARK | FLAT_TAGGED);
		if (policy->order == ORDER_TEXTRO)
			t->operation.also = mm_data_alias(mm);
	}
	if (policy->rodata != RODATA_OFF && stage == STAGE_RODATA_RO &&
	    policy->order == ORDER_RODATARO)
		begin(t, "alias invalid", mm_data_alias(mm), 0, FLAT_VALID);
	if (policy->rodata != RODATA_OFF && stage == STAGE_RODATA_RO &&
	    policy->order == ORDER_ROONLY)
		begin(t, "alias ro", mm_data_alias(mm), FLAT_RO, FLAT_MARK | FLAT_TAGGED);
	if (stage == STAGE_PREMAP && policy->order == ORDER_PREMAP)
		begin(t, "premap", mm_data_alias(mm), 0, FLAT_VALID);
	system_continue(&t->system, stage);
	bool refused = stage == STAGE_PREMAP && t->system.alias_result != MM_OK;
	if (stage >= STAGE_LINMAP)
		end(t, !t->operation.building && !refused);
}

static void choose_system(struct trial *t, struct system_config *config)
{
	struct machine dice;

	*config = (struct system_config){.seed = t->seed};
	machine_init(&dice, geometry_get(GRANULE_4K), t->seed);
	for (unsigned i = 0; i < 8; i++) // small seeds look alike at first
		machine_random(&dice, 2);
	config->granule = (enum granule)machine_random(&dice, GRANULE_COUNT);
	t->big = machine_random(&dice, 16) == 0;
	choose_ram(t, &dice, config);
	choose_policy(&dice, config);
	machine_deinit(&dice);
}

static void boot(struct trial *t, const struct system_config *config)
{
	system_boot(&t->system, config, STAGE_DISCOVER);
	flat_init(&t->flat, &t->system.mm);
	ranges_add(&t->system.mm.changed, mm_linear_range(&t->system.mm).start,
		   mm_linear_range(&t->system.mm).end);
	t->system.machine.speculate = speculate;
	t->system.machine.speculate_context = t;
	t->system.machine.speculate_one_in = t->big ? 64 : 4;
	for (enum stage stage = STAGE_IDMAP; stage <= STAGE_RODATA_RO; stage++)
		run_boot_stage(t, stage);
	t->system.machine.speculate_one_in = t->big ? 16 : 2;
	struct outcome outcome = policy_outcome(&config->policy, config->cap_boot);
	TRIAL_ASSERT(t, splats == outcome.splats);
}

// ---- operations -------------------------------------------------------------------------------

// A page-aligned range outside the image, of all sorts of sizes and alignments.
static struct range choose_range(struct trial *t)
{
	const struct mm *mm = &t->system.mm;
	const struct geometry *g = mm->geometry;
	struct range linear = mm_linear_range(mm);
	struct range image = {mm_linear(mm, mm->layout.text_start), mm_linear(mm, mm->layout.end)};
	uint64_t pages = (linear.end - linear.start) >> g->page_shift;
	uint64_t page = page_size(g);

	for (;;) {
		uint64_t size = page;
		vaddr_t start = linear.start + random_below(t, pages) * page;
		switch (random_below(t, 8)) {
		case 0:
			size = page << random_below(t, 10);
			break;
		case 1:
			size = page * (1 + random_below(t, 3000));
			break;
		case 2:
			size = cont_size(g, LEVEL_PTE) << random_below(t, 3);
			start = align_down(start, size);
			break;
		case 3:
			size = level_size(g, LEVEL_PMD);
			start = align_down(start, size);
			break;
		case 4: // over the edge of a block
			start = align_down(start, level_size(g, LEVEL_PMD)) - page;
			size = page * (1 + random_below(t, 3));
			break;
		case 5:
			size = page * (1 + random_below(t, cont_entries(g, LEVEL_PTE)));
			break;
		default:
			break;
		}
		if (start < linear.start || size > linear.end - start)
			continue;
		if (start < image.end && start + size > image.start)
			continue;
		return (struct range){start, start + size};
	}
}

// What a change of this range must come to without luck of memory, from the leaves as they are.
static int predict(const struct trial *t, struct range range)
{
	const struct mm *mm = &t->system.mm;
	bool split = mm->need_bbm && mm->caps.sys &&
		     !range_contains(mm->kfence, mm_linear_pa(mm, range.start));
	vaddr_t inside[2] = {range.start, range.end - 1};

	if (!is_aligned(range.start | range.end, mm_page_size(mm)))
		return MM_EINVAL;
	if (split)
		return MM_OK;
	for (unsigned i = 0; i < 2; i++) {
		struct leaf leaf;
		if (!walk_lookup(mm, inside[i], &leaf))
			continue;
		uint64_t size = desc_is_cont(leaf.desc) ? cont_size(mm->geometry, leaf.level)
							: level_size(mm->geometry, leaf.level);
		vaddr_t first = align_down(leaf.va, size);
		if (first < range.start || first + size > range.end)
			return MM_EINVAL;
	}
	return MM_OK;
}

// Whether the result is the one predicted, or the injected lack of memory; and spoke once.
static void assert_result(struct trial *t, int r, int predicted, bool may_fail,
			  unsigned splats_before, unsigned warned_before)
{
	TRIAL_ASSERT(t, r == predicted || (may_fail && r == MM_ENOMEM));
	unsigned site = r == MM_ENOMEM || r == MM_EBUSY ? WARN_CHANGE_SPLIT : 0;
	if (r == MM_EINVAL)
		site = t->system.mm.warned & ~warned_before;
	unsigned expected = r != MM_OK && (site & ~warned_before) ? 1 : 0;
	TRIAL_ASSERT(t, splats - splats_before == expected);
}

static void op_set_valid(struct trial *t)
{
	struct mm *mm = &t->system.mm;
	struct range range = choose_range(t);
	bool valid = one_in(t, 2);
	bool fails = one_in(t, 8);
	unsigned before = splats;
	unsigned warned = mm->warned;

	if (one_in(t, 16))
		range.start += 8;
	int predicted = predict(t, range);
	pages_fail_at(mm->pages, fails ? 1 + (unsigned)random_below(t, 3) : 0);
	begin(t, "set_valid", range, valid ? FLAT_VALID : 0, valid ? 0 : FLAT_VALID);
	int r = is_aligned(range.start, mm_page_size(mm))
		    ? set_valid(mm, range.start,
				(range.end - range.start) >> mm->geometry->page_shift, valid)
		    : change_range(mm, range.start, range.end - range.start,
				   valid ? DESC_VALID : DESC_NG, valid ? DESC_NG : DESC_VALID,
				   CHANGE_FLUSH);
	pages_fail_at(mm->pages, 0);
	if (!is_aligned(range.start, mm_page_size(mm)))
		t->operation.range.start = align_down(range.start, mm_page_size(mm));
	assert_result(t, r, predicted, fails, before, warned);
	end(t, r == MM_OK);
}

static void op_direct(struct trial *t)
{
	struct mm *mm = &t->system.mm;
	struct range range = choose_range(t);
	bool invalid = one_in(t, 2);
	unsigned before = splats;
	unsigned warned = mm->warned;

	range.end = range.start + mm_page_size(mm);
	int predicted = policy_can_set_direct_map(&mm->policy) ? predict(t, range) : MM_OK;
	begin(t, "direct", range, invalid ? 0 : FLAT_VALID | FLAT_MARK,
	      invalid ? FLAT_VALID : FLAT_RO);
	int r = invalid ? direct_invalid(mm, range.start) : direct_default(mm, range.start);
	flush_range(mm, range.start, range.end); // is the caller's part
	assert_result(t, r, predicted, false, before, warned);
	end(t, r == MM_OK && policy_can_set_direct_map(&mm->policy));
}

// Maps a few pages in a window, makes them read-only and writable; their aliases follow.
static void op_vmap(struct trial *t)
{
	struct mm *mm = &t->system.mm;
	uint64_t page = mm_page_size(mm);
	paddr_t pages[VMAP_MAX];
	unsigned count = 1 + (unsigned)random_below(t, VMAP_MAX);
	vaddr_t window = vmap_base(mm->geometry) + random_below(t, 1000) * page;
	bool alias = mm->policy.rodata == RODATA_FULL;

	for (unsigned i = 0; i < count; i++)
		if (!pages_take_range(mm->pages, page, page, &pages[i]))
			count = i;
	begin(t, "vmap", (struct range){0, 0}, 0, 0);
	TRIAL_ASSERT(t, vmap_pages(mm, window, pages, count) == MM_OK);
	for (unsigned round = 0; round < 2 && count; round++) {
		struct range span = {mm_linear(mm, pages[0]),
				     mm_linear(mm, pages[count - 1]) + page};
		uint8_t set = round ? FLAT_MARK : FLAT_RO;
		uint8_t clear = round ? FLAT_RO : FLAT_MARK;
		// One page after the other: each may be before or after until all are.
		begin(t, round ? "set_rw" : "set_ro", alias ? span : (struct range){0, 0}, set,
		      clear);
		int r = round ? set_rw(mm, window, count) : set_ro(mm, window, count);
		TRIAL_ASSERT(t, r == MM_OK);
		t->operation.range = (struct range){0, 0};
		for (unsigned i = 0; i < count && alias; i++)
			flat_change(&t->flat, mm_linear(mm, pages[i]),
				    mm_linear(mm, pages[i]) + page, set, clear);
		end(t, true);
	}
	vunmap_range(mm, window, count * page);
	for (unsigned i = 0; i < count; i++)
		pages_put_range(mm->pages, pages[i], page);
	end(t, false);
}

static void op_hibernate(struct trial *t)
{
	struct mm *mm = &t->system.mm;
	bool prepare = one_in(t, 2);

	begin(t, prepare ? "prepare" : "post", mm_data_alias(mm), prepare ? FLAT_VALID : 0,
	      prepare ? 0 : FLAT_VALID);
	int r = prepare ? hibernate_prepare(mm) : hibernate_post(mm);
	TRIAL_ASSERT(t, r == MM_OK);
	end(t, policy_has_pm_callback(&mm->policy));
}

// A second linear map, compared with a fresh flat model, and every page of it given back.
static void op_scratch(struct trial *t)
{
	struct mm *mm = &t->system.mm;
	struct mm scratch;
	struct flat fresh;
	struct range linear = mm_linear_range(mm);
	paddr_t root;

	begin(t, "scratch", (struct range){0, 0}, 0, 0);
	if (t->big || ranges_total(&mm->pages->late) < linmap_early_size(mm))
		return;
	root = pages_late_table(mm->pages, mm->geometry->start_level, OWNER_ROOT);
	mm_init_scratch(&scratch, mm, root);
	linmap_build(&scratch, pages_late_table);
	flat_init(&fresh, &scratch);
	TRIAL_ASSERT(t, flat_agrees(&fresh, linear.start, linear.end));
	flat_deinit(&fresh);
	TRIAL_ASSERT(t, mm->pages->live[OWNER_SCRATCH] > 0);
	tables_free(&scratch, linear.start, linear.end);
	pages_free(mm->pages, root);
	TRIAL_ASSERT(t, mm->pages->live[OWNER_SCRATCH] == 0);
	end(t, false);
}

static void operate(struct trial *t)
{
	if (one_in(t, 4))
		t->system.mm.warned = 0;
	switch (random_below(t, 32)) {
	case 0:
	case 1:
		op_vmap(t);
		break;
	case 2:
	case 3:
		op_hibernate(t);
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		op_direct(t);
		break;
	case 8:
		op_scratch(t);
		break;
	default:
		op_set_valid(t);
		break;
	}
	t->done++;
}

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

static void tables_say_what_the_flat_model_says(void **state)
{
	uint64_t total = from_environment("FIRMWARE_MM_OPS", 20000);
	uint64_t seed = from_environment("FIRMWARE_MM_SEED", 1);
	struct system_config config;
	static struct trial trial;
	(void)state;

	for (uint64_t done = 0; done < total; done += trial.done, seed++) {
		trial = (struct trial){.seed = seed};
		choose_system(&trial, &config);
		boot(&trial, &config);
		while (trial.done < OPS_A_SYSTEM && done + trial.done < total)
			operate(&trial);
		TRIAL_ASSERT(&trial, trial.system.mm.bad_stores == 0);
		flat_deinit(&trial.flat);
		system_deinit(&trial.system);
	}
}

// Runs fresh capable systems with `inject`, where all blocks are still whole, until something
// complains; false when nothing does.
static bool is_caught(enum granule granule, unsigned inject)
{
	static struct trial trial;
	struct system_config config = system_default();
	volatile bool caught = false;

	config.granule = granule;
	config.ram.count = 0;
	ranges_add(&config.ram, 0x40000000, granule == GRANULE_64K ? 0xa0000000 : 0x50000000);
	for (unsigned systems = 0; systems < 20 && !caught; systems++) {
		trial = (struct trial){.seed = systems * 8U + granule, .hunting = true};
		config.seed = trial.seed;
		boot(&trial, &config);
		trial.system.mm.inject = inject;
		if (setjmp(trial.caught) == 0) {
			while (trial.done < 50)
				operate(&trial);
		} else {
			caught = true;
		}
		flat_deinit(&trial.flat);
		system_deinit(&trial.system);
	}
	return caught;
}

static void no_fault_no_complaint(void **state)
{
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++)
		assert_false(is_caught((enum granule)granule, 0));
}

static void each_fault_put_in_is_noticed(void **state)
{
	static const enum injection faults[] = {INJECT_NO_CLEAR, INJECT_CONT_HOLE,
						INJECT_PUBLISH_FIRST, INJECT_NO_TLBI};
	(void)state;
	for (unsigned granule = 0; granule < GRANULE_COUNT; granule++)
		for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
			if (!is_caught((enum granule)granule, faults[i]))
				fail_msg("granule %u: fault %x not noticed", granule, faults[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tables_say_what_the_flat_model_says),
	    cmocka_unit_test(no_fault_no_complaint),
	    cmocka_unit_test(each_fault_put_in_is_noticed),
	};
	return cmocka_run_group_tests_name("firmware/mm/random", tests, NULL, NULL);
}
