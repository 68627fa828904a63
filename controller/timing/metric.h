// SPDX-License-Identifier: GPL-2.0-or-later
// The description of a metric (kind, direction, unit, limits), and the key that names a series.
#ifndef TIMING_METRIC_H
#define TIMING_METRIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "timing/params.h"

// The kind of quantity. Metrics of different kinds never join one mean.
enum metric_kind {
	KIND_TIME,
	KIND_CYCLES,
	KIND_COUNT,
	KIND_SIZE,
	KIND_BYTES,
};

// Which direction is better.
enum metric_direction {
	DIRECTION_LOWER,  // less is better
	DIRECTION_HIGHER, // more is better
	DIRECTION_NONE,   // neither: changes are told, never judged
};

enum metric_model {
	MODEL_NOISY,
	MODEL_EXACT, // equal code gives equal numbers: instruction counts, sizes, table counts
};

enum metric_aggregate {
	AGGREGATE_AUTO, // starts as the payload's usual one, switches for much less noise
	AGGREGATE_MIN,
	AGGREGATE_MEDIAN,
};

struct metric_spec {
	const char *name; // borrowed
	const char *unit; // borrowed
	enum metric_kind kind;
	enum metric_direction direction;
	enum metric_model model;
	enum metric_aggregate aggregate;
	double min_rel, min_abs; // 0: the room's default
	double budget_rel;       // 0: the room's default
	double tick;             // resolution of the counter in `unit`; 0: unknown
	const char *owner;       // borrowed; NULL: nobody
};

const char *metric_kind_name(enum metric_kind k);
const char *metric_direction_name(enum metric_direction d);
const char *metric_model_name(enum metric_model m);
const char *metric_aggregate_name(enum metric_aggregate a);

// False when `word` names none.
bool metric_kind_parse(const char *word, enum metric_kind *out);
bool metric_direction_parse(const char *word, enum metric_direction *out);
bool metric_model_parse(const char *word, enum metric_model *out);
bool metric_aggregate_parse(const char *word, enum metric_aggregate *out);

// A metric as its payload calls it: results keep names as KCIDB paths, in which an index in brackets
// becomes `_N_`; here it is `[N]` again. A name that ends a part in `_N_` by itself is taken for one with
// an index. Owned by the caller.
char *metric_own_name(const char *path);

// The room's constants with the metric's own in their place.
struct timing_params metric_params(const struct metric_spec *m, const struct timing_params *room);

// Whether two exact values are the same: they differ by no more than a step of the counter (`tick` of
// metric_params(), >= 0). The one rule for alerts, comparisons and recorded series.
bool metric_same(double a, double b, double tick);

// How a board's clock relates to real time.
enum platform {
	PLATFORM_HARDWARE,
	PLATFORM_TCG,    // emulated, host time: informational only
	PLATFORM_ICOUNT, // emulated, counting instructions: exact
	PLATFORMS,
};

const char *platform_name(enum platform p);

// The CPU a number was measured on. Numbers of different CPUs never join one series.
struct cpu_key {
	uint64_t midr; // MIDR_EL1; revision, part, architecture, variant and implementer count
	bool bbml2;    // may change live leaf sizes
	enum platform platform;
	const char *emulator; // borrowed: QEMU's version, -icount arguments, machine, RAM size;
			      // NULL on hardware
};

struct series_key {
	const char *job, *variant, *board_class, *metric; // borrowed
	struct cpu_key cpu;
};

// "0x41:0xd82:0:3 bbml2 hw" and the whole key with '|' between its parts; '|' and '\' inside a
// part are escaped, so that different keys never print alike.
void cpu_key_print(const struct cpu_key *k, struct buffer *out);
void series_key_print(const struct series_key *k, struct buffer *out);

// FNV-1a; seeds generators and ids with names.
uint64_t name_hash(const char *name);

#endif
