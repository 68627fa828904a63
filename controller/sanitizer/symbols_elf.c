// SPDX-License-Identifier: GPL-2.0-or-later
// The symbol table of a 64-bit little-endian ELF file (gABI, "Symbol Table"): a vmlinux, a firmware.
#include <elf.h>
#include <string.h>

#include "sanitizer/symbols.h"

bool symbols_is_elf(const void *bytes, size_t len)
{
	const unsigned char *b = bytes;
	return len > sizeof(Elf64_Ehdr) && memcmp(b, ELFMAG, SELFMAG) == 0 &&
	       b[EI_CLASS] == ELFCLASS64 && b[EI_DATA] == ELFDATA2LSB;
}

struct elf_file {
	const char *bytes;
	size_t len;
	Elf64_Ehdr header;
};

// A copy: nothing in a file need be aligned. False: it is not all there.
static bool read_at(const struct elf_file *f, uint64_t at, void *out, size_t size)
{
	if (at > f->len || size > f->len - at)
		return false;
	memcpy(out, f->bytes + at, size);
	return true;
}

static bool read_section(const struct elf_file *f, uint64_t index, Elf64_Shdr *out)
{
	if (index >= f->header.e_shnum || f->header.e_shentsize != sizeof(*out) ||
	    f->header.e_shoff > f->len)
		return false;
	return read_at(f, f->header.e_shoff + index * sizeof(*out), out, sizeof(*out)) &&
	       out->sh_offset <= f->len && out->sh_size <= f->len - out->sh_offset;
}

static void read_symbols(const struct elf_file *f, const Elf64_Shdr *table,
			 struct symbol_table *out)
{
	Elf64_Shdr names;
	Elf64_Sym s;
	if (!read_section(f, table->sh_link, &names))
		return;
	for (uint64_t at = 0; at + sizeof(s) <= table->sh_size; at += sizeof(s)) {
		if (!read_at(f, table->sh_offset + at, &s, sizeof(s)))
			return;
		unsigned type = ELF64_ST_TYPE(s.st_info);
		bool names_code = type == STT_FUNC || type == STT_NOTYPE;
		if (!names_code || s.st_shndx == SHN_UNDEF || s.st_shndx >= SHN_LORESERVE ||
		    s.st_name >= names.sh_size)
			continue;
		const char *name = f->bytes + names.sh_offset + s.st_name;
		size_t n = strnlen(name, names.sh_size - s.st_name);
		symbol_table_add(out, s.st_value, name, n, ELF64_ST_BIND(s.st_info) == STB_LOCAL);
	}
}

void symbols_read_elf(const void *bytes, size_t len, struct symbol_table *out)
{
	struct elf_file f = {.bytes = bytes, .len = len};
	Elf64_Shdr section;
	if (!read_at(&f, 0, &f.header, sizeof(f.header)))
		return;
	for (uint64_t i = 0; i < f.header.e_shnum; i++)
		if (read_section(&f, i, &section) && section.sh_type == SHT_SYMTAB)
			read_symbols(&f, &section, out);
}
