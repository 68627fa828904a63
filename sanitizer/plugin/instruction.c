// SPDX-License-Identifier: GPL-2.0-or-later
#include "instruction.h"

static unsigned field(uint32_t word, unsigned high, unsigned low)
{
	return word >> low & ((1u << (high - low + 1)) - 1);
}

// CRn, CRm, op2 of the registers that are followed; op1 says whose they are.
static bool find_register(const struct instruction *i, enum ptsan_register *reg)
{
	static const struct {
		uint8_t crn, crm, op2;
		enum ptsan_register reg;
	} rows[] = {
	    {1, 0, 0, PTSAN_SCTLR}, {2, 0, 0, PTSAN_TTBR0}, {2, 0, 1, PTSAN_TTBR1},
	    {2, 0, 2, PTSAN_TCR},   {10, 2, 0, PTSAN_MAIR}, {1, 1, 0, PTSAN_HCR},
	};
	for (unsigned k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
		if (rows[k].crn == i->crn && rows[k].crm == i->crm && rows[k].op2 == i->op2) {
			*reg = rows[k].reg;
			return *reg != PTSAN_HCR || i->op1 == 4;
		}
	return false;
}

static void decode_system(uint32_t word, struct instruction *out)
{
	out->op1 = (uint8_t)field(word, 18, 16);
	out->crn = (uint8_t)field(word, 15, 12);
	out->crm = (uint8_t)field(word, 11, 8);
	out->op2 = (uint8_t)field(word, 7, 5);
	out->rt = (uint8_t)field(word, 4, 0);
	unsigned op0 = field(word, 20, 19);
	if (op0 == 3 && (out->op1 == 0 || out->op1 == 4 || out->op1 == 5) &&
	    find_register(out, &out->reg))
		out->kind = INSTRUCTION_REGISTER;
	else if (op0 == 3 && out->op1 == 0 && out->crn == 12 && out->crm == 0 && out->op2 == 0)
		out->kind = INSTRUCTION_VECTORS;
	else if (op0 == 1 && (out->crn == 8 || out->crn == 9))
		out->kind = INSTRUCTION_TLBI;
	else if (op0 == 1 && out->op1 == 3 && out->crn == 7 && out->crm == 4 && out->op2 == 1)
		out->kind = INSTRUCTION_ZERO;
}

static const enum ptsan_domain domains[4] = {PTSAN_OUTER, PTSAN_LOCAL, PTSAN_INNER, PTSAN_OUTER};

static void decode_barrier(uint32_t word, struct instruction *out)
{
	unsigned crm = field(word, 11, 8), op2 = field(word, 7, 5);
	if (op2 == 6) {
		out->kind = INSTRUCTION_ISB;
	} else if (op2 == 4 && (crm & 3)) { // with 0 in the lower half: SSBB and PSSBB
		out->kind = INSTRUCTION_DSB;
		out->domain = domains[crm >> 2];
		out->loads_only = (crm & 3) == 1;
		out->stores_only = (crm & 3) == 2;
	} else if (op2 == 1 && (crm & 3) == 2) { // DSB nXS
		out->kind = INSTRUCTION_DSB;
		out->domain = domains[crm >> 2];
		out->no_xs = true;
	}
}

void instruction_decode(uint32_t word, struct instruction *out)
{
	*out = (struct instruction){.rt = 31};
	if ((word & 0xfffff01f) == 0xd503301f)
		decode_barrier(word, out);
	else if ((word & 0xffe00000) == 0xd5000000) // MSR and SYS
		decode_system(word, out);
	else if (word == 0xd69f03e0 || word == 0xd69f0bff ||
		 word == 0xd69f0fff) // ERET, ERETAA, ERETAB
		out->kind = INSTRUCTION_ERET;
}
