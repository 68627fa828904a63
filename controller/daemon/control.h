// SPDX-License-Identifier: GPL-2.0-or-later
// The daemon's control socket: one JSON object a line, both ways. Who asks is what the kernel says of the
// peer (SO_PEERCRED), never what he says himself.
#ifndef DAEMON_CONTROL_H
#define DAEMON_CONTROL_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

#define CONTROL_GROUP       "mmfarm" // its members may change things
#define CONTROL_LINE_MAX    ((size_t)64 << 10)
#define CONTROL_CLIENTS_MAX 64
// What a reader may leave unread before it is let go.
#define CONTROL_UNREAD_MAX ((size_t)16 << 20)

struct control;
struct control_client;

struct control_peer {
	uid_t uid;
	char name[64];   // of the user; his number where he has none
	bool may_change; // root, the daemon's own user, or a member of CONTROL_GROUP
};

// A line that a client sent; `request` is the caller's until it returns.
typedef void control_fn(void *arg, struct control_client *c, const struct control_peer *peer,
			json_t *request);

// Listens at `path` (of any length). ERROR_SYSTEM.
struct error *control_open(const char *path, struct control **out) ERROR_RESULT;
void control_close(struct control *c);
CLEANUP_DEFINE(cleanup_control, struct control *, control_close)
#define CLEANUP_CONTROL CLEANUP(cleanup_control)

// What it waits for: appends to `fds` (at most `max`), returns how many.
size_t control_fds(const struct control *c, struct pollfd *fds, size_t max);
// Takes who comes, what they say, and sends what is unsent; never waits.
void control_step(struct control *c, control_fn *take, void *arg);

// Sends a line; takes `answer` over. Nothing is sent to a client that is gone.
void control_send(struct control_client *c, json_t *answer);
void control_send_error(struct control_client *c, const struct error *e);

// The client wants to hear what becomes of a batch ("" none).
void control_follow(struct control_client *c, const char *batch);
// Sends a copy to each who follows the batch.
void control_tell(struct control *c, const char *batch, json_t *news);
bool control_is_followed(const struct control *c, const char *batch);
void control_unfollow(struct control *c, const char *batch);
// A batch that somebody follows and that is not known (any more); NULL: there is none.
const char *control_lost_batch(const struct control *c,
			       bool (*is_known)(void *arg, const char *batch), void *arg);

// ---- the other end ------------------------------------------------------------------------------

// Connects; -1 in *fd: nobody listens there.
struct error *control_connect(const char *path, int *fd) ERROR_RESULT;
struct error *control_write(int fd, const json_t *request) ERROR_RESULT;
// The next line, waiting for it at most `wait_ms` (-1: for ever); *out is the caller's. NULL in *out: the
// daemon is gone. What was read beyond it stays in `rest`.
struct buffer;
struct error *control_read(int fd, struct buffer *rest, int wait_ms, json_t **out) ERROR_RESULT;

#endif
