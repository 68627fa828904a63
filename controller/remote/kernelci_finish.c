// SPDX-License-Identifier: GPL-2.0-or-later
// A stored outcome is told exactly once: before each try the node is read, and what it says already is
// not said again.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "remote/kernelci_events.h"
#include "remote/kernelci_machine.h"

#define FORBIDDEN_S 3600.0 // until rights that are missing are asked for again

void finish_begin(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now)
{
	(void)k;
	j->step = STEP_FINISH_READ;
	j->next_ns = now->ns;
	j->tries = 0;
	j->detail = KERNELCI_FULL;
}

void finish_request(struct kernelci *k, struct kept_job *j, struct kernelci_request *r)
{
	*r = (struct kernelci_request){.method = "GET"};
	switch (j->step) {
	case STEP_CALLBACK:
		*r = (struct kernelci_request){.method = "POST",
					       .url = j->row.callback,
					       .body = j->body,
					       .login = KERNELCI_CALLBACK_TOKEN};
		break;
	case STEP_CHILDREN:
		r->url = machine_url(k, "/nodes?limit=1000&parent=", j->row.node);
		break;
	case STEP_FINISH_WRITE:
		*r = (struct kernelci_request){
		    .method = "PUT",
		    .url = machine_url(k, j->tree ? "/nodes/" : "/node/", j->row.node),
		    .body = j->body,
		    .login = KERNELCI_BEARER};
		break;
	default:
		r->url = machine_url(k, "/node/", j->row.node);
	}
}

static void end(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		enum kernelci_stage stage, const char *reason)
{
	const struct kernelci_job to = {.stage = stage, .reason = reason};
	if (!machine_stage(k, j, now, &to, NULL)) {
		j->step = STEP_FINISH_READ; // what was sent is not sent again
		j->unsure = true;
		return;
	}
	if (reason)
		machine_tell(k, "job %s: %s", j->row.node, reason);
	j->step = STEP_NONE;
}

static void try_again(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		      const struct kernelci_answer *a)
{
	CLEANUP_BUFFER struct buffer why = {0};
	machine_tell(k, "job %s: finishing: %s", j->row.node, machine_describe(a, &why));
	j->step = STEP_FINISH_READ;
	j->unsure = true;
	j->next_ns = machine_retry(k, now, j->tries++, a);
}

static void take_callback(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			  const struct kernelci_answer *a)
{
	CLEANUP_BUFFER struct buffer why = {0};
	if (a->status >= 200 && a->status < 300) {
		end(k, j, now, KERNELCI_FINISHED, NULL);
	} else if (machine_passes(a) || a->status == 401) {
		try_again(k, j, now, a); // its token is another one than the API's
	} else {
		buffer_append_str(&why, "the callback refuses its results: ");
		machine_describe(a, &why);
		end(k, j, now, KERNELCI_REFUSED, buffer_str(&why));
	}
}

static void write_node(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		       const struct kernelci_answer *a)
{
	free(j->body);
	j->next_ns = now->ns;
	if (k->o->outputs & KERNELCI_TO_CALLBACK && j->row.callback) {
		j->body = kernelci_body_callback(j->row.outcome);
		j->step = STEP_CALLBACK;
		return;
	}
	j->body = kernelci_body_finish(a->body, a->len, j->row.outcome, j->detail, &j->tree);
	if (!j->body) {
		end(k, j, now, KERNELCI_REFUSED, "its outcome cannot be written as a node");
		return;
	}
	j->step = STEP_FINISH_WRITE;
}

static void take_finished(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			  const struct kernelci_answer *a)
{
	// A service that stopped in the midst has the node, and not all that lies below.
	bool tree = !(k->o->outputs & KERNELCI_TO_CALLBACK);
	if (tree && j->unsure && j->detail < KERNELCI_RESULT &&
	    kernelci_body_children(j->row.outcome)) {
		free(j->body);
		j->body =
		    kernelci_body_finish(a->body, a->len, j->row.outcome, j->detail, &j->tree);
		j->step = STEP_CHILDREN;
		j->next_ns = now->ns;
		return;
	}
	end(k, j, now, KERNELCI_FINISHED, NULL);
}

static void take_node(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		      const struct kernelci_answer *a)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	struct kernelci_node n;
	if (a->status == 404) {
		end(k, j, now, KERNELCI_LOST, "there is no such node any more");
	} else if (a->status != 200 || !kernelci_node_parse(a->body, a->len, &arena, &n, &why)) {
		try_again(k, j, now, a);
	} else if (n.job_id && strcmp(n.job_id, j->row.claim) != 0) {
		buffer_printf(&why, "its results are not told: it was claimed as %.200s", n.job_id);
		end(k, j, now, KERNELCI_LOST, buffer_str(&why));
	} else if (kernelci_body_is_finished(a->body, a->len, j->row.outcome)) {
		take_finished(k, j, now, a);
	} else if (n.result) {
		buffer_printf(&why, "its results are not told: it was closed as %.40s%s%.80s",
			      n.result, n.error_code ? ", " : "", n.error_code ? n.error_code : "");
		end(k, j, now, KERNELCI_LOST, buffer_str(&why));
	} else {
		write_node(k, j, now, a);
	}
}

// All of ours are there, or none: of a tree that is there in part the rest cannot be told from the
// whole, so the root stands and what is missing is said.
static void take_children(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
			  const struct kernelci_answer *a)
{
	int64_t there = a->status == 200 ? kernelci_nodes_total(a->body, a->len) : -1;
	int64_t ours = (int64_t)kernelci_body_children(j->row.outcome);
	CLEANUP_BUFFER struct buffer why = {0};
	if (there < 0) {
		try_again(k, j, now, a);
	} else if (there == 0) {
		j->step = STEP_FINISH_WRITE;
		j->next_ns = now->ns;
	} else if (there < ours) {
		buffer_printf(&why, "the service kept %lld of %lld tests", (long long)there,
			      (long long)ours);
		end(k, j, now, KERNELCI_FINISHED, buffer_str(&why));
	} else {
		end(k, j, now, KERNELCI_FINISHED, NULL);
	}
}

static void take_write(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		       const struct kernelci_answer *a)
{
	CLEANUP_BUFFER struct buffer why = {0};
	if (a->status >= 200 && a->status < 300) {
		end(k, j, now, KERNELCI_FINISHED, NULL);
	} else if (machine_passes(a)) {
		try_again(k, j, now, a);
	} else if (a->status == 403) {
		machine_tell(k, "job %s: finishing: %s", j->row.node, machine_describe(a, &why));
		j->step = STEP_FINISH_READ;
		j->next_ns = machine_after(now, FORBIDDEN_S);
	} else if ((a->status == 400 || a->status == 422) && j->detail + 1 < KERNELCI_DETAILS) {
		machine_tell(k, "job %s: KernelCI refuses its results, it is told less: %s",
			     j->row.node, machine_describe(a, &why));
		j->detail = (enum kernelci_detail)(j->detail + 1);
		j->step = STEP_FINISH_READ;
		j->next_ns = now->ns;
	} else {
		buffer_append_str(&why, "KernelCI refuses its result: ");
		machine_describe(a, &why);
		end(k, j, now, KERNELCI_REFUSED, buffer_str(&why));
	}
}

void finish_answer(struct kernelci *k, struct kept_job *j, const struct kernelci_time *now,
		   const struct kernelci_answer *a)
{
	if (j->step == STEP_CALLBACK) {
		take_callback(k, j, now, a);
	} else if (machine_blocked(k, now, a)) {
		j->step = STEP_FINISH_READ;
		j->next_ns = now->ns;
	} else if (j->step == STEP_FINISH_READ) {
		take_node(k, j, now, a);
	} else if (j->step == STEP_CHILDREN) {
		take_children(k, j, now, a);
	} else {
		take_write(k, j, now, a);
	}
}
