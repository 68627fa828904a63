// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/banner.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/utf8.h"

#define CHUNK_BYTES ((size_t)1 << 20)
#define BANNER_MAX  1024 // longest line that printk keeps (PRINTKRB_RECORD_MAX)

static const char linux_head[] = "Linux version ";
static const char firmware_head[] = "mmfw-";

void banners_deinit(struct banners *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->count; i++)
		free(b->items[i]);
	*b = (struct banners){0};
}

static void add(struct banners *b, const char *text, size_t len)
{
	if (b->count < BANNERS_MAX && len && utf8_valid(text, len) &&
	    !banners_have(b, text, len, false))
		b->items[b->count++] = memory_strndup(text, len);
}

// Whether a name goes on behind its first `at` bytes; what else stands there came from another writer to
// the same line.
static bool is_more(const char *text, size_t len, size_t at)
{
	return at < len && (isalnum((unsigned char)text[at]) || text[at] == ' ');
}

bool banners_have(const struct banners *b, const char *text, size_t len, bool cut)
{
	for (size_t i = 0; i < b->count; i++) {
		size_t whole = strlen(b->items[i]);
		bool fits = cut ? whole >= len : whole <= len && !is_more(text, len, whole);
		if (fits && memcmp(b->items[i], text, whole < len ? whole : len) == 0)
			return true;
	}
	return false;
}

// ---- in a file ----------------------------------------------------------------------------------

static bool is_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       strchr("._+-", c) != NULL;
}

// A text as the console shows it: up to its line end, without blanks there.
static void take_linux(struct banners *b, const char *text, size_t len)
{
	size_t n = 0;
	while (n < len && (unsigned char)text[n] >= ' ' && text[n] != 0x7f)
		n++;
	bool ends =
	    n < len && strchr("\r\n", text[n]); // the NUL of a text without line end as well
	bool number = n >= sizeof(linux_head) && text[sizeof(linux_head) - 1] >= '0' &&
		      text[sizeof(linux_head) - 1] <= '9';
	if (!ends || !number || !memchr(text, '#', n)) // a format, or words about a kernel
		return;
	while (n > 0 && text[n - 1] == ' ')
		n--;
	add(b, text, n);
}

static void take_firmware(struct banners *b, const char *text, size_t len)
{
	size_t head = sizeof(firmware_head) - 1, n = head;
	while (n < len && text[n] && is_word((unsigned char)text[n]))
		n++;
	if (n < len && text[n] == '\0')
		add(b, text + head, n - head);
}

// Looks through `len` bytes. Of a text that begins in the last BANNER_MAX of them the end may lie
// behind, so that it is left to the next look; returns where that is to begin.
static size_t look(struct banners *b, enum payload_kind kind, const char *bytes, size_t len,
		   bool last)
{
	const char *head = kind == PAYLOAD_KERNEL ? linux_head : firmware_head;
	size_t head_len = strlen(head);
	size_t limit = last ? len : len > BANNER_MAX ? len - BANNER_MAX : 0;
	const char *at = bytes, *found;
	while ((found = memmem(at, (size_t)(bytes + len - at), head, head_len))) {
		size_t offset = (size_t)(found - bytes);
		if (offset >= limit)
			break;
		size_t rest = len - offset < BANNER_MAX ? len - offset : BANNER_MAX;
		if (kind == PAYLOAD_KERNEL)
			take_linux(b, found, rest);
		else
			take_firmware(b, found, rest);
		at = found + head_len;
	}
	return limit;
}

struct error *banners_read(const char *path, enum payload_kind kind, struct banners *out)
{
	CLEANUP_BANNERS struct banners b = {0};
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", path);
	CLEANUP_FREE char *bytes = memory_new(1, CHUNK_BYTES);
	size_t len = 0;
	for (;;) {
		ssize_t n = read(fd, bytes + len, CHUNK_BYTES - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(ERROR_CONFIG, errno, "%s", path);
		len += (size_t)n;
		size_t done = look(&b, kind, bytes, len, n == 0);
		if (n == 0)
			break;
		memmove(bytes, bytes + done, len - done);
		len -= done;
	}
	*out = b;
	b = (struct banners){0};
	return NULL;
}

// ---- in run.json --------------------------------------------------------------------------------

void banners_take(const struct payload *p, struct banners *out)
{
	*out = (struct banners){0};
	for (size_t i = 0; i < p->banners_count; i++)
		add(out, p->banners[i], strlen(p->banners[i]));
}
