// SPDX-License-Identifier: GPL-2.0-or-later
// A console as it comes, as server-sent events: "id:" is the offset behind the bytes that an event holds
// (in base64), so that a reader whose connection broke goes on where it was. It only reads files: a
// slow reader slows nobody but itself.
#ifndef WEB_STREAM_H
#define WEB_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

#define STREAM_TICK_MS 100 // at most so late something new is seen
#define STREAM_BEHIND \
	(1 << 20) // bytes: a reader that may skip and is further behind goes to the tail
#define STREAM_TAIL (64 << 10)

struct stream;

// Opens the console of run `id` from the offset `from`; `*out` NULL: there is none. `skip`: the reader
// would rather see the tail than all of it.
struct error *stream_open(const char *results, const char *id, uint64_t from, bool skip,
			  struct stream **out) ERROR_RESULT;
void stream_close(struct stream *s);

// The next bytes of the stream into `out`; 0: there is nothing now; -1: it has ended.
ssize_t stream_read(struct stream *s, char *out, size_t room, int64_t now_ns);
// Whether stream_read has something.
bool stream_is_ready(struct stream *s, int64_t now_ns);

#endif
