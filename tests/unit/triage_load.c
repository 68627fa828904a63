// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "results/results.h"
#include "results/store/store.h"
#include "triage/findings.h"
#include "triage/load.h"
#include "unit/results_fixture.h"

static int setup(void **state)
{
	*state = fixture_dir();
	return 0;
}

static int teardown(void **state)
{
	fixture_remove(*state);
	return 0;
}

static void load(const char *dir, struct history *h)
{
	CLEANUP_STORE struct store *s = NULL;
	int code;
	fixture_check(results_finish_batch(dir, FIXTURE_BATCH, NULL, NULL, &code));
	fixture_check(store_open(dir, &s));
	history_init(h);
	fixture_check(history_load(h, s, FIXTURE_BATCH));
}

static const char *value(const struct history *h, size_t run, enum attribute a)
{
	return history_text(h, h->runs[run].values[a]);
}

static void runs_come_with_their_attributes(void **state)
{
	CLEANUP_HISTORY struct history h;
	const struct fixture_run runs[] = {
	    {.id = "a", .board = "vx4-01", .start_time = "2026-06-04T01:10:00Z"},
	    {.id = "b",
	     .board = "vx4-01",
	     .variant = "textro",
	     .start_time = "2026-06-04T02:10:00Z"},
	};
	fixture_write(*state, runs, 2);
	load(*state, &h);
	assert_int_equal(h.batches_count, 1);
	assert_int_equal(h.runs_count, 2);
	assert_string_equal(value(&h, 0, ATTRIBUTE_VARIANT), "premap");
	assert_string_equal(value(&h, 0, ATTRIBUTE_ORDER), "premap");
	assert_string_equal(value(&h, 0, ATTRIBUTE_CAPABILITY), "BBML2");
	assert_string_equal(value(&h, 0, ATTRIBUTE_IMPLEMENTER), "0x41");
	assert_string_equal(value(&h, 0, ATTRIBUTE_PART), "Cortex-X4");
	assert_string_equal(value(&h, 0, ATTRIBUTE_CPU_VARIANT), "Cortex-X4 r0");
	assert_string_equal(value(&h, 0, ATTRIBUTE_REVISION), "Cortex-X4 r0p3");
	assert_string_equal(value(&h, 0, ATTRIBUTE_POOL), "bbml2");
	assert_string_equal(value(&h, 0, ATTRIBUTE_GRANULE), "");
	assert_string_equal(value(&h, 0, ATTRIBUTE_HOUR), "01h");
	assert_string_equal(value(&h, 0, ATTRIBUTE_BEFORE), "nothing");
	assert_string_equal(value(&h, 1, ATTRIBUTE_HOUR), "02h");
	assert_string_equal(value(&h, 1, ATTRIBUTE_BEFORE), "premap");
	assert_string_equal(value(&h, 1, ATTRIBUTE_PLACE), "third quarter");
	assert_true(h.runs[0].whole);
}

// Splats stand by their run; what is wanted is kept as that.
static void sightings_stand_by_their_run(void **state)
{
	CLEANUP_HISTORY struct history h;
	CLEANUP_FINDINGS struct findings f;
	fixture_write(*state, fixture_seed, FIXTURE_SEED_COUNT);
	load(*state, &h);
	assert_int_equal(h.runs_count, FIXTURE_SEED_COUNT);
	assert_int_equal(h.sightings_count, 4);
	for (size_t i = 0; i < h.sightings_count; i++) {
		assert_true(h.sightings[i].wanted);
		assert_string_equal(value(&h, h.sightings[i].run, ATTRIBUTE_VARIANT), "premap");
	}
	findings_find(&h, &f);
	assert_int_equal(f.count, 1);
	assert_int_equal(f.items[0].class, FINDING_KNOWN);
	assert_int_equal(f.items[0].also_count, 1);
}

// A MISS says nothing of the code, whatever its console shows; a FAIL with a splat needs no other word.
static void verdicts_fill_in(void **state)
{
	CLEANUP_HISTORY struct history h;
	const struct fixture_run runs[] = {
	    {.id = "a",
	     .verdict = "MISS",
	     .reason = "power switch: no answer (x)",
	     .start_time = "2026-06-04T01:10:00Z",
	     .splats = 1},
	    {.id = "b",
	     .board = "vv3-01",
	     .verdict = "FAIL",
	     .reason = "splat",
	     .start_time = "2026-06-04T01:11:00Z",
	     .splats = 1},
	    {.id = "c",
	     .board = "va-01",
	     .verdict = "FAIL",
	     .start_time = "2026-06-04T01:12:00Z",
	     .reason = "hung, last line \"x\""},
	};
	fixture_write(*state, runs, 3);
	load(*state, &h);
	assert_int_equal(h.symptoms_count, 3);
	assert_int_equal(h.sightings_count, 3);
	assert_int_equal(h.symptoms[0].kind, SYMPTOM_LAB);
	assert_string_equal(h.symptoms[0].name, "power switch: no answer");
	assert_int_equal(h.symptoms[1].kind, SYMPTOM_SPLAT);
	assert_int_equal(h.symptoms[2].kind, SYMPTOM_RUN);
	assert_string_equal(h.symptoms[2].name, "hung");
}

static void a_batch_that_is_not_there_is_told(void **state)
{
	CLEANUP_HISTORY struct history h;
	CLEANUP_STORE struct store *s = NULL;
	fixture_check(store_open(*state, &s));
	history_init(&h);
	CLEANUP_ERROR struct error *e = history_load(&h, s, "nothing");
	assert_non_null(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(runs_come_with_their_attributes, setup, teardown),
	    cmocka_unit_test_setup_teardown(sightings_stand_by_their_run, setup, teardown),
	    cmocka_unit_test_setup_teardown(verdicts_fill_in, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_batch_that_is_not_there_is_told, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
