// SPDX-License-Identifier: GPL-2.0-or-later
// Console behind a serial port server that speaks Telnet with COM-PORT (RFC 2217): ser2net's
// `telnet(rfc2217)`, and many terminal servers; and behind one that speaks Telnet alone.
#include "base/clock.h"
#include "board/console/serial_line.h"
#include "board/console/socket.h"
#include "board/console/telnet.h"
#include "board/line.h"

// Answers to DTR and RTS may never come (ser2net says nothing when the port has no such lines), so
// only the answers to baud rate and format are waited for, and not for ever.
#define SETTLE_LIMIT_NS (3 * NS_PER_S)

struct rfc2217_console {
	struct socket_address address;
	struct serial_line line;
	double grace;
	bool plain; // Telnet alone: the line is set up at the server
	struct telnet telnet;
};

#define GRACE_KEY                                                                                \
	{                                                                                        \
		"grace", KEY_SECONDS(struct rfc2217_console, grace, 0, 600),                     \
		    .preset = "10", .help = "how long it may be away before the run is given up" \
	}

static const struct key rfc2217_keys[] = {
    SOCKET_KEYS(struct rfc2217_console, address),
    SERIAL_LINE_KEYS(struct rfc2217_console, line, "115200"),
    GRACE_KEY,
    {0},
};

static const struct key telnet_keys[] = {
    SOCKET_KEYS(struct rfc2217_console, address),
    GRACE_KEY,
    {0},
};

static struct error *rfc2217_check(void *state, const struct config_map *keys)
{
	(void)keys;
	socket_init(&((struct rfc2217_console *)state)->address);
	return NULL;
}

static void telnet_set(void *state)
{
	((struct rfc2217_console *)state)->plain = true;
}

static void ask_for_line(const struct serial_line *l, struct buffer *out)
{
	static const unsigned char flow[] = {[SERIAL_FLOW_NONE] = COM_PORT_FLOW_NONE,
					     [SERIAL_FLOW_RTSCTS] = COM_PORT_FLOW_RTSCTS,
					     [SERIAL_FLOW_XONXOFF] = COM_PORT_FLOW_XONXOFF};
	telnet_com_port_baud((uint32_t)l->baud, out);
	telnet_com_port(COM_PORT_DATA_BITS, 8, out);
	telnet_com_port(COM_PORT_PARITY, (unsigned char)(l->parity + 1), out);
	telnet_com_port(COM_PORT_STOP_BITS, (unsigned char)l->stop_bits, out);
	telnet_com_port(COM_PORT_CONTROL, flow[l->flow], out);
	if (l->dtr != SERIAL_KEEP)
		telnet_com_port(COM_PORT_CONTROL,
				l->dtr == SERIAL_ON ? COM_PORT_DTR_ON : COM_PORT_DTR_OFF, out);
	if (l->rts != SERIAL_KEEP)
		telnet_com_port(COM_PORT_CONTROL,
				l->rts == SERIAL_ON ? COM_PORT_RTS_ON : COM_PORT_RTS_OFF, out);
}

static struct error *rfc2217_open(void *state, struct board_place *place, int *fd)
{
	struct rfc2217_console *r = state;
	CLEANUP_CLOSE int s = -1;
	TRY(socket_connect(&r->address, place, &s));
	telnet_init(&r->telnet);
	CLEANUP_BUFFER struct buffer hello = {0};
	telnet_hello(&r->telnet, &hello);
	if (!r->plain)
		ask_for_line(&r->line, &hello);
	// A fresh connection takes these hundred bytes at once.
	if (write(s, hello.data, hello.len) != (ssize_t)hello.len)
		return error_new(ERROR_LAB, "console %s:%s: the server takes no bytes",
				 r->address.host, r->address.port);
	*fd = steal_fd(&s);
	return NULL;
}

static struct error *rfc2217_settle(void *state, struct board_place *place)
{
	struct rfc2217_console *r = state;
	// A port that is busy gets its time to be let go.
	TRY(error_wrap(line_need(place, INT64_MAX), "console %s:%s", r->address.host,
		       r->address.port));
	if (r->plain)
		return NULL;
	int64_t limit = clock_monotonic_ns() + SETTLE_LIMIT_NS;
	while (!r->telnet.baud && !r->telnet.com_port_denied && !line_is_gone(place->line) &&
	       clock_monotonic_ns() < limit) {
		bool ready; // answers come through decode, whenever the console is read
		TRY(place->wait->wait(place->wait->arg, -1, 0, clock_monotonic_ns() + 5 * NS_PER_MS,
				      &ready));
	}
	const char *host = r->address.host, *port = r->address.port;
	if (line_is_gone(place->line)) {
		CLEANUP_BUFFER struct buffer why = {0};
		line_ending(place->line, &why);
		return error_new(ERROR_LAB, "console %s:%s: the server closed the connection%s",
				 host, port, why.len ? buffer_str(&why) : " (is the port in use?)");
	}
	if (!r->telnet.baud)
		return error_new(
		    ERROR_LAB, "console %s:%s: no RFC 2217 server (use driver tcp for a raw port)",
		    host, port);
	if ((int64_t)r->telnet.baud != r->line.baud)
		return error_new(ERROR_LAB, "console %s:%s: the port stays at %u baud, not %lld",
				 host, port, r->telnet.baud, (long long)r->line.baud);
	return NULL;
}

static size_t rfc2217_decode(void *state, char *bytes, size_t len, struct buffer *reply)
{
	struct rfc2217_console *r = state;
	return telnet_decode(&r->telnet, bytes, len, reply);
}

static void rfc2217_encode(void *state, const char *bytes, size_t len, struct buffer *out)
{
	(void)state;
	telnet_encode(bytes, len, out);
}

static struct error *rfc2217_set_break(void *state, int fd, bool on, struct buffer *out)
{
	(void)state;
	(void)fd;
	telnet_com_port(COM_PORT_CONTROL, on ? COM_PORT_BREAK_ON : COM_PORT_BREAK_OFF, out);
	return NULL;
}

static double rfc2217_grace(const void *state)
{
	return ((const struct rfc2217_console *)state)->grace;
}

static void rfc2217_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	socket_claim(&((const struct rfc2217_console *)state)->address, keys, out);
}

const struct console_driver console_rfc2217 = {
    .driver = {.name = "rfc2217",
	       .help = "a serial port server that speaks RFC 2217: ser2net's `telnet(rfc2217)`",
	       .keys = rfc2217_keys,
	       .size = sizeof(struct rfc2217_console),
	       .check = rfc2217_check},
    .open = rfc2217_open,
    .settle = rfc2217_settle,
    .server = true,
    .decode = rfc2217_decode,
    .encode = rfc2217_encode,
    .set_break = rfc2217_set_break,
    .grace = rfc2217_grace,
    .claim = rfc2217_claim,
};

const struct console_driver console_telnet = {
    .driver = {.name = "telnet",
	       .help = "a server that speaks Telnet; baud rate and format are set there",
	       .keys = telnet_keys,
	       .size = sizeof(struct rfc2217_console),
	       .init = telnet_set,
	       .check = rfc2217_check},
    .open = rfc2217_open,
    .settle = rfc2217_settle,
    .server = true,
    .decode = rfc2217_decode,
    .encode = rfc2217_encode,
    .grace = rfc2217_grace,
    .claim = rfc2217_claim,
};
