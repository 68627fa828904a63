// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "run/events.h"
#include "unit/folder.h"

static size_t count(const char *text, const char *word)
{
	size_t n = 0;
	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

// A console that says nothing but records, for longer than anybody wants to keep twice.
static void flood(struct events *e, size_t records)
{
	static const char text[] = "stage=S4 name=split verdict=PASS with a text of some length";
	const struct detect_event record = {
	    .kind = DETECT_RECORD,
	    .record = {.kind = {"stage", 5}, .text = {text, sizeof(text) - 1}},
	};
	for (size_t i = 0; i < records; i++)
		events_detect(e, &record);
}

static void events_end_at_their_limit_and_the_verdict_comes(void **state)
{
	const char *dir = *state;
	struct events e = EVENTS_NONE;
	assert_null(events_init(&e, dir, 0));
	events_state(&e, "boot", NULL);
	flood(&e, 100000);
	events_state(&e, "power-off", NULL);
	for (size_t i = 0; i < 200000; i++) // a line that comes and goes for ever
		events_state(&e, "console-gap", "the server closed the line");
	struct judgement j = {.verdict = STATUS_FAIL};
	events_verdict(&e, &j);
	events_deinit(&e);
	CLEANUP_FREE char *text = folder_read(dir, "events.jsonl");
	size_t len = strlen(text);
	assert_true(len > (4u << 20) && len < (8u << 20) + 4096);
	assert_int_equal(count(text, "\"limit\""), 1);
	assert_int_equal(count(text, "\"power-off\""), 1);
	assert_int_equal(count(text, "\"event\":\"verdict\""), 1);
	assert_non_null(strstr(text + len - 300, "\"event\":\"verdict\""));

	// Who goes on in a dead worker's stead does not begin at zero.
	assert_null(events_init(&e, dir, 0));
	flood(&e, 1000);
	events_deinit(&e);
	CLEANUP_FREE char *after = folder_read(dir, "events.jsonl");
	assert_true(strlen(after) < len + 200);
}

static int set_up(void **state)
{
	*state = folder_new();
	return 0;
}

static int tear_down(void **state)
{
	folder_remove(*state);
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_end_at_their_limit_and_the_verdict_comes),
	};
	return cmocka_run_group_tests_name("run/events", tests, set_up, tear_down);
}
