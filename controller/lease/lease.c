// SPDX-License-Identifier: GPL-2.0-or-later
#include "lease/lease.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "lease/note.h"
#include "lease/place.h"

// The bytes of a lock file, as locks see them (what stands in the file does not matter to them).
#define HOLD_AT  0 // locked by the holder; shared, when he has only a part of the thing
#define QUEUE_AT 1 // a waiter locks the byte at QUEUE_AT + the time at which he asked
#define TRIES    1000

struct item {
	char *name;  // of the file
	char *thing; // for people
	bool shared; // only a part of it is claimed; that part has an item of its own
	int fd;
};

struct lease {
	struct lease_place place;
	struct item items[LEASE_DESCRIPTORS_MAX];
	size_t count;
	off_t ticket; // byte that is ours in each queue; 0: we are in none
	bool first;   // ahead of the queue
	bool held;
	uint64_t fence;
	char *may_be_on; // of the board, as its note says
	struct lease_use use;
};

void lease_free(struct lease *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++) {
		cleanup_close(&l->items[i].fd); // never unlocked: another process may have it too
		free(l->items[i].name);
		free(l->items[i].thing);
	}
	lease_place_deinit(&l->place);
	free(l->may_be_on);
	free(l);
}

// ---- the kernel's locks -------------------------------------------------------------------------

static short lock_type(const struct item *item)
{
	return item->shared ? F_RDLCK : F_WRLCK;
}

// True when it was set; an error only when it cannot be asked for.
static struct error *set_lock(const struct item *item, short type, off_t at, off_t len, bool *set)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = len};
	*set = fcntl(item->fd, F_OFD_SETLK, &lock) == 0;
	if (*set || errno == EAGAIN || errno == EACCES)
		return NULL;
	return error_errno(ERROR_SYSTEM, errno, "the lock on %s", item->thing);
}

static void unlock(const struct item *item, off_t at, off_t len)
{
	bool ignored;
	error_free(set_lock(item, F_UNLCK, at, len, &ignored));
}

// Whether somebody else has a lock there that ours would have to wait for.
static bool is_locked(int fd, short type, off_t at, off_t len)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = len};
	return fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
}

// ---- the queue ----------------------------------------------------------------------------------

static off_t boot_time_ns(void)
{
	struct timespec now = {0};
	clock_gettime(CLOCK_BOOTTIME, &now);
	return (off_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void leave_queue(struct lease *l)
{
	for (size_t i = 0; i < l->count; i++)
		unlock(&l->items[i], QUEUE_AT, 0);
	l->ticket = 0;
}

static struct error *take_ticket(struct lease *l, off_t ticket, bool *taken)
{
	*taken = true;
	for (size_t i = 0; i < l->count && *taken; i++)
		TRY(set_lock(&l->items[i], lock_type(&l->items[i]), ticket, 1, taken));
	if (*taken)
		l->ticket = ticket;
	else
		leave_queue(l);
	return NULL;
}

// The same byte in each queue, so that two who wait for several things never wait for each other.
static struct error *join_queue(struct lease *l)
{
	bool taken = false;
	for (int tries = 0; !taken && tries < TRIES; tries++)
		TRY(take_ticket(l, QUEUE_AT + boot_time_ns(), &taken));
	return taken ? NULL
		     : error_new(ERROR_LAB, "no place in the queue for %s", l->items[0].thing);
}

// Calls with what lies of an item in each folder but ours; stops where the answer is true.
static struct error *ask_others(const struct lease *l, const struct item *item, off_t at, off_t len,
				int *found)
{
	*found = -1;
	for (size_t i = 0; i < l->place.others_count; i++) {
		CLEANUP_CLOSE int fd = -1;
		TRY(lease_place_look(l->place.others[i], item->name, &fd));
		if (fd < 0 || !is_locked(fd, lock_type(item), at, len))
			continue;
		*found = steal_fd(&fd);
		return NULL;
	}
	return NULL;
}

static struct error *is_anothers_turn(const struct lease *l, bool *yes)
{
	off_t len = l->ticket - QUEUE_AT;
	for (size_t i = 0; i < l->count; i++) {
		const struct item *item = &l->items[i];
		CLEANUP_CLOSE int other = -1;
		*yes = is_locked(item->fd, lock_type(item), QUEUE_AT, len);
		if (!*yes)
			TRY(ask_others(l, item, QUEUE_AT, len, &other));
		*yes |= other >= 0;
		if (*yes)
			return NULL;
	}
	*yes = false;
	return NULL;
}

// ---- asking -------------------------------------------------------------------------------------

static struct error *add_item(struct lease *l, const struct lease_claim *claim, bool whole)
{
	const char *part = whole ? NULL : claim->part;
	struct item *item = &l->items[l->count];
	*item = (struct item){.name = lease_place_name(claim->thing, part),
			      .thing = part ? memory_printf("%s, %s", claim->thing, part)
					    : memory_strdup(claim->thing),
			      .shared = whole && claim->part,
			      .fd = -1};
	l->count++;
	return lease_place_open(&l->place, item->name, &item->fd);
}

static bool has_item(const struct lease *l, const char *name)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i].name, name) == 0)
			return true;
	return false;
}

// A board whose console and switch are one thing claims it once.
static struct error *add_claim(struct lease *l, const struct lease_claim *claim)
{
	CLEANUP_FREE char *whole = lease_place_name(claim->thing, NULL);
	if (!has_item(l, whole))
		TRY(add_item(l, claim, true));
	return claim->part ? add_item(l, claim, false) : NULL;
}

struct error *lease_ask(const struct lease_claim *claims, size_t count, struct lease **out)
{
	if (count == 0 || count > LEASE_CLAIMS_MAX)
		return error_new(ERROR_BUG, "a lease of %zu claims", count);
	CLEANUP_LEASE struct lease *l = memory_new(1, sizeof(*l));
	TRY(lease_place_find(&l->place));
	for (size_t i = 0; i < count; i++)
		TRY(add_claim(l, &claims[i]));
	TRY(join_queue(l));
	*out = STEAL(l);
	return NULL;
}

// ---- notes --------------------------------------------------------------------------------------

static bool read_note(int fd, struct lease_note *out)
{
	char bytes[LEASE_NOTE_SIZE];
	ssize_t n = pread(fd, bytes, sizeof(bytes), 0);
	*out = (struct lease_note){0};
	return n > 0 && lease_note_read(bytes, (size_t)n, out);
}

// Of a holder that left no note the file may still have an older one.
static bool is_alive(const struct lease_note *n)
{
	if (n->pid <= 0)
		return false;
	uint64_t start = process_started((pid_t)n->pid);
	return start ? start == n->start : kill((pid_t)n->pid, 0) == 0 || errno == EPERM;
}

static void write_note(const struct lease *l, const struct item *item, char *where)
{
	const struct lease_note note = {
	    .fence = l->fence,
	    .board = (char *)(uintptr_t)l->use.board,
	    .where = where,
	    .why = (char *)(uintptr_t)l->use.why,
	    .may_be_on = item == l->items ? l->may_be_on : NULL,
	    .uid = (uint32_t)geteuid(),
	    .pid = getpid(),
	    .start = process_started(getpid()),
	    .since_ns = clock_realtime_ns(),
	    .until_ns = l->use.until_ns,
	};
	char bytes[LEASE_NOTE_SIZE];
	lease_note_write(&note, bytes);
	ssize_t ignored = pwrite(item->fd, bytes, sizeof(bytes), 0);
	(void)ignored; // on a full disk only a file that had no note yet stays without
}

void lease_tell(struct lease *l, const struct lease_use *use)
{
	l->use = *use;
	CLEANUP_FREE char *where = use->where ? realpath(use->where, NULL) : NULL;
	for (size_t i = 0; i < l->count; i++)
		write_note(l, &l->items[i], where);
	l->use = (struct lease_use){0}; // its strings are the caller's
}

// More than any lease before of any of the things; the time keeps it rising where a file was new.
static void choose_fence(struct lease *l)
{
	l->fence = (uint64_t)(clock_realtime_ns() / NS_PER_MS);
	for (size_t i = 0; i < l->count; i++) {
		struct lease_note note;
		read_note(l->items[i].fd, &note);
		if (note.fence >= l->fence)
			l->fence = note.fence + 1;
		if (i == 0) {
			free(l->may_be_on);
			l->may_be_on = STEAL(note.may_be_on);
		}
		lease_note_deinit(&note);
	}
}

// ---- taking -------------------------------------------------------------------------------------

static void let_go(struct lease *l, size_t count)
{
	for (size_t i = 0; i < count; i++)
		unlock(&l->items[i], HOLD_AT, 1);
}

// Two users with a folder each take their own locks first and look then: at least one of them sees
// the other.
static struct error *look_around(const struct lease *l, bool *free_elsewhere)
{
	for (size_t i = 0; i < l->count; i++) {
		CLEANUP_CLOSE int other = -1;
		TRY(ask_others(l, &l->items[i], HOLD_AT, 1, &other));
		*free_elsewhere = other < 0;
		if (!*free_elsewhere)
			return NULL;
	}
	*free_elsewhere = true;
	return NULL;
}

static struct error *take_all(struct lease *l, bool *taken)
{
	for (size_t i = 0; i < l->count; i++) {
		struct error *e =
		    set_lock(&l->items[i], lock_type(&l->items[i]), HOLD_AT, 1, taken);
		if (!e && *taken)
			continue;
		let_go(l, i);
		return e;
	}
	struct error *e = look_around(l, taken);
	if (e || !*taken)
		let_go(l, l->count);
	return e;
}

struct error *lease_try(struct lease *l, const struct lease_use *use, bool *held)
{
	bool later = false;
	if (!l->held && !l->first)
		TRY(is_anothers_turn(l, &later));
	if (!l->held && !later) {
		TRY(take_all(l, &l->held));
		if (l->held) {
			leave_queue(l);
			choose_fence(l);
			lease_tell(l, use);
		}
	}
	*held = l->held;
	return NULL;
}

void lease_go_first(struct lease *l)
{
	l->first = true;
}

uint64_t lease_fence(const struct lease *l)
{
	return l->held ? l->fence : 0;
}

static bool is_named(int fd)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	struct stat ours, named;
	return fstat(fd, &ours) == 0 && lstat(path, &named) == 0 && ours.st_ino == named.st_ino &&
	       ours.st_dev == named.st_dev;
}

bool lease_is_current(const struct lease *l)
{
	bool current = l->held;
	for (size_t i = 0; i < l->count; i++)
		current = current && is_named(l->items[i].fd);
	return current;
}

// ---- another process ----------------------------------------------------------------------------

size_t lease_descriptors(const struct lease *l, int fds[LEASE_DESCRIPTORS_MAX])
{
	for (size_t i = 0; i < l->count; i++)
		fds[i] = l->items[i].fd;
	return l->count;
}

static struct error *adopt(struct lease *l, int fd)
{
	struct item *item = &l->items[l->count];
	*item = (struct item){.thing = memory_strdup("a lease that was handed down"), .fd = fd};
	l->count++;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return error_errno(ERROR_BUG, errno, "the lease of the board");
	return NULL;
}

struct error *lease_adopt(const int *fds, size_t count, struct lease **out)
{
	if (count == 0 || count > LEASE_DESCRIPTORS_MAX)
		return error_new(ERROR_BUG, "a lease of %zu descriptors", count);
	CLEANUP_LEASE struct lease *l = memory_new(1, sizeof(*l));
	for (size_t i = 0; i < count; i++)
		TRY(adopt(l, fds[i]));
	struct lease_note note;
	read_note(l->items[0].fd, &note);
	l->fence = note.fence;
	l->may_be_on = STEAL(note.may_be_on);
	lease_note_deinit(&note);
	l->held = true;
	*out = STEAL(l);
	return NULL;
}

// ---- who is in the way --------------------------------------------------------------------------

// The item that somebody else holds, and a descriptor of his file; false: nobody does.
static bool find_blocker(const struct lease *l, const struct item **item, int *fd)
{
	for (size_t i = 0; i < l->count; i++) {
		*item = &l->items[i];
		*fd = -1;
		if (is_locked((*item)->fd, lock_type(*item), HOLD_AT, 1))
			*fd = fcntl((*item)->fd, F_DUPFD_CLOEXEC, 0);
		else
			error_free(ask_others(l, *item, HOLD_AT, 1, fd));
		if (*fd >= 0)
			return true;
	}
	return false;
}

static bool read_blocker(const struct lease *l, const struct item **item, struct lease_note *note)
{
	CLEANUP_CLOSE int fd = -1;
	*note = (struct lease_note){0};
	if (!find_blocker(l, item, &fd))
		return false;
	read_note(fd, note);
	if (!is_alive(note))
		lease_note_deinit(note);
	return true;
}

static void append_time(struct buffer *out, const char *word, int64_t ns)
{
	char text[CLOCK_RFC3339_SIZE];
	if (ns <= 0)
		return;
	clock_rfc3339(ns, text);
	buffer_printf(out, ", %s %.19sZ", word, text); // to the second
}

static void append_user(struct buffer *out, uint32_t uid)
{
	const struct passwd *user = getpwuid(uid);
	if (user)
		buffer_printf(out, "user %s", user->pw_name);
	else
		buffer_printf(out, "user %u", uid);
}

static char *describe(const struct lease *l, const struct item *item, const struct lease_note *n)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (n->where)
		buffer_printf(&text, "in use by %s", n->where);
	else
		buffer_printf(&text, "in use by process %lld", (long long)n->pid);
	append_time(&text, "since", n->since_ns);
	append_time(&text, "until", n->until_ns);
	buffer_append_str(&text, " (");
	if (n->why)
		buffer_printf(&text, "%s, ", n->why);
	append_user(&text, n->uid);
	if (item != l->items) // by another name, or as part of another board
		buffer_printf(&text, ", board %s for %s", n->board ? n->board : "?", item->thing);
	buffer_append_str(&text, ")");
	return buffer_steal(&text);
}

char *lease_describe_blocker(const struct lease *l)
{
	const struct item *item;
	struct lease_note note;
	if (!read_blocker(l, &item, &note))
		return memory_strdup("wanted by somebody who asked before");
	char *text = note.pid ? describe(l, item, &note)
			      : memory_strdup("in use by somebody who left no name");
	lease_note_deinit(&note);
	return text;
}

bool lease_blocker(const struct lease *l, struct lease_holder *out)
{
	const struct item *item;
	struct lease_note note;
	bool held = read_blocker(l, &item, &note);
	*out = (struct lease_holder){note.pid, note.start, STEAL(note.where)};
	lease_note_deinit(&note);
	return held;
}

char *lease_blocker_folder(const struct lease *l)
{
	const struct item *item;
	struct lease_note note;
	if (!read_blocker(l, &item, &note))
		return NULL;
	char *where = STEAL(note.where);
	lease_note_deinit(&note);
	return where;
}

// ---- power --------------------------------------------------------------------------------------

void lease_note_power(struct lease *l, const char *why)
{
	struct lease_note note;
	read_note(l->items[0].fd, &note);
	free(l->may_be_on);
	l->may_be_on = why ? memory_strdup(why) : NULL;
	free(note.may_be_on);
	note.may_be_on = why ? memory_strdup(why) : NULL;
	note.fence = note.fence > l->fence ? note.fence : l->fence;
	char bytes[LEASE_NOTE_SIZE];
	lease_note_write(&note, bytes);
	ssize_t ignored = pwrite(l->items[0].fd, bytes, sizeof(bytes), 0);
	(void)ignored; // for people; the run tells the same
	lease_note_deinit(&note);
}

static char *power_in(const char *dir, const char *name)
{
	CLEANUP_CLOSE int fd = -1;
	CLEANUP_ERROR struct error *e = lease_place_look(dir, name, &fd);
	struct lease_note note = {0};
	if (!e && fd >= 0)
		read_note(fd, &note);
	char *why = STEAL(note.may_be_on);
	lease_note_deinit(&note);
	return why;
}

char *lease_read_power(const struct lease_claim *board)
{
	CLEANUP_LEASE_PLACE struct lease_place place = {0};
	CLEANUP_ERROR struct error *e = lease_place_find(&place);
	CLEANUP_FREE char *name = lease_place_name(board->thing, board->part);
	char *why = e ? NULL : power_in(place.dir, name);
	for (size_t i = 0; !e && !why && i < place.others_count; i++)
		why = power_in(place.others[i], name);
	return why;
}
