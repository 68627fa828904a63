// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "cmd/terminal.h"
#include "record/layout.h"
#include "results/console.h"
#include "text/format.h"
#include "results/report/show.h"
#include "text/terminal.h"

struct show_words {
	const char *dir, *lines;
	bool json, all, console;
};

static const struct cmd_option options_table[] = {
    OPTION_FLAG(struct show_words, all, .name = "all", .letter = 'a',
		.help = "every test and metric, not only what is not PASS"),
    OPTION_JSON(struct show_words, json, "run.json as it is"),
    OPTION_FLAG(struct show_words, console, .name = "console", .letter = 'c',
		.help = "the console, packed or not: its exact bytes, or with control characters "
			"shown as \\xNN on a terminal"),
    OPTION_VALUE(struct show_words, lines, "N-M", VALUES_TEXT, .name = "lines",
		 .help = "only these lines of it (N, N-M or N-)"),
    OPTION_RESULTS(struct show_words, dir),
};

static struct error *print_json(const char *dir, const char *id)
{
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_FREE char *path = layout_run_file(dir, id, LAYOUT_RUN_JSON);
	TRY(file_read_regular(path, MODEL_RUN_LIMIT, ERROR_USAGE, &text));
	fwrite(buffer_str(&text), 1, text.len, stdout);
	return NULL;
}

// "118", "118-141" or "118-".
static struct error *parse_lines(const char *word, uint64_t *first, uint64_t *last)
{
	char *end;
	*first = strtoull(word, &end, 10);
	*last = *first;
	if (end != word && *end == '-') {
		const char *second = end + 1;
		*last = UINT64_MAX - 1;
		if (*second)
			*last = strtoull(second, &end, 10);
		else
			end++;
	}
	if (end == word || *end || *first == 0 || *last < *first)
		return error_new(ERROR_USAGE, "--lines \"%s\": expected like 118 or 118-141", word);
	return NULL;
}

// The exact bytes, to a file or pipe; to a terminal what cannot drive it.
static void print_bytes(const struct buffer *bytes)
{
	if (!isatty(STDOUT_FILENO)) {
		terminal_pass(buffer_str(bytes), bytes->len);
		return;
	}
	CLEANUP_BUFFER struct buffer shown = {0};
	terminal_text(buffer_str(bytes), bytes->len, &shown);
	fwrite(buffer_str(&shown), 1, shown.len, stdout);
}

static struct error *print_console(const char *dir, const char *id, const char *lines)
{
	uint64_t first = 1, last = UINT64_MAX - 1;
	if (lines)
		TRY(parse_lines(lines, &first, &last));
	CLEANUP_FREE char *run_dir = layout_run(dir, id);
	CLEANUP_CONSOLE struct console *c = NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(console_open(run_dir, &c));
	if (!c)
		return error_new(ERROR_USAGE, "%s: has no console", run_dir);
	if (lines) {
		TRY(console_read_lines(c, first, last, SIZE_MAX, &text));
		print_bytes(&text);
		return NULL;
	}
	for (uint64_t at = 0; at < console_size(c); at += text.len) {
		buffer_truncate(&text, 0);
		TRY(console_read(c, at, 1u << 20, &text));
		print_bytes(&text);
	}
	return NULL;
}

static struct error *print_one(const struct show_words *w, const char *id)
{
	if (w->json)
		return print_json(w->dir, id);
	if (w->console)
		return print_console(w->dir, id, w->lines);
	CLEANUP_ARENA struct arena arena = {0};
	const struct run *run;
	TRY(error_wrap_kind(model_load_run(w->dir, id, &arena, &run), ERROR_USAGE, "run %s", id));
	show_print_run(stdout, terminal_columns(), w->dir, run, w->all);
	return NULL;
}

static struct error *show_run(int argc, char **argv, int *code)
{
	(void)code;
	struct show_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_show, argc, argv, &w, &first));
	if (first == argc)
		return error_new(ERROR_USAGE, "no run named");
	w.console = w.console || w.lines;
	for (int i = first; i < argc; i++) {
		CLEANUP_FREE char *id = NULL;
		TRY(cmd_name_run(w.dir, argv[i], &id));
		TRY(print_one(&w, id));
	}
	return NULL;
}

const struct cmd cmd_show = {
    .name = "show",
    .arguments = "[--all|--json|--console [--lines N-M]] RUN...",
    .summary = "Shows a run: verdict, splats with their text, tests, files",
    CMD_OPTIONS(options_table),
    .after = CMD_RUN_HELP,
    .operands = {{VALUES_RUN, NULL, true}},
    .run = show_run,
};
