// SPDX-License-Identifier: GPL-2.0-or-later
// A job of ours as a job definition of LAVA.
#ifndef CMD_EXPORT_LAVA_H
#define CMD_EXPORT_LAVA_H

#include "base/buffer.h"
#include "config/job.h"

// `variant`, `method`, `type`: NULL for the first, qemu, the first pool.
struct error *export_lava(const struct job_config *job, const char *variant, const char *method,
			  const char *type, struct buffer *out) ERROR_RESULT;

#endif
