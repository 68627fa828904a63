// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <errno.h>

#include "base/error.h"

static void a_new_error_carries_kind_and_text(void **state)
{
	(void)state;
	CLEANUP_ERROR struct error *e = error_new(ERROR_LAB, "relay %d is stuck", 3);
	assert_int_equal(error_kind(e), ERROR_LAB);
	assert_string_equal(error_text(e), "relay 3 is stuck");
}

static void the_place_stays_in_front_when_wrapped(void **state)
{
	(void)state;
	struct error *e = error_new_at(ERROR_CONFIG, "b.yaml", 4, 9, "unknown key \"x\"");
	CLEANUP_ERROR struct error *w = error_wrap(e, "board %s", "a72-01");
	assert_string_equal(error_text(w), "b.yaml:4:9: board a72-01: unknown key \"x\"");
	assert_int_equal(error_kind(w), ERROR_CONFIG);
}

static void wrapping_success_is_success(void **state)
{
	(void)state;
	assert_null(error_wrap(NULL, "anything"));
}

static void errno_survives_wrapping(void **state)
{
	(void)state;
	CLEANUP_ERROR struct error *e =
	    error_wrap(error_errno(ERROR_SYSTEM, ENOSPC, "console.raw"), "run %s", "r1");
	assert_int_equal(error_code(e), ENOSPC);
	assert_string_equal(error_text(e), "run r1: console.raw: No space left on device");
}

static struct error *fail_inside(int *reached)
{
	TRY(NULL);
	*reached = 1;
	TRY(error_new(ERROR_BUG, "inner"));
	*reached = 2;
	return NULL;
}

static void try_returns_the_first_error_and_passes_success(void **state)
{
	(void)state;
	int reached = 0;
	CLEANUP_ERROR struct error *e = fail_inside(&reached);
	assert_non_null(e);
	assert_int_equal(reached, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_new_error_carries_kind_and_text),
	    cmocka_unit_test(the_place_stays_in_front_when_wrapped),
	    cmocka_unit_test(wrapping_success_is_success),
	    cmocka_unit_test(errno_survives_wrapping),
	    cmocka_unit_test(try_returns_the_first_error_and_passes_success),
	};
	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
