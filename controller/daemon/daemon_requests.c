// SPDX-License-Identifier: GPL-2.0-or-later
// What clients may ask of the daemon: one table, docs/nightly.md.
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "daemon/daemon_state.h"
#include "daemon/request.h"
#include "lease/lease.h"
#include "record/json_fields.h"
#include "board/claims.h"

// What a client says beside the verb; each verb uses some of it.
struct control_words {
	const char *verb, *batch, *board, *health, *why, *text;
	int64_t priority, from_s, until_s;
	const struct run_request *run;
	bool force;
};

static const struct field words_fields[] = {
    FIELD_ROW(.name = "do", .type = FIELD_TEXT, .required = true,
	      .offset = offsetof(struct control_words, verb)),
    MAY(TEXT, control_words, batch),
    MAY(TEXT, control_words, board),
    MAY(TEXT, control_words, health),
    MAY(TEXT, control_words, why),
    FIELD_ROW(.name = "run", .type = FIELD_TEXT, .offset = offsetof(struct control_words, text)),
    INTEGER(control_words, priority, 0, PLANNER_PRIORITY_MAX),
    COUNT(control_words, from_s, 0),
    COUNT(control_words, until_s, 0),
    MAY(MARK, control_words, force),
};
static const struct record words_record = RECORD(struct control_words, words_fields);

// A person goes before the night, unless he says otherwise.
#define PERSON_PRIORITY 50

struct control_call {
	struct daemon *d;
	struct control_client *client;
	const struct control_peer *peer;
	const struct control_words *w;
	int64_t now_s;
};

static struct error *need(const char *value, const char *name)
{
	return value && value[0] ? NULL : error_new(ERROR_USAGE, "\"%s\" is missing", name);
}

static json_t *done(void)
{
	return json_pack("{s:b}", "ok", true);
}

// ---- batches ------------------------------------------------------------------------------------

// What would be refused when its turn comes is refused now.
static struct error *check_request(const struct control_call *c, char **job)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct run_request r;
	CLEANUP_JOB struct job_config *loaded = NULL;
	TRY(request_parse("run", c->w->text, &arena, &r));
	TRY(job_load(r.job, &loaded));
	*job = memory_strdup(loaded->name);
	return NULL;
}

static struct error *do_submit(const struct control_call *c, json_t **out)
{
	TRY(need(c->w->text, "run"));
	CLEANUP_FREE char *job = NULL;
	TRY(check_request(c, &job));
	const struct planner_request r = {
	    .job = job,
	    .request = c->w->text,
	    .submitter = c->peer->name,
	    .trigger = TRIGGER_PERSON,
	    .priority = (int)(c->w->priority == FIELDS_UNKNOWN ? PERSON_PRIORITY : c->w->priority)};
	char id[PLANNER_ID_SIZE];
	TRY(planner_submit(c->d->planner, c->now_s, &r, id));
	// On record before it is promised.
	TRY(state_save(c->d->state, c->d->planner, NULL, 0));
	*out = json_pack("{s:b, s:s}", "ok", true, "batch", id);
	return NULL;
}

// The batch of an id or of its beginning.
static struct error *find_batch(const struct control_call *c, const char **id)
{
	const struct planner *p = c->d->planner;
	TRY(need(c->w->batch, "batch"));
	*id = NULL;
	for (size_t i = 0; i < planner_batches(p); i++) {
		const char *own = planner_batch(p, i)->id;
		if (strncmp(own, c->w->batch, strlen(c->w->batch)) != 0)
			continue;
		if (*id)
			return error_new(ERROR_USAGE, "%s: more than one batch begins so",
					 c->w->batch);
		*id = own;
	}
	return *id ? NULL : error_new(ERROR_USAGE, "%s: no such batch in the queue", c->w->batch);
}

static struct error *do_cancel(const struct control_call *c, json_t **out)
{
	const char *id;
	TRY(find_batch(c, &id));
	planner_cancel(c->d->planner, c->now_s, id, c->peer->name);
	*out = done();
	return NULL;
}

static struct error *do_follow(const struct control_call *c, json_t **out)
{
	const char *id;
	TRY(find_batch(c, &id));
	control_follow(c->client, id);
	*out = json_pack("{s:b, s:s}", "ok", true, "batch", id);
	return NULL;
}

static json_t *describe_run(const struct planner *p, const char *id, size_t i)
{
	static const char *const states[] = {"pending", "waiting", "running", "ended"};
	const char *why;
	const struct plan_run r = planner_run(p, id, i, &why);
	return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s?}", "board", r.board, "pool",
			 r.pool, "variant", r.variant, "attempt", (json_int_t)r.attempt, "state",
			 states[r.state], "why", why, "verdict",
			 r.state == PLAN_ENDED ? status_name(r.verdict) : "", "run", r.id);
}

static json_t *describe_batch(const struct planner *p, const struct batch_row *b)
{
	json_t *runs = json_array();
	for (size_t i = 0; i < planner_runs(p, b->id); i++)
		json_array_append_new(runs, describe_run(p, b->id, i));
	return json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:i, s:I, s:I, s:I, s:b, s:o}", "batch",
			 b->id, "job", b->job, "trigger", trigger_name(b->trigger), "schedule",
			 b->schedule, "submitter", b->submitter, "priority", b->priority,
			 "nominal_s", (json_int_t)b->nominal_s, "submitted_s",
			 (json_int_t)b->submitted_s, "window_end_s",
			 (json_int_t)(b->window_end_s == PLANNER_NO_TIME ? 0 : b->window_end_s),
			 "begun", b->begun, "runs", runs);
}

static struct error *do_queue(const struct control_call *c, json_t **out)
{
	const struct planner *p = c->d->planner;
	json_t *batches = json_array();
	for (size_t i = 0; i < planner_batches(p); i++)
		json_array_append_new(batches, describe_batch(p, planner_batch(p, i)));
	*out = json_pack("{s:b, s:b, s:s, s:o}", "ok", true, "draining", c->d->draining, "stuck",
			 c->d->stuck ? c->d->stuck : "", "batches", batches);
	return NULL;
}

// ---- boards -------------------------------------------------------------------------------------

static json_t *describe_reservation(const struct reservation_row *r)
{
	if (!r)
		return json_null();
	return json_pack("{s:s, s:s, s:I, s:I}", "who", r->who, "why", r->why, "from_s",
			 (json_int_t)r->from_s, "until_s", (json_int_t)r->until_s);
}

// "nightly", "nightly (alice)"
static char *describe_user(const struct batch_row *user)
{
	if (!user)
		return memory_strdup("");
	return user->submitter ? memory_printf("%s (%s)", user->job, user->submitter)
			       : memory_strdup(user->job);
}

static json_t *describe_board(const struct control_call *c, const struct board_row *b)
{
	const struct planner *p = c->d->planner;
	CLEANUP_FREE char *holder = describe_user(planner_user(p, b->name));
	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
			 "holder", holder, "board", b->name, "health", health_name(b->health),
			 "reason", b->reason ? b->reason : "", "who", b->who, "run", b->link,
			 "since_s", (json_int_t)b->since_s, "used_s", (json_int_t)b->used_s,
			 "streak", (json_int_t)b->streak, "power_cycles", (json_int_t)b->all_cycles,
			 "erase_cycles", (json_int_t)b->all_erases, "next_check_s",
			 (json_int_t)(b->next_check_s == PLANNER_NO_TIME ? 0 : b->next_check_s),
			 "reserved", describe_reservation(planner_reserved(p, b->name, c->now_s)));
}

static struct error *do_boards(const struct control_call *c, json_t **out)
{
	const struct planner *p = c->d->planner;
	json_t *boards = json_array();
	for (size_t i = 0; i < planner_boards(p); i++)
		if (boards_find(c->d->configuration->boards, planner_board_row(p, i)->name))
			json_array_append_new(boards, describe_board(c, planner_board_row(p, i)));
	*out = json_pack("{s:b, s:o}", "ok", true, "boards", boards);
	return NULL;
}

static struct error *need_board(const struct control_call *c)
{
	TRY(need(c->w->board, "board"));
	if (!boards_find(c->d->configuration->boards, c->w->board))
		return error_new(ERROR_USAGE, "%s: no such board", c->w->board);
	return NULL;
}

static struct error *do_reserve(const struct control_call *c, json_t **out)
{
	TRY(need_board(c));
	TRY(need(c->w->why, "why"));
	const struct reservation_row r = {
	    .board = (char *)(uintptr_t)c->w->board,
	    .who = (char *)(uintptr_t)c->peer->name,
	    .why = (char *)(uintptr_t)c->w->why,
	    .from_s = c->w->from_s ? c->w->from_s : c->now_s,
	    .until_s = c->w->until_s,
	};
	int64_t id;
	TRY(planner_reserve(c->d->planner, &r, c->now_s, &id));
	*out = json_pack("{s:b, s:I}", "ok", true, "reservation", (json_int_t)id);
	return NULL;
}

static struct error *do_release(const struct control_call *c, json_t **out)
{
	TRY(need_board(c));
	const char *who = c->w->force ? NULL : c->peer->name;
	if (!planner_release(c->d->planner, c->now_s, c->w->board, who))
		return error_new(ERROR_USAGE, "%s is not reserved%s%s", c->w->board,
				 who ? " by " : "", who ? who : "");
	*out = done();
	return NULL;
}

static struct error *do_health(const struct control_call *c, json_t **out)
{
	enum health health;
	TRY(need_board(c));
	TRY(need(c->w->health, "health"));
	TRY(need(c->w->why, "why"));
	if (!health_from_name(c->w->health, &health))
		return error_new(ERROR_USAGE,
				 "\"%s\" is no health; expected Good, Unknown, Bad, Maintenance or "
				 "Retired",
				 c->w->health);
	planner_set_health(c->d->planner, c->now_s, c->w->board, health, c->peer->name, c->w->why);
	*out = done();
	return NULL;
}

// ---- the daemon itself --------------------------------------------------------------------------

static struct error *do_status(const struct control_call *c, json_t **out)
{
	const struct daemon *d = c->d;
	CLEANUP_FREE char *boards = realpath(d->o.boards, NULL);
	*out =
	    json_pack("{s:b, s:i, s:s, s:s, s:I, s:b, s:s, s:I, s:I}", "ok", true, "pid",
		      (int)getpid(), "version", MMFARM_VERSION, "boards", boards ? boards : "",
		      "started_s", (json_int_t)d->started_s, "draining", d->draining, "stuck",
		      d->stuck ? d->stuck : "", "batches", (json_int_t)planner_batches(d->planner),
		      "running", (json_int_t)executor_works(d->executor));
	return NULL;
}

static struct error *do_metrics(const struct control_call *c, json_t **out)
{
	CLEANUP_FREE char *text = daemon_metrics(c->d);
	*out = json_pack("{s:b, s:s}", "ok", true, "text", text);
	return NULL;
}

static struct error *do_drain(const struct control_call *c, json_t **out)
{
	c->d->draining = true;
	daemon_say(c->d, false, "%s drains the farm: nothing more is begun", c->peer->name);
	daemon_set_limits(c->d);
	*out = done();
	return NULL;
}

static struct error *do_reload(const struct control_call *c, json_t **out)
{
	TRY(daemon_reload(c->d));
	*out = done();
	return NULL;
}

static const struct verb {
	const char *name;
	bool changes; // only for those who may
	struct error *(*run)(const struct control_call *c, json_t **out);
} verbs[] = {
    {"status", false, do_status}, {"queue", false, do_queue},     {"boards", false, do_boards},
    {"follow", false, do_follow}, {"metrics", false, do_metrics}, {"submit", true, do_submit},
    {"cancel", true, do_cancel},  {"reserve", true, do_reserve},  {"release", true, do_release},
    {"health", true, do_health},  {"drain", true, do_drain},      {"reload", true, do_reload},
};

static struct error *answer(struct daemon *d, struct control_client *client,
			    const struct control_peer *peer, const struct control_words *w,
			    json_t **out)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, w->verb) != 0)
			continue;
		if (verbs[i].changes && !peer->may_change)
			return error_new(ERROR_LAB,
					 "%s may look, but changes nothing: that is for members of "
					 "the group " CONTROL_GROUP,
					 peer->name);
		const struct control_call call = {d, client, peer, w,
						  clock_realtime_ns() / NS_PER_S};
		TRY(verbs[i].run(&call, out));
		if (verbs[i].changes)
			executor_poke(d->executor);
		return NULL;
	}
	return error_new(ERROR_USAGE, "\"%s\" is nothing that this daemon does", w->verb);
}

void daemon_take_request(void *arg, struct control_client *c, const struct control_peer *peer,
			 json_t *request)
{
	struct daemon *d = arg;
	CLEANUP_ARENA struct arena arena = {0};
	struct control_words w = {.priority = FIELDS_UNKNOWN};
	json_t *out = NULL;
	char *text = json_dumps(request, JSON_COMPACT);
	struct error *e = json_fields_parse("request", text ? text : "{}", text ? strlen(text) : 2,
					    &words_record, &arena, &w);
	free(text);
	if (!e)
		e = answer(d, c, peer, &w, &out);
	if (e)
		control_send_error(c, e);
	else
		control_send(c, out);
	error_free(e);
}
