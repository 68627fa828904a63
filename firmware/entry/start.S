// SPDX-License-Identifier: GPL-2.0-or-later
// From the first instruction to C: drop to EL1, known registers, a stack, zeroed bss.
#include "entry/cpu.h"
#include "entry/sysreg.h"

#define FUNCTION(name) .globl name; .type name, %function; name:
#define END(name)      .size name, . - name

// Entered by a boot loader with the MMU and the data cache off at EL1 or EL2; x0 = DTB or 0.
	.section .text.start, "ax"
FUNCTION(bare_entry)
	mov	x21, xzr
entry_common:				// x21 = what UEFI told, or 0
	mov	x19, x0
	mrs	x20, CurrentEL
	lsr	x20, x20, #2
	bl	drop_to_el1

	// Lines of our bss that the loader left in a cache must not be written over it later.
	adrp	x0, bss_start
	adrp	x1, img_end
	bl	cache_invalidate

	adrp	x0, bss_start
	add	x0, x0, :lo12:bss_start
	adrp	x1, bss_end
	add	x1, x1, :lo12:bss_end
0:	cmp	x0, x1
	b.hs	1f
	stp	xzr, xzr, [x0], #16
	b	0b

1:	mov	x0, xzr
	bl	cpu_enter
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
	bl	firmware_main
	b	.
END(bare_entry)

// void efi_leave(const void *dtb): from the state UEFI leaves (MMU and caches on, identity mapped, its
// stack) to that of bare_entry.
FUNCTION(efi_leave)
	msr	daifset, #0xf
	mov	x19, x0
	adrp	x0, image_start
	adrp	x1, img_end
	bl	cache_clean			// what was loaded and written through caches
	mov	x2, #(SCTLR_EL1_M | SCTLR_EL1_C)	// the same bits at EL2
	orr	x2, x2, #SCTLR_EL1_I
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.eq	0f
	mrs	x1, sctlr_el1
	bic	x1, x1, x2
	msr	sctlr_el1, x1
	b	1f
0:	mrs	x1, sctlr_el2
	bic	x1, x1, x2
	msr	sctlr_el2, x1
1:	isb
	ic	iallu
	dsb	sy
	isb
	mov	x0, x19
	adrp	x21, efi_boot
	add	x21, x21, :lo12:efi_boot
	b	entry_common
END(efi_leave)

// PSCI enters a secondary CPU here in the state of bare_entry; x0 = its index.
FUNCTION(secondary_entry)
	mov	x19, x0
	bl	drop_to_el1
	mov	x0, x19
	bl	cpu_enter
	bl	secondary_mmu_on
	mov	x0, x19
	bl	secondary_main
	b	.
END(secondary_entry)

// Sets what makes this the CPU of index x0: TPIDR_EL1 and the stack. Clobbers x0 to x4.
FUNCTION(cpu_enter)
	adrp	x1, cpus
	add	x1, x1, :lo12:cpus
	mov	x2, #CPU_SIZE
	madd	x1, x0, x2, x1
	msr	tpidr_el1, x1
	adrp	x3, cpu_stacks
	add	x3, x3, :lo12:cpu_stacks
	add	x4, x0, #1
	lsl	x4, x4, #CPU_STACK_SHIFT
	add	x3, x3, x4
	mov	sp, x3
	mov	x4, #(1 << CPU_STACK_SHIFT)
	sub	x4, x3, x4
	str	x4, [x1, #CPU_STACK]
	str	x0, [x1, #CPU_INDEX]
	mov	x29, xzr
	adrp	x4, exception_vectors
	add	x4, x4, :lo12:exception_vectors
	msr	vbar_el1, x4
	isb
	ret
END(cpu_enter)

// Leaves at EL1h with all exceptions masked, MMU and caches off and nothing trapped to EL2.
// Clobbers x0 to x3.
FUNCTION(drop_to_el1)
	msr	daifset, #0xf
	ldr	w0, =SCTLR_EL1_RES1
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	b.eq	0f
	msr	sctlr_el1, x0
	// Whoever was here before may have left permission indirection and the like switched on. A
	// hypervisor that keeps these registers to itself does not tell of them.
	mrs	x1, SYSREG_ID_AA64MMFR3_EL1
	tst	x1, #0xf			// TCRX
	b.eq	8f
	msr	SYSREG_TCR2_EL1, xzr
8:	tst	x1, #0xf0			// SCTLRX
	b.eq	9f
	msr	SYSREG_SCTLR2_EL1, xzr
9:	isb
	msr	spsel, #1
	ret

0:	adrp	x1, hypervisor_vectors
	add	x1, x1, :lo12:hypervisor_vectors
	msr	vbar_el2, x1
	// RW: EL1 is AArch64. Everything else off, E2H as well unless the CPU has nothing else: it says
	// so in the sign bit of E2H0, or (some that are older than the field) by E2H not going away.
	mov	x1, #(1 << HCR_EL2_RW_BIT)
	mrs	x2, SYSREG_ID_AA64MMFR4_EL1
	tbz	x2, #27, 1f
	orr	x1, x1, #(1 << HCR_EL2_E2H_BIT)
1:	msr	hcr_el2, x1
	isb
	mrs	x1, hcr_el2
	tbnz	x1, #HCR_EL2_E2H_BIT, 1f

	msr	sctlr_el1, x0
	mov	x1, #0x33ff			// CPTR_EL2: the RES1 bits ...
	mrs	x2, id_aa64pfr0_el1
	ubfx	x2, x2, #32, #4			// ... but TZ where there is SVE
	cmp	x2, #0
	b.eq	2f
	bic	x1, x1, #(1 << 8)
2:	mrs	x2, id_aa64pfr1_el1
	ubfx	x2, x2, #24, #4			// ... and TSM where there is SME
	cmp	x2, #0
	b.eq	3f
	bic	x1, x1, #(1 << 12)
3:	msr	cptr_el2, x1
	mov	x1, #3				// EL1PCEN, EL1PCTEN
	b	4f

	// With E2H two registers have another layout, and EL1's go by another name.
1:	msr	SYSREG_SCTLR_EL12, x0
	ldr	w1, =(3 << 24) | (3 << 20) | (3 << 16)	// SMEN, FPEN, ZEN
	msr	cptr_el2, x1
	mov	x1, #(3 << 10)			// EL1PTEN, EL1PCTEN
4:	msr	cnthctl_el2, x1
	msr	cntvoff_el2, xzr
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1
	mrs	x1, mdcr_el2
	and	x1, x1, #0x1f			// HPMN
	msr	mdcr_el2, x1

	mrs	x1, id_aa64pfr0_el1
	ubfx	x1, x1, #24, #4			// GIC
	cbz	x1, 7f
	mov	x1, xzr				// what is read where there is no such register
	mrs	x1, SYSREG_ICC_SRE_EL2
	mov	x2, #9				// SRE, Enable: EL1 has the registers, too
	orr	x1, x1, x2
	msr	SYSREG_ICC_SRE_EL2, x1
	isb
	mov	x1, xzr
	mrs	x1, SYSREG_ICC_SRE_EL2
	tbz	x1, #0, 7f
	msr	SYSREG_ICH_HCR_EL2, xzr

7:	mrs	x1, id_aa64mmfr0_el1
	ubfx	x1, x1, #56, #4			// FGT
	cbz	x1, 5f
	msr	SYSREG_HFGRTR_EL2, xzr
	msr	SYSREG_HFGWTR_EL2, xzr
	msr	SYSREG_HFGITR_EL2, xzr
	msr	SYSREG_HDFGRTR_EL2, xzr
	msr	SYSREG_HDFGWTR_EL2, xzr
5:	mrs	x1, id_aa64mmfr1_el1
	ubfx	x1, x1, #40, #4			// HCX
	cbz	x1, 6f
	msr	SYSREG_HCRX_EL2, xzr

6:	mov	x1, #0x3c5			// EL1h, DAIF masked
	msr	spsr_el2, x1
	msr	elr_el2, x30
	isb
	eret
END(drop_to_el1)

	.ltorg

// One operation on each line of the data cache in [x0, x1). Clobbers x0, x2, x3.
	.macro	cache_lines operation
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4			// DminLine, log2 of words
	mov	x3, #4
	lsl	x2, x3, x2
	sub	x3, x2, #1
	bic	x0, x0, x3
0:	cmp	x0, x1
	b.hs	1f
	dc	\operation, x0
	add	x0, x0, x2
	b	0b
1:	dsb	sy
	ret
	.endm

// To the point of coherency. Clobbers x0, x2, x3.
FUNCTION(cache_invalidate)
	cache_lines ivac
END(cache_invalidate)

// Cleans and invalidates. Clobbers x0, x2, x3.
FUNCTION(cache_clean)
	cache_lines civac
END(cache_clean)

// void mmu_on(const struct mmu_registers *): the registers in the order of entry/mmu.h. The code
// that runs is identity mapped, so the next fetch comes from the same address.
FUNCTION(mmu_on)
	ldp	x1, x2, [x0, #0]		// MAIR, TCR
	ldp	x3, x4, [x0, #16]		// TTBR0, TTBR1
	ldr	x5, [x0, #32]			// SCTLR
	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x4
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el1, x5
	isb
	ret
END(mmu_on)

FUNCTION(secondary_mmu_on)
	adrp	x0, mmu_registers
	add	x0, x0, :lo12:mmu_registers
	b	mmu_on
END(secondary_mmu_on)

	.section .noinit, "aw", %nobits
	.balign	1 << CPU_STACK_SHIFT
	.globl	cpu_stacks
cpu_stacks:
	.skip	CPU_MAX << CPU_STACK_SHIFT
