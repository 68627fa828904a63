// SPDX-License-Identifier: GPL-2.0-or-later
// Names of a payload's code: out of a System.map or kallsyms, of an ELF file's symbol table, or of what
// an arm64 Image has within itself for its own call traces (kallsyms). Pure.
#ifndef SANITIZER_SYMBOLS_H
#define SANITIZER_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

#define SYMBOLS_FILE_LIMIT ((size_t)1 << 30) // bytes of a file with names: a vmlinux is large
#define SYMBOLS_MAX        2000000

struct named_address {
	uint64_t address; // as linked; of an Image's own names: from its first byte on
	const char *name;
	bool local;
};

// Sorted by address; of several names at one, the one that people know comes first.
struct symbol_table {
	struct arena arena;
	struct named_address *items;
	size_t count;
};

// Reads whatever kind of file `bytes` is. An error of kind ERROR_CONFIG says what it lacks.
struct error *symbol_table_read(const void *bytes, size_t len,
				struct symbol_table *out) ERROR_RESULT;
void symbol_table_deinit(struct symbol_table *t);
#define CLEANUP_SYMBOL_TABLE CLEANUP(symbol_table_deinit)

// The address of a name; false: there is none.
bool symbol_table_find(const struct symbol_table *t, const char *name, uint64_t *address);

// The name that an address lies behind, at most SYMBOLS_REACH bytes; NULL: there is none.
#define SYMBOLS_REACH 0x100000
const struct named_address *symbol_table_at(const struct symbol_table *t, uint64_t address);

// ---- of one kind each (symbols_elf.c, symbols_kallsyms.c) ---------------------------------------

void symbol_table_add(struct symbol_table *t, uint64_t address, const char *name, size_t len,
		      bool local);
bool symbols_is_elf(const void *bytes, size_t len);
void symbols_read_elf(const void *bytes, size_t len, struct symbol_table *out);
bool symbols_is_image(const void *bytes, size_t len);
void symbols_read_kallsyms(const void *bytes, size_t len, struct symbol_table *out);

#endif
