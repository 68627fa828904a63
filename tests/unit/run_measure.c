// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers read off console lines as a job declares them.
#include "unit/unit.h"

#include "run/measure.h"

struct fixture {
	struct config_file *file;
	struct metrics_config metrics;
	struct measure *measure;
	uint64_t line;
};

static void open_metrics(struct fixture *f, const char *yaml)
{
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	*f = (struct fixture){.file = NULL};
	assert_null(config_file_parse("j.yaml", yaml, strlen(yaml), &f->file));
	assert_null(config_map_init(&top, config_file_root(f->file)));
	assert_null(metrics_config_parse(config_map_find(&top, "metrics"), &f->metrics));
	f->measure = measure_new(&f->metrics);
}

static void close_metrics(struct fixture *f)
{
	measure_free(f->measure);
	metrics_config_deinit(&f->metrics);
	config_file_free(f->file);
}

static void say(struct fixture *f, int64_t kernel_us, const char *text)
{
	const struct detect_line l = {
	    .at = {.line = ++f->line}, .text = {text, strlen(text)}, .kernel_us = kernel_us};
	measure_line(f->measure, &l);
}

static const struct measured *find(const struct fixture *f, const char *path)
{
	size_t count;
	const struct measured *r = measure_results(f->measure, &count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(r[i].path, path) == 0)
			return &r[i];
	return NULL;
}

static void expect(const struct fixture *f, const char *path, double value, const char *unit)
{
	const struct measured *r = find(f, path);
	assert_non_null(r);
	assert_float_equal(r->samples[r->count - 1], value, 1e-12);
	assert_string_equal(r->unit, unit);
}

static void a_phase_is_the_time_between_two_stamps(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics:\n"
			 "  - {name: boot.kernel, from: {printk: {end: Run /init}}}\n"
			 "  - {name: boot.smp, from: {printk: {start: 'smp: Bringing', end: 'smp: "
			 "Brought'}}}\n");
	say(&f, -1, "smp: Bringing up secondary CPUs ...");
	say(&f, 10000, "smp: Bringing up secondary CPUs ...");
	say(&f, 250000, "smp: Brought up 1 node, 4 CPUs");
	say(&f, 900000, "Run /init as init process");
	say(&f, 950000, "Run /init as init process");
	expect(&f, "boot.smp", 0.24, "s");
	expect(&f, "boot.kernel", 0.9, "s");
	assert_int_equal(find(&f, "boot.kernel")->count, 1);
	assert_int_equal(find(&f, "boot.kernel")->line, 4);
	close_metrics(&f);
}

static void initcalls_are_metrics_of_their_own(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics: [{name: initcall, from: {initcall: 'mm_*'}}]\n");
	say(&f, 1, "calling  mm_sysfs_init+0x0/0x40 @ 1");
	say(&f, 2, "initcall mm_sysfs_init+0x0/0x40 returned 0 after 1250 usecs");
	say(&f, 3, "initcall other_init+0x0/0x40 returned 0 after 9 usecs");
	say(&f, 4, "initcall mm_broken returned 0 after some usecs");
	expect(&f, "initcall.mm_sysfs_init", 0.00125, "s");
	assert_null(find(&f, "initcall.other_init"));
	assert_null(find(&f, "initcall.mm_broken"));
	assert_ptr_equal(metrics_config_find(&f.metrics, "initcall.mm_sysfs_init"),
			 &f.metrics.items[0]);
	assert_null(metrics_config_find(&f.metrics, "initcalls"));
	close_metrics(&f);
}

static void ktap_diagnostics_are_measurements(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics: [{name: bench, from: {ktap: 'crc*'}}]\n");
	say(&f, 1, "    # crc32_benchmark: len=16384: 2634 MB/s");
	say(&f, 1, "    # crc32_benchmark: len=16384: 2640 MB/s");
	say(&f, 1, "    # crc64: 17");
	say(&f, 1, "    # crc64: pass:1 fail:0");
	say(&f, 1, "    # other: 5 ns");
	expect(&f, "bench.crc32_benchmark.len_16384", 2640, "MB/s");
	assert_int_equal(find(&f, "bench.crc32_benchmark.len_16384")->count, 2);
	expect(&f, "bench.crc64", 17, "");
	assert_null(find(&f, "bench.other"));
	close_metrics(&f);
}

static void keys_are_whole_words_and_times_become_seconds(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics:\n"
			 "  - {name: app.fork, unit: us, from: {line: fork}}\n"
			 "  - {name: app.size, from: {line: size}}\n");
	say(&f, -1, "result: fork=12.5 us size=4096 bytes, vfork=3 us");
	say(&f, -1, "prefork=1 us; fork=nan us; fork=0x10");
	say(&f, -1, "fork=13");
	say(&f, -1, "fork=7 pages");
	expect(&f, "app.fork", 13e-6, "s");
	assert_int_equal(find(&f, "app.fork")->count, 2);
	expect(&f, "app.size", 4096, "bytes");
	close_metrics(&f);
}

static void declarations_that_no_line_fits_are_named(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics:\n"
			 "  - {name: recorded}\n"
			 "  - {name: comes, from: {line: a}}\n"
			 "  - {name: mistyped, from: {line: bb}}\n"
			 "  - {name: size, unit: KiB, from: {line: c}}\n"
			 "  - {name: phase, from: {printk: {end: never}}}\n");
	assert_string_equal(measure_absent(f.measure, 0), "comes");
	say(&f, 1000, "a=1 b=2 c=3 s");
	assert_string_equal(measure_absent(f.measure, 0), "mistyped");
	assert_string_equal(measure_absent(f.measure, 1), "size"); // seconds are no KiB
	assert_string_equal(measure_absent(f.measure, 2), "phase");
	assert_null(measure_absent(f.measure, 3));
	close_metrics(&f);
}

static void nothing_declared_costs_nothing(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics: [{name: 'mmfarm.*', model: exact}]\n");
	assert_null(f.measure);
	close_metrics(&f);
}

static void a_storm_of_numbers_is_bounded(void **state)
{
	(void)state;
	struct fixture f;
	open_metrics(&f, "metrics: [{name: n, from: {line: k}}]\n");
	for (int i = 0; i < MEASURE_SAMPLES_MAX + 3; i++)
		say(&f, -1, "k=1");
	assert_int_equal(find(&f, "n")->count, MEASURE_SAMPLES_MAX);
	assert_int_equal(measure_dropped(f.measure), 3);
	close_metrics(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_phase_is_the_time_between_two_stamps),
	    cmocka_unit_test(initcalls_are_metrics_of_their_own),
	    cmocka_unit_test(ktap_diagnostics_are_measurements),
	    cmocka_unit_test(keys_are_whole_words_and_times_become_seconds),
	    cmocka_unit_test(declarations_that_no_line_fits_are_named),
	    cmocka_unit_test(nothing_declared_costs_nothing),
	    cmocka_unit_test(a_storm_of_numbers_is_bounded),
	};
	return cmocka_run_group_tests_name("run/measure", tests, NULL, NULL);
}
