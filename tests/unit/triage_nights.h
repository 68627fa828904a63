// SPDX-License-Identifier: GPL-2.0-or-later
// Nights with a known truth, for tests of controller/triage/: a lab of boards, and what shows where.
#ifndef UNIT_TRIAGE_NIGHTS_H
#define UNIT_TRIAGE_NIGHTS_H

#include <stdio.h>

#include "base/random.h"
#include "triage/history.h"

#define NIGHT_MS 86400000LL

struct lab_board {
	const char *name, *type, *part;
	unsigned implementer, variant, revision;
	bool bbml2;
	const char *host, *strip;
};

struct lab {
	const struct lab_board *boards;
	size_t count;
};

struct night {
	struct history *h;
	const struct lab *lab;
	struct random random;
	size_t number;
	const char *emulator, *payload;
};

static inline void night_begin(struct night *n, const char *commit)
{
	char id[32], start[32];
	snprintf(id, sizeof(id), "N%03zu", n->number);
	snprintf(start, sizeof(start), "2026-%02zu-%02zuT01:00:00Z", 1 + n->number / 28 % 12,
		 1 + n->number % 28);
	const struct history_batch b = {
	    .id = id, .start_time = start, .commit = commit, .commit_name = commit};
	history_add_batch(n->h, &b);
	n->number++;
}

// Adds a run, `minute` minutes into the night; its sightings are added by night_show.
static inline size_t night_run(struct night *n, const struct lab_board *b, const char *variant,
			       size_t minute, enum status verdict)
{
	char id[96];
	struct history *h = n->h;
	snprintf(id, sizeof(id), "N%03zu~%s~%s~%zu", n->number - 1, b->name, variant, minute);
	struct history_run r = {.id = id,
				.start_ms = (int64_t)n->number * NIGHT_MS + 3600000 +
					    (int64_t)minute * 60000,
				.verdict = verdict,
				.whole = verdict != STATUS_MISS && verdict != STATUS_SKIP};
	char payload[256];
	snprintf(payload, sizeof(payload), "%s %s", n->payload ? n->payload : id, variant);
	r.payload = history_word(h, payload);
	r.values[ATTRIBUTE_VARIANT] = history_word(h, variant);
	r.values[ATTRIBUTE_ORDER] = history_word(h, variant);
	r.values[ATTRIBUTE_BUILD] = history_word(h, n->payload ? n->payload : "mm.img");
	r.values[ATTRIBUTE_CAPABILITY] = history_word(h, b->bbml2 ? "BBML2" : "no BBML2");
	r.values[ATTRIBUTE_POOL] = history_word(h, b->bbml2 ? "bbml2" : "no-bbml2");
	char word[64];
	snprintf(word, sizeof(word), "0x%02x", b->implementer);
	r.values[ATTRIBUTE_IMPLEMENTER] = history_word(h, word);
	r.values[ATTRIBUTE_PART] = history_word(h, b->part);
	snprintf(word, sizeof(word), "%s r%u", b->part, b->variant);
	r.values[ATTRIBUTE_CPU_VARIANT] = history_word(h, word);
	snprintf(word, sizeof(word), "%s r%up%u", b->part, b->variant, b->revision);
	r.values[ATTRIBUTE_REVISION] = history_word(h, word);
	r.values[ATTRIBUTE_TYPE] = history_word(h, b->type);
	r.values[ATTRIBUTE_BOARD] = history_word(h, b->name);
	r.values[ATTRIBUTE_HOST] = history_word(h, b->host);
	r.values[ATTRIBUTE_STRIP] = history_word(h, b->strip);
	r.values[ATTRIBUTE_EMULATOR] = history_word(h, n->emulator);
	snprintf(word, sizeof(word), "%02zuh", 1 + minute / 60);
	r.values[ATTRIBUTE_HOUR] = history_word(h, word);
	return history_add_run(h, &r);
}

static inline size_t night_symptom(struct history *h, enum symptom_kind kind, const char *name)
{
	const struct symptom s = {.kind = kind,
				  .status = kind == SYMPTOM_LAB ? STATUS_MISS : STATUS_FAIL,
				  .class = "warn",
				  .sig2 = name,
				  .name = name,
				  .function = name,
				  .severity = 3};
	return history_symptom(h, &s);
}

// The run added last shows it.
static inline void night_show(struct night *n, enum symptom_kind kind, const char *name, int line)
{
	const struct sighting s = {.symptom = night_symptom(n->h, kind, name), .line = line};
	history_add_sighting(n->h, &s);
}

static inline void night_want(struct night *n, const char *name, int line)
{
	const struct sighting s = {
	    .symptom = night_symptom(n->h, SYMPTOM_SPLAT, name), .line = line, .wanted = true};
	history_add_sighting(n->h, &s);
}

// ---- a lab --------------------------------------------------------------------------------------

// The shipped virtual boards.
static const struct lab_board lab_virt_boards[] = {
    {"vx4-01", "x4", "Cortex-X4", 0x41, 0, 3, true, "h1", NULL},
    {"vv3-01", "v3", "Neoverse-V3", 0x41, 0, 2, true, "h1", NULL},
    {"vamp1-01", "amp", "AmpereOne", 0xc0, 0, 0, true, "h1", NULL},
    {"va53-01", "a53", "Cortex-A53", 0x41, 0, 4, false, "h1", NULL},
    {"va72-01", "a72", "Cortex-A72", 0x41, 0, 3, false, "h1", NULL},
    {"va76-01", "a76", "Cortex-A76", 0x41, 4, 1, false, "h1", NULL},
    {"vn1-01", "n1", "Neoverse-N1", 0x41, 4, 1, false, "h1", NULL},
    {"vmax-01", "max", "QEMU max", 0x00, 0, 0, false, "h1", NULL},
};
static const struct lab lab_virt = {lab_virt_boards,
				    sizeof(lab_virt_boards) / sizeof(lab_virt_boards[0])};

static const char *const lab_variants[] = {"premap", "textro", "rodataro", "roonly"};
#define LAB_VARIANTS 4

#endif
