// SPDX-License-Identifier: GPL-2.0-or-later
#include "lease/place.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"

#define ROOT        "/run/lock"
#define SHARED_NAME "mmfarm"
#define OWN_PREFIX  "mmfarm-"
#define NAME_WORDS  40 // characters of a thing that its file's name keeps

void lease_place_deinit(struct lease_place *p)
{
	for (size_t i = 0; i < p->others_count; i++)
		free(p->others[i]);
	free(p->others);
	free(p->dir);
	*p = (struct lease_place){0};
}

// ---- folders ------------------------------------------------------------------------------------

// Whoever may write to the folder can take away our locks: that must be us, root, or a group that it
// was given to.
static bool is_sound(const struct stat *st)
{
	bool trusted = st->st_uid == geteuid() || st->st_uid == 0;
	return S_ISDIR(st->st_mode) && trusted && !(st->st_mode & S_IWOTH);
}

static bool is_sound_own(const struct stat *st)
{
	return S_ISDIR(st->st_mode) && st->st_uid == geteuid() &&
	       !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static struct error *unsound(const char *dir)
{
	return error_new(ERROR_LAB,
			 "%s: not a folder that only its users may write to; board locks in it "
			 "mean nothing",
			 dir);
}

static struct error *use_named(const char *dir, struct lease_place *out)
{
	struct stat st;
	if (lstat(dir, &st) < 0) {
		CLEANUP_FREE char *parent = path_dir(dir);
		TRY(file_make_dirs(parent));
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			return error_errno(ERROR_SYSTEM, errno, "%s", dir);
		if (chmod(dir, 02775) < 0 || lstat(dir, &st) < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	}
	// A group of its own makes a folder that somebody else of the lab made as good as ours.
	bool given = S_ISDIR(st.st_mode) && (st.st_mode & S_ISGID) && (st.st_mode & S_IWGRP) &&
		     !(st.st_mode & S_IWOTH) && faccessat(AT_FDCWD, dir, W_OK, AT_EACCESS) == 0;
	if (!is_sound(&st) && !given)
		return unsound(dir);
	out->dir = memory_strdup(dir);
	return NULL;
}

// The group that a folder for all users is to have; false: there is none that we may give it to.
static bool find_group(gid_t *gid)
{
	static const char *const names[] = {"mmfarm", "dialout"};
	gid_t mine[256];
	int count = getgroups(256, mine);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct group *g = getgrnam(names[i]);
		if (!g)
			continue;
		*gid = g->gr_gid;
		bool member = geteuid() == 0 || getegid() == *gid;
		for (int k = 0; k < count; k++)
			member |= mine[k] == *gid;
		if (member)
			return true;
	}
	return false;
}

// It gets its name when it is as it should be: nobody ever finds it half made.
static void make_shared(const char *root, const char *dir)
{
	gid_t gid = 0;
	if (!find_group(&gid) && geteuid() != 0)
		return;
	CLEANUP_FREE char *unborn = memory_printf("%s/.mmfarm.%ld", root, (long)getpid());
	if (mkdir(unborn, 0700) < 0)
		return;
	bool ok = chown(unborn, (uid_t)-1, gid) == 0 && chmod(unborn, 02775) == 0;
	if (!ok || renameat2(AT_FDCWD, unborn, AT_FDCWD, dir, RENAME_NOREPLACE) < 0)
		rmdir(unborn);
}

static bool use_shared(const char *root, struct lease_place *out)
{
	CLEANUP_FREE char *dir = path_join(root, SHARED_NAME);
	struct stat st;
	if (lstat(dir, &st) < 0)
		make_shared(root, dir);
	if (lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode) || (st.st_mode & S_IWOTH) ||
	    faccessat(AT_FDCWD, dir, W_OK | X_OK, AT_EACCESS) < 0)
		return false;
	// Any user may have been the first to make it; the group tells that he may.
	gid_t gid = 0;
	if (!is_sound(&st) && !(find_group(&gid) && st.st_gid == gid && (st.st_mode & S_ISGID)))
		return false;
	out->dir = STEAL(dir);
	return true;
}

static struct error *use_own(const char *root, struct lease_place *out)
{
	CLEANUP_FREE char *dir = memory_printf("%s/" OWN_PREFIX "%u", root, (unsigned)geteuid());
	TRY(file_make_dirs(root));
	struct stat st;
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return error_errno(ERROR_SYSTEM, errno, "%s (farm.yaml's lock_dir names another)",
				   dir);
	if (lstat(dir, &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	if (!is_sound_own(&st))
		return unsound(dir);
	// Others look who holds a board; whatever the umask says.
	if ((st.st_mode & 0755) != 0755 && chmod(dir, 0755) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	out->dir = STEAL(dir);
	return NULL;
}

// Folders of that form, of the users that they name: nobody else's word counts.
static bool is_anothers(const char *root, const char *name, const char *own)
{
	size_t prefix = strlen(OWN_PREFIX);
	CLEANUP_FREE char *dir = path_join(root, name);
	struct stat st;
	if (strcmp(dir, own) == 0 || lstat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	if (strcmp(name, SHARED_NAME) == 0)
		return !(st.st_mode & S_IWOTH);
	if (strncmp(name, OWN_PREFIX, prefix) != 0 || !isdigit((unsigned char)name[prefix]))
		return false;
	char *end;
	unsigned long uid = strtoul(name + prefix, &end, 10);
	return !*end && st.st_uid == (uid_t)uid && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static void find_others(const char *root, struct lease_place *out)
{
	CLEANUP_CLOSEDIR DIR *dir = opendir(root);
	for (struct dirent *d; dir && (d = readdir(dir));) {
		if (!is_anothers(root, d->d_name, out->dir))
			continue;
		char *other = path_join(root, d->d_name);
		ARRAY_APPEND(out->others, out->others_count, other);
	}
}

struct error *lease_place_find_below(const char *root, struct lease_place *out)
{
	*out = (struct lease_place){0};
	if (!use_shared(root, out))
		TRY(use_own(root, out));
	find_others(root, out);
	return NULL;
}

struct error *lease_place_find(struct lease_place *out)
{
	*out = (struct lease_place){0};
	const char *dir = getenv("MMFARM_LOCK_DIR");
	return dir && dir[0] ? use_named(dir, out) : lease_place_find_below(ROOT, out);
}

// ---- files --------------------------------------------------------------------------------------

char *lease_place_name(const char *thing, const char *part)
{
	CLEANUP_FREE char *whole = memory_printf("%s\n%s", thing, part ? part : "");
	char hex[DIGEST_HEX_SIZE];
	digest_bytes(whole, strlen(whole), hex);
	char words[NAME_WORDS + 1];
	size_t n = 0;
	for (const char *c = whole; *c && n < NAME_WORDS; c++) {
		bool plain = isalnum((unsigned char)*c) || *c == '.' || *c == '_';
		if (plain || (n > 0 && words[n - 1] != '-'))
			words[n++] = plain ? *c : '-';
	}
	while (n > 0 && (words[n - 1] == '-' || words[n - 1] == '.'))
		n--;
	words[n] = '\0';
	return memory_printf("%s-%.32s", words[0] == '.' ? "dot" : words, hex);
}

// A plain file with one name: with a second one, whoever made it could have us write to another file.
static struct error *check_file(int fd, const char *path)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		return error_new(ERROR_LAB, "%s: not a plain file of its own; it is no lock", path);
	return NULL;
}

// Where the folder's group may lock, it may write to each file, whatever the umask of its maker says.
static mode_t file_mode(const char *dir)
{
	struct stat st;
	return stat(dir, &st) == 0 && (st.st_mode & S_IWGRP) ? 0664 : 0644;
}

// O_CREAT on a file that is there already may be refused (fs.protected_regular): so it is not asked for
// unless the file is new.
static int open_or_make(const char *dir, const char *path)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	for (int tries = 0; tries < 8; tries++) {
		int fd = open(path, flags);
		if (fd >= 0 || errno != ENOENT)
			return fd;
		fd = open(path, flags | O_CREAT | O_EXCL, 0600);
		if (fd >= 0 && fchmod(fd, file_mode(dir)) < 0) {
			close(fd);
			return -1;
		}
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

struct error *lease_place_open(const struct lease_place *p, const char *name, int *fd)
{
	CLEANUP_FREE char *path = path_join(p->dir, name);
	CLEANUP_CLOSE int file = open_or_make(p->dir, path);
	if (file < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	TRY(check_file(file, path));
	*fd = steal_fd(&file);
	return NULL;
}

struct error *lease_place_look(const char *dir, const char *name, int *fd)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_CLOSE int file =
	    open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	*fd = -1;
	if (file < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	if (file < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	TRY(check_file(file, path));
	*fd = steal_fd(&file);
	return NULL;
}
