// SPDX-License-Identifier: GPL-2.0-or-later
// Negative controls: faults that inject= asks for, to see that the checks notice them. Each must
// make the checks beside it fail and no other:
//
//   publish-first          S14.W1 W5                      splat      S16.splats
//   wrong-oa               S14.W1 W4                      guard-off  panic, end r=error
//   no-tlbi, early-tlbi    S14.W2 W6 W7 W8                oops       oops, panic, end r=error
//   mark-break             S14.W3 W4                      hang       silence
//   cont-hole              S14.W3 W4, inject.I5           slow=N%    the medians of S15, for the
//   no-clear               inject.I15                                host to compare
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
