// SPDX-License-Identifier: GPL-2.0-or-later
// Inside of a config_file, for the files of this room only; everybody else includes config/node.h.
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <yaml.h>

#include "config/node.h"

struct config_file {
	char *name;
	char *base; // folder that relative paths in it start from
	yaml_document_t document;
	bool loaded;
};

static inline const yaml_node_t *config_yaml(struct config_node n)
{
	// libyaml's accessor takes a non-const document but only reads it.
	return yaml_document_get_node((yaml_document_t *)(uintptr_t)&n.file->document, n.id);
}

#endif
