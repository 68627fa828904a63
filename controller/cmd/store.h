// SPDX-License-Identifier: GPL-2.0-or-later
// The store as commands that ask it open it.
#ifndef CMD_STORE_H
#define CMD_STORE_H

#include "results/store/store.h"

// store_open_reader; says on standard error what that took.
struct error *cmd_open_store(const char *results_dir, struct store **out) ERROR_RESULT;

#endif
