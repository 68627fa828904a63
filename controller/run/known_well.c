// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/known_well.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"

// Ids of runs are BATCH~BOARD~VARIANT~ATTEMPT, and no name has a '~'.
static bool is_of_board(const char *id, const char *board)
{
	const char *at = strchr(id, '~');
	size_t len = strlen(board);
	return at && strncmp(at + 1, board, len) == 0 && at[1 + len] == '~';
}

// When the run's console was written last; 0: it said nothing.
static int64_t spoke_ns(const char *results_dir, const char *id)
{
	CLEANUP_FREE char *dir = layout_run(results_dir, id);
	CLEANUP_FREE char *console = path_join(dir, LAYOUT_CONSOLE);
	struct stat st;
	if (stat(console, &st) < 0 || st.st_size == 0)
		return 0;
	return st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
}

char *known_well(const char *results_dir, const char *board, const char *own, int64_t now_ns)
{
	CLEANUP_FREE char *runs = path_join(results_dir, LAYOUT_RUNS);
	CLEANUP_CLOSEDIR DIR *d = opendir(runs);
	CLEANUP_FREE char *newest = NULL;
	int64_t newest_ns = now_ns - KNOWN_WELL_S * NS_PER_S;
	for (const struct dirent *entry; d && (entry = readdir(d));) {
		if (strcmp(entry->d_name, own) == 0 || !is_of_board(entry->d_name, board))
			continue;
		int64_t at_ns = spoke_ns(results_dir, entry->d_name);
		if (at_ns <= newest_ns)
			continue;
		newest_ns = at_ns;
		free(newest);
		newest = memory_strdup(entry->d_name);
	}
	if (!newest)
		return NULL;
	return memory_printf("it spoke %lld min before, in run %s",
			     (long long)((now_ns - newest_ns) / (60 * NS_PER_S)), newest);
}
