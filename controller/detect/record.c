// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/record.h"

#include <zlib.h>

#include "detect/text.h"

void record_reset(struct records *r)
{
	*r = (struct records){0};
}

struct detect_view detect_record_get(const struct detect_record *r, const char *key)
{
	struct detect_view name = view_of(key);
	for (size_t i = 0; i < r->pairs_count; i++)
		if (view_equal(r->pairs[i].key, name))
			return r->pairs[i].value;
	return (struct detect_view){NULL, 0};
}

// Checks " *hh" at the end of `text` and cuts it off.
static bool take_checksum(struct detect_view *text)
{
	if (text->len < 5)
		return false;
	const char *tail = text->ptr + text->len - 4;
	if (tail[0] != ' ' || tail[1] != '*' || !is_hex(tail[2]) || !is_hex(tail[3]))
		return false;
	unsigned wanted = hex_value(tail[2]) << 4 | hex_value(tail[3]);
	unsigned sum = 0;
	for (const char *p = text->ptr + 1; p < tail; p++)
		sum ^= (unsigned char)*p;
	text->len -= 4;
	return sum == wanted;
}

static struct detect_view take_value(struct cursor *c)
{
	struct detect_view value;
	struct cursor quoted = *c;
	if (cursor_char(&quoted, '"') && cursor_until(&quoted, VIEW("\""), &value)) {
		*c = quoted;
		return value;
	}
	const char *start = c->p;
	while (c->p < c->end && !is_blank(*c->p))
		c->p++;
	return (struct detect_view){start, (size_t)(c->p - start)};
}

// "kind key=value ..", also "kind=kind key=value".
static void take_pairs(struct detect_view text, struct detect_record *out,
		       struct detect_pair pairs[DETECT_PAIRS_MAX])
{
	struct cursor c = cursor_of(text);
	out->pairs = pairs;
	cursor_literal(&c, VIEW("#mm"));
	while (cursor_blanks(&c), c.p < c.end) {
		const char *start = c.p;
		while (c.p < c.end && !is_blank(*c.p) && *c.p != '=')
			c.p++;
		struct detect_view key = {start, (size_t)(c.p - start)};
		if (!cursor_char(&c, '=')) {
			if (!out->kind.len)
				out->kind = key;
			continue;
		}
		struct detect_view value = take_value(&c);
		if (!out->kind.len && view_equal(key, VIEW("kind")))
			out->kind = value;
		else if (out->pairs_count < DETECT_PAIRS_MAX)
			pairs[out->pairs_count++] = (struct detect_pair){key, value};
	}
}

static bool take_sequence(struct detect_record *record)
{
	struct detect_view text = detect_record_get(record, "q");
	struct cursor c = cursor_of(text);
	uint64_t q;
	if (!text.ptr || !cursor_decimal(&c, &q) || q > UINT32_MAX)
		return false;
	record->q = (uint32_t)q;
	return true;
}

// Sequence and sums of the whole stream. A damaged record counts as missing.
static void follow(struct records *r, struct detect_record *record)
{
	bool hello = view_equal(record->kind, VIEW("hello"));
	bool good = record->checksum_ok && record->has_q;
	if (good && hello && record->q == 0)
		*r = (struct records){.started = true};
	record->sequence_ok = good && r->started && record->q == r->next;
	if (good && r->started && record->q >= r->next) {
		r->missing += record->q - r->next;
		r->next = record->q + 1;
	} else {
		r->missing += !good;
		// A damaged record has taken its number: the next one is not a gap as well.
		r->next += !good && r->started;
	}
	record->missing = r->missing;
	r->seen++;
}

static void check_end(const struct records *r, struct detect_record *record)
{
	struct detect_view text = detect_record_get(record, "crc");
	struct cursor c = cursor_of(text);
	uint64_t crc;
	record->crc = r->crc;
	bool match = text.ptr && cursor_hex(&c, &crc) && crc == r->crc;
	record->stream_ok = match && record->sequence_ok && r->missing == 0;
}

void record_message(struct records *r, const struct message *m, struct detect_record *record,
		    struct detect_pair pairs[DETECT_PAIRS_MAX])
{
	struct detect_view text = m->body;
	*record = (struct detect_record){.at = m->at, .text = m->body};
	record->checksum_ok = take_checksum(&text);
	take_pairs(text, record, pairs);
	record->has_q = take_sequence(record);
	follow(r, record);
	bool end = view_equal(record->kind, VIEW("end"));
	if (end)
		check_end(r, record);
	else
		r->crc = (uint32_t)crc32(r->crc, (const Bytef *)m->body.ptr, (uInt)m->body.len);
}
