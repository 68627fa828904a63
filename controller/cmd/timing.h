// SPDX-License-Identifier: GPL-2.0-or-later
// The words behind `mmfarm timing`, one file each.
#ifndef CMD_TIMING_H
#define CMD_TIMING_H

#include "cmd/cmd.h"

// What series of a file are named after: the file's name without folders and ending. The caller
// frees.
char *timing_series_name(const char *path);

extern const struct cmd timing_detect, timing_repetitions, timing_simulate, timing_list,
    timing_show, timing_explain, timing_ack, timing_wontfix, timing_ab, timing_noise,
    timing_evaluate;

#endif
