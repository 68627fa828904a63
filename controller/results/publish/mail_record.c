// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/mail_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "record/json_fields.h"
#include "record/layout.h"
#include "results/report/report.h"

#define RECORD_LIMIT ((size_t)1 << 20) // bytes of the file

struct mail_line {
	const char *time, *destination, *message_id;
};

static const struct field mail_line_fields[] = {
    NEED(TIME, mail_line, time),
    NEED(TEXT, mail_line, destination),
    NEED(TEXT, mail_line, message_id),
};
static const struct record mail_line_record = RECORD(struct mail_line, mail_line_fields);

// A line that was cut by a full disk is none.
static bool line_is_of(const char *path, const char *line, size_t len, const char *destination,
		       struct buffer *message_id)
{
	CLEANUP_ARENA struct arena arena = {0};
	struct mail_line m = {0};
	CLEANUP_ERROR struct error *e =
	    json_fields_parse(path, line, len, &mail_line_record, &arena, &m);
	if (e || strcmp(m.destination, destination) != 0 || !mail_id_is_valid(m.message_id))
		return false;
	buffer_append_str(message_id, m.message_id);
	return true;
}

struct error *mail_record_find(const char *results_dir, const char *batch, const char *destination,
			       struct buffer *message_id)
{
	CLEANUP_FREE char *path = layout_batch_file(results_dir, batch, LAYOUT_MAILS);
	CLEANUP_BUFFER struct buffer text = {0};
	if (!file_exists(path))
		return NULL;
	TRY(file_read_regular(path, RECORD_LIMIT, ERROR_SYSTEM, &text));
	for (const char *line = buffer_str(&text); *line;) {
		size_t len = strcspn(line, "\n");
		if (line_is_of(path, line, len, destination, message_id))
			return NULL;
		line += len + (line[len] == '\n');
	}
	return NULL;
}

struct error *mail_record_add(const char *results_dir, const char *batch, const char *destination,
			      const char *message_id)
{
	CLEANUP_FREE char *path = layout_batch_file(results_dir, batch, LAYOUT_MAILS);
	CLEANUP_BUFFER struct buffer known = {0}, line = {0};
	char time[CLOCK_RFC3339_SIZE];
	TRY(mail_record_find(results_dir, batch, destination, &known));
	if (known.len > 0)
		return NULL;
	clock_rfc3339(clock_realtime_ns(), time);
	const struct mail_line m = {time, destination, message_id};
	json_fields_print_line(&mail_line_record, &m, &line);
	CLEANUP_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno == ENOENT ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", path);
	return file_write_all(fd, buffer_str(&line), line.len, path);
}
