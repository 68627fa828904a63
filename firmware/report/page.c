// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/page.h"

#include <string.h>

#include "mm/crc32.h"
#include "report/memory.h"

#define MAGIC    "MMFWPAGE"
#define RESERVED 4096 // of the room, for what must not be missing

// Whether the line begins with `start`.
static bool begins(const char *line, const char *start)
{
	while (*start && *line == *start) {
		line++;
		start++;
	}
	return !*start;
}

static bool holds(const char *line, const char *part)
{
	for (; *line; line++)
		if (begins(line, part))
			return true;
	return false;
}

static bool is_end(const char *line)
{
	return begins(line, "#mm end ");
}

static bool must_be_kept(const char *line)
{
	return is_end(line) ||
	       (begins(line, "#mm test ") && (holds(line, " r=fail") || holds(line, " r=error")));
}

void page_start(void)
{
	struct result_page *page = memory_page();
	memset(page, 0, sizeof(*page));
	page->header = sizeof(*page);
	page->room = (uint32_t)(RESULT_PAGE_SIZE - sizeof(*page));
	memory_settle(page, sizeof(*page));
	memcpy(page->magic, MAGIC, sizeof(page->magic));
	memory_settle(page, sizeof(*page));
}

void page_line(const char *line)
{
	struct result_page *page = memory_page();
	char *text = (char *)(page + 1) + page->length;
	uint32_t size = (uint32_t)strlen(line) + 1;
	uint32_t room = page->room - page->length;
	if (!must_be_kept(line))
		room = room > RESERVED ? room - RESERVED : 0;
	if (size > room) {
		page->lost += size;
		memory_settle(page, sizeof(*page));
		return;
	}
	for (uint32_t i = 0; i + 1 < size; i++)
		text[i] = line[i] >= ' ' && line[i] <= '~' ? line[i] : '?';
	text[size - 1] = '\n';
	memory_settle(text, size);
	page->crc = crc32_update(page->crc, text, size);
	page->length += size;
	page->ended = is_end(line);
	memory_settle(page, sizeof(*page));
}
