// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "record/event.h"
#include "record/layout.h"

// A console that says nothing but reports must not fill the disk a second time: run.json counts
// them anyway.
#define EVENTS_LIMIT (4u << 20)

struct error *events_init(struct events *e, const char *run_dir, int64_t start_ns)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_EVENTS);
	*e = (struct events){.start_ns = start_ns};
	e->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (e->fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	off_t size = lseek(e->fd, 0, SEEK_END); // of a worker that died
	e->bytes = size > 0 ? (size_t)size : 0;
	return NULL;
}

void events_deinit(struct events *e)
{
	if (e)
		cleanup_close(&e->fd);
}

// An event that cannot be written is not worth the run: the console is the evidence.
static void write_line(struct events *e, struct event *event)
{
	// To the microsecond.
	event->t = (double)((clock_monotonic_ns() - e->start_ns) / 1000) / 1e6;
	CLEANUP_BUFFER struct buffer text = {0};
	if (e->failed)
		return;
	json_fields_print_line(&event_document, event, &text);
	CLEANUP_ERROR struct error *error =
	    file_write_all(e->fd, text.data, text.len, LAYOUT_EVENTS);
	e->failed = error != NULL;
	e->bytes += text.len;
}

// `limit`: bytes from which on such an event is left out.
static void events_write(struct events *e, struct event event, size_t limit)
{
	if (e->bytes < limit) {
		write_line(e, &event);
		return;
	}
	struct event end = event_of("limit");
	end.bytes = (int64_t)e->bytes;
	if (!e->limited)
		write_line(e, &end);
	e->limited = true;
}

void events_state(struct events *e, const char *state, const char *detail)
{
	struct event event = event_of(EVENT_STATE);
	event.state = state;
	event.detail = detail;
	events_write(e, event, 2 * EVENTS_LIMIT);
}

void events_handover(struct events *e, uint64_t byte)
{
	struct event event = event_of(EVENT_HANDOVER);
	event.byte = (int64_t)byte;
	events_write(e, event, SIZE_MAX);
}

uint64_t events_find_handover(const char *run_dir)
{
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_EVENTS);
	int fd = -1;
	error_free(file_open_regular(path, ERROR_SYSTEM, &fd));
	CLEANUP_FCLOSE FILE *f = fd < 0 ? NULL : fdopen(fd, "re");
	CLEANUP_FREE char *line = NULL;
	size_t size = 0;
	uint64_t byte = UINT64_MAX;
	while (f && getline(&line, &size, f) > 0) {
		if (!strstr(line, "\"" EVENT_HANDOVER "\"")) // most lines are something else
			continue;
		CLEANUP_ARENA struct arena arena = {0};
		struct event event;
		if (event_parse(line, strlen(line), &arena, &event) && event.byte >= 0 &&
		    strcmp(event.event, EVENT_HANDOVER) == 0)
			byte = (uint64_t)event.byte;
	}
	return byte;
}

static const char *view_text(struct arena *a, struct detect_view v)
{
	return arena_strndup(a, v.ptr ? v.ptr : "", v.len);
}

static struct event splat_event(const struct detect_splat *s, struct arena *a)
{
	char sig[17];
	snprintf(sig, sizeof(sig), "%016llx", (unsigned long long)s->sig2);
	struct event event = event_of("splat");
	event.line = (int64_t)s->header.line;
	event.class = s->class_name;
	event.sub = s->sub;
	event.func = view_text(a, s->func);
	event.title = view_text(a, s->title);
	event.sig2 = arena_strndup(a, sig, strlen(sig));
	event.severity = s->severity;
	event.fatal = s->fatal;
	return event;
}

static struct event boot_event(const struct detect_boot *b)
{
	struct event event = event_of("boot");
	if (b->what == DETECT_BOOT_STATE)
		event.state = detect_state_name(b->state);
	else
		event.outcome = detect_outcome_name(b->outcome);
	event.attempt = b->attempt;
	return event;
}

static struct event record_event(const struct detect_record *r, struct arena *a)
{
	struct event event = event_of("record");
	event.kind = view_text(a, r->kind);
	event.text = view_text(a, r->text);
	return event;
}

static struct event test_event(const struct detect_test *t, struct arena *a)
{
	struct event event = event_of("test");
	event.path = view_text(a, t->path);
	event.result = detect_test_result_name(t->result);
	return event;
}

void events_detect(struct events *e, const struct detect_event *event)
{
	CLEANUP_ARENA struct arena arena = {0};
	if (e->limited)
		return;
	switch (event->kind) {
	case DETECT_SPLAT_CLOSE:
		events_write(e, splat_event(&event->splat, &arena), EVENTS_LIMIT);
		break;
	case DETECT_BOOT:
		if (event->boot.what != DETECT_BOOT_GOES_ON)
			events_write(e, boot_event(&event->boot), EVENTS_LIMIT);
		break;
	case DETECT_RECORD:
		events_write(e, record_event(&event->record, &arena), EVENTS_LIMIT);
		break;
	case DETECT_TEST:
		events_write(e, test_event(&event->test, &arena), EVENTS_LIMIT);
		break;
	default:
		break;
	}
}

void events_verdict(struct events *e, const struct judgement *j)
{
	struct event event = event_of("verdict");
	event.verdict = j->verdict;
	event.reason = j->reason;
	events_write(e, event, SIZE_MAX);
}
