// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/uboot_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_READ 200 // bytes of a line that are looked at; an announcement has less

// ---- announcements of autoboot ------------------------------------------------------------------

struct shell_line {
	char text[LINE_MAX_READ + 1]; // as it came
	char low[LINE_MAX_READ + 1];  // in small letters
};

static bool has_any(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strstr(text, *words))
			return true;
	return false;
}

static bool is_announcement(const char *low)
{
	static const char *const autoboot[] = {"autoboot", "auto boot", "auto-boot",
					       "automatic boot", NULL};
	static const char *const stops[] = {"stop",   "abort",   "interrupt",
					    "cancel", "prevent", NULL};
	static const char *const presses[] = {"press", "hit ", "type ", "key", NULL};
	if (has_any(low, autoboot))
		return has_any(low, presses) || strpbrk(low, "0123456789");
	return strstr(low, "boot") && has_any(low, stops) && has_any(low, presses);
}

// Names of keys as announcements write them, in small letters.
static const struct {
	const char *name;
	char key;
} key_names[] = {
    {"any key", ' '},   {"a key", ' '},     {"space", ' '},    {"ctrl-c", '\x03'},
    {"ctrl+c", '\x03'}, {"ctrl c", '\x03'}, {"ctl-c", '\x03'}, {"^c", '\x03'},
    {"escape", '\x1b'}, {"esc", '\x1b'},    {"enter", '\r'},   {"return", '\r'},
};

static char named_key(const char *low, size_t len)
{
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++)
		if (strlen(key_names[i].name) == len && memcmp(key_names[i].name, low, len) == 0)
			return key_names[i].key;
	return '\0';
}

static void add_key(struct uboot_autoboot *a, char key)
{
	size_t len = strlen(a->keys);
	if (len < UBOOT_KEYS_MAX) {
		a->keys[len] = key;
		a->keys[len + 1] = '\0';
	}
}

// A word that stands for itself is plain: what noise has made of a line is not typed.
static bool add_word(struct uboot_autoboot *a, const char *word, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)word[i]))
			return false;
	for (size_t i = 0; i < len && len <= UBOOT_KEYS_MAX - 1; i++)
		add_key(a, word[i]);
	return len > 0 && len <= UBOOT_KEYS_MAX - 1;
}

// "Type 123<ENTER>", "<Esc><Esc>", "<SPACE>": names in angle brackets, and a word before them.
static bool read_bracketed(const struct shell_line *l, struct uboot_autoboot *a)
{
	const char *first = strchr(l->low, '<');
	if (!first)
		return false;
	const char *word = first;
	while (word > l->low && isalnum((unsigned char)word[-1]))
		word--;
	if (word < first && !add_word(a, l->text + (word - l->low), (size_t)(first - word)))
		return false;
	size_t names = 0;
	for (const char *at = first; *at == '<'; names++) {
		const char *end = strchr(at, '>');
		char key = end ? named_key(at + 1, (size_t)(end - at - 1)) : '\0';
		if (!key)
			break;
		add_key(a, key);
		at = end + 1;
	}
	if (!names)
		a->keys[0] = '\0';
	return names > 0;
}

// 'x', "stop", ('CTRL+C').
static bool read_quoted(const struct shell_line *l, struct uboot_autoboot *a)
{
	for (const char *quote = strpbrk(l->low, "'\""); quote;) {
		const char *end = strchr(quote + 1, *quote);
		if (!end)
			return false;
		size_t len = (size_t)(end - quote - 1);
		char key = named_key(quote + 1, len);
		if (key) {
			add_key(a, key);
			return true;
		}
		if (len && add_word(a, l->text + (quote + 1 - l->low), len))
			return true;
		quote = strpbrk(end + 1, "'\"");
	}
	return false;
}

// The name whose key does least at a command line comes first in the table: "Hit Enter or space or
// Ctrl+C" is answered with a blank.
static bool read_named(const struct shell_line *l, struct uboot_autoboot *a)
{
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		size_t len = strlen(key_names[i].name);
		const char *at = strstr(l->low, key_names[i].name);
		bool word = at && (at == l->low || !isalpha((unsigned char)at[-1])) &&
			    !isalpha((unsigned char)at[len]);
		if (word) {
			add_key(a, key_names[i].key);
			return true;
		}
	}
	return false;
}

// "Press s to stop": one character as a word of its own.
static bool read_single(const struct shell_line *l, struct uboot_autoboot *a)
{
	static const char *const verbs[] = {"press ", "hit ", "type "};
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const char *at = strstr(l->low, verbs[i]);
		if (!at)
			continue;
		at += strlen(verbs[i]);
		if (strncmp(at, "the ", 4) == 0)
			at += 4;
		if (isalnum((unsigned char)at[0]) && at[1] == ' ') {
			add_key(a, l->text[at - l->low]);
			return true;
		}
	}
	return false;
}

bool uboot_autoboot_read(const char *line, size_t len, struct uboot_autoboot *out)
{
	*out = (struct uboot_autoboot){0};
	struct shell_line l;
	if (len > LINE_MAX_READ)
		len = LINE_MAX_READ;
	for (size_t i = 0; i < len; i++) {
		l.text[i] = line[i] ? line[i] : ' ';
		l.low[i] = (char)tolower((unsigned char)l.text[i]);
	}
	l.text[len] = l.low[len] = '\0';
	if (strstr(l.low,
		   "up/down to move")) { // U-Boot's own menu: Ctrl-C leaves it for the prompt
		add_key(out, '\x03');
		return true;
	}
	if (!is_announcement(l.low))
		return false;
	out->secret = strstr(l.low, "password") || strstr(l.low, "passphrase");
	if (out->secret || strstr(l.low, "any key")) {
		if (!out->secret)
			add_key(out, ' ');
		return true;
	}
	(void)(read_bracketed(&l, out) || read_quoted(&l, out) || read_named(&l, out) ||
	       read_single(&l, out));
	return true;
}

// ---- stamps of console servers ------------------------------------------------------------------

// The class of a byte in a shape, and whether bytes of it run together.
static char shape_of(char c)
{
	unsigned char u = (unsigned char)c;
	return isdigit(u) ? '0' : isalpha(u) ? 'a' : c;
}

static bool runs(char class)
{
	return class == '0' || class == 'a' || class == ' ';
}

bool uboot_stamp_shape(const char *text, size_t len, char shape[UBOOT_STAMP_MAX + 1])
{
	size_t n = 0, digits = 0;
	for (size_t i = 0; i < len && len <= UBOOT_STAMP_MAX; i++) {
		if ((unsigned char)text[i] < 0x20)
			return false;
		char class = shape_of(text[i]);
		digits += class == '0';
		if (n && shape[n - 1] == class && runs(class))
			continue;
		shape[n++] = class;
	}
	shape[n] = '\0';
	return digits >= 3 && len <= UBOOT_STAMP_MAX;
}

size_t uboot_stamp_match(const char *shape, const char *text, size_t len)
{
	size_t at = 0;
	for (; *shape; shape++) {
		if (at >= len || shape_of(text[at]) != *shape)
			return 0;
		at++;
		while (runs(*shape) && at < len && shape_of(text[at]) == *shape)
			at++;
	}
	return at;
}

// ---- output -------------------------------------------------------------------------------------

// A stamp whose own last blank runs on into the line's text takes no more than one of them.
static size_t stamp_length(const char *shape, const char *text, size_t len)
{
	size_t n = *shape ? uboot_stamp_match(shape, text, len) : 0;
	if (n && shape[strlen(shape) - 1] == ' ')
		while (n > 1 && text[n - 2] == ' ')
			n--;
	return n;
}

void uboot_clean_output(const char *text, size_t len, const char *shape, struct buffer *out)
{
	for (size_t at = 0; at < len;) {
		at += stamp_length(shape, text + at, len - at);
		size_t end = at;
		while (end < len && text[end] != '\n')
			end++;
		size_t line = end;
		while (line > at && text[line - 1] == '\r')
			line--;
		buffer_append(out, text + at, line - at);
		if (end < len)
			buffer_append_str(out, "\n");
		at = end + 1;
		while (at < len && text[at] == '\r') // LF CR
			at++;
	}
}

// Two copies of one text, woven into each other: after `i` bytes one is `i - s` bytes ahead and the
// other `s`. All `s` that are possible are followed, as far as the bytes go.
bool uboot_echo_is_doubled(const char *typed, size_t typed_len, const char *came, size_t came_len)
{
	bool can[UBOOT_ECHO_MAX + 1] = {true}; // by `s`
	bool doubled = false;
	for (size_t i = 0; i < came_len && i < UBOOT_ECHO_MAX; i++) {
		bool next[UBOOT_ECHO_MAX + 1] = {false};
		for (size_t s = 0; 2 * s <= i; s++) {
			size_t first = i - s;
			if (can[s] && first < typed_len && came[i] == typed[first])
				next[s] = true;
			if (s < first && can[s] && came[i] == typed[s])
				next[s + 1] = true;
		}
		memcpy(can, next, sizeof(can));
		for (size_t s = 3; s <= i; s++)
			doubled = doubled || (can[s] && 3 * s >= i + 1 - s);
	}
	return doubled;
}

// ---- TFTP ---------------------------------------------------------------------------------------

// "TFTP error: 'File not found' (1)", and with lwIP "TFTP error: 1 (File not found)".
int uboot_tftp_error(const char *output, struct buffer *words)
{
	static const char begin[] = "TFTP error: ";
	const char *said = strstr(output, begin);
	if (!said)
		return -1;
	said += strlen(begin);
	size_t len = strcspn(said, "\r\n");
	buffer_append(words, said, len);
	if (isdigit((unsigned char)*said))
		return atoi(said);
	const char *open = memrchr(said, '(', len);
	return open && isdigit((unsigned char)open[1]) ? atoi(open + 1) : -1;
}
