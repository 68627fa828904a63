// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/server.h"

#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <strings.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/stop_signal.h"
#include "record/layout.h"
#include "results/console.h"
#include "web/access.h"
#include "web/answer.h"
#include "web/library.h"
#include "web/listen.h"
#include "web/stream.h"

#define CONNECTIONS_MAX  512
#define CONNECTION_BYTES (32u << 10)     // of a request's head, and of what is being sent
#define IDLE_S           30              // nothing moved
#define REQUEST_NS       (20 * NS_PER_S) // a whole request must have come
#define ANSWER_NS        (60 * NS_PER_S) // a page must have been taken
#define BLOCK_BYTES      (32u << 10)

struct peer {
	struct peer *next, *previous;
	struct MHD_Connection *connection;
	int64_t since_ns; // since when it is in this state
	enum { PEER_ASKS, PEER_TAKES, PEER_STREAMS } state;
};

struct live {
	struct live *next, *previous;
	struct web_server *server;
	struct MHD_Connection *connection;
	struct stream *stream; // owned
	bool suspended;
};

struct web_server {
	const struct web_options *o;
	struct web_access access;
	struct web_context context;
	struct library library;
	struct MHD_Daemon *daemon;
	struct peer *peers;
	struct live *lives;
	int64_t ticked_ns, looked_ns;
};

// What one request is, from its first line to its end.
struct exchange {
	char *target; // owned
	bool begun;
};

// ---- headers ------------------------------------------------------------------------------------

static void add_headers(const struct web_server *s, struct MHD_Response *r)
{
	static const char *const headers[][2] = {
	    {"Content-Security-Policy",
	     "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
	     "frame-ancestors 'none'"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Referrer-Policy", "no-referrer"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		MHD_add_response_header(r, headers[i][0], headers[i][1]);
	if (s->access.token)
		MHD_add_response_header(r, "Vary", "Authorization, Accept, Accept-Encoding");
	else
		MHD_add_response_header(r, "Vary", "Accept, Accept-Encoding");
}

static const char *header_of(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static enum MHD_Result respond(const struct web_server *s, struct MHD_Connection *c,
			       unsigned status, struct MHD_Response *r)
{
	if (!r)
		return MHD_NO;
	add_headers(s, r);
	enum MHD_Result sent = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return sent;
}

// ---- pages --------------------------------------------------------------------------------------

// Whether the reader has this body already.
static bool has_tag(const char *header, const char *tag)
{
	return header && tag[0] && (strstr(header, tag) || strcmp(header, "*") == 0);
}

static bool takes_gzip(struct MHD_Connection *c)
{
	const char *header = header_of(c, MHD_HTTP_HEADER_ACCEPT_ENCODING);
	const char *gzip = header ? strstr(header, "gzip") : NULL;
	return gzip && strncmp(gzip, "gzip;q=0", 8) != 0;
}

static const char *cache_of(const struct web_server *s, const struct web_answer *a)
{
	if (a->immutable)
		return "public, max-age=31536000, immutable";
	if (a->moving)
		return "no-store";
	return s->access.token ? "private, no-cache" : "no-cache";
}

static enum MHD_Result send_answer(const struct web_server *s, struct MHD_Connection *c,
				   struct web_answer *a)
{
	CLEANUP_BUFFER struct buffer packed = {0};
	bool gzip = takes_gzip(c) && web_answer_pack(&a->body, &packed);
	struct buffer *body = gzip ? &packed : &a->body;
	CLEANUP_FREE char *tag = memory_printf("\"%s%s\"", a->tag, gzip ? "-gz" : "");
	unsigned status = a->status;
	if (status == 200 && has_tag(header_of(c, MHD_HTTP_HEADER_IF_NONE_MATCH), a->tag)) {
		status = MHD_HTTP_NOT_MODIFIED;
		buffer_truncate(body, 0);
	}
	size_t len = body->len;
	struct MHD_Response *r =
	    len ? MHD_create_response_from_buffer(len, buffer_steal(body), MHD_RESPMEM_MUST_FREE)
		: MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
						  MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, cache_of(s, a));
	if (a->tag[0])
		MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, tag);
	if (gzip)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return respond(s, c, status, r);
}

static enum MHD_Result refuse(const struct web_server *s, struct MHD_Connection *c, unsigned status,
			      const char *text, const char *header, const char *value)
{
	CLEANUP_WEB_ANSWER struct web_answer a = {0};
	web_answer_refuse(status, text, &a);
	size_t len = a.body.len;
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(len, buffer_steal(&a.body), MHD_RESPMEM_MUST_FREE);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a.type);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	// What is left of a refused request is not taken for the next one.
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	if (header)
		MHD_add_response_header(r, header, value);
	return respond(s, c, status, r);
}

// ---- a console's bytes --------------------------------------------------------------------------

struct console_bytes {
	struct console *console; // owned
	uint64_t from;
};

static ssize_t read_bytes(void *arg, uint64_t at, char *out, size_t room)
{
	struct console_bytes *b = arg;
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_ERROR struct error *e = console_read(b->console, b->from + at, room, &text);
	if (e)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (text.len == 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	memcpy(out, text.data, text.len);
	return (ssize_t)text.len;
}

static void free_bytes(void *arg)
{
	struct console_bytes *b = arg;
	console_close(b->console);
	free(b);
}

// "bytes=FIRST-" or "bytes=FIRST-LAST"; anything else is all of it.
static bool parse_range(const char *header, uint64_t size, uint64_t *first, uint64_t *last)
{
	char *end;
	if (!header || strncmp(header, "bytes=", 6) != 0 || header[6] < '0' || header[6] > '9')
		return false;
	*first = strtoull(header + 6, &end, 10);
	*last = size - 1;
	if (*end != '-')
		return false;
	if (end[1] >= '0' && end[1] <= '9') {
		*last = strtoull(end + 1, &end, 10);
		if (*end)
			return false;
	} else if (end[1]) {
		return false;
	}
	if (*last >= size)
		*last = size - 1;
	return *first <= *last && *first < size;
}

static enum MHD_Result send_bytes(struct web_server *s, struct MHD_Connection *c,
				  const struct web_answer *a, struct peer *peer)
{
	CLEANUP_FREE char *dir = layout_run(s->o->results, a->run);
	CLEANUP_CONSOLE struct console *console = NULL;
	if (a->run[0] != '.')
		error_free(console_open(dir, &console));
	if (!console)
		return refuse(s, c, 404, "There is no such console", NULL, NULL);
	uint64_t size = console_size(console), first = 0, last = size ? size - 1 : 0;
	bool part = size && parse_range(header_of(c, MHD_HTTP_HEADER_RANGE), size, &first, &last);
	if (!part) {
		first = 0;
		last = size ? size - 1 : 0;
	}
	struct console_bytes *b = memory_new(1, sizeof(*b));
	*b = (struct console_bytes){STEAL(console), first};
	uint64_t len = size ? last - first + 1 : 0;
	struct MHD_Response *r =
	    MHD_create_response_from_callback(len, BLOCK_BYTES, read_bytes, b, free_bytes);
	if (!r) {
		free_bytes(b);
		return MHD_NO;
	}
	CLEANUP_FREE char *name =
	    memory_printf("attachment; filename=\"%s.%s\"", a->run, LAYOUT_CONSOLE);
	CLEANUP_FREE char *range =
	    memory_printf("bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, last, size);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/octet-stream");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_DISPOSITION, name);
	MHD_add_response_header(r, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-cache");
	if (part)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	peer->state = PEER_STREAMS;
	return respond(s, c, part ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK, r);
}

// ---- live consoles ------------------------------------------------------------------------------

static ssize_t read_live(void *arg, uint64_t at, char *out, size_t room)
{
	struct live *l = arg;
	(void)at;
	ssize_t n = stream_read(l->stream, out, room, clock_monotonic_ns());
	if (n < 0)
		return MHD_CONTENT_READER_END_OF_STREAM;
	// Without this libmicrohttpd would ask again and again.
	if (n == 0) {
		l->suspended = true;
		MHD_suspend_connection(l->connection);
	}
	return n;
}

static void free_live(void *arg)
{
	struct live *l = arg;
	if (l->previous)
		l->previous->next = l->next;
	else
		l->server->lives = l->next;
	if (l->next)
		l->next->previous = l->previous;
	stream_close(l->stream);
	free(l);
}

static struct live *new_live(struct web_server *s, struct MHD_Connection *c, struct stream *stream)
{
	struct live *l = memory_new(1, sizeof(*l));
	*l = (struct live){.next = s->lives, .server = s, .connection = c, .stream = stream};
	if (s->lives)
		s->lives->previous = l;
	s->lives = l;
	return l;
}

// Where the reader was: what he heard last counts before what the URL says.
static uint64_t live_from(struct MHD_Connection *c, const struct web_answer *a)
{
	const char *last = header_of(c, "Last-Event-ID");
	char *end;
	if (last && last[0] >= '0' && last[0] <= '9') {
		unsigned long long at = strtoull(last, &end, 10);
		if (!*end)
			return at;
	}
	return a->from > 0 ? (uint64_t)a->from : 0;
}

static enum MHD_Result send_live(struct web_server *s, struct MHD_Connection *c,
				 const struct web_answer *a, struct peer *peer)
{
	struct stream *stream = NULL;
	if (a->run[0] != '.')
		error_free(stream_open(s->o->results, a->run, live_from(c, a), a->skip, &stream));
	if (!stream)
		return refuse(s, c, 404, "There is no such console", NULL, NULL);
	struct live *l = new_live(s, c, stream);
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES,
								   read_live, l, free_live);
	if (!r) {
		free_live(l);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store, no-transform");
	MHD_add_response_header(r, "X-Accel-Buffering", "no");
	peer->state = PEER_STREAMS;
	return respond(s, c, MHD_HTTP_OK, r);
}

static void wake_lives(struct web_server *s, bool all)
{
	int64_t now_ns = clock_monotonic_ns();
	for (struct live *l = s->lives; l; l = l->next)
		if (l->suspended && (all || stream_is_ready(l->stream, now_ns))) {
			l->suspended = false;
			MHD_resume_connection(l->connection);
		}
}

// ---- requests -----------------------------------------------------------------------------------

struct header_count {
	size_t lengths, encodings;
	bool has_body;
};

static enum MHD_Result count_header(void *arg, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	struct header_count *n = arg;
	(void)kind;
	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
		n->lengths++;
		n->has_body = n->has_body || !value || strcmp(value, "0") != 0;
	}
	if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0)
		n->encodings++;
	return MHD_YES;
}

// Why a request is refused before anything is looked at; 0: it is not.
static enum MHD_Result check_request(const struct web_server *s, struct MHD_Connection *c,
				     const char *method, bool *refused)
{
	struct header_count n = {0};
	MHD_get_connection_values(c, MHD_HEADER_KIND, count_header, &n);
	*refused = true;
	// A body is nothing that a page wants; two words about its length are an attempt to smuggle.
	if (n.encodings || n.lengths > 1 || n.has_body)
		return refuse(s, c, 400, "A request for a page has no body", NULL, NULL);
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return refuse(s, c, 405, "Pages are read by GET and HEAD", "Allow", "GET, HEAD");
	if (!web_access_knows_host(&s->access, header_of(c, MHD_HTTP_HEADER_HOST)))
		return refuse(s, c, 421, "This server is not called so (--host)", NULL, NULL);
	if (!web_access_allows(&s->access, header_of(c, MHD_HTTP_HEADER_AUTHORIZATION)))
		return refuse(s, c, 401, "These pages want the token, as the password of any user",
			      "WWW-Authenticate", "Basic realm=\"mmfarm\", charset=\"UTF-8\"");
	*refused = false;
	return MHD_YES;
}

static struct peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return i ? i->socket_context : NULL;
}

static enum MHD_Result answer(struct web_server *s, struct MHD_Connection *c,
			      const struct exchange *x, struct peer *peer)
{
	CLEANUP_WEB_ANSWER struct web_answer a = {0};
	struct error *trouble = library_refresh(&s->library);
	s->context.store = s->library.store;
	s->context.now_ns = clock_realtime_ns();
	if (trouble)
		web_answer_refuse(503, "The store cannot be read; the server's log says why", &a);
	else
		web_answer_make(&s->context, x->target, header_of(c, MHD_HTTP_HEADER_ACCEPT), &a,
				&trouble);
	if (trouble)
		s->o->complains(error_text(trouble));
	error_free(trouble);
	if (a.run)
		return a.kind == ROUTE_LIVE ? send_live(s, c, &a, peer)
					    : send_bytes(s, c, &a, peer);
	return send_answer(s, c, &a);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *len, void **context)
{
	struct web_server *s = arg;
	struct exchange *x = *context;
	struct peer *peer = peer_of(c);
	(void)url, (void)version, (void)data;
	if (!x || !peer)
		return MHD_NO;
	if (*len > 0)
		return MHD_NO; // a body that check_request was not told of
	if (!x->begun) {
		bool refused;
		x->begun = true;
		peer->state = PEER_TAKES;
		peer->since_ns = clock_monotonic_ns();
		return check_request(s, c, method, &refused);
	}
	return answer(s, c, x, peer);
}

static void *take_target(void *arg, const char *target, struct MHD_Connection *c)
{
	(void)arg, (void)c;
	struct exchange *x = memory_new(1, sizeof(*x));
	x->target = memory_strndup(target, WEB_TARGET_MAX + 1);
	return x;
}

static void end_exchange(void *arg, struct MHD_Connection *c, void **context,
			 enum MHD_RequestTerminationCode why)
{
	struct exchange *x = *context;
	struct peer *peer = peer_of(c);
	(void)arg, (void)why;
	if (x)
		free(x->target);
	free(x);
	*context = NULL;
	if (!peer)
		return;
	peer->state = PEER_ASKS;
	peer->since_ns = clock_monotonic_ns();
}

// ---- connections --------------------------------------------------------------------------------

static void notice_peer(void *arg, struct MHD_Connection *c, void **context,
			enum MHD_ConnectionNotificationCode what)
{
	struct web_server *s = arg;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		struct peer *p = memory_new(1, sizeof(*p));
		*p = (struct peer){
		    .next = s->peers, .connection = c, .since_ns = clock_monotonic_ns()};
		if (s->peers)
			s->peers->previous = p;
		s->peers = p;
		*context = p;
		return;
	}
	struct peer *p = *context;
	if (!p)
		return;
	if (p->previous)
		p->previous->next = p->next;
	else
		s->peers = p->next;
	if (p->next)
		p->next->previous = p->previous;
	free(p);
	*context = NULL;
}

// Who asks or takes slower than anybody does is let go, however steadily he trickles.
static void drop_slow(struct web_server *s)
{
	int64_t now_ns = clock_monotonic_ns();
	for (struct peer *p = s->peers; p; p = p->next) {
		int64_t limit = p->state == PEER_ASKS ? REQUEST_NS : ANSWER_NS;
		if (p->state == PEER_STREAMS || now_ns - p->since_ns < limit)
			continue;
		const union MHD_ConnectionInfo *i =
		    MHD_get_connection_info(p->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (i)
			shutdown(i->connect_fd, SHUT_RDWR);
	}
}

// ---- the loop -----------------------------------------------------------------------------------

static int wait_ms(const struct web_server *s)
{
	MHD_UNSIGNED_LONG_LONG mhd;
	int ms = s->lives ? STREAM_TICK_MS : s->peers ? 1000 : 60000;
	if (MHD_get_timeout(s->daemon, &mhd) == MHD_YES && mhd < (MHD_UNSIGNED_LONG_LONG)ms)
		ms = (int)mhd;
	return ms;
}

static void tick(struct web_server *s)
{
	int64_t now_ns = clock_monotonic_ns();
	if (s->lives && now_ns - s->ticked_ns >= STREAM_TICK_MS * NS_PER_MS) {
		s->ticked_ns = now_ns;
		wake_lives(s, false);
	}
	if (now_ns - s->looked_ns >= NS_PER_S) {
		s->looked_ns = now_ns;
		drop_slow(s);
	}
}

static struct error *loop(struct web_server *s, int stop_fd)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return error_new(ERROR_SYSTEM, "libmicrohttpd has no epoll");
	struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN},
			       {.fd = stop_fd, .events = POLLIN}};
	for (;;) {
		if (poll(fds, 2, wait_ms(s)) < 0 && errno != EINTR)
			return error_errno(ERROR_SYSTEM, errno, "poll");
		if (fds[1].revents)
			return NULL;
		tick(s);
		if (MHD_run(s->daemon) != MHD_YES)
			return error_new(ERROR_SYSTEM, "libmicrohttpd gave up");
	}
}

static struct error *start(struct web_server *s, const struct listen_address *at)
{
	s->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
		(at->address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0),
	    0, NULL, NULL, handle, s, MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&at->address,
	    MHD_OPTION_URI_LOG_CALLBACK, take_target, s, MHD_OPTION_NOTIFY_COMPLETED, end_exchange,
	    s, MHD_OPTION_NOTIFY_CONNECTION, notice_peer, s, MHD_OPTION_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
	    MHD_OPTION_END);
	if (!s->daemon)
		return error_errno(ERROR_SYSTEM, errno, "%s", s->o->listen);
	const union MHD_DaemonInfo *port =
	    MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT);
	s->o->listens(at->host, port ? (unsigned)port->port : at->port);
	return NULL;
}

struct error *web_serve(const struct web_options *o)
{
	struct listen_address at;
	TRY(listen_parse(o->listen, &at));
	if (!at.loopback && !o->token)
		return error_new(ERROR_USAGE,
				 "%s can be reached from elsewhere: it needs --token-file",
				 o->listen);
	if (!file_is_directory(o->results))
		return error_new(ERROR_USAGE, "%s: no such results directory", o->results);
	struct web_server s = {.o = o,
			       .access = {o->token, o->host},
			       .context = {.results = o->results, .socket = o->socket},
			       .library = {.results = o->results}};
	CLEANUP_CLOSE int stop_fd = -1;
	TRY(stop_signal_open(&stop_fd));
	struct error *e = library_refresh(&s.library);
	if (!e)
		e = start(&s, &at);
	if (!e)
		e = loop(&s, stop_fd);
	if (s.daemon) {
		wake_lives(&s, true);
		MHD_stop_daemon(s.daemon);
	}
	library_deinit(&s.library);
	context_deinit(&s.context);
	return e;
}
