// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/locate.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

#define SITE "/etc/mmfarm"

char *config_locate_in(const char *name, const char *site, const char *shipped)
{
	if (strchr(name, '/') || file_exists(name))
		return memory_strdup(name);
	const char *folders[] = {site, shipped};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		CLEANUP_FREE char *path = path_join(folders[i], name);
		if (file_exists(path))
			return STEAL(path);
	}
	return memory_strdup(name);
}

// PREFIX/share/mmfarm of a program that lies in PREFIX/bin. The caller frees.
static char *shipped_folder(void)
{
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
	program[len > 0 ? len : 0] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(program, '/');
		if (slash)
			*slash = '\0';
	}
	return memory_printf("%s/share/mmfarm", program);
}

char *config_locate(const char *name)
{
	CLEANUP_FREE char *shipped = shipped_folder();
	return config_locate_in(name, SITE, shipped);
}
