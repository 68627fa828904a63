// SPDX-License-Identifier: GPL-2.0-or-later
// One transfer of libcurl behind a wait. For base/http.c and the mail sender only.
#ifndef BASE_CURL_H
#define BASE_CURL_H

#include <curl/curl.h>

#include "base/cleanup.h"
#include "base/wait.h"

// Carries out the transfer that `handle` is set up for, within the time that it was given
// (CURLOPT_TIMEOUT_MS); *code is what came of it. Nothing in it blocks beside `w`: names are looked up
// in a thread of libcurl's, which is left behind when no answer comes. An error is the wait's own.
struct error *curl_transfer(CURL *handle, const struct wait *w, CURLcode *code) ERROR_RESULT;

// The same for a loop that has other work: step it when its fd is readable or its time has come.
// `handle` outlives it.
struct transfer;
struct error *curl_transfer_begin(CURL *handle, struct transfer **out) ERROR_RESULT;
int curl_transfer_fd(const struct transfer *t);              // an epoll set
int64_t curl_transfer_due_ns(const struct transfer *t);      // monotonic; INT64_MAX: no time
bool curl_transfer_step(struct transfer *t, CURLcode *code); // true: over, *code says how
void curl_transfer_free(struct transfer *t);
CLEANUP_DEFINE(cleanup_transfer, struct transfer *, curl_transfer_free)
#define CLEANUP_TRANSFER CLEANUP(cleanup_transfer)

#endif
