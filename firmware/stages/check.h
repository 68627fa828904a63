// SPDX-License-Identifier: GPL-2.0-or-later
// What is checked after each stage, and words about addresses.
#ifndef FIRMWARE_STAGES_CHECK_H
#define FIRMWARE_STAGES_CHECK_H

#include <stddef.h>

#include "mm/mm.h"

// Invariants, address translation probes and the walk summary as of the end of `stage`.
void check_tables(enum stage stage);

// "pgd=..., p4d=..., pud=..., pmd=..., pte=..." for `va`, as far as the walk goes.
void describe_address(uint64_t va, char *out, size_t size);

// AT S1E1R (or S1E1W) for `va`: PAR_EL1.
uint64_t at_probe(uint64_t va, bool write);

#endif
