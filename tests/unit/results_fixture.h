// SPDX-License-Identifier: GPL-2.0-or-later
// Run and batch directories for tests of controller/results/: written as the worker writes them, so
// that a test says only what it is about.
#ifndef UNIT_RESULTS_FIXTURE_H
#define UNIT_RESULTS_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "text/json_writer.h"

#define FIXTURE_BATCH "20260604T010000Z-abc123"
#define FIXTURE_SPLAT                                                               \
	"------------[ cut here ]------------\n"                                    \
	"WARNING: firmware/mm/split.c:42 at split_guard+0x15c/0x170, CPU#0: main\n" \
	"Call trace:\n split_guard+0x15c/0x170 (P)\n---[ end trace 0000000000000000 ]---\n"

struct fixture_run {
	const char *id;
	const char *variant;
	const char *board;
	const char *type;
	const char *pool;
	const char *midr;
	const char *start_time;
	const char *verdict;
	const char *reason;
	size_t splats;       // findings with signatures 0, 1...
	const char *excerpt; // of each; NULL: FIXTURE_SPLAT
	size_t excerpt_len;  // 0: strlen
	bool wanted;
	size_t tests;        // that PASS, mmfarm.test.N
	size_t metrics;      // mmfarm.t.N
	const char *console; // console.raw; NULL: none
	const char *extra;   // further members of run.json, ",\"x\":1"
};

static inline char *fixture_dir(void)
{
	char *dir = memory_strdup("/tmp/mmfarm-unit-XXXXXX");
	if (!mkdtemp(dir))
		abort();
	return dir;
}

static inline int fixture_remove_one(const char *path, const struct stat *st, int flag,
				     struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void fixture_remove(char *dir)
{
	nftw(dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

static inline void fixture_check(struct error *e)
{
	if (!e)
		return;
	fprintf(stderr, "fixture: %s\n", error_text(e));
	abort();
}

static inline void fixture_file(const char *dir, const char *name, const char *bytes, size_t len)
{
	char *path = memory_printf("%s/%s", dir, name);
	char *folder = path_dir(path);
	fixture_check(file_make_dirs(folder));
	fixture_check(file_write_atomic(path, bytes, len));
	free(folder);
	free(path);
}

static inline void fixture_findings(struct json_writer *w, const struct fixture_run *r)
{
	const char *excerpt = r->excerpt ? r->excerpt : FIXTURE_SPLAT;
	size_t len = r->excerpt_len ? r->excerpt_len : strlen(excerpt);
	json_put_array(w, "findings");
	for (size_t i = 0; i < r->splats; i++) {
		char sig[17];
		json_put_object(w, NULL);
		json_put_int(w, "line", (int64_t)(118 + 30 * i));
		json_put_int(w, "line_last", (int64_t)(141 + 30 * i));
		json_put_int(w, "byte_first", (int64_t)(8123 + 2000 * i));
		json_put_int(w, "byte_last", (int64_t)(9411 + 2000 * i));
		json_put_text(w, "class", "warn");
		json_put_text(w, "func", i == 0 ? "split_guard" : "split_change");
		json_put_text(w, "file", "firmware/mm/split.c");
		json_put_text(w, "title",
			      i == 0 ? "WARNING at firmware/mm/split.c split_guard"
				     : "WARNING at firmware/mm/split.c split_change");
		for (int level = 1; level <= 3; level++) {
			char key[8];
			snprintf(key, sizeof(key), "sig%d", level);
			snprintf(sig, sizeof(sig), "%d00000000000000%zx", level, i % 16);
			json_put_text(w, key, sig);
		}
		json_put_int(w, "severity", 3);
		json_put_flag(w, "complete", true);
		json_put_flag(w, "wanted", r->wanted);
		json_put_int(w, "rules_version", 1);
		json_put_text_cut(w, "excerpt", excerpt, len, SIZE_MAX);
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
}

static inline void fixture_results(struct json_writer *w, const struct fixture_run *r)
{
	json_put_array(w, "tests");
	for (size_t i = 0; i < r->tests; i++) {
		char path[64];
		snprintf(path, sizeof(path), "mmfarm.test.%zu", i);
		json_put_object(w, NULL);
		json_put_text(w, "path", path);
		json_put_text(w, "status", "PASS");
		json_put_text(w, "comment", "as it should be");
		json_put_int(w, "line", (int64_t)(200 + i));
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
	json_put_array(w, "metrics");
	for (size_t i = 0; i < r->metrics; i++) {
		char path[64];
		snprintf(path, sizeof(path), "mmfarm.t.%zu", i);
		json_put_object(w, NULL);
		json_put_text(w, "path", path);
		json_put_double(w, "value", 1.6e-7 + (double)i * 1e-9);
		json_put_text(w, "unit", "s");
		json_put_text(w, "prefix", "metric");
		json_put_text(w, "status", "DONE");
		json_put_int(w, "n", 31);
		json_put_double(w, "min", 1.4e-7);
		json_put_double(w, "max", 9.1e-7);
		json_put_double(w, "p90", 2e-7);
		json_put_double(w, "mad", 4e-9);
		json_put_int(w, "line", (int64_t)(600 + i));
		json_put_end(w, '}');
	}
	json_put_end(w, ']');
}

static inline void fixture_put_run(struct json_writer *w, const struct fixture_run *r)
{
	const char *midr = r->midr ? r->midr : "0x410fd823";
	json_put_object(w, NULL);
	json_put_text(w, "format", "mmfarm-run/1");
	json_put_text(w, "id", r->id);
	json_put_text(w, "batch", FIXTURE_BATCH);
	json_put_text(w, "job", "nightly");
	json_put_text(w, "variant", r->variant ? r->variant : "premap");
	json_put_int(w, "attempt", 1);
	json_put_object(w, "board");
	json_put_text(w, "name", r->board ? r->board : "vx4-01");
	json_put_text(w, "type", r->type ? r->type : "qemu-virt-cortex-x4");
	json_put_text(w, "pool", r->pool ? r->pool : "bbml2");
	json_put_array(w, "compatible");
	json_put_text(w, NULL, "linux,dummy-virt");
	json_put_end(w, ']');
	json_put_text(w, "description", "QEMU virt");
	json_put_object(w, "cpu");
	json_put_text(w, "name", "Cortex-X4");
	json_put_text(w, "midr", midr);
	json_put_int(w, "bbm", 2);
	json_put_flag(w, "bbml2", true);
	json_put_end(w, '}');
	json_put_end(w, '}');
	json_put_object(w, "payload");
	json_put_text(w, "kind", "firmware");
	json_put_text(w, "name", "mm.img");
	json_put_text(w, "file", "build/firmware/mm.img");
	json_put_text(w, "sha256",
		      "0f3c0d3b1a0e4c0a9f3c0d3b1a0e4c0a9f3c0d3b1a0e4c0a9f3c0d3b1a0e4c0a");
	json_put_int(w, "size", 65536);
	json_put_text(w, "arguments", "order=premap");
	json_put_end(w, '}');
	json_put_text(w, "start_time", r->start_time ? r->start_time : "2026-06-04T01:10:00Z");
	json_put_double(w, "duration", 2.75);
	json_put_double(w, "deadline", 60);
	json_put_text(w, "verdict", r->verdict ? r->verdict : "PASS");
	json_put_text(w, "reason", r->reason ? r->reason : "all as wanted");
	json_put_flag(w, "wanted", r->wanted);
	json_put_text(w, "outcome", "ok");
	json_put_int(w, "boots", 1);
	json_put_double(w, "clock_hz", 62500000);
	json_put_array(w, "cpus");
	json_put_object(w, NULL);
	json_put_int(w, "n", 0);
	json_put_text(w, "midr", midr);
	json_put_int(w, "bbm", 2);
	json_put_flag(w, "cap", true);
	json_put_end(w, '}');
	json_put_end(w, ']');
	fixture_results(w, r);
	fixture_findings(w, r);
	if (r->extra)
		buffer_append_str(&w->text, r->extra);
	json_put_end(w, '}');
}

static inline void fixture_write_run(const char *results_dir, const struct fixture_run *r)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	fixture_put_run(&w, r);
	char name[300];
	if (r->console) {
		snprintf(name, sizeof(name), "runs/%s/console.raw", r->id);
		fixture_file(results_dir, name, r->console, strlen(r->console));
	}
	snprintf(name, sizeof(name), "runs/%s/run.json", r->id);
	fixture_file(results_dir, name, buffer_str(&w.text), w.text.len);
}

// batch.json of FIXTURE_BATCH with these runs; `extra` as for runs, or NULL.
static inline void fixture_write_batch(const char *results_dir, const struct fixture_run *runs,
				       size_t count, const char *extra)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_object(&w, NULL);
	json_put_text(&w, "format", "mmfarm-batch/1");
	json_put_text(&w, "id", FIXTURE_BATCH);
	json_put_text(&w, "job", "nightly");
	json_put_text(&w, "file", "jobs/nightly.yaml");
	json_put_text(&w, "lab", "lab1");
	json_put_text(&w, "origin", "mmfarm");
	json_put_text(&w, "start_time", "2026-06-04T01:00:00Z");
	json_put_text(&w, "finish_time", "2026-06-04T01:31:02Z");
	json_put_text(&w, "comment", "the nightly job");
	json_put_array(&w, "runs");
	for (size_t i = 0; i < count; i++)
		json_put_text(&w, NULL, runs[i].id);
	json_put_end(&w, ']');
	json_put_object(&w, "checkout");
	json_put_text(&w, "tree_name", "arm64");
	json_put_text(&w, "git_repository_url", "https://git.example.org/linux.git");
	json_put_text(&w, "git_repository_branch", "for-next/mm");
	json_put_text(&w, "git_commit_hash", "d68e691c093a0000000000000000000000000001");
	json_put_text(&w, "patchset_hash", "");
	json_put_end(&w, '}');
	json_put_array(&w, "builds");
	for (size_t i = 0; i < count; i++) {
		const char *variant = runs[i].variant ? runs[i].variant : "premap";
		bool seen = false;
		for (size_t k = 0; k < i; k++)
			seen = seen ||
			       strcmp(runs[k].variant ? runs[k].variant : "premap", variant) == 0;
		if (seen)
			continue;
		json_put_object(&w, NULL);
		json_put_text(&w, "name", variant);
		json_put_text(&w, "config_name", variant);
		json_put_text(&w, "architecture", "arm64");
		json_put_end(&w, '}');
	}
	json_put_end(&w, ']');
	if (extra)
		buffer_append_str(&w.text, extra);
	json_put_end(&w, '}');
	fixture_file(results_dir, "batches/" FIXTURE_BATCH "/batch.json", buffer_str(&w.text),
		     w.text.len);
}

static inline void fixture_write(const char *results_dir, const struct fixture_run *runs,
				 size_t count)
{
	for (size_t i = 0; i < count; i++)
		fixture_write_run(results_dir, &runs[i]);
	fixture_write_batch(results_dir, runs, count, NULL);
}

// The seed's case: premap fails its guard on every bbml2 board as wanted, nowhere else.
static const struct fixture_run fixture_seed[] = {
    {.id = "r-vx4-premap",
     .board = "vx4-01",
     .splats = 2,
     .wanted = true,
     .tests = 5,
     .metrics = 3},
    {.id = "r-vv3-premap",
     .board = "vv3-01",
     .type = "qemu-virt-neoverse-v3",
     .splats = 2,
     .wanted = true,
     .tests = 5,
     .metrics = 3},
    {.id = "r-a53-premap",
     .board = "a53-01",
     .type = "qemu-virt-cortex-a53",
     .pool = "no-bbml2",
     .midr = "0x410fd034",
     .tests = 5},
    {.id = "r-vx4-textro", .variant = "textro", .board = "vx4-01", .tests = 5},
    {.id = "r-vv3-textro",
     .variant = "textro",
     .board = "vv3-01",
     .type = "qemu-virt-neoverse-v3",
     .tests = 5},
    {.id = "r-a53-textro",
     .variant = "textro",
     .board = "a53-01",
     .type = "qemu-virt-cortex-a53",
     .pool = "no-bbml2",
     .midr = "0x410fd034",
     .tests = 5},
};
#define FIXTURE_SEED_COUNT (sizeof(fixture_seed) / sizeof(fixture_seed[0]))

#endif
