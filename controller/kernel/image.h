// SPDX-License-Identifier: GPL-2.0-or-later
// What the bytes of a kernel file say of it: pure, no files.
//
// arm64 Image: Documentation/arch/arm64/booting.rst. EFI zboot: drivers/firmware/efi/libstub/zboot-header.S.
// Both may be an EFI program too, whose PE sections say how long the file is to be.
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMAGE_HEAD_BYTES  4096 // of a file's beginning that image_head_read looks at
#define IMAGE_BUILD_ID    41   // 20 bytes in hex, and a NUL
#define IMAGE_PACKED_NAME 17

enum image_form {
	IMAGE_FOREIGN, // nothing that an arm64 board boots: `what` says what
	IMAGE_ARM64,   // an Image, plain
	IMAGE_ZBOOT,   // an EFI program that holds a packed one (vmlinuz.efi)
	IMAGE_GZIP,
	IMAGE_XZ,
	IMAGE_ZSTD,
	IMAGE_LZ4, // legacy, as kernels are packed, or a frame
	IMAGE_LZMA,
	IMAGE_BZIP2,
	IMAGE_DEB,
	IMAGE_RPM,
};

struct image_head {
	enum image_form form;
	const char *what; // of IMAGE_FOREIGN: "an x86 kernel (bzImage)"; static

	// Of IMAGE_ARM64.
	uint64_t memory;  // bytes that it takes in RAM; 0: not said (before Linux 3.17)
	unsigned granule; // 4096, 16384, 65536; 0: not said
	bool big_endian;

	// Of IMAGE_ZBOOT: where in the file the packed Image lies, and how it is packed.
	uint32_t offset, size;
	char packed[IMAGE_PACKED_NAME];

	// Of both: how long the file is at least, as its sections say; 0: they say nothing.
	uint64_t file_size;
};

// Reads the first `len` bytes of a file: all of it, or IMAGE_HEAD_BYTES.
void image_head_read(const void *bytes, size_t len, struct image_head *out);

// "arm64 Image", "gzip" ... for messages.
const char *image_form_name(enum image_form form);

// ---- the build id ---------------------------------------------------------------------------------

// Looks for the kernel's own NT_GNU_BUILD_ID note while the plain Image goes by in pieces. Those of ELF
// files inside it (the vDSO, programs of an initramfs) are not the kernel's.
struct image_scan {
	char build_id[IMAGE_BUILD_ID]; // "": none yet
	uint64_t at;                   // offset of the next piece's first byte
	struct image_span {
		uint64_t begin, end;
	} notes[32]; // of ELF files inside
	size_t notes_count;
	unsigned char kept[IMAGE_HEAD_BYTES]; // the end of the last piece
	size_t kept_len;
};

// The next bytes of the Image; the scan begins zeroed.
void image_scan_feed(struct image_scan *s, const void *bytes, size_t len);
// No more come.
void image_scan_end(struct image_scan *s);

#endif
