// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/stream.h"

#include <fcntl.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/console.h"

#define EVENT_BYTES 12288 // of the console in an event
#define PING_NS     (15 * NS_PER_S)
#define END_NS      (NS_PER_S / 2) // so often a run.json is looked for

struct stream {
	int fd;                 // console.raw; -1: it is packed
	struct console *packed; // owned
	char *verdict;          // owned: path of run.json, whose being there ends the console
	uint64_t at;            // next byte
	bool skip;
	bool over;             // run.json is there: nothing more comes
	bool said;             // the end was told
	int64_t spoke_ns;      // when something was last said
	int64_t looked_ns;     // when run.json was last looked for
	struct buffer pending; // to be sent
	size_t sent;           // of it
	struct buffer bytes;   // scratch
};

void stream_close(struct stream *s)
{
	if (!s)
		return;
	cleanup_close(&s->fd);
	console_close(s->packed);
	free(s->verdict);
	buffer_deinit(&s->pending);
	buffer_deinit(&s->bytes);
	free(s);
}

struct error *stream_open(const char *results, const char *id, uint64_t from, bool skip,
			  struct stream **out)
{
	CLEANUP_FREE char *dir = layout_run(results, id);
	CLEANUP_FREE char *raw = path_join(dir, LAYOUT_CONSOLE);
	struct stream *s = memory_new(1, sizeof(*s));
	*s = (struct stream){.fd = -1, .at = from, .skip = skip, .spoke_ns = clock_monotonic_ns()};
	s->verdict = path_join(dir, LAYOUT_RUN_JSON);
	struct error *e = NULL;
	if (file_exists(raw))
		e = file_open_regular(raw, ERROR_SYSTEM, &s->fd);
	else if (file_is_directory(dir))
		e = console_open(dir, &s->packed);
	if (e || (s->fd < 0 && !s->packed)) {
		stream_close(s);
		*out = NULL;
		return e;
	}
	// For readers that wait to see the head of an answer; and how soon a browser comes again.
	buffer_append_str(&s->pending, "retry: 1000\n\n");
	*out = s;
	return NULL;
}

static uint64_t size_of(const struct stream *s)
{
	struct stat st;
	if (s->packed)
		return console_size(s->packed);
	return fstat(s->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

// ---- events -------------------------------------------------------------------------------------

static void put_base64(struct stream *s)
{
	CLEANUP_FREE char *text = memory_new(1, BASE64_ENCODE_RAW_LENGTH(s->bytes.len) + 1);
	base64_encode_raw(text, s->bytes.len, (const uint8_t *)s->bytes.data);
	buffer_append(&s->pending, text, BASE64_ENCODE_RAW_LENGTH(s->bytes.len));
}

// A reader that is too far behind is taken to the tail, and told how much it lacks.
static void skip_ahead(struct stream *s, uint64_t size)
{
	if (!s->skip || size < s->at || size - s->at <= STREAM_BEHIND)
		return;
	uint64_t to = size - STREAM_TAIL;
	buffer_printf(&s->pending, "event: gap\nid: %" PRIu64 "\ndata: %" PRIu64 "\n\n", to,
		      to - s->at);
	s->at = to;
}

static void take_bytes(struct stream *s)
{
	buffer_truncate(&s->bytes, 0);
	if (s->packed) {
		error_free(console_read(s->packed, s->at, EVENT_BYTES, &s->bytes));
		return;
	}
	char bytes[EVENT_BYTES];
	ssize_t n = pread(s->fd, bytes, sizeof(bytes), (off_t)s->at);
	buffer_append(&s->bytes, bytes, n > 0 ? (size_t)n : 0);
}

static bool is_over(struct stream *s, int64_t now_ns)
{
	if (!s->over && now_ns - s->looked_ns >= END_NS) {
		s->over = s->packed || file_exists(s->verdict);
		s->looked_ns = now_ns;
	}
	return s->over;
}

// Makes the next event; false: there is nothing to say.
static bool make_event(struct stream *s, int64_t now_ns)
{
	buffer_truncate(&s->pending, 0);
	s->sent = 0;
	// The end is looked for first: bytes that came before it are then read below.
	bool over = is_over(s, now_ns);
	uint64_t size = size_of(s);
	skip_ahead(s, size);
	if (size > s->at)
		take_bytes(s);
	else
		buffer_truncate(&s->bytes, 0);
	if (s->bytes.len > 0) {
		s->at += s->bytes.len;
		buffer_printf(&s->pending, "id: %" PRIu64 "\ndata: ", s->at);
		put_base64(s);
		buffer_append_str(&s->pending, "\n\n");
	} else if (over && !s->said) {
		s->said = true;
		buffer_printf(&s->pending, "event: end\nid: %" PRIu64 "\ndata: %" PRIu64 "\n\n",
			      s->at, s->at);
	} else if (now_ns - s->spoke_ns >= PING_NS) {
		buffer_append_str(&s->pending, ": \n\n");
	}
	if (s->pending.len > 0)
		s->spoke_ns = now_ns;
	return s->pending.len > 0;
}

ssize_t stream_read(struct stream *s, char *out, size_t room, int64_t now_ns)
{
	if (s->sent >= s->pending.len && !make_event(s, now_ns))
		return s->said ? -1 : 0;
	size_t left = s->pending.len - s->sent, n = left < room ? left : room;
	memcpy(out, s->pending.data + s->sent, n);
	s->sent += n;
	return (ssize_t)n;
}

bool stream_is_ready(struct stream *s, int64_t now_ns)
{
	return s->sent < s->pending.len || size_of(s) > s->at || is_over(s, now_ns) ||
	       now_ns - s->spoke_ns >= PING_NS;
}
