// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/random.h"
#include "config/secret.h"
#include "pull/pull_parent.h"
#include "pull/pull_prepare.h"
#include "pull/pull_result.h"
#include "pull/pull_store.h"
#include "remote/kernelci_client.h"
#include "remote/kernelci_outcome.h"
#include "results/publish/publish.h"

#define PREPARING_MAX 2              // jobs whose files are brought at a time
#define KILLS_MAX     3              // preparations of a job that may be killed
#define LOOK_NS       (2 * NS_PER_S) // between looks at batches that run

// A job that is ours, from its definition to its outcome.
struct pull_work {
	char *node, *platform, *definition; // owned
	char batch[PLANNER_ID_SIZE];        // "": not submitted yet
	struct process process;             // that prepares it
	unsigned kills;
	char *refusal;              // owned: why its batch was not made
	struct pull_parent *parent; // owned: the build is looked for
	char *build;                // owned: its id, "" when there is none
};

struct pull {
	struct pull_options o;
	struct pull_store store;
	struct kernelci_options machine;
	struct kernelci_platform *platforms; // owned
	struct kernelci_secrets secrets;
	struct kernelci_client *client; // owned
	struct pull_work *works;        // owned
	size_t works_count;
	int fd;
	int64_t due_ns, look_ns;
};

static void tell(void *arg, const char *line)
{
	struct pull *p = arg;
	p->o.tell(p->o.arg, false, line);
}

static void tell_error(struct pull *p, struct error *e)
{
	if (e)
		p->o.tell(p->o.arg, true, error_text(e));
	error_free(e);
}

static int64_t now_s(void)
{
	return clock_realtime_ns() / NS_PER_S;
}

// ---- set-up -------------------------------------------------------------------------------------

static struct error *token(void *arg, enum kernelci_login login, char **secret)
{
	const struct kernelci_config *c = arg;
	return secret_read(login == KERNELCI_BEARER ? &c->token : &c->callback_token, secret);
}

static unsigned kinds(const struct kernelci_config *c)
{
	unsigned bits = 0;
	for (size_t i = 0; c->tests && c->tests[i]; i++)
		bits |= strcmp(c->tests[i], "boot") == 0        ? 1u << KERNELCI_BOOT
			: strcmp(c->tests[i], "kselftest") == 0 ? 1u << KERNELCI_KSELFTEST_SUITE
								: 1u << KERNELCI_LTP;
	return bits ? bits : 1u << KERNELCI_BOOT;
}

void pull_machine_options(const struct kernelci_config *c, struct kernelci_platform *platforms,
			  struct kernelci_options *out)
{
	kernelci_options_usual(out);
	for (size_t i = 0; i < c->platforms_count; i++)
		platforms[i] = (struct kernelci_platform){
		    c->platforms[i].name, (const char *const *)c->platforms[i].requirements};
	out->api = c->api;
	out->lab = c->lab;
	out->platforms = platforms;
	out->platforms_count = c->platforms_count;
	out->kinds = kinds(c);
	out->outputs =
	    c->output == KERNELCI_OUTPUT_CALLBACK ? KERNELCI_TO_CALLBACK : KERNELCI_TO_MAESTRO;
	out->poll_s = c->poll_s;
	out->claim_wait_min_s = c->claim_wait_s;
	out->claim_wait_max_s = 2 * c->claim_wait_s;
	out->longest_s = c->longest_s;
	out->most_taken = (size_t)c->most;
	out->seed = random_seed();
}

static void take_work(void *arg, const struct pull_work_row *row)
{
	struct pull *p = arg;
	struct pull_work w = {.node = memory_strdup(row->node),
			      .platform = memory_strdup(row->platform),
			      .definition = memory_strdup(row->definition),
			      .process = PROCESS_NONE};
	if (row->batch)
		snprintf(w.batch, sizeof(w.batch), "%s", row->batch);
	ARRAY_APPEND(p->works, p->works_count, w);
}

struct error *pull_new(const struct pull_options *o, struct pull **out)
{
	CLEANUP_PULL struct pull *p = memory_new(1, sizeof(*p));
	p->o = *o;
	p->fd = -1;
	p->store = (struct pull_store){o->state, o->planner};
	p->platforms = memory_new(o->config->platforms_count, sizeof(*p->platforms));
	pull_machine_options(o->config, p->platforms, &p->machine);
	p->machine.tell = tell;
	p->machine.tell_arg = p;
	p->secrets = (struct kernelci_secrets){token, (void *)(uintptr_t)o->config,
					       o->config->ca_file, o->config->insecure};
	const struct kernelci_store rows = pull_store_rows(&p->store);
	struct kernelci *k = kernelci_new(&p->machine, &rows);
	p->client = kernelci_client_new(k, &p->secrets);
	TRY(pull_store_load(&p->store, k));
	TRY(pull_store_works(&p->store, take_work, p));
	*out = STEAL(p);
	return NULL;
}

static void work_deinit(struct pull_work *w)
{
	process_deinit(&w->process);
	pull_parent_free(w->parent);
	free(w->node);
	free(w->platform);
	free(w->definition);
	free(w->refusal);
	free(w->build);
}

void pull_free(struct pull *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->works_count; i++)
		work_deinit(&p->works[i]);
	kernelci_client_free(p->client);
	free(p->works);
	free(p->platforms);
	free(p);
}

// ---- the end of a work --------------------------------------------------------------------------

static struct kernelci_time now(void)
{
	return (struct kernelci_time){clock_monotonic_ns(), clock_realtime_ns() / NS_PER_MS};
}

// The outcome is stored, and told from then on; the work is no more. True: it was.
static bool end_work(struct pull *p, struct pull_work *w, const char *outcome)
{
	const struct kernelci_time at = now();
	struct error *e =
	    kernelci_finish(kernelci_client_machine(p->client), w->node, outcome, &at);
	if (!e)
		e = pull_store_end(&p->store, w->node);
	if (e) {
		tell_error(p, e);
		return false;
	}
	pull_prepare_forget(p->o.results, w->node);
	return true;
}

static bool fail_work(struct pull *p, struct pull_work *w, const char *code, const char *reason)
{
	CLEANUP_FREE char *outcome = kernelci_outcome_failed(code, reason);
	CLEANUP_FREE char *line = memory_printf("job %s: %s", w->node, reason);
	tell(p, line);
	return end_work(p, w, outcome);
}

static const struct destination *kcidb_destination(const struct pull *p)
{
	const char *name = p->o.config->kcidb;
	return name && p->o.publish ? publish_config_find(p->o.publish, name) : NULL;
}

// The results as tests of KernelCI's build. False: its id is not known yet.
static bool send_kcidb(struct pull *p, struct pull_work *w)
{
	const struct destination *d = kcidb_destination(p);
	if (!d)
		return true;
	if (!w->build && !w->parent)
		w->parent = pull_parent_new(p->o.config->api, w->node, p->o.config->ca_file);
	if (!w->build && !pull_parent_step(w->parent, &w->build))
		return false;
	if (!w->build[0]) {
		CLEANUP_FREE char *line =
		    memory_printf("job %s: no build is above it, KCIDB gets nothing", w->node);
		p->o.tell(p->o.arg, true, line);
		return true;
	}
	struct error *e = pull_result_spool(p->o.results, w->batch, w->build, d);
	if (!e)
		e = publish_in_background(p->o.results, p->o.farm_file);
	tell_error(p, e);
	return true;
}

static bool tell_result(struct pull *p, struct pull_work *w)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	CLEANUP_FREE char *outcome = NULL;
	struct kernelci_definition d;
	if (!kernelci_understand(&p->machine, w->platform, w->definition, strlen(w->definition),
				 &arena, &d, &why))
		return fail_work(p, w, KERNELCI_INVALID_JOB, buffer_str(&why));
	CLEANUP_ERROR struct error *e = pull_result_outcome(p->o.results, w->batch, &d, &outcome);
	if (e)
		return fail_work(p, w, KERNELCI_INFRASTRUCTURE, error_text(e));
	return end_work(p, w, outcome);
}

// ---- from a definition to a batch ---------------------------------------------------------------

static size_t preparing(const struct pull *p)
{
	size_t count = 0;
	for (size_t i = 0; i < p->works_count; i++)
		count += p->works[i].process.pid != 0;
	return count;
}

static void prepare(struct pull *p, struct pull_work *w)
{
	const struct pull_preparation what = {p->o.results, p->o.config, &p->machine,
					      w->node,      w->platform, w->definition};
	if (preparing(p) < PREPARING_MAX)
		tell_error(p, pull_prepare_begin(&what, &w->process));
}

// True: the planner has it.
static bool submit(struct pull *p, struct pull_work *w)
{
	CLEANUP_FREE char *job = pull_prepare_job(p->o.results, w->node);
	CLEANUP_FREE char *path = realpath(job, NULL);
	const struct pull_work_row row = {w->node, w->platform, w->definition, NULL};
	const struct planner_request request = {.job = path ? path : job,
						.trigger = TRIGGER_KERNELCI,
						.priority = (int)p->o.config->priority};
	char batch[PLANNER_ID_SIZE];
	struct error *e = pull_store_submit(&p->store, &row, &request, now_s(), batch);
	if (e) {
		tell_error(p, e);
		return false;
	}
	memcpy(w->batch, batch, sizeof(w->batch));
	CLEANUP_FREE char *line = memory_printf("job %s waits as batch %s", w->node, batch);
	tell(p, line);
	return true;
}

// True: the work has ended.
static bool take_prepared(struct pull *p, struct pull_work *w, bool *submitted)
{
	CLEANUP_FREE char *code = NULL;
	CLEANUP_FREE char *reason = NULL;
	process_deinit(&w->process);
	w->process = PROCESS_NONE;
	if (pull_prepare_done(p->o.results, w->node, &code, &reason)) {
		*submitted |= submit(p, w);
		return false;
	}
	if (reason)
		return fail_work(p, w, code, reason);
	return ++w->kills >= KILLS_MAX &&
	       fail_work(p, w, KERNELCI_INFRASTRUCTURE, "its files could not be brought");
}

// True: the work has ended.
static bool step_work(struct pull *p, struct pull_work *w, bool *submitted)
{
	if (w->process.pid)
		return process_poll(&w->process) && take_prepared(p, w, submitted);
	if (!w->batch[0]) {
		prepare(p, w);
		return false;
	}
	if (w->refusal)
		return fail_work(p, w, KERNELCI_INFRASTRUCTURE, w->refusal);
	if (planner_find_batch(p->o.planner, w->batch))
		return false;
	if (!pull_result_is_there(p->o.results, w->batch))
		return fail_work(p, w, KERNELCI_INFRASTRUCTURE, "its batch was not carried out");
	return send_kcidb(p, w) && tell_result(p, w);
}

// ---- the loop's side ----------------------------------------------------------------------------

struct stage_look {
	const char *node;
	enum kernelci_stage stage;
};

static void look_stage(void *arg, const struct kernelci_job *job)
{
	struct stage_look *l = arg;
	if (strcmp(job->node, l->node) == 0)
		l->stage = job->stage;
}

// A job that the machine gave up meanwhile has its outcome; its batch is nobody's any more.
static bool given_up(struct pull *p, struct pull_work *w)
{
	struct stage_look l = {w->node, KERNELCI_STAGES};
	kernelci_each(kernelci_client_machine(p->client), look_stage, &l);
	if (l.stage == KERNELCI_TAKEN)
		return false;
	if (w->batch[0])
		planner_cancel(p->o.planner, now_s(), w->batch, "kernelci");
	struct error *e = pull_store_end(&p->store, w->node);
	if (e) {
		tell_error(p, e);
		return false;
	}
	pull_prepare_forget(p->o.results, w->node);
	return true;
}

static bool is_kept(const struct pull *p, const char *node)
{
	for (size_t i = 0; i < p->works_count; i++)
		if (strcmp(p->works[i].node, node) == 0)
			return true;
	return false;
}

static void take_new_work(void *arg, const struct pull_work_row *row)
{
	struct pull *p = arg;
	if (!is_kept(p, row->node))
		take_work(p, row);
}

static bool look(struct pull *p)
{
	bool submitted = false;
	size_t kept = 0;
	tell_error(p, pull_store_works(&p->store, take_new_work, p));
	for (size_t i = 0; i < p->works_count; i++) {
		struct pull_work *w = &p->works[i];
		if (given_up(p, w) || step_work(p, w, &submitted))
			work_deinit(w);
		else
			p->works[kept++] = *w;
	}
	p->works_count = kept;
	p->look_ns = clock_monotonic_ns() + LOOK_NS;
	return submitted;
}

bool pull_step(struct pull *p)
{
	kernelci_client_step(p->client, &p->fd, &p->due_ns);
	bool submitted = look(p);
	kernelci_client_step(p->client, &p->fd, &p->due_ns); // what has ended is told now
	return submitted;
}

size_t pull_fds(const struct pull *p, struct pollfd *fds, size_t max)
{
	size_t count = 0;
	if (p->fd >= 0 && count < max)
		fds[count++] = (struct pollfd){.fd = p->fd, .events = POLLIN};
	for (size_t i = 0; i < p->works_count && count < max; i++)
		if (p->works[i].process.pid)
			fds[count++] =
			    (struct pollfd){.fd = p->works[i].process.pidfd, .events = POLLIN};
	return count;
}

int64_t pull_due_ns(const struct pull *p)
{
	return p->works_count && p->look_ns < p->due_ns ? p->look_ns : p->due_ns;
}

bool pull_refused(struct pull *p, const char *batch, const char *why)
{
	for (size_t i = 0; i < p->works_count; i++) {
		struct pull_work *w = &p->works[i];
		if (strcmp(w->batch, batch) != 0)
			continue;
		free(w->refusal);
		w->refusal = memory_strdup(why);
		p->look_ns = 0;
		return true;
	}
	return false;
}

static void count_stage(void *arg, const struct kernelci_job *job)
{
	size_t *counts = arg;
	counts[job->stage]++;
}

void pull_count(const struct pull *p, size_t counts[])
{
	memset(counts, 0, KERNELCI_STAGES * sizeof(*counts));
	kernelci_each(kernelci_client_machine(p->client), count_stage, counts);
}
