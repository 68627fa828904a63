// SPDX-License-Identifier: GPL-2.0-or-later
// From an offer to a job of ours: its definition is read, the node is seen free, our claim is written
// and read back.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "remote/kernelci.h"
#include "remote/kernelci_events.h"
#include "remote/kernelci_machine.h"
#include "remote/kernelci_outcome.h"

#define DEFINITION_TRIES 8 // of a storage that is down; then the job ends with that as its reason

static bool believable(const struct kernelci *k, const struct kept_job *j,
		       const struct kernelci_time *now)
{
	return machine_after(&(struct kernelci_time){.ns = j->read_ns},
			     k->o->claim_wait_min_s / 2) >= now->ns;
}

bool claim_request(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		   struct kernelci_request *r)
{
	if (j->step == STEP_CLAIM_WRITE && !believable(k, j, now))
		j->step = STEP_CLAIM_READ; // seen free too long ago
	*r = (struct kernelci_request){.method = "GET"};
	if (j->step == STEP_DEFINITION) {
		r->url = j->row.definition;
		r->answer_limit = KERNELCI_DEFINITION_LIMIT + 1;
		return true;
	}
	r->url = machine_url(k, "/node/", j->row.node);
	if (j->step == STEP_CLAIM_WRITE) {
		r->method = "PUT";
		r->body = j->body;
		r->login = KERNELCI_BEARER;
		r->timeout_s = k->o->claim_wait_min_s / 2;
	} else if (j->step == STEP_CLAIM_READ) {
		j->read_ns = now->ns;
	}
	return true;
}

static void go_to(struct kept_job *j, enum kernelci_step step, int64_t when_ns)
{
	j->step = step;
	j->next_ns = when_ns;
	j->tries = 0;
}

static void try_again(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		      const struct kernelci_answer *a)
{
	CLEANUP_BUFFER struct buffer why = {0};
	machine_tell(k, "job %s: %s", j->row.node, machine_describe(a, &why));
	j->next_ns = machine_retry(k, now, j->tries++, a);
}

static void lose(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		 const char *reason)
{
	const struct kernelci_job to = {.stage = KERNELCI_LOST, .reason = reason};
	if (!machine_stage(k, j, now, &to, NULL))
		return;
	machine_tell(k, "job %s is not ours: %s", j->row.node, reason);
	j->step = STEP_NONE;
}

// ---- the definition -----------------------------------------------------------------------------

static const char *const *meets_of(const struct kernelci_options *o, const char *platform)
{
	for (size_t i = 0; i < o->platforms_count; i++)
		if (strcmp(o->platforms[i].name, platform) == 0)
			return o->platforms[i].meets;
	return NULL;
}

bool kernelci_understand(const struct kernelci_options *o, const char *platform, const char *text,
			 size_t len, struct arena *arena, struct kernelci_definition *out,
			 struct buffer *why)
{
	if (!kernelci_definition_parse(text, len, arena, out, why))
		return false;
	if (strcmp(out->platform, platform) != 0) {
		buffer_printf(why, "environment.platform: \"%s\", the node's is \"%s\"",
			      out->platform, platform);
		return false;
	}
	const char *unmet = kernelci_definition_unmet(out, meets_of(o, platform));
	if (unmet)
		buffer_printf(why, "environment.requirements: no board is known to have \"%s\"",
			      unmet);
	kernelci_definition_limit(out, arena, o->kinds);
	return !unmet;
}

static void refuse(struct kernelci *k, struct kept_job *j, const char *code, const char *why)
{
	machine_tell(k, "job %s cannot be done: %s", j->row.node, why);
	j->refusal = memory_strdup(why);
	j->refusal_code = memory_strdup(code);
}

static void take_definition(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			    const struct kernelci_answer *a)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	struct kernelci_definition d;
	if (machine_passes(a) && j->tries + 1 < DEFINITION_TRIES) {
		try_again(k, j, now, a);
		return;
	}
	if (a->status != 200) {
		buffer_append_str(&why, "the job's definition cannot be read: ");
		// A page of the storage says nothing to whoever reads the reason.
		machine_describe(&(struct kernelci_answer){.status = a->status, .why = a->why},
				 &why);
		refuse(k, j, KERNELCI_INFRASTRUCTURE, buffer_str(&why));
	} else if (!kernelci_understand(k->o, j->row.platform, a->body, a->len, &arena, &d, &why)) {
		refuse(k, j, KERNELCI_INVALID_JOB, buffer_str(&why));
	}
	free(j->definition);
	j->definition_len = a->status == 200 ? a->len : 0;
	j->definition = memory_strndup(j->definition_len ? a->body : "", j->definition_len);
	go_to(j, STEP_CLAIM_READ, now->ns);
}

// ---- the claim ----------------------------------------------------------------------------------

static void make_claim(struct kernelci *k, char *out, size_t size)
{
	unsigned w[8];
	for (int i = 0; i < 8; i++)
		w[i] = (unsigned)(random_uniform(&k->random) * 65536);
	snprintf(out, size, "%s:%04x%04x-%04x-4%03x-%04x-%04x%04x%04x", k->o->lab, w[0], w[1], w[2],
		 w[3] & 0xfff, (w[4] & 0x3fff) | 0x8000, w[5], w[6], w[7]);
}

static int64_t claim_wait(struct kernelci *k, const struct kernelci_time *now)
{
	double span = k->o->claim_wait_max_s - k->o->claim_wait_min_s;
	return machine_after(now, k->o->claim_wait_min_s + span * random_uniform(&k->random));
}

// A free node: our claim is stored before it is sent, so that one that arrived is known again.
static void write_claim(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			const struct kernelci_answer *a)
{
	char claim[256];
	make_claim(k, claim, sizeof(claim));
	const struct kernelci_job to = {.stage = KERNELCI_CLAIMING,
					.claim = j->row.claim ? NULL : claim};
	if ((j->row.stage != KERNELCI_CLAIMING || !j->row.claim) &&
	    !machine_stage(k, j, now, &to, NULL))
		return;
	free(j->body);
	j->body = kernelci_body_claim(a->body, a->len, j->row.claim);
	go_to(j, STEP_CLAIM_WRITE, now->ns);
}

static bool is_free(const struct kernelci_node *n)
{
	return !n->job_id && (strcmp(n->state, "available") == 0 ||
			      (strcmp(n->state, "done") == 0 && !n->result));
}

static bool is_ours(const struct kept_job *j, const struct kernelci_node *n)
{
	return j->row.claim && n->job_id && strcmp(n->job_id, j->row.claim) == 0;
}

static void lose_node(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		      const struct kernelci_node *n)
{
	CLEANUP_BUFFER struct buffer why = {0};
	if (n->job_id)
		buffer_printf(&why, "it was claimed as %.200s", n->job_id);
	else
		buffer_printf(&why, "it is %.40s", n->state);
	lose(k, j, now, buffer_str(&why));
}

static void finish_at_once(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			   const char *outcome, const char *callback)
{
	const struct kernelci_job to = {
	    .stage = KERNELCI_FINISHING, .outcome = outcome, .callback = callback};
	if (machine_stage(k, j, now, &to, NULL))
		finish_begin(k, j, now);
}

// Our claim stands: the job is ours with all that follows, in one transaction.
static void take_job(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	struct kernelci_definition d;
	if (j->refusal) {
		CLEANUP_FREE char *outcome = kernelci_outcome_failed(j->refusal_code, j->refusal);
		finish_at_once(k, j, now, outcome, NULL);
		return;
	}
	if (!kernelci_understand(k->o, j->row.platform, j->definition, j->definition_len, &arena,
				 &d, &why)) {
		CLEANUP_FREE char *outcome =
		    kernelci_outcome_failed(KERNELCI_INVALID_JOB, buffer_str(&why));
		finish_at_once(k, j, now, outcome, NULL);
		return;
	}
	if (!kernelci_definition_runs(&d)) {
		CLEANUP_FREE char *outcome = kernelci_outcome_skipped(&d);
		finish_at_once(k, j, now, outcome, d.callback_url);
		return;
	}
	const struct kernelci_job to = {.stage = KERNELCI_TAKEN, .callback = d.callback_url};
	const struct kernelci_take take = {.definition = j->definition, .len = j->definition_len};
	if (!machine_stage(k, j, now, &to, &take))
		return;
	machine_tell(k, "job %s is ours", j->row.node);
	free(j->definition);
	j->definition = NULL;
	go_to(j, STEP_OVERDUE, now->ns);
}

static void take_node(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		      const struct kernelci_answer *a)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	struct kernelci_node n;
	if (a->status == 404) {
		lose(k, j, now, "there is no such node any more");
	} else if (a->status != 200) {
		try_again(k, j, now, a);
	} else if (!kernelci_node_parse(a->body, a->len, &arena, &n, &why)) {
		machine_tell(k, "job %s: %s", j->row.node, buffer_str(&why));
		j->next_ns = machine_retry(k, now, j->tries++, NULL);
	} else if (is_ours(j, &n)) {
		if (n.result) // somebody gave it up for us
			lose_node(k, j, now, &n);
		else if (j->step == STEP_CLAIM_CHECK)
			take_job(k, j, now);
		else // it arrived although we did not hear so
			go_to(j, STEP_CLAIM_CHECK, claim_wait(k, now));
	} else if (!is_free(&n)) {
		lose_node(k, j, now, &n);
	} else if (j->step == STEP_CLAIM_READ) {
		write_claim(k, j, now, a);
	} else {
		go_to(j, STEP_CLAIM_READ, now->ns); // our claim did not arrive
	}
}

static void take_write(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		       const struct kernelci_answer *a)
{
	CLEANUP_BUFFER struct buffer why = {0};
	if (a->status >= 200 && a->status < 300) {
		go_to(j, STEP_CLAIM_CHECK, claim_wait(k, now));
	} else if (a->status == 409) {
		j->step = STEP_CLAIM_READ;
		try_again(k, j, now, a);
	} else if (machine_passes(a)) {
		// It may have arrived, or may yet.
		machine_tell(k, "job %s: claiming: %s", j->row.node, machine_describe(a, &why));
		j->next_ns = claim_wait(k, now);
		j->step = STEP_CLAIM_CHECK;
	} else {
		buffer_append_str(&why, "the claim is refused: ");
		machine_describe(a, &why);
		lose(k, j, now, buffer_str(&why));
	}
}

void claim_answer(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		  const struct kernelci_answer *a)
{
	if (j->step == STEP_DEFINITION) {
		take_definition(k, j, now, a);
	} else if (machine_blocked(k, now, a)) {
		j->step = STEP_CLAIM_READ;
		j->next_ns = now->ns;
	} else if (j->step == STEP_CLAIM_WRITE) {
		take_write(k, j, now, a);
	} else {
		take_node(k, j, now, a);
	}
}
