// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/batch_id.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"

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
