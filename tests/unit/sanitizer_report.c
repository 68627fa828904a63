// SPDX-License-Identifier: GPL-2.0-or-later
// The sanitizer's report read back: what is whole is read, and nothing that is damaged, cut off or
// without its end is ever complete.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/buffer.h"
#include "sanitizer/report.h"

struct scene {
	struct buffer text;
	unsigned lines;
	struct sanitizer_report report;
};
static struct scene s;

static void add(const char *body)
{
	unsigned crc = (unsigned)crc32(0, (const unsigned char *)body, (unsigned)strlen(body));
	buffer_printf(&s.text, "#ptsan %u %08x %s\n", ++s.lines, crc, body);
}

static const char finding[] =
    "finding bbm-make-without-tlbi below=4 cpu=1 pc=ffff800080010010 va=ffff000000c00000 level=2 "
    "granule=16384 lpa2 asid=7 old=e8000040c00f05 new=1800000040d91403 author-cpu=3 "
    "author-pc=ffff800080020020 other-va=abc size=1000 hint-excluded trace=1a,2b author-trace=3c";
static const char counted[] =
    "count bbm-make-without-tlbi below=4 pc=ffff800080010010 author-pc=ffff800080020020 n=560";
static const char end[] =
    "end complete findings=1 stores=20 changes=10 size-changes=2 tlbi=3 dsb=4 tables=5 records=0 "
    "records-peak=6 missed-stores=0";

static void begin(void)
{
	s = (struct scene){0};
}

static void read_report(void)
{
	sanitizer_report_read(buffer_str(&s.text), s.text.len, &s.report);
}

static void finish(void)
{
	sanitizer_report_deinit(&s.report);
	buffer_deinit(&s.text);
}

static void whole(void)
{
	begin();
	add("vectors va=ffff800080010800 pa=40210800");
	add(finding);
	add("site tlbi pc=1 n=2 useful=1");
	add(counted);
	add(end);
}

static void a_whole_report_is_complete(void **state)
{
	(void)state;
	whole();
	read_report();
	assert_true(s.report.complete);
	assert_string_equal(s.report.defect, "");
	assert_int_equal(s.report.lines, 5);
	assert_int_equal(s.report.count, 2);
	assert_true(s.report.has_vectors);
	assert_int_equal(s.report.vectors_va, 0xffff800080010800);
	assert_int_equal(s.report.vectors_address, 0x40210800);
	const struct report_figures *f = &s.report.figures;
	assert_int_equal(f->findings, 1);
	assert_int_equal(f->stores, 20);
	assert_int_equal(f->changes, 10);
	assert_int_equal(f->size_changes, 2);
	assert_int_equal(f->tlbi, 3);
	assert_int_equal(f->dsb, 4);
	assert_int_equal(f->tables, 5);
	assert_int_equal(f->records_peak, 6);
	finish();
}

static void every_field_of_a_finding_is_read(void **state)
{
	(void)state;
	whole();
	read_report();
	const struct reported_finding *f = &s.report.items[0];
	assert_int_equal(f->line, 2);
	assert_true(f->told);
	assert_string_equal(f->rule, "bbm-make-without-tlbi");
	assert_int_equal(f->below, 4);
	assert_int_equal(f->cpu, 1);
	assert_int_equal(f->level, 2);
	assert_int_equal(f->granule, 16384);
	assert_true(f->lpa2);
	assert_int_equal(f->asid, 7);
	assert_int_equal(f->pc, 0xffff800080010010);
	assert_int_equal(f->va, 0xffff000000c00000);
	assert_int_equal(f->old_descriptor, 0xe8000040c00f05);
	assert_int_equal(f->new_descriptor, 0x1800000040d91403);
	assert_true(f->has_author);
	assert_int_equal(f->author_cpu, 3);
	assert_int_equal(f->author_pc, 0xffff800080020020);
	assert_int_equal(f->other_va, 0xabc);
	assert_int_equal(f->size, 0x1000);
	assert_true(f->hint_excluded);
	assert_int_equal(f->frames, 2);
	assert_int_equal(f->trace[1], 0x2b);
	assert_int_equal(f->author_frames, 1);
	assert_int_equal(f->author_trace[0], 0x3c);
	assert_int_equal(f->times, 1);
	const struct reported_finding *c = &s.report.items[1];
	assert_false(c->told);
	assert_int_equal(c->times, 560);
	assert_int_equal(c->line, 4);
	finish();
}

static void what_a_newer_plugin_says_more_is_left_out(void **state)
{
	(void)state;
	begin();
	add("weather sunny");
	add("finding a-new-rule below=2 pc=1 va=2 level=3 old=0 new=3 colour=blue mood");
	add(end);
	read_report();
	assert_true(s.report.complete);
	assert_int_equal(s.report.count, 1);
	assert_string_equal(s.report.items[0].rule, "a-new-rule");
	assert_int_equal(s.report.items[0].asid, -1);
	assert_false(s.report.items[0].has_author);
	finish();
}

// Each byte of a report in turn is another one: the report is read up to there, and is not complete.
static void a_damaged_byte_is_noticed(void **state)
{
	(void)state;
	whole();
	for (size_t i = 0; i < s.text.len; i++) {
		char was = s.text.data[i];
		s.text.data[i] = was == 'x' ? 'y' : 'x';
		read_report();
		assert_false(s.report.complete);
		assert_true(s.report.defect[0]);
		sanitizer_report_deinit(&s.report);
		s.text.data[i] = was;
	}
	finish();
}

static void a_cut_report_is_never_complete(void **state)
{
	(void)state;
	whole();
	for (size_t len = 0; len < s.text.len; len++) {
		sanitizer_report_read(s.text.data, len, &s.report);
		assert_false(s.report.complete);
		sanitizer_report_deinit(&s.report);
	}
	finish();
}

static void expect_defect(const char *words)
{
	read_report();
	assert_false(s.report.complete);
	assert_string_equal(s.report.defect, words);
	finish();
}

static void why_it_is_not_complete_is_told(void **state)
{
	(void)state;
	begin();
	expect_defect("it has no end record");
	begin();
	add(finding);
	expect_defect("it has no end record");
	whole();
	add(finding);
	expect_defect("something stands behind its end");
	begin();
	s.lines = 1;
	add(end);
	expect_defect("line 1 is damaged or missing");
	begin();
	add("end incomplete findings=0 missed-stores=3");
	expect_defect("3 stores to tables were missed");
	begin();
	add("end incomplete findings=0 missed-stores=0");
	expect_defect("it had no room for all that it followed");
	begin();
	add("end complete findings=0 tables=0 missed-stores=0");
	expect_defect("no table was followed: translation was never switched on");
	begin();
	add(end);
	buffer_append_str(&s.text, "#ptsan 2 0");
	expect_defect("it is cut off behind line 1");
}

static void nonsense_with_a_right_checksum_is_refused(void **state)
{
	static const char *const bodies[] = {
	    "finding",
	    "finding UPPER below=1",
	    "finding rule=1 below=1",
	    "finding rule below=0",
	    "finding rule below=5",
	    "finding rule below=x",
	    "finding rule below=99999999999",
	    "finding rule level=4",
	    "finding rule level=-2",
	    "finding rule level",
	    "finding rule asid=65536",
	    "finding rule pc=",
	    "finding rule pc=-1",
	    "finding rule trace=",
	    "finding rule trace=1,2,3,4,5,6,7,8,9,a,b,c,d",
	    "finding rule trace=11111111111111111111111111",
	    "vectors va=12",
	    "end",
	    "end perhaps",
	    "end complete missed-stores=x",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		begin();
		add(bodies[i]);
		add(end);
		read_report();
		assert_false(s.report.complete);
		finish();
	}
}

static void addresses_come_once_and_in_order(void **state)
{
	(void)state;
	whole();
	read_report();
	size_t count;
	uint64_t *a = sanitizer_report_addresses(&s.report, &count);
	static const uint64_t wanted[] = {0x1a, 0x2b, 0x3c, 0xffff800080010010, 0xffff800080020020};
	assert_int_equal(count, sizeof(wanted) / sizeof(wanted[0]));
	assert_memory_equal(a, wanted, sizeof(wanted));
	free(a);
	finish();
}

static void no_more_findings_are_kept_than_there_is_room_for(void **state)
{
	(void)state;
	begin();
	for (unsigned i = 0; i <= REPORT_MAX; i++)
		add("finding rule below=4 pc=1");
	add(end);
	read_report();
	assert_int_equal(s.report.count, REPORT_MAX);
	assert_false(s.report.complete);
	finish();
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_whole_report_is_complete),
	    TEST(every_field_of_a_finding_is_read),
	    TEST(what_a_newer_plugin_says_more_is_left_out),
	    TEST(a_damaged_byte_is_noticed),
	    TEST(a_cut_report_is_never_complete),
	    TEST(why_it_is_not_complete_is_told),
	    TEST(nonsense_with_a_right_checksum_is_refused),
	    TEST(addresses_come_once_and_in_order),
	    TEST(no_more_findings_are_kept_than_there_is_room_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
