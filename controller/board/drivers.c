// SPDX-License-Identifier: GPL-2.0-or-later
// The drivers of boards: one line a driver, in the order in which people see them.
#include "board/driver.h"

// clang-format off
#define DRIVERS(CONSOLE, POWER, BOOT) \
	CONSOLE(serial)               \
	CONSOLE(tcp)                  \
	CONSOLE(rfc2217)              \
	CONSOLE(telnet)               \
	CONSOLE(unix)                 \
	CONSOLE(exec)                 \
	CONSOLE(lava)                 \
	POWER(exec)                   \
	POWER(http)                   \
	POWER(redfish)                \
	POWER(ipmi)                   \
	POWER(snmp)                   \
	POWER(kasa)                   \
	POWER(uhubctl)                \
	POWER(serial_relay)           \
	POWER(qmp)                    \
	POWER(lava)                   \
	BOOT(direct)                  \
	BOOT(uboot)                   \
	BOOT(efi)                     \
	BOOT(exec)                    \
	BOOT(lava)

#define NOTHING(name)
#define DECLARE_CONSOLE(name) extern const struct console_driver console_##name;
#define DECLARE_POWER(name)   extern const struct power_driver power_##name;
#define DECLARE_BOOT(name)    extern const struct boot_driver boot_##name;
#define LIST_CONSOLE(name)    &console_##name.driver,
#define LIST_POWER(name)      &power_##name.driver,
#define LIST_BOOT(name)       &boot_##name.driver,

DRIVERS(DECLARE_CONSOLE, DECLARE_POWER, DECLARE_BOOT)

const struct driver *const console_drivers[] = {DRIVERS(LIST_CONSOLE, NOTHING, NOTHING) NULL};
const struct driver *const power_drivers[] = {DRIVERS(NOTHING, LIST_POWER, NOTHING) NULL};
const struct driver *const boot_drivers[] = {DRIVERS(NOTHING, NOTHING, LIST_BOOT) NULL};
