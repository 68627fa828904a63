// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever the line says, the shell never sends a CR but behind its own whole command.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "board/boot/uboot_shell.h"

static struct buffer heard; // all that the line has said

// What the shell says of the echo is not believed: it is held against what it was given. Only an
// announcement of autoboot may have named Enter itself.
static void check_sent(struct uboot_shell *u)
{
	const char *cr = u->out.len ? memchr(u->out.data, '\r', u->out.len) : NULL;
	size_t len = u->line.len;
	if (cr && u->state != UBOOT_BOOTING &&
	    (cr != u->out.data + u->out.len - 1 || heard.len < len || !len ||
	     memcmp(heard.data + heard.len - len, u->line.data, len) != 0))
		abort();
	buffer_truncate(&u->out, 0);
}

static void hear(struct uboot_shell *u, const void *bytes, size_t len, int64_t now)
{
	buffer_append(&heard, bytes, len);
	uboot_shell_feed(u, bytes, len, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct uboot_shell_config config = {.chunk = 200};
	struct uboot_shell u;
	uboot_shell_init(&u, &config);
	int64_t now = 0;
	buffer_truncate(&heard, 0);
	uboot_shell_boot(&u, now, 60 * NS_PER_S);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == 0xfe) { // the line is silent until something is due
			now = u.wake_ns == INT64_MAX ? now : u.wake_ns;
			uboot_shell_tick(&u, now);
		} else if (data[i] == 0xfd) { // an honest echo
			CLEANUP_BUFFER struct buffer echo = u.out;
			u.out = (struct buffer){0};
			hear(&u, buffer_str(&echo), echo.len, now);
		} else {
			hear(&u, data + i, 1, now);
		}
		check_sent(&u);
		if (u.state == UBOOT_READY)
			uboot_shell_command(&u, "crc32 0 10", "==>", now, now + NS_PER_S);
	}
	CLEANUP_BUFFER struct buffer text = {0};
	uboot_shell_describe(&u, &text);
	uboot_shell_deinit(&u);
	return 0;
}
