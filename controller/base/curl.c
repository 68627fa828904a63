// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/curl.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

// Function pointers come out of dlsym as void *, which POSIX makes the same size.
static bool resolve(void *library, const char *name, void *member)
{
	void *symbol = dlsym(library, name);
	memcpy(member, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static bool resolve_all(void *library, struct curl_library *out)
{
	return resolve(library, "curl_easy_init", &out->easy_init) &&
	       resolve(library, "curl_easy_setopt", &out->easy_setopt) &&
	       resolve(library, "curl_easy_perform", &out->easy_perform) &&
	       resolve(library, "curl_easy_getinfo", &out->easy_getinfo) &&
	       resolve(library, "curl_easy_cleanup", &out->easy_cleanup) &&
	       resolve(library, "curl_easy_strerror", &out->easy_strerror) &&
	       resolve(library, "curl_slist_append", &out->slist_append) &&
	       resolve(library, "curl_slist_free_all", &out->slist_free_all);
}

struct error *curl_library_get(const struct curl_library **out)
{
	static struct curl_library loaded;
	static bool is_loaded;
	// Debian's names for the GnuTLS and the OpenSSL build.
	static const char *const names[] = {"libcurl-gnutls.so.4", "libcurl.so.4"};
	for (size_t i = 0; !is_loaded && i < sizeof(names) / sizeof(names[0]); i++) {
		// Never closed: TLS libraries do not survive that.
		void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
		is_loaded = library && resolve_all(library, &loaded);
	}
	if (!is_loaded)
		return error_new(ERROR_SYSTEM,
				 "libcurl is not installed (Debian: libcurl3-gnutls)");
	*out = &loaded;
	return NULL;
}
