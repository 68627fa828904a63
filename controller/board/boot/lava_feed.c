// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/boot/lava_feed.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "lava/log.h"
#include "record/layout.h"

enum { STREAM = 0, CONSOLE = 1, LOG = 3, NEWS = 4 };

// Steps of LAVA's whose begin is news. Names are those of 2023.01 to 2026.10.
static const struct {
	const char *words;
	char news;
} steps[] = {
    {" execute-qemu", LAVA_NEWS_BOOT},    {" reset-device", LAVA_NEWS_BOOT},
    {" pdu-reboot", LAVA_NEWS_BOOT},      {" lava-test-monitor", LAVA_NEWS_TEST},
    {" lava-test-retry", LAVA_NEWS_TEST}, {" finalize", LAVA_NEWS_END},
};

static void tell(char news)
{
	ssize_t ignored = write(NEWS, &news, 1);
	(void)ignored; // nobody waits for it any more
}

// "start: 2.1 execute-qemu (timeout 00:01:00) [common]"
static bool begins(struct lava_text text, const char *words)
{
	static const char start[] = "start: ";
	size_t at = sizeof(start) - 1, len = strlen(words);
	if (text.len < at || memcmp(text.ptr, start, at) != 0)
		return false;
	while (at < text.len && text.ptr[at] != ' ')
		at++;
	return text.len - at > len && memcmp(text.ptr + at, words, len) == 0;
}

static void on_record(void *arg, const struct lava_record *record)
{
	(void)arg;
	if (!record->message.ptr || (record->level != LAVA_INFO && record->level != LAVA_DEBUG))
		return;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (begins(record->message, steps[i].words))
			tell(steps[i].news);
}

static void on_console(void *arg, const char *bytes, size_t len)
{
	bool *open = arg;
	if (!*open)
		return;
	struct error *e = file_write_all(CONSOLE, bytes, len, "the console");
	*open = e == NULL;
	error_free(e);
}

static void feed(void *arg)
{
	(void)arg;
	bool open = true, kept = true;
	signal(SIGPIPE, SIG_IGN); // the log is kept to its end, whoever closed the console
	const struct lava_log_events events = {
	    .console = on_console, .record = on_record, .arg = &open};
	CLEANUP_LAVA_LOG struct lava_log *l = lava_log_new(&events);
	char bytes[65536];
	for (;;) {
		ssize_t n = read(STREAM, bytes, sizeof(bytes));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		// Kept first: what is judged can be read again.
		struct error *e =
		    kept ? file_write_all(LOG, bytes, (size_t)n, LAYOUT_LAVA_LOG) : NULL;
		kept = kept && !e;
		error_free(e);
		lava_log_feed(l, bytes, (size_t)n);
	}
	lava_log_end(l);
}

struct error *lava_feed_start(int stream, int console, int log, int news, struct process *out)
{
	static const char *const words[] = {"lava-log", NULL};
	const struct process_spec spec = {
	    .argv = words,
	    .call = feed,
	    .name = "mmfarm",
	    .in = stream,
	    .out = console,
	    .err = -1,
	    .pass = log,
	    .pass_more = &news,
	    .pass_more_count = 1,
	    .new_group = true,
	    .die_with_parent = true,
	};
	return process_spawn(&spec, out);
}
