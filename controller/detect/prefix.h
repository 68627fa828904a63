// SPDX-License-Identifier: GPL-2.0-or-later
// What stands ahead of a message: a host's or LAVA's time stamp, syslog words, `<N>`, the kernel's
// `[ssssss.uuuuuu]` and caller `[  T123]`, columns of vendors' kernels. Every part is optional.
#ifndef DETECT_PREFIX_H
#define DETECT_PREFIX_H

#include <string.h>

#include "detect/detect.h"

struct cursor;

// Who speaks, where a system log says so.
enum prefix_speaker { PREFIX_UNKNOWN, PREFIX_KERNEL, PREFIX_PROGRAM };

struct prefix {
	size_t len;        // bytes ahead of the message, one blank behind the prefix included
	int level;         // -1 none
	int64_t kernel_us; // -1 none
	char caller_kind;  // 'T', 'C', 0 none
	uint32_t caller;
	bool kernel;     // the kernel speaks: its level, its stamp or its name is there
	bool stamped;    // a host's time is there
	bool prompt;     // it is no prefix but a prompt, at which the message came
	uint8_t comment; // bytes of a comment's mark; it is not taken off: the next line tells
	enum prefix_speaker speaker;
};

void prefix_parse(struct detect_view text, struct prefix *out);

// "host kernel: " behind the kernel's own stamp (journalctl -o short-monotonic). Rare, so that
// prefix_parse leaves it to those who look at a line closely.
void prefix_look_behind(struct detect_view text, struct prefix *prefix);

// Offset behind `from` at which another kernel prefix begins inside the text (two records on one
// line), or text.len.
size_t prefix_search(struct detect_view text, size_t from, size_t bracket);

// The same, quickly: no '[' stands behind `bracket`; text.len when that is not known.
static inline size_t prefix_find(struct detect_view text, size_t from, size_t bracket)
{
	return from <= bracket ? prefix_search(text, from, bracket) : text.len;
}

// One line may hold several records: text, then "[    1.234567] ..." in its middle. Takes the first
// one, whose prefix was read, off `rest`; empty behind the last. `bracket` as above.
struct detect_view prefix_take_record(struct detect_view *rest, const struct prefix *prefix,
				      size_t bracket);

// ---- prefix_host.c ------------------------------------------------------------------------------

// Offset of the first space among the eight bytes at `p`, 8 when there is none.
static inline size_t space_of_eight(const char *p)
{
	uint64_t bytes;
	memcpy(&bytes, p, sizeof(bytes));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	bytes = __builtin_bswap64(bytes);
#endif
	bytes ^=
	    UINT64_C(0x2020202020202020); // spaces are zero now; the lowest such byte is told right
	bytes = (bytes - UINT64_C(0x0101010101010101)) & ~bytes & UINT64_C(0x8080808080808080);
	return bytes ? (size_t)__builtin_ctzll(bytes) / 8 : 8;
}

// Most lines are no date: one begins with a word of three to nine bytes, and behind it stands the day, or
// the year, or behind a short one the month. Quick; for text that begins with a letter or a digit.
static inline bool prefix_may_be_date(const char *text, size_t len)
{
	if (len < 18)
		return false;
	size_t space = space_of_eight(text + 2);
	if (space == 8)
		return false;
	const char *p = text + 2 + space;
	size_t word = (size_t)(p - text);
	const char *behind = p + (p[1] == ' ' ? 2 : 1);
	bool digit = *behind >= '0' && *behind <= '9';
	bool capital = (*behind >= 'A' && *behind <= 'Z') || (*behind & 0x80);
	if (!(digit | capital) || word < 3 || p[-1] == ':')
		return false;
	p = behind;
	if (digit) { // "22 ", "22, ", "2026-"
		p += p[1] >= '0' && p[1] <= '9' ? 2 : 1;
		bool year = p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9';
		return *p == ' ' || *p == ',' || *p == '.' || year;
	}
	return word <= 8 && (p[3] == ' ' || (p[1] & 0x80) || p[4] == ' ' || p[4] == '.');
}

// One column of a host: a time, maybe with the speaker behind it; a record of /dev/kmsg or syslog.
bool prefix_take_host(struct cursor *c, struct prefix *out);

// Behind a time: "host kernel:", "kernel:", "host kern.warn kernel:" is the kernel, "name[123]:" a
// program, whose words are left where they are. `hosted`: the host's name must be there.
void prefix_take_speaker(struct cursor *c, struct prefix *out, bool hosted);

#endif
