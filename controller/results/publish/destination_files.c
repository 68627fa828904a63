// SPDX-License-Identifier: GPL-2.0-or-later
// The run directories themselves: to an S3-compatible store (libcurl signs, AWS signature version
// 4) or by the site's own copier (rsync, scp). The item is the list of runs; how many are through
// is kept, so that a long night goes on where it was cut. Sending a file twice does no harm.
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "results/publish/destination.h"
#include "text/format.h"
#include "text/percent.h"
#include "results/publish/program.h"
#include "results/publish/secret.h"

// ---- runs of an item ----------------------------------------------------------------------------

// Calls `send` for each run from c->item->progress on until one does not arrive; the outcome says
// how far it came.
typedef void (*send_run)(void *state, const struct send_context *c, const char *run,
			 struct send_outcome *out);

static void each_run(void *state, const struct send_context *c, send_run send, const json_t *runs,
		     struct send_outcome *out)
{
	size_t count = json_array_size(runs);
	send_outcome_set(out, SEND_DONE, "%zu runs", count);
	for (size_t i = (size_t)c->item->progress; i < count; i++) {
		const char *run = json_string_value(json_array_get(runs, i));
		out->progress = (int64_t)i;
		CLEANUP_FREE char *dir =
		    memory_printf("%s/runs/%s", c->results_dir, run ? run : "");
		// Retention may have been faster than a destination that was down for weeks.
		if (!run || !format_is_word(run) || !file_exists(dir))
			continue;
		send(state, c, run, out);
		if (out->result != SEND_DONE)
			return;
	}
	out->progress = (int64_t)count;
	send_outcome_set(out, SEND_DONE, "%zu runs", count);
}

static void send_runs(void *state, const struct send_context *c, send_run send,
		      struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer list = {0};
	struct error *e = spool_read(c->spool, c->item, &list);
	if (e) {
		send_outcome_error(out, e);
		return;
	}
	json_t *runs = json_loadb(buffer_str(&list), list.len, 0, NULL);
	if (json_is_array(runs))
		each_run(state, c, send, runs, out);
	else
		send_outcome_set(out, SEND_PARK, "the document is no list of runs");
	json_decref(runs);
}

// ---- S3 -----------------------------------------------------------------------------------------

struct s3 {
	const char *url; // of the bucket
	const char *prefix;
	const char *region;
	struct secret key_id;
	struct secret key;
	char *ca_file; // owned
	bool insecure;
};

static const char *const s3_keys[] = {"url", "prefix",  "region",   "key_id",
				      "key", "ca_file", "insecure", NULL};

static void s3_free(void *state)
{
	struct s3 *s = state;
	if (!s)
		return;
	secret_deinit(&s->key_id);
	secret_deinit(&s->key);
	free(s->ca_file);
	free(s);
}

static struct error *parse_s3(const struct config_map *map, struct s3 *s)
{
	struct config_node n;
	TRY(config_map_need(map, "url", &n));
	TRY(config_string(n, &s->url));
	TRY(secret_check_url(n, s->url, "`key_id:` and `key:`"));
	if (!format_is_uri(s->url, strlen(s->url)) || strncmp(s->url, "http", 4) != 0)
		return config_error(n, "\"%s\", expected the bucket's http(s) URL", s->url);
	n = config_map_find(map, "prefix");
	if (config_is_set(n))
		TRY(config_string(n, &s->prefix));
	n = config_map_find(map, "region");
	if (config_is_set(n))
		TRY(config_string(n, &s->region));
	TRY(config_map_need(map, "key_id", &n));
	TRY(secret_parse(n, &s->key_id));
	TRY(config_map_need(map, "key", &n));
	TRY(secret_parse(n, &s->key));
	TRY(secret_parse_insecure(map, s->url, true, &s->insecure));
	n = config_map_find(map, "ca_file");
	return config_is_set(n) ? config_path(n, &s->ca_file) : NULL;
}

static struct error *s3_configure(const struct config_map *map, void **state)
{
	struct s3 *s = memory_new(1, sizeof(*s));
	s->prefix = "runs";
	s->region = "us-east-1";
	struct error *e = parse_s3(map, s);
	if (e) {
		s3_free(s);
		return e;
	}
	*state = s;
	return NULL;
}

static const char *content_type(const char *name)
{
	static const struct {
		const char *tail, *type;
	} types[] = {
	    {".json", "application/json"},         {".jsonl", "application/jsonl"},
	    {".yaml", "application/yaml"},         {".log", "text/plain; charset=utf-8"},
	    {".raw", "text/plain; charset=utf-8"}, {".zst", "application/zstd"},
	};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		size_t tail = strlen(types[i].tail);
		if (len >= tail && strcmp(name + len - tail, types[i].tail) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

// URL of an object: BUCKET/PREFIX/RUN/FILE.
static void object_url(const struct s3 *s, const char *run, const char *file, struct buffer *url)
{
	size_t len = strlen(s->url);
	while (len > 0 && s->url[len - 1] == '/')
		len--;
	buffer_append(url, s->url, len);
	if (s->prefix[0]) {
		buffer_append(url, "/", 1);
		percent_encode(s->prefix, true, url);
	}
	buffer_append(url, "/", 1);
	percent_encode(run, false, url);
	buffer_append(url, "/", 1);
	percent_encode(file, false, url);
}

static struct error *put_object(const struct s3 *s, const struct send_context *c, const char *run,
				const char *file, struct send_outcome *out)
{
	CLEANUP_FREE char *path = memory_printf("%s/runs/%s/%s", c->results_dir, run, file);
	CLEANUP_SECRET char *key_id = NULL;
	CLEANUP_SECRET char *key = NULL;
	CLEANUP_BUFFER struct buffer url = {0};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	char hex[DIGEST_HEX_SIZE];
	TRY(secret_read(&s->key_id, &key_id));
	TRY(secret_read(&s->key, &key));
	TRY(digest_file(path, ERROR_SYSTEM, hex));
	CLEANUP_FCLOSE FILE *body = fopen(path, "re");
	struct stat st;
	if (!body || fstat(fileno(body), &st) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	object_url(s, run, file, &url);
	CLEANUP_FREE char *type = memory_printf("Content-Type: %s", content_type(file));
	// With its digest in the signature the store refuses a body that was cut or changed.
	CLEANUP_FREE char *digest = memory_printf("x-amz-content-sha256: %s", hex);
	CLEANUP_FREE char *sigv4 = memory_printf("aws:amz:%s:s3", s->region);
	const char *const headers[] = {type, digest, NULL};
	const struct http_request request = {
	    .method = "PUT",
	    .url = buffer_str(&url),
	    .headers = headers,
	    .user = key_id,
	    .password = key,
	    .sigv4 = sigv4,
	    .insecure = s->insecure,
	    .ca_file = s->ca_file,
	    .body_file = body,
	    .body_size = (uint64_t)st.st_size,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, &response));
	if (response.status >= 200 && response.status < 300)
		send_outcome_set(out, SEND_DONE, "HTTP %ld", response.status);
	else
		send_outcome_http(out, response.status, buffer_str(&response.body),
				  response.retry_after_s);
	if (out->result == SEND_SPLIT)
		out->result = SEND_PARK; // a file cannot be sent in pieces
	return NULL;
}

static int is_artifact(const struct dirent *d)
{
	return format_is_word(d->d_name) && strcmp(d->d_name, "lock") != 0 &&
	       !strstr(d->d_name, ".tmp");
}

static void s3_send_run(void *state, const struct send_context *c, const char *run,
			struct send_outcome *out)
{
	CLEANUP_FREE char *dir = memory_printf("%s/runs/%s", c->results_dir, run);
	struct dirent **names;
	int count = scandir(dir, &names, is_artifact, alphasort);
	if (count < 0) {
		send_outcome_error(out, error_errno(ERROR_SYSTEM, errno, "%s", dir));
		return;
	}
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = path_join(dir, names[i]->d_name);
		struct stat st;
		bool file = stat(path, &st) == 0 && S_ISREG(st.st_mode);
		if (file && out->result == SEND_DONE) {
			struct error *e = put_object(state, c, run, names[i]->d_name, out);
			if (e)
				send_outcome_error(out, e);
		}
		free(names[i]);
	}
	free(names);
}

static void s3_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	send_runs(state, c, s3_send_run, out);
}

static void s3_describe(const void *state, struct buffer *out)
{
	const struct s3 *s = state;
	http_public_url(s->url, out);
}

// ---- the site's own copier ----------------------------------------------------------------------

static const char *const exec_keys[] = {"command", PROGRAM_KEYS, NULL};

static void exec_send_run(void *state, const struct send_context *c, const char *run,
			  struct send_outcome *out)
{
	program_run(state, c, run, NULL, out);
}

static void exec_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	send_runs(state, c, exec_send_run, out);
}

static void exec_describe(const void *state, struct buffer *out)
{
	program_describe(state, out);
}

const struct destination_driver destination_s3 = {
    .name = "s3",
    .keys = s3_keys,
    .allowed = PUBLISH_FILES,
    .usual = PUBLISH_FILES,
    .configure = s3_configure,
    .free = s3_free,
    .send = s3_send,
    .describe = s3_describe,
};

const struct destination_driver destination_exec = {
    .name = "exec",
    .keys = exec_keys,
    .allowed = PUBLISH_FILES,
    .usual = PUBLISH_FILES,
    .configure = program_configure,
    .free = program_free,
    .send = exec_send,
    .describe = exec_describe,
};
