// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/format.h"

#include <arpa/inet.h>
#include <string.h>
#include <time.h>

// Locale-free character classes.
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

// ---- date-time ----------------------------------------------------------------------------------

struct text_at {
	const char *at;
	const char *end;
};

static bool take_number(struct text_at *c, int digits, int low, int high, int *out)
{
	int value = 0;
	if (c->end - c->at < digits)
		return false;
	for (int i = 0; i < digits; i++) {
		if (!is_digit(c->at[i]))
			return false;
		value = value * 10 + (c->at[i] - '0');
	}
	c->at += digits;
	*out = value;
	return value >= low && value <= high;
}

static bool take_one_of(struct text_at *c, const char *set)
{
	if (c->at == c->end || !one_of(*c->at, set))
		return false;
	c->at++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return month == 2 && leap ? 29 : days[month - 1];
}

static bool take_date_time(struct text_at *c, struct tm *tm, long long *fraction_ns)
{
	int year = 0, month = 0, day = 0;
	if (!take_number(c, 4, 1, 9999, &year) || !take_one_of(c, "-") ||
	    !take_number(c, 2, 1, 12, &month) || !take_one_of(c, "-") ||
	    !take_number(c, 2, 1, days_in_month(year, month), &day) || !take_one_of(c, "Tt") ||
	    !take_number(c, 2, 0, 23, &tm->tm_hour) || !take_one_of(c, ":") ||
	    !take_number(c, 2, 0, 59, &tm->tm_min) || !take_one_of(c, ":") ||
	    !take_number(c, 2, 0, 60, &tm->tm_sec)) // 60: a leap second
		return false;
	tm->tm_year = year - 1900;
	tm->tm_mon = month - 1;
	tm->tm_mday = day;
	*fraction_ns = 0;
	if (!take_one_of(c, "."))
		return true;
	const char *first = c->at;
	for (long long unit = 100000000; c->at < c->end && is_digit(*c->at); c->at++, unit /= 10)
		*fraction_ns += unit * (*c->at - '0');
	return c->at > first;
}

static bool take_zone(struct text_at *c, int *seconds_east)
{
	*seconds_east = 0;
	if (take_one_of(c, "Zz"))
		return true;
	int sign = c->at < c->end && *c->at == '-' ? -1 : 1;
	int hours = 0, minutes = 0;
	if (!take_one_of(c, "+-") || !take_number(c, 2, 0, 23, &hours) || !take_one_of(c, ":") ||
	    !take_number(c, 2, 0, 59, &minutes))
		return false;
	*seconds_east = sign * (hours * 3600 + minutes * 60);
	return true;
}

// A minute has 61 seconds only where a month of UTC ends (RFC 3339, section 5.7).
static bool leap_is_possible(const struct tm *tm, long long next_second)
{
	time_t next = (time_t)next_second;
	struct tm utc;
	return tm->tm_sec < 60 ||
	       (gmtime_r(&next, &utc) && utc.tm_mday == 1 && utc.tm_hour == 0 && utc.tm_min == 0);
}

static bool parse_time(const char *s, size_t len, long long *ns)
{
	struct text_at c = {s, s + len};
	struct tm tm = {0};
	long long fraction;
	int east;
	if (!take_date_time(&c, &tm, &fraction) || !take_zone(&c, &east) || c.at != c.end)
		return false;
	// Nanoseconds of 64 bits end in the year 2262; what lies beyond is legal but sorts as that.
	const long long limit = 9000000000LL;
	struct tm normal = tm; // timegm makes a 60th second the next minute's first
	long long seconds = (long long)timegm(&normal) - east;
	if (!leap_is_possible(&tm, seconds))
		return false;
	seconds = seconds > limit ? limit : seconds < -limit ? -limit : seconds;
	*ns = seconds * 1000000000LL + fraction;
	return true;
}

bool format_is_date_time(const char *s, size_t len)
{
	long long ns;
	return parse_time(s, len, &ns);
}

bool format_parse_time(const char *s, long long *ns)
{
	return parse_time(s, strlen(s), ns);
}

// ---- URI (RFC 3986, appendix A) -----------------------------------------------------------------

#define UNRESERVED_MARKS "-._~"
#define SUB_DELIMS       "!$&'()*+,;="

// Takes characters that are unreserved, sub-delims, in `extra`, or a percent triplet.
static void take_chars(struct text_at *c, const char *extra)
{
	while (c->at < c->end) {
		char ch = *c->at;
		if (is_alpha(ch) || is_digit(ch) || one_of(ch, UNRESERVED_MARKS SUB_DELIMS) ||
		    one_of(ch, extra))
			c->at++;
		else if (ch == '%' && c->end - c->at >= 3 && is_hex(c->at[1]) && is_hex(c->at[2]))
			c->at += 3;
		else
			return;
	}
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
static bool is_ip_future(const char *s)
{
	const char *version = s + 1;
	size_t digits = strspn(version, "0123456789abcdefABCDEF");
	if ((s[0] != 'v' && s[0] != 'V') || digits == 0 || version[digits] != '.')
		return false;
	const char *rest = version + digits + 1, *c = rest;
	while (is_alpha(*c) || is_digit(*c) || one_of(*c, ":" UNRESERVED_MARKS SUB_DELIMS))
		c++;
	return c > rest && *c == '\0';
}

// "[" ( IPv6address / IPvFuture ) "]"
static bool take_ip_literal(struct text_at *c)
{
	char literal[128]; // longer than any address; what is longer is none
	const char *first = c->at + 1;
	const char *bracket = memchr(first, ']', (size_t)(c->end - first));
	size_t len = bracket ? (size_t)(bracket - first) : sizeof(literal);
	if (len >= sizeof(literal) || memchr(first, '\0', len))
		return false;
	memcpy(literal, first, len);
	literal[len] = '\0';
	struct in6_addr address;
	if (inet_pton(AF_INET6, literal, &address) != 1 && !is_ip_future(literal))
		return false;
	c->at = bracket + 1;
	return true;
}

static bool take_authority(struct text_at *c)
{
	const char *end = c->at;
	const char *at_sign = NULL;
	for (; end < c->end && !one_of(*end, "/?#"); end++)
		if (*end == '@')
			at_sign = end;
	if (at_sign) {
		struct text_at user = {c->at, at_sign};
		take_chars(&user, ":");
		if (user.at != at_sign)
			return false;
		c->at = at_sign + 1;
	}
	if (c->at < end && *c->at == '[') {
		if (!take_ip_literal(c))
			return false;
	} else {
		take_chars(c, "");
	}
	if (take_one_of(c, ":"))
		while (c->at < end && is_digit(*c->at))
			c->at++;
	return c->at == end;
}

bool format_is_uri(const char *s, size_t len)
{
	struct text_at c = {s, s + len};
	if (c.at == c.end || !is_alpha(*c.at))
		return false;
	while (c.at < c.end && (is_alpha(*c.at) || is_digit(*c.at) || one_of(*c.at, "+-.")))
		c.at++;
	if (!take_one_of(&c, ":"))
		return false;
	if (c.end - c.at >= 2 && c.at[0] == '/' && c.at[1] == '/') {
		c.at += 2;
		if (!take_authority(&c))
			return false;
	}
	take_chars(&c, ":@/");
	if (take_one_of(&c, "?"))
		take_chars(&c, ":@/?");
	if (take_one_of(&c, "#"))
		take_chars(&c, ":@/?");
	return c.at == c.end;
}

// ---- words --------------------------------------------------------------------------------------

static bool is_origin_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || c == '_';
}

static bool is_path_char(char c)
{
	return is_digit(c) || is_alpha(c) || c == '_' || c == '-';
}

bool format_is_origin(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!is_origin_char(s[i]))
			return false;
	return len > 0;
}

bool format_is_id(const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	return colon && format_is_origin(s, (size_t)(colon - s));
}

bool format_is_path(const char *s, size_t len)
{
	bool part = false; // the current part has a character
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '.' ? !part : !is_path_char(s[i]))
			return false;
		part = s[i] != '.';
	}
	return part || len == 0;
}

bool format_is_hex(const char *s, size_t len, size_t width)
{
	if (len != width)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!is_digit(s[i]) && !(s[i] >= 'a' && s[i] <= 'f'))
			return false;
	return true;
}

bool format_is_word(const char *s)
{
	if (!is_alpha(s[0]) && !is_digit(s[0]))
		return false;
	for (; *s; s++)
		if (!is_path_char(*s) && *s != '.' && *s != '~')
			return false;
	return true;
}

void format_path(const char *s, struct buffer *out)
{
	size_t start = out->len;
	for (; *s; s++) {
		char c = is_path_char(*s) || *s == '.' ? *s : '_';
		bool at_dot = out->len == start || out->data[out->len - 1] == '.';
		if (c != '.' || !at_dot)
			buffer_append(out, &c, 1);
	}
	if (out->len > start && out->data[out->len - 1] == '.')
		buffer_truncate(out, out->len - 1);
}
