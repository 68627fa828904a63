// SPDX-License-Identifier: GPL-2.0-or-later
#include "timing/params.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const struct {
	struct timing_param_doc doc;
	size_t offset;
} table[] = {
#define PARAM_ROW(name, value, least, most, meaning) \
	{{#name, meaning, value, least, most}, offsetof(struct timing_params, name)},
    TIMING_PARAMS(PARAM_ROW)
#undef PARAM_ROW
};

static const size_t table_count = sizeof(table) / sizeof(table[0]);

static double *field(struct timing_params *p, size_t i)
{
	return (double *)(void *)((char *)p + table[i].offset);
}

struct timing_params timing_params_default(void)
{
	struct timing_params p;
	for (size_t i = 0; i < table_count; i++)
		*field(&p, i) = table[i].doc.value;
	return p;
}

struct error *timing_params_set(struct timing_params *p, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	if (!equals)
		return error_new(ERROR_USAGE, "\"%s\": expected NAME=VALUE", assignment);
	size_t len = (size_t)(equals - assignment);
	for (size_t i = 0; i < table_count; i++) {
		const struct timing_param_doc *doc = &table[i].doc;
		if (strlen(doc->name) != len || memcmp(doc->name, assignment, len) != 0)
			continue;
		char *end;
		double v = strtod(equals + 1, &end);
		if (end == equals + 1 || *end || !(v >= doc->least && v <= doc->most))
			return error_new(ERROR_USAGE,
					 "%s: expected a number from %g to %g, found \"%s\"",
					 doc->name, doc->least, doc->most, equals + 1);
		*field(p, i) = v;
		return NULL;
	}
	return error_new(ERROR_USAGE, "no parameter is called \"%.*s\"", (int)len, assignment);
}

struct error *timing_params_set_list(struct timing_params *p, const char *list)
{
	CLEANUP_FREE char *copy = memory_strdup(list);
	for (char *rest = copy, *one; (one = strsep(&rest, ","));)
		TRY(timing_params_set(p, one));
	return NULL;
}

// FNV-1a over the values' bits, least significant byte first on every machine.
uint64_t timing_params_hash(const struct timing_params *p)
{
	struct timing_params copy = *p;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < table_count; i++) {
		uint64_t bits;
		memcpy(&bits, field(&copy, i), sizeof(bits));
		for (int shift = 0; shift < 64; shift += 8) {
			hash ^= (bits >> shift) & 0xff;
			hash *= UINT64_C(0x100000001b3);
		}
	}
	return hash;
}

struct timing_param_doc timing_params_doc(size_t i)
{
	return i < table_count ? table[i].doc : (struct timing_param_doc){0};
}
