// SPDX-License-Identifier: GPL-2.0-or-later
// What is sent to KernelCI: nodes as the API gave them, with what we change; results in the form of the
// callback and of KCIDB.
#ifndef REMOTE_KERNELCI_BODY_H
#define REMOTE_KERNELCI_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

// How much of an outcome is told; a service that refuses one is told the next.
enum kernelci_detail {
	KERNELCI_FULL,    // results, tests with reasons, data.misc: which board, which CPU
	KERNELCI_TESTS,   // results, tests
	KERNELCI_RESULT,  // the result alone
	KERNELCI_DETAILS, // how many there are
};

// Body of PUT /node/ID that claims the node: what GET /node/ID answered, without what the API alone
// may set, and with our data.job_id. NULL: `node` is none. The caller frees.
char *kernelci_body_claim(const char *node, size_t len, const char *job_id);

// What finishes a node. `*tree` true: there are tests, and it is the body of PUT /nodes/ID, whose root
// is the whole node as it was read (the API stores it as it comes); else that of PUT /node/ID.
// Artifacts, data and whatever else the node has stay. NULL: the node or the outcome is none.
char *kernelci_body_finish(const char *node, size_t len, const char *outcome,
			   enum kernelci_detail detail, bool *tree);

// Whether the node is done with what the outcome says, so that it was finished before.
bool kernelci_body_is_finished(const char *node, size_t len, const char *outcome);

// How many children the node gets; 0: none.
size_t kernelci_body_children(const char *outcome);

// Body of POST {callback}/node/ID. NULL: the outcome is none. The caller frees.
char *kernelci_body_callback(const char *outcome);

// The KCIDB document of a batch of ours as tests of KernelCI's build: without checkouts and builds of
// our own, each test with that build's id. NULL: the document is none. The caller frees.
char *kernelci_body_kcidb(const char *document, size_t len, const char *build_id);

#endif
