// SPDX-License-Identifier: GPL-2.0-or-later
// `mmfarm complete -- WORD... CURRENT`: what the word that is being typed may become, one a line,
// with a tab and its description. Errors are nobody's business here: no candidates is an answer.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "config/boards.h"
#include "config/farm.h"
#include "config/job.h"
#include "config/job_folder.h"
#include "results/publish/publish_config.h"

#define RUNS_MAX 200 // of the newest

// What has been typed, and what it says of where to look.
struct typed {
	const struct cmd *command;
	const char *boards, *results, *farm;
	const char *job; // the job named so far, or NULL
	const char *current;
	size_t operands;    // complete ones ahead of the current word
	bool ended;         // behind "--"
	const char *prefix; // "--name=" ahead of the current value
	size_t prefix_len;
};

static void offer(const struct typed *t, const char *word, const char *about)
{
	if (strncmp(word, t->current, strlen(t->current)) == 0)
		printf("%.*s%s\t%.60s\n", (int)t->prefix_len, t->prefix ? t->prefix : "", word,
		       about ? about : "");
}

// ---- what stands in files -----------------------------------------------------------------------

static void offer_boards(const struct typed *t, enum cmd_values what)
{
	CLEANUP_BOARDS struct boards_config *c = NULL;
	CLEANUP_ERROR struct error *e = boards_load(t->boards, &c);
	if (e)
		return;
	for (size_t i = 0; what == VALUES_BOARD && i < c->boards_count; i++)
		offer(t, c->boards[i].name, c->boards[i].type);
	for (size_t i = 0; what == VALUES_POOL && i < c->pools_count; i++)
		offer(t, c->pools[i].name, c->pools[i].description);
	for (size_t i = 0; what == VALUES_TYPE && i < c->boards_count; i++) {
		size_t k = 0;
		while (k < i && strcmp(c->boards[k].type, c->boards[i].type) != 0)
			k++;
		if (k == i)
			offer(t, c->boards[i].type, c->boards[i].cpu.name);
	}
}

static void offer_job_file(const struct typed *t, const char *path, const struct job_config *job)
{
	CLEANUP_FREE char *name = memory_strdup(strrchr(path, '/') + 1);
	name[strlen(name) - strlen(".yaml")] = '\0';
	offer(t, name, job ? job->description : NULL);
}

static bool offer_by_file(void *context, const char *path, const struct job_config *job)
{
	const struct typed *const *t = context;
	offer_job_file(*t, path, job);
	return true;
}

static bool offer_by_name(void *context, const char *path, const struct job_config *job)
{
	const struct typed *const *t = context;
	if (job)
		offer(*t, job->name, job->description);
	else
		offer_job_file(*t, path, NULL);
	return true;
}

static void offer_jobs(const struct typed *t, bool files)
{
	job_folder_each(files ? offer_by_file : offer_by_name, &t);
	if (files)
		puts(":files\t");
}

static void offer_variants(const struct typed *t)
{
	CLEANUP_JOB struct job_config *job = NULL;
	CLEANUP_FREE char *path = t->job ? job_folder_find(t->job) : NULL;
	CLEANUP_ERROR struct error *e = path ? job_load(path, &job) : NULL;
	for (size_t i = 0; job && !e && i < job->variants_count; i++)
		offer(t, job->variants[i].name, job->variants[i].arguments);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

// Ids begin with their time: the newest are the last by name.
static void offer_folders(const struct typed *t, const char *folder)
{
	CLEANUP_FREE char *path = path_join(t->results, folder);
	struct dirent **names = NULL;
	int count = scandir(path, &names, not_hidden, alphasort);
	offer(t, "latest", "the newest");
	for (int i = count - 1; i >= 0; i--) {
		if (count - 1 - i < RUNS_MAX)
			offer(t, names[i]->d_name, "");
		free(names[i]);
	}
	free(names);
}

static void offer_destinations(const struct typed *t)
{
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_PUBLISH_CONFIG struct publish_config c = {0};
	struct error *e = farm_load(t->farm, &farm);
	if (!e)
		e = publish_config_load(farm, &c);
	for (size_t i = 0; !e && i < c.count; i++)
		offer(t, c.destinations[i].name, c.destinations[i].driver->driver.name);
	error_free(e);
}

static void offer_choices(const struct typed *t, const char *choices)
{
	CLEANUP_FREE char *copy = memory_strdup(choices);
	for (char *rest = copy, *one; (one = strsep(&rest, " "));)
		offer(t, one, "");
}

static void offer_commands(const struct typed *t, const struct cmd *const *commands)
{
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->summary)
			offer(t, commands[i]->name, commands[i]->summary);
}

static void offer_values(const struct typed *t, enum cmd_values what, const char *choices)
{
	switch (what) {
	case VALUES_NONE:
	case VALUES_TEXT:
		return;
	case VALUES_FILE:
		puts(":files\t");
		return;
	case VALUES_FOLDER:
		puts(":folders\t");
		return;
	case VALUES_BOARD:
	case VALUES_POOL:
	case VALUES_TYPE:
		offer_boards(t, what);
		return;
	case VALUES_JOB:
	case VALUES_JOB_NAME:
		offer_jobs(t, what == VALUES_JOB);
		return;
	case VALUES_VARIANT:
		offer_variants(t);
		return;
	case VALUES_RUN:
		offer_folders(t, "runs");
		return;
	case VALUES_BATCH:
		offer_folders(t, "batches");
		return;
	case VALUES_DESTINATION:
		offer_destinations(t);
		return;
	case VALUES_COMMAND:
		offer_commands(t, cmd_all);
		return;
	case VALUES_CHOICE:
		offer_choices(t, choices);
		return;
	}
}

// ---- the words ----------------------------------------------------------------------------------

static void offer_options(const struct typed *t)
{
	const struct cmd *c = t->command;
	for (size_t i = 0; i < c->options_count; i++) {
		CLEANUP_FREE char *word = memory_printf("--%s", c->options[i].name);
		if (!c->options[i].hidden)
			offer(t, word, c->options[i].help);
	}
	offer(t, "--help", "what the command takes");
}

static void offer_operand(const struct typed *t)
{
	const struct cmd_operand *o = t->command->operands;
	size_t at = 0;
	while (at < t->operands && at + 1 < CMD_OPERANDS_MAX && !o[at].many)
		at++;
	if (at == t->operands || o[at].many)
		offer_values(t, o[at].values, o[at].choices);
}

// An option's value that says where boards, results or destinations are.
static void note_value(struct typed *t, const struct cmd_option *o, const char *value)
{
	if (strcmp(o->name, "boards") == 0)
		t->boards = value;
	else if (strcmp(o->name, "results") == 0)
		t->results = value;
	else if (strcmp(o->name, "farm") == 0)
		t->farm = value;
	else if (o->values == VALUES_JOB || o->values == VALUES_JOB_NAME)
		t->job = value;
}

static void note_operand(struct typed *t, const char *word)
{
	if (t->operands == 0 && t->command->operands[0].values == VALUES_JOB)
		t->job = word;
	t->operands++;
}

// Reads the complete words. Returns the option whose value is being typed, or NULL.
static const struct cmd_option *read_words(struct typed *t, char **words, size_t count)
{
	const struct cmd *c = t->command;
	for (size_t i = 0; i < count; i++) {
		if (t->ended || words[i][0] != '-' || !words[i][1]) {
			note_operand(t, words[i]);
			continue;
		}
		t->ended = strcmp(words[i], "--") == 0;
		const struct cmd_option *o =
		    cmd_find_option(c->options, c->options_count, words[i]);
		const char *equals = strchr(words[i], '=');
		if (!o || !o->argument)
			continue;
		if (words[i][1] == '-' && equals)
			note_value(t, o, equals + 1);
		else if (words[i][1] != '-' && words[i][2])
			note_value(t, o, words[i] + 2);
		else if (i + 1 == count)
			return o;
		else
			note_value(t, o, words[++i]);
	}
	return NULL;
}

static const struct cmd *find(const struct cmd *const *commands, const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

// "--name=value" is one word: the candidates are whole words as well, where they are no files.
static void offer_inline_value(struct typed *t, const struct cmd_option *o)
{
	t->prefix = t->current;
	t->prefix_len = (size_t)(strchr(t->current, '=') - t->current) + 1;
	t->current += t->prefix_len;
	offer_values(t, o->values, o->choices);
}

static void complete_words(struct typed *t, char **words, size_t count)
{
	const struct cmd *c = t->command;
	const struct cmd_option *o = read_words(t, words, count);
	if (o) {
		offer_values(t, o->values, o->choices);
		return;
	}
	bool option = !t->ended && t->current[0] == '-';
	if (option && strchr(t->current, '=')) {
		o = cmd_find_option(c->options, c->options_count, t->current);
		if (o && o->argument)
			offer_inline_value(t, o);
	} else if (option) {
		offer_options(t);
	} else if (c->words && t->operands == 0) {
		offer_commands(t, c->words);
	} else {
		offer_operand(t);
	}
}

static struct error *complete_run(int argc, char **argv, int *code)
{
	(void)code;
	char **words = argv + 1;
	size_t count = (size_t)argc - 1;
	if (count > 0 && strcmp(words[0], "--") == 0)
		words++, count--;
	if (count == 0)
		return NULL;
	struct typed t = {.boards = "boards", .results = "results", .current = words[count - 1]};
	if (count == 1) {
		offer_commands(&t, cmd_all);
		return NULL;
	}
	t.command = find(cmd_all, words[0]);
	const struct cmd *word =
	    t.command && t.command->words && count > 2 ? find(t.command->words, words[1]) : NULL;
	size_t skip = word ? 2 : 1;
	t.command = word ? word : t.command;
	if (t.command)
		complete_words(&t, words + skip, count - skip - 1);
	return NULL;
}

const struct cmd cmd_complete = {
    .name = "complete",
    .arguments = "-- WORD...",
    .summary = NULL, // of the shells
    .before = "Prints what the last word may become.\n",
    .run = complete_run,
};
