// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/environment.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

static const char *const usual[] = {"PATH", "HOME", "USER", "LOGNAME", "SHELL",
				    "LANG", "TERM", "TZ",   "TMPDIR",  NULL};

static bool is_in(const char *variable, size_t len, const char *const *names)
{
	for (; names && *names; names++)
		if (strlen(*names) == len && strncmp(variable, *names, len) == 0)
			return true;
	return false;
}

char **environment_new(const char *const *names)
{
	char **out = NULL;
	size_t count = 0;
	for (char **v = environ; v && *v; v++) {
		size_t len = strcspn(*v, "=");
		if (is_in(*v, len, usual) || is_in(*v, len, names) || strncmp(*v, "LC_", 3) == 0) {
			char *copy = memory_strdup(*v);
			ARRAY_APPEND(out, count, copy);
		}
	}
	for (; names && *names; names++) {
		char *copy = strchr(*names, '=') ? memory_strdup(*names) : NULL;
		if (copy)
			ARRAY_APPEND(out, count, copy);
	}
	char *end = NULL;
	ARRAY_APPEND(out, count, end);
	return out;
}

void environment_free(char **environment)
{
	for (char **v = environment; v && *v; v++) {
		explicit_bzero(*v, strlen(*v));
		free(*v);
	}
	free(environment);
}

bool environment_is_name(const char *name)
{
	static const char allowed[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	return name[0] && (name[0] < '0' || name[0] > '9') && strspn(name, allowed) == strlen(name);
}

void environment_add_secrets(const char *const *names, struct redact *out)
{
	for (; names && *names; names++)
		redact_add(out, getenv(*names));
}
