// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb_id.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void hashed(const char *kind, const struct buffer *seed, int digits, char out[KCIDB_ID_SIZE])
{
	char hex[DIGEST_HEX_SIZE];
	digest_bytes(buffer_str(seed), seed->len, hex);
	snprintf(out, KCIDB_ID_SIZE, "%s-%.*s", kind, digits, hex);
}

void kcidb_checkout_id(const struct batch *b, char out[KCIDB_ID_SIZE])
{
	CLEANUP_BUFFER struct buffer seed = {0};
	const struct checkout *c = b->checkout;
	if (c && c->git_commit_hash) {
		buffer_printf(&seed, "%s|%s|%s|%s", or_empty(c->git_repository_url),
			      or_empty(c->git_repository_branch), c->git_commit_hash,
			      or_empty(c->patchset_hash));
	} else {
		buffer_append_str(&seed, or_empty(c ? c->tree_name : NULL));
		for (size_t i = 0; i < b->builds_count; i++) {
			const struct payload *p = b->builds[i].payload;
			buffer_printf(&seed, "|%s",
				      p ? or_empty(p->sha256 ? p->sha256 : p->name) : "");
		}
	}
	hashed("ck", &seed, 16, out);
}

void kcidb_build_id(const char *checkout_id, const struct build *b, char out[KCIDB_ID_SIZE])
{
	CLEANUP_BUFFER struct buffer seed = {0};
	const struct payload *p = b->payload;
	buffer_printf(&seed, "%s|%s|%s|%s|%s|%s|%s|%s", checkout_id, or_empty(b->architecture),
		      or_empty(b->config_name), or_empty(b->compiler), or_empty(b->start_time),
		      b->name, p ? or_empty(p->sha256) : "", p ? or_empty(p->arguments) : "");
	hashed("b", &seed, 16, out);
}

void kcidb_test_id(const char *run_id, const char *path, unsigned nth, struct buffer *out)
{
	buffer_append(out, "t-", 2);
	buffer_append_str(out, run_id);
	buffer_append(out, ".", 1);
	buffer_append_str(out, path);
	if (nth > 1)
		buffer_printf(out, "#%u", nth);
}

void kcidb_issue_id(const struct finding *f, struct buffer *out)
{
	buffer_printf(out, "%s-%s", f->class, f->sig2);
}

void kcidb_incident_id(const char *test_id, const char *issue_id, int64_t issue_version,
		       char out[KCIDB_ID_SIZE])
{
	CLEANUP_BUFFER struct buffer seed = {0};
	buffer_printf(&seed, "%s|%s|%" PRId64, test_id, issue_id, issue_version);
	hashed("i", &seed, 24, out);
}
