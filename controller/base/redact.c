// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/redact.h"

#include <ctype.h>
#include <jansson.h>
#include <nettle/base64.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"

#define WORD_LENGTH     4 // shorter secrets are looked for as whole words only
#define PREFIX_LENGTH   8 // a beginning of this length tells too much
#define DEPTH_MAX       3 // escapes around one another: a query in JSON in HTML
#define KEY_LENGTH      16
#define JSON_DEPTH      200
#define BASE64_OVERHEAD 3 // of a group's letters that depend on what stands before it

// ---- collecting ---------------------------------------------------------------------------------

static void add(struct redact *r, const char *secret, size_t len)
{
	if (len == 0)
		return;
	char *copy = memory_strndup(secret, len);
	ARRAY_APPEND(r->secrets, r->count, copy);
}

// Letters of base64 that stand for `text` wherever in a longer text it begins: those that depend
// on its neighbours are left out.
static void add_base64(struct redact *r, const char *text, size_t len)
{
	for (size_t before = 0; before < BASE64_OVERHEAD; before++) {
		CLEANUP_BUFFER struct buffer padded = {0};
		buffer_append(&padded, "\0\0", before);
		buffer_append(&padded, text, len);
		size_t whole = padded.len / 3 * 3;
		size_t size = BASE64_ENCODE_RAW_LENGTH(whole);
		CLEANUP_FREE char *letters = memory_new(size + 1, 1);
		base64_encode_raw(letters, whole, (const uint8_t *)buffer_str(&padded));
		size_t skip = before ? before + 1 : 0;
		if (size < skip + PREFIX_LENGTH)
			continue;
		add(r, letters + skip, size - skip);
		bool url_safe = strpbrk(letters + skip, "+/") != NULL;
		for (char *c = letters; url_safe && *c; c++)
			*c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
		if (url_safe)
			add(r, letters + skip, size - skip);
		explicit_bzero(padded.data, padded.len);
	}
}

static void add_with_base64(struct redact *r, const char *secret, size_t len)
{
	add(r, secret, len);
	add_base64(r, secret, len);
}

void redact_add(struct redact *r, const char *secret)
{
	if (secret)
		add_with_base64(r, secret, strlen(secret));
}

// The whole login as it stands in the header, its last group included.
static void add_basic(struct redact *r, const char *login)
{
	size_t len = strlen(login);
	size_t size = BASE64_ENCODE_RAW_LENGTH(len);
	CLEANUP_FREE char *letters = memory_new(size + 1, 1);
	base64_encode_raw(letters, len, (const uint8_t *)login);
	add(r, letters, strcspn(letters, "="));
}

void redact_add_login(struct redact *r, const char *user, const char *password)
{
	if (!password || !*password)
		return;
	redact_add(r, password);
	CLEANUP_FREE char *login = memory_printf("%s:%s", user ? user : "", password);
	add_basic(r, login);
	add_base64(r, login, strlen(login));
	explicit_bzero(login, strlen(login));
}

void redact_deinit(struct redact *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		explicit_bzero(r->secrets[i], strlen(r->secrets[i]));
		free(r->secrets[i]);
	}
	free(r->secrets);
	*r = (struct redact){0};
}

// ---- layers -------------------------------------------------------------------------------------
// A text as it is, and as it is behind one, two or three unescapings. A byte of a layer knows which
// byte of the text it began with.

static int hex_value(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

struct layer {
	struct buffer text;
	size_t *from; // owned; one more than bytes: the text's end
};

static void layer_deinit(struct layer *l)
{
	if (l->text.len)
		explicit_bzero(l->text.data, l->text.len);
	buffer_deinit(&l->text);
	free(l->from);
}
#define CLEANUP_LAYER CLEANUP(layer_deinit)

// Unescapes what stands at `s`: appends it and returns how long the escape is; 0: there is none.
typedef size_t unescape(const char *s, size_t len, struct buffer *out);

static size_t unescape_percent(const char *s, size_t len, struct buffer *out)
{
	if (s[0] == '+')
		buffer_append(out, " ", 1);
	if (s[0] == '+')
		return 1;
	if (len < 3 || s[0] != '%' || hex_value(s[1]) < 0 || hex_value(s[2]) < 0)
		return 0;
	buffer_append(out, &(char){(char)(hex_value(s[1]) * 16 + hex_value(s[2]))}, 1);
	return 3;
}

// Hexadecimal or decimal digits from `at` on; returns where they end.
static size_t read_digits(const char *s, size_t len, size_t at, bool hex, uint32_t *value)
{
	*value = 0;
	for (size_t first = at; at < len && at < first + 8; at++) {
		int digit = hex_value(s[at]);
		if (digit < 0 || (!hex && digit > 9))
			break;
		*value = *value * (hex ? 16 : 10) + (uint32_t)digit;
	}
	return at;
}

static size_t unescape_html(const char *s, size_t len, struct buffer *out)
{
	static const struct {
		const char *name;
		char c;
	} names[] = {
	    {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t size = strlen(names[i].name);
		if (len >= size && strncasecmp(s, names[i].name, size) == 0) {
			buffer_append(out, &names[i].c, 1);
			return size;
		}
	}
	if (len < 4 || s[0] != '&' || s[1] != '#')
		return 0;
	bool hex = s[2] == 'x' || s[2] == 'X';
	size_t first = hex ? 3 : 2;
	uint32_t code;
	size_t end = read_digits(s, len, first, hex, &code);
	if (end == first || end == len || s[end] != ';')
		return 0;
	buffer_append_code_point(out, code);
	return end + 1;
}

// uXXXX behind a backslash, or two of them for a character beyond 16 bits.
static size_t unescape_unicode(const char *s, size_t len, struct buffer *out)
{
	uint32_t code, low = 0;
	if (len < 6 || s[1] != 'u' || read_digits(s, 6, 2, true, &code) != 6)
		return 0;
	bool pair = code >= 0xd800 && code < 0xdc00 && len >= 12 && s[6] == '\\' && s[7] == 'u' &&
		    read_digits(s, 12, 8, true, &low) == 12;
	buffer_append_code_point(out,
				 pair ? 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff) : code);
	return pair ? 12 : 6;
}

static size_t unescape_backslash(const char *s, size_t len, struct buffer *out)
{
	static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
	if (len < 2 || s[0] != '\\')
		return 0;
	if (s[1] == 'u')
		return unescape_unicode(s, len, out);
	uint32_t code;
	if (s[1] == 'x' && len >= 4 && read_digits(s, 4, 2, true, &code) == 4) {
		buffer_append(out, &(char){(char)code}, 1);
		return 4;
	}
	const char *letter = s[1] ? strchr(letters, s[1]) : NULL;
	if (letter)
		buffer_append(out, &controls[letter - letters], 1);
	else if (s[1] && strchr("\"\\/'", s[1]))
		buffer_append(out, &s[1], 1);
	else
		return 0;
	return 2;
}

static unescape *const unescapes[] = {unescape_percent, unescape_html, unescape_backslash};

// False: nothing of it was escaped in this way.
static bool layer_unescape(const struct layer *l, unescape *fn, struct layer *out)
{
	const char *s = l->text.data;
	bool any = false;
	out->from = memory_new(l->text.len + 1, sizeof(*out->from));
	for (size_t i = 0; i < l->text.len;) {
		size_t before = out->text.len;
		size_t n = fn(s + i, l->text.len - i, &out->text);
		any |= n > 0;
		if (n == 0)
			buffer_append(&out->text, s + i, 1);
		for (size_t b = before; b < out->text.len; b++)
			out->from[b] = l->from[i];
		i += n ? n : 1;
	}
	out->from[out->text.len] = l->from[l->text.len];
	return any;
}

// ---- matching -----------------------------------------------------------------------------------

static bool is_word_part(const struct layer *l, size_t at)
{
	if (at >= l->text.len) // also one before the first
		return false;
	unsigned char c = (unsigned char)l->text.data[at];
	return isalnum(c) || c >= 0x80;
}

// Bytes of the layer at `at` that say the secret, or a long beginning of it; 0: none.
static size_t match(const struct layer *l, size_t at, const char *secret)
{
	size_t len = strlen(secret), n = 0;
	while (n < len && at + n < l->text.len && l->text.data[at + n] == secret[n])
		n++;
	if (n == len)
		return n < WORD_LENGTH && (is_word_part(l, at - 1) || is_word_part(l, at + n)) ? 0
											       : n;
	bool cut = at + n == l->text.len && n >= WORD_LENGTH;
	bool half = n >= PREFIX_LENGTH && n >= len / 2;
	return cut || half ? n : 0;
}

// Marks the bytes of the text that say a secret.
static void mark_layer(const struct redact *r, const struct layer *l, bool *marks)
{
	for (size_t i = 0; i < r->count; i++) {
		const char *secret = r->secrets[i];
		const char *end = l->text.data + l->text.len, *c = l->text.data;
		for (; (c = memchr(c, secret[0], (size_t)(end - c))); c++) {
			size_t at = (size_t)(c - l->text.data);
			size_t n = match(l, at, secret);
			if (n)
				memset(marks + l->from[at], true, l->from[at + n] - l->from[at]);
		}
	}
}

static void mark(const struct redact *r, const struct layer *l, unsigned depth, bool *marks)
{
	mark_layer(r, l, marks);
	for (size_t i = 0; depth > 0 && i < sizeof(unescapes) / sizeof(unescapes[0]); i++) {
		CLEANUP_LAYER struct layer inner = {0};
		if (layer_unescape(l, unescapes[i], &inner))
			mark(r, &inner, depth - 1, marks);
	}
}

void redact_text(const struct redact *r, struct buffer *text)
{
	if (r->count == 0 || text->len == 0)
		return;
	CLEANUP_LAYER struct layer whole = {.from = memory_new(text->len + 1, sizeof(size_t))};
	CLEANUP_FREE bool *marks = memory_new(text->len + 1, sizeof(*marks));
	buffer_append(&whole.text, text->data, text->len);
	for (size_t i = 0; i <= text->len; i++)
		whole.from[i] = i;
	mark(r, &whole, DEPTH_MAX, marks);
	if (!memchr(marks, 1, text->len))
		return;
	explicit_bzero(text->data, text->len);
	buffer_truncate(text, 0);
	for (size_t i = 0; i < whole.text.len; i++)
		if (!marks[i])
			buffer_append(text, &whole.text.data[i], 1);
		else if (i == 0 || !marks[i - 1])
			buffer_append_str(text, REDACTED);
}

// ---- names --------------------------------------------------------------------------------------

bool redact_names_secret(const char *name, size_t len)
{
	// As they end up without separators, in small letters. Those that end so are meant too:
	// "X-Auth-Token", "client_secret".
	static const char *const endings[] = {
	    "token",     "password",   "passwd",      "passphrase", "secret",        "apikey",
	    "accesskey", "secretkey",  "authkey",     "privatekey", "authorization", "cookie",
	    "signature", "credential", "credentials", "authtoken",  "sessionid",     "webhookkey",
	};
	static const char *const words[] = {"auth", "pass", "pwd", "pw",
					    "psw",  "sig",  "jwt", "bearer"};
	char plain[64];
	size_t n = 0;
	for (size_t i = 0; i < len; i++)
		if (isalnum((unsigned char)name[i])) {
			if (n == sizeof(plain) - 1) { // its end tells
				memmove(plain, plain + 1, n - 1);
				n--;
			}
			plain[n++] = (char)tolower((unsigned char)name[i]);
		}
	plain[n] = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(plain, words[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]);
		if (n >= ending && strcmp(plain + n - ending, endings[i]) == 0)
			return true;
	}
	return false;
}

// A "key" is also a button; what is longer than a button's name is an access key.
static bool is_secret_parameter(const char *name, size_t len, size_t value_len)
{
	return redact_names_secret(name, len) ||
	       (value_len >= KEY_LENGTH && len == 3 && strncasecmp(name, "key", 3) == 0);
}

// Calls `take` for each secret that a URL says; true when one call returned true.
typedef bool take_secret(struct redact *r, const char *value, size_t len);

static bool each_in_url(const char *url, take_secret *take, struct redact *r)
{
	bool any = false;
	const char *authority = strstr(url, "://");
	if (authority) {
		authority += 3;
		size_t len = strcspn(authority, "/?#");
		const char *at = memrchr(authority, '@', len);
		const char *colon = at ? memchr(authority, ':', (size_t)(at - authority)) : NULL;
		const char *secret = colon ? colon + 1 : authority;
		if (at && at > secret)
			any |= take(r, secret, (size_t)(at - secret));
	}
	const char *query = strchr(url, '?');
	while (query) {
		query++;
		size_t len = strcspn(query, "&;#");
		const char *equals = memchr(query, '=', len);
		const char *value = equals ? equals + 1 : query + len;
		size_t size = len - (size_t)(value - query);
		if (equals && size && is_secret_parameter(query, (size_t)(equals - query), size))
			any |= take(r, value, size);
		query = query[len] && query[len] != '#' ? query + len : NULL;
	}
	return any;
}

// A URL's secrets are percent-encoded; a server may quote them decoded.
static bool take_both_forms(struct redact *r, const char *value, size_t len)
{
	CLEANUP_BUFFER struct buffer plain = {0};
	for (size_t i = 0; i < len;) {
		size_t n = value[i] == '+' ? 0 : unescape_percent(value + i, len - i, &plain);
		if (n == 0)
			buffer_append(&plain, value + i, 1);
		i += n ? n : 1;
	}
	add_with_base64(r, value, len);
	if (plain.len != len)
		redact_add(r, buffer_str(&plain));
	return true;
}

void redact_add_url(struct redact *r, const char *url)
{
	each_in_url(url, take_both_forms, r);
	// The userinfo as a whole is what libcurl makes a basic login of.
	const char *authority = strstr(url, "://");
	authority = authority ? authority + 3 : url;
	const char *at = memrchr(authority, '@', strcspn(authority, "/?#"));
	if (at) {
		CLEANUP_FREE char *login = memory_strndup(authority, (size_t)(at - authority));
		add_basic(r, login);
	}
}

static bool is_no_placeholder(struct redact *r, const char *value, size_t len)
{
	(void)r;
	return value[0] != '{' || value[len - 1] != '}';
}

bool redact_url_has_secret(const char *url)
{
	return each_in_url(url, is_no_placeholder, NULL);
}

// ---- arguments ----------------------------------------------------------------------------------

static bool is_program(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	return strcmp(slash ? slash + 1 : path, name) == 0;
}

// -Psesame, or -P sesame.
static bool is_known_option(const char *program, const char *word, const char *next)
{
	static const struct {
		const char *program, *option;
	} options[] = {{"ipmitool", "-P"}, {"sshpass", "-p"}, {"curl", "-u"},   {"snmpset", "-A"},
		       {"snmpset", "-X"},  {"snmpget", "-A"}, {"snmpget", "-X"}};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		size_t len = strlen(options[i].option);
		if (is_program(program, options[i].program) &&
		    strncmp(word, options[i].option, len) == 0 && (word[len] || next))
			return true;
	}
	return false;
}

static bool is_secret_option(const char *word, const char *next)
{
	static const char *const names[] = {"password", "passwd", "token", "secret", "api-key"};
	if (strncmp(word, "--", 2) != 0)
		return false;
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (len == strlen(names[i]) && strncasecmp(name, names[i], len) == 0)
			return name[len] ? name[len + 1] != '\0' : next && next[0] != '-';
	return false;
}

bool redact_command_has_secret(const char *const *words)
{
	for (size_t i = 1; words[0] && words[i]; i++)
		if (is_known_option(words[0], words[i], words[i + 1]) ||
		    is_secret_option(words[i], words[i + 1]) ||
		    (strstr(words[i], "://") && redact_url_has_secret(words[i])))
			return true;
	return false;
}

// ---- answers ------------------------------------------------------------------------------------

// Names of members are what a program looks for: only a long secret is taken out of them, which
// is no word of a protocol.
struct cleaner {
	struct redact values, names; // views
};

static json_t *clean_json(const struct cleaner *c, const json_t *v, unsigned depth);

static json_t *clean_string(const struct redact *r, const char *s, size_t len)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append(&text, s, len);
	redact_text(r, &text);
	return json_stringn_nocheck(buffer_str(&text), text.len);
}

static json_t *clean_object(const struct cleaner *c, const json_t *v, unsigned depth)
{
	json_t *out = json_object();
	// jansson iterates over what it takes for changeable.
	json_t *from = json_incref((json_t *)(uintptr_t)v);
	for (void *i = json_object_iter(from); i; i = json_object_iter_next(from, i)) {
		const char *key = json_object_iter_key(i);
		json_t *clean = clean_string(&c->names, key, strlen(key));
		json_object_set_new_nocheck(out, json_string_value(clean),
					    clean_json(c, json_object_iter_value(i), depth + 1));
		json_decref(clean);
	}
	json_decref(from);
	return out;
}

static json_t *clean_json(const struct cleaner *c, const json_t *v, unsigned depth)
{
	if (depth > JSON_DEPTH)
		return json_null();
	if (json_is_string(v))
		return clean_string(&c->values, json_string_value(v), json_string_length(v));
	if (json_is_object(v))
		return clean_object(c, v, depth);
	if (!json_is_array(v))
		return json_deep_copy(v);
	json_t *out = json_array();
	for (size_t i = 0; i < json_array_size(v); i++)
		json_array_append_new(out, clean_json(c, json_array_get(v, i), depth + 1));
	return out;
}

void redact_answer(const struct redact *r, struct buffer *text)
{
	CLEANUP_BUFFER struct buffer clean = {0};
	buffer_append(&clean, buffer_str(text), text->len);
	redact_text(r, &clean);
	if (clean.len == text->len && memcmp(buffer_str(&clean), buffer_str(text), clean.len) == 0)
		return;
	json_t *parsed = json_loadb(buffer_str(text), text->len, JSON_DECODE_ANY, NULL);
	char *dumped = NULL;
	if (parsed) {
		CLEANUP_FREE char **longer = memory_new(r->count, sizeof(*longer));
		struct cleaner cleaner = {.values = *r, .names = {.secrets = longer}};
		for (size_t i = 0; i < r->count; i++)
			if (strlen(r->secrets[i]) >= PREFIX_LENGTH)
				longer[cleaner.names.count++] = r->secrets[i];
		json_t *cleaned = clean_json(&cleaner, parsed, 0);
		dumped = json_dumps(cleaned, JSON_COMPACT | JSON_ENCODE_ANY);
		json_decref(cleaned);
		json_decref(parsed);
	}
	explicit_bzero(text->data, text->len);
	buffer_truncate(text, 0);
	buffer_append_str(text, dumped ? dumped : buffer_str(&clean));
	free(dumped);
}
