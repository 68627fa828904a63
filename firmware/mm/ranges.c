// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/ranges.h"

// Replaces `old` ranges from `at` on by `new` others, which the caller fills in. False: no room.
static bool splice(struct ranges *set, unsigned at, unsigned old, unsigned new)
{
	if (set->count - old + new > RANGES_MAX)
		return false;
	if (new > old) {
		for (unsigned i = set->count; i > at + old; i--)
			set->range[i - 1 + new - old] = set->range[i - 1];
	} else {
		for (unsigned i = at + old; i < set->count; i++)
			set->range[i + new - old] = set->range[i];
	}
	set->count = set->count - old + new;
	return true;
}

bool ranges_add(struct ranges *set, uint64_t start, uint64_t end)
{
	unsigned first = 0;
	unsigned last;

	if (start >= end)
		return true;
	while (first < set->count && set->range[first].end < start)
		first++;
	for (last = first; last < set->count && set->range[last].start <= end; last++) {
		start = min_u64(start, set->range[last].start);
		end = max_u64(end, set->range[last].end);
	}
	if (!splice(set, first, last - first, 1))
		return false;
	set->range[first] = (struct range){start, end};
	return true;
}

bool ranges_remove(struct ranges *set, uint64_t start, uint64_t end)
{
	unsigned first = 0;
	unsigned last;
	struct range left[2];
	unsigned count = 0;

	if (start >= end)
		return true;
	while (first < set->count && set->range[first].end <= start)
		first++;
	for (last = first; last < set->count && set->range[last].start < end; last++)
		;
	if (last == first)
		return true;
	if (set->range[first].start < start)
		left[count++] = (struct range){set->range[first].start, start};
	if (set->range[last - 1].end > end)
		left[count++] = (struct range){end, set->range[last - 1].end};
	if (!splice(set, first, last - first, count))
		return false;
	for (unsigned i = 0; i < count; i++)
		set->range[first + i] = left[i];
	return true;
}

void ranges_round_inward(struct ranges *set, uint64_t alignment)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < set->count; i++) {
		struct range r = set->range[i];
		uint64_t start = align_up(r.start, alignment);
		uint64_t end = align_down(r.end, alignment);
		// A start that wrapped to 0 lies in the last page of the number space.
		if (start >= r.start && start < end)
			set->range[kept++] = (struct range){start, end};
	}
	set->count = kept;
}

const struct range *ranges_find(const struct ranges *set, uint64_t x)
{
	unsigned low = 0;
	unsigned high = set->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		if (set->range[middle].end <= x)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < set->count && set->range[low].start <= x)
		return &set->range[low];
	return NULL;
}

bool ranges_contain(const struct ranges *set, uint64_t start, uint64_t end)
{
	if (start >= end)
		return true;
	const struct range *r = ranges_find(set, start);
	return r && end <= r->end;
}

uint64_t ranges_total(const struct ranges *set)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < set->count; i++)
		total += set->range[i].end - set->range[i].start;
	return total;
}

bool ranges_take_lowest(struct ranges *set, uint64_t size, uint64_t alignment, uint64_t *start)
{
	for (unsigned i = 0; i < set->count; i++) {
		struct range r = set->range[i];
		uint64_t at = align_up(r.start, alignment);
		if (at < r.start || at >= r.end || r.end - at < size)
			continue;
		if (!ranges_remove(set, at, at + size))
			return false;
		*start = at;
		return true;
	}
	return false;
}

bool ranges_take_highest(struct ranges *set, uint64_t size, uint64_t alignment, uint64_t *start)
{
	for (unsigned i = set->count; i-- > 0;) {
		struct range r = set->range[i];
		if (r.end - r.start < size)
			continue;
		uint64_t at = align_down(r.end - size, alignment);
		if (at < r.start)
			continue;
		if (!ranges_remove(set, at, at + size))
			return false;
		*start = at;
		return true;
	}
	return false;
}
