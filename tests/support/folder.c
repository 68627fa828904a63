// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <ftw.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "unit/folder.h"

char *folder_new(void)
{
	const char *base = getenv("TMPDIR");
	char *dir = memory_printf("%s/mmfarm-test-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(dir));
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

void folder_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void folder_write(const char *dir, const char *name, const char *text)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_FREE char *parent = path_dir(path);
	assert_null(file_make_dirs(parent));
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	assert_int_not_equal(fputs(text, f), EOF);
	assert_int_equal(fclose(f), 0);
}

char *folder_read(const char *dir, const char *name)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ERROR struct error *e = file_read(path, (size_t)64 << 20, ERROR_SYSTEM, &text);
	if (e)
		fail_msg("%s", error_text(e));
	return buffer_steal(&text);
}
