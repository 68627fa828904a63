// SPDX-License-Identifier: GPL-2.0-or-later
// Triage of a batch: its findings, each with what explains it.
#ifndef TRIAGE_TRIAGE_H
#define TRIAGE_TRIAGE_H

#include "base/error.h"
#include "triage/findings.h"

struct issues_config;
struct known_state;
struct store;

struct triage {
	struct history history;
	struct findings findings;
	const struct issues_config *issues; // borrowed
	struct known_state *states;         // of each issue
};

// `issues` has to live longer. Everything is released by triage_deinit, also after an error. ERROR_USAGE: the store has no such batch.
struct error *triage_batch(struct store *s, const char *batch, const struct issues_config *issues,
			   struct triage *out) ERROR_RESULT;
void triage_deinit(struct triage *t);
#define CLEANUP_TRIAGE CLEANUP(triage_deinit)

#endif
