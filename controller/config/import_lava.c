// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/import_lava.h"

#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "config/import_lava_node.h"
#include "config/yaml.h"

#define NAME_MAX_LEN 64

static const yaml_node_t *yaml_of(struct config_node n)
{
	return config_is_set(n) ? config_yaml(n.file, n.id) : NULL;
}

// ---- nodes --------------------------------------------------------------------------------------

static struct config_node find_key(struct config_node map, const char *key, size_t len)
{
	const yaml_node_t *y = yaml_of(map);
	if (!y || y->type != YAML_MAPPING_NODE)
		return (struct config_node){0};
	for (yaml_node_pair_t *p = y->data.mapping.pairs.start; p < y->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *name = config_yaml(map.file, p->key);
		if (name->type == YAML_SCALAR_NODE && name->data.scalar.length == len &&
		    memcmp(name->data.scalar.value, key, len) == 0)
			return (struct config_node){map.file, p->value};
	}
	return (struct config_node){0};
}

struct config_node import_find(struct config_node map, const char *path)
{
	for (;;) {
		const char *end = strchrnul(path, '/');
		map = find_key(map, path, (size_t)(end - path));
		if (!*end || !config_is_set(map))
			return map;
		path = end + 1;
	}
}

bool import_is_list(struct config_node n)
{
	const yaml_node_t *y = yaml_of(n);
	return y && y->type == YAML_SEQUENCE_NODE;
}

size_t import_size(struct config_node n)
{
	const yaml_node_t *y = yaml_of(n);
	if (y && y->type == YAML_SEQUENCE_NODE)
		return (size_t)(y->data.sequence.items.top - y->data.sequence.items.start);
	if (y && y->type == YAML_MAPPING_NODE)
		return (size_t)(y->data.mapping.pairs.top - y->data.mapping.pairs.start);
	return 0;
}

struct config_node import_item(struct config_node list, size_t i)
{
	if (!import_is_list(list) || i >= import_size(list))
		return (struct config_node){0};
	return (struct config_node){list.file, yaml_of(list)->data.sequence.items.start[i]};
}

const char *import_key(struct config_node map, size_t i, struct config_node *value)
{
	const yaml_node_pair_t *p = yaml_of(map)->data.mapping.pairs.start + i;
	*value = (struct config_node){map.file, p->value};
	const yaml_node_t *key = config_yaml(map.file, p->key);
	return key->type == YAML_SCALAR_NODE ? (const char *)key->data.scalar.value : "";
}

// ---- what was taken -----------------------------------------------------------------------------

void import_init(struct import *in, const struct config_file *f, struct buffer *out,
		 struct config_problems *problems)
{
	*in = (struct import){.file = f, .out = out, .problems = problems};
	in->count = (size_t)(f->document.nodes.top - f->document.nodes.start) + 1;
	in->taken = memory_new(in->count, sizeof(*in->taken));
}

void import_deinit(struct import *in)
{
	free(in->taken);
}

const char *import_text(struct import *in, struct config_node n)
{
	const yaml_node_t *y = yaml_of(n);
	if (!y || y->type != YAML_SCALAR_NODE || y->data.scalar.length == 0 ||
	    memchr(y->data.scalar.value, '\0', y->data.scalar.length))
		return NULL;
	in->taken[n.id] = true;
	return (const char *)y->data.scalar.value;
}

void import_take(struct import *in, struct config_node n)
{
	if (config_is_set(n))
		in->taken[n.id] = true;
}

static bool any_taken(const struct import *in, struct config_node n)
{
	if (in->taken[n.id])
		return true;
	struct config_node value;
	for (size_t i = 0; i < import_size(n); i++) {
		value = import_item(n, i);
		if (!config_is_set(value))
			import_key(n, i, &value);
		if (any_taken(in, value))
			return true;
	}
	return false;
}

// Depth first; of what nobody took anything of only the top is told.
static void tell_rest(struct import *in, struct config_node n, const char *name)
{
	if (in->taken[n.id])
		return;
	if (import_size(n) == 0 || !any_taken(in, n)) {
		problems_doubt(in->problems, n, "%s: not taken", name);
		return;
	}
	for (size_t i = 0; i < import_size(n); i++) {
		struct config_node value = import_item(n, i);
		CLEANUP_FREE char *path =
		    config_is_set(value)
			? memory_printf("%s[%zu]", name, i)
			: memory_printf("%s%s%s", name, *name ? "." : "", import_key(n, i, &value));
		tell_rest(in, value, path);
	}
}

void import_tell_rest(struct import *in)
{
	tell_rest(in, config_file_root(in->file), "");
}

void import_put(struct import *in, const char *key, const char *text)
{
	buffer_append_str(in->out, key);
	config_dump_string(text, in->out);
	buffer_append_str(in->out, "\n");
}

// ---- files --------------------------------------------------------------------------------------

enum import_lava_kind import_lava_kind(const struct config_file *f)
{
	struct config_node actions = import_find(config_file_root(f), "actions");
	if (import_is_list(actions))
		return IMPORT_LAVA_JOB;
	return config_is_set(import_find(actions, "boot")) ||
		       config_is_set(import_find(actions, "deploy"))
		   ? IMPORT_LAVA_DEVICE
		   : IMPORT_LAVA_OTHER;
}

char *import_lava_name(const char *text)
{
	CLEANUP_BUFFER struct buffer out = {0};
	for (; *text && out.len < NAME_MAX_LEN; text++) {
		bool good = isalnum((unsigned char)*text) || (out.len && strchr("._-", *text));
		if (good)
			buffer_append(&out, text, 1);
		else if (out.len && out.data[out.len - 1] != '-')
			buffer_append(&out, "-", 1);
	}
	while (out.len && out.data[out.len - 1] == '-')
		buffer_truncate(&out, out.len - 1);
	return out.len ? buffer_steal(&out) : memory_strdup("lava");
}
