// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm --host NAME COMMAND ...`: the command on another host of the lab, over ssh(1).
#ifndef CMD_HOST_H
#define CMD_HOST_H

#include "base/error.h"

// Carries out `argv` (a command and its arguments) on the host `name` of farm.yaml; what it says there
// is said here, past the same filter, and *code is its exit code. ERROR_USAGE: no such host. ERROR_LAB: it
// is not reached.
struct error *host_run(const char *name, int argc, char **argv, int *code) ERROR_RESULT;

#endif
