// SPDX-License-Identifier: GPL-2.0-or-later
// Publishes results: puts batches into the spools of destinations, and sends what is in the spools.
//
// An item is sent at least once: it leaves its spool only when its destination has it. Ids depend on
// the results alone, so that an item that arrives twice is taken for one. One process at a time sends
// for a destination (spool_lock).
#ifndef RESULTS_PUBLISH_H
#define RESULTS_PUBLISH_H

#include <stdio.h>

#include "results/publish/publish_config.h"

enum publish_place {
	PUBLISH_SPOOLED,  // in the spool
	PUBLISH_DEFERRED, // the spool is full: noted, goes in when there is room
	PUBLISH_UNWANTED, // the destination takes no batches of this job
};

// Puts a batch into the spool of `d`. What could not be put in (a full disk) is an error, and the
// batch is noted, as far as the disk allows, to be put in by the next publish_send.
struct error *publish_enqueue(const char *results_dir, const struct publish_config *config,
			      const struct destination *d, const char *batch_id,
			      enum publish_place *place) ERROR_RESULT;

// Puts a batch into the spool of every destination. When one fails the others are still done; the first
// error is returned.
struct error *publish_enqueue_all(const char *results_dir, const struct publish_config *config,
				  const char *batch_id) ERROR_RESULT;

// Starts a process of this program that sends what is due and ends by itself; nobody waits for it.
// What it has to say goes to RESULTS/spool/publish.log. `farm_path` is where the destinations are
// read from; NULL: farm.yaml.
struct error *publish_in_background(const char *results_dir, const char *farm_path) ERROR_RESULT;

// Sends what is due in the spool of `d`, and goes on while anything becomes due within `wait_s`.
// Tells `log` (or nobody) a line an item. `*busy` true: another process was sending for it all that
// time.
struct error *publish_send(const char *results_dir, const struct publish_config *config,
			   const struct destination *d, double wait_s, FILE *log,
			   bool *busy) ERROR_RESULT;

// A blocked destination is none any more, parked items wait again, and everything that waits is due now. `*count`: how many changed. Another
// process that is sending gets `wait_s` to end.
struct error *publish_retry(const char *results_dir, const struct destination *d, double wait_s,
			    size_t *count) ERROR_RESULT;

struct publish_status {
	size_t waiting, unconfirmed, parked, deferred, damaged;
	uint64_t bytes;
	int64_t blocked_ms; // since when it refuses our login; 0: it does not
	const char *blocked_reason;
	int64_t oldest_ms; // when the oldest item was put in; 0: there is none
	struct spool_item *items;
	size_t count;
	struct arena arena;
};
struct error *publish_status_get(const char *results_dir, const struct destination *d,
				 struct publish_status *out) ERROR_RESULT;
void publish_status_deinit(struct publish_status *s);
#define CLEANUP_PUBLISH_STATUS CLEANUP(publish_status_deinit)

// Asks whether the destination can be reached and takes our login; nothing is sent, and nothing kept.
// Appends what was found out.
void publish_ask(const char *results_dir, const struct destination *d, bool *good,
		 struct buffer *out);

// Whether nothing is left to send and nothing was refused.
static inline bool publish_is_clear(const struct publish_status *s)
{
	return s->count + s->deferred + s->damaged == 0;
}

// Milliseconds before the next try after `failures` > 0 failed ones: doubles from `first_s` to
// `max_s`, of which a random part of up to half is taken off (`random` in [0, 1)), so that many
// labs do not come back at the same moment.
int64_t publish_backoff_ms(double first_s, double max_s, int64_t failures, double random);

#endif
