// SPDX-License-Identifier: GPL-2.0-or-later
// ACPI tables made by hand in a small memory; physical addresses are offsets into it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "board/discover.h"

#define RSDP 0x10
#define XSDT 0x100
#define SPCR 0x200
#define MADT 0x300
#define FADT 0x600

// Inside the MADT, behind three CPUs.
#define GICC_SIZE 80
#define GICD      (MADT + 44 + 3 * GICC_SIZE)
#define GICR      (GICD + 24)
#define MADT_SIZE (GICR + 16 - MADT)

static uint8_t memory[0xa00];

static const uint8_t *at(void *context, uint64_t pa, size_t size)
{
	(void)context;
	return pa <= sizeof(memory) && size <= sizeof(memory) - pa ? memory + pa : NULL;
}

static void put(unsigned where, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		memory[where + i] = (uint8_t)(value >> (8 * i));
}

// Makes the bytes sum to zero by the byte at `where`.
static void seal(unsigned start, unsigned size, unsigned where)
{
	uint8_t sum = 0;
	memory[where] = 0;
	for (unsigned i = 0; i < size; i++)
		sum = (uint8_t)(sum + memory[start + i]);
	memory[where] = (uint8_t)-sum;
}

static void table(unsigned where, const char *signature, uint32_t size)
{
	memcpy(memory + where, signature, 4);
	put(where + 4, size, 4);
	memcpy(memory + where + 10, "OEM   ", 6);
	memcpy(memory + where + 16, "BOARD   ", 8);
	seal(where, size, where + 9);
}

static void add_gicc(unsigned n, uint64_t mpidr, bool enabled)
{
	unsigned where = MADT + 44 + n * GICC_SIZE;
	memory[where] = 0x0b;
	memory[where + 1] = GICC_SIZE;
	put(where + 32, 0x8010000, 8);
	put(where + 12, enabled, 4);
	put(where + 68, mpidr, 8);
}

// The controller: version, distributor, one region of redistributors.
static void add_gic(uint8_t version)
{
	memory[GICD] = 0x0c;
	memory[GICD + 1] = 24;
	put(GICD + 8, 0x8000000, 8);
	memory[GICD + 20] = version;
	memory[GICR] = 0x0e;
	memory[GICR + 1] = 16;
	put(GICR + 4, 0x80a0000, 8);
	put(GICR + 12, 0x40000, 4);
}

static void make(uint8_t uart_type, uint8_t access_size)
{
	memset(memory, 0, sizeof(memory));
	memory[SPCR + 36] = uart_type;
	memory[SPCR + 43] = access_size;
	put(SPCR + 44, 0x9000000, 8);
	table(SPCR, "SPCR", 80);
	add_gicc(0, 0, true);
	add_gicc(1, 0x100, true);
	add_gicc(2, 0x200, false);
	add_gic(2);
	table(MADT, "APIC", MADT_SIZE);
	put(FADT + 129, 3, 2);
	table(FADT, "FACP", 268);
	put(XSDT + 36, SPCR, 8);
	put(XSDT + 44, MADT, 8);
	put(XSDT + 52, FADT, 8);
	table(XSDT, "XSDT", 60);
	memcpy(memory + RSDP, "RSD PTR ", 8);
	memory[RSDP + 15] = 2;
	put(RSDP + 24, XSDT, 8);
	seal(RSDP, 20, RSDP + 8);
	seal(RSDP, 36, RSDP + 32);
}

static const char *discover(struct board *board)
{
	const struct acpi_reader reader = {.at = at};
	memset(board, 0, sizeof(*board));
	return discover_acpi(board, &reader, RSDP);
}

static void everything_is_found(void **state)
{
	(void)state;
	struct board board;
	make(0x03, 3);
	assert_null(discover(&board));
	assert_int_equal(board.uart.type, UART_PL011);
	assert_int_equal(board.uart.base, 0x9000000);
	assert_int_equal(board.cpu_count, 2);
	assert_int_equal(board.cpu_affinity[1], 0x100);
	assert_int_equal(board.conduit, PSCI_HVC);
	assert_string_equal(board.model, "OEM BOARD");
}

static void the_interrupt_controller_is_of_the_version_told(void **state)
{
	(void)state;
	struct board board;
	make(0x03, 3);
	assert_null(discover(&board));
	assert_int_equal(board.gic.version, GIC_V2);
	assert_int_equal(board.gic.distributor, 0x8000000);
	assert_int_equal(board.gic.cpu_interface, 0x8010000);
	add_gic(3);
	seal(MADT, MADT_SIZE, MADT + 9);
	assert_null(discover(&board));
	assert_int_equal(board.gic.version, GIC_V3);
	assert_int_equal(board.gic.regions, 1);
	assert_int_equal(board.gic.redistributors[0].start, 0x80a0000);
	assert_int_equal(board.gic.redistributors[0].end, 0x80e0000);
	// Version 1, or left to be found out from elsewhere.
	add_gic(0);
	seal(MADT, MADT_SIZE, MADT + 9);
	assert_null(discover(&board));
	assert_int_equal(board.gic.version, GIC_NONE);
}

static void registers_are_as_wide_as_the_table_says(void **state)
{
	(void)state;
	struct board board;
	make(0x12, 1);
	assert_null(discover(&board));
	assert_int_equal(board.uart.type, UART_8250);
	assert_int_equal(board.uart.io_width, 1);
	assert_int_equal(board.uart.reg_shift, 0);
	make(0x12, 3);
	assert_null(discover(&board));
	assert_int_equal(board.uart.io_width, 4);
	assert_int_equal(board.uart.reg_shift, 2);
}

static void an_unknown_console_is_told(void **state)
{
	(void)state;
	struct board board;
	make(0x77, 3);
	assert_non_null(discover(&board));
	assert_int_equal(board.cpu_count, 2);
}

static void no_flipped_bit_of_a_checksummed_table_goes_unnoticed(void **state)
{
	(void)state;
	const struct {
		unsigned start, size;
	} parts[] = {{RSDP, 36}, {XSDT, 60}, {SPCR, 80}, {MADT, MADT_SIZE}, {FADT, 268}};
	for (unsigned p = 0; p < 5; p++) {
		for (unsigned bit = 0; bit < parts[p].size * 8; bit++) {
			struct board board;
			make(0x03, 3);
			memory[parts[p].start + bit / 8] ^= (uint8_t)(1U << bit % 8);
			assert_non_null(discover(&board));
		}
	}
}

static void tables_end_where_memory_does(void **state)
{
	(void)state;
	struct board board;
	make(0x03, 3);
	put(XSDT + 36, sizeof(memory) - 8, 8);
	seal(XSDT, 60, XSDT + 9);
	assert_non_null(discover(&board));
	put(XSDT + 36, UINT64_MAX - 4, 8);
	seal(XSDT, 60, XSDT + 9);
	assert_non_null(discover(&board));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(everything_is_found),
	    cmocka_unit_test(the_interrupt_controller_is_of_the_version_told),
	    cmocka_unit_test(registers_are_as_wide_as_the_table_says),
	    cmocka_unit_test(an_unknown_console_is_told),
	    cmocka_unit_test(no_flipped_bit_of_a_checksummed_table_goes_unnoticed),
	    cmocka_unit_test(tables_end_where_memory_does),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
