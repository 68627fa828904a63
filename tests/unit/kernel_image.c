// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "base/memory.h"
#include "kernel/image.h"
#include "unit/kernel_file.h"

static struct image_head read_head(const struct buffer *b)
{
	struct image_head head;
	image_head_read(b->data, b->len < IMAGE_HEAD_BYTES ? b->len : IMAGE_HEAD_BYTES, &head);
	return head;
}

static void an_image_says_its_granule_and_memory(void **state)
{
	(void)state;
	static const unsigned granules[] = {0, 4096, 16384, 65536};
	for (size_t i = 0; i < 4; i++) {
		CLEANUP_BUFFER struct buffer b = {0};
		kernel_file_image(granules[i], false, &b);
		struct image_head head = read_head(&b);
		assert_int_equal(head.form, IMAGE_ARM64);
		assert_int_equal(head.granule, granules[i]);
		assert_int_equal(head.memory, 65536);
		assert_int_equal(head.file_size, 0);
		assert_false(head.big_endian);
		b.data[24] |= 1;
		assert_true(read_head(&b).big_endian);
	}
}

static void sections_say_how_long_the_file_is(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer b = {0};
	kernel_file_image(4096, true, &b);
	assert_int_equal(read_head(&b).file_size, b.len);
	b.data[0x40 + 6] = 33; // more sections than any kernel has
	assert_int_equal(read_head(&b).file_size, 0);
	b.data[0x40 + 6] = 1;
	b.data[0x40 + 20] = 0x7f; // a table that lies outside
	b.data[0x40 + 21] = 0x7f;
	assert_int_equal(read_head(&b).file_size, 0);
	b.data[0x40] = 'p';
	assert_int_equal(read_head(&b).form, IMAGE_ARM64);
	assert_int_equal(read_head(&b).file_size, 0);
}

static void a_zboot_says_where_its_image_is(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer inner = {0}, b = {0}, other = {0};
	buffer_append_str(&inner, "packed");
	kernel_file_zboot(&inner, 0xaa64, "zstd22", &b);
	struct image_head head = read_head(&b);
	assert_int_equal(head.form, IMAGE_ZBOOT);
	assert_int_equal(head.offset, 4096);
	assert_int_equal(head.size, 6);
	assert_int_equal(head.file_size, 4096 + 6);
	assert_string_equal(head.packed, "zstd22");
	kernel_file_zboot(&inner, 0x6264, "gzip", &other);
	head = read_head(&other);
	assert_int_equal(head.form, IMAGE_FOREIGN);
	assert_string_equal(head.what, "an EFI program for LoongArch");
}

// A longest name of a packer has no NUL in the header.
static void the_name_of_a_packer_ends(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer inner = {0}, b = {0};
	buffer_append_str(&inner, "packed");
	kernel_file_zboot(&inner, 0xaa64, "abcdefghijklmnopqrstuvwxyz", &b);
	assert_string_equal(read_head(&b).packed, "abcdefghijklmnop");
}

static void what_is_no_kernel_is_called_by_its_name(void **state)
{
	(void)state;
	static const struct {
		size_t offset, len;
		const char *bytes, *what;
	} files[] = {
	    {0, 0, "", "not an arm64 Image (no \"ARMd\" at offset 0x38)"},
	    {0, 20,
	     "\x7f"
	     "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0",
	     "an ELF file (vmlinux?): boards boot arch/arm64/boot/Image of the same tree"},
	    {0, 20,
	     "\x7f"
	     "ELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0",
	     "an ELF file for another machine"},
	    {0x202, 4, "HdrS", "an x86 kernel (bzImage)"},
	    {0x38, 4, "RSC\x05", "a RISC-V kernel"},
	    {0x24, 4, "\x18\x28\x6f\x01", "an arm kernel of 32 bits (zImage)"},
	    {0, 4, "\x27\x05\x19\x56", "a U-Boot uImage: its Image is wanted"},
	    {0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image: its Image is wanted"},
	    {0, 6, "070701", "a cpio archive (an initrd?)"},
	    {0, 9, "<!DOCTYPE", "a web page"},
	    {257, 5, "ustar", "a tar archive"},
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		unsigned char bytes[1024] = {0};
		struct image_head head;
		memcpy(bytes + files[i].offset, files[i].bytes, files[i].len);
		image_head_read(bytes, sizeof(bytes), &head);
		assert_int_equal(head.form, IMAGE_FOREIGN);
		assert_string_equal(head.what, files[i].what);
	}
	struct image_head head;
	image_head_read("", 0, &head);
	assert_string_equal(head.what, "an empty file");
}

// A bzImage is an EFI program too.
static void an_x86_kernel_is_one_also_with_its_efi_stub(void **state)
{
	(void)state;
	unsigned char bytes[1024] = "MZ";
	struct image_head head;
	bytes[0x3c] = 0x40;
	memcpy(bytes + 0x40, "PE\0\0\x64\x86", 6);
	image_head_read(bytes, sizeof(bytes), &head);
	assert_string_equal(head.what, "an EFI program for x86");
	memcpy(bytes + 0x202, "HdrS", 4);
	image_head_read(bytes, sizeof(bytes), &head);
	assert_string_equal(head.what, "an x86 kernel (bzImage)");
}

static void packed_files_are_known_by_their_first_bytes(void **state)
{
	(void)state;
	static const struct {
		const char *filter;
		enum image_form form;
	} forms[] = {
	    {"gzip", IMAGE_GZIP},   {"xz", IMAGE_XZ},     {"zstd", IMAGE_ZSTD},
	    {"bzip2", IMAGE_BZIP2}, {"lzma", IMAGE_LZMA}, {"lz4", IMAGE_LZ4},
	};
	CLEANUP_BUFFER struct buffer inner = {0}, deb = {0}, rpm = {0};
	buffer_append_str(&inner, "something");
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		CLEANUP_BUFFER struct buffer b = {0};
		kernel_file_pack(&inner, forms[i].filter, &b);
		assert_int_equal(read_head(&b).form, forms[i].form);
		assert_string_equal(image_form_name(forms[i].form), forms[i].filter);
	}
	struct image_head head;
	image_head_read("\x02\x21\x4c\x18", 4, &head);
	assert_int_equal(head.form, IMAGE_LZ4);
	kernel_file_deb(&inner, "boot/vmlinuz", "arm64", NULL, &deb);
	assert_int_equal(read_head(&deb).form, IMAGE_DEB);
	kernel_file_rpm(&inner, "boot/vmlinuz", "aarch64", NULL, &rpm);
	assert_int_equal(read_head(&rpm).form, IMAGE_RPM);
}

// ---- build id -------------------------------------------------------------------------------------

static void scan(const struct buffer *b, size_t piece, char out[IMAGE_BUILD_ID])
{
	struct image_scan s = {0};
	for (size_t at = 0; at < b->len; at += piece)
		image_scan_feed(&s, b->data + at, b->len - at < piece ? b->len - at : piece);
	image_scan_end(&s);
	memcpy(out, s.build_id, IMAGE_BUILD_ID);
}

static void the_build_id_is_the_kernels_own(void **state)
{
	(void)state;
	static const size_t pieces[] = {1, 7, 36, 4096, 4097, 100000};
	CLEANUP_BUFFER struct buffer b = {0};
	char id[IMAGE_BUILD_ID];
	kernel_file_image(4096, true, &b);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		scan(&b, pieces[i], id);
		assert_string_equal(id, KERNEL_FILE_BUILD_ID);
	}
	b.data[12288 + 12] = 'g'; // that of the vDSO alone is left
	scan(&b, 4096, id);
	assert_string_equal(id, "");
}

// At every place, also at the end of the file.
static void a_build_id_is_found_wherever_it_stands(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer b = {0};
	char id[IMAGE_BUILD_ID];
	kernel_file_image(4096, false, &b);
	unsigned char note[36];
	memcpy(note, b.data + 12288, sizeof(note));
	memset(b.data, 0, b.len);
	for (size_t at = 0; at + sizeof(note) <= b.len; at += at < 9000 ? 412 : 4) {
		memcpy(b.data + at, note, sizeof(note));
		scan(&b, 5000, id);
		assert_string_equal(id, KERNEL_FILE_BUILD_ID);
		memset(b.data + at, 0, sizeof(note));
		if (at >= 9000 && at < b.len - 2000)
			at = b.len - 2000;
	}
	memcpy(b.data + b.len - 32, note, 32); // cut off
	scan(&b, 5000, id);
	assert_string_equal(id, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_says_its_granule_and_memory),
	    cmocka_unit_test(sections_say_how_long_the_file_is),
	    cmocka_unit_test(a_zboot_says_where_its_image_is),
	    cmocka_unit_test(the_name_of_a_packer_ends),
	    cmocka_unit_test(what_is_no_kernel_is_called_by_its_name),
	    cmocka_unit_test(an_x86_kernel_is_one_also_with_its_efi_stub),
	    cmocka_unit_test(packed_files_are_known_by_their_first_bytes),
	    cmocka_unit_test(the_build_id_is_the_kernels_own),
	    cmocka_unit_test(a_build_id_is_found_wherever_it_stands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
