// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/firmware.h"

#include <inttypes.h>
#include <stdio.h>

#include "detect/text.h"

#define PAGE_OFFSET 4095 // firmware is loaded at whole pages

static bool is_any_of(struct detect_view name, const char *const *names)
{
	for (; *names; names++)
		if (view_equal(name, view_of(*names)))
			return true;
	return false;
}

// A register of the dump. The first value of each counts: what follows may be another one's.
static void take_register(struct report *r, struct detect_view name, uint64_t value)
{
	static const char *const counters[] = {"ELR", "elr", "elr_el3", "RIP",
					       "EIP", "PC",  "pc",      NULL};
	static const char *const callers[] = {"x30", "LR", "lr", NULL};
	static const char *const syndromes[] = {"ESR", "esr", "esr_el3", NULL};
	static const char *const addresses[] = {"FAR", "far", "far_el3", "CR2", NULL};
	bool counter = is_any_of(name, counters);
	if (counter ? !r->pc_known || r->pc_caller : !r->pc_known && is_any_of(name, callers)) {
		r->pc_address = value;
		r->pc_known = true;
		r->pc_caller = !counter;
	} else if (!r->esr_known && is_any_of(name, syndromes)) {
		r->esr = value;
		r->esr_known = true;
	} else if (!r->far_known && is_any_of(name, addresses)) {
		r->far = value;
		r->far_known = true;
	}
}

// "ELR 0x00000000BF5F7C44", "elr: 00000000000101fc", "x30            = 0x4004c10", "RIP  - 000000007E5A1234"
static bool take_pair(struct report *r, struct cursor *c)
{
	struct cursor probe = *c;
	cursor_blanks(&probe);
	const char *start = probe.p;
	while (probe.p < probe.end && is_word(*probe.p))
		probe.p++;
	struct detect_view name = {start, (size_t)(probe.p - start)};
	if (name.len == 0 || !is_alpha(*start))
		return false;
	cursor_blanks(&probe);
	(void)(cursor_char(&probe, ':') || cursor_char(&probe, '=') || cursor_char(&probe, '-'));
	cursor_blanks(&probe);
	uint64_t value;
	bool marked = view_starts(cursor_rest(&probe), VIEW("0x"));
	const char *digits = probe.p;
	if (!cursor_hex(&probe, &value) || (!marked && probe.p - digits < 8) ||
	    (probe.p < probe.end && is_word(*probe.p)))
		return false;
	cursor_char(&probe, ',');
	take_register(r, name, value);
	*c = probe;
	return true;
}

// "dir/NvmExpressDxe.dll" and an offset: the image without folder and ending
static void keep_image(struct report *r, struct detect_view path, uint64_t offset)
{
	char text[96];
	for (size_t slash; (slash = view_find(path, VIEW("/"))) < path.len;)
		path = view_from(path, slash + 1);
	path.len = view_find(path, VIEW("."));
	if (path.len == 0 || path.len > 64 || r->image.len)
		return;
	int len = snprintf(text, sizeof(text), "%.*s+0x%" PRIx64, (int)path.len, path.ptr, offset);
	r->image = report_keep(r, (struct detect_view){text, (size_t)len});
}

// "PC 0x0000BF5F7C44 (0x0000BF5F5000+0x00002C44) [ 0] NvmExpressDxe.dll"
static bool take_counter(struct report *r, struct cursor c)
{
	uint64_t pc, base, offset;
	struct detect_view frame;
	if (!cursor_literal(&c, VIEW("PC ")) || !cursor_hex(&c, &pc) ||
	    !cursor_literal(&c, VIEW(" (")) || !cursor_hex(&c, &base) || !cursor_char(&c, '+') ||
	    !cursor_hex(&c, &offset) || !cursor_literal(&c, VIEW(") [")) ||
	    !cursor_until(&c, VIEW("]"), &frame))
		return false;
	keep_image(r, cursor_word(&c), offset);
	return true;
}

// "!!!! Find image based on IP(0x7E5A1234) dir/NvmExpressDxe.dll (ImageBase=000000007E5A0000, .."
static bool take_found_image(struct report *r, struct cursor c)
{
	uint64_t pc, base;
	struct detect_view path;
	if (!cursor_literal(&c, VIEW("!!!! Find image based on IP(")) || !cursor_hex(&c, &pc) ||
	    !cursor_literal(&c, VIEW(") ")) || !cursor_until(&c, VIEW(" (ImageBase="), &path) ||
	    !cursor_hex(&c, &base) || pc < base)
		return false;
	keep_image(r, path, pc - base);
	return true;
}

// Behind "E/TC:0 0 ", which OP-TEE puts ahead of each line
static struct cursor behind_head(struct detect_view body)
{
	struct cursor c = cursor_of(body);
	if (!cursor_literal(&c, VIEW("E/TC:")))
		return c;
	cursor_word(&c);
	cursor_blanks(&c);
	struct cursor thread = c;
	struct detect_view word = cursor_word(&thread);
	if (word.len == 1 && is_digit(*word.ptr))
		c = thread;
	cursor_blanks(&c);
	return c;
}

bool firmware_take(struct report *r, struct detect_view body)
{
	struct cursor c = behind_head(body);
	if (take_counter(r, c) || take_found_image(r, c))
		return true;
	bool any = false;
	while (take_pair(r, &c))
		any = true;
	return any;
}

size_t firmware_place(const struct report *r, char *out, size_t size)
{
	struct detect_view image = report_view(r, r->image);
	int len = 0;
	if (image.len)
		len = snprintf(out, size, "%.*s", (int)image.len, image.ptr);
	else if (r->pc_known)
		len = snprintf(out, size, "%03" PRIx64, r->pc_address & PAGE_OFFSET);
	return (size_t)len < size ? (size_t)len : size - 1;
}
