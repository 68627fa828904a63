// SPDX-License-Identifier: GPL-2.0-or-later
// Answers of KernelCI's API (Maestro): a page of events, a node, who we are.
#ifndef REMOTE_KERNELCI_EVENTS_H
#define REMOTE_KERNELCI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

#define KERNELCI_PAGE      1000 // events a page; the API gives no more with their nodes
#define KERNELCI_ID_MAX    64   // bytes of an event's or node's id
#define KERNELCI_PAGE_SIZE ((size_t)64 << 20) // bytes of a page that are read

// What matters of a node. Absent texts are NULL.
struct kernelci_node {
	const char *id; // letters and digits
	const char *kind, *name, *state, *result, *parent;
	const char *runtime, *platform, *job_id, *error_code;
	const char *definition; // URL of the job's definition
};

struct kernelci_event {
	const char *id;
	int64_t time_us; // since 1970
	struct kernelci_node node;
};

struct kernelci_page {
	struct kernelci_event *events; // those that could be read, in the answer's order
	size_t count;
	size_t total; // entries of the answer, readable or not
};

// Reads the answer of GET /events?recursive=true; what `out` points to lives in `arena`. An entry that
// is not as it should be is left out. False: no list at all, and `why` says so.
bool kernelci_page_parse(const char *text, size_t len, struct arena *arena,
			 struct kernelci_page *out, struct buffer *why);

// Reads a node. False: it is none.
bool kernelci_node_parse(const char *text, size_t len, struct arena *arena,
			 struct kernelci_node *out, struct buffer *why);

// Whether what GET /whoami answers lets us claim and finish jobs of the lab; else `why` says what is
// missing.
bool kernelci_rights(const char *text, size_t len, const char *lab, struct buffer *why);

// How many nodes an answer of GET /nodes counts; -1: it is none.
int64_t kernelci_nodes_total(const char *text, size_t len);

#endif
