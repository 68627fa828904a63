// SPDX-License-Identifier: GPL-2.0-or-later
// Exception vectors: save everything into a struct regs on the stack (or on the emergency stack
// when the stack itself is the problem), call C, restore.
#include "entry/cpu.h"
#include "entry/sysreg.h"

	.macro	vector kind
	.balign	128
	msr	tpidrro_el0, x0			// two scratch registers: nothing here uses EL0
	msr	tpidr_el0, x1
	sub	sp, sp, #REGS_SIZE
	mov	x0, sp
	mrs	x1, tpidr_el1
	ldr	x1, [x1, #CPU_STACK]
	sub	x0, x0, x1			// unsigned: below and above are both too big
	lsr	x0, x0, #CPU_STACK_SHIFT
	cbnz	x0, stack_lost
	mov	x1, #\kind
	b	exception_save
	.endm

	.section .text.vectors, "ax"
	.balign	2048
	.globl	exception_vectors
exception_vectors:
	vector	0				// current EL, SP_EL0
	vector	1
	vector	2
	vector	3
	vector	4				// current EL, SP_ELx
	vector	5
	vector	6
	vector	7
	vector	8				// lower EL, AArch64
	vector	9
	vector	10
	vector	11
	vector	12				// lower EL, AArch32
	vector	13
	vector	14
	vector	15

	.type	stack_lost, %function
stack_lost:
	add	x1, sp, #REGS_SIZE
	adrp	x0, emergency_stack_top
	add	x0, x0, :lo12:emergency_stack_top
	sub	sp, x0, #REGS_SIZE
	str	x1, [sp, #REGS_SP]
	mov	x1, #16
	b	exception_save_sp_known
	.size	stack_lost, . - stack_lost

// x1 = which vector; x0 and x1 of the interrupted code are in the scratch registers.
	.type	exception_save, %function
exception_save:
	add	x0, sp, #REGS_SIZE
	str	x0, [sp, #REGS_SP]
exception_save_sp_known:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mrs	x2, tpidrro_el0
	mrs	x3, tpidr_el0
	stp	x2, x3, [sp, #0]
	mrs	x2, elr_el1
	mrs	x3, spsr_el1
	stp	x2, x3, [sp, #REGS_PC]
	mrs	x4, esr_el1
	mrs	x5, far_el1
	stp	x4, x5, [sp, #REGS_ESR]
	stp	x29, x2, [sp, #REGS_FRAME]
	add	x29, sp, #REGS_FRAME
	mov	x0, sp
	bl	exception
	ldp	x2, x3, [sp, #REGS_PC]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldr	x30, [sp, #240]
	ldp	x0, x1, [sp, #0]
	add	sp, sp, #REGS_SIZE
	eret
	.size	exception_save, . - exception_save

// EL2, when that is where we came in: nobody lives there any more. An HVC is answered with "not
// supported" as any PSCI function would be; what else comes up from EL1 (an instruction that is trapped
// although it should not be) is handed back to EL1's own vectors, to be reported there. On the way down
// from EL2 an instruction may be undefined that the identification registers promise (emulators of a CPU
// without its interrupt controller have such): it is passed over.
	.section .text.vectors, "ax"
	.balign	2048
	.globl	hypervisor_vectors
hypervisor_vectors:
	.set	slot, 0
	.rept	16
	.balign	128
	.if	slot == 0 || slot == 4	// synchronous, from EL2 itself
	mrs	x3, elr_el2
	add	x3, x3, #4
	msr	elr_el2, x3
	eret
	.elseif	slot == 8			// synchronous, from EL1
	b	hypervisor_synchronous
	.else
	b	.
	.endif
	.set	slot, slot + 1
	.endr

#define EC_HVC 0x16

	.type	hypervisor_synchronous, %function
hypervisor_synchronous:
	msr	tpidr_el2, x1			// the one scratch register
	mrs	x1, esr_el2
	ubfx	x1, x1, #26, #6
	cmp	x1, #EC_HVC
	b.ne	0f
	mrs	x1, tpidr_el2
	mov	x0, #-1
	eret

	// As if EL1 had taken it: its syndrome, address, return state, and its vector for EL1h.
	.macro	reflect esr, far, elr, spsr, vbar
	mrs	x1, esr_el2
	msr	\esr, x1
	mrs	x1, far_el2
	msr	\far, x1
	mrs	x1, elr_el2
	msr	\elr, x1
	mrs	x1, spsr_el2
	msr	\spsr, x1
	mrs	x1, \vbar
	add	x1, x1, #0x200
	msr	elr_el2, x1
	.endm

0:	mrs	x1, hcr_el2
	tbnz	x1, #HCR_EL2_E2H_BIT, 1f
	reflect	esr_el1, far_el1, elr_el1, spsr_el1, vbar_el1
	b	2f
1:	reflect	SYSREG_ESR_EL12, SYSREG_FAR_EL12, SYSREG_ELR_EL12, SYSREG_SPSR_EL12, SYSREG_VBAR_EL12
2:	mov	x1, #0x3c5			// EL1h, DAIF masked
	msr	spsr_el2, x1
	mrs	x1, tpidr_el2
	eret
	.size	hypervisor_synchronous, . - hypervisor_synchronous

	.section .noinit, "aw", %nobits
	.balign	16
	.skip	0x2000
emergency_stack_top:
