// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/memory.h"
#include "unit/kernel_file.h"

#define IMAGE_BYTES 20000
#define PE_AT       0x40
#define ELF_AT      4096
#define NOTE_AT     12288

static void put(unsigned char *at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

// An EFI program's headers with one section that ends with the file.
static void put_pe(unsigned char *at, unsigned machine, unsigned raw, unsigned raw_len)
{
	memcpy(at, "PE\0", 4);
	put(at + 4, machine, 2);
	put(at + 6, 1, 2);
	unsigned char *section = at + 24;
	put(section + 16, raw_len, 4);
	put(section + 20, raw, 4);
}

static void put_note(unsigned char *at, unsigned char first)
{
	put(at, 4, 4);
	put(at + 4, 20, 4);
	put(at + 8, 3, 4);
	memcpy(at + 12, "GNU", 4);
	for (unsigned i = 0; i < 20; i++)
		at[16 + i] = (unsigned char)(first + i);
}

// The vDSO of a kernel: one program header, which is its notes.
static void put_elf(unsigned char *at)
{
	memcpy(at,
	       "\x7f"
	       "ELF\x02\x01\x01",
	       7);
	put(at + 32, 64, 8);
	put(at + 54, 56, 2);
	put(at + 56, 1, 2);
	put(at + 64, 4, 4);
	put(at + 64 + 8, 200, 8);
	put(at + 64 + 32, 36, 8);
	put_note(at + 200, 0xa0);
}

void kernel_file_image(unsigned granule, bool sections, struct buffer *out)
{
	CLEANUP_FREE unsigned char *b = memory_new(IMAGE_BYTES, 1);
	unsigned word = granule == 4096 ? 1 : granule == 16384 ? 2 : granule == 65536 ? 3 : 0;
	put(b + 16, 65536, 8);
	put(b + 24, 8 | word << 1, 8);
	memcpy(b + 0x38, "ARMd", 4);
	if (sections) {
		memcpy(b, "MZ", 2);
		put(b + 0x3c, PE_AT, 4);
		put_pe(b + PE_AT, 0xaa64, 4096, IMAGE_BYTES - 4096);
	}
	put_elf(b + ELF_AT);
	put_note(b + NOTE_AT, 0);
	buffer_append(out, b, IMAGE_BYTES);
}

void kernel_file_zboot(const struct buffer *inner, unsigned machine, const char *packed,
		       struct buffer *out)
{
	unsigned char head[4096] = "MZ\0\0zimg";
	put(head + 8, sizeof(head), 4);
	put(head + 12, inner->len, 4);
	memcpy(head + 24, packed, strlen(packed));
	put(head + 0x3c, PE_AT, 4);
	put_pe(head + PE_AT, machine, sizeof(head), (unsigned)inner->len);
	buffer_append(out, head, sizeof(head));
	buffer_append(out, inner->data, inner->len);
}

// ---- archives -------------------------------------------------------------------------------------

static la_ssize_t take(struct archive *a, void *arg, const void *bytes, size_t len)
{
	(void)a;
	buffer_append(arg, bytes, len);
	return (la_ssize_t)len;
}

static struct archive *begin(int (*format)(struct archive *a), const char *filter,
			     struct buffer *out)
{
	struct archive *a = archive_write_new();
	assert_int_equal(format(a), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open(a, out, NULL, take, NULL), ARCHIVE_OK);
	return a;
}

static void add(struct archive *a, const char *name, const void *bytes, size_t len)
{
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, name);
	archive_entry_set_mode(e, AE_IFREG | 0644);
	archive_entry_set_nlink(e, 1);
	archive_entry_set_size(e, (la_int64_t)len);
	assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
	assert_int_equal(archive_write_data(a, bytes, len), len);
	archive_entry_free(e);
}

static void end(struct archive *a)
{
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

void kernel_file_pack(const struct buffer *inner, const char *filter, struct buffer *out)
{
	struct archive *a = begin(archive_write_set_format_raw, filter, out);
	add(a, "data", inner->data, inner->len);
	end(a);
}

static void add_files(struct archive *a, const struct buffer *inner, const char *name)
{
	add(a, "usr/share/doc/vmlinuz.txt", "words", 5);
	if (name)
		add(a, name, inner->data, inner->len);
	add(a, "lib/modules/7.3.0/kernel/a.ko", "module", 6);
	end(a);
}

static void add_member(struct archive *a, const char *name, const struct buffer *content)
{
	add(a, name, content->data, content->len);
}

void kernel_file_deb(const struct buffer *inner, const char *name, const char *architecture,
		     const char *filter, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer control = {0}, data = {0}, text = {0};
	buffer_printf(&text,
		      "Package: linux-image-7.3.0-arm64\nVersion: 7.3.1-1\nArchitecture: %s\n"
		      "Description: a kernel\n Version: of no field\n",
		      architecture);
	struct archive *a = begin(archive_write_set_format_gnutar, "gzip", &control);
	add(a, "./md5sums", "", 0);
	add(a, "./control", text.data, text.len);
	end(a);
	add_files(begin(archive_write_set_format_gnutar, filter, &data), inner, name);
	a = begin(archive_write_set_format_ar_svr4, NULL, out);
	add(a, "debian-binary", "2.0\n", 4);
	add_member(a, "control.tar.gz", &control);
	add_member(a, "data.tar", &data);
	end(a);
}

// ---- rpm ------------------------------------------------------------------------------------------

static void put_big(struct buffer *out, uint32_t value)
{
	const unsigned char b[4] = {(unsigned char)(value >> 24), (unsigned char)(value >> 16),
				    (unsigned char)(value >> 8), (unsigned char)value};
	buffer_append(out, b, sizeof(b));
}

struct tag {
	uint32_t tag;
	const char *text;
};

static void put_header(const struct tag *tags, uint32_t count, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer values = {0}, entries = {0};
	for (uint32_t i = 0; i < count; i++) {
		put_big(&entries, tags[i].tag);
		put_big(&entries, 6);
		put_big(&entries, (uint32_t)values.len);
		put_big(&entries, 1);
		buffer_append(&values, tags[i].text, strlen(tags[i].text) + 1);
	}
	buffer_append(out, "\x8e\xad\xe8\x01\0\0\0\0", 8);
	put_big(out, count);
	put_big(out, (uint32_t)values.len);
	if (count)
		buffer_append(out, entries.data, entries.len);
	if (values.len)
		buffer_append(out, values.data, values.len);
}

void kernel_file_rpm(const struct buffer *inner, const char *name, const char *architecture,
		     const char *filter, struct buffer *out)
{
	const struct tag signatures[] = {{269, "digest"}};
	const struct tag tags[] = {
	    {1000, "kernel-core"}, {1001, "7.3.0"}, {1002, "1.fc46"}, {1022, architecture}};
	unsigned char lead[96] = "\xed\xab\xee\xdb\x03\0\0\0\0\x01kernel-core";
	lead[77] = 1;
	lead[79] = 5; // signatures in a header
	buffer_append(out, lead, sizeof(lead));
	put_header(signatures, 1, out);
	while (out->len % 8)
		buffer_append(out, "", 1);
	put_header(tags, 4, out);
	add_files(begin(archive_write_set_format_cpio_newc, filter, out), inner, name);
}
