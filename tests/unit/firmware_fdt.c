// SPDX-License-Identifier: GPL-2.0-or-later
// The device tree reader, and what the firmware makes of a board's tree.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "board/discover.h"
#include "board/fdt.h"
#include "unit/firmware/tree.h"

// Closes the root and reads the tree. Returns what is wrong with it.
static const char *discover(struct tree *tree, struct board *board)
{
	size_t size;
	tree_end(tree);
	uint8_t *blob = tree_blob(tree, &size);
	memset(board, 0, sizeof(*board));
	const char *problem = discover_fdt(board, blob, size);
	free(blob);
	return problem;
}

static void a_plain_board_is_understood_whole(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	tree_board(&tree);
	assert_null(discover(&tree, &board));
	assert_string_equal(board.model, "linux,dummy-virt");
	assert_string_equal(board.arguments, "order=premap");
	assert_int_equal(board.conduit, PSCI_HVC);
	assert_int_equal(board.uart.type, UART_PL011);
	assert_int_equal(board.uart.base, 0x9000000);
	assert_int_equal(board.cpu_count, 2);
	assert_int_equal(board.cpu_affinity[1], 0x100);
	assert_int_equal(board.ram.count, 1);
	assert_int_equal(board.ram.range[0].start, 0x40000000);
	assert_int_equal(board.ram.range[0].end, 0x80000000);
}

static void memory_comes_from_every_entry_of_every_enabled_node(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	tree_board(&tree);
	tree_node(&tree, "memory@100000000");
	tree_text(&tree, "device_type", "memory");
	TREE_CELLS(&tree, "reg", 1, 0, 0, 0x1000, 2, 0, 1, 0x800);
	tree_end(&tree);
	tree_node(&tree, "memory@300000000");
	tree_text(&tree, "device_type", "memory");
	tree_text(&tree, "status", "disabled");
	TREE_CELLS(&tree, "reg", 3, 0, 0, 0x1000);
	tree_end(&tree);
	assert_null(discover(&tree, &board));
	assert_int_equal(board.ram.count, 3);
	assert_int_equal(board.ram.range[1].end, 0x100001000);
	assert_int_equal(board.ram.range[2].start, 0x200000000);
	assert_int_equal(board.ram.range[2].end, 0x300000800);
}

static void reserved_memory_is_known_and_no_map_is_no_memory(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	tree_board(&tree);
	tree.reservations[0][0] = 0x41000000;
	tree.reservations[0][1] = 0x1000;
	tree.reservation_count = 1;
	tree_node(&tree, "reserved-memory");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 2);
	tree_bytes(&tree, "ranges", NULL, 0);
	tree_node(&tree, "keep@50000000");
	TREE_CELLS(&tree, "reg", 0, 0x50000000, 0, 0x10000);
	tree_end(&tree);
	tree_node(&tree, "secure@60000000");
	TREE_CELLS(&tree, "reg", 0, 0x60000000, 0, 0x10000);
	tree_bytes(&tree, "no-map", NULL, 0);
	tree_end(&tree);
	tree_node(&tree, "pool");
	TREE_CELLS(&tree, "size", 0, 0x10000);
	tree_end(&tree);
	tree_end(&tree);
	assert_null(discover(&tree, &board));
	assert_true(ranges_contain(&board.reserved, 0x41000000, 0x41001000));
	assert_true(ranges_contain(&board.reserved, 0x50000000, 0x50010000));
	assert_true(ranges_contain(&board.ram, 0x50000000, 0x50010000));
	assert_null(ranges_find(&board.ram, 0x60000000));
	assert_null(ranges_find(&board.ram, 0x6000ffff));
	assert_non_null(ranges_find(&board.ram, 0x60010000));
}

static void a_cpu_that_psci_does_not_start_is_only_counted(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	tree_board(&tree);
	tree_node(&tree, "cpus");
	TREE_CELLS(&tree, "#address-cells", 1);
	TREE_CELLS(&tree, "#size-cells", 0);
	tree_node(&tree, "cpu@2");
	tree_text(&tree, "device_type", "cpu");
	tree_text(&tree, "enable-method", "spin-table");
	TREE_CELLS(&tree, "reg", 0x200);
	tree_end(&tree);
	tree_node(&tree, "cpu@3");
	tree_text(&tree, "device_type", "cpu");
	TREE_CELLS(&tree, "reg", 0x300);
	tree_end(&tree);
	tree_end(&tree);
	assert_null(discover(&tree, &board));
	assert_int_equal(board.cpus_foreign, 1);
	assert_int_equal(board.cpu_count, 3);
	assert_int_equal(board.cpu_affinity[2], 0x300);
}

static void a_command_line_that_does_not_fit_is_noticed(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	char arguments[BOARD_ARGUMENTS + 1];
	for (size_t length = BOARD_ARGUMENTS - 1; length <= BOARD_ARGUMENTS; length++) {
		memset(arguments, 'a', length);
		arguments[length] = '\0';
		memset(&tree, 0, sizeof(tree));
		tree_node(&tree, "");
		tree_node(&tree, "chosen");
		tree_text(&tree, "bootargs", arguments);
		tree_end(&tree);
		discover(&tree, &board);
		assert_int_equal(strlen(board.arguments), BOARD_ARGUMENTS - 1);
		assert_int_equal(board.arguments_cut, length == BOARD_ARGUMENTS);
	}
}

// A bus whose addresses begin elsewhere, and a port on it with word registers.
static void add_soc(struct tree *tree, bool with_ranges)
{
	tree_node(tree, "soc");
	TREE_CELLS(tree, "#address-cells", 1);
	TREE_CELLS(tree, "#size-cells", 1);
	if (with_ranges)
		TREE_CELLS(tree, "ranges", 0x7e000000, 0, 0xfe000000, 0x1800000);
	tree_node(tree, "serial@7e215040");
	tree_text(tree, "compatible", "brcm,bcm2835-aux-uart");
	TREE_CELLS(tree, "reg", 0x7e215040, 0x40);
	tree_end(tree);
	tree_node(tree, "serial@7e201000");
	tree_text(tree, "compatible", "snps,dw-apb-uart");
	TREE_CELLS(tree, "reg", 0x7e201000, 0x100);
	TREE_CELLS(tree, "reg-shift", 2);
	TREE_CELLS(tree, "reg-io-width", 4);
	tree_end(tree);
	tree_end(tree);
}

// A board with that bus and this stdout-path.
static const char *discover_soc(struct board *board, const char *path, bool with_ranges)
{
	struct tree tree;
	memset(&tree, 0, sizeof(tree));
	tree_node(&tree, "");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 1);
	add_soc(&tree, with_ranges);
	tree_node(&tree, "chosen");
	if (path)
		tree_text(&tree, "stdout-path", path);
	tree_end(&tree);
	return discover(&tree, board);
}

static void a_port_behind_a_bus_is_found_at_its_cpu_address(void **state)
{
	(void)state;
	struct board board;
	assert_null(discover_soc(&board, "/soc/serial@7e201000", true));
	assert_int_equal(board.uart.type, UART_8250);
	assert_int_equal(board.uart.base, 0xfe201000);
	assert_int_equal(board.uart.reg_shift, 2);
	assert_int_equal(board.uart.io_width, 4);
}

static void the_auxiliary_port_has_word_registers_without_saying_so(void **state)
{
	(void)state;
	struct board board;
	assert_null(discover_soc(&board, "/soc/serial@7e215040:115200", true));
	assert_int_equal(board.uart.base, 0xfe215040);
	assert_int_equal(board.uart.reg_shift, 2);
	assert_int_equal(board.uart.io_width, 4);
}

static void without_a_path_the_first_known_port_is_taken(void **state)
{
	(void)state;
	struct board board;
	assert_null(discover_soc(&board, NULL, true));
	assert_int_equal(board.uart.base, 0xfe215040);
}

static void a_path_to_nowhere_is_told_and_another_port_is_taken(void **state)
{
	(void)state;
	struct board board;
	assert_non_null(discover_soc(&board, "/soc/serial@1", true));
	assert_int_equal(board.uart.base, 0xfe215040);
}

static void a_port_on_a_bus_that_does_not_translate_is_none(void **state)
{
	(void)state;
	struct board board;
	discover_soc(&board, NULL, false);
	assert_int_equal(board.uart.type, UART_NONE);
}

// Nodes at root level, as many as there are names; all with registers from 0xa000000 on, 0x200 apart.
static const char *discover_ports(struct board *board, const char *path, size_t count,
				  const char *const *compatible)
{
	struct tree tree;
	memset(&tree, 0, sizeof(tree));
	tree_node(&tree, "");
	TREE_CELLS(&tree, "#address-cells", 2);
	TREE_CELLS(&tree, "#size-cells", 2);
	for (size_t i = 0; i < count; i++) {
		char name[32];
		uint32_t base = 0xa000000 + (uint32_t)i * 0x200;
		snprintf(name, sizeof(name), "port@%x", base);
		tree_node(&tree, name);
		tree_text(&tree, "compatible", compatible[i]);
		TREE_CELLS(&tree, "reg", 0, base, 0, 0x200);
		tree_end(&tree);
	}
	tree_node(&tree, "chosen");
	if (path)
		tree_text(&tree, "stdout-path", path);
	tree_end(&tree);
	return discover(&tree, board);
}

static void ports_of_every_kind_are_found_by_their_path(void **state)
{
	(void)state;
	static const char *const ports[] = {"qcom,geni-debug-uart", "virtio,mmio",
					    "fsl,imx6q-uart",       "xlnx,xuartps",
					    "nvidia,tegra264-utc",  "fsl,imx7ulp-lpuart"};
	static const uint8_t types[] = {UART_GENI,    UART_VIRTIO,    UART_IMX,
					UART_CADENCE, UART_TEGRA_UTC, UART_LPUART_IMX};
	struct board board;
	for (size_t i = 0; i < sizeof(types); i++) {
		char path[32];
		snprintf(path, sizeof(path), "/port@%x:115200", 0xa000000 + (unsigned)i * 0x200);
		assert_null(discover_ports(&board, path, sizeof(types), ports));
		assert_int_equal(board.uart.type, types[i]);
		assert_int_equal(board.uart.base, 0xa000000 + i * 0x200);
		assert_int_equal(board.uart.io_width, 4);
	}
}

static void what_may_be_a_virtio_console_is_remembered_and_not_taken_for_one(void **state)
{
	(void)state;
	static const char *ports[BOARD_VIRTIO + 3];
	struct board board;
	for (size_t i = 0; i < BOARD_VIRTIO + 3; i++)
		ports[i] = "virtio,mmio";
	assert_null(discover_ports(&board, NULL, 3, ports));
	assert_int_equal(board.uart.type, UART_NONE);
	assert_int_equal(board.virtio_count, 3);
	assert_int_equal(board.virtio[2], 0xa000400);
	ports[2] = "xlnx,xuartps";
	assert_null(discover_ports(&board, NULL, 4, ports));
	assert_int_equal(board.uart.type, UART_CADENCE);
	assert_int_equal(board.virtio_count, 3);
	assert_null(discover_ports(&board, NULL, BOARD_VIRTIO + 3, ports));
	assert_int_equal(board.virtio_count, BOARD_VIRTIO);
}

// A board whose interrupt controller has this `compatible` and this `reg`.
static void discover_gic(struct board *board, const char *compatible, const uint32_t *reg,
			 size_t cells, uint32_t regions)
{
	struct tree tree;
	tree_board(&tree);
	tree_node(&tree, "intc@8000000");
	tree_text(&tree, "compatible", compatible);
	tree_cells(&tree, "reg", cells, reg);
	if (regions)
		TREE_CELLS(&tree, "#redistributor-regions", regions);
	tree_end(&tree);
	assert_null(discover(&tree, board));
}

static void the_interrupt_controller_is_found(void **state)
{
	(void)state;
	static const uint32_t v2[] = {0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000};
	static const uint32_t v3[] = {0, 0x8000000, 0,    0x10000, 0, 0x80a0000,
				      0, 0xf60000,  0x40, 0,       0, 0x40000};
	struct board board;
	discover_gic(&board, "arm,cortex-a15-gic", v2, 8, 0);
	assert_int_equal(board.gic.version, GIC_V2);
	assert_int_equal(board.gic.distributor, 0x8000000);
	assert_int_equal(board.gic.cpu_interface, 0x8010000);
	// One region unless the tree says more; what lies behind is for virtual machines.
	discover_gic(&board, "arm,gic-v3", v3, 12, 0);
	assert_int_equal(board.gic.version, GIC_V3);
	assert_int_equal(board.gic.regions, 1);
	assert_int_equal(board.gic.redistributors[0].start, 0x80a0000);
	assert_int_equal(board.gic.redistributors[0].end, 0x80a0000 + GIC_REGION_MAX);
	discover_gic(&board, "arm,gic-v3", v3, 12, 2);
	assert_int_equal(board.gic.regions, 2);
	assert_int_equal(board.gic.redistributors[1].end, UINT64_C(0x4000040000));
	discover_gic(&board, "arm,gic-v3", v3, 12, UINT32_MAX);
	assert_int_equal(board.gic.regions, 2);
}

static void a_controller_of_another_kind_or_without_registers_is_none(void **state)
{
	(void)state;
	static const uint32_t reg[] = {0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000};
	struct board board;
	discover_gic(&board, "brcm,bcm2836-l1-intc", reg, 8, 0);
	assert_int_equal(board.gic.version, GIC_NONE);
	discover_gic(&board, "arm,gic-v3", reg, 4, 0);
	assert_int_equal(board.gic.version, GIC_NONE);
}

static void a_blob_cut_anywhere_is_refused_or_read_within_its_end(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	size_t size;
	tree_board(&tree);
	tree_end(&tree);
	uint8_t *blob = tree_blob(&tree, &size);
	for (size_t length = 0; length < size; length++) {
		uint8_t *part = malloc(length + 1);
		memcpy(part, blob, length);
		memset(&board, 0, sizeof(board));
		// What the header claims is more than there is.
		assert_non_null(discover_fdt(&board, part, length));
		free(part);
	}
	free(blob);
}

static void a_structure_cut_short_keeps_what_came_before(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	size_t size;
	tree_board(&tree);
	uint8_t *blob = tree_blob(&tree, &size);
	memset(&board, 0, sizeof(board));
	assert_non_null(discover_fdt(&board, blob, size));
	assert_int_equal(board.cpu_count, 2);
	assert_int_equal(board.uart.base, 0x9000000);
	free(blob);
}

static void any_byte_may_lie(void **state)
{
	(void)state;
	static const uint8_t lies[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	struct tree tree;
	struct board board;
	size_t size;
	tree_board(&tree);
	tree_end(&tree);
	uint8_t *blob = tree_blob(&tree, &size);
	for (size_t at = 0; at < size; at++) {
		uint8_t truth = blob[at];
		for (size_t i = 0; i < sizeof(lies); i++) {
			blob[at] = lies[i];
			memset(&board, 0, sizeof(board));
			discover_fdt(&board, blob, size);
			assert_in_range(board.cpu_count, 0, BOARD_CPUS);
		}
		blob[at] = truth;
	}
	free(blob);
}

static void nesting_beyond_reason_is_refused(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	tree_board(&tree);
	for (int i = 0; i < 100; i++)
		tree_node(&tree, "a");
	for (int i = 0; i < 100; i++)
		tree_end(&tree);
	assert_string_equal(discover(&tree, &board), "device tree nests too deep");
}

static void more_memory_than_fits_is_noticed(void **state)
{
	(void)state;
	struct tree tree;
	struct board board;
	tree_board(&tree);
	for (uint32_t i = 1; i <= RANGES_MAX + 1; i++) {
		tree_node(&tree, "memory@1");
		tree_text(&tree, "device_type", "memory");
		TREE_CELLS(&tree, "reg", 0x10 * i, 0, 0, 0x1000);
		tree_end(&tree);
	}
	assert_null(discover(&tree, &board));
	assert_true(board.ranges_lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_plain_board_is_understood_whole),
	    cmocka_unit_test(memory_comes_from_every_entry_of_every_enabled_node),
	    cmocka_unit_test(reserved_memory_is_known_and_no_map_is_no_memory),
	    cmocka_unit_test(a_cpu_that_psci_does_not_start_is_only_counted),
	    cmocka_unit_test(a_command_line_that_does_not_fit_is_noticed),
	    cmocka_unit_test(a_port_behind_a_bus_is_found_at_its_cpu_address),
	    cmocka_unit_test(the_auxiliary_port_has_word_registers_without_saying_so),
	    cmocka_unit_test(without_a_path_the_first_known_port_is_taken),
	    cmocka_unit_test(a_path_to_nowhere_is_told_and_another_port_is_taken),
	    cmocka_unit_test(a_port_on_a_bus_that_does_not_translate_is_none),
	    cmocka_unit_test(ports_of_every_kind_are_found_by_their_path),
	    cmocka_unit_test(what_may_be_a_virtio_console_is_remembered_and_not_taken_for_one),
	    cmocka_unit_test(the_interrupt_controller_is_found),
	    cmocka_unit_test(a_controller_of_another_kind_or_without_registers_is_none),
	    cmocka_unit_test(a_blob_cut_anywhere_is_refused_or_read_within_its_end),
	    cmocka_unit_test(a_structure_cut_short_keeps_what_came_before),
	    cmocka_unit_test(any_byte_may_lie),
	    cmocka_unit_test(nesting_beyond_reason_is_refused),
	    cmocka_unit_test(more_memory_than_fits_is_noticed),
	};
	return cmocka_run_group_tests_name("firmware/board/fdt", tests, NULL, NULL);
}
