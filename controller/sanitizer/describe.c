// SPDX-License-Identifier: GPL-2.0-or-later
#include "sanitizer/describe.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "core/descriptor.h"
#include "core/finding.h"
#include "detect/sign.h"

// ---- rules --------------------------------------------------------------------------------------

const char *finding_rule_name(size_t i)
{
	return i < PTSAN_KINDS ? ptsan_rule((enum ptsan_kind)i)->name : NULL;
}

static const struct ptsan_rule *find_rule(const char *name)
{
	for (size_t i = 0; i < PTSAN_KINDS; i++)
		if (strcmp(finding_rule_name(i), name) == 0)
			return ptsan_rule((enum ptsan_kind)i);
	return NULL;
}

const char *finding_missing(const char *rule)
{
	const struct ptsan_rule *r = find_rule(rule);
	return r ? r->missing : "";
}

// ---- groups -------------------------------------------------------------------------------------

static bool is_rule(const struct reported_finding *f, enum ptsan_kind kind)
{
	return strcmp(f->rule, ptsan_rule(kind)->name) == 0;
}

// Data of the image outside the range that a job names may have a second mapping.
static bool is_excused(const struct reported_finding *f, const struct address_names *n,
		       const struct lone_data *lone)
{
	uint64_t image;
	if (!is_rule(f, PTSAN_ALIAS_WRITABLE) || !f->told || !lone->end ||
	    !address_names_image(n, &image))
		return false;
	uint64_t start = f->va - image, end = start + (f->size ? f->size : 1);
	return end <= lone->start || start >= lone->end;
}

// Functions that store an entry for whoever calls them: the caller is who did it.
static bool is_helper(const char *function)
{
	static const char *const helpers[] = {"machine_store", "__set_ptes", "__set_ptes_anysz",
					      "__set_pte"};
	for (size_t i = 0; i < sizeof(helpers) / sizeof(helpers[0]); i++)
		if (strcmp(function, helpers[i]) == 0)
			return true;
	return false;
}

static void name_writer(const struct address_names *n, uint64_t pc, const uint64_t *frames,
			unsigned count, char out[ADDRESS_NAME_SIZE])
{
	address_function(n, pc, out);
	for (unsigned i = 0; i < count && is_helper(out); i++)
		address_function(n, frames[i], out);
}

static struct finding_group *group_of(struct finding_group *list, size_t count,
				      const struct finding_group *g)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i].first->rule, g->first->rule) == 0 &&
		    strcmp(list[i].function, g->function) == 0 &&
		    strcmp(list[i].author, g->author) == 0)
			return &list[i];
	return NULL;
}

uint64_t finding_times(const struct finding_group *g)
{
	// What stands in the tables at the end has no place, and is told one by one.
	return g->first->pc && g->counted ? g->counted : g->told;
}

// What was told whole of the place that a count is of; NULL: nothing.
static const struct reported_finding *told_at(const struct sanitizer_report *r,
					      const struct reported_finding *f)
{
	for (size_t i = 0; i < r->count && r->items[i].line < f->line; i++) {
		const struct reported_finding *t = &r->items[i];
		if (t->told && t->pc == f->pc && t->author_pc == f->author_pc &&
		    t->below == f->below && strcmp(t->rule, f->rule) == 0)
			return t;
	}
	return NULL;
}

struct finding_group *finding_groups(const struct sanitizer_report *r,
				     const struct address_names *n, unsigned level,
				     const struct lone_data *lone, size_t *count)
{
	struct finding_group *list = NULL;
	*count = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct reported_finding *f = &r->items[i];
		const struct reported_finding *told = f->told ? f : told_at(r, f);
		// Each place is told whole before it is counted.
		if (!told || f->below <= level || is_excused(told, n, lone))
			continue;
		struct finding_group g = {.first = told, .told = 1};
		name_writer(n, told->pc, told->trace, told->frames, g.function);
		name_writer(n, told->has_author ? told->author_pc : 0, told->author_trace,
			    told->author_frames, g.author);
		struct finding_group *known = group_of(list, *count, &g);
		if (known) {
			known->told += f->told;
			known->counted += f->told ? 0 : f->times;
		} else {
			ARRAY_APPEND(list, *count, g);
		}
	}
	return list;
}

// ---- signatures ---------------------------------------------------------------------------------

static uint64_t add_text(uint64_t hash, const char *text)
{
	return sign_add(hash, (struct detect_view){text, strlen(text)});
}

static uint64_t add_trace(uint64_t hash, const struct address_names *n, const uint64_t *frames,
			  unsigned count)
{
	char name[ADDRESS_NAME_SIZE];
	for (unsigned i = 0; i < count; i++) {
		address_function(n, frames[i], name);
		hash = add_text(hash, name);
	}
	return hash;
}

struct finding_signatures finding_sign(const struct finding_group *g, const struct address_names *n)
{
	const struct reported_finding *f = g->first;
	struct finding_signatures s;
	s.coarse = add_text(add_text(add_text(SIGN_START, "ptsan"), f->rule), g->function);
	s.usual = add_text(s.coarse, g->author);
	s.fine = add_trace(s.usual, n, f->trace, f->frames);
	s.fine = add_trace(s.fine, n, f->author_trace, f->author_frames);
	return s;
}

// ---- words --------------------------------------------------------------------------------------

void finding_title(const struct finding_group *g, struct buffer *out)
{
	buffer_append_str(out, g->first->rule);
	if (g->function[0])
		buffer_printf(out, " in %s", g->function);
	if (g->author[0])
		buffer_printf(out, ", cleared by %s", g->author);
}

static const char *kernel_words(uint64_t d)
{
	unsigned rights = descriptor_rights(d);
	static const char *const words[] = {"r--", "rw-", "r-x", "rwx"};
	return words[(rights & RIGHT_KERNEL_WRITE ? 1 : 0) |
		     (rights & RIGHT_KERNEL_EXECUTE ? 2 : 0)];
}

static const char *user_words(uint64_t d)
{
	unsigned rights = descriptor_rights(d);
	static const char *const words[] = {"---", "r--", "rw-", "--x", "r-x", "rwx"};
	unsigned data = rights & RIGHT_USER_WRITE ? 2 : rights & RIGHT_USER_READ ? 1 : 0;
	return words[data + (rights & RIGHT_USER_EXECUTE ? 3 : 0)];
}

// "page at 0x40210000, kernel r-x, user ---, attributes 0, contiguous, dirty by hardware".
static void put_leaf(const struct reported_finding *f, uint64_t d, const struct geometry *g,
		     struct buffer *out)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} flags[] = {{DESCRIPTOR_NG, "not global"},
		     {DESCRIPTOR_CONTIGUOUS, "contiguous"},
		     {DESCRIPTOR_DBM, "dirty by hardware"}};
	buffer_printf(out, "%s at %#" PRIx64 ", kernel %s, user %s, attributes %u",
		      f->level == PTSAN_LEAF_LEVEL ? "page" : "block",
		      descriptor_address(g, d, f->level), kernel_words(d), user_words(d),
		      (unsigned)(d >> 2 & 7));
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (d & flags[i].bit)
			buffer_printf(out, ", %s", flags[i].word);
	if (f->level != PTSAN_LEAF_LEVEL && (d & DESCRIPTOR_NT))
		buffer_append_str(out, ", nT");
	if (!(d & DESCRIPTOR_AF))
		buffer_append_str(out, ", access flag clear");
}

static void put_descriptor(const struct reported_finding *f, const char *which, uint64_t d,
			   struct buffer *out)
{
	const struct geometry g = {.shift = f->granule == 65536   ? 16
					    : f->granule == 16384 ? 14
								  : 12,
				   .wide = f->lpa2};
	buffer_printf(out, "  %-8s %016" PRIx64 ": ", which, d);
	switch (descriptor_type(d, f->level)) {
	case DESCRIPTOR_TABLE:
		buffer_printf(out, "table at %#" PRIx64, descriptor_address(&g, d, f->level));
		break;
	case DESCRIPTOR_LEAF:
		put_leaf(f, d, &g, out);
		break;
	case DESCRIPTOR_INVALID:
		buffer_append_str(out, "not valid");
		break;
	}
	buffer_append_str(out, "\n");
}

static void put_calls(const char *what, unsigned cpu, uint64_t pc, const uint64_t *frames,
		      unsigned count, const struct address_names *n, struct buffer *out)
{
	char name[ADDRESS_NAME_SIZE];
	address_name(n, pc, name);
	buffer_printf(out, "  %-8s CPU %u at %s\n", what, cpu, name);
	for (unsigned i = 0; i < count; i++) {
		address_name(n, frames[i], name);
		buffer_printf(out, "           from %s\n", name);
	}
}

static void put_capability(unsigned below, struct buffer *out)
{
	if (below >= PTSAN_ALL_LEVELS)
		buffer_append_str(out, "  wrong    for every CPU\n");
	else
		buffer_printf(out,
			      "  wrong    for CPUs below break-before-make level %u (FEAT_BBM)\n",
			      below);
}

static void put_where(const struct reported_finding *f, struct buffer *out)
{
	buffer_printf(out, "  address  %016" PRIx64, f->va);
	if (f->size)
		buffer_printf(out, " to %016" PRIx64, f->va + f->size);
	buffer_printf(out, ", entry of level %d", f->level);
	if (f->asid >= 0)
		buffer_printf(out, ", ASID %d", (int)f->asid);
	if (f->other_va)
		buffer_printf(out, "; mapped again at %016" PRIx64, f->other_va);
	buffer_append_str(out, "\n");
}

void finding_describe(const struct finding_group *g, const struct address_names *n,
		      struct buffer *out)
{
	const struct reported_finding *f = g->first;
	const struct ptsan_rule *rule = find_rule(f->rule);
	buffer_append_str(out, "ptsan: ");
	finding_title(g, out);
	buffer_printf(out, " (%" PRIu64 " time%s)\n", finding_times(g),
		      finding_times(g) == 1 ? "" : "s");
	if (rule)
		buffer_printf(out, "  missing  %s\n", rule->missing);
	if (f->hint_excluded)
		buffer_append_str(out,
				  "           a TLBI came, and its level hint (TTL) excludes the "
				  "old entry\n");
	put_where(f, out);
	put_descriptor(f, f->other_va ? "one" : "old", f->old_descriptor, out);
	if (f->new_descriptor || f->other_va)
		put_descriptor(f, f->other_va ? "other" : "new", f->new_descriptor, out);
	if (f->pc)
		put_calls("by", f->cpu, f->pc, f->trace, f->frames, n, out);
	if (f->has_author)
		put_calls("cleared", f->author_cpu, f->author_pc, f->author_trace, f->author_frames,
			  n, out);
	put_capability(f->below, out);
	if (rule)
		buffer_printf(out, "  rule     %s, %s\n", rule->rule, rule->source);
}
