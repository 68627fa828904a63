// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/lava_results.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "lava/log.h"
#include "record/layout.h"

#define SLOTS (2u * EVIDENCE_TESTS_MAX)

struct taking {
	struct evidence *e;
	struct lava_ending *ending;
	uint32_t *slots; // owned: index + 1 of a test in e->tests, by its path
};

static struct detect_view view(struct lava_text text)
{
	return (struct detect_view){text.ptr, text.len};
}

static enum detect_test_result result_of(struct lava_text word)
{
	static const struct {
		const char *word;
		enum detect_test_result result;
	} words[] = {
	    {"pass", DETECT_TEST_PASS}, {"fail", DETECT_TEST_FAIL}, {"skip", DETECT_TEST_SKIP}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (lava_text_is(word, words[i].word))
			return words[i].result;
	return DETECT_TEST_ERROR; // "unknown"
}

static uint32_t hash(const char *path)
{
	uint32_t h = 2166136261u;
	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

// The newest test takes the place of an older one of the same path.
static void fold(struct taking *t)
{
	struct evidence_test *newest = &t->e->tests[t->e->tests_count - 1];
	uint32_t at = hash(newest->path) % SLOTS;
	while (t->slots[at] && strcmp(t->e->tests[t->slots[at] - 1].path, newest->path) != 0)
		at = (at + 1) % SLOTS;
	if (!t->slots[at]) {
		t->slots[at] = (uint32_t)t->e->tests_count;
		return;
	}
	struct evidence_test *older = &t->e->tests[t->slots[at] - 1];
	older->result = newest->result;
	free(older->comment);
	older->comment = newest->comment;
	free(newest->path);
	t->e->tests_count--;
}

static void on_record(void *arg, const struct lava_record *record)
{
	struct taking *t = arg;
	const struct lava_results *r = record->results;
	if (t->ending)
		lava_ending_take(t->ending, record);
	if (!r || !r->name.ptr || !r->definition.ptr || lava_text_is(r->definition, "lava"))
		return;
	CLEANUP_FREE char *value =
	    r->measurement.ptr
		? memory_printf("%.*s %.*s", (int)r->measurement.len, r->measurement.ptr,
				(int)r->units.len, r->units.ptr ? r->units.ptr : "")
		: NULL;
	if (evidence_take_result(t->e, view(r->definition), view(r->name), result_of(r->result),
				 value) != SIZE_MAX)
		fold(t);
}

static void on_console(void *arg, const char *bytes, size_t len)
{
	(void)arg;
	(void)bytes;
	(void)len;
}

bool lava_results_take(const char *run_dir, struct evidence *e, struct lava_ending *ending)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_LAVA_LOG);
	CLEANUP_CLOSE int fd = -1;
	if (!file_exists(path))
		return false;
	struct error *unread = file_open_regular(path, ERROR_SYSTEM, &fd);
	if (unread) {
		error_free(unread);
		return false;
	}
	CLEANUP_FREE uint32_t *slots = memory_new(SLOTS, sizeof(*slots));
	struct taking t = {e, ending, slots};
	const struct lava_log_events events = {
	    .console = on_console, .record = on_record, .arg = &t};
	CLEANUP_LAVA_LOG struct lava_log *l = lava_log_new(&events);
	char bytes[65536];
	ssize_t n;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		lava_log_feed(l, bytes, (size_t)n);
	lava_log_end(l);
	return true;
}

// Errors of LAVA by who must act. A kind that is not here says nothing that the console does not.
static const struct {
	enum lava_error error;
	enum error_kind kind;
} kinds[] = {
    {LAVA_ERROR_INFRASTRUCTURE, ERROR_LAB},   {LAVA_ERROR_JOB, ERROR_LAB},
    {LAVA_ERROR_CANCELED, ERROR_LAB},         {LAVA_ERROR_UNKNOWN, ERROR_LAB},
    {LAVA_ERROR_CONFIGURATION, ERROR_CONFIG}, {LAVA_ERROR_BUG, ERROR_CONFIG},
};

static struct error *describe(const struct lava_ending *e, enum error_kind kind)
{
	return error_new(kind, "lava-run: %s: %s%s%s%s", lava_error_name(e->error),
			 e->message ? e->message : "it gave no reason", e->step ? " (step " : "",
			 e->step ? e->step : "", e->step ? ")" : "");
}

struct error *lava_results_trouble(const struct lava_ending *ending, const struct job_config *job,
				   const struct evidence *e, struct watch *watch)
{
	bool done = e->done_text || e->fatal || (job->payload.kind == PAYLOAD_FIRMWARE && e->end);
	// LAVA that was still at work was ended by us.
	if (done || (watch->end != WATCH_LOST && watch->end != WATCH_CLOSED))
		return NULL;
	if (!ending->ended)
		return error_new(ERROR_LAB, "lava-run died%s%s", ending->stray ? ": " : "",
				 ending->stray ? ending->stray : "");
	if (ending->error == LAVA_ERROR_TEST || ending->error == LAVA_ERROR_TIMEOUT)
		watch->end = WATCH_SILENCE;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].error == ending->error)
			return describe(ending, kinds[i].kind);
	return NULL;
}
