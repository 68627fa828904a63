// SPDX-License-Identifier: GPL-2.0-or-later
// What every unit test includes first: cmocka with the headers it wants ahead of itself.
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
