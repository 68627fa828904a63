// SPDX-License-Identifier: GPL-2.0-or-later
// What a service tells systemd (sd_notify(3)): lines of NAME=VALUE in a datagram to $NOTIFY_SOCKET, a
// protocol that systemd keeps stable for those who do not link its library. We don't, because every start
// of a worker would pay for loading it.
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

// "READY=1", "STATUS=...", "WATCHDOG=1"; nothing happens outside of systemd.
void notify_service_manager(const char *state);

// How often the watchdog is to be told, in ns: half of what the manager waits; 0: there is none.
int64_t notify_watchdog_ns(void);

#endif
