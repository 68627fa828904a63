// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/uboot_sight.h"

#include <ctype.h>
#include <string.h>

bool uboot_sight_ends(const struct uboot_shell *u, const char *text)
{
	size_t len = strlen(text);
	return u->window.len >= len && memcmp(u->window.data + u->window.len - len, text, len) == 0;
}

size_t uboot_sight_line_start(const struct uboot_shell *u, size_t end)
{
	while (end && !uboot_is_line_end(u->window.data[end - 1]))
		end--;
	return end;
}

// Whether what stands ahead of a prompt is a console server's stamp: the line before has one of the
// same shape. Once learnt it need not be there to compare with.
static bool is_stamp(struct uboot_shell *u, size_t start, size_t end)
{
	const char *window = u->window.data;
	if (u->stamp[0])
		return uboot_stamp_match(u->stamp, window + start, end - start) == end - start;
	char shape[UBOOT_STAMP_MAX + 1];
	size_t before = start;
	while (before && uboot_is_line_end(window[before - 1]))
		before--;
	size_t line = uboot_sight_line_start(u, before);
	if (!uboot_stamp_shape(window + start, end - start, shape) ||
	    !uboot_stamp_match(shape, window + line, before - line))
		return false;
	memcpy(u->stamp, shape, sizeof(shape));
	return true;
}

bool uboot_sight_prompt(struct uboot_shell *u)
{
	if (!uboot_sight_ends(u, u->config.prompt))
		return false;
	size_t end = u->window.len - strlen(u->config.prompt);
	size_t start = uboot_sight_line_start(u, end);
	return start == end || is_stamp(u, start, end);
}

void uboot_sight_append(struct uboot_shell *u, char c, size_t limit)
{
	buffer_append(&u->window, &c, 1);
	if (u->window.len <= limit)
		return;
	size_t keep = limit / 2;
	memmove(u->window.data, u->window.data + u->window.len - keep, keep);
	buffer_truncate(&u->window, keep);
}

// Whether the window ends with `name` at the start of a line, `lines` line feeds before it; stamps
// of a console server do not count, wherever they stand.
static bool ends_with_banner(const struct uboot_shell *u, const char *name, size_t lines)
{
	if (!uboot_sight_ends(u, name))
		return false;
	const char *window = u->window.data;
	size_t at = u->window.len - strlen(name);
	for (size_t feeds = 0; feeds < lines;) {
		size_t start = uboot_sight_line_start(u, at);
		if (start < at &&
		    (!u->stamp[0] || !uboot_stamp_match(u->stamp, window + start, at - start)))
			return false;
		for (at = start; at && uboot_is_line_end(window[at - 1]); at--)
			feeds += window[at - 1] == '\n';
		if (at == 0)
			return feeds >= lines;
	}
	return true;
}

static const char default_autoboot[] = "Hit any key to stop autoboot";

const char *uboot_autoboot_text(const struct uboot_shell *u)
{
	return u->config.autoboot ? u->config.autoboot : default_autoboot;
}

bool uboot_sight_reboot(const struct uboot_shell *u)
{
	return ends_with_banner(u, "U-Boot ", 2) || ends_with_banner(u, "U-Boot SPL ", 1) ||
	       uboot_sight_ends(u, uboot_autoboot_text(u));
}

bool uboot_sight_gave_way(const struct uboot_shell *u)
{
	return uboot_sight_ends(u, u->config.started) ||
	       uboot_sight_ends(u, "Booting Linux on physical CPU") ||
	       uboot_sight_ends(u, "] Linux version ");
}

void uboot_sight_keep_last_line(struct uboot_shell *u)
{
	size_t end = u->window.len;
	while (end && isspace((unsigned char)u->window.data[end - 1]))
		end--;
	size_t start = end ? uboot_sight_line_start(u, end) : 0;
	if (start == end)
		return;
	buffer_truncate(&u->last_line, 0);
	buffer_append(&u->last_line, u->window.data + start, end - start);
}
