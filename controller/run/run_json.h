// SPDX-License-Identifier: GPL-2.0-or-later
// run.json: all that is known of a finished run; format "mmfarm-run/1", docs/run-directory.md.
#ifndef RUN_RUN_JSON_H
#define RUN_RUN_JSON_H

#include "record/model.h"
#include "run/judge.h"

struct run_record {
	const struct judge_input *input;
	const struct evidence *evidence;
	const struct judgement *judgement;
	const struct banners *payload; // what it calls itself; NULL: not known
	const char *emulator;          // what plays the board; NULL or "": it is real
	int64_t start_realtime_ns;
	double duration_s; // from the moment the board was ours
	double waited_s;   // for the board before that
	uint64_t console_bytes, console_lines;
	uint64_t console_lost;
	unsigned console_gaps; // how often the line was away
	double console_away_s; // in all // came after the last byte of console.raw
	uint64_t payload_size;
	const struct run_cycles *cycles; // NULL: nobody counted
};

// Writes RUN_DIR/run.json by rename, and so ends the run.
struct error *run_json_write(const char *run_dir, const struct run_record *r) ERROR_RESULT;

// The same without writing it; in the arena, and what `r` points to. Excerpts are read from the
// console at `console_path`.
const struct run *run_json_make(const char *console_path, const struct run_record *r,
				struct arena *a);

#endif
