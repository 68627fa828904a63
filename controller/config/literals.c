// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/literals.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "record/model.h"

#define SEVERITY_DEFAULT 3

// Words of `means:`; the other ones are the names of boot states.
static const char *const roles[] = {
    [DETECT_LITERAL_SPLAT] = "splat",
    [DETECT_LITERAL_STATE] = NULL,
    [DETECT_LITERAL_IGNORE] = "ignore",
    [DETECT_LITERAL_WATCHDOG] = "watchdog",
};
enum { ROLES = sizeof(roles) / sizeof(roles[0]) };

#define STATE_FIRST DETECT_STATE_BOOTLOADER // a line that only shows life needs no literal

void literals_deinit(struct literals *l)
{
	free(l->items);
	*l = (struct literals){0};
}

struct error *literals_append(struct literals *to, const struct literals *from)
{
	size_t count = to->count + from->count;
	if (count > LITERALS_LIMIT)
		return error_new(ERROR_CONFIG, "%zu literals in \"detect\", expected at most %d",
				 count, LITERALS_LIMIT);
	if (from->count == 0)
		return NULL;
	to->items = memory_grow(to->items, count, sizeof(*to->items));
	memcpy(to->items + to->count, from->items, from->count * sizeof(*from->items));
	to->count = count;
	return NULL;
}

static struct error *complain_means(struct config_node n, const char *word)
{
	CLEANUP_BUFFER struct buffer known = {0};
	for (size_t i = 0; i < ROLES; i++)
		if (roles[i])
			buffer_printf(&known, "%s, ", roles[i]);
	for (int s = STATE_FIRST; s < DETECT_STATE_COUNT; s++)
		buffer_printf(&known, "%s%s", s > STATE_FIRST ? ", " : "",
			      detect_state_name((enum detect_state)s));
	return config_error(n, "means \"%s\", expected one of: %s", word, buffer_str(&known));
}

static struct error *parse_means(struct config_node n, struct detect_literal *l)
{
	const char *word;
	TRY(config_string(n, &word));
	for (size_t i = 0; i < ROLES; i++) {
		if (roles[i] && strcmp(roles[i], word) == 0) {
			l->role = (enum detect_literal_role)i;
			return NULL;
		}
	}
	l->role = DETECT_LITERAL_STATE;
	for (int s = STATE_FIRST; s < DETECT_STATE_COUNT; s++) {
		if (strcmp(detect_state_name((enum detect_state)s), word) == 0) {
			l->state = (enum detect_state)s;
			return NULL;
		}
	}
	return complain_means(n, word);
}

static struct error *find_class(struct config_node n, const char *also, const char **out)
{
	const char *word;
	TRY(config_string(n, &word));
	const char *const *known = detect_class_names();
	CLEANUP_BUFFER struct buffer list = {0};
	for (size_t i = 0; known[i]; i++) {
		if (strcmp(known[i], word) == 0) {
			*out = word;
			return NULL;
		}
		buffer_printf(&list, "%s%s", i ? ", " : "", known[i]);
	}
	if (also && strcmp(also, word) == 0) {
		*out = word;
		return NULL;
	}
	return config_error(n, "class \"%s\", expected one of: %s%s%s", word, buffer_str(&list),
			    also ? ", " : "", also ? also : "");
}

struct error *config_splat_class(struct config_node n, const char **out)
{
	return find_class(n, NULL, out);
}

struct error *config_finding_class(struct config_node n, const char **out)
{
	return find_class(n, FINDING_PTSAN, out);
}

// The keys that describe a splat.
static struct error *parse_splat(const struct config_map *m, struct detect_literal *l)
{
	static const char *const keys[] = {"class", "sub", "severity", "fatal"};
	bool splat = l->role == DETECT_LITERAL_SPLAT;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct config_node n = config_map_find(m, keys[i]);
		if (config_is_set(n) && !splat)
			return config_error(n, "\"%s\" goes with \"means: splat\" only", keys[i]);
	}
	int64_t severity = splat ? SEVERITY_DEFAULT : 0;
	struct config_node n = config_map_find(m, "class");
	if (config_is_set(n))
		TRY(config_splat_class(n, &l->class_name));
	n = config_map_find(m, "sub");
	if (config_is_set(n))
		TRY(config_name(n, &l->sub));
	n = config_map_find(m, "severity");
	if (config_is_set(n))
		TRY(config_integer(n, 0, 5, &severity));
	l->severity = (int)severity;
	n = config_map_find(m, "fatal");
	return config_is_set(n) ? config_bool(n, &l->fatal) : NULL;
}

// Text and pattern are checked by those who will have to match them.
static struct error *try_literal(struct config_node n, const struct detect_literal *l)
{
	const struct detect_config config = {.literals = l, .literals_count = 1};
	CLEANUP_DETECT struct detect *d = NULL;
	CLEANUP_ERROR struct error *e = detect_new(&config, &d);
	return e ? config_error(n, "%s", error_text(e)) : NULL;
}

static struct error *parse_literal(struct config_node n, struct detect_literal *l)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"text", "means",    "anchored", "id", "class",
					    "sub",  "severity", "fatal",    NULL};
	TRY(config_map_only(&m, known));
	struct config_node text, v;
	TRY(config_map_need(&m, "text", &text));
	TRY(config_string(text, &l->text));
	TRY(config_map_need(&m, "means", &v));
	TRY(parse_means(v, l));
	v = config_map_find(&m, "anchored");
	if (config_is_set(v))
		TRY(config_bool(v, &l->anchored));
	v = config_map_find(&m, "id");
	if (config_is_set(v))
		TRY(config_name(v, &l->id));
	TRY(parse_splat(&m, l));
	return try_literal(text, l);
}

struct error *literals_parse(struct config_node n, struct literals *out)
{
	CLEANUP_LITERALS struct literals l = {0};
	size_t count;
	TRY(config_list(n, &count));
	if (count > LITERALS_LIMIT)
		return config_error(n, "%zu literals, expected at most %d", count, LITERALS_LIMIT);
	l.items = memory_new(count, sizeof(*l.items));
	l.count = count;
	for (size_t i = 0; i < count; i++)
		TRY(parse_literal(config_item(n, i), &l.items[i]));
	*out = l;
	l = (struct literals){0};
	return NULL;
}

static void dump_splat(const struct detect_literal *l, struct buffer *out)
{
	if (l->class_name)
		buffer_printf(out, ", class: %s", l->class_name);
	if (l->sub)
		buffer_printf(out, ", sub: \"%s\"", l->sub);
	buffer_printf(out, ", severity: %d, fatal: %s", l->severity, l->fatal ? "true" : "false");
}

void literals_dump(const char *indent, const struct literals *l, struct buffer *out)
{
	if (l->count)
		buffer_printf(out, "%sdetect:\n", indent);
	for (size_t i = 0; i < l->count; i++) {
		const struct detect_literal *item = &l->items[i];
		const char *role = roles[item->role];
		buffer_printf(out, "%s  - {text: ", indent);
		config_dump_string(item->text, out);
		buffer_printf(out, ", means: %s, anchored: %s",
			      role ? role : detect_state_name(item->state),
			      item->anchored ? "true" : "false");
		if (item->id)
			buffer_printf(out, ", id: \"%s\"", item->id);
		if (item->role == DETECT_LITERAL_SPLAT)
			dump_splat(item, out);
		buffer_append_str(out, "}\n");
	}
}
