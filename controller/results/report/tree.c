// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/report/program.h"
#include "text/format.h"

#define GIT_TIMEOUT_S 20
#define OUTPUT_LIMIT  ((size_t)16 << 20)
#define WORDS_MAX     32

void tree_range_deinit(struct tree_range *r)
{
	buffer_deinit(&r->log);
	buffer_deinit(&r->touching_log);
}

// ---- running git --------------------------------------------------------------------------------

// `words` behind "git -C TREE", NULL-terminated. What the tree's own configuration could make git do
// beyond reading is switched off.
static struct error *git(const char *tree, const char *const *words, struct buffer *out)
{
	const char *argv[WORDS_MAX] = {
	    "git",
	    "--no-pager",
	    "--no-optional-locks",
	    "--no-replace-objects",
	    "--literal-pathspecs",
	    "-c",
	    "core.fsmonitor=false",
	    "-c",
	    "log.showSignature=false",
	    "-c",
	    "protocol.allow=never",
	    "-C",
	    tree,
	};
	size_t count = 13;
	for (; *words && count < WORDS_MAX - 1; words++)
		argv[count++] = *words;
	return error_wrap(program_output(argv, GIT_TIMEOUT_S, OUTPUT_LIMIT, out), "%s", tree);
}

static struct error *git_count(const char *tree, const char *const *words, size_t *out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(git(tree, words, &text));
	*out = strtoul(buffer_str(&text), NULL, 10);
	return NULL;
}

// ---- questions ----------------------------------------------------------------------------------

static bool is_within(const char *file)
{
	return file && file[0] && file[0] != '/' && strncmp(file, "../", 3) != 0 &&
	       !strstr(file, "/../") && !strchr(file, '\n');
}

static struct error *has_commit(const char *tree, const char *commit)
{
	CLEANUP_BUFFER struct buffer none = {0};
	CLEANUP_FREE char *name = memory_printf("%s^{commit}", commit);
	const char *const words[] = {"cat-file", "-e", name, NULL};
	struct error *e = git(tree, words, &none);
	return error_wrap(e, "commit %.12s", commit);
}

static struct error *ask_log(const char *tree, const char *range, const char *file,
			     struct buffer *out)
{
	char most[16];
	snprintf(most, sizeof(most), "-n%d", TREE_COMMITS_SHOWN);
	const char *const words[] = {"log",         "--oneline", "--no-decorate", "--no-color",
				     "--abbrev=12", most,        range,           "--",
				     file,          NULL};
	return git(tree, words, out);
}

struct error *tree_between(const char *tree, const char *good, const char *bad, const char *file,
			   struct tree_range *out)
{
	if (!format_is_hex(good, strlen(good), 40) || !format_is_hex(bad, strlen(bad), 40))
		return error_new(ERROR_LAB, "%s: commits without their 40 digits", tree);
	TRY(has_commit(tree, good));
	TRY(has_commit(tree, bad));
	CLEANUP_FREE char *range = memory_printf("%s..%s", good, bad);
	CLEANUP_FREE char *back = memory_printf("%s..%s", bad, good);
	const char *const commits[] = {"rev-list", "--count", range, NULL};
	const char *const merges[] = {"rev-list", "--count", "--merges", range, NULL};
	const char *const missing[] = {"rev-list", "--count", back, NULL};
	TRY(git_count(tree, commits, &out->commits));
	TRY(git_count(tree, merges, &out->merges));
	TRY(git_count(tree, missing, &out->missing));
	TRY(ask_log(tree, range, NULL, &out->log));
	if (!is_within(file))
		return NULL;
	const char *const touching[] = {"rev-list", "--count", range, "--", file, NULL};
	TRY(git_count(tree, touching, &out->touching));
	return ask_log(tree, range, file, &out->touching_log);
}

struct error *tree_file(const char *tree, const char *commit, const char *file, struct buffer *out)
{
	if (!format_is_hex(commit, strlen(commit), 40) || !is_within(file))
		return error_new(ERROR_LAB, "%s: no such file of a commit", tree);
	CLEANUP_FREE char *name = memory_printf("%s:%s", commit, file);
	const char *const words[] = {"cat-file", "blob", name, NULL};
	return git(tree, words, out);
}
