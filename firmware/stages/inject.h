// SPDX-License-Identifier: GPL-2.0-or-later
// Negative controls: faults that inject= asks for, to see that the checks notice them. Each must
// make one check fail:
//
//   publish-first, wrong-oa  S14.W1       guard-off  panic, end r=error
//   no-tlbi                  S14.W8       oops       oops, panic, end r=error
//   no-clear                 inject.I15   hang       silence
//   cont-hole                inject.I5    slow=N%    the medians of S15, for the host to compare
//   splat                    S16.splats
#ifndef FIRMWARE_STAGES_INJECT_H
#define FIRMWARE_STAGES_INJECT_H

#include <stdbool.h>

#include "board/options.h"

// Whether this fault is asked for. Asking counts as having put it in: S16 tells otherwise.
bool inject_is(enum option_inject fault);

// S4: a leaf is split while no table can be had, past the guard that would refuse it. On a system
// that may split leaves this does not return.
void inject_guard_off(void);

// The faults that have a stage of their own, the last one.
bool inject_has_stage(void);
void stage_inject(void);

// S16: a fault that was asked for and found no place must not look like a check that noticed
// nothing.
void inject_report(void);

#endif
