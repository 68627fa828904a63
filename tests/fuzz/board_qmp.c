// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes from a QMP socket: an error or a state, never a crash; memory stays bounded.
#include <stdint.h>
#include <stdlib.h>

#include "board/qmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmp q = {0};
	CLEANUP_ERROR struct error *e = NULL;
	for (size_t at = 0; at < size && !e; at += 7)
		e = qmp_feed(&q, data + at, size - at < 7 ? size - at : 7);
	if (q.pending.len > QMP_LINE_LIMIT)
		abort();
	qmp_deinit(&q);
	return 0;
}
