// SPDX-License-Identifier: GPL-2.0-or-later
// The one error convention of the tree.
//
// A function that can fail returns `struct error *`: NULL means success, anything else is owned by
// the caller, who either returns it (TRY), wraps it with what it was doing (error_wrap) or handles
// and frees it. Nothing below cmd/ prints. Out-parameters are untouched on failure.
//
//     struct error *e = file_read(path, &buf);
//     if (e)
//             return error_wrap(e, "loading board %s", name);
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"

// Who must act; decides the exit code of a command and the verdict of a run.
enum error_kind {
	ERROR_USAGE,    // the command line: exit 2
	ERROR_CONFIG,   // boards/, jobs/, farm.yaml or a payload named there: exit 2
	ERROR_LAB,      // power, console, flash, network, disk: MISS, exit 3
	ERROR_IDENTITY, // a board that is not the one its file names (swapped cable): MISS, exit 3
	ERROR_UNMET,    // the host lacks what the board's file says it needs: SKIP, exit 3
	ERROR_QUARANTINE, // a hook found that the board must not be used: MISS, exit 3
	ERROR_SYSTEM,     // the operating system refused something: exit 3
	ERROR_BUG,        // a promise inside mmfarm was broken: exit 3
};

struct error;

#define ERROR_RESULT       __attribute__((warn_unused_result))
#define ERROR_PRINTF(f, a) __attribute__((format(printf, f, a)))

// A new error. Never returns NULL: when memory is gone it returns a static object.
struct error *error_new(enum error_kind kind, const char *fmt, ...) ERROR_PRINTF(2, 3) ERROR_RESULT;

// As error_new, with the place in a text file it is about (line and column from 1; 0 = unknown).
struct error *error_new_at(enum error_kind kind, const char *file, size_t line, size_t column,
			   const char *fmt, ...) ERROR_PRINTF(5, 6) ERROR_RESULT;

// As error_new; appends ": " and the text of errno value `code`.
struct error *error_errno(enum error_kind kind, int code, const char *fmt, ...)
    ERROR_PRINTF(3, 4) ERROR_RESULT;

// Puts "what was being done" ahead of `cause` and takes ownership of it. The kind stays the
// cause's. With cause == NULL returns NULL, so that a call can be wrapped unconditionally.
struct error *error_wrap(struct error *cause, const char *fmt, ...) ERROR_PRINTF(2, 3) ERROR_RESULT;

// Same, also changing who must act.
struct error *error_wrap_kind(struct error *cause, enum error_kind kind, const char *fmt, ...)
    ERROR_PRINTF(3, 4) ERROR_RESULT;

void error_free(struct error *e);
CLEANUP_DEFINE(cleanup_error, struct error *, error_free)
#define CLEANUP_ERROR CLEANUP(cleanup_error)

enum error_kind error_kind(const struct error *e);

// errno value behind it, 0 when none.
int error_code(const struct error *e);

// "file:line:column: outer: inner", one line, valid while `e` lives and is not wrapped.
const char *error_text(const struct error *e);

// Returns early with the error of `expr`, if any.
#define TRY(expr)                                  \
	do {                                       \
		struct error *try_error_ = (expr); \
		if (try_error_)                    \
			return try_error_;         \
	} while (0)

#endif
