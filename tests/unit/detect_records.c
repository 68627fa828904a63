// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the firmware's protocol: pairs, sums, sequence and what is missing, each from its definition.
#include "unit/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <zlib.h>

#include "detect/record.h"
#include "detect/text.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct detect_pair pairs[DETECT_PAIRS_MAX];

static struct detect_record take(struct records *r, const char *text)
{
	struct message m = {
	    .body = view_of(text), .text = view_of(text), .at = {.line = 7, .byte = 3}};
	struct detect_record record;
	record_message(r, &m, &record, pairs);
	assert_int_equal(record.at.line, 7);
	assert_ptr_equal(record.text.ptr, text);
	assert_int_equal(record.text.len, strlen(text));
	return record;
}

static void put_sum(char *out, size_t size, const char *text)
{
	unsigned sum = 0;
	for (const char *p = text + 1; *p; p++)
		sum ^= (unsigned char)*p;
	snprintf(out, size, "%s *%02x", text, sum & 0xff);
}

// A record with its sum; `r` follows.
static struct detect_record say(struct records *r, const char *text)
{
	static char line[512]; // the record borrows it
	put_sum(line, sizeof(line), text);
	return take(r, line);
}

static void assert_pair(const struct detect_record *r, const char *key, const char *value)
{
	struct detect_view found = detect_record_get(r, key);
	if (!value) {
		assert_null(found.ptr);
		return;
	}
	assert_int_equal(found.len, strlen(value));
	assert_memory_equal(found.ptr, value, found.len);
}

static void pairs_are_taken_apart(void **state)
{
	(void)state;
	struct records r = {0};
	struct detect_record record = say(
	    &r, "#mm test id=a.b  r=pass why=\"two words\" empty= q=3 =x open=\"tea loose \ttab=1");
	assert_int_equal(record.kind.len, 4);
	assert_memory_equal(record.kind.ptr, "test", 4);
	assert_pair(&record, "id", "a.b");
	assert_pair(&record, "r", "pass");
	assert_pair(&record, "why", "two words");
	assert_pair(&record, "empty", "");
	assert_pair(&record, "", "x");
	assert_pair(&record, "open", "\"tea"); // its end never comes
	assert_pair(&record, "tab", "1");
	assert_pair(&record, "loose", NULL);
	assert_pair(&record, "i", NULL);
	assert_pair(&record, "id2", NULL);
	assert_int_equal(record.pairs_count, 8);
	assert_true(record.has_q);
	assert_int_equal(record.q, 3);
}

// The kind is the first word, or the pair of that name where there is none; then it is no pair.
static void kind_is_a_word_or_a_pair(void **state)
{
	(void)state;
	static const struct {
		const char *text, *kind, *pair;
		size_t pairs;
	} cases[] = {
	    {"#mm hello a=1", "hello", NULL, 1},
	    {"#mm kind=hello a=1", "hello", NULL, 1},
	    {"#mm hello kind=other", "hello", "other", 1},
	    {"#mm kind=a kind=b", "a", "b", 1},
	    {"#mm a=1 hello", "hello", NULL, 1},
	    {"#mm a b", "a", NULL, 0},
	    {"#mm a=1", "", NULL, 1},
	    {"#mm kind=\"two words\"", "two words", NULL, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct records r = {0};
		struct detect_record record = say(&r, cases[i].text);
		assert_int_equal(record.kind.len, strlen(cases[i].kind));
		if (record.kind.len)
			assert_memory_equal(record.kind.ptr, cases[i].kind, record.kind.len);
		assert_pair(&record, "kind", cases[i].pair);
		assert_int_equal(record.pairs_count, cases[i].pairs);
		assert_ptr_equal(record.pairs, pairs);
	}
}

static void pairs_beyond_the_last_are_left_out(void **state)
{
	(void)state;
	for (size_t n = DETECT_PAIRS_MAX - 1; n <= DETECT_PAIRS_MAX + 1; n++) {
		char text[512];
		int len = snprintf(text, sizeof(text), "#mm k");
		for (size_t i = 0; i < n; i++)
			len += snprintf(text + len, sizeof(text) - (size_t)len, " k%zu=v%zu", i, i);
		struct records r = {0};
		struct detect_record record = say(&r, text);
		assert_int_equal(record.pairs_count, n < DETECT_PAIRS_MAX ? n : DETECT_PAIRS_MAX);
		for (size_t i = 0; i < record.pairs_count; i++) {
			char key[16], value[16];
			snprintf(key, sizeof(key), "k%zu", i);
			snprintf(value, sizeof(value), "v%zu", i);
			assert_pair(&record, key, value);
		}
	}
}

// Each of 256 sums, in either case; the sum is no part of the pairs.
static void only_the_right_sum_is_right(void **state)
{
	(void)state;
	static const char text[] = "#mm test id=a q=1";
	unsigned sum = 0;
	for (const char *p = text + 1; *p; p++)
		sum ^= (unsigned char)*p;
	for (unsigned s = 0; s < 256; s++) {
		for (int upper = 0; upper < 2; upper++) {
			char line[64];
			snprintf(line, sizeof(line), upper ? "%s *%02X" : "%s *%02x", text, s);
			struct records r = {0};
			struct detect_record record = take(&r, line);
			assert_true(record.checksum_ok == (s == sum));
			assert_pair(&record, "q", "1");
			assert_int_equal(record.pairs_count, 2);
			assert_int_equal(record.missing, s != sum);
		}
	}
	static const char *const broken[] = {
	    "#mm test id=a q=1",
	    "#mm test id=a q=1 *",
	    "#mm test id=a q=1 *3",
	    "#mm test id=a q=1 *zz",
	    "#mm test id=a q=1 *3z",
	    "#mm test id=a q=1 *z3",
	    "#mm test id=a q=1*33",
	    "#mm test id=a q=1 +33",
	    "#mm ",
	    "#mm",
	};
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct records r = {0};
		assert_false(take(&r, broken[i]).checksum_ok);
	}
	// The shortest: the sum is of nothing.
	struct records r = {0};
	assert_true(take(&r, "# *00").checksum_ok);
	assert_false(take(&r, " *00").checksum_ok);
}

static void sequence_number_has_32_bits(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool has;
		uint32_t q;
	} cases[] = {
	    {"#mm a q=0", true, 0},           {"#mm a q=4294967295", true, UINT32_MAX},
	    {"#mm a q=4294967296", false, 0}, {"#mm a q=x", false, 0},
	    {"#mm a q=", false, 0},           {"#mm a", false, 0},
	    {"#mm a q=-1", false, 0},         {"#mm a p=1", false, 0},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct records r = {0};
		struct detect_record record = say(&r, cases[i].text);
		assert_true(record.has_q == cases[i].has);
		assert_int_equal(record.q, cases[i].q);
	}
}

struct step {
	const char *text; // without its sum; "!" ahead: with a wrong one
	bool sequence_ok;
	uint32_t missing;
};

static void follow(const struct step *steps, size_t count)
{
	struct records r = {0};
	for (size_t i = 0; i < count; i++) {
		bool damaged = steps[i].text[0] == '!';
		struct detect_record record;
		if (damaged) {
			char line[128];
			snprintf(line, sizeof(line), "%s *00", steps[i].text + 1);
			record = take(&r, line);
			assert_false(record.checksum_ok);
		} else {
			record = say(&r, steps[i].text);
		}
		if (record.sequence_ok != steps[i].sequence_ok ||
		    record.missing != steps[i].missing)
			fail_msg("%zu: %s: in sequence %d, missing %" PRIu32, i, steps[i].text,
				 record.sequence_ok, record.missing);
	}
}

static void what_is_missing_is_counted_once(void **state)
{
	(void)state;
	static const struct step whole[] = {
	    {"#mm hello q=0", true, 0}, {"#mm a q=1", true, 0}, {"#mm b q=2", true, 0}};
	static const struct step gap[] = {{"#mm hello q=0", true, 0},
					  {"#mm a q=2", false, 1},
					  {"#mm b q=3", true, 1},
					  {"#mm b q=7", false, 4},
					  {"#mm b q=8", true, 4}};
	static const struct step damaged[] = {{"#mm hello q=0", true, 0}, {"!#mm a q=1", false, 1},
					      {"#mm b q=2", true, 1},     {"#mm b", false, 2},
					      {"#mm b q=4", true, 2},     {"!#mm b q=5", false, 3},
					      {"#mm b q=7", false, 4}};
	static const struct step again[] = {{"#mm hello q=0", true, 0},
					    {"#mm a q=1", true, 0},
					    {"#mm a q=1", false, 0},
					    {"#mm a q=0", false, 0},
					    {"#mm b q=2", true, 0}};
	// Without a hello nothing is in sequence; a damaged one is none, nor one with another number.
	static const struct step headless[] = {
	    {"#mm a q=0", false, 0},     {"!#mm a q=1", false, 1}, {"!#mm hello q=0", false, 2},
	    {"#mm hello q=1", false, 2}, {"#mm a q=1", false, 2},  {"#mm hello q=0", true, 0},
	    {"#mm a q=1", true, 0}};
	// The next boot begins anew.
	static const struct step boots[] = {{"#mm hello q=0", true, 0},
					    {"#mm a q=5", false, 4},
					    {"#mm hello q=0", true, 0},
					    {"#mm a q=1", true, 0},
					    {"#mm help q=0", false, 0}};
	follow(whole, COUNT(whole));
	follow(gap, COUNT(gap));
	follow(damaged, COUNT(damaged));
	follow(again, COUNT(again));
	follow(headless, COUNT(headless));
	follow(boots, COUNT(boots));
}

// The end carries the sum over all records ahead of it since hello.
static void end_proves_the_whole_stream(void **state)
{
	(void)state;
	static const char *const texts[] = {"#mm hello q=0", "#mm a q=1", "#mm b q=2"};
	static const struct {
		size_t skip;   // this one never arrives
		unsigned off;  // the sum is off by it
		const char *q; // of the end
		const char *key;
		bool ok;
	} cases[] = {
	    {9, 0, "3", "crc", true},           {9, 1, "3", "crc", false},
	    {9, 0x80000000, "3", "crc", false}, {1, 0, "3", "crc", false},
	    {9, 0, "4", "crc", false},          {9, 0, "3", "cc", false},
	    {9, 0, "2", "crc", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct records r = {0};
		uint32_t crc = 0;
		uint32_t seen = 0;
		for (size_t k = 0; k < COUNT(texts); k++) {
			char line[64];
			put_sum(line, sizeof(line), texts[k]);
			crc = (uint32_t)crc32(crc, (const Bytef *)line, (uInt)strlen(line));
			if (k == cases[i].skip)
				continue;
			struct detect_record record = take(&r, line);
			assert_false(record.stream_ok);
			seen++;
		}
		uint32_t received = r.crc;
		char end[96];
		snprintf(end, sizeof(end), "#mm end q=%s %s=%08" PRIx32, cases[i].q, cases[i].key,
			 crc ^ cases[i].off);
		struct detect_record record = say(&r, end);
		assert_true(record.stream_ok == cases[i].ok);
		assert_int_equal(record.crc, received);
		assert_true((record.crc == crc) == (cases[i].skip == 9));
		assert_int_equal(r.crc, received); // the end is not in it
		assert_int_equal(r.seen, seen + 1);
	}
	struct records r = {0};
	say(&r, "#mm hello q=0");
	record_reset(&r);
	assert_int_equal(r.crc, 0);
	assert_int_equal(r.seen, 0);
	assert_false(r.started);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pairs_are_taken_apart),
	    cmocka_unit_test(kind_is_a_word_or_a_pair),
	    cmocka_unit_test(pairs_beyond_the_last_are_left_out),
	    cmocka_unit_test(only_the_right_sum_is_right),
	    cmocka_unit_test(sequence_number_has_32_bits),
	    cmocka_unit_test(what_is_missing_is_counted_once),
	    cmocka_unit_test(end_proves_the_whole_stream),
	};
	return cmocka_run_group_tests_name("detect/records", tests, NULL, NULL);
}
