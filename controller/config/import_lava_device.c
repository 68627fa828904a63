// SPDX-License-Identifier: GPL-2.0-or-later
// Device dictionaries of LAVA: console, power and boot of a board.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/import_lava.h"
#include "config/import_lava_node.h"

enum { WORDS_MAX = 64 };

// Words of a command, as LAVA splits it; owned.
struct words {
	char *text;
	const char *items[WORDS_MAX + 1];
	size_t count;
};

static void words_deinit(struct words *w)
{
	free(w->text);
}
#define CLEANUP_WORDS CLEANUP(words_deinit)

static void split(const char *text, struct words *w)
{
	free(w->text);
	*w = (struct words){.text = memory_strdup(text)};
	char *rest = w->text;
	for (char *word; (word = strsep(&rest, " \t\r\n")) && w->count < WORDS_MAX;)
		if (*word)
			w->items[w->count++] = word;
}

// "KEY: ["a", "b"]", with {KERNEL} as our own placeholder.
static void put_words(struct import *in, const char *key, const struct words *w, size_t from)
{
	buffer_printf(in->out, "%s[", key);
	for (size_t i = from; i < w->count; i++) {
		const char *word = strcmp(w->items[i], "{KERNEL}") == 0 ? "{image}" : w->items[i];
		buffer_append_str(in->out, i > from ? ", " : "");
		config_dump_string(word, in->out);
	}
	buffer_append_str(in->out, "]\n");
}

// The first command of one, or of a list of them; the rest of the list stays untaken.
static const char *command(struct import *in, struct config_node n)
{
	return import_text(in, import_is_list(n) ? import_item(n, 0) : n);
}

// ---- CPUs ---------------------------------------------------------------------------------------

static const struct {
	const char *model, *line;
} cpus[] = {
    {"cortex-a35", "{name: \"Cortex-A35\", midr: 0x411fd040, bbml2: false}"},
    {"cortex-a53", "{name: \"Cortex-A53\", midr: 0x410fd034, bbml2: false}"},
    {"cortex-a57", "{name: \"Cortex-A57\", midr: 0x411fd070, bbml2: false}"},
    {"cortex-a72", "{name: \"Cortex-A72\", midr: 0x410fd083, bbml2: false}"},
    {"cortex-a76", "{name: \"Cortex-A76\", midr: 0x414fd0b1, bbml2: false}"},
    {"neoverse-n1", "{name: \"Neoverse-N1\", midr: 0x414fd0c1, bbml2: false}"},
    {"max", "{name: \"QEMU max\", midr: 0x000f0510, bbml2: false}"},
};

static void put_cpu(struct import *in, const char *model)
{
	for (size_t i = 0; model && i < sizeof(cpus) / sizeof(cpus[0]); i++)
		if (strcmp(model, cpus[i].model) == 0) {
			buffer_printf(in->out, "    cpu: %s\n", cpus[i].line);
			return;
		}
	problems_doubt(in->problems, config_file_root(in->file),
		       "cpu: LAVA does not tell it; the first run says the board's MIDR");
	buffer_append_str(in->out, "    # made up: LAVA does not tell the CPU\n"
				   "    cpu: {name: unknown, midr: 1, bbml2: false}\n");
}

// ---- QEMU ---------------------------------------------------------------------------------------

struct emulator {
	const char *machine, *cpu, *memory, *cpus;
	struct buffer more; // words of its own, as a list
	bool stops;
};

// Words that our own driver says, or that stand against it.
static bool is_ours(const char *word, bool *with_value)
{
	static const struct {
		const char *word;
		bool value;
	} ours[] = {{"-display", true},    {"-monitor", true},     {"-serial", true},
		    {"-nographic", false}, {"-nodefaults", false}, {"-no-reboot", false}};
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(word, ours[i].word) == 0) {
			*with_value = ours[i].value;
			return true;
		}
	return false;
}

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

static void take_words(const struct words *w, struct emulator *e)
{
	for (size_t i = 0; i < w->count; i++) {
		const char *word = w->items[i], *next = i + 1 < w->count ? w->items[i + 1] : NULL;
		bool with_value = false;
		const char **place =
		    strcmp(word, "-M") == 0 || strcmp(word, "-machine") == 0 ? &e->machine
		    : strcmp(word, "-cpu") == 0                              ? &e->cpu
		    : strcmp(word, "-m") == 0                                ? &e->memory
		    : strcmp(word, "-smp") == 0 && next && is_number(next)   ? &e->cpus
									     : NULL;
		e->stops |= strcmp(word, "-no-reboot") == 0;
		if (place && next) {
			*place = next;
			i++;
		} else if (is_ours(word, &with_value)) {
			i += with_value;
		} else {
			buffer_append_str(&e->more, e->more.len ? ", " : "");
			config_dump_string(word, &e->more);
		}
	}
}

static void put_emulator(struct import *in, struct config_node qemu)
{
	CLEANUP_BUFFER struct buffer all = {0};
	CLEANUP_WORDS struct words w = {0};
	struct emulator e = {0};
	struct config_node options = import_find(qemu, "parameters/options");
	struct config_node extra = import_find(qemu, "parameters/extra");
	const char *program = import_text(in, import_find(qemu, "parameters/command"));
	for (size_t i = 0; i < import_size(options) + import_size(extra); i++) {
		bool first = i < import_size(options);
		const char *text =
		    import_text(in, first ? import_item(options, i)
					  : import_item(extra, i - import_size(options)));
		buffer_printf(&all, "%s ", text ? text : "");
	}
	split(buffer_str(&all), &w);
	take_words(&w, &e);
	put_cpu(in, e.cpu);
	buffer_append_str(in->out, "    console: {driver: unix}\n    power:\n      driver: qmp\n");
	import_put(in, "      cpu: ", e.cpu ? e.cpu : "max");
	if (e.machine)
		import_put(in, "      machine: ", e.machine);
	if (e.memory)
		import_put(in, "      memory: ", e.memory);
	if (e.cpus)
		buffer_printf(in->out, "      cpus: %s\n", e.cpus);
	if (program && strcmp(program, "qemu-system-aarch64") != 0)
		import_put(in, "      qemu: ", program);
	if (e.more.len)
		buffer_printf(in->out, "      arguments: [%s]\n", buffer_str(&e.more));
	buffer_append_str(in->out, "    boot: {driver: direct}\n");
	buffer_deinit(&e.more);
}

// ---- consoles and switches ----------------------------------------------------------------------

static struct config_node find_connect(struct import *in, struct config_node commands)
{
	struct config_node n = import_find(commands, "connect");
	struct config_node all = import_find(commands, "connections");
	if (config_is_set(n) || import_is_list(all) || import_size(all) == 0)
		return n;
	size_t chosen = 0;
	struct config_node one;
	for (size_t i = 0; i < import_size(all); i++) {
		import_key(all, i, &one);
		struct config_node tags = import_find(one, "tags");
		for (size_t k = 0; k < import_size(tags); k++) {
			const char *tag = import_text(in, import_item(tags, k));
			chosen = tag && strcmp(tag, "primary") == 0 ? i : chosen;
		}
	}
	import_key(all, chosen, &one);
	return import_find(one, "connect");
}

// The tty and the speed of a socat command, like "FILE:/dev/ttyUSB0,rawer,b115200".
static bool find_tty(const struct words *w, char *device, size_t size, long *baud)
{
	*baud = 0;
	for (size_t i = 1; strstr(w->items[0], "socat") && i < w->count; i++) {
		const char *at = strstr(w->items[i], "/dev/");
		if (!at && strncmp(w->items[i], "FILE:/", 6) == 0)
			at = w->items[i] + 5;
		if (!at)
			continue;
		snprintf(device, size, "%.*s", (int)strcspn(at, ","), at);
		for (const char *b = at; (b = strstr(b, ",b")); b++)
			if (isdigit((unsigned char)b[2]))
				*baud = strtol(b + 2, NULL, 10);
		return true;
	}
	return false;
}

static void put_console(struct import *in, const char *connect)
{
	CLEANUP_WORDS struct words w = {0};
	char device[256];
	long baud;
	split(connect, &w);
	if (w.count == 3 && strcmp(w.items[0], "telnet") == 0 && is_number(w.items[2]) &&
	    strlen(w.items[2]) <= 5 && atoi(w.items[2]) >= 1 && atoi(w.items[2]) <= 65535) {
		buffer_append_str(in->out, "    console:\n      driver: telnet\n");
		import_put(in, "      host: ", w.items[1]);
		buffer_printf(in->out, "      port: %s\n", w.items[2]);
	} else if (w.count > 1 && find_tty(&w, device, sizeof(device), &baud)) {
		buffer_append_str(in->out, "    console:\n      driver: serial\n");
		import_put(in, "      device: ", device);
		if (baud > 0 && baud <= 4000000)
			buffer_printf(in->out, "      baud: %ld\n", baud);
	} else {
		buffer_append_str(in->out, "    console:\n      driver: exec\n");
		put_words(in, "      command: ", &w, 0);
	}
}

// Without a command for it, nothing is switched; that is told.
static void put_switch(struct import *in, struct config_node commands, const char *key,
		       const char *text)
{
	CLEANUP_WORDS struct words w = {0};
	if (!text)
		problems_doubt(in->problems,
			       config_is_set(commands) ? commands : config_file_root(in->file),
			       "%s: LAVA has no command for it", strchr(key, 'o'));
	split(text ? text : "true", &w);
	put_words(in, key, &w, 0);
}

static void put_power(struct import *in, struct config_node commands)
{
	const char *reset = command(in, import_find(commands, "hard_reset"));
	const char *on = command(in, import_find(commands, "power_on"));
	const char *off = command(in, import_find(commands, "power_off"));
	buffer_append_str(in->out, "    power:\n      driver: exec\n");
	put_switch(in, commands, "      on: ", on ? on : reset);
	put_switch(in, commands, "      off: ", off);
	if (reset)
		put_switch(in, commands, "      reset: ", reset);
}

// ---- boots --------------------------------------------------------------------------------------

static void put_optional(struct import *in, const char *key, const char *text)
{
	if (text)
		import_put(in, key, text);
}

static void put_uboot(struct import *in, struct config_node root, struct config_node uboot)
{
	struct config_node constants = import_find(root, "constants/u-boot");
	buffer_append_str(in->out, "    boot:\n      driver: uboot\n      transport: tftp\n"
				   "      store: ram\n      tftp-root: /srv/tftp\n"
				   "      network: [\"setenv autoload no\", \"dhcp\"]\n");
	put_optional(in, "      prompt: ",
		     import_text(in, import_find(uboot, "parameters/bootloader_prompt")));
	put_optional(
	    in, "      autoboot: ", import_text(in, import_find(constants, "interrupt-prompt")));
	put_optional(in, "      interrupt: ",
		     import_text(in, import_find(constants, "interrupt-character")));
	put_optional(in,
		     "      started: ", import_text(in, import_find(constants, "final-message")));
	put_optional(in,
		     "      load: ", import_text(in, import_find(root, "parameters/booti/kernel")));
	put_optional(in, "      load-initrd: ",
		     import_text(in, import_find(root, "parameters/booti/ramdisk")));
	put_optional(in, "      fdt: ", import_text(in, import_find(root, "parameters/booti/dtb")));
	import_take(in, import_find(constants, "interrupt-newline"));
	import_take(in, import_find(constants, "interrupt_ctrl_list"));
	import_take(in, import_find(constants, "error-messages"));
}

// The one command of a flasher that brings the payload; NULL: none, or several.
static const char *flash_command(struct import *in, struct config_node flasher, const char *off)
{
	struct config_node list = import_find(flasher, "commands"), one = {0};
	size_t count = 0;
	for (size_t i = 0; i < import_size(list); i++) {
		struct config_node n = import_item(list, i);
		const char *text = import_text(in, n);
		if (text && off && strcmp(text, off) == 0)
			continue; // a board is off before anything else
		in->taken[n.id] = false;
		count++;
		one = n;
	}
	return count == 1 ? import_text(in, one) : NULL;
}

static void put_board(struct import *in, struct config_node root, const char *connect,
		      const char *path)
{
	struct config_node boots = import_find(root, "actions/boot/methods");
	struct config_node commands = import_find(root, "commands");
	struct config_node flasher = import_find(root, "actions/deploy/methods/flasher");
	const char *off = command(in, import_find(commands, "power_off"));
	const char *flash = flash_command(in, flasher, off);
	bool uboot = config_is_set(import_find(boots, "u-boot"));
	bool native = connect && (uboot || flash);
	put_cpu(in, NULL);
	if (native)
		put_console(in, connect);
	else
		buffer_append_str(in->out, "    console: {driver: lava}\n");
	put_power(in, commands);
	if (native && uboot) {
		put_uboot(in, root, import_find(boots, "u-boot"));
	} else if (native) {
		CLEANUP_WORDS struct words w = {0};
		split(flash, &w);
		buffer_append_str(in->out, "    boot:\n      driver: exec\n");
		put_words(in, "      prepare: ", &w, 0);
		import_take(in, import_find(boots, "minimal"));
	} else {
		problems_doubt(in->problems, root,
			       "booted by lava-run with this dictionary: mmfarm has no driver for "
			       "its methods");
		buffer_append_str(in->out, "    boot:\n      driver: lava\n");
		import_put(in, "      device: ", path);
		import_take(in, root);
	}
}

// What a dictionary has that stands for nothing on our side, or that our drivers do by themselves.
static void take_idle(struct import *in, struct config_node root)
{
	static const char *const idle[] = {
	    "available_architectures",
	    "character_delays",
	    "constants/failure_retry",
	    "constants/boot_retry",
	    "constants/spawn_maxread",
	    "constants/kernel-start-message",
	    "constants/shutdown-message",
	    "constants/default-shell-prompt",
	    "constants/posix",
	    "actions/boot/connections",
	    "actions/deploy/methods/image",
	    "actions/deploy/methods/tftp",
	    "actions/deploy/parameters",
	};
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		import_take(in, import_find(root, idle[i]));
	static const char *const empty[] = {"commands", "parameters"};
	for (size_t i = 0; i < 2; i++)
		if (import_size(import_find(root, empty[i])) == 0)
			import_take(in, import_find(root, empty[i]));
}

void import_lava_device(const struct config_file *f, const char *name, const char *path,
			struct buffer *out, struct config_problems *problems)
{
	CLEANUP_IMPORT struct import in;
	import_init(&in, f, out, problems);
	struct config_node root = config_file_root(f);
	struct config_node qemu = import_find(root, "actions/boot/methods/qemu");
	buffer_printf(out, "# From LAVA's device dictionary.\ntypes:\n  %s:\n", name);
	take_idle(&in, root);
	struct config_node connect = find_connect(&in, import_find(root, "commands"));
	if (import_size(qemu) > 0)
		put_emulator(&in, qemu);
	else
		put_board(&in, root, import_text(&in, connect), path);
	buffer_printf(out, "boards:\n  %s: {type: %s}\npools:\n  %s: {boards: [%s]}\n", name, name,
		      name, name);
	import_tell_rest(&in);
}
