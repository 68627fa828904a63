// SPDX-License-Identifier: GPL-2.0-or-later
// The inside of a config_file, for the files of this room only; everybody else includes config/node.h.
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>

struct config_file {
	char *name;
	char *base; // folder that relative paths in it start from
	yaml_document_t document;
	bool loaded;
};

// libyaml's node with this number, from 1; it belongs to the file.
static inline const yaml_node_t *config_yaml(const struct config_file *f, int id)
{
	// libyaml's accessor takes a non-const document but only reads it.
	return yaml_document_get_node((yaml_document_t *)(uintptr_t)&f->document, id);
}

#endif
