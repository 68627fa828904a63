// SPDX-License-Identifier: GPL-2.0-or-later
// The sockets of a transfer stand in an epoll set, which is the one fd that is waited for.
#include "base/curl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

#define EVENTS_MAX 8

struct transfer {
	CURLM *multi;
	CURL *handle; // borrowed; NULL: not in `multi`
	int epoll;
	int64_t timer_ns; // when libcurl wants to be called; INT64_MAX = it does not
	int running;
};

static int watch_socket(CURL *handle, curl_socket_t fd, int what, void *arg, void *known)
{
	struct transfer *t = arg;
	struct epoll_event e = {.data.fd = fd};
	(void)handle;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(t->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (epoll_ctl(t->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) < 0)
		return -1;
	curl_multi_assign(t->multi, fd, t);
	return 0;
}

static int set_timer(CURLM *multi, long ms, void *arg)
{
	struct transfer *t = arg;
	(void)multi;
	t->timer_ns = ms < 0 ? INT64_MAX : clock_monotonic_ns() + (int64_t)ms * NS_PER_MS;
	return 0;
}

static void take_events(struct transfer *t)
{
	struct epoll_event events[EVENTS_MAX];
	int count = epoll_wait(t->epoll, events, EVENTS_MAX, 0);
	for (int i = 0; i < count; i++) {
		int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
			   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(t->multi, events[i].data.fd, what, &t->running);
	}
}

static bool take_code(struct transfer *t, CURLcode *code)
{
	int left;
	bool over = false;
	for (const CURLMsg *m; (m = curl_multi_info_read(t->multi, &left));)
		if (m->msg == CURLMSG_DONE) {
			*code = m->data.result;
			over = true;
		}
	return over;
}

bool curl_transfer_step(struct transfer *t, CURLcode *code)
{
	take_events(t);
	if (clock_monotonic_ns() >= t->timer_ns) {
		t->timer_ns = INT64_MAX;
		curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &t->running);
	}
	return take_code(t, code) || !t->running;
}

int curl_transfer_fd(const struct transfer *t)
{
	return t->epoll;
}

int64_t curl_transfer_due_ns(const struct transfer *t)
{
	return t->timer_ns;
}

static struct error *set_up(struct transfer *t, CURL *handle)
{
	if (t->epoll < 0)
		return error_errno(ERROR_SYSTEM, errno, "epoll");
	if (!t->multi)
		return error_new(ERROR_SYSTEM, "libcurl gives no handle");
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	// Else giving up would wait for the thread that looks up the name.
	curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
	if (curl_multi_add_handle(t->multi, handle) != CURLM_OK)
		return error_new(ERROR_SYSTEM, "libcurl takes no transfer");
	t->handle = handle;
	curl_multi_socket_action(t->multi, CURL_SOCKET_TIMEOUT, 0, &t->running);
	return NULL;
}

void curl_transfer_free(struct transfer *t)
{
	if (!t)
		return;
	if (t->handle)
		curl_multi_remove_handle(t->multi, t->handle);
	if (t->multi)
		curl_multi_cleanup(t->multi);
	if (t->epoll >= 0)
		close(t->epoll);
	free(t);
}

struct error *curl_transfer_begin(CURL *handle, struct transfer **out)
{
	struct transfer *t = memory_new(1, sizeof(*t));
	t->multi = curl_multi_init();
	t->epoll = epoll_create1(EPOLL_CLOEXEC);
	t->timer_ns = INT64_MAX;
	struct error *e = set_up(t, handle);
	if (e)
		curl_transfer_free(t);
	else
		*out = t;
	return e;
}

struct error *curl_transfer(CURL *handle, const struct wait *w, CURLcode *code)
{
	CLEANUP_TRANSFER struct transfer *t = NULL;
	*code = CURLE_FAILED_INIT;
	TRY(curl_transfer_begin(handle, &t));
	while (!curl_transfer_step(t, code)) {
		bool ready;
		TRY(wait_for(w, t->epoll, POLLIN, t->timer_ns, &ready));
	}
	return NULL;
}
