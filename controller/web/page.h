// SPDX-License-Identifier: GPL-2.0-or-later
// A page as its parts: headings, sentences, facts, tables, a console, a picture. Page functions fill it
// from what the store and the run directories say; four pure writers make HTML, JSON, text and CSV of it.
// So every page has every form, and only one place knows markup.
//
// Text may hold any bytes: writers escape. Strings live in the page's arena, or longer.
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "web/request.h"

// What a piece of text is. It gives a colour; the text says the same in words.
enum tone {
	TONE_PLAIN,
	TONE_DIM,
	TONE_CODE,
	TONE_TIME, // stays on one line
	TONE_FAIL,
	TONE_ERROR,
	TONE_MISS,
	TONE_PASS,
	TONE_SKIP,
	TONE_NEW,
	TONE_STILL,
	TONE_FIXED,
	TONE_STRIP, // a letter a day or night: P F E M D S, '-' nothing
	TONE_COUNT
};

struct page_cell {
	const char *text; // NULL: nothing
	const char *href; // "/run/ID", a URL of ours; NULL: none
	enum tone tone;
	bool number;       // JSON has it as a number; it stands on the right
	const char *title; // more of it, for those who ask; NULL: none
};

struct page_column {
	const char *key;   // in JSON and CSV
	const char *title; // for people
	bool minor;        // may be missed on a small screen's first sight
};

struct page_table {
	const char *name;    // in JSON
	const char *caption; // a sentence, or NULL
	const struct page_column *columns;
	size_t columns_count;
	struct page_cell *cells; // row by row
	size_t cells_count;
	const char *empty; // what is said when there are no rows
};

// A line of a console.
struct page_line {
	int64_t number; // from 1
	const char *at; // host time since the first line, or NULL
	const char *text;
	bool marked; // it belongs to a splat
	bool begins; // ... and is its first
	bool quiet;  // said ahead of the payload
};

struct page_log {
	struct page_line *lines;
	size_t count;
	const char *live;    // URL of what follows, or NULL: the console has ended
	int64_t live_offset; // from which byte on
};

enum block_kind {
	BLOCK_HEADING,
	BLOCK_TEXT,
	BLOCK_FACT,
	BLOCK_TABLE,
	BLOCK_LOG,
	BLOCK_FIGURE,
	BLOCK_SEARCH,
	BLOCK_PRE
};

struct page_block {
	enum block_kind kind;
	const char *name;        // of a fact or a piece of text, in JSON; of a heading: its id
	struct page_cell *cells; // of a sentence or fact, one behind the other
	size_t cells_count;
	struct page_table *table;
	struct page_log *log;
	const char *markup; // BLOCK_FIGURE: HTML of timing/plot/, taken as it is
};

struct page {
	struct arena arena;
	unsigned status;   // of HTTP; 0 is 200
	const char *title; // without the site's name
	const char *here;  // its URL without suffix, "/night/2026-06-04"
	const char *area;  // which entry of the navigation it belongs to, or NULL
	bool moving;       // it says what is true now: nobody keeps it
	struct page_block *blocks;
	size_t blocks_count;
};

void page_deinit(struct page *p);
#define CLEANUP_PAGE CLEANUP(page_deinit)

// ---- filling ------------------------------------------------------------------------------------

// Formatted text in the page's arena.
const char *page_text(struct page *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
// What the buffer holds, in the arena; the buffer is empty afterwards.
const char *page_keep(struct page *p, struct buffer *b);
// NULL stays NULL.
const char *page_copy(struct page *p, const char *s);

// A URL of ours: "/" and each segment, escaped. PAGE_URL(p, "run", id).
const char *page_url(struct page *p, const char *const *segments, size_t count);
#define PAGE_URL(p, ...)                                  \
	page_url((p), (const char *const[]){__VA_ARGS__}, \
		 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

// Whether it ends in ".html", ".json", ".txt" or ".csv".
bool page_has_suffix(const char *s);

struct page_cell page_plain(const char *text);
struct page_cell page_toned(const char *text, enum tone tone);
struct page_cell page_link(const char *text, const char *href);
struct page_cell page_number(struct page *p, int64_t n);
// "2026-06-04 01:10 UTC" of an RFC 3339 time; NULL: nothing.
struct page_cell page_time(struct page *p, const char *rfc3339);
// A verdict's word with its tone.
struct page_cell page_verdict(const char *name);

void page_heading(struct page *p, const char *id, const char *text);
// A sentence of several cells; `name` for JSON.
void page_sentence(struct page *p, const char *name, const struct page_cell *cells, size_t count);
void page_say(struct page *p, const char *name, const char *text);
void page_fact(struct page *p, const char *name, struct page_cell value); // absent text: nothing
void page_pre(struct page *p, const char *name, const char *text);
void page_figure(struct page *p, const char *markup);
void page_search(struct page *p, const char *asked);
struct page_table *page_table(struct page *p, const char *name, const struct page_column *columns,
			      size_t count, const char *empty);
#define PAGE_TABLE(p, name, columns, empty) \
	page_table((p), (name), (columns), sizeof(columns) / sizeof((columns)[0]), (empty))
// The next cell, from left to right.
void page_put(struct page_table *t, struct page_cell c);
// Lines are filled first, `lines` at most, and shown then.
struct page_log *page_log_new(struct page *p, size_t lines);
void page_show_log(struct page *p, struct page_log *l);

// ---- writing ------------------------------------------------------------------------------------

// What the writers know of where a page is shown.
struct page_place {
	// How links are written: NULL, as they are ("/run/ID"); else the page is a file of a folder that
	// stands anywhere (mmfarm site): "../" as often as the page is deep, and a suffix.
	const char *up;
};

void page_write_html(const struct page *p, const struct page_place *place, struct buffer *out);
void page_write_json(const struct page *p, struct buffer *out);
void page_write_text(const struct page *p, struct buffer *out);
void page_write_csv(const struct page *p, struct buffer *out); // its tables
void page_write(const struct page *p, enum web_form form, const struct page_place *place,
		struct buffer *out);

#endif
