// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <unistd.h>

#include "base/clock.h"
#include "run/host.h"

#define SECONDS(x) ((uint64_t)((x) * (double)NS_PER_S))

// What one thread of the emulator did each second: on a CPU, waiting for one, and how often it left
// its CPU of itself and against its will.
struct second {
	double ran, waited;
	uint64_t slept, interrupted;
};

static void pass(struct host_watch *w, struct host_thread *t, struct second s, unsigned count)
{
	int64_t now = w->points_count ? w->points[w->points_count - 1].now_ns : 0;
	if (w->points_count == 0)
		host_watch_take(w, t, 1, now);
	for (unsigned i = 0; i < count; i++) {
		t->ran_ns += SECONDS(s.ran);
		t->waited_ns += SECONDS(s.waited);
		t->slept += s.slept;
		t->interrupted += s.interrupted;
		now += NS_PER_S;
		host_watch_take(w, t, 1, now);
	}
}

static const struct second alone = {0.99, 0.01, 40, 10};       // computes, nobody beside it
static const struct second crowded = {0.09, 0.91, 2, 30};      // computes among ten others
static const struct second halved = {0.6, 0.4, 20, 200};       // computes beside one other
static const struct second idle = {0.02, 0.005, 250, 1};       // wakes for its timer
static const struct second idle_crowded = {0.02, 0.9, 250, 2}; // the same among many others

static struct host_use use_of(struct host_watch *w, double last_byte_s)
{
	struct host_use u;
	host_watch_use(w, (int64_t)SECONDS(last_byte_s), 10, &u);
	return u;
}

static void a_board_that_got_what_it_wanted_is_not_starved(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, alone, 30);
	struct host_use u = use_of(&w, 29);
	assert_true(u.known);
	assert_false(u.starved);
	assert_false(u.starved_once);
	assert_true(host_share_got(&u.whole) > 0.98);
}

static void a_board_that_shares_its_cpu_with_one_other_is_not_starved(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, halved, 30);
	assert_false(use_of(&w, 29).starved);
}

static void a_board_among_ten_others_is_starved(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, crowded, 30);
	struct host_use u = use_of(&w, 29);
	assert_true(u.starved);
	assert_true(u.starved_once);
	assert_true(host_share_got(&u.whole) < 0.12);
}

static void an_idle_board_is_not_starved_however_long_its_timers_wait(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, idle, 10);
	pass(&w, &t, idle_crowded, 60);
	struct host_use u = use_of(&w, 5);
	assert_false(u.starved);
	assert_false(u.starved_once);
}

static void a_long_silence_is_looked_at_by_itself(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, alone, 300);
	pass(&w, &t, crowded, 10);
	assert_true(use_of(&w, 300).starved);
	assert_true(use_of(&w, 300).starved_once);
	assert_false(use_of(&w, 309).starved); // no silence, and the run as a whole was well
}

static void a_board_that_is_idle_in_its_silence_is_not_starved_by_what_was_before(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, crowded, 30);
	pass(&w, &t, idle_crowded, 6);
	assert_false(use_of(&w, 25).starved);
	assert_true(use_of(&w, 34).starved); // still talking: it only came this far
}

static void ten_bad_seconds_are_remembered(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, alone, 100);
	pass(&w, &t, crowded, 12);
	pass(&w, &t, alone, 100);
	struct host_use u = use_of(&w, 211);
	assert_false(u.starved);
	assert_true(u.starved_once);
	assert_true(u.worst < 0.2);
}

static void a_new_process_behind_a_power_cycle_takes_nothing_back(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread first = {.id = 7}, second = {.id = 9};
	pass(&w, &first, alone, 10);
	pass(&w, &second, alone, 10);
	struct host_use u = use_of(&w, 20);
	assert_true(u.whole.ran_s > 19 && u.whole.ran_s < 21);
}

static void without_a_look_nothing_is_known(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	assert_false(use_of(&w, 0).known);
	struct arena arena = {0};
	assert_null(host_make(&(struct host_use){0}, &arena));
}

static void what_run_json_keeps_is_read_back(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	struct host_thread t = {.id = 7};
	pass(&w, &t, crowded, 30);
	struct host_use u = use_of(&w, 29), back;
	u.by_time = true;
	CLEANUP_ARENA struct arena arena = {0};
	host_read(host_make(&u, &arena), &back);
	assert_true(back.known && back.starved && back.starved_once && back.by_time);
	assert_int_equal(back.cores, u.cores);
	assert_true(host_share_got(&back.whole) < 0.12);
	host_read(NULL, &back);
	assert_false(back.known);
}

static void the_kernel_tells_of_this_process(void **state)
{
	(void)state;
	CLEANUP_HOST_WATCH struct host_watch w = {0};
	int64_t start = clock_monotonic_ns();
	host_watch_look(&w, getpid(), start, true);
	while (clock_monotonic_ns() < start + 200 * NS_PER_MS)
		;
	host_watch_look(&w, getpid(), clock_monotonic_ns(), false); // too early
	assert_true(w.points_count <= 1);
	host_watch_look(&w, getpid(), clock_monotonic_ns(), true);
	if (w.points_count < 2)
		skip(); // a kernel without CONFIG_SCHED_INFO
	assert_true(use_of(&w, 0).whole.ran_s > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_board_that_got_what_it_wanted_is_not_starved),
	    cmocka_unit_test(a_board_that_shares_its_cpu_with_one_other_is_not_starved),
	    cmocka_unit_test(a_board_among_ten_others_is_starved),
	    cmocka_unit_test(an_idle_board_is_not_starved_however_long_its_timers_wait),
	    cmocka_unit_test(a_long_silence_is_looked_at_by_itself),
	    cmocka_unit_test(a_board_that_is_idle_in_its_silence_is_not_starved_by_what_was_before),
	    cmocka_unit_test(ten_bad_seconds_are_remembered),
	    cmocka_unit_test(a_new_process_behind_a_power_cycle_takes_nothing_back),
	    cmocka_unit_test(without_a_look_nothing_is_known),
	    cmocka_unit_test(what_run_json_keeps_is_read_back),
	    cmocka_unit_test(the_kernel_tells_of_this_process),
	};
	return cmocka_run_group_tests_name("run/host", tests, NULL, NULL);
}
