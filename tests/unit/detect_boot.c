// SPDX-License-Identifier: GPL-2.0-or-later
// Boot outcomes, the mm firmware's records, test results.
#include "unit/unit.h"

#include <stdio.h>
#include <zlib.h>

#include "unit/detect_collect.h"

#define KERNEL                                               \
	"[    0.000000] Booting Linux on physical CPU 0x0\n" \
	"[    0.000000] Linux version 7.2.0 (x@y) #1 SMP\n"
#define INIT "[    1.500000] Run /init as init process\n"

static void assert_outcome(const char *text, enum detect_end_reason reason,
			   enum detect_outcome outcome, unsigned boots)
{
	CLEANUP_COLLECTED struct collected c;
	collect(text, strlen(text), &(struct collect_options){.reason = reason}, &c);
	if (c.outcome != outcome || c.boots != boots)
		fail_msg("wanted %s, %u boots, found %s, %u boots in:\n%s",
			 detect_outcome_name(outcome), boots, detect_outcome_name(c.outcome),
			 c.boots, text);
}

static void boot_that_stops_is_stuck_where_it_got_to(void **state)
{
	(void)state;
	enum detect_end_reason end = DETECT_END_DEADLINE;
	assert_outcome("", end, DETECT_OUTCOME_NO_OUTPUT, 0);
	assert_outcome("hello\n", end, DETECT_OUTCOME_STUCK_FIRMWARE, 0);
	assert_outcome("U-Boot SPL 2026.01 (Jan 01 2026)\nU-Boot 2026.01\n=> ", end,
		       DETECT_OUTCOME_STUCK_BOOTLOADER, 0);
	assert_outcome("BdsDxe: No bootable option or device was found.\n", end,
		       DETECT_OUTCOME_STUCK_BOOTLOADER, 0);
	assert_outcome("U-Boot 2026.01\nStarting kernel ...\n\n", end,
		       DETECT_OUTCOME_NO_KERNEL_OUTPUT, 0);
	assert_outcome("EFI stub: Booting Linux Kernel...\nEFI stub: Exiting boot services...\n",
		       end, DETECT_OUTCOME_NO_KERNEL_OUTPUT, 0);
	assert_outcome("U-Boot 2026.01\nStarting kernel ...\n" KERNEL, end,
		       DETECT_OUTCOME_STUCK_KERNEL_EARLY, 1);
	assert_outcome(KERNEL INIT, end, DETECT_OUTCOME_STUCK_KERNEL, 1);
	assert_outcome(KERNEL INIT "starting services\n", end, DETECT_OUTCOME_STUCK_USERSPACE, 1);
}

static void boot_is_ok_at_a_prompt_or_an_announced_end(void **state)
{
	(void)state;
	static const char *const ends[] = {
	    "board login: ",
	    "board login: root\n",
	    "/ # ",
	    "root@board:~# ls\n",
	    "[root@board ~]# ",
	    "sh-5.2# ",
	    "bye\n[    9.000000] reboot: Power down\n",
	    "bye\n[    9.000000] reboot: Restarting system\n",
	};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		buffer_printf(&text, "%s%s%s", KERNEL, INIT, ends[i]);
		assert_outcome(buffer_str(&text), DETECT_END_CLOSED, DETECT_OUTCOME_OK, 1);
	}
}

static void comments_and_diagnostics_are_no_prompts(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "# ok 1 a # SKIP no\n",
	    "a.sh: line 3: x # y\n",
	    "Price: 3$\n",
	    "ok 1 - a # TODO\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		buffer_printf(&text, "%s%s%s", KERNEL, INIT, lines[i]);
		assert_outcome(buffer_str(&text), DETECT_END_CLOSED, DETECT_OUTCOME_STUCK_USERSPACE,
			       1);
	}
}

static void pause_makes_no_prompt_of_what_goes_on(void **state)
{
	(void)state;
	const struct collect_options paused = {
	    .reason = DETECT_END_CLOSED, .chunk = 1, .ticks = true};
	static const struct {
		const char *text;
		enum detect_outcome outcome;
	} cases[] = {
	    {"root@board:~#x\n", DETECT_OUTCOME_STUCK_USERSPACE},
	    {"no login:s allowed\n", DETECT_OUTCOME_STUCK_USERSPACE},
	    {"root@board:~# x\n", DETECT_OUTCOME_OK},
	    {"board login: x\n", DETECT_OUTCOME_OK},
	    {"x [    3.000000] no login: yet\n", DETECT_OUTCOME_STUCK_USERSPACE},
	    {"board login: [    3.000000] x\n", DETECT_OUTCOME_OK},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_printf(&text, "%s%s%s", KERNEL, INIT, cases[i].text);
		collect(buffer_str(&text), text.len, &paused, &c);
		if (c.outcome != cases[i].outcome)
			fail_msg("found %s in: %s", detect_outcome_name(c.outcome), cases[i].text);
	}
}

static void restarts_are_told_from_reboots(void **state)
{
	(void)state;
	assert_outcome(KERNEL INIT KERNEL INIT "x login: ", DETECT_END_CLOSED, DETECT_OUTCOME_RESET,
		       2);
	assert_outcome(KERNEL KERNEL KERNEL, DETECT_END_CLOSED, DETECT_OUTCOME_BOOT_LOOP, 3);
	assert_outcome(KERNEL INIT "x\n[    2.000000] reboot: Restarting system\nU-Boot 2026.01\n"
				   "Starting kernel ...\n" KERNEL INIT "x login: ",
		       DETECT_END_CLOSED, DETECT_OUTCOME_OK, 2);
	assert_outcome(KERNEL "U-Boot 2026.01\n", DETECT_END_CLOSED, DETECT_OUTCOME_RESET, 1);
}

static void printing_the_log_is_no_restart(void **state)
{
	(void)state;
	assert_outcome(KERNEL INIT "/ # dmesg\n" KERNEL INIT
				   "[    1.600000] something that came later\n/ # ",
		       DETECT_END_CLOSED, DETECT_OUTCOME_OK, 1);
}

static void program_that_prints_the_version_is_no_restart(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, KERNEL);
	for (unsigned i = 0; i < 20; i++)
		buffer_printf(&text, "[    1.%06u] device %u is there\n", i, i);
	buffer_append_str(&text, INIT "starting\n/ # cat /proc/version\n"
				      "Linux version 7.2.0 (x@y) #1 SMP\n/ # ");
	assert_outcome(buffer_str(&text), DETECT_END_CLOSED, DETECT_OUTCOME_OK, 1);
	buffer_append_str(&text, "\nU-Boot 2026.01\nStarting kernel ...\n" KERNEL INIT "/ # ");
	assert_outcome(buffer_str(&text), DETECT_END_CLOSED, DETECT_OUTCOME_RESET, 2);
}

static void records_out_of_order_by_little_are_no_restart(void **state)
{
	(void)state;
	assert_outcome(KERNEL INIT "x\n[    6.541614] a\n[    6.541542] b\nx login: ",
		       DETECT_END_CLOSED, DETECT_OUTCOME_OK, 1);
}

// The kernel's time falls in a restart: by more than a second, to less than one.
static void time_that_falls_is_a_restart(void **state)
{
	(void)state;
	static const struct {
		const char *later, *then;
		unsigned attempts;
	} cases[] = {
	    {"3.000000", "0.999999", 2}, {"3.000000", "1.000000", 1}, {"3.000000", "0.000000", 2},
	    {"1.500001", "0.500000", 2}, {"1.500000", "0.500000", 1}, {"1.400000", "0.500000", 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_printf(&text, "%s[    %s] tea one\n[    %s] tea two\n", KERNEL,
			      cases[i].later, cases[i].then);
		collect(text.data, text.len, &(struct collect_options){0}, &c);
		if ((strstr(buffer_str(&c.text), " attempt 2 ") != NULL) !=
		    (cases[i].attempts == 2))
			fail_msg("%s, then %s", cases[i].later, cases[i].then);
	}
}

static void wrong_baud_rate_is_garbage(void **state)
{
	(void)state;
	char noise[2000];
	uint32_t x = 1;
	for (size_t i = 0; i < sizeof(noise); i++) {
		x = x * 1664525 + 1013904223;
		noise[i] = (char)(x >> 24);
	}
	CLEANUP_COLLECTED struct collected c;
	collect(noise, sizeof(noise), &(struct collect_options){0}, &c);
	assert_int_equal(c.outcome, DETECT_OUTCOME_GARBAGE);
}

static void panic_and_interruption_have_the_last_word(void **state)
{
	(void)state;
	assert_outcome(KERNEL "[    1.000000] Kernel panic - not syncing: Oh no\n",
		       DETECT_END_DEADLINE, DETECT_OUTCOME_PANIC, 1);
	assert_outcome(KERNEL, DETECT_END_INTERRUPTED, DETECT_OUTCOME_INTERRUPTED, 1);
}

#define UBOOT_PASS "U-Boot SPL 2026.01 (x)\nU-Boot 2026.01 (x)\nStarting kernel ...\n\n"
#define PANIC      KERNEL "[    1.000000] Kernel panic - not syncing: Oh no\n"
#define WATCHDOG   "board: watchdog bit me\n"

static void restart_ahead_of_the_kernel_is_one(void **state)
{
	(void)state;
	enum detect_end_reason end = DETECT_END_CLOSED;
	assert_outcome(UBOOT_PASS UBOOT_PASS, end, DETECT_OUTCOME_RESET, 0);
	assert_outcome(UBOOT_PASS UBOOT_PASS UBOOT_PASS, end, DETECT_OUTCOME_BOOT_LOOP, 0);
	assert_outcome(UBOOT_PASS UBOOT_PASS UBOOT_PASS KERNEL, end, DETECT_OUTCOME_BOOT_LOOP, 1);
	assert_outcome(UBOOT_PASS UBOOT_PASS UBOOT_PASS KERNEL INIT "x login: ", end,
		       DETECT_OUTCOME_RESET, 1);
	// a boot loader without first stage
	assert_outcome("U-Boot 2026.01\nStarting kernel ...\nU-Boot 2026.01\nStarting kernel ...\n",
		       end, DETECT_OUTCOME_RESET, 0);
	// in the boot loader itself
	assert_outcome("U-Boot SPL 2026.01\nU-Boot 2026.01\nU-Boot SPL 2026.01\nU-Boot 2026.01\n"
		       "U-Boot SPL 2026.01\nU-Boot 2026.01\n=> ",
		       end, DETECT_OUTCOME_BOOT_LOOP, 0);
}

static void stages_of_one_start_are_no_restarts(void **state)
{
	(void)state;
	enum detect_end_reason end = DETECT_END_DEADLINE;
	// two processors, each with an SPL
	assert_outcome(
	    "U-Boot SPL 2026.01\nNOTICE:  BL31: v2.12\nU-Boot SPL 2026.01\nU-Boot 2026.01\n"
	    "=> ",
	    end, DETECT_OUTCOME_STUCK_BOOTLOADER, 0);
	assert_outcome(
	    "NOTICE:  Booting Trusted Firmware\nNOTICE:  BL1: v2.12\nNOTICE:  BL2: v2.12\n"
	    "NOTICE:  BL31: v2.12\nU-Boot 2026.01\nStarting kernel ...\n",
	    end, DETECT_OUTCOME_NO_KERNEL_OUTPUT, 0);
	// firmware that resets the board by itself
	assert_outcome("coreboot-1 x bootblock starting\nboard_reset() called!\n"
		       "coreboot-1 x bootblock starting\nStarting kernel ...\n",
		       end, DETECT_OUTCOME_NO_KERNEL_OUTPUT, 0);
}

static void log_of_kernel_lines_is_no_firmwares(void **state)
{
	(void)state;
	enum detect_end_reason end = DETECT_END_CLOSED;
	assert_outcome("[    0.300000] tea: a\n[    0.300001] tea: b\n", end,
		       DETECT_OUTCOME_STUCK_KERNEL_EARLY, 0);
	assert_outcome("[  310.300000] tea: a\n[  310.300001] tea: b\n", end,
		       DETECT_OUTCOME_STUCK_KERNEL, 0);
	assert_outcome("Nov 22 16:00:04 board kernel: tea: a\n", end, DETECT_OUTCOME_STUCK_KERNEL,
		       0);
	assert_outcome("[  310.300000] tea: a\nboard login: \n", end, DETECT_OUTCOME_OK, 0);
	// `dmesg -T` and terminal programs hide the kernel's own stamp: its reports are its voice
	assert_outcome(
	    "[Tue Nov 10 11:02:31 2026] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n",
	    end, DETECT_OUTCOME_STUCK_KERNEL, 0);
	assert_outcome("2026-11-14 03:00:51,104 BUG: Bad page state in process kettle  pfn:8a3f1\n",
		       end, DETECT_OUTCOME_STUCK_KERNEL, 0);
	assert_outcome("trusty: panic\n", end, DETECT_OUTCOME_STUCK_FIRMWARE, 0);
	assert_outcome("fatal error: tea is cold\n", end, DETECT_OUTCOME_STUCK_FIRMWARE, 0);
	assert_outcome("kettle[77]: segfault at 0 ip 0 sp 0 error 4 in kettle\n", end,
		       DETECT_OUTCOME_STUCK_FIRMWARE, 0);
	// excerpts in one log are no restarts
	assert_outcome("[  310.300000] tea: a\n[    0.300000] tea: b\n[    3.300000] tea: c\n", end,
		       DETECT_OUTCOME_STUCK_KERNEL, 0);
}

// U-Boot shows what lies in memory: that is no start of a kernel, until it starts one.
static void kernel_that_uboot_shows_is_none(void **state)
{
	(void)state;
	enum detect_end_reason end = DETECT_END_DEADLINE;
	assert_outcome("U-Boot 2026.01\n=> md.b 40000000\nLinux version 6.1.0 (tea@pot) #1\n=> ",
		       end, DETECT_OUTCOME_STUCK_BOOTLOADER, 0);
	assert_outcome(
	    "U-Boot 2026.01\n=> booti\nStarting kernel ...\n\nLinux version 6.1.0 (tea@pot) #1\n",
	    end, DETECT_OUTCOME_STUCK_KERNEL_EARLY, 1);
	assert_outcome("Barebox 2026.01\nLinux version 6.1.0 (tea@pot) #1\n", end,
		       DETECT_OUTCOME_STUCK_KERNEL_EARLY, 1);
}

// Whoever goes on behind its announced end is told to all who took that for the end.
static void going_on_is_told(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text(KERNEL INIT "[    9.000000] reboot: Power down\n[    7.500000] tea: goes on\n",
		     &c);
	assert_non_null(strstr(buffer_str(&c.text), "boot goes-on "));
	CLEANUP_COLLECTED struct collected d;
	collect_text(KERNEL INIT "[    9.000000] reboot: Power down\n[    9.500000] tea: is off\n",
		     &d);
	assert_null(strstr(buffer_str(&d.text), "boot goes-on "));
}

// Text is what a terminal prints, its controls and escapes; the neighbours of each border.
static void each_byte_is_text_or_garbage(void **state)
{
	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		char noise[1024];
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (char)(i % 2 ? byte : 'a');
		bool text =
		    (byte >= 0x20 && byte <= 0x7e) || (byte >= '\a' && byte <= '\r') || byte == 033;
		CLEANUP_COLLECTED struct collected c;
		collect(noise, sizeof(noise), &(struct collect_options){0}, &c);
		if ((c.outcome == DETECT_OUTCOME_GARBAGE) == text)
			fail_msg("0x%02x is %s", (unsigned)byte, text ? "garbage" : "text");
	}
}

static void crash_of_firmware_is_no_standstill(void **state)
{
	(void)state;
	assert_outcome("NOTICE:  BL31: v2.12\nPANIC at PC : 0x0000000040094188\n",
		       DETECT_END_DEADLINE, DETECT_OUTCOME_PANIC, 0);
	assert_outcome("U-Boot 2026.01\n\"Synchronous Abort\" handler, esr 0x96000010\n",
		       DETECT_END_DEADLINE, DETECT_OUTCOME_PANIC, 0);
	assert_outcome("NOTICE:  BL31: v2.12\nERROR:   BL2: Failed to load image id 5 (-2)\n",
		       DETECT_END_DEADLINE, DETECT_OUTCOME_STUCK_BOOTLOADER, 0);
}

// Each pair of neighbours in the order of precedence (docs/detect.md).
static void outcome_comes_by_precedence(void **state)
{
	(void)state;
	static const struct detect_literal literals[] = {
	    {.text = "watchdog bit me", .role = DETECT_LITERAL_WATCHDOG},
	};
	char noise[1200];
	memset(noise, 0x81, sizeof(noise) - 1);
	noise[sizeof(noise) - 1] = 0;
	CLEANUP_BUFFER struct buffer garbage = {0};
	buffer_append_str(&garbage, noise);
	const struct {
		const char *text;
		enum detect_end_reason reason;
		enum detect_outcome outcome;
	} cases[] = {
	    // loop over panic; two boots are none
	    {PANIC PANIC PANIC, DETECT_END_CLOSED, DETECT_OUTCOME_BOOT_LOOP},
	    {PANIC PANIC, DETECT_END_CLOSED, DETECT_OUTCOME_PANIC},
	    {PANIC PANIC KERNEL INIT "x login: ", DETECT_END_CLOSED, DETECT_OUTCOME_PANIC},
	    // panic over watchdog
	    {PANIC WATCHDOG KERNEL, DETECT_END_CLOSED, DETECT_OUTCOME_PANIC},
	    // watchdog over reset
	    {KERNEL INIT WATCHDOG KERNEL INIT "x login: ", DETECT_END_CLOSED,
	     DETECT_OUTCOME_WATCHDOG},
	    // reset over interruption
	    {KERNEL INIT KERNEL INIT, DETECT_END_INTERRUPTED, DETECT_OUTCOME_RESET},
	    // of one boot: panic over interruption
	    {PANIC, DETECT_END_INTERRUPTED, DETECT_OUTCOME_PANIC},
	    // interruption over garbage, and over what was reached
	    {buffer_str(&garbage), DETECT_END_INTERRUPTED, DETECT_OUTCOME_INTERRUPTED},
	    {KERNEL INIT "x login: ", DETECT_END_INTERRUPTED, DETECT_OUTCOME_INTERRUPTED},
	    // garbage over firmware
	    {buffer_str(&garbage), DETECT_END_CLOSED, DETECT_OUTCOME_GARBAGE},
	    // an announced end over what was reached
	    {KERNEL INIT "[    9.000000] reboot: Power down\n", DETECT_END_CLOSED,
	     DETECT_OUTCOME_OK},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect(cases[i].text, strlen(cases[i].text),
			&(struct collect_options){
			    .reason = cases[i].reason,
			    .config = {.literals = literals, .literals_count = 1},
			},
			&c);
		if (c.outcome != cases[i].outcome)
			fail_msg("case %zu: wanted %s, found %s", i,
				 detect_outcome_name(cases[i].outcome),
				 detect_outcome_name(c.outcome));
	}
}

// ---- records of the mm firmware -----------------------------------------------------------------

struct stream {
	struct buffer text;
	uLong crc;
	unsigned q;
};

// Appends a record with its checksum; `broken` flips a bit of it on the way.
static void put_record(struct stream *s, const char *body, bool broken)
{
	char line[300];
	bool end = strncmp(body, "end", 3) == 0;
	int n = end ? snprintf(line, sizeof(line), "#mm %s q=%u crc=%08lx", body, s->q, s->crc)
		    : snprintf(line, sizeof(line), "#mm %s q=%u", body, s->q);
	unsigned sum = 0;
	for (int i = 1; i < n; i++)
		sum ^= (unsigned char)line[i];
	n += snprintf(line + n, sizeof(line) - (size_t)n, " *%02x", sum);
	if (!end)
		s->crc = crc32(s->crc, (const Bytef *)line, (uInt)n);
	s->q++;
	if (broken)
		line[5] ^= 1;
	buffer_append(&s->text, line, (size_t)n);
	buffer_append_str(&s->text, "\r\n");
}

static void run_records(unsigned broken, unsigned lost, bool end, enum detect_end_reason reason,
			struct collected *out)
{
	struct stream s = {.crc = crc32(0, NULL, 0)};
	static const char *const bodies[] = {
	    "hello v=1 build=\"a b\" order=premap",
	    "cpu n=0 midr=0x410fd823",
	    "stage id=S0 st=begin",
	    "test id=S0.a r=pass",
	    "end r=pass pass=1 fail=0",
	};
	for (unsigned i = 0; i < (end ? 5u : 4u); i++) {
		size_t before = s.text.len;
		put_record(&s, bodies[i], broken && i == broken);
		if (lost && i == lost)
			buffer_truncate(&s.text, before);
	}
	collect(s.text.data, s.text.len, &(struct collect_options){.reason = reason}, out);
	buffer_deinit(&s.text);
}

#define OOPS(level)                                                                            \
	level "[   63.674531] Unable to handle kernel NULL pointer dereference at virtual "    \
	      "address 0000000000000008\n" level "[   63.689662] pc : jump_to+0x4/0x8\n" level \
	      "[   63.690000] ---[ end trace 0000000000000000 ]---\n"

static void kernel_that_begins_to_print_levels_is_no_program(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected early, late;
	collect_text(KERNEL
		     "<6>[    0.100000] Memory: 3297852K/4194304K available\n" INIT OOPS("<1>"),
		     &early);
	assert_non_null(strstr(buffer_str(&early.closes), " 4 "));
	collect_text(KERNEL "[    0.100000] Memory: 3297852K/4194304K available\n" INIT OOPS("<1>"),
		     &late);
	assert_non_null(
	    strstr(buffer_str(&late.closes), " 1 ")); // a program prints another boot's log
}

static void whole_stream_of_records_is_ok(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	run_records(0, 0, true, DETECT_END_CLOSED, &c);
	assert_int_equal(c.records, 5);
	assert_non_null(strstr(buffer_str(&c.text), "record end q4 sum seq stream missing 0"));
	assert_int_equal(c.outcome, DETECT_OUTCOME_OK);
	assert_int_equal(c.boots, 1);
}

static void damaged_record_spoils_the_stream(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	run_records(2, 0, true, DETECT_END_CLOSED, &c);
	assert_non_null(strstr(buffer_str(&c.text), "record end q4 sum seq missing 1"));
	assert_int_equal(c.outcome, DETECT_OUTCOME_TRUNCATED);
}

static void hello_without_build_is_a_start_all_the_same(void **state)
{
	(void)state;
	struct stream s = {.crc = crc32(0, NULL, 0)};
	put_record(&s, "hello v=1", false);
	CLEANUP_COLLECTED struct collected c;
	collect(s.text.data, s.text.len, &(struct collect_options){0}, &c);
	buffer_deinit(&s.text);
	assert_int_equal(c.boots, 1);
}

static void lost_record_spoils_the_stream(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	run_records(0, 2, true, DETECT_END_CLOSED, &c);
	assert_non_null(strstr(buffer_str(&c.text), "record test q3 sum missing 1"));
	assert_int_equal(c.outcome, DETECT_OUTCOME_TRUNCATED);
}

static void firmware_without_end_hangs_or_was_cut(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected late, cut;
	run_records(0, 0, false, DETECT_END_DEADLINE, &late);
	run_records(0, 0, false, DETECT_END_CLOSED, &cut);
	assert_int_equal(late.outcome, DETECT_OUTCOME_HANG);
	assert_int_equal(cut.outcome, DETECT_OUTCOME_TRUNCATED);
}

// ---- test results -------------------------------------------------------------------------------

static void assert_tests(const char *text, const char *wanted)
{
	CLEANUP_BUFFER struct buffer found = {0};
	CLEANUP_COLLECTED struct collected c;
	collect_text(text, &c);
	for (const char *p = buffer_str(&c.text); *p; p = strchr(p, '\n') + 1)
		if (strncmp(p, "test ", 5) == 0)
			buffer_append(&found, p + 5, (size_t)(strchr(p, '\n') - p - 4));
	assert_string_equal(buffer_str(&found), wanted);
}

static void ktap_results_are_told(void **state)
{
	(void)state;
	assert_tests("TAP version 13\n1..4\n"
		     "# selftests: mm: split\n"
		     "# something went wrong\n"
		     "not ok 1 selftests: mm: split # exit=1\n"
		     "ok 2 selftests: mm: alias\n"
		     "ok 3 - selftests: mm: huge # SKIP no pages\n"
		     "not ok 4 selftests: mm: old # XFAIL known\n",
		     "fail selftests: mm: split (exit=1)\n"
		     "pass selftests: mm: alias ()\n"
		     "skip selftests: mm: huge (SKIP no pages)\n"
		     "xfail selftests: mm: old (XFAIL known)\n");
}

static void nested_ktap_has_paths_also_through_printk(void **state)
{
	(void)state;
	assert_tests("[    1.000000] KTAP version 1\n"
		     "[    1.000001] 1..1\n"
		     "[    1.000002]     KTAP version 1\n"
		     "[    1.000003]     # Subtest: kitchen\n"
		     "[    1.000004]     1..2\n"
		     "[    1.000005]     ok 1 boil\n"
		     "[    1.000006]     not ok 2 pour\n"
		     "[    1.000007] not ok 1 kitchen\n",
		     "pass kitchen.boil ()\n"
		     "fail kitchen.pour ()\n"
		     "fail kitchen ()\n");
}

static void unfulfilled_plan_is_incomplete(void **state)
{
	(void)state;
	assert_tests("TAP version 13\n1..3\nok 1 a\n", "pass a ()\nincomplete  ()\n");
}

static void ltp_results_are_told(void **state)
{
	(void)state;
	assert_tests("mmap01.c:60: TPASS: mapped\n"
		     "mmap01.c:61: TFAIL: not mapped\n"
		     "mmap02.c:12: TCONF: no huge pages\n"
		     "mmap02.c:13: TWARN: pages stay behind\n"
		     "tst_test.c:1560: TINFO: Timeout per run is 0h 00m 30s\n"
		     "mmap03     1  TBROK  :  out of luck\n"
		     "mmap03     2  TFAIL  :  mmap03.c:66: not mapped\n"
		     "mmap03     3  TWARN  :  pages stay behind\n"
		     "df01 1 TPASS: a\n"
		     "df01 2 TFAIL: b\n"
		     "df01 3 TBROK: c\n"
		     "df01 4 TCONF: d\n"
		     "df01 5 TWARN: e\n"
		     "df01 6 TINFO: f\n",
		     "pass mmap01 (mmap01.c:60: mapped)\n"
		     "fail mmap01 (mmap01.c:61: not mapped)\n"
		     "skip mmap02 (mmap02.c:12: no huge pages)\n"
		     "error mmap02 (mmap02.c:13: pages stay behind)\n"
		     "error mmap03 (out of luck)\n"
		     "fail mmap03 (mmap03.c:66: not mapped)\n"
		     "error mmap03 (pages stay behind)\n"
		     "pass df01 (a)\n"
		     "fail df01 (b)\n"
		     "error df01 (c)\n"
		     "skip df01 (d)\n"
		     "error df01 (e)\n");
}

// LTP's own library speaks on behalf of the test whose name was last seen.
static void result_of_the_library_bears_the_tests_name(void **state)
{
	(void)state;
	assert_tests("mmap01.c:60: TPASS: mapped\n"
		     "tst_test.c:1560: TBROK: Test killed! (timeout?)\n"
		     "tag=mmap02 stime=1 dur=1 exit=exited stat=0 core=no cu=0 cs=0\n",
		     "pass mmap01 (mmap01.c:60: mapped)\n"
		     "error mmap01 (tst_test.c:1560: Test killed! (timeout?))\n");
	assert_tests("tst_test.c:1560: TBROK: Test killed! (timeout?)\n",
		     "error tst_test (tst_test.c:1560: Test killed! (timeout?))\n");
}

static void prose_with_the_words_of_ltp_is_no_result(void **state)
{
	(void)state;
	assert_tests("a test may say TFAIL: it failed\n"
		     "TBROK: and nothing ahead\n"
		     "[    1.000001] tea: TFAILED: x\n"
		     "see https://x/TFAIL: y\n",
		     "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(boot_that_stops_is_stuck_where_it_got_to),
	    cmocka_unit_test(boot_is_ok_at_a_prompt_or_an_announced_end),
	    cmocka_unit_test(comments_and_diagnostics_are_no_prompts),
	    cmocka_unit_test(pause_makes_no_prompt_of_what_goes_on),
	    cmocka_unit_test(restarts_are_told_from_reboots),
	    cmocka_unit_test(printing_the_log_is_no_restart),
	    cmocka_unit_test(program_that_prints_the_version_is_no_restart),
	    cmocka_unit_test(records_out_of_order_by_little_are_no_restart),
	    cmocka_unit_test(time_that_falls_is_a_restart),
	    cmocka_unit_test(wrong_baud_rate_is_garbage),
	    cmocka_unit_test(panic_and_interruption_have_the_last_word),
	    cmocka_unit_test(restart_ahead_of_the_kernel_is_one),
	    cmocka_unit_test(stages_of_one_start_are_no_restarts),
	    cmocka_unit_test(log_of_kernel_lines_is_no_firmwares),
	    cmocka_unit_test(crash_of_firmware_is_no_standstill),
	    cmocka_unit_test(kernel_that_uboot_shows_is_none),
	    cmocka_unit_test(going_on_is_told),
	    cmocka_unit_test(each_byte_is_text_or_garbage),
	    cmocka_unit_test(outcome_comes_by_precedence),
	    cmocka_unit_test(kernel_that_begins_to_print_levels_is_no_program),
	    cmocka_unit_test(whole_stream_of_records_is_ok),
	    cmocka_unit_test(damaged_record_spoils_the_stream),
	    cmocka_unit_test(hello_without_build_is_a_start_all_the_same),
	    cmocka_unit_test(lost_record_spoils_the_stream),
	    cmocka_unit_test(firmware_without_end_hangs_or_was_cut),
	    cmocka_unit_test(ktap_results_are_told),
	    cmocka_unit_test(nested_ktap_has_paths_also_through_printk),
	    cmocka_unit_test(unfulfilled_plan_is_incomplete),
	    cmocka_unit_test(ltp_results_are_told),
	    cmocka_unit_test(result_of_the_library_bears_the_tests_name),
	    cmocka_unit_test(prose_with_the_words_of_ltp_is_no_result),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
