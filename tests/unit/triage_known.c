// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "triage/known.h"
#include "unit/triage_nights.h"

struct scene {
	struct history h;
	struct night n;
	struct findings f;
	struct issues_config issues;
	struct known_state states[8];
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
	issues_deinit(&s->issues);
	free(s);
	return 0;
}

static struct error *read_issues(struct scene *s, const char *text)
{
	struct config_file *f = NULL;
	TRY(config_file_parse("issues.yaml", text, strlen(text), &f));
	return issues_add_file(&s->issues, f);
}

static void use(struct scene *s, const char *text)
{
	CLEANUP_ERROR struct error *e = read_issues(s, text);
	if (e)
		print_error("%s\n", error_text(e));
	assert_null(e);
}

static void expect_mistake(struct scene *s, const char *text, const char *words)
{
	CLEANUP_ERROR struct error *e = read_issues(s, text);
	assert_non_null(e);
	if (!strstr(error_text(e), words))
		print_error("%s\n", error_text(e));
	assert_non_null(strstr(error_text(e), words));
}

// A night of premap in which boards with BBML2 show one splat and the others another.
static void night(struct scene *s, const char *with, const char *without)
{
	night_begin(&s->n, "c");
	for (size_t b = 0; b < lab_virt.count; b++) {
		const char *name = lab_virt_boards[b].bbml2 ? with : without;
		night_run(&s->n, &lab_virt_boards[b], "premap", b,
			  name ? STATUS_FAIL : STATUS_PASS);
		if (name)
			night_show(&s->n, SYMPTOM_SPLAT, name, 30);
	}
}

static void triage(struct scene *s)
{
	history_complete(&s->h);
	findings_find(&s->h, &s->f);
	known_look(&s->issues, &s->h, s->states);
	known_apply(&s->issues, s->states, &s->f);
}

static void one_class(struct scene *s, enum finding_class class)
{
	assert_int_equal(s->f.count, 1);
	assert_string_equal(finding_class_name(s->f.items[0].class), finding_class_name(class));
	assert_int_equal(s->f.by_class[class], 1);
}

#define HEAD  "issues:\n  guard:\n    title: x\n    owner: me\n"
#define GUARD HEAD "    function: split_guard\n"

static void a_known_fault_is_known(void **state)
{
	struct scene *s = *state;
	use(s, GUARD "    pool: bbml2\n");
	night(s, "split_guard", NULL);
	triage(s);
	one_class(s, FINDING_KNOWN);
	assert_string_equal(s->f.items[0].issue->name, "guard");
	assert_false(finding_is_red(&s->f.items[0]));
	assert_int_equal(s->states[0].sightings, 3);
}

// On boards of which the issue does not speak, the same fault is news.
static void another_pool_is_news(void **state)
{
	struct scene *s = *state;
	use(s, GUARD "    pool: bbml2\n");
	night(s, "split_guard", "split_guard");
	triage(s);
	one_class(s, FINDING_NEW);
}

// Frames that changed make another signature, which the issue does not know.
static void another_signature_is_news(void **state)
{
	struct scene *s = *state;
	use(s, HEAD "    signature: 0123456789abcdef\n");
	night(s, "0123456789abcdee", NULL);
	triage(s);
	one_class(s, FINDING_NEW);
}

static void the_signature_itself_is_known(void **state)
{
	struct scene *s = *state;
	use(s, HEAD "    signature: 0123456789abcdef\n    class: warn\n    cpu: '*'\n");
	night(s, "0123456789abcdef", NULL);
	triage(s);
	one_class(s, FINDING_KNOWN);
}

static void unlike_faults_are_not_excused(void **state)
{
	struct scene *s = *state;
	use(s, HEAD "    text: '*'\n");
	night(s, "split_guard", "change_range");
	triage(s);
	assert_true(s->states[0].ambiguous);
	assert_int_equal(s->f.by_class[FINDING_NEW], 2);
	CLEANUP_BUFFER struct buffer out = {0};
	known_warn(&s->issues, s->states, &s->h, &out);
	assert_non_null(
	    strstr(buffer_str(&out), "issues.yaml:2: guard excuses nothing: it fits 2"));
}

static void a_broad_issue_says_so(void **state)
{
	struct scene *s = *state;
	use(s, HEAD "    text: '*'\n    broad: true\n");
	night(s, "split_guard", "change_range");
	triage(s);
	assert_int_equal(s->f.by_class[FINDING_KNOWN], 2);
}

static void what_is_resolved_reddens_again(void **state)
{
	struct scene *s = *state;
	use(s, GUARD "    resolved: true\n");
	night(s, "split_guard", NULL);
	triage(s);
	one_class(s, FINDING_NEW);
	assert_true(s->states[0].seen_again);
}

static void what_is_not_seen_expires(void **state)
{
	struct scene *s = *state;
	use(s, GUARD "    expires: 3\n");
	night(s, "split_guard", NULL);
	night(s, NULL, NULL);
	night(s, NULL, NULL);
	triage(s);
	assert_false(s->states[0].unseen);
	night(s, NULL, NULL);
	known_look(&s->issues, &s->h, s->states);
	assert_true(s->states[0].unseen);
}

// What is drafted stands for what it was drafted from.
static void a_draft_fits(void **state)
{
	struct scene *s = *state;
	CLEANUP_BUFFER struct buffer out = {0};
	night(s, "0123456789abcdef", NULL);
	buffer_append_str(&out, "issues:\n");
	known_draft(&s->h, &s->h.symptoms[0], &s->h.runs[0], &out);
	use(s, buffer_str(&out));
	triage(s);
	one_class(s, FINDING_KNOWN);
}

static void a_draft_of_a_test_fits_it_alone(void **state)
{
	struct scene *s = *state;
	CLEANUP_BUFFER struct buffer out = {0};
	night_begin(&s->n, "c");
	night_run(&s->n, &lab_virt_boards[0], "premap", 0, STATUS_FAIL);
	night_show(&s->n, SYMPTOM_TEST, "a[1]*", 1);
	buffer_append_str(&out, "issues:\n");
	known_draft(&s->h, &s->h.symptoms[0], &s->h.runs[0], &out);
	use(s, buffer_str(&out));
	const struct symptom other = {.kind = SYMPTOM_TEST, .name = "a1b"};
	assert_true(known_fits(&s->issues.items[0], &s->h, &s->h.symptoms[0], &s->h.runs[0]));
	assert_false(known_fits(&s->issues.items[0], &s->h, &other, &s->h.runs[0]));
}

static void mistakes_have_a_place(void **state)
{
	struct scene *s = *state;
	expect_mistake(s, "issues:\n  a:\n    title: x\n    owner: me\n",
		       "issues.yaml:2:3: \"a\" says nothing of the fault");
	expect_mistake(s, "issues:\n  b:\n    title: x\n    owner: me\n    signature: xyz\n",
		       "expected 16 digits");
	expect_mistake(s, "issues:\n  c:\n    title: x\n    text: y\n", "owner");
	expect_mistake(s, "issues:\n  d:\n    titel: x\n", "issues.yaml:3:5: ");
	expect_mistake(s, "issue: {}\n", "issues.yaml:1:1: ");
	use(s, GUARD);
	expect_mistake(s, GUARD, "declared a second time (first: issues.yaml:2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_known_fault_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(another_pool_is_news, setup, teardown),
	    cmocka_unit_test_setup_teardown(another_signature_is_news, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_signature_itself_is_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(unlike_faults_are_not_excused, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_broad_issue_says_so, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_resolved_reddens_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(what_is_not_seen_expires, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_draft_fits, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_draft_of_a_test_fits_it_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(mistakes_have_a_place, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
