// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/symbols.h"

#include "entry/image.h"
#include "report/format.h"

// Ascending by address; the last entry marks the end of the last function and has no name.
struct symbol_entry {
	uint32_t address; // from the start of the image
	uint32_t name;    // offset into the names
};

struct symbol_table {
	uint32_t count;
	uint32_t names; // offset from the table to the names
	struct symbol_entry entry[];
};

bool symbol_find(uint64_t address, struct symbol *symbol)
{
	const struct symbol_table *table = (const struct symbol_table *)(const void *)symbols_start;
	uint64_t wanted = address - (uint64_t)(uintptr_t)image_start;
	if (table->count < 2 || wanted < table->entry[0].address ||
	    wanted >= table->entry[table->count - 1].address)
		return false;
	uint32_t low = 0, high = table->count - 1;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (table->entry[middle].address <= wanted)
			low = middle;
		else
			high = middle;
	}
	const char *names = (const char *)symbols_start + table->names;
	*symbol = (struct symbol){
	    .name = names + table->entry[low].name,
	    .offset = wanted - table->entry[low].address,
	    .size = table->entry[low + 1].address - table->entry[low].address,
	};
	return true;
}

void symbol_format(char *out, size_t size, uint64_t address)
{
	struct symbol symbol;
	if (symbol_find(address, &symbol))
		format(out, size, "%s+%#lx/%#lx", symbol.name, (unsigned long)symbol.offset,
		       (unsigned long)symbol.size);
	else
		format(out, size, "%#lx", (unsigned long)address);
}
