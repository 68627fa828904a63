// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a kernel can speak on a board at all, as far as its Image's header, the board's CPU and the
// command line tell: looked at before a board has power, and when a console stayed silent. Pure.
#ifndef RUN_FIT_H
#define RUN_FIT_H

#include <stdbool.h>

#include "config/boards.h"
#include "kernel/image.h"
#include "record/status.h"

// Why the Image cannot run on that CPU, and what would; NULL: nothing speaks against it. The caller
// frees. A kernel whose granule the CPU lacks prints nothing, not even to an early console.
char *fit_refuse(const struct image_head *head, const struct cpu_config *cpu);

// Whether the command line has `key=` with a value, or (`alone`) the bare word.
bool fit_has_argument(const char *arguments, const char *key, bool alone);

// What a kernel's silence means on a board that is known to be well.
struct fit_silence {
	enum status verdict;
	const char *code; // of an ERROR; "" of a FAIL
	const char *cause;
};
struct fit_silence fit_explain_silence(const char *arguments);

#endif
