// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/yaml.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/locate.h"
#include "config/node.h"
#include "config/problems.h"
#include "text/utf8.h"

const char *config_file_name(const struct config_file *f)
{
	return f->name;
}

struct config_node config_file_root(const struct config_file *f)
{
	return (struct config_node){f, 1};
}

void config_file_free(struct config_file *f)
{
	if (!f)
		return;
	if (f->loaded)
		yaml_document_delete(&f->document);
	free(f->name);
	free(f->base);
	free(f);
}

// Whether the line with this number (from 0) has a tab ahead of its first word. *column: where.
static bool is_indented_by_tab(const char *text, const char *end, size_t line, size_t *column)
{
	for (; line > 0; line--) {
		text = memchr(text, '\n', (size_t)(end - text));
		if (!text)
			return false;
		text++;
	}
	const char *c = text;
	while (c < end && *c == ' ')
		c++;
	*column = (size_t)(c - text);
	return c < end && *c == '\t';
}

static struct error *parser_error(const char *name, const yaml_parser_t *p)
{
	const yaml_mark_t *at = p->problem_mark.line || p->problem_mark.column || !p->context
				    ? &p->problem_mark
				    : &p->context_mark;
	const char *problem = p->problem ? p->problem : "not YAML";
	if (p->error == YAML_READER_ERROR)
		return error_new_at(ERROR_CONFIG, name, 1, 1, "%s at byte %zu, expected UTF-8 text",
				    problem, p->problem_offset);
	size_t column = 0;
	const char *text = (const char *)p->input.string.start;
	if (is_indented_by_tab(text, (const char *)p->input.string.end, at->line, &column))
		return error_new_at(ERROR_CONFIG, name, at->line + 1, column + 1,
				    "a tab in the indentation, expected blanks");
	return error_new_at(ERROR_CONFIG, name, at->line + 1, at->column + 1, "%s%s%s", problem,
			    p->context ? ", " : "", p->context ? p->context : "");
}

// Depth first over the document; also refuses cycles, since a cycle is infinitely deep.
static struct error *check_node(const struct config_file *f, int id, int depth, size_t *budget)
{
	struct config_node n = {f, id};
	const yaml_node_t *y = config_yaml(n.file, n.id);
	if (depth > CONFIG_DEPTH_LIMIT)
		return config_error(n, "nested deeper than %d levels", CONFIG_DEPTH_LIMIT);
	if ((*budget)-- == 0)
		return config_error(n, "more values than a configuration file may hold");
	if (y->type == YAML_SEQUENCE_NODE) {
		for (yaml_node_item_t *i = y->data.sequence.items.start;
		     i < y->data.sequence.items.top; i++)
			TRY(check_node(f, *i, depth + 1, budget));
		return NULL;
	}
	if (y->type != YAML_MAPPING_NODE)
		return NULL;
	if (y->data.mapping.pairs.top - y->data.mapping.pairs.start > CONFIG_KEYS_LIMIT)
		return config_error(n, "more than %d keys in one mapping", CONFIG_KEYS_LIMIT);
	for (yaml_node_pair_t *p = y->data.mapping.pairs.start; p < y->data.mapping.pairs.top;
	     p++) {
		const char *name;
		TRY(config_string((struct config_node){f, p->key}, &name));
		for (yaml_node_pair_t *q = y->data.mapping.pairs.start; q < p; q++) {
			const yaml_node_t *other = config_yaml(f, q->key);
			if (strcmp((const char *)other->data.scalar.value, name) == 0)
				return config_error((struct config_node){f, p->key},
						    "key \"%s\" a second time (first on line %zu)",
						    name, other->start_mark.line + 1);
		}
		TRY(check_node(f, p->value, depth + 1, budget));
	}
	return NULL;
}

static struct error *reject_second_document(const char *name, yaml_parser_t *p)
{
	yaml_document_t extra;
	if (!yaml_parser_load(p, &extra))
		return parser_error(name, p);
	struct error *e = NULL;
	if (yaml_document_get_root_node(&extra))
		e = error_new_at(ERROR_CONFIG, name, extra.start_mark.line + 1, 1,
				 "a second document, expected one a file");
	yaml_document_delete(&extra);
	return e;
}

static struct error *set_base(struct config_file *f)
{
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	TRY(config_map_init(&top, config_file_root(f)));
	struct config_node base = config_map_find(&top, "base");
	if (!config_is_set(base)) {
		f->base = path_dir(f->name);
		return NULL;
	}
	const char *text;
	TRY(config_string(base, &text));
	if (text[0] != '/')
		return config_error(base, "base \"%s\" is relative, expected an absolute folder",
				    text);
	f->base = memory_strdup(text);
	return NULL;
}

// libyaml's time grows with the square of the nesting, so that is bounded before the document is
// built. Syntax errors are left to the pass that follows.
static struct error *check_depth(const char *name, const void *bytes, size_t len)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return error_new(ERROR_SYSTEM, "%s: no memory for the YAML parser", name);
	yaml_parser_set_input_string(&parser, bytes, len);
	struct error *e = NULL;
	int depth = 0;
	for (bool more = true; more && !e;) {
		yaml_event_t event;
		if (!yaml_parser_parse(&parser, &event))
			break;
		depth += event.type == YAML_SEQUENCE_START_EVENT ||
			 event.type == YAML_MAPPING_START_EVENT;
		depth -=
		    event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
		if (depth > CONFIG_DEPTH_LIMIT)
			e = error_new_at(ERROR_CONFIG, name, event.start_mark.line + 1,
					 event.start_mark.column + 1,
					 "nested deeper than %d levels", CONFIG_DEPTH_LIMIT);
		more = event.type != YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return e;
}

static struct error *load_document(struct config_file *f, yaml_parser_t *p)
{
	if (!yaml_parser_load(p, &f->document))
		return parser_error(f->name, p);
	f->loaded = true;
	if (!yaml_document_get_root_node(&f->document))
		return error_new_at(ERROR_CONFIG, f->name, 1, 1, "empty file, expected a mapping");
	TRY(reject_second_document(f->name, p));
	size_t budget = 100000;
	TRY(check_node(f, 1, 0, &budget));
	return set_base(f);
}

struct error *config_file_parse(const char *name, const void *bytes, size_t len,
				struct config_file **out)
{
	if (!utf8_valid(name, strlen(name)))
		return error_new(ERROR_CONFIG,
				 "a configuration file's name that is not UTF-8 text");
	CLEANUP_CONFIG_FILE struct config_file *f = memory_new(1, sizeof(*f));
	f->name = memory_strdup(name);
	TRY(check_depth(name, bytes, len));
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return error_new(ERROR_SYSTEM, "%s: no memory for the YAML parser", name);
	yaml_parser_set_input_string(&parser, bytes, len);
	struct error *e = load_document(f, &parser);
	yaml_parser_delete(&parser);
	if (e)
		return e;
	*out = STEAL(f);
	return NULL;
}

static int is_yaml_name(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);
	return len > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

struct error *config_list_files(const char *named, char ***paths, size_t *count)
{
	CLEANUP_FREE char *dir = config_locate(named);
	struct dirent **names = NULL;
	int found = scandir(dir, &names, is_yaml_name, alphasort);
	if (found < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", dir);
	char **list = NULL;
	size_t n = 0;
	for (int i = 0; i < found; i++) {
		ARRAY_APPEND(list, n, path_join(dir, names[i]->d_name));
		free(names[i]);
	}
	free(names);
	*paths = list;
	*count = n;
	return NULL;
}

struct error *config_file_load(const char *path, struct config_file **out)
{
	return config_file_load_doubting(path, NULL, out);
}

struct error *config_file_load_doubting(const char *path, struct config_problems *problems,
					struct config_file **out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read(path, CONFIG_FILE_LIMIT, ERROR_CONFIG, &text));
	if (strstr(buffer_str(&text), "\r\n"))
		problems_doubt_file(problems, path,
				    "lines end in CR LF, expected LF: another system's editor; "
				    "passwords and programs beside it may have them too");
	return config_file_parse(path, buffer_str(&text), text.len, out);
}
