// SPDX-License-Identifier: GPL-2.0-or-later
// Asks git what lies between two commits of a tree, and what a file of it said. No program of the tree
// itself is run, nothing in it is changed, and nothing is fetched.
#ifndef RESULTS_TREE_H
#define RESULTS_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

#define TREE_COMMITS_SHOWN 20

struct tree_range {
	size_t commits, merges; // that BAD has and GOOD has not
	size_t missing;         // that GOOD has and BAD has not; 0: GOOD is one of BAD's ancestors
	struct buffer log;      // the newest TREE_COMMITS_SHOWN of them, a line each
	size_t touching;        // of the commits: those that change the file
	struct buffer touching_log;
};
void tree_range_deinit(struct tree_range *r);
#define CLEANUP_TREE_RANGE CLEANUP(tree_range_deinit)

// Both commits are 40 digits; `file` (a path within the tree) may be NULL. `out` is zeroed. Errors are
// ERROR_LAB: no git, no such tree, a commit that it does not have.
struct error *tree_between(const char *tree, const char *good, const char *bad, const char *file,
			   struct tree_range *out) ERROR_RESULT;

// Appends the file as it is in the commit.
struct error *tree_file(const char *tree, const char *commit, const char *file,
			struct buffer *out) ERROR_RESULT;

#endif
