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
#include "record/layout.h"
#include "base/url.h"
#include "results/publish/destination.h"
#include "results/publish/send_program.h"
#include "text/format.h"

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
		CLEANUP_FREE char *dir = layout_run(c->results_dir, run ? run : "");
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
	char *url; // of the bucket; owned
	const char *prefix;
	const char *region;
	struct secret key_id;
	struct secret key;
	char *ca_file; // owned
	bool insecure;
};

static const struct key s3_keys[] = {
    {"url", KEY_SERVER(struct s3, url), .required = true, .help = "of the bucket"},
    {"prefix", KEY_TEXT(struct s3, prefix), .preset = "runs", .help = "ahead of each file's name"},
    {"region", KEY_TEXT(struct s3, region), .preset = "us-east-1"},
    {"key_id", KEY_SECRET(struct s3, key_id), .required = true, .help = "id of the access key"},
    {"key", KEY_SECRET(struct s3, key), .required = true, .help = "the access key"},
    {"ca_file", KEY_FILE(struct s3, ca_file), .help = "certificates to trust, else the system's"},
    {"insecure", KEY_BOOL(struct s3, insecure), .preset = "false",
     .help = "secrets may go over plain http to another host"},
    {0},
};

static struct error *s3_check(void *state, const struct config_map *keys)
{
	const struct s3 *s = state;
	return secret_check_exposure(keys, s->url, true, s->insecure);
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
		url_escape_path(s->prefix, url);
	}
	buffer_append(url, "/", 1);
	url_escape(run, url);
	buffer_append(url, "/", 1);
	url_escape(file, url);
}

static struct error *put_object(const struct s3 *s, const struct send_context *c, const char *run,
				const char *file, struct send_outcome *out)
{
	CLEANUP_FREE char *path = layout_run_file(c->results_dir, run, file);
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
	TRY(http_perform(&request, NULL, &response));
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
	return format_is_word(d->d_name) && strcmp(d->d_name, LAYOUT_LOCK) != 0 &&
	       !strstr(d->d_name, ".tmp");
}

static void s3_send_run(void *state, const struct send_context *c, const char *run,
			struct send_outcome *out)
{
	CLEANUP_FREE char *dir = layout_run(c->results_dir, run);
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

// Asks for an object that is not there: the store answers 404 to a good key, and says what is wrong with
// another. A key that may only write is refused with AccessDenied.
static struct error *ask_store(const struct s3 *s, const struct send_context *c,
			       struct send_outcome *out)
{
	CLEANUP_SECRET char *key_id = NULL;
	CLEANUP_SECRET char *key = NULL;
	CLEANUP_BUFFER struct buffer url = {0};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	char hex[DIGEST_HEX_SIZE];
	TRY(secret_read(&s->key_id, &key_id));
	TRY(secret_read(&s->key, &key));
	digest_bytes("", 0, hex);
	object_url(s, "mmfarm-check", "nothing", &url);
	CLEANUP_FREE char *digest = memory_printf("x-amz-content-sha256: %s", hex);
	CLEANUP_FREE char *sigv4 = memory_printf("aws:amz:%s:s3", s->region);
	const char *const headers[] = {digest, NULL};
	const struct http_request request = {
	    .url = buffer_str(&url),
	    .headers = headers,
	    .user = key_id,
	    .password = key,
	    .sigv4 = sigv4,
	    .insecure = s->insecure,
	    .ca_file = s->ca_file,
	    .timeout_s = c->timeout_s,
	};
	TRY(http_perform(&request, NULL, &response));
	const char *text = buffer_str(&response.body);
	if (response.status == 403 && strstr(text, "AccessDenied"))
		send_outcome_set(out, SEND_DONE,
				 "it knows our key, which may not read; writing was not tried");
	else
		destination_judge_answer(response.status, text, out);
	return NULL;
}

static void s3_ask(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = ask_store(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

static void s3_describe(const void *state, struct buffer *out)
{
	const struct s3 *s = state;
	url_public(s->url, out);
}

// ---- the site's own copier ----------------------------------------------------------------------

static void exec_send_run(void *state, const struct send_context *c, const char *run,
			  struct send_outcome *out)
{
	send_program_run(state, c, run, NULL, out);
}

static void exec_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	send_runs(state, c, exec_send_run, out);
}

const struct destination_driver destination_s3 = {
    .driver = {.name = "s3",
	       .help = "the run directories, to an S3-compatible store (AWS signature 4)",
	       .keys = s3_keys,
	       .size = sizeof(struct s3),
	       .check = s3_check},
    .allowed = PUBLISH_FILES,
    .usual = PUBLISH_FILES,
    .send = s3_send,
    .ask = s3_ask,
    .describe = s3_describe,
};

const struct destination_driver destination_exec = {
    .driver = {.name = "exec",
	       .help = "the run directories by the site's own copier, run by run",
	       .keys = send_program_keys,
	       .size = sizeof(struct send_program),
	       .check = send_program_check_driver},
    .allowed = PUBLISH_FILES,
    .usual = PUBLISH_FILES,
    .send = exec_send,
    .ask = send_program_ask_driver,
    .describe = send_program_describe_driver,
};
