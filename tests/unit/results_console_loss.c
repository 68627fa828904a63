// SPDX-License-Identifier: GPL-2.0-or-later
// What consoles lost is told by run, and only where something was lost.
#include "unit/unit.h"

#include "results/console_loss.h"

static const struct board_record board = {.name = "sbc-01"};

static void expect(const struct run **runs, size_t count, const char *wanted)
{
	const struct batch_results b = {.runs = runs, .runs_count = count};
	CLEANUP_BUFFER struct buffer text = {0};
	console_loss_describe(&b, &text);
	assert_string_equal(buffer_str(&text), wanted);
}

static void each_run_that_lost_text_is_named_with_what_it_lost(void **state)
{
	(void)state;
	const struct run_log whole = {.bytes = 5}, gap = {.gaps = 1, .away = 0.25},
			     both = {.gaps = 2, .away = 3.14, .lost = 1200}, full = {.lost = 7};
	const struct run runs[] = {
	    {.board = &board, .variant = "a", .log = &whole},
	    {.board = &board, .variant = "b"},
	    {.board = &board, .variant = "c", .log = &gap},
	    {.board = &board, .variant = "d", .log = &both},
	    {.board = &board, .variant = "e", .log = &full},
	};
	const struct run *list[] = {&runs[0], &runs[1], &runs[2], &runs[3],
				    &runs[4], &runs[2], &runs[2], &runs[2]};
	expect(list, 2, "");
	expect(list, 3, "console text was lost in 1 run: sbc-01 c (1 gap, 0.2 s)");
	expect(list, 5,
	       "console text was lost in 3 runs: sbc-01 c (1 gap, 0.2 s), sbc-01 d (2 gaps, 3.1 s; "
	       "1200 bytes not kept), sbc-01 e (7 bytes not kept)");
	CLEANUP_BUFFER struct buffer text = {0};
	const struct batch_results b = {.runs = list, .runs_count = 8};
	console_loss_describe(&b, &text);
	assert_non_null(strstr(buffer_str(&text), "lost in 6 runs: "));
	assert_non_null(strstr(buffer_str(&text), ", and 1 more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_run_that_lost_text_is_named_with_what_it_lost),
	};
	return cmocka_run_group_tests_name("results/console_loss", tests, NULL, NULL);
}
