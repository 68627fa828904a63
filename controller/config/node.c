// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/node.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/problems.h"
#include "config/yaml.h"
#include "text/similar.h"

static struct error *error_at(struct config_node n, size_t further, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static struct error *error_at(struct config_node n, size_t further, const char *fmt, va_list ap)
{
	CLEANUP_FREE char *text = NULL;
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	const yaml_mark_t *at = &config_yaml(n.file, n.id)->start_mark;
	return error_new_at(ERROR_CONFIG, n.file->name, at->line + 1, at->column + 1 + further,
			    "%s", text ? text : "out of memory");
}

struct error *config_error(struct config_node n, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct error *e = error_at(n, 0, fmt, ap);
	va_end(ap);
	return e;
}

// How far behind its begin a value's text begins, or -1 when the file has it in other letters.
static int text_begin(const yaml_node_t *y)
{
	if (y->type != YAML_SCALAR_NODE || y->start_mark.line != y->end_mark.line)
		return -1;
	bool plain = y->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	size_t quotes = plain ? 0 : 2;
	size_t width = y->end_mark.column - y->start_mark.column;
	return width == y->data.scalar.length + quotes ? !plain : -1;
}

struct error *config_error_inside(struct config_node n, size_t column, const char *fmt, ...)
{
	int begin = text_begin(config_yaml(n.file, n.id));
	va_list ap;
	va_start(ap, fmt);
	struct error *e = error_at(n, begin < 0 ? 0 : (size_t)begin + column - 1, fmt, ap);
	va_end(ap);
	return e;
}

char *config_place(struct config_node n)
{
	return memory_printf("%s:%zu", n.file->name,
			     config_yaml(n.file, n.id)->start_mark.line + 1);
}

int config_compare_places(struct config_node a, struct config_node b)
{
	int files = strcmp(a.file->name, b.file->name);
	size_t at_a = config_yaml(a.file, a.id)->start_mark.index;
	size_t at_b = config_yaml(b.file, b.id)->start_mark.index;
	return files ? files : (at_a > at_b) - (at_a < at_b);
}

static const char *kind_name(const yaml_node_t *y)
{
	switch (y->type) {
	case YAML_SEQUENCE_NODE:
		return "a list";
	case YAML_MAPPING_NODE:
		return "a mapping";
	default:
		return "a single value";
	}
}

bool config_is_map(struct config_node n)
{
	return config_is_set(n) && config_yaml(n.file, n.id)->type == YAML_MAPPING_NODE;
}

struct error *config_string(struct config_node n, const char **out)
{
	const yaml_node_t *y = config_yaml(n.file, n.id);
	if (y->type != YAML_SCALAR_NODE)
		return config_error(n, "%s, expected a single value", kind_name(y));
	const char *text = (const char *)y->data.scalar.value;
	if (strlen(text) != y->data.scalar.length)
		return config_error(n, "a NUL character inside a value");
	*out = text;
	return NULL;
}

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct error *config_name(struct config_node n, const char **out)
{
	const char *text;
	TRY(config_string(n, &text));
	size_t len = strlen(text);
	bool good = len >= 1 && len <= 64 && name_char(text[0]);
	for (size_t i = 0; good && i < len; i++)
		good = name_char(text[i]) || strchr("._-", text[i]);
	if (!good)
		return config_error(n,
				    "name \"%s\", expected 1 to 64 of a-z A-Z 0-9 . _ -, "
				    "starting with a letter or digit",
				    text);
	*out = text;
	return NULL;
}

// Hexadecimal digits, with a letter among them, that begin with a decimal one: "410fd083".
static bool is_bare_hex(const char *text)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");
	return text[0] >= '0' && text[0] <= '9' && !text[digits] &&
	       text[strspn(text, "0123456789")];
}

struct error *config_integer(struct config_node n, int64_t min, int64_t max, int64_t *out)
{
	const char *text;
	TRY(config_string(n, &text));
	char *end;
	errno = 0;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	long long value = strtoll(text, &end, hex ? 16 : 10);
	if (!hex && is_bare_hex(text))
		return config_error(n, "\"%s\", expected 0x ahead of hexadecimal digits: 0x%s",
				    text, text);
	if (end == text || *end || errno || value < min || value > max)
		return config_error(n, "\"%s\", expected a whole number from %lld to %lld", text,
				    (long long)min, (long long)max);
	*out = value;
	return NULL;
}

struct error *config_bool(struct config_node n, bool *out)
{
	const char *text;
	TRY(config_string(n, &text));
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return config_error(n, "\"%s\", expected true or false", text);
	*out = text[0] == 't';
	return NULL;
}

bool config_parse_seconds(const char *text, double min, double max, double *out)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"min", 60}, {"h", 3600}};
	char *end;
	double value = strtod(text, &end);
	while (*end == ' ')
		end++;
	for (size_t i = 0; end != text && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].name) != 0)
			continue;
		value *= units[i].seconds;
		if (!(value >= min && value <= max)) // also catches NaN
			return false;
		*out = value;
		return true;
	}
	return false;
}

struct error *config_seconds(struct config_node n, double min, double max, double *out)
{
	const char *text;
	TRY(config_string(n, &text));
	if (config_parse_seconds(text, min, max, out))
		return NULL;
	return config_error(n,
			    "\"%s\", expected a time from %g to %g seconds, such as 30, 500ms, "
			    "2s, 5min or 1h",
			    text, min, max);
}

struct error *config_path(struct config_node n, char **out)
{
	const char *text;
	TRY(config_string(n, &text));
	if (!text[0] || strlen(text) >= PATH_MAX)
		return config_error(n, "%s, expected a file name",
				    text[0] ? "a path too long" : "an empty path");
	*out = strcmp(n.file->base, ".") == 0 ? memory_strdup(text) : path_join(n.file->base, text);
	return NULL;
}

char *config_base(struct config_node n)
{
	char *absolute = realpath(n.file->base, NULL);
	return absolute ? absolute : memory_strdup(n.file->base);
}

struct error *config_list(struct config_node n, size_t *count)
{
	const yaml_node_t *y = config_yaml(n.file, n.id);
	if (y->type != YAML_SEQUENCE_NODE)
		return config_error(n, "%s, expected a list", kind_name(y));
	*count = (size_t)(y->data.sequence.items.top - y->data.sequence.items.start);
	return NULL;
}

struct config_node config_item(struct config_node list, size_t i)
{
	return (struct config_node){list.file,
				    config_yaml(list.file, list.id)->data.sequence.items.start[i]};
}

static bool is_list(struct config_node n)
{
	return config_yaml(n.file, n.id)->type == YAML_SEQUENCE_NODE;
}

struct error *config_several(struct config_node n, const char *what, size_t min, size_t max,
			     size_t *count)
{
	*count = 1;
	if (is_list(n))
		TRY(config_list(n, count));
	if (*count >= min && *count <= max)
		return NULL;
	if (min)
		return config_error(n, "%zu %s, expected %zu to %zu", *count, what, min, max);
	return config_error(n, "%zu %s, expected at most %zu", *count, what, max);
}

struct config_node config_one_of(struct config_node n, size_t i)
{
	return is_list(n) ? config_item(n, i) : n;
}

struct error *config_strings(struct config_node n, const char ***out, size_t *count)
{
	CLEANUP_FREE const char **items = NULL;
	size_t len = 1;
	if (config_yaml(n.file, n.id)->type == YAML_SCALAR_NODE) {
		items = memory_new(1, sizeof(*items));
		TRY(config_string(n, &items[0]));
	} else {
		TRY(config_list(n, &len));
		if (!len)
			return config_error(n, "an empty list, expected at least one value");
		items = memory_new(len, sizeof(*items));
		for (size_t i = 0; i < len; i++)
			TRY(config_string(config_item(n, i), &items[i]));
	}
	*out = STEAL(items);
	*count = len;
	return NULL;
}

struct error *config_map_init(struct config_map *m, struct config_node n)
{
	*m = (struct config_map){.node = n};
	return config_map_overlay(m, n);
}

struct error *config_map_overlay(struct config_map *m, struct config_node n)
{
	const yaml_node_t *y = config_yaml(n.file, n.id);
	if (y->type != YAML_MAPPING_NODE)
		return config_error(n, "%s, expected a mapping (key: value)", kind_name(y));
	for (yaml_node_pair_t *p = y->data.mapping.pairs.start; p < y->data.mapping.pairs.top;
	     p++) {
		struct config_pair pair = {{n.file, p->key}, {n.file, p->value}, NULL};
		TRY(config_string(pair.key, &pair.name));
		size_t i = 0;
		while (i < m->count && strcmp(m->pairs[i].name, pair.name) != 0)
			i++;
		if (i < m->count)
			m->pairs[i] = pair;
		else
			ARRAY_APPEND(m->pairs, m->count, pair);
	}
	return NULL;
}

void config_map_deinit(struct config_map *m)
{
	if (!m)
		return;
	free(m->pairs);
	*m = (struct config_map){0};
}

static bool is_known(const char *name, const char *const *known)
{
	for (; *known; known++)
		if (strcmp(*known, name) == 0)
			return true;
	return false;
}

static struct error *unknown_key(const struct config_pair *pair, const char *const *known)
{
	CLEANUP_BUFFER struct buffer list = {0};
	struct similar s;
	similar_init(&s, pair->name);
	for (const char *const *k = known; *k; k++) {
		buffer_printf(&list, "%s%s", k == known ? "" : ", ", *k);
		similar_offer(&s, *k);
	}
	return config_error(pair->key, "unknown key \"%s\", %s%s%sexpected one of: %s", pair->name,
			    s.best ? "did you mean \"" : "", s.best ? s.best : "",
			    s.best ? "\"? " : "", buffer_str(&list));
}

struct error *config_map_only(const struct config_map *m, const char *const *known)
{
	for (size_t i = 0; i < m->count; i++)
		if (!is_known(m->pairs[i].name, known))
			return unknown_key(&m->pairs[i], known);
	return NULL;
}

void config_map_only_all(const struct config_map *m, const char *const *known,
			 struct config_problems *problems)
{
	for (size_t i = 0; i < m->count; i++)
		if (!is_known(m->pairs[i].name, known))
			problems_add(problems, unknown_key(&m->pairs[i], known));
}

struct config_node config_map_find(const struct config_map *m, const char *key)
{
	for (size_t i = 0; i < m->count; i++)
		if (strcmp(m->pairs[i].name, key) == 0)
			return m->pairs[i].value;
	return (struct config_node){0};
}

struct error *config_map_need(const struct config_map *m, const char *key, struct config_node *out)
{
	struct config_node n = config_map_find(m, key);
	if (!config_is_set(n))
		return config_error(m->node, "key \"%s\" is missing here", key);
	*out = n;
	return NULL;
}
