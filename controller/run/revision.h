// SPDX-License-Identifier: GPL-2.0-or-later
// Which git commit a payload was built from, when it lies in a work tree.
#ifndef RUN_REVISION_H
#define RUN_REVISION_H

struct revision {
	char *commit; // 40 hex digits, owned; NULL = unknown
	char *branch; // owned; NULL = unknown or detached
};

// Asks git about the folder of `path`. No git, or no work tree, leaves both NULL.
void revision_find(const char *path, struct revision *out);
void revision_deinit(struct revision *r);

#endif
