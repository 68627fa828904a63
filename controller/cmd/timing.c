// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/timing.h"

static const struct cmd *const words[] = {
    &timing_detect, &timing_repetitions, &timing_simulate, &timing_list,
    &timing_show,   &timing_explain,     &timing_ack,      &timing_wontfix,
    &timing_ab,     &timing_noise,       &timing_evaluate, NULL,
};

const struct cmd cmd_timing = {
    .name = "timing",
    .arguments = "WORD [ARGUMENTS]",
    .summary = "Finds, explains and follows performance changes",
    .after = "  mmfarm timing help        the options of each\n",
    .words = words,
};
