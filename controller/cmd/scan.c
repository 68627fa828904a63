// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/scan/scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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
#include "cmd/terminal.h"
#include "config/farm.h"
#include "config/job.h"

#define CHUNK     65536
#define FOLLOW_MS 200
#define DEPTH_MAX 32 // of directories

struct scan {
	struct scan_options options;
	struct scan_show show;
	const char *explain, *farm, *job; // words of the command line
	const struct literals *literals;  // of farm and job
	bool follow;
	bool ignore_tests; // failed tests are no reason to fail
	bool unreadable;   // some file could not be read
};

static const struct cmd_option options_table[] = {
    OPTION_JSON(struct scan, options.json, "one JSON object a line (docs/detect.md)"),
    OPTION_FLAG(struct scan, options.full, .name = "full",
		.help = "reports with all their lines, also those seen before or that follow from "
			"another one"),
    OPTION_FLAG(struct scan, follow, .name = "follow", .letter = 'f',
		.help = "go on as the file grows or the terminal line speaks, until Ctrl-C; a file "
			"that is cut or replaced is read from its start"),
    OPTION_FLAG(struct scan, ignore_tests, .name = "ignore-tests",
		.help = "failed tests do not make the exit code 1"),
    OPTION_VALUE(struct scan, explain, "LINE", VALUES_TEXT, .name = "explain",
		 .help = "which rule takes the line with this number, and why"),
    OPTION_VALUE(struct scan, farm, "FILE", VALUES_FILE, .name = "farm",
		 .help = "whose \"detect\" adds to the rules (farm.yaml, if there is one)"),
    OPTION_VALUE(struct scan, job, "FILE", VALUES_FILE, .name = "job",
		 .help = "a job whose \"detect\" adds to the rules"),
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
	(void)signal_number;
	interrupted = 1;
}

static struct error *start(struct scan *s, const char *path, struct detect **out)
{
	const struct detect_config config = {
	    .mask = scan_show_mask(&s->options),
	    .literals = s->literals->items,
	    .literals_count = s->literals->count,
	};
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
	unpack_refuse_bombs(in);
	TRY(start(s, path, &d));
	for (size_t got = 1; got > 0;) {
		TRY(unpack_read(in, bytes, sizeof(bytes), &got));
		if (got)
			feed(s, d, bytes, got, 0);
	}
	finish(s, d);
	if (s->show.last_line < s->options.explain)
		return error_new(ERROR_USAGE, "--explain %" PRIu64 ": %s has %" PRIu64 " lines",
				 s->options.explain, path, s->show.last_line);
	return NULL;
}

// ---- a log that grows, or a terminal line -------------------------------------------------------

struct follower {
	const char *path;
	int fd;
	bool
	    file; // grows, and may be cut or replaced by a new one; else a line or a pipe that ends
	struct detect *detect;
};

static void follower_deinit(struct follower *f)
{
	cleanup_close(&f->fd);
	detect_free(f->detect);
}
#define CLEANUP_FOLLOWER CLEANUP(follower_deinit)

static struct error *follower_open(struct scan *s, struct follower *f)
{
	struct stat st;
	bool standard = strcmp(f->path, "-") == 0;
	f->fd = standard ? dup(STDIN_FILENO) : open(f->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (f->fd < 0 || fstat(f->fd, &st) < 0)
		return error_errno(ERROR_USAGE, errno, "%s", f->path);
	f->file = S_ISREG(st.st_mode) && !standard;
	return start(s, f->path, &f->detect);
}

static struct error *follower_read(struct scan *s, struct follower *f, bool *end)
{
	char bytes[CHUNK];
	ssize_t n = read(f->fd, bytes, sizeof(bytes));
	if (n < 0)
		return errno == EINTR || errno == EAGAIN
			   ? NULL
			   : error_errno(ERROR_USAGE, errno, "%s", f->path);
	if (n > 0)
		feed(s, f->detect, bytes, (size_t)n, clock_monotonic_ns());
	*end = n == 0;
	return NULL;
}

// Behind the end of the file: was it cut, or another one put in its place, as log rotation does?
static bool follower_is_stale(const struct follower *f)
{
	struct stat named, held;
	if (!f->file || stat(f->path, &named) < 0 || fstat(f->fd, &held) < 0)
		return false; // a name that is gone may come back
	bool replaced = named.st_dev != held.st_dev || named.st_ino != held.st_ino;
	return replaced || held.st_size < lseek(f->fd, 0, SEEK_CUR);
}

// The new content is a log of its own: its lines count from 1.
static struct error *follower_renew(struct scan *s, struct follower *f)
{
	finish(s, f->detect);
	follower_deinit(f);
	*f = (struct follower){.path = f->path, .fd = -1};
	return follower_open(s, f);
}

static struct error *scan_follow(struct scan *s, const char *path)
{
	CLEANUP_FOLLOWER struct follower f = {.path = path, .fd = -1};
	TRY(follower_open(s, &f));
	bool end = false;
	while (!interrupted && (!end || f.file)) {
		struct pollfd ready = {.fd = f.fd, .events = POLLIN};
		// The end of a file is always readable: only time can tell that there is more.
		int n = poll(&ready, end ? 0 : 1, FOLLOW_MS);
		if (n < 0 && errno != EINTR)
			return error_errno(ERROR_SYSTEM, errno, "poll");
		end = false;
		if (n > 0 || f.file)
			TRY(follower_read(s, &f, &end));
		if (end && follower_is_stale(&f))
			TRY(follower_renew(s, &f));
		detect_tick(f.detect, clock_monotonic_ns(), scan_show_event, &s->show);
		fflush(stdout);
	}
	finish(s, f.detect);
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

// What the site adds to the rules. The names live in the files, which the caller keeps.
static struct error *load_literals(const char *farm_path, const char *job_path,
				   struct farm_config **farm, struct job_config **job,
				   struct literals *out)
{
	TRY(farm_load(farm_path, farm));
	TRY(literals_append(out, &(*farm)->detect));
	if (!job_path)
		return NULL;
	TRY(job_load(job_path, job));
	return literals_append(out, &(*job)->detect);
}

static struct error *scan_run(int argc, char **argv, int *code)
{
	struct scan s = {.show = {.options = &s.options, .out = stdout}};
	CLEANUP_FARM struct farm_config *farm = NULL;
	CLEANUP_JOB struct job_config *job = NULL;
	int first;
	TRY(cmd_parse(&cmd_scan, argc, argv, &s, &first));
	TRY(parse_explain(s.explain, &s.options.explain));
	if (first == argc)
		return error_new(ERROR_USAGE, "no file named");
	if (s.options.explain && s.options.json)
		return error_new(ERROR_USAGE, "--explain and --json exclude each other");
	if (s.follow && argc - first > 1)
		return error_new(ERROR_USAGE, "--follow takes one file");
	CLEANUP_LITERALS struct literals literals = {0};
	TRY(load_literals(s.farm, s.job, &farm, &job, &literals));
	s.literals = &literals;
	s.options.live = s.follow;
	s.options.color = terminal_has_colour();
	if (s.options.color)
		terminal_allow_styles();
	if (s.follow) {
		struct sigaction action = {.sa_handler = on_interrupt};
		sigaction(SIGINT, &action, NULL);
		sigaction(SIGTERM, &action, NULL);
	}
	for (int i = first; i < argc; i++)
		scan_path(&s, argv[i], 0);
	bool found = s.show.findings || (s.show.failed_tests && !s.ignore_tests);
	*code = s.unreadable ? EXIT_USAGE : found ? EXIT_FAIL : EXIT_AS_WANTED;
	scan_show_deinit(&s.show);
	return NULL;
}

const struct cmd cmd_scan = {
    .name = "scan",
    .arguments = "[OPTIONS] FILE...",
    .summary = "Finds splats, boot outcomes and failed tests in console logs",
    .before = "FILE may be a directory, packed (gzip, xz, zstd) or - for standard input. Of each,\n"
	      "counts come first, then the reports, the worst first, then the failed tests.\n",
    CMD_OPTIONS(options_table),
    .after = "exit codes: 0 nothing of severity 2 or more and no failed test, 1 some, 2 usage or\n"
	     "an unreadable file\n",
    .operands = {{VALUES_FILE, NULL, true}},
    .run = scan_run,
};
