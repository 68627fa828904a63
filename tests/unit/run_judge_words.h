// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel or firmware run as the judge gets it, and the verdict, code and whole sentence that it gives.
#ifndef UNIT_RUN_JUDGE_WORDS_H
#define UNIT_RUN_JUDGE_WORDS_H

#include "unit/unit.h"

#include <stdio.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "run/judge.h"

// A kernel run that waits for "login:", was silent for 10 s of its 45 and said its last line.
struct scene {
	struct job_config job;
	struct variant_config variant;
	struct board_config board;
	struct evidence evidence;
	struct judge_input input;
	struct judgement out;
};

#define SILENT " (silent for 10 s, 45 s after power-on, last line «Starting»)"

static inline void scene_init(struct scene *s)
{
	*s = (struct scene){
	    .job = {.payload = {.kind = PAYLOAD_KERNEL},
		    .done = {.text = "login:"},
		    .deadline_s = 120,
		    .silence_s = 10},
	    .variant = {.name = "v"},
	    .board = {.name = "b1",
		      .cpu = {.name = "X4", .midr = 0x410fd823, .bbm = -1, .bbml2 = true}},
	    .evidence = {.outcome = DETECT_OUTCOME_STUCK_USERSPACE,
			 .final = true,
			 .boots = 1,
			 .speech = {.own_boots = 1}},
	    .input = {.end = BOARD_END_UNKNOWN,
		      .pool = "p",
		      .watch = {.end = WATCH_SILENCE,
				.after_s = 45,
				.silent_s = 10,
				.last_line = "Starting"}},
	};
}

// The same, and it came to its end.
static inline void scene_good(struct scene *s)
{
	scene_init(s);
	s->evidence.outcome = DETECT_OUTCOME_OK;
	s->evidence.done_text = true;
	s->input.watch.end = WATCH_DONE;
}

// A firmware run with its end record.
static inline void scene_firmware(struct scene *s)
{
	scene_good(s);
	s->job.payload.kind = PAYLOAD_FIRMWARE;
	s->job.done = (struct done_config){0};
	s->evidence.done_text = false;
	s->evidence.end = s->evidence.end_intact = s->evidence.hello = true;
	s->evidence.end_result = memory_strdup("pass");
	s->evidence.policy = memory_strdup("auto72");
}

static inline struct evidence_splat *add_splat(struct scene *s, const char *class_name,
					       const char *func, const char *title)
{
	struct evidence_splat splat = {
	    .line = 10 + s->evidence.splats_count,
	    .class_name = memory_strdup(class_name),
	    .sub = memory_strdup(""),
	    .func = memory_strdup(func),
	    .file = memory_strdup(""),
	    .title = memory_strdup(title),
	    .message = memory_strdup(""),
	    .severity = 2,
	    .of_payload = true,
	    .ended_boot = true,
	};
	ARRAY_APPEND(s->evidence.splats, s->evidence.splats_count, splat);
	return &s->evidence.splats[s->evidence.splats_count - 1];
}

static inline struct evidence_test *add_test(struct scene *s, const char *path,
					     enum detect_test_result result)
{
	struct evidence_test t = {.path = memory_strdup(path), .result = result};
	ARRAY_APPEND(s->evidence.tests, s->evidence.tests_count, t);
	return &s->evidence.tests[s->evidence.tests_count - 1];
}

static inline void add_cpu(struct scene *s, uint32_t midr, int bbm, int cap)
{
	struct evidence_cpu cpu = {(long)s->evidence.cpus_count, midr, bbm, cap};
	ARRAY_APPEND(s->evidence.cpus, s->evidence.cpus_count, cpu);
}

static inline void run_judge(struct scene *s)
{
	s->input.job = &s->job;
	s->input.variant = &s->variant;
	s->input.board = &s->board;
	judge(&s->input, &s->evidence, &s->out);
}

static inline void assert_said(const struct scene *s, const char *verdict, const char *code,
			       const char *reason)
{
	assert_string_equal(s->out.reason, reason);
	assert_string_equal(status_name(s->out.verdict), verdict);
	assert_string_equal(s->out.code, code);
}

static inline void assert_judged(struct scene *s, const char *verdict, const char *code,
				 const char *reason)
{
	run_judge(s);
	assert_said(s, verdict, code, reason);
	evidence_deinit(&s->evidence);
}

#define GOOD     "no splat, the boot reached its end"
#define CHECKED  "no splat, every check passed"
#define ALL_CAME "every wanted splat came and nothing else"

#endif
