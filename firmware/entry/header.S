// SPDX-License-Identifier: GPL-2.0-or-later
// The first page of the file, which is three things at once: an arm64 Image header
// (Documentation/arch/arm64/booting.rst), a DOS header and a PE32+ header (PE/COFF specification).
// QEMU -kernel and U-Boot booti read the first, UEFI the other two.

#define PE_MACHINE_ARM64         0xaa64
#define PE_MAGIC_PE32PLUS        0x020b
#define PE_SUBSYSTEM_EFI_APP     10
#define PE_NX_COMPAT             0x0100
#define PE_EXECUTABLE            0x0002
#define PE_LINE_NUMBERS_STRIPPED 0x0004
#define PE_DEBUG_STRIPPED        0x0200
#define PE_CODE_EXECUTE_READ     0x60000020
#define PE_DATA_READ_WRITE       0xc0000040

#define SECTION_ALIGNMENT 0x10000
#define FILE_ALIGNMENT    0x200

	.section .header, "ax"
	.globl	image_start
image_start:
	ccmp	x18, #0, #0xd, pl		// "MZ", and without effect
	b	bare_entry
	.quad	0				// text_offset
	.long	image_size, 0			// file + bss + stacks + tables
	.quad	1 << 3				// little endian, any page size, load anywhere
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	pe_header - image_start

	.balign	8
pe_header:
	.ascii	"PE\0\0"
	.short	PE_MACHINE_ARM64
	.short	(section_table_end - section_table) / 40
	.long	0				// time stamp: none, builds are reproducible
	.long	0, 0				// no symbol table
	.short	section_table - optional_header
	.short	PE_EXECUTABLE | PE_LINE_NUMBERS_STRIPPED | PE_DEBUG_STRIPPED

optional_header:
	.short	PE_MAGIC_PE32PLUS
	.byte	0, 0				// linker version
	.long	pe_text_size
	.long	pe_data_file_size
	.long	0				// uninitialised data: counted in .data
	.long	efi_entry_offset
	.long	pe_text_offset			// base of code
	.quad	0				// image base: anywhere
	.long	SECTION_ALIGNMENT
	.long	FILE_ALIGNMENT
	.short	0, 0, 0, 0, 0, 0		// versions
	.long	0
	.long	image_size
	.long	pe_text_offset			// size of headers
	.long	0				// checksum
	.short	PE_SUBSYSTEM_EFI_APP
	.short	PE_NX_COMPAT
	.quad	0, 0, 0, 0			// stack and heap: the firmware's business
	.long	0
	.long	6				// data directories, all empty
	.quad	0, 0, 0, 0, 0, 0

section_table:
	.ascii	".text\0\0\0"
	.long	pe_text_size
	.long	pe_text_offset
	.long	pe_text_size
	.long	pe_text_offset
	.long	0, 0
	.short	0, 0
	.long	PE_CODE_EXECUTE_READ

	.ascii	".data\0\0\0"
	.long	pe_data_size
	.long	pe_data_offset
	.long	pe_data_file_size
	.long	pe_data_offset
	.long	0, 0
	.short	0, 0
	.long	PE_DATA_READ_WRITE
section_table_end:
