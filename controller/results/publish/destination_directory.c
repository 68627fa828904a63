// SPDX-License-Identifier: GPL-2.0-or-later
// A folder on this host or a mounted one: the document under its file name, by rename.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "results/publish/destination.h"

struct directory {
	char *path; // owned; may hold placeholders
};

static const struct key directory_keys[] = {
    {"path", KEY_FILE(struct directory, path), .required = true, .value = "DIR",
     .help = "the folder, with placeholders"},
    {0},
};

static struct error *directory_check(void *state, const struct config_map *keys)
{
	const struct directory *d = state;
	return destination_check_text(config_map_find(keys, "path"), d->path);
}

static struct error *store(const struct directory *d, const struct send_context *c)
{
	CLEANUP_BUFFER struct buffer document = {0}, folder = {0};
	TRY(spool_read(c->spool, c->item, &document));
	destination_fill(d->path, c, NULL, false, &folder);
	TRY(file_make_dirs(buffer_str(&folder)));
	CLEANUP_FREE char *path = path_join(buffer_str(&folder), c->item->file_name);
	return file_write_atomic(path, buffer_str(&document), document.len);
}

static void directory_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = store(state, c);
	if (e)
		send_outcome_error(out, e);
	else
		send_outcome_set(out, SEND_DONE, "stored");
}

// The folder, or the last one on the way to it that is there already, can be written to.
static void directory_ask(void *state, const struct send_context *c, struct send_outcome *out)
{
	const struct directory *d = state;
	CLEANUP_BUFFER struct buffer folder = {0};
	destination_fill(d->path, c, NULL, false, &folder);
	CLEANUP_FREE char *path = memory_strdup(buffer_str(&folder));
	while (!file_exists(path) && strrchr(path, '/') > path)
		*strrchr(path, '/') = '\0';
	if (!file_exists(path))
		strcpy(path, "."); // of a name without a folder
	if (access(path, W_OK | X_OK) == 0)
		send_outcome_set(out, SEND_DONE, "%s can be written to", path);
	else
		send_outcome_set(out, SEND_PARK, "%s: %s", path, strerror(errno));
}

static void directory_describe(const void *state, struct buffer *out)
{
	buffer_append_str(out, ((const struct directory *)state)->path);
}

const struct destination_driver destination_directory = {
    .driver = {.name = "directory",
	       .help = "a file for each document, by rename",
	       .keys = directory_keys,
	       .size = sizeof(struct directory),
	       .check = directory_check},
    .allowed =
	PUBLISH_KCIDB | PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_JUNIT | PUBLISH_TAP | PUBLISH_CSV,
    .usual = PUBLISH_KCIDB,
    .send = directory_send,
    .ask = directory_ask,
    .describe = directory_describe,
};
