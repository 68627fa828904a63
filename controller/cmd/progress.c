// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/progress.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "cmd/terminal.h"
#include "record/layout.h"

#define ERASE_LINE "\033[A\033[2K" // the one above

enum progress_mode progress_pick(bool json)
{
	if (json)
		return PROGRESS_JSON;
	const char *term = getenv("TERM");
	bool capable = term && strcmp(term, "dumb") != 0;
	return capable && isatty(STDOUT_FILENO) ? PROGRESS_LIVE : PROGRESS_PLAIN;
}

static double elapsed_s(const struct batch_run *run)
{
	return (double)(clock_monotonic_ns() - run->start_ns) / (double)NS_PER_S;
}

// Printable ASCII only: a board must not be able to drive the terminal of whoever watches it.
static void copy_printable(const char *text, size_t len, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < len && n + 1 < size; i++)
		if (text[i] >= ' ' && text[i] <= '~')
			out[n++] = text[i];
	out[n] = '\0';
}

// The newest line of the console.
static void last_line(const struct batch_run *run, char *line, size_t size)
{
	CLEANUP_FREE char *path = path_join(run->dir, LAYOUT_CONSOLE);
	CLEANUP_CLOSE int fd = -1;
	error_free(file_open_regular(path, ERROR_SYSTEM, &fd));
	char tail[512];
	off_t end = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	off_t from = end > (off_t)sizeof(tail) ? end - (off_t)sizeof(tail) : 0;
	ssize_t n = fd < 0 ? 0 : pread(fd, tail, sizeof(tail), from);
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
		n--;
	ssize_t start = n;
	while (start > 0 && tail[start - 1] != '\n')
		start--;
	copy_printable(tail + start, (size_t)(n - start), line, size);
}

static void erase_live(struct progress *p)
{
	for (; p->live_lines > 0; p->live_lines--)
		terminal_pass(ERASE_LINE, strlen(ERASE_LINE));
	terminal_pass("\r", 1);
}

static void draw_live(struct progress *p, const struct batch_run *runs, size_t count)
{
	unsigned columns = terminal_columns();
	for (size_t i = 0; i < count; i++) {
		if (runs[i].state != BATCH_RUNNING)
			continue;
		char text[256], line[200];
		last_line(&runs[i], line, sizeof(line));
		snprintf(text, sizeof(text), "  %-14s %-10s %-10s %5.1f s  %s", runs[i].board->name,
			 runs[i].variant->name, runs[i].phase, elapsed_s(&runs[i]), line);
		printf("%.*s\n", (int)columns - 1, text);
		p->live_lines++;
	}
	fflush(stdout);
}

static void print_finished(const struct batch_run *run)
{
	char reason[512];
	copy_printable(run->reason, strlen(run->reason), reason, sizeof(reason));
	printf("%-5s  %-14s %-10s %5.1f s  %s\n", run->verdict[0] ? run->verdict : "MISS",
	       run->board->name, run->variant->name, elapsed_s(run), reason);
	fflush(stdout);
}

// At once and once, also into a pipe: whoever looks at a silent log must see what it waits for.
static void print_waiting(const struct batch_run *run)
{
	char what[512];
	copy_printable(run->waits, strlen(run->waits), what, sizeof(what));
	printf("wait   %-14s %-10s          %s\n", run->board->name, run->variant->name, what);
	fflush(stdout);
}

static void print_json(const char *event, const struct batch_run *run)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "event", event, "run", run->id,
			      "board", run->board->name, "pool", run->pool, "variant",
			      run->variant->name, "phase", run->phase);
	if (run->state == BATCH_FINISHED) {
		json_object_set_new(o, "verdict",
				    json_string(run->verdict[0] ? run->verdict : "MISS"));
		json_object_set_new(o, "reason", json_string(run->reason));
	} else if (run->state == BATCH_PENDING && run->waits) {
		json_object_set_new(o, "reason", json_string(run->waits));
	}
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(o);
}

void progress_take(enum batch_event event, const struct batch_run *runs, size_t count,
		   const struct batch_run *run, void *arg)
{
	struct progress *p = arg;
	if (p->mode == PROGRESS_JSON) {
		static const char *const names[] = {[BATCH_EVENT_START] = "start",
						    [BATCH_EVENT_FINISH] = "finish",
						    [BATCH_EVENT_WAIT] = "wait"};
		if (run)
			print_json(names[event], run);
		return;
	}
	if (p->mode == PROGRESS_LIVE)
		erase_live(p);
	if (event == BATCH_EVENT_FINISH)
		print_finished(run);
	if (event == BATCH_EVENT_WAIT)
		print_waiting(run);
	if (p->mode == PROGRESS_LIVE)
		draw_live(p, runs, count);
}
