// SPDX-License-Identifier: GPL-2.0-or-later
// Which report is the root of another: by task, time and lines, to the border of each.
#include "unit/unit.h"

#include <stdio.h>

#include "base/buffer.h"
#include "detect/detect.h"

struct heard {
	uint64_t header[8], folded_into[8];
	unsigned closed;
};

static void on_event(const struct detect_event *event, void *arg)
{
	struct heard *h = arg;
	if (event->kind != DETECT_SPLAT_CLOSE || h->closed == 8)
		return;
	h->header[h->closed] = event->splat.header.line;
	h->folded_into[h->closed++] = event->splat.folded_into;
}

// A console under way: each line has its stamp, and the task that said it where `task` is not 0.
struct console {
	struct buffer text;
	bool stamped;
	unsigned lines;
};

static void say(struct console *c, int64_t us, unsigned task, const char *line)
{
	if (c->stamped)
		buffer_printf(&c->text, "[%5lld.%06lld]", (long long)(us / 1000000),
			      (long long)(us % 1000000));
	if (task)
		buffer_printf(&c->text, "[%5s%u] ", "T", task);
	else if (c->stamped)
		buffer_append_str(&c->text, " ");
	buffer_printf(&c->text, "%s\n", line);
	c->lines++;
}

static void say_warning(struct console *c, int64_t us, unsigned task, unsigned pid, unsigned cpu,
			const char *function, const char *taint)
{
	char line[160];
	snprintf(line, sizeof(line), "WARNING: CPU: %u PID: %u at mm/a.c:1 %s+0x1/0x2", cpu, pid,
		 function);
	say(c, us, task, line);
	snprintf(line, sizeof(line), "CPU: %u UID: 0 PID: %u Comm: tea %s 7.1.0 #1", cpu, pid,
		 taint);
	say(c, us, task, line);
	say(c, us, task, "---[ end trace 0000000000000000 ]---");
}

static void say_oops(struct console *c, int64_t us, unsigned task)
{
	say(c, us, task,
	    "Unable to handle kernel NULL pointer dereference at virtual address 0000");
	say(c, us, task, "Internal error: Oops: 0000000096000004 [#1] SMP");
	say(c, us, task, "CPU: 0 UID: 0 PID: 100 Comm: tea Not tainted 7.1.0 #1");
	say(c, us, task, "pc : brew+0x1/0x2");
	say(c, us, task, "---[ end trace 0000000000000000 ]---");
}

static void say_others(struct console *c, int64_t us, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		say(c, us, 0, "eth0: link is up");
}

// Whether the last report was folded into the first.
static bool is_folded(struct console *c)
{
	struct heard h = {0};
	struct detect *d;
	assert_null(detect_new(NULL, &d));
	detect_feed(d, c->text.data, c->text.len, 0, on_event, &h);
	detect_end(d, DETECT_END_CLOSED, on_event, &h);
	detect_free(d);
	if (h.closed < 2)
		fail_msg("%u reports in:\n%s", h.closed, buffer_str(&c->text));
	uint64_t first = UINT64_MAX, last = 0, into = 0;
	for (unsigned i = 0; i < h.closed; i++) {
		first = h.header[i] < first ? h.header[i] : first;
		into = h.header[i] > last ? h.folded_into[i] : into;
		last = h.header[i] > last ? h.header[i] : last;
	}
	assert_true(into == 0 || into == first);
	buffer_deinit(&c->text);
	return into != 0;
}

#define PANIC "Kernel panic - not syncing: panic_on_warn set ..."
#define OTHER "Kernel panic - not syncing: no more tea"
#define S     INT64_C(1000000)

static bool panic_is_folded(bool oops, bool stamped, unsigned task, unsigned panic_task,
			    int64_t gap_us, unsigned lines)
{
	struct console c = {.stamped = stamped};
	if (oops)
		say_oops(&c, 10 * S, task);
	else
		say_warning(&c, 10 * S, task, 100, 0, "brew", "Not tainted");
	say_others(&c, 10 * S, lines - 1);
	say(&c, 10 * S + gap_us, panic_task, PANIC);
	say(&c, 10 * S + gap_us, panic_task, "---[ end " PANIC " ]---");
	return is_folded(&c);
}

static void a_panic_follows_from_what_its_own_task_reported(void **state)
{
	(void)state;
	assert_true(panic_is_folded(false, true, 100, 100, S, 5));
	assert_false(panic_is_folded(false, true, 100, 101, S, 5));
	// Of one of the two it is not known who said it.
	assert_true(panic_is_folded(false, true, 0, 101, S, 5));
	assert_true(panic_is_folded(false, true, 100, 0, S, 5));
	// A death is everybody's.
	assert_true(panic_is_folded(true, true, 100, 100, S, 5));
	assert_true(panic_is_folded(true, true, 100, 101, S, 5));
}

static void a_panic_with_a_reason_of_its_own_follows_from_nothing(void **state)
{
	(void)state;
	struct console c = {.stamped = true};
	say_warning(&c, 10 * S, 100, 100, 0, "brew", "Not tainted");
	say(&c, 11 * S, 100, OTHER);
	say(&c, 11 * S, 100, "---[ end " OTHER " ]---");
	assert_false(is_folded(&c));
}

static void a_panic_follows_within_ten_seconds_and_sixty_lines(void **state)
{
	(void)state;
	assert_true(panic_is_folded(false, true, 100, 100, 10 * S, 5));
	assert_false(panic_is_folded(false, true, 100, 100, 10 * S + 1, 5));
	assert_true(panic_is_folded(false, true, 100, 100, S, 60));
	assert_false(panic_is_folded(false, true, 100, 100, S, 61));
	// Behind a death the time alone counts.
	assert_true(panic_is_folded(true, true, 100, 100, 10 * S, 200));
	assert_false(panic_is_folded(true, true, 100, 100, 10 * S + 1, 5));
	// Without stamps the lines alone do.
	assert_true(panic_is_folded(false, false, 0, 0, 0, 60));
	assert_false(panic_is_folded(false, false, 0, 0, 0, 61));
}

static bool warning_is_folded(bool stamped, unsigned pid, unsigned cpu, const char *taint,
			      int64_t gap_us, unsigned lines)
{
	struct console c = {.stamped = stamped};
	say_warning(&c, 10 * S, 0, 100, 0, "brew", "Not tainted");
	say_others(&c, 10 * S, lines - 1);
	say_warning(&c, 10 * S + gap_us, 0, pid, cpu, "pour", taint);
	return is_folded(&c);
}

#define W "Tainted: G        W         "

static void a_warning_spoils_what_its_task_does_within_a_second(void **state)
{
	(void)state;
	assert_true(warning_is_folded(true, 100, 0, W, S, 5));
	assert_true(warning_is_folded(true, 100, 1, W, S, 5)); // it may move
	assert_false(warning_is_folded(true, 101, 0, W, S, 5));
	assert_false(warning_is_folded(true, 100, 0, W, S + 1, 5));
	assert_false(warning_is_folded(true, 100, 0, "Not tainted", S, 5));
	assert_false(warning_is_folded(true, 100, 0, "Tainted: G        D         ", S, 5));
	// Where stamps are alike, within thirty lines.
	assert_true(warning_is_folded(true, 100, 0, W, 0, 30));
	assert_false(warning_is_folded(true, 100, 0, W, 0, 31));
	assert_true(warning_is_folded(true, 100, 0, W, 1, 31));
	// Without stamps within six.
	assert_true(warning_is_folded(false, 100, 0, W, 0, 6));
	assert_false(warning_is_folded(false, 100, 0, W, 0, 7));
}

static void a_death_spoils_what_anybody_does(void **state)
{
	(void)state;
	static const struct {
		const char *taint;
		bool folded;
	} cases[] = {{"Tainted: G      D           ", true}, {W, false}, {"Not tainted", false}};
	for (size_t i = 0; i < 3; i++) {
		struct console c = {.stamped = true};
		say_oops(&c, 10 * S, 0);
		say_warning(&c, 11 * S, 0, 200, 1, "pour", cases[i].taint);
		assert_int_equal(is_folded(&c), cases[i].folded);
	}
}

static void the_idle_tasks_of_two_cpus_are_two(void **state)
{
	(void)state;
	for (unsigned cpu = 0; cpu < 2; cpu++) {
		struct console c = {.stamped = true};
		say_warning(&c, 10 * S, 0, 0, 0, "brew", "Not tainted");
		say_warning(&c, 10 * S + 5, 0, 0, cpu, "pour", W);
		assert_int_equal(is_folded(&c), cpu == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_panic_follows_from_what_its_own_task_reported),
	    cmocka_unit_test(a_panic_with_a_reason_of_its_own_follows_from_nothing),
	    cmocka_unit_test(a_panic_follows_within_ten_seconds_and_sixty_lines),
	    cmocka_unit_test(a_warning_spoils_what_its_task_does_within_a_second),
	    cmocka_unit_test(a_death_spoils_what_anybody_does),
	    cmocka_unit_test(the_idle_tasks_of_two_cpus_are_two),
	};
	return cmocka_run_group_tests_name("detect/fold", tests, NULL, NULL);
}
