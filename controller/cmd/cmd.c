// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/cmd.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "cmd/terminal.h"

// Each command lives in its own file and is declared by one line here.
#define COMMANDS(X) \
	X(run)      \
	X(boards)   \
	X(board)    \
	X(jobs)     \
	X(results)  \
	X(show)     \
	X(scan)     \
	X(rescan)   \
	X(report)   \
	X(export)   \
	X(publish)  \
	X(kcidb)    \
	X(reindex)  \
	X(prune)    \
	X(timing)   \
	X(compare)  \
	X(worker)

#define COMMAND_DECLARE(name) extern const struct cmd cmd_##name;
#define COMMAND_ENTRY(name)   &cmd_##name,
COMMANDS(COMMAND_DECLARE)

static const struct cmd *const commands[] = {COMMANDS(COMMAND_ENTRY)};
static const size_t commands_count = sizeof(commands) / sizeof(commands[0]);

static void print_overview(FILE *out)
{
	fputs(
	    "mmfarm: boots arm64 memory-management payloads on pools of boards and judges them\n\n"
	    "usage: mmfarm COMMAND [ARGUMENTS]\n\n",
	    out);
	for (size_t i = 0; i < commands_count; i++)
		if (commands[i]->summary)
			fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
	fputs(
	    "\n  mmfarm COMMAND --help     what a command takes\n"
	    "  mmfarm --version\n\n"
	    "exit codes: 0 all as wanted, 1 a FAIL, 2 usage or configuration, 3 lab trouble only\n",
	    out);
}

static void print_command(const struct cmd *c, FILE *out)
{
	fprintf(out, "usage: mmfarm %s %s\n\n%s.\n\n%s", c->name, c->arguments,
		c->summary ? c->summary : "Internal command", c->help);
}

static const struct cmd *find_command(const char *name)
{
	for (size_t i = 0; i < commands_count; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
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

// Output that could not be written (disk full, closed pipe) must not look like success.
static int flush_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	fputs("mmfarm: could not write standard output\n", stderr);
	return EXIT_LAB;
}

int cmd_main(int argc, char **argv)
{
	// A closed pipe or socket is an error of one write, not the end of a scheduler or a worker.
	signal(SIGPIPE, SIG_IGN);
	terminal_guard();
	if (argc < 2) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    (strcmp(argv[1], "help") == 0 && argc == 2)) {
		print_overview(stdout);
		return flush_output(EXIT_AS_WANTED);
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("mmfarm " MMFARM_VERSION);
		return flush_output(EXIT_AS_WANTED);
	}
	bool help_word = strcmp(argv[1], "help") == 0;
	const struct cmd *c = find_command(argv[help_word ? 2 : 1]);
	if (!c) {
		fprintf(stderr, "mmfarm: unknown command \"%s\"; `mmfarm --help` lists them\n",
			argv[help_word ? 2 : 1]);
		return EXIT_USAGE;
	}
	if (help_word || asks_for_help(argc - 1, argv + 1)) {
		print_command(c, stdout);
		return flush_output(EXIT_AS_WANTED);
	}
	if (c->summary) // an internal command has them from who started it
		file_set_readers(false);
	int code = EXIT_AS_WANTED;
	CLEANUP_ERROR struct error *e = c->run(argc - 1, argv + 1, &code);
	if (e) {
		fflush(stdout);
		fprintf(stderr, "mmfarm %s: %s\n", c->name, error_text(e));
		if (error_kind(e) == ERROR_USAGE)
			fprintf(stderr, "`mmfarm %s --help` says what it takes\n", c->name);
		return exit_code_of(e);
	}
	return flush_output(code);
}
