// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/terminal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/file.h"
#include "text/terminal.h"

struct guarded {
	int fd;
	struct terminal_filter filter;
};

static struct guarded output = {.fd = STDOUT_FILENO}, errors = {.fd = STDERR_FILENO};

static bool reader_left; // of standard output

static ssize_t guarded_write(void *cookie, const char *bytes, size_t len)
{
	struct guarded *g = cookie;
	CLEANUP_BUFFER struct buffer clean = {0};
	terminal_filter_feed(&g->filter, bytes, len, &clean);
	CLEANUP_ERROR struct error *e =
	    file_write_all(g->fd, buffer_str(&clean), clean.len, "output");
	if (e)
		errno = error_code(e);
	if (e && g == &output && error_code(e) == EPIPE)
		reader_left = true;
	return e ? 0 : (ssize_t)len; // 0 is what makes it an error of the stream
}

static FILE *guard(struct guarded *g, int mode)
{
	const cookie_io_functions_t functions = {.write = guarded_write};
	FILE *f = fopencookie(g, "w", functions);
	if (f)
		setvbuf(f, NULL, mode, BUFSIZ);
	return f;
}

// What is pending when the program ends (it is not closed): the beginning of a character.
static void end_output(void)
{
	struct guarded *both[] = {&output, &errors};
	fflush(stdout);
	for (size_t i = 0; i < 2; i++) {
		CLEANUP_BUFFER struct buffer clean = {0};
		terminal_filter_end(&both[i]->filter, &clean);
		error_free(file_write_all(both[i]->fd, buffer_str(&clean), clean.len, "output"));
	}
}

void terminal_guard(void)
{
	FILE *out = guard(&output, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF);
	FILE *err = guard(&errors, _IONBF);
	if (!out || !err) { // no memory: better silent than unguarded
		fputs("mmfarm: out of memory\n", stderr);
		_exit(3);
	}
	stdout = out;
	stderr = err;
	atexit(end_output);
}

bool terminal_reader_left(void)
{
	return reader_left;
}

unsigned terminal_columns(void)
{
	const char *text = getenv("COLUMNS");
	unsigned long told = text ? strtoul(text, NULL, 10) : 0;
	struct winsize w;
	if (told >= TERMINAL_COLUMNS_MIN && told <= USHRT_MAX)
		return (unsigned)told;
	bool asked = ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0;
	return asked && w.ws_col >= TERMINAL_COLUMNS_MIN ? w.ws_col : TERMINAL_COLUMNS;
}

void terminal_tell_left_out(size_t columns)
{
	if (columns)
		fprintf(stderr, "(%zu column%s left out; --wide shows all)\n", columns,
			columns == 1 ? "" : "s");
}

bool terminal_has_colour(void)
{
	const char *term = getenv("TERM");
	const char *no = getenv("NO_COLOR"); // https://no-color.org
	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && strcmp(term, "dumb") == 0);
}

void terminal_allow_styles(void)
{
	output.filter.styles = true;
}

void terminal_pass(const void *bytes, size_t len)
{
	fflush(stdout);
	// One that fails shows in the stream's next write.
	CLEANUP_ERROR struct error *e = file_write_all(STDOUT_FILENO, bytes, len, "output");
	if (e && error_code(e) == EPIPE)
		reader_left = true;
}
