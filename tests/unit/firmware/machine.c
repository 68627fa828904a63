// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/firmware/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/entry.h"
#include "report/warn.h"
#include "unit/firmware/bbm.h"

#define CHUNK_SIZE UINT64_C(0x10000)

struct chunk {
	struct chunk *next, *next_reverse;
	paddr_t pa;
	uint64_t *words; // aligned to their size
};

unsigned splats;
const char *splat_function = "";
jmp_buf panic_return;
bool panic_expected;
char panic_text[256];

void splats_clear(void)
{
	splats = 0;
	splat_function = "";
}

void warn_host(const char *file, int line, const char *function)
{
	(void)file;
	(void)line;
	splats++;
	splat_function = function;
}

void panic_host(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(panic_text, sizeof(panic_text), format, arguments);
	va_end(arguments);
	if (!panic_expected) {
		fprintf(stderr, "%s:%d: panic: %s\n", file, line, panic_text);
		abort();
	}
	panic_expected = false;
	longjmp(panic_return, 1);
}

uint64_t machine_random(struct machine *machine, uint64_t below)
{
	// xorshift64*: good enough to choose cases, the same everywhere.
	machine->random ^= machine->random >> 12;
	machine->random ^= machine->random << 25;
	machine->random ^= machine->random >> 27;
	return (machine->random * UINT64_C(0x2545f4914f6cdd1d) >> 11) % below;
}

static void *grow(void *array, size_t *room, size_t count, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? *room * 2 : 64;
	array = realloc(array, *room * size);
	if (!array)
		abort();
	return array;
}

static struct chunk **reverse_of(struct machine *machine, const uint64_t *words)
{
	return &machine->reverse[((uintptr_t)words / CHUNK_SIZE) % MACHINE_BUCKETS];
}

paddr_t machine_pa_of(const struct machine *machine, const uint64_t *word)
{
	const uint64_t *words = (const uint64_t *)align_down((uintptr_t)word, CHUNK_SIZE);
	const struct chunk *chunk =
	    machine->reverse[((uintptr_t)words / CHUNK_SIZE) % MACHINE_BUCKETS];

	while (chunk && chunk->words != words)
		chunk = chunk->next_reverse;
	if (!chunk)
		abort(); // no memory of the machine's
	return chunk->pa + ((uintptr_t)word - (uintptr_t)words);
}

static void *pointer(void *context, paddr_t pa)
{
	struct machine *machine = context;
	paddr_t base = align_down(pa, CHUNK_SIZE);
	struct chunk **bucket = &machine->buckets[(base / CHUNK_SIZE) % MACHINE_BUCKETS];
	struct chunk *chunk = *bucket;

	while (chunk && chunk->pa != base)
		chunk = chunk->next;
	if (!chunk) {
		// Memory comes up dirty: nothing may rely on zeroes it did not write.
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			abort();
		chunk->words = aligned_alloc(CHUNK_SIZE, CHUNK_SIZE);
		if (!chunk->words)
			abort();
		memset(chunk->words, 0xa5, CHUNK_SIZE);
		chunk->pa = base;
		chunk->next = *bucket;
		*bucket = chunk;
		bucket = reverse_of(machine, chunk->words);
		chunk->next_reverse = *bucket;
		*bucket = chunk;
	}
	return (char *)chunk->words + (pa - base);
}

static void record(struct machine *machine, struct event event)
{
	if (!machine->recording)
		return;
	machine->events =
	    grow(machine->events, &machine->event_room, machine->event_count, sizeof(event));
	machine->events[machine->event_count++] = event;
}

static void maybe_speculate(struct machine *machine, uint64_t one_in)
{
	if (machine->speculate_one_in && machine_random(machine, one_in) == 0)
		machine->speculate(machine->speculate_context);
}

static void page_zero(void *context, paddr_t pa)
{
	struct machine *machine = context;
	size_t size = page_size(machine->geometry);
	uint64_t *words = pointer(machine, pa);
	struct late_page page = {.pa = pa, .before = malloc(size)};

	if (!page.before)
		abort();
	memcpy(page.before, words, size);
	if (machine->bbm)
		bbm_zero(machine->bbm, pa);
	memset(words, 0, size);
	machine->pages =
	    grow(machine->pages, &machine->page_room, machine->page_count, sizeof(page));
	machine->pages[machine->page_count++] = page;
	record(machine, (struct event){.kind = EVENT_ZERO, .value = pa});
}

static void store(void *context, uint64_t *entry, uint64_t desc)
{
	struct machine *machine = context;

	if (machine->bbm)
		bbm_store(machine->bbm, entry, desc);
	machine->stores = grow(machine->stores, &machine->store_room, machine->store_count,
			       sizeof(*machine->stores));
	machine->stores[machine->store_count++] = (struct late_store){entry, *entry};
	record(machine, (struct event){
			    .kind = EVENT_STORE, .entry = entry, .before = *entry, .value = desc});
	*entry = desc;
	// A walk looks through all late stores: the more there are, the rarer it is.
	maybe_speculate(machine, machine->speculate_one_in + machine->store_count / 4);
}

static void settle(struct machine *machine)
{
	machine->store_count = 0;
	while (machine->page_count)
		free(machine->pages[--machine->page_count].before);
}

static void barrier(void *context, enum barrier kind)
{
	struct machine *machine = context;

	// The last moment for a walker to be wrong about what the barrier settles.
	for (unsigned i = 0; i < 4; i++)
		maybe_speculate(machine, machine->speculate_one_in);
	if (machine->bbm)
		bbm_barrier(machine->bbm, kind);
	if (kind != BARRIER_ISB)
		settle(machine);
	record(machine, (struct event){.kind = EVENT_BARRIER, .value = kind});
}

void machine_flush_tlb(struct machine *machine)
{
	memset(machine->tlb, 0, sizeof(machine->tlb));
}

static void drop(struct machine *machine, vaddr_t start, uint64_t size)
{
	for (unsigned i = 0; i < MACHINE_TLB; i++) {
		struct tlb_entry *entry = &machine->tlb[i];
		if (entry->used && entry->va < start + size && entry->va + entry->size > start)
			entry->used = false;
	}
}

// Bits above `bits` as bit `bits - 1`: the VAs under test are kernel ones.
static vaddr_t sign_extend(uint64_t value, unsigned bits)
{
	return (vaddr_t)((int64_t)(value << (64 - bits)) >> (64 - bits));
}

static void tlbi(void *context, const struct tlbi_op *op)
{
	struct machine *machine = context;
	const struct geometry *g = machine->geometry;

	machine->invalidations++;
	if (machine->bbm)
		bbm_tlbi(machine->bbm, op);
	record(machine, (struct event){.kind = EVENT_TLBI, .value = op->operand, .tlbi = op->kind});
	switch (op->kind) {
	case TLBI_VMALLE1IS:
		machine_flush_tlb(machine);
		break;
	case TLBI_VAALE1IS:
		drop(machine, sign_extend(op->operand << 12, 56), page_size(g));
		break;
	case TLBI_RVAALE1IS: {
		uint64_t base = op->operand & ((UINT64_C(1) << 37) - 1);
		unsigned num = (op->operand >> 39) & 31;
		unsigned scale = (op->operand >> 44) & 3;
		unsigned tg = (op->operand >> 46) & 3;
		if (tg != g->granule + 1U || (op->operand >> 48) != 0 || ((op->operand >> 37) & 3))
			abort();
		drop(machine, sign_extend(base << g->page_shift, 37 + g->page_shift),
		     (uint64_t)(num + 1) << (5 * scale + 1 + g->page_shift));
		break;
	}
	}
	maybe_speculate(machine, machine->speculate_one_in);
}

static void split_lock(void *context)
{
	struct machine *machine = context;

	pthread_mutex_lock(&machine->split_mutex);
	machine->locked++;
	record(machine, (struct event){.kind = EVENT_LOCK});
}

static void split_unlock(void *context)
{
	struct machine *machine = context;

	machine->locked--;
	record(machine, (struct event){.kind = EVENT_UNLOCK});
	pthread_mutex_unlock(&machine->split_mutex);
}

static unsigned cpus_online(void *context)
{
	struct machine *machine = context;

	return machine->online;
}

void machine_init(struct machine *machine, const struct geometry *g, uint64_t seed)
{
	*machine = (struct machine){.geometry = g, .random = seed * 2 + 1, .online = 1};
	pthread_mutex_init(&machine->split_mutex, NULL);
	machine->ops.pointer = pointer;
	machine->ops.page_zero = page_zero;
	machine->ops.store = store;
	machine->ops.barrier = barrier;
	machine->ops.tlbi = tlbi;
	machine->ops.split_lock = split_lock;
	machine->ops.split_unlock = split_unlock;
	machine->ops.cpus_online = cpus_online;
}

void machine_deinit(struct machine *machine)
{
	settle(machine);
	pthread_mutex_destroy(&machine->split_mutex);
	for (unsigned i = 0; i < MACHINE_BUCKETS; i++) {
		while (machine->buckets[i]) {
			struct chunk *chunk = machine->buckets[i];
			machine->buckets[i] = chunk->next;
			free(chunk->words);
			free(chunk);
		}
	}
	free(machine->stores);
	free(machine->pages);
	free(machine->events);
}

void machine_record(struct machine *machine)
{
	machine->recording = true;
	machine->event_count = 0;
}

// What a walker sees at an entry: what is there, or anything it held since the last barrier.
static uint64_t walker_read(struct machine *machine, paddr_t table, unsigned index)
{
	uint64_t *entries = pointer(machine, table);
	uint64_t seen = entries[index];
	unsigned choices = 1;

	for (size_t i = 0; i < machine->store_count; i++)
		if (machine->stores[i].entry == &entries[index] &&
		    machine_random(machine, ++choices) == 0)
			seen = machine->stores[i].before;
	for (size_t i = 0; i < machine->page_count; i++)
		if (machine->pages[i].pa == table && machine_random(machine, ++choices) == 0)
			seen = machine->pages[i].before[index];
	return seen;
}

static bool in_memory(struct machine *machine, paddr_t pa)
{
	paddr_t base = align_down(pa, CHUNK_SIZE);
	struct chunk *chunk = machine->buckets[(base / CHUNK_SIZE) % MACHINE_BUCKETS];

	while (chunk && chunk->pa != base)
		chunk = chunk->next;
	return chunk && is_aligned(pa, page_size(machine->geometry));
}

static bool tlb_lookup(const struct machine *machine, vaddr_t va, uint64_t *desc, paddr_t *pa)
{
	for (unsigned i = 0; i < MACHINE_TLB; i++) {
		const struct tlb_entry *entry = &machine->tlb[i];
		if (entry->used && va - entry->va < entry->size) {
			*desc = entry->desc;
			*pa = desc_pa(entry->desc) + (va - entry->va);
			return true;
		}
	}
	return false;
}

bool machine_translate(struct machine *machine, paddr_t root, vaddr_t va, uint64_t *desc,
		       paddr_t *pa)
{
	const struct geometry *g = machine->geometry;
	paddr_t table = root;

	// Half of the time as a CPU that never saw this address.
	if (machine_random(machine, 2) && tlb_lookup(machine, va, desc, pa))
		return true;
	for (unsigned level = g->start_level; level <= LEVEL_PTE; level++) {
		uint64_t found = walker_read(machine, table, level_index(g, level, va));
		if (!(found & DESC_VALID))
			return false;
		if (desc_is_table(found, level)) {
			table = desc_pa(found);
			if (!in_memory(machine, table))
				return false; // followed garbage: an external abort
			continue;
		}
		uint64_t size = desc_is_cont(found) ? cont_size(g, level) : level_size(g, level);
		uint64_t offset = va & (size - 1);
		*desc = found;
		*pa = align_down(desc_pa(found), size) + offset;
		machine->tlb[machine_random(machine, MACHINE_TLB)] = (struct tlb_entry){
		    .used = true,
		    .va = va - offset,
		    .size = size,
		    .desc = (found & ~DESC_OA_MASK) | align_down(desc_pa(found), size),
		};
		return true;
	}
	return false;
}
