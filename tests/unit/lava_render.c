// SPDX-License-Identifier: GPL-2.0-or-later
// What lava-run is given says, read as YAML, what was wanted, whatever the texts hold; with what LAVA
// needs and nobody thinks of.
#include "unit/unit.h"

#include <stdlib.h>
#include <yaml.h>

#include "base/memory.h"
#include "lava/render.h"

static const char *const flash[] = {"/srv/bin/flash {KERNEL}", "/srv/bin/check", NULL};
static const char *const emulator[] = {"qemu-system-aarch64", "-cpu", "max,midr=0x1", NULL};
static const char *const commands[] = {"dhcp", "setenv bootargs \"a b\"", "{BOOTX}", NULL};

static struct lava_work work(enum lava_method method)
{
	return (struct lava_work){
	    .method = method,
	    .job_name = "b: \"1\"\n",
	    .connect = "telnet 127.0.0.1 4101",
	    .hard_reset = "/run/power",
	    .flash = flash,
	    .emulator = emulator,
	    .commands = commands,
	    .prompt = "=> ",
	    .interrupt = "Hit any key",
	    .at = {"0x42000000", "0x46000000", "${fdtcontroladdr}"},
	    .kernel = "/p/Image",
	    .initrd = "/p/initrd",
	    .arguments = "console=ttyAMA0 x=\"a\\b\"",
	};
}

static yaml_node_t *find(yaml_document_t *d, yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		yaml_node_t *name = yaml_document_get_node(d, p->key);
		if (strcmp((char *)name->data.scalar.value, key) == 0)
			return yaml_document_get_node(d, p->value);
	}
	return NULL;
}

// The scalar at a path of keys and numbers of items, joined by '/'; "(map)", "(none)".
static const char *at(yaml_document_t *d, const char *path)
{
	CLEANUP_FREE char *copy = memory_strdup(path);
	yaml_node_t *n = yaml_document_get_root_node(d);
	char *rest = copy;
	for (char *key; n && (key = strsep(&rest, "/"));) {
		if (n->type != YAML_SEQUENCE_NODE) {
			n = find(d, n, key);
			continue;
		}
		yaml_node_item_t *item = n->data.sequence.items.start + atoi(key);
		n = item < n->data.sequence.items.top ? yaml_document_get_node(d, *item) : NULL;
	}
	return !n ? "(none)" : n->type != YAML_SCALAR_NODE ? "(map)" : (char *)n->data.scalar.value;
}

struct wanted {
	const char *path, *value;
};

static void check(void (*render)(const struct lava_work *, struct buffer *),
		  enum lava_method method, const struct wanted *wanted)
{
	CLEANUP_BUFFER struct buffer text = {0};
	const struct lava_work w = work(method);
	render(&w, &text);
	yaml_parser_t p;
	yaml_document_t d;
	assert_true(yaml_parser_initialize(&p));
	yaml_parser_set_input_string(&p, (unsigned char *)text.data, text.len);
	if (!yaml_parser_load(&p, &d))
		fail_msg("line %zu: %s\n%s", p.problem_mark.line, p.problem, buffer_str(&text));
	for (; wanted->path; wanted++)
		if (strcmp(at(&d, wanted->path), wanted->value) != 0)
			fail_msg("%s: \"%s\", expected \"%s\"", wanted->path, at(&d, wanted->path),
				 wanted->value);
	yaml_document_delete(&d);
	yaml_parser_delete(&p);
}

static void boards(void **state)
{
	(void)state;
	check(lava_render_device, LAVA_MINIMAL,
	      (struct wanted[]){{"commands/connect", "telnet 127.0.0.1 4101"},
				{"commands/hard_reset", "/run/power"},
				{"constants/spawn_maxread", "2000"},
				{"constants/failure_retry", "1"},
				{"constants/default-shell-prompt", "lava-test: # "},
				{"parameters", "(map)"},
				{"actions/deploy/methods/flasher/commands/0", flash[0]},
				{"actions/deploy/methods/flasher/commands/1", flash[1]},
				{"actions/boot/methods/minimal", "null"},
				{"actions/boot/connections/serial", "null"},
				{0}});
	check(lava_render_device, LAVA_QEMU,
	      (struct wanted[]){{"available_architectures/0", "arm64"},
				{"commands", "(map)"},
				{"actions/deploy/methods/image", "(map)"},
				{"actions/boot/methods/qemu/parameters/command", emulator[0]},
				{"actions/boot/methods/qemu/parameters/options/1", emulator[2]},
				{0}});
	check(lava_render_device, LAVA_UBOOT,
	      (struct wanted[]){{"constants/u-boot/interrupt-newline", "false"},
				{"constants/u-boot/interrupt-prompt", "Hit any key"},
				{"constants/u-boot/final-message", "Starting kernel"},
				{"parameters/booti/dtb", "${fdtcontroladdr}"},
				{"actions/deploy/parameters/add_header", "u-boot"},
				{"actions/boot/methods/u-boot/parameters/bootloader_prompt", "=> "},
				{"actions/boot/methods/u-boot/mmfarm/commands/1", commands[1]},
				{0}});
}

static void jobs(void **state)
{
	(void)state;
	check(lava_render_job, LAVA_MINIMAL,
	      (struct wanted[]){{"job_name", "b: \"1\"\n"},
				{"actions/0/deploy/to", "flasher"},
				{"actions/0/deploy/images/kernel/url", "file:///p/Image"},
				{"actions/0/deploy/images/kernel/image_arg", "(none)"},
				{"actions/1/boot/method", "minimal"},
				{"actions/2/test/monitors/0/start", "(?!)"},
				{"timeouts/job/hours", "72"},
				{0}});
	check(lava_render_job, LAVA_QEMU,
	      (struct wanted[]){{"context/arch", "arm64"},
				{"actions/0/deploy/images/kernel/image_arg",
				 "-kernel {kernel} -append \"console=ttyAMA0 x=\\\"a\\\\b\\\"\""},
				{"actions/0/deploy/images/initrd/image_arg", "-initrd {initrd}"},
				{"actions/0/deploy/images/dtb", "(none)"},
				{"actions/1/boot/method", "qemu"},
				{0}});
	check(lava_render_job, LAVA_UBOOT,
	      (struct wanted[]){{"actions/0/deploy/to", "tftp"},
				{"actions/0/deploy/kernel/type", "image"},
				{"actions/0/deploy/ramdisk/url", "file:///p/initrd"},
				{"actions/1/boot/commands", "mmfarm"},
				{0}});
}

// A job for a LAVA that judges by itself: its timeouts are the payload's.
static void jobs_with_a_monitor(void **state)
{
	(void)state;
	static const struct lava_monitor m = {"begin", "end", "(?P<x>.)",
					      "{ok: pass, not ok: fail}"};
	struct lava_work w = work(LAVA_QEMU);
	w.monitor = &m;
	w.device_type = "qemu";
	w.seconds = 60;
	CLEANUP_BUFFER struct buffer text = {0};
	lava_render_job(&w, &text);
	assert_non_null(strstr(buffer_str(&text), "device_type: \"qemu\"\n"));
	assert_non_null(strstr(buffer_str(&text), "job: {seconds: 720}, action: {seconds: 360}, "
						  "connection: {seconds: 60}"));
	assert_non_null(strstr(buffer_str(&text), "fixupdict: {ok: pass, not ok: fail}\n"));
	assert_non_null(strstr(buffer_str(&text), "pattern: \"(?P<x>.)\"\n"));
}

// A board without a flash command has its payload put there by its reset.
static void nothing_to_deploy(void **state)
{
	(void)state;
	struct lava_work w = work(LAVA_MINIMAL);
	w.flash = NULL;
	CLEANUP_BUFFER struct buffer job = {0}, device = {0};
	lava_render_job(&w, &job);
	lava_render_device(&w, &device);
	assert_null(strstr(buffer_str(&job), "deploy"));
	assert_non_null(strstr(buffer_str(&device), "methods: {}"));
}

static void any_text_is_one_scalar(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	lava_render_text("a\"\\\n\t\x7f\xc2\x85\xff{x}: #é", &text);
	assert_string_equal(buffer_str(&text),
			    "\"a\\\"\\\\\\x0A\\x09\\x7F\\x85\xef\xbf\xbd{x}: #é\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(boards),
	    cmocka_unit_test(jobs),
	    cmocka_unit_test(jobs_with_a_monitor),
	    cmocka_unit_test(nothing_to_deploy),
	    cmocka_unit_test(any_text_is_one_scalar),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
