// SPDX-License-Identifier: GPL-2.0-or-later
// Where things lie on disk: every name below the results directory. docs/run-directory.md tells what
// each is for.
#ifndef RECORD_LAYOUT_H
#define RECORD_LAYOUT_H

// RESULTS/
#define LAYOUT_RUNS        "runs"
#define LAYOUT_BATCHES     "batches"
#define LAYOUT_ACTIVE      "active"    // a lock a batch that is being carried out
#define LAYOUT_PAYLOADS    "payloads"  // unpacked kernels, and the image of each batch
#define LAYOUT_DOWNLOADS   "downloads" // fetched kernels and initrds, by content
#define LAYOUT_SPOOL       "spool"
#define LAYOUT_KERNELCI    "kernelci" // jobs of KernelCI that have no outcome yet, and the cache
#define LAYOUT_LATEST      "latest"   // link to the newest batch
#define LAYOUT_STORE       "store.sqlite"
#define LAYOUT_FARM        "farm.sqlite" // of the daemon: what cannot be derived
#define LAYOUT_FARM_COPY   "farm.sqlite.bak"
#define LAYOUT_DAEMON_LOCK "daemon.lock"
#define LAYOUT_CONTROL     "control" // the daemon's socket

// RESULTS/runs/ID/
#define LAYOUT_JOB_YAML     "job.yaml"
#define LAYOUT_BOARD_YAML   "board.yaml"
#define LAYOUT_CONSOLE      "console.raw"
#define LAYOUT_INDEX        "console.idx"
#define LAYOUT_EVENTS       "events.jsonl"
#define LAYOUT_RUN_JSON     "run.json"
#define LAYOUT_WORKER_LOG   "worker.log"
#define LAYOUT_QEMU_LOG     "qemu.log"
#define LAYOUT_COMMANDS_LOG "commands.log"
#define LAYOUT_CONSOLE_LOG  "console.log"
#define LAYOUT_PTSAN        "ptsan.report"  // of the page-table sanitizer
#define LAYOUT_PTSAN_NAMES  "ptsan.symbols" // names of the addresses in it
#define LAYOUT_TRANSFER_LOG "transfer.log"
#define LAYOUT_LAVA         "lava"      // what lava-run is given
#define LAYOUT_LAVA_LOG     "lava.yaml" // what it wrote
#define LAYOUT_RESCANS      "rescans"
#define LAYOUT_RESERVE      "reserve"
#define LAYOUT_RECOVERIES   "recoveries" // a byte for each recovery of the run that was begun
#define LAYOUT_LOCK         "lock"       // also of a spool's destination
#define LAYOUT_PACKED       ".zst"       // behind the name of a file that prune has packed

// RESULTS/batches/ID/
#define LAYOUT_BATCH_JSON  "batch.json"
#define LAYOUT_TIMING_JSON "timing.json"
#define LAYOUT_KCIDB_JSON  "kcidb.json"
#define LAYOUT_MAILS       "mails.jsonl" // which mails told of it

// RESULTS/spool/DESTINATION/, and each item's own directory there
#define LAYOUT_SENT     "sent.jsonl"
#define LAYOUT_SENT_OLD "sent.jsonl.old"
#define LAYOUT_DEFERRED "deferred"
#define LAYOUT_BLOCKED  "blocked.json" // it refuses our login
#define LAYOUT_STATE    "state.json"
#define LAYOUT_DOCUMENT "document"

// Before the name of a directory that is not complete yet, or is being removed: no id begins with a
// dot, so nobody takes it for a run, a batch or an item.
#define LAYOUT_UNBORN    "."
#define LAYOUT_MAKING    ".tmp-"
#define LAYOUT_GONE      ".removed-"
#define LAYOUT_SENT_GONE ".gone-" // of an item

// RESULTS/runs/RUN, RESULTS/batches/BATCH, and a file in them; the caller frees.
char *layout_run(const char *results_dir, const char *run);
char *layout_run_file(const char *results_dir, const char *run, const char *name);
char *layout_batch(const char *results_dir, const char *batch);
char *layout_batch_file(const char *results_dir, const char *batch, const char *name);

#endif
