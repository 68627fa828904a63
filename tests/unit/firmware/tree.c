// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/firmware/tree.h"

#include <stdlib.h>
#include <string.h>

static void put32(uint8_t *p, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void put64(uint8_t *p, uint64_t value)
{
	put32(p, (uint32_t)(value >> 32));
	put32(p + 4, (uint32_t)value);
}

static void add32(struct tree *tree, uint32_t value)
{
	put32(tree->structure + tree->structure_size, value);
	tree->structure_size += 4;
}

static void add_padded(struct tree *tree, const void *bytes, size_t size)
{
	memcpy(tree->structure + tree->structure_size, bytes, size);
	tree->structure_size += (size + 3) & ~(size_t)3;
}

void tree_node(struct tree *tree, const char *name)
{
	add32(tree, 1);
	add_padded(tree, name, strlen(name) + 1);
}

void tree_end(struct tree *tree)
{
	add32(tree, 2);
}

void tree_bytes(struct tree *tree, const char *name, const void *value, size_t size)
{
	add32(tree, 3);
	add32(tree, (uint32_t)size);
	add32(tree, (uint32_t)tree->strings_size);
	memcpy(tree->strings + tree->strings_size, name, strlen(name) + 1);
	tree->strings_size += strlen(name) + 1;
	if (size)
		add_padded(tree, value, size);
}

void tree_text(struct tree *tree, const char *name, const char *value)
{
	tree_bytes(tree, name, value, strlen(value) + 1);
}

void tree_cells(struct tree *tree, const char *name, size_t count, const uint32_t *cells)
{
	uint8_t bytes[256];
	for (size_t i = 0; i < count; i++)
		put32(bytes + 4 * i, cells[i]);
	tree_bytes(tree, name, bytes, 4 * count);
}

uint8_t *tree_blob(const struct tree *tree, size_t *size)
{
	size_t reservations = 40, structure = reservations + 16 * (tree->reservation_count + 1);
	size_t strings = structure + tree->structure_size + 4;
	*size = strings + tree->strings_size;
	uint8_t *blob = calloc(1, *size);
	const uint32_t header[10] = {0xd00dfeed,
				     (uint32_t)*size,
				     (uint32_t)structure,
				     (uint32_t)strings,
				     (uint32_t)reservations,
				     17,
				     16,
				     0,
				     (uint32_t)tree->strings_size,
				     (uint32_t)tree->structure_size + 4};
	for (size_t i = 0; i < 10; i++)
		put32(blob + 4 * i, header[i]);
	for (size_t i = 0; i < tree->reservation_count; i++) {
		put64(blob + reservations + 16 * i, tree->reservations[i][0]);
		put64(blob + reservations + 16 * i + 8, tree->reservations[i][1]);
	}
	memcpy(blob + structure, tree->structure, tree->structure_size);
	put32(blob + strings - 4, 9);
	memcpy(blob + strings, tree->strings, tree->strings_size);
	return blob;
}

static void add_cpu(struct tree *tree, const char *name, uint32_t affinity)
{
	tree_node(tree, name);
	tree_text(tree, "device_type", "cpu");
	tree_text(tree, "enable-method", "psci");
	TREE_CELLS(tree, "reg", affinity);
	tree_end(tree);
}

void tree_board(struct tree *tree)
{
	memset(tree, 0, sizeof(*tree));
	tree_node(tree, "");
	TREE_CELLS(tree, "#address-cells", 2);
	TREE_CELLS(tree, "#size-cells", 2);
	tree_text(tree, "model", "linux,dummy-virt");
	tree_node(tree, "psci");
	tree_bytes(tree, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
	tree_text(tree, "method", "hvc");
	tree_end(tree);
	tree_node(tree, "memory@40000000");
	tree_text(tree, "device_type", "memory");
	TREE_CELLS(tree, "reg", 0, 0x40000000, 0, 0x40000000);
	tree_end(tree);
	tree_node(tree, "cpus");
	TREE_CELLS(tree, "#address-cells", 1);
	TREE_CELLS(tree, "#size-cells", 0);
	add_cpu(tree, "cpu@0", 0);
	add_cpu(tree, "cpu@1", 0x100);
	tree_end(tree);
	tree_node(tree, "pl011@9000000");
	tree_bytes(tree, "compatible", "arm,pl011\0arm,primecell", 24);
	TREE_CELLS(tree, "reg", 0, 0x9000000, 0, 0x1000);
	tree_end(tree);
	tree_node(tree, "aliases");
	tree_text(tree, "serial0", "/pl011@9000000");
	tree_end(tree);
	tree_node(tree, "chosen");
	tree_text(tree, "stdout-path", "serial0:115200n8");
	tree_text(tree, "bootargs", "order=premap");
	tree_end(tree);
}
