// SPDX-License-Identifier: GPL-2.0-or-later
// Where the locks lie, and how their files are opened: others may write to the same folder.
//
//   MMFARM_LOCK_DIR      if it is set (farm.yaml's `lock_dir` sets it): this folder alone
//   /run/lock/mmfarm     for all users of the host: group-writable, setgid. Made by root, or by a member
//                        of the group it is to have: "mmfarm", else "dialout"
//   /run/lock/mmfarm-UID of a user who can write to neither; all others look into it
#ifndef LEASE_PLACE_H
#define LEASE_PLACE_H

#include <stdbool.h>

#include "base/error.h"

struct lease_place {
	char *dir;     // owned: where our own locks are made
	char **others; // owned: folders in which others hold locks, to be read only
	size_t others_count;
};

void lease_place_deinit(struct lease_place *p);
#define CLEANUP_LEASE_PLACE CLEANUP(lease_place_deinit)

// Finds the folder, and makes it if need be. ERROR_LAB: others than its users may write to it, so that
// locks in it would mean nothing.
struct error *lease_place_find(struct lease_place *out) ERROR_RESULT;
// The same with another folder than /run/lock.
struct error *lease_place_find_below(const char *root, struct lease_place *out) ERROR_RESULT;

// The name of the file for a thing: words of it for people, and a digest. The caller frees.
char *lease_place_name(const char *thing, const char *part);

// Opens (makes) our file of that name for reading and writing; follows no link, and takes plain files
// with one name only.
struct error *lease_place_open(const struct lease_place *p, const char *name, int *fd) ERROR_RESULT;
// Opens the file of that name in a folder, to be read. -1: there is none. A file that cannot be looked
// at is an error: whoever made it may hold the thing.
struct error *lease_place_look(const char *dir, const char *name, int *fd) ERROR_RESULT;

#endif
