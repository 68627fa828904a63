// SPDX-License-Identifier: GPL-2.0-or-later
#include "sanitizer/known.h"

#include <stdio.h>
#include <string.h>

#define ALWAYS 9999 // no release without it yet

static const struct {
	const char *rule, *function;
	unsigned since, until; // 100 * major + minor, both included
	const char *why;
} known[] = {
    {"bbm-make-before-dsb", "__pi_map_range", 606, ALWAYS,
     "map_kernel() has no DSB between TLBI VMALLE1 and the remap of the text "
     "(arch/arm64/kernel/pi/map_kernel.c); nobody uses that address then"},
};

// 703 of "Linux version 7.3.0-rc7 ...", 0 of what is none.
static unsigned release_of(const char *version)
{
	static const char head[] = "Linux version ";
	const char *at = version ? strstr(version, head) : NULL;
	unsigned major = 0, minor = 0;
	at = at ? at + strlen(head) : version;
	if (!at || sscanf(at, "%3u.%2u", &major, &minor) != 2)
		return 0;
	return 100 * major + minor;
}

const char *known_finding(const char *rule, const char *function, const char *version)
{
	unsigned release = release_of(version);
	for (size_t i = 0; release && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].rule, rule) == 0 && strcmp(known[i].function, function) == 0 &&
		    release >= known[i].since && release <= known[i].until)
			return known[i].why;
	return NULL;
}
