// SPDX-License-Identifier: GPL-2.0-or-later
// The key `schedule:` of jobs: when a job is run by itself. The calendar reads the time (calendar/), so
// that a mistake in it is told here, with its place in the file.
//
//     schedule: "@nightly"
//     schedule: {cron: "30 2 * * *", zone: Europe/Berlin, window: 6h}
//     schedule: ["@nightly", {cron: every 6h, backlog: all}]
#ifndef CONFIG_SCHEDULE_H
#define CONFIG_SCHEDULE_H

#include "calendar/calendar.h"
#include "config/keys.h"

// What becomes of nominal times that nobody fired, for the farm was down: of those still in their window
enum schedule_catch_up {
	SCHEDULE_CATCH_UP_ONCE, // the newest is fired
	SCHEDULE_CATCH_UP_NONE, // none is
	SCHEDULE_CATCH_UP_ALL,  // each is
};

// What becomes of a batch that still waits when the next one of its schedule comes.
enum schedule_backlog {
	SCHEDULE_BACKLOG_LATEST, // it gives way
	SCHEDULE_BACKLOG_ALL,    // it stays
	SCHEDULE_BACKLOG_EVERY,  // every N-th stays
};

// What a schedule and a trigger say alike of the batches that they make.
struct queue_config {
	double window_s; // from the nominal time on; what cannot end in it is not begun
	enum schedule_backlog backlog;
	int64_t backlog_every; // N of SCHEDULE_BACKLOG_EVERY; 1 otherwise
	int64_t priority;      // 0 to 100, the highest first
};

struct schedule_config {
	struct config_node node;
	char *text; // owned: "30 2 * * * Europe/Berlin", the same for as long as it means the same
	struct zone *zone;         // owned
	struct calendar *calendar; // owned
	enum schedule_catch_up catch_up;
	struct queue_config queue;
};

struct schedules_config {
	struct schedule_config *items; // owned
	size_t count;
};

#define SCHEDULES_LIMIT 100 // of one job

// Reads one schedule or a list of them; an unset node is none. What is set is released with
// schedules_deinit, also after a failure.
struct error *schedules_parse(struct config_node n, struct schedules_config *out) ERROR_RESULT;
void schedules_deinit(struct schedules_config *s);

// The keys of a schedule written as a mapping.
extern const struct key schedule_keys[];

// As the key says it: "once", "none", "all".
const char *schedule_catch_up_name(enum schedule_catch_up catch_up);
// Appends "latest", "all" or "every N".
void schedule_put_backlog(const struct queue_config *q, struct buffer *out);

// `latest`, `all` or `every N`; an unset node is `latest`.
struct error *config_backlog(struct config_node n, struct queue_config *out) ERROR_RESULT;

#endif
