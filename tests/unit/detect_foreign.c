// SPDX-License-Identifier: GPL-2.0-or-later
// Headers behind foreign text, headers that a mail broke, reports of old kernels and of firmware.
#include "unit/unit.h"

#include "unit/detect_collect.h"

static bool has(const struct collected *c, const char *text)
{
	return strstr(buffer_str(&c->text), text) != NULL;
}

static void assert_has(const struct collected *c, const char *text)
{
	if (!has(c, text))
		fail_msg("no \"%s\" in:\n%s", text, buffer_str(&c->text));
}

// ---- foreign text and mail ----------------------------------------------------------------------

static void most_specific_rule_wins_behind_foreign_text(void **state)
{
	(void)state;
	static const struct {
		const char *text, *closes;
	} cases[] = {
	    {"root@board:~# Kernel panic - not syncing: stack-protector: Kernel stack is corrupted "
	     "in: "
	     "brew+0x1/0x2\n",
	     "1 panic.stack_protector 5 brew|panic: stack is corrupted in brew\n"},
	    {"half a line of anothKernel panic - not syncing: VFS: Unable to mount root fs on x\n",
	     "1 panic.vfs_root 5 |panic: VFS: Unable to mount root fs\n"},
	    {"board login: Unable to handle kernel NULL pointer dereference at virtual address "
	     "08\n",
	     "1 fault.null 4 |NULL pointer dereference\n"},
	    {"~~~~Internal error: Oops - BTI: 0000000034000003 [#1] SMP\n",
	     "1 oops.bti 4 |BTI exception\n"},
	    {"x BUG: KASAN: use-after-free in brew+0x1/0x2\n",
	     "1 kasan.use-after-free 4 brew|KASAN: use-after-free in brew\n"},
	    {"xx WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2\n",
	     "1 warn 2 brew|WARNING at mm/a.c in brew\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(cases[i].text, &c);
		if (strcmp(buffer_str(&c.closes), cases[i].closes) != 0)
			fail_msg("found %sin: %s", buffer_str(&c.closes), cases[i].text);
	}
}

static void header_behind_a_prompt_is_one(void **state)
{
	(void)state;
	static const char *const prompts[] = {
	    "root@board:~# ",    "/ # ",       "board login: ", "sh-5.2# ",
	    "user@board:/tmp$ ", "Password: ",
	};
	for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_printf(&text, "%sBUG: scheduling while atomic: k/1/0x00000002\n",
			      prompts[i]);
		collect(text.data, text.len, &(struct collect_options){0}, &c);
		if (strcmp(buffer_str(&c.closes),
			   "1 atomic.scheduling 3 |scheduling while atomic\n") != 0)
			fail_msg("found %sin: %s", buffer_str(&c.closes), buffer_str(&text));
	}
	CLEANUP_COLLECTED struct collected typed;
	collect_text("/ # echo BUG: scheduling while atomic: k/1/0x00000002\n"
		     "root@board:~# # x # BUG: scheduling while atomic: k/1/0x00000002\n",
		     &typed);
	assert_int_equal(typed.opens, 0);
}

static void header_that_a_mail_broke_is_one(void **state)
{
	(void)state;
	static const struct {
		const char *text, *closes;
	} cases[] = {
	    {"[    1.000001] BUG: sleeping function called from invalid context at\n"
	     "mm/tea/kettle.c:12\n",
	     "1 atomic.sleeping 3 |sleeping function called from invalid context\n"},
	    {"> [    1.000001] BUG: sleeping function called from invalid context at\n"
	     "> mm/tea/kettle.c:12\n",
	     "1 atomic.sleeping 3 |sleeping function called from invalid context\n"},
	    {">> <1>[    1.000001] Unable to handle kernel paging request at virtual\n"
	     ">> address ffff8000deadbee0\n",
	     "1 fault.paging 4 |paging request\n"},
	    {"[    1.000001] WARNING: CPU: 5 PID: 101577 at\n"
	     "mm/tea/kettle.c:12 brew+0x1/0x2\n",
	     "1 warn 2 brew|WARNING at mm/tea/kettle.c in brew\n"},
	    {"[    1.000001] INFO: task kettle/with/long/name:312 blocked for more than\n"
	     "120 seconds.\n",
	     "1 hang.task 3 |task hung\n"},
	    {"BUG: KASAN: slab-use-after-free in\nbrew_tea_for_two+0x20/0x40\n",
	     "1 kasan.slab-use-after-free 4 brew_tea_for_two|KASAN: slab-use-after-free in "
	     "brew_tea_for_two\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(cases[i].text, &c);
		if (strcmp(buffer_str(&c.closes), cases[i].closes) != 0)
			fail_msg("found %sin: %s", buffer_str(&c.closes), cases[i].text);
	}
}

static void halves_that_make_no_header_stay_apart(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "[    1.000001] INFO: task kettle and all its friends are quite well\nthank you.\n",
	    "[    1.000001] INFO: task k:312 blocked for more than\n[    1.000002] 120 seconds\n",
	    "[    1.000001] WARNING: CPU: nothing is known of the processor here\nat all.\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(texts[i], &c);
		unsigned lines = 0;
		for (const char *p = buffer_str(&c.text); (p = strstr(p, "\nline ")); p++)
			lines++;
		lines += strncmp(buffer_str(&c.text), "line ", 5) == 0;
		if (c.opens || lines != 2)
			fail_msg("%u reports, %u lines in: %s", c.opens, lines, texts[i]);
	}
}

static void what_a_dying_task_is_told_off_for_follows_from_its_death(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(
	    "<1>[  203.000001] Unable to handle kernel paging request at virtual address 08\n"
	    "<0>[  203.000002] Internal error: Oops: 0000000096000006 [#1] SMP\n"
	    "<4>[  203.000003] pc : brew+0x1/0x2\n"
	    "<4>[  203.000004] ---[ end trace 0000000000000000 ]---\n"
	    "<1>[  203.000005] Fixing recursive fault but reboot is needed!\n"
	    "<3>[  203.000006] BUG: using smp_processor_id() in preemptible [00000000] code: k/3\n",
	    &c);
	assert_int_equal(c.closed, 3);
	assert_int_equal(c.folded, 2);
	CLEANUP_COLLECTED struct collected later;
	collect_text(
	    "<1>[  203.000001] Unable to handle kernel paging request at virtual address 08\n"
	    "<4>[  203.000004] ---[ end trace 0000000000000000 ]---\n"
	    "<3>[  213.000006] BUG: using smp_processor_id() in preemptible [00000000] code: k/3\n",
	    &later);
	assert_int_equal(later.folded, 0);
}

static void bad_mode_and_its_die_line_are_one_report(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("Bad mode in Synchronous Abort handler detected, code 0x86000005\n"
		     "CPU: 2 PID: 0 Comm: swapper/2 Not tainted 4.4.0 #5\n"
		     "PC is at brew+0x1/0x2\n"
		     "\n"
		     "Internal error: Oops - bad mode: 0 [#1] PREEMPT SMP\n"
		     "CPU: 2 PID: 0 Comm: swapper/2 Not tainted 4.4.0 #5\n"
		     "PC is at brew+0x1/0x2\n",
		     &c);
	assert_int_equal(c.closed, 1);
}

static void stack_overflows_of_two_processors_are_two(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    0.838310] Insufficient stack space to handle exception!\n"
		     "[    0.838313] Insufficient stack space to handle exception!\n"
		     "[    0.838320] Kernel panic - not syncing: kernel stack overflow\n",
		     &c);
	assert_int_equal(c.closed, 2);
}

static void registers_of_firmware_are_part_of_its_report(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("\"Synchronous Abort\" handler, esr 0x96000010, far 0xfe000010\n"
		     "elr: 00000000000101fc lr : 00000000000214ec (reloc)\n"
		     "x0 : 0000000000000001 x1 : 0000000000000002\n"
		     "\n"
		     "Resetting CPU ...\n",
		     &c);
	assert_has(&c, "close 1 line 1-4");
	assert_has(&c, "esr 96000010");
	CLEANUP_COLLECTED struct collected el3;
	collect_text("Unhandled Exception in EL3.\n"
		     "x30            = 0x0000000040094188\n"
		     "x0             = 0x0000000000000001\n",
		     &el3);
	assert_has(&el3, "close 1 line 1-3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(most_specific_rule_wins_behind_foreign_text),
	    cmocka_unit_test(header_behind_a_prompt_is_one),
	    cmocka_unit_test(header_that_a_mail_broke_is_one),
	    cmocka_unit_test(halves_that_make_no_header_stay_apart),
	    cmocka_unit_test(what_a_dying_task_is_told_off_for_follows_from_its_death),
	    cmocka_unit_test(bad_mode_and_its_die_line_are_one_report),
	    cmocka_unit_test(stack_overflows_of_two_processors_are_two),
	    cmocka_unit_test(registers_of_firmware_are_part_of_its_report),
	};
	return cmocka_run_group_tests_name("detect/foreign", tests, NULL, NULL);
}
