// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/format.h"

#include <stdbool.h>
#include <stdint.h>

struct sink {
	char *out;
	size_t size, length;
};

static void sink_put(struct sink *sink, char c)
{
	if (sink->length + 1 < sink->size)
		sink->out[sink->length] = c;
	sink->length++;
}

static void sink_repeat(struct sink *sink, char c, size_t times)
{
	while (times--)
		sink_put(sink, c);
}

// One conversion specification, as parsed.
struct spec {
	bool left, zero, prefix;
	size_t width;
	size_t precision; // of strings; SIZE_MAX: none
	bool wide;        // l or z: 64 bits
};

// "digits" with sign or 0x, padded to the width.
static void put_number(struct sink *sink, const struct spec *spec, uint64_t value,
		       unsigned int base, bool negative)
{
	char digits[20];
	size_t n = 0;
	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	size_t used = n + (negative ? 1 : 0) + (spec->prefix && base == 16 ? 2 : 0);
	size_t pad = spec->width > used ? spec->width - used : 0;
	if (!spec->left && !spec->zero)
		sink_repeat(sink, ' ', pad);
	if (negative)
		sink_put(sink, '-');
	if (spec->prefix && base == 16) {
		sink_put(sink, '0');
		sink_put(sink, 'x');
	}
	if (!spec->left && spec->zero)
		sink_repeat(sink, '0', pad);
	while (n)
		sink_put(sink, digits[--n]);
	if (spec->left)
		sink_repeat(sink, ' ', pad);
}

static void put_string(struct sink *sink, const struct spec *spec, const char *text)
{
	size_t n = 0;
	while (n < spec->precision && text[n])
		n++;
	size_t pad = spec->width > n ? spec->width - n : 0;
	if (!spec->left)
		sink_repeat(sink, ' ', pad);
	for (size_t i = 0; i < n; i++)
		sink_put(sink, text[i]);
	if (spec->left)
		sink_repeat(sink, ' ', pad);
}

static const char *parse_number(const char *p, size_t *value)
{
	*value = 0;
	while (*p >= '0' && *p <= '9')
		*value = *value * 10 + (size_t)(*p++ - '0');
	return p;
}

size_t format_v(char *out, size_t size, const char *fmt, va_list args)
{
	struct sink sink = {.out = out, .size = size, .length = 0};
	for (const char *p = fmt; *p; p++) {
		if (*p != '%') {
			sink_put(&sink, *p);
			continue;
		}
		const char *start = p++;
		struct spec spec = {.precision = SIZE_MAX};
		for (;; p++) {
			if (*p == '-')
				spec.left = true;
			else if (*p == '0')
				spec.zero = true;
			else if (*p == '#')
				spec.prefix = true;
			else
				break;
		}
		if (*p == '*') {
			int width = va_arg(args, int);
			spec.width = width > 0 ? (size_t)width : 0;
			p++;
		} else {
			p = parse_number(p, &spec.width);
		}
		if (*p == '.') {
			if (p[1] == '*') {
				int precision = va_arg(args, int);
				spec.precision = precision > 0 ? (size_t)precision : 0;
				p += 2;
			} else {
				p = parse_number(p + 1, &spec.precision);
			}
		}
		while (*p == 'l' || *p == 'z') {
			spec.wide = true;
			p++;
		}
		switch (*p) {
		case 'd': {
			int64_t value = spec.wide ? va_arg(args, long) : va_arg(args, int);
			put_number(&sink, &spec, value < 0 ? -(uint64_t)value : (uint64_t)value, 10,
				   value < 0);
			break;
		}
		case 'u':
			put_number(&sink, &spec,
				   spec.wide ? va_arg(args, unsigned long)
					     : va_arg(args, unsigned int),
				   10, false);
			break;
		case 'x':
			put_number(&sink, &spec,
				   spec.wide ? va_arg(args, unsigned long)
					     : va_arg(args, unsigned int),
				   16, false);
			break;
		case 's':
			put_string(&sink, &spec, va_arg(args, const char *));
			break;
		case 'c':
			sink_put(&sink, (char)va_arg(args, int));
			break;
		case '%':
			sink_put(&sink, '%');
			break;
		default:
			while (start <= p && *start)
				sink_put(&sink, *start++);
			if (!*p)
				p--;
			break;
		}
	}
	if (size)
		out[sink.length < size ? sink.length : size - 1] = '\0';
	return sink.length;
}

size_t format(char *out, size_t size, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	size_t length = format_v(out, size, fmt, args);
	va_end(args);
	return length;
}
