// SPDX-License-Identifier: GPL-2.0-or-later
// Power by a TP-Link Kasa plug or power strip, on the lab's own network: no cloud, no account.
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "board/claims.h"
#include "board/console/socket.h"
#include "board/power/kasa_message.h"

struct kasa_power {
	struct switching switching;
	struct socket_address address;
	int64_t outlet; // of a strip, from 1; 0: a plug
};

static const struct key kasa_keys[] = {
    {"host", KEY_TEXT(struct kasa_power, address.host), .required = true, .value = "NAME",
     .help = "the plug"},
    {"port", KEY_NUMBER(struct kasa_power, address.number, 1, 65535), .preset = "9999"},
    {"outlet", KEY_NUMBER(struct kasa_power, outlet, 0, 64), .preset = "0",
     .help = "of a power strip, from 1; 0 is a plug with one"},
    SWITCHING_KEYS(struct kasa_power, switching, "10", "10"),
    {0},
};

static struct error *kasa_check(void *state, const struct config_map *keys)
{
	(void)keys;
	socket_init(&((struct kasa_power *)state)->address);
	return NULL;
}

static struct error *read_answer(const struct kasa_power *k, struct board_place *place, int fd,
				 struct buffer *text)
{
	int64_t limit = clock_monotonic_ns() + (int64_t)(k->switching.timeout * (double)NS_PER_S);
	CLEANUP_BUFFER struct buffer came = {0};
	for (;;) {
		enum kasa_progress progress = kasa_take(buffer_str(&came), came.len, text);
		if (progress == KASA_WHOLE)
			return NULL;
		if (progress == KASA_BROKEN)
			return error_new(ERROR_LAB, "it speaks another protocol");
		bool ready;
		TRY(place->wait->wait(place->wait->arg, fd, POLLIN, limit, &ready));
		if (!ready)
			return error_new(ERROR_LAB, "no answer in %g s", k->switching.timeout);
		char chunk[4096];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n == 0)
			return error_new(ERROR_LAB, "it closes the connection");
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return error_errno(ERROR_LAB, errno, "reading");
		if (n > 0)
			buffer_append(&came, chunk, (size_t)n);
	}
}

// One message and its answer.
static struct error *exchange(const struct kasa_power *k, struct board_place *place,
			      const struct buffer *message, struct buffer *text)
{
	CLEANUP_CLOSE int fd = -1;
	TRY(socket_connect(&k->address, place, &fd));
	// A fresh connection takes these bytes at once.
	if (send(fd, message->data, message->len, MSG_NOSIGNAL) != (ssize_t)message->len)
		return error_errno(ERROR_LAB, errno, "writing");
	TRY(read_answer(k, place, fd, text));
	CLEANUP_BUFFER struct buffer why = {0};
	kasa_complaint(buffer_str(text), &why);
	return why.len ? error_new(ERROR_LAB, "%s", buffer_str(&why)) : NULL;
}

static struct error *ask(const struct kasa_power *k, struct board_place *place,
			 enum power_state *state, char **child)
{
	CLEANUP_BUFFER struct buffer message = {0}, text = {0};
	kasa_put_question(&message);
	TRY(error_wrap(exchange(k, place, &message, &text), "plug %s", k->address.host));
	*state = kasa_state(buffer_str(&text), k->outlet, child);
	if (*state == POWER_STATE_UNKNOWN)
		return error_new(ERROR_LAB, "plug %s tells no state of outlet %d", k->address.host,
				 (int)k->outlet);
	return NULL;
}

static struct error *kasa_act(void *driver, struct board_place *place, enum power_action action)
{
	const struct kasa_power *k = driver;
	CLEANUP_BUFFER struct buffer message = {0}, text = {0};
	CLEANUP_FREE char *child = NULL;
	enum power_state state;
	if (k->outlet) // its id
		TRY(ask(k, place, &state, &child));
	kasa_put_switch(action == POWER_ON, child, &message);
	return error_wrap(exchange(k, place, &message, &text), "plug %s", k->address.host);
}

static struct error *kasa_ask(void *driver, struct board_place *place, enum power_state *state)
{
	CLEANUP_FREE char *child = NULL;
	return ask(driver, place, state, &child);
}

static void kasa_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct kasa_power *k = state;
	buffer_printf(out, "kasa %s:%s outlet %d: set_relay_state %d\n", k->address.host,
		      k->address.port, (int)k->outlet, action == POWER_ON);
}

static void kasa_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct kasa_power *k = state;
	struct config_node outlet = config_map_find(keys, "outlet");
	claims_add(out, config_is_set(outlet) ? outlet : config_map_find(keys, "host"), NULL,
		   "power outlet kasa %s:%s %d", k->address.host, k->address.port, (int)k->outlet);
}

static const struct switching_ops kasa_ops = {
    .act = kasa_act, .state = kasa_ask, .describe = kasa_describe};

static void kasa_init(void *state)
{
	((struct kasa_power *)state)->switching.ops = &kasa_ops;
}

const struct power_driver power_kasa = {
    .driver = {.name = "kasa",
	       .help = "a TP-Link Kasa plug or power strip on the lab's own network (port 9999)",
	       .keys = kasa_keys,
	       .size = sizeof(struct kasa_power),
	       .init = kasa_init,
	       .check = kasa_check},
    .on = switching_on,
    .off = switching_off,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = switching_describe,
    .claim = kasa_claim,
};
