// SPDX-License-Identifier: GPL-2.0-or-later
// Prefixes of no known form, learnt from the log itself.
//
// A log's lines have one prefix: columns that are constant (the name of a program or a container) and
// columns that vary within a kind (a time, a number, a host). Where a line that only the kernel prints
// (a report's header, a boot banner) stands behind such columns, they are remembered as a shape; lines
// of the same shape lose them from then on. A header with much text of its own proves a shape at once,
// a weaker line has to come several times.
#ifndef DETECT_PREFIX_LEARN_H
#define DETECT_PREFIX_LEARN_H

#include "detect/prefix.h"

#define SHAPE_COLUMNS 16
#define SHAPES_MAX    4

struct shape_column {
	uint8_t kind;  // enum column of prefix_learn.c
	uint32_t hash; // of a constant column's text, 0: it varies
};

struct prefix_shape {
	struct shape_column columns[SHAPE_COLUMNS];
	uint8_t count; // 0: unused
	uint8_t seen;  // lines that spoke for it
	bool proven;
	bool kernel; // it names the kernel: programs do not use it
};

struct prefix_learner {
	struct prefix_shape shapes[SHAPES_MAX];
	uint8_t next; // to be replaced
	bool proven;  // some shape is
};

// Could a rule's line begin somewhere behind the first `from` bytes? Quick; never false when one does.
bool prefix_may_hide(struct detect_view text, size_t from);

// Takes a shape that is proven off a line of no known prefix. With `learn`, lines that speak for a
// shape are counted. True: prefix->len and prefix->kernel have changed.
bool prefix_take_shape(struct prefix_learner *l, struct detect_view text, struct prefix *prefix,
		       bool learn);

#endif
