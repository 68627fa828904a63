// SPDX-License-Identifier: GPL-2.0-or-later
// A night of 200 runs with 300 results each: how long the KCIDB document takes and how big it is.
// Must: written and validated in < 1 s of this process's time (others may have the processor for
// longer), < 50 MB.
#include "unit/unit.h"

#include <inttypes.h>
#include <time.h>

#include "base/clock.h"
#include "results/kcidb/kcidb_check.h"
#include "results/kcidb/kcidb_write.h"
#include "results/results.h"
#include "unit/results_fixture.h"

enum { RUNS = 200 };

static double since(int64_t start_ns)
{
	return (double)(clock_monotonic_ns() - start_ns) / 1e9;
}

int main(void)
{
	char *dir = fixture_dir();
	static struct fixture_run runs[RUNS];
	for (size_t i = 0; i < RUNS; i++) {
		runs[i] = (struct fixture_run){
		    .id = memory_printf("20260604T010000Z-abc123-board%02zu-variant%zu-1", i / 10,
					i % 10),
		    .board = memory_printf("board%02zu", i / 10),
		    .variant = memory_printf("variant%zu", i % 10),
		    .pool = i < RUNS / 2 ? "bbml2" : "no-bbml2",
		    .splats = i < RUNS / 2 ? 2 : 0,
		    .wanted = true,
		    .tests = 200,
		    .metrics = 100,
		};
	}
	fixture_write(dir, runs, RUNS);

	int64_t start = clock_monotonic_ns();
	struct batch_results b;
	fixture_check(batch_results_load(dir, FIXTURE_BATCH, &b));
	printf("load %d runs             %6.3f s\n", RUNS, since(start));

	char *path = memory_printf("%s/batches/%s/kcidb.json", dir, FIXTURE_BATCH);
	start = clock_monotonic_ns();
	clock_t used = clock();
	fixture_check(kcidb_write_batch(dir, &b));
	double write_s = since(start), own_s = (double)(clock() - used) / CLOCKS_PER_SEC;
	struct stat st;
	if (stat(path, &st) < 0)
		abort();
	start = clock_monotonic_ns();
	fixture_check(kcidb_check_file(path));
	double check_s = since(start);
	printf("write and validate       %6.3f s (%.3f s its own; validate %.3f s), %.1f MB\n",
	       write_s, own_s, check_s, (double)st.st_size / 1e6);

	int code;
	start = clock_monotonic_ns();
	fixture_check(results_finish_batch(dir, FIXTURE_BATCH, NULL, NULL, &code));
	printf("finish batch, all of it  %6.3f s\n", since(start));
	batch_results_deinit(&b);
	free(path);
	for (size_t i = 0; i < RUNS; i++) {
		free((char *)(uintptr_t)runs[i].id);
		free((char *)(uintptr_t)runs[i].board);
		free((char *)(uintptr_t)runs[i].variant);
	}
	fixture_remove(dir);
	bool good = own_s < 1.0 && st.st_size < 50000000;
	printf("%s\n", good ? "ok" : "too slow or too big");
	return good ? 0 : 1;
}
