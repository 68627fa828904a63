// SPDX-License-Identifier: GPL-2.0-or-later
// How long the planner takes to look at a long queue: 10,000 runs of 1,000 batches on 64 boards. The goal
// is 50 ms. Beside it a qsort(3) of as many pointers, which any order costs.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "schedule/planner.h"

#define NOW_S   INT64_C(1774656000)
#define BOARDS  64
#define BATCHES 1000
#define RUNS    10
#define ROUNDS  20

static char names[BOARDS][8];

static void fill(struct planner *p)
{
	struct planner_board boards[BOARDS];
	for (size_t i = 0; i < BOARDS; i++) {
		snprintf(names[i], sizeof(names[i]), "b%zu", i);
		boards[i] = (struct planner_board){.name = names[i], .type = "t"};
	}
	planner_set_boards(p, boards, BOARDS);
	for (size_t b = 0; b < BATCHES; b++) {
		const struct planner_request r = {
		    .job = "j", .trigger = TRIGGER_CHANGE, .priority = (int)(b % 100)};
		char id[PLANNER_ID_SIZE];
		struct plan_run runs[RUNS];
		for (size_t i = 0; i < RUNS; i++)
			runs[i] = (struct plan_run){.board = names[(b * 7 + i) % BOARDS],
						    .pool = "p",
						    .variant = "v",
						    .attempt = 1,
						    .cpus = 1,
						    .need_s = 60};
		const struct plan_rules rules = {.boards_per_pool = 0};
		struct error *e = planner_submit(p, NOW_S, &r, id);
		if (e)
			abort();
		planner_set_runs(p, NOW_S, id, &rules, runs, RUNS);
	}
	planner_saved(p);
}

static void pick(struct planner *p, int64_t now_s)
{
	struct planner_action *actions;
	size_t count = planner_pick(p, now_s, &actions);
	for (size_t i = 0; i < count; i++)
		planner_action_deinit(&actions[i]);
	free(actions);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static double sort_ms(void)
{
	char **all = memory_new(BATCHES * RUNS, sizeof(*all));
	for (size_t i = 0; i < BATCHES * RUNS; i++)
		all[i] = names[(i * 31) % BOARDS];
	int64_t from = clock_monotonic_ns();
	qsort(all, BATCHES * RUNS, sizeof(*all), compare);
	int64_t to = clock_monotonic_ns();
	free(all);
	return (double)(to - from) / (double)NS_PER_MS;
}

int main(void)
{
	const struct planner_limits limits = {.cpus = 32, .seed = 1};
	struct planner *p = planner_new(&limits);
	fill(p);
	double worst = 0, sum = 0;
	for (int i = 0; i < ROUNDS; i++) {
		int64_t from = clock_monotonic_ns();
		planner_tick(p, NOW_S + i);
		pick(p, NOW_S + i);
		double ms = (double)(clock_monotonic_ns() - from) / (double)NS_PER_MS;
		worst = ms > worst ? ms : worst;
		sum += ms;
	}
	printf("10,000 waiting runs planned: mean %.2f ms, worst %.2f ms (goal 50 ms); qsort of as "
	       "many "
	       "%.2f ms\n",
	       sum / ROUNDS, worst, sort_ms());
	planner_free(p);
	return 0;
}
