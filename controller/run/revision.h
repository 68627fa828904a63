// SPDX-License-Identifier: GPL-2.0-or-later
// Which git commit a payload was built from, as far as the payload itself proves it. Where its file
// lies proves nothing: images are kept in repositories of other things.
#ifndef RUN_REVISION_H
#define RUN_REVISION_H

#include "config/job.h"

struct revision {
	char *commit; // 40 hex digits, owned; NULL = unknown
	char *name; // as the payload calls it ("v7.1-rc2-12-g0123456789ab"), owned; NULL = unknown
};

// Looks for the build's own stamp in the plain image `path`: a kernel's release ("Linux version
// 7.1.0-rc2-00012-g0123456789ab", scripts/setlocalversion), the mm firmware's "mmfw-" and what `git
// describe` said. Its digits are made whole by the git repository that `source` lies in, if that one
// knows them. A stamp that says "dirty" names no commit.
void revision_find(const char *path, enum payload_kind kind, const char *source,
		   struct revision *out);
void revision_deinit(struct revision *r);

// The abbreviated commit (7 to 40 digits) that a release or a `git describe` ends with; false: none, or
// the tree had been changed.
bool revision_parse(const char *stamp, char digits[41]);

#endif
