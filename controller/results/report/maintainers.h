// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the kernel's MAINTAINERS: who answers for a file. Pure: text in, addresses out.
//
// A reader of our own, because scripts/get_maintainer.pl is a program of the tree under test, which
// reports must not run, and wants a work tree of the very revision; text comes from any revision of a
// bare tree too. F: and X: with the meaning that the file's own head gives them, and N: for plain words;
// K: looks into contents and is left out.
#ifndef RESULTS_MAINTAINERS_H
#define RESULTS_MAINTAINERS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define MAINTAINERS_MAX 32 // addresses that are listed

struct maintainers {
	const char *section;             // the most special one that has the file; NULL: none
	const char *to[MAINTAINERS_MAX]; // who maintains it there ("Name <a@b>")
	size_t to_count;
	const char *cc[MAINTAINERS_MAX]; // reviewers and lists there; all of the other sections
	size_t cc_count;
};

// Finds who answers for `file`, a path within the tree. Addresses are mail addresses
// (mail_address_is_valid) without doubles, in `arena`.
void maintainers_find(const char *text, size_t len, const char *file, struct arena *arena,
		      struct maintainers *out);

// Whether a pattern of F: or X: has the file: a folder with all below it ("mm/"), else a path in which
// `*`, `?` and `[...]` stand for anything but '/'. A folder's name without '/' is that folder.
bool maintainers_pattern_fits(const char *pattern, const char *file);

#endif
