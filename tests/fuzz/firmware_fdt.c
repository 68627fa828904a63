// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a device tree: read within their end, or refused.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board/discover.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct board board;
	// Exactly as much memory as there is input, so that a byte beyond is seen.
	uint8_t *blob = malloc(size ? size : 1);
	memcpy(blob, data, size);
	memset(&board, 0, sizeof(board));
	discover_fdt(&board, blob, size);
	free(blob);
	return 0;
}
