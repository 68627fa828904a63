// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/url.h"
#include "kernel/fetch_cache.h"
#include "text/format.h"

#define SIZE_LIMIT      ((uint64_t)4 << 30)
#define TIMEOUT_S       3600.0
#define STALL_S         60.0
#define REDIRECTS_MAX   5
#define LOCK_FIRST_MS   5 // between looks at another fetcher's lock; doubles
#define LOCK_LONGEST_MS 500

struct fetch {
	const char *cache, *url, *sha256;
	struct fetch_limits limits;
	const struct wait *wait;
	int64_t deadline_ns;
	struct buffer name; // of the URL, for messages
	struct cache_part part;
	uint64_t bytes;
};

static void fetch_deinit(struct fetch *f)
{
	buffer_deinit(&f->name);
	cache_part_deinit(&f->part);
}

static double seconds_left(const struct fetch *f)
{
	return (double)(f->deadline_ns - clock_monotonic_ns()) / (double)NS_PER_S;
}

// ---- one fetcher at a time ----------------------------------------------------------------------

static struct error *lock(struct fetch *f, const char *key, int *fd)
{
	TRY(cache_open_lock(f->cache, key, fd));
	for (int64_t ms = LOCK_FIRST_MS; flock(*fd, LOCK_EX | LOCK_NB) < 0;
	     ms = ms < LOCK_LONGEST_MS ? ms * 2 : ms) {
		bool ready;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(ERROR_SYSTEM, errno, "lock of %s", f->cache);
		if (seconds_left(f) <= 0)
			return error_new(ERROR_LAB, "%s: somebody else fetches it, too slowly",
					 buffer_str(&f->name));
		TRY(wait_for(f->wait, -1, 0, clock_monotonic_ns() + ms * NS_PER_MS, &ready));
	}
	return NULL;
}

// ---- one exchange -------------------------------------------------------------------------------

static struct error *take(void *arg, const void *bytes, size_t len)
{
	struct fetch *f = arg;
	f->bytes += len;
	if (f->bytes > f->limits.size)
		return error_new(ERROR_CONFIG, "%s: longer than the %llu bytes that are allowed",
				 buffer_str(&f->name), (unsigned long long)f->limits.size);
	return file_write_all(f->part.fd, bytes, len, f->part.path);
}

// What is asked for only if it changed.
struct condition {
	char *lines[2];
	const char *headers[3];
};

static void condition_deinit(struct condition *c)
{
	free(c->lines[0]);
	free(c->lines[1]);
}
#define CLEANUP_CONDITION CLEANUP(condition_deinit)

static void condition_make(const struct cache_note *note, struct condition *c)
{
	size_t count = 0;
	if (note->etag)
		c->headers[count++] = c->lines[0] = memory_printf("If-None-Match: %s", note->etag);
	if (note->last_modified)
		c->headers[count++] = c->lines[1] =
		    memory_printf("If-Modified-Since: %s", note->last_modified);
}

static struct error *ask(struct fetch *f, const char *url, const struct condition *condition,
			 struct http_response *out)
{
	const struct http_request request = {
	    .url = url,
	    .headers = condition->headers,
	    .ca_file = f->limits.ca_file,
	    .timeout_s = seconds_left(f),
	    .stall_s = f->limits.stall_s,
	    .take = take,
	    .take_arg = f,
	    .insecure = true, // a token in the URL is the server's own, and was published with it
	};
	if (request.timeout_s <= 0)
		return error_new(ERROR_LAB, "%s: not fetched in the time given",
				 buffer_str(&f->name));
	return http_perform(&request, f->wait, out);
}

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static struct error *check_redirect(const struct fetch *f, const struct http_response *r)
{
	if (r->redirect && strncmp(r->redirect, "https://", 8) == 0)
		return NULL;
	CLEANUP_BUFFER struct buffer to = {0};
	if (r->redirect)
		url_public(r->redirect, &to);
	return error_new(ERROR_CONFIG, "%s: redirected to \"%s\", expected https",
			 buffer_str(&f->name), buffer_str(&to));
}

// Asks, and follows redirects; `out` is the answer that is none.
static struct error *ask_along(struct fetch *f, const struct condition *condition,
			       struct http_response *out)
{
	CLEANUP_FREE char *url = memory_strdup(f->url);
	for (int i = 0; i <= REDIRECTS_MAX; i++) {
		CLEANUP_HTTP_RESPONSE struct http_response r = {0};
		TRY(ask(f, url, condition, &r));
		if (!is_redirect(r.status)) {
			*out = r;
			r = (struct http_response){0};
			return NULL;
		}
		TRY(check_redirect(f, &r));
		free(url);
		url = STEAL(r.redirect);
	}
	return error_new(ERROR_CONFIG, "%s: redirected more than %d times", buffer_str(&f->name),
			 REDIRECTS_MAX);
}

static struct error *refused(const struct fetch *f, long status)
{
	bool passing = status >= 500 || status == 408 || status == 425 || status == 429;
	return error_new(passing ? ERROR_LAB : ERROR_CONFIG, "%s: HTTP %ld", buffer_str(&f->name),
			 status);
}

// ---- what came ----------------------------------------------------------------------------------

static struct error *keep(struct fetch *f, const struct http_response *r, char **path)
{
	char hex[DIGEST_HEX_SIZE];
	TRY(digest_file(f->part.path, ERROR_SYSTEM, hex));
	if (f->sha256 && strcmp(hex, f->sha256) != 0)
		return error_new(ERROR_CONFIG, "%s: its sha256 is %s, expected %s",
				 buffer_str(&f->name), hex, f->sha256);
	TRY(cache_keep(f->cache, &f->part, hex, path));
	CLEANUP_FREE char *etag = http_header(r, "ETag");
	CLEANUP_FREE char *last_modified = http_header(r, "Last-Modified");
	const struct cache_note note = {
	    .sha256 = hex, .etag = etag, .last_modified = last_modified};
	return cache_note_write(f->cache, f->url, &note);
}

static struct error *download(struct fetch *f, const struct condition *condition,
			      struct http_response *r)
{
	f->bytes = 0;
	cache_part_deinit(&f->part);
	TRY(cache_sweep(f->cache));
	TRY(cache_part_open(f->cache, &f->part));
	return ask_along(f, condition, r);
}

// By the URL alone: the server says whether the cache still has what it has.
static struct error *revalidate(struct fetch *f, char **path)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_CONDITION struct condition condition = {0}, none = {0};
	CLEANUP_HTTP_RESPONSE struct http_response r = {0}, again = {0};
	struct cache_note note = {0};
	if (cache_note_read(f->cache, f->url, &arena, &note) && !f->sha256)
		condition_make(&note, &condition);
	TRY(download(f, &condition, &r));
	if (r.status == 200)
		return keep(f, &r, path);
	if (r.status != 304)
		return refused(f, r.status);
	if (note.sha256 && cache_find(f->cache, note.sha256, path))
		return NULL;
	TRY(download(f, &none, &again));
	return again.status == 200 ? keep(f, &again, path) : refused(f, again.status);
}

static struct error *fetch(struct fetch *f, char **path)
{
	CLEANUP_CLOSE int fd = -1;
	char key[DIGEST_HEX_SIZE];
	digest_bytes(f->url, strlen(f->url), key);
	if (f->sha256 && cache_find(f->cache, f->sha256, path))
		return NULL;
	TRY(lock(f, f->sha256 ? f->sha256 : key, &fd));
	if (f->sha256 && cache_find(f->cache, f->sha256, path)) // the other one got it
		return NULL;
	return revalidate(f, path);
}

struct error *fetch_url(const char *cache, const char *url, const char *sha256,
			const struct fetch_limits *limits, const struct wait *w, char **path)
{
	static const char *const schemes[] = {"http", "https", NULL};
	CLEANUP(fetch_deinit) struct fetch f = {.cache = cache, .url = url, .sha256 = sha256};
	f.part = CACHE_PART_NONE;
	f.wait = w;
	f.limits = limits ? *limits : (struct fetch_limits){0};
	if (!f.limits.size)
		f.limits.size = SIZE_LIMIT;
	if (f.limits.timeout_s <= 0)
		f.limits.timeout_s = TIMEOUT_S;
	if (f.limits.stall_s <= 0)
		f.limits.stall_s = STALL_S;
	f.deadline_ns = clock_monotonic_ns() + (int64_t)(f.limits.timeout_s * (double)NS_PER_S);
	const char *wrong = url_check(url, schemes, false);
	if (wrong)
		return error_new(ERROR_CONFIG, "URL of a file to fetch: %s", wrong);
	if (sha256 && !format_is_hex(sha256, strlen(sha256), DIGEST_HEX_SIZE - 1))
		return error_new(ERROR_CONFIG, "\"%.80s\" is no sha256", sha256);
	url_public(url, &f.name);
	TRY(cache_prepare(cache));
	return fetch(&f, path);
}
