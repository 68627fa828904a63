// SPDX-License-Identifier: GPL-2.0-or-later
// What the page-table sanitizer reported of a run (docs/sanitizer.md), read back. Pure: text in, findings
// out. A report that a killed emulator left, or that was damaged, is read as far as it goes and is
// never complete.
#ifndef SANITIZER_REPORT_H
#define SANITIZER_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPORT_FRAMES    12
#define REPORT_RULE_SIZE 48
#define REPORT_LIMIT     ((size_t)16 << 20) // bytes of a report
#define REPORT_MAX       20000              // findings that are kept

// A finding that was told whole, or with `told` false a place where some were counted.
struct reported_finding {
	unsigned line; // from 1; also its sequence number
	bool told;
	char rule[REPORT_RULE_SIZE];
	unsigned below; // wrong for break-before-make levels below this one; 4: for all
	unsigned cpu;
	int level;        // of the entry
	unsigned granule; // bytes; 0: not said
	bool lpa2;
	int64_t asid; // -1: global
	uint64_t pc, va, old_descriptor, new_descriptor, other_va, size;
	bool has_author;
	unsigned author_cpu;
	uint64_t author_pc;
	bool hint_excluded;
	uint64_t trace[REPORT_FRAMES], author_trace[REPORT_FRAMES];
	unsigned frames, author_frames;
	uint64_t times; // of a place
};
#define REPORT_ALL_LEVELS 4

// The figures of the end record that people are told.
struct report_figures {
	uint64_t findings, stores, changes, size_changes, tlbi, dsb, tables, records_peak;
	uint64_t missed_stores;
};

struct sanitizer_report {
	struct reported_finding *items; // owned
	size_t count;
	bool has_vectors;
	uint64_t vectors_va, vectors_address; // where the exception vectors are, and lie in memory
	bool complete;    // its end record says so, and nothing is missing or damaged
	char defect[160]; // why it is not, in words; "" when it is
	bool has_figures;
	struct report_figures figures;
	unsigned lines;
};

void sanitizer_report_read(const char *text, size_t len, struct sanitizer_report *out);
void sanitizer_report_deinit(struct sanitizer_report *r);
#define CLEANUP_SANITIZER_REPORT CLEANUP(sanitizer_report_deinit)

// Every address of code that the report names, each once, ascending; the caller frees.
uint64_t *sanitizer_report_addresses(const struct sanitizer_report *r, size_t *count);

#endif
