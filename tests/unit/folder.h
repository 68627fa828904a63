// SPDX-License-Identifier: GPL-2.0-or-later
// A scratch folder for tests of things that live in files.
#ifndef UNIT_FOLDER_H
#define UNIT_FOLDER_H

#include "base/buffer.h"

// A new folder below $TMPDIR; removed with everything in it by folder_remove. The caller frees.
char *folder_new(void);
void folder_remove(const char *dir);

// Writes text to dir/name (folders of `name` are made).
void folder_write(const char *dir, const char *name, const char *text);
// The file's text; the caller frees. Fails the test when it is not there.
char *folder_read(const char *dir, const char *name);

#endif
