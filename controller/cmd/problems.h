// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with configuration files, for people.
#ifndef CMD_PROBLEMS_H
#define CMD_PROBLEMS_H

#include "cmd/cmd.h"
#include "config/problems.h"

// Prints all doubts as warnings, and all mistakes but the last, which it returns for the command to
// fail with; NULL: there is none.
struct error *cmd_tell_problems(const struct cmd *c, struct config_problems *p) ERROR_RESULT;

#endif
