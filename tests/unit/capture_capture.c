// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <signal.h>
#include <sys/resource.h>

#include "base/file.h"
#include "capture/capture.h"
#include "unit/folder.h"

static uint64_t little_endian(const unsigned char *p)
{
	uint64_t v = 0;
	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static struct buffer read_file(const char *dir, const char *name)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	struct buffer b = {0};
	assert_null(file_read(path, 1 << 20, ERROR_SYSTEM, &b));
	return b;
}

static const char text[] = "first\r\nsecond \0 with NUL\n\nafter empty\nno end";

static void feed_in_chunks(const char *dir, size_t chunk)
{
	struct capture c;
	assert_null(capture_init(&c, dir));
	int64_t t = 100;
	for (size_t at = 0; at < sizeof(text) - 1; at += chunk) {
		size_t n = sizeof(text) - 1 - at < chunk ? sizeof(text) - 1 - at : chunk;
		assert_null(capture_feed(&c, text + at, n, t++));
	}
	assert_int_equal(c.bytes, sizeof(text) - 1);
	assert_int_equal(c.lines, 5);
	capture_deinit(&c);
}

static void bytes_and_line_starts_are_exact_whatever_the_chunks(void **state)
{
	(void)state;
	static const uint64_t starts[] = {0, 7, 25, 26, 38};
	for (size_t chunk = 1; chunk <= sizeof(text); chunk++) {
		CLEANUP_FREE char *dir = folder_new();
		feed_in_chunks(dir, chunk);
		CLEANUP_BUFFER struct buffer raw = read_file(dir, "console.raw");
		CLEANUP_BUFFER struct buffer index = read_file(dir, "console.idx");
		assert_int_equal(raw.len, sizeof(text) - 1);
		assert_memory_equal(raw.data, text, raw.len);
		assert_int_equal(index.len, 5 * CAPTURE_INDEX_ENTRY);
		for (size_t i = 0; i < 5; i++) {
			const unsigned char *entry =
			    (const unsigned char *)index.data + i * CAPTURE_INDEX_ENTRY;
			assert_int_equal(little_endian(entry), starts[i]);
			// stamped with the read that brought the line's first byte
			assert_int_equal(little_endian(entry + 8), 100 + starts[i] / chunk);
		}
		folder_remove(dir);
	}
}

static void a_console_is_never_overwritten(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	struct capture c;
	assert_null(capture_init(&c, dir));
	capture_deinit(&c);
	CLEANUP_ERROR struct error *e = capture_init(&c, dir);
	assert_non_null(e);
	capture_deinit(&c);
	folder_remove(dir);
}

static void a_full_disk_leaves_an_exact_beginning_and_a_count_of_the_rest(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	struct capture c;
	assert_null(capture_init(&c, dir));
	// A file may grow to 100 bytes and no more, as on a disk with 100 bytes left.
	const struct rlimit full = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	char said[300];
	for (size_t i = 0; i < sizeof(said); i++)
		said[i] = i % 10 == 9 ? '\n' : (char)('a' + i % 26);
	assert_null(capture_feed(&c, said, 95, 1));
	CLEANUP_ERROR struct error *first = capture_feed(&c, said + 95, 105, 2);
	assert_non_null(first);
	assert_non_null(strstr(error_text(first), "100 bytes of the console lost"));
	CLEANUP_ERROR struct error *second = capture_feed(&c, said + 200, 90, 3);
	assert_non_null(second);
	capture_skip(&c, 10);
	assert_int_equal(c.bytes, 100);
	assert_int_equal(c.lost, 200);
	error_free(capture_sync(&c));
	const struct rlimit none = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	setrlimit(RLIMIT_FSIZE, &none);
	// Of ten entries the disk takes 100 bytes: six whole ones.
	assert_int_equal(c.lines, 6);
	capture_deinit(&c);
	CLEANUP_BUFFER struct buffer raw = read_file(dir, "console.raw");
	CLEANUP_BUFFER struct buffer index = read_file(dir, "console.idx");
	assert_int_equal(raw.len, 100);
	assert_memory_equal(raw.data, said, 100);
	assert_int_equal(index.len, 6 * CAPTURE_INDEX_ENTRY);
	folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bytes_and_line_starts_are_exact_whatever_the_chunks),
	    cmocka_unit_test(a_console_is_never_overwritten),
	    cmocka_unit_test(a_full_disk_leaves_an_exact_beginning_and_a_count_of_the_rest),
	};
	return cmocka_run_group_tests_name("capture/capture", tests, NULL, NULL);
}
