// SPDX-License-Identifier: GPL-2.0-or-later
// What keeping 64 consoles costs at the rates of real lines: mmfarm's workers (a process each: raw
// bytes, a stamp a line, judged live) and `mmfarm board NAME console` (kept, not judged) beside
// conserver, ser2net and labgrid (its serial driver and its logger of consoles). Each gets the same
// pseudo-terminals that talk at 115200 and at 1.5 Mbaud; each log is compared with what was said.
//
// CPU is what the scheduler accounts to the peer's processes (/proc/PID/task/*/schedstat). Only
// LABGRID_LINES lines of labgrid are run, for a host of two cores could not hold 64; its figure is
// scaled up.
#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"

enum { LINES = 64, LABGRID_LINES = 4, TCP_PORT = 42100, STEP_US = 2000, WARM_UP_S = 1 };

static int seconds = 6; // of each measurement
static char scratch[] = "/tmp/capture-XXXXXX";
static char *mmfarm, *root;

static void must(struct error *e)
{
	if (!e)
		return;
	fprintf(stderr, "capture_peers: %s\n", error_text(e));
	exit(1);
}

// ---- what a line says, and the process that says it ---------------------------------------------

struct line {
	int master, slave;
	char device[64];
	char said[256]; // the text line that is on its way
	size_t len, at;
	unsigned number;
};

struct shared { // between the process that talks and the one that measures
	uint64_t sent[LINES];
	uint64_t late; // bytes that could not be written in time
};

// The log of a kernel that has come up.
static size_t text_line(unsigned line, unsigned number, char *text, size_t size)
{
	static const char *const boot[] = {
	    "[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]\r\n",
	    "[    0.500000] Run /sbin/init as init process\r\n"};
	if (number < 2)
		return (size_t)snprintf(text, size, "%s", boot[number]);
	return (size_t)snprintf(
	    text, size, "[%5u.%06u] line %02u: %08u the quick brown fox jumps over %.*s\r\n",
	    number / 100 + 1, number % 100 * 10000 + number * 7919 % 10000, line, number,
	    (int)(number % 40), "the lazy dog and runs away from the farmer");
}

static void open_lines(struct line *lines, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct termios raw;
		lines[i] = (struct line){.master = -1};
		if (openpty(&lines[i].master, &lines[i].slave, lines[i].device, NULL, NULL) < 0)
			must(error_new(ERROR_SYSTEM, "openpty"));
		tcgetattr(lines[i].slave, &raw);
		cfmakeraw(&raw);
		tcsetattr(lines[i].slave, TCSANOW, &raw);
		fcntl(lines[i].master, F_SETFL, O_NONBLOCK);
		fcntl(lines[i].master, F_SETFD, FD_CLOEXEC);
		fcntl(lines[i].slave, F_SETFD, FD_CLOEXEC);
	}
}

static void close_lines(struct line *lines, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		close(lines[i].master);
		close(lines[i].slave);
	}
}

// Sends what is due; whole text lines at the end, so that every log can be complete.
static uint64_t talk(struct line *l, unsigned index, uint64_t sent, uint64_t due, bool finish)
{
	while (sent < due || (finish && l->at < l->len)) {
		if (l->at == l->len) {
			l->len = text_line(index, l->number++, l->said, sizeof(l->said));
			l->at = 0;
		}
		size_t n = l->len - l->at;
		if (!finish && n > due - sent)
			n = (size_t)(due - sent);
		ssize_t done = write(l->master, l->said + l->at, n);
		if (done <= 0)
			break;
		l->at += (size_t)done;
		sent += (uint64_t)done;
	}
	return sent;
}

static void talk_for(struct line *lines, unsigned count, unsigned bytes_s, struct shared *shared)
{
	int64_t start = clock_monotonic_ns(), now = start;
	int64_t end = start + (seconds + WARM_UP_S) * NS_PER_S, limit = end + 20 * NS_PER_S;
	for (bool over = false; !over && now < limit; now = clock_monotonic_ns()) {
		int64_t t = (now < end ? now : end) - start;
		uint64_t due = (uint64_t)t * bytes_s / NS_PER_S;
		over = now >= end;
		for (unsigned i = 0; i < count; i++) {
			shared->sent[i] = talk(&lines[i], i, shared->sent[i], due, now >= end);
			if (shared->sent[i] + 4096 < due)
				shared->late++;
			over = over && shared->sent[i] >= due && lines[i].at == lines[i].len;
		}
		usleep(STEP_US);
	}
}

// ---- a peer's processes -------------------------------------------------------------------------

static pid_t parent_of(pid_t pid)
{
	char path[64], text[512];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	const char *behind = strrchr(text, ')');
	int parent = 0;
	if (!behind || sscanf(behind, ") %*c %d", &parent) != 1)
		return 0;
	return parent;
}

static bool descends(pid_t pid, pid_t from)
{
	for (int depth = 0; pid > 1 && depth < 10; depth++, pid = parent_of(pid))
		if (pid == from)
			return true;
	return false;
}

static pid_t talker, reader; // children of ours that are no peer's; 0 = none

// Calls `fn` for every process of the peer.
static void each_process(void (*fn)(pid_t pid, void *arg), void *arg)
{
	DIR *proc = opendir("/proc");
	for (struct dirent *d; (d = readdir(proc));) {
		pid_t pid = (pid_t)atoi(d->d_name);
		if (pid > 0 && pid != getpid() && pid != talker && pid != reader &&
		    descends(pid, getpid()))
			fn(pid, arg);
	}
	closedir(proc);
}

static void add_cpu(pid_t pid, void *arg)
{
	CLEANUP_FREE char *pattern = memory_printf("/proc/%d/task/*/schedstat", (int)pid);
	glob_t found;
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *f = fopen(found.gl_pathv[i], "re");
		unsigned long long ns = 0;
		if (f && fscanf(f, "%llu", &ns) == 1)
			*(uint64_t *)arg += ns;
		if (f)
			fclose(f);
	}
	globfree(&found);
}

struct opened {
	const struct line *lines;
	unsigned count;
	bool is[LINES];
};

static void note_opened(pid_t pid, void *arg)
{
	struct opened *o = arg;
	CLEANUP_FREE char *pattern = memory_printf("/proc/%d/fd/*", (int)pid);
	glob_t found;
	if (glob(pattern, 0, NULL, &found))
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char target[256];
		ssize_t n = readlink(found.gl_pathv[i], target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		for (unsigned l = 0; l < o->count; l++)
			o->is[l] |= strcmp(target, o->lines[l].device) == 0;
	}
	globfree(&found);
}

static bool wait_until_opened(const struct line *lines, unsigned count)
{
	for (int64_t limit = clock_monotonic_ns() + 60 * NS_PER_S; clock_monotonic_ns() < limit;) {
		struct opened o = {.lines = lines, .count = count};
		each_process(note_opened, &o);
		unsigned n = 0;
		for (unsigned i = 0; i < count; i++)
			n += o.is[i];
		if (n == count)
			return true;
		usleep(100000);
	}
	return false;
}

// ---- comparing ----------------------------------------------------------------------------------

// A log of line `index` holds, in this order, everything that was said, behind what the program
// itself put ahead: lines up to one that begins with `head`.
static bool is_complete(const char *path, unsigned index, uint64_t sent, const char *head)
{
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_ERROR struct error *e = file_read(path, (size_t)1 << 30, ERROR_SYSTEM, &log);
	if (e)
		return false;
	const char *p = buffer_str(&log), *end = p + log.len;
	char text[256];
	const char *header = head ? strstr(p, head) : NULL;
	if (header && strchr(header, '\n'))
		p = strchr(header, '\n') + 1;
	for (unsigned number = 0; sent > 0; number++) {
		size_t n = text_line(index, number, text, sizeof(text));
		if ((size_t)(end - p) < n || memcmp(p, text, n) != 0)
			return false;
		p += n;
		sent -= n;
	}
	return true;
}

static unsigned count_complete(const char *pattern, unsigned count, const struct shared *shared,
			       const char *head)
{
	unsigned good = 0;
	for (unsigned i = 0; i < count; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		CLEANUP_FREE char *name = memory_printf(pattern, i);
#pragma GCC diagnostic pop
		CLEANUP_FREE char *path = path_join(scratch, name);
		glob_t found;
		if (glob(path, 0, NULL, &found) == 0) {
			good += is_complete(found.gl_pathv[0], i, shared->sent[i], head);
			globfree(&found);
		}
	}
	return good;
}

// ---- peers --------------------------------------------------------------------------------------

struct contest {
	struct line lines[LINES];
	unsigned count, baud;
	struct process programs[LINES];
	size_t programs_count;
	int keys; // standard input of programs that read one, held open; -1
};

struct peer {
	const char *name, *program;
	void (*start)(struct contest *c);
	const char *log;  // of line %u, below the scratch folder
	const char *head; // how the last line begins that the program puts ahead of the console's
	unsigned count;
};

static void spawn(struct contest *c, const char *const *argv, int in)
{
	CLEANUP_FREE char *log = path_join(scratch, "peer.log");
	CLEANUP_CLOSE int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	const struct process_spec spec = {.argv = argv,
					  .cwd = scratch,
					  .in = in,
					  .out = -1,
					  .err = fd,
					  .pass = -1,
					  .die_with_parent = true};
	must(process_spawn(&spec, &c->programs[c->programs_count++]));
}

static void write_text(const char *name, const struct buffer *text)
{
	CLEANUP_FREE char *path = path_join(scratch, name);
	must(file_write_atomic(path, text->data, text->len));
}

static void write_boards(const struct contest *c)
{
	CLEANUP_BUFFER struct buffer b = {0};
	buffer_append_str(&b,
			  "types:\n  t:\n    cpu: {name: none, midr: 0x410fd083, bbml2: false}\n"
			  "    power: {driver: exec, on: [\"true\"], off: [\"true\"], settle: 0s}\n"
			  "    boot: {driver: exec, prepare: [\"true\"]}\nboards:\n");
	for (unsigned i = 0; i < c->count; i++)
		buffer_printf(
		    &b, "  p%02u: {type: t, console: {driver: serial, device: %s, baud: %u}}\n", i,
		    c->lines[i].device, c->baud);
	buffer_append_str(&b, "pools: {all: {}}\n");
	write_text("boards.yaml", &b);
	CLEANUP_BUFFER struct buffer job = {0};
	buffer_printf(&job,
		      "name: capture\npayload: {kernel: %s/tests/payloads/off.img}\n"
		      "pools: [all]\ndeadline: 300s\nsilence: 250s\n"
		      "console_limit: 1000000000\nvariants: [{name: v}]\n",
		      root);
	write_text("job.yaml", &job);
}

static void start_workers(struct contest *c)
{
	write_boards(c);
	const char *const argv[] = {mmfarm,        "run",    "job.yaml", "--boards",
				    "boards.yaml", "--jobs", "64",       NULL};
	spawn(c, argv, -1);
}

static void start_consoles(struct contest *c)
{
	write_boards(c);
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) < 0)
		exit(1);
	c->keys = fds[1];
	for (unsigned i = 0; i < c->count; i++) {
		char name[16], log[16];
		snprintf(name, sizeof(name), "p%02u", i);
		snprintf(log, sizeof(log), "log%02u", i);
		const char *const argv[] = {mmfarm,        "board", name, "console", "--boards",
					    "boards.yaml", "--log", log,  NULL};
		spawn(c, argv, fds[0]);
	}
	close(fds[0]);
}

static void start_conserver(struct contest *c)
{
	CLEANUP_BUFFER struct buffer b = {0};
	buffer_append_str(&b, "access * { trusted 127.0.0.1; }\n");
	for (unsigned i = 0; i < c->count; i++)
		buffer_printf(&b,
			      "console p%02u { master localhost; type device; device %s; baud "
			      "%u; parity none; logfile %s/p%02u.log; rw *; }\n",
			      i, c->lines[i].device, c->baud == 115200 ? c->baud : 115200, scratch,
			      i);
	write_text("conserver.cf", &b);
	const char *const argv[] = {"conserver", "-C", "conserver.cf", "-M", "127.0.0.1", "-p",
				    "42099",     "-b", "42300",        "-m", "64",        NULL};
	spawn(c, argv, -1);
}

// ser2net opens a port when somebody connects: this process, which reads and forgets.
static void read_and_forget(unsigned count)
{
	struct pollfd pfds[LINES];
	for (unsigned i = 0; i < count; i++) {
		const struct sockaddr_in to = {.sin_family = AF_INET,
					       .sin_port = htons((uint16_t)(TCP_PORT + i)),
					       .sin_addr = {htonl(INADDR_LOOPBACK)}};
		int fd = -1;
		for (int tries = 0; tries < 100; tries++, usleep(50000)) {
			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
			if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0)
				break;
			close(fd);
		}
		pfds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	char bytes[65536];
	while (poll(pfds, count, -1) > 0)
		for (unsigned i = 0; i < count; i++)
			if (pfds[i].revents && read(pfds[i].fd, bytes, sizeof(bytes)) <= 0)
				pfds[i].fd = -1;
}

static void start_ser2net(struct contest *c)
{
	CLEANUP_BUFFER struct buffer b = {0};
	buffer_append_str(&b, "%YAML 1.1\n---\n");
	for (unsigned i = 0; i < c->count; i++)
		buffer_printf(&b,
			      "connection: &p%02u\n    accepter: tcp,127.0.0.1,%u\n"
			      "    connector: serialdev,%s,%un81,local\n"
			      "    options: {trace-read: %s/p%02u.trace}\n",
			      i, TCP_PORT + i, c->lines[i].device, c->baud, scratch, i);
	write_text("ser2net.yaml", &b);
	const char *const argv[] = {"ser2net", "-n", "-c", "ser2net.yaml", NULL};
	spawn(c, argv, -1);
	reader = fork();
	if (reader == 0) {
		read_and_forget(c->count);
		_exit(0);
	}
}

static void start_labgrid(struct contest *c)
{
	CLEANUP_FREE char *script = path_join(root, "../tests/support/labgrid_console.py");
	char baud[16];
	snprintf(baud, sizeof(baud), "%u", c->baud);
	for (unsigned i = 0; i < c->count; i++) {
		char dir[16];
		snprintf(dir, sizeof(dir), "p%02u", i);
		const char *const argv[] = {
		    "/usr/bin/python3", script, c->lines[i].device, baud, dir, NULL};
		spawn(c, argv, -1);
	}
}

static const struct peer peers[] = {
    {"mmfarm workers", NULL, start_workers, "results/runs/*~p%02u~v~1/console.raw", NULL, LINES},
    {"mmfarm board console", NULL, start_consoles, "log%02u/console.raw", NULL, LINES},
    {"conserver", "/usr/sbin/conserver", start_conserver, "p%02u.log", "[-- ", LINES},
    {"ser2net", "/usr/sbin/ser2net", start_ser2net, "p%02u.trace", NULL, LINES},
    {"labgrid", "/usr/lib/python3/dist-packages/labgrid", start_labgrid, "p%02u/console_board",
     "=== Log starts here ===", LABGRID_LINES},
};

// ---- one contest --------------------------------------------------------------------------------

static uint64_t cpu_of_peer(void)
{
	uint64_t ns = 0;
	each_process(add_cpu, &ns);
	return ns;
}

static void start_talking(struct contest *c, struct shared *shared)
{
	talker = fork();
	if (talker == 0) {
		talk_for(c->lines, c->count, c->baud / 10, shared);
		_exit(0);
	}
}

static void stop(struct contest *c)
{
	for (size_t i = 0; i < c->programs_count; i++)
		process_signal(&c->programs[i], SIGTERM);
	for (size_t i = 0; i < c->programs_count; i++) {
		process_wait(&c->programs[i], clock_monotonic_ns() + 20 * NS_PER_S);
		process_deinit(&c->programs[i]);
	}
	if (reader) {
		kill(reader, SIGKILL);
		waitpid(reader, NULL, 0);
		reader = 0;
	}
	if (c->keys >= 0)
		close(c->keys);
	close_lines(c->lines, c->count);
	CLEANUP_FREE char *clear = memory_printf("rm -rf %s/*", scratch);
	if (system(clear))
		exit(1);
}

// Percent of one core for 64 lines; negative: not measured.
static double measure(const struct peer *peer, unsigned baud)
{
	if (peer->program && access(peer->program, R_OK) != 0) {
		printf("  %-22s not measured: %s is not installed\n", peer->name, peer->program);
		return -1;
	}
	struct contest c = {.count = peer->count, .baud = baud, .keys = -1};
	struct shared *shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	open_lines(c.lines, c.count);
	peer->start(&c);
	double percent = -1;
	if (wait_until_opened(c.lines, c.count)) {
		sleep(1); // what a program still does after it has opened its lines
		start_talking(&c, shared);
		sleep(WARM_UP_S);
		int64_t t0 = clock_monotonic_ns();
		uint64_t cpu0 = cpu_of_peer();
		int64_t measured = t0 + (seconds - 1) * NS_PER_S;
		while (clock_monotonic_ns() < measured)
			usleep(10000);
		uint64_t cpu = cpu_of_peer() - cpu0;
		percent =
		    100.0 * (double)cpu / (double)(clock_monotonic_ns() - t0) * LINES / c.count;
		waitpid(talker, NULL, 0);
		talker = 0;
		unsigned good = 0;
		for (int tries = 0; tries < 50 && good < c.count; tries++, usleep(100000))
			good = count_complete(peer->log, c.count, shared, peer->head);
		uint64_t sent = 0;
		for (unsigned i = 0; i < c.count; i++)
			sent += shared->sent[i];
		printf("  %-22s %6.1f %% of one core%s; %u of %u logs hold all they were told "
		       "(%.1f MB)%s\n",
		       peer->name, percent, c.count < LINES ? " (scaled up)" : "", good, c.count,
		       (double)sent / 1e6,
		       shared->late ? "; the host could not keep the rate" : "");
	} else {
		printf("  %-22s did not open its lines\n", peer->name);
		CLEANUP_FREE char *show = memory_printf("tail -n 5 %s/peer.log", scratch);
		if (system(show))
			exit(1);
	}
	fflush(stdout);
	munmap(shared, sizeof(*shared));
	stop(&c);
	return percent;
}

int main(int argc, char **argv)
{
	const char *build = getenv("MMFARM_BUILD"), *time = getenv("BENCH_SECONDS");
	root = realpath(build ? build : "build", NULL);
	mmfarm = path_join(root, "mmfarm");
	if (time)
		seconds = atoi(time) > 1 ? atoi(time) : seconds;
	if (!mkdtemp(scratch))
		return 1;
	CLEANUP_FREE char *preload = path_join(root, "tests/support/serial_on_pty.so");
	CLEANUP_FREE char *locks = path_join(scratch, "locks");
	setenv("LD_PRELOAD", preload, 1);
	setenv("MMFARM_LOCK_DIR", locks, 1);
	static const struct {
		unsigned baud;
		double goal;
	} rates[] = {{115200, 6}, {1500000, 10}};
	for (size_t r = 0; r < 2; r++) {
		printf("%d lines at %u baud\n", LINES, rates[r].baud);
		double cost[sizeof(peers) / sizeof(peers[0])];
		for (size_t i = 0; i < sizeof(peers) / sizeof(peers[0]); i++) {
			bool asked = argc < 2;
			for (int a = 1; a < argc; a++)
				asked |= strcmp(argv[a], peers[i].name) == 0;
			cost[i] = asked ? measure(&peers[i], rates[r].baud) : NAN;
		}
		printf("  goal: at most %.0f %%; labgrid takes %.0f times a worker\n",
		       rates[r].goal, cost[4] / cost[0]);
	}
	rmdir(scratch);
	return 0;
}
