// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/events.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "record/layout.h"
#include "text/json_text.h"

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
static void write_line(struct events *e, json_t *object)
{
	double t = (double)(clock_monotonic_ns() - e->start_ns) / (double)NS_PER_S;
	json_object_set_new(object, "t", json_real(t));
	char *line = e->failed ? NULL : json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(object);
	if (!line)
		return;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, line);
	buffer_append_str(&text, "\n");
	free(line);
	CLEANUP_ERROR struct error *error =
	    file_write_all(e->fd, text.data, text.len, LAYOUT_EVENTS);
	e->failed = error != NULL;
	e->bytes += text.len;
}

// `limit`: bytes from which on such an event is left out.
static void events_write(struct events *e, json_t *object, size_t limit)
{
	if (e->bytes < limit) {
		write_line(e, object);
		return;
	}
	json_decref(object);
	if (!e->limited)
		write_line(
		    e, json_pack("{s:s, s:I}", "event", "limit", "bytes", (json_int_t)e->bytes));
	e->limited = true;
}

void events_state(struct events *e, const char *state, const char *detail)
{
	json_t *o = json_pack("{s:s, s:s}", "event", "state", "state", state);
	if (detail)
		json_object_set_new(o, "detail", json_text(detail, strlen(detail)));
	events_write(e, o, 2 * EVENTS_LIMIT);
}

void events_handover(struct events *e, uint64_t byte)
{
	events_write(e, json_pack("{s:s, s:I}", "event", "handover", "byte", (json_int_t)byte),
		     SIZE_MAX);
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
		if (!strstr(line, "\"handover\"")) // most lines are something else
			continue;
		json_t *o = json_loads(line, 0, NULL);
		const char *event = json_string_value(json_object_get(o, "event"));
		json_int_t n = json_integer_value(json_object_get(o, "byte"));
		if (event && strcmp(event, "handover") == 0 && n >= 0)
			byte = (uint64_t)n;
		json_decref(o);
	}
	return byte;
}

static json_t *view_json(struct detect_view v)
{
	return json_text(v.ptr ? v.ptr : "", v.len);
}

static void write_splat(struct events *e, const struct detect_splat *s)
{
	char sig[17];
	snprintf(sig, sizeof(sig), "%016llx", (unsigned long long)s->sig2);
	events_write(e,
		     json_pack("{s:s, s:I, s:s, s:s, s:o, s:o, s:s, s:i, s:b}", "event", "splat",
			       "line", (json_int_t)s->header.line, "class", s->class_name, "sub",
			       s->sub, "func", view_json(s->func), "title", view_json(s->title),
			       "sig2", sig, "severity", s->severity, "fatal", s->fatal),
		     EVENTS_LIMIT);
}

static void write_boot(struct events *e, const struct detect_boot *b)
{
	bool state = b->what == DETECT_BOOT_STATE;
	if (b->what == DETECT_BOOT_GOES_ON)
		return;
	events_write(
	    e,
	    json_pack("{s:s, s:s, s:i}", "event", "boot", state ? "state" : "outcome",
		      state ? detect_state_name(b->state) : detect_outcome_name(b->outcome),
		      "attempt", (int)b->attempt),
	    EVENTS_LIMIT);
}

static void write_record(struct events *e, const struct detect_record *r)
{
	events_write(e,
		     json_pack("{s:s, s:o, s:o}", "event", "record", "kind", view_json(r->kind),
			       "text", view_json(r->text)),
		     EVENTS_LIMIT);
}

static void write_test(struct events *e, const struct detect_test *t)
{
	events_write(e,
		     json_pack("{s:s, s:o, s:s}", "event", "test", "path", view_json(t->path),
			       "result", detect_test_result_name(t->result)),
		     EVENTS_LIMIT);
}

void events_detect(struct events *e, const struct detect_event *event)
{
	switch (event->kind) {
	case DETECT_SPLAT_CLOSE:
		write_splat(e, &event->splat);
		break;
	case DETECT_BOOT:
		write_boot(e, &event->boot);
		break;
	case DETECT_RECORD:
		write_record(e, &event->record);
		break;
	case DETECT_TEST:
		write_test(e, &event->test);
		break;
	default:
		break;
	}
}

void events_verdict(struct events *e, const struct judgement *j)
{
	events_write(e,
		     json_pack("{s:s, s:s, s:o}", "event", "verdict", "verdict",
			       status_name(j->verdict), "reason",
			       json_text(j->reason, strlen(j->reason))),
		     SIZE_MAX);
}
