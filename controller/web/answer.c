// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/answer.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/digest.h"
#include "base/memory.h"
#include "web/assets.h"

#define PACK_MIN   512 // bytes; less is not worth it
#define PACK_LEVEL 5

void web_answer_deinit(struct web_answer *a)
{
	buffer_deinit(&a->body);
	free(a->run);
}

static const struct page_place served = {.up = NULL};

static void set_tag(struct web_answer *a)
{
	char hex[DIGEST_HEX_SIZE];
	digest_bytes(buffer_str(&a->body), a->body.len, hex);
	memcpy(a->tag, hex, sizeof(a->tag) - 1);
}

void web_answer_refuse(unsigned status, const char *text, struct web_answer *out)
{
	CLEANUP_PAGE struct page p = {.title = text, .here = "/", .status = status};
	out->status = status;
	out->type = web_form_type(FORM_HTML);
	out->moving = true;
	buffer_truncate(&out->body, 0);
	page_write_html(&p, &served, &out->body);
}

// ---- pages --------------------------------------------------------------------------------------

static void write_page(const struct page *p, enum web_form form, struct web_answer *out)
{
	out->status = p->status ? p->status : 200;
	out->type = web_form_type(form);
	out->moving = p->moving || p->status;
	page_write(p, form, &served, &out->body);
	if (!out->moving)
		set_tag(out);
}

static void answer_page(struct web_context *c, const struct route *r, const struct web_request *q,
			struct web_answer *out, struct error **trouble)
{
	CLEANUP_PAGE struct page p = {.title = "", .here = "/"};
	*trouble = r->page(c, q, &p);
	if (*trouble)
		web_answer_refuse(500, "This page could not be made; the server's log says why",
				  out);
	else
		write_page(&p, q->form, out);
}

// ---- the rest -----------------------------------------------------------------------------------

static void answer_asset(const struct web_request *q, struct web_answer *out)
{
	const struct asset *a = assets_find(q->segments[1]);
	if (!a) {
		web_answer_refuse(404, "No such file", out);
		return;
	}
	out->status = 200;
	out->type = a->type;
	out->immutable = strcmp(web_parameter(q, "v", ""), assets_version()) == 0;
	buffer_append(&out->body, a->bytes, a->len);
	set_tag(out);
}

static void answer_metrics(struct web_context *c, struct web_answer *out)
{
	CLEANUP_FREE char *text = context_metrics(c);
	if (!text) {
		web_answer_refuse(503, "No daemon runs for these results", out);
		return;
	}
	out->status = 200;
	out->type = "text/plain; version=0.0.4; charset=utf-8";
	out->moving = true;
	buffer_append_str(&out->body, text);
}

static void answer_console(const struct route *r, const struct web_request *q,
			   struct web_answer *out)
{
	out->status = 200;
	out->kind = r->kind;
	out->moving = true;
	out->run = memory_strdup(q->segments[1]);
	out->from = web_parameter_number(q, "from", 0, INT64_MAX / 4, -1);
	out->skip = strcmp(web_parameter(q, "skip", ""), "1") == 0;
}

void web_answer_make(struct web_context *c, const char *target, const char *accept,
		     struct web_answer *out, struct error **trouble)
{
	CLEANUP_WEB_REQUEST struct web_request q;
	*out = (struct web_answer){.kind = ROUTE_PAGE};
	*trouble = NULL;
	unsigned refused = web_request_parse(target, accept, &q);
	if (refused) {
		web_answer_refuse(refused,
				  refused == 414 ? "This URL is too long" : "This is no URL", out);
		return;
	}
	const struct route *r = route_find(&q);
	if (!r) {
		web_answer_refuse(404, "There is no such page", out);
		return;
	}
	switch (r->kind) {
	case ROUTE_PAGE:
		answer_page(c, r, &q, out, trouble);
		break;
	case ROUTE_ASSET:
		answer_asset(&q, out);
		break;
	case ROUTE_METRICS:
		answer_metrics(c, out);
		break;
	case ROUTE_BYTES:
	case ROUTE_LIVE:
		answer_console(r, &q, out);
		break;
	}
}

// ---- gzip ---------------------------------------------------------------------------------------

bool web_answer_pack(const struct buffer *body, struct buffer *out)
{
	z_stream z = {0};
	if (body->len < PACK_MIN || body->len > UINT32_MAX / 2 ||
	    deflateInit2(&z, PACK_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	size_t room = deflateBound(&z, (uLong)body->len);
	CLEANUP_FREE unsigned char *packed = memory_new(1, room);
	z.next_in = (unsigned char *)body->data;
	z.avail_in = (uInt)body->len;
	z.next_out = packed;
	z.avail_out = (uInt)room;
	bool done = deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < body->len;
	if (done)
		buffer_append(out, packed, z.total_out);
	deflateEnd(&z);
	return done;
}
