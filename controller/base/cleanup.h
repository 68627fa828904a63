// SPDX-License-Identifier: GPL-2.0-or-later
// Scope cleanup: an object declared with one of these attributes is released when its scope ends.
#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

// Defines `name`, a cleanup function for variables of pointer type `type` released by `free_fn`,
// which must accept NULL.
#define CLEANUP_DEFINE(name, type, free_fn)                      \
	static inline __attribute__((unused)) void name(type *p) \
	{                                                        \
		free_fn(*p);                                     \
		*p = NULL;                                       \
	}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
	*(void **)p = NULL;
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

static inline void cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
	*d = NULL;
}

#define CLEANUP_FREE     CLEANUP(cleanup_free)
#define CLEANUP_CLOSE    CLEANUP(cleanup_close)
#define CLEANUP_FCLOSE   CLEANUP(cleanup_fclose)
#define CLEANUP_CLOSEDIR CLEANUP(cleanup_closedir)

// Hands ownership out of a scope: returns the value and leaves the variable empty.
static inline void *cleanup_steal_ptr(void *p)
{
	void *v = *(void **)p;
	*(void **)p = NULL;
	return v;
}
#define STEAL(p) ((__typeof__(p))cleanup_steal_ptr(&(p)))

static inline int steal_fd(int *fd)
{
	int v = *fd;
	*fd = -1;
	return v;
}

#endif
