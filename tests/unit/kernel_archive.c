// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <archive.h>
#include <archive_entry.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "kernel/archive.h"
#include "unit/folder.h"

// An entry of an archive that a test makes.
struct member {
	const char *name;
	unsigned type;    // AE_IF...; 0: a hard link
	const char *text; // content, or a link's target
	int64_t hole;     // bytes of nothing ahead of the content
};

static char *tarball(const char *dir, const char *filter, const struct member *members)
{
	char *path = path_join(dir, "a.tar");
	struct archive *a = archive_write_new();
	archive_write_set_format_pax_restricted(a);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
	for (const struct member *m = members; m->name; m++) {
		struct archive_entry *e = archive_entry_new();
		archive_entry_set_pathname(e, m->name);
		archive_entry_set_perm(e, m->type == AE_IFDIR ? 0755 : 06755);
		archive_entry_set_filetype(e, m->type ? m->type : AE_IFREG);
		archive_entry_set_uid(e, 1234);
		if (m->type == AE_IFLNK)
			archive_entry_set_symlink(e, m->text);
		else if (!m->type)
			archive_entry_set_hardlink(e, m->text);
		else if (m->type == AE_IFREG)
			archive_entry_set_size(e, m->hole + (int64_t)strlen(m->text));
		if (m->hole)
			archive_entry_sparse_add_entry(e, m->hole, (int64_t)strlen(m->text));
		assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
		for (int64_t i = 0; i < m->hole; i++)
			archive_write_data(a, "", 1);
		if (m->type == AE_IFREG)
			archive_write_data(a, m->text, strlen(m->text));
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return path;
}

struct scene {
	char *dir, *path, *out;
};

static struct scene scene(const char *filter, const struct member *members)
{
	struct scene s = {.dir = folder_new()};
	s.path = tarball(s.dir, filter, members);
	s.out = path_join(s.dir, "tree/out");
	return s;
}

static void scene_deinit(struct scene *s)
{
	folder_remove(s->dir);
	free(s->dir);
	free(s->path);
	free(s->out);
}
#define CLEANUP_SCENE CLEANUP(scene_deinit)

static void holds(const char *dir, const char *name, const char *text)
{
	CLEANUP_FREE char *found = folder_read(dir, name);
	assert_string_equal(found, text);
}

static const struct member plain[] = {
    {"./", AE_IFDIR, "", 0},
    {"./lib/modules/6.12/kernel/a.ko", AE_IFREG, "module", 0},
    {"lib/modules/6.12/hole", AE_IFREG, "end", 8192},
    {"lib/modules/6.12/modules.dep", AE_IFREG, "a.ko:", 0},
    {"lib/modules/6.12/again", 0, "lib/modules/6.12/modules.dep", 0},
    {"lib/modules/6.12/link", AE_IFLNK, "../6.12/modules.dep", 0},
    {"etc/F\305\221tan\303\272.crt", AE_IFREG, "name", 0},
    {"lib/modules/6.12/modules.dep", AE_IFREG, "later", 0},
    {NULL, 0, NULL, 0},
};

static void what_is_packed_is_unpacked(void **state)
{
	(void)state;
	static const char *const filters[] = {NULL, "gzip", "xz", "zstd", "bzip2"};
	for (size_t i = 0; i < 5; i++) {
		CLEANUP_SCENE struct scene s = scene(filters[i], plain);
		CLEANUP_ERROR struct error *e = archive_unpack(s.path, s.out, NULL);
		if (e)
			fail_msg("%s", error_text(e));
		holds(s.out, "lib/modules/6.12/kernel/a.ko", "module");
		holds(s.out, "lib/modules/6.12/again", "a.ko:");
		holds(s.out, "lib/modules/6.12/modules.dep", "later");
		holds(s.out, "lib/modules/6.12/link", "later");
		holds(s.out, "etc/F\305\221tan\303\272.crt", "name");
		struct stat st;
		CLEANUP_FREE char *hole = path_join(s.out, "lib/modules/6.12/hole");
		assert_int_equal(stat(hole, &st), 0);
		assert_int_equal(st.st_size, 8195);
		assert_int_equal(st.st_mode & 07000, 0); // no set-id bits
		assert_int_equal(st.st_uid, getuid());
	}
}

// Whatever is refused leaves nothing: not in the directory, and not beside it.
static void refused_for(const struct member *members, const char *why)
{
	CLEANUP_SCENE struct scene s = scene(NULL, members);
	folder_write(s.dir, "tree/victim", "untouched");
	CLEANUP_ERROR struct error *e = archive_unpack(s.path, s.out, NULL);
	assert_non_null(e);
	if (!strstr(error_text(e), why))
		fail_msg("\"%s\" without \"%s\"", error_text(e), why);
	assert_int_equal(error_kind(e), ERROR_CONFIG);
	assert_false(file_exists(s.out));
	holds(s.dir, "tree/victim", "untouched");
	CLEANUP_FREE char *stray = path_join(s.dir, "tree/stray");
	assert_false(file_exists(stray));
}

#define REFUSED(why, ...)                                                           \
	do {                                                                        \
		const struct member members_[] = {__VA_ARGS__, {NULL, 0, NULL, 0}}; \
		refused_for(members_, why);                                         \
	} while (0)

static void what_leads_outside_is_refused(void **state)
{
	(void)state;
	REFUSED("absolute", {"/tmp/stray", AE_IFREG, "x", 0});
	REFUSED("\"..\"", {"../stray", AE_IFREG, "x", 0});
	REFUSED("\"..\"", {"a/../../stray", AE_IFREG, "x", 0});
	REFUSED("outside", {"l", AE_IFLNK, "/etc/passwd", 0});
	REFUSED("outside", {"l", AE_IFLNK, "..", 0});
	REFUSED("outside", {"a/l", AE_IFLNK, "../../victim", 0});
	// By way of links that stay inside each by itself.
	REFUSED("outside", {"a/b", AE_IFLNK, "..", 0}, {"l", AE_IFLNK, "a/b/../victim", 0});
	REFUSED("no directory", {"a/l", AE_IFLNK, "..", 0}, {"a/l/stray", AE_IFREG, "x", 0});
	REFUSED("\"..\"", {"h", 0, "../victim", 0});
	REFUSED("absolute", {"h", 0, "/etc/passwd", 0});
	REFUSED("not brought", {"h", 0, "nothing", 0});
	REFUSED("not brought", {"l", AE_IFLNK, "x", 0}, {"h", 0, "l", 0});
	REFUSED("no file, directory or link", {"d", AE_IFCHR, "", 0});
	REFUSED("no file, directory or link", {"d", AE_IFBLK, "", 0});
	REFUSED("no file, directory or link", {"d", AE_IFIFO, "", 0});
	REFUSED("no directory", {"f", AE_IFREG, "x", 0}, {"f/g", AE_IFREG, "x", 0});
	REFUSED("something else", {"f", AE_IFREG, "x", 0}, {"f", AE_IFDIR, "", 0});
	REFUSED("a file and a directory", {"f", AE_IFDIR, "", 0}, {"f", AE_IFREG, "x", 0});
}

static void what_was_a_link_is_replaced_and_not_written_through(void **state)
{
	(void)state;
	static const struct member members[] = {
	    {"kept", AE_IFREG, "first", 0},
	    {"l", AE_IFLNK, "kept", 0},
	    {"l", AE_IFREG, "second", 0},
	    {NULL, 0, NULL, 0},
	};
	CLEANUP_SCENE struct scene s = scene(NULL, members);
	assert_null(archive_unpack(s.path, s.out, NULL));
	holds(s.out, "kept", "first");
	holds(s.out, "l", "second");
}

static void limits_hold_on_both_sides(void **state)
{
	(void)state;
	static const struct member members[] = {
	    {"a", AE_IFREG, "12345", 0}, {"b", AE_IFREG, "12345", 0}, {NULL, 0, NULL, 0}};
	static const struct archive_limits fits = {.bytes = 10, .entries = 2};
	static const struct archive_limits bytes = {.bytes = 9, .entries = 2};
	static const struct archive_limits entries = {.bytes = 10, .entries = 1};
	CLEANUP_SCENE struct scene s = scene("gzip", members);
	assert_null(archive_unpack(s.path, s.out, &fits));
	folder_remove(s.out);
	CLEANUP_ERROR struct error *a = archive_unpack(s.path, s.out, &bytes);
	assert_non_null(a);
	assert_non_null(strstr(error_text(a), "more than 9 bytes"));
	CLEANUP_ERROR struct error *b = archive_unpack(s.path, s.out, &entries);
	assert_non_null(b);
	assert_non_null(strstr(error_text(b), "more than 1 files"));
	assert_false(file_exists(s.out));
}

static void damage_and_other_files_are_told(void **state)
{
	(void)state;
	CLEANUP_SCENE struct scene s = scene("xz", plain);
	struct stat st;
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(truncate(s.path, st.st_size / 2), 0);
	CLEANUP_ERROR struct error *cut = archive_unpack(s.path, s.out, NULL);
	assert_non_null(cut);
	assert_int_equal(error_kind(cut), ERROR_CONFIG);
	folder_write(s.dir, "a.tar", "<html>404</html>");
	CLEANUP_ERROR struct error *html = archive_unpack(s.path, s.out, NULL);
	assert_non_null(html);
	assert_false(file_exists(s.out));
}

static void a_directory_with_something_in_it_stays(void **state)
{
	(void)state;
	CLEANUP_SCENE struct scene s = scene(NULL, plain);
	folder_write(s.out, "mine", "kept");
	CLEANUP_ERROR struct error *e = archive_unpack(s.path, s.out, NULL);
	assert_non_null(e);
	holds(s.out, "mine", "kept");
}

// ---- initramfs ----------------------------------------------------------------------------------

// What the kernel makes of the cpio archives in a file, as "name mode size" lines.
static char *listing(const char *path)
{
	CLEANUP_BUFFER struct buffer file = {0}, out = {0};
	assert_null(file_read(path, 1 << 24, ERROR_SYSTEM, &file));
	size_t at = 0;
	while (at < file.len) {
		if (file.data[at] == '\0') {
			at++;
			continue;
		}
		assert_int_equal(at % 4, 0);
		assert_memory_equal(file.data + at, "070701", 6);
		unsigned mode, uid, nlink, size, name_len;
		assert_int_equal(sscanf(file.data + at + 14, "%8x%8x", &mode, &uid), 2);
		assert_int_equal(sscanf(file.data + at + 38, "%8x", &nlink), 1);
		assert_int_equal(sscanf(file.data + at + 54, "%8x", &size), 1);
		assert_int_equal(sscanf(file.data + at + 94, "%8x", &name_len), 1);
		const char *name = file.data + at + 110;
		if (strcmp(name, "TRAILER!!!") != 0)
			buffer_printf(&out, "%s %o %u\n", name, mode, size);
		assert_int_equal(uid, 0);
		at = (at + 110 + name_len + 3) / 4 * 4;
		at = (at + size + 3) / 4 * 4;
	}
	return memory_strdup(buffer_str(&out));
}

static void modules_become_a_second_cpio(void **state)
{
	(void)state;
	static const struct member modules[] = {
	    {"lib/modules/6.12/a.ko", AE_IFREG, "module", 0},
	    {"lib/modules/6.12/build", AE_IFLNK, "/home/build/linux", 0},
	    {"lib/modules/6.12/b.ko", 0, "lib/modules/6.12/a.ko", 0},
	    {NULL, 0, NULL, 0},
	};
	static const struct member base[] = {{"init", AE_IFREG, "#!", 0}, {NULL, 0, NULL, 0}};
	CLEANUP_SCENE struct scene s = scene("xz", modules);
	CLEANUP_SCENE struct scene b = scene(NULL, base);
	CLEANUP_FREE char *first = path_join(s.dir, "first.cpio");
	CLEANUP_FREE char *out = path_join(s.dir, "whole.cpio");
	const struct initramfs_part one = {.path = b.path};
	assert_null(initramfs_make(&one, 1, NULL, first));
	FILE *f = fopen(first, "a"); // an initramfs of any length
	assert_int_equal(fputc(0, f), 0);
	assert_int_equal(fclose(f), 0);
	const struct initramfs_part parts[] = {
	    {.path = first, .cpio = true},
	    {.path = s.path, .prefix = "usr/local"},
	};
	CLEANUP_ERROR struct error *e = initramfs_make(parts, 2, NULL, out);
	if (e)
		fail_msg("%s", error_text(e));
	CLEANUP_FREE char *list = listing(out);
	assert_string_equal(list, "init 106755 2\n"
				  "usr 40755 0\n"
				  "usr/local 40755 0\n"
				  "usr/local/lib/modules/6.12/a.ko 106755 6\n"
				  "usr/local/lib/modules/6.12/build 126755 17\n"
				  "usr/local/lib/modules/6.12/b.ko 126755 32\n");
}

static void an_initramfs_that_cannot_be_made_leaves_nothing(void **state)
{
	(void)state;
	static const struct member members[] = {{"../x", AE_IFREG, "x", 0}, {NULL, 0, NULL, 0}};
	CLEANUP_SCENE struct scene s = scene(NULL, members);
	CLEANUP_FREE char *out = path_join(s.dir, "whole.cpio");
	CLEANUP_FREE char *tmp = path_join(s.dir, "whole.cpio.tmp");
	const struct initramfs_part part = {.path = s.path};
	CLEANUP_ERROR struct error *e = initramfs_make(&part, 1, NULL, out);
	assert_non_null(e);
	assert_false(file_exists(out));
	assert_false(file_exists(tmp));
	static const struct archive_limits small = {.bytes = 5};
	CLEANUP_SCENE struct scene big = scene(NULL, plain);
	const struct initramfs_part too_big = {.path = big.path};
	CLEANUP_ERROR struct error *limit = initramfs_make(&too_big, 1, &small, out);
	assert_non_null(limit);
	assert_false(file_exists(out));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_packed_is_unpacked),
	    cmocka_unit_test(what_leads_outside_is_refused),
	    cmocka_unit_test(what_was_a_link_is_replaced_and_not_written_through),
	    cmocka_unit_test(limits_hold_on_both_sides),
	    cmocka_unit_test(damage_and_other_files_are_told),
	    cmocka_unit_test(a_directory_with_something_in_it_stays),
	    cmocka_unit_test(modules_become_a_second_cpio),
	    cmocka_unit_test(an_initramfs_that_cannot_be_made_leaves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
