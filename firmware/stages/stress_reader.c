// SPDX-License-Identifier: GPL-2.0-or-later
// A reader mixes five ways of using the window: A loads compared with what must be there, B
// exclusive and C atomic increments whose sum must come out, D messages (data through the window,
// flag through the linear map), E address translation instructions.
#include "entry/access.h"
#include "entry/sysreg.h"
#include "mm/at.h"
#include "mm/walk.h"
#include "report/fault.h"
#include "stages/check.h"
#include "stages/stress.h"

#define RETRIES_MAX 1000

// Words of the counter page.
#define COUNTER_EXCLUSIVE 0
#define COUNTER_ATOMIC    64
#define MESSAGES          1024 // one of 8 bytes for each CPU: the data; as many flags behind them
#define FLAGS             (MESSAGES + CPU_MAX * 8)
#define WRITTEN           32 // in the target page: what the readers of W2 and W8 write to

typedef bool (*guarded_access)(uint64_t va, uint64_t argument);

struct reader {
	struct stress_reader *own;
	unsigned int cpu;
	uint64_t random;
	bool atomics;
};

static uint64_t next_random(struct reader *reader)
{
	reader->random ^= reader->random << 13;
	reader->random ^= reader->random >> 7;
	reader->random ^= reader->random << 17;
	return reader->random;
}

static bool in_target(uint64_t va)
{
	uint64_t target = stress.window.va + STRESS_TARGET_PAGE * stress_page();
	return va >= target && va < target + stress_page();
}

// Faults that the writer's change may cause.
static bool is_wanted(uint64_t esr, uint64_t va)
{
	unsigned int status = esr_status(esr);
	switch (stress.pattern) {
	case STRESS_W6:
		return status == (FST_TRANSLATION | LEVEL_PTE) && in_target(va);
	case STRESS_W7:
		return status == (FST_TRANSLATION | LEVEL_PMD);
	case STRESS_W2:
	case STRESS_W8:
		return status == (FST_PERMISSION | LEVEL_PTE) && in_target(va) && esr_is_write(esr);
	default:
		return false;
	}
}

static void forget_translations(void)
{
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

// Takes note of the abort that the guarded access met. Returns whether it was to be expected.
static bool note_abort(struct stress_reader *own)
{
	const struct guard *guard = &cpu_this()->guard;
	struct leaf leaf;
	if (is_wanted(guard->esr, guard->far)) {
		own->wanted_faults++;
		return true;
	}
	own->fsc |= UINT64_C(1) << esr_status(guard->esr);
	if (esr_status(guard->esr) == FST_CONFLICT) {
		own->conflicts++;
		forget_translations();
		return false;
	}
	if (!own->faults++) {
		walk_lookup(stress.mm, guard->far, &leaf);
		own->fault_va = guard->far;
		own->fault_esr = guard->esr;
		own->fault_pte = leaf.desc;
	}
	return false;
}

static void count_attempt(struct stress_reader *own)
{
	__atomic_store_n(&own->progress, own->progress + 1, __ATOMIC_RELAXED);
}

static uint64_t phase_now(void)
{
	return __atomic_load_n(&stress.phase, __ATOMIC_ACQUIRE);
}

// Whether nobody may access `va` while the pattern's taking is complete.
static bool is_taken(uint64_t va, bool write)
{
	switch (stress.pattern) {
	case STRESS_W2:
	case STRESS_W8:
		return write && in_target(va);
	case STRESS_W6:
		return in_target(va);
	default:
		return stress.pattern == STRESS_W7;
	}
}

struct attempt {
	guarded_access access;
	uint64_t va, argument;
	bool write;
};

// False: it faulted.
static bool try_once(struct stress_reader *own, const struct attempt *attempt)
{
	uint64_t phase = phase_now();
	count_attempt(own);
	if (!attempt->access(attempt->va, attempt->argument))
		return false;
	if (stress_phase_kind(phase) != STRESS_TAKEN || !is_taken(attempt->va, attempt->write))
		return true;
	// The access is done before the phase is looked at again.
	dsb_ish();
	isb();
	own->late += phase == phase_now();
	return true;
}

// Until it succeeds. False: stopped, or too many faults that nobody expected.
static bool insist(struct stress_reader *own, guarded_access access, uint64_t va, uint64_t argument)
{
	struct attempt attempt = {.va = va, .argument = argument};
	unsigned int unexpected = 0;
	attempt.access = access;
	for (;;) {
		if (try_once(own, &attempt))
			return true;
		unexpected += !note_abort(own);
		own->storm |= unexpected == RETRIES_MAX;
		if (own->storm || stress_stopped())
			return false;
		cpu_yield();
	}
}

static bool load(uint64_t va, uint64_t value)
{
	return access_ldr(va, (uint64_t *)(uintptr_t)value);
}

static bool load_pair(uint64_t va, uint64_t value)
{
	return access_ldp(va, (uint64_t *)(uintptr_t)value);
}

static void compare(struct stress_reader *own, uint64_t va, uint64_t expected, uint64_t got)
{
	own->reads++;
	if (expected == got || own->bad++)
		return;
	own->bad_va = va;
	own->bad_expected = expected;
	own->bad_got = got;
}

// A: an aligned word, a pair, or eight bytes over the end of a page.
static void read_words(struct reader *reader)
{
	struct stress_reader *own = reader->own;
	uint64_t random = next_random(reader), page = stress_page();
	uint64_t pages =
	    WINDOW_AREA / page - 2; // the counters and the page ahead of them are not read
	uint64_t offset = (random >> 8) % pages * page + (random >> 40) % (page / 16) * 16;
	uint64_t value[2] = {0, 0}, argument = (uintptr_t)value;
	bool written = stress_takes_writing(stress.pattern);
	if (written && in_target(stress.window.va + offset))
		return;
	switch (random % 4) {
	case 0:
		offset = align_down(offset, page) + page - 4;
		if (written && in_target(stress.window.va + offset + 4))
			return;
		if (insist(own, load, stress.window.va + offset, argument))
			compare(own, stress.window.va + offset,
				stress_word(offset - 4) >> 32 | stress_word(offset + 4) << 32,
				value[0]);
		return;
	case 1:
		if (!insist(own, load_pair, stress.window.va + offset, argument))
			return;
		compare(own, stress.window.va + offset + 8, stress_word(offset + 8), value[1]);
		break;
	default:
		if (!insist(own, load, stress.window.va + offset, argument))
			return;
	}
	compare(own, stress.window.va + offset, stress_word(offset), value[0]);
}

// B and C.
static void increment(struct reader *reader)
{
	uint64_t counters = stress.window.va + stress_counters();
	reader->own->increments +=
	    insist(reader->own, access_increment, counters + COUNTER_EXCLUSIVE, 0);
	if (reader->atomics)
		reader->own->increments +=
		    insist(reader->own, access_ldadd, counters + COUNTER_ATOMIC, 0);
}

static uint64_t *flag_of(unsigned int cpu)
{
	return (uint64_t *)(uintptr_t)(stress.window.linear + stress_counters() + FLAGS + cpu * 8);
}

// D: who sees the flag must see the data.
static void pass_message(struct reader *reader)
{
	struct stress_reader *own = reader->own;
	uint64_t data = stress.window.va + stress_counters() + MESSAGES;
	uint64_t value = 0;
	unsigned int other = stress.reader_cpu[next_random(reader) % stress.readers];
	if (insist(own, access_str, data + reader->cpu * 8, own->message + 1))
		__atomic_store_n(flag_of(reader->cpu), ++own->message, __ATOMIC_RELEASE);
	uint64_t flag = __atomic_load_n(flag_of(other), __ATOMIC_ACQUIRE);
	if (insist(own, load, data + other * 8, (uintptr_t)&value) && value < flag)
		compare(own, data + other * 8, flag, value);
}

// E: the hardware's translation, found in any of the tables' states, is that of the area.
static void translate(struct reader *reader)
{
	struct stress_reader *own = reader->own;
	uint64_t offset = next_random(reader) % (WINDOW_AREA / stress_page()) * stress_page();
	uint64_t va = stress.window.va + offset;
	uint64_t par = at_probe(va, false);
	count_attempt(own);
	if (!(par & PAR_F)) {
		compare(own, va, stress.window.pa + offset, PAR_PA(par));
		return;
	}
	if (is_wanted(PAR_FST(par), va))
		return;
	if (PAR_FST(par) == FST_CONFLICT) {
		own->conflicts++;
		forget_translations();
		return;
	}
	compare(own, va, stress.window.pa + offset, par);
}

// Whether the right is there for good while the phase lasts: a fault by a translation from before its
// end may still be under way, a second one has no such excuse.
static bool fault_persists(struct stress_reader *own, const struct attempt *attempt, uint64_t phase)
{
	if (stress_phase_kind(phase) != STRESS_GIVEN_BACK)
		return false;
	isb();
	return !try_once(own, attempt) && phase == phase_now();
}

// W2 and W8: a write that may fail.
static void write_target(struct reader *reader)
{
	struct stress_reader *own = reader->own;
	uint64_t page = stress.window.va + STRESS_TARGET_PAGE * stress_page();
	uint64_t phase = phase_now();
	struct attempt attempt = {
	    .va = page + WRITTEN + reader->cpu * 8,
	    .argument = phase,
	    .write = true,
	};
	attempt.access = access_str;
	if (try_once(own, &attempt) || !note_abort(own))
		return;
	if (fault_persists(own, &attempt, phase) && !own->faults++) {
		const struct guard *guard = &cpu_this()->guard;
		own->fault_va = guard->far;
		own->fault_esr = guard->esr;
		own->fsc |= UINT64_C(1) << esr_status(guard->esr);
	}
}

// The page that W2, W6 and W8 are about, in every turn: a translation of it is at hand then when
// the change comes.
static void use_target(struct reader *reader)
{
	struct stress_reader *own = reader->own;
	uint64_t offset = STRESS_TARGET_PAGE * stress_page(), value = 0;
	struct attempt attempt = {
	    .va = stress.window.va + offset,
	    .argument = (uintptr_t)&value,
	};
	if (stress_takes_writing(stress.pattern))
		return write_target(reader);
	attempt.access = load;
	if (try_once(own, &attempt))
		compare(own, attempt.va, stress_word(offset), value);
	else
		note_abort(own);
}

void stress_read(void *unused)
{
	(void)unused;
	const struct cpu *cpu = cpu_this();
	struct reader reader = {
	    .own = &stress.reader[cpu->index],
	    .cpu = (unsigned int)cpu->index,
	    .random = (stress.seed + cpu->index + 1) * UINT64_C(0x9e3779b97f4a7c15),
	    .atomics = field(cpu->isar0, 20, 4) >= 2,
	};
	while (!stress_stopped() && !reader.own->storm) {
		uint64_t choice = next_random(&reader) >> 56;
		use_target(&reader);
		read_words(&reader);
		if (choice < 64)
			increment(&reader);
		else if (choice < 128)
			pass_message(&reader);
		else if (choice < 160)
			translate(&reader);
		// The next walk finds the tables in whatever state they are.
		else if (choice < 168)
			forget_translations();
		cpu_yield();
	}
}
