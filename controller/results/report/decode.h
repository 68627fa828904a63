// SPDX-License-Identifier: GPL-2.0-or-later
// Names the source lines of a trace, by the vmlinux that was run and binutils (or LLVM): what
// scripts/decode_stacktrace.sh does, without running a program of the tree.
#ifndef RESULTS_DECODE_H
#define RESULTS_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct decoder;

// Reads the symbols. `banner` ("Linux version ..."; NULL: not known) must stand in the file: the lines
// of another build would be wrong ones. ERROR_LAB: it cannot be read, or is of another kernel.
struct error *decoder_open(const char *vmlinux, const char *banner,
			   struct decoder **out) ERROR_RESULT;
void decoder_close(struct decoder *d);
CLEANUP_DEFINE(cleanup_decoder, struct decoder *, decoder_close)
#define CLEANUP_DECODER CLEANUP(cleanup_decoder)

// Appends a line for each "symbol+0xOFFSET/0xSIZE" of the console text that the vmlinux has with just
// that size: "symbol+0x15c/0x170  arch/arm64/mm/mmu.c:821", behind it lines of what was inlined there.
// Names of source files lose what stands before `file` (NULL: not known) in the frame that has it.
struct error *decoder_lines(struct decoder *d, const char *text, const char *file,
			    struct buffer *out) ERROR_RESULT;

// ---- pure, for its tests ------------------------------------------------------------------------

struct trace_entry {
	const char *symbol; // not terminated
	size_t symbol_len;
	unsigned long offset, size;
	bool returns; // a return address: the call is in front of it
};

// The next entry of a trace in `*at`, which goes behind it; false: there is none. Those of modules, and
// whose offset is beyond the size, are none.
bool trace_next(const char **at, struct trace_entry *out);

#endif
