// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/boards.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/locate.h"
#include "config/yaml.h"

// All files' declarations before boards are joined with their types.
struct declarations {
	struct config_pair *types;
	size_t types_count;
	struct config_pair *boards;
	size_t boards_count;
	struct config_pair *pools;
	size_t pools_count;
};

static const char *const section_keys[] = {"console", "power", "boot"};

static void board_deinit(struct board_config *b)
{
	free(b->tags);
	free(b->compatible);
	literals_deinit(&b->detect);
	config_map_deinit(&b->console);
	config_map_deinit(&b->power);
	config_map_deinit(&b->boot);
}

void boards_free(struct boards_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->boards_count; i++)
		board_deinit(&c->boards[i]);
	for (size_t i = 0; i < c->pools_count; i++) {
		free(c->pools[i].tags);
		free(c->pools[i].without_tags);
		free(c->pools[i].boards);
	}
	for (size_t i = 0; i < c->files_count; i++)
		config_file_free(c->files[i]);
	free(c->boards);
	free(c->pools);
	free(c->files);
	free(c);
}

// ---- collecting --------------------------------------------------------------------------------

static struct error *collect_kind(const struct config_map *top, const char *kind,
				  struct config_pair **items, size_t *count)
{
	struct config_node n = config_map_find(top, kind);
	if (!config_is_set(n))
		return NULL;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	for (size_t i = 0; i < m.count; i++) {
		const char *name;
		TRY(config_name(m.pairs[i].key, &name));
		for (size_t k = 0; k < *count; k++) {
			if (strcmp((*items)[k].name, name) != 0)
				continue;
			struct config_node first = (*items)[k].key;
			return config_error(
			    m.pairs[i].key,
			    "\"%s\" is declared a second time in %s (first: %s:%zu)", name, kind,
			    config_file_name(first.file),
			    config_yaml(first.file, first.id)->start_mark.line + 1);
		}
		ARRAY_APPEND(*items, *count, m.pairs[i]);
	}
	return NULL;
}

static struct error *collect_file(struct boards_config *c, const char *path, struct declarations *d)
{
	struct config_file *f = NULL;
	TRY(config_file_load(path, &f));
	ARRAY_APPEND(c->files, c->files_count, f);
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	TRY(config_map_init(&top, config_file_root(f)));
	static const char *const known[] = {"types", "boards", "pools", "base", NULL};
	TRY(config_map_only(&top, known));
	TRY(collect_kind(&top, "types", &d->types, &d->types_count));
	TRY(collect_kind(&top, "boards", &d->boards, &d->boards_count));
	return collect_kind(&top, "pools", &d->pools, &d->pools_count);
}

static struct error *collect_dir(struct boards_config *c, const char *dir, struct declarations *d)
{
	char **paths = NULL;
	size_t count = 0;
	TRY(config_list_files(dir, &paths, &count));
	struct error *e =
	    count ? NULL : error_new(ERROR_CONFIG, "%s: no *.yaml file in this folder", dir);
	for (size_t i = 0; i < count; i++) {
		if (!e)
			e = collect_file(c, paths[i], d);
		free(paths[i]);
	}
	free(paths);
	return e;
}

// ---- board types and boards --------------------------------------------------------------------

static struct error *parse_cpu(struct config_node n, struct cpu_config *cpu)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"name", "midr", "bbm", "bbml2", NULL};
	TRY(config_map_only(&m, known));
	struct config_node v;
	int64_t number;
	TRY(config_map_need(&m, "name", &v));
	TRY(config_string(v, &cpu->name));
	TRY(config_map_need(&m, "midr", &v));
	TRY(config_integer(v, 1, UINT32_MAX, &number));
	cpu->midr = (uint32_t)number;
	TRY(config_map_need(&m, "bbml2", &v));
	TRY(config_bool(v, &cpu->bbml2));
	cpu->bbm = -1;
	v = config_map_find(&m, "bbm");
	if (config_is_set(v)) {
		TRY(config_integer(v, 0, 15, &number));
		cpu->bbm = (int)number;
	}
	return NULL;
}

// A section of the board over the same section of its type; another driver starts afresh.
static struct error *join_section(const struct config_map *type, const struct config_map *board,
				  const char *key, struct config_map *out)
{
	struct config_node below = config_map_find(type, key);
	struct config_node above = config_map_find(board, key);
	if (!config_is_set(below) && !config_is_set(above))
		return config_error(board->node, "neither the board nor its type has a \"%s\"",
				    key);
	if (!config_is_set(above))
		return config_map_init(out, below);
	TRY(config_map_init(out, above));
	if (!config_is_set(below) || config_is_set(config_map_find(out, "driver")))
		return NULL;
	config_map_deinit(out);
	TRY(config_map_init(out, below));
	return config_map_overlay(out, above);
}

static struct error *parse_optional_strings(const struct config_map *m, const char *key,
					    const char ***out, size_t *count)
{
	struct config_node n = config_map_find(m, key);
	return config_is_set(n) ? config_strings(n, out, count) : NULL;
}

static struct error *parse_sections(const struct config_map *type, const struct config_map *own,
				    struct board_config *b)
{
	struct config_map *const sections[] = {&b->console, &b->power, &b->boot};
	for (size_t i = 0; i < 3; i++)
		TRY(join_section(type, own, section_keys[i], sections[i]));
	return NULL;
}

static struct error *parse_board(const struct declarations *d, const struct config_pair *pair,
				 struct board_config *b)
{
	CLEANUP_CONFIG_MAP struct config_map own = {0};
	TRY(config_map_init(&own, pair->value));
	static const char *const known[] = {"type",  "description", "tags", "console",
					    "power", "boot",        NULL};
	TRY(config_map_only(&own, known));
	struct config_node v;
	TRY(config_map_need(&own, "type", &v));
	b->name = pair->name;
	b->node = pair->key;
	TRY(config_name(v, &b->type));

	const struct config_pair *found = NULL;
	for (size_t i = 0; i < d->types_count; i++)
		if (strcmp(d->types[i].name, b->type) == 0)
			found = &d->types[i];
	if (!found)
		return config_error(v, "board \"%s\" is of type \"%s\", which no file declares",
				    b->name, b->type);
	CLEANUP_CONFIG_MAP struct config_map type = {0};
	TRY(config_map_init(&type, found->value));

	v = config_map_find(&own, "description");
	if (!config_is_set(v))
		v = config_map_find(&type, "description");
	if (config_is_set(v))
		TRY(config_string(v, &b->description));
	TRY(parse_optional_strings(&type, "compatible", &b->compatible, &b->compatible_count));
	TRY(parse_optional_strings(&own, "tags", &b->tags, &b->tags_count));
	TRY(config_map_need(&type, "cpu", &v));
	TRY(parse_cpu(v, &b->cpu));
	v = config_map_find(&type, "detect");
	if (config_is_set(v))
		TRY(literals_parse(v, &b->detect));
	return parse_sections(&type, &own, b);
}

// Types that no board uses are checked as well: a typo should not wait for its first board.
static struct error *check_type(const struct config_pair *pair)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, pair->value));
	static const char *const known[] = {"description", "compatible", "cpu",    "console",
					    "power",       "boot",       "detect", NULL};
	TRY(config_map_only(&m, known));
	struct config_node v;
	struct cpu_config cpu;
	CLEANUP_LITERALS struct literals detect = {0};
	TRY(config_map_need(&m, "cpu", &v));
	TRY(parse_cpu(v, &cpu));
	v = config_map_find(&m, "detect");
	return config_is_set(v) ? literals_parse(v, &detect) : NULL;
}

// ---- pools -------------------------------------------------------------------------------------

static struct error *parse_pool(const struct boards_config *c, const struct config_pair *pair,
				struct pool_config *p)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, pair->value));
	static const char *const known[] = {"description",  "bbml2",  "tags",
					    "without_tags", "boards", NULL};
	TRY(config_map_only(&m, known));
	p->name = pair->name;
	p->node = pair->key;
	struct config_node v = config_map_find(&m, "description");
	if (config_is_set(v))
		TRY(config_string(v, &p->description));
	v = config_map_find(&m, "bbml2");
	p->by_bbml2 = config_is_set(v);
	if (p->by_bbml2)
		TRY(config_bool(v, &p->bbml2));
	TRY(parse_optional_strings(&m, "tags", &p->tags, &p->tags_count));
	TRY(parse_optional_strings(&m, "without_tags", &p->without_tags, &p->without_tags_count));
	TRY(parse_optional_strings(&m, "boards", &p->boards, &p->boards_count));
	for (size_t i = 0; i < p->boards_count; i++)
		if (!boards_find(c, p->boards[i]))
			return config_error(
			    config_map_find(&m, "boards"),
			    "pool \"%s\" names board \"%s\", which no file declares", p->name,
			    p->boards[i]);
	return NULL;
}

static bool has_word(const char **words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

bool pool_has(const struct pool_config *p, const struct board_config *b)
{
	if (p->by_bbml2 && p->bbml2 != b->cpu.bbml2)
		return false;
	for (size_t i = 0; i < p->tags_count; i++)
		if (!has_word(b->tags, b->tags_count, p->tags[i]))
			return false;
	for (size_t i = 0; i < p->without_tags_count; i++)
		if (has_word(b->tags, b->tags_count, p->without_tags[i]))
			return false;
	return !p->boards || has_word(p->boards, p->boards_count, b->name);
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

static struct error *join_declarations(struct boards_config *c, const struct declarations *d)
{
	for (size_t i = 0; i < d->types_count; i++)
		TRY(check_type(&d->types[i]));
	c->boards = memory_new(d->boards_count, sizeof(*c->boards));
	for (size_t i = 0; i < d->boards_count; i++) {
		c->boards_count = i + 1; // counted first, so that a half-read one is freed too
		TRY(parse_board(d, &d->boards[i], &c->boards[i]));
	}
	qsort(c->boards, c->boards_count, sizeof(*c->boards), compare_boards);
	c->pools = memory_new(d->pools_count, sizeof(*c->pools));
	for (size_t i = 0; i < d->pools_count; i++) {
		c->pools_count = i + 1;
		TRY(parse_pool(c, &d->pools[i], &c->pools[i]));
	}
	qsort(c->pools, c->pools_count, sizeof(*c->pools), compare_pools);
	return NULL;
}

struct error *boards_load(const char *named, struct boards_config **out)
{
	CLEANUP_FREE char *path = config_locate(named);
	CLEANUP_BOARDS struct boards_config *c = memory_new(1, sizeof(*c));
	struct declarations d = {0};
	struct stat st;
	struct error *e = NULL;
	if (stat(path, &st) < 0)
		e = error_errno(ERROR_CONFIG, errno, "boards folder %s", path);
	else if (S_ISDIR(st.st_mode))
		e = collect_dir(c, path, &d);
	else
		e = collect_file(c, path, &d);
	if (!e)
		e = join_declarations(c, &d);
	free(d.types);
	free(d.boards);
	free(d.pools);
	if (e)
		return e;
	*out = STEAL(c);
	return NULL;
}

const struct board_config *boards_find(const struct boards_config *c, const char *name)
{
	for (size_t i = 0; i < c->boards_count; i++)
		if (strcmp(c->boards[i].name, name) == 0)
			return &c->boards[i];
	return NULL;
}

const struct pool_config *boards_find_pool(const struct boards_config *c, const char *name)
{
	for (size_t i = 0; i < c->pools_count; i++)
		if (strcmp(c->pools[i].name, name) == 0)
			return &c->pools[i];
	return NULL;
}

// ---- snapshot ----------------------------------------------------------------------------------

void board_config_dump(const struct board_config *b, const char *pool, struct buffer *out)
{
	CLEANUP_FREE char *base = config_base(b->node);
	buffer_append_str(out, "# the board as it was declared when the run was made\nbase: ");
	config_dump_string(base, out);
	buffer_printf(out, "\ntypes:\n  %s:\n", b->type);
	if (b->description) {
		buffer_append_str(out, "    description: ");
		config_dump_string(b->description, out);
		buffer_append_str(out, "\n");
	}
	config_dump_list("    ", "compatible", b->compatible, b->compatible_count, out);
	buffer_append_str(out, "    cpu: {name: ");
	config_dump_string(b->cpu.name, out);
	buffer_printf(out, ", midr: 0x%08x", b->cpu.midr);
	if (b->cpu.bbm >= 0)
		buffer_printf(out, ", bbm: %d", b->cpu.bbm);
	buffer_printf(out, ", bbml2: %s}\n", b->cpu.bbml2 ? "true" : "false");
	literals_dump("    ", &b->detect, out);
	const struct config_map *const sections[] = {&b->console, &b->power, &b->boot};
	for (size_t i = 0; i < 3; i++) {
		buffer_printf(out, "    %s:\n", section_keys[i]);
		config_dump_map(sections[i], 6, out);
	}
	buffer_printf(out, "boards:\n  %s:\n    type: %s\n", b->name, b->type);
	config_dump_list("    ", "tags", b->tags, b->tags_count, out);
	buffer_printf(out, "pools:\n  %s: {boards: [\"%s\"]}\n", pool, b->name);
}
