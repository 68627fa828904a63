// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/symbol.h"

#include "detect/text.h"

// `<A as B<C>>::f` of Rust: the matching '>' and what follows it.
static size_t angle_span(struct detect_view v)
{
	unsigned depth = 0;
	for (size_t i = 0; i < v.len; i++) {
		if (v.ptr[i] == '<')
			depth++;
		else if (v.ptr[i] == '>' && i > 0 && v.ptr[i - 1] != '-' && --depth == 0)
			return i + 1;
	}
	return 0;
}

// 1: part of a name, 2: may begin a suffix, 3: may begin what needs a closer look
static const uint8_t name_class[256] = {
    ['0' ... '9'] = 1, ['A' ... 'Z'] = 1, ['a' ... 'z'] = 1, ['_'] = 1, ['.'] = 2,
    ['$'] = 2,         [':'] = 1,         [128 ... 255] = 1, ['<'] = 3, ['-'] = 3,
};

// Length of what a '<' or '-' at `i` adds to a name; 0: it ends there.
static size_t odd_span(struct detect_view v, size_t i)
{
	if (v.ptr[i] == '<')
		return angle_span(view_from(v, i));
	return i > 0 && i + 1 < v.len && is_word(v.ptr[i + 1]) ? 1 : 0;
}

// *clean: nothing in the name could be a suffix.
static size_t name_span(struct detect_view v, bool *clean)
{
	size_t i = 0;
	unsigned seen = 0;
	while (i < v.len) {
		unsigned kind = name_class[(unsigned char)v.ptr[i]];
		size_t step = kind == 3 ? odd_span(v, i) : kind > 0;
		if (step == 0)
			break;
		seen |= kind;
		i += step;
	}
	while (i > 0 && v.ptr[i - 1] == ':') // "sym:" ends a phrase, it is not part of the name
		i--;
	*clean = !(seen & 2);
	return i;
}

static bool parse_offset(struct cursor *c, struct symbol *s)
{
	struct cursor probe = *c;
	uint64_t offset, size;
	if (!cursor_literal(&probe, VIEW("+0x")) || !cursor_hex(&probe, &offset))
		return false;
	s->has_offset = true;
	s->offset = (uint32_t)offset;
	*c = probe;
	if (cursor_literal(&probe, VIEW("/0x")) && cursor_hex(&probe, &size)) {
		s->size = (uint32_t)size;
		*c = probe;
	}
	return true;
}

// " [module]" or " [module 0123abcd]"; a frame's "[<address>]" is not one.
static void parse_module(struct cursor *c, struct symbol *s)
{
	struct cursor probe = *c;
	struct detect_view inside;
	if (cursor_blanks(&probe) > 1 || !cursor_char(&probe, '['))
		return;
	if (!cursor_until(&probe, VIEW("]"), &inside) || inside.len == 0 || !is_word(inside.ptr[0]))
		return;
	struct cursor words = cursor_of(inside);
	s->module = cursor_word(&words);
	*c = probe;
}

size_t symbol_take(struct detect_view v, struct symbol *out)
{
	struct cursor c = cursor_of(v);
	bool clean;
	*out = (struct symbol){.name = {v.ptr, name_span(v, &clean)}};
	c.p += out->name.len;
	if (out->name.len && parse_offset(&c, out))
		parse_module(&c, out);
	if (!clean)
		out->name = symbol_clean(out->name);
	return (size_t)(c.p - v.ptr);
}

static bool is_suffix(struct detect_view v)
{
	static const char *const suffixes[] = {
	    ".isra.", ".constprop.", ".part.", ".cold", ".llvm.", ".lto_priv.", ".__uniq.",
	};
	// A bare number tells statics of one name in several functions apart: it changes with the build.
	if (v.ptr[0] == '$' || (v.len > 1 && is_digit(v.ptr[1])))
		return true;
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (view_starts(v, view_of(suffixes[i])))
			return true;
	return false;
}

struct detect_view symbol_clean(struct detect_view name)
{
	// A name that begins with '.', as ".text" or a local label, is a name of its own.
	for (size_t i = 1; i < name.len && name.ptr[0] != '.'; i++) {
		bool mark = name.ptr[i] == '.' || name.ptr[i] == '$';
		if (mark && is_suffix(view_from(name, i)))
			name.len = i;
	}
	return name;
}

// Wildcard match; goes back to the last '*' only, so at most len(pattern) * len(name) steps.
static bool family_fits(struct detect_view pattern, struct detect_view name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, mark = 0;
	while (n < name.len) {
		if (p < pattern.len && pattern.ptr[p] == '*') {
			star = p++;
			mark = n;
		} else if (p < pattern.len && pattern.ptr[p] == name.ptr[n]) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

static bool pattern_fits(const struct symbol_pattern *p, struct detect_view name)
{
	if (p->plain > name.len || memcmp(p->text, name.ptr, p->plain) != 0)
		return false;
	if (p->plain == p->len)
		return name.len == p->len;
	return p->plain + 1 == p->len || family_fits((struct detect_view){p->text, p->len}, name);
}

static unsigned lists_in(unsigned bucket, struct detect_view name, uint64_t letters)
{
	unsigned lists = 0;
	for (size_t i = symbol_index[bucket]; i < symbol_index[bucket + 1]; i++)
		if (!(symbol_patterns[i].letters & ~letters) &&
		    pattern_fits(&symbol_patterns[i], name))
			lists |= SYMBOL_ON(symbol_patterns[i].list);
	return lists;
}

static bool find_name(uint64_t hash, unsigned *lists)
{
	uint32_t mark = symbol_fingerprint(hash);
	for (size_t slot = hash % SYMBOL_NAMES; symbol_names[slot];
	     slot = (slot + 1) % SYMBOL_NAMES) {
		if (symbol_names[slot] == mark) {
			*lists = symbol_names_lists[slot];
			return true;
		}
	}
	return false;
}

static unsigned lists_by_pattern(struct detect_view name)
{
	uint64_t letters = symbol_letters(name);
	return lists_in(symbol_bucket(name.ptr), name, letters) |
	       lists_in(SYMBOL_BUCKETS, name, letters);
}

// A whole name wins over the patterns: the build has tried those on it already.
static unsigned lists_of(struct detect_view name, uint64_t hash)
{
	unsigned lists;
	if (name.len < 3)
		return 0;
	return find_name(hash, &lists) ? lists : lists_by_pattern(name);
}

unsigned symbol_lists(struct detect_view name)
{
	return lists_of(name, symbol_hash(name));
}

unsigned symbol_lists_of(struct symbol_cache *cache, struct detect_view name, uint64_t hash)
{
	size_t slot = hash % SYMBOL_CACHE;
	if (cache->key[slot] != hash || hash == 0) {
		cache->key[slot] = hash;
		cache->lists[slot] = (uint16_t)lists_of(name, hash);
	}
	return cache->lists[slot];
}
