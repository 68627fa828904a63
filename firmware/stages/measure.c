// SPDX-License-Identifier: GPL-2.0-or-later
#include "stages/measure.h"

#include "entry/sysreg.h"
#include "report/clock.h"
#include "report/heartbeat.h"
#include "report/record.h"
#include "report/statistics.h"
#include "stages/firmware.h"
#include "stages/inject.h"

#define WARM_UPS      3
#define TIMES_MAX     4096
#define EMPTY_SAMPLES 101
#define QUICK_SAMPLES 5
// Where every run counts the same instructions, and emulating them takes its time.
#define DET_SAMPLES 11
// A metric's share of a run where reps= does not say how many samples it must be.
#define SHARE_MS       40
#define SHARE_QUICK_MS 4

#define PMCR_E           (1 << 0)
#define PMCR_C           (1 << 2)
#define PMCR_LC          (1 << 6)
#define PMCNTENSET_CYCLE (UINT64_C(1) << 31)

struct reading {
	uint64_t ticks, cycles;
};

static struct {
	bool cycles;          // the cycle counter counts
	struct reading empty; // a pair of readings with nothing in between
} clocks;

static struct reading read_clocks(void)
{
	struct reading reading = {0, 0};
	isb();
	reading.ticks = sysreg_read(cntvct_el0);
	if (clocks.cycles)
		reading.cycles = sysreg_read(pmccntr_el0);
	return reading;
}

static struct reading since(struct reading start)
{
	struct reading now = read_clocks();
	return (struct reading){now.ticks - start.ticks, now.cycles - start.cycles};
}

static void start_cycle_counter(void)
{
	unsigned int version = field(cpu_this()->dfr0, 8, 4);
	if (version == 0 || version == 15)
		return;
	sysreg_write(pmccfiltr_el0, 0);
	sysreg_write(pmcr_el0, PMCR_E | PMCR_C | PMCR_LC);
	sysreg_write(pmcntenset_el0, PMCNTENSET_CYCLE);
	isb();
	uint64_t before = sysreg_read(pmccntr_el0);
	for (unsigned int i = 0; i < 1000; i++)
		cpu_yield();
	isb();
	clocks.cycles = sysreg_read(pmccntr_el0) != before;
}

void measure_start(void)
{
	static uint64_t ticks[EMPTY_SAMPLES], cycles[EMPTY_SAMPLES];
	struct statistics statistics;
	start_cycle_counter();
	clocks.empty = (struct reading){0, 0};
	for (unsigned int i = 0; i < EMPTY_SAMPLES; i++) {
		struct reading empty = since(read_clocks());
		ticks[i] = empty.ticks;
		cycles[i] = empty.cycles;
	}
	statistics_of(&statistics, ticks, EMPTY_SAMPLES);
	clocks.empty.ticks = statistics.median;
	statistics_of(&statistics, cycles, EMPTY_SAMPLES);
	clocks.empty.cycles = statistics.median;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static struct reading bracket(const struct measurement *m, unsigned int times)
{
	struct reading start = read_clocks();
	m->run(times);
	struct reading taken = since(start);
	return (struct reading){less(taken.ticks, clocks.empty.ticks),
				less(taken.cycles, clocks.empty.cycles)};
}

// inject=slow=N%: the batch takes that much longer. Not each operation, which may take less than
// what one look at the clocks costs.
static void slow_down(struct reading *batch)
{
	uint64_t longer = batch->ticks * firmware.options.slow / 100;
	struct reading start = read_clocks(), waited;
	do
		waited = since(start);
	while (waited.ticks < longer);
	batch->ticks += less(waited.ticks, clocks.empty.ticks);
	batch->cycles += less(waited.cycles, clocks.empty.cycles);
}

static struct reading batch(const struct measurement *m, unsigned int times)
{
	struct reading sum = {0, 0};
	if (!m->before && !m->after)
		sum = bracket(m, times);
	else
		for (unsigned int i = 0; i < times; i++) {
			if (m->before)
				m->before();
			struct reading one = bracket(m, 1);
			if (m->after)
				m->after();
			sum.ticks += one.ticks;
			sum.cycles += one.cycles;
		}
	if (inject_is(OPTION_INJECT_SLOW) && !m->untouched)
		slow_down(&sum);
	return sum;
}

// How many operations make a batch. Leaves the last batch in `sample`: for what takes long it is
// the only one there is time for.
static unsigned int calibrate(const struct measurement *m, struct reading *sample)
{
	unsigned int times = 1;
	for (;;) {
		*sample = batch(m, times);
		// Twice, since one may have been held up by somebody else's business.
		if (sample->ticks >= MEASURE_TICKS * 64 || times >= TIMES_MAX)
			return times;
		if (sample->ticks >= MEASURE_TICKS && batch(m, times).ticks >= MEASURE_TICKS)
			return times;
		times *= 2;
	}
}

static unsigned int samples_wanted(const struct measurement *m)
{
	const struct options *options = &firmware.options;
	unsigned int wanted = m->samples;
	if (options->reps)
		wanted = options->reps;
	else if (options_names(options, "quick"))
		wanted = QUICK_SAMPLES;
	else if (options->det && wanted > DET_SAMPLES)
		wanted = DET_SAMPLES;
	return wanted < MEASURE_SAMPLES ? wanted : MEASURE_SAMPLES;
}

static bool share_is_used_up(uint64_t start)
{
	uint64_t share = options_names(&firmware.options, "quick") ? SHARE_QUICK_MS : SHARE_MS;
	return !firmware.options.reps && clock_expired(start, share);
}

// Thousandths of one operation.
static uint64_t milli(const struct measurement *m, uint64_t total, unsigned int times)
{
	uint64_t value = total * 1000 / times;
	if (!m->scale)
		return value;
	// In two steps: gigabytes times ticks need not fit.
	return value / m->per * m->scale + value % m->per * m->scale / m->per;
}

// What a value can be off without any change: each pair of readings is known to one tick, whatever was
// run before moves it by that much, and the last thousandth is cut off.
static uint64_t resolution(const struct measurement *m, unsigned int times)
{
	unsigned int pairs = m->before || m->after ? times : 1;
	return milli(m, pairs, times) + 1;
}

void measure(const struct measurement *m)
{
	static uint64_t ticks[MEASURE_SAMPLES], cycles[MEASURE_SAMPLES];
	struct statistics statistics;
	uint64_t start = clock_now();
	struct reading sample;
	unsigned int times = calibrate(m, &sample), wanted = samples_wanted(m), taken = 0;
	for (unsigned int i = 0; i < WARM_UPS && !share_is_used_up(start); i++)
		batch(m, times);
	do {
		if (!share_is_used_up(start))
			sample = batch(m, times);
		ticks[taken] = milli(m, sample.ticks, times);
		cycles[taken] = milli(m, sample.cycles, times);
		taken++;
		heartbeat(m->id);
	} while (taken < wanted && !share_is_used_up(start));
	statistics_of(&statistics, ticks, taken);
	record_begin("time");
	record_text("id", m->id);
	record_unsigned("n", taken);
	record_milli("min", statistics.min);
	record_milli("med", statistics.median);
	record_milli("p90", statistics.p90);
	record_milli("max", statistics.max);
	record_milli("mad", statistics.mad);
	statistics_of(&statistics, cycles, taken);
	if (clocks.cycles)
		record_milli("cyc", statistics.median);
	else
		record_text("cyc", "na");
	record_text("unit", "tick");
	record_milli("step", resolution(m, times));
	record_unsigned("ops", times);
	record_end();
}

static void print_single(const char *id, uint64_t value, const char *unit, uint64_t step)
{
	record_begin("time");
	record_text("id", id);
	record_unsigned("n", 1);
	record_unsigned("min", value);
	record_unsigned("med", value);
	record_unsigned("p90", value);
	record_unsigned("max", value);
	record_unsigned("mad", 0);
	record_text("cyc", "na");
	record_text("unit", unit);
	if (step)
		record_unsigned("step", step);
	record_unsigned("ops", 1);
	record_end();
}

void measure_single(const char *id, uint64_t value, const char *unit)
{
	print_single(id, value, unit, 0);
}

void measure_single_time(const char *id, uint64_t ticks)
{
	print_single(id, ticks, "tick", 1);
}
