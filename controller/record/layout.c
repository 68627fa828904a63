// SPDX-License-Identifier: GPL-2.0-or-later
#include "record/layout.h"

#include "base/memory.h"

char *layout_run(const char *results_dir, const char *run)
{
	return memory_printf("%s/" LAYOUT_RUNS "/%s", results_dir, run);
}

char *layout_run_file(const char *results_dir, const char *run, const char *name)
{
	return memory_printf("%s/" LAYOUT_RUNS "/%s/%s", results_dir, run, name);
}

char *layout_batch(const char *results_dir, const char *batch)
{
	return memory_printf("%s/" LAYOUT_BATCHES "/%s", results_dir, batch);
}

char *layout_batch_file(const char *results_dir, const char *batch, const char *name)
{
	return memory_printf("%s/" LAYOUT_BATCHES "/%s/%s", results_dir, batch, name);
}
