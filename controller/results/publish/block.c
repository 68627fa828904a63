// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "record/layout.h"

#define BLOCK_LIMIT ((size_t)65536)

static const struct field block_fields[] = {
    COUNT(destination_block, since_ms, 0),
    NEED(TEXT, destination_block, reason),
    NEED(TEXT, destination_block, stamp),
};
static const struct record block_record = RECORD(struct destination_block, block_fields);

static char *path_of(const char *results_dir, const struct destination *d)
{
	return memory_printf("%s/" LAYOUT_SPOOL "/%s/" LAYOUT_BLOCKED, results_dir, d->name);
}

// ---- what it logs in with -----------------------------------------------------------------------

static void put_file(const char *path, struct buffer *out)
{
	struct stat st;
	if (!path)
		return;
	if (stat(path, &st) < 0)
		buffer_printf(out, "%s absent\n", path);
	else
		buffer_printf(out, "%s %ju %jd %jd.%09ld\n", path, (uintmax_t)st.st_ino,
			      (intmax_t)st.st_size, (intmax_t)st.st_mtim.tv_sec,
			      st.st_mtim.tv_nsec);
}

static void put_secrets(const struct key *keys, const char *state, struct buffer *out)
{
	for (const struct key *k = keys; k && k->name; k++)
		if (k->type == KEY_TYPE_SECRET)
			put_file(((const struct secret *)(const void *)(state + k->at))->file, out);
		else if (k->type == KEY_TYPE_GROUP)
			put_secrets(k->keys, state, out);
}

static void put_stamp(const struct destination *d, char hex[DIGEST_HEX_SIZE])
{
	CLEANUP_BUFFER struct buffer text = {0};
	put_file(config_file_name(d->keys.node.file), &text);
	put_secrets(d->driver->driver.keys, d->state, &text);
	digest_bytes(buffer_str(&text), text.len, hex);
}

bool block_is_outdated(const struct destination_block *b, const struct destination *d)
{
	char now[DIGEST_HEX_SIZE];
	put_stamp(d, now);
	return strcmp(now, b->stamp) != 0;
}

// ---- the record ---------------------------------------------------------------------------------

struct error *block_read(const char *results_dir, const struct destination *d, struct arena *arena,
			 struct destination_block *out)
{
	CLEANUP_FREE char *path = path_of(results_dir, d);
	*out = (struct destination_block){0};
	if (!file_exists(path))
		return NULL;
	return json_fields_load(path, BLOCK_LIMIT, &block_record, arena, out);
}

struct error *block_set(const char *results_dir, const struct destination *d, const char *reason,
			int64_t now_ms)
{
	CLEANUP_FREE char *path = path_of(results_dir, d);
	CLEANUP_ARENA struct arena arena = {0};
	struct destination_block old;
	char stamp[DIGEST_HEX_SIZE];
	TRY(block_read(results_dir, d, &arena, &old));
	put_stamp(d, stamp);
	const struct destination_block b = {old.since_ms ? old.since_ms : now_ms, reason, stamp};
	return json_fields_write(path, &block_record, &b);
}

struct error *block_lift(const char *results_dir, const struct destination *d)
{
	CLEANUP_FREE char *path = path_of(results_dir, d);
	return unlink(path) == 0 || errno == ENOENT ? NULL
						    : error_errno(ERROR_SYSTEM, errno, "%s", path);
}
