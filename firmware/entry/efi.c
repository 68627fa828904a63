// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdint.h>

#define EFI_UNSUPPORTED ((UINT64_C(1) << 63) | 3)

uint64_t efi_entry(void *image, void *table);

// For now UEFI is told that this is not for it.
uint64_t efi_entry(void *image, void *table)
{
	(void)image;
	(void)table;
	return EFI_UNSUPPORTED;
}
