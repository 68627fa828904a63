// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include "config/boards.h"
#include "unit/folder.h"

static const char type_text[] = "types:\n"
				"  t:\n"
				"    description: a type\n"
				"    compatible: [\"acme,board\"]\n"
				"    cpu: {name: X, midr: 0x410fd823, bbm: 2, bbml2: true}\n"
				"    console: {driver: unix}\n"
				"    power: {driver: qmp, cpu: max, memory: 2G}\n"
				"    boot: {driver: direct}\n";

struct fixture {
	char *dir;
};

static int set_up(void **state)
{
	static struct fixture f;
	f.dir = folder_new();
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	folder_remove(f->dir);
	free(f->dir);
	return 0;
}

static struct boards_config *load(const char *dir)
{
	struct boards_config *c = NULL;
	struct error *e = boards_load(dir, &c);
	if (e)
		fail_msg("%s", error_text(e));
	return c;
}

static void assert_refused(const char *dir, const char *message)
{
	CLEANUP_BOARDS struct boards_config *c = NULL;
	CLEANUP_ERROR struct error *e = boards_load(dir, &c);
	assert_non_null(e);
	if (!strstr(error_text(e), message))
		fail_msg("\"%s\" does not contain \"%s\"", error_text(e), message);
}

static const char *power_value(const struct board_config *b, const char *key)
{
	const char *text = NULL;
	struct config_node n = config_map_find(&b->power, key);
	if (config_is_set(n))
		assert_null(config_string(n, &text));
	return text;
}

static void a_boards_keys_lie_over_its_types(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	folder_write(f->dir, "b.yaml",
		     "boards:\n  b1: {type: t, power: {memory: 4G}}\n"
		     "  b2: {type: t, power: {driver: http}}\n");
	CLEANUP_BOARDS struct boards_config *c = load(f->dir);
	const struct board_config *b1 = boards_find(c, "b1");
	assert_string_equal(power_value(b1, "driver"), "qmp");
	assert_string_equal(power_value(b1, "cpu"), "max");
	assert_string_equal(power_value(b1, "memory"), "4G");
	const struct board_config *b2 = boards_find(c, "b2");
	assert_string_equal(power_value(b2, "driver"), "http");
	assert_null(power_value(b2, "memory")); // another driver's keys do not leak in
}

static void pools_choose_by_capability_tags_and_name(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	folder_write(f->dir, "b.yaml",
		     "boards:\n  b1: {type: t, tags: [rack1, fast]}\n  b2: {type: t}\n"
		     "pools:\n  yes: {bbml2: true}\n  no: {bbml2: false}\n"
		     "  fast: {tags: [fast]}\n  slow: {without_tags: [fast]}\n"
		     "  one: {boards: [b2]}\n");
	CLEANUP_BOARDS struct boards_config *c = load(f->dir);
	static const struct {
		const char *pool;
		bool b1, b2;
	} cases[] = {{"yes", true, true},
		     {"no", false, false},
		     {"fast", true, false},
		     {"slow", false, true},
		     {"one", false, true}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pool_config *p = boards_find_pool(c, cases[i].pool);
		assert_int_equal(pool_has(p, boards_find(c, "b1")), cases[i].b1);
		assert_int_equal(pool_has(p, boards_find(c, "b2")), cases[i].b2);
	}
}

static void mistakes_are_named_with_their_place(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
	    {"boards:\n  b1: {type: u}\n", "b.yaml:2:14: board \"b1\" is of type \"u\""},
	    {"boards:\n  b1: {type: t}\n  b1: {type: t}\n", "b.yaml:3:3: key \"b1\""},
	    {"boards:\n  b1: {type: t, colour: red}\n", "b.yaml:2:17: unknown key \"colour\""},
	    {"boards:\n  b1: {}\n", "b.yaml:2:7: key \"type\" is missing"},
	    {"boards:\n  b/1: {type: t}\n", "b.yaml:2:3: name \"b/1\""},
	    {"types:\n  t: {}\n", "\"t\" is declared a second time in types (first: "},
	    {"types:\n  u: {cpu: {name: X, midr: 0x1, bbml2: maybe}}\n",
	     "\"maybe\", expected true or false"},
	    {"types:\n  u: {cpu: {name: X, midr: 0x1ffffffff, bbml2: true}}\n",
	     "expected a whole number"},
	    {"types:\n  u: {cpu: {name: X, midr: 1, bbml2: true}, caps: {power_cycles: many}}\n",
	     "b.yaml:2:66: \"many\", expected a whole number"},
	    {"types:\n  u: {cpu: {name: X, midr: 1, bbml2: true}, health_check: []}\n",
	     "a list, expected a single value"},
	    {"pools:\n  p: {boards: [nobody]}\n", "names board \"nobody\""},
	    {"bords: {}\n", "b.yaml:1:1: unknown key \"bords\""},
	    {"boards: 7\n", "b.yaml:1:9: a single value, expected a mapping"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		folder_write(f->dir, "b.yaml", cases[i].text);
		assert_refused(f->dir, cases[i].message);
	}
}

static const char family_text[] = "types:\n"
				  "  family:\n"
				  "    description: all of them\n"
				  "    compatible: [\"acme,family\"]\n"
				  "    cpu: {name: X, midr: 0x410fd823, bbm: 2, bbml2: true}\n"
				  "    arguments: console=ttyS0,115200\n"
				  "    health_check: alive\n"
				  "    caps: {power_cycles: 40, erase_cycles: 7}\n"
				  "    console: {driver: serial, baud: 115200}\n"
				  "    power: {driver: http, template: tasmota}\n"
				  "    boot: {driver: direct}\n"
				  "  next:\n"
				  "    base: family\n"
				  "    cpu: {midr: 0x410fd0c0, bbm: 0}\n"
				  "    arguments: earlycon\n"
				  "    dtb: next.dtb\n"
				  "    caps: {power_cycles: 30}\n"
				  "    console: {baud: 1500000}\n";

static void a_type_is_built_on_its_base(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", family_text);
	folder_write(
	    f->dir, "b.yaml",
	    "boards:\n  b1: {type: next, arguments: maxcpus=2, console: {device: /dev/x}}\n"
	    "  b2: {type: family}\n");
	CLEANUP_BOARDS struct boards_config *c = load(f->dir);
	const struct board_config *b = boards_find(c, "b1");
	assert_string_equal(b->type, "next");
	assert_string_equal(b->description, "all of them");
	assert_string_equal(b->compatible[0], "acme,family");
	assert_string_equal(b->cpu.name, "X");
	assert_int_equal(b->cpu.midr, 0x410fd0c0);
	assert_int_equal(b->cpu.bbm, 0);
	assert_true(b->cpu.bbml2);
	assert_string_equal(b->arguments, "console=ttyS0,115200 earlycon maxcpus=2");
	const char *baud, *device;
	assert_null(config_string(config_map_find(&b->console, "baud"), &baud));
	assert_null(config_string(config_map_find(&b->console, "device"), &device));
	assert_string_equal(baud, "1500000");
	assert_string_equal(device, "/dev/x");
	CLEANUP_FREE char *dtb = NULL;
	assert_true(asprintf(&dtb, "%s/next.dtb", f->dir) > 0);
	assert_string_equal(b->dtb, dtb);
	const struct board_config *plain = boards_find(c, "b2");
	assert_string_equal(plain->arguments, "console=ttyS0,115200");
	assert_null(plain->dtb);
	assert_string_equal(b->health_check, "alive");
	assert_string_equal(plain->health_check, "alive");
	assert_int_equal(b->caps.power_cycles, 30);
	assert_int_equal(b->caps.erase_cycles, 7);
	assert_int_equal(plain->caps.power_cycles, 40);
	assert_int_equal(plain->cpu.bbm, 2);
}

static void a_base_that_cannot_be_is_refused(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", "types:\n  a: {base: b}\n  b: {base: a}\n");
	assert_refused(f->dir, "a.yaml:2:3: type \"a\" is built on itself");
	folder_write(f->dir, "a.yaml", "types:\n  a: {base: none}\n");
	assert_refused(f->dir, "a.yaml:2:13: the base \"none\" is a type that no file declares");
	folder_write(f->dir, "a.yaml", "types:\n  a: {base: [b]}\n");
	assert_refused(f->dir, "a.yaml:2:13: a list, expected a single value");
}

static void what_people_note_is_kept_as_it_is(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	folder_write(f->dir, "b.yaml",
		     "boards:\n  b1: {type: t, misc: {shelf: 3B, owner: Ann, asset: 0017}}\n");
	CLEANUP_BOARDS struct boards_config *c = load(f->dir);
	const struct board_config *b = boards_find(c, "b1");
	const char *asset;
	assert_int_equal(b->misc.count, 3);
	assert_null(config_string(config_map_find(&b->misc, "asset"), &asset));
	assert_string_equal(asset, "0017");
	// It stays in the lab: what a run keeps of its board goes to others.
	CLEANUP_BUFFER struct buffer text = {0};
	board_config_dump(b, "p", &text);
	assert_null(strstr(buffer_str(&text), "Ann"));
	folder_write(f->dir, "b.yaml", "boards:\n  b1: {type: t, misc: {shelf: {no: 3}}}\n");
	assert_refused(f->dir, "b.yaml:2:31: a mapping, expected a single value");
}

static const char *const wrong_text = "types:\n"
				      "  u: {cpu: {name: X, midr: 0x1, bbml2: maybe}}\n"
				      "boards:\n"
				      "  b1: {type: t, colour: red, wieght: 3}\n"
				      "  b2: {type: nosuch}\n"
				      "  b3: {type: t}\n"
				      "pools:\n"
				      "  p: {boards: [nobody, b3]}\n";

static void every_mistake_is_told(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	folder_write(f->dir, "b.yaml", wrong_text);
	folder_write(f->dir, "c.yaml", "boards: [\n");
	CLEANUP_PROBLEMS struct config_problems p = {0};
	CLEANUP_BOARDS struct boards_config *c = NULL;
	boards_load_all(f->dir, &p, &c);
	static const char *const wanted[] = {"c.yaml:2:1: ",
					     "\"maybe\", expected true or false",
					     "unknown key \"colour\"",
					     "unknown key \"wieght\"",
					     "is of type \"nosuch\", which no file declares",
					     "names board \"nobody\""};
	assert_int_equal(p.mistakes, sizeof(wanted) / sizeof(wanted[0]));
	for (size_t i = 0; i < p.mistakes; i++)
		if (!strstr(error_text(p.items[i].error), wanted[i]))
			fail_msg("\"%s\" does not contain \"%s\"", error_text(p.items[i].error),
				 wanted[i]);
	// What is right is there all the same.
	assert_int_equal(c->boards_count, 1);
	assert_string_equal(c->boards[0].name, "b3");
}

static void a_types_mistake_is_told_once(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml",
		     "types:\n  t: {cpu: {name: X}, console: {}, power: {}, boot: {}}\n"
		     "boards:\n  b1: {type: t}\n  b2: {type: t}\n");
	CLEANUP_PROBLEMS struct config_problems p = {0};
	CLEANUP_BOARDS struct boards_config *c = NULL;
	boards_load_all(f->dir, &p, &c);
	assert_int_equal(p.mistakes, 1);
}

static void what_may_be_meant_is_a_doubt(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"boards:\n  b1: {type: t, tags: \"a, b\"}\n",
	     "b.yaml:2:23: tags: \"a, b\" is one word, expected a list: [a, b]"},
	    {"boards:\n  b1: {type: t}\npools:\n  p: {tags: [none]}\n",
	     "b.yaml:4:3: pool \"p\" has no board"},
	    {"boards:\r\n  b1: {type: t}\r\n", "b.yaml: lines end in CR LF"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_PROBLEMS struct config_problems p = {0};
		CLEANUP_BOARDS struct boards_config *c = NULL;
		folder_write(f->dir, "b.yaml", cases[i].text);
		boards_load_all(f->dir, &p, &c);
		assert_int_equal(p.count, 1);
		assert_int_equal(p.mistakes, 0);
		assert_true(p.items[0].doubt);
		if (!strstr(error_text(p.items[0].error), cases[i].message))
			fail_msg("\"%s\" does not contain \"%s\"", error_text(p.items[0].error),
				 cases[i].message);
		assert_non_null(boards_find(c, "b1"));
	}
}

static void a_board_without_console_is_refused(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml",
		     "types:\n  t:\n    cpu: {name: X, midr: 1, bbml2: true}\n"
		     "    power: {driver: qmp}\n    boot: {driver: direct}\n"
		     "boards:\n  b1: {type: t}\n");
	assert_refused(f->dir, "neither the board nor its type has a \"console\"");
}

static void an_empty_or_missing_folder_is_refused(void **state)
{
	struct fixture *f = *state;
	assert_refused(f->dir, "no *.yaml file");
	assert_refused("/nonexistent/boards", "No such file");
}

static void a_snapshot_reads_back_to_the_same_board(void **state)
{
	struct fixture *f = *state;
	folder_write(f->dir, "a.yaml", type_text);
	folder_write(f->dir, "b.yaml",
		     "boards:\n  b1: {type: t, tags: [a, \"b \\\"c\"], power: {memory: 4G}}\n");
	CLEANUP_BOARDS struct boards_config *c = load(f->dir);
	CLEANUP_BUFFER struct buffer once = {0};
	board_config_dump(boards_find(c, "b1"), "pool", &once);
	folder_write(f->dir, "snapshot/board.yaml", buffer_str(&once));
	CLEANUP_FREE char *path = NULL;
	assert_true(asprintf(&path, "%s/snapshot/board.yaml", f->dir) > 0);
	CLEANUP_BOARDS struct boards_config *again = load(path);
	CLEANUP_BUFFER struct buffer twice = {0};
	board_config_dump(&again->boards[0], "pool", &twice);
	assert_string_equal(buffer_str(&once), buffer_str(&twice));
	assert_int_equal(again->boards[0].cpu.midr, 0x410fd823);
	assert_string_equal(power_value(&again->boards[0], "memory"), "4G");
	assert_true(pool_has(&again->pools[0], &again->boards[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_boards_keys_lie_over_its_types, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(pools_choose_by_capability_tags_and_name, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(mistakes_are_named_with_their_place, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_type_is_built_on_its_base, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_base_that_cannot_be_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_people_note_is_kept_as_it_is, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(every_mistake_is_told, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_types_mistake_is_told_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_may_be_meant_is_a_doubt, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_board_without_console_is_refused, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(an_empty_or_missing_folder_is_refused, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_snapshot_reads_back_to_the_same_board, set_up,
					    tear_down),
	};
	return cmocka_run_group_tests_name("config/boards", tests, NULL, NULL);
}
