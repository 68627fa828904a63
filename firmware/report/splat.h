// SPDX-License-Identifier: GPL-2.0-or-later
// Reports in the words of an arm64 Linux kernel, so that whoever reads kernel logs reads ours.
#ifndef FIRMWARE_REPORT_SPLAT_H
#define FIRMWARE_REPORT_SPLAT_H

#include <stddef.h>
#include <stdint.h>

#include "entry/cpu.h"
#include "report/warn.h"

#define SPLAT_NAMES 4

// What the reports say of where they come from. All members live on.
struct splat_setup {
	const char *version;
	const char *model;
	const char *source; // of `model`: "DT" or "ACPI"
	// Writes "pgd=..., pud=..." for an address, NULL: no tables to tell of yet.
	void (*describe)(uint64_t va, char *out, size_t size);
	// Ends the run after the last words.
	__attribute__((noreturn)) void (*die)(void);
};

void splat_init(const struct splat_setup *setup);
void splat_describe_with(void (*describe)(uint64_t va, char *out, size_t size));

// A WARN at `entry` was hit with these registers.
void splat_warn(const struct regs *regs, const struct warn_entry *entry);

// The entry for the BRK at `pc`, NULL when it is none of ours.
const struct warn_entry *warn_find(uint64_t pc);

// An exception nobody asked for. `vector`: number of the vector it came by (16: stack overflow).
_Noreturn void splat_oops(const struct regs *regs, unsigned int vector);

// How many WARNs were reported, and the function (NULL: unknown) of the first SPLAT_NAMES.
unsigned int splat_count(void);
const char *splat_function(unsigned int index);

#endif
