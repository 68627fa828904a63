// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "record/layout.h"
#include "text/format.h"
#include "results/kcidb/kcidb_check.h"
#include "results/kcidb/kcidb_write.h"

struct kcidb_words {
	const char *dir, *out;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct kcidb_words, out, "-", VALUES_TEXT, .name = "output", .letter = 'o',
		 .help = "writes to standard output instead"),
    OPTION_RESULTS(struct kcidb_words, dir),
};

// A word is a file, or else a batch of the results directory.
static struct error *document_path(const char *dir, const char *word, char **out)
{
	*out = memory_strdup(word);
	if (file_exists(word) || !format_is_word(word))
		return NULL;
	CLEANUP_FREE char *batch = NULL;
	CLEANUP_ERROR struct error *none = cmd_name_batch(dir, word, NULL, &batch);
	if (none)
		return NULL; // the file that is not there is told
	char *path = layout_batch_file(dir, batch, LAYOUT_KCIDB_JSON);
	if (!file_exists(path)) {
		free(path);
		return NULL;
	}
	free(*out);
	*out = path;
	return NULL;
}

static struct error *validate(const char *dir, char **words, int count, int *code)
{
	if (count == 0)
		return error_new(ERROR_USAGE, "validate: no file or batch named");
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = NULL;
		TRY(document_path(dir, words[i], &path));
		CLEANUP_KCIDB_PROBLEMS struct kcidb_problems p = {0};
		TRY(kcidb_check_path(path, &p));
		if (p.count == 0) {
			printf("%s: valid KCIDB v5, %zu objects\n", path, p.objects);
			continue;
		}
		for (size_t k = 0; k < p.count && k < KCIDB_PROBLEMS_KEPT; k++)
			puts(p.texts[k]);
		if (p.count > KCIDB_PROBLEMS_KEPT)
			printf("%s: and %zu more\n", path, p.count - KCIDB_PROBLEMS_KEPT);
		*code = EXIT_FAIL;
	}
	return NULL;
}

static struct error *write_one(const char *dir, const char *word, const char *out)
{
	CLEANUP_FREE char *id = NULL;
	CLEANUP_BATCH_RESULTS struct batch_results b = {0};
	TRY(cmd_name_batch(dir, word, NULL, &id));
	TRY(error_wrap_kind(batch_results_load(dir, id, &b), ERROR_USAGE, "batch %s", id));
	if (out && strcmp(out, "-") == 0)
		return kcidb_write(dir, &b, stdout, "standard output");
	TRY(kcidb_write_batch(dir, &b));
	printf("%s/" LAYOUT_BATCHES "/%s/" LAYOUT_KCIDB_JSON "\n", dir, id);
	return NULL;
}

static struct error *kcidb_run(int argc, char **argv, int *code)
{
	struct kcidb_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_kcidb, argc, argv, &w, &first));
	const char *dir = w.dir, *out = w.out;
	if (out && strcmp(out, "-") != 0)
		return error_new(ERROR_USAGE, "--output knows only - (standard output)");
	if (first == argc)
		return error_new(ERROR_USAGE, "expected validate or write");
	const char *what = argv[first++];
	if (strcmp(what, "validate") == 0)
		return validate(dir, &argv[first], argc - first, code);
	if (strcmp(what, "write") != 0)
		return error_new(ERROR_USAGE, "\"%s\": expected validate or write", what);
	if (first == argc)
		return error_new(ERROR_USAGE, "write: no batch named");
	for (int i = first; i < argc; i++)
		TRY(write_one(dir, argv[i], out));
	return NULL;
}

const struct cmd cmd_kcidb = {
    .name = "kcidb",
    .arguments = "validate FILE|BATCH... | write [-o -] BATCH...",
    .summary = "Checks and writes KCIDB v5.3 documents",
    .before =
	"  validate   holds documents against the rules of KCIDB I/O v5 (schema and formats);\n"
	"             prints what is wrong with line and member; exits 1 when one is not\n"
	"             valid\n"
	"  write      writes RESULTS/batches/BATCH/kcidb.json again from the run directories\n",
    .after = CMD_BATCH_HELP,
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_CHOICE, "validate write", false}, {VALUES_BATCH, NULL, true}},
    .run = kcidb_run,
};
