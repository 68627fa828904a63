// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull_parent.h"

#include <stdlib.h>
#include <string.h>

#include "base/http.h"
#include "base/memory.h"
#include "remote/kernelci_events.h"

#define HOPS_MAX  8
#define TRIES_MAX 5
#define NODE_SIZE ((size_t)4 << 20)

struct pull_parent {
	const char *api;
	char *node, *url; // owned
	int hops, tries;
	struct http_request request;
	struct http_exchange *exchange; // owned
};

struct pull_parent *pull_parent_new(const char *api, const char *node, const char *ca_file)
{
	struct pull_parent *p = memory_new(1, sizeof(*p));
	p->api = api;
	p->node = memory_strdup(node);
	p->request = (struct http_request){
	    .ca_file = ca_file, .answer_limit = NODE_SIZE, .timeout_s = 30, .insecure = true};
	return p;
}

void pull_parent_free(struct pull_parent *p)
{
	if (!p)
		return;
	http_exchange_free(p->exchange);
	free(p->node);
	free(p->url);
	free(p);
}

static struct error *ask(struct pull_parent *p)
{
	free(p->url);
	p->url = memory_printf("%s/node/%s", p->api, p->node);
	p->request.url = p->url;
	return http_begin(&p->request, &p->exchange);
}

// True: the walk is over.
static bool take(struct pull_parent *p, const struct http_response *r, char **id)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0};
	struct kernelci_node n;
	if (r->status != 200 ||
	    !kernelci_node_parse(buffer_str(&r->body), r->body.len, &arena, &n, &why)) {
		*id = ++p->tries >= TRIES_MAX ? memory_strdup("") : NULL;
		return *id;
	}
	if (strcmp(n.kind, "kbuild") == 0) {
		*id = memory_printf("maestro:%s", n.id);
		return true;
	}
	if (!n.parent || ++p->hops > HOPS_MAX || strpbrk(n.parent, "/?#&%")) {
		*id = memory_strdup("");
		return true;
	}
	free(p->node);
	p->node = memory_strdup(n.parent);
	return false;
}

bool pull_parent_step(struct pull_parent *p, char **id)
{
	CLEANUP_HTTP_RESPONSE struct http_response r = {0};
	bool over = false;
	*id = NULL;
	CLEANUP_ERROR struct error *e = p->exchange ? http_step(p->exchange, &over, &r) : ask(p);
	if (!e && !over)
		return false;
	http_exchange_free(p->exchange);
	p->exchange = NULL;
	return take(p, &r, id);
}
