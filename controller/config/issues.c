// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/issues.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/locate.h"
#include "text/format.h"

const struct key issue_keys[] = {
    {"title", KEY_TEXT(struct known_issue, title), .required = true,
     .help = "what it is, in a line"},
    {"link", KEY_TEXT(struct known_issue, link), .help = "where it is talked about"},
    {"owner", KEY_TEXT(struct known_issue, owner), .required = true, .help = "who answers for it"},
    {"severity", KEY_NUMBER(struct known_issue, severity, 0, 5), .preset = "3",
     .help = "from 0 to 5, as of splats"},
    {"expires", KEY_NUMBER(struct known_issue, expires, 1, 1000), .preset = "14",
     .help = "batches without it, after which it is told that the issue may go"},
    {"resolved", KEY_BOOL(struct known_issue, resolved),
     .help = "it is mended: seen again it reddens the night"},
    {"broad", KEY_BOOL(struct known_issue, broad), .help = "it may stand for several signatures"},
    {"text", KEY_TEXT(struct known_issue, text), .value = "GLOB",
     .help = "title of the splat, path of the test, or reason of the run"},
    {"signature", KEY_TEXT(struct known_issue, signature), .value = "HEX",
     .help = "second signature of the splat, 16 digits"},
    {"class", KEY_TEXT(struct known_issue, class), .help = "class of the splat: warn, oops"},
    {"function", KEY_TEXT(struct known_issue, function), .value = "GLOB",
     .help = "that the splat blames"},
    {"file", KEY_TEXT(struct known_issue, file), .value = "GLOB", .help = "that the splat blames"},
    {"test", KEY_TEXT(struct known_issue, test), .value = "GLOB",
     .help = "path of the failed test"},
    {"job", KEY_TEXT(struct known_issue, job), .value = "GLOB", .help = "of the run"},
    {"variant", KEY_TEXT(struct known_issue, variant), .value = "GLOB", .help = "of the run"},
    {"board", KEY_TEXT(struct known_issue, board), .value = "GLOB", .help = "of the run"},
    {"pool", KEY_TEXT(struct known_issue, pool), .value = "GLOB", .help = "of the run"},
    {"type", KEY_TEXT(struct known_issue, type), .value = "GLOB", .help = "board type of the run"},
    {"cpu", KEY_TEXT(struct known_issue, cpu), .value = "GLOB",
     .help = "part and revision: \"Neoverse-N1 r3p*\""},
    {0},
};

// A board or pool alone would excuse whatever happens there.
static struct error *check_filters(const struct known_issue *i)
{
	if (i->signature && !format_is_hex(i->signature, strlen(i->signature), 16))
		return config_error(i->node, "signature: \"%s\", expected 16 digits of 0-9 a-f",
				    i->signature);
	if (i->text || i->signature || i->function || i->file || i->test)
		return NULL;
	return config_error(i->node,
			    "\"%s\" says nothing of the fault: expected text, signature, "
			    "function, file or test",
			    i->name);
}

static struct error *parse_issue(const struct config_pair *pair, struct known_issue *out)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	const struct key *const tables[2] = {issue_keys, NULL};
	out->node = pair->key;
	TRY(config_name(pair->key, &out->name));
	TRY(config_map_init(&m, pair->value));
	TRY(keys_only(&m, tables));
	TRY(keys_read(issue_keys, &m, out));
	return check_filters(out);
}

static struct error *check_name(const struct issues_config *c, const struct config_pair *pair)
{
	for (size_t i = 0; i < c->count; i++) {
		if (strcmp(c->items[i].name, pair->name) != 0)
			continue;
		CLEANUP_FREE char *first = config_place(c->items[i].node);
		return config_error(pair->key, "\"%s\" is declared a second time (first: %s)",
				    pair->name, first);
	}
	return NULL;
}

struct error *issues_add_file(struct issues_config *c, struct config_file *f)
{
	static const char *const known[] = {"issues", NULL};
	CLEANUP_CONFIG_MAP struct config_map top = {0}, all = {0};
	struct config_node n;
	ARRAY_APPEND(c->files, c->files_count, f);
	TRY(config_map_init(&top, config_file_root(f)));
	TRY(config_map_only(&top, known));
	TRY(config_map_need(&top, "issues", &n));
	TRY(config_map_init(&all, n));
	for (size_t i = 0; i < all.count; i++) {
		struct known_issue issue = {0};
		TRY(check_name(c, &all.pairs[i]));
		TRY(parse_issue(&all.pairs[i], &issue));
		ARRAY_APPEND(c->items, c->count, issue);
	}
	return NULL;
}

static struct error *add_path(struct issues_config *c, const char *path)
{
	struct config_file *f = NULL;
	TRY(config_file_load(path, &f));
	return issues_add_file(c, f);
}

struct error *issues_load(const char *named, struct issues_config *out)
{
	CLEANUP_FREE char *folder = config_locate(named ? named : ISSUES_DIR);
	char **paths = NULL;
	size_t count = 0;
	*out = (struct issues_config){0};
	if (!file_is_directory(folder))
		return named || file_exists(folder) ? add_path(out, folder) : NULL;
	TRY(config_list_files(folder, &paths, &count));
	struct error *e = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!e)
			e = add_path(out, paths[i]);
		free(paths[i]);
	}
	free(paths);
	return e;
}

void issues_deinit(struct issues_config *c)
{
	for (size_t i = 0; i < c->files_count; i++)
		config_file_free(c->files[i]);
	free(c->files);
	free(c->items);
	*c = (struct issues_config){0};
}
