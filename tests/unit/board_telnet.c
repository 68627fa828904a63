// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "board/console/telnet.h"

// What ser2net 4.3.11 sends to a new client, with console text and a baud answer behind it.
static const unsigned char greeting[] = {
    255, 251, 3,   255, 253, 3,   255, 251,  1,    255, 254, 1,    255, 253, 0,   255,
    251, 0,   255, 253, 44,  'a', 0,   '\r', '\n', 255, 255, 'b',  255, 250, 44,  101,
    0,   1,   194, 0,   255, 240, 'c', 255,  250,  44,  107, 0x30, 255, 240, 'd',
};
static const char console_text[] = {'a', 0, '\r', '\n', (char)255, 'b', 'c', 'd'};

static size_t decode_in_chunks(struct telnet *t, size_t chunk, char *out, struct buffer *reply)
{
	size_t kept = 0;
	for (size_t at = 0; at < sizeof(greeting); at += chunk) {
		size_t n = sizeof(greeting) - at < chunk ? sizeof(greeting) - at : chunk;
		memcpy(out + kept, greeting + at, n);
		kept += telnet_decode(t, out + kept, n, reply);
	}
	return kept;
}

static void any_chunking_gives_the_same_console_bytes_and_answers(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer first = {0};
	for (size_t chunk = 1; chunk <= sizeof(greeting); chunk++) {
		struct telnet t;
		telnet_init(&t);
		CLEANUP_BUFFER struct buffer reply = {0};
		telnet_hello(&t, &reply);
		char out[sizeof(greeting)];
		size_t n = decode_in_chunks(&t, chunk, out, &reply);
		assert_int_equal(n, sizeof(console_text));
		assert_memory_equal(out, console_text, n);
		assert_true(t.com_port);
		assert_int_equal(t.baud, 115200);
		assert_int_equal(t.modem_state, 0x30);
		if (!first.len)
			buffer_append(&first, reply.data, reply.len);
		assert_int_equal(reply.len, first.len);
		assert_memory_equal(reply.data, first.data, first.len);
	}
}

static void an_option_that_is_settled_is_not_answered_again(void **state)
{
	(void)state;
	struct telnet t;
	telnet_init(&t);
	CLEANUP_BUFFER struct buffer reply = {0};
	telnet_hello(&t, &reply);
	buffer_truncate(&reply, 0);
	char agreed[] = {(char)255, (char)253, 44, (char)255, (char)251, 0};
	for (int i = 0; i < 3; i++)
		assert_int_equal(telnet_decode(&t, agreed, sizeof(agreed), &reply), 0);
	assert_int_equal(reply.len, 0);
}

static void unknown_options_are_refused_once_asked(void **state)
{
	(void)state;
	struct telnet t;
	telnet_init(&t);
	CLEANUP_BUFFER struct buffer reply = {0};
	char ask[] = {(char)255, (char)253, 99, (char)255, (char)251, 98};
	telnet_decode(&t, ask, sizeof(ask), &reply);
	static const unsigned char refusal[] = {255, 252, 99, 255, 254, 98};
	assert_int_equal(reply.len, sizeof(refusal));
	assert_memory_equal(reply.data, refusal, sizeof(refusal));
}

static void what_is_encoded_comes_back_the_same(void **state)
{
	(void)state;
	char all[512];
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i & 0xff);
	CLEANUP_BUFFER struct buffer wire = {0};
	telnet_encode(all, sizeof(all), &wire);
	struct telnet t;
	telnet_init(&t);
	CLEANUP_BUFFER struct buffer reply = {0};
	assert_int_equal(telnet_decode(&t, wire.data, wire.len, &reply), sizeof(all));
	assert_memory_equal(wire.data, all, sizeof(all));
}

static void a_baud_rate_with_0xff_in_it_is_doubled(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	telnet_com_port_baud(0x0000ff10, &out);
	static const unsigned char wanted[] = {255, 250, 44, 1, 0, 0, 255, 255, 0x10, 255, 240};
	assert_int_equal(out.len, sizeof(wanted));
	assert_memory_equal(out.data, wanted, sizeof(wanted));
}

// The numbers of RFC 2217, section 3, SET-CONTROL.
static void break_dtr_and_rts_are_said_as_the_rfc_has_them(void **state)
{
	(void)state;
	static const struct {
		unsigned char control, wanted;
	} controls[] = {{COM_PORT_BREAK_ON, 5}, {COM_PORT_BREAK_OFF, 6}, {COM_PORT_DTR_ON, 8},
			{COM_PORT_DTR_OFF, 9},  {COM_PORT_RTS_ON, 11},   {COM_PORT_RTS_OFF, 12}};
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
		CLEANUP_BUFFER struct buffer out = {0};
		telnet_com_port(COM_PORT_CONTROL, controls[i].control, &out);
		const unsigned char wanted[] = {255, 250, 44, 5, controls[i].wanted, 255, 240};
		assert_int_equal(out.len, sizeof(wanted));
		assert_memory_equal(out.data, wanted, sizeof(wanted));
	}
}

static void an_answer_to_a_break_is_no_console_byte(void **state)
{
	(void)state;
	struct telnet t;
	telnet_init(&t);
	CLEANUP_BUFFER struct buffer reply = {0};
	char answer[] = {(char)255, (char)250, 44, 105, 5, (char)255, (char)240, 'x'};
	assert_int_equal(telnet_decode(&t, answer, sizeof(answer), &reply), 1);
	assert_int_equal(answer[0], 'x');
	assert_true(t.told[COM_PORT_CONTROL]);
	assert_int_equal(reply.len, 0);
}

static void a_subnegotiation_without_end_takes_no_memory_and_gives_way(void **state)
{
	(void)state;
	struct telnet t;
	telnet_init(&t);
	CLEANUP_BUFFER struct buffer reply = {0};
	char begin[] = {(char)255, (char)250, 44};
	telnet_decode(&t, begin, sizeof(begin), &reply);
	char junk[1000];
	memset(junk, 7, sizeof(junk));
	assert_int_equal(telnet_decode(&t, junk, sizeof(junk), &reply), 0);
	char after[] = {(char)255, (char)240, 'x'};
	assert_int_equal(telnet_decode(&t, after, sizeof(after), &reply), 1);
	assert_int_equal(after[0], 'x');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_chunking_gives_the_same_console_bytes_and_answers),
	    cmocka_unit_test(an_option_that_is_settled_is_not_answered_again),
	    cmocka_unit_test(unknown_options_are_refused_once_asked),
	    cmocka_unit_test(what_is_encoded_comes_back_the_same),
	    cmocka_unit_test(a_baud_rate_with_0xff_in_it_is_doubled),
	    cmocka_unit_test(break_dtr_and_rts_are_said_as_the_rfc_has_them),
	    cmocka_unit_test(an_answer_to_a_break_is_no_console_byte),
	    cmocka_unit_test(a_subnegotiation_without_end_takes_no_memory_and_gives_way),
	};
	return cmocka_run_group_tests_name("board/console/telnet", tests, NULL, NULL);
}
