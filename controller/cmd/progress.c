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

#define PLAIN_STYLE "\033[m"
#define ERASE_LINE  "\033[A\033[2K" // the one above

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
	CLEANUP_BUFFER struct buffer overall = {0};
	progress_overall(p, runs, count, &overall);
	printf("%.*s\n", (int)columns - 1, buffer_str(&overall));
	p->live_lines++;
	fflush(stdout);
}

// About how long the rest takes: what is finished took so long, side by side as it was.
static double left_s(const struct progress *p, size_t finished, size_t count)
{
	double gone = (double)(clock_monotonic_ns() - p->start_ns) / (double)NS_PER_S;
	return finished ? gone / (double)finished * (double)(count - finished) : 0;
}

static void append_verdicts(const struct batch_run *runs, size_t count, struct buffer *out)
{
	static const char *const names[] = {"FAIL", "ERROR", "MISS"};
	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		size_t found = 0;
		for (size_t i = 0; i < count; i++) {
			const char *verdict = runs[i].verdict[0] ? runs[i].verdict : "MISS";
			found += runs[i].state == BATCH_FINISHED && strcmp(verdict, names[n]) == 0;
		}
		if (found)
			buffer_printf(out, ", %zu %s", found, names[n]);
	}
}

void progress_overall(const struct progress *p, const struct batch_run *runs, size_t count,
		      struct buffer *out)
{
	size_t finished = 0;
	for (size_t i = 0; i < count; i++)
		finished += runs[i].state == BATCH_FINISHED;
	buffer_printf(out, "%zu/%zu", finished, count);
	append_verdicts(runs, count, out);
	double left = left_s(p, finished, count);
	if (finished == count || finished == 0)
		return;
	if (left < 90)
		buffer_printf(out, ", about %.0f s left", left);
	else if (left < 5400)
		buffer_printf(out, ", about %.0f min left", left / 60);
	else
		buffer_printf(out, ", about %.1f h left", left / 3600);
}

// What a verdict looks like where there are colours.
static const char *colour_of(const char *verdict)
{
	static const struct {
		const char *verdict, *colour;
	} colours[] = {{"PASS", "\033[32m"},
		       {"DONE", "\033[32m"},
		       {"FAIL", "\033[1;31m"},
		       {"ERROR", "\033[35m"},
		       {"MISS", "\033[33m"}};
	for (size_t i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strcmp(colours[i].verdict, verdict) == 0)
			return colours[i].colour;
	return "";
}

static void print_finished(const struct progress *p, const struct batch_run *run)
{
	char reason[512];
	const char *verdict = run->verdict[0] ? run->verdict : "MISS";
	copy_printable(run->reason, strlen(run->reason), reason, sizeof(reason));
	bool colour = p->mode == PROGRESS_LIVE && terminal_has_colour();
	if (colour)
		terminal_pass(colour_of(verdict), strlen(colour_of(verdict)));
	printf("%-5s", verdict);
	if (colour)
		terminal_pass(PLAIN_STYLE, strlen(PLAIN_STYLE));
	// On a terminal a line is a line; `mmfarm show` tells the rest.
	int room = p->mode == PROGRESS_LIVE ? (int)terminal_columns() - 42 : (int)sizeof(reason);
	printf("  %-14s %-10s %5.1f s  %.*s\n", run->board->name, run->variant->name,
	       elapsed_s(run), room > 10 ? room : 10, reason);
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

static bool all_finished(const struct batch_run *runs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (runs[i].state != BATCH_FINISHED)
			return false;
	return true;
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
	if (!p->start_ns)
		p->start_ns = clock_monotonic_ns();
	if (p->mode == PROGRESS_LIVE)
		erase_live(p);
	if (event == BATCH_EVENT_FINISH)
		print_finished(p, run);
	if (event == BATCH_EVENT_WAIT)
		print_waiting(run);
	if (p->mode == PROGRESS_LIVE && !all_finished(runs, count))
		draw_live(p, runs, count);
}
