// SPDX-License-Identifier: GPL-2.0-or-later
// An exchange leaves its caller's wait attended, whatever the server or the resolver does. Names are
// looked up by a getaddrinfo of this file, which takes as long as a test wants.
#include "unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/http.h"

#define HANG_S 6 // of the resolver

static atomic_int lookups;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **list)
{
	(void)node;
	(void)service;
	(void)hints;
	(void)list;
	lookups++;
	sleep(HANG_S);
	return EAI_AGAIN;
}

// A wait that counts its turns, and gives up at one of them.
struct attended {
	int turns;
	int give_up_at; // 0: never
	int other;      // fd that is read at every turn, as a console would be; -1 = none
	size_t bytes;   // that were read of it
};

static struct error *attend(void *arg, int fd, short events, int64_t deadline_ns, bool *ready)
{
	struct attended *a = arg;
	*ready = false;
	do {
		if (a->give_up_at && ++a->turns >= a->give_up_at)
			return error_errno(ERROR_LAB, EINTR, "stopped");
		struct pollfd fds[] = {{.fd = fd, .events = events},
				       {.fd = a->other, .events = POLLIN}};
		poll(fds, 2, 20);
		char chunk[64];
		if (fds[1].revents & POLLIN)
			a->bytes += (size_t)read(a->other, chunk, sizeof(chunk));
		*ready = fds[0].revents != 0;
	} while (!*ready && clock_monotonic_ns() < deadline_ns);
	return NULL;
}

static double seconds_since(int64_t start_ns)
{
	return (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_S;
}

static void a_resolver_that_hangs_takes_no_more_than_the_time_given(void **state)
{
	(void)state;
	struct attended a = {.other = -1};
	const struct wait w = {attend, &a};
	const struct http_request r = {.url = "http://pdu.lab/on", .timeout_s = 0.5};
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	int64_t start = clock_monotonic_ns();
	CLEANUP_ERROR struct error *e = http_perform(&r, &w, &answer);
	assert_non_null(e);
	assert_int_equal(error_kind(e), ERROR_LAB);
	assert_int_equal(lookups, 1); // it was this one that hung
	assert_true(seconds_since(start) < HANG_S / 2.0);
	assert_non_null(strstr(error_text(e), "http://pdu.lab/on: "));
}

static void a_wish_to_stop_ends_it_while_a_name_is_looked_up(void **state)
{
	(void)state;
	struct attended a = {.other = -1, .give_up_at = 5};
	const struct wait w = {attend, &a};
	const struct http_request r = {.url = "http://pdu.lab/on", .timeout_s = 5};
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	int64_t start = clock_monotonic_ns();
	CLEANUP_ERROR struct error *e = http_perform(&r, &w, &answer);
	assert_non_null(e);
	assert_int_equal(error_code(e), EINTR);
	assert_true(seconds_since(start) < HANG_S / 2.0);
}

// In a child: takes one connection, lets it wait, answers.
static void serve(int listener, int console)
{
	int s = accept(listener, NULL, NULL);
	char request[1024];
	ssize_t n = read(s, request, sizeof(request));
	for (int i = 0; n > 0 && i < 10; i++) { // the board talks meanwhile
		n = write(console, "0123456789", 10);
		usleep(30000);
	}
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
	n = write(s, answer, sizeof(answer) - 1);
	_exit(n > 0 ? 0 : 1);
}

static void the_console_is_read_while_a_server_thinks(void **state)
{
	(void)state;
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	int console[2];
	assert_int_equal(pipe(console), 0);
	pid_t child = fork();
	if (child == 0)
		serve(listener, console[1]);
	char url[64];
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/on", ntohs(address.sin_port));
	struct attended a = {.other = console[0]};
	const struct wait w = {attend, &a};
	const struct http_request r = {.url = url, .timeout_s = 10};
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	CLEANUP_ERROR struct error *e = http_perform(&r, &w, &answer);
	if (e)
		fail_msg("%s", error_text(e));
	assert_int_equal(answer.status, 200);
	assert_string_equal(buffer_str(&answer.body), "ok");
	assert_true(a.bytes >= 90); // all but what came with the answer
	close(listener);
	close(console[0]);
	close(console[1]);
	waitpid(child, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_resolver_that_hangs_takes_no_more_than_the_time_given),
	    cmocka_unit_test(a_wish_to_stop_ends_it_while_a_name_is_looked_up),
	    cmocka_unit_test(the_console_is_read_while_a_server_thinks),
	};
	return cmocka_run_group_tests_name("base/http", tests, NULL, NULL);
}
