// SPDX-License-Identifier: GPL-2.0-or-later
// Downloads into a cache by content: what is there already is not fetched again, what comes is checked.
//
// CACHE/content/SHA256 holds each file once. CACHE/url/ knows which content a URL had and by which
// ETag or date its server calls it. Files appear by rename, whole and synced; a fetcher that is killed
// leaves a file in CACHE/part/, which the next one removes. Fetchers of the same thing, in whatever
// process, wait for the first and take what it got.
#ifndef KERNEL_FETCH_H
#define KERNEL_FETCH_H

#include <stdint.h>

#include "base/error.h"
#include "base/wait.h"

struct fetch_limits {
	uint64_t size;       // bytes; 0: 4 GiB
	double timeout_s;    // from the call, waiting for another fetcher included; 0: 1 h
	double stall_s;      // without a byte; 0: 60 s
	const char *ca_file; // certificates to trust instead of the system's; may be NULL
};

// Fetches `url` (http or https), which has the digest `sha256` (64 small hexadecimal digits; NULL: not
// known, then the server is asked whether what the cache has is still that). `*path` is the file in
// the cache, read-only; the caller frees the string. It stays until fetch_prune takes it.
//
// A redirect is followed to https only. ERROR_LAB: worth another try (no connection, 5xx, too slow);
// ERROR_CONFIG: not (refused by the server, another digest, too big). Messages have no query of the
// URL, where tokens stand. Waits by `w` (NULL: by poll(2) alone), whose errors end it.
struct error *fetch_url(const char *cache, const char *url, const char *sha256,
			const struct fetch_limits *limits, const struct wait *w,
			char **path) ERROR_RESULT;

// Removes what was not used longest until the contents take at most `bytes`, and what nobody fetches
// any more of CACHE/part/. What was used in the last `keep_s` seconds stays.
struct error *fetch_prune(const char *cache, uint64_t bytes, double keep_s) ERROR_RESULT;

#endif
