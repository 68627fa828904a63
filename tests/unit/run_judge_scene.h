// SPDX-License-Identifier: GPL-2.0-or-later
// A firmware run as the judge gets it, and the verdict and part of the sentence that it gives.
#ifndef UNIT_RUN_JUDGE_SCENE_H
#define UNIT_RUN_JUDGE_SCENE_H

#include "unit/unit.h"

#include <stdio.h>

#include "base/memory.h"
#include "text/utf8.h"
#include "run/judge.h"

// A firmware run on a BBML2 board, in pool "bbml2", that went well; each test spoils one thing.
struct scene {
	struct job_config job;
	struct variant_config variant;
	struct board_config board;
	struct evidence evidence;
	struct judge_input input;
	struct judgement out;
};

static inline void add_cpu(struct scene *s, uint32_t midr, int bbm, int cap)
{
	struct evidence_cpu cpu = {(long)s->evidence.cpus_count, midr, bbm, cap};
	ARRAY_APPEND(s->evidence.cpus, s->evidence.cpus_count, cpu);
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
	    .severity = 3,
	    .of_payload = true,
	    .ended_boot = true,
	};
	ARRAY_APPEND(s->evidence.splats, s->evidence.splats_count, splat);
	return &s->evidence.splats[s->evidence.splats_count - 1];
}

static inline void add_test(struct scene *s, const char *path, enum detect_test_result result)
{
	struct evidence_test t = {.path = memory_strdup(path), .result = result};
	ARRAY_APPEND(s->evidence.tests, s->evidence.tests_count, t);
}

static inline void scene_init(struct scene *s)
{
	*s = (struct scene){0};
	s->variant.name = "premap";
	s->board.name = "b1";
	s->board.cpu =
	    (struct cpu_config){.name = "X4", .midr = 0x410fd823, .bbm = 2, .bbml2 = true};
	s->evidence.outcome = DETECT_OUTCOME_OK;
	s->evidence.final = s->evidence.hello = true;
	s->evidence.speech.own_boots = 1;
	s->evidence.end = s->evidence.end_intact = true;
	s->evidence.end_result = memory_strdup("pass");
	s->evidence.policy = memory_strdup("auto72");
	s->input = (struct judge_input){.job = &s->job,
					.variant = &s->variant,
					.board = &s->board,
					.pool = "bbml2",
					.end = BOARD_END_OFF};
	add_cpu(s, 0x410fd823, 2, 1);
	add_test(s, "mmfarm.S4.walk", DETECT_TEST_PASS);
}

static inline void assert_judged(struct scene *s, enum status verdict, const char *reason)
{
	judge(&s->input, &s->evidence, &s->out);
	if (s->out.verdict != verdict || !strstr(s->out.reason, reason))
		fail_msg("%s: %s; wanted %s: ..%s..", status_name(s->out.verdict), s->out.reason,
			 status_name(verdict), reason);
	evidence_deinit(&s->evidence);
}

static struct want_splat two_wants[] = {{.class = "warn", .function = "split_guard", .count = 1},
					{.class = "warn", .function = "change_range", .count = 1}};
static const char *bbml2_pool[] = {"bbml2"};
static struct want premap_want = {
    .pools = bbml2_pool, .pools_count = 1, .splats = two_wants, .splats_count = 2};

static inline void scene_premap(struct scene *s)
{
	scene_init(s);
	s->variant.wants = &premap_want;
	s->variant.wants_count = 1;
	add_splat(s, "warn", "split_guard", "WARNING in split_guard");
	add_splat(s, "warn", "change_range", "WARNING in change_range")->folded_into = 10;
}

#endif
