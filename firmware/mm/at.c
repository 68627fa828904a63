// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/at.h"

struct at_answer at_expect(const struct mm *mm, vaddr_t va, bool write, uint64_t mair)
{
	struct at_answer answer = {0};
	struct leaf leaf;
	bool present = walk_lookup(mm, va, &leaf);

	answer.fault = true;
	if (!present || !desc_is_valid(leaf.desc)) {
		answer.fst = FST_TRANSLATION + leaf.level;
		return answer;
	}
	if (!(leaf.desc & DESC_AF)) {
		answer.fst = FST_ACCESS_FLAG + leaf.level;
		return answer;
	}
	if (write && (leaf.desc & DESC_AP2)) {
		answer.fst = FST_PERMISSION + leaf.level;
		return answer;
	}
	answer.fault = false;
	// The offset within the leaf counts as far as whole 4 KiB: PAR_EL1.PA is bits 47:12.
	answer.pa = align_down(desc_pa(leaf.desc) + (va - leaf.va), UINT64_C(1) << 12);
	answer.attr = (uint8_t)(mair >> (8 * ((leaf.desc & DESC_ATTR_MASK) >> 2)));
	answer.sh = (uint8_t)((leaf.desc & DESC_SH_MASK) >> 8);
	return answer;
}

bool at_agrees(const struct at_answer *expected, uint64_t par)
{
	if (expected->fault)
		return (par & PAR_F) && PAR_FST(par) == expected->fst;
	return !(par & PAR_F) && PAR_PA(par) == expected->pa && PAR_ATTR(par) == expected->attr &&
	       PAR_SH(par) == expected->sh;
}

void at_probe_addresses(const struct mm *mm, const struct walk_run *run, vaddr_t va[AT_PROBES])
{
	uint64_t page = mm_page_size(mm);

	va[0] = run->start;
	va[1] = align_down(run->start + (run->end - run->start) / 2, page);
	va[2] = run->end - page;
}
