// SPDX-License-Identifier: GPL-2.0-or-later
// A folder on this host or a mounted one: the document under its file name, by rename.
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "results/publish/destination.h"
#include "results/publish/placeholder.h"

struct directory {
	char *path; // owned; may hold placeholders
};

static const char *const keys[] = {"path", NULL};

static void directory_free(void *state)
{
	struct directory *d = state;
	if (!d)
		return;
	free(d->path);
	free(d);
}

static struct error *directory_configure(const struct config_map *map, void **state)
{
	struct config_node n;
	char *path;
	TRY(config_map_need(map, "path", &n));
	TRY(config_path(n, &path));
	struct error *e = placeholder_check(n, path);
	if (e) {
		free(path);
		return e;
	}
	struct directory *d = memory_new(1, sizeof(*d));
	d->path = path;
	*state = d;
	return NULL;
}

static struct error *store(const struct directory *d, const struct send_context *c)
{
	CLEANUP_BUFFER struct buffer document = {0}, folder = {0};
	TRY(spool_read(c->spool, c->item, &document));
	placeholder_expand(d->path, c, NULL, false, &folder);
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

static void directory_describe(const void *state, struct buffer *out)
{
	buffer_append_str(out, ((const struct directory *)state)->path);
}

const struct destination_driver destination_directory = {
    .name = "directory",
    .keys = keys,
    .allowed =
	PUBLISH_KCIDB | PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_JUNIT | PUBLISH_TAP | PUBLISH_CSV,
    .usual = PUBLISH_KCIDB,
    .configure = directory_configure,
    .free = directory_free,
    .send = directory_send,
    .describe = directory_describe,
};
