// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/zone_file.h"

#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "text/similar.h"

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

// What may have been meant by a name that no file has: one of the same folder. The caller frees; NULL:
// nothing is near.
static char *similar_zone(const char *dir, const char *name)
{
	const char *slash = strrchr(name, '/');
	int region = slash ? (int)(slash + 1 - name) : 0;
	CLEANUP_FREE char *folder = memory_printf("%s/%.*s", dir, region, name);
	CLEANUP_CLOSEDIR DIR *d = opendir(folder);
	char *best = NULL;
	struct similar similar;
	similar_init(&similar, name + region);
	const struct dirent *entry;
	while (d && (entry = readdir(d))) {
		const char *before = similar.best;
		similar_offer(&similar, entry->d_name);
		if (similar.best == before)
			continue;
		free(best);
		best = memory_printf("%.*s%s", region, name, entry->d_name);
		similar.best = best + region; // the entry is gone with the next one
	}
	return best;
}

static struct error *unknown_zone(const char *dir, const char *name)
{
	CLEANUP_FREE char *similar = similar_zone(dir, name);
	return similar ? error_new(ERROR_CONFIG, "zone \"%s\" is not in %s, did you mean \"%s\"?",
				   name, dir, similar)
		       : error_new(ERROR_CONFIG,
				   "zone \"%s\" is not in %s, expected an IANA name such as "
				   "Europe/Berlin",
				   name, dir);
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
		return unknown_zone(dir, name);
	CLEANUP_BUFFER struct buffer bytes = {0};
	TRY(error_wrap(file_read_regular(path, ZONE_BYTES_MAX, ERROR_CONFIG, &bytes), "zone %s",
		       name));
	return zone_parse(name, bytes.data, bytes.len, out);
}
