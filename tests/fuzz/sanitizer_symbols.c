// SPDX-License-Identifier: GPL-2.0-or-later
// Any file as one with names of code: a System.map, an ELF file, an Image with kallsyms.
#include <stdint.h>
#include <stdlib.h>

#include "sanitizer/symbols.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct symbol_table t;
	struct error *e = symbol_table_read(data, size, &t);
	error_free(e);
	if (e)
		return 0;
	for (size_t i = 0; i < t.count; i++) {
		const struct named_address *a = symbol_table_at(&t, t.items[i].address);
		if (!a || a->address != t.items[i].address)
			abort();
	}
	symbol_table_deinit(&t);
	return 0;
}
