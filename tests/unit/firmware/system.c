// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "unit/firmware/system.h"

#include <stdio.h>

#include "mm/change.h"
#include "mm/invariants.h"
#include "mm/linmap.h"
#include "mm/split.h"

#define STATIC_TABLES 32

struct system_config system_default(void)
{
	struct system_config config = {
	    .granule = GRANULE_4K,
	    .policy = {.order = ORDER_TEXTRO},
	    .cap_boot = true,
	    .cap_others = true,
	    .seed = 1,
	};

	ranges_add(&config.ram, 0x40000000, 0xc0000000);
	return config;
}

void system_layout_end(struct layout *layout)
{
	layout->end = align_up(layout->bss_stop, PAGE_MAX) + STATIC_TABLES * PAGE_MAX;
}

struct layout system_layout(paddr_t image)
{
	struct layout layout = {
	    .text_start = image,
	    .rodata_start = image + 0x230000,
	    .init_begin = image + 0x310000,
	    .init_end = image + 0x3e0000,
	    .bss_stop = image + 0x4ab000,
	};

	system_layout_end(&layout);
	return layout;
}

static void discover(struct system *s)
{
	const struct geometry *g = geometry_get(s->config.granule);
	struct layout layout = s->config.layout;
	if (layout.end == 0)
		layout = system_layout(s->config.image ? s->config.image : 0x40200000);

	struct range statics = {layout.end - STATIC_TABLES * PAGE_MAX, layout.end};

	machine_init(&s->machine, g, s->config.seed);
	pages_init(&s->pages, g, &s->machine.ops, &s->machine, statics);
	mm_init(&s->mm, g, &s->machine.ops, &s->machine, &s->pages, &s->config.policy, &layout);
	s->mm.tlbi_ranges = s->config.tlbi_ranges;
	s->mm.tlbi_twice = s->config.tlbi_twice;
	mm_set_ram(&s->mm, &s->config.ram);
	caps_init(&s->mm.caps, s->config.cap_boot);
	bbm_start(&s->bbm, &s->machine, &s->mm);
}

static void install_root(struct system *s)
{
	paddr_t root = pages_static_table(&s->pages, s->mm.geometry->start_level, OWNER_ROOT);

	// TTBR1 is set only when the top table can be seen.
	s->machine.ops.barrier(&s->machine, BARRIER_DSB_ISHST);
	s->mm.root = root;
}

static void build_linear_map(struct system *s)
{
	uint64_t size = linmap_early_size(&s->mm);
	struct range last = s->mm.ram.range[s->mm.ram.count - 1];

	// The highest bank that has room, for its top is where the kfence pool goes.
	for (unsigned i = s->mm.ram.count; i-- > 0; last = s->mm.ram.range[i])
		if (last.end - last.start >= size)
			break;
	s->early = (struct range){last.end - size, last.end};
	pages_start_early(&s->pages, &s->mm.ram, s->early);
	linmap_build(&s->mm, pages_early_table);
}

static void start_late(struct system *s)
{
	struct ranges usable = s->mm.ram;

	ranges_remove(&usable, s->early.start, s->early.end);
	ranges_remove(&usable, s->mm.layout.text_start, s->mm.layout.end);
	pages_start_late(&s->pages, &usable);
}

static void bring_up_cpus(struct system *s)
{
	for (unsigned cpu = 1; cpu < s->config.cpus; cpu++)
		if (caps_admit(&s->mm.caps, s->config.cap_others))
			s->machine.online++;
}

static void run_stage(struct system *s, enum stage stage)
{
	const struct policy *policy = &s->mm.policy;

	switch (stage) {
	case STAGE_DISCOVER:
		discover(s);
		break;
	case STAGE_KIMAGE:
		install_root(s);
		image_build(&s->mm, pages_static_table);
		break;
	case STAGE_LINMAP:
		build_linear_map(s);
		break;
	case STAGE_PREMAP:
		if (policy->order == ORDER_PREMAP)
			s->alias_result = alias_valid(&s->mm, false);
		break;
	case STAGE_LATE_ALLOC:
		start_late(s);
		break;
	case STAGE_BOOT_CAPS:
		caps_setup_boot(&s->mm.caps);
		break;
	case STAGE_SMP:
		bring_up_cpus(s);
		break;
	case STAGE_CAPS_FINAL:
		caps_finalise(&s->mm.caps);
		if (!s->mm.need_bbm || s->mm.caps.sys)
			break;
		// The others wait outside of these tables.
		s->bbm.alone = s->mm.caps.boot;
		assert_int_equal(linmap_repaint(&s->mm, pages_late_table), MM_OK);
		s->bbm.alone = false;
		break;
	case STAGE_TEXT_RO:
		linmap_text_ro(&s->mm);
		if (policy->order == ORDER_TEXTRO)
			s->alias_result = alias_valid(&s->mm, false);
		break;
	case STAGE_RODATA_RO:
		if (policy->rodata == RODATA_OFF)
			break;
		image_rodata_ro(&s->mm);
		if (policy->order == ORDER_RODATARO)
			s->alias_result = alias_valid(&s->mm, false);
		if (policy->order == ORDER_ROONLY)
			linmap_data_ro(&s->mm);
		break;
	default:
		break;
	}
}

void system_continue(struct system *system, enum stage last)
{
	while (system->stage < last) {
		system->stage++;
		run_stage(system, system->stage);
	}
}

void system_boot(struct system *system, const struct system_config *config, enum stage last)
{
	*system = (struct system){.config = *config};
	splats_clear();
	system_continue(system, last);
}

void system_assert_bbm(struct system *system)
{
	if (system->bbm.violations)
		fail_msg("%lu violations of the rules of live changes; %s", system->bbm.violations,
			 system->bbm.first);
}

void system_deinit(struct system *system)
{
	if (!system->mm.inject)
		system_assert_bbm(system);
	bbm_stop(&system->bbm);
	machine_deinit(&system->machine);
}

static void print_violation(void *context, const struct violation *v)
{
	(void)context;
	fprintf(stderr, "# I%u va=%lx level=%u desc=%lx n=%lu: %s\n", v->rule, v->va, v->level,
		v->desc, v->count, v->what);
}

void system_assert_sound(struct system *system)
{
	assert_int_equal(invariants_check(&system->mm, system->stage, print_violation, NULL), 0);
}

struct system sys;

int sys_setup(void **state)
{
	struct system_config config = system_default();
	(void)state;
	system_boot(&sys, &config, STAGE_RODATA_RO);
	return 0;
}

int sys_teardown(void **state)
{
	(void)state;
	system_deinit(&sys);
	return 0;
}

vaddr_t sys_linear(paddr_t pa)
{
	return mm_linear(&sys.mm, pa);
}
