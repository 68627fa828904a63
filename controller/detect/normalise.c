// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/normalise.h"

#include "detect/text.h"

// ---- paths --------------------------------------------------------------------------------------

static bool is_top_directory(struct detect_view name)
{
	static const char *const tops[] = {
	    "arch",    "block", "certs",    "crypto",   "drivers", "firmware", "fs",
	    "include", "init",  "io_uring", "ipc",      "kernel",  "lib",      "mm",
	    "net",     "rust",  "samples",  "security", "sound",   "tools",    "virt",
	};
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		if (view_equal(name, view_of(tops[i])))
			return true;
	return false;
}

static struct detect_view component(struct detect_view path, size_t at)
{
	struct detect_view rest = view_from(path, at);
	rest.len = view_find(rest, VIEW("/"));
	return rest;
}

struct detect_view normalise_path(struct detect_view path)
{
	size_t at = 0;
	while (at < path.len) {
		struct detect_view name = component(path, at);
		size_t next = at + name.len + 1;
		if (next >= path.len)
			break;
		// A build directory may be called "kernel"; the tree's own has no top directory in
		// it.
		bool build_dir = view_equal(name, VIEW("kernel")) &&
				 is_top_directory(component(path, next)) &&
				 view_has(view_from(path, next), VIEW("/"));
		if (is_top_directory(name) && !build_dir)
			return view_from(path, at);
		at = next;
	}
	while (view_starts(path, VIEW("./")))
		path = view_from(path, 2);
	return path;
}

// ---- names --------------------------------------------------------------------------------------

void normalise_sub(struct detect_view text, char *out, size_t size)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len && len + 1 < size; i++) {
		char c = text.ptr[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		if (c == ' ')
			c = '-';
		if (!is_word(c) && c != '-')
			break;
		out[len++] = c;
	}
	while (len > 0 && out[len - 1] == '-')
		len--;
	out[len] = '\0';
}

// ---- free text ----------------------------------------------------------------------------------

// Length of a number-like run at `v`; *name is what to write for it.
static size_t number_like(struct detect_view v, const char **name)
{
	size_t hex = 0, digits = 0, i = 0;
	bool dots = false, colons = false, dashes = false, prefix = false;
	if (v.len > 2 && v.ptr[0] == '0' && v.ptr[1] == 'x' && is_hex(v.ptr[2])) {
		prefix = true;
		i = 2;
	}
	for (; i < v.len; i++) {
		char c = v.ptr[i];
		bool more = i + 1 < v.len && is_hex(v.ptr[i + 1]);
		if (is_hex(c)) {
			hex++;
			digits += is_digit(c);
		} else if (more && c == '.') {
			dots = true;
		} else if (more && c == ':') {
			colons = true;
		} else if (more && c == '-' && hex >= 8) {
			dashes = true;
		} else {
			break;
		}
	}
	if (i < v.len && is_word(v.ptr[i])) // a word that begins like a number
		return 0;
	if (!prefix && digits == 0)
		return 0;
	if ((dots && hex >= 4) || (colons && hex >= 12) || (dashes && hex == 32))
		*name = "X";
	else if (prefix || hex >= 6)
		*name = "ADDR";
	else if (digits == hex)
		*name = "N";
	else
		return 0;
	return i;
}

size_t normalise_text(struct detect_view text, char *out, size_t size)
{
	size_t len = 0;
	for (size_t i = 0; i < text.len && len < size;) {
		const char *name = NULL;
		bool inside_word = i > 0 && is_word(text.ptr[i - 1]);
		size_t span = inside_word ? 0 : number_like(view_from(text, i), &name);
		if (span == 0) {
			out[len++] = text.ptr[i++];
			continue;
		}
		for (; *name && len < size; name++)
			out[len++] = *name;
		i += span;
	}
	return len;
}

// ---- titles -------------------------------------------------------------------------------------

struct title {
	char *out;
	size_t len;
};

static void put(struct title *t, struct detect_view v)
{
	size_t room = TITLE_MAX - t->len;
	if (v.len > room)
		v.len = room;
	if (v.len)
		memcpy(t->out + t->len, v.ptr, v.len);
	t->len += v.len;
}

static struct detect_view title_field(const struct report *r, struct detect_view name,
				      struct detect_view func)
{
	if (view_equal(name, VIEW("func")))
		return func;
	if (view_equal(name, VIEW("func2")))
		return report_view(r, r->func2);
	if (view_equal(name, VIEW("file")))
		return report_view(r, r->file);
	if (view_equal(name, VIEW("what")))
		return report_view(r, r->what);
	if (view_equal(name, VIEW("name")))
		return report_view(r, r->name);
	if (view_equal(name, VIEW("access")))
		return report_view(r, r->access);
	return (struct detect_view){0};
}

// Writes a template without groups; false when a field of it is empty.
static bool put_template(struct title *t, const struct report *r, struct detect_view text,
			 struct detect_view func)
{
	bool full = true;
	while (text.len) {
		size_t open = view_find(text, VIEW("{"));
		put(t, (struct detect_view){text.ptr, open});
		text = view_from(text, open);
		if (text.len == 0)
			break;
		size_t close = view_find(text, VIEW("}"));
		struct detect_view name = {text.ptr + 1, close > 0 ? close - 1 : 0};
		struct detect_view value = title_field(r, name, func);
		char clean[TITLE_MAX];
		bool verbatim = view_starts(name, VIEW("f")); // func, func2, file
		if (!verbatim)
			value = (struct detect_view){clean,
						     normalise_text(value, clean, sizeof(clean))};
		full = full && value.len > 0;
		put(t, value);
		text = view_from(text, close < text.len ? close + 1 : text.len);
	}
	return full;
}

size_t normalise_title(const struct report *r, struct detect_view func, char out[TITLE_MAX])
{
	struct title t = {.out = out};
	struct detect_view rest = view_of(r->rule->title);
	while (rest.len) {
		size_t open = view_find(rest, VIEW("["));
		put_template(&t, r, (struct detect_view){rest.ptr, open}, func);
		rest = view_from(rest, open);
		if (rest.len == 0)
			break;
		size_t close = view_find(rest, VIEW("]"));
		size_t before = t.len;
		if (!put_template(&t, r, (struct detect_view){rest.ptr + 1, close - 1}, func))
			t.len = before;
		rest = view_from(rest, close < rest.len ? close + 1 : rest.len);
	}
	while (t.len && is_blank(out[t.len - 1]))
		t.len--;
	return t.len;
}
