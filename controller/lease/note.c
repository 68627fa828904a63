// SPDX-License-Identifier: GPL-2.0-or-later
#include "lease/note.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/memory.h"
#include "text/json_text.h"

// 2^53: what a JSON number keeps exactly, whoever reads it. A larger fence is nobody's.
#define FENCE_LIMIT (UINT64_C(1) << 53)

void lease_note_deinit(struct lease_note *n)
{
	free(n->board);
	free(n->where);
	free(n->why);
	free(n->may_be_on);
	*n = (struct lease_note){0};
}

// ---- writing ------------------------------------------------------------------------------------

static void set_text(json_t *o, const char *key, const char *text)
{
	if (text)
		json_object_set_new(o, key, json_text(text, strlen(text)));
}

static char *dump(const struct lease_note *n, bool with_where, bool with_on)
{
	json_t *o =
	    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "fence", (json_int_t)n->fence, "uid",
		      (json_int_t)n->uid, "pid", (json_int_t)n->pid, "start", (json_int_t)n->start,
		      "since", (json_int_t)n->since_ns, "until", (json_int_t)n->until_ns);
	set_text(o, "board", n->board);
	set_text(o, "why", n->why);
	if (with_where)
		set_text(o, "where", n->where);
	if (with_on)
		set_text(o, "may_be_on", n->may_be_on);
	char *text = json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER);
	json_decref(o);
	return text;
}

void lease_note_write(const struct lease_note *n, char out[LEASE_NOTE_SIZE])
{
	CLEANUP_FREE char *text = dump(n, true, true);
	if (!text || strlen(text) >= LEASE_NOTE_SIZE) {
		free(text);
		text = dump(n, true, false);
	}
	if (!text || strlen(text) >= LEASE_NOTE_SIZE) {
		free(text);
		const struct lease_note bare = {.fence = n->fence,
						.uid = n->uid,
						.pid = n->pid,
						.start = n->start,
						.since_ns = n->since_ns,
						.until_ns = n->until_ns};
		text = dump(&bare, false, false);
	}
	size_t len = text ? strlen(text) : 0;
	memset(out, ' ', LEASE_NOTE_SIZE);
	out[LEASE_NOTE_SIZE - 1] = '\n';
	if (len)
		memcpy(out, text, len);
}

// ---- reading ------------------------------------------------------------------------------------

static char *read_text(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	if (!text)
		return NULL;
	char *copy = memory_strdup(text);
	for (char *c = copy; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return copy;
}

static uint64_t read_number(const json_t *o, const char *key, uint64_t limit)
{
	json_int_t n = json_integer_value(json_object_get(o, key));
	return n > 0 && (uint64_t)n < limit ? (uint64_t)n : 0;
}

bool lease_note_read(const char *bytes, size_t len, struct lease_note *out)
{
	*out = (struct lease_note){0};
	json_t *o = json_loadb(bytes, len, 0, NULL);
	bool ok = json_is_object(o);
	if (ok)
		*out = (struct lease_note){
		    .fence = read_number(o, "fence", FENCE_LIMIT),
		    .board = read_text(o, "board"),
		    .where = read_text(o, "where"),
		    .why = read_text(o, "why"),
		    .may_be_on = read_text(o, "may_be_on"),
		    .uid = (uint32_t)read_number(o, "uid", UINT32_MAX),
		    .pid = (int64_t)read_number(o, "pid", INT32_MAX),
		    .start = read_number(o, "start", INT64_MAX),
		    .since_ns = (int64_t)read_number(o, "since", INT64_MAX),
		    .until_ns = (int64_t)read_number(o, "until", INT64_MAX),
		};
	json_decref(o);
	return ok;
}
