// SPDX-License-Identifier: GPL-2.0-or-later
// What LAVA is given: a device dictionary and a job definition for one boot of one board. Every key
// that LAVA reads without asking is there. Without a monitor the job's test only reads: its start never comes, its timeouts
// are far away; who started lava-run judges and ends it. Pure.
#ifndef LAVA_RENDER_H
#define LAVA_RENDER_H

#include "base/buffer.h"

enum lava_method {
	LAVA_MINIMAL, // flash commands, then a reset: the board starts by itself
	LAVA_QEMU,    // LAVA starts the emulator
	LAVA_UBOOT,   // commands at U-Boot's prompt, files over TFTP
};

// Where U-Boot puts the files, as it writes addresses.
struct lava_addresses {
	const char *kernel, *initrd, *dtb;
};

// A test by what the console says: regular expressions.
struct lava_monitor {
	const char *start, *end, *pattern;
	const char *results; // LAVA's fixupdict, as YAML; may be NULL
};

// Commands are words joined by blanks: LAVA runs them without a shell. File names are absolute, or URLs.
struct lava_work {
	enum lava_method method;
	const char *job_name;
	const char *connect;      // MINIMAL, UBOOT: its standard input and output are the console
	const char *hard_reset;   // the same: switches the board on anew
	const char *const *flash; // MINIMAL: commands, NULL-terminated; may be NULL
	const char *const *emulator; // QEMU: program and words, NULL-terminated
	const char *const *commands; // UBOOT: its commands, with LAVA's placeholders
	const char *prompt, *interrupt;
	struct lava_addresses at;
	const char *kernel, *initrd, *dtb;  // initrd, dtb: or NULL
	const char *arguments;              // of the kernel; may be ""
	const char *device_type;            // for a server; may be NULL
	const struct lava_monitor *monitor; // or NULL
	unsigned seconds;                   // with a monitor: what the payload may take
};

// Appends the texts of device.yaml and job.yaml.
void lava_render_device(const struct lava_work *w, struct buffer *out);
void lava_render_job(const struct lava_work *w, struct buffer *out);

// Appends a text as a YAML scalar in quotes.
void lava_render_text(const char *text, struct buffer *out);

#endif
