// SPDX-License-Identifier: GPL-2.0-or-later
// Two boards that name one and the same port or outlet.
#include "unit/unit.h"

#include <unistd.h>

#include "board/claims.h"
#include "unit/folder.h"

static const char types[] = "types:\n"
			    "  t:\n"
			    "    cpu: {name: X, midr: 1, bbml2: true}\n"
			    "    console: {driver: exec, command: [cat]}\n"
			    "    power: {driver: exec, on: [\"true\"], off: [\"true\"]}\n"
			    "    boot: {driver: exec, prepare: [\"true\"]}\n"
			    "  shared:\n"
			    "    cpu: {name: X, midr: 1, bbml2: true}\n"
			    "    console: {driver: tcp, host: Rack-1, port: 3001}\n"
			    "    power: {driver: exec, on: [\"true\"], off: [\"true\"]}\n"
			    "    boot: {driver: exec, prepare: [\"true\"]}\n";

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = folder_new();
	folder_write(dir, "a.yaml", types);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(dir);
	free(dir);
	return 0;
}

// The boards b1 (line 2) and b2 (line 3) with these keys.
static struct error *check(const char *one, const char *two)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "boards:\n  b1: {type: t, %s}\n  b2: {type: t, %s}\n", one, two);
	folder_write(dir, "b.yaml", buffer_str(&text));
	CLEANUP_BOARDS struct boards_config *c = NULL;
	struct error *e = boards_load(dir, &c);
	if (e)
		fail_msg("%s", error_text(e));
	return claims_check(c);
}

// `at` is where the second of them is wrong.
static void refuse(const char *one, const char *two, const char *at, const char *thing)
{
	size_t column = strlen("  b2: {type: t, ") + (size_t)(strstr(two, at) - two) + 1;
	CLEANUP_ERROR struct error *e = check(one, two);
	if (!e)
		fail_msg("accepted: %s and %s", one, two);
	CLEANUP_BUFFER struct buffer place = {0};
	buffer_printf(&place, "/b.yaml:3:%zu: %s", column, thing);
	if (!strstr(error_text(e), buffer_str(&place)) ||
	    !strstr(error_text(e), " is that of board \"b1\" already (first: ") ||
	    !strstr(error_text(e), "/b.yaml:2), expected one of its own for board \"b2\""))
		fail_msg("%s and %s\n are refused with: %s", one, two, error_text(e));
	assert_int_equal(error_kind(e), ERROR_CONFIG);
}

static void accept(const char *one, const char *two)
{
	CLEANUP_ERROR struct error *e = check(one, two);
	if (e)
		fail_msg("%s", error_text(e));
}

static void one_console_is_one_boards(void **state)
{
	(void)state;
	refuse("console: {driver: serial, device: /dev/none1}",
	       "console: {driver: serial, device: /dev/none1, baud: 9600}", "/dev/none1",
	       "serial port /dev/none1");
	accept("console: {driver: serial, device: /dev/none1}",
	       "console: {driver: serial, device: /dev/none2}");
	refuse("console: {driver: serial, usb-serial: A1}",
	       "console: {driver: serial, usb-serial: A1}", "A1",
	       "serial port of the adapter with number A1");
	// An adapter with several ports has one number; the devices tell them apart.
	accept("console: {driver: serial, device: /dev/none1, usb-serial: A1}",
	       "console: {driver: serial, device: /dev/none2, usb-serial: A1}");
	refuse("console: {driver: tcp, host: rack, port: 7}",
	       "console: {driver: rfc2217, host: RACK, port: 7}", "7}", "console port rack:7");
	accept("console: {driver: tcp, host: rack, port: 7}",
	       "console: {driver: tcp, host: rack, port: 8}");
	refuse("console: {driver: unix, path: /none/s}", "console: {driver: unix, path: /none/s}",
	       "/none/s", "console socket /none/s");
}

static void a_link_is_the_port_that_it_leads_to(void **state)
{
	(void)state;
	CLEANUP_FREE char *link = NULL;
	CLEANUP_FREE char *key = NULL;
	assert_true(asprintf(&link, "%s/by-id", dir) > 0);
	assert_true(asprintf(&key, "console: {driver: serial, device: %s}", link) > 0);
	assert_int_equal(symlink("/dev/null", link), 0);
	refuse(key, "console: {driver: serial, device: /dev/null}", "/dev/null",
	       "serial port /dev/null");
}

static void one_outlet_is_one_boards(void **state)
{
	(void)state;
	static const char *const pdu = "power: {driver: http, template: pdudaemon, url: "
				       "\"http://pdu:16421\", host: p1, outlet: 7}";
	refuse(pdu,
	       "power: {driver: http, template: pdudaemon, url: \"http://PDU:16421/\", host: p1, "
	       "outlet: 7}",
	       "7}", "power outlet http://pdu:16421/power/control/on?hostname=p1&port=7");
	accept(pdu, "power: {driver: http, template: pdudaemon, url: \"http://pdu:16421\", host: "
		    "p1, outlet: 8}");
	accept(pdu, "power: {driver: http, template: pdudaemon, url: \"http://pdu:16421\", host: "
		    "p2, outlet: 7}");
	// Whoever logs in, and whatever says that it is the first relay.
	refuse("power: {driver: http, template: tasmota, url: \"http://plug\", user: a}",
	       "power: {driver: http, template: tasmota, url: \"http://plug\", outlet: 1}", "1}",
	       "power outlet http://plug/cm?cmnd=Power1%20On");
	refuse("power: {driver: http, template: netio, url: \"http://n\", outlet: 2}",
	       "power: {driver: http, template: netio, url: \"http://n\", outlet: 2}", "2}",
	       "power outlet http://n/netio.json {\"Outputs\":[{\"ID\":2,");
	accept("power: {driver: http, template: netio, url: \"http://n\", outlet: 1}",
	       "power: {driver: http, template: netio, url: \"http://n\", outlet: 2}");
	refuse("power: {driver: http, url: \"http://127.0.0.1:80\", on: /1, off: /0}",
	       "power: {driver: http, url: \"http://LOCALHOST/\", on: /1, off: /0}",
	       "\"http://LOCALHOST/\"", "power outlet http://localhost/1");
	refuse("power: {driver: http, url: \"http://n\", on: /1, off: /0}",
	       "power: {driver: http, url: \"http://n\", on: /1, off: /0}", "\"http://n\"",
	       "power outlet http://n/1");
	refuse(
	    "power: {driver: redfish, url: \"https://bmc\", user: a, password: {environment: P}}",
	    "power: {driver: redfish, url: \"https://bmc\", user: b, password: {environment: P}}",
	    "\"https://bmc\"", "power of https://bmc/redfish/v1/Systems/1");
	accept(
	    "power: {driver: redfish, url: \"https://bmc\", user: a, password: {environment: P}}",
	    "power: {driver: redfish, url: \"https://bmc\", user: a, password: {environment: P}, "
	    "system: "
	    "/s/2}");
}

static void relays_of_one_card_are_told_apart(void **state)
{
	(void)state;
	accept("power: {driver: serial-relay, device: /dev/none1, channel: 1}",
	       "power: {driver: serial-relay, device: /dev/none1, channel: 2}");
	refuse("power: {driver: serial-relay, device: /dev/none1, channel: 2}",
	       "power: {driver: serial-relay, device: /dev/none1, channel: 2}", "/dev/none1",
	       "serial port /dev/none1, channel 2");
	refuse("power: {driver: serial-relay, device: /dev/none1, channel: 2}",
	       "console: {driver: serial, device: /dev/none1}", "/dev/none1",
	       "serial port /dev/none1");
}

static void one_boot_file_is_one_boards(void **state)
{
	(void)state;
	refuse("boot: {driver: efi, root: /srv/b}", "boot: {driver: efi, root: /srv/b}", "/srv/b",
	       "boot file /srv/b/EFI/BOOT/BOOTAA64.EFI");
	accept("boot: {driver: efi, root: /srv/b, name: b1.efi}",
	       "boot: {driver: efi, root: /srv/b, name: b2.efi}");
}

// Programs find their board as they like, and a board that always has power has no switch.
static void commands_may_be_equal(void **state)
{
	(void)state;
	accept("tags: [a]", "tags: [b]");
}

// Both have it from their type, where it stands once.
static void what_two_boards_inherit_is_shown_at_the_boards(void **state)
{
	(void)state;
	folder_write(dir, "b.yaml", "boards:\n  x2: {type: shared}\n  x1: {type: shared}\n");
	CLEANUP_BOARDS struct boards_config *c = NULL;
	assert_null(boards_load(dir, &c));
	CLEANUP_ERROR struct error *e = claims_check(c);
	assert_non_null(e);
	assert_non_null(strstr(error_text(e), "/b.yaml:3:3: console port rack-1:3001 is that of "
					      "board \"x2\" already (first: "));
	assert_non_null(
	    strstr(error_text(e), "/b.yaml:2), expected one of its own for board \"x1\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_console_is_one_boards),
	    cmocka_unit_test(a_link_is_the_port_that_it_leads_to),
	    cmocka_unit_test(one_outlet_is_one_boards),
	    cmocka_unit_test(relays_of_one_card_are_told_apart),
	    cmocka_unit_test(one_boot_file_is_one_boards),
	    cmocka_unit_test(commands_may_be_equal),
	    cmocka_unit_test(what_two_boards_inherit_is_shown_at_the_boards),
	};
	return cmocka_run_group_tests_name("board/claims", tests, set_up, tear_down);
}
