// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/run_json_fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "text/json_text.h"

char *run_json_text(const json_t *o)
{
	return json_dumps(o, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
}

static void add_to(json_t *o, const char *key, size_t n)
{
	json_int_t sum = json_integer_value(json_object_get(o, key)) + (json_int_t)n;
	if (n)
		json_object_set_new(o, key, json_integer(sum));
}

// ---- console text -------------------------------------------------------------------------------

static size_t written_size(const json_t *string)
{
	char *text = json_dumps(string, JSON_ENCODE_ANY);
	size_t len = text ? strlen(text) : 0;
	free(text);
	return len;
}

static size_t excerpts_size(const json_t *findings)
{
	size_t sum = 0;
	for (size_t i = 0; i < json_array_size(findings); i++)
		sum += written_size(json_object_get(json_array_get(findings, i), "excerpt"));
	return sum;
}

// Halves the text until it takes `share` bytes at most; returns how much went.
static size_t cut_excerpt(json_t *finding, size_t share)
{
	json_t *old = json_object_get(finding, "excerpt");
	size_t before = json_string_length(old);
	while (json_string_length(old) > 0 && written_size(old) > share) {
		const char *text = json_string_value(old);
		size_t len = json_string_length(old);
		json_t *less = json_text(text, utf8_cut(text, len, len / 2));
		json_object_set_new(finding, "excerpt", less);
		old = json_object_get(finding, "excerpt");
	}
	return before - json_string_length(old);
}

static void cut_excerpts(json_t *o, size_t size, size_t limit)
{
	json_t *findings = json_object_get(o, "findings");
	size_t count = json_array_size(findings);
	size_t rest = size - excerpts_size(findings);
	size_t share = rest + 1024 < limit && count ? (limit - rest - 1024) / count : 2;
	size_t cut = 0;
	for (size_t i = 0; i < count; i++)
		cut += cut_excerpt(json_array_get(findings, i), share < 2 ? 2 : share);
	add_to(o, "excerpts_cut", cut);
}

// ---- whole members ------------------------------------------------------------------------------

static void drop_samples(json_t *o, size_t size, size_t limit)
{
	(void)size, (void)limit;
	json_t *metrics = json_object_get(o, "metrics");
	for (size_t i = 0; i < json_array_size(metrics); i++)
		json_object_del(json_array_get(metrics, i), "samples");
}

// Larger means that it stays longer.
static int finding_weight(const json_t *f)
{
	int weight = (int)json_integer_value(json_object_get(f, "severity"));
	if (!json_is_true(json_object_get(f, "wanted")))
		weight += 20;
	if (!json_object_get(f, "folded_into"))
		weight += 10;
	return weight;
}

static int test_weight(const json_t *t)
{
	const char *status = json_string_value(json_object_get(t, "status"));
	return status && strcmp(status, "PASS") != 0 && strcmp(status, "SKIP") != 0;
}

static int no_weight(const json_t *m)
{
	(void)m;
	return 0;
}

// Keeps `count` items of the list: the weightiest, among equals the first, in the order they have.
static size_t keep_items(json_t *list, size_t count, int (*weigh)(const json_t *))
{
	size_t dropped = 0;
	for (int weight = 0; weight <= 40 && json_array_size(list) > count; weight++)
		for (size_t i = json_array_size(list); i-- > 0 && json_array_size(list) > count;)
			if (weigh(json_array_get(list, i)) == weight) {
				json_array_remove(list, i);
				dropped++;
			}
	return dropped;
}

// Takes away about as much of the list as there is too much of the document.
static void shrink_list(json_t *o, const char *key, int (*weigh)(const json_t *), size_t size,
			size_t limit)
{
	json_t *list = json_object_get(o, key);
	size_t count = json_array_size(list);
	if (count == 0)
		return;
	char *text = json_dumps(list, JSON_INDENT(1));
	size_t own = text ? strlen(text) : 1;
	free(text);
	size_t surplus = size - limit;
	double keep = surplus < own ? 0.9 * (double)(own - surplus) / (double)own : 0;
	add_to(o, "dropped", keep_items(list, (size_t)(keep * (double)count), weigh));
}

static void shrink_metrics(json_t *o, size_t size, size_t limit)
{
	shrink_list(o, "metrics", no_weight, size, limit);
}

static void shrink_tests(json_t *o, size_t size, size_t limit)
{
	shrink_list(o, "tests", test_weight, size, limit);
}

static void shrink_findings(json_t *o, size_t size, size_t limit)
{
	shrink_list(o, "findings", finding_weight, size, limit);
}

static void drop_cpus(json_t *o, size_t size, size_t limit)
{
	(void)size, (void)limit;
	json_object_set_new(o, "cpus", json_array());
	json_object_del(o, "metrics_absent");
}

char *run_json_fit(json_t *o, size_t limit)
{
	static void (*const steps[])(json_t *, size_t, size_t) = {
	    cut_excerpts,   drop_samples, shrink_metrics,  shrink_tests, shrink_findings,
	    shrink_metrics, shrink_tests, shrink_findings, drop_cpus,
	};
	char *text = run_json_text(o);
	for (size_t i = 0; text && i < sizeof(steps) / sizeof(steps[0]); i++) {
		size_t size = strlen(text);
		if (size <= limit)
			break;
		free(text);
		steps[i](o, size, limit);
		text = run_json_text(o);
	}
	return text;
}
