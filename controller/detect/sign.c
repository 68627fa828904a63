// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/sign.h"

#include <string.h>

#include "detect/blame.h"
#include "detect/firmware.h"
#include "detect/normalise.h"
#include "detect/report.h"
#include "detect/text.h"

#define SIGN_PRIME  UINT64_C(0x100000001b3)
#define SIGN_FRAMES 3

uint64_t sign_add(uint64_t hash, struct detect_view v)
{
	for (size_t i = 0; i < v.len; i++)
		hash = (hash ^ (unsigned char)v.ptr[i]) * SIGN_PRIME;
	return (hash ^ '|') * SIGN_PRIME;
}

uint64_t sign_mix(uint64_t hash, uint64_t other)
{
	return (hash ^ other) * SIGN_PRIME;
}

static uint64_t add_normal(uint64_t hash, struct detect_view words)
{
	char text[256];
	size_t len = normalise_text(words, text, sizeof(text));
	return sign_add(hash, (struct detect_view){text, len});
}

// Firmware names no function: what kind of crash, where it was and what it said tell two apart.
static uint64_t sign_firmware(uint64_t hash, const struct report *r)
{
	char place[128];
	size_t len = firmware_place(r, place, sizeof(place));
	hash = sign_add(hash, view_of(r->rule->title));
	hash = sign_add(hash, (struct detect_view){place, len});
	hash = add_normal(hash, report_view(r, r->name));
	return add_normal(hash, report_view(r, r->what));
}

uint64_t sign_level1(const struct report *r)
{
	uint64_t hash = sign_add(SIGN_START, view_of(r->class_name));
	hash = sign_add(hash, view_of(r->sub));
	hash = sign_add(hash, report_view(r, r->file));
	hash = sign_add(hash, blame_header(r));
	if (strcmp(r->class_name, "firmware") == 0)
		return sign_firmware(hash, r);
	// Nothing but its words tells such a report from others.
	if (strcmp(r->sub, "other") == 0 && !r->file.len && !r->func_header.len && r->what.len)
		hash = add_normal(hash, report_view(r, r->what));
	return hash;
}

uint64_t sign_level2(const struct report *r)
{
	uint64_t hash = sign_level1(r);
	size_t taken = 0;
	if (r->mixed)
		return hash;
	for (size_t i = 0; i < r->frames_count && taken < SIGN_FRAMES; i++) {
		if (blame_skips(r, i))
			continue;
		hash = sign_add(hash, report_view(r, r->frames[i].name));
		taken++;
	}
	return hash;
}

uint64_t sign_level3(const struct report *r)
{
	uint64_t hash = sign_level1(r);
	return r->mixed ? hash : sign_mix(hash, r->trace_hash);
}
