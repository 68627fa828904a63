// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "triage/chance.h"
#include "triage/triage_text.h"
#include "unit/triage_nights.h"

struct scene {
	struct history h;
	struct night n;
	struct findings f;
};

static int setup(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	history_init(&s->h);
	s->n = (struct night){.h = &s->h, .lab = &lab_virt};
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;
	findings_deinit(&s->f);
	history_deinit(&s->h);
	free(s);
	return 0;
}

typedef bool shows_fn(const struct lab_board *b, const char *variant);

static bool nowhere(const struct lab_board *b, const char *variant)
{
	(void)b, (void)variant;
	return false;
}

static bool premap_on_bbml2(const struct lab_board *b, const char *variant)
{
	return b->bbml2 && strcmp(variant, "premap") == 0;
}

static bool one_board(const struct lab_board *b, const char *variant)
{
	(void)variant;
	return strcmp(b->name, "vn1-01") == 0;
}

// A night of every variant on every board.
static void night(struct scene *s, enum symptom_kind kind, const char *name, shows_fn *shows)
{
	size_t minute = 0;
	night_begin(&s->n, "c");
	for (size_t b = 0; b < s->n.lab->count; b++)
		for (size_t v = 0; v < LAB_VARIANTS; v++) {
			const struct lab_board *board = &s->n.lab->boards[b];
			bool shown = shows(board, lab_variants[v]);
			enum status bad = kind == SYMPTOM_LAB ? STATUS_MISS : STATUS_FAIL;
			night_run(&s->n, board, lab_variants[v], minute++,
				  shown ? bad : STATUS_PASS);
			if (shown)
				night_show(&s->n, kind, name, 10);
		}
}

static void nights(struct scene *s, size_t count, shows_fn *shows)
{
	for (size_t i = 0; i < count; i++)
		night(s, SYMPTOM_SPLAT, "split_guard", shows);
}

static const struct triage_finding *only(struct scene *s)
{
	history_complete(&s->h);
	findings_find(&s->h, &s->f);
	assert_int_equal(s->f.count, 1);
	return &s->f.items[0];
}

static void expect(const struct triage_finding *f, enum finding_class class, bool confirmed)
{
	assert_string_equal(finding_class_name(f->class), finding_class_name(class));
	assert_int_equal(f->confirmed, confirmed);
}

static void a_quiet_night_has_no_findings(void **state)
{
	struct scene *s = *state;
	nights(s, 3, nowhere);
	history_complete(&s->h);
	findings_find(&s->h, &s->f);
	assert_int_equal(s->f.count, 0);
}

// Three of three now are no luck once eight earlier nights were clean.
static void what_earlier_nights_did_not_show_is_new(void **state)
{
	struct scene *s = *state;
	nights(s, 8, nowhere);
	nights(s, 1, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_NEW, true);
	assert_int_equal(f->now.shown, 3);
	assert_int_equal(f->now.tried, 3);
	assert_int_equal(f->before.tried, 24);
	assert_int_equal(f->first_bad, 8);
	assert_int_equal(f->last_good, 7);
	assert_int_equal(f->boards, 3);
	assert_int_equal(f->boards_tried, 8);
	assert_int_equal(f->pools_count, 1);
	assert_int_equal(f->others.tried, 5);
	assert_true(finding_is_red(f));
}

static void without_earlier_nights_nothing_is_sure(void **state)
{
	struct scene *s = *state;
	nights(s, 1, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_NEW, false);
	assert_true(f->last_good == HISTORY_NONE);
}

// 3 of 32 runs after 32 clean ones: luck has 1 in 8.
static void too_few_earlier_runs_are_told(void **state)
{
	struct scene *s = *state;
	nights(s, 1, nowhere);
	nights(s, 1, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_NEW, false);
	assert_float_equal(f->chance, 4960.0 / 41664, 1e-9);
}

static void one_board_alone_does_not_make_a_change(void **state)
{
	struct scene *s = *state;
	nights(s, 20, nowhere);
	nights(s, 1, one_board);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_NEW, false);
	assert_int_equal(f->boards, 1);
}

static void what_the_night_before_showed_is_still_there(void **state)
{
	struct scene *s = *state;
	nights(s, 8, nowhere);
	nights(s, 2, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_STILL, true);
	assert_int_equal(f->first_bad, 8);
	assert_int_equal(f->last_good, 7);
}

static size_t turn;

static bool now_and_then(const struct lab_board *b, const char *variant)
{
	(void)variant;
	return b->bbml2 && turn++ % 7 == 0;
}

static void now_and_then_is_flaky(void **state)
{
	struct scene *s = *state;
	turn = 0;
	nights(s, 12, now_and_then);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_FLAKY, true);
	assert_true(f->disagree > 0);
}

// What was gone for long and is back everywhere is no flake.
static void what_comes_back_is_new(void **state)
{
	struct scene *s = *state;
	nights(s, 2, premap_on_bbml2);
	nights(s, 12, nowhere);
	nights(s, 1, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_NEW, true);
	assert_true(f->returned);
}

static void gone_is_fixed_once_it_is_no_luck(void **state)
{
	struct scene *s = *state;
	nights(s, 6, premap_on_bbml2);
	nights(s, 1, nowhere);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_FIXED, true); // 18 of 18, then 0 of 3
	assert_int_equal(f->last_bad, 5);
	assert_int_equal(f->now.tried, 3);
	assert_false(finding_is_red(f));
}

static void gone_may_be_luck_at_first(void **state)
{
	struct scene *s = *state;
	nights(s, 1, premap_on_bbml2);
	nights(s, 1, nowhere);
	expect(only(s), FINDING_FIXED, false);
}

static void what_is_fixed_is_told_once(void **state)
{
	struct scene *s = *state;
	nights(s, 6, premap_on_bbml2);
	nights(s, 2, nowhere);
	history_complete(&s->h);
	findings_find(&s->h, &s->f);
	assert_int_equal(s->f.count, 0);
}

// Flake i shows on two of the five boards without BBML2, in one variant.
static bool flake_shows(size_t i, size_t board, size_t variant)
{
	static const size_t pairs[10][2] = {{3, 4}, {3, 5}, {3, 6}, {3, 7}, {4, 5},
					    {4, 6}, {4, 7}, {5, 6}, {5, 7}, {6, 7}};
	const size_t *pair = pairs[i / LAB_VARIANTS % 10];
	return i % LAB_VARIANTS == variant && (board == pair[0] || board == pair[1]);
}

// Rare flakes of many kinds: the boards and variants that show one this night were not chosen beforehand,
// and one of thirty will look new.
static void many_rare_flakes_are_not_new(void **state)
{
	struct scene *s = *state;
	nights(s, 30, nowhere);
	night_begin(&s->n, "c");
	for (size_t b = 0; b < lab_virt.count; b++)
		for (size_t v = 0; v < LAB_VARIANTS; v++) {
			night_run(&s->n, &lab_virt_boards[b], lab_variants[v], b * 4 + v,
				  b < 3 ? STATUS_PASS : STATUS_FAIL);
			for (size_t i = 0; i < 30; i++) {
				char name[16];
				snprintf(name, sizeof(name), "flake%zu", i);
				if (flake_shows(i, b, v))
					night_show(&s->n, SYMPTOM_SPLAT, name, 1);
			}
		}
	history_complete(&s->h);
	findings_find(&s->h, &s->f);
	assert_int_equal(s->f.count, 30);
	for (size_t i = 0; i < s->f.count; i++)
		expect(&s->f.items[i], FINDING_NEW, false);
}

static void the_lab_is_told_apart(void **state)
{
	struct scene *s = *state;
	nights(s, 2, nowhere);
	night(s, SYMPTOM_LAB, "no answer of the power switch", one_board);
	expect(only(s), FINDING_INFRA, true);
}

static void two_nights_without_a_result_are_lost_coverage(void **state)
{
	struct scene *s = *state;
	nights(s, 2, nowhere);
	night(s, SYMPTOM_LAB, "no answer of the power switch", one_board);
	night(s, SYMPTOM_LAB, "no answer of the power switch", one_board);
	expect(only(s), FINDING_LOST_COVERAGE, true);
}

static void a_new_emulator_is_named(void **state)
{
	struct scene *s = *state;
	s->n.payload = "mm.img";
	s->n.emulator = "qemu 7.2";
	nights(s, 8, nowhere);
	s->n.emulator = "qemu 10.0";
	nights(s, 1, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_SETUP_CHANGED, true);
	assert_int_equal(f->setup, ATTRIBUTE_EMULATOR);
	assert_string_equal(history_text(&s->h, f->setup_old), "qemu 7.2");
}

// With another payload too, nobody can tell: it stays NEW, and the emulator is told beside it.
static void a_new_emulator_beside_a_new_payload_is_only_told(void **state)
{
	struct scene *s = *state;
	s->n.emulator = "qemu 7.2";
	nights(s, 8, nowhere);
	s->n.emulator = "qemu 10.0";
	nights(s, 1, premap_on_bbml2);
	const struct triage_finding *f = only(s);
	expect(f, FINDING_NEW, true);
	assert_string_equal(history_text(&s->h, f->setup_new), "qemu 10.0");
}

// A second splat and a test that failed in the same runs are no findings of their own.
static void cascades_are_folded(void **state)
{
	struct scene *s = *state;
	nights(s, 8, nowhere);
	night_begin(&s->n, "c");
	for (size_t b = 0; b < lab_virt.count; b++) {
		bool shown = lab_virt_boards[b].bbml2;
		night_run(&s->n, &lab_virt_boards[b], "premap", b,
			  shown ? STATUS_FAIL : STATUS_PASS);
		if (!shown)
			continue;
		night_show(&s->n, SYMPTOM_TEST, "sec-data-alias", 5);
		night_show(&s->n, SYMPTOM_SPLAT, "change_range", 60);
		night_show(&s->n, SYMPTOM_SPLAT, "split_guard", 30);
	}
	const struct triage_finding *f = only(s);
	assert_string_equal(s->h.symptoms[f->symptom].name, "split_guard");
	assert_int_equal(f->also_count, 2);
}

// Another fault on other boards is another finding.
static void two_faults_are_two_findings(void **state)
{
	struct scene *s = *state;
	nights(s, 8, nowhere);
	night_begin(&s->n, "c");
	for (size_t b = 0; b < lab_virt.count; b++) {
		night_run(&s->n, &lab_virt_boards[b], "premap", b, STATUS_FAIL);
		if (lab_virt_boards[b].bbml2)
			night_show(&s->n, SYMPTOM_SPLAT, "split_guard", 30);
		night_show(&s->n, SYMPTOM_SPLAT, "change_range", 60);
	}
	history_complete(&s->h);
	findings_find(&s->h, &s->f);
	assert_int_equal(s->f.count, 2);
	assert_int_equal(s->f.by_class[FINDING_NEW], 2);
}

static void what_the_job_wants_is_known(void **state)
{
	struct scene *s = *state;
	night_begin(&s->n, "c");
	for (size_t b = 0; b < lab_virt.count; b++) {
		night_run(&s->n, &lab_virt_boards[b], "premap", b, STATUS_PASS);
		if (lab_virt_boards[b].bbml2)
			night_want(&s->n, "split_guard", 30);
	}
	const struct triage_finding *f = only(s);
	expect(f, FINDING_KNOWN, true);
	assert_false(finding_is_red(f));
}

static size_t lines_of(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void the_page_is_short(void **state)
{
	struct scene *s = *state;
	nights(s, 8, nowhere);
	nights(s, 1, premap_on_bbml2);
	only(s);
	CLEANUP_BUFFER struct buffer out = {0};
	triage_write_text(&s->f, &out);
	assert_non_null(strstr(buffer_str(&out), "1 NEW\n"));
	assert_non_null(strstr(buffer_str(&out), "WARN in split_guard"));
	assert_non_null(strstr(buffer_str(&out), "on 3/3 bbml2 boards, 0/5 others; 3 of 3 runs, "
						 "0 of 24 before"));
	assert_true(lines_of(buffer_str(&out)) <= 1 + TRIAGE_LINES);
}

// Sums of exact fractions; the interval of 3 in 10 is that of textbooks.
static void chances_are_those_of_the_tables(void **state)
{
	(void)state;
	assert_float_equal(chance_at_least(8, 3, 3, 3), 1.0 / 56, 1e-12);
	assert_float_equal(chance_at_least(30, 10, 12, 6), 0.1182716334140622, 1e-12);
	assert_float_equal(chance_at_least(30, 10, 12, 0), 1, 1e-12);
	assert_float_equal(chance_at_least(30, 10, 12, 11), 0, 1e-12);
	assert_float_equal(chance_worse(3, 3, 0, 24), 1.0 / 2925, 1e-12);
	assert_float_equal(chance_rate_low(3, 10, 0.025), 0.06673951, 1e-7);
	assert_float_equal(chance_rate_high(3, 10, 0.025), 0.6524529, 1e-7);
	assert_float_equal(chance_rate_high(0, 10, 0.05), 0.2588656, 1e-7);
	assert_float_equal(chance_rate_low(0, 10, 0.05), 0, 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_quiet_night_has_no_findings, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_earlier_nights_did_not_show_is_new, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(without_earlier_nights_nothing_is_sure, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(too_few_earlier_runs_are_told, setup, teardown),
	    cmocka_unit_test_setup_teardown(one_board_alone_does_not_make_a_change, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(what_the_night_before_showed_is_still_there, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(now_and_then_is_flaky, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_comes_back_is_new, setup, teardown),
	    cmocka_unit_test_setup_teardown(gone_is_fixed_once_it_is_no_luck, setup, teardown),
	    cmocka_unit_test_setup_teardown(gone_may_be_luck_at_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_fixed_is_told_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(many_rare_flakes_are_not_new, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_lab_is_told_apart, setup, teardown),
	    cmocka_unit_test_setup_teardown(two_nights_without_a_result_are_lost_coverage, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_new_emulator_is_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_new_emulator_beside_a_new_payload_is_only_told, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(cascades_are_folded, setup, teardown),
	    cmocka_unit_test_setup_teardown(two_faults_are_two_findings, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_the_job_wants_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_page_is_short, setup, teardown),
	    cmocka_unit_test(chances_are_those_of_the_tables),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
