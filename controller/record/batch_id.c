// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/batch_id.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "record/layout.h"

void batch_id_form(int64_t realtime_ns, uint64_t chance, char out[BATCH_ID_SIZE])
{
	char stamp[17];
	clock_compact(realtime_ns, stamp);
	snprintf(out, BATCH_ID_SIZE, "%s-%010llx", stamp, (unsigned long long)(chance >> 24));
}

// Two alike are told apart by who makes the folder.
void batch_id_make(int64_t realtime_ns, char out[BATCH_ID_SIZE])
{
	batch_id_form(realtime_ns, random_seed(), out);
}

bool batch_id_is_valid(const char *id)
{
	static const char form[] = "00000000T000000Z-xxxxxxxxxx";
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		const char *allowed = form[i] == '0'   ? "0123456789"
				      : form[i] == 'x' ? "0123456789abcdef"
						       : (char[]){form[i], '\0'};
		if (!id[i] || !strchr(allowed, id[i]))
			return false;
	}
	return id[sizeof(form) - 1] == '\0';
}

struct error *batch_id_resolve(const char *results_dir, const char *word, char **out)
{
	if (word && strcmp(word, "latest") != 0) {
		*out = memory_strdup(word);
		return NULL;
	}
	CLEANUP_FREE char *link = path_join(results_dir, LAYOUT_LATEST);
	char target[512];
	ssize_t len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return error_new(ERROR_USAGE, "%s: no batch has been finished here", results_dir);
	target[len] = '\0';
	const char *slash = strrchr(target, '/');
	*out = memory_strdup(slash ? slash + 1 : target);
	return NULL;
}
