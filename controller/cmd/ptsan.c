// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/name.h"
#include "cmd/options.h"
#include "record/layout.h"
#include "run/sanitize.h"
#include "text/terminal.h"

struct ptsan_words {
	const char *dir;
	const char *level;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct ptsan_words, level, "N", VALUES_CHOICE, .name = "level",
		 .choices = "0 1 2 3", .preset = "0",
		 .help = "only what is wrong for a CPU of this break-before-make level"),
    OPTION_RESULTS(struct ptsan_words, dir),
};

static void print_group(const struct finding_group *g, const struct address_names *n)
{
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_BUFFER struct buffer shown = {0};
	finding_describe(g, n, &text);
	terminal_text(buffer_str(&text), text.len, &shown);
	printf("%u: %s\n", g->first->line, buffer_str(&shown));
}

static void print_state(const struct sanitizer_report *r)
{
	const struct report_figures *f = &r->figures;
	if (!r->complete)
		printf("not complete: %s\n", r->defect);
	else
		printf("complete: %" PRIu64 " tables, %" PRIu64 " changes, %" PRIu64
		       " of them of a size, %" PRIu64 " TLBI, %" PRIu64 " DSB\n",
		       f->tables, f->changes, f->size_changes, f->tlbi, f->dsb);
}

// "12": the line of the report; NULL: every one.
static struct error *parse_line(const char *word, unsigned *line)
{
	char *end;
	unsigned long value = word ? strtoul(word, &end, 10) : 0;
	if (word && (*end || value == 0 || value > UINT32_MAX))
		return error_new(ERROR_USAGE, "\"%s\": expected a line of " LAYOUT_PTSAN, word);
	*line = (unsigned)value;
	return NULL;
}

static struct error *explain(const struct ptsan_words *w, const char *run, const char *word)
{
	CLEANUP_FREE char *id = NULL;
	CLEANUP_SANITIZE_FILES struct sanitize_files files = {0};
	unsigned line = 0, level = w->level ? (unsigned)(w->level[0] - '0') : 0;
	TRY(parse_line(word, &line));
	TRY(cmd_name_run(w->dir, run, &id));
	CLEANUP_FREE char *dir = layout_run(w->dir, id);
	TRY(sanitize_files_read(dir, &files));
	if (!files.found)
		return error_new(ERROR_USAGE, "%s: its page tables were not checked", id);
	static const struct lone_data all = {0, 0};
	size_t count;
	CLEANUP_FREE struct finding_group *groups =
	    finding_groups(&files.report, &files.names, level, &all, &count);
	bool found = !line;
	for (size_t i = 0; i < count; i++)
		if (!line || groups[i].first->line == line) {
			print_group(&groups[i], &files.names);
			found = true;
		}
	if (!found)
		return error_new(ERROR_USAGE, "%s: no finding begins in line %u", id, line);
	print_state(&files.report);
	return NULL;
}

static struct error *ptsan_command(int argc, char **argv, int *code)
{
	(void)code;
	struct ptsan_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_ptsan, argc, argv, &w, &first));
	if (w.level && (strlen(w.level) != 1 || w.level[0] < '0' || w.level[0] > '3'))
		return error_new(ERROR_USAGE, "--level \"%s\": expected 0, 1, 2 or 3", w.level);
	if (argc - first < 2 || argc - first > 3 || strcmp(argv[first], "explain") != 0)
		return error_new(ERROR_USAGE, "expected: explain RUN [LINE]");
	return explain(&w, argv[first + 1], argc - first == 3 ? argv[first + 2] : NULL);
}

const struct cmd cmd_ptsan = {
    .name = "ptsan",
    .arguments = "explain [OPTIONS] RUN [LINE]",
    .summary = "Shows what the page-table sanitizer found in a run",
    .before =
	"Each finding with the entry before and after, who changed it, who had taken the old\n"
	"translation away, what is missing and where the rule stands: all of them, or the one\n"
	"that begins in LINE of the run's ptsan.report. Also those that the board's capability\n"
	"allows.\n",
    CMD_OPTIONS(options_table),
    .after = CMD_RUN_HELP,
    .operands = {{VALUES_CHOICE, "explain", false},
		 {VALUES_RUN, NULL, false},
		 {VALUES_TEXT, NULL, false}},
    .run = ptsan_command,
};
