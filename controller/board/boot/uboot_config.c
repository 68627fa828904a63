// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of the `uboot` boot driver.
#include <ctype.h>

#include "base/memory.h"
#include "board/boot/uboot.h"
#include "board/keys.h"

const char uboot_help[] =
    "transport: tftp | ymodem | xmodem | kermit    how files reach RAM (tftp)\n"
    "store: ram | nor | mmc | virtio | nvme        where the board keeps them (ram)\n"
    "identity: {version: TEXT, ethaddr: MAC, probe: COMMAND, expect: TEXT}\n"
    "                        what proves that it is this board; needed for every store but ram\n"
    "device: N               number of the mmc, virtio or nvme device (0)\n"
    "block: N                first 512-byte block of the image (0x1000)\n"
    "nor: ADDRESS            where the image goes in NOR (0x4100000)\n"
    "sector: BYTES           what NOR erases at a time (0x40000)\n"
    "boot: booti | autonomous   typed on every boot, or saved as bootcmd (booti)\n"
    "power-cycle: BOOL       between flashing and booting (true)\n"
    "always-flash: BOOL      also when the store holds the right bytes (false)\n"
    "load, load-initrd, fdt: where they go in RAM (${kernel_addr_r}, ${ramdisk_addr_r},\n"
    "                        ${fdtcontroladdr})\n"
    "network: LIST           commands that bring the network up (setenv autoload no, dhcp)\n"
    "before: LIST            commands ahead of everything else\n"
    "tftp-root: DIR          folder of the site's TFTP server (none: QEMU's own)\n"
    "tftp-server: ADDRESS    when DHCP does not tell\n"
    "prompt, autoboot, interrupt, started: what U-Boot says and is told (\"=> \",\n"
    "                        \"Hit any key to stop autoboot\", \" \", \"Starting kernel\")\n"
    "chunk: N, chunk-delay: SECONDS    typing for serial ports without FIFO (16, 0)\n"
    "prompt-limit: SECONDS   from power-on to the prompt (60)\n"
    "limit: SECONDS          from power-on to the payload (600)\n"
    "attempts: N             tries, with a power cycle in between (2)\n";

// An Ethernet address as the board's environment has it: 02:00:5e:10:00:01.
static bool is_mac(const char *s)
{
	size_t i = 0;
	while (i < 17 && (i % 3 == 2 ? s[i] == ':' : isxdigit((unsigned char)s[i])))
		i++;
	return i == 17 && !s[17];
}

// Commands of the board's file are refused where they stand, not when they are to be typed.
static struct error *check_command(struct config_node n, const char *key, const char *command)
{
	if (uboot_shell_can_type(command))
		return NULL;
	return config_error(n, "%s: expected a command of 1 to %d plain characters", key,
			    UBOOT_COMMAND_MAX);
}

static struct error *read_commands(const struct config_map *keys, const char *key,
				   const char ***out, size_t *count)
{
	TRY(keys_strings(keys, key, out, count));
	struct config_node n = config_map_find(keys, key);
	size_t items = 0;
	CLEANUP_ERROR struct error *single = config_is_set(n) ? config_list(n, &items) : NULL;
	for (size_t i = 0; i < *count; i++)
		TRY(check_command(single ? n : config_item(n, i), key, (*out)[i]));
	return NULL;
}

static struct error *read_identity(const struct config_map *keys, struct uboot_identity *id)
{
	struct config_node n = config_map_find(keys, "identity");
	if (!config_is_set(n))
		return NULL;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
	static const char *const known[] = {"version", "ethaddr", "probe", "expect", NULL};
	TRY(config_map_only(&m, known));
	TRY(keys_string(&m, "version", &id->version));
	TRY(keys_string(&m, "ethaddr", &id->ethaddr));
	TRY(keys_string(&m, "probe", &id->probe));
	TRY(keys_string(&m, "expect", &id->expect));
	if (id->ethaddr && !is_mac(id->ethaddr))
		return config_error(config_map_find(&m, "ethaddr"),
				    "ethaddr: \"%s\", expected like 02:00:5e:10:00:01",
				    id->ethaddr);
	if (id->probe)
		TRY(check_command(config_map_find(&m, "probe"), "probe", id->probe));
	if (!id->probe != !id->expect)
		return config_error(n, "identity: probe and expect go together");
	if (!id->version && !id->ethaddr && !id->probe)
		return config_error(n, "identity: expected version, ethaddr, or probe and expect");
	id->configured = true;
	return NULL;
}

static struct error *read_console_keys(const struct config_map *keys, struct uboot_shell_config *s)
{
	TRY(keys_string(keys, "prompt", &s->prompt));
	TRY(keys_string(keys, "autoboot", &s->autoboot));
	TRY(keys_string(keys, "interrupt", &s->interrupt));
	TRY(keys_string(keys, "started", &s->started));
	int64_t chunk = 16;
	double delay = 0;
	TRY(keys_integer(keys, "chunk", 1, UBOOT_LINE_MAX, &chunk));
	TRY(keys_seconds(keys, "chunk-delay", 0, 1, &delay));
	s->chunk = (unsigned)chunk;
	s->chunk_delay_ns = (int64_t)(delay * 1e9);
	return NULL;
}

static struct error *read_store_keys(const struct config_map *keys, struct uboot_driver *d)
{
	static const char *const transports[] = {"tftp", "ymodem", "xmodem", "kermit", NULL};
	static const char *const stores[] = {"ram", "nor", "mmc", "virtio", "nvme", NULL};
	static const char *const boots[] = {"booti", "autonomous", NULL};
	unsigned transport = UBOOT_TFTP, store = UBOOT_RAM, boot = 0;
	TRY(keys_word(keys, "transport", transports, &transport));
	TRY(keys_word(keys, "store", stores, &store));
	TRY(keys_word(keys, "boot", boots, &boot));
	d->transport = transport;
	d->store = store;
	d->autonomous = boot == 1;
	TRY(keys_integer(keys, "device", 0, 255, &d->device));
	TRY(keys_integer(keys, "block", 0, INT64_C(1) << 40, &d->block));
	TRY(keys_integer(keys, "nor", 0, INT64_C(1) << 48, &d->nor));
	TRY(keys_integer(keys, "sector", 512, 1 << 24, &d->sector));
	TRY(keys_bool(keys, "power-cycle", &d->power_cycle));
	TRY(keys_bool(keys, "always-flash", &d->always_flash));
	if (d->autonomous && d->store != UBOOT_NOR)
		return config_error(config_map_find(keys, "boot"),
				    "boot: autonomous needs store: nor");
	return NULL;
}

static struct error *read_network_keys(const struct config_map *keys, struct uboot_driver *d)
{
	TRY(read_commands(keys, "network", &d->network, &d->network_count));
	if (!config_is_set(config_map_find(keys, "network"))) {
		d->network = memory_new(2, sizeof(*d->network));
		d->network[0] = "setenv autoload no";
		d->network[1] = "dhcp";
		d->network_count = 2;
	}
	TRY(read_commands(keys, "before", &d->before, &d->before_count));
	TRY(keys_path(keys, "tftp-root", &d->tftp_root));
	return keys_string(keys, "tftp-server", &d->tftp_server);
}

struct error *uboot_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {
	    "driver",   "transport", "store",        "identity",    "device",      "block",
	    "nor",      "sector",    "boot",         "power-cycle", "load",        "load-initrd",
	    "fdt",      "network",   "before",       "tftp-root",   "tftp-server", "prompt",
	    "autoboot", "interrupt", "started",      "chunk",       "chunk-delay", "prompt-limit",
	    "limit",    "attempts",  "always-flash", NULL};
	TRY(config_map_only(keys, known));
	struct uboot_driver *d = memory_new(1, sizeof(*d));
	*state = d;
	d->block = 0x1000;
	d->nor = 0x4100000;
	d->sector = 0x40000;
	d->power_cycle = true;
	d->load = "${kernel_addr_r}";
	d->load_initrd = "${ramdisk_addr_r}";
	d->fdt = "${fdtcontroladdr}";
	d->limit = 600;
	d->prompt_limit = 60;
	d->attempts = 2;
	TRY(read_identity(keys, &d->identity));
	TRY(read_console_keys(keys, &d->shell));
	TRY(read_store_keys(keys, d));
	TRY(read_network_keys(keys, d));
	TRY(keys_string(keys, "load", &d->load));
	TRY(keys_string(keys, "load-initrd", &d->load_initrd));
	TRY(keys_string(keys, "fdt", &d->fdt));
	TRY(keys_seconds(keys, "prompt-limit", 1, 3600, &d->prompt_limit));
	TRY(keys_seconds(keys, "limit", 1, 24 * 3600, &d->limit));
	TRY(keys_integer(keys, "attempts", 1, 10, &d->attempts));
	if (d->store != UBOOT_RAM && !d->identity.configured)
		return config_error(keys->node,
				    "a board whose store is written needs an \"identity\", so that "
				    "a swapped cable never flashes the wrong one");
	return NULL;
}
