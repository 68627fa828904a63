// SPDX-License-Identifier: GPL-2.0-or-later
// S11: what set_memory_*() and set_direct_map_*() do at run time, on free pages of the linear map.
//
// Where leaves may be split (a capable system) the exact leaves that must come out are known and
// checked; elsewhere everything is pages already and only the pages' state counts.
#include "entry/access.h"
#include "entry/sysreg.h"
#include "machine/smp.h"
#include "mm/change.h"
#include "mm/linmap.h"
#include "mm/split.h"
#include "mm/walk.h"
#include "report/clock.h"
#include "report/format.h"
#include "report/heartbeat.h"
#include "report/record.h"
#include "report/results.h"
#include "stages/check.h"
#include "stages/firmware.h"

// Tries to find untouched memory before a test is skipped.
#define TAKES_MAX 24

// A piece of the linear map taken for a test.
struct block_piece {
	paddr_t pa;
	vaddr_t va;
	uint64_t size;
};

static struct mm *mm(void)
{
	return &firmware.mm;
}

static uint64_t page(void)
{
	return mm_page_size(&firmware.mm);
}

// Leaves are big here and may be split.
static bool splits(void)
{
	return firmware.mm.need_bbm && firmware.mm.caps.sys;
}

static void census(const struct block_piece *piece, struct census *sum)
{
	walk_census(mm(), piece->va, piece->va + piece->size, sum);
}

static bool take(uint64_t size, uint64_t alignment, struct block_piece *piece)
{
	if (!pages_take_range(&firmware.pages, size, alignment, &piece->pa))
		return false;
	piece->va = mm_linear(mm(), piece->pa);
	piece->size = size;
	return true;
}

static void put(const struct block_piece *piece)
{
	pages_put_range(&firmware.pages, piece->pa, piece->size);
}

// Whether the piece is nothing but leaves of `level`, contiguous or not.
static bool is_made_of(const struct block_piece *piece, unsigned int level, bool cont)
{
	struct census sum;
	census(piece, &sum);
	unsigned int leaves = (unsigned int)(piece->size >> level_shift(mm()->geometry, level));
	return sum.leaves[level] == leaves && sum.cont[level] == (cont ? leaves : 0) &&
	       !sum.invalid[level];
}

// As take(), but what it takes is made of leaves of `level` that nobody has touched.
static bool take_untouched(uint64_t size, uint64_t alignment, unsigned int level, bool cont,
			   struct block_piece *piece)
{
	struct block_piece unfit[TAKES_MAX];
	unsigned int count = 0;
	bool found = false;
	while (!found && count < TAKES_MAX && take(size, alignment, piece)) {
		found = is_made_of(piece, level, cont);
		if (!found)
			unfit[count++] = *piece;
	}
	while (count)
		put(&unfit[--count]);
	return found;
}

// The same page count in words of a test: all of the piece is valid and writable again.
static bool is_whole(const struct block_piece *piece)
{
	for (uint64_t at = 0; at < piece->size; at += page()) {
		struct leaf leaf;
		if (!walk_lookup(mm(), piece->va + at, &leaf) || !desc_is_writable(leaf.desc))
			return false;
	}
	return true;
}

static unsigned int invalid_leaves(const struct census *sum)
{
	unsigned int n = 0;
	for (unsigned int level = 0; level < LEVELS; level++)
		n += sum->invalid[level];
	return n;
}

// The hardware's opinion.
static bool reads(vaddr_t va)
{
	uint64_t value;
	return access_ldr(va, &value);
}

static void report(const char *name, const char *problem)
{
	test_check(stage_test(name), !problem, problem);
}

static void skip(const char *name, const char *why)
{
	test_report(stage_test(name), RESULT_SKIP, why);
}

// Invalidates `pages` pages at `offset` of the piece, calls `look` on the leaves, validates again.
// Returns what is wrong, NULL for nothing.
static const char *cycle(const struct block_piece *piece, uint64_t offset, uint64_t pages,
			 const char *(*look)(const struct block_piece *, const struct census *))
{
	vaddr_t va = piece->va + offset;
	uint64_t end = offset + pages * page();
	if (set_valid(mm(), va, pages, false) != MM_OK)
		return "invalidating failed";
	struct census sum;
	census(piece, &sum);
	if (reads(va) || reads(piece->va + end - page()))
		return "an invalid page can be read";
	if ((offset && !reads(va - page())) || (end < piece->size && !reads(piece->va + end)))
		return "a page beside the invalid ones cannot be read";
	const char *problem = look ? look(piece, &sum) : NULL;
	if (set_valid(mm(), va, pages, true) != MM_OK)
		return "validating failed";
	if (!problem && (!reads(va) || !reads(piece->va + end - page()) || !is_whole(piece)))
		return "not all pages came back";
	return problem;
}

// R1: a page in the middle of the biggest leaf. One table of PMDs, all contiguous but the group
// around one table of pages, in which all are contiguous but the group around the page.
static const char *look_r1(const struct block_piece *piece, const struct census *sum)
{
	(void)piece;
	const struct geometry *g = mm()->geometry;
	unsigned int pmds = level_entries(g, LEVEL_PMD), ptes = level_entries(g, LEVEL_PTE);
	if (sum->tables[LEVEL_PMD] != 1 || sum->tables[LEVEL_PTE] != 1)
		return "not one new table at each level";
	if (sum->leaves[LEVEL_PMD] != pmds - 1 ||
	    sum->cont[LEVEL_PMD] != pmds - cont_entries(g, LEVEL_PMD))
		return "PMD leaves are not contiguous but for one group";
	if (sum->leaves[LEVEL_PTE] != ptes ||
	    sum->cont[LEVEL_PTE] != ptes - cont_entries(g, LEVEL_PTE))
		return "PTE leaves are not contiguous but for one group";
	return invalid_leaves(sum) == 1 ? NULL : "not one page invalid";
}

static void run_r1(void)
{
	const struct geometry *g = mm()->geometry;
	struct block_piece piece;
	if (!level_has_leaf(g, LEVEL_PUD))
		return skip("R1", "the granule has no PUD leaves");
	uint64_t size = level_size(g, LEVEL_PUD);
	if (splits() ? !take_untouched(size, size, LEVEL_PUD, false, &piece)
		     : !take(size, size, &piece))
		return skip("R1", "no untouched PUD of free memory");
	report("R1", cycle(&piece, align_down(size / 2, page()) + 5 * page(), 1,
			   splits() ? look_r1 : NULL));
	put(&piece);
}

// R2: a page in a contiguous group of PMDs.
static const char *look_r2(const struct block_piece *piece, const struct census *sum)
{
	(void)piece;
	const struct geometry *g = mm()->geometry;
	unsigned int ptes = level_entries(g, LEVEL_PTE);
	if (sum->leaves[LEVEL_PMD] != cont_entries(g, LEVEL_PMD) - 1 || sum->cont[LEVEL_PMD])
		return "the PMD group did not lose its mark, or more than one PMD was split";
	if (sum->tables[LEVEL_PTE] != 1 || sum->leaves[LEVEL_PTE] != ptes ||
	    sum->cont[LEVEL_PTE] != ptes - cont_entries(g, LEVEL_PTE))
		return "the table of pages is not contiguous but for one group";
	return invalid_leaves(sum) == 1 ? NULL : "not one page invalid";
}

static void run_r2(void)
{
	const struct geometry *g = mm()->geometry;
	struct block_piece piece;
	uint64_t size = cont_size(g, LEVEL_PMD);
	if (splits() ? !take_untouched(size, size, LEVEL_PMD, true, &piece)
		     : !take(size, size, &piece))
		return skip("R2", "no untouched contiguous group of PMDs in free memory");
	report("R2", cycle(&piece, level_size(g, LEVEL_PMD) * 3 + 7 * page(), 1,
			   splits() ? look_r2 : NULL));
	put(&piece);
}

// R3: a page in a contiguous group of PTEs.
static const char *look_r3(const struct block_piece *piece, const struct census *sum)
{
	(void)piece;
	if (sum->leaves[LEVEL_PTE] != cont_entries(mm()->geometry, LEVEL_PTE) ||
	    sum->cont[LEVEL_PTE])
		return "the PTE group did not lose its mark";
	return invalid_leaves(sum) == 1 ? NULL : "not one page invalid";
}

static void run_r3(void)
{
	const struct geometry *g = mm()->geometry;
	struct block_piece around, piece;
	uint64_t size = cont_size(g, LEVEL_PTE);
	if (!take(level_size(g, LEVEL_PMD), level_size(g, LEVEL_PMD), &around))
		return skip("R3", "no PMD of free memory");
	// The first page's split leaves contiguous groups behind in the rest of the PMD.
	const char *problem = cycle(&around, 0, 1, NULL);
	piece = (struct block_piece){around.pa + 2 * size, around.va + 2 * size, size};
	if (!problem && splits() && !is_made_of(&piece, LEVEL_PTE, true))
		problem = "a split PMD is not made of contiguous groups of pages";
	if (!problem)
		problem = cycle(&piece, 4 * page(), 1, splits() ? look_r3 : NULL);
	report("R3", problem);
	put(&around);
}

// R4: exactly one PMD.
static const char *look_r4(const struct block_piece *piece, const struct census *sum)
{
	(void)piece;
	if (sum->tables[LEVEL_PTE] ||
	    sum->leaves[LEVEL_PMD] != cont_entries(mm()->geometry, LEVEL_PMD))
		return "a table was made for whole PMDs";
	if (sum->cont[LEVEL_PMD])
		return "the PMD group did not lose its mark";
	return invalid_leaves(sum) == 1 ? NULL : "not one PMD invalid";
}

static void run_r4(void)
{
	const struct geometry *g = mm()->geometry;
	struct block_piece piece;
	uint64_t size = cont_size(g, LEVEL_PMD), pmd = level_size(g, LEVEL_PMD);
	if (splits() ? !take_untouched(size, size, LEVEL_PMD, true, &piece)
		     : !take(size, size, &piece))
		return skip("R4", "no untouched contiguous group of PMDs in free memory");
	report("R4", cycle(&piece, pmd * 2, pmd / page(), splits() ? look_r4 : NULL));
	put(&piece);
}

// R5: over a PMD boundary by one page on each side.
static const char *look_r5(const struct block_piece *piece, const struct census *sum)
{
	(void)piece;
	if (sum->tables[LEVEL_PTE] != 2)
		return "not two new tables";
	return invalid_leaves(sum) == 2 ? NULL : "not two pages invalid";
}

// Two PMDs, untouched where that matters.
static bool take_two_pmds(struct block_piece *piece)
{
	const struct geometry *g = mm()->geometry;
	uint64_t size = 2 * level_size(g, LEVEL_PMD);
	if (!splits())
		return take(size, size, piece);
	return take_untouched(size, size, LEVEL_PMD, true, piece) ||
	       take_untouched(size, size, LEVEL_PMD, false, piece);
}

static void run_r5(void)
{
	struct block_piece piece;
	if (!take_two_pmds(&piece))
		return skip("R5", "no two untouched PMDs of free memory");
	report("R5", cycle(&piece, piece.size / 2 - page(), 2, splits() ? look_r5 : NULL));
	put(&piece);
}

// R6: ranges of many lengths, and back; what was split stays split.
static void run_r6(void)
{
	static const uint16_t lengths[] = {1, 2, 15, 16, 17, 511, 512, 513, 2048};
	const struct geometry *g = mm()->geometry;
	struct block_piece piece;
	uint64_t size = align_up(2048 * page() + 4 * page(), level_size(g, LEVEL_PMD));
	if (!take(size, level_size(g, LEVEL_PMD), &piece))
		return skip("R6", "not enough free memory");
	const char *problem = NULL;
	unsigned int tables = 0;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]) && !problem; i++) {
		struct census sum;
		problem = cycle(&piece, 3 * page(), lengths[i], NULL);
		census(&piece, &sum);
		if (!problem && sum.tables[LEVEL_PTE] < tables)
			problem = "a leaf was merged back";
		tables = sum.tables[LEVEL_PTE];
	}
	report("R6", problem);
	put(&piece);
}

// R7: the variants without invalidation.
static void run_r7(void)
{
	struct block_piece piece;
	if (!take(page(), page(), &piece))
		return skip("R7", "no free page");
	const char *problem = NULL;
	bool good = direct_invalid(mm(), piece.va) == MM_OK;
	flush_range(mm(), piece.va, piece.va + page());
	if (!good || reads(piece.va))
		problem = "direct_invalid left the page readable";
	good = direct_default(mm(), piece.va) == MM_OK;
	flush_range(mm(), piece.va, piece.va + page());
	if (!problem && (!good || !access_str(piece.va, 1)))
		problem = "direct_default did not make the page writable";
	report("R7", problem);
	put(&piece);
}

// R8: kfence changes its pages where no lock may be taken.
static void run_r8(void)
{
	struct range pool = mm()->kfence;
	if (pool.end == pool.start)
		return skip("R8", "no kfence pool");
	vaddr_t va = mm_linear(mm(), pool.start) + page();
	uint64_t locked = firmware.machine.splits;
	const char *problem = NULL;
	if (set_valid(mm(), va, 1, false) != MM_OK || reads(va) || !reads(va - page()))
		problem = "a page of the pool could not be invalidated";
	if (set_valid(mm(), va, 1, true) != MM_OK || !reads(va))
		problem = "a page of the pool could not be validated";
	if (firmware.machine.splits != locked)
		problem = "the split lock was taken for a page of the pool";
	report("R8", problem);
}

// R9: the k-th request for a table fails. What is mapped stays mapped, with all rights.
static void run_r9(void)
{
	if (!splits())
		return skip("R9", "nothing is split here");
	for (unsigned int k = 1; k <= 2; k++) {
		char name[8];
		struct block_piece piece;
		format(name, sizeof(name), "R9.%u", k);
		if (!take_two_pmds(&piece)) {
			skip(name, "no two untouched PMDs of free memory");
			continue;
		}
		// The splat of a failed change is the order of the day here, not an event.
		unsigned int warned = mm()->warned;
		mm()->warned |= WARN_CHANGE_SPLIT;
		pages_fail_at(&firmware.pages, k);
		int rc = set_valid(mm(), piece.va + piece.size / 2 - page(), 2, false);
		pages_fail_at(&firmware.pages, 0);
		mm()->warned = warned;
		const char *problem = NULL;
		if (rc != MM_ENOMEM)
			problem = "the failure was not reported";
		else if (!is_whole(&piece) || !reads(piece.va) ||
			 !reads(piece.va + piece.size / 2 - page()) ||
			 !reads(piece.va + piece.size / 2))
			problem = "rights were lost on the way";
		report(name, problem);
		put(&piece);
	}
}

// R10: a range that is no whole number of pages.
static void run_r10(void)
{
	if (!splits())
		return skip("R10", "nothing is split here, so no range is refused");
	struct block_piece piece;
	if (!take(2 * page(), page(), &piece))
		return skip("R10", "no free page");
	unsigned int warned = mm()->warned;
	mm()->warned |= WARN_CHANGE_SPLIT;
	int rc = change_range(mm(), piece.va + 8, page(), DESC_NG, DESC_VALID, CHANGE_FLUSH);
	mm()->warned = warned;
	const char *problem = NULL;
	if (rc != MM_EINVAL)
		problem = "an unaligned range was accepted";
	else if (!is_whole(&piece))
		problem = "an unaligned range was changed";
	report("R10", problem);
	put(&piece);
}

// R11: two CPUs split the same PMD at the same time. Each round begins with a block again.
// As many rounds as fit into the time, unless nothing may depend on time.
#define R11_ROUNDS 1000
#define R11_MS     100
#define R11_OVER   UINT32_MAX

static struct {
	vaddr_t va;
	uint32_t round, done;
	int result;
} race;

static int split_raced(void)
{
	return split_to(mm(), race.va + page(), race.va + 2 * page());
}

static void split_each_round(void *unused)
{
	(void)unused;
	for (uint32_t round = 1;; round++) {
		uint32_t now;
		while ((now = __atomic_load_n(&race.round, __ATOMIC_ACQUIRE)) < round)
			cpu_yield();
		if (now == R11_OVER)
			return;
		int result = split_raced();
		if (result != MM_OK)
			race.result = result;
		__atomic_store_n(&race.done, round, __ATOMIC_RELEASE);
	}
}

// One round; the other CPU is at it as well.
static const char *race_round(uint32_t round, const struct block_piece *piece)
{
	unsigned int live = firmware.pages.live[OWNER_LINEAR];
	__atomic_store_n(&race.round, round, __ATOMIC_RELEASE);
	int result = split_raced();
	while (__atomic_load_n(&race.done, __ATOMIC_ACQUIRE) < round) {
		heartbeat("waiting for the other CPU to split");
		cpu_yield();
	}
	struct census sum;
	census(piece, &sum);
	if (result != MM_OK || race.result != MM_OK)
		return "a split failed";
	if (sum.tables[LEVEL_PTE] != 1 || firmware.pages.live[OWNER_LINEAR] != live + 1)
		return "not exactly one table";
	return NULL;
}

static const char *race_rounds(struct cpu *other, const struct block_piece *piece, uint32_t *rounds)
{
	struct leaf block;
	const char *problem = NULL;
	uint64_t start = clock_now();
	race.va = piece->va;
	race.round = race.done = 0;
	race.result = MM_OK;
	// The group of PMDs loses its mark once, outside of the race.
	if (split_to(mm(), piece->va, piece->va + piece->size) != MM_OK)
		return "the first split failed";
	walk_lookup(mm(), piece->va, &block);
	smp_run(other, split_each_round, NULL);
	while (*rounds < R11_ROUNDS && !problem) {
		problem = race_round(++*rounds, piece);
		split_undo(mm(), block.entry, block.desc);
		if (!firmware.options.det && clock_expired(start, R11_MS))
			break;
	}
	__atomic_store_n(&race.round, R11_OVER, __ATOMIC_RELEASE);
	smp_wait(other, "waiting for the other CPU to leave the race");
	return problem;
}

static void run_r11(void)
{
	const struct geometry *g = mm()->geometry;
	struct block_piece piece;
	unsigned int other = 1;
	while (other < firmware.cpus && cpus[other].state != CPU_ONLINE)
		other++;
	if (!splits() || other >= firmware.cpus)
		return skip("R11", splits() ? "needs two CPUs" : "nothing is split here");
	uint64_t size = level_size(g, LEVEL_PMD);
	if (!take_untouched(size, size, LEVEL_PMD, true, &piece) &&
	    !take_untouched(size, size, LEVEL_PMD, false, &piece))
		return skip("R11", "no untouched PMD of free memory");
	uint32_t rounds = 0;
	const char *problem = race_rounds(&cpus[other], &piece, &rounds);
	test_begin(stage_test("R11"), problem ? RESULT_FAIL : RESULT_PASS, problem);
	record_unsigned("rounds", rounds);
	test_end();
	put(&piece);
}

void stage_setmem(void)
{
	static const char names[][5] = {"R1", "R2", "R3", "R4",  "R5", "R6",
					"R7", "R8", "R9", "R10", "R11"};
	static void (*run[11])(void);
	run[0] = run_r1;
	run[1] = run_r2;
	run[2] = run_r3;
	run[3] = run_r4;
	run[4] = run_r5;
	run[5] = run_r6;
	run[6] = run_r7;
	run[7] = run_r8;
	run[8] = run_r9;
	run[9] = run_r10;
	run[10] = run_r11;
	bool may = policy_can_set_direct_map(&firmware.options.policy);
	for (unsigned int i = 0; i < sizeof(run) / sizeof(run[0]); i++) {
		if (!options_selects(&firmware.options, stage_test(names[i])))
			continue;
		if (may)
			run[i]();
		else
			skip(names[i], "nobody may set the direct map under this policy");
	}
}
