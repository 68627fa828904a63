// SPDX-License-Identifier: GPL-2.0-or-later
// Evidence in a test: of text that the detector reads, and of single events.
#ifndef UNIT_RUN_EVIDENCE_H
#define UNIT_RUN_EVIDENCE_H

#include "unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "run/evidence.h"

struct scene {
	struct job_config job;
	struct evidence evidence;
	struct detect *detect;
	unsigned lines;
};

static inline void on_event(const struct detect_event *event, void *arg)
{
	struct scene *s = arg;
	s->lines += event->kind == DETECT_LINE;
	evidence_take(event, &s->evidence);
	detect_want(s->detect, evidence_wants(&s->evidence));
}

static inline void scene_init(struct scene *s, const char *done)
{
	*s = (struct scene){.job = {.done = {.text = (char *)(uintptr_t)done}}};
	evidence_init(&s->evidence, &s->job, NULL);
	assert_null(detect_new(NULL, &s->detect));
}

static inline void scene_deinit(struct scene *s)
{
	evidence_deinit(&s->evidence);
	detect_free(s->detect);
}

static inline void say(struct scene *s, const char *text)
{
	detect_feed(s->detect, text, strlen(text), 0, on_event, s);
}

// Evidence of a firmware that was handed over at byte 100; events come one by one.
static inline void events_init(struct scene *s)
{
	*s = (struct scene){.job = {.payload = {.kind = PAYLOAD_FIRMWARE}}};
	evidence_init(&s->evidence, &s->job, NULL);
	s->evidence.speech.handover = 100;
}

static inline struct detect_view view(const char *text)
{
	return (struct detect_view){text, strlen(text)};
}

static inline void take_splat(struct scene *s, struct detect_splat splat)
{
	struct detect_event event = {.kind = DETECT_SPLAT_CLOSE, .splat = splat};
	evidence_take(&event, &s->evidence);
}

// "kind key=value key=value", at byte `byte` of line `line`; the checksum is right.
static inline struct detect_event record_event(const char *text, uint64_t line, uint64_t byte,
					       char words[256], struct detect_pair pairs[16])
{
	snprintf(words, 256, "%s", text);
	char *rest, *word = strtok_r(words, " ", &rest);
	struct detect_event event = {.kind = DETECT_RECORD,
				     .record = {.at = {.line = line, .byte = byte},
						.kind = view(word),
						.pairs = pairs,
						.checksum_ok = true,
						.stream_ok = true}};
	while ((word = strtok_r(NULL, " ", &rest))) {
		char *value = strchr(word, '=');
		*value++ = '\0';
		pairs[event.record.pairs_count++] = (struct detect_pair){view(word), view(value)};
	}
	return event;
}

static inline void take_record(struct scene *s, const char *text)
{
	char words[256];
	struct detect_pair pairs[16];
	struct detect_event event = record_event(text, 7, 100, words, pairs);
	evidence_take(&event, &s->evidence);
}

static inline void take_test(struct scene *s, enum detect_test_format format, const char *path,
			     const char *diagnostic, uint64_t byte)
{
	struct detect_event event = {.kind = DETECT_TEST,
				     .test = {.at = {.line = 9, .byte = byte},
					      .format = format,
					      .result = DETECT_TEST_FAIL,
					      .path = view(path),
					      .diagnostic = view(diagnostic)}};
	evidence_take(&event, &s->evidence);
}

static inline void take_line(struct scene *s, const char *text, uint64_t line)
{
	struct detect_event event = {
	    .kind = DETECT_LINE,
	    .line = {.at = {.line = line, .byte = 100}, .text = view(text), .kernel_us = -1}};
	evidence_take(&event, &s->evidence);
}

static inline void assert_number(double value, double wanted)
{
	if (isnan(wanted) ? !isnan(value) : !(fabs(value - wanted) <= 1e-9 * fabs(wanted)))
		fail_msg("%g, wanted %g", value, wanted);
}

#endif
