// SPDX-License-Identifier: GPL-2.0-or-later
// Reports of several CPUs, torn and lost records, ends, causes and consequences.
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

#define WARN_HEADER(stamp, caller, cpu, func) \
	stamp caller " WARNING: mm/a.c:1 at " func "+0x1/0x2, CPU#" cpu ": t/" cpu "\n"

// ---- who a line belongs to ----------------------------------------------------------------------

static void callers_tell_interleaved_reports_apart(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000000][  T1] ------------[ cut here ]------------\n"
		     "[    1.000001][  T2] ------------[ cut here ]------------\n"
		     "[    1.000002][  T1] first\n"
		     "[    1.000003][  T2] second\n"
		     "[    1.000004][  T2] WARNING: mm/b.c:2 at two+0x1/0x2, CPU#1: t/2\n"
		     "[    1.000005][  T1] WARNING: mm/a.c:1 at one+0x1/0x2, CPU#0: t/1\n"
		     "[    1.000006][  T1] Call trace:\n"
		     "[    1.000007][  T2] Call trace:\n"
		     "[    1.000008][  T1]  one+0x1/0x2 (P)\n"
		     "[    1.000009][  T2]  two+0x1/0x2 (P)\n"
		     "[    1.000010][  T1]  caller_of_one+0x1/0x2\n"
		     "[    1.000011][  T2]  caller_of_two+0x1/0x2\n"
		     "[    1.000012][  T2] ---[ end trace 0000000000000000 ]---\n"
		     "[    1.000013][  T1] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "frames 2 test () message second");
	assert_has(&c, "frames 2 test () message first");
	assert_false(has(&c, "mixed"));
}

static void backtrace_that_another_cpu_prints_belongs_to_the_report_that_asked(void **state)
{
	(void)state;
	static const char log[] =
	    "[  310.000001][   T99] rcu: INFO: rcu_preempt detected expedited stalls on "
	    "CPUs/tasks: { 1-...D } 5252 jiffies s: 33 root: 0x2/.\n"
	    "[  310.000002][   T99] Sending NMI from CPU 0 to CPUs 1:\n"
	    "[  310.000003][    C1] NMI backtrace for cpu 1\n"
	    "[  310.000004][    C1] CPU: 1 UID: 0 PID: 77 Comm: kettle Not tainted 7.2.0 #1\n"
	    "[  310.000005][    C1] pc : boil+0x20/0x60\n"
	    "[  310.000006][    C1] Call trace:\n"
	    "[  310.000007][    C1]  boil+0x20/0x60 (P)\n"
	    "[  310.000008][    C1]  kthread+0x20/0x60\n";
	CLEANUP_COLLECTED struct collected c;
	collect_text(log, &c);
	assert_string_equal(buffer_str(&c.closes), "1 hang.rcu 4 boil|RCU stall in boil\n");
}

static void cpu_line_finds_its_report_without_callers(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000004] WARNING: mm/b.c:2 at two+0x1/0x2, CPU#1: t/2\n"
		     "[    1.000005] WARNING: mm/a.c:1 at one+0x1/0x2, CPU#0: t/1\n"
		     "[    1.000006] CPU: 0 UID: 0 PID: 1 Comm: t Tainted: G        W   7.2 #1\n"
		     "[    1.000007] CPU: 1 UID: 0 PID: 2 Comm: t Not tainted 7.2 #1\n"
		     "[    1.000008] pc : two+0x1/0x2\n"
		     "[    1.000009] ---[ end trace 0000000000000000 ]---\n"
		     "[    1.000010] pc : one+0x1/0x2\n"
		     "[    1.000011] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "cpu 0 pid 1 comm t taint W");
	assert_has(&c, "cpu 1 pid 2 comm t taint  ");
}

static void two_traces_at_once_without_callers_are_called_mixed(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000004] WARNING: mm/b.c:2 at two+0x1/0x2, CPU#1: t/2\n"
		     "[    1.000005] WARNING: mm/a.c:1 at one+0x1/0x2, CPU#0: t/1\n"
		     "[    1.000006] Call trace:\n"
		     "[    1.000007] Call trace:\n"
		     "[    1.000008]  one+0x1/0x2 (P)\n"
		     "[    1.000009]  two+0x1/0x2 (P)\n"
		     "[    1.000010]  some_caller+0x1/0x2\n"
		     "[    1.000011] ---[ end trace 0000000000000000 ]---\n"
		     "[    1.000012] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "mixed");
	assert_true(c.sig1[0] == c.sig2[0] || c.sig1[1] == c.sig2[1]);
}

static const char fault_header[] =
    "[    1.000010] Unable to handle kernel paging request at virtual address bbbbbbbbbbbbbbc3\n";

static void fault_of_another_cpu_does_not_end_a_warning_without_callers(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	CLEANUP_BUFFER struct buffer log = {0};
	buffer_printf(&log, "%s%s%s",
		      "[    1.000001] WARNING: CPU: 2 PID: 7 at mm/a.c:1 one+0x1/0x2\n"
		      "[    1.000002] CPU: 2 PID: 7 Comm: t Not tainted 6.1 #1\n"
		      "[    1.000003] Call trace:\n"
		      "[    1.000004]  one+0x1/0x2\n",
		      fault_header,
		      "[    1.000011]  brew+0x1/0x2\n"
		      "[    1.000012] ---[ end trace 0000000000000000 ]---\n"
		      "[    1.000013] Mem abort info:\n"
		      "[    1.000014] Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP\n"
		      "[    1.000015] CPU: 1 PID: 8 Comm: u Tainted: G        W  6.1 #1\n"
		      "[    1.000016] pc : two+0x1/0x2\n"
		      "[    1.000017] Call trace:\n"
		      "[    1.000018]  two+0x1/0x2\n"
		      "[    1.000019] ---[ end trace 0000000000000000 ]---\n");
	collect_text(buffer_str(&log), &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "complete close marker folded 0 cpu 2 pid 7");
	assert_has(&c, "cpu 1 pid 8 comm u");
}

static void die_line_finds_its_fault_behind_the_warning_of_another_cpu(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	CLEANUP_BUFFER struct buffer log = {0};
	buffer_printf(&log, "%s%s", fault_header,
		      "[    1.000011] Mem abort info:\n"
		      "[    1.000012] WARNING: CPU: 2 PID: 7 at mm/a.c:1 one+0x1/0x2\n"
		      "[    1.000013]   FSC = 0x04: level 0 translation fault\n"
		      "[    1.000014] Modules linked in:\n"
		      "[    1.000015] CPU: 2 PID: 7 Comm: t Not tainted 6.1 #1\n"
		      "[    1.000016] pc : one+0x1/0x2\n"
		      "[    1.000017] Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP\n"
		      "[    1.000018] Call trace:\n"
		      "[    1.000019]  one+0x1/0x2\n"
		      "[    1.000020] ---[ end trace 0000000000000000 ]---\n"
		      "[    1.000021] CPU: 1 PID: 8 Comm: u Not tainted 6.1 #1\n"
		      "[    1.000022] pc : two+0x1/0x2\n"
		      "[    1.000023] Call trace:\n"
		      "[    1.000024]  two+0x1/0x2\n"
		      "[    1.000025] ---[ end trace 0000000000000000 ]---\n");
	collect_text(buffer_str(&log), &c);
	assert_string_equal(buffer_str(&c.closes), "3 warn 2 one|WARNING at mm/a.c in one\n"
						   "1 fault.paging 4 two|paging request in two\n");
	assert_has(&c, "esr 96000004");
}

static void fault_inside_a_warning_of_its_own_cpu_keeps_its_trace(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	CLEANUP_BUFFER struct buffer log = {0};
	buffer_printf(&log, "%s%s%s",
		      "[    1.000001] WARNING: CPU: 2 PID: 7 at mm/a.c:1 one+0x1/0x2\n"
		      "[    1.000002] CPU: 2 PID: 7 Comm: t Not tainted 6.1 #1\n"
		      "[    1.000003] Call trace:\n"
		      "[    1.000004]  one+0x1/0x2\n",
		      fault_header,
		      "[    1.000011] Mem abort info:\n"
		      "[    1.000012] Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP\n"
		      "[    1.000013] CPU: 2 PID: 7 Comm: t Tainted: G        W  6.1 #1\n"
		      "[    1.000014] pc : two+0x1/0x2\n"
		      "[    1.000015] Call trace:\n"
		      "[    1.000016]  two+0x1/0x2\n"
		      "[    1.000017]  three+0x1/0x2\n"
		      "[    1.000018] ---[ end trace 0000000000000000 ]---\n");
	collect_text(buffer_str(&log), &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "func two");
	assert_false(has(&c, "mixed"));
}

static void trace_printed_behind_panic_on_warn_is_the_warnings(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000004] WARNING: CPU: 0 PID: 1 at lib/refcount.c:28 "
		     "refcount_warn_saturate+0x1/0x2\n"
		     "[    1.000005] Kernel panic - not syncing: panic_on_warn set ...\n"
		     "[    1.000006] CPU: 0 PID: 1 Comm: t Not tainted 4.15 #1\n"
		     "[    1.000007] Call trace:\n"
		     "[    1.000008]  dump_stack+0x1/0x2\n"
		     "[    1.000009]  panic+0x1/0x2\n"
		     "[    1.000010]  __warn+0x1/0x2\n"
		     "[    1.000011]  refcount_warn_saturate+0x1/0x2\n"
		     "[    1.000012]  drop_cup+0x1/0x2\n"
		     "[    1.000013] Rebooting in 5 seconds..\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_int_equal(c.folded, 1);
	assert_has(&c, "func drop_cup");
	assert_int_equal(c.outcome, DETECT_OUTCOME_PANIC);
}

// ---- torn, replayed, lost -----------------------------------------------------------------------

static void report_that_ends_in_a_warning_has_its_trace(void **state)
{
	(void)state;
	static const char log[] =
	    "[    1.000000] BUG: key ffff0000c5a3f800 has not been registered!\n"
	    "[    1.000001] ------------[ cut here ]------------\n"
	    "[    1.000002] DEBUG_LOCKS_WARN_ON(1)\n"
	    "[    1.000003] WARNING: kernel/locking/lockdep.c:4978 at "
	    "lockdep_init_map_type+0x1/0x2, CPU#1: kettle/77\n"
	    "[    1.000004] CPU: 1 UID: 0 PID: 77 Comm: kettle Not tainted 7.2.0 #1\n"
	    "[    1.000005] pc : lockdep_init_map_type+0x1/0x2\n"
	    "[    1.000006] Call trace:\n"
	    "[    1.000007]  lockdep_init_map_type+0x1/0x2 (P)\n"
	    "[    1.000008]  boil+0x1/0x2\n"
	    "[    1.000009] ---[ end trace 0000000000000000 ]---\n"
	    "[    1.500000] WARNING: mm/a.c:1 at other+0x1/0x2, CPU#1: kettle/78\n"
	    "[    1.500001] ---[ end trace 0000000000000000 ]---\n";
	CLEANUP_COLLECTED struct collected c;
	collect_text(log, &c);
	assert_string_equal(buffer_str(&c.closes),
			    "1 lockdep.key 3 boil|key has not been registered in boil\n"
			    "4 warn 2 boil|WARNING at kernel/locking/lockdep.c in boil\n"
			    "11 warn 2 other|WARNING at mm/a.c in other\n");
	assert_int_equal(c.folded, 1);
}

static void task_killed_for_want_of_memory_is_one_finding_with_the_want(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000000] kettle invoked oom-killer: gfp_mask=0x140dca, order=0\n"
		     "[    1.000001] Call trace:\n"
		     "[    1.000002]  boil+0x1/0x2\n"
		     "[    1.000003] Mem-Info:\n"
		     "[    1.000004] active_anon:100 inactive_anon:20 isolated_anon:0\n"
		     "[    1.000005] Tasks state (memory values in pages):\n"
		     "[    1.000006] [  pid  ]   uid  tgid total_vm      rss name\n"
		     "[    1.000007] [     77]     0    77    65536    60000 kettle\n"
		     "[    1.000008] Out of memory: Killed process 77 (kettle)\n"
		     "[   90.000000] Out of memory: Killed process 78 (kettle)\n",
		     &c);
	assert_int_equal(c.closed, 3);
	assert_int_equal(c.folded, 1);
}

static void stall_whose_kthread_starves_is_one_finding(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[   60.000000][   C0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
		     "[   60.000001][   C0] task:kettle state:R  running task     stack:0\n"
		     "[   60.000002][   C0] Call trace:\n"
		     "[   60.000003][   C0]  __switch_to+0xe0/0x160\n"
		     "[   60.000004][   C0]  0x0\n"
		     "[   60.000005][   C0] the kettle speaks\n"
		     "[   60.000006][   C0] rcu: rcu_preempt kthread starved for 5252 jiffies!\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_int_equal(c.folded, 1);
}

static void header_of_a_replayed_record_counts_once(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000004] Kernel panic - not syncing: Oh n\n"
		     "** replaying previous printk message **\n"
		     "[    1.000004] Kernel panic - not syncing: Oh no\n"
		     "[    1.000005] ---[ end Kernel panic - not syncing: Oh no ]---\n",
		     &c);
	assert_int_equal(c.opens, 2);
	assert_int_equal(c.voids, 1);
	assert_string_equal(buffer_str(&c.closes), "3 panic.other 5 |panic: Oh no\n");
}

static void second_line_of_a_fault_printed_again_is_no_header(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000000] Unable to handle kernel NULL pointer dereference at virtual "
		     "address 0000000000000010\n"
		     "[    1.000001] Mem abort i\n"
		     "** replaying previous printk message **\n"
		     "[    1.000001] Mem abort info:\n"
		     "** replaying previous printk message **\n"
		     "[    1.000001] Mem abort info:\n"
		     "[    1.000002]   ESR = 0x0000000096000004\n"
		     "[    1.000003] Internal error: Oops: 0000000096000004 [#1]  SMP\n"
		     "[    1.000004] pc : spill+0x0/0x8\n"
		     "[    1.000005] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_string_equal(buffer_str(&c.closes),
			    "1 fault.null 4 spill|NULL pointer dereference in spill\n");
}

static void frame_of_a_replayed_record_counts_once(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(WARN_HEADER("[    1.000001]", "", "0",
				 "one") "[    1.000002] Call trace:\n"
					"[    1.000003]  one+0x1/0x2 (P)\n"
					"[    1.000004]  caller_of_one+0x1\n"
					"** replaying previous printk message **\n"
					"[    1.000004]  caller_of_one+0x1/0x2\n"
					"[    1.000005]  root_of_all+0x1/0x2\n"
					"[    1.000006] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_has(&c, "frames 3 ");
}

static void lost_messages_damage_the_open_report(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(WARN_HEADER("[    1.000001]", "", "0",
				 "one") "** 17 printk messages dropped **\n"
					"[    1.000006] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_has(&c, "  damaged close marker");
	assert_has(&c, "note 0 count 17 line 2");
}

static void wrapped_header_is_joined(void **state)
{
	(void)state;
	static const char text[] =
	    "[    1.000000] short line\n"
	    "[    1.000001] WARNING: drivers/kitchen/teapot.c:418 at brew_tea+0x24/0x9, CPU#2\n"
	    ": kettle/77\n"
	    "[    1.000002] ---[ end trace 0000000000000000 ]---\n";
	CLEANUP_COLLECTED struct collected c;
	assert_int_equal(strcspn(strchr(text, '\n') + 1, "\n"), 80);
	collect_text(text, &c);
	assert_int_equal(c.closed, 1);
	assert_has(&c, "pid 77 comm kettle");
}

static void torn_walk_is_put_together(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("Unable to handle kernel paging request at virtual address ffff0000005e0000\n"
		     "[ffff0000005e0000] pgd=18000000bfff8003, p4d=18000000bfff8003, "
		     "pud=18000000bfff7003, pmd=18000000bfff6003\n"
		     ", pte=0068000040600783\n"
		     "Internal error: Oops: 000000009600000f [#1] SMP\n"
		     "pc : f+0x1/0x2\n"
		     "---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 1);
	assert_has(&c, "complete");
}

static void header_behind_text_of_another_writer_is_glued(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("board login: Unable to handle kernel paging request at virtual address "
		     "ffff0000005e0000\n"
		     "Internal error: Oops: 000000009600000f [#1] SMP\n"
		     "pc : f+0x1/0x2\n"
		     "---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 1);
	assert_has(&c, "glued");
}

static void second_record_on_a_line_is_a_header_of_its_own(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("board login: [    1.000001] BUG: Bad rss-counter state mm:1 type:2 val:3\n",
		     &c);
	assert_int_equal(c.closed, 1);
}

// ---- what is no report --------------------------------------------------------------------------

static void text_of_programs_is_suspect_where_the_kernel_stamps_its_lines(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	for (unsigned i = 0; i < 20; i++)
		buffer_printf(&text, "[    1.%06u] a line of the kernel\n", i);
	buffer_append_str(&text, "BUG: Bad page state in process x  pfn:1\n");
	CLEANUP_COLLECTED struct collected c;
	collect_text(buffer_str(&text), &c);
	assert_int_equal(c.closed, 1);
	assert_has(&c, "sev1");
	assert_has(&c, "suspect");
}

static void hard_negatives_are_silent(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(
	    "INFO:    BL1: RAM 0x4035000 - 0x403c000\n"
	    "WARNING: Caches not enabled\n"
	    "WARNING: RO_VPD is uninitialized or empty.\n"
	    "[    1.000000] INFO: lockdep is turned off.\n"
	    "[    1.000001] INFO: NMI handler (x) took too long to run: 1.2 msecs\n"
	    "[    1.000002] WARNING: workqueue cpumask: online intersect > possible\n"
	    "[    1.000003] Speculative Return Stack Overflow: WARNING: See "
	    "https://kernel.org/doc for details.\n"
	    "[    1.000004] Kernel command line: oops=panic BUG: KASAN: x in y\n"
	    "[    1.000005] tea: loading out-of-tree module taints kernel.\n"
	    "[    1.000006] sysrq: Show State\n"
	    "[    1.000007] task:init            state:S stack:0     pid:1\n"
	    "[    1.000008] Call trace:\n"
	    "[    1.000009]  __switch_to+0xf0/0x150 (T)\n"
	    "[    1.000010] INFO: task x:1 is blocked on a mutex likely owned by task y:2.\n"
	    "[    1.000010] BUG: Bad page state: 12 messages suppressed\n"
	    "[    1.000011] test: \"BUG: KASAN: use-after-free in x\" is expected\n"
	    "[    1.000012] test: so is 'Kernel panic - not syncing: y'\n"
	    "Subject: [PATCH] WARNING: CPU: 1 PID: 2 at mm/a.c:1 one+0x1/0x2\n",
	    &c);
	assert_int_equal(c.closed, 0);
	CLEANUP_COLLECTED struct collected loader;
	collect_text("U-Boot 2026.01\nBUG: the environment is bad\n", &loader);
	assert_int_equal(loader.closed, 0);
}

static void backtrace_of_no_report_is_a_note(void **state)
{
	(void)state;
	static const char dump[] = "[    1.000001] CPU: 0 UID: 0 PID: 1 Comm: init 7.2.0 #1\n"
				   "[    1.000002] Call trace:\n"
				   "[    1.000003]  dump_stack+0x1/0x2\n";
	static const char warning[] =
	    "[    1.000004] WARNING: mm/a.c:1 at one+0x1/0x2, CPU#0: t/1\n"
	    "[    1.000005] Call trace:\n"
	    "[    1.000006]  one+0x1/0x2 (P)\n"
	    "[    1.000007] ---[ end trace 0000000000000000 ]---\n";
	CLEANUP_COLLECTED struct collected dumped, warned;
	collect_text(dump, &dumped);
	assert_int_equal(dumped.closed, 0);
	assert_int_equal(dumped.notes, 1);
	assert_has(&dumped, "note 3 count 1 line 2");
	collect_text(warning, &warned);
	assert_int_equal(warned.closed, 1);
	assert_int_equal(warned.notes, 0);
}

static void lockdep_report_lasts_to_its_own_trace(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(
	    "[    1.000000][  T7] ================================\n"
	    "[    1.000001][  T7] WARNING: inconsistent lock state\n"
	    "[    1.000002][  T7] 7.2.0 #1 Not tainted\n"
	    "[    1.000003][  T7] --------------------------------\n"
	    "[    1.000004][  T7] inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage.\n"
	    "[    1.000005][  T7] t/7 [HC1[1]:SC0[0]:HE0:SE1] takes:\n"
	    "[    1.000006][  T7] ffff000004711000 (cup){?.-.}-{3:3}, at: memset+0x1/0x2\n"
	    "[    1.000007][  T7] {HARDIRQ-ON-W} state was registered at:\n"
	    "[    1.000008][  T7]   of_the_past+0x1/0x2\n"
	    "[    1.000009][  T7]        CPU0\n"
	    "[    1.000010][  T7]        ----\n"
	    "[    1.000011][  T7]   lock(cup);\n"
	    "[    1.000012][  T7]   <Interrupt>\n"
	    "[    1.000013][  T7]     lock(cup);\n"
	    "[    1.000014][  T7] 1 lock held by t/7:\n"
	    "[    1.000015][  T7]  #0: ffff000004712000 (pot){+.+.}-{4:4}, at: held+0x1/0x2\n"
	    "[    1.000016][  T7] stack backtrace:\n"
	    "[    1.000017][  T7] Call trace:\n"
	    "[    1.000018][  T7]  dump_stack+0x1/0x2\n"
	    "[    1.000019][  T7]  wash+0x1/0x2\n"
	    "[    1.000020][  T7]  dry+0x1/0x2\n"
	    "[    1.000021][  T7] something else\n",
	    &c);
	assert_int_equal(c.closed, 1);
	assert_int_equal(c.notes, 0);
	assert_has(&c, "inconsistent lock state in wash");
}

static void printing_the_log_again_finds_nothing_twice(void **state)
{
	(void)state;
	static const char log[] = "[    3.000001] WARNING: mm/a.c:1 at one+0x1/0x2, CPU#0: t/1\n"
				  "[    3.000002] ---[ end trace 0000000000000000 ]---\n"
				  "[   20.000002] later\n";
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, log);
	buffer_append_str(&text, "$ dmesg\n");
	buffer_append_str(&text, log);
	CLEANUP_COLLECTED struct collected c;
	collect_text(buffer_str(&text), &c);
	assert_int_equal(c.closed, 1);
	assert_has(&c, "note 2 ");
}

// ---- ends ---------------------------------------------------------------------------------------

static void a_missing_end_hides_nothing_behind_it(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	for (unsigned i = 0; i < 50; i++)
		buffer_printf(&text,
			      "[   %02u.000001] kernel BUG at mm/a.c:%u!\n[   %02u.000002] "
			      "nothing of it follows\n",
			      i, i, i);
	CLEANUP_COLLECTED struct collected c;
	collect_text(buffer_str(&text), &c);
	assert_int_equal(c.closed, 50);
	assert_false(has(&c, "complete"));
}

static void report_without_marker_ends_at_its_last_line(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000001][  T7] BUG: scheduling while atomic: t/7/0x00000002\n"
		     "[    1.000002][  T7] Call trace:\n"
		     "[    1.000003][  T7]  nap+0x1/0x2\n"
		     "[    1.000004][  T9] another task speaks\n"
		     "[    1.000005][  T7]  caller_of_nap+0x1/0x2\n"
		     "[    1.000006][  T7] and the task goes on\n"
		     "[    1.000007][  T7] Call trace:\n"
		     "[    1.000008][  T7]  unrelated+0x1/0x2\n",
		     &c);
	assert_int_equal(c.closed, 1);
	assert_has(&c, "line 1-5 ");
	assert_has(&c, "complete close natural");
	assert_has(&c, "frames 2 ");
}

static void open_fault_ends_when_the_board_starts_anew(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    0.000000] Booting Linux on physical CPU 0x0\n"
		     "[   10.000001] Kernel panic - not syncing: Oh no\n"
		     "U-Boot 2026.01 (Jan 01 2026)\n",
		     &c);
	assert_has(&c, "complete close reboot");
}

// ---- causes and consequences --------------------------------------------------------------------

static void warning_of_the_same_task_right_behind_another_is_folded(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    0.000000] WARNING: arch/arm64/mm/mmu.c:1 at guard+0x1/0x2, CPU#0: s/0\n"
		     "[    0.000000] CPU: 0 UID: 0 PID: 0 Comm: s Not tainted 7.3 #1\n"
		     "[    0.000000] ---[ end trace 0000000000000000 ]---\n"
		     "[    0.000000] WARNING: arch/arm64/mm/pageattr.c:1 at change+0x1/0x2, CPU#0: "
		     "s/0\n"
		     "[    0.000000] CPU: 0 UID: 0 PID: 0 Comm: s Tainted: G        W    7.3 #1\n"
		     "[    0.000000] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "close marker folded 1 ");
}

static void warning_of_another_task_is_a_finding_of_its_own(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000000] WARNING: mm/a.c:1 at one+0x1/0x2, CPU#0: s/10\n"
		     "[    1.000000] CPU: 0 UID: 0 PID: 10 Comm: s Not tainted 7.3 #1\n"
		     "[    1.000000] ---[ end trace 0000000000000000 ]---\n"
		     "[    1.000001] WARNING: mm/b.c:1 at two+0x1/0x2, CPU#1: s/11\n"
		     "[    1.000002] CPU: 1 UID: 0 PID: 11 Comm: s Tainted: G        W    7.3 #1\n"
		     "[    1.000003] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_int_equal(c.folded, 0);
}

static void what_happens_to_a_dying_kernel_is_folded_into_the_death(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(
	    "[    1.000000] kernel BUG at mm/a.c:1!\n"
	    "[    1.000001] Internal error: Oops - BUG: 00000000f2000800 [#1] SMP\n"
	    "[    1.000002] CPU: 0 UID: 0 PID: 10 Comm: s Not tainted 7.3 #1\n"
	    "[    1.000003] pc : one+0x1/0x2\n"
	    "[    1.000004] ---[ end trace 0000000000000000 ]---\n"
	    "[    1.000005] WARNING: kernel/x.c:1 at two+0x1/0x2, CPU#0: swapper/0/0\n"
	    "[    1.000006] CPU: 0 UID: 0 PID: 0 Comm: swapper/0 Tainted: G      D     7.3 "
	    "#1\n"
	    "[    1.000007] ---[ end trace 0000000000000000 ]---\n"
	    "[    1.000008] Kernel panic - not syncing: Oops - BUG: Fatal exception\n"
	    "[    1.000009] ---[ end Kernel panic - not syncing: Oops - BUG: Fatal exception "
	    "]---\n",
	    &c);
	assert_int_equal(c.closed, 3);
	assert_int_equal(c.folded, 2);
}

static void tlb_conflict_is_a_break_before_make_violation(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("Internal error: Oops: 0000000096000030 [#1] SMP\n"
		     "pc : change_range+0x1/0x2\n"
		     "---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_has(&c, "sev5");
	assert_has(&c, "bbm");
}

static void lines_of_a_hardware_record_are_one_report(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000001] {1}[Hardware Error]: Hardware error from APEI Source: 9\n"
		     "[    1.000002] {1}[Hardware Error]: event severity: recoverable\n"
		     "[    1.000003] {1}[Hardware Error]:  Error 0, type: recoverable\n"
		     "[    1.000004] {2}[Hardware Error]: Hardware error from APEI Source: 9\n"
		     "[    1.000005] {2}[Hardware Error]: event severity: recoverable\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "line 1-3");
	assert_has(&c, "line 4-5");
}

static void rust_panic_and_its_bug_are_one_report(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[    1.000001] rust_kernel: panicked at drivers/tea/pot.rs:60:5:\n"
		     "[    1.000002] attempt to add with overflow\n"
		     "[    1.000003] ------------[ cut here ]------------\n"
		     "[    1.000004] kernel BUG at rust/helpers/bug.c:7!\n"
		     "[    1.000005] Internal error: Oops - BUG: 00000000f2000800 [#1]  SMP\n"
		     "[    1.000006] Call trace:\n"
		     "[    1.000007]  _RNvC1_7___rustc17rust_begin_unwind+0x1/0x2 (P)\n"
		     "[    1.000008]  _RNvNtC1_4core9panicking9panic_fmt+0x1/0x2\n"
		     "[    1.000009]  brew+0x1/0x2\n"
		     "[    1.000010] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_string_equal(buffer_str(&c.closes),
			    "1 rust 4 brew|Rust panic at drivers/tea/pot.rs in brew\n");
	assert_has(&c, "message attempt to add with overflow");
}

static void a_report_whose_end_never_came_takes_nothing_that_comes_much_later(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("[   16.000000] SError Interrupt on CPU0, code 0x00000000be000011 -- SError\n"
		     "[  917.000000] Out of memory: Killed process 77 (tea) total-vm:1kB\n"
		     "[  918.000000] WARNING: mm/a.c:1 at foo_thing+0x1/0x2, CPU#0: t/0\n"
		     "[  918.000001] pc : foo_thing+0x1/0x2\n"
		     "[  918.000002] Call trace:\n"
		     "[  918.000003]  foo_thing+0x1/0x2 (P)\n"
		     "[  918.000004] ---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_int_equal(c.closed, 3);
	assert_false(has(&c, "SError in foo_thing"));
	assert_false(has(&c, "mixed"));
}

static void error_code_of_another_machine_is_no_syndrome(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
		     "Oops: 0002 [#1] PREEMPT SMP\n"
		     "RIP: 0010:bar_write+0x1/0x2\n"
		     "Call Trace:\n"
		     " bar_write+0x1/0x2\n"
		     "---[ end trace 0000000000000000 ]---\n",
		     &c);
	assert_has(&c, " esr 0 ");
}

static void report_names_the_test_that_ran(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("TAP version 13\n1..1\n# selftests: mm: split\n"
		     "BUG: Bad rss-counter state mm:1 type:2 val:3\n"
		     "ok 1 selftests: mm: split\n"
		     "BUG: Bad rss-counter state mm:1 type:2 val:3\n",
		     &c);
	assert_int_equal(c.closed, 2);
	assert_has(&c, "test (mm: split)");
	assert_has(&c, "test ()");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(callers_tell_interleaved_reports_apart),
	    cmocka_unit_test(a_report_whose_end_never_came_takes_nothing_that_comes_much_later),
	    cmocka_unit_test(error_code_of_another_machine_is_no_syndrome),
	    cmocka_unit_test(backtrace_that_another_cpu_prints_belongs_to_the_report_that_asked),
	    cmocka_unit_test(cpu_line_finds_its_report_without_callers),
	    cmocka_unit_test(two_traces_at_once_without_callers_are_called_mixed),
	    cmocka_unit_test(fault_of_another_cpu_does_not_end_a_warning_without_callers),
	    cmocka_unit_test(die_line_finds_its_fault_behind_the_warning_of_another_cpu),
	    cmocka_unit_test(fault_inside_a_warning_of_its_own_cpu_keeps_its_trace),
	    cmocka_unit_test(trace_printed_behind_panic_on_warn_is_the_warnings),
	    cmocka_unit_test(report_that_ends_in_a_warning_has_its_trace),
	    cmocka_unit_test(task_killed_for_want_of_memory_is_one_finding_with_the_want),
	    cmocka_unit_test(stall_whose_kthread_starves_is_one_finding),
	    cmocka_unit_test(header_of_a_replayed_record_counts_once),
	    cmocka_unit_test(second_line_of_a_fault_printed_again_is_no_header),
	    cmocka_unit_test(frame_of_a_replayed_record_counts_once),
	    cmocka_unit_test(lost_messages_damage_the_open_report),
	    cmocka_unit_test(wrapped_header_is_joined),
	    cmocka_unit_test(torn_walk_is_put_together),
	    cmocka_unit_test(header_behind_text_of_another_writer_is_glued),
	    cmocka_unit_test(second_record_on_a_line_is_a_header_of_its_own),
	    cmocka_unit_test(text_of_programs_is_suspect_where_the_kernel_stamps_its_lines),
	    cmocka_unit_test(hard_negatives_are_silent),
	    cmocka_unit_test(backtrace_of_no_report_is_a_note),
	    cmocka_unit_test(lockdep_report_lasts_to_its_own_trace),
	    cmocka_unit_test(printing_the_log_again_finds_nothing_twice),
	    cmocka_unit_test(a_missing_end_hides_nothing_behind_it),
	    cmocka_unit_test(report_without_marker_ends_at_its_last_line),
	    cmocka_unit_test(open_fault_ends_when_the_board_starts_anew),
	    cmocka_unit_test(warning_of_the_same_task_right_behind_another_is_folded),
	    cmocka_unit_test(warning_of_another_task_is_a_finding_of_its_own),
	    cmocka_unit_test(what_happens_to_a_dying_kernel_is_folded_into_the_death),
	    cmocka_unit_test(tlb_conflict_is_a_break_before_make_violation),
	    cmocka_unit_test(lines_of_a_hardware_record_are_one_report),
	    cmocka_unit_test(rust_panic_and_its_bug_are_one_report),
	    cmocka_unit_test(report_names_the_test_that_ran),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
