// SPDX-License-Identifier: GPL-2.0-or-later
// The programs that a job wants around its runs (config/hooks.h), carried out by the worker that holds
// the board.
#ifndef RUN_HOOKS_H
#define RUN_HOOKS_H

#include "run/plan.h"
#include "run/session.h"

#define HOOKS_STATE "hooks" // of a run, while they are carried out

// Before the board is switched on. The first one that fails ends it, unless that is only to be said
// (`warn`): ERROR_LAB, or ERROR_QUARANTINE when the board must not be used. What they say goes to
// commands.log.
struct error *hooks_before(struct session *s, const struct plan *p) ERROR_RESULT;
// Behind power-off, on every way out: all of them, whatever became of those before. The first failure is
// told as above.
struct error *hooks_after(struct session *s, const struct plan *p) ERROR_RESULT;

#endif
