// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/measure.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define NAME_MAX_BYTES 256

struct phase {
	bool begun, ended;
	int64_t begin_us;
};

struct measure {
	const struct metrics_config *metrics;
	struct phase *phases; // as many as metrics; METRIC_PRINTK only
	bool *found;          // as many: a line had a number for it
	struct measured *results;
	size_t count;
	size_t dropped;
};

struct measure *measure_new(const struct metrics_config *metrics)
{
	bool any = false;
	for (size_t i = 0; i < metrics->count; i++)
		any |= metrics->items[i].source != METRIC_RECORDS;
	if (!any)
		return NULL;
	struct measure *m = memory_new(1, sizeof(*m));
	m->metrics = metrics;
	m->phases = memory_new(metrics->count, sizeof(*m->phases));
	m->found = memory_new(metrics->count, sizeof(*m->found));
	return m;
}

void measure_free(struct measure *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->count; i++) {
		free(m->results[i].path);
		free(m->results[i].unit);
		free(m->results[i].samples);
	}
	free(m->results);
	free(m->phases);
	free(m->found);
	free(m);
}

// ---- collecting ---------------------------------------------------------------------------------

static struct measured *result_of(struct measure *m, const char *path)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->results[i].path, path) == 0)
			return &m->results[i];
	if (m->count >= MEASURE_PATHS_MAX)
		return NULL;
	const struct measured r = {.path = memory_strdup(path)};
	ARRAY_APPEND(m->results, m->count, r);
	return &m->results[m->count - 1];
}

// Seconds in one `unit`; 0 for what is no time.
static double seconds_of(const char *unit)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {
	    {"s", 1},       {"sec", 1},      {"secs", 1},     {"seconds", 1}, {"ms", 1e-3},
	    {"msec", 1e-3}, {"msecs", 1e-3}, {"us", 1e-6},    {"usec", 1e-6}, {"usecs", 1e-6},
	    {"ns", 1e-9},   {"nsec", 1e-9},  {"nsecs", 1e-9},
	};
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0)
			return units[i].seconds;
	return 0;
}

// `unit` is what the console said, "" for nothing: then the declaration's word holds.
static void add_sample(struct measure *m, const struct metric_config *c, const char *path,
		       double value, const char *unit, uint64_t line)
{
	const char *declared = c->spec.unit;
	unit = *unit || !declared ? unit : declared;
	double scale = seconds_of(unit);
	if (declared && strcmp(unit, declared) != 0 && !(scale > 0 && seconds_of(declared) > 0))
		return; // another quantity under the same name
	m->found[c - m->metrics->items] = true;
	struct measured *r = result_of(m, path);
	if (!r || r->count >= MEASURE_SAMPLES_MAX) {
		m->dropped++;
		return;
	}
	unit = scale > 0 ? "s" : unit;
	if (!r->unit) {
		r->unit = memory_strdup(unit);
		r->line = line;
	}
	if (strcmp(r->unit, unit) == 0)
		ARRAY_APPEND(r->samples, r->count, scale > 0 ? value * scale : value);
}

// Parts of a path are [A-Za-z0-9_-]; others become '_', as everywhere.
static void append_part(char *path, size_t size, const char *text, size_t len)
{
	size_t at = strlen(path);
	if (len > 0 && at + 1 < size)
		path[at++] = '.';
	for (size_t i = 0; i < len && at + 1 < size; i++) {
		unsigned char c = (unsigned char)text[i];
		path[at++] = isalnum(c) || c == '-' ? (char)c : '_';
	}
	path[at] = '\0';
}

// ---- numbers ------------------------------------------------------------------------------------

// A number at the start of `s`, and the unit behind it; returns what follows, NULL for none.
static const char *parse_number(const char *s, double *value, char unit[32])
{
	char *end;
	// strtod would also take "nan", "inf" and hexadecimal, which are no measurements.
	const char *digit = *s == '-' || *s == '+' ? s + 1 : s;
	if (!isdigit((unsigned char)*digit) || (digit[0] == '0' && (digit[1] | 32) == 'x'))
		return NULL;
	errno = 0;
	*value = strtod(s, &end);
	if (errno || !isfinite(*value))
		return NULL;
	const char *at = end;
	while (*at == ' ')
		at++;
	size_t len = 0;
	while (isalpha((unsigned char)at[len]) || at[len] == '%' || (len > 0 && at[len] == '/'))
		len++;
	bool ended = !at[len] || strchr(" ,;)]", at[len]);
	if (len == 0 || len >= 32 || !ended) {
		unit[0] = '\0';
		return end;
	}
	memcpy(unit, at, len);
	unit[len] = '\0';
	return at + len;
}

// ---- one function a source ----------------------------------------------------------------------

static void take_printk(struct measure *m, size_t i, const struct detect_line *l, const char *text)
{
	const struct metric_config *c = &m->metrics->items[i];
	struct phase *p = &m->phases[i];
	if (l->kernel_us < 0 || p->ended)
		return;
	if (!p->begun && (!c->start || strstr(text, c->start))) {
		p->begun = true;
		p->begin_us = c->start ? l->kernel_us : 0;
	}
	if (!p->begun || !strstr(text, c->end) || l->kernel_us < p->begin_us)
		return;
	p->ended = true;
	add_sample(m, c, c->spec.name, (double)(l->kernel_us - p->begin_us) / 1e6, "s", l->at.line);
}

// "initcall FUNCTION+0x0/0x10 returned 0 after 123 usecs" (init/main.c, trace_initcall_finish_cb)
static void take_initcall(struct measure *m, size_t i, const struct detect_line *l,
			  const char *text)
{
	const struct metric_config *c = &m->metrics->items[i];
	static const char word[] = "initcall ", after[] = " after ";
	if (strncmp(text, word, sizeof(word) - 1) != 0)
		return;
	const char *name = text + sizeof(word) - 1;
	size_t len = strcspn(name, "+ ");
	const char *number = strstr(name, after);
	char function[NAME_MAX_BYTES], path[2 * NAME_MAX_BYTES], unit[32];
	double value;
	if (!number || len == 0 || len >= sizeof(function) || !strstr(name, " returned "))
		return;
	memcpy(function, name, len);
	function[len] = '\0';
	if (fnmatch(c->glob, function, 0) != 0 ||
	    !parse_number(number + sizeof(after) - 1, &value, unit))
		return;
	snprintf(path, sizeof(path), "%s", c->spec.name);
	append_part(path, sizeof(path), function, len);
	add_sample(m, c, path, value, unit, l->at.line);
}

// "# TEST: LABEL: NUMBER UNIT", the label being optional: what kunit_info() and ksft_print_msg()
// print of a test that measures.
static void take_ktap(struct measure *m, size_t i, const struct detect_line *l, const char *text)
{
	const struct metric_config *c = &m->metrics->items[i];
	text += strspn(text, " ");
	if (text[0] != '#' || text[1] != ' ')
		return;
	const char *name = text + 2, *colon = strstr(name, ": "), *number = NULL;
	char test[NAME_MAX_BYTES], path[2 * NAME_MAX_BYTES], unit[32];
	if (!colon || colon == name || (size_t)(colon - name) >= sizeof(test))
		return;
	memcpy(test, name, (size_t)(colon - name));
	test[colon - name] = '\0';
	for (const char *s = colon; (s = strstr(s, ": ")); s += 2)
		number = s + 2; // the last one
	double value;
	const char *rest = parse_number(number, &value, unit);
	if (!rest || *rest || fnmatch(c->glob, test, 0) != 0)
		return;
	snprintf(path, sizeof(path), "%s", c->spec.name);
	append_part(path, sizeof(path), test, strlen(test));
	if (number - 2 > colon)
		append_part(path, sizeof(path), colon + 2, (size_t)(number - 2 - (colon + 2)));
	add_sample(m, c, path, value, unit, l->at.line);
}

static void take_key(struct measure *m, size_t i, const struct detect_line *l, const char *text)
{
	const struct metric_config *c = &m->metrics->items[i];
	size_t len = strlen(c->key);
	for (const char *s = text; (s = strstr(s, c->key)); s += len) {
		bool whole = s == text || !(isalnum((unsigned char)s[-1]) || strchr("_.-", s[-1]));
		char unit[32];
		double value;
		if (whole && s[len] == '=' && parse_number(s + len + 1, &value, unit)) {
			add_sample(m, c, c->spec.name, value, unit, l->at.line);
			return;
		}
	}
}

void measure_line(struct measure *m, const struct detect_line *l)
{
	if (l->partial || l->truncated)
		return;
	CLEANUP_FREE char *text =
	    memory_strndup(l->text.ptr + l->message, l->text.len - l->message);
	for (size_t i = 0; i < m->metrics->count; i++) {
		switch (m->metrics->items[i].source) {
		case METRIC_RECORDS:
			break;
		case METRIC_PRINTK:
			take_printk(m, i, l, text);
			break;
		case METRIC_INITCALL:
			take_initcall(m, i, l, text);
			break;
		case METRIC_KTAP:
			take_ktap(m, i, l, text);
			break;
		case METRIC_LINE:
			take_key(m, i, l, text);
			break;
		}
	}
}

const struct measured *measure_results(const struct measure *m, size_t *count)
{
	*count = m->count;
	return m->results;
}

const char *measure_absent(const struct measure *m, size_t i)
{
	for (size_t k = 0; k < m->metrics->count; k++) {
		const struct metric_config *c = &m->metrics->items[k];
		if (c->source != METRIC_RECORDS && !m->found[k] && i-- == 0)
			return c->spec.name;
	}
	return NULL;
}

size_t measure_dropped(const struct measure *m)
{
	return m->dropped;
}
