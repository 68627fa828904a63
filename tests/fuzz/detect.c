// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes: no crash, the same events whatever the chunks and pauses, every report that is opened
// is closed or taken back, in bounded memory. The first two bytes choose the chunks.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "detect/detect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct tally {
	uint64_t hash;
	uint32_t open, last_id;
	bool final;
};

static void add(struct tally *t, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i < len; i++)
		t->hash = (t->hash ^ p[i]) * UINT64_C(0x100000001b3);
}

static void add_view(struct tally *t, struct detect_view v)
{
	add(t, &v.len, sizeof(v.len));
	if (v.len)
		add(t, v.ptr, v.len); // reads it: the sanitizer checks that it is there
}

static void add_splat(struct tally *t, const struct detect_splat *s)
{
	add(t, &s->id, sizeof(s->id));
	add(t, &s->header, sizeof(s->header));
	add(t, &s->last, sizeof(s->last));
	add(t, &s->sig1, sizeof(s->sig1));
	add(t, &s->sig2, sizeof(s->sig2));
	add(t, &s->sig3, sizeof(s->sig3));
	add(t, &s->folded_into, sizeof(s->folded_into));
	add(t, s->sub, strlen(s->sub));
	const struct detect_view views[] = {
	    s->func,     s->file,    s->title, s->message, s->rule, s->comm,      s->taint,
	    s->hardware, s->release, s->panic, s->pc,      s->lr,   s->workqueue, s->during_test,
	};
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		add_view(t, views[i]);
	for (size_t i = 0; i < s->frames_count; i++) {
		add_view(t, s->frames[i].symbol);
		add_view(t, s->frames[i].module);
	}
	if (s->title.len > 120 || s->severity < 0 || s->severity > 5 ||
	    s->frames_count > DETECT_FRAMES_MAX || s->header.byte > s->last.end)
		abort();
}

static void on_event(const struct detect_event *event, void *arg)
{
	struct tally *t = arg;
	if (t->final)
		abort(); // nothing follows the final outcome
	switch (event->kind) {
	case DETECT_SPLAT_OPEN:
		if (event->splat.id != t->last_id + 1)
			abort();
		t->last_id++;
		t->open++;
		add_splat(t, &event->splat);
		break;
	case DETECT_SPLAT_CLOSE:
	case DETECT_SPLAT_VOID:
		if (t->open-- == 0)
			abort();
		add_splat(t, &event->splat);
		break;
	case DETECT_RECORD:
		add_view(t, event->record.text);
		for (size_t i = 0; i < event->record.pairs_count; i++)
			add_view(t, event->record.pairs[i].value);
		break;
	case DETECT_TEST:
		add_view(t, event->test.path);
		add_view(t, event->test.diagnostic);
		break;
	case DETECT_NOTE:
		add_view(t, event->note.text);
		break;
	case DETECT_BOOT:
		if (event->boot.what == DETECT_BOOT_FINAL) {
			t->final = true;
			add(t, &event->boot.outcome, sizeof(event->boot.outcome));
			add(t, &event->boot.boots, sizeof(event->boot.boots));
		}
		break;
	default:
		break;
	}
}

static struct tally run(const uint8_t *data, size_t size, size_t chunk, bool pauses)
{
	static const struct detect_literal literals[] = {
	    {.text = "tea {n} ready", .severity = 3, .class_name = "kitchen"},
	    {.text = "farm> ",
	     .anchored = true,
	     .role = DETECT_LITERAL_STATE,
	     .state = DETECT_STATE_READY},
	};
	struct detect_config config = {.literals = literals, .literals_count = 2};
	struct tally t = {.hash = UINT64_C(0xcbf29ce484222325)};
	struct detect *d;
	struct error *e = detect_new(&config, &d);
	if (e)
		abort();
	int64_t now = 0;
	for (size_t at = 0; at < size; at += chunk) {
		size_t n = size - at < chunk ? size - at : chunk;
		uint8_t *copy = malloc(n); // exactly so long, and gone behind the call
		memcpy(copy, data + at, n);
		detect_feed(d, copy, n, now, on_event, &t);
		free(copy);
		if (pauses) {
			now += INT64_C(10000000000);
			detect_tick(d, now, on_event, &t);
		}
	}
	detect_end(d, DETECT_END_CLOSED, on_event, &t);
	detect_free(d);
	if (t.open != 0 || !t.final)
		abort();
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3)
		return 0;
	size_t chunk = 1 + data[0] % 97;
	bool pauses = data[1] & 1;
	data += 2;
	size -= 2;
	struct tally whole = run(data, size, size, false);
	struct tally parts = run(data, size, chunk, pauses);
	if (whole.hash != parts.hash)
		abort();
	return 0;
}
