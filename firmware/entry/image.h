// SPDX-License-Identifier: GPL-2.0-or-later
// Places of the image, from the linker script. Identity mapped: addresses are physical, too.
#ifndef FIRMWARE_ENTRY_IMAGE_H
#define FIRMWARE_ENTRY_IMAGE_H

#include <stdint.h>

#include "report/warn.h"

extern const uint8_t image_start[];
extern const uint8_t pe_data_start[]; // everything before is code and constants
extern const uint8_t symbols_start[];
extern const struct warn_entry bug_table_start[], bug_table_end[];

// Stand-ins of a kernel image.
extern uint8_t img_text_start[], img_rodata_start[], img_init_begin[], img_init_end[];
extern uint8_t img_bss_stop[], img_pgtbl[];
extern uint8_t static_tables_start[], static_tables_end[];
extern const uint8_t img_end[];

static inline uint64_t image_address(const void *place)
{
	return (uint64_t)(uintptr_t)place;
}

#endif
