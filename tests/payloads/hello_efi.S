// SPDX-License-Identifier: GPL-2.0-or-later
// The smallest EFI application for AArch64, an arm64 Image with PE/COFF headers by hand: says, in a kernel's
// words, that it runs, and switches the machine off. Microsoft PE format; UEFI 2.10, sections 2.1.1, 4.3, 8.5.1, 12.4.

	.text
	.globl _start
_start:
	.ascii	"MZ\0\x91"		// also an instruction, as in a Linux Image with EFI stub
	b	.
	.quad	0			// text_offset
	.quad	end - _start		// image_size
	.quad	0xa			// flags: little-endian, 4 KiB pages, placed anywhere
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	pe - _start		// e_lfanew
pe:	.ascii	"PE\0\0"
	.short	0xaa64			// machine: ARM64
	.short	1			// sections
	.long	0, 0, 0			// time, symbols
	.short	section - optional
	.short	0x0206			// executable, no line numbers, debug stripped
optional:
	.short	0x20b			// PE32+
	.byte	0, 0
	.long	end - code, 0, 0	// sizes of code and data
	.long	code - _start		// entry point
	.long	code - _start
	.quad	0			// image base
	.long	0x1000, 0x200		// alignment in memory and file
	.short	0, 0, 0, 0, 0, 0
	.long	0
	.long	end - _start		// size of image
	.long	code - _start		// size of headers
	.long	0
	.short	10, 0			// subsystem: EFI application
	.quad	0, 0, 0, 0
	.long	0
	.long	6			// data directories, all empty
	.quad	0, 0, 0, 0, 0, 0
section:
	.ascii	".text\0\0\0"
	.long	end - code, code - _start, end - code, code - _start
	.long	0, 0
	.short	0, 0
	.long	0xe0000020		// code, execute, read, write

	.balign	0x1000
// x1 = EFI_SYSTEM_TABLE; ConOut at 64, RuntimeServices at 88.
code:
	mov	x19, x1
	ldr	x0, [x19, #64]
	adr	x1, hello
	ldr	x2, [x0, #8]		// OutputString
	blr	x2
	ldr	x3, [x19, #88]
	ldr	x4, [x3, #104]		// ResetSystem
	mov	x0, #2			// EfiResetShutdown
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	blr	x4
0:	b	0b

hello:	.short	'L','i','n','u','x',' ','v','e','r','s','i','o','n',' ','0','.','0','.','0',':',' '
	.short	't','h','e',' ','E','F','I',' ','p','a','y','l','o','a','d',' ','r','u','n','s','\r','\n',0
	.balign	0x1000
end:
