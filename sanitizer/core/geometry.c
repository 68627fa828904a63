// SPDX-License-Identifier: GPL-2.0-or-later
#include "geometry.h"

// Fields of TCR_EL1 and of TCR_EL2 with E2H.
#define TCR_T0SZ(tcr) ((tcr)&0x3f)
#define TCR_T1SZ(tcr) (((tcr) >> 16) & 0x3f)
#define TCR_TG0(tcr)  (((tcr) >> 14) & 3)
#define TCR_TG1(tcr)  (((tcr) >> 30) & 3)
#define TCR_EPD0(tcr) (((tcr) >> 7) & 1)
#define TCR_EPD1(tcr) (((tcr) >> 23) & 1)
#define TCR_DS(tcr)   (((tcr) >> 59) & 1)
// TCR_EL2 without E2H has its DS elsewhere.
#define TCR_EL2_DS(tcr) (((tcr) >> 32) & 1)

#define VA_BITS_MIN 16
#define VA_BITS_MAX 52

bool geometry_read(uint64_t tcr, bool two_halves, unsigned half, struct geometry *out)
{
	// TG0 and TG1 number the granules differently.
	static const uint8_t shifts[2][4] = {{12, 16, 14, 0}, {0, 14, 12, 16}};
	if (half > 1 || (half == 1 && !two_halves))
		return false;
	if (two_halves && (half ? TCR_EPD1(tcr) : TCR_EPD0(tcr)))
		return false;
	uint64_t size = half ? TCR_T1SZ(tcr) : TCR_T0SZ(tcr);
	uint8_t shift = shifts[half][half ? TCR_TG1(tcr) : TCR_TG0(tcr)];
	unsigned va_bits = 64 - (unsigned)size;
	if (!shift || va_bits < VA_BITS_MIN || va_bits > VA_BITS_MAX || va_bits <= shift)
		return false;
	unsigned stride = shift - 3u;
	unsigned levels = (va_bits - shift + stride - 1) / stride;
	*out = (struct geometry){
	    .shift = shift,
	    .va_bits = (uint8_t)va_bits,
	    .start_level = (int8_t)(PTSAN_LEAF_LEVEL + 1 - (int)levels),
	    .wide = shift != 16 && (two_halves ? TCR_DS(tcr) : TCR_EL2_DS(tcr)),
	    .top = half == 1,
	};
	return out->start_level >= -1;
}

unsigned geometry_entry_shift(const struct geometry *g, int level)
{
	return g->shift + (unsigned)(PTSAN_LEAF_LEVEL - level) * (g->shift - 3u);
}

unsigned geometry_entries(const struct geometry *g, int level)
{
	if (level != g->start_level)
		return 1u << (g->shift - 3);
	return 1u << (g->va_bits - geometry_entry_shift(g, level));
}

uint64_t geometry_base(const struct geometry *g)
{
	return g->top ? ~(uint64_t)0 << g->va_bits : 0;
}

unsigned geometry_contiguous(const struct geometry *g, int level)
{
	switch (g->shift) {
	case 12:
		return level >= 1 ? 16 : 1;
	case 14:
		return level == 3 ? 128 : level == 2 ? 32 : 1;
	default:
		return level >= 2 ? 32 : 1;
	}
}
