// SPDX-License-Identifier: GPL-2.0-or-later
// ACPI tables anywhere in the input: a physical address is an offset into it, the root pointer is
// at its start. Checksums are put right first where a table can be found, or nothing would get far.
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board/discover.h"

struct blob {
	uint8_t *bytes;
	size_t size;
};

static const uint8_t *at(void *context, uint64_t pa, size_t size)
{
	const struct blob *blob = context;
	if (pa > blob->size || size > blob->size - pa)
		return NULL;
	uint8_t *table = blob->bytes + pa;
	uint8_t sum = 0;
	// Read as a whole table by now.
	if (size > 36) {
		for (size_t i = 0; i < size; i++)
			sum = (uint8_t)(sum + table[i]);
		table[9] = (uint8_t)(table[9] - sum);
	}
	return table;
}

static void seal(uint8_t *bytes, size_t size, size_t where)
{
	uint8_t sum = 0;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + bytes[i]);
	bytes[where] = (uint8_t)(bytes[where] - sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob blob = {malloc(size ? size : 1), size};
	struct board board;
	memcpy(blob.bytes, data, size);
	if (size >= 36) {
		seal(blob.bytes, 20, 8);
		seal(blob.bytes, 36, 32);
	}
	const struct acpi_reader reader = {.at = at, .context = &blob};
	memset(&board, 0, sizeof(board));
	discover_acpi(&board, &reader, 0);
	free(blob.bytes);
	return 0;
}
