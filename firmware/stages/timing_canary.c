// SPDX-License-Identifier: GPL-2.0-or-later
// Two fixed loops at the start and at the end of S15. They measure the board, not what is tested: a
// run in which they take longer than usual ran hot, or at another clock. Never change them: the
// series of a board would have to start anew.
#include "report/format.h"
#include "stages/timing.h"

#define CHAIN     256 // dependent operations of the first loop
#define RING      64  // cache lines of the second
#define LINE_SIZE 64

static struct ring_line {
	struct ring_line *next;
	char rest[LINE_SIZE - sizeof(struct ring_line *)];
} ring[RING] __attribute__((aligned(LINE_SIZE)));

static void add_up(unsigned int times)
{
	uint64_t sum = times;
	while (times--)
		for (unsigned int i = 0; i < CHAIN; i += 4)
			__asm__ volatile("add %0, %0, #1\n\teor %0, %0, %0, lsl #1\n\t"
					 "add %0, %0, #3\n\teor %0, %0, %0, lsr #1"
					 : "+r"(sum));
}

static void follow_ring(unsigned int times)
{
	const struct ring_line *line = ring;
	while (times--)
		for (unsigned int i = 0; i < RING; i++)
			line = *(struct ring_line *const volatile *)&line->next;
}

// Every line points 29 further on, which no prefetcher of strides up to a page makes easier from
// one board to the next; 29 and 64 have no common factor, so that all are visited.
static void close_ring(void)
{
	for (unsigned int i = 0; i < RING; i++)
		ring[i].next = &ring[(i + 29) % RING];
}

static void run_loop(const char *loop, const char *when, void (*run)(unsigned int))
{
	char id[32];
	format(id, sizeof(id), "t.canary.%s.%s", loop, when);
	struct measurement m;
	m.id = id;
	m.samples = 31;
	m.before = m.after = NULL;
	m.run = run;
	m.scale = m.per = 0;
	m.untouched = true;
	measure(&m);
}

void timing_canary(const char *when)
{
	close_ring();
	run_loop("alu", when, add_up);
	run_loop("chase", when, follow_ring);
}
