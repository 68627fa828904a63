// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/control.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"

#define GROUPS_MAX 256

struct control_client {
	int fd; // -1: gone
	struct control_peer peer;
	struct buffer in, out;
	char follows[64];
};

struct control {
	int fd;
	char *path;
	struct control_client *clients[CONTROL_CLIENTS_MAX];
	size_t count;
};

// ---- addresses ----------------------------------------------------------------------------------

// A path that does not fit into an address is reached by its folder's descriptor.
static struct error *make_address(const char *path, struct sockaddr_un *address, int *folder)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	*folder = -1;
	if (strlen(path) < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, strlen(path) + 1);
		return NULL;
	}
	const char *slash = strrchr(path, '/');
	CLEANUP_FREE char *dir = memory_strndup(path, slash ? (size_t)(slash - path) : 0);
	*folder = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", dir);
	int n = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/%s",
			 *folder, slash + 1);
	if (n < 0 || (size_t)n >= sizeof(address->sun_path))
		return error_new(ERROR_SYSTEM, "%s: too long a name", path);
	return NULL;
}

static struct error *new_socket(int *fd)
{
	*fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *fd < 0 ? error_errno(ERROR_SYSTEM, errno, "socket") : NULL;
}

// All may connect: what they may do is decided by who they are. Its group is told for people who look.
static void set_access(const char *path)
{
	const struct group *g = getgrnam(CONTROL_GROUP);
	if (g && chown(path, (uid_t)-1, g->gr_gid) < 0)
		(void)errno; // not ours to give: members are known by their name all the same
	if (chmod(path, 0666) < 0)
		(void)errno;
}

struct error *control_open(const char *path, struct control **out)
{
	CLEANUP_CLOSE int fd = -1, folder = -1;
	struct sockaddr_un address;
	TRY(make_address(path, &address, &folder));
	TRY(new_socket(&fd));
	unlink(path); // of a daemon that died; one that lives holds the lock of the results
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 16) < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	set_access(path);
	struct control *c = memory_new(1, sizeof(*c));
	c->fd = steal_fd(&fd);
	c->path = memory_strdup(path);
	*out = c;
	return NULL;
}

static void free_client(struct control_client *c)
{
	cleanup_close(&c->fd);
	buffer_deinit(&c->in);
	buffer_deinit(&c->out);
	free(c);
}

void control_close(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++)
		free_client(c->clients[i]);
	cleanup_close(&c->fd);
	unlink(c->path);
	free(c->path);
	free(c);
}

// ---- who asks -----------------------------------------------------------------------------------

static bool is_member(const struct passwd *user)
{
	const struct group *g = getgrnam(CONTROL_GROUP);
	if (!g)
		return false;
	gid_t wanted = g->gr_gid, groups[GROUPS_MAX];
	int count = GROUPS_MAX;
	getgrouplist(user->pw_name, user->pw_gid, groups, &count);
	for (int i = 0; i < count && i < GROUPS_MAX; i++)
		if (groups[i] == wanted)
			return true;
	return false;
}

static void find_peer(int fd, struct control_peer *peer)
{
	struct ucred cred = {.uid = (uid_t)-1};
	socklen_t len = sizeof(cred);
	*peer = (struct control_peer){.uid = (uid_t)-1};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return;
	peer->uid = cred.uid;
	const struct passwd *user = getpwuid(cred.uid);
	if (user)
		snprintf(peer->name, sizeof(peer->name), "%s", user->pw_name);
	else
		snprintf(peer->name, sizeof(peer->name), "%u", cred.uid);
	peer->may_change = cred.uid == 0 || cred.uid == geteuid() || (user && is_member(user));
}

// ---- sending ------------------------------------------------------------------------------------

static void let_go(struct control_client *c)
{
	cleanup_close(&c->fd);
	buffer_truncate(&c->out, 0);
}

static void flush(struct control_client *c)
{
	size_t sent = 0;
	while (c->fd >= 0 && sent < c->out.len) {
		ssize_t n =
		    send(c->fd, c->out.data + sent, c->out.len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0)
			sent += (size_t)n;
		else if (n < 0 && errno == EINTR)
			continue;
		else if (n < 0 && errno == EAGAIN)
			break;
		else
			let_go(c);
	}
	if (c->fd < 0)
		return;
	if (sent)
		memmove(c->out.data, c->out.data + sent, c->out.len - sent);
	buffer_truncate(&c->out, c->out.len - sent);
	if (c->out.len > CONTROL_UNREAD_MAX)
		let_go(c);
}

static void send_line(struct control_client *c, const json_t *line)
{
	if (c->fd < 0)
		return;
	char *text = json_dumps(line, JSON_COMPACT);
	if (text)
		buffer_printf(&c->out, "%s\n", text);
	free(text);
	flush(c);
}

void control_send(struct control_client *c, json_t *answer)
{
	send_line(c, answer);
	json_decref(answer);
}

void control_send_error(struct control_client *c, const struct error *e)
{
	enum error_kind kind = error_kind(e);
	bool usage = kind == ERROR_USAGE || kind == ERROR_CONFIG;
	control_send(c, json_pack("{s:s, s:b}", "error", error_text(e), "usage", usage));
}

void control_follow(struct control_client *c, const char *batch)
{
	snprintf(c->follows, sizeof(c->follows), "%s", batch);
}

void control_tell(struct control *c, const char *batch, json_t *news)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->clients[i]->follows, batch) == 0)
			send_line(c->clients[i], news);
	json_decref(news);
}

bool control_is_followed(const struct control *c, const char *batch)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->clients[i]->fd >= 0 && strcmp(c->clients[i]->follows, batch) == 0)
			return true;
	return false;
}

void control_unfollow(struct control *c, const char *batch)
{
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->clients[i]->follows, batch) == 0)
			c->clients[i]->follows[0] = '\0';
}

const char *control_lost_batch(const struct control *c,
			       bool (*is_known)(void *arg, const char *batch), void *arg)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->clients[i]->follows[0] && !is_known(arg, c->clients[i]->follows))
			return c->clients[i]->follows;
	return NULL;
}

// ---- receiving ----------------------------------------------------------------------------------

size_t control_fds(const struct control *c, struct pollfd *fds, size_t max)
{
	size_t n = 0;
	if (n < max && c->count < CONTROL_CLIENTS_MAX)
		fds[n++] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	for (size_t i = 0; i < c->count && n < max; i++) {
		short out = c->clients[i]->out.len ? POLLOUT : 0;
		fds[n++] =
		    (struct pollfd){.fd = c->clients[i]->fd, .events = (short)(POLLIN | out)};
	}
	return n;
}

static void accept_all(struct control *c)
{
	while (c->count < CONTROL_CLIENTS_MAX) {
		int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		struct control_client *client = memory_new(1, sizeof(*client));
		client->fd = fd;
		find_peer(fd, &client->peer);
		c->clients[c->count++] = client;
	}
}

static void take_line(struct control_client *c, const char *line, size_t len, control_fn *take,
		      void *arg)
{
	json_error_t why;
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	if (json_is_object(request))
		take(arg, c, &c->peer, request);
	else
		control_send(c, json_pack("{s:s, s:b}", "error", "expected a JSON object in a line",
					  "usage", true));
	json_decref(request);
}

static void take_lines(struct control_client *c, control_fn *take, void *arg)
{
	char *newline;
	while (c->fd >= 0 && c->in.len && (newline = memchr(c->in.data, '\n', c->in.len))) {
		size_t len = (size_t)(newline - c->in.data);
		take_line(c, c->in.data, len, take, arg);
		memmove(c->in.data, c->in.data + len + 1, c->in.len - len - 1);
		buffer_truncate(&c->in, c->in.len - len - 1);
	}
	if (c->in.len > CONTROL_LINE_MAX)
		let_go(c);
}

static void receive(struct control_client *c, control_fn *take, void *arg)
{
	char chunk[4096];
	while (c->fd >= 0) {
		ssize_t n = recv(c->fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			let_go(c);
			return;
		}
		buffer_append(&c->in, chunk, (size_t)n);
		take_lines(c, take, arg);
	}
}

void control_step(struct control *c, control_fn *take, void *arg)
{
	accept_all(c);
	for (size_t i = 0; i < c->count; i++) {
		receive(c->clients[i], take, arg);
		flush(c->clients[i]);
	}
	size_t kept = 0;
	for (size_t i = 0; i < c->count; i++) {
		if (c->clients[i]->fd < 0)
			free_client(c->clients[i]);
		else
			c->clients[kept++] = c->clients[i];
	}
	c->count = kept;
}

// ---- the other end ------------------------------------------------------------------------------

struct error *control_connect(const char *path, int *fd)
{
	CLEANUP_CLOSE int own = -1, folder = -1;
	struct sockaddr_un address;
	*fd = -1;
	if (!file_exists(path))
		return NULL;
	TRY(make_address(path, &address, &folder));
	TRY(new_socket(&own));
	if (connect(own, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			return NULL; // of a daemon that died
		return error_errno(ERROR_SYSTEM, errno, "%s", path);
	}
	*fd = steal_fd(&own);
	return NULL;
}

struct error *control_write(int fd, const json_t *request)
{
	char *text = json_dumps(request, JSON_COMPACT);
	CLEANUP_FREE char *line = memory_printf("%s\n", text ? text : "{}");
	free(text);
	size_t len = strlen(line), sent = 0;
	while (sent < len) {
		ssize_t n = send(fd, line + sent, len - sent, MSG_NOSIGNAL);
		struct pollfd p = {.fd = fd, .events = POLLOUT};
		if (n > 0)
			sent += (size_t)n;
		else if (n < 0 && (errno == EAGAIN || errno == EINTR))
			poll(&p, 1, 1000);
		else
			return error_errno(ERROR_SYSTEM, errno, "the daemon's control socket");
	}
	return NULL;
}

static bool take_answer(struct buffer *rest, json_t **out)
{
	char *newline = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
	if (!newline)
		return false;
	size_t len = (size_t)(newline - rest->data);
	*out = json_loadb(rest->data, len, 0, NULL);
	memmove(rest->data, rest->data + len + 1, rest->len - len - 1);
	buffer_truncate(rest, rest->len - len - 1);
	return true;
}

struct error *control_read(int fd, struct buffer *rest, int wait_ms, json_t **out)
{
	*out = NULL;
	while (!take_answer(rest, out)) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int ready = poll(&p, 1, wait_ms);
		if (ready == 0)
			return error_new(ERROR_LAB, "the daemon does not answer");
		char chunk[16384];
		ssize_t n = ready < 0 ? -1 : recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
		if (n == 0)
			return NULL;
		if (n < 0 && errno == EINTR)
			return error_errno(ERROR_LAB, EINTR, "interrupted");
		if (n < 0 && errno != EAGAIN)
			return NULL;
		if (n > 0)
			buffer_append(rest, chunk, (size_t)n);
	}
	return *out ? NULL : error_new(ERROR_BUG, "the daemon's answer is no JSON");
}
