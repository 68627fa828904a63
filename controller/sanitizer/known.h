// SPDX-License-Identifier: GPL-2.0-or-later
// Findings that are known of released kernels, so that a night reddens on new ones only.
#ifndef SANITIZER_KNOWN_H
#define SANITIZER_KNOWN_H

// Why a finding is known of a kernel that calls itself `version` ("Linux version 7.3.0-rc7 ..."): one
// sentence; NULL: it is not known.
const char *known_finding(const char *rule, const char *function, const char *version);

#endif
