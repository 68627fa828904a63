// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/fdt.h"

#include <string.h>

#define FDT_MAGIC       0xd00dfeed
#define FDT_VERSION_MIN 16 // last_comp_version of every tree made since 2005
#define FDT_BEGIN_NODE  1
#define FDT_END_NODE    2
#define FDT_PROP        3
#define FDT_NOP         4
#define FDT_END         9

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t be64(const uint8_t *p)
{
	return (uint64_t)be32(p) << 32 | be32(p + 4);
}

const char *fdt_open(struct fdt *fdt, const void *blob, size_t limit)
{
	const uint8_t *p = blob;
	if (!p)
		return "no device tree";
	if (limit < FDT_HEADER)
		return "device tree shorter than its header";
	if (be32(p) != FDT_MAGIC)
		return "device tree has no magic number";
	uint32_t total = be32(p + 4);
	if (total < FDT_HEADER || total > FDT_SIZE_MAX || total > limit)
		return "device tree claims an impossible size";
	if (be32(p + 20) < FDT_VERSION_MIN || be32(p + 24) > 17)
		return "device tree of an unknown version";
	uint32_t structure = be32(p + 8), strings = be32(p + 12), reservations = be32(p + 16);
	if (structure < FDT_HEADER || structure >= total || structure % 4)
		return "device tree has its structure outside of it";
	if (strings < FDT_HEADER || strings > total)
		return "device tree has its strings outside of it";
	uint32_t strings_size = be32(p + 32);
	// Version 16 does not give the size of the structure: it may reach to the end.
	uint32_t structure_size = be32(p + 20) >= 17 ? be32(p + 36) : total - structure;
	if (structure_size > total - structure)
		structure_size = total - structure;
	if (strings_size > total - strings)
		strings_size = total - strings;
	*fdt = (struct fdt){
	    .blob = p,
	    .size = total,
	    .structure = structure,
	    .structure_end = structure + structure_size,
	    .strings = strings,
	    .strings_end = strings + strings_size,
	    .reservations = reservations,
	};
	return NULL;
}

bool fdt_reservation(const struct fdt *fdt, unsigned int index, uint64_t *address, uint64_t *size)
{
	uint64_t at = fdt->reservations + (uint64_t)index * 16;
	if (fdt->reservations < FDT_HEADER || at + 16 > fdt->size)
		return false;
	*address = be64(fdt->blob + at);
	*size = be64(fdt->blob + at + 8);
	return *address || *size;
}

// The NUL-ended string at `at`; NULL when it runs into `end`.
static const char *string_at(const struct fdt *fdt, uint32_t at, uint32_t end)
{
	for (uint32_t i = at; i < end; i++)
		if (!fdt->blob[i])
			return (const char *)fdt->blob + at;
	return NULL;
}

static uint32_t align4(uint32_t x)
{
	return (x + 3) & ~UINT32_C(3);
}

enum token {
	TOKEN_NODE,
	TOKEN_NODE_END,
	TOKEN_PROPERTY,
	TOKEN_END,
	TOKEN_BROKEN,
};

// Reads the token at *at and moves *at behind it. `property` carries a node's name, too.
static enum token token_read(const struct fdt *fdt, uint32_t *at, struct fdt_property *property)
{
	for (;;) {
		if (*at > fdt->structure_end || fdt->structure_end - *at < 4)
			return TOKEN_BROKEN;
		uint32_t tag = be32(fdt->blob + *at);
		uint32_t next = *at + 4;
		switch (tag) {
		case FDT_NOP:
			*at = next;
			continue;
		case FDT_END:
			return TOKEN_END;
		case FDT_END_NODE:
			*at = next;
			return TOKEN_NODE_END;
		case FDT_BEGIN_NODE:
			property->name = string_at(fdt, next, fdt->structure_end);
			if (!property->name)
				return TOKEN_BROKEN;
			*at = align4(next + (uint32_t)strlen(property->name) + 1);
			return TOKEN_NODE;
		case FDT_PROP: {
			if (fdt->structure_end - next < 8)
				return TOKEN_BROKEN;
			uint32_t size = be32(fdt->blob + next);
			uint32_t name = be32(fdt->blob + next + 4);
			next += 8;
			if (size > fdt->structure_end - next ||
			    name >= fdt->strings_end - fdt->strings)
				return TOKEN_BROKEN;
			property->name = string_at(fdt, fdt->strings + name, fdt->strings_end);
			if (!property->name)
				return TOKEN_BROKEN;
			property->value = fdt->blob + next;
			property->size = size;
			*at = align4(next + size);
			return TOKEN_PROPERTY;
		}
		default:
			return TOKEN_BROKEN;
		}
	}
}

void fdt_walk_start(struct fdt_walk *walk, const struct fdt *fdt)
{
	memset(walk, 0, sizeof(*walk));
	walk->fdt = fdt;
	walk->at = fdt->structure;
	// The root is the child of a bus without bounds, whose addresses are the CPU's.
	walk->bus[0] = (struct fdt_bus){.address_cells = 2, .size_cells = 1};
}

// Appends "/name" to the parent's path. A path that does not fit is cut: it then matches nothing.
static void path_push(struct fdt_walk *walk, const char *name)
{
	uint32_t length = walk->bus[walk->depth].path_length;
	if (walk->depth == 0) {
		memcpy(walk->path, "/", 2);
		walk->bus[1].path_length = 0;
		return;
	}
	size_t room = FDT_PATH_MAX - 1 - length;
	if (room > 0) {
		walk->path[length++] = '/';
		size_t size = strlen(name);
		if (size > room - 1)
			size = room - 1;
		memcpy(walk->path + length, name, size);
		length += (uint32_t)size;
	}
	walk->path[length] = '\0';
	walk->bus[walk->depth + 1].path_length = length;
}

static void bus_enter(struct fdt_walk *walk, const struct fdt_node *node)
{
	struct fdt_bus *bus = &walk->bus[walk->depth + 1];
	bus->address_cells = fdt_cell(node, "#address-cells", 2);
	bus->size_cells = fdt_cell(node, "#size-cells", 1);
	fdt_find(node, "ranges", &bus->ranges);
}

bool fdt_walk_next(struct fdt_walk *walk, struct fdt_node *node)
{
	for (;;) {
		struct fdt_property token = {0};
		switch (token_read(walk->fdt, &walk->at, &token)) {
		case TOKEN_PROPERTY: // of the node delivered last: fdt_find has its own eyes
			continue;
		case TOKEN_NODE:
			if (walk->depth == FDT_DEPTH_MAX) {
				walk->problem = "device tree nests too deep";
				return false;
			}
			path_push(walk, token.name);
			*node = (struct fdt_node){
			    .walk = walk,
			    .name = token.name,
			    .depth = walk->depth,
			    .properties = walk->at,
			};
			bus_enter(walk, node);
			walk->depth++;
			return true;
		case TOKEN_NODE_END:
			if (walk->depth == 0) {
				walk->problem = "device tree closes a node that was never opened";
				return false;
			}
			walk->depth--;
			continue;
		case TOKEN_END:
			if (walk->depth)
				walk->problem = "device tree ends inside a node";
			return false;
		case TOKEN_BROKEN:
		default:
			walk->problem = "device tree is cut short or damaged";
			return false;
		}
	}
}

bool fdt_find(const struct fdt_node *node, const char *name, struct fdt_property *property)
{
	uint32_t at = node->properties;
	struct fdt_property found = {0};
	while (token_read(node->walk->fdt, &at, &found) == TOKEN_PROPERTY) {
		if (!strcmp(found.name, name)) {
			*property = found;
			return true;
		}
	}
	*property = (struct fdt_property){0};
	return false;
}

const char *fdt_text(const struct fdt_node *node, const char *name)
{
	struct fdt_property property;
	if (!fdt_find(node, name, &property) || !property.size ||
	    property.value[property.size - 1] != '\0')
		return NULL;
	return (const char *)property.value;
}

uint32_t fdt_cell(const struct fdt_node *node, const char *name, uint32_t otherwise)
{
	struct fdt_property property;
	if (!fdt_find(node, name, &property) || property.size != 4)
		return otherwise;
	return be32(property.value);
}

// `cells` cells as a number; false when they do not make a 64-bit one.
static bool cells_read(const uint8_t *p, uint32_t cells, uint64_t *value)
{
	*value = 0;
	for (uint32_t i = 0; i < cells; i++) {
		if (*value >> 32)
			return false;
		*value = *value << 32 | be32(p + 4 * (size_t)i);
	}
	return true;
}

// One step up: an address on the bus `depth` as an address on the bus above it.
static bool translate_step(const struct fdt_walk *walk, uint32_t depth, uint64_t *address)
{
	const struct fdt_bus *bus = &walk->bus[depth], *parent = &walk->bus[depth - 1];
	if (!bus->ranges.name)
		return false;
	if (!bus->ranges.size)
		return true;
	uint64_t cells = (uint64_t)bus->address_cells + parent->address_cells + bus->size_cells;
	if (bus->address_cells > 3 || parent->address_cells > 3 || bus->size_cells > 2)
		return false;
	for (uint32_t at = 0; bus->ranges.size - at >= cells * 4; at += (uint32_t)cells * 4) {
		const uint8_t *p = bus->ranges.value + at;
		uint64_t child, up, size;
		if (!cells_read(p, bus->address_cells, &child) ||
		    !cells_read(p + 4 * (size_t)bus->address_cells, parent->address_cells, &up) ||
		    !cells_read(p + 4 * ((size_t)bus->address_cells + parent->address_cells),
				bus->size_cells, &size))
			continue;
		if (*address >= child && *address - child < size) {
			*address = up + (*address - child);
			return true;
		}
	}
	return false;
}

bool fdt_reg(const struct fdt_node *node, unsigned int index, uint64_t *address, uint64_t *size)
{
	const struct fdt_walk *walk = node->walk;
	const struct fdt_bus *bus = &walk->bus[node->depth];
	struct fdt_property reg;
	if (bus->address_cells > 3 || bus->size_cells > 2 || !fdt_find(node, "reg", &reg))
		return false;
	uint64_t entry = ((uint64_t)bus->address_cells + bus->size_cells) * 4;
	if (!entry || (index + UINT64_C(1)) * entry > reg.size)
		return false;
	const uint8_t *p = reg.value + index * entry;
	uint64_t found;
	if (!cells_read(p, bus->address_cells, &found) ||
	    !cells_read(p + 4 * (size_t)bus->address_cells, bus->size_cells, size))
		return false;
	// bus[1] is the root's: what lies on it are CPU addresses. /cpus has no sizes and no space.
	for (uint32_t depth = node->depth; depth > 1 && bus->size_cells; depth--)
		if (!translate_step(walk, depth, &found))
			return false;
	*address = found;
	return true;
}

bool fdt_enabled(const struct fdt_node *node)
{
	struct fdt_property property;
	if (!fdt_find(node, "status", &property))
		return true;
	const char *status = fdt_text(node, "status");
	return status && (!strcmp(status, "okay") || !strcmp(status, "ok"));
}

bool fdt_compatible(const struct fdt_node *node, const char *name)
{
	struct fdt_property property;
	if (!fdt_find(node, "compatible", &property))
		return false;
	size_t length = strlen(name) + 1;
	for (size_t at = 0; at < property.size;) {
		size_t end = at;
		while (end < property.size && property.value[end])
			end++;
		if (end < property.size && end + 1 - at == length &&
		    !memcmp(property.value + at, name, length))
			return true;
		at = end + 1;
	}
	return false;
}
