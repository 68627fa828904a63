// SPDX-License-Identifier: GPL-2.0-or-later
// Finds and reads the file of a time zone; calendar/zone.h makes sense of its bytes.
#ifndef CONFIG_ZONE_FILE_H
#define CONFIG_ZONE_FILE_H

#include "calendar/zone.h"

// The zone of an IANA name such as "Europe/Berlin", from the folder that TZDIR names or else
// /usr/share/zoneinfo. "UTC" needs no file. A name that could lead out of the folder (absolute, or with
// "..") is refused, as is what is no zone's file. Fails with ERROR_CONFIG; `*out` is freed with zone_free.
struct error *zone_file_load(const char *name, struct zone **out) ERROR_RESULT;

#endif
