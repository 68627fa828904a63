// SPDX-License-Identifier: GPL-2.0-or-later
// Boot of a UEFI board: the payload, an EFI application such as an arm64 Image with EFI stub, is
// put where the firmware looks for it. Either an EFI system partition with \EFI\BOOT\BOOTAA64.EFI,
// the name that UEFI 2.10 section 3.5.1.1 gives to removable media on AArch64, or, when it takes
// arguments, the UEFI shell's startup.nsh (UEFI Shell 2.2, section 3.3); or the folder of a TFTP or
// HTTP server that the board boots from. A virtual board gets the folder as a FAT disk from QEMU.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "board/claims.h"
#include "board/driver.h"

#define ESP_NAME "esp"

enum efi_transport { EFI_ESP, EFI_TFTP };

struct efi_boot {
	enum efi_transport transport;
	char *root;       // of the site; NULL: RUN_DIR/esp, offered by QEMU
	const char *name; // of the payload below it; NULL: by convention
	bool keep;        // what was put there stays: it was flashed
	char *written[4]; // what was put there, removed by free
	size_t written_count;
};

static const char *const transports[] = {"esp", "tftp", NULL};

static const struct key efi_keys[] = {
    {"transport", KEY_WORD(struct efi_boot, transport, transports), .preset = "esp",
     .help = "an EFI system partition, or network boot"},
    {"root", KEY_FILE(struct efi_boot, root), .value = "DIR",
     .help = "where the board's firmware finds its files: a mounted partition, the folder of a "
	     "TFTP or HTTP server (none: QEMU offers it)"},
    {"name", KEY_TEXT(struct efi_boot, name), .value = "NAME",
     .help = "of the payload below root (EFI/BOOT/BOOTAA64.EFI)"},
    {0},
};

static struct error *efi_check(void *state, const struct config_map *keys)
{
	const struct efi_boot *b = state;
	if (b->name && (b->name[0] == '/' || strchr(b->name, '\\') || strstr(b->name, "..")))
		return config_error(config_map_find(keys, "name"),
				    "name: \"%s\", expected a name below root", b->name);
	return NULL;
}

static struct error *copy_into(const char *from, const char *to)
{
	CLEANUP_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0)
		return error_errno(ERROR_LAB, errno, "%s", to);
	return file_append(from, ERROR_CONFIG, out, to);
}

static struct error *put_file(struct efi_boot *b, const char *root, const char *name,
			      const char *from, FILE *rehearsal)
{
	CLEANUP_FREE char *path = path_join(root, name);
	CLEANUP_FREE char *dir = path_dir(path);
	if (rehearsal) {
		fprintf(rehearsal, "copy %s to %s\n", from, path);
		return NULL;
	}
	TRY(file_make_dirs(dir));
	TRY(copy_into(from, path));
	b->written[b->written_count++] = STEAL(path);
	return NULL;
}

// The shell runs it by itself when it stands in the root of a file system.
static struct error *put_script(struct efi_boot *b, const char *root, const char *name,
				const struct board_payload *p, FILE *rehearsal)
{
	if (strpbrk(p->arguments, "\r\n%^<>|"))
		return error_new(ERROR_CONFIG,
				 "payload arguments: no line ends and none of %%^<>| on a UEFI "
				 "board");
	CLEANUP_BUFFER struct buffer script = {0};
	for (const char *c = name; *c; c++)
		buffer_append(&script, *c == '/' ? "\\" : c, 1);
	buffer_printf(&script, " %s%s\r\n", p->arguments, p->initrd ? " initrd=\\initrd" : "");
	CLEANUP_FREE char *path = path_join(root, "startup.nsh");
	if (rehearsal) {
		fprintf(rehearsal, "write %s: %.*s\n", path, (int)script.len - 2, script.data);
		return NULL;
	}
	TRY(file_write_atomic(path, script.data, script.len));
	b->written[b->written_count++] = STEAL(path);
	return NULL;
}

static void offer(const struct efi_boot *b, struct board_place *place)
{
	if (b->transport == EFI_TFTP) {
		board_place_add_argument(place, "-netdev");
		board_place_add_argument(place, "user,id=efi,restrict=on,tftp=" ESP_NAME
						",bootfile=image.efi");
		board_place_add_argument(place, "-device");
		board_place_add_argument(place, "virtio-net-pci,netdev=efi,romfile=");
		return;
	}
	board_place_add_argument(place, "-drive");
	board_place_add_argument(place, "if=none,id=esp,format=raw,readonly=on,file=fat:" ESP_NAME);
	board_place_add_argument(place, "-device");
	board_place_add_argument(place, "virtio-blk-pci,drive=esp");
}

static const char *payload_name(const struct efi_boot *b, bool shell)
{
	if (b->name)
		return b->name;
	return shell || b->transport == EFI_TFTP ? "image.efi" : "EFI/BOOT/BOOTAA64.EFI";
}

static struct error *efi_prepare(void *state, struct board_place *place)
{
	struct efi_boot *b = state;
	const struct board_payload *p = place->payload;
	if (!p)
		return NULL;
	CLEANUP_FREE char *own = path_join(place->run_dir, ESP_NAME);
	const char *root = b->root ? b->root : own;
	bool arguments = p->arguments && p->arguments[0];
	if (arguments && b->transport == EFI_TFTP)
		return error_new(ERROR_CONFIG,
				 "board %s: a payload that UEFI fetches by TFTP gets no arguments",
				 place->board);
	bool shell = arguments && b->transport == EFI_ESP;
	const char *name = payload_name(b, shell);
	if (!place->rehearsal)
		TRY(file_make_dirs(root));
	TRY(put_file(b, root, name, p->image, place->rehearsal));
	if (p->initrd)
		TRY(put_file(b, root, "initrd", p->initrd, place->rehearsal));
	if (shell)
		TRY(put_script(b, root, name, p, place->rehearsal));
	if (!b->root)
		offer(b, place);
	return NULL;
}

// `prepare` has put the files there; after this they stay.
static struct error *efi_flash(void *state, struct board_place *place)
{
	struct efi_boot *b = state;
	if (!b->root)
		return error_new(ERROR_USAGE,
				 "board %s has no storage of its own to flash (no root)",
				 place->board);
	b->keep = !place->rehearsal;
	return NULL;
}

static void efi_release(void *state)
{
	struct efi_boot *b = state;
	for (size_t i = 0; i < b->written_count; i++) {
		if (!b->keep)
			unlink(b->written[i]);
		free(b->written[i]);
	}
}

static const char *efi_needs_emulator(const void *state)
{
	const struct efi_boot *b = state;
	return b->root ? NULL : "expected \"root\": where this board's firmware finds its files";
}

// Two boards with one file would boot each other's payload.
static void efi_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct efi_boot *b = state;
	if (!b->root)
		return;
	CLEANUP_FREE char *root = realpath(b->root, NULL);
	CLEANUP_FREE char *path = path_join(root ? root : b->root, payload_name(b, false));
	struct config_node name = config_map_find(keys, "name");
	claims_add(out, config_is_set(name) ? name : config_map_find(keys, "root"), NULL,
		   "boot file %s", path);
}

const struct boot_driver boot_efi = {
    .driver = {.name = "efi",
	       .help = "UEFI: an EFI system partition, or the folder of a TFTP or HTTP server",
	       .keys = efi_keys,
	       .size = sizeof(struct efi_boot),
	       .check = efi_check,
	       .release = efi_release},
    .needs_emulator = efi_needs_emulator,
    .prepare = efi_prepare,
    .flash = efi_flash,
    .claim = efi_claim,
};
