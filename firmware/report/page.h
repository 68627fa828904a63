// SPDX-License-Identifier: GPL-2.0-or-later
// Everything that is printed, kept in memory as well: for a boot loader's `md` after a reset, or a
// debugger, where no serial port is known. At a fixed distance from where the image was loaded.
#ifndef FIRMWARE_REPORT_PAGE_H
#define FIRMWARE_REPORT_PAGE_H

#include <stddef.h>
#include <stdint.h>

#include "report/memory.h"

// Little-endian words; the text follows, in lines that end in a newline.
struct result_page {
	char magic[8];   // "MMFWPAGE", written last at the start of a run
	uint32_t header; // bytes of this structure
	uint32_t room;   // for text, behind it
	uint32_t length; // of the text
	uint32_t crc;    // CRC-32 of the text
	uint32_t lost;   // bytes that found no room
	uint32_t ended;  // the last line is the `end` record's
};

// Empties the page: nothing of an earlier run may be taken for this one's.
void page_start(void);

// Adds a line. When the room is nearly used up only `end` records and those of failures are kept. The
// caller holds the console.
void page_line(const char *line);

#endif
