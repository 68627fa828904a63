// SPDX-License-Identifier: GPL-2.0-or-later
// Reading what lava-run writes, on one core, beside what its own YAML writer needs to write it (Python
// with libyaml, as lava_common.log does): must be at least 10 times as fast.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buffer.h"
#include "base/file.h"
#include "lava/log.h"

enum { LINES = 10822 };

static const char writer[] =
    "import sys,time\n"
    "from datetime import datetime\n"
    "from lava_common.log import dump\n"
    "lines=['mmfarm: case=c%05d result=pass us=12.5 of a \"quoted\" word'%i for i in "
    "range(10822)]\n"
    "begin=time.process_time()\n"
    "out=[dump({'dt':datetime.utcnow().isoformat(),'lvl':'target','msg':x}) for x in lines]\n"
    "print(time.process_time()-begin)\n";

struct count {
	size_t lines;
};

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_console(void *arg, const char *bytes, size_t len)
{
	struct count *c = arg;
	c->lines += memchr(bytes, '\n', len) != NULL;
}

static double read_log(const struct buffer *log, size_t *lines)
{
	struct count count = {0};
	struct lava_log_events events = {.console = on_console, .arg = &count};
	double begin = cpu_seconds();
	CLEANUP_LAVA_LOG struct lava_log *l = lava_log_new(&events);
	for (size_t at = 0; at < log->len; at += 65536)
		lava_log_feed(l, log->data + at, log->len - at < 65536 ? log->len - at : 65536);
	lava_log_end(l);
	*lines = count.lines;
	return cpu_seconds() - begin;
}

// Seconds that LAVA's writer needs; 0: it is not here.
static double write_log(void)
{
	FILE *f = fopen("/usr/bin/python3", "re");
	if (!f)
		return 0;
	fclose(f);
	char script[] = "/tmp/mmfarm-lava-XXXXXX";
	int fd = mkstemp(script);
	if (fd < 0 || write(fd, writer, sizeof(writer) - 1) < 0)
		return 0;
	close(fd);
	char command[128];
	snprintf(command, sizeof(command), "/usr/bin/python3 -W ignore %s 2>/dev/null", script);
	double seconds = 0;
	FILE *p = popen(command, "re");
	if (p && fscanf(p, "%lf", &seconds) != 1)
		seconds = 0;
	if (p)
		pclose(p);
	unlink(script);
	return seconds;
}

int main(void)
{
	CLEANUP_BUFFER struct buffer log = {0};
	for (int i = 0; i < LINES; i++)
		buffer_printf(
		    &log,
		    "{\"dt\": \"2026-11-22T15:52:06.835490\", \"lvl\": \"target\", \"msg\": "
		    "\"mmfarm: case=c%05d result=pass us=12.5 of a \\\\\\\"quoted\\\\\\\" "
		    "word\"}\n",
		    i);
	size_t lines = 0;
	double best = read_log(&log, &lines);
	for (int i = 0; i < 4; i++) {
		double now = read_log(&log, &lines);
		best = now < best ? now : best;
	}
	printf("%zu of %d lines, %.0f lines a second, %.1f MB/s\n", lines, LINES, LINES / best,
	       (double)log.len / best / 1e6);
	double theirs = write_log();
	if (theirs > 0)
		printf("LAVA writes %.0f lines a second: read %.1f times as fast as it is written "
		       "(must: 10)\n",
		       LINES / theirs, theirs / best);
	else
		printf("LAVA's writer: not measured (needs the package lava-dispatcher)\n");
	return lines == LINES && (theirs <= 0 || theirs >= 10 * best) ? 0 : 1;
}
