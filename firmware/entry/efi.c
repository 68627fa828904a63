// SPDX-License-Identifier: GPL-2.0-or-later
// The UEFI application's entry (UEFI Specification 2.10): take what there is to know, end the boot
// services, go on as if nobody had been there.
//
// This code runs on UEFI's stack and tables. It must touch nothing of the firmware's own state but
// `efi_boot`, which bare entry leaves alone.
#include "entry/efi.h"

#include <string.h>

#include "board/discover.h"
#include "board/fdt.h"
#include "entry/cpu.h"
#include "entry/mmu.h"

#define EFI_SUCCESS      0
#define EFI_UNSUPPORTED  ((UINT64_C(1) << 63) | 3)
#define EFI_PAGE_SIZE    4096
#define EFI_MAP_MAX      0x10000
#define EFI_RUNTIME_MMIO 11
#define EFI_PORT_SPACE   12
#define EFI_MEMORY_WB    8

struct efi_guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

struct efi_configuration {
	struct efi_guid guid;
	void *table;
};

struct efi_memory {
	uint32_t type, padding;
	uint64_t start, virtual_start, pages, attributes;
};

struct efi_loaded_image {
	uint64_t before[6];
	uint32_t options_size, padding;
	const uint16_t *options;
};

struct efi_boot_services {
	uint64_t header[3], before_map[4];
	uint64_t (*get_memory_map)(uint64_t *size, void *map, uint64_t *key, uint64_t *step,
				   uint32_t *version);
	uint64_t between[11];
	uint64_t (*handle_protocol)(void *handle, const struct efi_guid *protocol, void **out);
	uint64_t between2[9];
	uint64_t (*exit_boot_services)(void *image, uint64_t key);
};

struct efi_system_table {
	uint64_t header[3], before[9];
	const struct efi_boot_services *services;
	uint64_t configurations;
	const struct efi_configuration *configuration;
};

_Static_assert(offsetof(struct efi_boot_services, get_memory_map) == 56, "UEFI 4.4.1");
_Static_assert(offsetof(struct efi_boot_services, handle_protocol) == 152, "UEFI 4.4.1");
_Static_assert(offsetof(struct efi_boot_services, exit_boot_services) == 232, "UEFI 4.4.1");
_Static_assert(offsetof(struct efi_system_table, services) == 96, "UEFI 4.3.1");
_Static_assert(offsetof(struct efi_loaded_image, options) == 56, "UEFI 9.1.1");

static const struct efi_guid guid_dtb = {
    0xb1b621d5, 0xf19c, 0x41a5, {0x83, 0x0b, 0xd9, 0x15, 0x2c, 0x69, 0xaa, 0xe0}};
static const struct efi_guid guid_acpi = {
    0x8868e871, 0xe4f1, 0x11d3, {0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81}};
static const struct efi_guid guid_loaded_image = {
    0x5b1b31a1, 0x9562, 0x11d2, {0x8e, 0x3f, 0x00, 0xa0, 0xc9, 0x69, 0x72, 0x3b}};

#define NOINIT __attribute__((section(".noinit")))
struct efi_boot efi_boot NOINIT;
static uint8_t map[EFI_MAP_MAX] NOINIT __attribute__((aligned(16)));
static struct ranges readable NOINIT; // memory of any kind

uint64_t efi_entry(void *image, const struct efi_system_table *table);
_Noreturn void efi_leave(const void *dtb); // start.S

static void *find_table(const struct efi_system_table *table, const struct efi_guid *guid)
{
	for (uint64_t i = 0; i < table->configurations; i++)
		if (!memcmp(&table->configuration[i].guid, guid, sizeof(*guid)))
			return table->configuration[i].table;
	return NULL;
}

// Whether the first word is the name of a file, which the shell puts there.
static bool is_file_name(const char *text)
{
	for (; *text && *text != ' ' && *text != '='; text++)
		if (*text == '.' || *text == '\\' || *text == ':')
			return true;
	return false;
}

// The load options as ASCII. A boot manager may have put bytes of its own there instead of a text.
static void take_options(void *image, const struct efi_system_table *table)
{
	char *out = efi_boot.board.arguments;
	size_t length = 0, skip = 0;
	bool pair = false, text = true;
	void *found;
	if (table->services->handle_protocol(image, &guid_loaded_image, &found) != EFI_SUCCESS)
		return;
	const struct efi_loaded_image *loaded = found;
	for (uint32_t i = 0; loaded->options && i < loaded->options_size / 2; i++) {
		uint16_t c = loaded->options[i];
		if (!c)
			break;
		if (length + 1 < BOARD_ARGUMENTS)
			out[length++] = c >= ' ' && c <= '~'     ? (char)c
					: c >= '\t' && c <= '\r' ? ' '
								 : '?';
		else
			efi_boot.board.arguments_cut = true;
		text &= (c >= ' ' && c <= '~') || (c >= '\t' && c <= '\r');
		pair |= c == '=';
	}
	out[pair || text ? length : 0] = '\0';
	if (is_file_name(out))
		while (out[skip] && out[skip] != ' ')
			skip++;
	for (length = 0; out[skip + length]; length++)
		out[length] = out[skip + length];
	out[length] = '\0';
}

// Loader code and data, boot services code and data, conventional memory: ours once they are gone. It
// will be mapped write-back, which some of it may not take.
static bool becomes_free(const struct efi_memory *memory)
{
	uint32_t type = memory->type;
	return ((type >= 1 && type <= 4) || type == 7) && (memory->attributes & EFI_MEMORY_WB);
}

static bool take_map(const struct efi_boot_services *services, uint64_t *key)
{
	uint64_t size = sizeof(map), step = 0;
	uint32_t version;
	if (services->get_memory_map(&size, map, key, &step, &version) != EFI_SUCCESS ||
	    step < sizeof(struct efi_memory))
		return false;
	struct board *board = &efi_boot.board;
	memset(&board->ram, 0, sizeof(board->ram));
	memset(&readable, 0, sizeof(readable));
	for (uint64_t at = 0; at + step <= size; at += step) {
		const struct efi_memory *memory = (const void *)(map + at);
		uint64_t end = memory->start + memory->pages * EFI_PAGE_SIZE;
		if (becomes_free(memory))
			board->ranges_lost |= !ranges_add(&board->ram, memory->start, end);
		if (memory->type != EFI_RUNTIME_MMIO && memory->type != EFI_PORT_SPACE)
			ranges_add(&readable, memory->start, end);
	}
	return true;
}

static const uint8_t *readable_at(void *context, uint64_t pa, size_t size)
{
	(void)context;
	if (pa + size < pa || !ranges_contain(&readable, pa, pa + size))
		return NULL;
	return (const uint8_t *)(uintptr_t)pa;
}

// Of the tree itself: behind it there may be nothing that is mapped.
static uint32_t dtb_size(const uint8_t *dtb)
{
	struct fdt fdt;
	return fdt_open(&fdt, dtb, DTB_MAX) ? FDT_HEADER : fdt.size;
}

// While the caches are on: what UEFI has written may be nowhere else.
static void take_description(const struct efi_system_table *table)
{
	const uint8_t *dtb = find_table(table, &guid_dtb);
	const void *rsdp = find_table(table, &guid_acpi);
	struct acpi_reader reader = {.context = NULL};
	reader.at = readable_at;
	efi_boot.dtb = dtb;
	efi_boot.problem = NULL;
	if (dtb)
		cache_clean(dtb, dtb + dtb_size(dtb));
	else if (rsdp)
		efi_boot.problem =
		    discover_acpi(&efi_boot.board, &reader, (uint64_t)(uintptr_t)rsdp);
	else
		efi_boot.problem = "UEFI has neither a device tree nor ACPI tables";
}

uint64_t efi_entry(void *image, const struct efi_system_table *table)
{
	uint64_t key;
	memset(&efi_boot, 0, sizeof(efi_boot));
	take_options(image, table);
	if (!take_map(table->services, &key))
		return EFI_UNSUPPORTED;
	take_description(table);
	// The key is stale when anything was allocated meanwhile: by events, not by us.
	if (table->services->exit_boot_services(image, key) != EFI_SUCCESS &&
	    (!take_map(table->services, &key) ||
	     table->services->exit_boot_services(image, key) != EFI_SUCCESS))
		return EFI_UNSUPPORTED;
	efi_leave(efi_boot.dtb);
}
