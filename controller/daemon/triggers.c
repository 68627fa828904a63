// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/triggers.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/command.h"
#include "base/digest.h"
#include "base/http.h"
#include "base/memory.h"
#include "config/job.h"

#define ENTRY_KIND  "trigger"
#define LOOK_NS     (120 * NS_PER_S) // then a look is given up
#define GIT_S       60.0
#define SAID_LIMIT  4096
#define TROUBLE     "trouble: " // what a look says instead of a mark
#define MARK_FORMAT "%lld %s"   // how often it has changed, and what it was last

struct watched {
	char *key; // JOB/1: of what is saved
	const struct job_config *job;
	const struct trigger_config *config;
	int64_t due_ns;
	struct process process;
	int pipe; // -1: nobody looks
	struct buffer said;
	char *mark;      // NULL: it was never seen
	int64_t changes; // since it was seen first
	char *trouble;   // told last
};

struct triggers {
	struct triggers_options o;
	struct configuration *configuration;
	struct watched *watches;
	size_t count;
};

// ---- a look, in a process of its own ------------------------------------------------------------

static struct error *look_at_file(const struct job_config *job, struct buffer *out)
{
	char hex[DIGEST_HEX_SIZE];
	if (!job->payload.parts[PAYLOAD_IMAGE].path)
		return error_new(ERROR_CONFIG, "the job names no payload");
	TRY(digest_file(job->payload.parts[PAYLOAD_IMAGE].path, ERROR_CONFIG, hex));
	buffer_printf(out, "sha256:%s", hex);
	return NULL;
}

static struct error *look_at_url(const char *url, struct buffer *out)
{
	const struct http_request request = {.method = "HEAD", .url = url};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	TRY(http_perform(&request, NULL, &response));
	if (response.status != 200)
		return error_new(ERROR_LAB, "the server answers %ld", response.status);
	CLEANUP_FREE char *etag = http_header(&response, "ETag");
	CLEANUP_FREE char *date = http_header(&response, "Last-Modified");
	if (!etag && !date)
		return error_new(ERROR_LAB, "the server says neither ETag nor Last-Modified");
	buffer_append_str(out, etag ? etag : date);
	return NULL;
}

static struct error *look_at_git(const struct trigger_config *c, struct buffer *out)
{
	CLEANUP_FREE char *commit = memory_printf("%s^{commit}", c->ref);
	const char *const argv[] = {"git",      "-C",      c->repository,      "rev-parse",
				    "--verify", "--quiet", "--end-of-options", commit,
				    NULL};
	const struct command_spec spec = {.argv = argv, .timeout_s = GIT_S};
	CLEANUP_COMMAND_END struct command_end end = {0};
	TRY(command_run(&spec, NULL, &end));
	if (!end.in_time || !WIFEXITED(end.status) || WEXITSTATUS(end.status) != 0)
		return error_new(ERROR_CONFIG, "git finds no %s in %s (%s)", c->ref, c->repository,
				 end.how);
	buffer_append(out, buffer_str(&end.said), strcspn(buffer_str(&end.said), "\n"));
	return NULL;
}

static struct error *look(const struct watched *w, struct buffer *out)
{
	switch (w->config->watch) {
	case TRIGGER_WATCH_PAYLOAD:
		return look_at_file(w->job, out);
	case TRIGGER_WATCH_URL:
		return look_at_url(w->config->url, out);
	case TRIGGER_WATCH_GIT:
		return look_at_git(w->config, out);
	}
	return NULL;
}

static void look_and_say(void *arg)
{
	CLEANUP_BUFFER struct buffer out = {0};
	CLEANUP_ERROR struct error *e = look(arg, &out);
	if (e) {
		buffer_truncate(&out, 0);
		buffer_printf(&out, TROUBLE "%s", error_text(e));
	}
	ssize_t n = write(STDOUT_FILENO, buffer_str(&out), out.len);
	(void)n; // nobody listens any more
}

static struct error *begin_look(struct watched *w)
{
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(ERROR_SYSTEM, errno, "pipe2");
	CLEANUP_CLOSE int in = fds[0], out = fds[1];
	static const char *const argv[] = {"mmfarm", "look", NULL};
	struct process_spec spec = process_spec_own(argv, -1);
	spec.call = look_and_say;
	spec.arg = w;
	spec.name = "mmfarm-look";
	spec.out = out;
	spec.die_with_parent = true;
	if (fcntl(in, F_SETFL, O_NONBLOCK) < 0)
		return error_errno(ERROR_SYSTEM, errno, "fcntl");
	TRY(process_spawn(&spec, &w->process));
	w->pipe = steal_fd(&in);
	buffer_truncate(&w->said, 0);
	return NULL;
}

// True: all has been said.
static bool listen_to(struct watched *w)
{
	char chunk[512];
	ssize_t n;
	while ((n = read(w->pipe, chunk, sizeof(chunk))) > 0)
		if (w->said.len < SAID_LIMIT)
			buffer_append(&w->said, chunk, (size_t)n);
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

// ---- what it has seen ---------------------------------------------------------------------------

__attribute__((format(printf, 3, 4))) static void tell(const struct triggers *t, bool trouble,
						       const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	CLEANUP_FREE char *line = memory_vprintf(fmt, ap);
	va_end(ap);
	t->o.tell(t->o.arg, trouble, line);
}

static void take_trouble(const struct triggers *t, struct watched *w, const char *text)
{
	if (!w->trouble || strcmp(w->trouble, text) != 0)
		tell(t, true, "what %s watches cannot be looked at: %s", w->job->name, text);
	free(w->trouble);
	w->trouble = memory_strdup(text);
}

// Batches of this trigger that have not begun, but for the one that stays by `backlog: every N`.
static void supersede(const struct triggers *t, const struct watched *w, int64_t now_s)
{
	const struct queue_config *q = &w->config->queue;
	if (q->backlog == SCHEDULE_BACKLOG_ALL ||
	    (q->backlog == SCHEDULE_BACKLOG_EVERY && w->changes % q->backlog_every == 0))
		return;
	for (size_t i = planner_batches(t->o.planner); i-- > 0;) {
		const struct batch_row *b = planner_batch(t->o.planner, i);
		if (!b->begun && b->trigger == TRIGGER_CHANGE && strcmp(b->job, w->job->name) == 0)
			planner_cancel(t->o.planner, now_s, b->id, NULL);
	}
}

static struct error *submit(const struct triggers *t, const struct watched *w)
{
	int64_t now_s = clock_realtime_ns() / NS_PER_S;
	const struct planner_request r = {.job = w->job->name,
					  .trigger = TRIGGER_CHANGE,
					  .priority = (int)w->config->queue.priority,
					  .window_s = (int64_t)w->config->queue.window_s};
	char id[PLANNER_ID_SIZE];
	supersede(t, w, now_s);
	TRY(planner_submit(t->o.planner, now_s, &r, id));
	tell(t, false, "%s: what it watches has changed, batch %s", w->job->name, id);
	return NULL;
}

// The mark is saved with the batch, or neither is: then the next look finds the change again.
static struct error *take_mark(const struct triggers *t, struct watched *w, const char *mark,
			       bool *submitted)
{
	bool first = !w->mark, same = !first && strcmp(w->mark, mark) == 0;
	*submitted = false;
	if (same)
		return NULL;
	if (!first)
		TRY(submit(t, w));
	CLEANUP_FREE char *value =
	    memory_printf(MARK_FORMAT, (long long)(w->changes + !first), mark);
	const struct state_entry entry = {ENTRY_KIND, w->key, value};
	TRY(state_save(t->o.state, t->o.planner, &entry, 1));
	*submitted = !first;
	w->changes += !first;
	free(w->mark);
	w->mark = memory_strdup(mark);
	return NULL;
}

static bool take_look(const struct triggers *t, struct watched *w)
{
	bool submitted = false;
	const char *said = buffer_str(&w->said);
	if (!said[0]) {
		take_trouble(t, w, "nothing was said in time");
		return false;
	}
	if (strncmp(said, TROUBLE, strlen(TROUBLE)) == 0) {
		take_trouble(t, w, said + strlen(TROUBLE));
		return false;
	}
	free(w->trouble);
	w->trouble = NULL;
	CLEANUP_ERROR struct error *e = take_mark(t, w, said, &submitted);
	if (e)
		take_trouble(t, w, error_text(e));
	return submitted;
}

static bool step_watch(const struct triggers *t, struct watched *w, int64_t now_ns)
{
	if (w->pipe < 0) {
		if (now_ns < w->due_ns)
			return false;
		w->due_ns = now_ns + LOOK_NS;
		CLEANUP_ERROR struct error *e = begin_look(w);
		if (e)
			take_trouble(t, w, error_text(e));
		return false;
	}
	bool late = now_ns >= w->due_ns;
	if (!listen_to(w) && !late)
		return false;
	cleanup_close(&w->pipe);
	process_deinit(&w->process);
	w->process = PROCESS_NONE;
	w->due_ns = now_ns + (int64_t)(w->config->every_s * (double)NS_PER_S);
	return take_look(t, w);
}

bool triggers_step(struct triggers *t)
{
	bool submitted = false;
	int64_t now_ns = clock_monotonic_ns();
	for (size_t i = 0; i < t->count; i++)
		submitted |= step_watch(t, &t->watches[i], now_ns);
	return submitted;
}

size_t triggers_fds(const struct triggers *t, struct pollfd *fds, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < t->count && n < max; i++)
		if (t->watches[i].pipe >= 0)
			fds[n++] = (struct pollfd){.fd = t->watches[i].pipe, .events = POLLIN};
	return n;
}

int64_t triggers_wake_ns(const struct triggers *t)
{
	int64_t wake_ns = INT64_MAX;
	for (size_t i = 0; i < t->count; i++)
		wake_ns = t->watches[i].due_ns < wake_ns ? t->watches[i].due_ns : wake_ns;
	return wake_ns;
}

// ---- life ---------------------------------------------------------------------------------------

static void take_entry(void *arg, const char *key, const char *value)
{
	struct triggers *t = arg;
	for (size_t i = 0; i < t->count; i++) {
		struct watched *w = &t->watches[i];
		const char *blank = strchr(value, ' ');
		if (strcmp(w->key, key) != 0 || !blank)
			continue;
		w->changes = strtoll(value, NULL, 10);
		free(w->mark);
		w->mark = memory_strdup(blank + 1);
	}
}

// Another thing that is watched is another trigger: it begins with what it sees first.
static char *make_key(const struct job_config *job, const struct trigger_config *c)
{
	const char *file = job->payload.parts[PAYLOAD_IMAGE].path;
	const char *what = c->watch == TRIGGER_WATCH_URL   ? c->url
			   : c->watch == TRIGGER_WATCH_GIT ? c->repository
			   : file                          ? file
							   : "";
	return memory_printf("%s|%s|%s", job->name, what, c->ref ? c->ref : "");
}

static void add_watches(struct triggers *t)
{
	const struct configuration *c = t->configuration;
	for (size_t i = 0; i < c->jobs_count; i++)
		for (size_t j = 0; j < c->jobs[i]->triggers.count; j++) {
			struct watched w = {.job = c->jobs[i],
					    .config = &c->jobs[i]->triggers.items[j],
					    .process = PROCESS_NONE,
					    .pipe = -1};
			w.key = make_key(w.job, w.config);
			ARRAY_APPEND(t->watches, t->count, w);
		}
}

struct error *triggers_new(const struct triggers_options *o, struct configuration *c,
			   struct triggers **out)
{
	struct triggers *t = memory_new(1, sizeof(*t));
	t->o = *o;
	t->configuration = configuration_hold(c);
	add_watches(t);
	struct error *e = state_entries(o->state, ENTRY_KIND, take_entry, t);
	if (e)
		triggers_free(t);
	else
		*out = t;
	return e;
}

void triggers_free(struct triggers *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++) {
		struct watched *w = &t->watches[i];
		process_deinit(&w->process);
		cleanup_close(&w->pipe);
		buffer_deinit(&w->said);
		free(w->key);
		free(w->mark);
		free(w->trouble);
	}
	free(t->watches);
	configuration_release(t->configuration);
	free(t);
}
