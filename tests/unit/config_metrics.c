// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "config/metrics.h"
#include "config/timing.h"

struct parsed {
	struct config_file *file;
	struct metrics_config metrics;
	struct timing_limits limits;
	struct error *error;
};

static void parse(struct parsed *p, const char *yaml)
{
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	*p = (struct parsed){.limits = timing_limits_default()};
	assert_null(config_file_parse("j.yaml", yaml, strlen(yaml), &p->file));
	assert_null(config_map_init(&top, config_file_root(p->file)));
	struct config_node n = config_map_find(&top, "metrics");
	p->error = config_is_set(n)
		       ? metrics_config_parse(n, &p->metrics)
		       : timing_limits_parse(config_map_find(&top, "timing"), &p->limits);
}

static void deinit(struct parsed *p)
{
	error_free(p->error);
	metrics_config_deinit(&p->metrics);
	config_file_free(p->file);
}

static void what_is_declared_goes_before_what_was_guessed(void **state)
{
	(void)state;
	struct parsed p;
	parse(&p,
	      "metrics:\n"
	      "  - {name: 'mmfarm.t.*', model: noisy, aggregate: median, min_rel: 2%, owner: mm}\n"
	      "  - {name: tp, unit: MB/s, kind: count, direction: higher, min_abs: 5,\n"
	      "     budget_rel: 0.1, tick: 1, from: {line: tp}}\n");
	assert_null(p.error);
	struct metric_spec s = {.name = "mmfarm.t.split", .kind = KIND_TIME, .model = MODEL_EXACT};
	metric_config_apply(metrics_config_find(&p.metrics, s.name), &s);
	assert_int_equal(s.model, MODEL_NOISY);
	assert_int_equal(s.kind, KIND_TIME);
	assert_int_equal(s.aggregate, AGGREGATE_MEDIAN);
	assert_float_equal(s.min_rel, 0.02, 1e-12);
	assert_string_equal(s.owner, "mm");
	s = (struct metric_spec){.name = "tp", .direction = DIRECTION_LOWER};
	metric_config_apply(metrics_config_find(&p.metrics, "tp"), &s);
	assert_int_equal(s.direction, DIRECTION_HIGHER);
	assert_float_equal(s.budget_rel, 0.1, 1e-12);
	assert_null(metrics_config_find(&p.metrics, "tps"));
	deinit(&p);
}

static void a_dump_reads_back_the_same(void **state)
{
	(void)state;
	struct parsed p, again;
	parse(&p, "metrics:\n"
		  "  - {name: boot.smp, from: {printk: {start: 'a \"b\"', end: \"c\\\\d\"}}, "
		  "min_rel: 3%}\n"
		  "  - {name: i, from: {initcall: '*'}}\n");
	assert_null(p.error);
	CLEANUP_BUFFER struct buffer text = {0};
	metrics_config_dump(&p.metrics, &text);
	parse(&again, buffer_str(&text));
	assert_null(again.error);
	assert_int_equal(again.metrics.count, 2);
	const struct metric_config *m = &again.metrics.items[0];
	assert_int_equal(m->source, METRIC_PRINTK);
	assert_string_equal(m->start, "a \"b\"");
	assert_string_equal(m->end, "c\\d");
	assert_float_equal(m->spec.min_rel, 0.03, 1e-12);
	assert_string_equal(again.metrics.items[1].glob, "*");
	deinit(&p);
	deinit(&again);
}

static void mistakes_are_told_with_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *yaml, *said;
	} cases[] = {
	    {"metrics: [{unit: s}]", "j.yaml:1:11: "},
	    {"metrics: [{name: a, kind: weight}]", "j.yaml:1:27: kind: \"weight\", expected"},
	    {"metrics: [{name: a, model: x}]", "j.yaml:1:28: model: \"x\", expected"},
	    {"metrics: [{name: a, aggregate: x}]", "j.yaml:1:32: aggregate: \"x\", expected"},
	    {"metrics: [{name: a, min_rel: -1}]", "j.yaml:1:30: min_rel: \"-1\", expected"},
	    {"metrics: [{name: a, min_abs: 2%}]", "j.yaml:1:30: min_abs: \"2%\", expected"},
	    {"metrics: [{name: a, size: 1}]", "j.yaml:1:21: "},
	    {"metrics: [{name: a}, {name: a}]", "j.yaml:1:22: metric \"a\" a second time"},
	    {"metrics: [{name: a, from: {}}]", "j.yaml:1:27: expected one of printk"},
	    {"metrics: [{name: a, from: {line: k, ktap: t}}]", "j.yaml:1:27: expected one of"},
	    {"metrics: [{name: a, from: {printk: {start: x}}}]", "j.yaml:1:36: expected \"end\""},
	    {"metrics: [{name: 'a b', from: {line: k}}]", "j.yaml:1:18: name \"a b\", expected"},
	    {"metrics: [{name: a, from: {line: ''}}]", "j.yaml:1:34: an empty text"},
	    {"timing: {reruns: -1}", "j.yaml:1:18: "},
	    {"timing: {time: never}", "j.yaml:1:16: "},
	    {"timing: {rerun: 1}", "j.yaml:1:10: "},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct parsed p;
		parse(&p, cases[i].yaml);
		assert_non_null(p.error);
		assert_int_equal(error_kind(p.error), ERROR_CONFIG);
		if (strncmp(error_text(p.error), cases[i].said, strlen(cases[i].said)) != 0)
			fail_msg("%s: \"%s\"", cases[i].yaml, error_text(p.error));
		deinit(&p);
	}
}

static void a_budget_keeps_what_it_does_not_name(void **state)
{
	(void)state;
	struct parsed p;
	parse(&p, "timing: {confirmations: 5}");
	assert_null(p.error);
	assert_int_equal(p.limits.confirmations, 5);
	assert_int_equal(p.limits.reruns, timing_limits_default().reruns);
	deinit(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_declared_goes_before_what_was_guessed),
	    cmocka_unit_test(a_dump_reads_back_the_same),
	    cmocka_unit_test(mistakes_are_told_with_their_place),
	    cmocka_unit_test(a_budget_keeps_what_it_does_not_name),
	};
	return cmocka_run_group_tests_name("config/metrics", tests, NULL, NULL);
}
