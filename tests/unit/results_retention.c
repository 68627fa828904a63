// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "results/retention/retention.h"

#define DAY INT64_C(86400000)

// The rules of a `keep:` section; the file stays open as long as the test.
struct rules {
	struct config_file *file;
	struct retention r;
};

static struct error *load(const char *text, struct rules *out)
{
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	*out = (struct rules){0};
	TRY(config_file_parse("farm.yaml", text, strlen(text), &out->file));
	TRY(config_map_init(&map, config_file_root(out->file)));
	return retention_parse(config_map_find(&map, "keep"), &out->r);
}

static void unload(struct rules *r)
{
	retention_deinit(&r->r);
	config_file_free(r->file);
}
#define CLEANUP_RULES CLEANUP(unload)

static enum retention_fate fate(const struct rules *rules, enum status s, bool splat,
				int64_t age_days, int64_t rank)
{
	const struct retention_run run = {.status = s,
					  .splat = splat,
					  .start_ms = 1000 * DAY - age_days * DAY,
					  .rank = rank,
					  .batch = "b1"};
	return retention_decide(&rules->r, &run, 1000 * DAY);
}

static void without_rules_everything_stays_as_it_is(void **state)
{
	(void)state;
	CLEANUP_RULES struct rules r;
	assert_null(load("lab: x\n", &r));
	assert_int_equal(fate(&r, STATUS_PASS, false, 900, 100000), RETENTION_KEEP);
}

static void verdicts_have_ages_of_their_own(void **state)
{
	(void)state;
	CLEANUP_RULES struct rules r;
	assert_null(load("keep: {age: {pass: 30d, fail: 2y, miss: 12h}}\n", &r));
	assert_int_equal(fate(&r, STATUS_PASS, false, 30, 5), RETENTION_KEEP);
	assert_int_equal(fate(&r, STATUS_PASS, false, 31, 5), RETENTION_REMOVE);
	assert_int_equal(fate(&r, STATUS_FAIL, false, 700, 5), RETENTION_KEEP);
	assert_int_equal(fate(&r, STATUS_MISS, false, 1, 5), RETENTION_REMOVE);
	assert_int_equal(fate(&r, STATUS_ERROR, false, 900, 5), RETENTION_KEEP);
}

static void splats_are_kept_longer_never_shorter(void **state)
{
	(void)state;
	CLEANUP_RULES struct rules r;
	assert_null(load("keep: {age: {pass: 30d, fail: 1y, splat: 90d}}\n", &r));
	assert_int_equal(fate(&r, STATUS_PASS, true, 60, 5), RETENTION_KEEP);
	assert_int_equal(fate(&r, STATUS_PASS, true, 91, 5), RETENTION_REMOVE);
	assert_int_equal(fate(&r, STATUS_FAIL, true, 200, 5), RETENTION_KEEP);
}

static void the_newest_of_each_kind_and_baselines_stay(void **state)
{
	(void)state;
	CLEANUP_RULES struct rules r;
	assert_null(load("keep: {newest: 3, age: {pass: 1d}, baselines: [b9]}\n", &r));
	assert_int_equal(fate(&r, STATUS_PASS, false, 900, 3), RETENTION_KEEP);
	assert_int_equal(fate(&r, STATUS_PASS, false, 900, 4), RETENTION_REMOVE);
	const struct retention_run baseline = {
	    .status = STATUS_PASS, .start_ms = 0, .rank = 400, .batch = "b9"};
	assert_int_equal(retention_decide(&r.r, &baseline, 1000 * DAY), RETENTION_KEEP);
}

static void a_count_limits_whatever_the_age(void **state)
{
	(void)state;
	CLEANUP_RULES struct rules r;
	assert_null(load("keep: {at_most: 10, age: {fail: forever}}\n", &r));
	assert_int_equal(fate(&r, STATUS_FAIL, true, 0, 10), RETENTION_KEEP);
	assert_int_equal(fate(&r, STATUS_FAIL, true, 0, 11), RETENTION_REMOVE);
}

static void old_consoles_of_what_stays_are_packed(void **state)
{
	(void)state;
	CLEANUP_RULES struct rules r;
	assert_null(load("keep: {compress_after: 7d}\n", &r));
	assert_int_equal(fate(&r, STATUS_PASS, false, 7, 1), RETENTION_KEEP);
	assert_int_equal(fate(&r, STATUS_PASS, false, 8, 1), RETENTION_PACK);
}

static void assert_refused(const char *text, const char *why)
{
	CLEANUP_RULES struct rules r;
	CLEANUP_ERROR struct error *e = load(text, &r);
	assert_non_null(e);
	if (!strstr(error_text(e), why))
		fail_msg("\"%s\" does not say \"%s\"", error_text(e), why);
}

static void what_makes_no_sense_is_refused_with_its_place(void **state)
{
	(void)state;
	assert_refused("keep: {age: {pass: soon}}\n", "farm.yaml:1:20: \"soon\" is no age");
	assert_refused("keep: {age: {passed: 1d}}\n", "farm.yaml:1:14");
	assert_refused("keep: {newest: 10, at_most: 5}\n", "at_most is less than newest");
	assert_refused("keep: {compress_after: -1d}\n", "is no age");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_rules_everything_stays_as_it_is),
	    cmocka_unit_test(verdicts_have_ages_of_their_own),
	    cmocka_unit_test(splats_are_kept_longer_never_shorter),
	    cmocka_unit_test(the_newest_of_each_kind_and_baselines_stay),
	    cmocka_unit_test(a_count_limits_whatever_the_age),
	    cmocka_unit_test(old_consoles_of_what_stays_are_packed),
	    cmocka_unit_test(what_makes_no_sense_is_refused_with_its_place),
	};
	return cmocka_run_group_tests_name("results/retention", tests, NULL, NULL);
}
