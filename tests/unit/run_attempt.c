// SPDX-License-Identifier: GPL-2.0-or-later
// run/attempt.c and the steps of run/batch.c with workers that do what each test wants. The folder and
// the worker are real, the board is not: a worker is a program, `PROGRAM worker RUN_DIR`.
#include "unit/unit.h"

#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "run/batch.h"
#include "kernel/payload.h"
#include "unit/folder.h"

struct fixture {
	char *dir;
	char *program;
	struct job_config *job;
	struct boards_config *boards;
	struct payload_file payload;
	struct batch_options options;
	unsigned starts, finishes;
	char verdict[8];
	char reason[200];
};

static const char boards_yaml[] = "types:\n"
				  "  t:\n"
				  "    cpu: {name: A72, midr: 0x410fd083, bbml2: false}\n"
				  "    console: {driver: exec, command: [cat]}\n"
				  "    power: {driver: exec, on: [\"true\"], off: [\"true\"]}\n"
				  "    boot: {driver: exec, prepare: [\"true\"]}\n"
				  "boards: {b1: {type: t}, b2: {type: t}}\n"
				  "pools: {all: {}}\n";

static const char job_yaml[] = "name: j\npayload: {kernel: image}\npools: [all]\n"
			       "variants: [{name: v}]\nbusy_wait: 0\n";

// What every script may call: tell RUN_DIR VERDICT REASON, a whole run.json.
static const char tell[] =
    "tell() { printf '{\"format\": \"mmfarm-run/1\", \"id\": \"r\", \"batch\": \"b\", \"job\": "
    "\"j\", "
    "\"variant\": \"v\", \"attempt\": 1, \"board\": {\"name\": \"b1\", \"type\": \"t\"}, "
    "\"payload\": {\"kind\": \"kernel\", \"name\": \"image\"}, "
    "\"start_time\": \"2026-06-04T01:00:00Z\", \"verdict\": \"%s\", \"reason\": \"%s\"}' "
    "\"$2\" \"$3\" >\"$1/run.json\"; }\n";

#define VERDICT "tell \"$2\" PASS \"as told\"\n"

// `script` is the worker: $2 is the run directory; `--recover REASON` follows for a recovery.
static void set_up(struct fixture *f, const char *script, unsigned parallel)
{
	*f = (struct fixture){.dir = folder_new()};
	CLEANUP_FREE char *text = memory_printf("#!/bin/sh\n%s%s", tell, script);
	folder_write(f->dir, "worker.sh", text);
	folder_write(f->dir, "boards.yaml", boards_yaml);
	folder_write(f->dir, "job.yaml", job_yaml);
	folder_write(f->dir, "image", "image");
	CLEANUP_FREE char *locks = path_join(f->dir, "locks");
	setenv("MMFARM_LOCK_DIR", locks, 1);
	f->program = path_join(f->dir, "worker.sh");
	assert_int_equal(chmod(f->program, 0755), 0);
	CLEANUP_FREE char *boards = path_join(f->dir, "boards.yaml");
	CLEANUP_FREE char *job = path_join(f->dir, "job.yaml");
	assert_null(boards_load(boards, &f->boards));
	assert_null(job_load(job, &f->job));
	f->payload = (struct payload_file){.path = path_join(f->dir, "image"),
					   .name = memory_strdup("image"),
					   .source = path_join(f->dir, "image")};
	memset(f->payload.sha256, 'a', DIGEST_HEX_SIZE - 1);
	f->options = (struct batch_options){.results_dir = f->dir,
					    .lab = "lab",
					    .origin = "mmfarm",
					    .parallel = parallel,
					    .program = f->program};
}

static void tear_down(struct fixture *f)
{
	payload_deinit(&f->payload);
	job_free(f->job);
	boards_free(f->boards);
	free(f->program);
	folder_remove(f->dir);
	free(f->dir);
}

static struct batch *make_batch(struct fixture *f)
{
	struct batch *b = NULL;
	assert_null(batch_new(&f->options, f->job, f->boards, &f->payload, &b));
	return b;
}

static void take(enum batch_event event, const struct batch_run *runs, size_t count,
		 const struct batch_run *run, void *arg)
{
	struct fixture *f = arg;
	(void)runs;
	assert_int_equal(count, 2);
	f->starts += event == BATCH_EVENT_START;
	if (event != BATCH_EVENT_FINISH)
		return;
	f->finishes++;
	snprintf(f->verdict, sizeof(f->verdict), "%s", run->verdict);
	snprintf(f->reason, sizeof(f->reason), "%s", run->reason);
}

static void wait_for(const struct batch *b)
{
	struct pollfd pfd = {.fd = batch_fd(b), .events = POLLIN};
	poll(&pfd, 1, clock_poll_ms(batch_wake_ns(b), 1000));
}

static void finish(struct fixture *f, struct batch *b)
{
	int64_t limit = clock_monotonic_ns() + 120 * NS_PER_S;
	for (bool done = false; !done; wait_for(b)) {
		assert_null(batch_step(b, take, f, &done));
		assert_true(clock_monotonic_ns() < limit);
	}
}

static void no_step_waits_for_a_worker(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f, "sleep 30\n", 4);
	struct batch *b = make_batch(&f);
	bool done;
	int64_t start = clock_monotonic_ns();
	for (int i = 0; i < 20; i++) {
		assert_null(batch_step(b, take, &f, &done));
		assert_false(done);
	}
	assert_int_equal(f.starts, 2);
	assert_int_equal(f.finishes, 0);
	assert_true(clock_monotonic_ns() - start < 20 * NS_PER_S);
	batch_free(b);
	tear_down(&f);
}

static void the_batchs_descriptor_tells_of_a_worker_that_ended(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f, "read line <\"$(dirname \"$0\")/go\"\n" VERDICT, 4);
	CLEANUP_FREE char *go = path_join(f.dir, "go");
	assert_int_equal(mkfifo(go, 0600), 0);
	struct batch *b = make_batch(&f);
	bool done;
	assert_null(batch_step(b, take, &f, &done));
	struct pollfd pfd = {.fd = batch_fd(b), .events = POLLIN};
	assert_int_equal(poll(&pfd, 1, 50), 0);
	CLEANUP_FCLOSE FILE *pipe = fopen(go, "w");
	fputs("\n", pipe);
	fflush(pipe);
	assert_int_equal(poll(&pfd, 1, 60000), 1);
	fputs("\n\n", pipe); // for the other one
	fflush(pipe);
	finish(&f, b);
	assert_int_equal(f.finishes, 2);
	assert_string_equal(f.verdict, "PASS");
	assert_string_equal(f.reason, "as told");
	batch_free(b);
	tear_down(&f);
}

// The other board's run goes on meanwhile.
static void a_worker_that_dies_has_its_run_finished_by_another_process(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f, "case $3 in --recover) tell \"$2\" MISS \"$4\" ;; *) kill -9 $$ ;; esac\n", 4);
	struct batch *b = make_batch(&f);
	finish(&f, b);
	assert_int_equal(f.starts, 2);
	assert_int_equal(f.finishes, 2);
	assert_string_equal(f.verdict, "MISS");
	assert_string_equal(f.reason, "the worker died (signal 9)");
	batch_free(b);
	tear_down(&f);
}

static void a_recovery_that_always_dies_ends_too(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f, "echo x >>\"$(dirname \"$0\")/tries\"\nkill -9 $$\n", 1);
	struct batch *b = make_batch(&f);
	finish(&f, b);
	assert_int_equal(f.finishes, 2);
	assert_string_equal(f.verdict, "");
	CLEANUP_FREE char *tries = folder_read(f.dir, "tries");
	assert_int_equal(strlen(tries),
			 strlen("x\n") * 2 * 4); // a worker and three recoveries each
	batch_free(b);
	tear_down(&f);
}

static void a_program_that_cannot_be_started_is_told_once(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f, VERDICT, 1);
	f.options.program = "/nonexistent/mmfarm";
	struct batch *b = make_batch(&f);
	finish(&f, b);
	assert_int_equal(f.starts, 2);
	assert_int_equal(f.finishes, 2);
	assert_non_null(strstr(f.reason, "cannot run /nonexistent/mmfarm"));
	batch_free(b);
	tear_down(&f);
}

static void what_is_stopped_begins_nothing_more(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f,
	       "trap 'kill $p; "
	       "tell \"$2\" MISS stopped; exit' TERM\n"
	       "echo >\"$2/ready\"\nsleep 60 & p=$!\nwait\n",
	       1);
	struct batch *b = make_batch(&f);
	bool done;
	assert_null(batch_step(b, take, &f, &done));
	assert_int_equal(f.starts, 1);
	CLEANUP_FREE char *ready = memory_printf("%s/runs/%s~b1~v~1/ready", f.dir, batch_id(b));
	while (!file_exists(ready))
		poll(NULL, 0, 10);
	batch_stop(b);
	finish(&f, b);
	assert_true(batch_is_stopped(b));
	assert_int_equal(f.starts, 1);
	assert_int_equal(f.finishes, 1);
	assert_string_equal(f.verdict, "MISS");
	batch_free(b);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_step_waits_for_a_worker),
	    cmocka_unit_test(the_batchs_descriptor_tells_of_a_worker_that_ended),
	    cmocka_unit_test(a_worker_that_dies_has_its_run_finished_by_another_process),
	    cmocka_unit_test(a_recovery_that_always_dies_ends_too),
	    cmocka_unit_test(a_program_that_cannot_be_started_is_told_once),
	    cmocka_unit_test(what_is_stopped_begins_nothing_more),
	};
	return cmocka_run_group_tests_name("run/attempt", tests, NULL, NULL);
}
