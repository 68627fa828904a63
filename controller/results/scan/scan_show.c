// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "results/scan/scan.h"

#define WINDOW_MAX (1u << 20) // bytes kept to show reports from

static void drop_waiting(struct scan_show *s)
{
	for (size_t i = 0; i < s->waiting_count; i++)
		free(s->waiting[i].text);
	s->waiting_count = 0;
}

void scan_show_begin(struct scan_show *s, const char *file)
{
	drop_waiting(s); // of a file that could not be read to its end
	s->file = file;
	s->next_id = 1;
	s->splats = s->roots = s->tests = s->failed = 0;
	memset(s->of_severity, 0, sizeof(s->of_severity));
	scan_rank_deinit(&s->rank);
	buffer_truncate(&s->failures, 0);
	s->window_start = 0;
	s->last_line = 0;
	buffer_truncate(&s->window, 0);
}

void scan_show_deinit(struct scan_show *s)
{
	drop_waiting(s);
	free(s->waiting);
	s->waiting = NULL;
	buffer_deinit(&s->window);
	buffer_deinit(&s->failures);
	scan_rank_deinit(&s->rank);
}

void scan_show_bytes(struct scan_show *s, const void *bytes, size_t len)
{
	if (s->options->json || s->options->explain)
		return;
	size_t keep = WINDOW_MAX / 2;
	if (s->window.len + len > WINDOW_MAX && s->window.len > keep) {
		size_t drop = s->window.len - keep;
		memmove(s->window.data, s->window.data + drop, keep);
		buffer_truncate(&s->window, keep);
		s->window_start += drop;
	}
	buffer_append(&s->window, bytes, len);
}

// Bytes of the file between two offsets, as far as the window still has them.
static struct detect_view window_view(const struct scan_show *s, uint64_t from, uint64_t to)
{
	uint64_t end = s->window_start + s->window.len;
	if (from < s->window_start)
		from = s->window_start;
	if (to > end)
		to = end;
	if (from >= to)
		return (struct detect_view){0};
	return (struct detect_view){s->window.data + (from - s->window_start), (size_t)(to - from)};
}

// ---- reports in the order of their headers ------------------------------------------------------

static void show_ready(struct scan_show *s)
{
	for (size_t i = 0; i < s->waiting_count;) {
		struct scan_waiting *w = &s->waiting[i];
		if (w->id != s->next_id) {
			i++;
			continue;
		}
		if (w->text)
			fputs(w->text, s->out);
		free(w->text);
		*w = s->waiting[--s->waiting_count];
		s->next_id++;
		i = 0;
	}
}

static void wait_turn(struct scan_show *s, uint32_t id, struct buffer *text)
{
	struct scan_waiting waiting = {.id = id, .text = text ? buffer_steal(text) : NULL};
	s->waiting = memory_grow(s->waiting, s->waiting_count + 1, sizeof(*s->waiting));
	s->waiting[s->waiting_count++] = waiting;
	show_ready(s);
}

// ---- events -------------------------------------------------------------------------------------

static void count_splat(struct scan_show *s, const struct detect_splat *splat)
{
	s->splats++;
	if (splat->severity < 2)
		return;
	s->findings++;
	s->roots += !splat->folded_into;
	if (!splat->folded_into && splat->severity <= 5)
		s->of_severity[splat->severity]++;
}

static void show_splat(struct scan_show *s, const struct detect_splat *splat)
{
	CLEANUP_BUFFER struct buffer head = {0}, body = {0};
	count_splat(s, splat);
	if (s->options->json) {
		scan_json_splat(&head, s->file, splat);
		wait_turn(s, splat->id, &head);
		return;
	}
	scan_text_head(&head, s->options, s->file, splat);
	scan_text_body(&body, s->options, splat,
		       window_view(s, splat->first.byte, splat->last.end));
	if (!s->options->live) {
		scan_rank_add(&s->rank, splat, s->options->full, &head, &body);
		return;
	}
	buffer_append_str(&head, "\n");
	buffer_append(&head, body.data, body.len);
	wait_turn(s, splat->id, &head);
}

static void show_test(struct scan_show *s, const struct detect_test *test)
{
	CLEANUP_BUFFER struct buffer text = {0};
	s->tests++;
	if (test->result != DETECT_TEST_FAIL && test->result != DETECT_TEST_ERROR &&
	    test->result != DETECT_TEST_INCOMPLETE)
		return;
	s->failed++;
	s->failed_tests++;
	if (s->options->json)
		scan_json_test(&text, s->file, test);
	else
		scan_text_test(&text, s->options, s->file, test);
	if (s->options->json || s->options->live)
		fputs(buffer_str(&text), s->out);
	else
		buffer_append(&s->failures, text.data, text.len);
}

// "FILE: boot panic, 5 reports (2 findings: 1 of severity 5, 1 of severity 3), 1 of 9 tests failed"
static void put_summary(const struct scan_show *s, const struct detect_boot *boot,
			struct buffer *out)
{
	scan_text_file(out, s->file);
	buffer_printf(out, ": boot %s", detect_outcome_name(boot->outcome));
	if (boot->boots != 1)
		buffer_printf(out, " after %u kernel starts", boot->boots);
	buffer_printf(out, ", %" PRIu32 " report%s", s->splats, s->splats == 1 ? "" : "s");
	if (s->splats)
		buffer_printf(out, " (%" PRIu32 " finding%s", s->roots, s->roots == 1 ? "" : "s");
	const char *between = ":";
	for (int severity = 5; severity >= 2; severity--) {
		if (s->of_severity[severity] == 0)
			continue;
		buffer_printf(out, "%s %" PRIu32 " of severity %d", between,
			      s->of_severity[severity], severity);
		between = ",";
	}
	if (s->splats)
		buffer_append_str(out, ")");
	if (s->tests)
		buffer_printf(out, ", %" PRIu32 " of %" PRIu32 " tests failed", s->failed,
			      s->tests);
	buffer_append_str(out, "\n");
}

// The end of a file: the counts on top, then the worst first.
static void show_boot(struct scan_show *s, const struct detect_boot *boot)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (s->options->json) {
		scan_json_boot(&text, s->file, boot);
	} else {
		put_summary(s, boot, &text);
		scan_rank_write(&s->rank, &text);
		buffer_append(&text, s->failures.data, s->failures.len);
		scan_rank_deinit(&s->rank);
	}
	fputs(buffer_str(&text), s->out);
}

static void show_explain(struct scan_show *s, const struct detect_explain *e)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (e->at.line > s->last_line)
		s->last_line = e->at.line;
	if (e->at.line != s->options->explain)
		return;
	scan_text_explain(&text, s->file, e);
	fputs(buffer_str(&text), s->out);
}

void scan_show_event(const struct detect_event *event, void *arg)
{
	struct scan_show *s = arg;
	switch (event->kind) {
	case DETECT_SPLAT_CLOSE:
		show_splat(s, &event->splat);
		break;
	case DETECT_SPLAT_VOID:
		wait_turn(s, event->splat.id, NULL);
		break;
	case DETECT_TEST:
		show_test(s, &event->test);
		break;
	case DETECT_BOOT:
		if (event->boot.what == DETECT_BOOT_FINAL)
			show_boot(s, &event->boot);
		break;
	case DETECT_EXPLAIN:
		show_explain(s, &event->explain);
		break;
	default:
		break;
	}
}

unsigned scan_show_mask(const struct scan_options *options)
{
	if (options->explain)
		return DETECT_MASK(DETECT_EXPLAIN);
	return DETECT_MASK(DETECT_SPLAT_CLOSE) | DETECT_MASK(DETECT_SPLAT_VOID) |
	       DETECT_MASK(DETECT_TEST) | DETECT_MASK(DETECT_BOOT);
}

void scan_show_end(struct scan_show *s)
{
	s->file = NULL;
}
