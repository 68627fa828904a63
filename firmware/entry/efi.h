// SPDX-License-Identifier: GPL-2.0-or-later
// What UEFI told before its services ended.
#ifndef FIRMWARE_ENTRY_EFI_H
#define FIRMWARE_ENTRY_EFI_H

#include "board/hardware.h"

struct efi_boot {
	const void *dtb;     // NULL: none
	const char *problem; // with the tables, NULL: none
	// Memory and arguments, and what ACPI says when there is no device tree.
	struct board board;
};

#endif
