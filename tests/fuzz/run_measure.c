// SPDX-License-Identifier: GPL-2.0-or-later
// Any console lines against every way to read a number off them: finite samples of one unit under
// well-formed paths, within the limits.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "run/measure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char declared[] =
    "metrics:\n"
    "  - {name: boot.smp, from: {printk: {start: 'up', end: 'Brought'}}}\n"
    "  - {name: boot.kernel, from: {printk: {end: 'Run /init'}}}\n"
    "  - {name: initcall, from: {initcall: '*'}}\n"
    "  - {name: bench, from: {ktap: '*'}}\n"
    "  - {name: fork, unit: us, from: {line: fork}}\n"
    "  - {name: rate, from: {line: r}}\n";

static bool is_path(const char *path)
{
	static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789_-.";
	return *path && !path[strspn(path, characters)];
}

static void check(const struct measure *m)
{
	size_t count;
	const struct measured *all = measure_results(m, &count);
	if (count > MEASURE_PATHS_MAX)
		abort();
	for (size_t i = 0; i < count; i++) {
		const struct measured *r = &all[i];
		if (!is_path(r->path) || !r->unit || r->line == 0 || r->count == 0 ||
		    r->count > MEASURE_SAMPLES_MAX)
			abort();
		for (size_t k = 0; k < r->count; k++)
			if (!isfinite(r->samples[k]))
				abort();
	}
}

// The first byte of a line is its stamp, in ms; an odd one: none.
static void say(struct measure *m, const char *text, size_t len, uint64_t number)
{
	int64_t stamp = (unsigned char)text[0];
	const struct detect_line line = {.at = {.line = number},
					 .text = {text + 1, len - 1},
					 .kernel_us = stamp % 2 ? -1 : 1000 * stamp};
	measure_line(m, &line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_file *file = NULL;
	struct metrics_config metrics = {0};
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	if (config_file_parse("fuzz.yaml", declared, sizeof(declared) - 1, &file) ||
	    config_map_init(&top, config_file_root(file)) ||
	    metrics_config_parse(config_map_find(&top, "metrics"), &metrics))
		abort();
	struct measure *m = measure_new(&metrics);
	const char *text = (const char *)data;
	uint64_t number = 0;
	while (size > 0) {
		const char *end = memchr(text, '\n', size);
		size_t len = end ? (size_t)(end - text) : size;
		if (len > 0)
			say(m, text, len, ++number);
		size -= end ? len + 1 : len;
		text += end ? len + 1 : len;
	}
	check(m);
	measure_free(m);
	metrics_config_deinit(&metrics);
	config_file_free(file);
	return 0;
}
