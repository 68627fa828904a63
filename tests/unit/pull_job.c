// SPDX-License-Identifier: GPL-2.0-or-later
// A definition as a job file that is one, and as a script that is one.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/farm.h"
#include "config/job.h"
#include "pull/pull_job.h"
#include "unit/folder.h"

static void load(const char *name, struct arena *arena, struct kernelci_definition *d)
{
	CLEANUP_FREE char *path = memory_printf("tests/data/kernelci/%s.json", name);
	CLEANUP_BUFFER struct buffer text = {0}, why = {0};
	assert_null(file_read(path, 1 << 20, ERROR_SYSTEM, &text));
	assert_true(kernelci_definition_parse(buffer_str(&text), text.len, arena, d, &why));
}

static const char *pools[] = {"bbml2", "no-bbml2", NULL};

static void each_definition_is_a_job(void **state)
{
	(void)state;
	static const char *const names[] = {"boot-qemu", "boot-rpi4", "ltp-mm-vim3",
					    "kselftest-mm-kevin", "unixbench-asurada"};
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_FREE char *path = path_join(dir, "job.yaml");
	for (size_t i = 0; i < 5; i++) {
		CLEANUP_ARENA struct arena arena = {0};
		CLEANUP_BUFFER struct buffer yaml = {0};
		CLEANUP_JOB struct job_config *job = NULL;
		struct kernelci_definition d;
		load(names[i], &arena, &d);
		const struct kernelci_platform_config p = {
		    .name = d.platform, .pools = pools, .arguments = "console=ttyAMA0 \"a b\""};
		pull_job_yaml(&d, &p, i != 1, &yaml);
		folder_write(dir, "job.yaml", buffer_str(&yaml));
		CLEANUP_ERROR struct error *e = job_load(path, &job);
		if (e)
			fail_msg("%s\n%s", error_text(e), buffer_str(&yaml));
		assert_string_equal(job->name, "kernelci");
		assert_int_equal(job->pools_count, 2);
		assert_string_equal(job->variants[0].name, d.platform);
		assert_int_equal(job->payload.parts[PAYLOAD_INITRD].path != NULL, i != 1);
		assert_int_equal(job->done.text != NULL, i != 1);
		assert_true(job->deadline_s == kernelci_definition_seconds(&d) + 300);
	}
	folder_remove(dir);
}

static void arguments_stand_in_their_order(void **state)
{
	(void)state;
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer yaml = {0};
	struct kernelci_definition d;
	load("kselftest-arm64-qemu", &arena, &d);
	const struct kernelci_platform_config p = {
	    .name = "qemu-arm64", .pools = pools, .arguments = "console=ttyAMA0"};
	pull_job_yaml(&d, &p, true, &yaml);
	assert_non_null(strstr(buffer_str(&yaml), "\"console=ttyAMA0 rdinit=/mmfarm-init "
						  "secretmem.enable=1 kpti=off\""));
}

// The script as the host's own shell reads it, with commands that only say what they were given.
static char *run_script(const char *script)
{
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_FREE char *command =
	    memory_printf("cd %s && sed -e '/^exec/d' -e '/^export/d' -e 's/^while.*//' -e "
			  "'s,>/proc/.*,,' init >test && "
			  "sed -i '/^for f/,/^done/d' test && "
			  "PATH=%s/bin:$PATH sh test",
			  dir, dir);
	folder_write(dir, "init", script);
	folder_write(dir, "bin/timeout", "#!/bin/sh\nfor a; do printf '[%s]' \"$a\"; done; echo\n");
	folder_write(dir, "bin/poweroff", "#!/bin/sh\necho off\n");
	folder_write(dir, "bin/sync", "#!/bin/sh\n");
	folder_write(dir, "bin/cd", "#!/bin/sh\n");
	CLEANUP_FREE char *chmod = memory_printf("chmod 755 %s/bin/*", dir);
	assert_int_equal(system(chmod), 0);
	FILE *f = popen(command, "r");
	CLEANUP_BUFFER struct buffer out = {0};
	char chunk[4096];
	size_t n;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buffer_append(&out, chunk, n);
	pclose(f);
	folder_remove(dir);
	return memory_strdup(buffer_str(&out));
}

static void what_a_definition_says_is_a_word_and_no_command(void **state)
{
	(void)state;
	static const char *const subset[] = {"a'; touch /tmp/stray; '", "$(id)"};
	static const char *const before[] = {"echo before"};
	struct kernelci_test tests[] = {
	    {.id = "boot", .type = "boot", .kind = KERNELCI_BOOT, .timeout_s = 60},
	    {.id = "left-out", .type = "ltp", .kind = KERNELCI_LTP, .suite = "mm", .skip = "no"},
	    {.id = "k",
	     .type = "kselftest-mm",
	     .kind = KERNELCI_KSELFTEST_SUITE,
	     .suite = "mm",
	     .timeout_s = 90,
	     .subset = subset,
	     .subset_count = 2,
	     .before = before,
	     .before_count = 1},
	};
	const struct kernelci_definition d = {.tests = tests, .tests_count = 3};
	CLEANUP_BUFFER struct buffer script = {0};
	pull_job_init(&d, &script);
	assert_memory_equal(buffer_str(&script), "#!/bin/sh\n", 10);
	// The host has no /opt/kselftest to go to.
	CLEANUP_BUFFER struct buffer here = {0};
	for (const char *s = buffer_str(&script); *s;) {
		size_t len = strcspn(s, "\n");
		if (strncmp(s, "cd ", 3) != 0)
			buffer_printf(&here, "%.*s\n", (int)len, s);
		s += len + (s[len] == '\n');
	}
	CLEANUP_FREE char *said = run_script(buffer_str(&here));
	assert_string_equal(said, "mmfarm: user space\n"
				  "mmfarm: test boot\n"
				  "mmfarm: test k\n"
				  "before\n"
				  "[90][./run_kselftest.sh][-t][mm:a'; touch /tmp/stray; ']"
				  "[-t][mm:$(id)]\n"
				  "mmfarm: end of tests\n"
				  "off\no\n");
}

// ---- farm.yaml ----------------------------------------------------------------------------------

static void refused(const char *text, const char *why)
{
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_FREE char *path = path_join(dir, "farm.yaml");
	CLEANUP_FARM struct farm_config *farm = NULL;
	folder_write(dir, "farm.yaml", text);
	CLEANUP_ERROR struct error *e = farm_load(path, &farm);
	folder_remove(dir);
	if (!e || !strstr(error_text(e), why))
		fail_msg("\"%s\", expected \"%s\"", e ? error_text(e) : "no error", why);
}

#define LAB    "kernelci:\n  lab: acme\n  token: {file: t}\n"
#define API    "  api: https://api.kernelci.org/latest/\n"
#define BOARDS "  platforms: {qemu-arm64: {pools: [a]}}\n"

static void the_keys_of_farm_yaml_are_checked(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	CLEANUP_FREE char *path = path_join(dir, "farm.yaml");
	CLEANUP_FARM struct farm_config *farm = NULL;
	folder_write(dir, "farm.yaml", LAB API BOARDS);
	assert_null(farm_load(path, &farm));
	folder_remove(dir);
	assert_string_equal(farm->kernelci.api, "https://api.kernelci.org/latest");
	assert_string_equal(farm->kernelci.platforms[0].pools[0], "a");
	assert_true(farm->kernelci.poll_s == 30 && farm->kernelci.most == 16);
	refused(LAB BOARDS, "api");
	refused(LAB API, "platforms");
	refused(LAB API "  platforms: {}\n", "no platform, expected");
	refused(LAB API "  platforms: {q: {}}\n", "pools");
	refused(LAB API "  platforms: {q: {pools: [a], board: b}}\n", "board");
	refused(LAB API BOARDS "  tests: [boot, fstests]\n", "\"fstests\", expected boot");
	refused(LAB API BOARDS "  output: callback\n", "callback_token");
	refused(LAB API BOARDS "  most: 0\n", "a whole number from 1 to 1000");
	refused(LAB "  api: http://api.kernelci.org/latest\n" BOARDS, "over plain http");
	refused("kernelci:\n  lab: a:b\n  token: {file: t}\n" API BOARDS, "name \"a:b\"");
	refused("kernelci:\n  lab: acme\n  token: secret\n" API BOARDS, "a secret itself");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_definition_is_a_job),
	    cmocka_unit_test(arguments_stand_in_their_order),
	    cmocka_unit_test(what_a_definition_says_is_a_word_and_no_command),
	    cmocka_unit_test(the_keys_of_farm_yaml_are_checked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
