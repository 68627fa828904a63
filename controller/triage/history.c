// SPDX-License-Identifier: GPL-2.0-or-later
#include "triage/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_INDEX 256 // places, at first
#define PLACES      4   // parts of a batch that are told apart

static const struct {
	const char *name;
	bool of_board;
} attributes[ATTRIBUTES] = {
    [ATTRIBUTE_VARIANT] = {"variant", false},
    [ATTRIBUTE_ORDER] = {"order", false},
    [ATTRIBUTE_GRANULE] = {"granule", false},
    [ATTRIBUTE_BUILD] = {"build", false},
    [ATTRIBUTE_CAPABILITY] = {"capability", true},
    [ATTRIBUTE_POOL] = {"pool", true},
    [ATTRIBUTE_IMPLEMENTER] = {"CPU implementer", true},
    [ATTRIBUTE_PART] = {"CPU part", true},
    [ATTRIBUTE_CPU_VARIANT] = {"CPU variant", true},
    [ATTRIBUTE_REVISION] = {"CPU revision", true},
    [ATTRIBUTE_TYPE] = {"board type", true},
    [ATTRIBUTE_BOARD] = {"board", true},
    [ATTRIBUTE_HOST] = {"host", true},
    [ATTRIBUTE_STRIP] = {"power strip", true},
    [ATTRIBUTE_EMULATOR] = {"emulator", true},
    [ATTRIBUTE_BOOT_LOADER] = {"boot loader", true},
    [ATTRIBUTE_HOUR] = {"time of night", false},
    [ATTRIBUTE_PLACE] = {"place in the night", false},
    [ATTRIBUTE_BEFORE] = {"what ran before", false},
};

const char *attribute_name(enum attribute a)
{
	return attributes[a].name;
}

bool attribute_is_of_board(enum attribute a)
{
	return attributes[a].of_board;
}

void history_init(struct history *h)
{
	*h = (struct history){0};
	h->index_size = h->symptom_index_size = FIRST_INDEX;
	h->index = memory_new(h->index_size, sizeof(*h->index));
	h->symptom_index = memory_new(h->symptom_index_size, sizeof(*h->symptom_index));
	ARRAY_APPEND(h->words, h->words_count, "");
}

void history_deinit(struct history *h)
{
	arena_deinit(&h->arena);
	free(h->batches);
	free(h->runs);
	free(h->symptoms);
	free(h->sightings);
	free(h->words);
	free(h->index);
	free(h->symptom_index);
	*h = (struct history){0};
}

static const char *keep(struct history *h, const char *s)
{
	return s ? arena_strndup(&h->arena, s, strlen(s)) : NULL;
}

// ---- words --------------------------------------------------------------------------------------

// FNV-1a, goes on from `hash`.
static uint32_t hash_text(uint32_t hash, const char *s)
{
	for (; s && *s; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return (hash ^ 0xffu) * 16777619u;
}

static uint32_t hash_word(const char *s)
{
	return hash_text(2166136261u, s);
}

static void put_index(uint32_t *index, size_t size, uint32_t hash, uint32_t value)
{
	size_t at = hash & (size - 1);
	while (index[at])
		at = (at + 1) & (size - 1);
	index[at] = value;
}

static void grow_words(struct history *h)
{
	free(h->index);
	h->index_size *= 2;
	h->index = memory_new(h->index_size, sizeof(*h->index));
	for (size_t i = 1; i < h->words_count; i++)
		put_index(h->index, h->index_size, hash_word(h->words[i]), (uint32_t)i);
}

uint32_t history_word(struct history *h, const char *text)
{
	if (!text || !text[0])
		return 0;
	uint32_t hash = hash_word(text);
	for (size_t at = hash & (h->index_size - 1); h->index[at];
	     at = (at + 1) & (h->index_size - 1))
		if (strcmp(h->words[h->index[at]], text) == 0)
			return h->index[at];
	if (h->words_count * 2 > h->index_size)
		grow_words(h);
	put_index(h->index, h->index_size, hash, (uint32_t)h->words_count);
	ARRAY_APPEND(h->words, h->words_count, keep(h, text));
	return (uint32_t)(h->words_count - 1);
}

const char *history_text(const struct history *h, uint32_t word)
{
	return word < h->words_count ? h->words[word] : "";
}

// ---- adding -------------------------------------------------------------------------------------

size_t history_add_batch(struct history *h, const struct history_batch *b)
{
	struct history_batch own = {.id = keep(h, b->id),
				    .job = keep(h, b->job),
				    .start_time = keep(h, b->start_time),
				    .commit = keep(h, b->commit),
				    .commit_name = keep(h, b->commit_name),
				    .first = h->runs_count};
	ARRAY_APPEND(h->batches, h->batches_count, own);
	return h->batches_count - 1;
}

size_t history_add_run(struct history *h, const struct history_run *r)
{
	struct history_run own = *r;
	own.id = keep(h, r->id);
	own.batch = h->batches_count - 1;
	own.first = h->sightings_count;
	own.count = 0;
	ARRAY_APPEND(h->runs, h->runs_count, own);
	h->batches[own.batch].count++;
	return h->runs_count - 1;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

// Splats are the same by class and signature, whatever their title says.
static bool same_symptom(const struct symptom *a, const struct symptom *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == SYMPTOM_SPLAT)
		return same_text(a->class, b->class) && same_text(a->sig2, b->sig2);
	return same_text(a->name, b->name);
}

static uint32_t hash_symptom(const struct symptom *s)
{
	bool splat = s->kind == SYMPTOM_SPLAT;
	uint32_t hash = 2166136261u + (uint32_t)s->kind;
	return hash_text(hash_text(hash, splat ? s->class : ""), splat ? s->sig2 : s->name);
}

static void grow_symptoms(struct history *h)
{
	free(h->symptom_index);
	h->symptom_index_size *= 2;
	h->symptom_index = memory_new(h->symptom_index_size, sizeof(*h->symptom_index));
	for (size_t i = 0; i < h->symptoms_count; i++)
		put_index(h->symptom_index, h->symptom_index_size, hash_symptom(&h->symptoms[i]),
			  (uint32_t)i + 1);
}

size_t history_symptom(struct history *h, const struct symptom *s)
{
	uint32_t hash = hash_symptom(s);
	size_t mask = h->symptom_index_size - 1;
	for (size_t at = hash & mask; h->symptom_index[at]; at = (at + 1) & mask) {
		struct symptom *known = &h->symptoms[h->symptom_index[at] - 1];
		if (!same_symptom(known, s))
			continue;
		known->status = status_worse(known->status, s->status);
		return (size_t)(known - h->symptoms);
	}
	struct symptom own = *s;
	own.class = keep(h, s->class);
	own.sig2 = keep(h, s->sig2);
	own.name = keep(h, s->name ? s->name : "");
	own.function = keep(h, s->function);
	own.file = keep(h, s->file);
	if ((h->symptoms_count + 1) * 2 > h->symptom_index_size)
		grow_symptoms(h);
	put_index(h->symptom_index, h->symptom_index_size, hash, (uint32_t)h->symptoms_count + 1);
	ARRAY_APPEND(h->symptoms, h->symptoms_count, own);
	return h->symptoms_count - 1;
}

void history_add_sighting(struct history *h, const struct sighting *s)
{
	struct history_run *r = &h->runs[h->runs_count - 1];
	struct sighting own = *s;
	own.run = h->runs_count - 1;
	for (size_t i = r->first; i < r->first + r->count; i++)
		if (h->sightings[i].symptom == s->symptom) {
			h->sightings[i].wanted = h->sightings[i].wanted && s->wanted;
			return;
		}
	ARRAY_APPEND(h->sightings, h->sightings_count, own);
	r->count++;
}

const struct sighting *history_shows(const struct history *h, size_t run, size_t symptom)
{
	const struct history_run *r = &h->runs[run];
	for (size_t i = r->first; i < r->first + r->count; i++)
		if (h->sightings[i].symptom == symptom)
			return &h->sightings[i];
	return NULL;
}

// ---- what follows from the order ----------------------------------------------------------------

struct timed_run {
	int64_t start_ms;
	size_t run;
};

static int by_start(const void *a, const void *b)
{
	const struct timed_run *x = a, *y = b;
	if (x->start_ms != y->start_ms)
		return x->start_ms < y->start_ms ? -1 : 1;
	return x->run < y->run ? -1 : x->run > y->run;
}

// Each run of a batch gets its quarter, and the variant of the run ahead of it on its board.
static void complete_batch(struct history *h, const struct history_batch *b, uint32_t *last)
{
	static const char *const places[PLACES] = {"first quarter", "second quarter",
						   "third quarter", "last quarter"};
	struct timed_run *order = memory_new(b->count, sizeof(*order));
	for (size_t i = 0; i < b->count; i++)
		order[i] = (struct timed_run){h->runs[b->first + i].start_ms, b->first + i};
	qsort(order, b->count, sizeof(*order), by_start);
	uint32_t none = history_word(h, "nothing");
	for (size_t i = 0; i < b->count; i++) {
		struct history_run *r = &h->runs[order[i].run];
		uint32_t board = r->values[ATTRIBUTE_BOARD];
		r->values[ATTRIBUTE_PLACE] = history_word(h, places[i * PLACES / b->count]);
		r->values[ATTRIBUTE_BEFORE] = last[board] ? last[board] : none;
		last[board] = r->values[ATTRIBUTE_VARIANT];
	}
	for (size_t i = 0; i < b->count; i++)
		last[h->runs[b->first + i].values[ATTRIBUTE_BOARD]] = 0;
	free(order);
}

void history_complete(struct history *h)
{
	uint32_t *last = memory_new(h->words_count, sizeof(*last));
	for (size_t i = 0; i < h->batches_count; i++)
		if (h->batches[i].count > 0)
			complete_batch(h, &h->batches[i], last);
	free(last);
}
