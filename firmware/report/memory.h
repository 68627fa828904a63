// SPDX-License-Identifier: GPL-2.0-or-later
// Where report/page.h keeps its text, and how that gets to where others can read it.
#ifndef FIRMWARE_REPORT_MEMORY_H
#define FIRMWARE_REPORT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

// RESULT_PAGE_SIZE bytes.
void *memory_page(void);

// What was stored there so far is in memory itself, for whoever has no part in this CPU's caches.
void memory_settle(const void *start, size_t size);

#endif
