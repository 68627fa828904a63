// SPDX-License-Identifier: GPL-2.0-or-later
// What results/series/ asks: which series there are, their numbers, and numbers of two classes.
#include "results/store/store_ask.h"
#include "results/store/store_query.h"
#include "results/store/store_schema.h"

// Whether run `r` failed before its payload had ended. What it had measured is not to be believed,
// and what it had not yet measured is not missing.
#define CUT_SHORT                                                                           \
	"(r.status = 0 AND coalesce(r.outcome, '') IN ('no_kernel_output', 'stuck_kernel'," \
	" 'stuck_kernel_early', 'panic', 'reset', 'boot_loop', 'watchdog', 'hang', 'truncated'))"

// ---- which there are ----------------------------------------------------------------------------

struct error *query_series_all(struct store *s, const char *batch, const char *metric,
			       struct store_rows **out)
{
	// The batch's own runs may lack a metric that their fellows bring: that is a finding too.
	static const char sql[] =
	    "SELECT DISTINCT r.job, r.variant, r.board_type, p.path, r.midr, r.bbml2,"
	    " r.emulator FROM runs r JOIN metrics m ON m.run = r.key JOIN paths p ON p.key = m.path"
	    " WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM runs o WHERE o.batch = ?1"
	    "  AND o.job = r.job AND o.variant = r.variant AND o.board_type = r.board_type))"
	    " AND (?2 IS NULL OR p.path GLOB ?2) AND r.job <> '" SERIES_AB_JOB "'"
	    " AND p.path NOT GLOB '" SERIES_CANARY_PATHS "*'"
	    " ORDER BY r.job, r.variant, r.board_type, p.path, r.midr, r.bbml2, r.emulator";
	TRY(store_rows_new(s, sql, "reading series", out));
	store_rows_bind_text(*out, 1, batch);
	store_rows_bind_text(*out, 2, metric);
	return NULL;
}

struct error *query_series_next(struct store_rows *r, struct query_series *out, bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_series){
	    .job = store_rows_text(r, 0),
	    .variant = store_rows_text(r, 1),
	    .board_type = store_rows_text(r, 2),
	    .metric = store_rows_text(r, 3),
	    .midr = store_rows_integer(r, 4),
	    .bbml2 = store_rows_integer(r, 5) != 0,
	    .emulator = store_rows_text(r, 6),
	};
	return NULL;
}

// ---- the numbers of one -------------------------------------------------------------------------

static const char select_points[] =
    "SELECT r.id, r.batch, r.board, b.git_commit_hash,"
    " r.payload_sha256 || ' ' || coalesce(r.arguments, ''), r.start_time, r.status,"
    " r.splats, r.wanted, r.payload_kind, m.value, m.min, m.p90, m.max, m.samples, m.unit,"
    " coalesce((SELECT min(f.start_time) FROM batches f"
    "  WHERE f.git_commit_hash = b.git_commit_hash AND f.job = r.job"
    "  AND f.comment NOT LIKE '" SERIES_AB_COMMENT "%'), b.start_time, r.start_time),"
    " b.comment, " CUT_SHORT ","
    " (SELECT c.cycles / c.value FROM metrics c WHERE c.run = r.key AND c.path = ?9),"
    " (SELECT sum(c.min) FROM metrics c WHERE c.run = r.key AND c.path IN (?9, ?10)),"
    " (SELECT sum(c.min) FROM metrics c WHERE c.run = r.key AND c.path IN (?11, ?12)), m.step"
    " FROM runs r LEFT JOIN batches b ON b.id = r.batch"
    " LEFT JOIN metrics m ON m.run = r.key AND m.path = ?1"
    " WHERE r.job = ?2 AND r.variant = ?3 AND r.board_type = ?4 AND coalesce(r.midr, 0) = ?5"
    " AND coalesce(r.bbml2, 0) = ?6 AND r.emulator IS ?8 ORDER BY r.key DESC LIMIT ?7";

// The firmware's fixed loops (firmware/stages/timing_canary.c): parameters 9 to 12 of select_points.
static const char *const canary_paths[] = {
    SERIES_CANARY_PATHS "alu.start",
    SERIES_CANARY_PATHS "chase.start",
    SERIES_CANARY_PATHS "alu.end",
    SERIES_CANARY_PATHS "chase.end",
};

struct error *query_points(struct store *s, const struct query_series *id, bool canaries,
			   size_t most, struct store_rows **out)
{
	TRY(store_rows_new(s, select_points, "reading series", out));
	store_rows_bind_integer(*out, 1, store_path_key(id->metric));
	store_rows_bind_text(*out, 2, id->job);
	store_rows_bind_text(*out, 3, id->variant);
	store_rows_bind_text(*out, 4, id->board_type);
	store_rows_bind_integer(*out, 5, id->midr);
	store_rows_bind_integer(*out, 6, id->bbml2);
	store_rows_bind_integer(*out, 7, (int64_t)most);
	store_rows_bind_text(*out, 8, id->emulator);
	for (int i = 0; i < 4 && canaries; i++)
		store_rows_bind_integer(*out, 9 + i, store_path_key(canary_paths[i]));
	return NULL;
}

struct error *query_points_next(struct store_rows *r, struct query_point *out, bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_point){
	    .id = store_rows_text(r, 0),
	    .batch = store_rows_text(r, 1),
	    .board = store_rows_text(r, 2),
	    .commit = store_rows_text(r, 3),
	    .build = store_rows_text(r, 4),
	    .start_time = store_rows_text(r, 5),
	    .status = (enum status)store_rows_integer(r, 6),
	    .splats = store_rows_integer(r, 7),
	    .wanted = store_rows_integer(r, 8) != 0,
	    .payload_kind = store_rows_text(r, 9),
	    .value = store_rows_number(r, 10),
	    .min = store_rows_number(r, 11),
	    .p90 = store_rows_number(r, 12),
	    .max = store_rows_number(r, 13),
	    .samples = store_rows_integer(r, 14),
	    .unit = store_rows_text(r, 15),
	    .position = store_rows_text(r, 16),
	    .comment = store_rows_text(r, 17),
	    .cut_short = store_rows_integer(r, 18) != 0,
	    .frequency = store_rows_number(r, 19),
	    .canary_start = store_rows_number(r, 20),
	    .canary_end = store_rows_number(r, 21),
	    .step = store_rows_number(r, 22),
	};
	return NULL;
}

// A commit's position is that of its first batch, as in select_points.
struct error *query_baseline(struct store *s, const char *job, const char *baseline,
			     struct arena *arena, const char **start_time)
{
	static const char sql[] =
	    "SELECT min(start_time) FROM batches WHERE job = ?1 AND (id = ?2 OR"
	    " git_commit_hash = (SELECT git_commit_hash FROM batches WHERE job = ?1 AND id = ?2) OR"
	    " (length(?2) >= 7 AND substr(git_commit_hash, 1, length(?2)) = ?2))";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	bool row;
	TRY(store_rows_new(s, sql, "reading series", &r));
	store_rows_bind_text(r, 1, job);
	store_rows_bind_text(r, 2, baseline);
	TRY(store_rows_next(r, &row));
	*start_time = row ? store_rows_keep(r, 0, arena) : NULL;
	return NULL;
}

// ---- numbers of two classes ---------------------------------------------------------------------

struct error *query_newest_measured(struct store *s, const char *job, struct arena *arena,
				    struct query_newest *out, bool *found)
{
	static const char sql[] =
	    "SELECT r.job, coalesce(b.git_commit_hash, ''), r.start_time, r.id FROM runs r"
	    " LEFT JOIN batches b ON b.id = r.batch"
	    " WHERE CASE WHEN ?1 IS NULL THEN r.job <> '" SERIES_AB_JOB "' ELSE r.job = ?1 END"
	    " AND EXISTS (SELECT 1 FROM metrics m WHERE m.run = r.key)"
	    " ORDER BY r.key DESC LIMIT 1";
	CLEANUP_STORE_ROWS struct store_rows *r = NULL;
	TRY(store_rows_new(s, sql, "looking for the newest run", &r));
	store_rows_bind_text(r, 1, job);
	TRY(store_rows_next(r, found));
	if (*found)
		*out = (struct query_newest){.job = store_rows_keep(r, 0, arena),
					     .commit = store_rows_keep(r, 1, arena),
					     .start_time = store_rows_keep(r, 2, arena),
					     .run = store_rows_keep(r, 3, arena)};
	return NULL;
}

struct error *query_measured(struct store *s, const char *job, const char *variant,
			     const char *metric, struct store_rows **out)
{
	static const char sql[] =
	    "SELECT p.path, m.unit, r.board, r.board_type, coalesce(b.git_commit_hash, ''),"
	    " r.payload_sha256, r.start_time, coalesce(r.midr, 0), coalesce(r.bbm, -1),"
	    " coalesce(r.clock_hz, 0), m.value, m.min, r.payload_kind, coalesce(r.cpu, ''),"
	    " coalesce(r.pool, ''), r.variant, r.emulator, coalesce(m.samples, 1), m.step"
	    " FROM runs r JOIN metrics m ON m.run = r.key JOIN paths p ON p.key = m.path"
	    " LEFT JOIN batches b ON b.id = r.batch"
	    " WHERE r.job = ?1 AND (?2 IS NULL OR r.variant = ?2)"
	    " AND (?3 IS NULL OR p.path GLOB ?3)"
	    " AND r.status NOT IN (1, 2) AND (r.splats = 0 OR r.wanted) AND NOT " CUT_SHORT
	    " ORDER BY p.path, r.variant, r.key";
	TRY(store_rows_new(s, sql, "reading runs", out));
	store_rows_bind_text(*out, 1, job);
	store_rows_bind_text(*out, 2, variant);
	store_rows_bind_text(*out, 3, metric);
	return NULL;
}

struct error *query_measured_next(struct store_rows *r, struct query_measured *out, bool *row)
{
	TRY(store_rows_next(r, row));
	if (!*row)
		return NULL;
	*out = (struct query_measured){
	    .path = store_rows_text(r, 0),
	    .unit = store_rows_text(r, 1),
	    .board = store_rows_text(r, 2),
	    .board_type = store_rows_text(r, 3),
	    .commit = store_rows_text(r, 4),
	    .build = store_rows_text(r, 5),
	    .start_time = store_rows_text(r, 6),
	    .midr = store_rows_integer(r, 7),
	    .bbm = store_rows_integer(r, 8),
	    .clock_hz = store_rows_number(r, 9),
	    .value = store_rows_number(r, 10),
	    .min = store_rows_number(r, 11),
	    .payload_kind = store_rows_text(r, 12),
	    .cpu = store_rows_text(r, 13),
	    .pool = store_rows_text(r, 14),
	    .variant = store_rows_text(r, 15),
	    .emulator = store_rows_text(r, 16),
	    .samples = store_rows_integer(r, 17),
	    .step = store_rows_number(r, 18),
	};
	return NULL;
}
