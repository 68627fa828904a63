// SPDX-License-Identifier: GPL-2.0-or-later
// One transfer of libcurl behind a wait. For base/http.c and the mail sender only.
#ifndef BASE_CURL_H
#define BASE_CURL_H

#include <curl/curl.h>

#include "base/wait.h"

// Carries out the transfer that `handle` is set up for, within the time that it was given
// (CURLOPT_TIMEOUT_MS); *code is what came of it. Nothing in it blocks beside `w`: names are looked up
// in a thread of libcurl's, which is left behind when no answer comes. An error is the wait's own.
struct error *curl_transfer(CURL *handle, const struct wait *w, CURLcode *code) ERROR_RESULT;

#endif
