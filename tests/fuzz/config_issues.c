// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a file of known issues: refused with a place in the file, or issues that say what they
// are about.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/issues.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_file *f = NULL;
	CLEANUP_ISSUES struct issues_config c = {0};
	CLEANUP_ERROR struct error *e = config_file_parse("fuzz.yaml", data, size, &f);
	if (e)
		return 0;
	CLEANUP_ERROR struct error *mistake = issues_add_file(&c, f);
	if (mistake && (strncmp(error_text(mistake), "fuzz.yaml:", 10) != 0 ||
			error_kind(mistake) != ERROR_CONFIG))
		abort();
	for (size_t i = 0; i < c.count; i++) {
		const struct known_issue *k = &c.items[i];
		if (!k->name || !k->title || !k->owner || k->expires < 1 ||
		    !(k->text || k->signature || k->function || k->file || k->test))
			abort();
	}
	return 0;
}
