// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/record.h"

#include <string.h>

#include "mm/crc32.h"
#include "report/console.h"
#include "report/format.h"

// What every line ends in: " q=4294967295 *hh".
#define TAIL_MAX 17

static struct {
	char line[RECORD_LINE_MAX + 1];
	size_t length;
	char kind[16];
	char first[64]; // " key=value" of the first key
	uint32_t sequence;
	uint32_t crc;
} record;

static void start_line(void)
{
	record.length = format(record.line, sizeof(record.line), "#mm %s", record.kind);
}

static void finish_line(void)
{
	record.length += format(record.line + record.length, sizeof(record.line) - record.length,
				" q=%u", record.sequence++);
	uint8_t sum = 0;
	for (size_t i = 1; i < record.length; i++)
		sum ^= (uint8_t)record.line[i];
	record.length += format(record.line + record.length, sizeof(record.line) - record.length,
				" *%02x", (unsigned int)sum);
	record.crc = crc32_update(record.crc, record.line, record.length);
	console_line(record.line);
}

void record_begin(const char *kind)
{
	console_lock();
	format(record.kind, sizeof(record.kind), "%s", kind);
	record.first[0] = '\0';
	start_line();
}

void record_end(void)
{
	finish_line();
	console_unlock();
}

// Appends " key=value", on a further line when this one is full. Cut when no line could hold it.
static void append(const char *pair)
{
	size_t size = strlen(pair);
	if (record.length + size + TAIL_MAX > RECORD_LINE_MAX && record.first[0]) {
		finish_line();
		start_line();
		record.length += format(record.line + record.length,
					sizeof(record.line) - record.length, "%s", record.first);
	}
	size_t room = RECORD_LINE_MAX - TAIL_MAX - record.length;
	if (size > room) {
		bool quoted = pair[size - 1] == '"';
		size = room;
		memcpy(record.line + record.length, pair, size);
		if (quoted)
			record.line[record.length + size - 1] = '"';
	} else {
		memcpy(record.line + record.length, pair, size);
	}
	record.length += size;
	record.line[record.length] = '\0';
	if (!record.first[0])
		format(record.first, sizeof(record.first), "%s", pair);
}

void record_text(const char *key, const char *value)
{
	char pair[RECORD_LINE_MAX];
	bool quote = !*value;
	for (const char *p = value; *p; p++)
		quote |= *p == ' ' || *p == '"';
	size_t length = format(pair, sizeof(pair), " %s=%s", key, quote ? "\"" : "");
	for (const char *p = value; *p && length + 2 < sizeof(pair); p++)
		pair[length++] = *p == '"' ? '\'' : *p >= ' ' && *p <= '~' ? *p : '?';
	if (quote)
		pair[length++] = '"';
	pair[length] = '\0';
	append(pair);
}

void record_unsigned(const char *key, uint64_t value)
{
	char pair[64];
	format(pair, sizeof(pair), " %s=%lu", key, (unsigned long)value);
	append(pair);
}

void record_signed(const char *key, int64_t value)
{
	char pair[64];
	format(pair, sizeof(pair), " %s=%ld", key, (long)value);
	append(pair);
}

void record_milli(const char *key, uint64_t thousandths)
{
	char pair[64];
	unsigned long whole = (unsigned long)(thousandths / 1000), rest = thousandths % 1000;
	if (rest)
		format(pair, sizeof(pair), " %s=%lu.%03lu", key, whole, rest);
	else
		format(pair, sizeof(pair), " %s=%lu", key, whole);
	append(pair);
}

void record_hex(const char *key, uint64_t value)
{
	char pair[64];
	format(pair, sizeof(pair), " %s=0x%lx", key, (unsigned long)value);
	append(pair);
}

uint32_t record_crc(void)
{
	return record.crc;
}
