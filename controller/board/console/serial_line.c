// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/serial_line.h"

const char *const serial_parities[] = {"none", "odd", "even", NULL};
const char *const serial_flows[] = {"none", "rtscts", "xonxoff", NULL};
const char *const serial_signals[] = {"keep", "on", "off", NULL};
