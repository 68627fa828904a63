// SPDX-License-Identifier: GPL-2.0-or-later
// One name for one thing of the lab, whoever names it, so that what two boards or two users claim can be
// compared. No name server is asked.
#ifndef BOARD_CLAIM_NAMES_H
#define BOARD_CLAIM_NAMES_H

// A host by name or number: case, a final dot, ways to write an address, and all names of this host
// itself (`own`, as gethostname(2) says; may be NULL) are one. The caller frees.
char *claim_host(const char *host, const char *own);

// A URL as url_normal has it (base/url.h), with its host as above and without a login. What is no URL
// stays as it is. The caller frees.
char *claim_url(const char *url, const char *own);

#endif
