// SPDX-License-Identifier: GPL-2.0-or-later
#include "lava/log.h"

#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "lava/record.h"
#include "lava/undo.h"

enum { STRAY_MAX = 4096, VERSION_MAX = 64 };

struct lava_log {
	struct lava_log_events events;
	struct buffer rest; // begin of a line whose end has not come
	bool overlong;      // that line is past LAVA_LINE_MAX: what comes is dropped up to its end
	struct lava_record_room room;
	struct lava_undo undo;
	char version[VERSION_MAX];
};

struct lava_log *lava_log_new(const struct lava_log_events *events)
{
	struct lava_log *l = memory_new(1, sizeof(*l));
	l->events = *events;
	if (!l->events.name_space)
		l->events.name_space = "common";
	return l;
}

void lava_log_free(struct lava_log *l)
{
	if (!l)
		return;
	buffer_deinit(&l->rest);
	buffer_deinit(&l->room.text);
	lava_undo_deinit(&l->undo);
	free(l);
}

const char *lava_log_version(const struct lava_log *l)
{
	return l->version;
}

static void note_version(struct lava_log *l, struct lava_text message)
{
	static const char label[] = "lava-dispatcher, installed at version: ";
	size_t label_len = sizeof(label) - 1;
	if (message.len <= label_len || memcmp(message.ptr, label, label_len) != 0)
		return;
	size_t len = message.len - label_len;
	len = len < VERSION_MAX - 1 ? len : VERSION_MAX - 1;
	memcpy(l->version, message.ptr + label_len, len);
	l->version[len] = '\0';
	lava_undo_version(&l->undo, l->version);
}

static bool is_console(const struct lava_log *l, const struct lava_record *r)
{
	return r->level == LAVA_TARGET ||
	       (r->level == LAVA_FEEDBACK &&
		(!r->name_space.ptr || lava_text_is(r->name_space, l->events.name_space)));
}

static void take_record(struct lava_log *l, const struct lava_record *r)
{
	if (r->level == LAVA_INFO && !l->version[0])
		note_version(l, r->message);
	if (l->events.record)
		l->events.record(l->events.arg, r);
	if (r->level == LAVA_INPUT && r->message.ptr)
		lava_undo_input(&l->undo, r->message);
	if (!is_console(l, r) || !r->message.ptr)
		return;
	lava_undo_line(&l->undo, r->message);
	if (l->undo.line.len > 0)
		l->events.console(l->events.arg, l->undo.line.data, l->undo.line.len);
}

static void take_line(struct lava_log *l, const char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r')
		len--;
	// A server's log is one list.
	if (len >= 2 && line[0] == '-' && line[1] == ' ') {
		line += 2;
		len -= 2;
	}
	if (len == 0)
		return;
	struct lava_record record;
	lava_record_parse(line, len, &l->room, &record);
	if (record.level == LAVA_STRAY && record.message.len > STRAY_MAX)
		record.message.len = STRAY_MAX;
	take_record(l, &record);
}

// Keeps the begin of a line, or drops what goes past the longest one.
static void keep_rest(struct lava_log *l, const char *bytes, size_t len)
{
	if (l->overlong)
		return;
	size_t room = LAVA_LINE_MAX - l->rest.len;
	l->overlong = len > room;
	buffer_append(&l->rest, bytes, len < room ? len : room);
}

static void end_rest(struct lava_log *l)
{
	if (l->overlong)
		l->rest.data[0] = '?'; // whatever it was, it is none now
	take_line(l, l->rest.data, l->rest.len);
	l->overlong = false;
	buffer_truncate(&l->rest, 0);
}

void lava_log_feed(struct lava_log *l, const void *bytes, size_t len)
{
	const char *at = bytes;
	const char *end = at + len;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline) {
			keep_rest(l, at, (size_t)(end - at));
			return;
		}
		if (l->rest.len > 0) {
			keep_rest(l, at, (size_t)(newline - at));
			end_rest(l);
		} else if ((size_t)(newline - at) > LAVA_LINE_MAX) {
			keep_rest(l, at, (size_t)(newline - at));
			end_rest(l);
		} else {
			take_line(l, at, (size_t)(newline - at));
		}
		at = newline + 1;
	}
}

void lava_log_end(struct lava_log *l)
{
	if (l->rest.len > 0)
		end_rest(l);
}
