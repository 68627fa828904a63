// SPDX-License-Identifier: GPL-2.0-or-later
// What `ps` shows of this process: its argument list, and its short name.
#ifndef BASE_TITLE_H
#define BASE_TITLE_H

// Called once, by main, with its own arguments: takes the place where the kernel keeps them and the
// environment, and gives copies of both; the process has them until its end.
char **title_init(int argc, char **argv);

// Replaces the argument list by `words` (NULL-terminated), joined by spaces and cut to the room that
// arguments and environment had, and the short name by `name` (15 bytes at most). Without title_init
// only the short name changes.
void title_set(const char *name, const char *const *words);

#endif
