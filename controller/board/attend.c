// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/attend.h"

#include "base/clock.h"
#include "base/file.h"

#define SEND_LIMIT_NS (10 * NS_PER_S)

static struct error *take_bytes(void *arg, const char *bytes, size_t len, int64_t now_ns)
{
	struct attend *a = arg;
	TRY(capture_feed(&a->capture, bytes, len, now_ns));
	if (a->show < 0 || a->raw)
		return a->show < 0 ? NULL : file_write_all(a->show, bytes, len, "terminal");
	CLEANUP_BUFFER struct buffer safe = {0};
	terminal_filter_feed(&a->filter, bytes, len, &safe);
	return file_write_all(a->show, buffer_str(&safe), safe.len, "terminal");
}

static void take_note(void *arg, const char *what, const char *detail)
{
	const struct attend *a = arg;
	if (a->notes)
		fprintf(a->notes, "%s%s%s\n", what, detail && *detail ? ": " : "",
			detail ? detail : "");
}

struct error *attend_init(struct attend *a, struct board *board, const char *log_dir)
{
	*a = (struct attend){.pump = PUMP_NONE, .show = -1, .capture = CAPTURE_NONE, .filter = {0}};
	a->pump.line = board_line(board);
	a->pump.sink = (struct pump_sink){.take = take_bytes, .note = take_note, .arg = a};
	a->wait = pump_board_wait(&a->pump);
	TRY(file_make_dirs(log_dir));
	TRY(capture_init(&a->capture, log_dir));
	return pump_take_signals(&a->pump);
}

void attend_deinit(struct attend *a)
{
	if (!a)
		return;
	capture_deinit(&a->capture);
	pump_deinit(&a->pump);
}

struct error *attend_send(struct attend *a, const char *bytes, size_t len)
{
	return line_write(a->pump.line->place, bytes, len, clock_monotonic_ns() + SEND_LIMIT_NS);
}
