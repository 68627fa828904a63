// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/metric.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"

static const char *const kind_names[] = {"time", "cycles", "count", "size", "bytes"};
static const char *const direction_names[] = {"lower", "higher", "none"};
static const char *const model_names[] = {"noisy", "exact"};
static const char *const aggregate_names[] = {"auto", "min", "median"};
static const char *const platform_names[] = {"hw", "tcg", "icount"};

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

const char *metric_kind_name(enum metric_kind k)
{
	return kind_names[k];
}

const char *metric_direction_name(enum metric_direction d)
{
	return direction_names[d];
}

const char *metric_model_name(enum metric_model m)
{
	return model_names[m];
}

const char *metric_aggregate_name(enum metric_aggregate a)
{
	return aggregate_names[a];
}

const char *platform_name(enum platform p)
{
	return platform_names[p];
}

static bool find_name(const char *const *names, size_t count, const char *word, unsigned *out)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], word) == 0) {
			*out = (unsigned)i;
			return true;
		}
	}
	return false;
}

bool metric_kind_parse(const char *word, enum metric_kind *out)
{
	unsigned i;
	bool found = find_name(kind_names, COUNT(kind_names), word, &i);
	if (found)
		*out = (enum metric_kind)i;
	return found;
}

bool metric_direction_parse(const char *word, enum metric_direction *out)
{
	unsigned i;
	bool found = find_name(direction_names, COUNT(direction_names), word, &i);
	if (found)
		*out = (enum metric_direction)i;
	return found;
}

bool metric_model_parse(const char *word, enum metric_model *out)
{
	unsigned i;
	bool found = find_name(model_names, COUNT(model_names), word, &i);
	if (found)
		*out = (enum metric_model)i;
	return found;
}

bool metric_aggregate_parse(const char *word, enum metric_aggregate *out)
{
	unsigned i;
	bool found = find_name(aggregate_names, COUNT(aggregate_names), word, &i);
	if (found)
		*out = (enum metric_aggregate)i;
	return found;
}

char *metric_own_name(const char *path)
{
	char *name = memory_strdup(path);
	for (char *s = name; *s; s++) {
		size_t digits = *s == '_' && s > name ? strspn(s + 1, "0123456789") : 0;
		char *end = s + 1 + digits;
		if (digits == 0 || !isalnum((unsigned char)s[-1]) || *end != '_' ||
		    (end[1] && end[1] != '.'))
			continue;
		*s = '[';
		*end = ']';
	}
	return name;
}

struct timing_params metric_params(const struct metric_spec *m, const struct timing_params *room)
{
	struct timing_params p = *room;
	if (m->min_rel > 0)
		p.min_rel = m->min_rel;
	if (m->min_abs > 0)
		p.min_abs = m->min_abs;
	if (m->budget_rel > 0)
		p.budget_rel = m->budget_rel;
	if (m->tick > 0)
		p.tick = m->tick;
	return p;
}

bool metric_same(double a, double b, double tick)
{
	// Numbers reach us in units that a tick need not divide (seconds), so one tick may come out as
	// one and a rounding error.
	return fabs(a - b) <= tick * (1 + 1e-6) + 1e-12 * fmax(fabs(a), fabs(b));
}

static void print_part(const char *part, struct buffer *out)
{
	for (const char *s = part ? part : ""; *s; s++) {
		if (*s == '|' || *s == '\\')
			buffer_append(out, "\\", 1);
		buffer_append(out, s, 1);
	}
}

void cpu_key_print(const struct cpu_key *k, struct buffer *out)
{
	// MIDR_EL1: implementer [31:24], variant [23:20], part number [15:4], revision [3:0].
	buffer_printf(out, "0x%02x:0x%03x:%u:%u %s %s", (unsigned)(k->midr >> 24 & 0xff),
		      (unsigned)(k->midr >> 4 & 0xfff), (unsigned)(k->midr >> 20 & 0xf),
		      (unsigned)(k->midr & 0xf), k->bbml2 ? "bbml2" : "bbm",
		      platform_names[k->platform]);
	if (k->emulator) {
		buffer_append_str(out, " ");
		print_part(k->emulator, out);
	}
}

void series_key_print(const struct series_key *k, struct buffer *out)
{
	const char *parts[] = {k->job, k->variant, k->board_class};
	for (size_t i = 0; i < COUNT(parts); i++) {
		print_part(parts[i], out);
		buffer_append_str(out, "|");
	}
	cpu_key_print(&k->cpu, out);
	buffer_append_str(out, "|");
	print_part(k->metric, out);
}

uint64_t name_hash(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (const unsigned char *s = (const unsigned char *)name; *s; s++) {
		hash ^= *s;
		hash *= UINT64_C(0x100000001b3);
	}
	return hash;
}
