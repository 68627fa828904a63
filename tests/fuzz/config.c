// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a boards file and as a job file: an error or a structure, and what reads back from a
// snapshot is the same.
#include <stdint.h>
#include <stdlib.h>

#include "config/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	CLEANUP_ERROR struct error *e = config_file_parse("fuzz.yaml", data, size, &f);
	if (e)
		return 0;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	CLEANUP_ERROR struct error *top = config_map_init(&m, config_file_root(f));
	if (top)
		abort(); // config_file_parse promises a mapping
	CLEANUP_BUFFER struct buffer text = {0};
	config_dump_map(&m, 0, &text);
	if (m.count == 0)
		return 0;
	CLEANUP_CONFIG_FILE struct config_file *again = NULL;
	CLEANUP_ERROR struct error *unread =
	    config_file_parse("again.yaml", buffer_str(&text), text.len, &again);
	if (unread)
		return 0; // NUL inside a value ends the dump early; such values are refused on use
	CLEANUP_CONFIG_MAP struct config_map n = {0};
	CLEANUP_ERROR struct error *bad = config_map_init(&n, config_file_root(again));
	if (bad || n.count != m.count)
		abort();
	return 0;
}
