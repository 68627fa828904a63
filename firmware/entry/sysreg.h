// SPDX-License-Identifier: GPL-2.0-or-later
// System registers by name, and the barriers and hints the C code uses.
// Register and field names are those of the Arm Architecture Reference Manual (DDI 0487).
#ifndef FIRMWARE_ENTRY_SYSREG_H
#define FIRMWARE_ENTRY_SYSREG_H

// Registers that the assembler of GCC 12 does not know by name.
#define SYSREG_ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define SYSREG_ID_AA64MMFR4_EL1 S3_0_C0_C7_4
#define SYSREG_HFGRTR_EL2       S3_4_C1_C1_4
#define SYSREG_HFGWTR_EL2       S3_4_C1_C1_5
#define SYSREG_HFGITR_EL2       S3_4_C1_C1_6
#define SYSREG_HDFGRTR_EL2      S3_4_C3_C1_4
#define SYSREG_HDFGWTR_EL2      S3_4_C3_C1_5
#define SYSREG_HCRX_EL2         S3_4_C1_C2_2
#define SYSREG_TCR2_EL1         S3_0_C2_C0_3
#define SYSREG_SCTLR2_EL1       S3_0_C1_C0_3
// EL1's registers as EL2 reaches them while HCR_EL2.E2H is set: the plain names are its own then.
#define SYSREG_SCTLR_EL12      S3_5_C1_C0_0
#define SYSREG_VBAR_EL12       S3_5_C12_C0_0
#define SYSREG_ESR_EL12        S3_5_C5_C2_0
#define SYSREG_FAR_EL12        S3_5_C6_C0_0
#define SYSREG_ELR_EL12        S3_5_C4_C0_1
#define SYSREG_SPSR_EL12       S3_5_C4_C0_0
#define SYSREG_ICC_PMR_EL1     S3_0_C4_C6_0
#define SYSREG_ICC_SGI1R_EL1   S3_0_C12_C11_5
#define SYSREG_ICC_IAR1_EL1    S3_0_C12_C12_0
#define SYSREG_ICC_EOIR1_EL1   S3_0_C12_C12_1
#define SYSREG_ICC_CTLR_EL1    S3_0_C12_C12_4
#define SYSREG_ICC_SRE_EL1     S3_0_C12_C12_5
#define SYSREG_ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define SYSREG_ICC_SRE_EL2     S3_4_C12_C9_5
#define SYSREG_ICH_HCR_EL2     S3_4_C12_C11_0

#define HCR_EL2_RW_BIT  31
#define HCR_EL2_E2H_BIT 34

#define SCTLR_EL1_RES1 0x30d00800 // LSMAOE nTLSMD SPAN EIS TSCXT EOS: one where not implemented
#define SCTLR_EL1_M    (1 << 0)
#define SCTLR_EL1_C    (1 << 2)
#define SCTLR_EL1_I    (1 << 12)

#ifndef __ASSEMBLER__

#include <stdint.h>

#define SYSREG_STRING_(name) #name
#define SYSREG_STRING(name)  SYSREG_STRING_(name)

#define sysreg_read(name)                                                               \
	({                                                                              \
		uint64_t sysreg_value_;                                                 \
		__asm__ volatile("mrs %0, " SYSREG_STRING(name) : "=r"(sysreg_value_)); \
		sysreg_value_;                                                          \
	})

#define sysreg_write(name, value) \
	__asm__ volatile("msr " SYSREG_STRING(name) ", %0" ::"r"((uint64_t)(value)) : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void dsb_ish(void)
{
	__asm__ volatile("dsb ish" ::: "memory");
}

static inline void dsb_ishst(void)
{
	__asm__ volatile("dsb ishst" ::: "memory");
}

static inline void dsb_sy(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

// In every loop that waits: it lets a single-threaded emulator run the CPU that is waited for.
static inline void cpu_yield(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void cpu_wait_event(void)
{
	__asm__ volatile("wfe" ::: "memory");
}

// Ends when an interrupt is pending, masked or not.
static inline void cpu_wait_interrupt(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void cpu_send_event(void)
{
	__asm__ volatile("dsb ish\n\tsev" ::: "memory");
}

// A field of `bits` bits at `shift`.
static inline unsigned int field(uint64_t value, unsigned int shift, unsigned int bits)
{
	return (unsigned int)((value >> shift) & ((UINT64_C(1) << bits) - 1));
}

#endif
#endif
