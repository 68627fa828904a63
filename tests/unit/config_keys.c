// SPDX-License-Identifier: GPL-2.0-or-later
// A table of keys reads what it says, refuses what it does not say, and describes itself.
#include "unit/unit.h"

#include <stdlib.h>

#include "config/driver.h"

enum colour { RED, GREEN };

struct thing {
	const char *text, *path;
	int64_t number;
	bool flag;
	double seconds;
	uint64_t size;
	enum colour colour;
	const char **list, **command, **variables;
	char *file, *server, *url;
	struct secret secret;
	const char *inner;
	int initialised, released;
};

static const char *const colours[] = {"red", "green", NULL};
static const struct key inner_keys[] = {
    {"inner", KEY_TEXT(struct thing, inner), .preset = "none"},
    {0},
};
static const struct key keys[] = {
    {"text", KEY_TEXT(struct thing, text), .required = true, .help = "any text"},
    {"number", KEY_NUMBER(struct thing, number, -5, 5), .preset = "3"},
    {"flag", KEY_BOOL(struct thing, flag), .preset = "true"},
    {"seconds", KEY_SECONDS(struct thing, seconds, 0.5, 60), .preset = "2.5"},
    {"size", KEY_SIZE(struct thing, size), .preset = "2KiB"},
    {"colour", KEY_WORD(struct thing, colour, colours), .preset = "green"},
    {"list", KEY_LIST(struct thing, list)},
    {"command", KEY_COMMAND(struct thing, command)},
    {"environment", KEY_VARIABLES(struct thing, variables)},
    {"file", KEY_FILE(struct thing, file)},
    {"server", KEY_SERVER(struct thing, server)},
    {"url", KEY_URL(struct thing, url, NULL)},
    {"path", KEY_URL_PATH(struct thing, path)},
    {"password", KEY_SECRET(struct thing, secret)},
    {"group", KEY_GROUP(inner_keys), .help = "a group"},
    {0},
};

static int released; // by the driver, of how many states

static void thing_init(void *state)
{
	((struct thing *)state)->initialised = 1;
}

static struct error *thing_check(void *state, const struct config_map *map)
{
	const struct thing *t = state;
	return t->number == 4 ? config_error(map->node, "four is refused") : NULL;
}

static void thing_release(void *state)
{
	released += ((struct thing *)state)->initialised;
}

static const struct driver driver = {
    .name = "thing",
    .help = "a thing",
    .keys = keys,
    .size = sizeof(struct thing),
    .init = thing_init,
    .check = thing_check,
    .release = thing_release,
};

// The driver's state from a text, or the message; the file lives until the end of `use`.
static void with(const char *text, void (*use)(struct thing *t, const char *message))
{
	CLEANUP_CONFIG_FILE struct config_file *f = NULL;
	assert_null(config_file_parse("k.yaml", text, strlen(text), &f));
	CLEANUP_CONFIG_MAP struct config_map map = {0};
	assert_null(config_map_init(&map, config_file_root(f)));
	void *state = NULL;
	CLEANUP_ERROR struct error *e = driver_config(&driver, driver_keys, &map, &state);
	use(state, e ? error_text(e) : NULL);
	driver_free(&driver, state);
}

static void presets_hold(struct thing *t, const char *message)
{
	assert_null(message);
	assert_string_equal(t->text, "a");
	assert_int_equal(t->number, 3);
	assert_true(t->flag);
	assert_true(t->seconds == 2.5);
	assert_int_equal(t->size, 2048);
	assert_int_equal(t->colour, GREEN);
	assert_string_equal(t->inner, "none");
	assert_null(t->list);
	assert_null(t->file);
	assert_false(secret_is_set(&t->secret));
}

static void all_is_read(struct thing *t, const char *message)
{
	if (message)
		fail_msg("%s", message);
	assert_int_equal(t->number, -5);
	assert_false(t->flag);
	assert_true(t->seconds == 0.5);
	assert_int_equal(t->size, 1 << 30);
	assert_int_equal(t->colour, RED);
	assert_int_equal(keys_count(t->list), 2);
	assert_string_equal(t->list[1], "y");
	assert_string_equal(t->command[0], "ls");
	assert_null(t->command[2]);
	assert_string_equal(t->variables[0], "HOME");
	assert_string_equal(t->file, "f");
	assert_string_equal(t->server, "http://h:8/shelf");
	assert_string_equal(t->url, "https://h/?n=1");
	assert_string_equal(t->path, "/on?n=1");
	assert_string_equal(t->secret.environment, "PASS");
	assert_string_equal(t->inner, "i");
}

static void absent_keys_take_their_presets(void **state)
{
	(void)state;
	with("text: a\ndriver: thing\n", presets_hold);
}

static void each_type_is_read_to_its_place(void **state)
{
	(void)state;
	with("{text: a, number: -5, flag: false, seconds: 500ms, size: 1GiB, colour: red, "
	     "list: [x, y], command: [ls, -l], environment: HOME, file: f, "
	     "server: \"http://h:8/shelf//\", url: \"https://h/?n=1\", path: \"/on?n=1\", "
	     "password: {environment: PASS}, group: {inner: i}}",
	     all_is_read);
}

static const char *wanted;

static void is_refused(struct thing *t, const char *message)
{
	assert_null(t);
	if (!message || !strstr(message, wanted))
		fail_msg("expected \"%s\", is: %s", wanted, message ? message : "accepted");
}

static void what_is_wrong_is_refused_with_its_place(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
	    {"{number: 1}", "k.yaml:1:1: key \"text\" is missing"},
	    {"{text: a, number: 6}", "k.yaml:1:19: "},
	    {"{text: a, number: -6}", "from -5 to 5"},
	    {"{text: a, number: 4}", "four is refused"},
	    {"{text: a, flag: yes}", "k.yaml:1:17: "},
	    {"{text: a, seconds: 61}", "0.5 to 60 seconds"},
	    {"{text: a, size: 1GB}", "no size"},
	    {"{text: a, colour: blue}", "colour: \"blue\", expected one of: red, green"},
	    {"{text: a, list: []}", "at least one value"},
	    {"{text: a, command: [\"\"]}", "a program and its arguments"},
	    {"{text: a, command: [curl, -u, \"me:x\"]}", "a password or token among the arguments"},
	    {"{text: a, environment: [\"A=b\"]}", "names of variables only"},
	    {"{text: a, server: \"http://h?x=1\"}", "and a path at most"},
	    {"{text: a, url: \"ftp://h\"}", "expected http:// or https://HOST"},
	    {"{text: a, url: \"https://h/?token=sesame\"}", "expected `password:`"},
	    {"{text: a, path: \"on\"}", "starts with /"},
	    {"{text: a, password: sesame}", "{file: PATH}"},
	    {"{text: a, password-file: f}", "expected password: {file: PATH}"},
	    {"{text: a, group: {iner: x}}", "did you mean \"inner\"?"},
	    {"{text: a, numbre: 1}", "did you mean \"number\"? Known: driver, text, number,"},
	    {"{text: a, other: 1}", "unknown key \"other\", expected one of: driver, text,"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		released = 0;
		wanted = cases[i][1];
		with(cases[i][0], is_refused);
		assert_int_equal(released, 1); // what `init` has set up
	}
}

static void a_table_describes_itself(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer out = {0};
	keys_describe(keys, "  ", &out);
	const char *text = buffer_str(&out);
	assert_non_null(strstr(text, "  text: TEXT              any text (required)\n"));
	assert_non_null(strstr(text, "  number: N               (3)\n"));
	assert_non_null(strstr(text, "  colour: red | green     (green)\n"));
	assert_non_null(strstr(text, "  list: LIST\n"));
	assert_non_null(strstr(text, "  group:                  a group\n      inner: TEXT"));
	for (const struct key *k = keys; k->name; k++)
		assert_non_null(strstr(text, k->name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(absent_keys_take_their_presets),
	    cmocka_unit_test(each_type_is_read_to_its_place),
	    cmocka_unit_test(what_is_wrong_is_refused_with_its_place),
	    cmocka_unit_test(a_table_describes_itself),
	};
	return cmocka_run_group_tests_name("config/keys", tests, NULL, NULL);
}
