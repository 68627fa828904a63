// SPDX-License-Identifier: GPL-2.0-or-later
#ifndef KERNEL_ARCHIVE_LIMITS_H
#define KERNEL_ARCHIVE_LIMITS_H

#include <stdint.h>

// What an archive may become.
struct archive_limits {
	uint64_t bytes;   // of all files together, unpacked; 0: 8 GiB
	uint64_t entries; // 0: 1000000
};

#endif
