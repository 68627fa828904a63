// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "record/layout.h"
#include "text/format.h"
#include "text/json_writer.h"
#include "results/kcidb/kcidb_check.h"

#define STATE_LIMIT    65536u
#define LEDGER_LIMIT   (1 << 20)
#define DOCUMENT_LIMIT KCIDB_SIZE_LIMIT

struct spool {
	char *dir;
	int lock;
};

static const char *const state_names[] = {
    [SPOOL_WAITING] = "waiting",
    [SPOOL_UNCONFIRMED] = "unconfirmed",
    [SPOOL_PARKED] = "parked",
};

const char *spool_state_name(enum spool_state s)
{
	return state_names[s];
}

// ---- state.json ---------------------------------------------------------------------------------

struct stored {
	const char *batch, *what, *content_type, *file_name, *state, *submission, *reason;
	int64_t attempts, first_ms, next_ms, progress;
};

// clang-format off: one member a line
static const struct field stored_fields[] = {
    NEED(TEXT, stored, batch),     NEED(TEXT, stored, what),  NEED(TEXT, stored, content_type),
    NEED(TEXT, stored, file_name), NEED(TEXT, stored, state), KEPT(stored, attempts, 0),
    KEPT(stored, first_ms, 0),     KEPT(stored, next_ms, 0),  KEPT(stored, progress, 0),
    MAY(TEXT, stored, submission), MAY(TEXT, stored, reason),
};
static const struct record stored_record = RECORD(struct stored, stored_fields);

// A line of sent.jsonl.
struct sent {
	const char *time, *item, *submission, *note;
	int64_t attempts;
};

static const struct field sent_fields[] = {
    NEED(TIME, sent, time),      NEED(TEXT, sent, item), KEPT(sent, attempts, 0),
    MAY(TEXT, sent, submission), MAY(TEXT, sent, note),
};
static const struct record sent_record = RECORD(struct sent, sent_fields);
// clang-format on

static struct error *write_state(const char *item_dir, const struct spool_item *item)
{
	CLEANUP_FREE char *path = path_join(item_dir, LAYOUT_STATE);
	CLEANUP_BUFFER struct buffer text = {0};
	const struct stored s = {
	    .batch = item->batch,
	    .what = item->what,
	    .content_type = item->content_type,
	    .file_name = item->file_name,
	    .state = state_names[item->state],
	    .submission = item->submission,
	    .reason = item->reason,
	    .attempts = item->attempts,
	    .first_ms = item->first_ms,
	    .next_ms = item->next_ms,
	    .progress = item->progress,
	};
	json_fields_print_line(&stored_record, &s, &text);
	return file_write_atomic(path, buffer_str(&text), text.len);
}

static struct error *load_item(const char *item_dir, const char *name, struct arena *arena,
			       struct spool_item *out)
{
	CLEANUP_FREE char *path = path_join(item_dir, LAYOUT_STATE);
	CLEANUP_FREE char *document = path_join(item_dir, LAYOUT_DOCUMENT);
	struct stored s = {0};
	struct stat st;
	TRY(json_fields_load(path, STATE_LIMIT, &stored_record, arena, &s));
	if (stat(document, &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", document);
	int state = 0;
	while (state <= SPOOL_PARKED && strcmp(state_names[state], s.state) != 0)
		state++;
	if (state > SPOOL_PARKED)
		return error_new(ERROR_SYSTEM, "%s: state \"%.20s\" is unknown", path, s.state);
	*out = (struct spool_item){
	    .name = arena_strndup(arena, name, strlen(name)),
	    .batch = s.batch,
	    .what = s.what,
	    .content_type = s.content_type,
	    .file_name = s.file_name,
	    .state = (enum spool_state)state,
	    .attempts = s.attempts,
	    .first_ms = s.first_ms,
	    .next_ms = s.next_ms,
	    .progress = s.progress,
	    .submission = s.submission,
	    .reason = s.reason,
	    .bytes = st.st_size,
	};
	return NULL;
}

// ---- opening ------------------------------------------------------------------------------------

static int is_file(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

// Removes an item's directory, which holds files only.
static void remove_item_dir(const char *dir)
{
	struct dirent **names;
	int count = scandir(dir, &names, is_file, NULL);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(dir, names[i]->d_name);
		unlink(path);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
	rmdir(dir);
}

static int is_leftover(const struct dirent *d)
{
	return strncmp(d->d_name, LAYOUT_MAKING, strlen(LAYOUT_MAKING)) == 0 ||
	       strncmp(d->d_name, LAYOUT_SENT_GONE, strlen(LAYOUT_SENT_GONE)) == 0;
}

// Takes the lock of a directory that is being filled; it dies with its holder. -1: it has one.
static int lock_dir(const char *dir)
{
	CLEANUP_CLOSE int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? steal_fd(&fd) : -1;
}

// What a killed process was about to add or to remove.
static void remove_leftovers(struct spool *s)
{
	struct dirent **names;
	int count = scandir(s->dir, &names, is_leftover, alphasort);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *dir = path_join(s->dir, names[i]->d_name);
		CLEANUP_CLOSE int fd = lock_dir(dir);
		if (fd >= 0)
			remove_item_dir(dir);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

struct error *spool_open(const char *results_dir, const char *destination, struct spool **out)
{
	CLEANUP_FREE char *dir = memory_printf("%s/" LAYOUT_SPOOL "/%s", results_dir, destination);
	CLEANUP_FREE char *deferred = path_join(dir, LAYOUT_DEFERRED);
	TRY(file_make_dirs(deferred));
	struct spool *s = memory_new(1, sizeof(*s));
	s->dir = STEAL(dir);
	s->lock = -1;
	*out = s;
	return NULL;
}

void spool_close(struct spool *s)
{
	if (!s)
		return;
	if (s->lock >= 0)
		close(s->lock);
	free(s->dir);
	free(s);
}

struct error *spool_lock(struct spool *s, bool *got)
{
	CLEANUP_FREE char *path = path_join(s->dir, LAYOUT_LOCK);
	CLEANUP_CLOSE int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	*got = flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (!*got)
		return errno == EWOULDBLOCK ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
	s->lock = steal_fd(&fd);
	remove_leftovers(s);
	return NULL;
}

// ---- items --------------------------------------------------------------------------------------

static char *item_dir(const struct spool *s, const char *name)
{
	return path_join(s->dir, name);
}

char *spool_document_path(const struct spool *s, const struct spool_item *item)
{
	return memory_printf("%s/%s/" LAYOUT_DOCUMENT, s->dir, item->name);
}

static int is_item(const struct dirent *d)
{
	// Folders of this spool's own have no dot in their name.
	return format_is_word(d->d_name) && strchr(d->d_name, '.') &&
	       strcmp(d->d_name, LAYOUT_BLOCKED) != 0 &&
	       strncmp(d->d_name, LAYOUT_SENT, strlen(LAYOUT_SENT)) != 0;
}

struct error *spool_list(struct spool *s, struct arena *arena, struct spool_item **items,
			 size_t *count, size_t *damaged)
{
	struct dirent **names;
	int n = scandir(s->dir, &names, is_item, alphasort);
	if (n < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", s->dir);
	struct spool_item *list = arena_new(arena, (size_t)n, sizeof(*list));
	*count = *damaged = 0;
	for (int i = 0; i < n; i++) {
		CLEANUP_FREE char *dir = item_dir(s, names[i]->d_name);
		struct error *e = load_item(dir, names[i]->d_name, arena, &list[*count]);
		*count += e == NULL;
		*damaged += e != NULL;
		error_free(e);
		free(names[i]);
	}
	free(names);
	*items = list;
	return NULL;
}

struct error *spool_size(struct spool *s, uint64_t *bytes)
{
	struct dirent **names;
	int n = scandir(s->dir, &names, is_item, NULL);
	if (n < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", s->dir);
	*bytes = 0;
	for (int i = 0; i < n; i++) {
		CLEANUP_FREE char *path =
		    memory_printf("%s/%s/" LAYOUT_DOCUMENT, s->dir, names[i]->d_name);
		struct stat st;
		*bytes += stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
		free(names[i]);
	}
	free(names);
	return NULL;
}

// `*lock` keeps others from taking it for a leftover.
static struct error *fill_item(const char *dir, const struct spool_item *item, const void *document,
			       size_t len, int *lock)
{
	CLEANUP_FREE char *path = path_join(dir, LAYOUT_DOCUMENT);
	if (mkdir(dir, 0777) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	*lock = lock_dir(dir);
	TRY(file_write_atomic(path, document, len));
	return write_state(dir, item);
}

struct error *spool_put(struct spool *s, const struct spool_item *item, const void *document,
			size_t len)
{
	CLEANUP_FREE char *dir = item_dir(s, item->name);
	if (file_exists(dir))
		return NULL;
	struct spool_item fresh = *item;
	fresh.state = SPOOL_WAITING;
	fresh.attempts = fresh.progress = 0;
	fresh.submission = fresh.reason = NULL;
	fresh.first_ms = clock_realtime_ns() / NS_PER_MS;
	CLEANUP_FREE char *tmp =
	    memory_printf("%s/" LAYOUT_MAKING "%s-%ld", s->dir, item->name, (long)getpid());
	CLEANUP_CLOSE int lock = -1;
	struct error *e = fill_item(tmp, &fresh, document, len, &lock);
	if (!e && rename(tmp, dir) < 0)
		// Somebody else put the same in meanwhile.
		e = errno == EEXIST || errno == ENOTEMPTY
			? NULL
			: error_errno(ERROR_SYSTEM, errno, "%s", dir);
	remove_item_dir(tmp);
	return e;
}

struct error *spool_read(struct spool *s, const struct spool_item *item, struct buffer *document)
{
	CLEANUP_FREE char *path = spool_document_path(s, item);
	return file_read_regular(path, DOCUMENT_LIMIT, ERROR_SYSTEM, document);
}

struct error *spool_update(struct spool *s, const struct spool_item *item)
{
	CLEANUP_FREE char *dir = item_dir(s, item->name);
	return write_state(dir, item);
}

struct error *spool_drop(struct spool *s, const struct spool_item *item)
{
	CLEANUP_FREE char *dir = item_dir(s, item->name);
	CLEANUP_FREE char *gone =
	    memory_printf("%s/" LAYOUT_SENT_GONE "%s-%ld", s->dir, item->name, (long)getpid());
	if (rename(dir, gone) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	remove_item_dir(gone);
	return NULL;
}

static struct error *append_ledger(struct spool *s, const struct spool_item *item, const char *note,
				   int64_t now_ms)
{
	CLEANUP_FREE char *path = path_join(s->dir, LAYOUT_SENT);
	CLEANUP_FREE char *old = path_join(s->dir, LAYOUT_SENT_OLD);
	struct stat st;
	if (stat(path, &st) == 0 && st.st_size > LEDGER_LIMIT)
		rename(path, old);
	char time[CLOCK_RFC3339_SIZE];
	clock_rfc3339(now_ms * NS_PER_MS, time);
	const struct sent line = {time, item->name, item->submission, note, item->attempts};
	CLEANUP_BUFFER struct buffer text = {0};
	json_fields_print_line(&sent_record, &line, &text);
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	return file_write_all(fd, buffer_str(&text), text.len, path);
}

struct error *spool_done(struct spool *s, const struct spool_item *item, const char *note,
			 int64_t now_ms)
{
	// The item goes first: a ledger that cannot be written must not make it be sent again.
	TRY(spool_drop(s, item));
	return append_ledger(s, item, note, now_ms);
}

// ---- deferred batches ---------------------------------------------------------------------------

struct error *spool_defer(struct spool *s, const char *batch)
{
	CLEANUP_FREE char *path = memory_printf("%s/" LAYOUT_DEFERRED "/%s", s->dir, batch);
	return file_write_atomic(path, "", 0);
}

struct error *spool_undefer(struct spool *s, const char *batch)
{
	CLEANUP_FREE char *path = memory_printf("%s/" LAYOUT_DEFERRED "/%s", s->dir, batch);
	return unlink(path) == 0 || errno == ENOENT ? NULL
						    : error_errno(ERROR_SYSTEM, errno, "%s", path);
}

static int is_batch(const struct dirent *d)
{
	return format_is_word(d->d_name) && !strstr(d->d_name, ".tmp");
}

struct error *spool_deferred(struct spool *s, struct arena *arena, const char ***batches,
			     size_t *count)
{
	CLEANUP_FREE char *dir = path_join(s->dir, LAYOUT_DEFERRED);
	struct dirent **names;
	int n = scandir(dir, &names, is_batch, alphasort);
	if (n < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	*count = (size_t)n;
	*batches = arena_new(arena, *count, sizeof(**batches));
	for (int i = 0; i < n; i++) {
		(*batches)[i] = arena_strndup(arena, names[i]->d_name, strlen(names[i]->d_name));
		free(names[i]);
	}
	free(names);
	return NULL;
}
