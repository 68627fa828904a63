// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/run_by_daemon.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/stop_signal.h"
#include "cmd/client.h"
#include "record/layout.h"

#define ASK_MS 30000 // for an answer at the terminal

struct handed {
	const struct run_handing *h;
	struct client client;
	char *batch; // owned
	bool done;
	int code;
};

// ---- handing over -------------------------------------------------------------------------------

// A daemon of other boards is not asked.
static struct error *is_for_us(struct client *c, const struct run_handing *h, bool *ours)
{
	json_t *answer = NULL;
	TRY(client_ask(c, json_pack("{s:s}", "do", "status"), &answer));
	CLEANUP_FREE char *boards = realpath(h->boards, NULL);
	*ours = boards && strcmp(client_text(answer, "boards"), boards) == 0;
	json_decref(answer);
	return NULL;
}

// Whoever reads it reads it elsewhere.
static char *absolute(const char *path)
{
	return path ? realpath(path, NULL) : NULL;
}

static struct error *need_file(const char *path, const char *found)
{
	if (path && !found)
		return error_new(ERROR_USAGE, "%s: No such file", path);
	return NULL;
}

static struct error *submit(struct handed *x, const struct run_request *r)
{
	struct run_request own = *r;
	CLEANUP_FREE char *job = absolute(r->job), *payload = absolute(r->payload),
			  *initrd = absolute(r->initrd);
	TRY(need_file(r->job, job));
	TRY(need_file(r->payload, payload));
	TRY(need_file(r->initrd, initrd));
	own.job = job;
	own.payload = payload;
	own.initrd = initrd;
	CLEANUP_FREE char *text = request_print(&own);
	json_t *answer = NULL;
	TRY(client_ask(&x->client, json_pack("{s:s, s:s}", "do", "submit", "run", text), &answer));
	x->batch = memory_strdup(client_text(answer, "batch"));
	json_decref(answer);
	return NULL;
}

static struct error *follow(struct handed *x)
{
	json_t *answer = NULL;
	TRY(client_ask(&x->client, json_pack("{s:s, s:s}", "do", "follow", "batch", x->batch),
		       &answer));
	json_decref(answer);
	return NULL;
}

// ---- news ---------------------------------------------------------------------------------------

static void print_run(const json_t *news, const char *event)
{
	const char *verdict = client_text(news, "verdict"), *board = client_text(news, "board"),
		   *variant = client_text(news, "variant");
	if (strcmp(event, "finish") == 0)
		printf("%-5s  %-14s %-10s %lld/%lld  %s\n", verdict[0] ? verdict : "MISS", board,
		       variant, (long long)client_number(news, "done"),
		       (long long)client_number(news, "all"), client_text(news, "reason"));
	else if (strcmp(event, "wait") == 0)
		printf("wait   %-14s %-10s %s\n", board, variant, client_text(news, "waits"));
	else
		printf("start  %-14s %-10s\n", board, variant);
}

static struct error *take_news(struct handed *x, const json_t *news)
{
	const char *event = client_text(news, "event");
	if (x->h->json) {
		json_dumpf(news, stdout, JSON_COMPACT);
		putchar('\n');
	} else if (strcmp(event, "summary") == 0) {
		fputs(client_text(news, "text"), stdout);
	} else if (client_text(news, "board")[0]) {
		print_run(news, event);
	}
	fflush(stdout);
	if (strcmp(event, "dropped") == 0)
		return error_new(ERROR_LAB, "batch %s was not run: %s", x->batch,
				 client_text(news, "reason"));
	if (strcmp(event, "batch") != 0)
		return NULL;
	x->done = true;
	x->code = (int)client_number(news, "exit");
	if (!x->h->json)
		printf("results: %s/" LAYOUT_BATCHES "/%s\n", x->h->results, x->batch);
	if (json_is_true(json_object_get(news, "interrupted")))
		return error_new(ERROR_LAB,
				 "the batch was cancelled; runs that had not begun are MISS");
	return NULL;
}

// ---- an interrupt -------------------------------------------------------------------------------

// Without a terminal, or without an answer, the batch is left alone.
static bool wants_cancel(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return false;
	fputs("\nc: cancel the batch; anything else: leave it to the daemon? ", stderr);
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
	char answer[16] = "";
	if (poll(&p, 1, ASK_MS) <= 0 || !fgets(answer, sizeof(answer), stdin))
		return false;
	return answer[0] == 'c' || answer[0] == 'C';
}

static struct error *leave(struct handed *x)
{
	if (!wants_cancel()) {
		x->done = true;
		fprintf(stderr, "batch %s goes on; mmfarm queue shows it\n", x->batch);
		return NULL;
	}
	// On a connection of its own: news may come on this one.
	CLEANUP_CLIENT struct client c = {.fd = -1};
	json_t *answer = NULL;
	TRY(client_need(x->h->results, x->h->farm, &c));
	TRY(client_ask(&c, json_pack("{s:s, s:s}", "do", "cancel", "batch", x->batch), &answer));
	json_decref(answer);
	return NULL;
}

static struct error *listen_on(struct handed *x)
{
	CLEANUP_CLOSE int signals = -1;
	TRY(stop_signal_open(&signals));
	while (!x->done) {
		struct pollfd fds[] = {{.fd = signals, .events = POLLIN},
				       {.fd = x->client.fd, .events = POLLIN}};
		if (!x->client.rest.len)
			poll(fds, 2, -1);
		if (stop_signal_read(signals)) {
			TRY(leave(x));
			continue;
		}
		json_t *news = NULL;
		TRY(client_listen(&x->client, &news));
		if (!news)
			return error_new(ERROR_LAB,
					 "the daemon is gone; batch %s goes on when it is back",
					 x->batch);
		struct error *e = take_news(x, news);
		json_decref(news);
		TRY(e);
	}
	return NULL;
}

struct error *run_by_daemon(const struct run_handing *h, const struct run_request *r, bool *taken,
			    int *code)
{
	struct handed x = {.h = h, .client = {.fd = -1}};
	bool ours = false;
	*taken = false;
	struct error *e = client_open(h->results, h->farm, &x.client);
	if (!e && x.client.fd >= 0)
		e = is_for_us(&x.client, h, &ours);
	if (!e && ours)
		e = submit(&x, r);
	if (!e && x.batch && h->leave)
		printf("batch %s waits in the daemon's queue\n", x.batch);
	else if (!e && x.batch)
		e = follow(&x);
	if (!e && x.batch && !h->leave)
		e = listen_on(&x);
	*taken = ours;
	*code = x.code;
	client_deinit(&x.client);
	free(x.batch);
	return e;
}
