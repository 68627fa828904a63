// SPDX-License-Identifier: GPL-2.0-or-later
// The keys of the `uboot` boot driver.
#include <ctype.h>

#include "base/memory.h"
#include "board/boot/uboot.h"

static const char *const transports[] = {"tftp", "ymodem", "xmodem", "kermit", NULL};
static const char *const stores[] = {"ram", "nor", "mmc", "virtio", "nvme", NULL};
static const char *const boots[] = {"booti", "autonomous", NULL};

static const struct key identity_keys[] = {
    {"version", KEY_TEXT(struct uboot_driver, identity.version),
     .help = "text in the output of `version`"},
    {"ethaddr", KEY_TEXT(struct uboot_driver, identity.ethaddr), .value = "MAC",
     .help = "value of the variable"},
    {"probe", KEY_TEXT(struct uboot_driver, identity.probe), .value = "COMMAND",
     .help = "any command"},
    {"expect", KEY_TEXT(struct uboot_driver, identity.expect), .help = "text in its output"},
    {0},
};

const struct key uboot_keys[] = {
    {"transport", KEY_WORD(struct uboot_driver, transport, transports), .preset = "tftp",
     .help = "how files reach RAM"},
    {"store", KEY_WORD(struct uboot_driver, store, stores), .preset = "ram",
     .help = "where the board keeps them"},
    {"identity", KEY_GROUP(identity_keys),
     .help = "what proves that it is this board; needed for every store but ram"},
    {"device", KEY_NUMBER(struct uboot_driver, device, 0, 255), .preset = "0",
     .help = "number of the mmc, virtio or nvme device"},
    {"block", KEY_NUMBER(struct uboot_driver, block, 0, 0x1p40), .preset = "0x1000",
     .help = "first 512-byte block of the image"},
    {"nor", KEY_NUMBER(struct uboot_driver, nor, 0, 0x1p48), .preset = "0x4100000",
     .value = "ADDRESS", .help = "where the image goes in NOR"},
    {"sector", KEY_NUMBER(struct uboot_driver, sector, 512, 1 << 24), .preset = "0x40000",
     .value = "BYTES", .help = "what NOR erases at a time"},
    {"boot", KEY_WORD(struct uboot_driver, boot, boots), .preset = "booti",
     .help = "typed on every boot, or saved as bootcmd"},
    {"power-cycle", KEY_BOOL(struct uboot_driver, power_cycle), .preset = "true",
     .help = "between flashing and booting"},
    {"always-flash", KEY_BOOL(struct uboot_driver, always_flash), .preset = "false",
     .help = "also when the store holds the right bytes"},
    {"load", KEY_TEXT(struct uboot_driver, load), .preset = "${kernel_addr_r}", .value = "ADDRESS",
     .help = "where the image goes in RAM"},
    {"load-initrd", KEY_TEXT(struct uboot_driver, load_initrd), .preset = "${ramdisk_addr_r}",
     .value = "ADDRESS", .help = "where the initrd goes"},
    {"load-dtb", KEY_TEXT(struct uboot_driver, load_dtb), .preset = "${fdt_addr_r}",
     .value = "ADDRESS", .help = "where the board's dtb goes in RAM"},
    {"fdt", KEY_TEXT(struct uboot_driver, fdt), .preset = "${fdtcontroladdr}", .value = "ADDRESS",
     .help = "where the device tree is"},
    {"network", KEY_LIST(struct uboot_driver, network),
     .help = "commands that bring the network up (setenv autoload no, dhcp)"},
    {"before", KEY_LIST(struct uboot_driver, before), .help = "commands ahead of everything else"},
    {"tftp-root", KEY_FILE(struct uboot_driver, tftp_root), .value = "DIR",
     .help = "folder of the site's TFTP server (none: QEMU's own)"},
    {"tftp-server", KEY_TEXT(struct uboot_driver, tftp_server), .value = "ADDRESS",
     .help = "when DHCP does not tell"},
    {"prompt", KEY_TEXT(struct uboot_driver, shell.prompt), .help = "U-Boot's (\"=> \")"},
    {"autoboot", KEY_TEXT(struct uboot_driver, shell.autoboot),
     .help = "what it says when it can be stopped (Hit any key to stop autoboot)"},
    {"interrupt", KEY_TEXT(struct uboot_driver, shell.interrupt),
     .help = "what stops it (\" \"), or the password that it asks for"},
    {"started", KEY_TEXT(struct uboot_driver, shell.started),
     .help = "what it says when it gives way to the payload (Starting kernel)"},
    {"chunk", KEY_NUMBER(struct uboot_driver, chunk, 1, UBOOT_LINE_MAX), .preset = "16",
     .help = "bytes typed at once, for serial ports without FIFO"},
    {"chunk-delay", KEY_SECONDS(struct uboot_driver, chunk_delay, 0, 1), .preset = "0",
     .help = "pause between them"},
    {"prompt-limit", KEY_SECONDS(struct uboot_driver, prompt_limit, 1, 3600), .preset = "60",
     .help = "from power-on to the prompt"},
    {"limit", KEY_SECONDS(struct uboot_driver, limit, 1, 24 * 3600), .preset = "600",
     .help = "from power-on to the payload"},
    {"attempts", KEY_NUMBER(struct uboot_driver, attempts, 1, 10), .preset = "2",
     .help = "tries, with a power cycle in between"},
    {0},
};

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

static struct error *check_commands(const struct config_map *keys, const char *key,
				    const char *const *commands)
{
	struct config_node n = config_map_find(keys, key);
	size_t items = 0;
	CLEANUP_ERROR struct error *single = config_is_set(n) ? config_list(n, &items) : NULL;
	for (size_t i = 0; commands && commands[i]; i++)
		TRY(check_command(single ? n : config_item(n, i), key, commands[i]));
	return NULL;
}

static struct error *check_identity(const struct config_map *keys, struct uboot_identity *id)
{
	struct config_node n = config_map_find(keys, "identity");
	if (!config_is_set(n))
		return NULL;
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	TRY(config_map_init(&m, n));
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

static void set_network(struct uboot_driver *d)
{
	static const char *const usual[] = {"setenv autoload no", "dhcp", NULL};
	if (!d->network) {
		d->network = memory_new(sizeof(usual) / sizeof(usual[0]), sizeof(*d->network));
		for (size_t i = 0; usual[i]; i++)
			d->network[i] = usual[i];
	}
	d->network_count = keys_count(d->network);
	d->before_count = keys_count(d->before);
}

struct error *uboot_check(void *state, const struct config_map *keys)
{
	struct uboot_driver *d = state;
	d->shell.chunk = (unsigned)d->chunk;
	d->shell.chunk_delay_ns = (int64_t)(d->chunk_delay * 1e9);
	TRY(check_identity(keys, &d->identity));
	if (d->boot == UBOOT_BOOT_AUTONOMOUS && d->store != UBOOT_NOR)
		return config_error(config_map_find(keys, "boot"),
				    "boot: autonomous needs store: nor");
	TRY(check_commands(keys, "network", d->network));
	TRY(check_commands(keys, "before", d->before));
	set_network(d);
	if (d->store != UBOOT_RAM && !d->identity.configured)
		return config_error(keys->node,
				    "a board whose store is written needs an \"identity\", so that "
				    "a swapped cable never flashes the wrong one");
	return NULL;
}
