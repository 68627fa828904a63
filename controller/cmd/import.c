// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/import_lava.h"

struct import_words {
	const char *output, *pool;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct import_words, output, "DIR", VALUES_FOLDER, .name = "output", .letter = 'o',
		 .preset = ".", .help = "writes DIR/boards and DIR/jobs"),
    OPTION_VALUE(struct import_words, pool, "NAME", VALUES_POOL, .name = "pool",
		 .help = "of jobs that name no device type (as the file's board)"),
};

// "a/b/device.yaml" is called b, "a/rpi4.yaml" rpi4.
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	CLEANUP_FREE char *stem = memory_strndup(base, strcspn(base, "."));
	bool usual = strcmp(stem, "device") == 0 || strcmp(stem, "job") == 0;
	if (!usual || !slash)
		return import_lava_name(stem);
	CLEANUP_FREE char *folder = memory_strndup(path, (size_t)(slash - path));
	const char *last = strrchr(folder, '/');
	return import_lava_name(last ? last + 1 : folder);
}

// What is there already may have been changed by hand since.
static struct error *write_new(const char *dir, const char *room, const char *name,
			       const struct buffer *text)
{
	CLEANUP_FREE char *folder = path_join(dir, room);
	CLEANUP_FREE char *path = memory_printf("%s/%s.yaml", folder, name);
	TRY(file_make_dirs(folder));
	if (file_exists(path))
		return error_new(ERROR_USAGE, "%s is there already", path);
	TRY(file_write_atomic(path, buffer_str(text), text->len));
	printf("%s\n", path);
	return NULL;
}

static void tell(struct config_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		fprintf(stderr, "warning: %s\n", error_text(problems->items[i].error));
}

static struct error *import_file(const char *path, const struct import_words *w)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	CLEANUP_PROBLEMS struct config_problems problems = {0};
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(config_file_load(path, &f));
	CLEANUP_FREE char *name = name_of(path);
	char absolute[PATH_MAX];
	enum import_lava_kind kind = import_lava_kind(f);
	const char *room = kind == IMPORT_LAVA_DEVICE ? "boards" : "jobs";
	if (kind == IMPORT_LAVA_OTHER) {
		fprintf(stderr,
			"warning: %s: neither a device dictionary nor a job definition, left out\n",
			path);
		return NULL;
	}
	if (kind == IMPORT_LAVA_DEVICE)
		import_lava_device(f, name, realpath(path, absolute) ? absolute : path, &text,
				   &problems);
	else
		import_lava_job(f, name, w->pool ? w->pool : name, &text, &problems);
	tell(&problems);
	return write_new(w->output ? w->output : ".", room, name, &text);
}

static struct error *import_folder(const char *named, const struct import_words *w)
{
	size_t len = strlen(named);
	while (len > 1 && named[len - 1] == '/')
		len--;
	CLEANUP_FREE char *dir = memory_strndup(named, len);
	char **paths = NULL;
	size_t count = 0;
	TRY(config_list_files(dir, &paths, &count));
	struct error *e = NULL;
	for (size_t i = 0; i < count; i++) { // one that is wrong costs no other
		struct error *wrong = import_file(paths[i], w);
		if (wrong && e)
			fprintf(stderr, "%s\n", error_text(wrong));
		if (e)
			error_free(wrong);
		else
			e = wrong;
		free(paths[i]);
	}
	free(paths);
	return e;
}

static struct error *import_run(int argc, char **argv, int *code)
{
	struct import_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_import, argc, argv, &w, &first));
	if (first == argc || strcmp(argv[first], "lava") != 0)
		return error_new(ERROR_USAGE, "expected lava and files or folders");
	if (first + 1 == argc)
		return error_new(ERROR_USAGE, "expected files or folders of LAVA's");
	for (int i = first + 1; i < argc; i++)
		TRY(file_is_directory(argv[i]) ? import_folder(argv[i], &w)
					       : import_file(argv[i], &w));
	*code = EXIT_AS_WANTED;
	return NULL;
}

const struct cmd cmd_import = {
    .name = "import",
    .arguments = "lava [-o DIR] FILE|DIR...",
    .summary = "Turns LAVA's boards and jobs into ours",
    CMD_OPTIONS(options_table),
    .after = "What could not be taken is told, a line each; what is there is not overwritten.\n",
    .operands = {{VALUES_CHOICE, "lava", false}, {VALUES_FILE, NULL, true}},
    .run = import_run,
};
