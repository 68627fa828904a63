// SPDX-License-Identifier: GPL-2.0-or-later
// Events are asked for from some time before the newest that was seen: they may share a time, and come
// late. What was seen is known by its id. A round asks for both states, page by page; the time from
// which the next one asks is the newest of the round before, of which every page was read.
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/url.h"
#include "remote/kernelci.h"
#include "remote/kernelci_events.h"
#include "remote/kernelci_machine.h"

// Jobs of pull labs become available; those that LAVA's own way publishes are done at once.
static const char *const states[] = {"available", "done"};
#define STATES 2

#define US_PER_S    1000000.0
#define AHEAD_US    (INT64_C(24) * 3600 * 1000000) // how far their clock may be ahead of ours
#define REPEATS_MAX 3

static int64_t begin_of_round(const struct kernelci *k, const struct kernelci_time *now)
{
	int64_t overlap = (int64_t)(k->o->overlap_s * US_PER_S);
	if (k->cursor_us != INT64_MIN)
		return k->cursor_us - overlap;
	return now->real_ms * 1000 - (int64_t)(k->o->lookback_s * US_PER_S);
}

// The API reads times without a zone, as UTC.
static void put_time(struct buffer *out, int64_t us)
{
	char text[CLOCK_RFC3339_SIZE];
	clock_rfc3339((us > 0 ? us : 0) * 1000, text);
	text[strcspn(text, "Z")] = '\0';
	url_escape(text, out);
}

void kernelci_events_url(const struct kernelci_options *o, const char *state, int64_t from_us,
			 size_t offset, struct buffer *out)
{
	buffer_printf(out, "%s/events?state=%s&kind=job&recursive=true&limit=%d", o->api, state,
		      KERNELCI_PAGE);
	if (offset)
		buffer_printf(out, "&offset=%zu", offset);
	buffer_append_str(out, "&from=");
	put_time(out, from_us);
}

void poll_request(struct kernelci *k, const struct kernelci_time *now, struct kernelci_request *r)
{
	struct kernelci_polling *p = &k->poll;
	if (p->state == 0 && p->offset == 0 && !p->first) {
		p->from_us = p->round_us = begin_of_round(k, now);
		p->newest_us = INT64_MIN;
	}
	buffer_truncate(&k->url, 0);
	kernelci_events_url(k->o, states[p->state], p->from_us, p->offset, &k->url);
	*r = (struct kernelci_request){
	    .method = "GET", .url = buffer_str(&k->url), .answer_limit = KERNELCI_PAGE_SIZE};
}

// ---- what is ours -------------------------------------------------------------------------------

static bool is_platform(const struct kernelci_options *o, const char *name)
{
	for (size_t i = 0; name && i < o->platforms_count; i++)
		if (strcmp(o->platforms[i].name, name) == 0)
			return true;
	return false;
}

bool kernelci_is_offer(const struct kernelci_options *o, const struct kernelci_node *n)
{
	bool open =
	    strcmp(n->state, "available") == 0 || (strcmp(n->state, "done") == 0 && !n->result);
	return strcmp(n->kind, "job") == 0 && open && !n->job_id && n->runtime &&
	       strcmp(n->runtime, o->lab) == 0 && is_platform(o, n->platform) && n->definition &&
	       strncmp(n->definition, "http", 4) == 0;
}

static bool is_seen(const struct kernelci *k, const char *id)
{
	for (size_t i = 0; i < k->seen_count; i++)
		if (strcmp(k->seen[i].id, id) == 0)
			return true;
	return false;
}

// What a page changes.
struct harvest {
	struct kernelci_seen *seen; // owned; the ids are the page's
	size_t seen_count;
	struct kernelci_job *jobs; // owned
	size_t jobs_count;
};

static void harvest_deinit(struct harvest *h)
{
	free(h->seen);
	free(h->jobs);
}

static void take_event(struct kernelci *k, const struct kernelci_time *now,
		       const struct kernelci_event *e, struct harvest *h)
{
	const struct kernelci_node *n = &e->node;
	bool sane = e->time_us <= now->real_ms * 1000 + AHEAD_US; // or the cursor never comes back
	if (sane && e->time_us > k->poll.newest_us)
		k->poll.newest_us = e->time_us;
	// Of other labs' events nothing would come of a second look either.
	if (!n->runtime || strcmp(n->runtime, k->o->lab) != 0 || is_seen(k, e->id))
		return;
	const struct kernelci_seen seen = {e->id, e->time_us};
	ARRAY_APPEND(h->seen, h->seen_count, seen);
	if (!kernelci_is_offer(k->o, n) || machine_find(k, n->id))
		return;
	for (size_t i = 0; i < h->jobs_count; i++)
		if (strcmp(h->jobs[i].node, n->id) == 0)
			return;
	const struct kernelci_job job = {.node = n->id,
					 .platform = n->platform,
					 .definition = n->definition,
					 .stage = KERNELCI_FOUND,
					 .since_ms = now->real_ms};
	ARRAY_APPEND(h->jobs, h->jobs_count, job);
}

static void forget_seen(struct kernelci *k, int64_t until_us)
{
	size_t kept = 0;
	for (size_t i = 0; i < k->seen_count; i++) {
		if (k->seen[i].time_us <= until_us)
			free((char *)(uintptr_t)k->seen[i].id);
		else
			k->seen[kept++] = k->seen[i];
	}
	k->seen_count = kept;
}

static bool commit(struct kernelci *k, const struct kernelci_change *change)
{
	char *batch = NULL;
	CLEANUP_ERROR struct error *e = k->store.commit(k->store.arg, change, &batch);
	if (e)
		machine_tell(k, "KernelCI's events cannot be stored: %s", error_text(e));
	return !e;
}

// Stores what the page brought, then believes it.
static bool store_page(struct kernelci *k, const struct kernelci_time *now, const struct harvest *h)
{
	const struct kernelci_change change = {
	    .cursor_us = INT64_MIN,
	    .forget_us = INT64_MIN,
	    .seen = h->seen,
	    .seen_count = h->seen_count,
	    .jobs = h->jobs,
	    .jobs_count = h->jobs_count,
	};
	if (h->seen_count && !commit(k, &change))
		return false;
	for (size_t i = 0; i < h->seen_count; i++) {
		const struct kernelci_seen copy = {memory_strdup(h->seen[i].id),
						   h->seen[i].time_us};
		ARRAY_APPEND(k->seen, k->seen_count, copy);
	}
	for (size_t i = 0; i < h->jobs_count; i++) {
		struct kept_job *j = machine_add(k, &h->jobs[i]);
		j->step = STEP_DEFINITION;
		j->next_ns = now->ns;
	}
	return true;
}

// ---- round and page -----------------------------------------------------------------------------

static void end_round(struct kernelci *k, const struct kernelci_time *now)
{
	struct kernelci_polling *p = &k->poll;
	int64_t cursor = p->before_us > k->cursor_us ? p->before_us : k->cursor_us;
	int64_t forget = INT64_MIN;
	if (cursor != INT64_MIN)
		forget = cursor - (int64_t)(k->o->overlap_s * US_PER_S);
	const struct kernelci_change change = {.cursor_us = cursor, .forget_us = forget};
	if (cursor != k->cursor_us && commit(k, &change)) {
		k->cursor_us = cursor;
		forget_seen(k, forget);
	}
	p->before_us = p->newest_us;
	p->state = 0;
	p->next_ns = machine_after(now, k->o->poll_s * (0.9 + 0.2 * random_uniform(&k->random)));
}

// A service that does not know `offset` gives the same page again: then only the time leads on.
static void skip_by_time(struct kernelci *k, const struct kernelci_page *page)
{
	struct kernelci_polling *p = &k->poll;
	int64_t last = page->events[page->count - 1].time_us;
	machine_tell(k, "KernelCI gives the same page of events again");
	p->offset = 0;
	p->from_us = last - 1 > p->from_us ? last - 1 : last;
}

static void next_state(struct kernelci *k, const struct kernelci_time *now)
{
	struct kernelci_polling *p = &k->poll;
	free(p->first);
	p->first = NULL;
	p->offset = 0;
	p->repeats = 0;
	p->from_us = p->round_us;
	if (++p->state == STATES)
		end_round(k, now);
}

static void next_page(struct kernelci *k, const struct kernelci_time *now,
		      const struct kernelci_page *page)
{
	struct kernelci_polling *p = &k->poll;
	const char *first = page->count ? page->events[0].id : NULL;
	bool again = p->first && first && strcmp(p->first, first) == 0;
	p->next_ns = now->ns;
	p->repeats = again ? p->repeats + 1 : 0;
	if (page->total < KERNELCI_PAGE || !first || p->repeats > REPEATS_MAX) {
		next_state(k, now);
		return;
	}
	free(p->first);
	p->first = memory_strdup(first);
	if (again)
		skip_by_time(k, page);
	else
		p->offset += page->total;
}

static void put_off(struct kernelci *k, const struct kernelci_time *now,
		    const struct kernelci_answer *a)
{
	k->poll.next_ns = machine_retry(k, now, k->poll.tries++, a);
}

void poll_answer(struct kernelci *k, const struct kernelci_time *now,
		 const struct kernelci_answer *a)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	CLEANUP(harvest_deinit) struct harvest h = {0};
	struct kernelci_page page;
	if (machine_blocked(k, now, a))
		return;
	if (a->status != 200) {
		machine_tell(k, "KernelCI's events: %s", machine_describe(a, &why));
		put_off(k, now, a);
		return;
	}
	if (!kernelci_page_parse(a->body, a->len, &arena, &page, &why)) {
		machine_tell(k, "KernelCI's events: %s", buffer_str(&why));
		put_off(k, now, a);
		return;
	}
	for (size_t i = 0; i < page.count; i++)
		take_event(k, now, &page.events[i], &h);
	if (!store_page(k, now, &h)) {
		put_off(k, now, NULL);
		return;
	}
	k->poll.tries = 0;
	next_page(k, now, &page);
}
