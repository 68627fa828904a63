// SPDX-License-Identifier: GPL-2.0-or-later
// Configuration back to YAML, for the snapshots that a run keeps of its job and board.
#include <string.h>

#include "text/utf8.h"
#include "config/yaml.h"
#include "config/node.h"

void config_dump_string(const char *s, struct buffer *out)
{
	size_t len = strlen(s);
	buffer_append_str(out, "\"");
	for (size_t i = 0; i < len;) {
		uint32_t c;
		bool ok;
		i += utf8_decode(s + i, len - i, &c, &ok);
		if (c == '"' || c == '\\')
			buffer_printf(out, "\\%c", (char)c);
		else if (c >= 0x20 && c < 0x7f)
			buffer_printf(out, "%c", (char)c);
		else if (c <= 0xffff)
			buffer_printf(out, "\\u%04x", c);
		else
			buffer_printf(out, "\\U%08x", c);
	}
	buffer_append_str(out, "\"");
}

void config_dump_list(const char *indent, const char *key, const char **items, size_t count,
		      struct buffer *out)
{
	if (!count)
		return;
	buffer_printf(out, "%s%s: [", indent, key);
	for (size_t i = 0; i < count; i++) {
		buffer_append_str(out, i ? ", " : "");
		config_dump_string(items[i], out);
	}
	buffer_append_str(out, "]\n");
}

// Flow style: no indentation to get wrong. Recursion is bounded by CONFIG_DEPTH_LIMIT, which was
// checked when the file was loaded.
static void dump_node(struct config_node n, struct buffer *out)
{
	const yaml_node_t *y = config_yaml(n.file, n.id);
	if (y->type == YAML_SCALAR_NODE) {
		config_dump_string((const char *)y->data.scalar.value, out);
		return;
	}
	if (y->type == YAML_SEQUENCE_NODE) {
		buffer_append_str(out, "[");
		for (yaml_node_item_t *i = y->data.sequence.items.start;
		     i < y->data.sequence.items.top; i++) {
			if (i > y->data.sequence.items.start)
				buffer_append_str(out, ", ");
			dump_node((struct config_node){n.file, *i}, out);
		}
		buffer_append_str(out, "]");
		return;
	}
	buffer_append_str(out, "{");
	for (yaml_node_pair_t *p = y->data.mapping.pairs.start; p < y->data.mapping.pairs.top;
	     p++) {
		if (p > y->data.mapping.pairs.start)
			buffer_append_str(out, ", ");
		dump_node((struct config_node){n.file, p->key}, out);
		buffer_append_str(out, ": ");
		dump_node((struct config_node){n.file, p->value}, out);
	}
	buffer_append_str(out, "}");
}

void config_dump_map(const struct config_map *m, unsigned indent, struct buffer *out)
{
	for (size_t i = 0; i < m->count; i++) {
		buffer_printf(out, "%*s", (int)indent, "");
		config_dump_string(m->pairs[i].name, out);
		buffer_append_str(out, ": ");
		dump_node(m->pairs[i].value, out);
		buffer_append_str(out, "\n");
	}
}
