// SPDX-License-Identifier: GPL-2.0-or-later
// What switches answer, and what is no answer.
#include "unit/unit.h"

#include "board/power/answer.h"

static void a_channel_is_its_own_line_once_that_is_whole(void **state)
{
	(void)state;
	bool closed;
	assert_true(answer_relay_channel("CH1: ON\r\nCH2:OFF\r\n", 1, &closed));
	assert_true(closed);
	assert_true(answer_relay_channel("CH1: ON\r\nCH2:OFF\r\n", 2, &closed));
	assert_false(closed);
	assert_false(answer_relay_channel("CH1: ON\r\nCH2:OF", 2, &closed));
	assert_false(answer_relay_channel("CH1: ON\r\n", 2, &closed));
	assert_false(answer_relay_channel("CH1: ONE\r\n", 1, &closed));
	assert_false(answer_relay_channel("CH12: ON\r\n", 1, &closed));
}

static void a_program_says_it_first_or_last(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool told, on;
	} rows[] = {
	    {"on\n", true, true},
	    {"Off.", true, false},
	    {"Chassis Power is on\n", true, true},
	    {"\r\n off (since 10:00)", true, false},
	    {"one", false, false},
	    {"offline", false, false},
	    {"it is on again", false, false},
	    {"", false, false},
	    {" \n\t", false, false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool on;
		assert_int_equal(answer_program_state(rows[i].text, &on), rows[i].told);
		if (rows[i].told)
			assert_int_equal(on, rows[i].on);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_channel_is_its_own_line_once_that_is_whole),
	    cmocka_unit_test(a_program_says_it_first_or_last),
	};
	return cmocka_run_group_tests_name("board_power_answer", tests, NULL, NULL);
}
