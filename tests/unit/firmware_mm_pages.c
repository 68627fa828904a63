// SPDX-License-Identifier: GPL-2.0-or-later
// The allocator's phases and its books.
#include "unit/unit.h"

#include "unit/firmware/machine.h"

#define RAM_START UINT64_C(0x40000000)
#define RAM_END   UINT64_C(0x40400000)
#define STATICS   UINT64_C(0x40010000)
#define EARLY     UINT64_C(0x40300000)
#define PAGE      UINT64_C(0x1000)

struct fixture {
	struct machine machine;
	struct pages pages;
	struct ranges ram;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){0};
	machine_init(&f.machine, geometry_get(GRANULE_4K), 1);
	ranges_add(&f.ram, RAM_START, RAM_END);
	pages_init(&f.pages, f.machine.geometry, &f.machine.ops, &f.machine,
		   (struct range){STATICS + 8, STATICS + 4 * PAGE + 8});
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	machine_deinit(&f->machine);
	return 0;
}

static void start_early(struct fixture *f)
{
	pages_start_early(&f->pages, &f->ram, (struct range){EARLY, RAM_END});
}

static void start_late(struct fixture *f)
{
	struct ranges usable = {0};

	ranges_add(&usable, STATICS + 8 * PAGE, EARLY);
	pages_start_late(&f->pages, &usable);
}

static bool is_zero(struct fixture *f, paddr_t pa)
{
	const unsigned char *bytes = f->machine.ops.pointer(&f->machine, pa);

	for (unsigned i = 0; i < PAGE; i++)
		if (bytes[i])
			return false;
	return true;
}

static void before_boot_memory_only_static_tables_exist(void **state)
{
	struct fixture *f = *state;
	unsigned level;

	paddr_t first = pages_static_table(&f->pages, 0, OWNER_ROOT);
	assert_int_equal(first, STATICS + PAGE); // rounded inward
	assert_true(is_zero(f, first));
	assert_int_equal(pages_owner(&f->pages, first, &level), OWNER_ROOT);
	assert_int_equal(level, 0);
	assert_true(PANICS(pages_early_table(&f->pages, 1, OWNER_LINEAR)));
	assert_true(PANICS(pages_late_table(&f->pages, 1, OWNER_LINEAR)));
	assert_true(PANICS(pages_early_range(&f->pages, PAGE, PAGE)));
	assert_true(PANICS(pages_free(&f->pages, first)));
}

static void static_tables_run_out(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 3; i++)
		assert_true(pages_static_table(&f->pages, 3, OWNER_IMAGE) != PADDR_NONE);
	assert_int_equal(pages_static_table(&f->pages, 3, OWNER_IMAGE), PADDR_NONE);
	assert_int_equal(f->pages.live[OWNER_IMAGE], 3);
}

static void early_goes_down_from_the_top(void **state)
{
	struct fixture *f = *state;

	start_early(f);
	struct range pool = pages_early_range(&f->pages, 0x10000, PAGE);
	assert_int_equal(pool.start, RAM_END - 0x10000);
	assert_int_equal(pool.end, RAM_END);
	paddr_t table = pages_early_table(&f->pages, 2, OWNER_LINEAR);
	assert_int_equal(table, pool.start - PAGE);
	assert_true(is_zero(f, table));
	assert_true(PANICS(pages_free(&f->pages, table)));
	assert_true(PANICS(pages_late_table(&f->pages, 1, OWNER_LINEAR)));
}

static void early_runs_out(void **state)
{
	struct fixture *f = *state;
	unsigned count = 0;

	pages_start_early(&f->pages, &f->ram, (struct range){RAM_END - 5 * PAGE, RAM_END});
	while (pages_early_table(&f->pages, 3, OWNER_LINEAR) != PADDR_NONE)
		count++;
	assert_int_equal(count, 4); // one page holds the books of 1024 pages
	assert_true(PANICS(pages_early_range(&f->pages, PAGE, PAGE)));
}

static void early_memory_must_hold_the_books(void **state)
{
	struct fixture *f = *state;

	assert_true(PANICS(
	    pages_start_early(&f->pages, &f->ram, (struct range){RAM_END - PAGE + 1, RAM_END})));
}

static void late_takes_over_what_early_left(void **state)
{
	struct fixture *f = *state;

	start_early(f);
	paddr_t early = pages_early_table(&f->pages, 3, OWNER_LINEAR);
	start_late(f);
	assert_true(PANICS(pages_early_table(&f->pages, 3, OWNER_LINEAR)));
	paddr_t late = pages_late_table(&f->pages, 3, OWNER_LINEAR);
	assert_int_equal(late, early - PAGE);
	assert_int_equal(f->pages.live[OWNER_LINEAR], 2);
	assert_int_equal(ranges_total(&f->pages.late),
			 (early - EARLY - PAGE) + (EARLY - STATICS - 8 * PAGE) - PAGE);
}

static void a_page_given_back_is_next_and_zeroed(void **state)
{
	struct fixture *f = *state;

	start_early(f);
	start_late(f);
	paddr_t one = pages_late_table(&f->pages, 3, OWNER_SCRATCH);
	paddr_t two = pages_late_table(&f->pages, 2, OWNER_SCRATCH);
	pages_free(&f->pages, one);
	pages_free(&f->pages, two);
	assert_int_equal(f->pages.live[OWNER_SCRATCH], 0);
	assert_int_equal(f->pages.freed[OWNER_SCRATCH], 2);
	assert_int_equal(pages_late_table(&f->pages, 1, OWNER_LINEAR), two);
	assert_int_equal(pages_late_table(&f->pages, 1, OWNER_LINEAR), one);
	assert_true(is_zero(f, one) && is_zero(f, two));
}

static void giving_back_twice_is_a_bug(void **state)
{
	struct fixture *f = *state;

	start_early(f);
	start_late(f);
	paddr_t page = pages_late_table(&f->pages, 3, OWNER_LINEAR);
	pages_free(&f->pages, page);
	assert_true(PANICS(pages_free(&f->pages, page)));
	assert_true(PANICS(pages_free(&f->pages, RAM_END + PAGE)));
	assert_true(PANICS(pages_put_range(&f->pages, STATICS + 16 * PAGE, PAGE)));
}

static void memory_handed_out_twice_is_a_bug(void **state)
{
	struct fixture *f = *state;
	struct ranges usable = {0};

	start_early(f);
	paddr_t table = pages_early_table(&f->pages, 3, OWNER_LINEAR);
	ranges_add(&usable, table, table + PAGE); // a lie: it is in use
	pages_start_late(&f->pages, &usable);
	assert_true(PANICS(pages_late_table(&f->pages, 3, OWNER_LINEAR)));
	assert_non_null(strstr(panic_text, "twice"));
}

static void only_the_kth_request_fails(void **state)
{
	struct fixture *f = *state;

	start_early(f);
	start_late(f);
	pages_fail_at(&f->pages, 2);
	assert_true(pages_late_table(&f->pages, 3, OWNER_LINEAR) != PADDR_NONE);
	assert_int_equal(pages_late_table(&f->pages, 3, OWNER_LINEAR), PADDR_NONE);
	assert_true(pages_late_table(&f->pages, 3, OWNER_LINEAR) != PADDR_NONE);
	assert_int_equal(f->pages.live[OWNER_LINEAR], 2);
}

static void late_memory_runs_out(void **state)
{
	struct fixture *f = *state;
	struct ranges usable = {0};

	pages_start_early(&f->pages, &f->ram, (struct range){RAM_END - 2 * PAGE, RAM_END});
	ranges_add(&usable, EARLY, EARLY + 3 * PAGE + 5);
	pages_start_late(&f->pages, &usable);
	for (unsigned i = 0; i < 4; i++)
		assert_true(pages_late_table(&f->pages, 3, OWNER_LINEAR) != PADDR_NONE);
	assert_int_equal(pages_late_table(&f->pages, 3, OWNER_LINEAR), PADDR_NONE);
}

static void ranges_for_tests_are_in_the_books(void **state)
{
	struct fixture *f = *state;
	unsigned level;
	paddr_t start;

	start_early(f);
	start_late(f);
	uint64_t free = ranges_total(&f->pages.late);
	assert_true(pages_take_range(&f->pages, 3 * PAGE, 0x10000, &start));
	assert_true(is_aligned(start, 0x10000));
	assert_int_equal(f->pages.live[OWNER_DATA], 3);
	assert_int_equal(pages_owner(&f->pages, start + 2 * PAGE, &level), OWNER_DATA);
	assert_int_equal(pages_owner(&f->pages, start + 3 * PAGE, &level), OWNER_FREE);
	assert_false(pages_take_range_at(&f->pages, start, PAGE)); // is out
	assert_true(pages_take_range_at(&f->pages, start + 4 * PAGE, PAGE));
	assert_false(pages_take_range_at(&f->pages, start + 16 * PAGE + 8, PAGE));
	assert_false(pages_take_range(&f->pages, RAM_END, PAGE, &start));
	pages_put_range(&f->pages, start + 4 * PAGE, PAGE);
	pages_put_range(&f->pages, start, 3 * PAGE);
	assert_int_equal(f->pages.live[OWNER_DATA], 0);
	assert_int_equal(ranges_total(&f->pages.late), free);
}

static void page_0_is_never_handed_out(void **state)
{
	struct fixture *f = *state;
	struct ranges usable = {0};

	f->ram.count = 0;
	ranges_add(&f->ram, 0, 16 * PAGE);
	pages_start_early(&f->pages, &f->ram, (struct range){0, 4 * PAGE});
	assert_int_equal(f->pages.books, PAGE);
	ranges_add(&usable, 0, 1 * PAGE);
	pages_start_late(&f->pages, &usable);
	assert_int_equal(ranges_total(&f->pages.late), 2 * PAGE);
}

static void marks_show_what_was_seen_before(void **state)
{
	struct fixture *f = *state;

	start_early(f);
	paddr_t page = pages_early_table(&f->pages, 3, OWNER_LINEAR);
	unsigned level;
	assert_true(pages_mark(&f->pages, page));
	assert_false(pages_mark(&f->pages, page));
	assert_int_equal(pages_owner(&f->pages, page, &level), OWNER_LINEAR);
	assert_int_equal(level, 3);
	pages_unmark(&f->pages, page);
	assert_true(pages_mark(&f->pages, page));
	assert_false(pages_mark(&f->pages, RAM_END)); // in no book
}

static void books_span_all_banks(void **state)
{
	struct fixture *f = *state;
	unsigned level;

	f->ram.count = 0;
	ranges_add(&f->ram, RAM_START, RAM_START + 3 * PAGE);
	ranges_add(&f->ram, EARLY, RAM_END);
	ranges_add(&f->ram, RAM_END + 5 * PAGE, RAM_END + 9 * PAGE);
	struct ranges usable = f->ram;
	ranges_remove(&usable, EARLY, RAM_END);
	start_early(f);
	pages_start_late(&f->pages, &usable);
	assert_true(pages_take_range_at(&f->pages, RAM_START + 2 * PAGE, PAGE));
	assert_true(pages_take_range_at(&f->pages, RAM_END + 5 * PAGE, PAGE));
	assert_int_equal(pages_owner(&f->pages, RAM_START + 2 * PAGE, &level), OWNER_DATA);
	assert_int_equal(pages_owner(&f->pages, EARLY, &level), OWNER_FREE);
	assert_int_equal(pages_owner(&f->pages, RAM_END + 5 * PAGE, &level), OWNER_DATA);
	assert_int_equal(pages_owner(&f->pages, RAM_END + 6 * PAGE, &level), OWNER_FREE);
	assert_int_equal(pages_owner(&f->pages, RAM_END, &level), OWNER_FREE); // a hole
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(before_boot_memory_only_static_tables_exist),
	    TEST(static_tables_run_out),
	    TEST(early_goes_down_from_the_top),
	    TEST(early_runs_out),
	    TEST(early_memory_must_hold_the_books),
	    TEST(late_takes_over_what_early_left),
	    TEST(a_page_given_back_is_next_and_zeroed),
	    TEST(giving_back_twice_is_a_bug),
	    TEST(memory_handed_out_twice_is_a_bug),
	    TEST(only_the_kth_request_fails),
	    TEST(late_memory_runs_out),
	    TEST(ranges_for_tests_are_in_the_books),
	    TEST(page_0_is_never_handed_out),
	    TEST(marks_show_what_was_seen_before),
	    TEST(books_span_all_banks),
	};
	return cmocka_run_group_tests_name("firmware/mm/pages", tests, NULL, NULL);
}
