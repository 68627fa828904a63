// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/unpack.h"
#include "cmd/cmd.h"
#include "cmd/options.h"

#define CHUNK     65536
#define FOLLOW_MS 200
#define DEPTH_MAX 32 // of directories

struct scan {
	struct scan_options options;
	struct scan_show show;
	bool follow;
	bool unreadable; // some file could not be read
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static struct error *start(struct scan *s, const char *path, struct detect **out)
{
	struct detect_config config = {.mask = scan_show_mask(&s->options)};
	scan_show_begin(&s->show, path);
	return detect_new(&config, out);
}

static void feed(struct scan *s, struct detect *d, const char *bytes, size_t len, int64_t now)
{
	scan_show_bytes(&s->show, bytes, len);
	detect_feed(d, bytes, len, now, scan_show_event, &s->show);
}

static void finish(struct scan *s, struct detect *d)
{
	detect_end(d, interrupted ? DETECT_END_INTERRUPTED : DETECT_END_CLOSED, scan_show_event,
		   &s->show);
	scan_show_end(&s->show);
}

static struct error *scan_file(struct scan *s, const char *path)
{
	CLEANUP_UNPACK struct unpack *in = NULL;
	CLEANUP_DETECT struct detect *d = NULL;
	char bytes[CHUNK];
	TRY(unpack_open(path, ERROR_USAGE, &in));
	TRY(start(s, path, &d));
	for (size_t got = 1; got > 0;) {
		TRY(unpack_read(in, bytes, sizeof(bytes), &got));
		if (got)
			feed(s, d, bytes, got, 0);
	}
	finish(s, d);
	return NULL;
}

// ---- a log that grows, or a terminal line -------------------------------------------------------

static struct error *follow_read(struct scan *s, struct detect *d, int fd, bool *end)
{
	char bytes[CHUNK];
	ssize_t n = read(fd, bytes, sizeof(bytes));
	int64_t now = clock_monotonic_ns();
	if (n < 0)
		return errno == EINTR || errno == EAGAIN
			   ? NULL
			   : error_errno(ERROR_USAGE, errno, "%s", s->show.file);
	if (n > 0)
		feed(s, d, bytes, (size_t)n, now);
	*end = n == 0;
	return NULL;
}

static struct error *scan_follow(struct scan *s, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	CLEANUP_CLOSE int fd =
	    standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	CLEANUP_DETECT struct detect *d = NULL;
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(ERROR_USAGE, errno, "%s", path);
	bool grows = S_ISREG(st.st_mode);
	TRY(start(s, path, &d));
	bool end = false;
	while (!interrupted && (!end || grows)) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int n =
		    poll(&ready, end ? 0 : 1, FOLLOW_MS); // the end of a file is always readable
		if (n < 0 && errno != EINTR)
			return error_errno(ERROR_SYSTEM, errno, "poll");
		end = false;
		if (n > 0 || grows)
			TRY(follow_read(s, d, fd, &end));
		detect_tick(d, clock_monotonic_ns(), scan_show_event, &s->show);
		fflush(stdout);
	}
	finish(s, d);
	return NULL;
}

// ---- files and directories ----------------------------------------------------------------------

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void scan_path(struct scan *s, const char *path, unsigned depth);

static struct error *scan_directory(struct scan *s, const char *path, unsigned depth)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, not_hidden, by_name);
	if (count < 0)
		return error_errno(ERROR_USAGE, errno, "%s", path);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *inner = path_join(path, entries[i]->d_name);
		struct stat st;
		bool wanted =
		    lstat(inner, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
		if (wanted && depth < DEPTH_MAX)
			scan_path(s, inner, depth + 1);
		free(entries[i]);
	}
	free(entries);
	return NULL;
}

// A file that cannot be read is told and passed over: the others are still worth a look.
static void scan_path(struct scan *s, const char *path, unsigned depth)
{
	struct stat st;
	bool directory = strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	CLEANUP_ERROR struct error *e = directory   ? scan_directory(s, path, depth)
					: s->follow ? scan_follow(s, path)
						    : scan_file(s, path);
	if (!e)
		return;
	fflush(stdout);
	fprintf(stderr, "mmfarm scan: %s\n", error_text(e));
	s->unreadable = true;
}

// ---- the command --------------------------------------------------------------------------------

static struct error *parse_explain(const char *text, uint64_t *line)
{
	char *end = NULL;
	if (!text)
		return NULL;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (errno || *end || value == 0 || text[0] == '-')
		return error_new(ERROR_USAGE, "--explain %s: the number of a line was expected",
				 text);
	*line = value;
	return NULL;
}

static struct error *scan_run(int argc, char **argv, int *code)
{
	struct scan s = {.show = {.options = &s.options}};
	const char *explain = NULL;
	int first;
	const struct cmd_option options[] = {
	    {.name = "json", .flag = &s.options.json},
	    {.name = "full", .flag = &s.options.full},
	    {.name = "follow", .letter = 'f', .flag = &s.follow},
	    {.name = "explain", .value = &explain},
	};
	TRY(cmd_parse_options(argc, argv, options, CMD_OPTIONS_COUNT(options), &first));
	TRY(parse_explain(explain, &s.options.explain));
	if (first == argc)
		return error_new(ERROR_USAGE, "no file named");
	if (s.follow && argc - first > 1)
		return error_new(ERROR_USAGE, "--follow takes one file");
	s.options.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	if (s.follow) {
		struct sigaction action = {.sa_handler = on_interrupt};
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
	}
	for (int i = first; i < argc; i++)
		scan_path(&s, argv[i], 0);
	*code = s.unreadable ? EXIT_USAGE : s.show.findings ? EXIT_FAIL : EXIT_AS_WANTED;
	scan_show_deinit(&s.show);
	return NULL;
}

const struct cmd cmd_scan = {
    .name = "scan",
    .arguments = "[--json] [--full] [--follow] [--explain LINE] FILE...",
    .summary = "Finds splats, boot outcomes and failed tests in console logs",
    .help =
	"FILE may be a directory, packed (gzip, xz, zstd) or - for standard input.\n\n"
	"  --json          one JSON object a line (docs/detect.md)\n"
	"  --full          reports with all their lines, also those seen before or that follow\n"
	"                  from another one\n"
	"  --follow, -f    go on as the file grows or the terminal line speaks, until Ctrl-C\n"
	"  --explain LINE  which rule takes the line with this number, and why\n\n"
	"exit codes: 0 nothing of severity 2 or more, 1 findings, 2 usage or an unreadable file\n",
    .run = scan_run,
};
