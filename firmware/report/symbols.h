// SPDX-License-Identifier: GPL-2.0-or-later
// Names for addresses: a table of the image's functions, made by the build from the first of two
// links (firmware/symbols.awk) and put into a section of fixed size.
#ifndef FIRMWARE_REPORT_SYMBOLS_H
#define FIRMWARE_REPORT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbol {
	const char *name;
	uint64_t offset; // of the address in the function
	uint64_t size;   // up to the next function
};

// False when the address is in no function.
bool symbol_find(uint64_t address, struct symbol *symbol);

// "name+0xOFF/0xSIZE", or "0xADDRESS" when there is no name.
void symbol_format(char *out, size_t size, uint64_t address);

#endif
