// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a KCIDB document: the checker ends, counts its problems, and what it accepts is read
// object by object without a fault.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "results/kcidb/kcidb_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct error *count_object(void *context, const char *list, const char *text, size_t len)
{
	(void)list;
	if (len < 2 || text[0] != '{' || text[len - 1] != '}')
		abort();
	++*(size_t *)context;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);
	memcpy(text, data, size);
	struct kcidb_problems p = {0};
	kcidb_check_text("fuzz", text, size, &p);
	size_t seen = 0;
	CLEANUP_ERROR struct error *e = kcidb_each_object("fuzz", text, size, count_object, &seen);
	if ((p.count == 0) != (e == NULL) || (p.count == 0 && seen != p.objects))
		abort();
	for (size_t i = 0; i < p.count && i < KCIDB_PROBLEMS_KEPT; i++)
		if (!p.texts[i])
			abort();
	kcidb_problems_deinit(&p);
	free(text);
	return 0;
}
