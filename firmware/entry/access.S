// SPDX-License-Identifier: GPL-2.0-or-later
#include "entry/cpu.h"

// Arms the guard around what stands between `guarded` and `unguarded`. The abort handler resumes
// at 8; both ways disarm. x9 and x10 are taken.
	.macro	guarded name
	.globl	\name
	.type	\name, %function
\name:
	mrs	x9, tpidr_el1
	adr	x10, 8f
	str	x10, [x9, #CPU_GUARD]
	.endm

	.macro	unguarded name
	str	xzr, [x9, #CPU_GUARD]
	mov	w0, #1
	ret
8:	str	xzr, [x9, #CPU_GUARD]
	mov	w0, #0
	ret
	.size	\name, . - \name
	.endm

	.text
	guarded	access_ldr
	ldr	x2, [x0]
	str	x2, [x1]
	unguarded access_ldr

	guarded	access_ldrw
	ldr	w2, [x0]
	str	x2, [x1]
	unguarded access_ldrw

	guarded	access_ldrb
	ldrb	w2, [x0]
	str	x2, [x1]
	unguarded access_ldrb

	guarded	access_ldp
	ldp	x2, x3, [x0]
	stp	x2, x3, [x1]
	unguarded access_ldp

	guarded	access_str
	str	x1, [x0]
	unguarded access_str

	guarded	access_strb
	strb	w1, [x0]
	unguarded access_strb

	guarded	access_stp
	stp	x1, x1, [x0]
	unguarded access_stp

	guarded	access_stxr
0:	ldxr	x2, [x0]
	stxr	w3, x1, [x0]
	cbz	w3, 1f
	yield
	b	0b
1:
	unguarded access_stxr

	guarded	access_increment
0:	ldxr	x2, [x0]
	add	x2, x2, #1
	stxr	w3, x2, [x0]
	cbz	w3, 1f
	yield
	b	0b
1:
	unguarded access_increment

	.arch_extension lse
	guarded	access_ldadd
	mov	x2, #1
	ldadd	x2, x3, [x0]
	unguarded access_ldadd

	guarded	access_zva
	dc	zva, x0
	unguarded access_zva

// The call may not come back by itself: the way out is kept in a register the handler restores.
	guarded	access_execute
	mov	x11, x30
	adr	x10, 7f
	str	x10, [x9, #CPU_GUARD]
	blr	x0
	mov	x30, x11
	str	xzr, [x9, #CPU_GUARD]
	mov	w0, #1
	ret
7:	mov	x30, x11
	b	8f
	unguarded access_execute
