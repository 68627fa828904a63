// SPDX-License-Identifier: GPL-2.0-or-later
// A job definition as KernelCI renders it for pull labs (PULL_LABS, JSON), checked. What is not
// understood is refused with a reason for whoever wrote it, so that nothing is left out unsaid.
#ifndef REMOTE_KERNELCI_DEFINITION_H
#define REMOTE_KERNELCI_DEFINITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"

#define KERNELCI_DEFINITION_LIMIT ((size_t)1 << 20) // bytes
#define KERNELCI_TESTS_MAX        256

enum kernelci_artifact_kind {
	KERNELCI_KERNEL,
	KERNELCI_MODULES,
	KERNELCI_KSELFTEST,
	KERNELCI_ROOTFS,
	KERNELCI_RAMDISK,
	KERNELCI_INITRD,
	KERNELCI_DTB,
	KERNELCI_ARTIFACTS,
};

// "kernel", "modules"...
const char *kernelci_artifact_name(enum kernelci_artifact_kind kind);

// A file to be fetched; url NULL: the definition has none.
struct kernelci_artifact {
	const char *url;    // http or https
	const char *sha256; // or NULL
};

enum kernelci_test_kind {
	KERNELCI_BOOT,            // the kernel comes up
	KERNELCI_KSELFTEST_SUITE, // `suite` of the kernel's self-tests
	KERNELCI_LTP,             // `suite`: runtest files of the Linux Test Project
	KERNELCI_UNKNOWN,         // of a type that this lab does not know: skipped
};

struct kernelci_test {
	const char *id, *type;
	enum kernelci_test_kind kind;
	const char *suite; // or NULL
	const char *skip;  // why it is not run; NULL: it is
	double timeout_s;  // of the test
	const char *const *depends;
	size_t depends_count;
	const char *const *subset; // of its cases; none: all
	size_t subset_count;
	const char *parameters;    // as they are; or NULL
	const char *const *before; // shell lines for the board
	size_t before_count;
	const char *const *after;
	size_t after_count;
};

struct kernelci_definition {
	struct kernelci_artifact artifacts[KERNELCI_ARTIFACTS];
	struct kernelci_test *tests;
	size_t tests_count;
	const char *platform, *arch;
	const char *console_method;      // or NULL
	int64_t console_baud;            // 0: not said
	const char *const *requirements; // what the board must have: words
	size_t requirements_count;
	const char *callback_url, *callback_token; // the token's name; or NULL
	const char *arguments;                     // behind the kernel's command line; or NULL
};

// Reads a definition; what `out` points to lives in `arena`. False: it is not understood, and `why` is
// the reason, one line.
bool kernelci_definition_parse(const char *text, size_t len, struct arena *arena,
			       struct kernelci_definition *out, struct buffer *why);

// Skips the tests of kinds that are not among the bits `kinds` (1u << KERNELCI_BOOT...): the lab cannot
// run them.
void kernelci_definition_limit(struct kernelci_definition *d, struct arena *arena, unsigned kinds);

// The first requirement that is not among the words of `meets` (NULL-terminated, or NULL); NULL: none.
const char *kernelci_definition_unmet(const struct kernelci_definition *d,
				      const char *const *meets);

// Whether any test is to be run.
bool kernelci_definition_runs(const struct kernelci_definition *d);

// Seconds that all tests together may take.
double kernelci_definition_seconds(const struct kernelci_definition *d);

#endif
