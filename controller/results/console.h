// SPDX-License-Identifier: GPL-2.0-or-later
// The stored console of a run, read by byte or by line: RUN/console.raw as it was captured, or
// RUN/console.raw.zst as retention left it.
//
// console.raw.zst is in the zstd seekable format (zstd, contrib/seekable_format): frames that each
// hold whole lines where lines are not longer than a frame, and a seek table behind them, so that
// `zstd -d` gives the original and one line is found without unpacking the rest. A skippable frame
// before the seek table holds the number of line ends in each frame (magic 0x184D2A5D, "mmfarm
// lines 1\0", u32 little-endian a frame).
#ifndef RESULTS_CONSOLE_H
#define RESULTS_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

struct console;

// Opens the console in `run_dir`; `*out` NULL without error: there is none.
struct error *console_open(const char *run_dir, struct console **out) ERROR_RESULT;
// The same for a file of any name; `packed` as console.raw.zst is.
struct error *console_open_file(const char *path, bool packed, struct console **out) ERROR_RESULT;
void console_close(struct console *c);
CLEANUP_DEFINE(cleanup_console, struct console *, console_close)
#define CLEANUP_CONSOLE CLEANUP(cleanup_console)

// "console.raw" or "console.raw.zst": what the run's console is called now.
const char *console_file_name(const char *run_dir);

uint64_t console_size(const struct console *c); // bytes, unpacked

// Appends bytes [from, from + len), fewer at the end.
struct error *console_read(struct console *c, uint64_t from, size_t len,
			   struct buffer *out) ERROR_RESULT;

// Appends lines `first` to `last` (from 1), at most `max_bytes`.
struct error *console_read_lines(struct console *c, uint64_t first, uint64_t last, size_t max_bytes,
				 struct buffer *out) ERROR_RESULT;

// Appends the last lines, at most `max_lines` and `max_bytes`, whole lines only unless one alone is
// longer. An absent console appends nothing.
struct error *console_tail(const char *run_dir, size_t max_lines, size_t max_bytes,
			   struct buffer *out) ERROR_RESULT;

// Packs RUN/console.raw into console.raw.zst, and console.idx into console.idx.zst. Each original
// is removed only after what was written has been read back and found the same. Nothing to do is
// success.
struct error *console_pack(const char *run_dir) ERROR_RESULT;

// ---- for console.c and console_pack.c -----------------------------------------------------------
#define CONSOLE_FRAME_BYTES 262144u    // of text a frame holds, or up to the end of that line
#define CONSOLE_FRAME_MAX   (4u << 20) // a longer line is cut over frames
#define CONSOLE_SEEK_MAGIC  0x8F92EAB1u
#define CONSOLE_SKIP_SEEK   0x184D2A5Eu      // skippable frame with the seek table
#define CONSOLE_SKIP_LINES  0x184D2A5Du      // skippable frame with the line table
#define CONSOLE_LINES_WORD  "mmfarm lines 1" // with its NUL

#endif
