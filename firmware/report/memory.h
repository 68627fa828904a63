// SPDX-License-Identifier: GPL-2.0-or-later
// Where report/page.h keeps its text, and how that gets to where others can read it.
#ifndef FIRMWARE_REPORT_MEMORY_H
#define FIRMWARE_REPORT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#define RESULT_PAGE_OFFSET 0x1e0000 // from the image's start; firmware.lds places it
#define RESULT_PAGE_SIZE   0x20000  // with its header (report/page.h)

// RESULT_PAGE_SIZE bytes.
void *memory_page(void);

// What was stored there so far is in memory itself, for whoever has no part in this CPU's caches.
void memory_settle(const void *start, size_t size);

#endif
