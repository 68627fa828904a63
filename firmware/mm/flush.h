// SPDX-License-Identifier: GPL-2.0-or-later
// The invalidation of translations: the one sequence of instructions that makes a change of the
// tables true for every CPU. Which TLBI it takes is computed in mm/tlbi.h.
//
//	str   xN, [entry]     the change, by the caller
//	dsb   ishst           1
//	tlbi  ...is, xN       2
//	dsb   ish             3
//	tlbi; dsb ish         4, with tlbi2=1
//	isb                   5
//
// Five steps, each with its reason (Arm ARM DDI 0487, "TLB maintenance requirements and the TLB
// maintenance instructions" and "Ordering and completion of TLB maintenance instructions"):
//
// 1. A table walk is no access of this CPU's program: without the barrier a walker, this CPU's or
//    another's, may read the old descriptor behind the TLBI and keep it for ever. Stores are enough
//    to wait for, all CPUs of the Inner Shareable domain have to see them.
// 2. The TLBs may hold what the tables do not say any more. To all CPUs (IS), since all use the
//    tables; for all ASIDs (A), since kernel mappings are global; of the last level only (L), since
//    only leaves change: where a *table* goes away the walker must forget it too, and that takes
//    flush_all().
// 3. A TLBI is only asked for until a DSB has waited for it: by then no CPU uses an old translation,
//    nor has a memory access under way that was made with one. A DSB of stores alone does not wait for
//    a TLBI.
// 4. On CPUs with certain errata (Cortex-A76 to X925, Neoverse N1 to V3 and others, where kernels do
//    the same) the first TLBI may leave an access by the old translation unfinished; one more TLBI, of
//    any address, and DSB end that.
// 5. Steps 1 to 4 are about other CPUs and about data. What this CPU has fetched or decoded ahead,
//    and its own later walks, are put behind them by the context synchronization.
#ifndef FIRMWARE_MM_FLUSH_H
#define FIRMWARE_MM_FLUSH_H

#include "mm/mm.h"

// The leaves of a range (page aligned). Tables that hang in it stay known to the walker.
void flush_range(const struct mm *mm, vaddr_t start, vaddr_t end);

// Everything, what the walker knows of tables included.
void flush_all(const struct mm *mm);

#endif
