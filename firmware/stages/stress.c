// SPDX-License-Identifier: GPL-2.0-or-later
// S14: does a change of the size of live leaves ever cost a CPU that uses them an abort, a wrong
// value, a lost update or its progress? CPU 0 watches, one CPU writes (CPU 0 itself where there are
// only two), the others read.
#include "stages/stress.h"

#include <string.h>

#include "entry/sysreg.h"
#include "machine/smp.h"
#include "report/clock.h"
#include "report/format.h"
#include "report/heartbeat.h"
#include "report/record.h"
#include "report/results.h"
#include "stages/firmware.h"
#include "stages/inject.h"
#include "stages/measure.h"

#define LIVELOCK_MS   2000
#define LOOK_MS       100 // what counts of the time between two looks: an emulator's host may stop us all
#define PATIENCE_MS   10000 // how long a pattern is kept up until the readers have met it
#define DET_ITERS     200   // where time must not count
#define COUNTERS_SIZE 4096
#define ATTEMPTS_MIN  256 // of each reader, before a pattern may end
#define CHANGES_MIN   8   // of the writer

struct stress stress;

// What the readers met, in sum; `first` of each is that of the lowest CPU.
struct tally {
	struct stress_reader sum;
	unsigned int livelock; // the CPU that stood still + 1; 0: none
	uint64_t lost;         // increments
	uint64_t ms;
};

static const char *pattern_name(enum stress_pattern pattern)
{
	static const char names[STRESS_PATTERNS][3] = {"W1", "W2", "W3", "W4",
						       "W5", "W6", "W7", "W8"};
	return names[pattern];
}

static bool changes_sizes(enum stress_pattern pattern)
{
	return pattern <= STRESS_W5;
}

static uint64_t *area_word(uint64_t offset)
{
	return (uint64_t *)(uintptr_t)(stress.window.linear + offset);
}

static void fill_area(void)
{
	for (uint64_t offset = 0; offset < stress_counters(); offset += 8)
		*area_word(offset) = stress_word(offset);
}

static void write_until_stopped(void *unused)
{
	(void)unused;
	while (!stress_stopped() && (!stress.limit || stress.iterations < stress.limit)) {
		stress_write();
		cpu_yield();
	}
}

// The time is that of a host that lets them wait; shorter than what CPU 0, which may be the writer, can
// be away for.
#define HOLD_MS 50

void stress_hold(unsigned int attempts)
{
	uint64_t before[CPU_MAX], start = clock_now();
	for (unsigned int i = 0; i < stress.readers; i++)
		before[i] = stress.reader[stress.reader_cpu[i]].progress;
	unsigned int waiting = stress.readers;
	while (waiting && !clock_expired(start, HOLD_MS) && !stress_stopped()) {
		waiting = 0;
		for (unsigned int i = 0; i < stress.readers; i++) {
			const uint64_t *progress = &stress.reader[stress.reader_cpu[i]].progress;
			waiting +=
			    __atomic_load_n(progress, __ATOMIC_RELAXED) - before[i] < attempts;
		}
		cpu_yield();
	}
}

// The readers' progress as of the last look, and for how long each has stood still.
struct watch {
	uint64_t looked; // when that was
	uint64_t progress[CPU_MAX], still[CPU_MAX];
};

static void watch_start(struct watch *watch)
{
	memset(watch, 0, sizeof(*watch));
	watch->looked = clock_now();
}

// The time since the last look, in ticks.
static uint64_t watch_elapsed(struct watch *watch)
{
	uint64_t now = clock_now(), elapsed = now - watch->looked;
	uint64_t limit = LOOK_MS * clock_rate() / 1000;
	watch->looked = now;
	return elapsed < limit ? elapsed : limit;
}

// Index of a CPU that has stood still for too long + 1, 0 for none.
static unsigned int watch_look(struct watch *watch)
{
	uint64_t elapsed = watch_elapsed(watch);
	for (unsigned int i = 0; i < stress.readers; i++) {
		const struct cpu *cpu = &cpus[stress.reader_cpu[i]];
		uint64_t progress =
		    __atomic_load_n(&stress.reader[cpu->index].progress, __ATOMIC_RELAXED);
		if (progress != watch->progress[i] || smp_idle(cpu)) {
			watch->progress[i] = progress;
			watch->still[i] = 0;
			continue;
		}
		watch->still[i] += elapsed;
		if (watch->still[i] >= LIVELOCK_MS * clock_rate() / 1000)
			return (unsigned int)cpu->index + 1;
	}
	return 0;
}

// Whether a reader has given up: nothing more is to be learnt then.
static bool any_storm(void)
{
	for (unsigned int i = 0; i < stress.readers; i++)
		if (stress.reader[stress.reader_cpu[i]].storm)
			return true;
	return false;
}

// Whether anything has gone wrong so far.
static bool fault_noticed(void)
{
	bool noticed = __atomic_load_n(&stress.part_marked, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < stress.readers; i++) {
		const struct stress_reader *one = &stress.reader[stress.reader_cpu[i]];
		noticed |= __atomic_load_n(&one->faults, __ATOMIC_RELAXED) ||
			   __atomic_load_n(&one->bad, __ATOMIC_RELAXED) ||
			   __atomic_load_n(&one->late, __ATOMIC_RELAXED);
	}
	return noticed;
}

// Whether the writer has changed something often enough, every reader has used the window, and one has met
// it broken where the pattern breaks it, or the fault that inject= has put in. An emulator's host may have
// had other things to do than to run them, or to run them at the same time.
static bool all_have_met(void)
{
	uint64_t met = 0;
	uint64_t changes = stress.limit && stress.limit < CHANGES_MIN ? stress.limit : CHANGES_MIN;
	bool injected =
	    options_injects(&firmware.options, stage_test(pattern_name(stress.pattern)));
	if (__atomic_load_n(&stress.iterations, __ATOMIC_ACQUIRE) < changes)
		return false;
	if (injected && !stress.limit && !fault_noticed())
		return false;
	for (unsigned int i = 0; i < stress.readers; i++) {
		const struct stress_reader *one = &stress.reader[stress.reader_cpu[i]];
		if (__atomic_load_n(&one->progress, __ATOMIC_RELAXED) < ATTEMPTS_MIN ||
		    !__atomic_load_n(&one->reads, __ATOMIC_RELAXED))
			return false;
		met += __atomic_load_n(&one->wanted_faults, __ATOMIC_RELAXED);
	}
	// Once the writer has done all its changes there is nothing left to meet.
	bool done = stress.limit && stress.iterations >= stress.limit;
	return injected || !stress_takes_away(stress.pattern) || met || done;
}

// Whether the pattern has been kept up for as long as it was asked for.
static bool is_over(uint64_t start)
{
	if (stress.limit)
		return __atomic_load_n(&stress.iterations, __ATOMIC_ACQUIRE) >= stress.limit;
	return clock_expired(start, firmware.options.stress_ms);
}

static bool all_idle(const struct cpu *writer)
{
	for (unsigned int i = 0; i < stress.readers; i++)
		if (!smp_idle(&cpus[stress.reader_cpu[i]]))
			return false;
	return !writer || smp_idle(writer);
}

// Lets the CPUs loose and watches them until the writer is done or the time is over.
static void run_cpus(struct cpu *writer, struct tally *tally)
{
	struct watch watch;
	uint64_t start = clock_now(), patience = firmware.options.stress_ms + PATIENCE_MS;
	watch_start(&watch);
	for (unsigned int i = 0; i < stress.readers; i++)
		smp_run(&cpus[stress.reader_cpu[i]], stress_read, NULL);
	if (writer)
		smp_run(writer, write_until_stopped, NULL);
	for (;;) {
		if (!writer && (!stress.limit || stress.iterations < stress.limit))
			stress_write();
		tally->livelock = watch_look(&watch);
		bool met = all_have_met() || clock_expired(start, patience);
		if ((is_over(start) && met) || tally->livelock || any_storm())
			break;
		heartbeat(pattern_name(stress.pattern));
		cpu_yield();
	}
	tally->ms = (clock_now() - start) * 1000 / clock_rate();
	__atomic_store_n(&stress.stop, true, __ATOMIC_RELEASE);
	while (!tally->livelock && !all_idle(writer)) {
		tally->livelock = watch_look(&watch);
		heartbeat(pattern_name(stress.pattern));
		cpu_yield();
	}
}

static void add_up(struct tally *tally)
{
	struct stress_reader *sum = &tally->sum;
	for (unsigned int i = 0; i < stress.readers; i++) {
		const struct stress_reader *one = &stress.reader[stress.reader_cpu[i]];
		if (!sum->faults && one->faults) {
			sum->fault_va = one->fault_va;
			sum->fault_esr = one->fault_esr;
			sum->fault_pte = one->fault_pte;
		}
		if (!sum->bad && one->bad) {
			sum->bad_va = one->bad_va;
			sum->bad_expected = one->bad_expected;
			sum->bad_got = one->bad_got;
		}
		sum->reads += one->reads;
		sum->increments += one->increments;
		sum->wanted_faults += one->wanted_faults;
		sum->faults += one->faults;
		sum->conflicts += one->conflicts;
		sum->bad += one->bad;
		sum->late += one->late;
		sum->fsc |= one->fsc;
		sum->storm |= one->storm;
	}
	// The counters are the only words of their lines that anybody writes.
	uint64_t counted = *area_word(stress_counters()) + *area_word(stress_counters() + 64);
	tally->lost = counted - sum->increments;
}

static const char *tally_problem(const struct tally *tally)
{
	const struct stress_reader *sum = &tally->sum;
	if (tally->livelock)
		return "a CPU makes no progress";
	if (sum->storm)
		return "conflict-storm: an address keeps faulting";
	if (sum->conflicts)
		return "TLB conflict aborts";
	if (sum->faults)
		return "aborts that nothing explains";
	if (sum->bad)
		return "wrong values or translations";
	if (tally->lost)
		return "the increments do not add up";
	if (sum->late)
		return "accesses succeeded after the invalidation that forbade them";
	if (stress.part_marked)
		return "a contiguous group is not marked, or not mapped, as one";
	return NULL;
}

// Why nothing was tried although nothing went wrong.
static const char *tally_void(const struct tally *tally)
{
	if (!tally->sum.reads)
		return "the readers did not get to read";
	if (stress_takes_away(stress.pattern) && !tally->sum.wanted_faults)
		return "no reader met what the pattern takes away";
	return NULL;
}

static void report_first(const struct tally *tally)
{
	const struct stress_reader *sum = &tally->sum;
	if (sum->faults) {
		record_hex("va", sum->fault_va);
		record_hex("esr", sum->fault_esr);
		record_hex("pte", sum->fault_pte);
	}
	if (sum->bad) {
		record_hex("bad_va", sum->bad_va);
		record_hex("expected", sum->bad_expected);
		record_hex("got", sum->bad_got);
	}
}

static void report_tally(const struct tally *tally, bool licensed)
{
	const struct stress_reader *sum = &tally->sum;
	char name[8];
	format(name, sizeof(name), "%s", pattern_name(stress.pattern));
	record_begin("stress");
	record_text("id", name);
	record_unsigned("iters", stress.iterations);
	record_unsigned("reads", sum->reads);
	record_unsigned("faults", sum->faults);
	record_hex("fsc", sum->fsc);
	record_unsigned("bad", sum->bad);
	record_unsigned("conflicts", sum->conflicts);
	if (tally->livelock)
		record_unsigned("livelock", tally->livelock - 1);
	else
		record_text("livelock", "none");
	record_unsigned("ms", firmware.options.det ? 0 : tally->ms);
	record_unsigned(stress.pattern == STRESS_W7 ? "bbm_window" : "wanted", sum->wanted_faults);
	record_unsigned("increments", sum->increments);
	record_signed("lost", (int64_t)tally->lost);
	record_unsigned("late", sum->late);
	record_unsigned("readers", stress.readers);
	record_end();

	const char *problem = tally_problem(tally), *untried = tally_void(tally);
	enum result result = !licensed ? RESULT_INFO
			     : problem ? RESULT_FAIL
			     : untried ? RESULT_SKIP
				       : RESULT_PASS;
	test_begin(stage_test(name), result, problem ? problem : untried);
	report_first(tally);
	test_end();
}

// Why the pattern cannot be run, NULL when it can.
static const char *obstacle(enum stress_pattern pattern)
{
	bool unsafe = options_names(&firmware.options, "unsafe");
	if (changes_sizes(pattern) && !firmware.mm.caps.sys && !unsafe)
		return "a CPU may not change sizes of live leaves (tests=unsafe does it all the "
		       "same)";
	if (pattern == STRESS_W3 && !stress.window.group)
		return "no contiguous group of PMDs of memory";
	if (pattern == STRESS_W5 && !stress.window.pud)
		return "no PUD leaves, or no PUD of memory";
	return NULL;
}

// False: a CPU is lost, nothing more can be run.
static bool run_pattern(enum stress_pattern pattern, struct cpu *writer)
{
	const char *why = obstacle(pattern);
	if (why) {
		test_report(stage_test(pattern_name(pattern)), RESULT_SKIP, why);
		return true;
	}
	struct tally tally;
	memset(&tally, 0, sizeof(tally));
	memset(stress.reader, 0, sizeof(stress.reader));
	memset(area_word(stress_counters()), 0, COUNTERS_SIZE);
	stress.pattern = pattern;
	stress.iterations = 0;
	stress.phase = 0;
	stress.part_marked = 0;
	stress.stop = false;
	stress.limit = firmware.options.stress_iters;
	if (!stress.limit && firmware.options.det)
		stress.limit = DET_ITERS;
	stress_prepare();
	run_cpus(writer, &tally);
	add_up(&tally);
	report_tally(&tally, !changes_sizes(pattern) || firmware.mm.caps.sys);
	if (pattern == STRESS_W1 && tally.ms && !firmware.options.det)
		measure_single("t.stress.w1.rate", stress.iterations * 1000 / tally.ms, "1/s");
	// What the readers of W2 and W8 have written.
	for (uint64_t at = 0; at < stress_page(); at += 8)
		*area_word(STRESS_TARGET_PAGE * stress_page() + at) =
		    stress_word(STRESS_TARGET_PAGE * stress_page() + at);
	return !tally.livelock;
}

// Gives the CPUs their roles; the writer, NULL when CPU 0 has to do it itself.
static struct cpu *cast(void)
{
	struct cpu *writer = NULL;
	stress.readers = 0;
	for (unsigned int i = 1; i < firmware.cpus; i++) {
		if (cpus[i].state != CPU_ONLINE)
			continue;
		if (!writer && firmware.machine.online > 2)
			writer = &cpus[i];
		else
			stress.reader_cpu[stress.readers++] = i;
	}
	return writer;
}

// Whatever was asked for is answered, by its own name.
static void skip_selected(unsigned int first, const char *why)
{
	for (unsigned int i = first; i < STRESS_PATTERNS; i++) {
		const char *id = stage_test(pattern_name((enum stress_pattern)i));
		if (options_selects(&firmware.options, id))
			test_report(id, RESULT_SKIP, why);
	}
}

void stage_stress(void)
{
	struct cpu *writer = cast();
	if (!stress.readers)
		return skip_selected(0, "needs two CPUs");
	stress.mm = &firmware.mm;
	stress.seed = firmware.options.seed;
	if (!stress_window_open(stress.mm, &stress.window))
		return skip_selected(0, "no free PMD of memory");
	fill_area();
	for (unsigned int i = 0; i < STRESS_PATTERNS; i++) {
		const char *name = pattern_name((enum stress_pattern)i);
		if (options_selects(&firmware.options, stage_test(name)) &&
		    !run_pattern((enum stress_pattern)i, writer))
			return skip_selected(i + 1, "a CPU is lost since an earlier pattern");
	}
	stress_window_close(stress.mm, &stress.window);
}
