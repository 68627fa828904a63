// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a file of LAVA's: what is written of it is a YAML file of ours that can be read.
#include <stdint.h>
#include <stdlib.h>

#include "config/import_lava.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct buffer *text)
{
	CLEANUP_CONFIG_FILE struct config_file *again = NULL;
	CLEANUP_ERROR struct error *e =
	    config_file_parse("imported.yaml", text->data, text->len, &again);
	if (e)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	CLEANUP_ERROR struct error *e = config_file_parse("fuzz.yaml", data, size, &f);
	if (e)
		return 0;
	CLEANUP_BUFFER struct buffer device = {0}, job = {0};
	CLEANUP_PROBLEMS struct config_problems a = {0}, b = {0};
	import_lava_kind(f);
	import_lava_device(f, "b1", "/srv/device.yaml", &device, &a);
	import_lava_job(f, "j1", "b1", &job, &b);
	check(&device);
	check(&job);
	return 0;
}
