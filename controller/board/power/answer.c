// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/answer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool answer_relay_channel(const char *text, int channel, bool *closed)
{
	char name[16];
	snprintf(name, sizeof(name), "CH%d:", channel);
	const char *at = strstr(text, name);
	const char *end = at ? strpbrk(at, "\r\n") : NULL;
	if (!end)
		return false;
	const char *word = at + strlen(name);
	word += strspn(word, " ");
	size_t len = strcspn(word, " \r\n");
	*closed = len == 2 && strncmp(word, "ON", 2) == 0;
	return *closed || (len == 3 && strncmp(word, "OFF", 3) == 0);
}

bool answer_program_state(const char *text, bool *on)
{
	static const char blanks[] = " \t\r\n";
	const char *first = text + strspn(text, blanks), *last = first;
	for (const char *at = first; *at; at += strspn(at, blanks)) {
		last = at;
		at += strcspn(at, blanks);
	}
	const char *words[] = {first, last};
	for (size_t i = 0; i < 2; i++) {
		size_t len = strcspn(words[i], " \t\r\n.,;:!");
		*on = len == 2 && strncasecmp(words[i], "on", 2) == 0;
		if (*on || (len == 3 && strncasecmp(words[i], "off", 3) == 0))
			return true;
	}
	return false;
}

bool answer_usb_port(const char *text, int port, bool *on)
{
	char name[24];
	size_t len = (size_t)snprintf(name, sizeof(name), "Port %d: ", port);
	bool found = false;
	*on = false;
	for (const char *at = text; (at = strstr(at, name)); at += len) {
		const char *word = at + len + strspn(at + len, "0123456789abcdef");
		if (word == at + len || *word != ' ')
			continue;
		size_t size = strcspn(++word, " \r\n");
		bool is_on = size == 5 && strncmp(word, "power", 5) == 0;
		if (!is_on && !(size == 3 && strncmp(word, "off", 3) == 0))
			continue;
		found = true;
		*on = *on || is_on;
	}
	return found;
}
