// SPDX-License-Identifier: GPL-2.0-or-later
// The words behind `mmfarm timing`, one file each.
#ifndef CMD_TIMING_H
#define CMD_TIMING_H

#include "base/error.h"

extern const char timing_detect_help[], timing_simulate_help[], timing_alerts_help[],
    timing_ab_help[], timing_noise_help[], timing_repetitions_help[];

// What series of a file are named after: the file's name without folders and ending. The caller
// frees.
char *timing_series_name(const char *path);

// As cmd.run; argv[0] is the word.
struct error *timing_detect_run(int argc, char **argv, int *code);
struct error *timing_repetitions_run(int argc, char **argv, int *code);
struct error *timing_simulate_run(int argc, char **argv, int *code);
struct error *timing_list_run(int argc, char **argv, int *code);
struct error *timing_show_run(int argc, char **argv, int *code);
struct error *timing_explain_run(int argc, char **argv, int *code);
struct error *timing_ack_run(int argc, char **argv, int *code);
struct error *timing_wontfix_run(int argc, char **argv, int *code);
struct error *timing_ab_run(int argc, char **argv, int *code);
struct error *timing_noise_run(int argc, char **argv, int *code);
struct error *timing_evaluate_run(int argc, char **argv, int *code);

#endif
