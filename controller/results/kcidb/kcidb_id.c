// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb/kcidb_id.h"

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

// Fields of a seed stand between '|'. One that holds such a sign, or looks as if it had been marked,
// is marked with its length: else "a|b" and "c" would fall together with "a" and "b|c".
static void append_field(struct buffer *seed, const char *text)
{
	size_t digits = strspn(text, "0123456789");
	if (strchr(text, '|') || (digits > 0 && text[digits] == ':'))
		buffer_printf(seed, "%zu:", strlen(text));
	buffer_append_str(seed, text);
}

static void append_fields(struct buffer *seed, const char *const *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		buffer_append_str(seed, i ? "|" : "");
		append_field(seed, or_empty(fields[i]));
	}
}

void kcidb_checkout_id(const struct batch_record *b, char out[KCIDB_ID_SIZE])
{
	CLEANUP_BUFFER struct buffer seed = {0};
	const struct checkout *c = b->checkout;
	if (c && c->git_commit_hash) {
		const char *const fields[] = {c->git_repository_url, c->git_repository_branch,
					      c->git_commit_hash, c->patchset_hash};
		append_fields(&seed, fields, 4);
	} else {
		append_field(&seed, or_empty(c ? c->tree_name : NULL));
		for (size_t i = 0; i < b->builds_count; i++) {
			const struct payload *p = b->builds[i].payload;
			buffer_append_str(&seed, "|");
			append_field(&seed, p ? or_empty(p->sha256 ? p->sha256 : p->name) : "");
		}
	}
	hashed("ck", &seed, 16, out);
}

void kcidb_build_id(const char *checkout_id, const struct build *b, char out[KCIDB_ID_SIZE])
{
	CLEANUP_BUFFER struct buffer seed = {0};
	const struct payload *p = b->payload;
	const char *const fields[] = {checkout_id,         b->architecture, b->config_name,
				      b->compiler,         b->start_time,   b->name,
				      p ? p->sha256 : NULL};
	append_fields(&seed, fields, sizeof(fields) / sizeof(fields[0]));
	// Last, and so as it is whatever it holds.
	buffer_printf(&seed, "|%s", p ? or_empty(p->arguments) : "");
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
