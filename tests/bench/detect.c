// SPDX-License-Identifier: GPL-2.0-or-later
// Throughput of the detector on one core against programs that only search: Hyperscan (streaming)
// and grep -E -f, both with the headers of the same rule table as regular expressions.
// Must: 1 GB/s on clean logs, 500 MB/s on mixed ones; a storm of 1280 warnings (3.2 MB) in < 20 ms,
// 500 headers without end marker in < 5 ms. "Mixed" are logs with splats in them: real boots and test
// runs, of whose lines about one in five comes while a report is open. Best and median CPU time of
// several runs are given: the best says what the code costs, the median what the host makes of it.
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "detect/detect.h"
#include "detect/rules.h"

#if __has_include(<hs/hs.h>) && defined(WITH_HYPERSCAN)
#include <hs/hs.h>
#define HYPERSCAN 1
#else
#define HYPERSCAN 0
#endif

enum { REPEATS = 9, CHUNK = 65536, TARGET = 64 << 20 };

struct count {
	unsigned splats;
};

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_event(const struct detect_event *event, void *arg)
{
	struct count *count = arg;
	count->splats += event->kind == DETECT_SPLAT_CLOSE;
}

// ---- the programs -------------------------------------------------------------------------------

static unsigned run_detect(const struct buffer *log)
{
	static const struct detect_config config = {
	    .mask = DETECT_MASK(DETECT_SPLAT_CLOSE) | DETECT_MASK(DETECT_BOOT),
	};
	struct count count = {0};
	CLEANUP_DETECT struct detect *d = NULL;
	struct error *e = detect_new(&config, &d);
	if (e) {
		fprintf(stderr, "%s\n", error_text(e));
		exit(1);
	}
	for (size_t at = 0; at < log->len; at += CHUNK)
		detect_feed(d, log->data + at, log->len - at < CHUNK ? log->len - at : CHUNK, 0,
			    on_event, &count);
	detect_end(d, DETECT_END_CLOSED, on_event, &count);
	return count.splats;
}

static void append_escaped(struct buffer *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (strchr("\\^$.|?*+()[]{}", text[i]))
			buffer_append(out, "\\", 1);
		buffer_append(out, &text[i], 1);
	}
}

// A header rule as an extended regular expression.
static void append_regex(struct buffer *out, const struct rule *rule)
{
	const struct rule_set *set = &rules_builtin;
	for (size_t i = 0; i < rule->ops_count; i++) {
		const struct rule_op *op = &set->ops[rule->ops_first + i];
		bool edge = i == 0 || i + 1 == rule->ops_count;
		if (!op->is_field)
			append_escaped(out, set->text + op->text, op->len);
		else if (op->field == FIELD_LINE || op->field == FIELD_CPU ||
			 op->field == FIELD_PID || op->field == FIELD_COUNT ||
			 op->field == FIELD_NUMBER)
			buffer_append_str(out, "[0-9]+");
		else if (op->field == FIELD_ESR || op->field == FIELD_ADDR ||
			 op->field == FIELD_PC || op->field == FIELD_HEX)
			buffer_append_str(out, "[0-9a-fx]+");
		else if (op->field == FIELD_FUNC || op->field == FIELD_FILE ||
			 op->field == FIELD_WORD)
			buffer_append_str(out, "[^ ]+");
		else if (!edge)
			buffer_append_str(out, ".*");
	}
}

static size_t collect_regexes(struct buffer *out)
{
	size_t count = 0;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		if (rule->role != RULE_HEADER && rule->role != RULE_CUT && rule->role != RULE_END)
			continue;
		append_regex(out, rule);
		buffer_append_str(out, "\n");
		count++;
	}
	return count;
}

static char regex_path[] = "/tmp/detect-bench-XXXXXX";
static char log_path[] = "/tmp/detect-bench-XXXXXX";

static void write_temporary(char *path, const struct buffer *bytes)
{
	CLEANUP_CLOSE int fd = mkstemp(path);
	CLEANUP_ERROR struct error *e = fd < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", path)
					       : file_write_all(fd, bytes->data, bytes->len, path);
	if (e) {
		fprintf(stderr, "%s\n", error_text(e));
		exit(1);
	}
}

// Time of `grep -c -E -f`, 0 when there is no grep.
static double run_grep(unsigned *found)
{
	struct timespec start, end;
	int answer[2]; // not /dev/null: grep stops at the first match when nobody reads
	char text[32] = "";
	if (pipe2(answer, O_CLOEXEC) < 0)
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(answer[1], STDOUT_FILENO);
		setenv("LC_ALL", "C", 1);
		execlp("grep", "grep", "-a", "-c", "-E", "-f", regex_path, log_path, (char *)NULL);
		_exit(127);
	}
	close(answer[1]);
	ssize_t len = read(answer[0], text, sizeof(text) - 1);
	close(answer[0]);
	int status = 0;
	waitpid(pid, &status, 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	*found = len > 0 ? (unsigned)strtoul(text, NULL, 10) : 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return 0;
	return (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
}

#if HYPERSCAN
static hs_database_t *hs_database;
static hs_scratch_t *hs_scratch;

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		    void *arg)
{
	(void)id, (void)from, (void)to, (void)flags;
	(*(unsigned *)arg)++;
	return 0;
}

static bool prepare_hyperscan(const struct buffer *regexes, size_t count)
{
	const char **list = memory_new(count, sizeof(*list));
	unsigned *flags = memory_new(count, sizeof(*flags));
	unsigned *ids = memory_new(count, sizeof(*ids));
	CLEANUP_FREE char *copy = memory_strdup(buffer_str(regexes));
	size_t n = 0;
	for (char *line = strtok(copy, "\n"); line && n < count; line = strtok(NULL, "\n")) {
		list[n] = line;
		ids[n] = (unsigned)n;
		n++;
	}
	hs_compile_error_t *error = NULL;
	bool ok = hs_compile_multi(list, flags, ids, (unsigned)n, HS_MODE_STREAM, NULL,
				   &hs_database, &error) == HS_SUCCESS &&
		  hs_alloc_scratch(hs_database, &hs_scratch) == HS_SUCCESS;
	if (error) {
		printf("hyperscan: %s\n", error->message);
		hs_free_compile_error(error);
	}
	free(list);
	free(flags);
	free(ids);
	return ok;
}

static unsigned run_hyperscan(const struct buffer *log)
{
	unsigned matches = 0;
	hs_stream_t *stream;
	if (hs_open_stream(hs_database, 0, &stream) != HS_SUCCESS)
		return 0;
	for (size_t at = 0; at < log->len; at += CHUNK)
		hs_scan_stream(stream, log->data + at,
			       (unsigned)(log->len - at < CHUNK ? log->len - at : CHUNK), 0,
			       hs_scratch, on_match, &matches);
	hs_close_stream(stream, hs_scratch, on_match, &matches);
	return matches;
}
#endif

// ---- the logs -----------------------------------------------------------------------------------

static void append_file(struct buffer *out, const char *path)
{
	CLEANUP_ERROR struct error *e = file_read(path, 1 << 26, ERROR_SYSTEM, out);
	if (e) {
		fprintf(stderr, "%s\n", error_text(e));
		exit(1);
	}
}

static void append_glob(struct buffer *out, const char *pattern)
{
	glob_t found = {0};
	if (glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			append_file(out, found.gl_pathv[i]);
	globfree(&found);
}

static void repeat(struct buffer *log, size_t target)
{
	CLEANUP_BUFFER struct buffer once = {0};
	buffer_append(&once, log->data, log->len);
	while (once.len && log->len + once.len <= target)
		buffer_append(log, once.data, once.len);
}

static void make_storm(struct buffer *out, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		buffer_printf(out, "[%5u.%06u] ------------[ cut here ]------------\r\n", i / 100,
			      i);
		buffer_printf(out,
			      "[%5u.%06u] WARNING: mm/storm.c:%u at storm_%u+0x24/0x34, CPU#%u: "
			      "storm/%u\r\n",
			      i / 100, i, i % 97, i % 97, i % 8, 100 + i);
		buffer_printf(out,
			      "[%5u.%06u] CPU: %u UID: 0 PID: %u Comm: storm Tainted: G        W   "
			      "       7.2.0 #1 PREEMPT\r\n",
			      i / 100, i, i % 8, 100 + i);
		buffer_printf(out, "[%5u.%06u] pc : storm_%u+0x24/0x34\r\n", i / 100, i, i % 97);
		for (unsigned r = 0; r < 10; r++)
			buffer_printf(out,
				      "[%5u.%06u] x%u: ffff8000804c3c10 x%u: ffff0000043e2500 x%u: "
				      "0000000000000000\r\n",
				      i / 100, i, 29 - 3 * r, 28 - 3 * r, 27 - 3 * r);
		buffer_printf(out, "[%5u.%06u] Call trace:\r\n", i / 100, i);
		buffer_printf(out, "[%5u.%06u]  storm_%u+0x24/0x34 (P)\r\n", i / 100, i, i % 97);
		for (unsigned f = 0; f < 28; f++)
			buffer_printf(out, "[%5u.%06u]  caller_%u_of_storm+0x24/0x340\r\n", i / 100,
				      i, f);
		buffer_printf(out, "[%5u.%06u] ---[ end trace 0000000000000000 ]---\r\n", i / 100,
			      i);
	}
}

static void make_endless(struct buffer *out, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		buffer_printf(out, "[%5u.%06u] ------------[ cut here ]------------\r\n", i, i);
		buffer_printf(out, "[%5u.%06u] kernel BUG at mm/endless.c:%u!\r\n", i, i, i);
		for (unsigned f = 0; f < 16; f++)
			buffer_printf(out,
				      "[%5u.%06u] a line that belongs to nobody, %u of many\r\n", i,
				      i, f);
	}
}

// A gigabyte of noise: the same block over and over, moved by one byte each time.
static void run_noise(void)
{
	enum { BLOCK = 1 << 20, BLOCKS = 1000 };
	CLEANUP_BUFFER struct buffer noise = {0};
	uint64_t x = 88172645463325252u; // xorshift64
	for (size_t i = 0; i < (BLOCK + BLOCKS) / sizeof(x) + 1; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		buffer_append(&noise, &x, sizeof(x));
	}
	struct count count = {0};
	CLEANUP_DETECT struct detect *d = NULL;
	CLEANUP_ERROR struct error *e = detect_new(NULL, &d);
	if (e)
		return;
	double start = cpu_seconds();
	for (size_t i = 0; i < BLOCKS; i++)
		detect_feed(d, noise.data + i, BLOCK, 0, on_event, &count);
	detect_end(d, DETECT_END_CLOSED, on_event, &count);
	double took = cpu_seconds() - start;
	printf("random bytes: %d MB in %.1f s, %u found, %zu bytes of memory\n",
	       (int)((double)BLOCK * BLOCKS / 1e6), took, count.splats, detect_footprint(d));
}

// ---- measuring ----------------------------------------------------------------------------------

struct timing {
	double best, median; // CPU seconds
	unsigned found;
};

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static struct timing measure(unsigned (*run)(const struct buffer *), const struct buffer *log)
{
	struct timing timing = {0};
	double took[REPEATS];
	for (int i = 0; i < REPEATS; i++) {
		double start = cpu_seconds();
		timing.found = run(log);
		took[i] = cpu_seconds() - start;
	}
	qsort(took, REPEATS, sizeof(took[0]), by_value);
	timing.best = took[0];
	timing.median = took[REPEATS / 2];
	return timing;
}

static double speed(const struct buffer *log, double seconds)
{
	return (double)log->len / seconds / 1e6;
}

static void report(const char *what, const struct buffer *log, struct timing timing)
{
	printf("  %-22s best %8.1f MB/s %8.2f ms  median %8.1f MB/s  %u found\n", what,
	       speed(log, timing.best), timing.best * 1e3, speed(log, timing.median), timing.found);
}

static void compare_grep(const struct buffer *log)
{
	struct timing timing = {0};
	strcpy(log_path + strlen(log_path) - 6, "XXXXXX");
	write_temporary(log_path, log);
	timing.best = timing.median = run_grep(&timing.found); // once: it is far from the rest
	if (timing.best > 0)
		report("grep -E -f, match only", log, timing);
	unlink(log_path);
}

static void compare(const char *name, const struct buffer *log, bool hyperscan)
{
	printf("%s: %.1f MB\n", name, (double)log->len / 1e6);
	fflush(stdout);
	report("mmfarm detect", log, measure(run_detect, log));
#if HYPERSCAN
	if (hyperscan)
		report("hyperscan, match only", log, measure(run_hyperscan, log));
#else
	(void)hyperscan;
#endif
	compare_grep(log);
}

int main(void)
{
	CLEANUP_BUFFER struct buffer regexes = {0}, clean = {0}, mixed = {0}, dense = {0};
	CLEANUP_BUFFER struct buffer storm = {0}, endless = {0};
	size_t count = collect_regexes(&regexes);
	write_temporary(regex_path, &regexes);
	bool hyperscan = false;
#if HYPERSCAN
	hyperscan = prepare_hyperscan(&regexes, count);
#endif
	printf("%zu patterns%s\n", count, hyperscan ? "" : "; no libhyperscan-dev: not compared");

	append_file(&clean, "tests/data/splats/H-qemu-arm64/ktap72.log");
	repeat(&clean, TARGET);
	compare("clean boots", &clean, hyperscan);

	const char *shared = getenv("MMFARM_SHARED");
	CLEANUP_FREE char *pattern =
	    memory_printf("%s/data/splats/[BFNRHCD]-*/*.log", shared ? shared : "../shared");
	append_glob(&mixed, pattern);
	if (mixed.len == 0)
		append_glob(&mixed, "tests/data/splats/*/*.log");
	repeat(&mixed, TARGET);
	compare("mixed logs", &mixed, hyperscan);

	append_glob(&dense, "tests/data/splats/H-qemu-arm64/[co]*.log");
	repeat(&dense, TARGET / 4);
	compare("logs full of reports", &dense, hyperscan);

	make_storm(&storm, 1280);
	compare("storm of 1280 warnings", &storm, hyperscan);
	make_endless(&endless, 500);
	compare("500 headers, no end", &endless, hyperscan);
	unlink(regex_path);
	run_noise();
#if HYPERSCAN
	hs_free_scratch(hs_scratch);
	hs_free_database(hs_database);
#endif
	return 0;
}
