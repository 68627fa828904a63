// SPDX-License-Identifier: GPL-2.0-or-later
// What the drivers of a board refuse in its file: each mistake with its place and what was expected.
#include "unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "board/board.h"
#include "config/secret.h"
#include "unit/folder.h"

#define GOOD_CONSOLE "{driver: tcp, host: h, port: 1}"
#define GOOD_POWER   "{driver: exec, on: [a], off: [b]}"
#define GOOD_BOOT    "{driver: exec, prepare: [a]}"

static char *dir;

static int set_up(void **state)
{
	(void)state;
	dir = folder_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_remove(dir);
	free(dir);
	return 0;
}

// Each section stands in a line of its own, so that a mistake's column can be counted in the test.
static struct boards_config *load(const char *console, const char *power, const char *boot)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text,
		      "types: {t: {cpu: {name: X, midr: 1, bbml2: true}}}\nboards: {b1: {type: t,\n"
		      "console:\n%s,\npower:\n%s,\nboot:\n%s}}\n",
		      console ? console : GOOD_CONSOLE, power ? power : GOOD_POWER,
		      boot ? boot : GOOD_BOOT);
	folder_write(dir, "b.yaml", buffer_str(&text));
	struct boards_config *c = NULL;
	struct error *e = boards_load(dir, &c);
	if (e)
		fail_msg("%s", error_text(e));
	return c;
}

enum section { CONSOLE, POWER, BOOT };
static const char *const lines[] = {"4", "6", "8"};

struct mistake {
	enum section section;
	const char *text;
	const char *column; // where it is
	const char *message;
};

static struct error *check(enum section section, const char *text)
{
	CLEANUP_BOARDS struct boards_config *c =
	    load(section == CONSOLE ? text : NULL, section == POWER ? text : NULL,
		 section == BOOT ? text : NULL);
	CLEANUP_BOARD struct board *b = NULL;
	return board_new(&c->boards[0], &b);
}

static void refuse_all(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct mistake *m = &mistakes[i];
		CLEANUP_ERROR struct error *e = check(m->section, m->text);
		if (!e)
			fail_msg("accepted: %s", m->text);
		CLEANUP_BUFFER struct buffer place = {0};
		buffer_printf(&place, "b.yaml:%s:%s: board b1: ", lines[m->section], m->column);
		if (!strstr(error_text(e), buffer_str(&place)) ||
		    !strstr(error_text(e), m->message))
			fail_msg("%s\n is refused with: %s", m->text, error_text(e));
		assert_int_equal(error_kind(e), ERROR_CONFIG);
	}
}
#define REFUSE_ALL(list) refuse_all(list, sizeof(list) / sizeof((list)[0]))

static void accept(enum section section, const char *text)
{
	CLEANUP_ERROR struct error *e = check(section, text);
	if (e)
		fail_msg("%s\n is refused with: %s", text, error_text(e));
}

static void mistakes_in_a_console(void **state)
{
	(void)state;
	static const struct mistake mistakes[] = {
	    {CONSOLE, "{}", "1", "key \"driver\" is missing"},
	    {CONSOLE, "{driver: nix}", "10",
	     "expected one of: serial, tcp, rfc2217, telnet, unix, exec"},
	    {CONSOLE, "{driver: serial}", "1", "expected \"device\""},
	    {CONSOLE, "{driver: serial, device: \"\"}", "26", "an empty text"},
	    {CONSOLE, "{driver: serial, device: ttyUSB0}", "26", "a path such as /dev/ttyUSB0"},
	    {CONSOLE, "{driver: serial, usb-serial: \"\"}", "30", "an empty text"},
	    {CONSOLE, "{driver: serial, device: /d, baud: fast}", "36", "50 to 4000000"},
	    {CONSOLE, "{driver: serial, device: /d, parity: mark}", "38", "none, odd, even"},
	    {CONSOLE, "{driver: serial, device: /d, grace: soon}", "37", "0 to 600 seconds"},
	    {CONSOLE, "{driver: tcp, host: h}", "1", "key \"port\" is missing"},
	    {CONSOLE, "{driver: tcp, host: \"\", port: 1}", "21", "an empty text"},
	    {CONSOLE, "{driver: tcp, host: h, port: ssh}", "30", "1 to 65535"},
	    {CONSOLE, "{driver: tcp, host: h, port: 1, baud: 9600}", "33", "unknown key \"baud\""},
	    {CONSOLE, "{driver: unix, path: [a]}", "22", "expected a single value"},
	    {CONSOLE, "{driver: exec, command: []}", "25", "at least one value"},
	    {CONSOLE, "{driver: exec, command: [cat], ready: \"\"}", "39", "an empty text"},
	};
	REFUSE_ALL(mistakes);
}

static void mistakes_in_a_power_switch(void **state)
{
	(void)state;
	static const struct mistake mistakes[] = {
	    {POWER, "{driver: exec, on: [a]}", "1", "key \"off\" is missing"},
	    {POWER, "{driver: exec, on: [a], off: [b], tries: 0}", "42", "from 1 to 10"},
	    {POWER, "{driver: http}", "1", "key \"url\" is missing"},
	    {POWER, "{driver: http, url: h}", "21", "expected http:// or https://"},
	    {POWER, "{driver: http, url: \"http://\"}", "21", "names no host"},
	    {POWER, "{driver: http, url: \"http://u:p@h\"}", "21",
	     "a user, password or token in a URL"},
	    {POWER, "{driver: http, url: \"http://h x\"}", "21", "http://HOST:PORT"},
	    {POWER, "{driver: http, url: \"http://h:99999\"}", "21", "http://HOST:PORT"},
	    {POWER, "{driver: http, url: \"http://h:\"}", "21", "http://HOST:PORT"},
	    {POWER, "{driver: http, url: \"http://h:+8\"}", "21", "http://HOST:PORT"},
	    {POWER, "{driver: http, url: \"http://:80\"}", "21", "http://HOST:PORT"},
	    {POWER, "{driver: http, url: \"http://h/?a=b\"}", "21", "a path at most"},
	    {POWER, "{driver: http, url: \"http://h\"}", "1", "key \"on\" is missing"},
	    {POWER, "{driver: http, url: \"http://h\", template: x}", "43",
	     "expected one of: pdudae"},
	    {POWER, "{driver: http, url: \"http://h\", template: shelly}", "1",
	     "\"outlet\" is missing"},
	    {POWER, "{driver: http, url: \"http://h\", template: pdudaemon, outlet: 1}", "1",
	     "\"host\" is missing"},
	    {POWER, "{driver: http, url: \"http://h\", template: tasmota, host: p}", "58",
	     "no request of this switch has {host}"},
	    {POWER, "{driver: http, url: \"http://h\", on: /1, off: /0, outlet: 7}", "58",
	     "no request of this switch has {outlet}"},
	    {POWER, "{driver: http, url: \"http://h\", template: tasmota, on: /1}", "56",
	     "the template says it"},
	    // It would make part of another server's name.
	    {POWER, "{driver: http, url: \"http://h\", on: .evil/1, off: /0}", "37",
	     "starts with /"},
	    {POWER, "{driver: http, url: \"http://h\", on: /1, off: \"/0 1\"}", "46", "no blanks"},
	    {POWER, "{driver: http, url: \"http://h\", on: /1, off: /0, state: /s}", "1",
	     "state, state-on and state-off go together"},
	    {POWER, "{driver: http, url: \"http://h\", on: /1, off: /0, method: \"a b\"}", "58",
	     "GET, PUT or POST"},
	    {POWER, "{driver: redfish, url: \"https://h\"}", "1",
	     "keys \"user\", \"password\" are missing"},
	    {POWER, "{driver: redfish, url: \"https://h\", user: a}", "1",
	     "key \"password\" is missing"},
	    {POWER,
	     "{driver: redfish, url: \"https://h\", user: a, password: {environment: P}, "
	     "system: s}",
	     "82", "starts with /"},
	    {POWER,
	     "{driver: redfish, url: \"https://h\", user: a, password: {environment: P}, "
	     "on: 'a\"b'}",
	     "78", "expected a ResetType"},
	    {POWER, "{driver: serial-relay}", "1", "expected \"device\""},
	    {POWER, "{driver: serial-relay, device: /d, channel: 9}", "45", "from 1 to 8"},
	    {POWER, "{driver: qmp}", "1", "key \"cpu\" is missing"},
	};
	REFUSE_ALL(mistakes);
	accept(POWER, "{driver: http, url: \"http://h:8080/shelf/\", template: tasmota}");
	accept(POWER, "{driver: http, url: \"http://[::1]:8080\", template: shelly, outlet: 0}");
	accept(POWER,
	       "{driver: http, url: \"http://[::1]\", on: \"/{outlet}/1\", off: \"/{outlet}/0\", "
	       "outlet: 7}");
}

static void mistakes_in_a_boot(void **state)
{
	(void)state;
	static const struct mistake mistakes[] = {
	    {BOOT, "{driver: direct}", "1", "expected power: {driver: qmp}"},
	    {BOOT, "{driver: uboot}", "1", "expected \"tftp-root\""},
	    {BOOT, "{driver: uboot, tftp-root: /t, store: mmc}", "1", "needs an \"identity\""},
	    // Nothing but a text proves anything.
	    {BOOT, "{driver: uboot, tftp-root: /t, identity: {version: \"\"}}", "52",
	     "an empty text"},
	    {BOOT, "{driver: uboot, tftp-root: /t, identity: {probe: a, expect: \"\"}}", "61",
	     "an empty text"},
	    {BOOT, "{driver: uboot, tftp-root: /t, identity: {probe: a}}", "42", "go together"},
	    {BOOT, "{driver: uboot, tftp-root: /t, identity: {ethaddr: 02-00}}", "52",
	     "expected like 02:00:5e:10:00:01"},
	    {BOOT, "{driver: uboot, tftp-root: /t, prompt: \"\"}", "40", "an empty text"},
	    {BOOT, "{driver: uboot, tftp-root: /t, started: \"\"}", "41", "an empty text"},
	    {BOOT, "{driver: uboot, tftp-root: /t, before: [a, \"b\\nc\"]}", "44",
	     "plain characters"},
	    {BOOT, "{driver: uboot, tftp-root: /t, network: \"\"}", "41", "plain characters"},
	    {BOOT, "{driver: uboot, tftp-root: /t, boot: autonomous}", "38", "needs store: nor"},
	    {BOOT, "{driver: efi}", "1", "expected \"root\""},
	    {BOOT, "{driver: efi, root: /e, name: ../x}", "31", "a name below root"},
	    {BOOT, "{driver: efi, root: /e, name: \"\"}", "31", "an empty text"},
	    {BOOT, "{driver: exec}", "1", "expected prepare, flash or start"},
	    {BOOT, "{driver: exec, flash: [a]}", "1", "flash needs identify"},
	    {BOOT, "{driver: exec, flash: [a], identify: [b], expect: \"\"}", "51",
	     "an empty text"},
	};
	REFUSE_ALL(mistakes);
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, "{driver: uboot, tftp-root: /t, before: [a, \"");
	for (int i = 0; i < 441; i++)
		buffer_append_str(&text, "x");
	buffer_append_str(&text, "\"]}");
	const struct mistake too_long[] = {{BOOT, buffer_str(&text), "44", "1 to 440 plain"}};
	REFUSE_ALL(too_long);
}

// An unknown driver is found before the console has been set up: nothing of it may be closed.
static void a_refused_board_closes_nothing_of_its_callers(void **state)
{
	(void)state;
	int before = dup(STDIN_FILENO);
	assert_true(before >= 0);
	CLEANUP_ERROR struct error *e = check(CONSOLE, "{driver: nix}");
	assert_non_null(e);
	assert_true(fcntl(STDIN_FILENO, F_GETFD) >= 0);
	close(before);
}

// ---- secrets ------------------------------------------------------------------------------------

static void assert_secret_refused(const char *keys, const char *place, const char *message)
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	assert_null(config_file_parse("s.yaml", keys, strlen(keys), &f));
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	assert_null(config_map_init(&m, config_file_root(f)));
	struct secret where = {0};
	char *secret = NULL;
	struct error *e = secret_parse(config_map_find(&m, "password"), &where);
	CLEANUP_ERROR struct error *refused = e ? e : secret_read(&where, &secret);
	secret_deinit(&where);
	assert_non_null(refused);
	assert_null(secret);
	assert_int_equal(error_kind(refused), ERROR_CONFIG);
	if (strncmp(error_text(refused), place, strlen(place)) != 0 ||
	    !strstr(error_text(refused), message))
		fail_msg("%s is refused with: %s", keys, error_text(refused));
}

static void a_secret_that_cannot_be_had_is_named_with_its_place(void **state)
{
	(void)state;
	folder_write(dir, "empty", "\n");
	CLEANUP_FREE char *empty = NULL;
	assert_true(asprintf(&empty, "a: b\npassword: {file: %s/empty}\n", dir) > 0);
	assert_secret_refused(empty, "s.yaml:2:18: ", "is empty");
	assert_secret_refused("password: {file: /nonexistent/p}\n",
			      "s.yaml:1:18: ", "/nonexistent/p: No such file");
	assert_secret_refused("password: {file: /tmp}\n", "s.yaml:1:18: ", "Is a directory");
	assert_secret_refused("password: {environment: MMFARM_TEST_UNSET}\n",
			      "s.yaml:1:25: ", "variable MMFARM_TEST_UNSET is not set");
	setenv("MMFARM_TEST_EMPTY", "", 1);
	assert_secret_refused("password: {environment: MMFARM_TEST_EMPTY}\n",
			      "s.yaml:1:25: ", "is empty");
}

static void a_secret_comes_from_one_place(void **state)
{
	(void)state;
	assert_secret_refused("password: {file: /f, environment: E}\n",
			      "s.yaml:1:11: ", "one of them");
	assert_secret_refused("password: {}\n", "s.yaml:1:11: ", "one of them");
	assert_secret_refused("password: sesame\n", "s.yaml:1:11: ", "{file: PATH}");
	assert_secret_refused("password: {environment: se-same}\n", "s.yaml:1:25: ", "no name");
	const struct mistake both[] = {
	    {POWER,
	     "{driver: http, url: \"http://h\", template: tasmota, user: u, password: {file: /f, "
	     "environment: E}}",
	     "71", "one of them"},
	    {POWER,
	     "{driver: http, url: \"http://h\", template: tasmota, password: {environment: E}}",
	     "1", "expected a \"user\" too"},
	    // What it was once.
	    {POWER, "{driver: redfish, url: \"https://h\", user: u, password-env: E}", "46",
	     "expected password: {file: PATH} or password: {environment: NAME}"}};
	REFUSE_ALL(both);
}

static void a_mistyped_key_is_told_what_it_was_to_be(void **state)
{
	(void)state;
	static const struct mistake mistakes[] = {
	    {CONSOLE, "{driver: tcp, hots: h, port: 1}", "15",
	     "unknown key \"hots\", did you mean \"host\"?"},
	    {CONSOLE, "{driver: serial, device: /d, stop_bits: 1}", "30",
	     "did you mean \"stop-bits\"?"},
	    {CONSOLE, "{driver: serail, device: /d}", "10", "did you mean \"serial\"?"},
	    {POWER, "{driver: exec, on: [a], off: [b], enviroment: [C]}", "35",
	     "did you mean \"environment\"?"},
	    {POWER, "{driver: exec, on: [a], off: [b], colour: red}", "35",
	     "unknown key \"colour\", expected one of: driver, on, off,"},
	    {BOOT, "{driver: uboot, tftp-root: /t, identity: {verison: x}}", "43",
	     "did you mean \"version\"?"},
	};
	REFUSE_ALL(mistakes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mistakes_in_a_console),
	    cmocka_unit_test(mistakes_in_a_power_switch),
	    cmocka_unit_test(mistakes_in_a_boot),
	    cmocka_unit_test(a_refused_board_closes_nothing_of_its_callers),
	    cmocka_unit_test(a_secret_that_cannot_be_had_is_named_with_its_place),
	    cmocka_unit_test(a_secret_comes_from_one_place),
	    cmocka_unit_test(a_mistyped_key_is_told_what_it_was_to_be),
	};
	return cmocka_run_group_tests_name("board/board", tests, set_up, tear_down);
}
