// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull_check.h"

#include <string.h>

#include "base/clock.h"
#include "base/http.h"
#include "base/memory.h"
#include "pull/pull.h"
#include "remote/kernelci.h"

#define PAGES_MAX  50
#define OFFERS_MAX 500
#define WHO_SIZE   ((size_t)1 << 20)

struct checking {
	const struct kernelci_config *c;
	struct kernelci_options o;
	struct arena *arena;
	struct pull_look *out;
};

static const char *keep(const struct checking *k, const char *s)
{
	return s ? arena_strndup(k->arena, s, strlen(s)) : NULL;
}

static struct error *get(const struct checking *k, const char *url, const char *token, size_t limit,
			 struct http_response *out)
{
	const struct http_request r = {.url = url,
				       .bearer = token,
				       .ca_file = k->c->ca_file,
				       .insecure = k->c->insecure || !token,
				       .answer_limit = limit};
	return http_perform(&r, NULL, out);
}

static struct error *check_rights(const struct checking *k)
{
	CLEANUP_HTTP_RESPONSE struct http_response r = {0};
	CLEANUP_BUFFER struct buffer why = {0}, url = {0};
	CLEANUP_SECRET char *token = NULL;
	TRY(secret_read(&k->c->token, &token));
	buffer_printf(&url, "%s/whoami", k->c->api);
	TRY(get(k, buffer_str(&url), token, WHO_SIZE, &r));
	if (r.status != 200)
		buffer_printf(&why, "refused: HTTP %ld", r.status);
	else if (kernelci_rights(buffer_str(&r.body), r.body.len, k->c->lab, &why))
		return NULL;
	k->out->rights = keep(k, buffer_str(&why));
	return NULL;
}

static const struct pull_offer *find_offer(const struct pull_look *l, const char *node)
{
	for (size_t i = 0; i < l->offers_count; i++)
		if (strcmp(l->offers[i].node, node) == 0)
			return &l->offers[i];
	return NULL;
}

static struct error *read_definition(const struct checking *k, const struct kernelci_node *n,
				     struct pull_offer *out)
{
	CLEANUP_HTTP_RESPONSE struct http_response r = {0};
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	struct kernelci_definition d;
	TRY(get(k, n->definition, NULL, KERNELCI_DEFINITION_LIMIT + 1, &r));
	if (r.status != 200) {
		buffer_printf(&why, "its definition: HTTP %ld", r.status);
	} else if (kernelci_understand(&k->o, n->platform, buffer_str(&r.body), r.body.len, &arena,
				       &d, &why)) {
		out->tests = d.tests_count;
		for (size_t i = 0; i < d.tests_count; i++)
			out->skipped += d.tests[i].skip != NULL;
	}
	out->refusal = why.len ? keep(k, buffer_str(&why)) : NULL;
	return NULL;
}

static void take_offer(const struct checking *k, const struct kernelci_node *n)
{
	struct pull_look *l = k->out;
	if (!kernelci_is_offer(&k->o, n) || find_offer(l, n->id) || l->offers_count >= OFFERS_MAX)
		return;
	struct pull_offer *offer = &l->offers[l->offers_count++];
	*offer = (struct pull_offer){
	    .node = keep(k, n->id), .platform = keep(k, n->platform), .name = keep(k, n->name)};
	CLEANUP_ERROR struct error *e = read_definition(k, n, offer);
	if (e) // that one's storage is down
		offer->refusal = keep(k, error_text(e));
}

static struct error *check_page(const struct checking *k, const char *state, int64_t from_us,
				size_t offset, size_t *total)
{
	CLEANUP_HTTP_RESPONSE struct http_response r = {0};
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0}, url = {0};
	struct kernelci_page page;
	kernelci_events_url(&k->o, state, from_us, offset, &url);
	TRY(get(k, buffer_str(&url), NULL, KERNELCI_PAGE_SIZE, &r));
	if (r.status != 200)
		return error_new(ERROR_LAB, "%s: HTTP %ld", k->c->api, r.status);
	if (!kernelci_page_parse(buffer_str(&r.body), r.body.len, &arena, &page, &why))
		return error_new(ERROR_LAB, "%s: %s", k->c->api, buffer_str(&why));
	for (size_t i = 0; i < page.count; i++)
		take_offer(k, &page.events[i].node);
	*total = page.total;
	return NULL;
}

static struct error *check_events(const struct checking *k, double since_s)
{
	static const char *const states[] = {"available", "done"};
	int64_t from_us = clock_realtime_ns() / 1000 - (int64_t)(since_s * 1e6);
	for (size_t i = 0; i < 2; i++) {
		size_t total = KERNELCI_PAGE, offset = 0;
		for (int page = 0; page < PAGES_MAX && total >= KERNELCI_PAGE; page++) {
			TRY(check_page(k, states[i], from_us, offset, &total));
			offset += total;
			k->out->events += total;
		}
	}
	return NULL;
}

struct error *pull_check(const struct kernelci_config *c, double since_s, struct arena *arena,
			 struct pull_look *out)
{
	CLEANUP_FREE struct kernelci_platform *platforms =
	    memory_new(c->platforms_count, sizeof(*platforms));
	struct checking k = {.c = c, .arena = arena, .out = out};
	*out = (struct pull_look){.offers = arena_new(arena, OFFERS_MAX, sizeof(*out->offers))};
	pull_machine_options(c, platforms, &k.o);
	TRY(check_rights(&k));
	return check_events(&k, since_s);
}
