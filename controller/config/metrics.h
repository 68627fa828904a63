// SPDX-License-Identifier: GPL-2.0-or-later
// `metrics:` of a job: what its numbers are, and how those that no record carries are read off the
// console.
#ifndef CONFIG_METRICS_H
#define CONFIG_METRICS_H

#include "config/node.h"
#include "timing/metric.h"

enum metric_source {
	METRIC_RECORDS,  // `time` records of the firmware, or whatever else brings it
	METRIC_PRINTK,   // time between two lines, by the kernel's own stamps
	METRIC_INITCALL, // initcall_debug: how long each initcall took
	METRIC_KTAP,     // diagnostics of KTAP tests: "# TEST: LABEL: NUMBER UNIT"
	METRIC_LINE,     // KEY=NUMBER UNIT, anywhere in a line
};

struct metric_config {
	struct metric_spec spec; // strings belong to the file
	bool has_direction, has_kind, has_model;
	enum metric_source source;
	const char *glob;        // initcall, ktap: of the function's or the test's name
	const char *key;         // line
	const char *start, *end; // printk: texts of the lines; start NULL: the stamp 0
	struct config_node node;
};

struct metrics_config {
	struct metric_config *items; // owned
	size_t count;
};

struct error *metrics_config_parse(struct config_node n, struct metrics_config *out) ERROR_RESULT;
void metrics_config_deinit(struct metrics_config *m);

// Appends `metrics:` as metrics_config_parse reads it back; nothing when there is none.
void metrics_config_dump(const struct metrics_config *m, struct buffer *out);

// The first declaration for the metric, by its path: the name, or a glob. With a source that makes
// several metrics of one declaration ("NAME.FUNCTION") the name stands for all of them. NULL: none.
const struct metric_config *metrics_config_find(const struct metrics_config *m, const char *path);

// Puts what is declared in the place of what was guessed of a metric.
void metric_config_apply(const struct metric_config *m, struct metric_spec *spec);

#endif
