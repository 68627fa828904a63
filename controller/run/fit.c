// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/fit.h"

#include <string.h>

#include "base/memory.h"

// CPUs without one of the granules, by their technical reference manuals (ID_AA64MMFR0_EL1.TGran16). A
// CPU that is not listed is taken to have all.
static const struct {
	uint32_t part; // implementer and part number of the MIDR
	unsigned lacks;
} granules[] = {
    {0x4100d030, 16384}, // Cortex-A53
    {0x4100d070, 16384}, // Cortex-A57
    {0x4100d080, 16384}, // Cortex-A72
};
#define MIDR_PART UINT32_C(0xff00fff0)

static const char *granule_name(unsigned granule)
{
	return granule == 16384 ? "16K" : granule == 65536 ? "64K" : "4K";
}

char *fit_refuse(const struct image_head *head, const struct cpu_config *cpu)
{
	for (size_t i = 0; i < sizeof(granules) / sizeof(granules[0]); i++)
		if (granules[i].part == (cpu->midr & MIDR_PART) &&
		    granules[i].lacks == head->granule)
			return memory_printf(
			    "the Image is for pages of %s, which %s has not: it would print "
			    "nothing. Nothing was booted; a kernel with CONFIG_ARM64_4K_PAGES or "
			    "another CPU would do",
			    granule_name(head->granule), cpu->name);
	return NULL;
}

bool fit_has_argument(const char *arguments, const char *key, bool alone)
{
	size_t len = strlen(key);
	for (const char *s = arguments; *s;) {
		s += strspn(s, " \t");
		size_t word = strcspn(s, " \t");
		if (word > len + 1 && memcmp(s, key, len) == 0 && s[len] == '=')
			return true;
		if (alone && word == len && memcmp(s, key, len) == 0)
			return true;
		s += word;
	}
	return false;
}

struct fit_silence fit_explain_silence(const char *arguments)
{
	bool console = fit_has_argument(arguments, "console", false);
	bool early = fit_has_argument(arguments, "earlycon", true);
	if (early)
		return (struct fit_silence){STATUS_FAIL, "",
					    "it ended before its first line, for earlycon was on: "
					    "its first instructions, its "
					    "page tables, or a CPU that lacks what it needs"};
	if (console)
		return (struct fit_silence){
		    STATUS_FAIL, "",
		    "it ended before its console came, or console= names none of the board's; with "
		    "earlycon among its arguments it would say which"};
	return (struct fit_silence){
	    STATUS_ERROR, "NoConsole",
	    "its arguments name no console: console= the board's own, and earlycon"};
}
