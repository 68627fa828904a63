// SPDX-License-Identifier: GPL-2.0-or-later
// The writers of pages: one page in four forms, hostile text in each; and streams of a console.
#include "unit/unit.h"

#include <fcntl.h>
#include <jansson.h>
#include <nettle/base64.h>
#include <stdlib.h>

#include "base/clock.h"
#include "unit/results_fixture.h"
#include "web/assets.h"
#include "web/page.h"
#include "web/stream.h"

static const char hostile[] = "<script>alert(1)</script>\"' onload=x \x1b[31m\xe2\x80\xae\x01\xff";

static void fill(struct page *p)
{
	static const struct page_column columns[] = {{"name", "Name", false},
						     {"n", "Number", true}};
	p->title = hostile;
	p->here = "/test/x";
	page_say(p, "summary", hostile);
	page_fact(p, "Board", page_link(hostile, PAGE_URL(p, "board", hostile)));
	page_pre(p, "text", hostile);
	page_search(p, hostile);
	struct page_table *t = PAGE_TABLE(p, "rows", columns, "none");
	page_put(t, (struct page_cell){.text = hostile, .title = hostile, .href = "/x"});
	page_put(t, page_number(p, 12));
	page_put(t, page_toned("=1+1", TONE_FAIL));
	page_put(t, page_number(p, -1));
	struct page_log *l = page_log_new(p, 3);
	l->lines[l->count++] = (struct page_line){.number = 7, .text = "U-Boot", .quiet = true};
	l->lines[l->count++] = (struct page_line){.number = 8, .at = "0.100", .text = hostile};
	l->lines[l->count++] =
	    (struct page_line){.number = 9, .text = "oops", .marked = true, .begins = true};
	page_show_log(p, l);
}

static void write_form(enum web_form f, const char *up, struct buffer *out)
{
	CLEANUP_PAGE struct page p = {0};
	const struct page_place place = {.up = up};
	fill(&p);
	page_write(&p, f, &place, out);
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, what)); at++)
		n++;
	return n;
}

static void html_keeps_text_inert(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	write_form(FORM_HTML, NULL, &out);
	// The one script of ours, and nothing that a browser would run.
	assert_int_equal(count(out.data, "<script"), 1);
	assert_int_equal(count(out.data, "alert(1)"), count(out.data, "&lt;script&gt;alert(1)"));
	assert_null(strstr(out.data, "style="));
	assert_null(strstr(out.data, "\"' onload"));
	assert_null(strchr(out.data, '\x1b'));
	assert_null(strstr(out.data, "\xe2\x80\xae"));
	assert_non_null(strstr(out.data, "<details><summary>lines 7 to 7"));
	assert_non_null(strstr(out.data, "<span id=\"L9\" class=\"m begins\">"));
	assert_non_null(strstr(out.data, "<th scope=\"col\">Name</th>"));
}

static void json_is_json(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	write_form(FORM_JSON, NULL, &out);
	json_t *o = json_loadb(out.data, out.len, 0, NULL);
	assert_non_null(o);
	const json_t *rows = json_object_get(o, "rows");
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(json_number_value(json_object_get(json_array_get(rows, 0), "n")), 12);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "url")),
			    "/x");
	assert_int_equal(json_array_size(json_object_get(o, "lines")), 3);
	assert_true(
	    json_is_true(json_object_get(json_array_get(json_object_get(o, "lines"), 2), "splat")));
	json_decref(o);
}

static void csv_is_the_first_table(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	write_form(FORM_CSV, NULL, &out);
	assert_int_equal(count(out.data, "\r\n"), 3);
	assert_ptr_equal(strstr(out.data, "name,n\r\n"), out.data);
	assert_non_null(strstr(out.data, "'=1+1,-1\r\n")); // no formula
	assert_null(strchr(out.data, '\x1b'));
}

static void text_has_no_controls(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	write_form(FORM_TEXT, NULL, &out);
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.data[i] == '\n' || (unsigned char)out.data[i] >= 0x20);
	assert_non_null(strstr(out.data, "\\x1b[31m"));
	assert_non_null(strstr(out.data, "      9 "));
}

// A page of a folder leads to files beside it.
static void links_of_files_are_relative(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	write_form(FORM_HTML, "../", &out);
	assert_non_null(strstr(out.data, "href=\"../index.html\""));
	assert_non_null(strstr(out.data, "href=\"../boards.html\""));
	assert_non_null(strstr(out.data, "href=\"../asset/page.css\""));
	assert_null(strstr(out.data, "href=\"/"));
	assert_null(strstr(out.data, "/search"));
}

static void urls_are_escaped(void **state)
{
	(void)state;
	CLEANUP_PAGE struct page p = {0};
	assert_string_equal(PAGE_URL(&p, "run", "a~b/../c ?#%"), "/run/a~b%2F..%2Fc%20%3F%23%25");
	assert_string_equal(PAGE_URL(&p, "test", "x.json"), "/test/x.json.html");
}

static void assets_are_small(void **state)
{
	(void)state;
	size_t number, total = 0;
	const struct asset *all = assets_all(&number);
	for (size_t i = 0; i < number; i++) {
		assert_true(all[i].len > 0);
		total += all[i].len;
	}
	assert_true(total <= 150000);
	assert_int_equal(strlen(assets_version()), 16);
	assert_null(assets_find("../page.c"));
}

// ---- streams ------------------------------------------------------------------------------------

// Reads what there is; the bytes go to `got`, the last id to `*id`. Returns whether it has ended.
static bool take(struct stream *s, struct buffer *got, uint64_t *id)
{
	CLEANUP_BUFFER struct buffer text = {0};
	char piece[700]; // events come in pieces
	ssize_t n;
	while ((n = stream_read(s, piece, sizeof(piece), clock_monotonic_ns())) > 0)
		buffer_append(&text, piece, (size_t)n);
	for (char *at = text.data; at && (at = strstr(at, "id: "));) {
		char *data = strstr(at, "data: ") + 6, *end = strchr(data, '\n');
		bool bytes = at == text.data || strncmp(at - 2, "\n\n", 2) == 0;
		*id = strtoull(at + 4, NULL, 10);
		if (bytes) {
			struct base64_decode_ctx ctx;
			size_t len = (size_t)(end - data);
			uint8_t *plain = memory_new(1, BASE64_DECODE_LENGTH(len) + 1);
			size_t room = BASE64_DECODE_LENGTH(len) + 1;
			base64_decode_init(&ctx);
			assert_true(base64_decode_update(&ctx, &room, plain, len, data));
			buffer_append(got, plain, room);
			free(plain);
		}
		at = end;
	}
	return n < 0;
}

static void put(const char *path, const char *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	close(fd);
}

// However often it is broken off, the next connection goes on behind the last byte that arrived.
static void a_broken_stream_loses_and_repeats_nothing(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = fixture_dir();
	CLEANUP_FREE char *run = memory_printf("%s/runs/r", dir);
	CLEANUP_FREE char *raw = memory_printf("%s/console.raw", run);
	CLEANUP_FREE char *verdict = memory_printf("%s/run.json", run);
	CLEANUP_BUFFER struct buffer all = {0}, got = {0};
	uint64_t id = 0;
	bool ended = false;
	assert_null(file_make_dirs(run));
	for (unsigned i = 0; i < 100; i++) {
		char bytes[997];
		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)(k * 31 + i * 7);
		put(raw, bytes, sizeof(bytes));
		buffer_append(&all, bytes, sizeof(bytes));
		struct stream *s = NULL;
		assert_null(stream_open(dir, "r", id, false, &s));
		assert_false(take(s, &got, &id));
		stream_close(s);
	}
	put(verdict, "{}", 2);
	struct stream *s = NULL;
	assert_null(stream_open(dir, "r", id, false, &s));
	ended = take(s, &got, &id);
	stream_close(s);
	assert_true(ended);
	assert_int_equal(got.len, all.len);
	assert_memory_equal(got.data, all.data, all.len);
	assert_int_equal(id, all.len);
	fixture_remove(STEAL(dir));
}

// A reader that may skip and is far behind is taken to the tail, and told what it lacks.
static void a_slow_reader_is_taken_to_the_tail(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = fixture_dir();
	CLEANUP_FREE char *run = memory_printf("%s/runs/r", dir);
	CLEANUP_FREE char *raw = memory_printf("%s/console.raw", run);
	size_t size = STREAM_BEHIND + STREAM_TAIL + 10;
	CLEANUP_FREE char *bytes = memory_new(1, size);
	char head[256];
	memset(bytes, 'x', size);
	assert_null(file_make_dirs(run));
	put(raw, bytes, size);
	struct stream *s = NULL;
	assert_null(stream_open(dir, "r", 0, true, &s));
	ssize_t n = stream_read(s, head, sizeof(head) - 1, clock_monotonic_ns());
	n = stream_read(s, head, sizeof(head) - 1, clock_monotonic_ns());
	head[n] = '\0';
	CLEANUP_FREE char *gap = memory_printf("event: gap\nid: %zu\ndata: %zu\n\n",
					       size - STREAM_TAIL, size - STREAM_TAIL);
	assert_ptr_equal(strstr(head, gap), head);
	CLEANUP_BUFFER struct buffer got = {0};
	uint64_t id = 0;
	take(s, &got, &id);
	assert_int_equal(id, size);
	stream_close(s);
	fixture_remove(STEAL(dir));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(html_keeps_text_inert),
	    cmocka_unit_test(json_is_json),
	    cmocka_unit_test(csv_is_the_first_table),
	    cmocka_unit_test(text_has_no_controls),
	    cmocka_unit_test(links_of_files_are_relative),
	    cmocka_unit_test(urls_are_escaped),
	    cmocka_unit_test(assets_are_small),
	    cmocka_unit_test(a_broken_stream_loses_and_repeats_nothing),
	    cmocka_unit_test(a_slow_reader_is_taken_to_the_tail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
