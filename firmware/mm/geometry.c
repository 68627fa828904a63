// SPDX-License-Identifier: GPL-2.0-or-later
#include "mm/geometry.h"

static const struct geometry geometries[GRANULE_COUNT] = {
    [GRANULE_4K] = {.name = "4k",
		    .granule = GRANULE_4K,
		    .page_shift = 12,
		    .va_bits = 48,
		    .start_level = 0,
		    .first_leaf_level = LEVEL_PUD,
		    .cont_shift = {[LEVEL_PMD] = 4, [LEVEL_PTE] = 4},
		    .memstart_shift = 30,
		    .tg0 = 0,
		    .tg1 = 2},
    [GRANULE_16K] = {.name = "16k",
		     .granule = GRANULE_16K,
		     .page_shift = 14,
		     .va_bits = 47,
		     .start_level = 1,
		     .first_leaf_level = LEVEL_PMD,
		     .cont_shift = {[LEVEL_PMD] = 5, [LEVEL_PTE] = 7},
		     .memstart_shift = 30,
		     .tg0 = 2,
		     .tg1 = 1},
    [GRANULE_64K] = {.name = "64k",
		     .granule = GRANULE_64K,
		     .page_shift = 16,
		     .va_bits = 48,
		     .start_level = 1,
		     .first_leaf_level = LEVEL_PMD,
		     .cont_shift = {[LEVEL_PMD] = 5, [LEVEL_PTE] = 5},
		     .memstart_shift = 29,
		     .tg0 = 1,
		     .tg1 = 3},
};

const struct geometry *geometry_get(enum granule granule)
{
	return &geometries[granule];
}

bool geometry_supported(enum granule granule, uint64_t mmfr0)
{
	unsigned tgran4 = (mmfr0 >> 28) & 0xf;
	unsigned tgran64 = (mmfr0 >> 24) & 0xf;
	unsigned tgran16 = (mmfr0 >> 20) & 0xf;

	switch (granule) {
	case GRANULE_4K:
		return tgran4 <= 1;
	case GRANULE_16K:
		return tgran16 == 1 || tgran16 == 2;
	case GRANULE_64K:
		return tgran64 <= 1;
	}
	return false;
}

bool geometry_choose(uint64_t mmfr0, enum granule *granule)
{
	static const uint8_t preferred[GRANULE_COUNT] = {GRANULE_4K, GRANULE_64K, GRANULE_16K};

	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		if (geometry_supported((enum granule)preferred[i], mmfr0)) {
			*granule = (enum granule)preferred[i];
			return true;
		}
	}
	return false;
}
