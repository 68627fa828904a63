// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/image.h"

#include <stdio.h>
#include <string.h>

// ---- numbers at places ----------------------------------------------------------------------------

struct image_bytes {
	const unsigned char *at;
	size_t len;
};

static bool has(struct image_bytes b, uint64_t offset, uint64_t len)
{
	return offset <= b.len && len <= b.len - offset;
}

// What lies outside reads as 0.
static uint64_t number(struct image_bytes b, uint64_t offset, unsigned size)
{
	uint64_t n = 0;
	if (!has(b, offset, size))
		return 0;
	for (unsigned i = size; i-- > 0;)
		n = n << 8 | b.at[offset + i];
	return n;
}

static uint32_t number32(struct image_bytes b, uint64_t offset)
{
	return (uint32_t)number(b, offset, 4);
}

static bool says(struct image_bytes b, uint64_t offset, const char *text, size_t len)
{
	return has(b, offset, len) && memcmp(b.at + offset, text, len) == 0;
}

// ---- EFI programs ---------------------------------------------------------------------------------

#define MACHINE_ARM64    0xaa64
#define COFF_BYTES       24 // "PE\0\0" and the COFF header
#define SECTION_BYTES    40
#define SECTIONS_MAX     32
#define PE_OFFSET        0x3c
#define ARM64_MAGIC      "ARMd"
#define ARM64_MAGIC_AT   0x38
#define ARM64_HEADER_LEN 64

// Where the COFF header of an EFI program lies; false: it is none.
static bool find_pe(struct image_bytes b, uint64_t *at)
{
	*at = number32(b, PE_OFFSET);
	return says(b, 0, "MZ", 2) && *at >= PE_OFFSET + 4 && says(b, *at, "PE\0\0", 4) &&
	       has(b, *at, COFF_BYTES);
}

// The end of the last section in the file.
static uint64_t pe_file_size(struct image_bytes b, uint64_t pe)
{
	uint64_t count = number(b, pe + 6, 2), end = 0;
	uint64_t table = pe + COFF_BYTES + number(b, pe + 20, 2);
	if (count > SECTIONS_MAX || !has(b, table, count * SECTION_BYTES))
		return 0;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t section = table + i * SECTION_BYTES;
		uint64_t own = (uint64_t)number32(b, section + 16) + number32(b, section + 20);
		end = own > end ? own : end;
	}
	return end;
}

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
	    {0x014c, "an EFI program for x86"},
	    {0x8664, "an EFI program for x86"},
	    {0x01c0, "an EFI program for arm"},
	    {0x01c2, "an EFI program for arm"},
	    {0x5032, "an EFI program for RISC-V"},
	    {0x5064, "an EFI program for RISC-V"},
	    {0x6232, "an EFI program for LoongArch"},
	    {0x6264, "an EFI program for LoongArch"},
	    {MACHINE_ARM64, "an EFI program that is no kernel"},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "an EFI program for another machine";
}

// ---- forms that begin with a header ---------------------------------------------------------------

static bool read_arm64(struct image_bytes b, struct image_head *out)
{
	static const unsigned granules[] = {0, 4096, 16384, 65536};
	uint64_t pe;
	if (!has(b, 0, ARM64_HEADER_LEN) || !says(b, ARM64_MAGIC_AT, ARM64_MAGIC, 4))
		return false;
	uint64_t flags = number(b, 24, 8);
	out->form = IMAGE_ARM64;
	out->memory = number(b, 16, 8);
	out->big_endian = flags & 1;
	out->granule = granules[flags >> 1 & 3];
	if (find_pe(b, &pe))
		out->file_size = pe_file_size(b, pe);
	return true;
}

static bool read_zboot(struct image_bytes b, struct image_head *out)
{
	uint64_t pe;
	if (!says(b, 0, "MZ", 2) || !says(b, 4, "zimg", 4) || !find_pe(b, &pe))
		return false;
	unsigned machine = (unsigned)number(b, pe + 4, 2);
	if (machine != MACHINE_ARM64) {
		out->what = machine_name(machine);
		return true;
	}
	out->form = IMAGE_ZBOOT;
	out->offset = number32(b, 8);
	out->size = number32(b, 12);
	out->file_size = pe_file_size(b, pe);
	for (size_t i = 0; i + 1 < sizeof(out->packed) && b.at[24 + i]; i++)
		out->packed[i] = (char)b.at[24 + i];
	return true;
}

static bool read_elf(struct image_bytes b, struct image_head *out)
{
	enum { EM_ARM64 = 183 };
	if (!says(b, 0,
		  "\x7f"
		  "ELF",
		  4))
		return false;
	out->what =
	    number(b, 18, 2) == EM_ARM64
		? "an ELF file (vmlinux?): boards boot arch/arm64/boot/Image of the same tree"
		: "an ELF file for another machine";
	return true;
}

static bool read_pe(struct image_bytes b, struct image_head *out)
{
	uint64_t pe;
	if (!find_pe(b, &pe))
		return false;
	out->what = machine_name((unsigned)number(b, pe + 4, 2));
	return true;
}

// Each returns whether the file is its own; the first that does decides.
static bool (*const readers[])(struct image_bytes b, struct image_head *out) = {
    read_arm64,
    read_zboot,
    read_elf,
};

// ---- forms that a few bytes tell ------------------------------------------------------------------

static const struct {
	enum image_form form;
	uint64_t offset;
	size_t len;
	const char *magic;
	const char *what;
} magics[] = {
    {IMAGE_GZIP, 0, 2, "\x1f\x8b", NULL},
    {IMAGE_XZ, 0, 6,
     "\xfd"
     "7zXZ\0",
     NULL},
    {IMAGE_ZSTD, 0, 4, "\x28\xb5\x2f\xfd", NULL},
    {IMAGE_LZ4, 0, 4, "\x02\x21\x4c\x18", NULL},
    {IMAGE_LZ4, 0, 4, "\x04\x22\x4d\x18", NULL},
    {IMAGE_BZIP2, 0, 3, "BZh", NULL},
    {IMAGE_LZMA, 0, 3, "\x5d\0\0", NULL},
    {IMAGE_DEB, 0, 21, "!<arch>\ndebian-binary", NULL},
    {IMAGE_RPM, 0, 4, "\xed\xab\xee\xdb", NULL},
    {IMAGE_FOREIGN, 0x202, 4, "HdrS", "an x86 kernel (bzImage)"},
    {IMAGE_FOREIGN, 0x38, 4, "RSC\x05", "a RISC-V kernel"},
    {IMAGE_FOREIGN, 0x24, 4, "\x18\x28\x6f\x01", "an arm kernel of 32 bits (zImage)"},
    {IMAGE_FOREIGN, 0, 4, "\x27\x05\x19\x56", "a U-Boot uImage: its Image is wanted"},
    {IMAGE_FOREIGN, 0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image: its Image is wanted"},
    {IMAGE_FOREIGN, 0, 5, "07070", "a cpio archive (an initrd?)"},
    {IMAGE_FOREIGN, 0, 9, "<!DOCTYPE", "a web page"},
    {IMAGE_FOREIGN, 0, 9, "<!doctype", "a web page"},
    {IMAGE_FOREIGN, 0, 5, "<html", "a web page"},
    {IMAGE_FOREIGN, 257, 5, "ustar", "a tar archive"},
};

static bool read_magic(struct image_bytes b, struct image_head *out)
{
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (says(b, magics[i].offset, magics[i].magic, magics[i].len)) {
			out->form = magics[i].form;
			out->what = magics[i].what;
			return true;
		}
	return false;
}

void image_head_read(const void *bytes, size_t len, struct image_head *out)
{
	struct image_bytes b = {bytes, len};
	*out = (struct image_head){.form = IMAGE_FOREIGN};
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i](b, out))
			return;
	// A bzImage is an EFI program too: what is more special is asked first.
	if (read_magic(b, out) || read_pe(b, out))
		return;
	out->what = len ? "not an arm64 Image (no \"ARMd\" at offset 0x38)" : "an empty file";
}

const char *image_form_name(enum image_form form)
{
	static const char *const names[] = {
	    [IMAGE_FOREIGN] = "unknown", [IMAGE_ARM64] = "arm64 Image",
	    [IMAGE_ZBOOT] = "EFI zboot", [IMAGE_GZIP] = "gzip",
	    [IMAGE_XZ] = "xz",           [IMAGE_ZSTD] = "zstd",
	    [IMAGE_LZ4] = "lz4",         [IMAGE_LZMA] = "lzma",
	    [IMAGE_BZIP2] = "bzip2",     [IMAGE_DEB] = "deb",
	    [IMAGE_RPM] = "rpm",
	};
	return names[form];
}

// ---- the build id ---------------------------------------------------------------------------------

#define ID_BYTES   20
#define NOTE_BYTES (16 + ID_BYTES) // sizes, type, "GNU\0", the id
#define ELF_BYTES  64
#define PHDR_BYTES 56
#define PHDRS_MAX  16
// The header and program headers of an ELF file lie this close together.
#define ELF_HEAD_BYTES (ELF_BYTES + PHDRS_MAX * PHDR_BYTES)

static const char note_head[] = "\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU";

static void add_notes(struct image_scan *s, uint64_t begin, uint64_t len)
{
	if (len > UINT64_MAX - begin || s->notes_count == sizeof(s->notes) / sizeof(s->notes[0]))
		return;
	s->notes[s->notes_count++] = (struct image_span){begin, begin + len};
}

// The notes of an ELF file that lies at `offset` of the Image.
static void take_elf(struct image_scan *s, struct image_bytes b, uint64_t offset)
{
	enum { PT_NOTES = 4 };
	uint64_t table = number(b, 32, 8), count = number(b, 56, 2);
	if (count > PHDRS_MAX || number(b, 54, 2) != PHDR_BYTES)
		return;
	for (uint64_t i = 0; i < count && has(b, table, (i + 1) * PHDR_BYTES); i++) {
		uint64_t phdr = table + i * PHDR_BYTES, place = number(b, phdr + 8, 8);
		if (number32(b, phdr) == PT_NOTES && place <= UINT64_MAX - offset)
			add_notes(s, offset + place, number(b, phdr + 32, 8));
	}
}

static bool is_of_elf(const struct image_scan *s, uint64_t offset)
{
	for (size_t i = 0; i < s->notes_count; i++)
		if (offset >= s->notes[i].begin && offset < s->notes[i].end)
			return true;
	return false;
}

static void take_note(struct image_scan *s, const unsigned char *id, uint64_t offset)
{
	if (s->build_id[0] || is_of_elf(s, offset))
		return;
	for (size_t i = 0; i < ID_BYTES; i++)
		snprintf(s->build_id + 2 * i, 3, "%02x", id[i]);
}

// Looks at each place of `b` from which at least `room` bytes follow; `offset` is that of its first.
// Both things are aligned to 4 bytes where linkers put them.
static size_t look(struct image_scan *s, struct image_bytes b, uint64_t offset, size_t room)
{
	size_t i = (size_t)(-offset & 3);
	for (; has(b, i, room) && i < b.len; i += 4) {
		size_t len = b.len - i;
		struct image_bytes rest = {b.at + i, len < ELF_HEAD_BYTES ? len : ELF_HEAD_BYTES};
		if (says(rest, 0,
			 "\x7f"
			 "ELF\x02\x01",
			 6))
			take_elf(s, rest, offset + i);
		if (says(rest, 0, note_head, sizeof(note_head)) && has(rest, 0, NOTE_BYTES))
			take_note(s, rest.at + sizeof(note_head), offset + i);
	}
	return i < b.len ? i : b.len;
}

// What was kept and what came, as one piece: the end of it is kept again.
static void look_and_keep(struct image_scan *s, const unsigned char *at, size_t len)
{
	unsigned char both[2 * IMAGE_HEAD_BYTES];
	memcpy(both, s->kept, s->kept_len);
	memcpy(both + s->kept_len, at, len);
	struct image_bytes b = {both, s->kept_len + len};
	size_t done = look(s, b, s->at - s->kept_len, ELF_HEAD_BYTES);
	s->at += len;
	s->kept_len = b.len - done;
	memmove(s->kept, both + done, s->kept_len);
}

void image_scan_feed(struct image_scan *s, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;
	while (len) {
		size_t n = len < IMAGE_HEAD_BYTES ? len : IMAGE_HEAD_BYTES;
		look_and_keep(s, at, n);
		at += n;
		len -= n;
	}
}

void image_scan_end(struct image_scan *s)
{
	look(s, (struct image_bytes){s->kept, s->kept_len}, s->at - s->kept_len, 1);
	s->kept_len = 0;
}
