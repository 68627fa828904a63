// SPDX-License-Identifier: GPL-2.0-or-later
// A Maestro in memory and pull labs before it, on a clock of the test's own: requests take time, fail and
// are cut; labs are killed at any moment and begin again with what they stored.
#ifndef UNIT_REMOTE_KERNELCI_H
#define UNIT_REMOTE_KERNELCI_H

#include <jansson.h>
#include <stdbool.h>

#include "remote/kernelci.h"

#define SIM_LABS 3

// A job of theirs, and what was done to it.
struct sim_node {
	json_t *node;           // owned
	json_t *tests;          // owned: what was put below it
	const char *definition; // text that its URL gives; NULL: 404
	int claims, finishes, takes;
};

struct sim_lab {
	struct kernelci *k;
	struct kernelci_options options;
	bool busy; // a request is under way
	int64_t applied_ns, answered_ns;
	struct kernelci_request request;
	char *url, *body; // owned copies
	long status;
	char *answer; // owned
	bool applied;
	// What it stored.
	int64_t cursor_us;
	struct kernelci_seen *seen;
	size_t seen_count;
	struct kernelci_job *jobs; // with owned texts
	size_t jobs_count;
	int batches;
	bool kill_after; // the commit that is under way
	bool dead;
	int64_t down_until_ns;
};

struct sim {
	uint64_t random;
	int64_t now_ns, real_ms;
	struct sim_node *nodes;
	size_t nodes_count;
	json_t *events; // owned
	struct sim_lab labs[SIM_LABS];
	size_t labs_count;
	double fail, kill; // probabilities, a request
	double latency_s;
	bool offset_unknown; // to the service
	long whoami;         // status of GET /whoami
	bool refuse_misc, refuse_tests;
	char *told; // owned: all that was told
	int requests;
};

void sim_init(struct sim *s, uint64_t seed);
void sim_deinit(struct sim *s);
#define CLEANUP_SIM CLEANUP(sim_deinit) struct sim

// A node of the runtime and platform, with an event at the time.
struct sim_node *sim_offer(struct sim *s, const char *runtime, const char *platform,
			   const char *definition);
void sim_event(struct sim *s, const struct sim_node *n, int64_t real_ms);
void sim_lab(struct sim *s, const char *name);

// Runs for so long, finishing each batch after a while.
void sim_run(struct sim *s, double seconds);

const char *sim_text(const struct sim_node *n, const char *group, const char *name);

#endif
