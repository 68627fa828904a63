// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "board/board.h"
#include "board/claims.h"
#include "kernel/image_file.h"
#include "record/layout.h"
#include "run/directory.h"
#include "run/fit.h"
#include "run/hooks.h"
#include "run/known_well.h"
#include "run/lava_results.h"
#include "run/plan.h"
#include "run/run_json.h"
#include "run/sanitize.h"
#include "run/session.h"

#define HANDED_LEASE 3 // the first descriptor of it

// ---- the board's way from off to off ------------------------------------------------------------

// How long switching off may take beyond the run's deadline: the verdict is promised for ten seconds
// behind it, and the scheduler ends a worker that is later than eight.
#define OFF_LIMIT_NS (6 * NS_PER_S)

// A file that was rebuilt while its batch runs would put another build's name to what it shows.
static struct error *check_payload(const struct job_config *job)
{
	char hex[DIGEST_HEX_SIZE];
	TRY(digest_file(job->payload.parts[PAYLOAD_IMAGE].path, ERROR_CONFIG, hex));
	if (strcmp(hex, job->run.sha256) == 0)
		return NULL;
	return error_new(ERROR_CONFIG, "the payload %s changed since its batch began",
			 job->payload.parts[PAYLOAD_IMAGE].path);
}

static struct error *boot_and_watch(struct session *s, struct board *board, const struct plan *p,
				    const struct board_wait *wait)
{
	const struct board_sanitizer sanitize = {.loads = p->job->sanitize.loads,
						 .lone_data = p->job->sanitize.lone_end > 0};
	const struct payload_part_config *parts = p->job->payload.parts;
	struct board_payload payload = {
	    .image = parts[PAYLOAD_IMAGE].path,
	    .initrd = parts[PAYLOAD_INITRD].path,
	    .arguments = p->variant->arguments,
	    .dtb = parts[PAYLOAD_DTB].path ? parts[PAYLOAD_DTB].path : p->board->dtb,
	    .sanitize = p->job->sanitize.page_tables ? &sanitize : NULL,
	};
	session_state(s, "prepare", NULL);
	TRY(check_payload(p->job));
	TRY(banners_read(p->job->payload.parts[PAYLOAD_IMAGE].path, p->job->payload.kind,
			 &s->payload));
	TRY(board_prepare(board, ".", &payload, wait));
	session_state(s, "power-on", NULL);
	session_start_deadline(s, p->job->deadline_s);
	TRY(board_power_on(board));
	session_state(s, "boot", NULL);
	if (board_has_start(board)) {
		// Flashing has limits of its own; the job's deadline is the payload's.
		s->start_failed = true;
		TRY(board_start(board));
		s->start_failed = false;
		session_state(s, "started", NULL);
		session_start_deadline(s, p->job->deadline_s);
	}
	return session_watch(s, p->job);
}

// What became of the board, for the verdict.
struct aftermath {
	enum board_end end;
	struct error *off;  // owned: why the board may still be on
	char *doubt;        // owned: judge_input.doubt
	char *unfit, *well; // owned: the same
	struct run_cycles cycles;
	bool counted; // the cycles are known
};

static void aftermath_deinit(struct aftermath *a)
{
	error_free(a->off);
	free(a->doubt);
	free(a->unfit);
	free(a->well);
}
#define CLEANUP_AFTERMATH CLEANUP(aftermath_deinit)

// Until somebody switches the board off it is known by `mmfarm boards` as well.
static void tell_power(const struct plan *p, struct lease *lease, const struct error *off,
		       bool is_virtual)
{
	char now[CLOCK_RFC3339_SIZE];
	clock_rfc3339(clock_realtime_ns(), now);
	CLEANUP_FREE char *why =
	    off ? memory_printf("since %s, run %s: %s", now, p->job->run.id, error_text(off))
		: NULL;
	if (!is_virtual && lease)
		lease_note_power(lease, why);
}

static int64_t off_limit_ns(const struct session *s)
{
	int64_t now = clock_monotonic_ns();
	// Who was asked to stop is not waited for either.
	bool early = !s->pump.stopped && s->deadline_ns != INT64_MAX && s->deadline_ns > now;
	return (early ? s->deadline_ns : now) + OFF_LIMIT_NS;
}

static struct lease_use use_of(const struct plan *p, const char *why)
{
	double limit_s = p->job->deadline_s + (double)OFF_LIMIT_NS / (double)NS_PER_S;
	return (struct lease_use){.board = p->board->name,
				  .where = ".",
				  .why = why,
				  .until_ns =
				      clock_realtime_ns() + (int64_t)(limit_s * (double)NS_PER_S)};
}

// When somebody took the lock files away, another may have the board by now: then it is not ours to
// switch any more. Else it is taken anew.
static struct error *keep_lease(const struct plan *p, struct lease **lease)
{
	if (!*lease || lease_is_current(*lease))
		return NULL;
	bool held;
	const struct lease_use use = use_of(p, "power-off");
	CLEANUP_LEASE struct lease *again = NULL;
	TRY(claims_ask(p->board, &again));
	lease_go_first(again);
	TRY(lease_try(again, &use, &held));
	if (!held) {
		CLEANUP_FREE char *holder = lease_describe_blocker(again);
		return error_new(ERROR_LAB, "the lock files were taken away, and the board is %s",
				 holder);
	}
	lease_free(*lease);
	*lease = STEAL(again);
	return NULL;
}

// Before anything of the board is touched.
static struct error *look_at_image(const struct plan *p, struct aftermath *after)
{
	struct image_head head;
	if (p->job->payload.kind != PAYLOAD_KERNEL)
		return NULL;
	TRY(image_file_look(p->job->payload.parts[PAYLOAD_IMAGE].path, &head));
	after->unfit = fit_refuse(&head, &p->board->cpu);
	return NULL;
}

// Why a board from which nothing came is well all the same; NULL: nobody knows.
static char *board_is_well(const struct plan *p, bool is_virtual)
{
	if (is_virtual)
		return memory_strdup("it is emulated");
	return known_well("../..", p->board->name, p->job->run.id, clock_realtime_ns());
}

// The board is switched off on every way out, and what it still said meanwhile is kept.
static struct error *use_board(struct session *s, const struct plan *p, struct lease **lease,
			       struct aftermath *after)
{
	CLEANUP_BOARD struct board *board = NULL;
	TRY(board_new(p->board, &board));
	const struct board_wait wait = pump_board_wait(&s->pump);
	s->pump.line = board_line(board);
	s->board = board;
	struct error *trouble = boot_and_watch(s, board, p, &wait);
	session_look_at_host(s, clock_monotonic_ns(), true);
	host_watch_use(&s->host, s->last_byte_ns, p->job->silence_s, &s->host_use);
	s->board = NULL;
	session_note_end(s);
	board_emulator(board, &s->emulator);
	if (board_doubt(board))
		after->doubt = memory_strdup(board_doubt(board));
	after->end = board_end(board, line_is_gone(s->pump.line));
	bool runs = after->end == BOARD_END_UNKNOWN || after->end == BOARD_END_RUNS;
	if (s->watch.end == WATCH_LOST && !runs && !line_has_failed(s->pump.line))
		s->watch.end = WATCH_CLOSED; // by the board's own end
	session_state(s, "power-off", NULL);
	s->winding_down = true;
	s->pump.limit_ns = off_limit_ns(s);
	after->off = board_is_virtual(board) ? NULL : keep_lease(p, lease);
	if (!after->off)
		after->off = board_power_off(board);
	after->off = error_wrap(after->off, "power-off");
	tell_power(p, *lease, after->off, board_is_virtual(board));
	const struct board_cycles cycles = board_cycles(board);
	after->cycles = (struct run_cycles){cycles.power, cycles.erase};
	after->counted = true;
	if (s->capture.bytes == 0)
		after->well = board_is_well(p, board_is_virtual(board));
	s->pump.limit_ns = 0;
	pump_drain(&s->pump);
	s->pump.line = NULL; // goes with the board
	return trouble;
}

// Around it what the job wants done while the board is ours: before it is switched on, and behind it
// whatever happened. The board's own trouble is told ahead of theirs.
static struct error *run_board(struct session *s, const struct plan *p, struct lease **lease,
			       struct aftermath *after)
{
	struct error *trouble = look_at_image(p, after);
	if (trouble || after->unfit)
		return trouble;
	trouble = hooks_before(s, p);
	if (!trouble)
		trouble = use_board(s, p, lease, after);
	s->winding_down = true;
	s->pump.winding_down = true;
	if (s->pump.stopped) // who asked to stop is not waited for
		s->pump.limit_ns = clock_monotonic_ns() + OFF_LIMIT_NS;
	struct error *behind = hooks_after(s, p);
	s->pump.limit_ns = 0;
	if (!trouble)
		return behind;
	error_free(behind);
	return trouble;
}

// The scheduler hands the lease down from fd 3 on; who starts a worker by hand lets it wait by itself.
static struct error *take_board(struct session *s, const struct plan *p, size_t handed,
				struct lease **lease)
{
	CLEANUP_FREE char *why = memory_printf("job %s", p->job->name);
	const struct lease_use use = use_of(p, why);
	if (handed) {
		int fds[LEASE_DESCRIPTORS_MAX];
		for (size_t i = 0; i < handed && i < LEASE_DESCRIPTORS_MAX; i++)
			fds[i] = HANDED_LEASE + (int)i;
		TRY(lease_adopt(fds, handed, lease));
		lease_tell(*lease, &use);
		return NULL;
	}
	TRY(claims_ask(p->board, lease));
	bool told = false;
	for (;;) {
		bool held;
		TRY(lease_try(*lease, &use, &held));
		if (held) {
			s->waited_s = told ? session_duration_s(s) : 0;
			return NULL;
		}
		if (!told)
			session_state(s, "waiting", "the board is in use");
		told = true;
		// A lock gives no event to wait for; its holder is minutes away, so a look every
		// 100 ms costs nothing. The wait itself ends by a signal, as every wait here.
		bool ready;
		TRY(pump_wait(&s->pump, -1, 0, clock_monotonic_ns() + 100 * NS_PER_MS, &ready));
	}
}

// What came before was no part of the run.
static void begin_now(struct session *s)
{
	s->start_ns = clock_monotonic_ns();
	s->start_realtime_ns = clock_realtime_ns();
}

// What the page-table sanitizer found, named while the payload is at hand.
static struct error *take_sanitizer(struct session *s, const struct plan *p, bool ran)
{
	CLEANUP_ERROR struct error *unnamed = sanitize_write_names(".", p);
	TRY(sanitize_take(".", p, ran, &s->evidence));
	return STEAL(unnamed);
}

static struct error *write_verdict(struct session *s, const struct plan *p,
				   const struct error *trouble, const struct aftermath *after)
{
	CLEANUP_ERROR struct error *unkept = s->reopened ? NULL : capture_sync(&s->capture);
	CLEANUP_ERROR struct error *unread = take_sanitizer(s, p, !trouble && !s->pump.stopped);
	if (!trouble) // on a full disk that is trouble enough
		trouble = unkept ? unkept : unread;
	const struct judge_input input = {
	    .job = p->job,
	    .variant = p->variant,
	    .board = p->board,
	    .pool = p->job->run.pool,
	    .trouble = s->pump.stopped ? NULL : trouble,
	    .interrupted = s->pump.stopped != 0,
	    .end = after->end,
	    .watch = s->watch,
	    .off = after->off,
	    .doubt = after->doubt,
	    .unfit = after->unfit,
	    .well = after->well,
	    .host = &s->host_use,
	};
	s->host_use.own_clock = strstr(buffer_str(&s->emulator), " icount") != NULL;
	bool timed_out = s->watch.end == WATCH_SILENCE || s->watch.end == WATCH_DEADLINE;
	s->host_use.by_time = s->start_failed || (!trouble && timed_out);
	struct judgement judgement;
	judge(&input, &s->evidence, &judgement);
	struct stat st;
	const struct run_record record = {
	    .input = &input,
	    .evidence = &s->evidence,
	    .judgement = &judgement,
	    .payload = &s->payload,
	    .emulator = buffer_str(&s->emulator),
	    .start_realtime_ns = s->start_realtime_ns,
	    .duration_s = session_duration_s(s),
	    .waited_s = p->job->run.waited_s + s->waited_s,
	    .console_bytes = s->capture.bytes,
	    .console_lines = s->capture.lines,
	    .console_lost = s->capture.lost,
	    .console_gaps = s->gaps,
	    .cycles = after->counted ? &after->cycles : NULL,
	    .console_away_s = (double)s->away_ns / (double)NS_PER_S,
	    .payload_size = p->job->payload.parts[PAYLOAD_IMAGE].path &&
				    stat(p->job->payload.parts[PAYLOAD_IMAGE].path, &st) == 0
				? (uint64_t)st.st_size
				: 0,
	};
	TRY(run_json_write(".", &record));
	// Only after the verdict is safe: whoever follows the events may read run.json now.
	events_verdict(&s->events, &judgement);
	return NULL;
}

struct error *worker_run(const char *run_dir, size_t handed)
{
	stop_signal_block(); // from the first moment: a stop must end in a verdict
	if (chdir(run_dir) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", run_dir);
	CLEANUP_CLOSE int run_lock = -1;
	TRY(directory_lock(".", &run_lock));
	if (run_lock < 0)
		return error_new(ERROR_USAGE, "%s: another worker carries this run out", run_dir);
	if (file_exists(LAYOUT_RUN_JSON))
		return error_new(ERROR_USAGE, "%s: this run is finished", run_dir);
	CLEANUP_PLAN struct plan plan = {0};
	TRY(plan_load(".", &plan));
	CLEANUP_SESSION struct session session = SESSION_NONE;
	TRY(session_init(&session, ".", &plan));

	CLEANUP_LEASE struct lease *lease = NULL;
	CLEANUP_AFTERMATH struct aftermath after = {0};
	CLEANUP_ERROR struct error *trouble = take_board(&session, &plan, handed, &lease);
	begin_now(&session);
	if (!trouble)
		trouble = run_board(&session, &plan, &lease, &after);
	CLEANUP_LAVA_ENDING struct lava_ending lava = {0};
	if (lava_results_take(".", &session.evidence, &lava) && !trouble && !session.pump.stopped)
		trouble = lava_results_trouble(&lava, plan.job, &session.evidence, &session.watch);
	session_end(&session);
	return write_verdict(&session, &plan, trouble, &after);
}

// ---- after a worker's death ---------------------------------------------------------------------

// The worker's own emulator died with it, and what it kept in the run directory goes; boards with a real
// switch are switched off here.
static struct error *switch_off(const struct plan *p, struct session *s)
{
	CLEANUP_BOARD struct board *board = NULL;
	TRY(board_new(p->board, &board));
	CLEANUP_LEASE struct lease *lease = NULL;
	bool held;
	const struct lease_use use = use_of(p, "power-off behind a worker that died");
	TRY(claims_ask(p->board, &lease));
	lease_go_first(lease);
	TRY(lease_try(lease, &use, &held));
	if (!held && !board_is_virtual(board))
		return NULL; // somebody runs it already: it is not ours to switch any more
	const struct board_wait wait = pump_board_wait(&s->pump);
	s->pump.limit_ns = clock_monotonic_ns() + OFF_LIMIT_NS;
	struct error *off = error_wrap(board_force_off(board, ".", &wait), "power-off");
	tell_power(p, held ? lease : NULL, off, board_is_virtual(board));
	return off;
}

struct error *worker_recover(const char *run_dir, const char *reason)
{
	CLEANUP_CLOSE int home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home < 0 || chdir(run_dir) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", run_dir);
	CLEANUP_CLOSE int run_lock = -1;
	CLEANUP_PLAN struct plan plan = {0};
	CLEANUP_SESSION struct session session = SESSION_NONE;
	struct error *e = file_exists(LAYOUT_RUN_JSON) ? NULL : directory_lock(".", &run_lock);
	if (!e && !file_exists(LAYOUT_RUN_JSON)) {
		if (run_lock < 0)
			e = error_new(ERROR_LAB, "%s: its worker is still alive", run_dir);
		if (!e)
			e = plan_load(".", &plan);
		if (!e)
			e = session_reopen(&session, ".", &plan);
		if (!e) {
			lava_results_take(".", &session.evidence, NULL);
			CLEANUP_AFTERMATH struct aftermath after = {
			    .off = switch_off(&plan, &session)};
			const struct error *unread = session.unread;
			CLEANUP_ERROR struct error *trouble =
			    error_new(ERROR_LAB, "%s%s%s", reason, unread ? "; " : "",
				      unread ? error_text(unread) : "");
			e = write_verdict(&session, &plan, trouble, &after);
		}
	}
	if (fchdir(home) < 0 && !e)
		e = error_errno(ERROR_SYSTEM, errno, "returning from %s", run_dir);
	return e;
}
