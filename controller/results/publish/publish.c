// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/publish.h"

#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "results/kcidb/kcidb_check.h"
#include "record/model.h"
#include "results/publish/block.h"
#include "results/publish/publish_content.h"
#include "results/report/report.h"

#define FAILURES_MAX      3   // in a row, then the destination is left alone for this time
#define ASK_FIRST_S       1   // first question about a submission
#define ASK_MAX_S         600 // and the longest pause between two
#define RETRY_AFTER_MAX_S (24 * 3600.0) // what a server may ask for
#define LOCK_POLL_MS      50

static int64_t now_ms(void)
{
	return clock_realtime_ns() / NS_PER_MS;
}

static double random_part(void)
{
	uint32_t bits = 0;
	// Without randomness the pause is merely the longest.
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
		return 0;
	return (double)bits / 4294967296.0;
}

int64_t publish_backoff_ms(double first_s, double max_s, int64_t failures, double random)
{
	double doublings = (double)(failures > 60 ? 60 : failures > 0 ? failures - 1 : 0);
	double pause = fmin(first_s * exp2(doublings), max_s);
	return llround(pause * (1 - random / 2) * 1000);
}

// ---- into the spool -----------------------------------------------------------------------------

static struct error *put_parts(struct spool *s, const char *batch_id, const struct content *content)
{
	for (size_t i = 0; i < content->count; i++) {
		const struct content_part *p = &content->parts[i];
		const struct spool_item item = {
		    .name = p->name,
		    .batch = batch_id,
		    .what = content_what_name(p->what),
		    .content_type = p->content_type,
		    .file_name = p->file_name,
		    .next_ms = now_ms(),
		};
		TRY(spool_put(s, &item, buffer_str(&p->document), p->document.len));
	}
	return NULL;
}

// A batch goes in whole or not at all; into an empty spool it goes whatever its size, or one bigger
// than the limit would never be sent.
static struct error *has_room(struct spool *s, const struct destination *d,
			      const struct content *content, bool *room)
{
	uint64_t there = 0, more = 0;
	TRY(spool_size(s, &there));
	for (size_t i = 0; i < content->count; i++)
		more += content->parts[i].document.len;
	*room = there == 0 || there + more <= d->limit;
	return NULL;
}

static struct error *put_batch(struct spool *s, const char *results_dir,
			       const struct publish_config *config, const struct destination *d,
			       const char *batch_id, bool *room)
{
	CLEANUP_CONTENT struct content content = {0};
	TRY(content_build(results_dir, batch_id, config->files_url, d->what, &content));
	TRY(has_room(s, d, &content, room));
	return *room ? put_parts(s, batch_id, &content) : NULL;
}

static struct error *enqueue_into(struct spool *s, const char *results_dir,
				  const struct publish_config *config, const struct destination *d,
				  const char *batch_id, enum publish_place *place)
{
	bool room = false;
	struct error *e = put_batch(s, results_dir, config, d, batch_id, &room);
	*place = room ? PUBLISH_SPOOLED : PUBLISH_DEFERRED;
	if (!e)
		return room ? spool_undefer(s, batch_id) : spool_defer(s, batch_id);
	// Half a batch in the spool is completed by the next attempt. That not even an empty file
	// can be made says nothing that `e` does not.
	error_free(spool_defer(s, batch_id));
	return e;
}

static struct error *job_of(const char *results_dir, const char *batch_id, char **job)
{
	CLEANUP_ARENA struct arena arena = {0};
	const struct batch_record *b;
	TRY(model_load_batch(results_dir, batch_id, &arena, &b));
	*job = memory_strdup(b->job);
	return NULL;
}

struct error *publish_enqueue(const char *results_dir, const struct publish_config *config,
			      const struct destination *d, const char *batch_id,
			      enum publish_place *place)
{
	CLEANUP_FREE char *job = NULL;
	CLEANUP_SPOOL struct spool *s = NULL;
	TRY(job_of(results_dir, batch_id, &job));
	*place = PUBLISH_UNWANTED;
	if (!destination_takes_job(d, job))
		return NULL;
	TRY(spool_open(results_dir, d->name, &s));
	return enqueue_into(s, results_dir, config, d, batch_id, place);
}

struct error *publish_enqueue_all(const char *results_dir, const struct publish_config *config,
				  const char *batch_id)
{
	struct error *first = NULL;
	for (size_t i = 0; i < config->count; i++) {
		const struct destination *d = &config->destinations[i];
		enum publish_place place;
		struct error *e = error_wrap(
		    publish_enqueue(results_dir, config, d, batch_id, &place), "%s", d->name);
		if (first)
			error_free(e);
		else
			first = e;
	}
	return first;
}

static bool batch_exists(const char *results_dir, const char *batch_id)
{
	CLEANUP_FREE char *record = layout_batch_file(results_dir, batch_id, LAYOUT_BATCH_JSON);
	return file_exists(record);
}

// Batches that wait outside, while there is room. One that cannot be put in now (a full disk) goes
// on waiting and keeps no other from its turn: the first error is kept.
static struct error *enqueue_deferred(struct spool *s, const char *results_dir,
				      const struct publish_config *config,
				      const struct destination *d)
{
	CLEANUP_ARENA struct arena arena = {0};
	const char **batches;
	size_t count;
	struct error *first = NULL;
	TRY(spool_deferred(s, &arena, &batches, &count));
	for (size_t i = 0; i < count; i++) {
		enum publish_place place = PUBLISH_SPOOLED;
		// A batch that retention has removed meanwhile is nothing to wait for.
		struct error *e = batch_exists(results_dir, batches[i])
				      ? enqueue_into(s, results_dir, config, d, batches[i], &place)
				      : spool_undefer(s, batches[i]);
		e = error_wrap(e, "%s", batches[i]);
		if (first)
			error_free(e);
		else
			first = e;
		if (place == PUBLISH_DEFERRED && !e)
			break;
	}
	return first;
}

// ---- out of the spool ---------------------------------------------------------------------------

struct sender {
	const char *results_dir;
	const struct publish_config *config;
	const struct destination *d;
	struct spool *spool;
	FILE *log;
	unsigned failures; // in a row
	bool blocked;      // we cannot log in
};

static void tell(const struct sender *p, const struct spool_item *item, const char *how,
		 const char *reason)
{
	if (!p->log)
		return;
	fprintf(p->log, "%s: %s %s%s%s\n", p->d->name, item->name, how,
		reason && reason[0] ? ": " : "", reason ? reason : "");
	fflush(p->log);
}

static int64_t pause_after_failure(const struct sender *p, const struct spool_item *item,
				   double retry_after_s)
{
	int64_t pause = publish_backoff_ms(p->d->retry_first_s, p->d->retry_max_s, item->attempts,
					   random_part());
	if (isfinite(retry_after_s)) {
		int64_t asked = llround(fmin(retry_after_s, RETRY_AFTER_MAX_S) * 1000);
		pause = asked > pause ? asked : pause;
	}
	return pause;
}

static struct error *count_object(void *context, const char *list, const char *text, size_t len)
{
	(void)list, (void)text, (void)len;
	++*(size_t *)context;
	return NULL;
}

static struct error *put_halves(const struct sender *p, const struct spool_item *item,
				const struct buffer *halves, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char letter = (char)('a' + i);
		CLEANUP_FREE char *name = memory_printf("%s%c", item->name, letter);
		CLEANUP_FREE char *file = memory_printf("%c.%s", letter, item->file_name);
		struct spool_item half = *item;
		half.name = name;
		half.file_name = file;
		half.next_ms = now_ms();
		TRY(spool_put(p->spool, &half, buffer_str(&halves[i]), halves[i].len));
	}
	return NULL;
}

// Two halves of a KCIDB document in the item's place. Made before it is dropped: killed between,
// all are there, and a half that is put in a second time is found there.
static struct error *split_item(const struct sender *p, const struct spool_item *item, bool *split)
{
	CLEANUP_BUFFER struct buffer document = {0};
	struct buffer *halves = NULL;
	size_t objects = 0, count = 0;
	TRY(spool_read(p->spool, item, &document));
	TRY(kcidb_each_object(item->name, buffer_str(&document), document.len, count_object,
			      &objects));
	if (objects < 2)
		return NULL;
	TRY(content_split(item->name, buffer_str(&document), document.len, (objects + 1) / 2,
			  SIZE_MAX, &halves, &count));
	struct error *e = put_halves(p, item, halves, count);
	for (size_t i = 0; i < count; i++)
		buffer_deinit(&halves[i]);
	free(halves);
	*split = e == NULL;
	return e ? e : spool_drop(p->spool, item);
}

static struct error *park(const struct sender *p, struct spool_item *item, const char *reason)
{
	item->state = SPOOL_PARKED;
	item->reason = reason;
	tell(p, item, "parked", reason);
	return spool_update(p->spool, item);
}

static struct error *put_notice(const struct sender *p, const struct destination *to,
				const char *batch, const char *reason)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	CLEANUP_BUFFER struct buffer message = {0};
	CLEANUP_FREE char *id = memory_printf("blocked.%s.%" PRId64, p->d->name, now_ms());
	CLEANUP_FREE char *name = memory_printf("%s.mail", id);
	CLEANUP_FREE char *file = memory_printf("%s.eml", id);
	CLEANUP_FREE char *subject =
	    memory_printf("[mmfarm] LAB: %s cannot be logged in to, nothing is sent", p->d->name);
	CLEANUP_FREE char *text = memory_printf(
	    "The destination %s cannot be logged in to:\n\n    %s\n\nNothing is sent to it until "
	    "its secret's file or farm.yaml has changed, or somebody says\n`mmfarm publish --retry "
	    "--destination %s`. Results wait in its spool meanwhile.\n",
	    p->d->name, reason, p->d->name);
	mail_message_write_notice(id, subject, text, clock_realtime_ns(), &message);
	const struct spool_item item = {
	    .name = name,
	    .batch = batch,
	    .what = "mail",
	    .content_type = "message/rfc822",
	    .file_name = file,
	    .next_ms = now_ms(),
	};
	TRY(spool_open(p->results_dir, to->name, &s));
	return spool_put(s, &item, buffer_str(&message), message.len);
}

// The lab's owner hears of it by the first other destination that can tell him. That he cannot be told
// is said by `mmfarm publish --status` and by the next run all the same.
static void tell_owner(const struct sender *p, const char *batch, const char *reason)
{
	for (size_t i = 0; i < p->config->count; i++) {
		const struct destination *d = &p->config->destinations[i];
		if (d == p->d || !d->driver->tells_owner || !d->driver->tells_owner(d->state))
			continue;
		error_free(put_notice(p, d, batch, reason));
		return;
	}
}

// The batch is as good as before: it waits, and so does everything else for this destination.
static struct error *block(struct sender *p, struct spool_item *item, const char *reason)
{
	p->blocked = true;
	item->reason = reason;
	item->next_ms = now_ms();
	tell(p, item, "not sent, the destination is blocked", reason);
	TRY(spool_update(p->spool, item));
	TRY(block_set(p->results_dir, p->d, reason, now_ms()));
	tell_owner(p, item->batch, reason);
	return NULL;
}

static struct error *take_outcome(struct sender *p, struct spool_item *item,
				  const struct send_outcome *o)
{
	const char *reason = buffer_str(&o->reason);
	bool split = false;
	p->failures = o->result == SEND_RETRY ? p->failures + 1 : 0;
	switch (o->result) {
	case SEND_DONE:
		tell(p, item, "sent", reason);
		return spool_done(p->spool, item, reason, now_ms());
	case SEND_ACCEPTED:
		// The count of questions starts with the submission.
		item->progress = item->state == SPOOL_UNCONFIRMED ? item->progress + 1 : 0;
		item->state = SPOOL_UNCONFIRMED;
		item->submission = buffer_str(&o->submission);
		item->reason = reason;
		item->next_ms = now_ms() + publish_backoff_ms(ASK_FIRST_S, ASK_MAX_S,
							      item->progress + 1, random_part());
		return spool_update(p->spool, item);
	case SEND_SPLIT:
		if (item->state == SPOOL_WAITING && strcmp(item->what, "kcidb") == 0)
			TRY(split_item(p, item, &split));
		if (split)
			tell(p, item, "split", reason);
		return split ? NULL : park(p, item, reason);
	case SEND_PARK:
		return park(p, item, reason);
	case SEND_BLOCK:
		return block(p, item, reason);
	case SEND_RETRY:
		break;
	}
	item->state = SPOOL_WAITING;
	item->submission = NULL;
	item->reason = reason;
	item->progress = o->progress;
	item->next_ms = now_ms() + pause_after_failure(p, item, o->retry_after_s);
	tell(p, item, "not sent yet", reason);
	return spool_update(p->spool, item);
}

static struct error *send_item(struct sender *p, struct spool_item *item)
{
	CLEANUP_SEND_OUTCOME struct send_outcome o = SEND_OUTCOME_NONE;
	const struct send_context c = {
	    .results_dir = p->results_dir,
	    .destination = p->d->name,
	    .spool = p->spool,
	    .item = item,
	    .timeout_s = p->d->timeout_s,
	};
	if (item->state == SPOOL_UNCONFIRMED && p->d->driver->confirm && item->submission) {
		p->d->driver->confirm(p->d->state, &c, &o);
		return take_outcome(p, item, &o);
	}
	item->state = SPOOL_WAITING;
	item->attempts++;
	o.progress = item->progress;
	p->d->driver->send(p->d->state, &c, &o);
	return take_outcome(p, item, &o);
}

// When the item is due. No pause is longer than the longest that we make: what lies beyond was written
// by a clock that was ahead of its time, and is due now.
static int64_t due_ms(const struct sender *p, const struct spool_item *item)
{
	double longest_s = fmax(fmax(p->d->retry_max_s, RETRY_AFTER_MAX_S), ASK_MAX_S);
	return item->next_ms > now_ms() + llround(longest_s * 1000) ? now_ms() : item->next_ms;
}

// One pass over what is due; `*next_ms` is when something will be again, or INT64_MAX. What goes
// wrong here with one item (a full disk) must not hold up the others: the first error is kept.
static struct error *pass(struct sender *p, int64_t *next_ms)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct spool_item *items;
	size_t count, damaged;
	struct error *first = NULL;
	TRY(spool_list(p->spool, &arena, &items, &count, &damaged));
	*next_ms = INT64_MAX;
	p->failures = 0;
	for (size_t i = 0; i < count && !p->blocked; i++) {
		struct spool_item *item = &items[i];
		struct error *e = NULL;
		if (item->state == SPOOL_PARKED)
			continue;
		// A destination that is down would cost a time-out an item.
		if (due_ms(p, item) <= now_ms() && p->failures < FAILURES_MAX)
			e = error_wrap(send_item(p, item), "%s", item->name);
		if (due_ms(p, item) < *next_ms)
			*next_ms = due_ms(p, item);
		if (first)
			error_free(e);
		else
			first = e;
	}
	return first;
}

// Items that were sent and are gone made `*next_ms` look like the past: then another pass finds
// out.
static struct error *send_until(struct sender *p, const struct publish_config *config,
				double wait_s)
{
	int64_t deadline = clock_monotonic_ns() + (int64_t)(wait_s * (double)NS_PER_S);
	for (bool was_idle = false;;) {
		int64_t next_ms;
		// What cannot be put in must not hold up what is there.
		struct error *outside = enqueue_deferred(p->spool, p->results_dir, config, p->d);
		struct error *e = pass(p, &next_ms);
		if (outside) {
			error_free(e);
			return outside;
		}
		TRY(e);
		if (p->blocked)
			return NULL;
		if (p->failures >= FAILURES_MAX && next_ms <= now_ms())
			next_ms = now_ms() + llround(p->d->retry_first_s * 1000);
		CLEANUP_PUBLISH_STATUS struct publish_status left = {0};
		TRY(publish_status_get(p->results_dir, p->d, &left));
		bool none = left.waiting + left.unconfirmed == 0;
		if (none && (left.deferred == 0 || was_idle))
			return NULL;
		was_idle = none;
		if (none)
			continue;
		// What was put in since the pass is due at once.
		int64_t pause_ms = next_ms == INT64_MAX ? 0 : next_ms - now_ms();
		int64_t left_ms = (deadline - clock_monotonic_ns()) / NS_PER_MS;
		if (left_ms <= 0 || pause_ms >= left_ms)
			return NULL;
		poll(NULL, 0, pause_ms > 0 ? (int)pause_ms + 1 : 1);
	}
}

// Waits for whoever is sending now: it may have looked for the last time already.
static struct error *lock_within(struct spool *s, double wait_s, bool *got)
{
	int64_t deadline = clock_monotonic_ns() + (int64_t)(wait_s * (double)NS_PER_S);
	for (;;) {
		TRY(spool_lock(s, got));
		if (*got || clock_monotonic_ns() >= deadline)
			return NULL;
		poll(NULL, 0, LOCK_POLL_MS);
	}
}

// One that was blocked gets another chance when what it logs in with has changed.
static struct error *look_at_block(struct sender *p)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct destination_block b;
	TRY(block_read(p->results_dir, p->d, &arena, &b));
	p->blocked = b.since_ms > 0 && !block_is_outdated(&b, p->d);
	if (p->blocked && p->log)
		fprintf(p->log, "%s: blocked, nothing is sent: %s\n", p->d->name, b.reason);
	return b.since_ms > 0 && !p->blocked ? block_lift(p->results_dir, p->d) : NULL;
}

struct error *publish_send(const char *results_dir, const struct publish_config *config,
			   const struct destination *d, double wait_s, FILE *log, bool *busy)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	bool got;
	TRY(spool_open(results_dir, d->name, &s));
	TRY(lock_within(s, wait_s, &got));
	*busy = !got;
	if (!got)
		return NULL;
	struct sender p = {
	    .results_dir = results_dir, .config = config, .d = d, .spool = s, .log = log};
	TRY(look_at_block(&p));
	if (p.blocked)
		return NULL;
	return send_until(&p, config, wait_s);
}

// ---- looking at it ------------------------------------------------------------------------------

struct error *publish_retry(const char *results_dir, const struct destination *d, double wait_s,
			    size_t *count)
{
	CLEANUP_PUBLISH_STATUS struct publish_status status = {0};
	CLEANUP_SPOOL struct spool *s = NULL;
	bool got;
	*count = 0;
	TRY(spool_open(results_dir, d->name, &s));
	TRY(lock_within(s, wait_s, &got));
	if (!got)
		return error_new(ERROR_LAB, "%s: another mmfarm is sending to it now", d->name);
	TRY(publish_status_get(results_dir, d, &status));
	TRY(block_lift(results_dir, d));
	for (size_t i = 0; i < status.count; i++) {
		struct spool_item *item = &status.items[i];
		bool parked = item->state == SPOOL_PARKED;
		if (!parked && item->next_ms <= now_ms())
			continue;
		item->state = parked ? SPOOL_WAITING : item->state;
		item->next_ms = now_ms();
		TRY(spool_update(s, item));
		*count += 1;
	}
	return NULL;
}

struct error *publish_status_get(const char *results_dir, const struct destination *d,
				 struct publish_status *out)
{
	CLEANUP_SPOOL struct spool *s = NULL;
	const char **batches;
	struct destination_block block;
	*out = (struct publish_status){0};
	TRY(spool_open(results_dir, d->name, &s));
	TRY(spool_list(s, &out->arena, &out->items, &out->count, &out->damaged));
	TRY(spool_deferred(s, &out->arena, &batches, &out->deferred));
	TRY(block_read(results_dir, d, &out->arena, &block));
	out->blocked_ms = block.since_ms;
	out->blocked_reason = block.reason;
	for (size_t i = 0; i < out->count; i++) {
		const struct spool_item *item = &out->items[i];
		out->waiting += item->state == SPOOL_WAITING;
		out->unconfirmed += item->state == SPOOL_UNCONFIRMED;
		out->parked += item->state == SPOOL_PARKED;
		out->bytes += (uint64_t)item->bytes;
		if (out->oldest_ms == 0 || item->first_ms < out->oldest_ms)
			out->oldest_ms = item->first_ms;
	}
	return NULL;
}

void publish_status_deinit(struct publish_status *s)
{
	if (s)
		arena_deinit(&s->arena);
}

void publish_ask(const char *results_dir, const struct destination *d, bool *good,
		 struct buffer *out)
{
	CLEANUP_SEND_OUTCOME struct send_outcome o = SEND_OUTCOME_NONE;
	const struct spool_item item = {
	    .name = "mmfarm-check.kcidb",
	    .batch = "mmfarm-check",
	    .what = "kcidb",
	    .content_type = "application/json",
	    .file_name = "mmfarm-check.json",
	};
	const struct send_context c = {
	    .results_dir = results_dir,
	    .destination = d->name,
	    .item = &item,
	    .timeout_s = d->timeout_s,
	};
	d->driver->ask(d->state, &c, &o);
	*good = o.result == SEND_DONE;
	buffer_append_str(out, buffer_str(&o.reason));
}
