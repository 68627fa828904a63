// SPDX-License-Identifier: GPL-2.0-or-later
#include "sanitizer/symbols.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void symbol_table_deinit(struct symbol_table *t)
{
	if (!t)
		return;
	free(t->items);
	arena_deinit(&t->arena);
	*t = (struct symbol_table){0};
}

void symbol_table_add(struct symbol_table *t, uint64_t address, const char *name, size_t len,
		      bool local)
{
	// "$x" and the like mark where code begins, and are no names.
	if (t->count >= SYMBOLS_MAX || len == 0 || name[0] == '$')
		return;
	struct named_address a = {address, arena_strndup(&t->arena, name, len), local};
	ARRAY_APPEND(t->items, t->count, a);
}

// ---- System.map and /proc/kallsyms --------------------------------------------------------------

// "ffff800080000000 T _text", with a module behind a tab in kallsyms.
static void read_line(const char *line, size_t len, struct symbol_table *out)
{
	char number[20];
	const char *blank = memchr(line, ' ', len);
	size_t digits = blank ? (size_t)(blank - line) : 0;
	if (!digits || digits >= sizeof(number) || len < digits + 4 || blank[2] != ' ')
		return;
	memcpy(number, line, digits);
	number[digits] = '\0';
	char *end;
	uint64_t address = strtoull(number, &end, 16);
	const char *name = blank + 3;
	size_t rest = len - digits - 3, n = 0;
	while (n < rest && name[n] != '\t' && name[n] != ' ' && name[n] != '\r')
		n++;
	bool is_code = strchr("tTwW", blank[1]) != NULL, is_border = n > 1 && name[0] == '_';
	if (*end || (!is_code && !is_border))
		return;
	symbol_table_add(out, address, name, n, blank[1] == 't');
}

static void read_text(const char *text, size_t len, struct symbol_table *out)
{
	for (size_t at = 0; at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t n = end ? (size_t)(end - text) - at : len - at;
		read_line(text + at, n, out);
		at += n + 1;
	}
}

// ---- one table of all ---------------------------------------------------------------------------

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

static int by_address(const void *a, const void *b)
{
	const struct named_address *x = a, *y = b;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->local != y->local)
		return x->local ? 1 : -1;
	size_t n = underscores(x->name), m = underscores(y->name);
	return n != m ? (n < m ? -1 : 1) : strcmp(x->name, y->name);
}

// A kernel that hides its addresses says 0 for all of them.
static bool is_hidden(const struct symbol_table *t)
{
	return t->count > 1 && t->items[0].address == t->items[t->count - 1].address;
}

struct error *symbol_table_read(const void *bytes, size_t len, struct symbol_table *out)
{
	CLEANUP_SYMBOL_TABLE struct symbol_table t = {0};
	if (symbols_is_elf(bytes, len))
		symbols_read_elf(bytes, len, &t);
	else if (symbols_is_image(bytes, len))
		symbols_read_kallsyms(bytes, len, &t);
	else
		read_text(bytes, len, &t);
	if (t.count)
		qsort(t.items, t.count, sizeof(t.items[0]), by_address);
	if (!t.count || is_hidden(&t))
		return error_new(
		    ERROR_CONFIG,
		    "no names in it: expected a System.map, kallsyms with addresses, an "
		    "ELF file with symbols, or an Image with CONFIG_KALLSYMS");
	*out = t;
	t = (struct symbol_table){0};
	return NULL;
}

bool symbol_table_find(const struct symbol_table *t, const char *name, uint64_t *address)
{
	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->items[i].name, name) == 0) {
			*address = t->items[i].address;
			return true;
		}
	return false;
}

const struct named_address *symbol_table_at(const struct symbol_table *t, uint64_t address)
{
	size_t low = 0, high = t->count; // the first that lies behind `address`
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (t->items[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return NULL;
	uint64_t start = t->items[low - 1].address;
	size_t first = low - 1;
	while (first > 0 && t->items[first - 1].address == start)
		first--;
	return address - start <= SYMBOLS_REACH ? &t->items[first] : NULL;
}
