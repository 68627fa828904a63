// SPDX-License-Identifier: GPL-2.0-or-later
#include "sanitizer/names.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// Where the image begins: no function is called so.
#define IMAGE_NAME "(image)"
// What is farther from the vectors is no part of the payload.
#define IMAGE_REACH ((uint64_t)64 << 20)

// ---- writing ------------------------------------------------------------------------------------

// What both the symbols and the report know: where exception vectors are.
struct anchor {
	const struct sanitizer_report *report;
	const struct symbol_table *symbols; // NULL: not to be used
	uint64_t vectors;                   // as linked
};

static struct anchor find_anchor(const struct sanitizer_report *r, const struct symbol_table *t)
{
	static const char *const names[] = {"vectors", "exception_vectors"};
	struct anchor a = {.report = r};
	for (size_t i = 0; t && r->has_vectors && i < sizeof(names) / sizeof(names[0]); i++)
		if (symbol_table_find(t, names[i], &a.vectors)) {
			a.symbols = t;
			break;
		}
	return a;
}

// Code that runs before the kernel's own mapping has addresses of memory.
static uint64_t to_virtual(const struct sanitizer_report *r, uint64_t address)
{
	uint64_t distance = address - r->vectors_address + IMAGE_REACH;
	return distance < 2 * IMAGE_REACH ? r->vectors_va + (address - r->vectors_address)
					  : address;
}

// Kernels call functions what they like, Rust among them; a name has no blank and nothing that drives
// a terminal.
static void put_name(struct buffer *out, const char *name)
{
	for (size_t i = 0; i < ADDRESS_NAME_SIZE - 32 && name[i]; i++) {
		bool plain = name[i] > ' ' && name[i] < 0x7f && name[i] != '+';
		buffer_append(out, plain ? &name[i] : "?", 1);
	}
}

static void write_one(const struct anchor *a, uint64_t address, struct buffer *out)
{
	uint64_t va = to_virtual(a->report, address), from = va - a->report->vectors_va;
	if (from + IMAGE_REACH >= 2 * IMAGE_REACH)
		return; // a module: nothing is known of it
	const struct named_address *s =
	    a->symbols ? symbol_table_at(a->symbols, a->vectors + from) : NULL;
	buffer_printf(out, "%" PRIx64 " ", address);
	if (s) {
		put_name(out, s->name);
		buffer_printf(out, "+0x%" PRIx64 "\n", a->vectors + from - s->address);
	} else {
		bool ahead = from > IMAGE_REACH;
		buffer_printf(out, "vectors%c0x%" PRIx64 "\n", ahead ? '-' : '@',
			      ahead ? 0 - from : from);
	}
}

void address_names_write(const struct sanitizer_report *r, const struct symbol_table *t,
			 struct buffer *out)
{
	size_t count;
	CLEANUP_FREE uint64_t *addresses = sanitizer_report_addresses(r, &count);
	const struct anchor a = find_anchor(r, t);
	uint64_t text = 0; // an Image's own names count from its first byte
	if (!r->has_vectors)
		return;
	if (a.symbols && !symbol_table_find(a.symbols, "_text", &text))
		text = 0;
	if (a.symbols && a.vectors - text < IMAGE_REACH)
		buffer_printf(out, "%" PRIx64 " " IMAGE_NAME "\n",
			      r->vectors_va - (a.vectors - text));
	for (size_t i = 0; i < count; i++)
		write_one(&a, addresses[i], out);
}

// ---- reading ------------------------------------------------------------------------------------

void address_names_deinit(struct address_names *n)
{
	if (!n)
		return;
	free(n->items);
	arena_deinit(&n->arena);
	*n = (struct address_names){0};
}

static int by_address(const void *a, const void *b)
{
	const struct named_address *x = a, *y = b;
	return x->address < y->address ? -1 : x->address > y->address;
}

static void read_line(const char *line, size_t len, struct address_names *n)
{
	char number[20];
	const char *blank = memchr(line, ' ', len);
	size_t digits = blank ? (size_t)(blank - line) : 0;
	if (!digits || digits >= sizeof(number) || digits + 1 >= len || n->count >= SYMBOLS_MAX)
		return;
	memcpy(number, line, digits);
	number[digits] = '\0';
	char *end;
	struct named_address a = {.address = strtoull(number, &end, 16)};
	if (*end)
		return;
	a.name = arena_strndup(&n->arena, blank + 1, len - digits - 1);
	ARRAY_APPEND(n->items, n->count, a);
}

void address_names_read(const char *text, size_t len, struct address_names *out)
{
	struct address_names n = {0};
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end ? (size_t)(end - text) - at : len - at;
		read_line(text + at, line, &n);
		at += line + 1;
	}
	if (n.count)
		qsort(n.items, n.count, sizeof(n.items[0]), by_address);
	*out = n;
}

void address_name(const struct address_names *n, uint64_t address, char out[ADDRESS_NAME_SIZE])
{
	const struct named_address key = {.address = address};
	const struct named_address *found =
	    n->count ? bsearch(&key, n->items, n->count, sizeof(n->items[0]), by_address) : NULL;
	if (found)
		snprintf(out, ADDRESS_NAME_SIZE, "%s", found->name);
	else
		snprintf(out, ADDRESS_NAME_SIZE, "0x%" PRIx64, address);
}

void address_function(const struct address_names *n, uint64_t address, char out[ADDRESS_NAME_SIZE])
{
	out[0] = '\0';
	if (!address)
		return;
	address_name(n, address, out);
	out[strcspn(out, "+")] = '\0';
}

bool address_names_image(const struct address_names *n, uint64_t *start)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->items[i].name, IMAGE_NAME) == 0) {
			*start = n->items[i].address;
			return true;
		}
	return false;
}
