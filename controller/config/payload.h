// SPDX-License-Identifier: GPL-2.0-or-later
// A job's `payload:`: what is booted, and where its files come from.
//
//     payload: {firmware: ../build/firmware/mm.img}
//     payload:
//       kernel: {url: https://host/Image.gz, sha256: ...}
//       initrd: initrd.gz
//       dtb: board.dtb
//       modules: modules.tar.xz
#ifndef CONFIG_PAYLOAD_H
#define CONFIG_PAYLOAD_H

#include "config/node.h"

enum payload_kind {
	PAYLOAD_FIRMWARE, // speaks the record protocol, says itself when it is done
	PAYLOAD_KERNEL,   // a Linux kernel; `done` says how its log ends
};

const char *payload_kind_name(enum payload_kind kind);

enum payload_part {
	PAYLOAD_IMAGE, // the firmware or kernel itself
	PAYLOAD_INITRD,
	PAYLOAD_DTB,     // instead of the board's
	PAYLOAD_MODULES, // an archive or package whose lib/modules goes into the initrd
	PAYLOAD_PARTS,
};
const char *payload_part_name(enum payload_part part);

// One file: `path` or `url`, or neither (there is none, or only the command line can name it).
struct payload_part_config {
	char *path;         // owned
	char *url;          // owned: http or https
	const char *sha256; // of the file, as it is named; may be NULL
	struct config_node node;
};

struct payload_config {
	enum payload_kind kind;
	struct payload_part_config parts[PAYLOAD_PARTS];
};

struct error *payload_config_parse(struct config_node n, struct payload_config *out) ERROR_RESULT;
void payload_config_deinit(struct payload_config *p);

// Whether some file is to be fetched first.
bool payload_config_fetches(const struct payload_config *p);

// Whether a name is a URL that can be fetched.
bool payload_is_url(const char *text);
// Takes `path` (or a URL) instead of what the part was.
void payload_part_set(struct payload_part_config *part, const char *path);

#endif
