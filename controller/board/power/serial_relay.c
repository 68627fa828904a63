// SPDX-License-Identifier: GPL-2.0-or-later
// Power by a relay on a serial port of its own: the LCUS-1 to LCUS-8 boards (CH340 and a
// microcontroller, 9600 baud) and what copies them.
//
// Four bytes switch a channel: 0xA0, channel from 1, 0 open or 1 closed, sum of the three. 0xFF
// asks: boards of more than one channel answer a line a channel (board/power/answer.h).
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "board/console/serial_port.h"
#include "board/power/answer.h"
#include "board/power/switching.h"

#define ANSWER_LIMIT_NS NS_PER_S

enum relay_contact { RELAY_NORMALLY_OPEN, RELAY_NORMALLY_CLOSED };

struct relay_power {
	struct switching switching;
	struct serial_port port;
	int64_t channel;
	enum relay_contact contact;
	bool read_back; // the relay answers 0xFF
};

static const char *const contacts[] = {"normally-open", "normally-closed", NULL};

static const struct key relay_keys[] = {
    {"channel", KEY_NUMBER(struct relay_power, channel, 1, 8), .preset = "1"},
    {"contact", KEY_WORD(struct relay_power, contact, contacts), .preset = "normally-open",
     .help = "whether the board has power while the relay is closed, or while it is open"},
    {"read-back", KEY_BOOL(struct relay_power, read_back), .preset = "false",
     .help = "ask the relay for its state; LCUS-1 cannot tell"},
    SERIAL_PORT_KEYS(struct relay_power, port, "9600"),
    SWITCHING_KEYS(struct relay_power, switching, "10", "10"),
    {0},
};

static struct error *relay_check(void *state, const struct config_map *keys)
{
	return serial_port_check(&((struct relay_power *)state)->port, keys);
}

static void command_bytes(const struct relay_power *r, enum power_action action,
			  unsigned char bytes[4])
{
	bool closed = (action == POWER_ON) != (r->contact == RELAY_NORMALLY_CLOSED);
	bytes[0] = 0xa0;
	bytes[1] = (unsigned char)r->channel;
	bytes[2] = closed;
	bytes[3] = (unsigned char)(bytes[0] + bytes[1] + bytes[2]);
}

static struct error *send_bytes(const struct relay_power *r, const void *bytes, size_t len, int *fd)
{
	TRY(serial_port_open(&r->port, fd));
	if (write(*fd, bytes, len) != (ssize_t)len)
		return error_errno(ERROR_LAB, errno, "writing to the relay");
	return NULL;
}

static struct error *relay_act(void *driver, struct board_place *place, enum power_action action)
{
	(void)place;
	struct relay_power *r = driver;
	unsigned char bytes[4];
	command_bytes(r, action, bytes);
	CLEANUP_CLOSE int fd = -1;
	return send_bytes(r, bytes, sizeof(bytes), &fd);
}

static struct error *relay_state(void *driver, struct board_place *place, enum power_state *state)
{
	struct relay_power *r = driver;
	if (!r->read_back)
		return NULL;
	static const unsigned char ask[] = {0xff};
	CLEANUP_CLOSE int fd = -1;
	TRY(send_bytes(r, ask, sizeof(ask), &fd));
	int64_t limit = clock_monotonic_ns() + ANSWER_LIMIT_NS;
	char text[512] = "";
	size_t len = 0;
	bool closed = false;
	while (!answer_relay_channel(text, (int)r->channel, &closed)) {
		bool ready;
		TRY(place->wait->wait(place->wait->arg, fd, POLLIN, limit, &ready));
		ssize_t n = ready ? read(fd, text + len, sizeof(text) - 1 - len) : 0;
		if (n <= 0 && (!ready || errno != EAGAIN))
			return error_new(ERROR_LAB, "the relay does not tell its state");
		len += n > 0 ? (size_t)n : 0;
		text[len] = '\0';
	}
	bool on = closed != (r->contact == RELAY_NORMALLY_CLOSED);
	*state = on ? POWER_STATE_ON : POWER_STATE_OFF;
	return NULL;
}

static void relay_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct relay_power *r = state;
	unsigned char b[4];
	command_bytes(r, action, b);
	buffer_printf(out, "write %02x %02x %02x %02x to %s%s\n", b[0], b[1], b[2], b[3],
		      r->port.device ? "" : "the adapter with number ",
		      r->port.device ? r->port.device : r->port.usb_serial);
}

// Another board's relay may be on the same card, but no board's console.
static void relay_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct relay_power *r = state;
	char channel[32];
	snprintf(channel, sizeof(channel), "channel %d", (int)r->channel);
	serial_port_claim(&r->port, keys, channel, out);
}

static const struct switching_ops relay_ops = {
    .act = relay_act, .state = relay_state, .describe = relay_describe};

static void relay_init(void *state)
{
	((struct relay_power *)state)->switching.ops = &relay_ops;
}

const struct power_driver power_serial_relay = {
    .driver = {.name = "serial-relay",
	       .help = "relay cards of the LCUS kind on a serial port of their own",
	       .keys = relay_keys,
	       .size = sizeof(struct relay_power),
	       .init = relay_init,
	       .check = relay_check},
    .on = switching_on,
    .off = switching_off,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = switching_describe,
    .claim = relay_claim,
};
