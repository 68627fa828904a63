// SPDX-License-Identifier: GPL-2.0-or-later
// issues/*.yaml: faults that are known, so that they do not redden a night. They live in git beside the
// boards and jobs.
#ifndef CONFIG_ISSUES_H
#define CONFIG_ISSUES_H

#include "config/keys.h"

#define ISSUES_DIR "issues"

// The keys of an issue.
extern const struct key issue_keys[];

// Filters are NULL where an issue does not say them; all that it says must fit. Those of text, file,
// test, payload and the like are patterns as of a shell (fnmatch).
struct known_issue {
	const char *name;
	struct config_node node; // where it stands
	const char *title, *link, *owner;
	int64_t severity, expires;
	bool resolved; // it is said to be mended: seen again it is no excuse
	bool broad;    // it may stand for several signatures
	const char *text, *signature, *class, *function, *file, *test;
	const char *job, *variant, *board, *pool, *type, *cpu;
};

struct issues_config {
	struct config_file **files; // owned
	size_t files_count;
	struct known_issue *items; // owned
	size_t count;
};

// Of a folder or a file. NULL: of ISSUES_DIR (config_locate), where there may be none. Fails with the first
// mistake, with file:line:column. Everything is released by issues_deinit, also after an error.
struct error *issues_load(const char *named, struct issues_config *out) ERROR_RESULT;
// Of a file that is parsed already; it becomes theirs.
struct error *issues_add_file(struct issues_config *c, struct config_file *f) ERROR_RESULT;
void issues_deinit(struct issues_config *c);
#define CLEANUP_ISSUES CLEANUP(issues_deinit)

#endif
