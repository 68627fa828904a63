// SPDX-License-Identifier: GPL-2.0-or-later
// QEMU's machine protocol, QMP (docs/interop/qmp-spec.rst of QEMU): one JSON object a line.
//
// The machine below is pure: bytes in, answers out. qmp_execute() drives it over a socket.
#ifndef BOARD_QMP_H
#define BOARD_QMP_H

#include <stdbool.h>

#include "base/buffer.h"
#include "board/driver.h"

#define QMP_LINE_LIMIT 65536 // longer messages mean that the other end is not QMP

struct qmp {
	struct buffer pending;   // bytes of an unfinished line
	bool greeted;            // the {"QMP": ...} greeting came
	int major, minor, micro; // QEMU's version, as the greeting tells; 0.0 = it does not
	unsigned answers;        // commands answered, well or badly
	char failure[128];       // text of the last error answer, "" = none
	char shutdown[32];       // reason of the SHUTDOWN event, "" = none came
};

// Safe on NULL and twice; a zeroed struct is a connection that has said nothing yet.
void qmp_deinit(struct qmp *q);

// Takes in bytes; fails on what is not QMP.
struct error *qmp_feed(struct qmp *q, const void *bytes, size_t len) ERROR_RESULT;

// Reads from `fd` until the greeting came.
struct error *qmp_greet(struct qmp *q, int fd, const struct board_wait *wait,
			int64_t deadline_ns) ERROR_RESULT;
// Sends one argument-less command and reads until it is answered.
struct error *qmp_execute(struct qmp *q, int fd, const struct board_wait *wait, const char *command,
			  int64_t deadline_ns) ERROR_RESULT;
// Takes in what has arrived on the non-blocking `fd`, without waiting.
void qmp_drain(struct qmp *q, int fd);

#endif
