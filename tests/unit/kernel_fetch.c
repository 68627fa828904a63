// SPDX-License-Identifier: GPL-2.0-or-later
// Downloads from a server of this file's own on the loopback interface. What it answers stands in the
// path; it counts what it was asked.
#include "unit/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "kernel/fetch.h"
#include "unit/folder.h"

#define BODY_SIZE (300 * 1024)

struct shared {
	atomic_int asked, bodies; // requests; those answered with a whole body
	atomic_int version;       // of what /changing has
};
static struct shared *shared;
static char body[BODY_SIZE], sha256[DIGEST_HEX_SIZE];
static int port;

// ---- the server ---------------------------------------------------------------------------------

static void say(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n <= 0)
			_exit(0);
		bytes += n;
		len -= (size_t)n;
	}
}

static void head(int fd, const char *status, const char *more, size_t len)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\nConnection: close\r\n\r\n",
			 status, more, len);
	say(fd, text, (size_t)n);
}

static void say_body(int fd, const char *headers, size_t len)
{
	head(fd, "200 OK", headers, BODY_SIZE);
	say(fd, body, len);
	if (len == BODY_SIZE)
		shared->bodies++;
}

static void answer(int fd, const char *request)
{
	char etag[64], condition[64];
	snprintf(etag, sizeof(etag), "ETag: \"v%d\"\r\n", shared->version);
	snprintf(condition, sizeof(condition), "If-None-Match: \"v%d\"", shared->version);
	if (strncmp(request, "GET /plain", 10) == 0) {
		say_body(fd, "", BODY_SIZE);
	} else if (strncmp(request, "GET /slow", 9) == 0) {
		nanosleep(&(struct timespec){.tv_nsec = 100 * NS_PER_MS}, NULL);
		say_body(fd, "", BODY_SIZE);
	} else if (strncmp(request, "GET /changing", 13) == 0) {
		if (strstr(request, condition))
			head(fd, "304 Not Modified", etag, 0);
		else
			say_body(fd, etag, BODY_SIZE);
	} else if (strncmp(request, "GET /dated", 10) == 0) {
		if (strstr(request, "If-Modified-Since: Tue, 01 Dec 2026 00:00:00 GMT"))
			head(fd, "304 Not Modified", "", 0);
		else
			say_body(fd, "Last-Modified: Tue, 01 Dec 2026 00:00:00 GMT\r\n", BODY_SIZE);
	} else if (strncmp(request, "GET /cut", 8) == 0) {
		say_body(fd, "", BODY_SIZE / 2);
	} else if (strncmp(request, "GET /stalls", 11) == 0) {
		say_body(fd, "", BODY_SIZE / 2);
		sleep(20);
	} else if (strncmp(request, "GET /redirect", 13) == 0) {
		char to[128];
		snprintf(to, sizeof(to), "Location: http://127.0.0.1:%d/plain?sig=abcdef\r\n",
			 port);
		head(fd, "302 Found", to, 0);
	} else if (strncmp(request, "GET /busy", 9) == 0) {
		head(fd, "503 Service Unavailable", "", 0);
	} else {
		head(fd, "404 Not Found", "", 0);
	}
}

static void serve_one(int fd)
{
	char request[4096];
	size_t len = 0;
	while (len + 1 < sizeof(request) && (len < 4 || !strstr(request, "\r\n\r\n"))) {
		ssize_t n = recv(fd, request + len, sizeof(request) - 1 - len, 0);
		if (n <= 0)
			_exit(0);
		len += (size_t)n;
		request[len] = '\0';
	}
	shared->asked++;
	answer(fd, request);
	_exit(0);
}

static void serve(int listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (fork() == 0)
			serve_one(fd);
		close(fd);
	}
}

static pid_t server;

static int start(void **state)
{
	(void)state;
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	shared =
	    mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < BODY_SIZE; i++)
		body[i] = (char)(i * i % 251);
	digest_bytes(body, BODY_SIZE, sha256);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(listener, 64), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	port = ntohs(at.sin_port);
	setenv("no_proxy", "127.0.0.1", 1);
	server = fork();
	if (server == 0)
		serve(listener);
	close(listener);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return 0;
}

// ---- a cache ------------------------------------------------------------------------------------

struct scene {
	char *dir, *path;
	struct error *error;
};

static void scene_deinit(struct scene *s)
{
	folder_remove(s->dir);
	free(s->dir);
	free(s->path);
	error_free(s->error);
}
#define CLEANUP_SCENE CLEANUP(scene_deinit) struct scene

static struct scene scene(void)
{
	shared->asked = 0;
	shared->bodies = 0;
	return (struct scene){.dir = folder_new()};
}

static void get(struct scene *s, const char *what, const char *hex, const struct fetch_limits *l)
{
	CLEANUP_FREE char *url = memory_printf("http://127.0.0.1:%d/%s", port, what);
	free(STEAL(s->path));
	error_free(STEAL(s->error));
	s->error = fetch_url(s->dir, url, hex, l, NULL, &s->path);
}

static void got_the_body(const struct scene *s)
{
	CLEANUP_BUFFER struct buffer text = {0};
	if (s->error)
		fail_msg("%s", error_text(s->error));
	assert_null(file_read(s->path, BODY_SIZE, ERROR_SYSTEM, &text));
	assert_int_equal(text.len, BODY_SIZE);
	assert_memory_equal(text.data, body, BODY_SIZE);
}

static void failed(const struct scene *s, enum error_kind kind, const char *text)
{
	assert_non_null(s->error);
	assert_int_equal(error_kind(s->error), kind);
	if (!strstr(error_text(s->error), text))
		fail_msg("\"%s\" without \"%s\"", error_text(s->error), text);
	if (strstr(error_text(s->error), "abcdef"))
		fail_msg("\"%s\" says a token", error_text(s->error));
}

static size_t files_in(const char *dir, const char *name)
{
	CLEANUP_FREE char *path = path_join(dir, name);
	CLEANUP_CLOSEDIR DIR *d = opendir(path);
	size_t count = 0;
	while (d) {
		const struct dirent *e = readdir(d);
		if (!e)
			break;
		count += e->d_name[0] != '.';
	}
	return count;
}

// ---- tests --------------------------------------------------------------------------------------

static void what_has_a_digest_is_fetched_once(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	get(&s, "plain?sig=abcdef", sha256, NULL);
	got_the_body(&s);
	struct stat st;
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0444);
	get(&s, "elsewhere", sha256, NULL); // whatever its URL
	got_the_body(&s);
	assert_int_equal(shared->asked, 1);
	assert_int_equal(files_in(s.dir, "part"), 0);
}

static void content_that_rotted_is_fetched_again(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	get(&s, "plain", sha256, NULL);
	got_the_body(&s);
	chmod(s.path, 0644);
	assert_int_equal(truncate(s.path, 10), 0);
	get(&s, "plain", sha256, NULL);
	got_the_body(&s);
	assert_int_equal(shared->bodies, 2);
}

static void without_a_digest_the_server_is_asked(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	for (int i = 0; i < 2; i++) {
		get(&s, "changing", NULL, NULL);
		got_the_body(&s);
		get(&s, "dated", NULL, NULL);
		got_the_body(&s);
	}
	assert_int_equal(shared->asked, 4);
	assert_int_equal(shared->bodies, 2);
	shared->version++;
	get(&s, "changing", NULL, NULL);
	got_the_body(&s);
	assert_int_equal(shared->bodies, 3);
	get(&s, "plain", NULL, NULL); // tells no ETag: fetched each time
	get(&s, "plain", NULL, NULL);
	got_the_body(&s);
	assert_int_equal(shared->bodies, 5);
}

static void content_that_went_is_fetched_though_the_server_says_unchanged(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	get(&s, "changing", NULL, NULL);
	got_the_body(&s);
	assert_int_equal(unlink(s.path), 0);
	get(&s, "changing", NULL, NULL);
	got_the_body(&s);
	assert_int_equal(shared->bodies, 2);
}

static void what_is_not_as_promised_is_not_kept(void **state)
{
	(void)state;
	static const char wrong[] =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	static const struct fetch_limits small = {.size = BODY_SIZE - 1},
					 exact = {.size = BODY_SIZE};
	static const struct fetch_limits hasty = {.stall_s = 1, .timeout_s = 15};
	CLEANUP_SCENE s = scene();
	get(&s, "plain?sig=abcdef", wrong, NULL);
	failed(&s, ERROR_CONFIG, "/plain: its sha256 is ");
	get(&s, "plain?sig=abcdef", NULL, &small);
	failed(&s, ERROR_CONFIG, "longer than the 307199 bytes");
	get(&s, "cut?sig=abcdef", NULL, NULL);
	failed(&s, ERROR_LAB, "/cut: ");
	get(&s, "stalls?sig=abcdef", NULL, &hasty);
	failed(&s, ERROR_LAB, "/stalls: ");
	get(&s, "nothing?sig=abcdef", NULL, NULL);
	failed(&s, ERROR_CONFIG, "/nothing: HTTP 404");
	get(&s, "busy?sig=abcdef", NULL, NULL);
	failed(&s, ERROR_LAB, "/busy: HTTP 503");
	get(&s, "redirect", NULL, NULL);
	failed(&s, ERROR_CONFIG, "/plain\", expected https");
	get(&s, "plain", "../../etc/passwd", NULL);
	failed(&s, ERROR_CONFIG, "is no sha256");
	assert_int_equal(files_in(s.dir, "content"), 0);
	assert_int_equal(files_in(s.dir, "part"), 0);
	get(&s, "plain", NULL, &exact);
	got_the_body(&s);
}

static pid_t fetcher(const struct scene *s, const char *what, const char *hex)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	CLEANUP_FREE char *url = memory_printf("http://127.0.0.1:%d/%s", port, what);
	char *path = NULL;
	struct error *e = fetch_url(s->dir, url, hex, NULL, NULL, &path);
	_exit(e ? 1 : 0);
}

static void several_fetchers_of_one_thing_ask_once(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	pid_t pids[6];
	for (int i = 0; i < 6; i++)
		pids[i] = fetcher(&s, i % 2 ? "slow?a" : "slow?b", sha256);
	for (int i = 0; i < 6; i++) {
		int status;
		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(shared->bodies, 1);
}

static void a_killed_fetcher_leaves_nothing_wrong(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	for (int i = 0; i < 40; i++) {
		pid_t pid = fetcher(&s, "plain", NULL);
		nanosleep(&(struct timespec){.tv_nsec = i * 500000}, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	get(&s, "plain", NULL, NULL);
	got_the_body(&s);
	assert_int_equal(files_in(s.dir, "content"), 1);
	assert_int_equal(files_in(s.dir, "part"), 0);
}

static void what_was_not_used_longest_goes_first(void **state)
{
	(void)state;
	CLEANUP_SCENE s = scene();
	folder_write(s.dir, "content/old", "1234");
	folder_write(s.dir, "content/new", "1234");
	folder_write(s.dir, "part/abandoned", "1234");
	CLEANUP_FREE char *old = path_join(s.dir, "content/old");
	const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
	assert_int_equal(utimensat(AT_FDCWD, old, long_ago, 0), 0);
	assert_null(fetch_prune(s.dir, 8, 0));
	assert_int_equal(files_in(s.dir, "content"), 2);
	assert_int_equal(files_in(s.dir, "part"), 0);
	assert_null(fetch_prune(s.dir, 7, 0));
	assert_false(file_exists(old));
	assert_int_equal(files_in(s.dir, "content"), 1);
	assert_null(fetch_prune(s.dir, 0, 3600)); // used within the hour
	assert_int_equal(files_in(s.dir, "content"), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_has_a_digest_is_fetched_once),
	    cmocka_unit_test(content_that_rotted_is_fetched_again),
	    cmocka_unit_test(without_a_digest_the_server_is_asked),
	    cmocka_unit_test(content_that_went_is_fetched_though_the_server_says_unchanged),
	    cmocka_unit_test(what_is_not_as_promised_is_not_kept),
	    cmocka_unit_test(several_fetchers_of_one_thing_ask_once),
	    cmocka_unit_test(a_killed_fetcher_leaves_nothing_wrong),
	    cmocka_unit_test(what_was_not_used_longest_goes_first),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
