// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/detect_collect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VIEW_ARGS(v) (int)(v).len, (v).ptr ? (v).ptr : ""

static void keep_splat(struct collected *c, const char *what, const struct detect_splat *s)
{
	buffer_printf(&c->text,
		      "%s %" PRIu32 " line %" PRIu64 "-%" PRIu64 " bytes %" PRIu64 "-%" PRIu64
		      " %s.%s sev%d func %.*s file %.*s title %.*s sig %016" PRIx64 "\n",
		      what, s->id, s->header.line, s->last.line, s->first.byte, s->last.end,
		      s->class_name, s->sub, s->severity, VIEW_ARGS(s->func), VIEW_ARGS(s->file),
		      VIEW_ARGS(s->title), s->sig1);
}

static void keep_close(struct collected *c, const struct detect_splat *s)
{
	keep_splat(c, "close", s);
	buffer_printf(&c->text,
		      "  %s%s%s%s%s%sclose %s folded %" PRIu64 " cpu %d pid %" PRId64
		      " comm %.*s taint %.*s esr %" PRIx64 " sig2 %016" PRIx64 " sig3 %016" PRIx64
		      " frames %zu test (%.*s) message %.*s\n",
		      s->complete ? "complete " : "", s->damaged ? "damaged " : "",
		      s->mixed ? "mixed " : "", s->glued ? "glued " : "",
		      s->suspect ? "suspect " : "", s->bbm_violation ? "bbm " : "",
		      detect_close_name(s->close), s->folded_into, s->cpu, s->pid,
		      VIEW_ARGS(s->comm), VIEW_ARGS(s->taint), s->esr, s->sig2, s->sig3,
		      s->frames_count, VIEW_ARGS(s->during_test), VIEW_ARGS(s->message));
	buffer_printf(&c->closes, "%" PRIu64 " %s%s%s %d %.*s|%.*s\n", s->header.line,
		      s->class_name, *s->sub ? "." : "", s->sub, s->severity, VIEW_ARGS(s->func),
		      VIEW_ARGS(s->title));
	if (c->closed < 64) {
		c->sig1[c->closed] = s->sig1;
		c->sig2[c->closed] = s->sig2;
		c->sig3[c->closed] = s->sig3;
	}
	c->closed++;
	c->folded += s->folded_into != 0;
}

static void keep_boot(struct collected *c, const struct detect_boot *b)
{
	static const char *const names[] = {"state", "attempt", "goes-on", "final"};
	buffer_printf(&c->text, "boot %s %s %s attempt %u boots %u line %" PRIu64 "\n",
		      names[b->what], detect_state_name(b->state), detect_outcome_name(b->outcome),
		      b->attempt, b->boots, b->at.line);
	if (b->what == DETECT_BOOT_FINAL) {
		c->outcome = b->outcome;
		c->boots = b->boots;
		c->state = b->state;
	}
}

static void on_event(const struct detect_event *event, void *arg)
{
	struct collected *c = arg;
	switch (event->kind) {
	case DETECT_LINE:
		if (!event->line.partial)
			buffer_printf(&c->text, "line %" PRIu64 " %.*s\n", event->line.at.line,
				      VIEW_ARGS(event->line.text));
		break;
	case DETECT_SPLAT_OPEN:
		c->opens++;
		keep_splat(c, "open", &event->splat);
		break;
	case DETECT_SPLAT_CLOSE:
		keep_close(c, &event->splat);
		break;
	case DETECT_SPLAT_VOID:
		c->voids++;
		buffer_printf(&c->text, "void %" PRIu32 "\n", event->splat.id);
		break;
	case DETECT_BOOT:
		keep_boot(c, &event->boot);
		break;
	case DETECT_RECORD:
		c->records++;
		buffer_printf(&c->text, "record %.*s q%" PRIu32 "%s%s%s missing %" PRIu32 "\n",
			      VIEW_ARGS(event->record.kind), event->record.q,
			      event->record.checksum_ok ? " sum" : "",
			      event->record.sequence_ok ? " seq" : "",
			      event->record.stream_ok ? " stream" : "", event->record.missing);
		break;
	case DETECT_TEST:
		c->tests++;
		buffer_printf(&c->text, "test %s %.*s (%.*s)\n",
			      detect_test_result_name(event->test.result),
			      VIEW_ARGS(event->test.path), VIEW_ARGS(event->test.diagnostic));
		break;
	case DETECT_NOTE:
		c->notes++;
		buffer_printf(&c->text, "note %d count %" PRIu64 " line %" PRIu64 "\n",
			      (int)event->note.kind, event->note.count, event->note.at.line);
		break;
	case DETECT_EXPLAIN:
		break;
	}
}

void collect(const char *bytes, size_t len, const struct collect_options *options,
	     struct collected *out)
{
	struct detect *d;
	struct error *e = detect_new(&options->config, &d);
	*out = (struct collected){0};
	if (e) {
		fprintf(stderr, "%s\n", error_text(e));
		abort();
	}
	size_t chunk = options->chunk ? options->chunk : len;
	int64_t now = 0;
	for (size_t at = 0; at < len; at += chunk) {
		// A copy of exactly this size: the sanitizer sees any read behind it.
		size_t n = len - at < chunk ? len - at : chunk;
		char *copy = malloc(n);
		memcpy(copy, bytes + at, n);
		detect_feed(d, copy, n, now, on_event, out);
		free(copy);
		if (options->ticks) {
			now += INT64_C(60000000000);
			detect_tick(d, now, on_event, out);
		}
	}
	detect_end(d, options->reason, on_event, out);
	detect_free(d);
}

void collect_text(const char *text, struct collected *out)
{
	collect(text, strlen(text), &(struct collect_options){0}, out);
}

void collected_deinit(struct collected *c)
{
	buffer_deinit(&c->text);
	buffer_deinit(&c->closes);
}
