// SPDX-License-Identifier: GPL-2.0-or-later
// The key `detect:` of farm.yaml, board types and jobs: what a site adds to the detector's rules.
//
//     detect:
//       - {text: "mydrv: DMA stuck", means: splat, sub: mydrv, severity: 4}
//       - {text: "farm> ", means: ready, anchored: true}
//       - {text: "BUG: harmless", means: ignore}
#ifndef CONFIG_LITERALS_H
#define CONFIG_LITERALS_H

#include "config/node.h"
#include "detect/detect.h"

// The most literals of one list, so that a board's and a job's together fit one detector.
#define LITERALS_LIMIT (DETECT_LITERALS_MAX / 2)

struct literals {
	struct detect_literal *items; // owned; the strings belong to the file they are from
	size_t count;
};

// Reads and checks the literals as the detector does, so that detect_new never refuses one of them.
struct error *literals_parse(struct config_node n, struct literals *out) ERROR_RESULT;
void literals_deinit(struct literals *l);
#define CLEANUP_LITERALS CLEANUP(literals_deinit)

// The files of `from` must outlive `to`. Fails when they do not fit one list.
struct error *literals_append(struct literals *to, const struct literals *from) ERROR_RESULT;

// Appends the key and its list, each line behind `indent`; nothing when the list is empty.
void literals_dump(const char *indent, const struct literals *l, struct buffer *out);

// A splat's class; anything that the detector does not know is refused with the list of those.
struct error *config_splat_class(struct config_node n, const char **out) ERROR_RESULT;
// The same, or the class of what no console shows (FINDING_PTSAN).
struct error *config_finding_class(struct config_node n, const char **out) ERROR_RESULT;

#endif
