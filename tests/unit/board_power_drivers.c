// SPDX-License-Identifier: GPL-2.0-or-later
// What the messages and answers of power switches mean: Kasa, SNMP, uhubctl.
#include "unit/unit.h"

#include "base/memory.h"
#include "board/power/answer.h"
#include "board/power/kasa_message.h"
#include "board/power/snmp_make.h"

// The bytes of a message as plugs have them on the wire.
static void a_kasa_message_is_scrambled_as_plugs_want_it(void **state)
{
	(void)state;
	static const unsigned char question[] = {
	    0,    0,    0,    0x1d, 0xd0, 0xf2, 0x81, 0xf8, 0x8b, 0xff, 0x9a,
	    0xf7, 0xd5, 0xef, 0x94, 0xb6, 0xd1, 0xb4, 0xc0, 0x9f, 0xec, 0x95,
	    0xe6, 0x8f, 0xe1, 0x87, 0xe8, 0xca, 0xf0, 0x8b, 0xf6, 0x8b, 0xf6};
	CLEANUP_BUFFER struct buffer out = {0}, text = {0};
	kasa_put_question(&out);
	assert_int_equal(out.len, sizeof(question));
	assert_memory_equal(out.data, question, sizeof(question));
	for (size_t len = 0; len < out.len; len++)
		assert_int_equal(kasa_take(out.data, len, &text), KASA_MORE);
	assert_int_equal(text.len, 0);
	assert_int_equal(kasa_take(out.data, out.len, &text), KASA_WHOLE);
	assert_string_equal(buffer_str(&text), "{\"system\":{\"get_sysinfo\":{}}}");
}

static void a_length_that_no_plug_sends_is_no_kasa(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	assert_int_equal(kasa_take("HTTP/1.1 400", 12, &text), KASA_BROKEN);
	assert_int_equal(kasa_take("\0\0\0\0", 4, &text), KASA_BROKEN);
	assert_int_equal(kasa_take("\0\1\0\1", 4, &text), KASA_BROKEN);
	assert_int_equal(kasa_take("\0\1\0\0", 4, &text), KASA_MORE);
}

static void switching_names_the_outlet_of_a_strip(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer plug = {0}, strip = {0}, a = {0}, b = {0};
	kasa_put_switch(true, NULL, &plug);
	kasa_put_switch(false, "800601", &strip);
	kasa_take(plug.data, plug.len, &a);
	kasa_take(strip.data, strip.len, &b);
	assert_string_equal(buffer_str(&a), "{\"system\":{\"set_relay_state\":{\"state\":1}}}");
	assert_string_equal(buffer_str(&b), "{\"system\":{\"set_relay_state\":{\"state\":0}},"
					    "\"context\":{\"child_ids\":[\"800601\"]}}");
}

static void a_plug_tells_its_state_or_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t outlet;
		enum power_state state;
		const char *child;
	} cases[] = {
	    {"{\"system\":{\"get_sysinfo\":{\"relay_state\":1}}}", 0, POWER_STATE_ON, NULL},
	    {"{\"system\":{\"get_sysinfo\":{\"relay_state\":0}}}", 0, POWER_STATE_OFF, NULL},
	    {"{\"system\":{\"get_sysinfo\":{\"relay_state\":\"1\"}}}", 0, POWER_STATE_UNKNOWN,
	     NULL},
	    {"{\"system\":{}}", 0, POWER_STATE_UNKNOWN, NULL},
	    {"nonsense", 1, POWER_STATE_UNKNOWN, NULL},
	    {"{\"system\":{\"get_sysinfo\":{\"deviceId\":\"AB\",\"children\":[{\"id\":\"00\","
	     "\"state\":0},{\"id\":\"01\",\"state\":1}]}}}",
	     2, POWER_STATE_ON, "AB01"},
	    {"{\"system\":{\"get_sysinfo\":{\"deviceId\":\"AB\",\"children\":[{\"id\":\"AB00\","
	     "\"state\":0}]}}}",
	     1, POWER_STATE_OFF, "AB00"},
	    {"{\"system\":{\"get_sysinfo\":{\"deviceId\":\"AB\",\"children\":[{\"id\":\"00\","
	     "\"state\":0}]}}}",
	     2, POWER_STATE_UNKNOWN, NULL},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_FREE char *child = NULL;
		assert_int_equal(kasa_state(cases[i].text, cases[i].outlet, &child),
				 cases[i].state);
		assert_int_equal(child != NULL, cases[i].child != NULL);
		if (child)
			assert_string_equal(child, cases[i].child);
	}
}

static void what_a_plug_complains_of_is_told(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"{\"system\":{\"set_relay_state\":{\"err_code\":0}}}", ""},
	    {"{\"system\":{\"set_relay_state\":{\"err_code\":-3,\"err_msg\":\"invalid "
	     "argument\"}}}",
	     "it says: error -3: invalid argument"},
	    {"{\"smartlife.iot\":{}}", "it answers nothing that makes sense"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer why = {0};
		kasa_complaint(cases[i][0], &why);
		assert_string_equal(buffer_str(&why), cases[i][1]);
	}
}

static void a_number_of_snmpget_is_one(void **state)
{
	(void)state;
	int64_t n = 0;
	assert_true(snmp_read_number("1\n", &n) && n == 1);
	assert_true(snmp_read_number("-2", &n) && n == -2);
	assert_true(snmp_read_number("outletOn(1)\n", &n) && n == 1);
	assert_false(snmp_read_number("", &n));
	assert_false(snmp_read_number("\"on\"", &n));
	assert_false(snmp_read_number("1 of 8", &n));
	assert_false(snmp_read_number("on(x)", &n));
	assert_false(snmp_read_number("99999999999999999999", &n));
}

static void a_value_of_snmp_conf_stays_one(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	snmp_put_quoted("a \"b\\ c", &out);
	assert_string_equal(buffer_str(&out), "\"a \\\"b\\\\ c\"");
}

// The status of the newer APC is the other way round than its command.
static void each_make_tells_on_from_off(void **state)
{
	(void)state;
	for (const struct snmp_make *m = snmp_makes; m->name; m++) {
		assert_int_not_equal(m->on, m->off);
		assert_int_not_equal(m->is_on, m->is_off);
		assert_non_null(strstr(m->set, "{outlet}"));
		assert_non_null(strstr(SNMP_MAKE_NAMES, m->name));
		assert_ptr_equal(snmp_make_find(m->name), m);
	}
	assert_int_equal(snmp_make_find("apc-2g")->is_on, 2);
	assert_null(snmp_make_find("nix"));
}

static void a_usb_port_is_off_when_both_halves_are(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool listed, on;
	} cases[] = {
	    {"Current status for hub 1-1 [05e3:0610, USB 2.10, 4 ports, ppps]\n  Port 2: 0100 "
	     "power\n",
	     true, true},
	    {"  Port 2: 0000 off\n", true, false},
	    {"  Port 2: 0503 power highspeed enable connect [0781:5567]\n", true, true},
	    {"  Port 2: 0080 off\nCurrent status for hub 2-1 [USB 3.10]\n  Port 2: 02a0 power "
	     "5gbps "
	     "Rx.Detect\n",
	     true, true},
	    {"  Port 2: 0000 off\n  Port 2: 0080 off\n", true, false},
	    {"  Port 12: 0100 power\n", false, false},
	    {"  Port 2: \n  Port 2: 0100", false, false},
	    {"", false, false},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool on = true;
		assert_int_equal(answer_usb_port(cases[i].text, 2, &on), cases[i].listed);
		assert_int_equal(on, cases[i].on);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_kasa_message_is_scrambled_as_plugs_want_it),
	    cmocka_unit_test(a_length_that_no_plug_sends_is_no_kasa),
	    cmocka_unit_test(switching_names_the_outlet_of_a_strip),
	    cmocka_unit_test(a_plug_tells_its_state_or_nothing),
	    cmocka_unit_test(what_a_plug_complains_of_is_told),
	    cmocka_unit_test(a_number_of_snmpget_is_one),
	    cmocka_unit_test(a_value_of_snmp_conf_stays_one),
	    cmocka_unit_test(each_make_tells_on_from_off),
	    cmocka_unit_test(a_usb_port_is_off_when_both_halves_are),
	};
	return cmocka_run_group_tests_name("board/power", tests, NULL, NULL);
}
