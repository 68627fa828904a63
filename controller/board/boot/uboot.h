// SPDX-License-Identifier: GPL-2.0-or-later
// Inside of the `uboot` boot driver: its keys, and the steps of its conversation. For the files
// boot/uboot*.c only.
#ifndef BOARD_BOOT_UBOOT_H
#define BOARD_BOOT_UBOOT_H

#include "board/boot/transfer.h"
#include "board/boot/uboot_talk.h"
#include "board/driver.h"

enum uboot_transport { UBOOT_TFTP, UBOOT_YMODEM, UBOOT_XMODEM, UBOOT_KERMIT };
enum uboot_store { UBOOT_RAM, UBOOT_NOR, UBOOT_MMC, UBOOT_VIRTIO, UBOOT_NVME };

// Typed on every boot, or saved: after flashing the board starts by itself, from NOR.
enum uboot_boot { UBOOT_BOOT_TYPED, UBOOT_BOOT_AUTONOMOUS };

struct uboot_identity {
	const char *version; // text in the output of `version`
	const char *ethaddr; // value of the variable
	const char *probe;   // any command ...
	const char *expect;  // ... and text in its output
	bool configured;
};

struct uboot_driver {
	struct uboot_shell_config shell;
	int64_t chunk;      // of the shell: bytes typed at once
	double chunk_delay; // seconds between them
	enum uboot_transport transport;
	enum uboot_store store;
	struct uboot_identity identity;
	int64_t device;   // number of the mmc, virtio or nvme device
	int64_t block;    // first block of the image, 512 bytes each
	int64_t nor;      // address of the image in NOR
	int64_t sector;   // bytes that NOR erases at a time
	const char *load; // where files go in RAM, as U-Boot understands it
	const char *load_initrd;
	const char *load_dtb;
	const char *fdt;
	enum uboot_boot boot;
	bool power_cycle;     // between flashing and booting
	bool always_flash;    // also when the store holds the right bytes already
	const char **network; // commands that bring the network up
	size_t network_count;
	const char **before; // commands ahead of everything else
	size_t before_count;
	char *tftp_root;         // of the site's server; NULL: RUN_DIR/tftp, QEMU's own
	const char *tftp_server; // its address, when DHCP does not tell; or NULL
	double limit;            // seconds for all of it
	double prompt_limit;
	int64_t attempts;
	char **exposed; // files that were put below tftp_root, removed by free
	size_t exposed_count;
};

// The keys (uboot_config.c).
extern const struct key uboot_keys[];
struct error *uboot_check(void *state, const struct config_map *keys) ERROR_RESULT;

// One file of the payload on its way to the board.
struct uboot_file {
	const char *what; // "image", "initrd"
	const char *path; // on the host; NULL = there is none
	const char *load; // its place in RAM
	char *tftp_name;  // owned
	uint64_t size;
	uint32_t crc32;
	uint64_t block; // first block in a block store
	uint64_t blocks;
	uint64_t nor;       // address in NOR
	uint64_t nor_bytes; // rounded up to sectors
};

#define UBOOT_FILES 3

struct uboot_job {
	const struct uboot_driver *driver;
	struct uboot_talk talk;
	struct uboot_file files[UBOOT_FILES];
	bool network_up;
};

// Brings a file into RAM and proves it by its CRC-32.
struct error *uboot_fetch(struct uboot_job *j, const struct uboot_file *f) ERROR_RESULT;
// Makes the site's or QEMU's TFTP server offer the payload's files, and only these.
struct error *uboot_expose(struct uboot_driver *d, const struct board_place *place) ERROR_RESULT;
// Removes what uboot_expose has put there; safe twice.
void uboot_unexpose(struct uboot_driver *d);
// The name under which a file of a board is offered; the caller frees.
char *uboot_tftp_name(const struct uboot_driver *d, const char *board, const char *what);

// Writes a file that is in RAM to the store.
struct error *uboot_store_write(struct uboot_job *j, const struct uboot_file *f) ERROR_RESULT;
// Reads the store into RAM and tells whether it is that file; also the preparation of a boot.
struct error *uboot_store_read(struct uboot_job *j, const struct uboot_file *f,
			       bool *right) ERROR_RESULT;
// The command that copies the file from the store into RAM (for bootcmd too).
void uboot_store_read_command(const struct uboot_driver *d, const struct uboot_file *f,
			      struct buffer *out);

// CRC-32 of RAM as U-Boot sees it; in a rehearsal the right one is assumed and printed.
struct error *uboot_crc32(struct uboot_job *j, const char *address, const struct uboot_file *f,
			  bool *right) ERROR_RESULT;

#endif
