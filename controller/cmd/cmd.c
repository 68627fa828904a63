// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/cmd.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/title.h"
#include "cmd/help.h"
#include "cmd/host.h"
#include "cmd/terminal.h"
#include "text/similar.h"

#define COMMAND_ENTRY(name) &cmd_##name,
const struct cmd *const cmd_all[] = {COMMANDS(COMMAND_ENTRY) NULL};

static const struct cmd *find_word(const struct cmd *const *words, const char *name)
{
	for (size_t i = 0; words[i]; i++)
		if (strcmp(words[i]->name, name) == 0)
			return words[i];
	return NULL;
}

static const char *similar_name(const struct cmd *const *words, const char *name)
{
	struct similar s;
	similar_init(&s, name);
	for (size_t i = 0; words[i]; i++)
		if (words[i]->summary)
			similar_offer(&s, words[i]->name);
	return s.best;
}

static int exit_code_of(const struct error *e)
{
	enum error_kind kind = error_kind(e);
	return kind == ERROR_USAGE || kind == ERROR_CONFIG ? EXIT_USAGE : EXIT_LAB;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

// Output that could not be written (a full disk) must not look like success. A reader that has
// seen enough (`| head`) is no fault, and nothing to talk about.
static int flush_output(int code)
{
	bool failed = fflush(stdout) != 0 || ferror(stdout);
	if (!failed || terminal_reader_left())
		return code;
	fputs("mmfarm: could not write standard output\n", stderr);
	return EXIT_LAB;
}

static int print_help(void (*write)(struct buffer *out))
{
	CLEANUP_BUFFER struct buffer text = {0};
	write(&text);
	fputs(buffer_str(&text), stdout);
	return flush_output(EXIT_AS_WANTED);
}

static int print_command_help(const struct cmd *parent, const struct cmd *c)
{
	CLEANUP_BUFFER struct buffer text = {0};
	help_command(parent, c, &text);
	fputs(buffer_str(&text), stdout);
	return flush_output(EXIT_AS_WANTED);
}

// `mmfarm timing help`: the options of each word.
static int print_words_help(const struct cmd *parent)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; parent->words[i]; i++) {
		buffer_append_str(&text, i ? "\n" : "");
		help_command(parent, parent->words[i], &text);
	}
	fputs(buffer_str(&text), stdout);
	return flush_output(EXIT_AS_WANTED);
}

struct error *cmd_parse(const struct cmd *c, int argc, char **argv, void *into, int *first)
{
	return cmd_parse_options(argc, argv, c->options, c->options_count, into, first);
}

static int unknown_command(const char *name)
{
	const char *similar = similar_name(cmd_all, name);
	fprintf(stderr, "mmfarm: unknown command \"%s\"%s%s%s; `mmfarm --help` lists them\n", name,
		similar ? ", did you mean \"" : "", similar ? similar : "", similar ? "\"?" : "");
	return EXIT_USAGE;
}

static int unknown_word(const struct cmd *parent, const char *name)
{
	const char *similar = name ? similar_name(parent->words, name) : NULL;
	fprintf(stderr, "mmfarm %s: ", parent->name);
	if (name)
		fprintf(stderr, "unknown word \"%s\"", name);
	else
		fputs("what to do?", stderr);
	if (similar)
		fprintf(stderr, ", did you mean \"%s\"?", similar);
	fprintf(stderr, "\n`mmfarm %s --help` lists the words\n", parent->name);
	return EXIT_USAGE;
}

static int carry_out(const struct cmd *parent, const struct cmd *c, int argc, char **argv)
{
	if (c->summary) // an internal command has them from who started it
		file_set_readers(false);
	int code = EXIT_AS_WANTED;
	CLEANUP_ERROR struct error *e = c->run(argc, argv, &code);
	if (!e)
		return flush_output(code);
	fflush(stdout);
	const char *first = parent ? parent->name : c->name;
	const char *second = parent ? c->name : "";
	fprintf(stderr, "mmfarm %s%s%s: %s\n", first, parent ? " " : "", second, error_text(e));
	if (error_kind(e) == ERROR_USAGE)
		fprintf(stderr, "`mmfarm %s%s%s --help` says what it takes\n", first,
			parent ? " " : "", second);
	return exit_code_of(e);
}

// The word behind a command that has several.
static int carry_out_word(const struct cmd *parent, int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	if (name && (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0))
		return print_command_help(NULL, parent);
	if (name && strcmp(name, "help") == 0)
		return print_words_help(parent);
	const struct cmd *c = name ? find_word(parent->words, name) : NULL;
	if (!c)
		return unknown_word(parent, name);
	if (asks_for_help(argc - 1, argv + 1))
		return print_command_help(parent, c);
	return carry_out(parent, c, argc - 1, argv + 1);
}

// `mmfarm help COMMAND [WORD]`
static int explain(int argc, char **argv)
{
	const struct cmd *c = find_word(cmd_all, argv[0]);
	if (!c)
		return unknown_command(argv[0]);
	const struct cmd *word = c->words && argc > 1 ? find_word(c->words, argv[1]) : NULL;
	return word ? print_command_help(c, word) : print_command_help(NULL, c);
}

// `mmfarm --host NAME COMMAND ...`
static int carry_out_there(int argc, char **argv)
{
	if (argc < 2) {
		fputs("mmfarm: --host takes the name of a host and a command\n", stderr);
		return EXIT_USAGE;
	}
	int code = EXIT_AS_WANTED;
	CLEANUP_ERROR struct error *e = host_run(argv[0], argc - 1, argv + 1, &code);
	if (!e)
		return flush_output(code);
	fprintf(stderr, "mmfarm: %s\n", error_text(e));
	return exit_code_of(e);
}

int cmd_main(int argc, char **argv)
{
	// A closed pipe or socket is an error of one write, not the end of a scheduler or a worker.
	signal(SIGPIPE, SIG_IGN);
	argv = title_init(argc, argv);
	terminal_guard();
	if (argc < 2) {
		CLEANUP_BUFFER struct buffer text = {0};
		help_overview(&text);
		fputs(buffer_str(&text), stderr);
		return EXIT_USAGE;
	}
	const char *name = argv[1];
	bool help = strcmp(name, "help") == 0;
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (help && argc == 2))
		return print_help(help_overview);
	if (strcmp(name, "--version") == 0) {
		puts("mmfarm " MMFARM_VERSION);
		return flush_output(EXIT_AS_WANTED);
	}
	if (help)
		return explain(argc - 2, argv + 2);
	if (strcmp(name, "--host") == 0)
		return carry_out_there(argc - 2, argv + 2);
	const struct cmd *c = find_word(cmd_all, name);
	if (!c)
		return unknown_command(name);
	if (c->words)
		return carry_out_word(c, argc - 1, argv + 1);
	if (asks_for_help(argc - 1, argv + 1))
		return print_command_help(NULL, c);
	return carry_out(NULL, c, argc - 1, argv + 1);
}
