// SPDX-License-Identifier: GPL-2.0-or-later
// Makes flattened device trees for tests, good ones and bad ones.
#ifndef UNIT_FIRMWARE_TREE_H
#define UNIT_FIRMWARE_TREE_H

#include <stddef.h>
#include <stdint.h>

#define TREE_MAX 32768

struct tree {
	uint8_t structure[TREE_MAX];
	size_t structure_size;
	char strings[TREE_MAX];
	size_t strings_size;
	uint64_t reservations[16][2];
	size_t reservation_count;
};

void tree_node(struct tree *tree, const char *name);
void tree_end(struct tree *tree);
void tree_bytes(struct tree *tree, const char *name, const void *value, size_t size);
void tree_text(struct tree *tree, const char *name, const char *value);
// 32-bit cells, `count` of them.
void tree_cells(struct tree *tree, const char *name, size_t count, const uint32_t *cells);
#define TREE_CELLS(tree, name, ...)                                                  \
	tree_cells(tree, name, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t), \
		   (const uint32_t[]){__VA_ARGS__})

// The blob, in exactly as much memory as it is long (free() it).
uint8_t *tree_blob(const struct tree *tree, size_t *size);

// A board as QEMU's `virt`: root with model, two CPUs, PSCI by hvc, 1 GiB at 1 GiB, a PL011 named
// by stdout-path through an alias, bootargs. The root is left open.
void tree_board(struct tree *tree);

#endif
