// SPDX-License-Identifier: GPL-2.0-or-later
// Reads a flattened device tree (Devicetree Specification v0.4, chapter 5) that nobody has vouched
// for: no offset, length or string in it is believed before it is checked against the blob's end.
//
// Nodes come in the order of the blob, each with all its properties; what a node inherits (cell
// counts, address translation) is kept along the way. A broken tree ends the walk early, with
// everything before the damage already delivered.
#ifndef FIRMWARE_BOARD_FDT_H
#define FIRMWARE_BOARD_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FDT_HEADER    40 // bytes
#define FDT_DEPTH_MAX 16
#define FDT_PATH_MAX  256
#define FDT_SIZE_MAX  0x200000 // the arm64 boot protocol allows 2 MiB

struct fdt {
	const uint8_t *blob;
	uint32_t size;
	uint32_t structure, structure_end;
	uint32_t strings, strings_end;
	uint32_t reservations;
};

struct fdt_property {
	const char *name;     // NUL-ended inside the blob
	const uint8_t *value; // `size` bytes inside the blob, not aligned
	uint32_t size;
};

// Checks the header of the blob, of which `limit` bytes may be read. Returns NULL, or what is
// wrong.
const char *fdt_open(struct fdt *fdt, const void *blob, size_t limit);

// Entry `index` of the memory reservation block; false behind the last.
bool fdt_reservation(const struct fdt *fdt, unsigned int index, uint64_t *address, uint64_t *size);

// What children of a node inherit.
struct fdt_bus {
	uint32_t address_cells, size_cells;
	struct fdt_property ranges; // name NULL: no such property, addresses do not translate
	uint32_t path_length;
};

struct fdt_walk {
	const struct fdt *fdt;
	uint32_t at;    // next token
	uint32_t depth; // of the current node; 0: the root; counts from 1 inside
	struct fdt_bus bus[FDT_DEPTH_MAX + 1];
	char path[FDT_PATH_MAX]; // of the current node: "/soc/serial@1000", "/" for the root
	const char *problem;     // why the walk ended early, NULL otherwise
};

// The current node: where its properties begin.
struct fdt_node {
	const struct fdt_walk *walk;
	const char *name; // "serial@1000", "" for the root
	uint32_t depth;   // 0: the root
	uint32_t properties;
};

void fdt_walk_start(struct fdt_walk *walk, const struct fdt *fdt);

// Moves to the next node. False at the end of the tree and when it is broken (walk->problem).
// `node` is valid until the next call.
bool fdt_walk_next(struct fdt_walk *walk, struct fdt_node *node);

// Finds a property. Returns false, with *property all zero, when the node has none of that name.
bool fdt_find(const struct fdt_node *node, const char *name, struct fdt_property *property);

// The property as text: a NUL-ended string inside the blob, NULL when absent or not a string.
const char *fdt_text(const struct fdt_node *node, const char *name);

// One 32-bit cell; `otherwise` when absent or of another size.
uint32_t fdt_cell(const struct fdt_node *node, const char *name, uint32_t otherwise);

// Entry `index` of `reg`, translated to CPU addresses through the `ranges` of all parents. False
// behind the last entry and when an address does not translate.
bool fdt_reg(const struct fdt_node *node, unsigned int index, uint64_t *address, uint64_t *size);

// Whether `status` is absent, "okay" or "ok".
bool fdt_enabled(const struct fdt_node *node);

// Whether one of the strings of `compatible` is `name`.
bool fdt_compatible(const struct fdt_node *node, const char *name);

#endif
