// SPDX-License-Identifier: GPL-2.0-or-later
// Who speaks, event by event: which line is a name, when a name is held against the payload's, and
// what each event of a boot changes, at the borders of each condition.
#include "unit/unit.h"

#include <stdlib.h>

#include "base/memory.h"
#include "run/speech.h"

#define OWN      "Linux version 7.3.0-test (t@t) (gcc) #1 SMP Tue"
#define OTHER    "Linux version 7.3.0-test (t@t) (gcc) #2 SMP Wed"
#define HANDOVER 100

static const struct banners own = {.items = {(char *)(uintptr_t)OWN}, .count = 1};
static const struct banners own_build = {.items = {(char *)(uintptr_t) "abc123"}, .count = 1};

static struct speech speech_of(const struct banners *payload, enum payload_kind kind)
{
	return (struct speech){.payload = payload, .kind = kind, .handover = HANDOVER};
}

static void line_at(struct speech *s, const char *text, size_t message, uint64_t byte)
{
	struct detect_line line = {
	    .at = {.byte = byte}, .text = {text, strlen(text)}, .message = message};
	speech_line(s, &line);
}

static bool state_at(struct speech *s, unsigned attempt, unsigned boots, uint64_t byte)
{
	struct detect_boot boot = {
	    .what = DETECT_BOOT_STATE, .attempt = attempt, .boots = boots, .at = {.byte = byte}};
	return speech_boot(s, &boot);
}

// NULL: it is none.
static void expect_name(const char *text, const char *name)
{
	struct speech s = speech_of(&own, PAYLOAD_KERNEL);
	line_at(&s, text, 0, HANDOVER - 1);
	assert_null(s.name);
	line_at(&s, text, 0, HANDOVER);
	if (name) {
		assert_string_equal(s.before, name);
		assert_string_equal(s.name, name);
		assert_false(s.name_is_record);
		assert_false(s.name_is_cut);
	} else {
		assert_null(s.before);
		assert_null(s.name);
	}
	speech_deinit(&s);
}

static void a_name_is_a_version_and_who_built_it(void **state)
{
	(void)state;
	expect_name(OWN, OWN);
	expect_name("Linux version 0(", "Linux version 0(");
	expect_name("Linux version 9(", "Linux version 9(");
	expect_name("Linux version /(", NULL);
	expect_name("Linux version :(", NULL);
	expect_name("Linux version 7.3.0", NULL);
	expect_name("Linux version ", NULL);
	expect_name("Linux version", NULL);
	expect_name("", NULL);
	expect_name("linux version 7.3.0 (t@t)", NULL);
	expect_name(" " OWN, NULL);
	// The first and last bytes that can be read, and their neighbours.
	expect_name("Linux version 7 (~) ! z", "Linux version 7 (~) ! z");
	expect_name("Linux version 7 (\x7f)", NULL);
	expect_name("Linux version 7 (\x1f)", NULL);
	expect_name("Linux version 7 (\x80)", NULL);
	expect_name("Linux version 7 (\xff)", NULL);
	expect_name("Linux version 7 () \x01z", NULL);
}

static void blanks_behind_a_name_are_not_of_it(void **state)
{
	(void)state;
	expect_name(OWN " ", OWN);
	expect_name(OWN "\r", OWN);
	expect_name(OWN " \r \r\r", OWN);
	expect_name("Linux version 7 () 5", "Linux version 7 () 5"); // a last word of one letter
	expect_name("Linux version 7 () 5 ", "Linux version 7 () 5");
	expect_name(" ", NULL);
	expect_name("\r", NULL);
}

static void what_stands_ahead_of_a_message_is_not_of_the_name(void **state)
{
	(void)state;
	struct speech s = speech_of(&own, PAYLOAD_KERNEL);
	line_at(&s, "[    0.000000] " OWN, 15, HANDOVER);
	assert_string_equal(s.name, OWN);
	speech_deinit(&s);
}

static void of_a_line_that_is_not_whole_no_name_is_taken(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct speech s = speech_of(&own, PAYLOAD_KERNEL);
		struct detect_line line = {.at = {.byte = HANDOVER},
					   .text = {OWN, strlen(OWN)},
					   .partial = i == 1,
					   .truncated = i == 2};
		speech_line(&s, &line);
		assert_int_equal(s.name != NULL, i == 0);
		speech_deinit(&s);
	}
}

static void the_last_name_ahead_of_the_hand_over_is_kept(void **state)
{
	(void)state;
	struct speech s = speech_of(&own, PAYLOAD_KERNEL);
	line_at(&s, OTHER, 0, 1);
	line_at(&s, OWN, 0, HANDOVER - 1);
	assert_string_equal(s.before, OWN);
	line_at(&s, OTHER, 0, HANDOVER);
	assert_string_equal(s.before, OWN);
	assert_string_equal(s.name, OTHER);
	speech_deinit(&s);
}

static void hello(struct speech *s, const char *build, uint64_t byte)
{
	struct detect_pair pair = {.key = {"build", 5}, .value = {build, strlen(build)}};
	struct detect_record record = {.at = {.byte = byte}, .pairs = &pair, .pairs_count = 1};
	speech_hello(s, &record);
}

static void a_hello_behind_the_hand_over_names_its_build(void **state)
{
	(void)state;
	struct speech s = speech_of(&own_build, PAYLOAD_FIRMWARE);
	hello(&s, "abc123", HANDOVER - 1);
	assert_null(s.name);
	hello(&s, "", HANDOVER);
	assert_null(s.name);
	hello(&s, "old", HANDOVER);
	hello(&s, "abc123", HANDOVER);
	assert_string_equal(s.name, "abc123");
	assert_true(s.name_is_record);
	assert_false(s.name_is_cut);
	speech_deinit(&s);
}

// A name of `speaker`, as a record or a line, is held against what is known of the payload.
struct held {
	const struct banners *payload;
	enum payload_kind kind;
	enum speaker speaker;
	bool record;
	const char *name;
	// Afterwards:
	enum speaker says;
	bool proven;
	const char *another;
};

static void a_name_is_held_against_the_payloads(void **state)
{
	(void)state;
	static const struct banners none = {.count = 0};
	const enum payload_kind K = PAYLOAD_KERNEL, F = PAYLOAD_FIRMWARE;
	const enum speaker B = SPEAKER_BOARD, P = SPEAKER_PAYLOAD, A = SPEAKER_ANOTHER;
	const struct held cases[] = {
	    {&own, K, P, false, OWN, P, true, NULL},
	    {&own_build, F, P, true, "abc123", P, true, NULL},
	    {&own, K, P, false, OTHER, A, false, OTHER},
	    {&own_build, F, P, true, "def", A, false, "mm firmware, build def"},
	    // The right name of the wrong kind.
	    {&own, F, P, false, OWN, A, false, OWN},
	    {&own_build, K, P, true, "abc123", A, false, "mm firmware, build abc123"},
	    // Nobody's, or nothing to hold it against.
	    {&own, K, B, false, OTHER, B, false, NULL},
	    {&own, K, A, false, OTHER, A, false, NULL},
	    {&own, K, B, false, OWN, B, false, NULL},
	    {NULL, K, P, false, OTHER, P, false, NULL},
	    {&none, K, P, false, OTHER, P, false, NULL},
	    {&own, K, P, false, NULL, P, false, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct speech s = speech_of(cases[i].payload, cases[i].kind);
		s.speaker = cases[i].speaker;
		s.own_boots = 3;
		if (cases[i].name && cases[i].record)
			hello(&s, cases[i].name, HANDOVER);
		else if (cases[i].name)
			line_at(&s, cases[i].name, 0, HANDOVER);
		line_at(&s, "next", 0, HANDOVER);
		assert_null(s.name);
		assert_int_equal(s.speaker, cases[i].says);
		assert_int_equal(s.proven, cases[i].proven);
		assert_int_equal(s.own_boots, cases[i].another ? 2 : 3);
		if (cases[i].another)
			assert_string_equal(s.another, cases[i].another);
		else
			assert_null(s.another);
		speech_deinit(&s);
	}
}

static void the_first_foreign_name_is_kept(void **state)
{
	(void)state;
	struct speech s = speech_of(&own, PAYLOAD_KERNEL);
	s.speaker = SPEAKER_PAYLOAD;
	s.own_boots = 2;
	line_at(&s, OTHER, 0, HANDOVER);
	line_at(&s, "next", 0, HANDOVER);
	s.speaker = SPEAKER_PAYLOAD;
	line_at(&s, "Linux version 6 ()", 0, HANDOVER);
	line_at(&s, "next", 0, HANDOVER);
	assert_string_equal(s.another, OTHER);
	assert_int_equal(s.own_boots, 0);
	speech_deinit(&s);
}

// ---- boots --------------------------------------------------------------------------------------

static void the_first_start_behind_the_hand_over_is_the_payloads(void **state)
{
	(void)state;
	struct speech s = speech_of(NULL, PAYLOAD_KERNEL);
	assert_false(state_at(&s, 1, 0, HANDOVER)); // the boot loader's
	assert_int_equal(s.attempt, 1);
	assert_false(state_at(&s, 1, 1, HANDOVER - 1));
	assert_int_equal(s.speaker, SPEAKER_BOARD);
	assert_int_equal(s.own_boots, 0);
	assert_true(state_at(&s, 1, 1, HANDOVER));
	assert_int_equal(s.speaker, SPEAKER_PAYLOAD);
	assert_int_equal(s.own_boots, 1);
	assert_false(state_at(&s, 1, 1, HANDOVER + 1)); // its second state is no first line
	assert_false(state_at(&s, 1, 2, HANDOVER + 1));
	assert_int_equal(s.own_boots, 1);
	speech_deinit(&s);
}

static void with_a_new_attempt_the_board_speaks_again(void **state)
{
	(void)state;
	struct speech s = speech_of(NULL, PAYLOAD_KERNEL);
	state_at(&s, 1, 0, HANDOVER);
	state_at(&s, 1, 1, HANDOVER);
	assert_false(state_at(&s, 2, 1, HANDOVER + 9));
	assert_int_equal(s.speaker, SPEAKER_BOARD);
	assert_int_equal(s.attempt, 2);
	assert_int_equal(s.boots, 1);
	assert_true(state_at(&s, 2, 2, HANDOVER + 10));
	assert_int_equal(s.own_boots, 2);
	speech_deinit(&s);
}

static void only_a_state_begins_anything(void **state)
{
	(void)state;
	static const enum detect_boot_what others[] = {DETECT_BOOT_ATTEMPT, DETECT_BOOT_FINAL,
						       DETECT_BOOT_GOES_ON};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct speech s = speech_of(&own, PAYLOAD_KERNEL);
		struct detect_boot boot = {.what = others[i],
					   .attempt = 7,
					   .boots = 5,
					   .at = {.byte = HANDOVER},
					   .version = {OTHER, strlen(OTHER)}};
		assert_false(speech_boot(&s, &boot));
		assert_int_equal(s.attempt, 0);
		assert_int_equal(s.boots, 0);
		assert_int_equal(s.speaker, SPEAKER_BOARD);
		assert_int_equal(s.own_boots, 0);
		assert_null(s.another);
		speech_deinit(&s);
	}
}

static void only_the_payloads_reset_is_its_own(void **state)
{
	(void)state;
	for (int speaker = SPEAKER_BOARD; speaker <= SPEAKER_ANOTHER; speaker++)
		for (int reset = 0; reset < 2; reset++) {
			struct speech s = speech_of(NULL, PAYLOAD_KERNEL);
			struct detect_boot boot = {.what = DETECT_BOOT_ATTEMPT,
						   .outcome = reset ? DETECT_OUTCOME_RESET
								    : DETECT_OUTCOME_PANIC};
			s.speaker = (enum speaker)speaker;
			assert_false(speech_boot(&s, &boot));
			bool of_payload = speaker == SPEAKER_PAYLOAD && reset;
			assert_int_equal(s.own_reset, of_payload);
			boot.outcome = DETECT_OUTCOME_PANIC; // and it stays
			speech_boot(&s, &boot);
			assert_int_equal(s.own_reset, of_payload);
			assert_int_equal(s.speaker, speaker);
			speech_deinit(&s);
		}
}

// Where no lines were asked for, the boot itself brings its name, maybe in part.
static void a_boot_brings_its_name(void **state)
{
	(void)state;
	static const struct {
		const char *version;
		bool proven, another;
	} cases[] = {
	    {OWN, true, false},   {"Linux version 7.3.0-test (t@t) (gcc", true, false},
	    {OTHER, false, true}, {"Linux version", false, false},
	    {"", false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *version = cases[i].version;
		struct speech s = speech_of(&own, PAYLOAD_KERNEL);
		struct detect_boot boot = {.what = DETECT_BOOT_STATE,
					   .attempt = 1,
					   .boots = 1,
					   .at = {.byte = HANDOVER},
					   .version = {version, strlen(version)}};
		state_at(&s, 1, 0, HANDOVER);
		// The first line of another payload is not the payload's.
		assert_int_equal(speech_boot(&s, &boot), !cases[i].another);
		assert_int_equal(s.proven, cases[i].proven);
		assert_int_equal(s.speaker, cases[i].another ? SPEAKER_ANOTHER : SPEAKER_PAYLOAD);
		assert_int_equal(s.own_boots, !cases[i].another);
		assert_int_equal(s.another != NULL, cases[i].another);
		assert_null(s.name);
		speech_deinit(&s);
	}
}

static void a_name_that_was_read_outweighs_the_boots(void **state)
{
	(void)state;
	struct speech s = speech_of(&own, PAYLOAD_KERNEL);
	struct detect_boot boot = {.what = DETECT_BOOT_STATE,
				   .attempt = 1,
				   .boots = 1,
				   .at = {.byte = HANDOVER},
				   .version = {OTHER, strlen(OTHER)}};
	state_at(&s, 1, 0, HANDOVER);
	line_at(&s, OWN, 0, HANDOVER);
	assert_true(speech_boot(&s, &boot));
	assert_true(s.proven);
	assert_null(s.another);
	// A name that no new start came with is an old one's.
	s.boots = 1;
	assert_false(speech_boot(&s, &boot));
	assert_null(s.another);
	speech_deinit(&s);
}

// The board alone has no name that counts.
static void a_boot_of_the_board_brings_none(void **state)
{
	(void)state;
	struct speech s = speech_of(&own, PAYLOAD_KERNEL);
	struct detect_boot boot = {.what = DETECT_BOOT_STATE,
				   .attempt = 1,
				   .boots = 1,
				   .at = {.byte = HANDOVER - 1},
				   .version = {OTHER, strlen(OTHER)}};
	s.attempt = 1;
	assert_false(speech_boot(&s, &boot));
	assert_null(s.another);
	assert_int_equal(s.speaker, SPEAKER_BOARD);
	speech_deinit(&s);
}

static void a_hand_over_begins_anew_and_keeps_what_was_before(void **state)
{
	(void)state;
	struct speech s = {.payload = &own,
			   .kind = PAYLOAD_KERNEL,
			   .speaker = SPEAKER_ANOTHER,
			   .own_boots = 2,
			   .proven = true,
			   .own_reset = true,
			   .boots = 4,
			   .attempt = 3,
			   .another = memory_strdup("another"),
			   .before = memory_strdup("before"),
			   .name = memory_strdup("name")};
	speech_hand_over(&s, 77);
	assert_int_equal(s.handover, 77);
	assert_int_equal(s.speaker, SPEAKER_BOARD);
	assert_int_equal(s.own_boots, 0);
	assert_int_equal(s.boots, 0);
	assert_int_equal(s.attempt, 3);
	assert_false(s.proven);
	assert_false(s.own_reset);
	assert_null(s.another);
	assert_null(s.name);
	assert_string_equal(s.before, "before");
	s.another = memory_strdup("another");
	s.name = memory_strdup("name");
	speech_deinit(&s);
	static const struct speech empty;
	assert_memory_equal(&s, &empty, sizeof(s));
	speech_deinit(&s);
	speech_deinit(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_is_a_version_and_who_built_it),
	    cmocka_unit_test(blanks_behind_a_name_are_not_of_it),
	    cmocka_unit_test(what_stands_ahead_of_a_message_is_not_of_the_name),
	    cmocka_unit_test(of_a_line_that_is_not_whole_no_name_is_taken),
	    cmocka_unit_test(the_last_name_ahead_of_the_hand_over_is_kept),
	    cmocka_unit_test(a_hello_behind_the_hand_over_names_its_build),
	    cmocka_unit_test(a_name_is_held_against_the_payloads),
	    cmocka_unit_test(the_first_foreign_name_is_kept),
	    cmocka_unit_test(the_first_start_behind_the_hand_over_is_the_payloads),
	    cmocka_unit_test(with_a_new_attempt_the_board_speaks_again),
	    cmocka_unit_test(only_a_state_begins_anything),
	    cmocka_unit_test(only_the_payloads_reset_is_its_own),
	    cmocka_unit_test(a_boot_brings_its_name),
	    cmocka_unit_test(a_name_that_was_read_outweighs_the_boots),
	    cmocka_unit_test(a_boot_of_the_board_brings_none),
	    cmocka_unit_test(a_hand_over_begins_anew_and_keeps_what_was_before),
	};
	return cmocka_run_group_tests_name("run/speech: names", tests, NULL, NULL);
}
