// SPDX-License-Identifier: GPL-2.0-or-later
// The report of a batch: its problems held against earlier batches of the job (new, known, fixed), and
// the lab's own trouble. Text, HTML, mail and its subject are made from this.
#ifndef RESULTS_REPORT_H
#define RESULTS_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"
#include "record/model.h"
#include "results/report/grid.h"
#include "results/report/splats.h"
#include "results/series/night_record.h"
#include "results/store/store.h"

#define REPORT_CONTEXT_LINES 40  // of the console, around a splat's header
#define REPORT_SHOWED_MAX    200 // batches that are named as having shown something

enum problem_kind {
	PROBLEM_SPLAT, // an unwanted report in the console
	PROBLEM_TEST,  // a check of the payload that failed or broke
	PROBLEM_RUN,   // a run that failed without either: hung, ended early, a wanted splat absent
};

// Where something showed: one flag a cell of the grid (board * variants_count + variant).
struct report_problem {
	enum problem_kind kind;
	enum status status; // FAIL or ERROR
	const char *title;
	const struct splat *splat; // PROBLEM_SPLAT
	const struct run *example; // a run that shows it
	const char *comment;       // the reason or the check's own comment, of the example
	int64_t line;              // in the example's console, or MODEL_UNKNOWN
	bool *cells;
	size_t boards, runs;        // that show it
	bool known;                 // an earlier batch showed it
	bool returned;              // known, but the batch before this one did not show it
	const char *since;          // start of the first run that did (known)
	const char *since_revision; // of its batch; NULL: not said
	bool tried_before;   // the batch before ran the example's variant on its board to a verdict
	size_t earlier_runs; // that did (known)
	const char **showed; // the batches of these, oldest first; REPORT_SHOWED_MAX at most
	size_t showed_count;
};

// Something that an earlier batch showed and this one, having run the same, did not.
struct report_fixed {
	const char *title;
	const char *last_seen; // start of the last run that showed it
	const char *boards;    // names
	const char **showed; // the batches that showed it, oldest first; REPORT_SHOWED_MAX at most
	size_t showed_count;
};

struct report_infra {
	const char *board;
	const char *variants; // names
	const char *reason;   // of the first
	size_t runs;
	const char *last_good; // start of the board's last run to a verdict before; NULL: not known
};

struct batch_report {
	struct arena arena;
	const struct batch_results *results;
	const char *results_dir; // borrowed
	struct grid grid;
	struct splats splats;
	struct report_problem
	    *problems; // new ones first, then as severe and widespread as they are
	size_t problems_count;
	size_t new_count;
	struct report_fixed *fixed;
	size_t fixed_count;
	struct report_infra *infra;
	size_t infra_count;
	const struct night_record *night; // NULL: timings were not looked at
	bool has_history;                 // an earlier batch of the job is in the store
	const char *previous_batch;
	const char *previous_start;
	const char *previous_revision; // NULL: not said
};

// `store` may be NULL: then nothing is known and nothing fixed. Views into `b`.
struct error *report_build(const char *results_dir, const struct batch_results *b,
			   struct store *store, struct batch_report *out) ERROR_RESULT;
void report_deinit(struct batch_report *r);
#define CLEANUP_REPORT CLEANUP(report_deinit)

// Whether there is nothing but lab trouble, so that the report is for the lab's owner alone.
bool report_is_infra_only(const struct batch_report *r);

// The worst verdict, timings included: "FAIL", "ERROR", "MISS" or "PASS".
const char *report_verdict(const struct batch_report *r);

// Appends "[mmfarm] FAIL: nightly for-next/mm@d68e691c093a: WARN in split_guard on 3/3 bbml2 boards
// (new)": what and where, in one line.
void report_subject(const struct batch_report *r, struct buffer *out);

// How many timing alerts count as failures of the tested code; those of one incident count once.
size_t report_timing_failures(const struct batch_report *r);

// Appends "confirmed regression of mmfarm.t.walk +3.4 %, and 73 more metrics" for the first of them;
// nothing when there is none.
void report_timing_sentence(const struct batch_report *r, struct buffer *out);

// Appends who is to act and the evidence for it, timings included.
void report_overall(const struct batch_report *r, struct buffer *out);

// Appends "; last good 2026-06-01 01:10:00 UTC", or nothing.
void report_last_good(const struct report_infra *f, struct buffer *out);

// Appends "vx4-01, vv3-01 and 3 more" and "3/3 bbml2 boards, 0/5 others" for a problem.
void report_boards(const struct batch_report *r, const struct report_problem *p, size_t max,
		   struct buffer *out);
void report_where(const struct batch_report *r, const struct report_problem *p, struct buffer *out);

// Whether a problem is listed as known. One that came back is not: it is listed with the new ones.
static inline bool report_is_known(const struct report_problem *p)
{
	return p->known && !p->returned;
}

// Appends since when: "new: the batch before (2026-06-01 ..., v7.1-rc6) did not show it", "since
// 2026-06-01 ... (v7.1-rc6), in 4 earlier runs" or "came back: ...".
void report_age(const struct batch_report *r, const struct report_problem *p, struct buffer *out);

// Appends what the runs say that were added to confirm the problem: "3/3 on two boards"; nothing when
// there are none.
void report_confirmed(const struct batch_report *r, const struct report_problem *p,
		      struct buffer *out);

// Appends what was booted: "mm.img (974e948)", or several.
void report_payloads(const struct batch_report *r, struct buffer *out);

// Appends "2026-06-01 01:10:00 UTC, v7.1-rc6" of the batch before this one.
void report_previous(const struct batch_report *r, struct buffer *out);

// Appends the console around a problem, REPORT_CONTEXT_LINES at most, cleaned for people; nothing
// when it cannot be read. `*first` is the number of its first line.
void report_context(const struct batch_report *r, const struct report_problem *p, int64_t *first,
		    struct buffer *out);

// Appends the command that boots the same on QEMU here.
void report_reproduce(const struct batch_report *r, const struct run *run, struct buffer *out);

// ---- report write -------------------------------------------------------------------------------

// The forms a report takes.

// `room` > 0: once it is as many bytes long, further problems come without their console.
void report_write_text(const struct batch_report *r, size_t room, struct buffer *out);

// One file that needs no other: style inside, no script, readable from 400 pixels on.
void report_write_html(const struct batch_report *r, struct buffer *out);

// The part on timings; nothing when there is none to tell.
void report_write_timing_text(const struct batch_report *r, struct buffer *out);
void report_write_timing_html(const struct batch_report *r, struct buffer *out);

// Appends the URL of a run's file where the batch says where files are served, its path otherwise.
void report_file_url(const struct batch_report *r, const struct run *run, const char *file,
		     struct buffer *out);

// ---- mail message -------------------------------------------------------------------------------

// A report as a mail (RFC 5322, MIME): plain text, with or without HTML of the same.
//
// What is kept begins with lines for the destination, which adds the headers that it alone knows: From,
// To, Cc, Message-ID, In-Reply-To. An empty line ends them.

enum mail_result {
	MAIL_PASS,
	MAIL_TROUBLE, // a problem, or one that is fixed
	MAIL_LAB,     // nothing but the lab's own trouble
};

// Appends the message. `html`: its HTML, or NULL for plain text alone.
void mail_message_write(const struct batch_report *r, const struct buffer *html,
			struct buffer *out);

// Appends a message to the lab's owner: a subject (one line is made of it) and plain text. `id` is the
// part of its Message-ID in front of the @.
void mail_message_write_notice(const char *id, const char *subject, const char *text,
			       int64_t now_ns, struct buffer *out);

// What the destination is told. The text lives in the arena it was read with.
struct mail_kept {
	enum mail_result result;
	const char *id;       // of its Message-ID, in front of the @
	const char **threads; // batches that reported the same before, oldest first
	size_t threads_count;
	const char *message; // the rest, as it is sent; in the text that was read
};

// False: this is no such message.
bool mail_message_read(const char *text, struct arena *arena, struct mail_kept *out);

// Appends "<ID@DOMAIN>", DOMAIN being that of the address `from`.
void mail_put_id(const char *id, const char *from, struct buffer *out);

// Whether a text may stand as a Message-ID in a header: "<x@y>" of visible ASCII.
bool mail_id_is_valid(const char *s);

// Appends a header with addresses, folded; they hold no line break.
void mail_put_addresses(const char *name, const char *const *addresses, size_t count,
			struct buffer *out);

// True for something like "name@host" or "Name <name@host>" without control characters.
bool mail_address_is_valid(const char *s);
// Appends the bare address of "Name <name@host>".
void mail_put_bare_address(const char *s, struct buffer *out);

#endif
