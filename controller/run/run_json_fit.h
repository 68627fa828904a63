// SPDX-License-Identifier: GPL-2.0-or-later
// A verdict is never lost for want of room: what explains it gives way first.
#ifndef RUN_RUN_JSON_FIT_H
#define RUN_RUN_JSON_FIT_H

#include <jansson.h>
#include <stddef.h>

// The document `o` of run_json_make as text; the caller frees; NULL: it cannot be written at all.
char *run_json_text(const json_t *o);

// The same in at most `limit` bytes. `o` loses, in this order and no more than it must: console text of
// the findings (counted in `excerpts_cut`), samples of the metrics, then findings, metrics and tests
// (counted in `dropped`): of findings those stay that decided the verdict, unwanted roots by
// severity; of tests those that did not pass. The verdict, its reason, run, board, payload and log stay.
char *run_json_fit(json_t *o, size_t limit);

#endif
