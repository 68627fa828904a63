// SPDX-License-Identifier: GPL-2.0-or-later
// From a job's payload to the Image that is booted.
#include "unit/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "kernel/package.h"
#include "kernel/payload.h"
#include "unit/folder.h"
#include "unit/kernel_file.h"

struct scene {
	char *dir;
	struct job_config *job;
};

// A job whose payload is written as `payload`.
static struct scene scene(const char *payload)
{
	struct scene s = {.dir = folder_new()};
	CLEANUP_FREE char *text =
	    memory_printf("name: n\npayload: {%s}\npools: [p]\nvariants: [{name: v}]\n", payload);
	CLEANUP_FREE char *path = path_join(s.dir, "job.yaml");
	folder_write(s.dir, "job.yaml", text);
	assert_null(job_load(path, &s.job));
	return s;
}

static void scene_deinit(struct scene *s)
{
	job_free(s->job);
	folder_remove(s->dir);
	free(s->dir);
}
#define CLEANUP_SCENE CLEANUP(scene_deinit)

static void write_bytes(const struct scene *s, const char *name, const struct buffer *b)
{
	CLEANUP_FREE char *path = path_join(s->dir, name);
	assert_null(file_write_atomic(path, b->data, b->len));
}

static struct error *resolve(const struct scene *s, struct payload_file *out)
{
	CLEANUP_FREE char *results = path_join(s->dir, "results");
	return payload_resolve(s->job, NULL, results, out);
}

// The file "k" gives this Image.
static void gives(const struct buffer *file, const struct buffer *image, const char *package)
{
	CLEANUP_SCENE struct scene s = scene("kernel: k");
	CLEANUP_PAYLOAD struct payload_file p = {0};
	CLEANUP_BUFFER struct buffer plain = {0};
	write_bytes(&s, "k", file);
	CLEANUP_ERROR struct error *e = resolve(&s, &p);
	if (e)
		fail_msg("%s", error_text(e));
	assert_null(file_read(p.path, 1 << 20, ERROR_SYSTEM, &plain));
	assert_int_equal(plain.len, image->len);
	assert_memory_equal(plain.data, image->data, image->len);
	assert_string_equal(p.name, "k");
	assert_string_equal(p.build_id, KERNEL_FILE_BUILD_ID);
	assert_int_equal(p.granule, 16384);
	assert_int_equal(p.size, image->len);
	if (package)
		assert_string_equal(p.package, package);
	else
		assert_null(p.package);
}

// What is said of the file "k"; nothing of it is left.
static void refused(const struct buffer *file, const char *why)
{
	CLEANUP_SCENE struct scene s = scene("kernel: k");
	CLEANUP_PAYLOAD struct payload_file p = {0};
	CLEANUP_FREE char *left = path_join(s.dir, "results/payloads");
	write_bytes(&s, "k", file);
	CLEANUP_ERROR struct error *e = resolve(&s, &p);
	if (!e)
		fail_msg("taken, expected: %s", why);
	assert_int_equal(error_kind(e), ERROR_CONFIG);
	if (!strstr(error_text(e), why))
		fail_msg("\"%s\", expected: %s", error_text(e), why);
	if (file_exists(left))
		assert_int_equal(rmdir(left), 0);
}

static void an_image_is_taken_from_whatever_it_comes_in(void **state)
{
	(void)state;
	static const char *const filters[] = {"gzip", "xz", "zstd", "lz4", "bzip2", "lzma"};
	CLEANUP_BUFFER struct buffer image = {0};
	kernel_file_image(16384, true, &image);
	gives(&image, &image, NULL);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
		CLEANUP_BUFFER struct buffer packed = {0}, zboot = {0};
		kernel_file_pack(&image, filters[i], &packed);
		gives(&packed, &image, NULL);
		kernel_file_zboot(&packed, 0xaa64, filters[i], &zboot);
		gives(&zboot, &image, NULL);
	}
}

static void a_package_gives_its_kernel_and_its_name(void **state)
{
	(void)state;
	static const char *const filters[] = {NULL, "gzip", "xz", "zstd"};
	static const char *const names[] = {"./boot/vmlinuz-7.3.0-arm64",
					    "lib/modules/7.3.0/vmlinuz", "boot/Image-7.3",
					    "usr/lib/linux/vmlinuz.efi"};
	CLEANUP_BUFFER struct buffer image = {0}, packed = {0}, zboot = {0};
	kernel_file_image(16384, false, &image);
	kernel_file_pack(&image, "zstd", &packed);
	kernel_file_zboot(&packed, 0xaa64, "zstd22", &zboot);
	for (size_t i = 0; i < 4; i++) {
		CLEANUP_BUFFER struct buffer deb = {0}, rpm = {0};
		kernel_file_deb(&image, names[i], "arm64", filters[i], &deb);
		gives(&deb, &image, "linux-image-7.3.0-arm64 7.3.1-1");
		kernel_file_rpm(&zboot, names[i], "aarch64", filters[i], &rpm);
		gives(&rpm, &image, "kernel-core 7.3.0-1.fc46");
	}
}

static void what_is_no_kernel_for_the_board_is_refused(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer image = {0}, amd64 = {0}, empty = {0}, x86 = {0}, text = {0},
				     x86_rpm = {0}, riscv = {0};
	kernel_file_image(16384, true, &image);
	kernel_file_deb(&image, "boot/vmlinuz-7", "amd64", "xz", &amd64);
	refused(&amd64,
		"package linux-image-7.3.0-arm64 7.3.1-1 is for amd64, expected one for arm64");
	kernel_file_rpm(&image, "boot/vmlinuz-7", "x86_64", "gzip", &x86_rpm);
	refused(&x86_rpm, "package kernel-core 7.3.0-1.fc46 is for x86_64");
	kernel_file_deb(&image, NULL, "arm64", "xz", &empty);
	refused(&empty, "a package without a kernel");
	kernel_file_zboot(&image, 0x8664, "gzip", &x86);
	refused(&x86, "an EFI program for x86, expected an arm64 Image");
	kernel_file_pack(&x86, "gzip", &riscv);
	refused(&riscv, "what is in it");
	buffer_append_str(&text, "hello\n");
	refused(&text, "not an arm64 Image (no \"ARMd\" at offset 0x38), expected");
}

static void an_image_that_is_cut_short_is_refused(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer image = {0}, packed = {0}, half = {0}, zboot = {0}, deb = {0},
				     rpm = {0};
	kernel_file_image(16384, true, &image);
	kernel_file_pack(&image, "gzip", &packed);
	kernel_file_zboot(&packed, 0xaa64, "gzip", &zboot);
	kernel_file_deb(&image, "boot/vmlinuz", "arm64", NULL, &deb);
	kernel_file_rpm(&image, "boot/vmlinuz", "aarch64", "gzip", &rpm);
	struct buffer *files[] = {&zboot, &packed, &deb, &rpm};
	static const char *const why[] = {"cut short: an EFI zboot", "ends too early",
					  "Truncated ar", "runcated"};
	for (size_t i = 0; i < 4; i++) {
		files[i]->len -= i < 2 ? 20 : files[i]->len / 2;
		refused(files[i], why[i]);
	}
	buffer_append(&half, image.data, image.len / 2);
	refused(&half, "cut short: 10000 bytes of the 20000 that the Image's own header says");
	CLEANUP_BUFFER struct buffer packed_half = {0};
	kernel_file_pack(&half, "xz", &packed_half);
	refused(&packed_half, "cut short: 10000 bytes");
}

static void layers_without_end_are_refused(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer at = {0};
	kernel_file_image(16384, true, &at);
	for (int i = 0; i < 8; i++) {
		CLEANUP_BUFFER struct buffer packed = {0};
		kernel_file_pack(&at, "gzip", &packed);
		buffer_deinit(&at);
		at = packed;
		packed = (struct buffer){0};
	}
	refused(&at, "packed more than 5 times");
}

static void a_digest_that_is_named_must_be_the_files(void **state)
{
	(void)state;
	char hex[DIGEST_HEX_SIZE];
	CLEANUP_BUFFER struct buffer image = {0}, packed = {0};
	kernel_file_image(16384, true, &image);
	kernel_file_pack(&image, "gzip", &packed);
	digest_bytes(packed.data, packed.len, hex);
	for (int wrong = 0; wrong < 2; wrong++) {
		hex[0] = (char)(wrong ? (hex[0] == 'a' ? 'b' : 'a') : hex[0]);
		CLEANUP_FREE char *text = memory_printf(
		    "kernel: {file: k, sha256: %s}, initrd: {file: k, sha256: %s}", hex, hex);
		CLEANUP_SCENE struct scene s = scene(text);
		CLEANUP_PAYLOAD struct payload_file p = {0};
		write_bytes(&s, "k", &packed);
		CLEANUP_ERROR struct error *e = resolve(&s, &p);
		CLEANUP_ERROR struct error *f = payload_resolve_parts(s.job, s.dir);
		assert_int_equal(e != NULL, wrong);
		assert_int_equal(f != NULL, wrong);
		if (wrong) {
			assert_non_null(strstr(error_text(e), "job.yaml:2:19: "));
			assert_non_null(strstr(error_text(e), ", expected "));
			assert_non_null(strstr(error_text(f), "initrd: "));
		}
	}
}

// ---- modules --------------------------------------------------------------------------------------

// A cpio with a directory or a link as lib.
static void write_initrd(const struct scene *s, const char *link)
{
	CLEANUP_FREE char *path = path_join(s->dir, "initrd");
	struct archive *a = archive_write_new();
	archive_write_set_format_cpio_newc(a);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	struct archive_entry *e = archive_entry_new();
	archive_entry_set_pathname(e, "lib");
	archive_entry_set_mode(e, link ? AE_IFLNK | 0777 : AE_IFDIR | 0755);
	archive_entry_set_size(e, 0);
	if (link)
		archive_entry_set_symlink(e, link);
	assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
	archive_entry_free(e);
	archive_write_close(a);
	archive_write_free(a);
}

// The names of the last archive in a file of several, each behind a blank.
static void list_last(const char *path, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer all = {0};
	assert_null(file_read(path, 1 << 20, ERROR_SYSTEM, &all));
	const char *trailer = memmem(all.data, all.len, "TRAILER!!!", 10);
	assert_non_null(trailer);
	const char *second = memmem(trailer, all.len - (size_t)(trailer - all.data), "070701", 6);
	const char *at = second ? second : all.data;
	struct archive *a = archive_read_new();
	archive_read_support_format_cpio(a);
	assert_int_equal(archive_read_open_memory(a, at, all.len - (size_t)(at - all.data)), 0);
	for (struct archive_entry *e; archive_read_next_header(a, &e) == ARCHIVE_OK;)
		buffer_printf(out, "%s%s ", archive_entry_pathname(e),
			      archive_entry_filetype(e) == AE_IFDIR ? "/" : "");
	archive_read_free(a);
}

static void modules_go_where_the_initrd_has_its_lib(void **state)
{
	(void)state;
	static const struct {
		const char *link, *listing;
	} cases[] = {
	    {NULL, "lib/ lib/modules/ lib/modules/7.3.0/ lib/modules/7.3.0/kernel/ "
		   "lib/modules/7.3.0/kernel/a.ko "},
	    {"usr/lib", "usr/ usr/lib/ usr/lib/modules/ usr/lib/modules/7.3.0/ "
			"usr/lib/modules/7.3.0/kernel/ usr/lib/modules/7.3.0/kernel/a.ko "},
	};
	CLEANUP_BUFFER struct buffer image = {0}, deb = {0};
	kernel_file_image(16384, true, &image);
	kernel_file_deb(&image, "boot/vmlinuz", "arm64", "xz", &deb);
	for (size_t i = 0; i < 2; i++) {
		CLEANUP_SCENE struct scene s = scene("kernel: k, initrd: initrd, modules: m.deb");
		CLEANUP_BUFFER struct buffer listing = {0};
		write_bytes(&s, "m.deb", &deb);
		write_initrd(&s, cases[i].link);
		assert_null(payload_resolve_parts(s.job, s.dir));
		assert_null(s.job->payload.parts[PAYLOAD_MODULES].path);
		list_last(s.job->payload.parts[PAYLOAD_INITRD].path, &listing);
		assert_string_equal(buffer_str(&listing), cases[i].listing);
	}
}

static void modules_need_no_initrd_but_must_be_there(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer image = {0}, rpm = {0}, listing = {0};
	CLEANUP_SCENE struct scene s = scene("kernel: k, modules: m.rpm");
	CLEANUP_SCENE struct scene none = scene("kernel: k, modules: initrd");
	kernel_file_image(16384, true, &image);
	kernel_file_rpm(&image, "boot/vmlinuz", "aarch64", "zstd", &rpm);
	write_bytes(&s, "m.rpm", &rpm);
	assert_null(payload_resolve_parts(s.job, s.dir));
	list_last(s.job->payload.parts[PAYLOAD_INITRD].path, &listing);
	assert_non_null(strstr(buffer_str(&listing), "lib/modules/7.3.0/kernel/a.ko"));
	write_initrd(&none, NULL);
	CLEANUP_ERROR struct error *e = payload_resolve_parts(none.job, none.dir);
	assert_non_null(strstr(error_text(e), "no lib/modules in it"));
}

// ---- packages -------------------------------------------------------------------------------------

static void a_damaged_header_of_an_rpm_is_no_name(void **state)
{
	(void)state;
	struct package_name name;
	CLEANUP_BUFFER struct buffer image = {0}, rpm = {0};
	kernel_file_image(4096, false, &image);
	kernel_file_rpm(&image, "boot/vmlinuz", "aarch64", NULL, &rpm);
	assert_true(package_read_rpm(rpm.data, rpm.len, &name));
	assert_string_equal(name.name, "kernel-core");
	assert_string_equal(name.version, "7.3.0-1.fc46");
	assert_string_equal(name.architecture, "aarch64");
	assert_false(package_read_rpm(rpm.data, 200, &name));
	rpm.data[96] = 0;
	assert_false(package_read_rpm(rpm.data, rpm.len, &name));
	rpm.data[96] = (char)0x8e;
	rpm.data[96 + 8] = 0x7f; // so many entries
	assert_false(package_read_rpm(rpm.data, rpm.len, &name));
}

static void words_of_a_control_file_are_plain_text(void **state)
{
	(void)state;
	struct package_name name;
	static const char text[] = "Package: a\x1b[31m\nVersion: 1 2\nArchitecture: arm64";
	package_read_control(text, sizeof(text) - 1, &name);
	assert_string_equal(name.name, "a");
	assert_string_equal(name.version, "1");
	assert_string_equal(name.architecture, "arm64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_is_taken_from_whatever_it_comes_in),
	    cmocka_unit_test(a_package_gives_its_kernel_and_its_name),
	    cmocka_unit_test(what_is_no_kernel_for_the_board_is_refused),
	    cmocka_unit_test(an_image_that_is_cut_short_is_refused),
	    cmocka_unit_test(layers_without_end_are_refused),
	    cmocka_unit_test(a_digest_that_is_named_must_be_the_files),
	    cmocka_unit_test(modules_go_where_the_initrd_has_its_lib),
	    cmocka_unit_test(modules_need_no_initrd_but_must_be_there),
	    cmocka_unit_test(a_damaged_header_of_an_rpm_is_no_name),
	    cmocka_unit_test(words_of_a_control_file_are_plain_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
