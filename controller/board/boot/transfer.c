// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "board/console/terminal.h"
#include "board/line.h"
#include "record/layout.h"

#define WRITE_LIMIT_NS (10 * NS_PER_S)
#define ABORT_AGAIN_NS (3 * NS_PER_S)
#define ABORT_LIMIT_NS (20 * NS_PER_S)

// The longest that a receiver and a sender are both silent while they still try: sb and sx wait 60 s
// for a receiver, U-Boot's own time-outs are shorter.
#define TRANSFER_STALL_NS (90 * NS_PER_S)

// A packet's worth: the program is to feel how slow the line is, and not run ahead of it.
#define CHUNK_BYTES 1024

const char *transfer_abort_keys(enum transfer_protocol protocol)
{
	return protocol == TRANSFER_KERMIT ? "\x03" : "\x18\x18\x18\x18\x18";
}

// The file is an open one: its name would be a word of ckermit's own command language.
#define FILE_NAME "/proc/self/fd/3"

static const char *const *command_of(enum transfer_protocol protocol)
{
	static const char *const ymodem[] = {"sb", "-k", "-b", "-q", FILE_NAME, NULL};
	static const char *const xmodem[] = {"sx", "-k", "-b", "-q", FILE_NAME, NULL};
	// No init file; its own terminal as the line; then what U-Boot's receiver understands:
	// everything prefixed, long packets, a window.
	static const char *const kermit[] = {
	    "kermit",
	    "-Y",
	    "-q",
	    "-l",
	    "0",
	    "-C",
	    "robust, set file type binary, set file names literal, set delay 0, "
	    "set carrier-watch off, set flow-control none, set handshake none, "
	    "set send packet-length 1000, set receive packet-length 1000, set window 5, "
	    "send " FILE_NAME " image, exit \\v(status)",
	    NULL};
	switch (protocol) {
	case TRANSFER_YMODEM:
		return ymodem;
	case TRANSFER_XMODEM:
		return xmodem;
	case TRANSFER_KERMIT:
		break;
	}
	return kermit;
}

struct carry {
	struct board_place *place;
	int terminal;
	transfer_fn *fn;
	void *arg;
	bool ended;       // the program closed its side
	uint64_t size;    // bytes of the file
	uint64_t sent;    // bytes that went to the line, framing and repetitions among them
	int64_t start_ns; // when it began
	int64_t last_ns;  // when a byte went to the line last
};

static struct error *to_line(struct carry *c)
{
	char chunk[CHUNK_BYTES];
	ssize_t n = read(c->terminal, chunk, sizeof(chunk));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n <= 0) { // EIO: the last holder of the other side is gone
		c->ended = true;
		return NULL;
	}
	TRY(line_write(c->place, chunk, (size_t)n, clock_monotonic_ns() + WRITE_LIMIT_NS));
	c->sent += (uint64_t)n;
	c->last_ns = clock_monotonic_ns();
	return NULL;
}

// The few bytes of a receiver's answers always fit into a terminal's buffer; if the program does
// not take them any more, it has ended.
static struct error *from_line(struct carry *c, int64_t deadline_ns)
{
	CLEANUP_BUFFER struct buffer in = {0};
	if (!c->place->line->tap.len)
		return NULL;
	TRY(line_listen(c->place, deadline_ns, &in));
	c->fn(buffer_str(&in), in.len, c->arg);
	ssize_t ignored = write(c->terminal, buffer_str(&in), in.len);
	(void)ignored;
	return NULL;
}

static struct error *not_done(const struct carry *c, const char *what, int64_t limit_ns)
{
	double seconds = (double)(clock_monotonic_ns() - c->start_ns) / (double)NS_PER_S;
	double rate = seconds > 0 ? (double)c->sent / seconds : 0;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s: %llu bytes went out for a file of %llu in %.0f s", what,
		      (unsigned long long)c->sent, (unsigned long long)c->size, seconds);
	buffer_printf(&text, ", %.0f bytes/s, limit %.0f s", rate,
		      (double)limit_ns / (double)NS_PER_S);
	if (c->sent && c->sent < c->size)
		buffer_printf(&text, "; at this rate it takes %.0f s", (double)c->size / rate);
	return error_new(ERROR_LAB, "%s", buffer_str(&text));
}

// However slow the line is: a transfer that advances goes on until the deadline.
static struct error *carry_bytes(struct carry *c, int64_t deadline_ns)
{
	while (!c->ended) {
		bool ready;
		const struct board_wait *w = c->place->wait;
		int64_t stall_ns = c->last_ns + TRANSFER_STALL_NS;
		TRY(w->listen(w->arg, c->terminal, POLLIN,
			      stall_ns < deadline_ns ? stall_ns : deadline_ns, &ready));
		if (line_is_gone(c->place->line))
			return error_new(ERROR_LAB, "the console closed");
		TRY(from_line(c, deadline_ns));
		if (ready)
			TRY(to_line(c));
		if (clock_monotonic_ns() >= deadline_ns)
			return not_done(c, "not done in time", deadline_ns - c->start_ns);
		if (clock_monotonic_ns() >= c->last_ns + TRANSFER_STALL_NS)
			return not_done(c, "it no longer advances", TRANSFER_STALL_NS);
	}
	return NULL;
}

// Keys that come in the middle of a block are data to the receiver: they are said again until it
// has ended, and seldom enough for its own time-out within a block.
static void abort_receiver(struct carry *c, enum transfer_protocol protocol)
{
	const char *keys = transfer_abort_keys(protocol);
	int64_t stop = clock_monotonic_ns() + ABORT_LIMIT_NS;
	bool ended = false;
	while (!ended && clock_monotonic_ns() < stop) {
		int64_t again = clock_monotonic_ns() + ABORT_AGAIN_NS;
		CLEANUP_ERROR struct error *e = line_write(c->place, keys, strlen(keys), again);
		while (!e && !ended && clock_monotonic_ns() < again) {
			CLEANUP_BUFFER struct buffer in = {0};
			e = line_listen(c->place, again, &in);
			ended = c->fn(buffer_str(&in), in.len, c->arg);
		}
		if (e)
			return;
	}
}

static struct error *program_failed(const struct process *p, const char *program,
				    const char *log_path)
{
	char how[32];
	process_describe(p, how, sizeof(how));
	CLEANUP_BUFFER struct buffer said = {0};
	error_free(file_read(log_path, 65536, ERROR_LAB, &said));
	while (said.len && strchr(" \r\n", said.data[said.len - 1]))
		buffer_truncate(&said, said.len - 1);
	const char *last = strrchr(buffer_str(&said), '\n');
	return error_new(ERROR_LAB, "%s: %s%s%s", program, how, said.len ? ": " : "",
			 last ? last + 1 : buffer_str(&said));
}

struct error *transfer_send(struct board_place *place, enum transfer_protocol protocol,
			    const char *file, int64_t deadline_ns, transfer_fn *fn, void *arg)
{
	const char *const *argv = command_of(protocol);
	CLEANUP_CLOSE int source = open(file, O_RDONLY | O_CLOEXEC);
	if (source < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", file);
	CLEANUP_FREE char *log_path = path_join(place->run_dir, LAYOUT_TRANSFER_LOG);
	CLEANUP_CLOSE int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (log < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", log_path);
	CLEANUP_CLOSE int terminal = -1;
	CLEANUP_CLOSE int slave = -1;
	TRY(terminal_open(&terminal, &slave));
	const struct process_spec spec = {
	    .argv = argv,
	    .in = slave,
	    .out = slave,
	    .err = log,
	    .pass = source,
	    .die_with_parent = true,
	};
	CLEANUP_PROCESS struct process program = PROCESS_NONE;
	TRY(process_spawn(&spec, &program));
	cleanup_close(&slave); // else its end would be noticed by nobody
	struct carry c = {.place = place, .terminal = terminal, .fn = fn, .arg = arg};
	struct stat st;
	c.size = fstat(source, &st) == 0 ? (uint64_t)st.st_size : 0;
	c.start_ns = c.last_ns = clock_monotonic_ns();
	struct error *e = carry_bytes(&c, deadline_ns);
	if (!e && process_wait(&program, clock_monotonic_ns() + NS_PER_S) && program.status != 0)
		e = program_failed(&program, argv[0], log_path);
	if (e)
		abort_receiver(&c, protocol);
	return error_wrap(e, "transfer by %s", argv[0]);
}
