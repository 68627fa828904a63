// SPDX-License-Identifier: GPL-2.0-or-later
// libcurl, loaded when it is first used: linked in, it would cost every worker 6 MB and 9 ms.
// For base/http.c and the mail sender only.
#ifndef BASE_CURL_H
#define BASE_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/error.h"

struct curl_library {
	CURL *(*easy_init)(void);
	CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
	CURLcode (*easy_perform)(CURL *);
	CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
	void (*easy_cleanup)(CURL *);
	const char *(*easy_strerror)(CURLcode);
	struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
	void (*slist_free_all)(struct curl_slist *);
};

// The library's entry points, valid until the process ends. ERROR_SYSTEM when it is not installed.
struct error *curl_library_get(const struct curl_library **out) ERROR_RESULT;

#endif
