// SPDX-License-Identifier: GPL-2.0-or-later
// The driver tables: one line a driver.
#include "board/driver.h"

extern const struct console_driver console_exec;
extern const struct console_driver console_rfc2217;
extern const struct console_driver console_serial;
extern const struct console_driver console_tcp;
extern const struct console_driver console_telnet;
extern const struct console_driver console_unix;
extern const struct power_driver power_exec;
extern const struct power_driver power_http;
extern const struct power_driver power_qmp;
extern const struct power_driver power_redfish;
extern const struct power_driver power_serial_relay;
extern const struct boot_driver boot_direct;
extern const struct boot_driver boot_efi;
extern const struct boot_driver boot_exec;
extern const struct boot_driver boot_uboot;

const struct console_driver *const console_drivers[] = {
    &console_serial, &console_tcp, &console_rfc2217, &console_telnet, &console_unix,
    &console_exec,   NULL,
};

const struct power_driver *const power_drivers[] = {
    &power_exec, &power_http, &power_redfish, &power_serial_relay, &power_qmp, NULL,
};

const struct boot_driver *const boot_drivers[] = {
    &boot_direct, &boot_uboot, &boot_efi, &boot_exec, NULL,
};
