// SPDX-License-Identifier: GPL-2.0-or-later
// What hosts put ahead of a console's or a kernel's line: times in the forms of terminal programs,
// build servers, system logs and dmesg, in any language; who speaks in a system log.
#include "detect/prefix.h"

#include "detect/text.h"

// ---- times --------------------------------------------------------------------------------------

// Shape of a stamp: '9' a digit, other bytes themselves.
static bool take_shape(struct cursor *c, const char *shape)
{
	const char *p = c->p;
	for (; *shape; shape++, p++) {
		if (p == c->end || (*shape == '9' ? !is_digit(*p) : *p != *shape))
			return false;
	}
	c->p = p;
	return true;
}

static bool at_blank_or_end(const struct cursor *c)
{
	return c->p == c->end || is_blank(*c->p);
}

// Fraction and zone of a clock time: ".112000", ",112", ":112", "Z", "+01:00"
static void take_fraction(struct cursor *c)
{
	bool mark = cursor_left(c) > 1 && (*c->p == '.' || *c->p == ',' || *c->p == ':');
	if (mark && is_digit(c->p[1])) {
		c->p++;
		while (c->p < c->end && is_digit(*c->p))
			c->p++;
	}
	if (!cursor_char(c, 'Z') && c->p < c->end && (*c->p == '+' || *c->p == '-'))
		(void)(take_shape(c, "+99:99") || take_shape(c, "-99:99") ||
		       take_shape(c, "+9999") || take_shape(c, "-9999"));
}

// "16:00:04", with or without a date in digits ahead of it
static bool take_clock(struct cursor *c)
{
	static const char *const shapes[] = {
	    "99:99:99",
	    "9999-99-99T99:99:99",
	    "9999-99-99 99:99:99",
	    "9999/99/99 99:99:99",
	    "9999-99-99_99:99:99",
	    "99.99.9999 99:99:99",
	    "99/99/9999 99:99:99",
	    "99-99 99:99:99",
	};
	if (cursor_left(c) < 8 || (is_digit(c->p[2]) && is_digit(c->p[4])))
		return false;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (take_shape(c, shapes[i])) {
			take_fraction(c);
			return true;
		}
	}
	return false;
}

// Seconds with a fraction: since 1970 (ts %.s, journalctl -o short-unix) or since a start (ts -s)
static bool take_seconds(struct cursor *c)
{
	struct cursor probe = *c;
	uint64_t value;
	if (!cursor_decimal(&probe, &value) || !cursor_char(&probe, '.'))
		return false;
	const char *fraction = probe.p;
	if (!cursor_decimal(&probe, &value) || probe.p - fraction < 3 || probe.p - fraction > 9 ||
	    !at_blank_or_end(&probe))
		return false;
	*c = probe;
	return true;
}

// A word of a date and the blanks behind it, in any language: letters ("Nov", "nov.") or digits ("22",
// "2026-11-22"), not both in ASCII
static bool take_date_word(struct cursor *c, bool *digits)
{
	const char *start = c->p;
	bool letters = false, numbers = false;
	for (; c->p < c->end && !is_blank(*c->p); c->p++) {
		bool mark = *c->p == '.' || *c->p == ',' || *c->p == '-' || *c->p == '/';
		letters |= is_alpha(*c->p);
		numbers |= is_digit(*c->p);
		if ((!mark && !is_alpha(*c->p) && !is_digit(*c->p) &&
		     (unsigned char)*c->p < 0x80) ||
		    (letters && numbers) || c->p - start > 14)
			return false;
	}
	*digits |= numbers;
	return c->p > start && cursor_blanks(c) > 0;
}

// Does "99:99:99" stand anywhere? Most text that begins like a date has no such thing.
static bool has_clock(struct detect_view text)
{
	for (size_t at = 2; at + 6 <= text.len; at++) {
		const char *p = memchr(text.ptr + at, ':', text.len - 5 - at);
		if (!p)
			return false;
		if (p[3] == ':' && is_digit(p[1]) && is_digit(p[-1]))
			return true;
		at = (size_t)(p - text.ptr);
	}
	return false;
}

// "Nov 22 16:00:04", "Sun Nov 22 16:00:04", "Sun 2026-11-22 16:00:04": words of a date and the time
static bool take_date(struct cursor *c)
{
	struct cursor probe = *c;
	bool digits = false;
	if (!has_clock(cursor_rest(c)))
		return false;
	for (int words = 0; words < 5; words++) {
		if (words > 0 && cursor_literal(&probe, VIEW("@ ")))
			cursor_blanks(&probe);
		if (words > 0 && digits && take_shape(&probe, "99:99:99")) {
			take_fraction(&probe);
			*c = probe;
			return true;
		}
		if (!take_date_word(&probe, &digits))
			return false;
	}
	return false;
}

// Behind a time: the year, the zone, and the stream that GitLab (a number, O or E, a plus) or a container
// host names
static void take_time_tail(struct cursor *c)
{
	static const char *const tails[] = {" stdout F", " stderr F", " 9999",  " UTC",  " GMT",
					    " 99O",      " 99E",      " +9999", " -9999"};
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct cursor probe = *c;
		if (!take_shape(&probe, tails[i]))
			continue;
		cursor_char(&probe, '+');
		if (at_blank_or_end(&probe))
			*c = probe;
	}
	struct cursor zone = *c; // "CEST"
	if (!cursor_char(&zone, ' '))
		return;
	const char *start = zone.p;
	while (zone.p < zone.end && *zone.p >= 'A' && *zone.p <= 'Z')
		zone.p++;
	bool named = zone.p - start >= 3 && zone.p - start <= 5 && zone.p[-1] == 'T';
	if (named && at_blank_or_end(&zone))
		*c = zone;
}

// "Nov22 16:00" of dmesg -e
static bool take_minutes(struct cursor *c)
{
	struct cursor probe = *c;
	while (probe.p < probe.end && is_alpha(*probe.p))
		probe.p++;
	size_t letters = (size_t)(probe.p - c->p);
	if (letters != 3 || (!take_shape(&probe, "99 99:99") && !take_shape(&probe, " 9 99:99")))
		return false;
	*c = probe;
	return true;
}

// A time in brackets, as terminal programs, build servers and dmesg write it:
// "[Sun Nov 22 16:00:04 2026]", "[2026-11-22T16:00:04.112Z]", "[Nov22 16:00]", "[  +0.000123]"
static bool take_bracketed(struct cursor *c)
{
	struct cursor probe = *c;
	struct detect_view inside;
	if (!cursor_char(&probe, '[') || !cursor_until(&probe, VIEW("]"), &inside) ||
	    inside.len < 8 || inside.len > 40 || is_blank(inside.ptr[inside.len - 1]))
		return false;
	struct cursor within = cursor_of(inside);
	cursor_blanks(&within);
	bool found =
	    cursor_char(&within, '+') // since the line before
		? take_seconds(&within)
		: take_minutes(&within) || take_clock(&within) || take_date(&within) ||
		      (take_seconds(&within) && within.p < within.end); // and since the start
	if (!found)
		return false;
	*c = probe;
	return true;
}

// ---- who speaks in a system log -----------------------------------------------------------------

// "kernel:", "kernel[0]:"
static bool take_kernel_tag(struct cursor *c)
{
	struct cursor probe = *c;
	if (!cursor_literal(&probe, VIEW("kernel")))
		return false;
	(void)take_shape(&probe, "[9]");
	if (!cursor_char(&probe, ':'))
		return false;
	*c = probe;
	return true;
}

// "name[123]:"
static bool is_program_tag(struct cursor c)
{
	uint64_t pid;
	struct detect_view name;
	struct detect_view word = cursor_word(&c);
	struct cursor within = cursor_of(word);
	return cursor_until(&within, VIEW("["), &name) && name.len &&
	       cursor_decimal(&within, &pid) && cursor_literal(&within, VIEW("]:"));
}

void prefix_take_speaker(struct cursor *c, struct prefix *out, bool hosted)
{
	struct cursor probe = *c;
	for (int words = 0; words < 3; words++) {
		cursor_blanks(&probe);
		bool counts = words > 0 || !hosted;
		if (counts && take_kernel_tag(&probe)) {
			out->speaker = PREFIX_KERNEL;
			out->kernel = true;
			cursor_char(&probe, ' ');
			*c = probe;
			return;
		}
		if (counts && is_program_tag(probe)) {
			out->speaker = PREFIX_PROGRAM;
			return;
		}
		struct detect_view word = cursor_word(&probe);
		bool host = word.len && word.len <= 64 && word.ptr[word.len - 1] != ':';
		bool facility = words == 0 || view_has(word, VIEW("."));
		if (!host || !facility)
			return;
	}
}

// "kern  :warn  : " of dmesg -x
static bool take_facility(struct cursor *c, struct prefix *out)
{
	struct cursor probe = *c;
	if (!cursor_literal(&probe, VIEW("kern")) || cursor_blanks(&probe) > 6 ||
	    !cursor_char(&probe, ':'))
		return false;
	const char *word = probe.p;
	while (probe.p < probe.end && *probe.p >= 'a' && *probe.p <= 'z')
		probe.p++;
	if (probe.p == word || cursor_blanks(&probe) > 6 || !cursor_char(&probe, ':'))
		return false;
	cursor_char(&probe, ' ');
	out->kernel = true;
	*c = probe;
	return true;
}

// "1 2026-11-22T16:00:04.112+01:00 host kernel - - - " of RFC 5424; a level may stand ahead
static bool take_rfc5424(struct cursor *c, struct prefix *out)
{
	struct cursor probe = *c;
	if (!cursor_literal(&probe, VIEW("1 ")) || !take_shape(&probe, "9999-99-99T99:99:99"))
		return false;
	take_fraction(&probe);
	cursor_word(&probe); // host
	struct detect_view name = cursor_word(&probe);
	struct detect_view process = cursor_word(&probe), id = cursor_word(&probe), data;
	cursor_blanks(&probe);
	if (!process.len || !id.len || probe.p == probe.end)
		return false;
	if (*probe.p == '[' ? !cursor_until(&probe, VIEW("]"), &data) : !cursor_char(&probe, '-'))
		return false;
	out->kernel = view_equal(name, VIEW("kernel"));
	out->speaker = out->kernel ? PREFIX_KERNEL : PREFIX_PROGRAM;
	cursor_char(&probe, ' ');
	cursor_literal(&probe, VIEW("\xEF\xBB\xBF")); // byte order mark
	*c = probe;
	return true;
}

// "caller=T123" among the fields of a record
static void take_caller_field(struct detect_view fields, struct prefix *out)
{
	size_t at = view_find(fields, VIEW("caller="));
	if (at + 8 >= fields.len)
		return;
	char kind = fields.ptr[at + 7];
	struct cursor c = cursor_of(view_from(fields, at + 8));
	uint64_t number;
	if ((kind == 'T' || kind == 'C') && cursor_decimal(&c, &number)) {
		out->caller_kind = kind;
		out->caller = (uint32_t)number;
	}
}

// "6,1234,5678901,-;" of /dev/kmsg and of the extended netconsole, which may put the release ahead and
// has more fields: "6.1.0,6,1234,5678901,-,caller=T1,ncfrag=0/66;"
static bool take_kmsg(struct cursor *c, struct prefix *out)
{
	struct cursor probe = *c;
	struct detect_view fields, release;
	uint64_t level, sequence, us;
	if (!cursor_until(&probe, VIEW(";"), &fields) || fields.len > 120)
		return false;
	struct cursor f = cursor_of(fields), behind = f;
	if (cursor_until(&behind, VIEW(","), &release) && view_has(release, VIEW(".")))
		f = behind;
	if (!cursor_decimal(&f, &level) || !cursor_char(&f, ',') ||
	    !cursor_decimal(&f, &sequence) || !cursor_char(&f, ',') || !cursor_decimal(&f, &us) ||
	    !cursor_char(&f, ',') || f.p == f.end || !memchr("-c+", *f.p, 3))
		return false;
	take_caller_field(fields, out);
	out->level = (int)(level & 7);
	out->kernel = level < 8; // above: a program wrote it
	out->speaker = out->kernel ? PREFIX_KERNEL : PREFIX_PROGRAM;
	out->kernel_us = us < INT64_MAX ? (int64_t)us : -1;
	*c = probe;
	return true;
}

// ---- one column ---------------------------------------------------------------------------------

static bool take_time(struct cursor *c)
{
	struct cursor probe = *c;
	bool found = *probe.p == '[' ? take_bracketed(&probe)
		     : is_digit(*probe.p)
			 ? take_clock(&probe) || take_seconds(&probe) || take_date(&probe)
			 : take_date(&probe);
	if (!found || !at_blank_or_end(&probe))
		return false;
	*c = probe;
	return true;
}

// A record that begins with a number
static bool take_numbered(struct cursor *c, struct prefix *out)
{
	const char *p = c->p;
	while (p < c->end && is_digit(*p))
		p++;
	if (p == c->end)
		return false;
	return *p == ' ' ? take_rfc5424(c, out) : (*p == ',' || *p == '.') && take_kmsg(c, out);
}

bool prefix_take_host(struct cursor *c, struct prefix *out)
{
	char first = *c->p;
	bool letter = is_alpha(first) || (unsigned char)first >= 0x80;
	if (letter && first != 'k' && !prefix_may_be_date(c->p, cursor_left(c)))
		return false;
	if (is_digit(first) && take_numbered(c, out))
		return true;
	if (first == 'k' && take_facility(c, out))
		return true;
	if ((!letter && !is_digit(first) && first != '[') || !take_time(c))
		return false;
	out->stamped = true;
	take_time_tail(c);
	prefix_take_speaker(c, out, false);
	if (out->speaker != PREFIX_KERNEL)
		cursor_blanks(c);
	return true;
}
