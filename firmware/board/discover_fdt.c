// SPDX-License-Identifier: GPL-2.0-or-later
// Bindings: Devicetree Specification v0.4 chapter 3 (chosen, aliases, memory, reserved-memory,
// cpus) and the Linux bindings arm/psci.yaml, serial/8250.yaml, serial/pl011.yaml,
// interrupt-controller/arm,gic.yaml and arm,gic-v3.yaml.
#include "board/discover.h"

#include <string.h>

#include "board/fdt.h"

// Copies as much of `text` as fits; false when that is not all.
static bool copy_text(char *out, size_t size, const char *text)
{
	size_t n = 0;
	while (text[n] && n + 1 < size) {
		out[n] = text[n];
		n++;
	}
	out[n] = '\0';
	return !text[n];
}

// What has to be known before the nodes it is about are met.
struct console {
	char path[FDT_PATH_MAX]; // of the node named by stdout-path; empty when there is none
	bool found;              // its node was met and has a driver
};

static bool node_is(const struct fdt_node *node, const char *path)
{
	return !strcmp(node->walk->path, path);
}

// The part of stdout-path ahead of ":options".
static void console_from_chosen(struct console *console, const struct fdt_node *chosen)
{
	const char *text = fdt_text(chosen, "stdout-path");
	if (!text)
		text = fdt_text(chosen, "linux,stdout-path");
	if (!text)
		return;
	copy_text(console->path, sizeof(console->path), text);
	for (char *p = console->path; *p; p++)
		if (*p == ':')
			*p = '\0';
}

// Reads /chosen and resolves an alias in stdout-path: two walks, the order of nodes is free.
static void find_console(const struct fdt *fdt, struct console *console, struct board *board)
{
	struct fdt_walk walk;
	struct fdt_node node;
	fdt_walk_start(&walk, fdt);
	while (fdt_walk_next(&walk, &node)) {
		if (!node_is(&node, "/chosen"))
			continue;
		const char *arguments = fdt_text(&node, "bootargs");
		if (arguments)
			board->arguments_cut =
			    !copy_text(board->arguments, sizeof(board->arguments), arguments);
		console_from_chosen(console, &node);
		break;
	}
	if (!console->path[0] || console->path[0] == '/')
		return;
	fdt_walk_start(&walk, fdt);
	while (fdt_walk_next(&walk, &node)) {
		if (!node_is(&node, "/aliases"))
			continue;
		const char *target = fdt_text(&node, console->path);
		copy_text(console->path, sizeof(console->path), target ? target : "");
		return;
	}
	console->path[0] = '\0';
}

static bool read_uart(const struct fdt_node *node, struct uart *uart)
{
	struct fdt_property compatible;
	uint64_t base, size;
	if (!fdt_find(node, "compatible", &compatible))
		return false;
	if (!uart_match((const char *)compatible.value, compatible.size, uart) ||
	    !fdt_enabled(node) || !fdt_reg(node, 0, &base, &size) || base % 4)
		return false;
	uart->base = base;
	if (uart->type != UART_8250)
		return true;
	uint32_t shift = fdt_cell(node, "reg-shift", uart->reg_shift);
	uart->io_width = fdt_cell(node, "reg-io-width", uart->io_width) == 4 ? 4 : 1;
	uart->reg_shift = (uint8_t)shift;
	return shift <= 4;
}

// The node that stdout-path names; else the first port there is a driver for.
static void consider_uart(const struct fdt_node *node, struct console *console, struct board *board)
{
	bool named = console->path[0] && node_is(node, console->path);
	struct uart uart;
	if (!read_uart(node, &uart))
		return;
	// What kind of device is there only the device tells.
	if (uart.type == UART_VIRTIO && board->virtio_count < BOARD_VIRTIO)
		board->virtio[board->virtio_count++] = uart.base;
	if (console->found ||
	    !(named || (board->uart.type == UART_NONE && uart.type != UART_VIRTIO)))
		return;
	board->uart = uart;
	console->found = named;
}

static void read_cpu(const struct fdt_node *node, struct board *board)
{
	const char *type = fdt_text(node, "device_type");
	uint64_t affinity, size;
	if (!type || strcmp(type, "cpu") || !fdt_reg(node, 0, &affinity, &size))
		return;
	struct fdt_property status;
	if (fdt_find(node, "status", &status) && !fdt_enabled(node))
		return;
	const char *method = fdt_text(node, "enable-method");
	if (method && strcmp(method, "psci")) {
		board->cpus_foreign++;
		return;
	}
	if (board->cpu_count == BOARD_CPUS) {
		board->cpus_beyond++;
		return;
	}
	board->cpu_affinity[board->cpu_count++] = affinity;
}

static void read_psci(const struct fdt_node *node, struct board *board)
{
	if (!fdt_compatible(node, "arm,psci-1.0") && !fdt_compatible(node, "arm,psci-0.2"))
		return;
	const char *method = fdt_text(node, "method");
	if (method && !strcmp(method, "hvc"))
		board->conduit = PSCI_HVC;
	else if (method && !strcmp(method, "smc"))
		board->conduit = PSCI_SMC;
}

static enum gic_version gic_match(const struct fdt_node *node)
{
	if (fdt_compatible(node, "arm,gic-v3"))
		return GIC_V3;
	if (fdt_compatible(node, "arm,gic-400") || fdt_compatible(node, "arm,cortex-a15-gic") ||
	    fdt_compatible(node, "arm,cortex-a7-gic"))
		return GIC_V2;
	return GIC_NONE;
}

// The first controller there is.
static void consider_gic(const struct fdt_node *node, struct board *board)
{
	struct gic gic = {.version = (uint8_t)gic_match(node)};
	uint64_t start, size;
	if (board->gic.version != GIC_NONE || gic.version == GIC_NONE || !fdt_enabled(node) ||
	    !fdt_reg(node, 0, &gic.distributor, &size) || !fdt_reg(node, 1, &start, &size))
		return;
	if (gic.version == GIC_V2) {
		gic.cpu_interface = start;
	} else {
		uint32_t regions = fdt_cell(node, "#redistributor-regions", 1);
		for (uint32_t i = 0; i < regions && fdt_reg(node, i + 1, &start, &size); i++)
			gic_add_region(&gic, start, size);
	}
	board->gic = gic;
}

// A range that wraps is cut at the end of the space.
static uint64_t range_end(uint64_t address, uint64_t size)
{
	return address + size < address ? UINT64_MAX : address + size;
}

// Adds every `reg` entry of the node to `set`.
static void add_regs(const struct fdt_node *node, struct ranges *set, struct board *board)
{
	uint64_t address, size;
	for (unsigned int i = 0; fdt_reg(node, i, &address, &size); i++)
		board->ranges_lost |= !ranges_add(set, address, range_end(address, size));
}

static bool name_is(const struct fdt_node *node, const char *name)
{
	size_t length = strlen(name);
	return !strncmp(node->name, name, length) &&
	       (node->name[length] == '\0' || node->name[length] == '@');
}

static bool is_memory(const struct fdt_node *node)
{
	const char *type = fdt_text(node, "device_type");
	return node->depth == 1 && fdt_enabled(node) &&
	       (type ? !strcmp(type, "memory") : name_is(node, "memory"));
}

const char *discover_fdt(struct board *board, const void *blob, size_t limit)
{
	struct fdt fdt;
	const char *problem = fdt_open(&fdt, blob, limit);
	if (problem)
		return problem;
	struct console console = {0};
	find_console(&fdt, &console, board);

	struct ranges unmapped = {0};
	struct fdt_walk walk;
	struct fdt_node node;
	bool in_cpus = false, in_reserved = false;
	fdt_walk_start(&walk, &fdt);
	while (fdt_walk_next(&walk, &node)) {
		if (node.depth == 0) {
			const char *model = fdt_text(&node, "model");
			if (!model)
				model = fdt_text(&node, "compatible");
			copy_text(board->model, sizeof(board->model), model ? model : "");
		}
		if (node.depth == 1) {
			in_cpus = name_is(&node, "cpus");
			in_reserved = name_is(&node, "reserved-memory");
		}
		if (is_memory(&node))
			add_regs(&node, &board->ram, board);
		if (node.depth == 1 && name_is(&node, "psci"))
			read_psci(&node, board);
		if (node.depth == 2 && in_cpus)
			read_cpu(&node, board);
		if (node.depth == 2 && in_reserved) {
			struct fdt_property no_map;
			add_regs(&node, &board->reserved, board);
			if (fdt_find(&node, "no-map", &no_map))
				add_regs(&node, &unmapped, board);
		}
		consider_uart(&node, &console, board);
		consider_gic(&node, board);
	}
	uint64_t address, size;
	for (unsigned int i = 0; fdt_reservation(&fdt, i, &address, &size); i++)
		board->ranges_lost |=
		    !ranges_add(&board->reserved, address, range_end(address, size));
	for (unsigned int i = 0; i < unmapped.count; i++)
		board->ranges_lost |=
		    !ranges_remove(&board->ram, unmapped.range[i].start, unmapped.range[i].end);
	if (walk.problem)
		return walk.problem;
	if (console.path[0] && !console.found)
		return "stdout-path names no port there is a driver for";
	return NULL;
}
