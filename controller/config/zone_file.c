// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/zone_file.h"

#include <string.h>

#include "base/file.h"

#define ZONE_FOLDER   "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 100

static bool is_letter_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Words with / between them; none begins with a dot, so that the name stays below its folder.
static bool is_zone_name(const char *name)
{
	bool begin = true;
	for (const char *s = name; *s; s++) {
		if (*s == '/' ? begin : !is_letter_or_digit(*s) && (begin || !strchr("_+-.", *s)))
			return false;
		begin = *s == '/';
	}
	return !begin && strlen(name) <= ZONE_NAME_MAX;
}

static const char *zone_folder(void)
{
	const char *dir = getenv("TZDIR");
	return dir && *dir ? dir : ZONE_FOLDER;
}

struct error *zone_file_load(const char *name, struct zone **out)
{
	if (!is_zone_name(name))
		return error_new(ERROR_CONFIG,
				 "zone \"%.*s\", expected an IANA name such as Europe/Berlin",
				 ZONE_NAME_MAX, name);
	if (strcmp(name, "UTC") == 0) {
		*out = zone_new_utc();
		return NULL;
	}
	const char *dir = zone_folder();
	CLEANUP_FREE char *path = path_join(dir, name);
	if (!file_exists(dir))
		return error_new(ERROR_CONFIG,
				 "zone %s: no folder %s, expected the package tzdata's", name, dir);
	if (!file_exists(path))
		return error_new(ERROR_CONFIG,
				 "zone \"%s\" is not in %s, expected an IANA name such as "
				 "Europe/Berlin",
				 name, dir);
	CLEANUP_BUFFER struct buffer bytes = {0};
	TRY(error_wrap(file_read_regular(path, ZONE_BYTES_MAX, ERROR_CONFIG, &bytes), "zone %s",
		       name));
	return zone_parse(name, bytes.data, bytes.len, out);
}
