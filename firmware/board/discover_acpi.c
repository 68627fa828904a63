// SPDX-License-Identifier: GPL-2.0-or-later
// ACPI Specification 6.5 chapter 5 (RSDP, XSDT, FADT, MADT) and the Serial Port Console Redirection
// Table of Microsoft; the interpreter of AML is not needed for any of it.
#include <string.h>

#include "board/discover.h"
#include "report/format.h"

#define RSDP_SIZE    36
#define HEADER_SIZE  36
#define TABLE_MAX    0x100000
#define XSDT_ENTRIES 256

// SPCR
#define SPCR_TYPE        36
#define SPCR_SPACE       40 // of the generic address that follows
#define SPCR_ACCESS_SIZE 43
#define SPCR_ADDRESS     44
#define SPCR_END         52

// MADT
#define MADT_ENTRIES  44
#define GICC          0x0b
#define GICC_FLAGS    12
#define GICC_MPIDR    68
#define GICC_END      76
#define GICC_ENABLED  (1U << 0)
#define AFFINITY_MASK UINT64_C(0xff00ffffff)
#define GICC_BASE     32
#define GICD          0x0c
#define GICD_BASE     8
#define GICD_VERSION  20
#define GICD_END      24
#define GICR          0x0e
#define GICR_BASE     4
#define GICR_LENGTH   12
#define GICR_END      16

// FADT
#define FADT_ARM_BOOT 129
#define FADT_PSCI     (1U << 0)
#define FADT_PSCI_HVC (1U << 1)

struct table {
	const uint8_t *bytes;
	uint32_t size;
};

static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t le64(const uint8_t *p)
{
	return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

static bool sums_to_zero(const uint8_t *bytes, uint32_t size)
{
	uint8_t sum = 0;
	while (size--)
		sum = (uint8_t)(sum + *bytes++);
	return sum == 0;
}

// A whole table whose checksum is right.
static bool table_open(const struct acpi_reader *reader, uint64_t pa, struct table *table)
{
	const uint8_t *header = reader->at(reader->context, pa, HEADER_SIZE);
	if (!header)
		return false;
	table->size = le32(header + 4);
	if (table->size < HEADER_SIZE || table->size > TABLE_MAX)
		return false;
	table->bytes = reader->at(reader->context, pa, table->size);
	return table->bytes && sums_to_zero(table->bytes, table->size);
}

static bool is_table(const struct table *table, const char signature[5])
{
	return !memcmp(table->bytes, signature, 4);
}

static void read_console(const struct table *spcr, struct board *board)
{
	if (spcr->size < SPCR_END || spcr->bytes[SPCR_SPACE] != 0)
		return;
	struct uart uart;
	if (!uart_match_spcr(spcr->bytes[SPCR_TYPE], spcr->bytes[SPCR_ACCESS_SIZE], &uart))
		return;
	uart.base = le64(spcr->bytes + SPCR_ADDRESS);
	if (uart.base % 4 == 0 && uart.base)
		board->uart = uart;
}

static void add_cpu(struct board *board, uint64_t affinity)
{
	if (board->cpu_count == BOARD_CPUS)
		board->cpus_beyond++;
	else
		board->cpu_affinity[board->cpu_count++] = affinity;
}

static void read_gicc(const uint8_t *entry, struct board *board)
{
	board->gic.cpu_interface = le64(entry + GICC_BASE);
	if (le32(entry + GICC_FLAGS) & GICC_ENABLED)
		add_cpu(board, le64(entry + GICC_MPIDR) & AFFINITY_MASK);
}

static void read_gicd(const uint8_t *entry, struct board *board)
{
	uint8_t version = entry[GICD_VERSION];
	board->gic.distributor = le64(entry + GICD_BASE);
	board->gic.version = version == 2 ? GIC_V2 : version >= 3 ? GIC_V3 : GIC_NONE;
}

// CPUs, and the interrupt controller.
static void read_madt(const struct table *madt, struct board *board)
{
	for (uint32_t at = MADT_ENTRIES; at + 2 <= madt->size;) {
		const uint8_t *entry = madt->bytes + at;
		uint32_t size = entry[1];
		if (size < 2 || size > madt->size - at)
			return;
		if (entry[0] == GICC && size >= GICC_END)
			read_gicc(entry, board);
		else if (entry[0] == GICD && size >= GICD_END)
			read_gicd(entry, board);
		else if (entry[0] == GICR && size >= GICR_END)
			gic_add_region(&board->gic, le64(entry + GICR_BASE),
				       le32(entry + GICR_LENGTH));
		at += size;
	}
}

static void read_conduit(const struct table *fadt, struct board *board)
{
	if (fadt->size < FADT_ARM_BOOT + 2)
		return;
	uint16_t flags = le16(fadt->bytes + FADT_ARM_BOOT);
	if (flags & FADT_PSCI)
		board->conduit = flags & FADT_PSCI_HVC ? PSCI_HVC : PSCI_SMC;
}

// "OEMID TABLEID", without the padding.
static void read_model(const struct table *xsdt, struct board *board)
{
	char model[16];
	size_t length = 0;
	for (unsigned int i = 10; i < 24; i++) {
		char c = (char)xsdt->bytes[i];
		if (c > ' ' && c <= '~')
			model[length++] = c;
		if (i == 15)
			model[length++] = ' ';
	}
	format(board->model, sizeof(board->model), "%.*s", (int)length, model);
}

const char *discover_acpi(struct board *board, const struct acpi_reader *reader, uint64_t rsdp)
{
	const uint8_t *root = reader->at(reader->context, rsdp, RSDP_SIZE);
	struct table xsdt, table;
	if (!root || memcmp(root, "RSD PTR ", 8) || !sums_to_zero(root, 20))
		return "ACPI: no root pointer where there should be one";
	if (root[15] < 2 || !sums_to_zero(root, RSDP_SIZE))
		return "ACPI: older than 2.0, or the root pointer is damaged";
	if (!table_open(reader, le64(root + 24), &xsdt) || !is_table(&xsdt, "XSDT"))
		return "ACPI: the XSDT is missing or damaged";
	read_model(&xsdt, board);
	bool damaged = false;
	for (uint32_t at = HEADER_SIZE, n = 0; at + 8 <= xsdt.size && n < XSDT_ENTRIES;
	     at += 8, n++) {
		if (!table_open(reader, le64(xsdt.bytes + at), &table)) {
			damaged = true;
			continue;
		}
		if (is_table(&table, "SPCR"))
			read_console(&table, board);
		else if (is_table(&table, "APIC"))
			read_madt(&table, board);
		else if (is_table(&table, "FACP"))
			read_conduit(&table, board);
	}
	if (damaged)
		return "ACPI: a table is damaged";
	return board->uart.type == UART_NONE ? "ACPI: no console there is a driver for" : NULL;
}
