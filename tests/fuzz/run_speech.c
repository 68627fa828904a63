// SPDX-License-Identifier: GPL-2.0-or-later
// Any console, handed over anywhere: a run that is judged again from its directory sees what the live
// one saw, whatever the chunks. And any bytes as last line and as a tool's words.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "text/utf8.h"
#include "board/doubt.h"
#include "run/evidence.h"
#include "run/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAME "Linux version 7.3.0 (a@b) (gcc) #1"

struct view {
	struct evidence evidence;
	struct detect *detect;
	bool live; // asks only for the events that are still needed
};

static void on_event(const struct detect_event *event, void *arg)
{
	struct view *v = arg;
	evidence_take(event, &v->evidence);
	if (v->live)
		detect_want(v->detect, evidence_wants(&v->evidence));
}

static void look(struct view *v, const struct job_config *job, const struct banners *payload,
		 const char *console, size_t len, size_t handover, size_t chunk)
{
	evidence_init(&v->evidence, job, payload);
	if (detect_new(NULL, &v->detect))
		abort();
	v->evidence.speech.handover = v->live ? SPEECH_NO_HANDOVER : handover;
	for (size_t at = 0; at <= len;) {
		if (at == handover && v->live)
			evidence_hand_over(&v->evidence, handover);
		if (at == handover)
			detect_hand_over(v->detect, on_event, v);
		size_t n = len - at < chunk ? len - at : chunk;
		if (at < handover && handover - at < n)
			n = handover - at;
		if (n == 0)
			break;
		detect_feed(v->detect, console + at, n, 0, on_event, v);
		at += n;
	}
	detect_end(v->detect, DETECT_END_DEADLINE, on_event, v);
}

static bool same_text(const char *a, const char *b)
{
	return !a || !b ? a == b : strcmp(a, b) == 0;
}

static void compare(const struct evidence *a, const struct evidence *b)
{
	bool same = a->done_text == b->done_text && a->outcome == b->outcome &&
		    a->boots == b->boots && a->fatal == b->fatal && a->end == b->end &&
		    a->speech.own_boots == b->speech.own_boots &&
		    a->speech.own_reset == b->speech.own_reset &&
		    a->speech.proven == b->speech.proven &&
		    same_text(a->speech.another, b->speech.another) &&
		    a->splats_count == b->splats_count && a->tests_count == b->tests_count;
	for (size_t i = 0; same && i < a->splats_count; i++)
		same = a->splats[i].of_payload == b->splats[i].of_payload &&
		       a->splats[i].of_another == b->splats[i].of_another;
	if (!same || (a->done_text && !a->from_handover && a->boots == 0))
		abort();
}

static void check_last_line(const char *bytes, size_t len)
{
	char line[WATCH_LINE_SIZE];
	watch_last_line(bytes, len, line);
	if (!utf8_valid(line, strlen(line)))
		abort();
	for (const char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			abort();
}

static void check_doubt(const char *bytes, size_t len)
{
	char line[DOUBT_SIZE];
	char *text = malloc(len + 1);
	memcpy(text, bytes, len);
	text[len] = '\0';
	if (doubt_find(text, line) && !line[0])
		abort();
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 4 || size > 20000)
		return 0;
	const char *console = (const char *)data + 4;
	size_t len = size - 4, handover = (size_t)data[0] << 8 | data[1];
	const struct banners payload = {.items = {(char *)(uintptr_t)NAME}, .count = data[3] & 1};
	struct variant_config variant = {.arguments = "console=ttyAMA0 marker=all-done"};
	const struct job_config job = {
	    .payload = {.kind = data[3] & 4 ? PAYLOAD_FIRMWARE : PAYLOAD_KERNEL},
	    .done = {.text = "all-done", .from_handover = data[3] & 2},
	    .variants = &variant,
	    .variants_count = 1};
	struct view live = {.live = true}, again = {0};
	look(&live, &job, &payload, console, len, handover % (len + 1), 1 + data[2]);
	look(&again, &job, &payload, console, len, handover % (len + 1), SIZE_MAX);
	compare(&live.evidence, &again.evidence);
	evidence_deinit(&live.evidence);
	evidence_deinit(&again.evidence);
	detect_free(live.detect);
	detect_free(again.detect);
	check_last_line(console, len);
	check_doubt(console, len);
	return 0;
}
