// SPDX-License-Identifier: GPL-2.0-or-later
// Names of code out of each kind of file, and of an Image's own tables in the layouts of three ages.
#include "unit/unit.h"

#include <elf.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "sanitizer/names.h"
#include "sanitizer/symbols.h"

static struct symbol_table table;

static void expect_name(uint64_t address, const char *name, uint64_t start)
{
	const struct named_address *a = symbol_table_at(&table, address);
	assert_non_null(a);
	assert_string_equal(a->name, name);
	assert_int_equal(a->address, start);
}

static void read_text(const char *text)
{
	assert_null(symbol_table_read(text, strlen(text), &table));
}

static void a_system_map_is_read(void **state)
{
	(void)state;
	read_text("ffff800080000000 T _text\n"
		  "ffff800080010000 t $x\n"
		  "ffff800080010800 T vectors\n"
		  "ffff800080020000 t do_wp_page\t[mm]\n"
		  "ffff800080020000 T __alias_of_it\n"
		  "ffff800080021000 d some_data\n"
		  "ffff800080022000 B __bss_stop\n"
		  "nonsense\n"
		  "ffff8000800300000000000 T too_long\n"
		  "\n"
		  "ffff800080030000 T last");
	assert_int_equal(table.count, 6);
	expect_name(0xffff800080010810, "vectors", 0xffff800080010800);
	expect_name(0xffff800080020004, "__alias_of_it", 0xffff800080020000); // global ones first
	expect_name(0xffff800080030001, "last", 0xffff800080030000);
	assert_null(symbol_table_at(&table, 0x1000));
	assert_null(symbol_table_at(&table, 0xffff800080030000 + SYMBOLS_REACH + 1));
	uint64_t address;
	assert_true(symbol_table_find(&table, "__bss_stop", &address));
	assert_int_equal(address, 0xffff800080022000);
	assert_false(symbol_table_find(&table, "some_data", &address));
	symbol_table_deinit(&table);
}

static void files_without_names_are_refused(void **state)
{
	static const char *const texts[] = {
	    "", "hello\n", "0000000000000000 T _text\n0000000000000000 T vectors\n"};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error *e = symbol_table_read(texts[i], strlen(texts[i]), &table);
		assert_non_null(e);
		assert_int_equal(error_kind(e), ERROR_CONFIG);
		error_free(e);
	}
}

// ---- ELF ----------------------------------------------------------------------------------------

struct small_elf {
	Elf64_Ehdr header;
	Elf64_Shdr sections[3];
	Elf64_Sym symbols[4];
	char names[32];
};

static void make_elf(struct small_elf *f)
{
	*f = (struct small_elf){
	    .header = {.e_shoff = offsetof(struct small_elf, sections),
		       .e_shentsize = sizeof(Elf64_Shdr),
		       .e_shnum = 3},
	    .sections = {[1] = {.sh_type = SHT_SYMTAB,
				.sh_offset = offsetof(struct small_elf, symbols),
				.sh_size = sizeof(f->symbols),
				.sh_link = 2},
			 [2] = {.sh_type = SHT_STRTAB,
				.sh_offset = offsetof(struct small_elf, names),
				.sh_size = sizeof(f->names)}},
	    .symbols = {{.st_name = 0},
			{.st_name = 1,
			 .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			 .st_shndx = 1,
			 .st_value = 0x1000},
			{.st_name = 8,
			 .st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT),
			 .st_shndx = 1,
			 .st_value = 0x2000},
			{.st_name = 13,
			 .st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE),
			 .st_shndx = 1,
			 .st_value = 0x3000}},
	    .names = "\0change\0data\0vectors",
	};
	memcpy(f->header.e_ident, ELFMAG, SELFMAG);
	f->header.e_ident[EI_CLASS] = ELFCLASS64;
	f->header.e_ident[EI_DATA] = ELFDATA2LSB;
}

static void an_elf_file_is_read(void **state)
{
	(void)state;
	struct small_elf f;
	make_elf(&f);
	assert_null(symbol_table_read(&f, sizeof(f), &table));
	assert_int_equal(table.count, 2);
	expect_name(0x1010, "change", 0x1000);
	expect_name(0x3000, "vectors", 0x3000);
	symbol_table_deinit(&table);
}

static void a_cut_or_lying_elf_file_does_no_harm(void **state)
{
	(void)state;
	struct small_elf f;
	for (size_t len = 0; len < sizeof(f); len++) {
		make_elf(&f);
		char *copy = malloc(len + 1); // ASan sees what is read behind it
		memcpy(copy, &f, len);
		struct error *e = symbol_table_read(copy, len, &table);
		if (!e)
			symbol_table_deinit(&table);
		error_free(e);
		free(copy);
	}
	make_elf(&f);
	f.header.e_shoff = UINT64_MAX - 10;
	struct error *e = symbol_table_read(&f, sizeof(f), &table);
	assert_non_null(e);
	error_free(e);
}

// ---- kallsyms of an Image -----------------------------------------------------------------------

enum layout { BEFORE_6_4, SINCE_6_4, PLACE_RELATIVE };

struct kernel_image {
	struct buffer bytes;
	size_t offsets;
};

static void pad(struct buffer *b, size_t to)
{
	while (b->len % to)
		buffer_append(b, "", 1);
}

static void put32(struct buffer *b, uint32_t value)
{
	buffer_append(b, &value, sizeof(value));
}

#define NAMES 600
#define CODE  0x10000 // bytes of it, ahead of the tables

// "Tvectors" at 0x1800, "tfNNN" each 64 bytes behind it.
static const char *name_of(unsigned i, char text[16])
{
	if (i == 0)
		return "T_stext";
	if (i == 1)
		return "Tvectors";
	snprintf(text, 16, "tf%03u", i);
	return text;
}

static uint32_t place_of(unsigned i)
{
	return i == 0 ? 0x1000 : 0x1800 + 0x40 * (i - 1);
}

static void put_offsets(struct kernel_image *k, bool relative)
{
	pad(&k->bytes, 8);
	for (unsigned i = 0; i < NAMES; i++)
		put32(&k->bytes, place_of(i) - (relative ? (uint32_t)k->bytes.len : 0));
}

// Byte 200 stands for "vector": compressed as scripts/kallsyms.c does it.
static void put_name(struct buffer *b, const char *name)
{
	const char *found = strstr(name, "vector");
	unsigned char n = (unsigned char)(found ? strlen(name) - 5 : strlen(name));
	buffer_append(b, &n, 1);
	if (!found) {
		buffer_append(b, name, n);
		return;
	}
	buffer_append(b, name, (size_t)(found - name));
	buffer_append(b, "\xc8", 1);
	buffer_append_str(b, found + 6);
}

static void put_tokens(struct buffer *b)
{
	uint16_t index[256];
	size_t start = b->len;
	for (unsigned i = 0; i < 256; i++) {
		index[i] = (uint16_t)(b->len - start);
		char text[8] = {(char)(i >= ' ' && i < 0x7f ? i : '?')};
		const char *token = i == 200 ? "vector" : text;
		buffer_append(b, token, strlen(token) + 1);
	}
	pad(b, 8);
	buffer_append(b, index, sizeof(index));
}

static void make_image(struct kernel_image *k, enum layout layout)
{
	char text[16];
	uint32_t markers[NAMES / 256 + 1];
	struct buffer *b = &k->bytes;
	*k = (struct kernel_image){0};
	for (unsigned i = 0; i < 56 / 4; i++)
		put32(b, 0xd503201f);
	buffer_append(b, "ARM\x64", 4);
	while (b->len < CODE)
		put32(b, 0xd503201f);
	if (layout == BEFORE_6_4) {
		put_offsets(k, false);
		pad(b, 8);
		put32(b, 0x80000000), put32(b, 0xffff8000); // kallsyms_relative_base
	}
	pad(b, 8);
	put32(b, layout == BEFORE_6_4 ? NAMES : 0), put32(b, layout == BEFORE_6_4 ? 0 : NAMES);
	size_t start = b->len;
	for (unsigned i = 0; i < NAMES; i++) {
		if (i % 256 == 0)
			markers[i / 256] = (uint32_t)(b->len - start);
		put_name(b, name_of(i, text));
	}
	pad(b, 8);
	buffer_append(b, markers, sizeof(markers));
	pad(b, 8);
	put_tokens(b);
	if (layout != BEFORE_6_4)
		put_offsets(k, layout == PLACE_RELATIVE);
	put32(b, 0), put32(b, 0);
}

static void an_image_names_its_own_code(void **state)
{
	(void)state;
	for (enum layout l = BEFORE_6_4; l <= PLACE_RELATIVE; l++) {
		struct kernel_image k;
		make_image(&k, l);
		assert_null(symbol_table_read(k.bytes.data, k.bytes.len, &table));
		assert_int_equal(table.count, NAMES);
		expect_name(0x1810, "vectors", 0x1800);
		expect_name(place_of(599) + 8, "f599", place_of(599));
		symbol_table_deinit(&table);
		buffer_deinit(&k.bytes);
	}
}

// Every byte behind the code in turn is another one: some names or none, and nothing is read beyond.
static void a_damaged_image_does_no_harm(void **state)
{
	(void)state;
	struct kernel_image k;
	make_image(&k, PLACE_RELATIVE);
	for (size_t i = CODE; i < k.bytes.len; i += 7) {
		char was = k.bytes.data[i];
		k.bytes.data[i] = (char)~was;
		error_free(symbol_table_read(k.bytes.data, k.bytes.len, &table));
		symbol_table_deinit(&table);
		k.bytes.data[i] = was;
	}
	for (size_t len = CODE; len < k.bytes.len; len += 61) {
		char *copy = malloc(len);
		memcpy(copy, k.bytes.data, len);
		error_free(symbol_table_read(copy, len, &table));
		symbol_table_deinit(&table);
		free(copy);
	}
	buffer_deinit(&k.bytes);
}

// ---- names of a report's addresses --------------------------------------------------------------

static struct address_names names;

static void name_addresses(const char *map, bool vectors, const uint64_t *pcs, unsigned count)
{
	struct buffer text = {0};
	struct reported_finding items[4] = {0};
	struct sanitizer_report r = {.items = items,
				     .count = count,
				     .has_vectors = vectors,
				     .vectors_va = 0xffffa00000010800,
				     .vectors_address = 0x40210800};
	for (unsigned i = 0; i < count; i++)
		items[i].pc = pcs[i];
	if (map)
		read_text(map);
	address_names_write(&r, map ? &table : NULL, &text);
	address_names_read(buffer_str(&text), text.len, &names);
	buffer_deinit(&text);
	symbol_table_deinit(&table);
}

static void expect_called(uint64_t address, const char *name, const char *function)
{
	char text[ADDRESS_NAME_SIZE];
	address_name(&names, address, text);
	assert_string_equal(text, name);
	address_function(&names, address, text);
	assert_string_equal(text, function);
}

static const char map[] = "ffff800080000000 T _text\n"
			  "ffff800080010800 T vectors\n"
			  "ffff800080020000 T bad\x1b+name\n";

static void a_moved_kernel_is_named_by_its_vectors(void **state)
{
	(void)state;
	// In its own mapping, where memory is, and in a module.
	static const uint64_t pcs[] = {0xffffa00000020010, 0x40220020, 0xffffb00000000000};
	uint64_t image;
	name_addresses(map, true, pcs, 3);
	expect_called(pcs[0], "bad??name+0x10", "bad??name");
	expect_called(pcs[1], "bad??name+0x20", "bad??name");
	expect_called(pcs[2], "0xffffb00000000000", "0xffffb00000000000");
	expect_called(0, "0x0", "");
	assert_true(address_names_image(&names, &image));
	assert_int_equal(image, 0xffffa00000000000);
	address_names_deinit(&names);
}

static void without_symbols_places_are_the_same_in_each_boot(void **state)
{
	(void)state;
	static const uint64_t pcs[] = {0xffffa00000020010, 0x40210000};
	uint64_t image;
	name_addresses(NULL, true, pcs, 2);
	expect_called(pcs[0], "vectors@0xf810", "vectors@0xf810");
	expect_called(pcs[1], "vectors-0x800", "vectors-0x800");
	assert_false(address_names_image(&names, &image));
	address_names_deinit(&names);
	name_addresses(map, false, pcs, 2);
	expect_called(pcs[0], "0xffffa00000020010", "0xffffa00000020010");
	address_names_deinit(&names);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_system_map_is_read),
	    TEST(files_without_names_are_refused),
	    TEST(an_elf_file_is_read),
	    TEST(a_cut_or_lying_elf_file_does_no_harm),
	    TEST(an_image_names_its_own_code),
	    TEST(a_damaged_image_does_no_harm),
	    TEST(a_moved_kernel_is_named_by_its_vectors),
	    TEST(without_symbols_places_are_the_same_in_each_boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
