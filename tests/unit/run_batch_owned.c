// SPDX-License-Identifier: GPL-2.0-or-later
// Batches that somebody owns (run/batch.h): a gate decides what begins, ids are given, runs are added and
// left out, and a batch goes on behind its scheduler. A worker is a script, `PROGRAM worker RUN_DIR`.
#include "unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/model.h"
#include "run/batch.h"
#include "run/batch_plan.h"
#include "kernel/payload.h"
#include "unit/folder.h"

#define ID "20260604T010000Z-0123456789"

struct fixture {
	char *dir, *program;
	struct job_config *job;
	struct boards_config *boards;
	struct payload_file payload;
	struct batch_options options;
	struct batch_gate gate;
	const char *open; // the board whose runs may begin; NULL: none's
	unsigned asked, starts;
};

static const char boards_yaml[] = "types:\n"
				  "  t:\n"
				  "    cpu: {name: A72, midr: 0x410fd083, bbml2: false}\n"
				  "    console: {driver: exec, command: [cat]}\n"
				  "    power: {driver: exec, on: [\"true\"], off: [\"true\"]}\n"
				  "    boot: {driver: exec, prepare: [\"true\"]}\n"
				  "boards: {b1: {type: t}, b2: {type: t}, b3: {type: t}}\n"
				  "pools: {two: {boards: [b1, b2]}, all: {}}\n";

static const char job_yaml[] = "name: j\npayload: {kernel: image}\npools: [two]\ndeadline: 5s\n"
			       "variants: [{name: v, arguments: quiet}]\nbusy_wait: 0\n";

static const char script[] =
    "#!/bin/sh\n"
    "printf '{\"format\": \"mmfarm-run/1\", \"id\": \"%s\", \"batch\": \"b\", \"job\": \"j\", "
    "\"variant\": \"v\", \"attempt\": 1, \"board\": {\"name\": \"b1\", \"type\": \"t\"}, "
    "\"payload\": {\"kind\": \"kernel\", \"name\": \"image\"}, "
    "\"start_time\": \"2026-06-04T01:00:00Z\", \"verdict\": \"PASS\", \"reason\": \"told\"}' "
    "\"$(basename \"$2\")\" >\"$2/run.json\"\n";

static bool may_begin(void *arg, const struct batch *b, const struct batch_run *run)
{
	struct fixture *f = arg;
	(void)b;
	f->asked++;
	return f->open && strcmp(run->board->name, f->open) == 0;
}

static void load(struct fixture *f)
{
	CLEANUP_FREE char *boards = path_join(f->dir, "boards.yaml");
	CLEANUP_FREE char *job = path_join(f->dir, "job.yaml");
	boards_free(f->boards);
	job_free(f->job);
	assert_null(boards_load(boards, &f->boards));
	assert_null(job_load(job, &f->job));
}

static void set_up(struct fixture *f)
{
	*f = (struct fixture){.dir = folder_new()};
	folder_write(f->dir, "worker.sh", script);
	folder_write(f->dir, "boards.yaml", boards_yaml);
	folder_write(f->dir, "job.yaml", job_yaml);
	folder_write(f->dir, "image", "image");
	CLEANUP_FREE char *locks = path_join(f->dir, "locks");
	setenv("MMFARM_LOCK_DIR", locks, 1);
	f->program = path_join(f->dir, "worker.sh");
	assert_int_equal(chmod(f->program, 0755), 0);
	load(f);
	f->payload = (struct payload_file){.path = path_join(f->dir, "image"),
					   .name = memory_strdup("image"),
					   .source = path_join(f->dir, "image")};
	memset(f->payload.sha256, 'a', DIGEST_HEX_SIZE - 1);
	f->gate = (struct batch_gate){may_begin, f};
	f->options = (struct batch_options){.results_dir = f->dir,
					    .id = ID,
					    .lab = "lab",
					    .origin = "mmfarm",
					    .parallel = 4,
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

static struct batch *make(struct fixture *f)
{
	struct batch *b = NULL;
	assert_null(batch_new(&f->options, f->job, f->boards, &f->payload, &b));
	return b;
}

static struct batch *resume(struct fixture *f)
{
	struct batch *b = NULL;
	assert_null(batch_resume(&f->options, f->job, f->boards, &f->payload, ID, &b));
	return b;
}

static void take(enum batch_event event, const struct batch_run *runs, size_t count,
		 const struct batch_run *run, void *arg)
{
	struct fixture *f = arg;
	(void)runs, (void)count, (void)run;
	f->starts += event == BATCH_EVENT_START;
}

static bool step(struct fixture *f, struct batch *b)
{
	bool done;
	assert_null(batch_step(b, take, f, &done));
	return done;
}

static void finish(struct fixture *f, struct batch *b)
{
	int64_t limit = clock_monotonic_ns() + 120 * NS_PER_S;
	while (!step(f, b)) {
		struct pollfd pfd = {.fd = batch_fd(b), .events = POLLIN};
		poll(&pfd, 1, clock_poll_ms(batch_wake_ns(b), 1000));
		assert_true(clock_monotonic_ns() < limit);
	}
}

static struct batch_run run_of(struct batch *b, size_t i)
{
	size_t count;
	const struct batch_run *runs = batch_runs(b, &count);
	assert_true(i < count);
	return runs[i];
}

static size_t count_of(struct batch *b)
{
	size_t count;
	batch_runs(b, &count);
	return count;
}

// ---- the gate -----------------------------------------------------------------------------------

static void nothing_begins_that_the_gate_does_not_let(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	f.options.gate = &f.gate;
	struct batch *b = make(&f);
	assert_int_equal(batch_wake_ns(b), 0); // the first step is due at once
	for (int i = 0; i < 3; i++)
		assert_false(step(&f, b));
	assert_int_equal(f.starts, 0);
	assert_int_equal(f.asked, 6);
	assert_int_equal(batch_wake_ns(b), INT64_MAX);
	f.open = "b2";
	assert_false(step(&f, b));
	assert_int_equal(f.starts, 1);
	assert_int_equal(run_of(b, 0).state, BATCH_PENDING);
	assert_int_not_equal(batch_wake_ns(b), INT64_MAX);
	batch_stop(b);
	finish(&f, b);
	batch_free(b);
	tear_down(&f);
}

// ---- ids ----------------------------------------------------------------------------------------

static void an_id_is_taken_once(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	struct batch *b = make(&f), *other = NULL;
	assert_string_equal(batch_id(b), ID);
	assert_true(batch_is_begun(f.dir, ID));
	CLEANUP_ERROR struct error *held =
	    batch_new(&f.options, f.job, f.boards, &f.payload, &other);
	assert_int_equal(error_kind(held), ERROR_LAB);
	batch_free(b);
	CLEANUP_ERROR struct error *begun =
	    batch_new(&f.options, f.job, f.boards, &f.payload, &other);
	assert_non_null(strstr(error_text(begun), "was begun already"));
	f.options.id = "tonight";
	CLEANUP_ERROR struct error *wrong =
	    batch_new(&f.options, f.job, f.boards, &f.payload, &other);
	assert_int_equal(error_kind(wrong), ERROR_BUG);
	tear_down(&f);
}

static void a_begin_that_was_cut_short_is_begun_again(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	struct batch *b = NULL;
	CLEANUP_FREE char *batches = path_join(f.dir, "batches");
	CLEANUP_FREE char *dir = path_join(batches, ID);
	CLEANUP_ERROR struct error *none =
	    batch_resume(&f.options, f.job, f.boards, &f.payload, ID, &b);
	assert_int_equal(error_code(none), ENOENT);
	assert_int_equal(mkdir(batches, 0777), 0);
	assert_int_equal(mkdir(dir, 0777), 0);
	assert_false(batch_is_begun(f.dir, ID));
	b = make(&f);
	finish(&f, b);
	assert_int_equal(f.starts, 2);
	batch_free(b);
	tear_down(&f);
}

static pid_t dead_process(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return pid;
}

// A document of the batch that the process was writing; the caller frees its name.
static char *leave_half_made(const struct fixture *f, pid_t pid)
{
	char *path = memory_printf("%s/batches/" ID "/batch.json.%ld.tmp", f->options.results_dir,
				   (long)pid);
	assert_null(file_write_atomic(path, "{", 1));
	return path;
}

// ---- behind its scheduler -----------------------------------------------------------------------

static void what_has_a_verdict_keeps_it_and_the_rest_begins(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	f.options.gate = &f.gate;
	f.open = "b1";
	struct batch *b = make(&f);
	while (run_of(b, 0).state != BATCH_FINISHED) {
		step(&f, b);
		poll(NULL, 0, 5);
	}
	batch_free(b);
	f.options.gate = NULL;
	f.starts = 0;
	b = resume(&f);
	assert_int_equal(run_of(b, 0).state, BATCH_FINISHED);
	assert_string_equal(run_of(b, 0).verdict, "PASS");
	assert_string_equal(run_of(b, 0).reason, "told");
	assert_int_equal(run_of(b, 1).state, BATCH_PENDING);
	assert_string_equal(run_of(b, 1).id, ID "~b2~v~1");
	assert_false(batch_is_closed(b));
	finish(&f, b);
	assert_int_equal(f.starts, 1);
	batch_free(b);
	f.starts = 0;
	b = resume(&f); // all is over, and its results are not out
	assert_true(step(&f, b));
	assert_int_equal(f.starts, 0);
	assert_false(batch_is_closed(b));
	CLEANUP_FREE char *half_made = leave_half_made(&f, dead_process());
	CLEANUP_FREE char *in_the_making = leave_half_made(&f, getpid());
	batch_close(f.dir, ID);
	batch_free(b);
	assert_false(file_exists(half_made));
	assert_true(file_exists(in_the_making));
	b = resume(&f);
	assert_true(batch_is_closed(b));
	batch_free(b);
	tear_down(&f);
}

// Each way in which a pending run can no longer be what it was meant to be.
static void what_is_no_longer_as_it_was_is_a_miss(void **state)
{
	(void)state;
	static const struct {
		const char *file, *from, *to, *reason;
	} cases[] = {
	    {"boards.yaml", "b2: {type: t}", "b9: {type: t}", "board b2 is no longer in boards/"},
	    {"job.yaml", "name: v,", "name: w,", "the job no longer has variant v"},
	    {"job.yaml", "quiet", "debug", "the arguments of variant v changed"},
	    {NULL, NULL, NULL, "the payload changed since its batch began"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		set_up(&f);
		f.options.gate = &f.gate;
		batch_free(make(&f));
		if (cases[i].file) {
			CLEANUP_FREE char *text = folder_read(f.dir, cases[i].file);
			char *at = strstr(text, cases[i].from);
			memcpy(at, cases[i].to, strlen(cases[i].to));
			if (i == 0) // pools name it
				memcpy(strstr(text, "b1, b2"), "b1, b9", 6);
			folder_write(f.dir, cases[i].file, text);
			load(&f);
		} else {
			f.payload.sha256[0] = 'b';
		}
		struct batch *b = resume(&f);
		struct batch_run run = run_of(b, 1);
		assert_int_equal(run.state, BATCH_FINISHED);
		assert_string_equal(run.verdict, "MISS");
		assert_non_null(strstr(run.reason, cases[i].reason));
		batch_free(b);
		tear_down(&f);
	}
}

// ---- added and left out -------------------------------------------------------------------------

static void an_added_run_is_on_record_and_resumed_as_it_was(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	f.options.gate = &f.gate;
	struct batch *b = make(&f);
	const char *id;
	struct batch_addition a = {.of = ID "~b1~v~1", .why = BATCH_RETRY, .board = "b2"};
	assert_null(batch_add(b, &a, &id));
	assert_string_equal(id, ID "~b2~v~2");
	a = (struct batch_addition){.of = ID "~b1~v~1", .why = BATCH_CONFIRM};
	assert_null(batch_add(b, &a, &id));
	assert_string_equal(id, ID "~b1~v~2");
	a.board = "b3"; // of another pool
	CLEANUP_ERROR struct error *e = batch_add(b, &a, NULL);
	assert_int_equal(error_kind(e), ERROR_USAGE);
	a.of = "nobody";
	CLEANUP_ERROR struct error *unknown = batch_add(b, &a, NULL);
	assert_int_equal(error_kind(unknown), ERROR_BUG);
	batch_free(b);
	b = resume(&f);
	assert_int_equal(count_of(b), 4);
	assert_int_equal(run_of(b, 1).why, BATCH_PLANNED);
	assert_null(run_of(b, 1).of);
	assert_int_equal(run_of(b, 2).why, BATCH_RETRY);
	assert_string_equal(run_of(b, 2).of, ID "~b1~v~1");
	assert_string_equal(run_of(b, 2).pool, "two");
	assert_int_equal(run_of(b, 3).why, BATCH_CONFIRM);
	assert_int_equal(run_of(b, 3).attempt, 2);
	batch_free(b);
	tear_down(&f);
}

static void a_run_that_is_left_out_is_a_skip_for_good(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	struct batch *b = make(&f);
	assert_null(batch_skip(b, 0, "the window ends"));
	assert_int_equal(run_of(b, 0).state, BATCH_FINISHED);
	assert_string_equal(run_of(b, 0).verdict, "SKIP");
	assert_string_equal(run_of(b, 0).reason, "the window ends");
	CLEANUP_ERROR struct error *again = batch_skip(b, 0, "again");
	assert_int_equal(error_kind(again), ERROR_BUG);
	batch_free(b);
	b = resume(&f);
	assert_string_equal(run_of(b, 0).verdict, "SKIP");
	finish(&f, b);
	assert_int_equal(f.starts, 1);
	CLEANUP_BATCH_RESULTS struct batch_results r = {0};
	assert_null(batch_results_load(f.dir, ID, &r));
	assert_int_equal(r.runs[0]->verdict, STATUS_SKIP);
	assert_null(r.runs[0]->error);
	batch_free(b);
	tear_down(&f);
}

// ---- the plan alone -----------------------------------------------------------------------------

static void a_plan_makes_nothing(void **state)
{
	(void)state;
	struct fixture f;
	set_up(&f);
	f.options.repeat = 2;
	CLEANUP_BATCH_PLAN struct batch_plan plan = {0};
	assert_null(batch_plan_make(&f.options, f.job, f.boards, &plan));
	assert_int_equal(plan.count, 4);
	assert_string_equal(plan.runs[0].board->name, "b1");
	assert_string_equal(plan.runs[1].board->name, "b2");
	assert_int_equal(plan.runs[3].attempt, 2);
	assert_int_equal(plan.runs[0].cpus, 1);
	assert_true(plan.runs[0].limit_ns ==
		    5 * NS_PER_S + (int64_t)(plan.runs[0].start_limit_s * 1e9));
	CLEANUP_FREE char *batches = path_join(f.dir, "batches");
	assert_false(file_exists(batches));
	f.options.board = "b3";
	CLEANUP_BATCH_PLAN struct batch_plan none = {0};
	CLEANUP_ERROR struct error *e = batch_plan_make(&f.options, f.job, f.boards, &none);
	assert_int_equal(error_kind(e), ERROR_USAGE);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nothing_begins_that_the_gate_does_not_let),
	    cmocka_unit_test(an_id_is_taken_once),
	    cmocka_unit_test(a_begin_that_was_cut_short_is_begun_again),
	    cmocka_unit_test(what_has_a_verdict_keeps_it_and_the_rest_begins),
	    cmocka_unit_test(what_is_no_longer_as_it_was_is_a_miss),
	    cmocka_unit_test(an_added_run_is_on_record_and_resumed_as_it_was),
	    cmocka_unit_test(a_run_that_is_left_out_is_a_skip_for_good),
	    cmocka_unit_test(a_plan_makes_nothing),
	};
	return cmocka_run_group_tests_name("run/batch, owned", tests, NULL, NULL);
}
