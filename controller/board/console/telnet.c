// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/console/telnet.h"

#include <string.h>

// RFC 854
#define IAC  255
#define DONT 254
#define DO   253
#define WONT 252
#define WILL 251
#define SB   250
#define SE   240

#define OPTION_BINARY   0  // RFC 856
#define OPTION_ECHO     1  // RFC 857
#define OPTION_SGA      3  // RFC 858
#define OPTION_COM_PORT 44 // RFC 2217

#define ANSWER 100 // a server's COM-PORT answers: the command plus this

static void put(struct buffer *out, unsigned char verb, unsigned char option)
{
	const unsigned char bytes[] = {IAC, verb, option};
	buffer_append(out, bytes, sizeof(bytes));
}

void telnet_init(struct telnet *t)
{
	*t = (struct telnet){0};
}

void telnet_hello(struct telnet *t, struct buffer *out)
{
	static const unsigned char ours[] = {OPTION_BINARY, OPTION_SGA, OPTION_COM_PORT};
	static const unsigned char theirs[] = {OPTION_BINARY, OPTION_SGA, OPTION_ECHO};
	for (size_t i = 0; i < sizeof(ours); i++) {
		t->us[ours[i]] = true;
		put(out, WILL, ours[i]);
	}
	for (size_t i = 0; i < sizeof(theirs); i++) {
		t->them[theirs[i]] = true;
		put(out, DO, theirs[i]);
	}
}

static bool we_can(unsigned char option)
{
	return option == OPTION_BINARY || option == OPTION_SGA || option == OPTION_COM_PORT;
}

static bool they_may(unsigned char option)
{
	return option == OPTION_BINARY || option == OPTION_SGA || option == OPTION_ECHO;
}

// Only a change of state is answered (RFC 854: else two sides would answer each other for ever).
static void take_option(struct telnet *t, unsigned char verb, unsigned char option,
			struct buffer *reply)
{
	if (option == OPTION_COM_PORT && verb == DO)
		t->com_port = true;
	if (option == OPTION_COM_PORT && verb == DONT)
		t->com_port_denied = true;
	bool on = verb == DO || verb == WILL;
	bool about_us = verb == DO || verb == DONT;
	bool *state = about_us ? &t->us[option] : &t->them[option];
	bool agreed = on && (about_us ? we_can(option) : they_may(option));
	if (on && !agreed)
		put(reply, about_us ? WONT : DONT, option);
	else if (*state != agreed)
		put(reply, about_us ? (agreed ? WILL : WONT) : (agreed ? DO : DONT), option);
	*state = agreed;
}

static void take_sub(struct telnet *t)
{
	if (t->sub_len < 2 || t->sub[0] != OPTION_COM_PORT)
		return;
	unsigned char command = t->sub[1];
	const unsigned char *value = t->sub + 2;
	size_t len = t->sub_len - 2;
	if (command >= ANSWER)
		t->told[command - ANSWER] = true;
	if (command == COM_PORT_BAUD + ANSWER && len == 4)
		t->baud = (uint32_t)value[0] << 24 | (uint32_t)value[1] << 16 |
			  (uint32_t)value[2] << 8 | value[3];
	else if (command == COM_PORT_LINE_STATE && len == 1)
		t->line_state = value[0];
	else if (command == COM_PORT_MODEM_STATE && len == 1)
		t->modem_state = value[0];
	else if (command == COM_PORT_SIGNATURE + ANSWER) {
		memcpy(t->signature, value, len);
		t->signature[len] = '\0';
	}
}

// A byte behind IAC.
static bool take_iac(struct telnet *t, unsigned char c)
{
	t->state = TELNET_DATA;
	if (c == IAC)
		return true; // a doubled 255 is data
	if (c >= WILL) {
		t->verb = c;
		t->state = TELNET_OPTION;
	} else if (c == SB) {
		t->sub_len = 0;
		t->state = TELNET_SUB;
	}
	return false;
}

static void take_sub_byte(struct telnet *t, unsigned char c)
{
	if (t->sub_len < TELNET_SUB_MAX)
		t->sub[t->sub_len++] = c;
	t->state = TELNET_SUB;
}

// True when `c` is a console byte.
static bool take(struct telnet *t, unsigned char c, struct buffer *reply)
{
	switch (t->state) {
	case TELNET_DATA:
		if (c != IAC)
			return true;
		t->state = TELNET_IAC;
		return false;
	case TELNET_IAC:
		return take_iac(t, c);
	case TELNET_OPTION:
		t->state = TELNET_DATA;
		take_option(t, t->verb, c, reply);
		return false;
	case TELNET_SUB:
		if (c == IAC)
			t->state = TELNET_SUB_IAC;
		else
			take_sub_byte(t, c);
		return false;
	case TELNET_SUB_IAC:
		if (c == IAC) {
			take_sub_byte(t, c);
		} else if (c == SE) {
			take_sub(t);
			t->state = TELNET_DATA;
		} else {
			// The end was lost: what follows is a command of its own.
			return take_iac(t, c);
		}
		return false;
	}
	return false;
}

size_t telnet_decode(struct telnet *t, char *bytes, size_t len, struct buffer *reply)
{
	size_t kept = 0;
	for (size_t i = 0; i < len; i++)
		if (take(t, (unsigned char)bytes[i], reply))
			bytes[kept++] = bytes[i];
	return kept;
}

void telnet_encode(const char *bytes, size_t len, struct buffer *out)
{
	for (size_t i = 0; i < len; i++) {
		buffer_append(out, bytes + i, 1);
		if ((unsigned char)bytes[i] == IAC)
			buffer_append(out, bytes + i, 1);
	}
}

static void com_port(enum com_port_command command, const void *value, size_t len,
		     struct buffer *out)
{
	const unsigned char begin[] = {IAC, SB, OPTION_COM_PORT, (unsigned char)command};
	const unsigned char end[] = {IAC, SE};
	buffer_append(out, begin, sizeof(begin));
	telnet_encode(value, len, out);
	buffer_append(out, end, sizeof(end));
}

void telnet_com_port(enum com_port_command command, unsigned char value, struct buffer *out)
{
	com_port(command, &value, 1, out);
}

void telnet_com_port_baud(uint32_t baud, struct buffer *out)
{
	const unsigned char value[] = {(unsigned char)(baud >> 24), (unsigned char)(baud >> 16),
				       (unsigned char)(baud >> 8), (unsigned char)baud};
	com_port(COM_PORT_BAUD, value, sizeof(value), out);
}
