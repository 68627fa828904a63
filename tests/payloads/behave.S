// SPDX-License-Identifier: GPL-2.0-or-later
// Payloads that misbehave on QEMU's `virt`, for tests of the worker. One is chosen by -DBEHAVE_x.
// Bare arm64 Images (Documentation/arch/arm64/booting.rst): MMU off, pl011 at 0x09000000, PSCI by hvc.

#define UART	     0x09000000
#define PSCI_OFF     0x84000008
#define PSCI_RESET   0x84000009

	.text
	.globl _start
_start:
	b	start
	.word	0
	.quad	0			// text_offset
	.quad	image_end - _start	// image_size
	.quad	0x8			// flags: little-endian, placed anywhere
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.word	0

// x1 = text, NUL-terminated
print:
	mov	x2, UART
0:	ldrb	w3, [x1], #1
	cbz	w3, 1f
	strb	w3, [x2]
	b	0b
1:	ret

	.macro	say label
	adr	x1, \label
	bl	print
	.endm

start:
#ifndef BEHAVE_SILENT
	say	hello
#endif
#ifdef BEHAVE_FLOOD
0:	say	flood
	b	0b
#endif
#ifdef BEHAVE_OFF
	ldr	x0, =PSCI_OFF
	hvc	#0
#endif
#ifdef BEHAVE_RESET
	ldr	x0, =PSCI_RESET
	hvc	#0
#endif
#ifdef BEHAVE_TALK			// never done, never silent
0:	mov	x4, #0x2000000
1:	subs	x4, x4, #1
	b.ne	1b
	say	flood
	b	0b
#endif
0:	wfi
	b	0b

	.ltorg
hello:	.asciz	"#mm hello v=1 build=test el=1 order=textro bbm=auto72 q=0 *00\r\n[    0.000000] Linux version 7.3.0-test (t@t) #1\r\n"
flood:	.asciz	"[    1.000000] the quick brown fox jumps over the lazy dog, again and again and again\r\n"
	.balign	16
image_end:
