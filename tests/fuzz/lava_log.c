// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as what lava-run writes: read whole or in pieces they give the same console and records, and
// no more console than was written.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "lava/ending.h"
#include "lava/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	struct buffer console;
	struct buffer records;
	struct lava_ending ending;
};

static void on_console(void *arg, const char *bytes, size_t len)
{
	buffer_append(&((struct heard *)arg)->console, bytes, len);
}

static void on_record(void *arg, const struct lava_record *r)
{
	struct heard *h = arg;
	lava_ending_take(&h->ending, r);
	buffer_printf(&h->records, "%d ", (int)r->level);
	if (r->message.ptr)
		buffer_append(&h->records, r->message.ptr, r->message.len);
	if (r->results && r->results->name.ptr)
		buffer_append(&h->records, r->results->name.ptr, r->results->name.len);
}

// `step`: pieces get longer by it.
static void hear(const uint8_t *data, size_t size, size_t first, size_t step, struct heard *h)
{
	struct lava_log_events events = {.console = on_console, .record = on_record, .arg = h};
	CLEANUP_LAVA_LOG struct lava_log *l = lava_log_new(&events);
	for (size_t at = 0, len = first; at < size; at += len, len += step) {
		len = size - at < len ? size - at : len;
		CLEANUP_FREE char *piece = memory_new(len, 1);
		memcpy(piece, data + at, len);
		lava_log_feed(l, piece, len);
	}
	lava_log_end(l);
}

static void deinit(struct heard *h)
{
	buffer_deinit(&h->console);
	buffer_deinit(&h->records);
	lava_ending_deinit(&h->ending);
}

static bool is_same(const struct buffer *a, const struct buffer *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole = {0}, pieces = {0};
	hear(data, size, size, 0, &whole);
	hear(data, size, 1, 3, &pieces);
	if (!is_same(&whole.console, &pieces.console) || !is_same(&whole.records, &pieces.records))
		abort();
	if (whole.ending.ended != pieces.ending.ended || whole.console.len > 2 * size + 2)
		abort();
	deinit(&whole);
	deinit(&pieces);
	return 0;
}
