// SPDX-License-Identifier: GPL-2.0-or-later
// What the evidence keeps of each event, and how much at most; which lines it asks the detector for,
// since a clean log costs least without any.
#include "unit/run_evidence.h"

#include "base/memory.h"

static const char boot[] =
    "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]\n"
    "[    0.100000] CPU1: Booted secondary processor 0x0000000001 [0x410fd083]\n"
    "[    0.500000] Run /sbin/init as init process\n";

static void lines_are_wanted_until_the_kernel_has_named_its_cpus(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, NULL);
	say(&s, boot);
	assert_int_equal(s.evidence.cpus_count, 2);
	assert_int_equal(s.lines, 3);
	say(&s, "[    1.000000] one\n[    1.100000] two\n");
	assert_int_equal(s.lines, 3);
	scene_deinit(&s);
}

static void a_board_that_starts_again_names_them_again(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, NULL);
	say(&s, boot);
	say(&s, "[    1.000000] one\n");
	say(&s, boot);
	assert_int_equal(s.evidence.boots, 2);
	assert_true(s.evidence.cpus_count >= 3);
	scene_deinit(&s);
}

static void a_text_that_is_waited_for_is_found_after_the_boot(void **state)
{
	(void)state;
	struct scene s;
	scene_init(&s, "all tests done");
	say(&s, boot);
	say(&s, "[    1.000000] one\n");
	assert_false(s.evidence.done_text);
	say(&s, "[    1.100000] all tests done\n");
	assert_true(s.evidence.done_text);
	scene_deinit(&s);
}

// ---- every field of every record ----------------------------------------------------------------

static void a_report_is_kept_in_all_its_fields(void **state)
{
	(void)state;
	struct scene s;
	events_init(&s);
	s.evidence.speech.speaker = SPEAKER_PAYLOAD;
	take_splat(&s, (struct detect_splat){
			   .id = 1,
			   .header = {.line = 20, .byte = 200},
			   .first = {.line = 19, .byte = 190, .end = 200},
			   .last = {.line = 25, .byte = 250, .end = 260},
			   .class_name = "fault",
			   .sub = "user",
			   .func = {"functional", 8},
			   .file = view("mm/a.c"),
			   .title = view("a title"),
			   .message = view("a message"),
			   .sig1 = 11,
			   .sig2 = 12,
			   .sig3 = 13,
			   .folded_into = 3,
			   .severity = 4,
			   .cpu = 5,
			   .fatal = true,
			   .bbm_violation = true,
		       });
	take_splat(&s, (struct detect_splat){.id = 2,
					     .header = {.line = 30, .byte = 300},
					     .class_name = "warn",
					     .sub = "",
					     .cpu = -1,
					     .complete = true});
	assert_int_equal(s.evidence.splats_count, 2);
	const struct evidence_splat *a = &s.evidence.splats[0], *b = &s.evidence.splats[1];
	assert_int_equal(a->id, 1);
	assert_int_equal(a->line, 20);
	assert_int_equal(a->line_last, 25);
	assert_int_equal(a->byte_first, 190);
	assert_int_equal(a->byte_end, 260);
	assert_string_equal(a->class_name, "fault");
	assert_string_equal(a->sub, "user");
	assert_string_equal(a->func, "function");
	assert_string_equal(a->file, "mm/a.c");
	assert_string_equal(a->title, "a title");
	assert_string_equal(a->message, "a message");
	assert_int_equal(a->sig1, 11);
	assert_int_equal(a->sig2, 12);
	assert_int_equal(a->sig3, 13);
	assert_int_equal(a->folded_into, 3);
	assert_int_equal(a->severity, 4);
	assert_int_equal(a->cpu, 5);
	assert_true(a->fatal && a->bbm_violation && !a->complete);
	assert_true(a->of_payload && !a->of_another && !a->wanted && !a->is_end);
	assert_string_equal(b->func, ""); // a view without bytes
	assert_string_equal(b->message, "");
	assert_int_equal(b->cpu, -1);
	assert_true(b->complete && !b->fatal && !b->bbm_violation);
	assert_true(s.evidence.fatal);
	evidence_deinit(&s.evidence);
}

static void who_said_a_report_goes_by_place_and_speaker(void **state)
{
	(void)state;
	static const struct {
		uint64_t byte;
		enum speaker speaker;
		bool from_handover, of_payload, of_another;
	} cases[] = {
	    {99, SPEAKER_PAYLOAD, false, false, true},  {100, SPEAKER_PAYLOAD, false, true, false},
	    {100, SPEAKER_BOARD, false, false, false},  {100, SPEAKER_BOARD, true, true, false},
	    {100, SPEAKER_ANOTHER, false, false, true}, {100, SPEAKER_ANOTHER, true, false, true},
	    {99, SPEAKER_BOARD, true, false, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		events_init(&s);
		s.evidence.speech.speaker = cases[i].speaker;
		s.evidence.from_handover = cases[i].from_handover;
		take_splat(&s, (struct detect_splat){.header = {.line = 20, .byte = cases[i].byte},
						     .class_name = "panic",
						     .sub = "",
						     .fatal = true});
		assert_int_equal(s.evidence.splats[0].of_payload, cases[i].of_payload);
		assert_int_equal(s.evidence.splats[0].of_another, cases[i].of_another);
		assert_int_equal(s.evidence.fatal, !cases[i].of_another);
		evidence_deinit(&s.evidence);
	}
}

// A crash of the board's own firmware and a report of another system are nobody's fault, unless they
// were wanted.
static void only_an_unwanted_report_is_foreign(void **state)
{
	(void)state;
	static const char *const classes[] = {"panic", "firmware"};
	for (int i = 0; i < 16; i++) {
		bool wanted = i & 1, of_another = i & 2, of_payload = i & 4, firmware = i & 8;
		struct evidence_splat s = {.wanted = wanted,
					   .of_another = of_another,
					   .of_payload = of_payload,
					   .class_name = (char *)(uintptr_t)classes[firmware]};
		assert_int_equal(evidence_is_boards_own(&s), firmware && !of_payload);
		assert_int_equal(evidence_is_foreign(&s),
				 wanted ? 0 : of_another || (firmware && !of_payload));
	}
}

static void a_test_is_kept_by_a_kcidb_path(void **state)
{
	(void)state;
	static const struct {
		enum detect_test_format format;
		const char *path, *diagnostic, *kept, *comment;
	} cases[] = {
	    {DETECT_TEST_KTAP, "mm.split", "why", "ktap.mm.split", "why"},
	    {DETECT_TEST_LTP, "mmap01", "", "ltp.mmap01", NULL},
	    {DETECT_TEST_KTAP, "azAZ09_-.x", "", "ktap.azAZ09_-.x", NULL},
	    {DETECT_TEST_KTAP, "a b/c@[`{:", "", "ktap.a_b_c_____", NULL},
	    {DETECT_TEST_KTAP, "..a...b..", "", "ktap.a.b", NULL},
	    {DETECT_TEST_KTAP, "", "", "ktap", NULL},
	    {DETECT_TEST_KTAP, "\xc3\xa4", "", "ktap.__", NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		events_init(&s);
		take_test(&s, cases[i].format, cases[i].path, cases[i].diagnostic, 99);
		assert_int_equal(s.evidence.tests_count, 0);
		take_test(&s, cases[i].format, cases[i].path, cases[i].diagnostic, 100);
		assert_int_equal(s.evidence.tests_count, 1);
		const struct evidence_test *t = &s.evidence.tests[0];
		assert_string_equal(t->path, cases[i].kept);
		if (cases[i].comment)
			assert_string_equal(t->comment, cases[i].comment);
		else
			assert_null(t->comment);
		assert_int_equal(t->result, DETECT_TEST_FAIL);
		assert_int_equal(t->line, 9);
		assert_false(t->informative || t->wanted_fail);
		assert_int_equal(s.evidence.text,
				 6 * (strlen(cases[i].kept) + strlen(cases[i].diagnostic)));
		evidence_deinit(&s.evidence);
	}
}

static void a_test_record_has_its_word(void **state)
{
	(void)state;
	static const struct {
		const char *record;
		enum detect_test_result result;
		const char *comment;
		bool informative;
	} cases[] = {
	    {"test id=S1 r=pass", DETECT_TEST_PASS, NULL, false},
	    {"test id=S1 r=fail why=late", DETECT_TEST_FAIL, "late", false},
	    {"test id=S1 r=skip", DETECT_TEST_SKIP, NULL, false},
	    {"test id=S1 r=xfail", DETECT_TEST_XFAIL, NULL, false},
	    {"test id=S1 r=xpass", DETECT_TEST_XPASS, NULL, false},
	    {"test id=S1 r=info", DETECT_TEST_PASS, NULL, true},
	    {"test id=S1 r=passed", DETECT_TEST_ERROR, NULL, false},
	    {"test id=S1 r=pas", DETECT_TEST_ERROR, NULL, false},
	    {"test id=S1", DETECT_TEST_ERROR, NULL, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		events_init(&s);
		take_record(&s, cases[i].record);
		const struct evidence_test *t = &s.evidence.tests[0];
		assert_int_equal(s.evidence.tests_count, 1);
		assert_string_equal(t->path, "mmfarm.S1");
		assert_int_equal(t->result, cases[i].result);
		assert_int_equal(t->informative, cases[i].informative);
		assert_string_equal(t->comment ? t->comment : "-",
				    cases[i].comment ? cases[i].comment : "-");
		assert_int_equal(t->line, 7);
		evidence_deinit(&s.evidence);
	}
}

static void a_damaged_or_earlier_record_says_nothing(void **state)
{
	(void)state;
	static const char *const records[] = {"test id=S1 r=pass",     "time id=t med=1",
					      "cpu n=0 midr=410fd823", "sys cntfrq=1000",
					      "hello build=b bbm=x",   "end r=pass"};
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		for (int damaged = 0; damaged < 3; damaged++) {
			struct scene s;
			char words[256];
			struct detect_pair pairs[16];
			events_init(&s);
			struct detect_event event =
			    record_event(records[i], 7, damaged == 1 ? 99 : 100, words, pairs);
			event.record.checksum_ok = damaged != 2;
			evidence_take(&event, &s.evidence);
			const struct evidence *e = &s.evidence;
			size_t kept = e->tests_count + e->metrics_count + e->cpus_count +
				      (e->clock_hz > 0) + e->hello + (e->version != NULL) +
				      (e->policy != NULL) + e->end + (e->end_result != NULL);
			assert_int_equal(kept, damaged ? 0 : i == 4 ? 3 : i == 5 ? 2 : 1);
			evidence_deinit(&s.evidence);
		}
	}
}

static void a_time_record_is_kept_in_all_its_fields(void **state)
{
	(void)state;
	struct scene s;
	events_init(&s);
	take_record(
	    &s,
	    "time id=split unit=tick med=40 min=10 max=90 p90=80 mad=5 cyc=123 step=0.25 n=1000");
	take_record(&s, "sys cntfrq=1000");
	take_record(
	    &s,
	    "time id=split unit=tick med=40 min=10 max=90 p90=80 mad=5 cyc=123 step=0.25 n=1000");
	take_record(&s, "time id=size unit=B med=0x10");
	take_record(&s, "time id=bad med=12x");
	take_record(&s, "time id=bad med=inf");
	take_record(&s, "time id=bad unit=B");
	assert_int_equal(s.evidence.metrics_count, 3);
	static const double scales[] = {1, 0.001};
	for (size_t i = 0; i < 2; i++) {
		const struct evidence_metric *m = &s.evidence.metrics[i];
		assert_string_equal(m->path, "mmfarm.split");
		assert_string_equal(m->unit, i ? "s" : "tick");
		assert_number(m->value, 40 * scales[i]);
		assert_number(m->min, 10 * scales[i]);
		assert_number(m->max, 90 * scales[i]);
		assert_number(m->p90, 80 * scales[i]);
		assert_number(m->mad, 5 * scales[i]);
		assert_number(m->cycles, 123);
		assert_number(m->step, 0.25 * scales[i]);
		assert_int_equal(m->n, 1000);
		assert_int_equal(m->line, 7);
		assert_null(m->samples);
	}
	const struct evidence_metric *m = &s.evidence.metrics[2];
	assert_string_equal(m->path, "mmfarm.size");
	assert_string_equal(m->unit, "B");
	assert_number(m->value, 16);
	assert_number(m->min, NAN);
	assert_number(m->max, NAN);
	assert_number(m->p90, NAN);
	assert_number(m->mad, NAN);
	assert_number(m->cycles, NAN);
	assert_number(m->step, NAN);
	assert_int_equal(m->n, 0);
	assert_int_equal(s.evidence.text, 6 * (2 * strlen("splittick") + strlen("sizeB")));
	evidence_deinit(&s.evidence);
}

static void numbers_have_their_ranges(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		long n;
	} samples[] = {{"0", 0},   {"1", 1},  {"0.5", 0}, {"-1", 0}, {"999999999", 999999999},
		       {"1e9", 0}, {"nan", 0}};
	char text[200];
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct scene s;
		events_init(&s);
		snprintf(text, sizeof(text), "time id=t med=1 n=%s", samples[i].text);
		take_record(&s, text);
		assert_int_equal(s.evidence.metrics[0].n, samples[i].n);
		evidence_deinit(&s.evidence);
	}
	// A number has 63 digits at most, a register 31.
	for (int len = 62; len < 66; len++) {
		struct scene s;
		events_init(&s);
		snprintf(text, sizeof(text), "time id=t med=%0*d", len, 5);
		take_record(&s, text);
		assert_int_equal(s.evidence.metrics_count, len < 64);
		snprintf(text, sizeof(text), "cpu midr=%0*d", len - 32, 5);
		take_record(&s, text);
		assert_int_equal(s.evidence.cpus_count, len - 32 < 32);
		evidence_deinit(&s.evidence);
	}
}

static void a_cpu_record_is_kept_in_all_its_fields(void **state)
{
	(void)state;
	static const struct {
		const char *record;
		bool kept;
		struct evidence_cpu cpu;
	} cases[] = {
	    {"cpu n=3 midr=410fd823 bbmfield=2 cap=1", true, {3, 0x410fd823, 2, 1}},
	    {"cpu n=0 midr=0x410fd823 bbmfield=0 cap=0", true, {0, 0x410fd823, 0, 0}},
	    {"cpu n=1000000 midr=1 bbmfield=15 cap=2", true, {1000000, 1, 15, 1}},
	    {"cpu n=1000001 midr=1 bbmfield=16 cap=-1", true, {-1, 1, -1, 0}},
	    {"cpu n=-1 midr=1 bbmfield=-1", true, {-1, 1, -1, -1}},
	    {"cpu n=x midr=1", true, {-1, 1, -1, -1}},
	    {"cpu n=1 midr=41g", false, {0}},
	    {"cpu n=1 midr=", false, {0}},
	    {"cpu n=1", false, {0}},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		events_init(&s);
		take_record(&s, cases[i].record);
		assert_int_equal(s.evidence.cpus_count, cases[i].kept);
		if (cases[i].kept) {
			const struct evidence_cpu *cpu = &s.evidence.cpus[0];
			assert_int_equal(cpu->number, cases[i].cpu.number);
			assert_int_equal(cpu->midr, cases[i].cpu.midr);
			assert_int_equal(cpu->bbm, cases[i].cpu.bbm);
			assert_int_equal(cpu->cap, cases[i].cpu.cap);
		}
		evidence_deinit(&s.evidence);
	}
}

// Once each, and only behind the kernel's own words; BBML2 is one of each CPU.
static void a_kernel_names_what_its_cpus_can(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int cap;
	} cases[] = {
	    {"BBM Level 3", 1},
	    {"BBM Level 2 without TLB conflict abort", 1},
	    {"BBM Level 2", -1},
	    {"ARM erratum 4118414", -1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		CLEANUP_FREE char *line =
		    memory_printf("[    0.200000] CPU features: detected: %s\n", cases[i].name);
		scene_init(&s, NULL);
		say(&s,
		    "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd823]\n"
		    "[    0.100000] CPU1: Booted secondary processor 0x0000000001 [0x410fd823]\n"
		    "[    0.150000] CPU features: detected: \n");
		say(&s, line);
		say(&s, line);
		say(&s, "[    0.300000] Not CPU features: detected: Privileged Access Never\n"
			"[    0.500000] Run /sbin/init as init process\n");
		assert_int_equal(s.evidence.features_count, 1);
		assert_string_equal(s.evidence.features[0], cases[i].name);
		assert_int_equal(s.evidence.cpus_count, 2);
		assert_int_equal(s.evidence.cpus[0].cap, cases[i].cap);
		assert_int_equal(s.evidence.cpus[1].cap, cases[i].cap);
		scene_deinit(&s);
	}
}

static void a_kernel_names_its_cpus(void **state)
{
	(void)state;
	static const struct {
		const char *line;
		bool kept;
		long number;
	} cases[] = {
	    {"Booting Linux on physical CPU 0x0000000000 [0x410fd083]", true, 0},
	    {"Booting Linux on physical CPU 0x1 [0x410fd083]", true, 0},
	    {"CPU12: Booted secondary processor 0x0000000001 [0x410fd083]", true, 12},
	    {"CPU1: Booted secondary processor 0x0000000001 [0x410fd083", false, 0},
	    {"CPU1: Booted secondary processor 0x0000000001 [0x410fd0833]", false, 0},
	    {"CPU1: Booted secondary processor 0x0000000001 [0x410fd08z]", false, 0},
	    {"CPU1: Booted secondary processor 0x0000000001", false, 0},
	    {"CPU1: shutdown [0x410fd083]", false, 0},
	    {"Booting Linux on physical CPU 0x", false, 0},
	    {"Booting Linux on physical CPU 0x0 [0x", false, 0},
	    {"Booting Linux on physical CPU 0x0 [0x410fd083", false, 0},
	    {"Booting Linux on virtual CPU 0x0 [0x410fd083]", false, 0},
	    {"Booting Linux on physical CPU 0y0 [0x410fd083]", false, 0},
	    {"CPU1: Booted secondary processor 0y1 [0x410fd083]", false, 0},
	    {"XBooting Linux on physical CPU 0x0 [0x410fd083]", false, 0},
	    {"CPU", false, 0},
	    {"", false, 0},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		events_init(&s);
		// Exactly as many bytes as there are: none behind them may be read.
		size_t len = strlen(cases[i].line);
		char *exact = malloc(len + !len);
		assert_non_null(exact);
		memcpy(exact, cases[i].line, len);
		struct detect_event event = {
		    .kind = DETECT_LINE,
		    .line = {.at = {.line = 1, .byte = 100}, .text = {exact, len}}};
		evidence_take(&event, &s.evidence);
		free(exact);
		if (s.evidence.cpus_count != cases[i].kept)
			fail_msg("%s", cases[i].line);
		if (cases[i].kept) {
			assert_int_equal(s.evidence.cpus[0].number, cases[i].number);
			assert_int_equal(s.evidence.cpus[0].midr, 0x410fd083);
			assert_int_equal(s.evidence.cpus[0].bbm, -1);
			assert_int_equal(s.evidence.cpus[0].cap, -1);
		}
		// Neither from before the hand-over nor beside a hello record, which is exact.
		s.evidence.cpus_count = 0;
		s.evidence.speech.handover = 101;
		take_line(&s, cases[i].line, 2);
		s.evidence.speech.handover = 100;
		s.evidence.hello = true;
		take_line(&s, cases[i].line, 3);
		assert_int_equal(s.evidence.cpus_count, 0);
		evidence_deinit(&s.evidence);
	}
}

static void an_end_record_tells_what_was_lost(void **state)
{
	(void)state;
	for (int intact = 0; intact < 2; intact++) {
		struct scene s;
		char words[256];
		struct detect_pair pairs[16];
		events_init(&s);
		take_record(&s, "hello build=b1 bbm=auto72");
		assert_string_equal(s.evidence.version, "b1");
		assert_string_equal(s.evidence.policy, "auto72");
		struct detect_event event = record_event("end r=fail", 7, 100, words, pairs);
		event.record.stream_ok = intact;
		event.record.missing = 3;
		evidence_take(&event, &s.evidence);
		assert_true(s.evidence.end);
		assert_int_equal(s.evidence.end_intact, intact);
		assert_int_equal(s.evidence.records_missing, 3);
		assert_string_equal(s.evidence.end_result, "fail");
		take_record(&s, "hello build=b2 bbm=force0");
		assert_false(s.evidence.end);
		assert_string_equal(s.evidence.version, "b2");
		assert_string_equal(s.evidence.policy, "force0");
		evidence_deinit(&s.evidence);
	}
}

// ---- how much is kept ---------------------------------------------------------------------------

// ---- boots --------------------------------------------------------------------------------------

static void nothing_is_left_when_it_goes(void **state)
{
	(void)state;
	static const struct evidence empty;
	struct scene s;
	events_init(&s);
	s.evidence.wanted_text = "x";
	take_record(&s, "hello build=b bbm=x");
	take_record(&s, "end r=pass");
	take_record(&s, "cpu midr=1");
	take_line(&s, "held", 3);
	evidence_deinit(&s.evidence);
	assert_memory_equal(&s.evidence, &empty, sizeof(empty));
	evidence_deinit(&s.evidence);
	evidence_deinit(NULL);
}

static void a_second_hand_over_begins_anew(void **state)
{
	(void)state;
	struct scene s;
	events_init(&s);
	s.evidence.speech.speaker = SPEAKER_PAYLOAD;
	take_record(&s, "hello build=b bbm=x");
	take_record(&s, "end r=pass");
	take_splat(&s,
		   (struct detect_splat){
		       .header = {.byte = 100}, .class_name = "panic", .sub = "", .fatal = true});
	s.evidence.done_text = true;
	evidence_hand_over(&s.evidence, 500);
	assert_false(s.evidence.done_text);
	assert_false(s.evidence.end);
	assert_false(s.evidence.fatal);
	assert_int_equal(s.evidence.speech.handover, 500);
	assert_int_equal(s.evidence.speech.speaker, SPEAKER_BOARD);
	evidence_deinit(&s.evidence);
}

static void a_boot_is_known_by_its_states(void **state)
{
	(void)state;
	static const struct {
		struct detect_boot boot;
		bool handed_over, booted, done_text;
	} cases[] = {
	    {{.what = DETECT_BOOT_STATE, .state = DETECT_STATE_HANDOVER}, true, false, true},
	    {{.what = DETECT_BOOT_STATE, .state = DETECT_STATE_HANDOVER - 1}, false, false, true},
	    {{.what = DETECT_BOOT_STATE, .state = DETECT_STATE_KERNEL}, true, true, true},
	    {{.what = DETECT_BOOT_STATE, .state = DETECT_STATE_KERNEL - 1}, true, false, true},
	    {{.what = DETECT_BOOT_ATTEMPT, .state = DETECT_STATE_KERNEL}, true, false, true},
	    {{.what = DETECT_BOOT_ATTEMPT, .outcome = DETECT_OUTCOME_RESET}, false, false, false},
	    {{.what = DETECT_BOOT_ATTEMPT, .outcome = DETECT_OUTCOME_PANIC}, false, false, true},
	    {{.what = DETECT_BOOT_FINAL, .outcome = DETECT_OUTCOME_RESET}, false, false, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		struct detect_event event = {.kind = DETECT_BOOT, .boot = cases[i].boot};
		events_init(&s);
		s.evidence.done_text = true;
		event.boot.boots = 4;
		evidence_take(&event, &s.evidence);
		assert_int_equal(s.evidence.boots, 4);
		assert_int_equal(s.evidence.handed_over, cases[i].handed_over);
		assert_int_equal(s.evidence.booted, cases[i].booted);
		assert_int_equal(s.evidence.done_text, cases[i].done_text);
		bool final = cases[i].boot.what == DETECT_BOOT_FINAL;
		assert_int_equal(s.evidence.final, final);
		assert_int_equal(s.evidence.outcome, final ? DETECT_OUTCOME_RESET : 0);
		evidence_deinit(&s.evidence);
	}
}

static void a_version_is_the_payloads_own(void **state)
{
	(void)state;
	for (int speaker = SPEAKER_BOARD; speaker <= SPEAKER_ANOTHER; speaker++) {
		struct scene s;
		struct detect_event event = {
		    .kind = DETECT_BOOT,
		    .boot = {.what = DETECT_BOOT_STATE, .version = view("Linux version 7")}};
		events_init(&s);
		s.evidence.speech.speaker = (enum speaker)speaker;
		evidence_take(&event, &s.evidence);
		if (speaker == SPEAKER_PAYLOAD)
			assert_string_equal(s.evidence.version, "Linux version 7");
		else
			assert_null(s.evidence.version);
		// What another system said of itself is taken back.
		if (speaker == SPEAKER_PAYLOAD) {
			s.evidence.speech.another = malloc(4);
			assert_non_null(s.evidence.speech.another);
			strcpy(s.evidence.speech.another, "abc");
			s.evidence.speech.own_boots = 1;
			evidence_take(&event, &s.evidence);
			assert_non_null(s.evidence.version);
			s.evidence.speech.own_boots = 0;
			evidence_take(&event, &s.evidence);
			assert_null(s.evidence.version);
		}
		evidence_deinit(&s.evidence);
	}
}

static void the_first_place_that_does_not_count_is_kept(void **state)
{
	(void)state;
	struct scene s;
	events_init(&s);
	s.evidence.wanted_text = "login:";
	for (uint64_t line = 5; line < 8; line++)
		take_line(&s, "a login:", line);
	take_line(&s, "Kernel command line: login:", 8);
	assert_int_equal(s.evidence.stray_line, 5);
	assert_false(s.evidence.stray_is_echo);
	s.evidence.speech.speaker = SPEAKER_PAYLOAD;
	s.evidence.speech.attempt = 3;
	take_line(&s, "Kernel command line: login:", 9);
	assert_false(s.evidence.done_text);
	take_line(&s, "b login:", 10);
	assert_true(s.evidence.done_text);
	assert_int_equal(s.evidence.done_attempt, 3);
	assert_int_equal(s.evidence.stray_line, 5);
	evidence_deinit(&s.evidence);
}

// Which line is the payload's first is known behind it only.
static void a_line_is_held_until_it_is_known_whose_it_is(void **state)
{
	(void)state;
	static const struct {
		uint64_t boot_line;
		enum detect_boot_what what;
		bool done, stray;
	} cases[] = {
	    {5, DETECT_BOOT_STATE, true, false},  // it is the payload's first
	    {6, DETECT_BOOT_STATE, false, false}, // not known yet
	    {5, DETECT_BOOT_ATTEMPT, false, false},
	    {6, DETECT_BOOT_FINAL, false, true}, // nothing follows that could tell
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct scene s;
		struct detect_event event = {
		    .kind = DETECT_BOOT,
		    .boot = {.what = cases[i].what,
			     .at = {.line = cases[i].boot_line, .byte = 100},
			     .boots = 1}};
		events_init(&s);
		s.evidence.wanted_text = "Linux";
		char said[] = "Booting Linux"; // whose room the next line takes
		take_line(&s, said, 5);
		memset(said, 'x', sizeof(said) - 1);
		assert_false(s.evidence.done_text);
		evidence_take(&event, &s.evidence);
		assert_int_equal(s.evidence.done_text, cases[i].done);
		assert_int_equal(s.evidence.stray_line, cases[i].stray ? 5 : 0);
		evidence_deinit(&s.evidence);
	}
}

static void lines_are_asked_for_as_long_as_one_may_tell_something(void **state)
{
	(void)state;
	struct scene s;
	events_init(&s);
	for (unsigned i = 0; i < 8; i++) {
		s.evidence.hello = i & 1;
		s.evidence.booted = i & 2;
		s.evidence.wanted_text = i & 4 ? "x" : NULL;
		bool lines = evidence_wants(&s.evidence) & DETECT_MASK(DETECT_LINE);
		assert_int_equal(lines, (i & 3) == 0 || (i & 4));
		assert_int_equal(evidence_wants(&s.evidence) | DETECT_MASK(DETECT_LINE),
				 DETECT_MASK_ALL);
	}
	evidence_deinit(&s.evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_wanted_until_the_kernel_has_named_its_cpus),
	    cmocka_unit_test(a_board_that_starts_again_names_them_again),
	    cmocka_unit_test(a_text_that_is_waited_for_is_found_after_the_boot),
	    cmocka_unit_test(a_report_is_kept_in_all_its_fields),
	    cmocka_unit_test(who_said_a_report_goes_by_place_and_speaker),
	    cmocka_unit_test(only_an_unwanted_report_is_foreign),
	    cmocka_unit_test(a_test_is_kept_by_a_kcidb_path),
	    cmocka_unit_test(a_test_record_has_its_word),
	    cmocka_unit_test(a_damaged_or_earlier_record_says_nothing),
	    cmocka_unit_test(a_time_record_is_kept_in_all_its_fields),
	    cmocka_unit_test(numbers_have_their_ranges),
	    cmocka_unit_test(a_cpu_record_is_kept_in_all_its_fields),
	    cmocka_unit_test(a_kernel_names_what_its_cpus_can),
	    cmocka_unit_test(a_kernel_names_its_cpus),
	    cmocka_unit_test(an_end_record_tells_what_was_lost),
	    cmocka_unit_test(nothing_is_left_when_it_goes),
	    cmocka_unit_test(a_second_hand_over_begins_anew),
	    cmocka_unit_test(a_boot_is_known_by_its_states),
	    cmocka_unit_test(a_version_is_the_payloads_own),
	    cmocka_unit_test(the_first_place_that_does_not_count_is_kept),
	    cmocka_unit_test(a_line_is_held_until_it_is_known_whose_it_is),
	    cmocka_unit_test(lines_are_asked_for_as_long_as_one_may_tell_something),
	};
	return cmocka_run_group_tests_name("run/evidence", tests, NULL, NULL);
}
