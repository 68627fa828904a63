// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever a writer that died left of console.raw and console.idx, each line has one entry afterwards.
#include "unit/unit.h"

#include <unistd.h>

#include "base/file.h"
#include "capture/capture.h"
#include "unit/folder.h"

#define LINES 700 // more than are written or read at once in places

static char console[LINES * 12];
static size_t console_len;
static uint64_t starts[LINES];

static void make_console(void)
{
	console_len = 0;
	for (unsigned i = 0; i < LINES; i++) {
		starts[i] = console_len;
		console_len += (size_t)snprintf(console + console_len, 12, "line %u\r\n", i);
	}
	console_len--; // the last line has no end
}

// A console written by the real writer, one line at a time at 1000, 1001, ...
static char *written(void)
{
	char *dir = folder_new();
	struct capture c;
	make_console();
	assert_null(capture_init(&c, dir));
	for (unsigned i = 0; i < LINES; i++) {
		size_t end = i + 1 < LINES ? starts[i + 1] : console_len;
		assert_null(capture_feed(&c, console + starts[i], end - starts[i], 1000 + i));
	}
	capture_deinit(&c);
	return dir;
}

static void cut(const char *dir, const char *name, off_t size)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	assert_int_equal(truncate(path, size), 0);
}

static uint64_t number(const char *p)
{
	uint64_t v = 0;
	for (int i = 7; i >= 0; i--)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

// `known` entries keep their times, the others have that of the last known one.
static void assert_restored(const char *dir, size_t bytes, size_t lines, size_t known)
{
	CLEANUP_FREE char *path = path_join(dir, "console.idx");
	for (int again = 0; again < 2; again++) { // what is in order stays as it is
		uint64_t found_bytes, found_lines;
		CLEANUP_BUFFER struct buffer index = {0};
		assert_null(capture_restore(dir, &found_bytes, &found_lines));
		assert_int_equal(found_bytes, bytes);
		assert_int_equal(found_lines, lines);
		assert_null(file_read(path, 1 << 20, ERROR_SYSTEM, &index));
		assert_int_equal(index.len, lines * CAPTURE_INDEX_ENTRY);
		for (size_t i = 0; i < lines; i++) {
			const char *entry = index.data + i * CAPTURE_INDEX_ENTRY;
			uint64_t t = i < known ? 1000 + i : known ? 1000 + known - 1 : 0;
			assert_int_equal(number(entry), starts[i]);
			assert_int_equal(number(entry + 8), t);
		}
	}
}

static void a_whole_index_stays(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = written();
	assert_restored(dir, console_len, LINES, LINES);
	folder_remove(dir);
}

static void an_index_that_lacks_its_newest_lines_gets_them(void **state)
{
	(void)state;
	static const size_t left[] = {0, 1, 256, 512, LINES - 1};
	for (size_t i = 0; i < 5; i++) {
		for (off_t torn = 0; torn < 16; torn += 5) {
			CLEANUP_FREE char *dir = written();
			cut(dir, "console.idx", (off_t)(left[i] * CAPTURE_INDEX_ENTRY) + torn);
			assert_restored(dir, console_len, LINES, left[i]);
			folder_remove(dir);
		}
	}
}

static void an_index_that_is_missing_is_made(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = written();
	CLEANUP_FREE char *path = path_join(dir, "console.idx");
	unlink(path);
	assert_restored(dir, console_len, LINES, 0);
	folder_remove(dir);
}

// After a power cut of the host the console may be the shorter one.
static void an_index_of_bytes_that_are_not_there_is_cut(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = written();
	cut(dir, "console.raw", (off_t)starts[300]);
	assert_restored(dir, starts[300], 300, 300);
	cut(dir, "console.raw", (off_t)starts[299] + 2);
	assert_restored(dir, starts[299] + 2, 300, 300);
	cut(dir, "console.raw", 0);
	assert_restored(dir, 0, 0, 0);
	folder_remove(dir);
}

static void entries_behind_a_wrong_one_are_made_anew(void **state)
{
	(void)state;
	static const size_t places[] = {0, 1, 255, 640};
	for (size_t i = 0; i < 4; i++) {
		CLEANUP_FREE char *dir = written();
		CLEANUP_FREE char *path = path_join(dir, "console.idx");
		FILE *f = fopen(path, "r+");
		fseek(f, (long)places[i] * CAPTURE_INDEX_ENTRY, SEEK_SET);
		fputc(0x77, f);
		fclose(f);
		assert_restored(dir, console_len, LINES, places[i]);
		folder_remove(dir);
	}
}

static void without_a_console_nothing_is_made(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_FREE char *path = path_join(dir, "console.idx");
	uint64_t bytes = 1, lines = 1;
	assert_null(capture_restore(dir, &bytes, &lines));
	assert_int_equal(bytes + lines, 0);
	assert_false(file_exists(path));
	folder_remove(dir);
}

static void a_console_that_cannot_be_read_is_an_error_and_no_end(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	uint64_t bytes, lines;
	folder_write(dir, "console.raw/x", ""); // EISDIR
	CLEANUP_ERROR struct error *e = capture_restore(dir, &bytes, &lines);
	assert_non_null(e);
	folder_remove(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_whole_index_stays),
	    cmocka_unit_test(an_index_that_lacks_its_newest_lines_gets_them),
	    cmocka_unit_test(an_index_that_is_missing_is_made),
	    cmocka_unit_test(an_index_of_bytes_that_are_not_there_is_cut),
	    cmocka_unit_test(entries_behind_a_wrong_one_are_made_anew),
	    cmocka_unit_test(without_a_console_nothing_is_made),
	    cmocka_unit_test(a_console_that_cannot_be_read_is_an_error_and_no_end),
	};
	return cmocka_run_group_tests_name("capture/restore", tests, NULL, NULL);
}
