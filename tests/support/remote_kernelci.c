// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "remote/kernelci_outcome.h"
#include "unit/remote_kernelci.h"

#define API        "http://maestro/latest"
#define STORAGE    "http://storage/"
#define RESTART_NS (2 * NS_PER_S)
#define RUN_MS     40000 // of a batch

static double chance(struct sim *s)
{
	uint64_t z = (s->random += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

static struct kernelci_time at(const struct sim *s)
{
	return (struct kernelci_time){s->now_ns, s->real_ms + s->now_ns / NS_PER_MS};
}

// ---- what a lab stores --------------------------------------------------------------------------

static char *copy_text(const char *text)
{
	return text ? memory_strdup(text) : NULL;
}

static struct kernelci_job copy_job(const struct kernelci_job *j, const char *batch)
{
	return (struct kernelci_job){copy_text(j->node),
				     copy_text(j->platform),
				     copy_text(j->definition),
				     copy_text(j->claim),
				     copy_text(batch ? batch : j->batch),
				     copy_text(j->outcome),
				     copy_text(j->reason),
				     copy_text(j->callback),
				     j->stage,
				     j->since_ms};
}

static void free_job(struct kernelci_job *j)
{
	const char *texts[] = {j->node,  j->platform, j->definition, j->claim,
			       j->batch, j->outcome,  j->reason,     j->callback};
	for (size_t i = 0; i < 8; i++)
		free((char *)(uintptr_t)texts[i]);
}

static void store_job(struct sim_lab *l, const struct kernelci_job *j, const char *batch)
{
	const struct kernelci_job copy = copy_job(j, batch);
	for (size_t i = 0; i < l->jobs_count; i++)
		if (strcmp(l->jobs[i].node, j->node) == 0) {
			free_job(&l->jobs[i]);
			l->jobs[i] = copy;
			return;
		}
	ARRAY_APPEND(l->jobs, l->jobs_count, copy);
}

struct committing {
	struct sim *s;
	struct sim_lab *l;
};

static struct sim_node *find_node(struct sim *s, const char *id)
{
	for (size_t i = 0; i < s->nodes_count; i++)
		if (strcmp(sim_text(&s->nodes[i], NULL, "id"), id) == 0)
			return &s->nodes[i];
	return NULL;
}

static struct sim *simulation; // of the callbacks, which know their lab alone

static struct error *commit(void *arg, const struct kernelci_change *c, char **batch)
{
	struct sim_lab *l = arg;
	struct sim *s = simulation;
	if (l->dead || chance(s) < s->kill / 2) { // before anything is stored
		l->dead = true;
		return error_new(ERROR_SYSTEM, "killed");
	}
	if (chance(s) < s->fail / 4)
		return error_new(ERROR_SYSTEM, "database is locked");
	if (c->cursor_us != INT64_MIN)
		l->cursor_us = c->cursor_us;
	for (size_t i = 0; i < c->seen_count; i++) {
		const struct kernelci_seen seen = {memory_strdup(c->seen[i].id),
						   c->seen[i].time_us};
		ARRAY_APPEND(l->seen, l->seen_count, seen);
	}
	if (c->take) {
		*batch = memory_printf("b%d", ++l->batches);
		find_node(s, c->take->job->node)->takes++;
	}
	for (size_t i = 0; i < c->jobs_count; i++)
		store_job(l, &c->jobs[i], c->take ? *batch : NULL);
	l->dead |= chance(s) < s->kill / 2; // right after
	return NULL;
}

static void tell(void *arg, const char *text)
{
	struct sim *s = arg;
	char *told = memory_printf("%s%s\n", s->told ? s->told : "", text);
	free(s->told);
	s->told = told;
}

static void start_lab(struct sim *s, struct sim_lab *l)
{
	const struct kernelci_store store = {commit, l};
	l->options.seed = s->random + (uint64_t)(l - s->labs) * 7919;
	l->options.tell = tell;
	l->options.tell_arg = s;
	l->k = kernelci_new(&l->options, &store);
	l->dead = l->busy = false;
	if (l->cursor_us != INT64_MIN)
		kernelci_load_cursor(l->k, l->cursor_us);
	for (size_t i = 0; i < l->seen_count; i++)
		kernelci_load_seen(l->k, &l->seen[i]);
	for (size_t i = 0; i < l->jobs_count; i++)
		kernelci_load_job(l->k, &l->jobs[i]);
}

static void end_request(struct sim_lab *l)
{
	free(l->url);
	free(l->body);
	free(l->answer);
	l->url = l->body = l->answer = NULL;
	l->busy = false;
}

static void kill_lab(struct sim *s, struct sim_lab *l)
{
	kernelci_free(l->k);
	l->k = NULL;
	end_request(l);
	l->down_until_ns = s->now_ns + (int64_t)(chance(s) * (double)RESTART_NS);
}

// ---- the service --------------------------------------------------------------------------------

const char *sim_text(const struct sim_node *n, const char *group, const char *name)
{
	const json_t *o = group ? json_object_get(n->node, group) : n->node;
	return json_string_value(json_object_get(o, name));
}

static char *print(const json_t *j)
{
	return json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);
}

static long events(struct sim *s, const char *url, char **answer)
{
	const char *state = strstr(url, "state=") + 6, *from = strstr(url, "&from=") + 6;
	const char *offset = strstr(url, "&offset=");
	size_t skip = offset && !s->offset_unknown ? strtoul(offset + 8, NULL, 10) : 0;
	json_t *page = json_array();
	for (size_t i = 0; i < json_array_size(s->events) && json_array_size(page) < 1000; i++) {
		const json_t *e = json_array_get(s->events, i);
		const char *time = json_string_value(json_object_get(e, "timestamp"));
		const char *now = json_string_value(json_object_get(e, "state"));
		char plain[64] = "";
		for (size_t k = 0, n = 0; from[k] && n + 1 < sizeof(plain); k++) {
			bool colon = strncmp(from + k, "%3A", 3) == 0;
			plain[n++] = colon ? ':' : from[k];
			k += colon ? 2 : 0;
		}
		if (strcmp(time, plain) <= 0 || strncmp(state, now, strlen(now)) != 0)
			continue;
		if (skip) {
			skip--;
			continue;
		}
		json_t *item = json_deep_copy(e);
		const struct sim_node *n =
		    find_node(s, json_string_value(json_object_get(e, "node")));
		json_object_set(item, "node", n->node);
		json_array_append_new(page, item);
	}
	*answer = print(page);
	json_decref(page);
	return 200;
}

static long put(struct sim *s, struct sim_node *n, const json_t *body, bool tree)
{
	const json_t *root = tree ? json_object_get(body, "node") : body;
	const char *state = json_string_value(json_object_get(root, "state"));
	const char *job_id =
	    json_string_value(json_object_get(json_object_get(root, "data"), "job_id"));
	if (!state || !job_id)
		return 422;
	if (s->refuse_misc && json_object_get(json_object_get(root, "data"), "misc"))
		return 422;
	if (s->refuse_tests && tree)
		return 422;
	if (!tree && (json_object_get(root, "id") || json_object_get(root, "created")))
		return 422;
	if (json_object_get(root, "result") && !json_is_null(json_object_get(root, "result"))) {
		n->finishes++;
		if (tree)
			json_array_extend(n->tests, json_object_get(body, "child_nodes"));
	} else {
		n->claims++;
		sim_event(s, n, s->real_ms + s->now_ns / NS_PER_MS);
	}
	json_object_update(n->node, (json_t *)(uintptr_t)root);
	return 200;
}

static long answer_request(struct sim *s, const struct sim_lab *l, char **answer)
{
	const char *url = l->url;
	if (strncmp(url, STORAGE, strlen(STORAGE)) == 0) {
		const struct sim_node *n = find_node(s, url + strlen(STORAGE));
		*answer = copy_text(n->definition ? n->definition : "gone");
		return n->definition ? 200 : 404;
	}
	url += strlen(API);
	if (strcmp(url, "/whoami") == 0) {
		*answer = memory_printf("{\"groups\":[{\"name\":\"runtime:%s:node-editor\"}]}",
					l->options.lab);
		return s->whoami;
	}
	if (s->whoami == 401 && l->request.login == KERNELCI_BEARER)
		return 401;
	if (strncmp(url, "/events?", 8) == 0)
		return events(s, url, answer);
	if (strncmp(url, "/nodes?", 7) == 0) {
		const struct sim_node *n = find_node(s, strstr(url, "parent=") + 7);
		*answer = memory_printf("{\"items\":[],\"total\":%zu}", json_array_size(n->tests));
		return 200;
	}
	bool tree = strncmp(url, "/nodes/", 7) == 0;
	struct sim_node *n = find_node(s, strrchr(url, '/') + 1);
	if (!n)
		return 404;
	long status = 200;
	if (strcmp(l->request.method, "PUT") == 0) {
		json_t *body = json_loads(l->body, 0, NULL);
		assert_non_null(body);
		status = put(s, n, body, tree);
		json_decref(body);
	}
	*answer = print(n->node);
	return status;
}

// ---- time ---------------------------------------------------------------------------------------

static void send_request(struct sim *s, struct sim_lab *l)
{
	struct kernelci_time now = at(s);
	if (!kernelci_next(l->k, &now, &l->request))
		return;
	s->requests++;
	l->busy = true;
	l->applied = false;
	l->url = memory_strdup(l->request.url);
	l->body = copy_text(l->request.body);
	int64_t span = (int64_t)(chance(s) * s->latency_s * (double)NS_PER_S) + 1;
	l->applied_ns = s->now_ns + (int64_t)(chance(s) * (double)span);
	l->answered_ns = s->now_ns + span;
	l->status = chance(s) < s->fail ? (chance(s) < 0.3 ? 0 : chance(s) < 0.5 ? 500 : 409) : 200;
}

static void apply(struct sim *s, struct sim_lab *l)
{
	l->applied = true;
	// Cut or failed: half of them ahead of the service, half behind it.
	if (l->status == 200 || (l->status != 409 && chance(s) < 0.5)) {
		long status = answer_request(s, l, &l->answer);
		l->status = l->status == 200 ? status : l->status;
	}
}

static void take_answer(struct sim *s, struct sim_lab *l)
{
	struct kernelci_time now = at(s);
	const struct kernelci_answer a = {.status = l->status,
					  .body = l->answer,
					  .len = l->answer ? strlen(l->answer) : 0,
					  .why = "cut",
					  .retry_after_s = NAN};
	kernelci_answer(l->k, &now, &a);
	end_request(l);
}

static void finish_batches(struct sim *s, struct sim_lab *l)
{
	struct kernelci_time now = at(s);
	for (size_t i = 0; i < l->jobs_count && !l->dead; i++) {
		const struct kernelci_job *j = &l->jobs[i];
		if (j->stage != KERNELCI_TAKEN || j->since_ms + RUN_MS > now.real_ms)
			continue;
		CLEANUP_FREE char *node = memory_strdup(j->node);
		error_free(
		    kernelci_finish(l->k, node,
				    "{\"result\":\"pass\",\"capability\":{\"midr\":\"0x1\"},"
				    "\"tests\":[{\"name\":\"boot\","
				    "\"result\":\"pass\"},{\"name\":\"ltp\",\"result\":\"pass\"}]}",
				    &now));
	}
}

static int64_t step_lab(struct sim *s, struct sim_lab *l)
{
	if (!l->k) {
		if (s->now_ns < l->down_until_ns)
			return l->down_until_ns;
		start_lab(s, l);
	}
	if (l->busy && !l->applied && s->now_ns >= l->applied_ns)
		apply(s, l);
	if (l->busy && l->applied && s->now_ns >= l->answered_ns)
		take_answer(s, l);
	finish_batches(s, l);
	if (!l->dead && !l->busy)
		send_request(s, l);
	if (l->dead || chance(s) < s->kill / 8) { // at any other moment
		kill_lab(s, l);
		return l->down_until_ns;
	}
	if (l->busy)
		return l->applied ? l->answered_ns : l->applied_ns;
	return kernelci_due_ns(l->k);
}

void sim_run(struct sim *s, double seconds)
{
	int64_t end = s->now_ns + (int64_t)(seconds * (double)NS_PER_S);
	simulation = s;
	while (s->now_ns < end) {
		int64_t next = s->now_ns + NS_PER_S;
		for (size_t i = 0; i < s->labs_count; i++) {
			int64_t due = step_lab(s, &s->labs[i]);
			next = due < next ? due : next;
		}
		s->now_ns = next > s->now_ns ? next : s->now_ns + 1;
	}
}

// ---- the scene ----------------------------------------------------------------------------------

void sim_init(struct sim *s, uint64_t seed)
{
	*s = (struct sim){.random = seed, .now_ns = 1000 * NS_PER_S, .whoami = 200};
	s->real_ms = INT64_C(1796083200000); // 2026-12-01
	s->latency_s = 1;
	s->events = json_array();
}

void sim_deinit(struct sim *s)
{
	for (size_t i = 0; i < s->labs_count; i++) {
		struct sim_lab *l = &s->labs[i];
		kernelci_free(l->k);
		end_request(l);
		for (size_t k = 0; k < l->seen_count; k++)
			free((char *)(uintptr_t)l->seen[k].id);
		for (size_t k = 0; k < l->jobs_count; k++)
			free_job(&l->jobs[k]);
		free(l->seen);
		free(l->jobs);
	}
	for (size_t i = 0; i < s->nodes_count; i++) {
		json_decref(s->nodes[i].node);
		json_decref(s->nodes[i].tests);
	}
	json_decref(s->events);
	free(s->nodes);
	free(s->told);
}

void sim_event(struct sim *s, const struct sim_node *n, int64_t real_ms)
{
	char id[32], time[CLOCK_RFC3339_SIZE];
	snprintf(id, sizeof(id), "e%zu", json_array_size(s->events));
	clock_rfc3339(real_ms * NS_PER_MS, time);
	time[strcspn(time, "Z")] = '\0';
	json_array_append_new(s->events, json_pack("{s:s,s:s,s:s,s:s}", "id", id, "timestamp", time,
						   "state", sim_text(n, NULL, "state"), "node",
						   sim_text(n, NULL, "id")));
}

struct sim_node *sim_offer(struct sim *s, const char *runtime, const char *platform,
			   const char *definition)
{
	char id[32];
	snprintf(id, sizeof(id), "node%zu", s->nodes_count);
	CLEANUP_FREE char *url = memory_printf(STORAGE "%s", id);
	struct sim_node n = {.definition = definition, .tests = json_array()};
	n.node = json_pack("{s:s,s:s,s:s,s:s,s:n,s:s,s:s,s:[s,s],s:{s:s},s:{s:s,s:s,s:{s:s}}}",
			   "id", id, "kind", "job", "name", "boot", "state", "available", "result",
			   "created", "2026-12-01T00:00:00", "treeid", "t", "path", "checkout",
			   "boot", "artifacts", "job_definition", url, "data", "runtime", runtime,
			   "platform", platform, "kernel_revision", "tree", "mainline");
	ARRAY_APPEND(s->nodes, s->nodes_count, n);
	struct sim_node *kept = &s->nodes[s->nodes_count - 1];
	sim_event(s, kept, s->real_ms + s->now_ns / NS_PER_MS);
	return kept;
}

void sim_lab(struct sim *s, const char *name)
{
	static const struct kernelci_platform platforms[] = {{"qemu-arm64", NULL}};
	struct sim_lab *l = &s->labs[s->labs_count++];
	kernelci_options_usual(&l->options);
	l->options.api = API;
	l->options.lab = name;
	l->options.platforms = platforms;
	l->options.platforms_count = 1;
	l->cursor_us = INT64_MIN;
}
