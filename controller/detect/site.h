// SPDX-License-Identifier: GPL-2.0-or-later
// The site's literals as a second rule set, in storage behind struct detect.
#ifndef DETECT_SITE_H
#define DETECT_SITE_H

#include "detect/detect.h"
#include "detect/rules.h"

// Bytes of storage that site_build needs.
size_t site_size(const struct detect_config *config);

struct error *site_build(const struct detect_config *config, void *storage,
			 struct rule_set *out) ERROR_RESULT;

#endif
