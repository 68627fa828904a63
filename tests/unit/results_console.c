// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <endian.h>

#include "results/console.h"
#include "unit/results_fixture.h"

static int setup(void **state)
{
	*state = fixture_dir();
	return 0;
}

static int teardown(void **state)
{
	fixture_remove(*state);
	return 0;
}

static void write_console(const char *dir, const struct buffer *text, bool with_index)
{
	fixture_file(dir, "console.raw", buffer_str(text), text->len);
	CLEANUP_BUFFER struct buffer index = {0};
	for (size_t i = 0; i < text->len; i++)
		if (i == 0 || text->data[i - 1] == '\n') {
			uint64_t entry[2] = {htole64(i), htole64(i)};
			buffer_append(&index, entry, sizeof(entry));
		}
	if (with_index)
		fixture_file(dir, "console.idx", buffer_str(&index), index.len);
}

// `lines` lines "line N ..." of about 60 bytes.
static void make_text(size_t lines, struct buffer *out)
{
	for (size_t i = 1; i <= lines; i++)
		buffer_printf(out, "line %zu %0*zu\r\n", i, (int)(20 + i % 61), i);
}

static char *lines(const char *dir, uint64_t first, uint64_t last)
{
	CLEANUP_CONSOLE struct console *c = NULL;
	struct buffer out = {0};
	fixture_check(console_open(dir, &c));
	assert_non_null(c);
	fixture_check(console_read_lines(c, first, last, SIZE_MAX, &out));
	return buffer_steal(&out);
}

static void assert_lines_are_right(const char *dir, size_t count)
{
	const size_t samples[] = {1, 2, 999, count / 2, count - 1, count};
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		CLEANUP_FREE char *got = lines(dir, samples[i], samples[i]);
		CLEANUP_FREE char *start = memory_printf("line %zu ", samples[i]);
		if (strncmp(got, start, strlen(start)) != 0 || strchr(got, '\n')[1] != '\0')
			fail_msg("line %zu is \"%s\"", samples[i], got);
	}
	CLEANUP_FREE char *beyond = lines(dir, count + 1, count + 5);
	assert_string_equal(beyond, "");
}

static void lines_are_found_with_and_without_index(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	make_text(20000, &text);
	write_console(*state, &text, true);
	assert_lines_are_right(*state, 20000);
	CLEANUP_FREE char *index = path_join(*state, "console.idx");
	unlink(index);
	assert_lines_are_right(*state, 20000);
}

static void a_packed_console_reads_as_before(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0}, again = {0};
	make_text(20000, &text);
	write_console(*state, &text, true);
	fixture_check(console_pack(*state));
	CLEANUP_FREE char *raw = path_join(*state, "console.raw");
	CLEANUP_FREE char *index = path_join(*state, "console.idx");
	assert_false(file_exists(raw));
	assert_false(file_exists(index));
	assert_lines_are_right(*state, 20000);
	CLEANUP_CONSOLE struct console *c = NULL;
	fixture_check(console_open(*state, &c));
	assert_int_equal(console_size(c), text.len);
	fixture_check(console_read(c, 0, SIZE_MAX, &again));
	assert_int_equal(again.len, text.len);
	assert_memory_equal(again.data, text.data, text.len);
}

static void any_stretch_of_a_packed_console_is_the_same(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	make_text(30000, &text);
	write_console(*state, &text, false);
	fixture_check(console_pack(*state));
	CLEANUP_CONSOLE struct console *c = NULL;
	fixture_check(console_open(*state, &c));
	unsigned random = 1;
	for (int i = 0; i < 300; i++) {
		random = random * 1103515245u + 12345u;
		size_t from = random % (text.len + 100);
		size_t len = random / 7 % 400000;
		CLEANUP_BUFFER struct buffer out = {0};
		fixture_check(console_read(c, from, len, &out));
		size_t expected = from >= text.len        ? 0
				  : len < text.len - from ? len
							  : text.len - from;
		assert_int_equal(out.len, expected);
		assert_memory_equal(buffer_str(&out), text.data + (expected ? from : 0), expected);
	}
}

static void a_line_longer_than_a_frame_stays_whole(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, "first\n");
	for (int i = 0; i < 9 << 20; i++)
		buffer_append(&text, &"abcdefgh"[i % 8], 1);
	buffer_append_str(&text, "\nlast");
	write_console(*state, &text, false);
	fixture_check(console_pack(*state));
	CLEANUP_FREE char *first = lines(*state, 1, 1);
	CLEANUP_FREE char *long_one = lines(*state, 2, 2);
	CLEANUP_FREE char *last = lines(*state, 3, 3);
	assert_string_equal(first, "first\n");
	assert_int_equal(strlen(long_one), (9 << 20) + 1);
	assert_string_equal(last, "last");
}

static void other_tools_unpack_it(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	make_text(20000, &text);
	write_console(*state, &text, false);
	fixture_check(console_pack(*state));
	fixture_file(*state, "expected", text.data, text.len);
	if (system("command -v zstd >/dev/null") != 0)
		skip();
	CLEANUP_FREE char *command =
	    memory_printf("cd %s && zstd -qdc console.raw.zst | cmp - expected", (char *)*state);
	assert_int_equal(system(command), 0);
}

static void packing_goes_on_after_a_crash_between_the_steps(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	make_text(1000, &text);
	write_console(*state, &text, true);
	fixture_check(console_pack(*state));
	// As if the original had not been removed yet, and what was packed were cut off.
	write_console(*state, &text, true);
	CLEANUP_FREE char *packed = path_join(*state, "console.raw.zst");
	assert_int_equal(truncate(packed, 50), 0);
	assert_lines_are_right(*state, 1000);
	fixture_check(console_pack(*state));
	assert_lines_are_right(*state, 1000);
	fixture_check(console_pack(*state));
}

static void a_damaged_packed_console_is_an_error_not_a_crash(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0};
	make_text(20000, &text);
	write_console(*state, &text, false);
	fixture_check(console_pack(*state));
	CLEANUP_FREE char *path = path_join(*state, "console.raw.zst");
	CLEANUP_BUFFER struct buffer packed = {0};
	fixture_check(file_read(path, SIZE_MAX, ERROR_SYSTEM, &packed));
	unsigned random = 1;
	for (int i = 0; i < 200; i++) {
		CLEANUP_BUFFER struct buffer damaged = {0}, out = {0};
		random = random * 1103515245u + 12345u;
		size_t len = i % 4 == 0 ? random % packed.len : packed.len;
		buffer_append(&damaged, packed.data, len);
		for (int k = 0; len > 300 && k < 4; k++)
			damaged.data[len - 1 - random / 11 % 300 - (size_t)k] ^= (char)(1 + k);
		fixture_file(*state, "console.raw.zst", buffer_str(&damaged), len);
		CLEANUP_CONSOLE struct console *c = NULL;
		CLEANUP_ERROR struct error *e = console_open(*state, &c);
		if (!e)
			error_free(console_read_lines(c, 100, 20000, 1 << 20, &out));
	}
}

static void an_absent_console_is_no_error(void **state)
{
	CLEANUP_CONSOLE struct console *c = NULL;
	CLEANUP_BUFFER struct buffer out = {0};
	fixture_check(console_open(*state, &c));
	assert_null(c);
	fixture_check(console_tail(*state, 10, 1000, &out));
	assert_int_equal(out.len, 0);
	fixture_check(console_pack(*state));
}

static void an_empty_console_packs_and_reads(void **state)
{
	fixture_file(*state, "console.raw", "", 0);
	fixture_check(console_pack(*state));
	CLEANUP_FREE char *got = lines(*state, 1, 10);
	assert_string_equal(got, "");
}

static void the_tail_is_whole_lines(void **state)
{
	CLEANUP_BUFFER struct buffer text = {0}, out = {0};
	make_text(1000, &text);
	write_console(*state, &text, true);
	fixture_check(console_tail(*state, 2, 100000, &out));
	assert_true(strncmp(out.data, "line 999 ", 9) == 0);
	buffer_truncate(&out, 0);
	fixture_check(console_tail(*state, 100, 200, &out));
	assert_true(out.len <= 200 && strncmp(out.data, "line 99", 7) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(lines_are_found_with_and_without_index, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_packed_console_reads_as_before, setup, teardown),
	    cmocka_unit_test_setup_teardown(any_stretch_of_a_packed_console_is_the_same, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_line_longer_than_a_frame_stays_whole, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(other_tools_unpack_it, setup, teardown),
	    cmocka_unit_test_setup_teardown(packing_goes_on_after_a_crash_between_the_steps, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(a_damaged_packed_console_is_an_error_not_a_crash, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(an_absent_console_is_no_error, setup, teardown),
	    cmocka_unit_test_setup_teardown(an_empty_console_packs_and_reads, setup, teardown),
	    cmocka_unit_test_setup_teardown(the_tail_is_whole_lines, setup, teardown),
	};
	return cmocka_run_group_tests_name("results/console", tests, NULL, NULL);
}
