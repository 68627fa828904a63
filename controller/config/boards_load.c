// SPDX-License-Identifier: GPL-2.0-or-later
// Board files to structs. A mistake costs the board, type or pool it is in, not the rest: whoever
// asks (boards_load_all) is told all of them.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/boards.h"
#include "config/locate.h"

#define BASES_MAX 8 // a type, its base, the base of that...

// All files' declarations before boards are joined with their types.
struct declarations {
	struct config_pair *types;
	size_t types_count;
	struct config_pair *boards;
	size_t boards_count;
	struct config_pair *pools;
	size_t pools_count;
	struct config_problems *problems;
};

// Maps that lie over each other, the topmost last: the base of a type, the type, the board.
struct layers {
	struct config_map maps[BASES_MAX + 1];
	size_t count;
};

static void layers_deinit(struct layers *l)
{
	for (size_t i = 0; i < l->count; i++)
		config_map_deinit(&l->maps[i]);
}
#define CLEANUP_LAYERS CLEANUP(layers_deinit)

// ---- collecting --------------------------------------------------------------------------------

static struct error *collect_one(const struct config_pair *pair, const char *kind,
				 struct config_pair **items, size_t *count)
{
	const char *name;
	TRY(config_name(pair->key, &name));
	for (size_t k = 0; k < *count; k++) {
		if (strcmp((*items)[k].name, name) != 0)
			continue;
		CLEANUP_FREE char *first = config_place((*items)[k].key);
		return config_error(pair->key, "\"%s\" is declared a second time in %s (first: %s)",
				    name, kind, first);
	}
	ARRAY_APPEND(*items, *count, *pair);
	return NULL;
}

static void collect_kind(struct declarations *d, const struct config_map *top, const char *kind,
			 struct config_pair **items, size_t *count)
{
	struct config_node n = config_map_find(top, kind);
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	if (!config_is_set(n) || problems_add(d->problems, config_map_init(&m, n)))
		return;
	for (size_t i = 0; i < m.count; i++)
		problems_add(d->problems, collect_one(&m.pairs[i], kind, items, count));
}

static struct error *collect_file(struct boards_config *c, const char *path, struct declarations *d)
{
	struct config_file *f = NULL;
	TRY(config_file_load_doubting(path, d->problems, &f));
	ARRAY_APPEND(c->files, c->files_count, f);
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	TRY(config_map_init(&top, config_file_root(f)));
	static const char *const known[] = {"types", "boards", "pools", "base", NULL};
	config_map_only_all(&top, known, d->problems);
	collect_kind(d, &top, "types", &d->types, &d->types_count);
	collect_kind(d, &top, "boards", &d->boards, &d->boards_count);
	collect_kind(d, &top, "pools", &d->pools, &d->pools_count);
	return NULL;
}

static struct error *collect_dir(struct boards_config *c, const char *dir, struct declarations *d)
{
	char **paths = NULL;
	size_t count = 0;
	TRY(config_list_files(dir, &paths, &count));
	for (size_t i = 0; i < count; i++) {
		problems_add(d->problems, collect_file(c, paths[i], d));
		free(paths[i]);
	}
	free(paths);
	return count ? NULL : error_new(ERROR_CONFIG, "%s: no *.yaml file in this folder", dir);
}

// ---- board types and boards --------------------------------------------------------------------

static struct error *parse_cpu(const struct config_map *m, struct cpu_config *cpu)
{
	static const char *const known[] = {"name", "midr", "bbm", "bbml2", NULL};
	TRY(config_map_only(m, known));
	struct config_node v;
	int64_t number;
	TRY(config_map_need(m, "name", &v));
	TRY(config_string(v, &cpu->name));
	TRY(config_map_need(m, "midr", &v));
	TRY(config_integer(v, 1, UINT32_MAX, &number));
	cpu->midr = (uint32_t)number;
	TRY(config_map_need(m, "bbml2", &v));
	TRY(config_bool(v, &cpu->bbml2));
	cpu->bbm = -1;
	v = config_map_find(m, "bbm");
	if (config_is_set(v)) {
		TRY(config_integer(v, 0, 15, &number));
		cpu->bbm = (int)number;
	}
	return NULL;
}

// The value of the topmost layer that has the key, or an unset node.
static struct config_node layers_find(const struct layers *l, const char *key)
{
	struct config_node found = {0};
	for (size_t i = 0; i < l->count; i++) {
		struct config_node n = config_map_find(&l->maps[i], key);
		if (config_is_set(n))
			found = n;
	}
	return found;
}

// A mapping's keys over the same mapping's keys of the layers below.
static struct error *layers_join(const struct layers *l, const char *key, struct config_map *out)
{
	const struct config_map *top = &l->maps[l->count - 1];
	for (size_t i = 0; i < l->count; i++) {
		struct config_node n = config_map_find(&l->maps[i], key);
		CLEANUP_CONFIG_MAP struct config_map own = {0};
		if (!config_is_set(n))
			continue;
		TRY(config_map_init(&own, n));
		bool afresh = config_is_set(config_map_find(&own, "driver"));
		if (afresh || !out->node.file) { // another driver's keys do not leak in
			config_map_deinit(out);
			TRY(config_map_init(out, n));
		} else {
			TRY(config_map_overlay(out, n));
		}
	}
	return out->node.file
		   ? NULL
		   : config_error(top->node, "neither the board nor its type has a \"%s\"", key);
}

static const struct config_pair *find_type(const struct declarations *d, const char *name)
{
	for (size_t i = 0; i < d->types_count; i++)
		if (strcmp(d->types[i].name, name) == 0)
			return &d->types[i];
	return NULL;
}

// The type and what it is built on, the lowest base first.
static struct error *type_layers(const struct declarations *d, const struct config_pair *type,
				 struct layers *out)
{
	const struct config_pair *chain[BASES_MAX];
	size_t count = 0;
	for (const struct config_pair *t = type; t;) {
		if (count == BASES_MAX)
			return config_error(type->key,
					    "type \"%s\" is built on itself, or on more than %d "
					    "bases",
					    type->name, BASES_MAX - 1);
		chain[count++] = t;
		CLEANUP_CONFIG_MAP struct config_map m = {0};
		TRY(config_map_init(&m, t->value));
		struct config_node base = config_map_find(&m, "base");
		const char *name = NULL;
		if (!config_is_set(base))
			break;
		TRY(config_name(base, &name));
		t = find_type(d, name);
		if (!t)
			return config_error(base, "the base \"%s\" is a type that no file declares",
					    name);
	}
	while (count-- > 0)
		TRY(config_map_init(&out->maps[out->count++], chain[count]->value));
	return NULL;
}

static struct error *parse_list(struct config_node n, const char ***out, size_t *count)
{
	return config_is_set(n) ? config_strings(n, out, count) : NULL;
}

// "a, b" and "a b" are one word, which is hardly what was meant.
static void doubt_list(struct config_problems *p, struct config_node n, const char *key)
{
	const char *text;
	size_t count;
	if (!config_is_set(n))
		return;
	CLEANUP_ERROR struct error *list = config_list(n, &count);
	CLEANUP_ERROR struct error *e = list ? config_string(n, &text) : NULL;
	if (list && !e && strpbrk(text, ", "))
		problems_doubt(p, n, "%s: \"%s\" is one word, expected a list: [%s]", key, text,
			       text);
}

static struct error *join_arguments(const struct layers *l, char **out)
{
	CLEANUP_BUFFER struct buffer joined = {0};
	for (size_t i = 0; i < l->count; i++) {
		struct config_node n = config_map_find(&l->maps[i], "arguments");
		const char *text = "";
		if (config_is_set(n))
			TRY(config_string(n, &text));
		if (strpbrk(text, "\r\n"))
			return config_error(n, "arguments: a line end, expected one line");
		buffer_printf(&joined, "%s%s", joined.len && *text ? " " : "", text);
	}
	if (joined.len)
		*out = buffer_steal(&joined);
	return NULL;
}

static struct error *parse_misc(const struct config_map *own, struct config_map *out)
{
	struct config_node n = config_map_find(own, "misc");
	if (!config_is_set(n))
		return NULL;
	TRY(config_map_init(out, n));
	for (size_t i = 0; i < out->count; i++) {
		const char *ignored;
		TRY(config_string(out->pairs[i].value, &ignored));
	}
	return NULL;
}

#define BOARD_KEYS "type", "description", "tags", "arguments", "dtb", "misc", "caps"
#define TYPE_KEYS                                                                                 \
	"base", "description", "compatible", "cpu", "detect", "arguments", "dtb", "health_check", \
	    "caps"
#define SECTIONS "console", "power", "boot"

static const char *const board_keys[] = {BOARD_KEYS, SECTIONS, NULL};
static const char *const type_keys[] = {TYPE_KEYS, SECTIONS, NULL};

static struct error *parse_caps(const struct layers *l, struct caps_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map caps = {0};
	if (!config_is_set(layers_find(l, "caps")))
		return NULL;
	TRY(layers_join(l, "caps", &caps));
	return caps_parse(&caps, out);
}

// What type and board say together. Goes on behind a mistake, to tell the next one as well.
static void parse_layers(struct config_problems *p, const struct layers *l, struct board_config *b)
{
	static const char *const names[] = {SECTIONS};
	struct config_map *const sections[] = {&b->console, &b->power, &b->boot};
	CLEANUP_CONFIG_MAP struct config_map cpu = {0};
	struct config_node v = layers_find(l, "description");
	if (config_is_set(v))
		problems_add(p, config_string(v, &b->description));
	problems_add(
	    p, parse_list(layers_find(l, "compatible"), &b->compatible, &b->compatible_count));
	if (!problems_add(p, layers_join(l, "cpu", &cpu)))
		problems_add(p, parse_cpu(&cpu, &b->cpu));
	v = layers_find(l, "detect");
	if (config_is_set(v))
		problems_add(p, literals_parse(v, &b->detect));
	problems_add(p, join_arguments(l, &b->arguments));
	v = layers_find(l, "dtb");
	if (config_is_set(v))
		problems_add(p, config_path(v, &b->dtb));
	b->health_check_node = layers_find(l, "health_check");
	if (config_is_set(b->health_check_node))
		problems_add(p, config_string(b->health_check_node, &b->health_check));
	problems_add(p, parse_caps(l, &b->caps));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		problems_add(p, layers_join(l, names[i], sections[i]));
}

static struct error *find_boards_type(const struct declarations *d, const struct config_map *own,
				      struct board_config *b, const struct config_pair **out)
{
	struct config_node v;
	TRY(config_map_need(own, "type", &v));
	TRY(config_name(v, &b->type));
	*out = find_type(d, b->type);
	return *out ? NULL
		    : config_error(v, "board \"%s\" is of type \"%s\", which no file declares",
				   b->name, b->type);
}

static void parse_board(const struct declarations *d, const struct config_pair *pair,
			struct board_config *b)
{
	CLEANUP_LAYERS struct layers layers = {0};
	CLEANUP_CONFIG_MAP struct config_map own = {0};
	const struct config_pair *type = NULL;
	struct config_problems *p = d->problems;
	b->name = pair->name;
	b->node = pair->key;
	if (problems_add(p, config_map_init(&own, pair->value)))
		return;
	config_map_only_all(&own, board_keys, p);
	struct config_node tags = config_map_find(&own, "tags");
	doubt_list(p, tags, "tags");
	problems_add(p, parse_list(tags, &b->tags, &b->tags_count));
	problems_add(p, parse_misc(&own, &b->misc));
	if (problems_add(p, find_boards_type(d, &own, b, &type)) ||
	    problems_add(p, type_layers(d, type, &layers)) ||
	    problems_add(p, config_map_init(&layers.maps[layers.count++], pair->value)))
		return;
	parse_layers(p, &layers, b);
}

// Types that no board uses are checked as well: a typo should not wait for its first board.
static void check_type(const struct declarations *d, const struct config_pair *pair)
{
	CLEANUP_LAYERS struct layers layers = {0};
	CLEANUP_CONFIG_MAP struct config_map own = {0};
	CLEANUP_CONFIG_MAP struct config_map cpu = {0};
	CLEANUP_LITERALS struct literals detect = {0};
	struct config_problems *p = d->problems;
	if (problems_add(p, config_map_init(&own, pair->value)))
		return;
	config_map_only_all(&own, type_keys, p);
	doubt_list(p, config_map_find(&own, "compatible"), "compatible");
	if (problems_add(p, type_layers(d, pair, &layers)))
		return;
	struct cpu_config ignored;
	struct config_node v = layers_find(&layers, "cpu");
	if (!config_is_set(v))
		problems_add(p, config_map_need(&own, "cpu", &v));
	else if (!problems_add(p, layers_join(&layers, "cpu", &cpu)))
		problems_add(p, parse_cpu(&cpu, &ignored));
	v = config_map_find(&own, "detect");
	if (config_is_set(v))
		problems_add(p, literals_parse(v, &detect));
	struct caps_config caps;
	problems_add(p, parse_caps(&layers, &caps));
	v = config_map_find(&own, "health_check");
	const char *job;
	if (config_is_set(v))
		problems_add(p, config_string(v, &job));
}

// ---- pools -------------------------------------------------------------------------------------

static struct error *check_members(const struct declarations *d, struct config_node n,
				   const struct pool_config *p)
{
	for (size_t i = 0; i < p->boards_count; i++) {
		size_t k = 0;
		while (k < d->boards_count && strcmp(d->boards[k].name, p->boards[i]) != 0)
			k++;
		if (k == d->boards_count)
			return config_error(
			    n, "pool \"%s\" names board \"%s\", which no file declares", p->name,
			    p->boards[i]);
	}
	return NULL;
}

static void parse_pool_lists(const struct declarations *d, const struct config_map *m,
			     struct pool_config *p)
{
	struct {
		const char *key;
		const char ***list;
		size_t *count;
	} lists[] = {{"tags", &p->tags, &p->tags_count},
		     {"without_tags", &p->without_tags, &p->without_tags_count},
		     {"boards", &p->boards, &p->boards_count}};
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct config_node n = config_map_find(m, lists[i].key);
		doubt_list(d->problems, n, lists[i].key);
		problems_add(d->problems, parse_list(n, lists[i].list, lists[i].count));
	}
	problems_add(d->problems, check_members(d, config_map_find(m, "boards"), p));
}

static void parse_pool(const struct declarations *d, const struct config_pair *pair,
		       struct pool_config *p)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	p->name = pair->name;
	p->node = pair->key;
	if (problems_add(d->problems, config_map_init(&m, pair->value)))
		return;
	static const char *const known[] = {"description",  "bbml2",  "tags",
					    "without_tags", "boards", NULL};
	config_map_only_all(&m, known, d->problems);
	struct config_node v = config_map_find(&m, "description");
	if (config_is_set(v))
		problems_add(d->problems, config_string(v, &p->description));
	v = config_map_find(&m, "bbml2");
	p->by_bbml2 = config_is_set(v);
	if (p->by_bbml2)
		problems_add(d->problems, config_bool(v, &p->bbml2));
	parse_pool_lists(d, &m, p);
}

static void doubt_empty_pools(struct config_problems *problems, const struct boards_config *c)
{
	for (size_t i = 0; i < c->pools_count; i++) {
		size_t k = 0;
		while (k < c->boards_count && !pool_has(&c->pools[i], &c->boards[k]))
			k++;
		if (k == c->boards_count)
			problems_doubt(problems, c->pools[i].node,
				       "pool \"%s\" has no board, expected at least one",
				       c->pools[i].name);
	}
}

// ---- the whole ---------------------------------------------------------------------------------

static int compare_boards(const void *a, const void *b)
{
	return strcmp(((const struct board_config *)a)->name,
		      ((const struct board_config *)b)->name);
}

static int compare_pools(const void *a, const void *b)
{
	return strcmp(((const struct pool_config *)a)->name, ((const struct pool_config *)b)->name);
}

static void join_declarations(struct boards_config *c, const struct declarations *d)
{
	for (size_t i = 0; i < d->types_count; i++)
		check_type(d, &d->types[i]);
	size_t mistakes = d->problems->mistakes;
	c->boards = memory_new(d->boards_count, sizeof(*c->boards));
	for (size_t i = 0; i < d->boards_count; i++) {
		struct board_config *b = &c->boards[c->boards_count];
		size_t before = d->problems->mistakes;
		parse_board(d, &d->boards[i], b);
		if (d->problems->mistakes == before) {
			c->boards_count++;
		} else {
			board_config_deinit(b);
			*b = (struct board_config){.name = NULL};
		}
	}
	qsort(c->boards, c->boards_count, sizeof(*c->boards), compare_boards);
	c->pools = memory_new(d->pools_count, sizeof(*c->pools));
	for (size_t i = 0; i < d->pools_count; i++)
		parse_pool(d, &d->pools[i], &c->pools[c->pools_count++]);
	qsort(c->pools, c->pools_count, sizeof(*c->pools), compare_pools);
	if (d->problems->mistakes == mistakes) // else the boards may be among those left out
		doubt_empty_pools(d->problems, c);
}

void boards_load_all(const char *named, struct config_problems *problems,
		     struct boards_config **out)
{
	CLEANUP_FREE char *path = config_locate(named);
	struct boards_config *c = memory_new(1, sizeof(*c));
	struct declarations d = {.problems = problems};
	struct stat st;
	struct error *e = NULL;
	if (stat(path, &st) < 0)
		e = error_errno(ERROR_CONFIG, errno, "boards folder %s", path);
	else if (S_ISDIR(st.st_mode))
		e = collect_dir(c, path, &d);
	else
		e = collect_file(c, path, &d);
	problems_add(problems, e);
	join_declarations(c, &d);
	free(d.types);
	free(d.boards);
	free(d.pools);
	*out = c;
}

struct error *boards_load(const char *named, struct boards_config **out)
{
	CLEANUP_PROBLEMS struct config_problems problems = {0};
	CLEANUP_BOARDS struct boards_config *c = NULL;
	boards_load_all(named, &problems, &c);
	TRY(problems_first(&problems));
	*out = STEAL(c);
	return NULL;
}
