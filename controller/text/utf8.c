// SPDX-License-Identifier: GPL-2.0-or-later
#include "text/utf8.h"

#include <string.h>

#define REPLACEMENT 0xfffdu

static bool in_range(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

// Length of the sequence that `lead` starts (0: none does) and the range of its second byte
// (Unicode, table 3-7).
static size_t sequence(unsigned char lead, unsigned char *low, unsigned char *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (in_range(lead, 0xc2, 0xdf))
		return 2;
	if (in_range(lead, 0xe0, 0xef)) {
		if (lead == 0xe0)
			*low = 0xa0;
		if (lead == 0xed)
			*high = 0x9f;
		return 3;
	}
	if (in_range(lead, 0xf0, 0xf4)) {
		if (lead == 0xf0)
			*low = 0x90;
		if (lead == 0xf4)
			*high = 0x8f;
		return 4;
	}
	return 0;
}

size_t utf8_decode(const char *s, size_t len, uint32_t *code, bool *ok)
{
	const unsigned char *p = (const unsigned char *)s;
	*ok = true;
	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	unsigned char low, high;
	size_t n = sequence(p[0], &low, &high);
	uint32_t value = n == 2 ? p[0] & 0x1fu : n == 3 ? p[0] & 0xfu : p[0] & 0x7u;
	size_t i = 1;
	for (; i < n; i++) {
		if (i >= len || !in_range(p[i], i == 1 ? low : 0x80, i == 1 ? high : 0xbf))
			break;
		value = value << 6 | (p[i] & 0x3fu);
	}
	if (n != 0 && i == n) {
		*code = value;
		return n;
	}
	*code = REPLACEMENT;
	*ok = false;
	return n == 0 ? 1 : i;
}

bool utf8_valid(const char *s, size_t len)
{
	for (size_t i = 0; i < len;) {
		if ((unsigned char)s[i] < 0x80) { // nearly all there is
			i++;
			continue;
		}
		uint32_t code;
		bool ok;
		i += utf8_decode(s + i, len - i, &code, &ok);
		if (!ok)
			return false;
	}
	return true;
}

size_t utf8_count(const char *s, size_t len)
{
	size_t count = 0;
	for (size_t i = 0; i < len; i++)
		count += ((unsigned char)s[i] & 0xc0) != 0x80;
	return count;
}

size_t utf8_clean(const char *s, size_t len, size_t max, struct buffer *out)
{
	size_t count = 0;
	size_t kept = 0; // start of the stretch that can be copied as it is
	size_t i = 0;
	while (i < len && count < max) {
		if (in_range((unsigned char)s[i], 1, 0x7f)) { // nearly all there is
			count++;
			i++;
			continue;
		}
		uint32_t code;
		bool ok;
		size_t n = utf8_decode(s + i, len - i, &code, &ok);
		if (ok && code != 0) {
			count++;
			i += n;
			continue;
		}
		buffer_append(out, s + kept, i - kept);
		if (!ok) {
			buffer_append_str(out, "\xef\xbf\xbd");
			count++;
		}
		i += n;
		kept = i;
	}
	buffer_append(out, s + kept, i - kept);
	return count;
}

size_t utf8_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;
	size_t cut = max;
	while (cut > 0 && max - cut < 4 && ((unsigned char)s[cut] & 0xc0) == 0x80)
		cut--;
	return max - cut < 4 ? cut : max; // no UTF-8 at all: one place is as good as another
}
