// SPDX-License-Identifier: GPL-2.0-or-later
// The environment of programs that the farm starts: the usual variables of a login shell, and those
// that were asked for. Others are not passed on, because they may hold tokens and passwords.
#ifndef BASE_ENVIRONMENT_H
#define BASE_ENVIRONMENT_H

#include <stdbool.h>

#include "base/redact.h"

// PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TERM, TZ and TMPDIR, as far as they are set, and
// the variables in `names` (NULL-terminated, or NULL); one that is "NAME=value" is taken as it is. The
// caller frees with environment_free.
char **environment_new(const char *const *names);
void environment_free(char **environment);

// Whether it can be a variable's name: letters, digits and '_', no digit first.
bool environment_is_name(const char *name);

// Adds the values of the variables in `names` (or NULL) to the secrets in `out`, because a program
// may print a password that it was given there.
void environment_add_secrets(const char *const *names, struct redact *out);

#endif
