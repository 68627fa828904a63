// SPDX-License-Identifier: GPL-2.0-or-later
// Single accesses that may fault: each returns false when it took an abort, which is then described
// by cpu_this()->guard (esr, far, pc), and execution goes on.
#ifndef FIRMWARE_ENTRY_ACCESS_H
#define FIRMWARE_ENTRY_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

bool access_ldr(uint64_t va, uint64_t *value);
bool access_ldrw(uint64_t va, uint64_t *value); // 32 bits
bool access_ldrb(uint64_t va, uint64_t *value);
bool access_ldp(uint64_t va, uint64_t value[2]);
bool access_str(uint64_t va, uint64_t value);
bool access_strb(uint64_t va, uint64_t value);
bool access_stp(uint64_t va, uint64_t value); // the same value twice
// LDXR and STXR until the store succeeds.
bool access_stxr(uint64_t va, uint64_t value);
// One more, by LDXR and STXR or, where the CPU has LSE, by LDADD. Not done when false.
bool access_increment(uint64_t va, uint64_t unused);
bool access_ldadd(uint64_t va, uint64_t unused);
bool access_zva(uint64_t va, uint64_t unused); // DC ZVA: zeroes the block around va
// Calls what is at `va`, which must be a RET if it may be executed at all.
bool access_execute(uint64_t va, uint64_t unused);

#endif
