// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel_functions.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOKENS_MAX = 600,  // of one declaration
	MACROS_MAX = 256,  // that define functions, of one file
	PARAMS_MAX = 16,   // of such a macro
	LOCALS_MAX = 4096, // static functions of one file that call through a pointer
	NESTING_MAX = 64,  // of #if
	EXPANSION_MAX = 5, // of macros within macros
	EXPANDED_SIZE = 1 << 16,
};

struct span {
	const char *p;
	size_t len;
};

struct macro {
	struct span name, params[PARAMS_MAX], body;
	size_t params_count;
};

struct scan {
	const struct function_visitor *visitor;
	unsigned file_flags;
	struct macro macros[MACROS_MAX];
	size_t macros_count;
	uint64_t dispatchers[LOCALS_MAX]; // hashes of names
	size_t dispatchers_count;
	char *expanded[EXPANSION_MAX];
};

enum kind { KIND_END, KIND_WORD, KIND_OTHER };

struct token {
	enum kind kind;
	struct span text;
	bool line_start; // stands in the first column
};

struct reader {
	const char *p, *end, *begin;
};

static bool span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.p, text, s.len) == 0;
}

static bool span_starts(struct span s, const char *text)
{
	return s.len >= strlen(text) && memcmp(s.p, text, strlen(text)) == 0;
}

static bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static uint64_t hash_of(struct span s)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < s.len; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

// ---- tokens -------------------------------------------------------------------------------------

static void skip_quoted(struct reader *r, char quote)
{
	for (r->p++; r->p < r->end && *r->p != quote && *r->p != '\n'; r->p++)
		if (*r->p == '\\' && r->p + 1 < r->end)
			r->p++;
	if (r->p < r->end)
		r->p++;
}

static void skip_comment(struct reader *r)
{
	bool line = r->p[1] == '/';
	for (r->p += 2; r->p < r->end; r->p++) {
		if (line && *r->p == '\n')
			return;
		if (!line && r->p[0] == '*' && r->p + 1 < r->end && r->p[1] == '/') {
			r->p += 2;
			return;
		}
	}
}

static void skip_space(struct reader *r)
{
	while (r->p < r->end) {
		bool comment =
		    r->p + 1 < r->end && r->p[0] == '/' && (r->p[1] == '/' || r->p[1] == '*');
		bool splice = r->p[0] == '\\' && r->p + 1 < r->end && r->p[1] == '\n';
		if (comment)
			skip_comment(r);
		else if (splice)
			r->p += 2;
		else if (isspace((unsigned char)*r->p))
			r->p++;
		else
			return;
	}
}

static struct token next_token(struct reader *r)
{
	struct token t = {.kind = KIND_END};
	skip_space(r);
	if (r->p >= r->end)
		return t;
	t.text.p = r->p;
	t.line_start = r->p == r->begin || r->p[-1] == '\n';
	t.kind = KIND_OTHER;
	if (is_name(*r->p)) {
		t.kind = isdigit((unsigned char)*r->p) ? KIND_OTHER : KIND_WORD;
		while (r->p < r->end && is_name(*r->p))
			r->p++;
	} else if (*r->p == '"' || *r->p == '\'') {
		skip_quoted(r, *r->p);
	} else {
		r->p++;
	}
	t.text.len = (size_t)(r->p - t.text.p);
	return t;
}

// ---- macros that define functions ---------------------------------------------------------------

// The text of a directive, its continuation lines included.
static struct span take_directive(struct reader *r)
{
	struct span s = {r->p, 0};
	while (r->p < r->end && !(*r->p == '\n' && r->p[-1] != '\\'))
		r->p++;
	s.len = (size_t)(r->p - s.p);
	return s;
}

static bool take_params(struct reader *r, struct macro *m)
{
	for (;;) {
		struct token t = next_token(r);
		if (t.kind == KIND_END)
			return false;
		if (span_is(t.text, ")"))
			return true;
		if (t.kind != KIND_WORD)
			continue;
		if (m->params_count == PARAMS_MAX)
			return false;
		m->params[m->params_count++] = t.text;
	}
}

static void keep_macro(struct scan *s, struct span directive)
{
	struct reader r = {directive.p, directive.p + directive.len, directive.p};
	struct macro m = {0};
	m.name = next_token(&r).text;
	if (r.p >= r.end || *r.p != '(' || s->macros_count == MACROS_MAX)
		return;
	r.p++;
	if (!take_params(&r, &m))
		return;
	m.body = (struct span){r.p, (size_t)(r.end - r.p)};
	// A function, or a macro of this file that defines one.
	bool defines = memchr(m.body.p, '{', m.body.len) != NULL;
	for (size_t i = 0; i < s->macros_count && !defines; i++)
		defines = memmem(m.body.p, m.body.len, s->macros[i].name.p,
				 s->macros[i].name.len) != NULL;
	if (defines)
		s->macros[s->macros_count++] = m;
}

static const struct macro *macro_of(const struct scan *s, struct span name)
{
	for (size_t i = s->macros_count; i-- > 0;)
		if (span_equal(s->macros[i].name, name))
			return &s->macros[i];
	return NULL;
}

static size_t take_arguments(struct reader *r, struct span args[PARAMS_MAX])
{
	size_t count = 0;
	unsigned depth = 1;
	skip_space(r);
	if (r->p >= r->end || *r->p != '(')
		return 0;
	const char *start = ++r->p;
	while (r->p < r->end && depth > 0) {
		if (*r->p == '"' || *r->p == '\'') {
			skip_quoted(r, *r->p);
			continue;
		}
		depth += *r->p == '(' || *r->p == '{';
		depth -= *r->p == ')' || *r->p == '}';
		if (depth == 0 || (depth == 1 && *r->p == ',')) {
			while (start < r->p && isspace((unsigned char)*start))
				start++;
			if (count < PARAMS_MAX)
				args[count++] = (struct span){start, (size_t)(r->p - start)};
			start = r->p + 1;
		}
		r->p++;
	}
	return count;
}

static size_t append(char *out, size_t at, struct span s)
{
	if (s.len > EXPANDED_SIZE - at)
		s.len = EXPANDED_SIZE - at;
	memcpy(out + at, s.p, s.len);
	return at + s.len;
}

static struct span argument_of(const struct macro *m, const struct span args[], size_t count,
			       struct span word)
{
	for (size_t i = 0; i < m->params_count; i++)
		if (span_equal(m->params[i], word))
			return i < count ? args[i] : (struct span){"", 0};
	return word;
}

// The body with arguments in place of parameters and "##" gone.
static struct span expand(const struct macro *m, const struct span args[], size_t count, char *out)
{
	size_t at = 0;
	for (const char *p = m->body.p, *end = p + m->body.len; p < end;) {
		if (p[0] == '#' && p + 1 < end && p[1] == '#') {
			while (at > 0 && isspace((unsigned char)out[at - 1]))
				at--;
			for (p += 2; p < end && isspace((unsigned char)*p);)
				p++;
		} else if (is_name(*p)) {
			struct span word = {p, 0};
			while (p < end && is_name(*p))
				p++;
			word.len = (size_t)(p - word.p);
			at = append(out, at, argument_of(m, args, count, word));
		} else {
			bool splice = p[0] == '\\' && p + 1 < end && p[1] == '\n';
			at =
			    append(out, at, splice ? (struct span){"\n ", 2} : (struct span){p, 1});
			p += splice ? 2 : 1;
		}
	}
	return (struct span){out, at};
}

// ---- one declaration ----------------------------------------------------------------------------

struct declaration {
	struct token tokens[TOKENS_MAX];
	size_t count;
};

static bool is_attribute(struct span s)
{
	static const char *const attributes[] = {
	    "__attribute__",
	    "__printf",
	    "__scanf",
	    "__acquires",
	    "__releases",
	    "__must_hold",
	    "__section",
	    "__aligned",
	    "__alloc_size",
	    "__nonnull",
	    "__cond_acquires",
	    "__releases_shared",
	    "__acquires_shared",
	    "__must_hold_shared",
	    "__context__",
	    "__no_sanitize",
	    "__realloc_size",
	    "__assume_aligned",
	    "__diagnose_as",
	    "__typeof__",
	    "typeof",
	    "__acquire",
	    "__release",
	    "__nocast",
	    "asm",
	    "__asm__",
	    "__alias",
	    "defined",
	    "__cond_lock",
	    "__function_aligned",
	    "__no_context_analysis",
	    "__guarded_by",
	};
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		if (span_is(s, attributes[i]))
			return true;
	return false;
}

static unsigned word_flags(struct span s)
{
	static const struct {
		const char *word;
		unsigned flags;
	} words[] = {
	    {"static", FUNCTION_STATIC},         {"STATIC", FUNCTION_STATIC},
	    {"inline", FUNCTION_INLINE},         {"__always_inline", FUNCTION_INLINE},
	    {"__inline", FUNCTION_INLINE},       {"__sched", FUNCTION_SCHED},
	    {"__lockfunc", FUNCTION_LOCK},       {"noinstr", FUNCTION_NOINSTR},
	    {"__cpuidle", FUNCTION_NOINSTR},     {"__noinstr_section", FUNCTION_NOINSTR},
	    {"__irq_entry", FUNCTION_ENTRY},     {"__exception_irq_entry", FUNCTION_ENTRY},
	    {"__softirq_entry", FUNCTION_ENTRY}, {"__init", FUNCTION_INIT},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_is(s, words[i].word))
			return words[i].flags;
	return 0;
}

static void report(const struct scan *s, const char *before, struct span name, unsigned flags)
{
	char text[256];
	size_t len = strlen(before);
	if (len + name.len >= sizeof(text) || name.len == 0)
		return;
	memcpy(text, before, len);
	memcpy(text + len, name.p, name.len);
	struct function f = {text, len + name.len, flags | s->file_flags};
	s->visitor->found(s->visitor->arg, &f);
}

static void report_syscall(const struct scan *s, bool compat, struct span name)
{
	static const char *const prefixes[] = {
	    "sys_",         "__se_sys_",  "__do_sys_",   "SyS_",         "SYSC_",
	    "__arm64_sys_", "__x64_sys_", "__ia32_sys_", "__riscv_sys_", "__s390x_sys_"};
	static const char *const compats[] = {
	    "compat_sys_", "__se_compat_sys_",    "__do_compat_sys_",  "compat_SyS_",
	    "C_SYSC_",     "__arm64_compat_sys_", "__ia32_compat_sys_"};
	size_t count =
	    compat ? sizeof(compats) / sizeof(compats[0]) : sizeof(prefixes) / sizeof(prefixes[0]);
	for (size_t i = 0; i < count; i++)
		report(s, compat ? compats[i] : prefixes[i], name, FUNCTION_SYSCALL);
}

static bool is_upper(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (islower((unsigned char)s.p[i]))
			return false;
	return true;
}

// The functions that a macro in capitals with a body behind it defines: its first argument.
static void report_macro(const struct scan *s, struct span macro, struct span argument)
{
	if (span_starts(macro, "SYSCALL_DEFINE"))
		report_syscall(s, false, argument);
	else if (span_starts(macro, "COMPAT_SYSCALL_DEFINE"))
		report_syscall(s, true, argument);
	else if (span_starts(macro, "DEFINE_IDTENTRY") ||
		 span_starts(macro, "DEFINE_INTERRUPT_HANDLER"))
		report(s, "", argument, FUNCTION_ENTRY);
	else
		report(s, "", argument, 0);
	if (span_starts(macro, "DEFINE_IDTENTRY") || span_starts(macro, "BPF_CALL"))
		report(s, span_starts(macro, "BPF") ? "____" : "__", argument, 0);
	if (span_starts(macro, "DEFINE_IDTENTRY"))
		report(s, "asm_", argument, FUNCTION_ENTRY);
}

// Which token names the function; count when the brace is that of something else.
static size_t name_token(const struct declaration *d)
{
	size_t found = d->count, depth = 0;
	for (size_t i = 0; i < d->count; i++) {
		struct span text = d->tokens[i].text;
		if (span_is(text, "("))
			depth++;
		else if (span_is(text, ")"))
			depth -= depth > 0;
		else if (depth == 0 && span_is(text, "="))
			return d->count;
		else if (depth == 0 && d->tokens[i].kind == KIND_WORD && i + 1 < d->count &&
			 span_is(d->tokens[i + 1].text, "(") && !is_attribute(text))
			found = i;
	}
	return found;
}

struct body {
	struct span params[PARAMS_MAX];
	size_t params_count;
	unsigned flags;
	struct span name; // empty: not a function that is reported
	bool indirect;
};

// The last word of each parameter, or that in "(*name)".
static void take_parameters(const struct declaration *d, size_t name, struct body *b)
{
	size_t depth = 0;
	for (size_t i = name + 1; i < d->count; i++) {
		struct span text = d->tokens[i].text;
		depth += span_is(text, "(");
		if (span_is(text, ")") && --depth == 0)
			return;
		bool pointer = d->tokens[i].kind == KIND_WORD && i + 1 < d->count && i > 0 &&
			       span_is(d->tokens[i - 1].text, "*") &&
			       span_is(d->tokens[i + 1].text, ")");
		bool last =
		    d->tokens[i].kind == KIND_WORD && depth == 1 && i + 1 < d->count &&
		    (span_is(d->tokens[i + 1].text, ",") || span_is(d->tokens[i + 1].text, ")"));
		if ((pointer || last) && b->params_count < PARAMS_MAX)
			b->params[b->params_count++] = text;
	}
}

static void open_function(const struct scan *s, const struct declaration *d, struct body *b)
{
	*b = (struct body){0};
	size_t at = name_token(d);
	if (at >= d->count)
		return;
	struct span name = d->tokens[at].text;
	for (size_t i = 0; i < d->count; i++)
		b->flags |= word_flags(d->tokens[i].text);
	bool define = span_starts(name, "SYSCALL_DEFINE") || span_starts(name, "COMPAT_SYSCALL") ||
		      span_starts(name, "DEFINE_") || span_starts(name, "BPF_CALL");
	if (define || (at == 0 && is_upper(name))) {
		if (at + 2 < d->count && d->tokens[at + 2].kind == KIND_WORD)
			report_macro(s, name, d->tokens[at + 2].text);
		return;
	}
	b->name = name;
	take_parameters(d, at, b);
}

static void close_function(struct scan *s, struct body *b)
{
	if (!b->name.len)
		return;
	unsigned flags = b->flags | (b->indirect ? FUNCTION_INDIRECT : 0);
	if (b->indirect && (flags & FUNCTION_STATIC) && s->dispatchers_count < LOCALS_MAX)
		s->dispatchers[s->dispatchers_count++] = hash_of(b->name);
	report(s, "", b->name, flags);
	b->name.len = 0;
}

// Does "word (" in a body call through a pointer? `back`: the two tokens ahead.
static bool calls_pointer(const struct scan *s, const struct body *b, struct span word,
			  const struct token back[2])
{
	bool arrow = span_is(back[0].text, ">") && span_is(back[1].text, "-");
	bool member = span_is(back[0].text, ".");
	if (arrow || member || span_starts(word, "INDIRECT_CALL") || span_is(word, "static_call"))
		return true;
	for (size_t i = 0; i < b->params_count; i++)
		if (span_equal(b->params[i], word))
			return true;
	uint64_t hash = hash_of(word);
	for (size_t i = 0; i < s->dispatchers_count; i++)
		if (s->dispatchers[i] == hash)
			return true;
	return false;
}

// ---- a file -------------------------------------------------------------------------------------

struct nesting {
	int depth[NESTING_MAX];
	size_t count;
};

// Both branches of an #if may open a brace: the depth at the #if counts again in each.
static void take_conditional(struct nesting *n, struct span directive, int *depth)
{
	struct reader r = {directive.p, directive.p + directive.len, directive.p};
	struct span word = next_token(&r).text;
	if (span_starts(word, "if")) {
		if (n->count < NESTING_MAX)
			n->depth[n->count] = *depth;
		n->count++;
	} else if (n->count > 0 && span_starts(word, "el")) {
		if (n->count <= NESTING_MAX)
			*depth = n->depth[n->count - 1];
	} else if (n->count > 0 && span_is(word, "endif")) {
		n->count--;
	}
}

static void take_export(const struct scan *s, struct reader r)
{
	struct token open = next_token(&r), name = next_token(&r);
	if (span_is(open.text, "(") && name.kind == KIND_WORD)
		s->visitor->exported(s->visitor->arg, name.text.p, name.text.len);
}

static void scan_text(struct scan *s, struct span text, unsigned level);

static bool expand_here(struct scan *s, struct reader *r, struct span word, unsigned level)
{
	const struct macro *m = level < EXPANSION_MAX ? macro_of(s, word) : NULL;
	struct reader probe = *r;
	if (!m || !span_is(next_token(&probe).text, "("))
		return false;
	struct span args[PARAMS_MAX];
	size_t count = take_arguments(r, args);
	if (!s->expanded[level])
		s->expanded[level] = malloc(EXPANDED_SIZE);
	if (!s->expanded[level])
		abort();
	scan_text(s, expand(m, args, count, s->expanded[level]), level + 1);
	return true;
}

static void take_outer(struct scan *s, struct reader *r, struct token t, struct declaration *d,
		       struct body *b, int *depth, unsigned level)
{
	if (t.kind == KIND_WORD && span_starts(t.text, "EXPORT_SYMBOL"))
		take_export(s, *r);
	if (span_is(t.text, ";") || span_is(t.text, "}")) {
		d->count = 0;
	} else if (span_is(t.text, "{")) {
		open_function(s, d, b);
		d->count = 0;
		*depth = 1;
	} else if (t.kind == KIND_WORD && expand_here(s, r, t.text, level)) {
		d->count = 0;
	} else if (d->count < TOKENS_MAX) {
		d->tokens[d->count++] = t;
	}
}

static void scan_text(struct scan *s, struct span text, unsigned level)
{
	struct reader r = {text.p, text.p + text.len, text.p};
	struct declaration *d = calloc(1, sizeof(*d));
	struct nesting nesting = {0};
	struct body body = {0};
	struct token back[2] = {0};
	int depth = 0;
	if (!d)
		abort();
	for (struct token t; (t = next_token(&r)).kind != KIND_END;) {
		if (span_is(t.text, "#") && level == 0) {
			struct span directive = take_directive(&r);
			struct reader in = {directive.p, directive.p + directive.len, directive.p};
			if (span_is(next_token(&in).text, "define"))
				keep_macro(s, (struct span){in.p, (size_t)(in.end - in.p)});
			else
				take_conditional(&nesting, directive, &depth);
			continue;
		}
		if (depth == 0) {
			take_outer(s, &r, t, d, &body, &depth, level);
			continue;
		}
		depth += span_is(t.text, "{");
		depth -= span_is(t.text, "}");
		if (span_is(t.text, "}") && t.line_start && level == 0)
			depth =
			    0; // the kernel's style: nothing but a function or a table ends there
		bool call = span_is(t.text, "(") && back[0].kind == KIND_WORD;
		if (call && body.name.len) {
			struct token ahead[2] = {back[1], {0}};
			if (back[1].text.p && back[1].text.p > text.p)
				ahead[1].text = (struct span){back[1].text.p - 1, 1};
			body.indirect =
			    body.indirect || calls_pointer(s, &body, back[0].text, ahead);
		}
		back[1] = back[0];
		back[0] = t;
		if (depth <= 0) {
			depth = 0;
			close_function(s, &body);
		}
	}
	free(d);
}

// SYM_FUNC_START(name), ENTRY(name), .. of assembler files
static void scan_assembler(const struct scan *s, struct span text)
{
	static const char *const starts[] = {
	    "SYM_FUNC_START",
	    "SYM_CODE_START",
	    "SYM_TYPED_FUNC_START",
	    "SYM_INNER_LABEL",
	    "SYM_FUNC_ALIAS",
	    "ENTRY",
	    "WEAK",
	    "LEAF",
	    "NESTED",
	    "FEXPORT",
	    "_GLOBAL",
	    "_GLOBAL_TOC",
	    "_ENTRY",
	    "_KPROBE",
	    "ENTRY_CFI",
	};
	struct reader r = {text.p, text.p + text.len, text.p};
	for (struct token t; (t = next_token(&r)).kind != KIND_END;) {
		if (t.kind != KIND_WORD)
			continue;
		bool start = false;
		for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]) && !start; i++)
			start = i < 5 ? span_starts(t.text, starts[i]) : span_is(t.text, starts[i]);
		struct reader probe = r;
		struct token open = next_token(&probe), name = next_token(&probe);
		if (start && span_is(open.text, "(") && name.kind == KIND_WORD)
			report(s, "", name.text, FUNCTION_ASSEMBLER);
		if (span_is(t.text, "EXPORT_SYMBOL"))
			take_export(s, r);
	}
}

void functions_of_file(const char *path, const char *text, size_t len,
		       const struct function_visitor *visitor)
{
	struct scan *s = calloc(1, sizeof(*s));
	size_t path_len = strlen(path);
	if (!s)
		abort();
	s->visitor = visitor;
	bool header = path_len > 2 && strcmp(path + path_len - 2, ".h") == 0;
	bool assembler = path_len > 2 && strcmp(path + path_len - 2, ".S") == 0;
	s->file_flags = header ? FUNCTION_HEADER : 0;
	struct span all = {text, len};
	if (assembler)
		scan_assembler(s, all);
	else
		scan_text(s, all, 0);
	for (size_t i = 0; i < EXPANSION_MAX; i++)
		free(s->expanded[i]);
	free(s);
}
