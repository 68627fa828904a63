// SPDX-License-Identifier: GPL-2.0-or-later
// A farm without boards: the real planner, farm.sqlite and daemon/executor.c over boards, batches and a clock
// that are simulated, with the faults of a real lab. What a disk keeps outlives the farm's deaths, and so
// do the workers.
#ifndef SUPPORT_SIMULATED_FARM_H
#define SUPPORT_SIMULATED_FARM_H

#include <stdbool.h>
#include <stdint.h>

struct simulation_options {
	uint64_t seed;
	int boards, jobs, days;
	// Chances in a thousand.
	int die;        // of the farm, at each thing that it does
	int kill;       // of a worker, in each run
	int busy;       // that farm.sqlite cannot be written
	int bad_board;  // that a board is one whose runs fail as trouble of the lab, for some days
	int fail;       // that a run FAILs
	int clock_step; // an hour's or three hours' step of the wall clock, a suspend: in each hour
	int64_t die_at; // exactly once, at that thing the farm does; 0: as chance has it
	bool storm;     // each schedule fires ten times as often as the boards can follow
	bool caps;      // boards have caps of power cycles
};

struct simulation_result {
	int64_t things; // that the farm did
	int64_t fires, batches, runs, retries, checks, deaths, steps;
	int64_t left;     // batches that were not done at the end
	char broken[512]; // the first promise that was not kept, "" none
};

void simulated_farm_run(const struct simulation_options *o, struct simulation_result *out);

#endif
