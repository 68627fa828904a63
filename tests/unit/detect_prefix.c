// SPDX-License-Identifier: GPL-2.0-or-later
// Prefixes: every known form, and forms that only the log itself can teach, around seven reports.
#include "unit/unit.h"

#include <stdio.h>

#include "detect/prefix.h"
#include "detect/text.h"
#include "unit/detect_collect.h"

// In a prefix: {s} the kernel's seconds in five columns, {u} microseconds, {S} two digits of seconds,
// {f} six digits of a fraction, {d} one, {n} a number that counts the lines.
//
// What is read of a line by itself, if its prefix is known (+): the kernel's time, from {s}, {u}, tenths of
// twelve seconds (t) or {S}.{f} (g); the level; that the kernel speaks (k), by name (K); a host's time (h);
// the caller T312 (T). Other prefixes only their log can teach.
struct form {
	const char *name, *prefix, *reads;
};

static const struct form forms[] = {
    {"none", "", ""},
    {"kernel", "[{s}] ", "+sk"},
    {"level", "<4>", "+4k"},
    {"level and stamp", "<4>[{s}] ", "+s4k"},
    {"caller", "[{s}][  T312] ", "+skT"},
    {"caller with CPU", "[{s}][  T312@C3] ", "+skT"},
    {"list", "- ", ""},
    {"list with stars", "* ", ""},
    {"field of a journal's export", "MESSAGE=", "+"},
    {"field of a journal's entry", "    MESSAGE=", "+"},
    {"dmesg -x", "kern  :warn  : [{s}] ", "+sk"},
    {"dmesg -x without time", "kern  :warn  : ", "+k"},
    {"dmesg -T", "[Sun Nov 22 16:00:{S} 2026] ", "+h"},
    {"dmesg -d", "[{s} <    0.{f}>] ", "+sk"},
    {"dmesg -e", "[  +0.{f}] ", "+h"},
    {"dmesg --time-format iso", "2026-11-22T16:00:{S},{f}+01:00 ", "+h"},
    {"/dev/kmsg", "4,{n},{u},-;", "+u4kK"},
    {"/dev/kmsg with caller", "4,{n},{u},-,caller=T312;", "+u4kKT"},
    {"netconsole with release", "7.2.0,4,{n},{u},-,ncfrag=0/66;", "+u4kK"},
    {"PREEMPT_RT", "[{s}] 000: ", "+sk"},
    {"vendor: [cpu: comm: pid]", "<4>[{s}]  [3:    kworker/3:1:  312] ", "+s4k"},
    {"vendor: (cpu)[pid:comm]", "<4>[{s}] (3)[312:kworker/3:1]", "+s4k"},
    {"vendor: level behind", "[{s}]<4>.(3)[312:kworker/3:1]", "+s4k"},
    {"container host", "2026-11-22T16:00:{S}.{f}123Z stdout F ", "+h"},
    {"log viewer", "Nov 22, 2026 @ 16:00:{S}.112 board kernel: ", "+khK"},
    {"milliseconds since 1970", "17951064{S}112 ", ""},
    {"listing", "{n}: ", ""},
    {"vendor: @cpu", "[{s}]@3 ", "+sk"},
    {"vendor: [stamp@cpu]", "[{s}@3]  ", ""},
    {"name in brackets", "2026-11-22 16:00:{S}.112 UTC [kernel] ", ""},
    {"time and host", "2026-11-22T16:00:{S}.112Z board-7 ", ""},
    {"bar that is drawn", "\xE2\x94\x82 ", ""},
    {"vendor: c3 task", "[{s}] c3   312 ", "+sk"},
    {"indented listing", "    Nov 22 16:00:{S} board kernel: ", "+khK"},
    {"indented stamp", "    [{s}] ", ""},
    {"time with zone apart", "2026-11-22 16:00:{S} +0100 board kernel: ", "+khK"},
    {"tag alone", "kernel: ", ""},
    {"vendor: milliseconds", "[{S}.112] ", ""},
    {"vendor: [stamp,cpu]", "<4>[{s},3] ", "+s4k"},
    {"vendor: [stamp / date][cpu][pid][comm]", "[{s} / 11-22 16:00:{S}.112][3][p312][kworker] ",
     "+sk"},
    {"journalctl", "Nov 22 16:00:{S} board kernel: ", "+khK"},
    {"journalctl, kernel stamp behind", "Nov 22 16:00:{S} board kernel: [{s}] ", "+skhK"},
    {"journalctl -o short-precise", "Nov 22 16:00:{S}.{f} board kernel: ", "+khK"},
    {"journalctl -o short-full", "Sun 2026-11-22 16:00:{S} CET board kernel: ", "+khK"},
    {"journalctl -o short-iso", "2026-11-22T16:00:{S}+0100 board kernel: ", "+khK"},
    {"journalctl -o short-iso-precise", "2026-11-22T16:00:{S}.{f}+01:00 board kernel: ", "+khK"},
    {"journalctl -o short-monotonic", "[{s}] board kernel: ", "+skK"},
    {"journalctl -o short-unix", "17951064{S}.{f} board kernel: ", "+khK"},
    {"journalctl in German", "M\xC3\xA4r 22 16:00:{S} board kernel: ", "+khK"},
    {"journalctl in French", "f\xC3\xA9vr. 22 16:00:{S} board kernel: ", "+khK"},
    {"journalctl in Russian", "\xD0\xBD\xD0\xBE\xD1\x8F 22 16:00:{S} board kernel: ", "+khK"},
    {"journalctl in Chinese", "11\xE6\x9C\x88 22 16:00:{S} board kernel: ", "+khK"},
    {"journalctl in Portuguese", "dez 22 16:00:{S} board kernel: ", "+khK"},
    {"syslog without host", "Nov 22 16:00:{S} kernel: ", "+khK"},
    {"syslog with facility", "Nov 22 16:00:{S} board kern.warn kernel: ", "+khK"},
    {"syslog with year", "Sun Nov 22 16:00:{S} 2026 kern.warn kernel: ", "+khK"},
    {"syslog RFC 3164", "<4>Nov 22 16:00:{S} board kernel: ", "+4khK"},
    {"syslog RFC 5424", "<4>1 2026-11-22T16:00:{S}.{f}+01:00 board kernel - - - ", "+4kK"},
    {"syslog RFC 5424, no level",
     "1 2026-11-22T16:00:{S}.{f}Z board kernel - - [meta seq=\"{n}\"] ", "+kK"},
    {"clock and tag", "16:00:{S} kernel: ", "+khK"},
    {"logcat", "11-22 16:00:{S}.112     0     0 W KERNEL  : ", ""},
    {"logcat, brief", "W/KERNEL  (  312): ", ""},
    {"ts", "Nov 22 16:00:{S} ", "+h"},
    {"ts %.s", "17951064{S}.{f} ", "+h"},
    {"minicom, tio", "[2026-11-22 16:00:{S}.112] ", "+h"},
    {"picocom, cutecom", "[16:00:{S}:112] ", "+h"},
    {"grabserial", "[{S}.{f} 0.{f}] ", "+gk"},
    {"grabserial, kernel stamp behind", "[{S}.{f} 0.{f}] [{s}] ", "+sk"},
    {"Jenkins", "[2026-11-22T16:00:{S}.112Z] ", "+h"},
    {"GitLab", "2026-11-22T16:00:{S}.{f}Z 00O ", "+h"},
    {"build server", "2026-11-22T16:00:{S}.{f}7Z ", "+h"},
    {"Amlogic", "[{s}@3] ", "+sk"},
    {"Amlogic with level", "<3>[{s}@3] ", "+s3k"},
    {"Amlogic with level, tenths", "<3>[   12.{d}@3] ", "+t3k"},
    {"tenths with level", "<3>[   12.{d}] ", "+t3k"},
    {"list of process and processor", "[{s}][pid:12,cpu3,swapper]", "+sk"},
    {"the same behind a blank", "[{s}] [pid:12,cpu3,swapper/0]", "+sk"},
    {"the same with a blank behind it", "[{s}] [pid:{n},cpu3,swapper] ", "+sk"},
    {"note", "## ", ""},
    {"heading's mark, deeper", "### ", ""},
    {"comment of C", "// ", ""},
    {"comment of C with stamp", "// [{s}] ", ""},
    {"comment of an assembler", "; ", ""},
    {"comment of TeX", "%% ", ""},
    {"comment of SQL", "-- ", ""},
    {"mail", "> ", "+"},
    {"mail of a mail with stamps", "> > [{s}] ", "+sk"},
    {"bar", "| ", "+"},
    {"container", "board-1  | ", ""},
    {"pod", "[pod/farm-{n}/console] ", ""},
    {"unknown: board, number, clock", "rpi5 #{n} 16:00:{S}.112 :: ", ""},
    {"unknown: time in parts", "@22.11.26-16.00.{S}/{n} console> ", ""},
    {"unknown: braces and channel", "(ch0) <{n}> 0x0001 {S}.{f}; ", ""},
};

struct sample {
	const char *closes; // as of detect_collect, but for the line
	const char *text;
};

static const struct sample samples[] = {
    {"fault.paging 4 brew_tea|paging request in brew_tea",
     "Unable to handle kernel paging request at virtual address ffff8000deadbee0\n"
     "Mem abort info:\n"
     "  ESR = 0x0000000096000047\n"
     "Internal error: Oops: 0000000096000047 [#1]  SMP\n"
     "CPU: 0 UID: 0 PID: 312 Comm: kettle Not tainted 7.2.0 #1\n"
     "pc : brew_tea+0x20/0x40\n"
     "lr : serve_tea+0x20/0x40\n"
     "Call trace:\n"
     " brew_tea+0x20/0x40 (P)\n"
     " serve_tea+0x20/0x40\n"
     "---[ end trace 0000000000000000 ]---\n"},
    {"kasan.slab-use-after-free 4 brew_tea|KASAN: slab-use-after-free Read in brew_tea",
     "==================================================================\n"
     "BUG: KASAN: slab-use-after-free in brew_tea+0x20/0x40\n"
     "Read of size 8 at addr ffff000004a1b2c0 by task kettle/312\n"
     "Call trace:\n"
     " brew_tea+0x20/0x40\n"
     " serve_tea+0x20/0x40\n"
     "==================================================================\n"},
    {"hang.rcu 4 brew_tea|RCU stall in brew_tea",
     "rcu: INFO: rcu_preempt self-detected stall on CPU\n"
     "rcu: \t0-....: (5249 ticks this GP) idle=1/1/0x40 softirq=1/1 fqs=2\n"
     "CPU: 0 UID: 0 PID: 312 Comm: kettle Not tainted 7.2.0 #1\n"
     "pc : brew_tea+0x20/0x40\n"
     "Call trace:\n"
     " brew_tea+0x20/0x40 (P)\n"
     " kthread+0x20/0x40\n"},
    {"hang.task 3 serve_tea|task hung in serve_tea",
     "INFO: task kettle:312 blocked for more than 120 seconds.\n"
     "      Not tainted 7.2.0 #1\n"
     "task:kettle state:D stack:0 pid:312 tgid:312 ppid:2 flags:0x00000008\n"
     "Call trace:\n"
     " __switch_to+0x20/0x40 (T)\n"
     " __schedule+0x20/0x40\n"
     " schedule+0x20/0x40\n"
     " serve_tea+0x20/0x40\n"
     " kthread+0x20/0x40\n"},
    {"atomic.scheduling 3 brew_tea|scheduling while atomic in brew_tea",
     "BUG: scheduling while atomic: kettle/312/0x00000002\n"
     "CPU: 0 UID: 0 PID: 312 Comm: kettle Not tainted 7.2.0 #1\n"
     "Call trace:\n"
     " dump_stack+0x20/0x40\n"
     " __schedule_bug+0x20/0x40\n"
     " __schedule+0x20/0x40\n"
     " schedule+0x20/0x40\n"
     " brew_tea+0x20/0x40\n"},
    {"lockdep.circular 3 brew_tea|possible circular locking in brew_tea",
     "======================================================\n"
     "WARNING: possible circular locking dependency detected\n"
     "7.2.0 #1 Not tainted\n"
     "------------------------------------------------------\n"
     "kettle/312 is trying to acquire lock:\n"
     "ffff800082a1b2c0 (tea_lock){+.+.}-{4:4}, at: brew_tea+0x20/0x40\n"
     "but task is already holding lock:\n"
     "ffff800082a1b300 (cup_lock){+.+.}-{4:4}, at: serve_tea+0x20/0x40\n"
     "stack backtrace:\n"
     "Call trace:\n"
     " brew_tea+0x20/0x40\n"},
    {"panic.stack_protector 5 brew_tea|panic: stack is corrupted in brew_tea",
     "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: "
     "brew_tea+0x40/0x40\n"
     "CPU: 0 UID: 0 PID: 312 Comm: kettle Not tainted 7.2.0 #1\n"
     "Call trace:\n"
     " panic+0x20/0x40\n"
     " __stack_chk_fail+0x20/0x40\n"
     " brew_tea+0x40/0x40\n"
     "---[ end Kernel panic - not syncing: stack-protector ]---\n"},
};

static void put_prefix(struct buffer *out, const char *prefix, unsigned line)
{
	for (const char *p = prefix; *p; p++) {
		bool field = p[0] == '{' && p[1] && p[2] == '}';
		if (!field) {
			buffer_append(out, p, 1);
			continue;
		}
		switch (p[1]) {
		case 's':
			buffer_printf(out, "%5u.%06u", 310 + line / 50, 1000 + line % 50 * 7);
			break;
		case 'd':
			buffer_printf(out, "%u", line % 10);
			break;
		case 'u':
			buffer_printf(out, "%u", 310000000 + line * 11);
			break;
		case 'S':
			buffer_printf(out, "%02u", 10 + line % 50);
			break;
		case 'f':
			buffer_printf(out, "%06u", 110 + line * 13);
			break;
		default:
			buffer_printf(out, "%u", 95 + line);
			break;
		}
		p += 2;
	}
}

static void put_lines(struct buffer *out, const char *prefix, const char *text, unsigned *line)
{
	while (*text) {
		const char *end = strchr(text, '\n') + 1;
		put_prefix(out, prefix, (*line)++);
		buffer_append(out, text, (size_t)(end - text));
		text = end;
	}
}

static unsigned count_wrong(const char *name, struct buffer *log, const struct sample *sample)
{
	CLEANUP_COLLECTED struct collected c;
	collect(log->data, log->len, &(struct collect_options){0}, &c);
	const char *found = strchr(buffer_str(&c.closes), ' ');
	size_t len = strlen(sample->closes);
	if (c.closed == 1 && found && strncmp(found + 1, sample->closes, len) == 0)
		return 0;
	print_error("%s: wanted %s, found:\n%s\nin:\n%.200s\n", name, sample->closes,
		    buffer_str(&c.closes), buffer_str(log));
	return 1;
}

static void report_is_understood_behind_every_prefix(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]); k++) {
			CLEANUP_BUFFER struct buffer log = {0};
			unsigned line = 0;
			put_lines(&log, forms[i].prefix, samples[k].text, &line);
			wrong += count_wrong(forms[i].name, &log, &samples[k]);
		}
	}
	assert_int_equal(wrong, 0);
}

static int64_t wanted_us(const char *reads, unsigned line)
{
	if (strchr(reads, 's'))
		return INT64_C(1000000) * (310 + line / 50) + 1000 + line % 50 * 7;
	if (strchr(reads, 'u'))
		return 310000000 + line * 11;
	if (strchr(reads, 't'))
		return 12000000 + line % 10 * 100000;
	return strchr(reads, 'g') ? INT64_C(1000000) * (10 + line % 50) + 110 + line * 13 : -1;
}

static void known_prefix_is_read_to_its_end(void **state)
{
	(void)state;
	static const char *const messages[] = {"tea is served", "Tea", "tea", "- x", "(tea)"};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		const char *reads = forms[i].reads;
		for (unsigned line = 0; *reads && line < 120; line++) {
			CLEANUP_BUFFER struct buffer text = {0};
			put_prefix(&text, forms[i].prefix, line);
			size_t len = text.len;
			buffer_append_str(
			    &text, messages[line % (sizeof(messages) / sizeof(messages[0]))]);
			struct prefix p;
			prefix_parse((struct detect_view){text.data, text.len}, &p);
			prefix_look_behind((struct detect_view){text.data, text.len}, &p);
			const char *level = strpbrk(reads, "01234567");
			enum prefix_speaker speaker =
			    strchr(reads, 'K') ? PREFIX_KERNEL : PREFIX_UNKNOWN;
			bool right = p.len == len && p.kernel_us == wanted_us(reads, line) &&
				     p.level == (level ? *level - '0' : -1) &&
				     p.kernel == (strchr(reads, 'k') != NULL) &&
				     p.stamped == (strchr(reads, 'h') != NULL) &&
				     p.speaker == speaker &&
				     p.caller == (strchr(reads, 'T') ? 312 : 0) &&
				     p.caller_kind == (strchr(reads, 'T') ? 'T' : 0) &&
				     !p.comment && !p.prompt;
			if (!right)
				fail_msg("%s: \"%s\": %zu bytes, wanted %zu; us %lld level %d "
					 "kernel %d time %d "
					 "speaker %d",
					 forms[i].name, buffer_str(&text), p.len, len,
					 (long long)p.kernel_us, p.level, p.kernel, p.stamped,
					 (int)p.speaker);
		}
	}
}

// Twelve other fields stand between two messages: more than a report waits for its next line.
static void fields_of_a_journal_do_not_part_a_report(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2",
	    "CPU: 1 PID: 2 Comm: k Not tainted 6.1.0 #1",
	    "pc : brew+0x1/0x2",
	    "Call trace:",
	    " brew+0x1/0x2",
	    " pour+0x3/0x4",
	    "---[ end trace 0000000000000000 ]---",
	};
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_COLLECTED struct collected c;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		buffer_printf(&text,
			      "__CURSOR=s=1;i=%zu;b=2\n__REALTIME_TIMESTAMP=1795106404112000\n", i);
		buffer_append_str(&text, "_TRANSPORT=kernel\nPRIORITY=4\nSYSLOG_FACILITY=0\n"
					 "SYSLOG_IDENTIFIER=kernel\n_BOOT_ID=3\n");
		buffer_printf(&text, "MESSAGE=%s\n_MACHINE_ID=4\n_HOSTNAME=board\n", lines[i]);
		buffer_append_str(&text, "_RUNTIME_SCOPE=system\n\n");
	}
	collect(text.data, text.len, &(struct collect_options){0}, &c);
	assert_string_equal(buffer_str(&c.closes), "8 warn 2 brew|WARNING at mm/a.c in brew\n");
	assert_non_null(strstr(buffer_str(&c.text), "pour"));
}

static void message_of_a_json_record_is_the_line(void **state)
{
	(void)state;
	static const char *const heads[] = {
	    "- {\"dt\": \"2026-11-22T16:00:04.112\", \"lvl\": \"target\", \"msg\": \"",
	    "- {\"lvl\":\"target\",\"msg\":\"",
	    "      {\"pri\": 4, \"time\": 41.000001, \"msg\": \"",
	    "{\"_TRANSPORT\":\"kernel\",\"PRIORITY\":\"4\",\"MESSAGE\":\"",
	    "{\"log\":\"",
	    "{\"stream\":\"stdout\",\"log\":\"\\u001b[0;31m\\u003c4\\u003e[    1.000001] ",
	    "{\"log\":\"Nov 22 16:00:04 board kernel: ",
	};
	static const char *const lines[] = {
	    "WARNING: CPU: 1 PID: 2 at mm/a.c:3 brew+0x1/0x2",
	    "CPU: 1 PID: 2 Comm: \\\"k\\\" Not tainted 6.1.0 #1",
	    "Call trace:",
	    " memcpy+0x1/0x2",
	    " pour+0x3/0x4",
	    "---[ end trace 0000000000000000 ]---",
	};
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_COLLECTED struct collected c;
		for (size_t k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
			buffer_printf(&text, "%s%s\"},\n", heads[i], lines[k]);
		collect(text.data, text.len, &(struct collect_options){0}, &c);
		assert_string_equal(buffer_str(&c.closes),
				    "1 warn 2 brew|WARNING at mm/a.c in brew\n");
		assert_non_null(strstr(buffer_str(&c.text), "pour"));
	}
	CLEANUP_COLLECTED struct collected program;
	collect_text("{\"_TRANSPORT\":\"stdout\",\"MESSAGE\":\"BUG: scheduling while atomic: "
		     "k/1/0x00000002\"}\n",
		     &program);
	assert_null(strstr(buffer_str(&program.closes), " 3 "));
}

// Docker's file: the line end is part of the message, '<' and '>' are escaped, other fields follow.
static void log_of_a_container_reads_as_text(void **state)
{
	(void)state;
	static const char *const prefixes[] = {"", "[{s}] ", "<4>[{s}] ",
					       "Nov 22 16:00:{S} board kernel: "};
	for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++) {
		for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]); k++) {
			CLEANUP_BUFFER struct buffer log = {0}, wrapped = {0};
			unsigned line = 0;
			put_lines(&log, prefixes[p], samples[k].text, &line);
			for (const char *at = buffer_str(&log); *at;) {
				buffer_append_str(&wrapped, "{\"log\":\"");
				for (; *at != '\n'; at++) {
					bool angle = *at == '<' || *at == '>';
					if (angle || *at == '\t')
						buffer_printf(&wrapped, "\\u%04x", (unsigned)*at);
					else
						buffer_append(&wrapped, at, 1);
				}
				at++;
				buffer_append_str(&wrapped, "\\r\\n\",\"stream\":\"stdout\"}\n");
			}
			assert_int_equal(count_wrong("container", &wrapped, &samples[k]), 0);
		}
	}
}

static void escapes_of_json_become_characters(void **state)
{
	(void)state;
	static const struct {
		const char *json, *text;
	} cases[] = {
	    {"\\u0041\\u00e9\\u20ac", "A\xC3\xA9\xE2\x82\xAC"}, // one, two and three bytes
	    {"\\u007f\\u0080\\u07ff\\u0800", "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80"},
	    {"a\\tb\\nc\\rd\\\"e\\\\f\\/g", "a\tb c d\"e\\f/g"},
	    {"a\\u001b[1;31mred\\u001b[0m!", "ared!"},
	    {"a\\u0000b\\u0009c\\u001fd\\u0020e", "ab\tcd e"},
	    {"\\u12", "u12"},
	    {"\\u12g4", "u12g4"},
	    {"\\U0041", "U0041"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_printf(&log, "{\"log\":\"Kernel panic - not syncing: %s|\"}\n",
			      cases[i].json);
		collect(log.data, log.len, &(struct collect_options){0}, &c);
		const char *title = strchr(buffer_str(&c.closes), '|');
		CLEANUP_BUFFER struct buffer found = {0};
		buffer_append_str(&found, title ? title + 1 : "");
		CLEANUP_BUFFER struct buffer whole = {0};
		buffer_printf(&whole, "panic: %s|\n", cases[i].text);
		assert_string_equal(buffer_str(&found), buffer_str(&whole));
	}
}

// A comment is one line, or its next line is something else: no log is quoted.
static void heading_or_remark_about_a_report_is_none(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "## BUG: scheduling while atomic: kettle/312/0x00000002\nThat is what I saw.\n",
	    "## BUG: scheduling while atomic: kettle/312/0x00000002\n\n## Next\n",
	    "## BUG: scheduling while atomic: kettle/312/0x00000002",
	    "## INFO: task kettle:312 blocked for more than 120 seconds.\n### deeper\n",
	    "// INFO: task kettle:312 blocked for more than 120 seconds.\n;; other\nint x;\n",
	    "# INFO: task kettle:312 blocked for more than 120 seconds.\n# of a test\n",
	    "##INFO: task kettle:312 blocked for more than 120 seconds.\n##x\n",
	    "//INFO: task kettle:312 blocked for more than 120 seconds.\n//x\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(texts[i], &c);
		if (c.opens)
			fail_msg("found %sin: %s", buffer_str(&c.closes), texts[i]);
	}
}

static void footnotes_and_lists_are_no_stamps(void **state)
{
	(void)state;
	static const char *const texts[] = {
	    "[1.2] BUG: scheduling while atomic: kettle/312/0x00000002\n",
	    "<3>[1.2] BUG: scheduling while atomic: kettle/312/0x00000002\n",
	    "[    1.2x] BUG: scheduling while atomic: kettle/312/0x00000002\n",
	    "[    1.1234567890] BUG: scheduling while atomic: kettle/312/0x00000002\n",
	    "[    1.] BUG: scheduling while atomic: kettle/312/0x00000002\n",
	    "[see:12,page3] INFO: task kettle:312 blocked for more than 120 seconds.\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct prefix prefix;
		prefix_parse(view_of(texts[i]), &prefix);
		assert_int_equal(prefix.kernel_us, -1);
	}
	static const struct {
		const char *text;
		int64_t us;
		size_t len;
	} stamps[] = {
	    {"<3>[   12.0@3] m", 12000000, 15},
	    {"<3>[   12.5@11] m", 12500000, 16},
	    {"[   12.123456@3] m", 12123456, 17},
	    {"<6>[    1.12] m", 1120000, 14},
	    {"<6>[    1.1234567] m", 1123456, 19},
	    {"<6>[    1.123456789] m", 1123456, 21},
	    {"[    7.000009][pid:1,cpu0,x]m", 7000009, 28},
	};
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		struct prefix prefix;
		prefix_parse(view_of(stamps[i].text), &prefix);
		assert_int_equal(prefix.kernel_us, stamps[i].us);
		assert_int_equal(prefix.len, stamps[i].len);
		assert_true(prefix.kernel);
	}
}

static void page_with_hard_blanks_reads_as_text(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]); k++) {
		CLEANUP_BUFFER struct buffer log = {0}, page = {0};
		unsigned line = 0;
		put_lines(&log, "[{s}] ", samples[k].text, &line);
		for (size_t i = 0; i < log.len; i++) {
			bool blank = log.data[i] == ' ';
			buffer_append(&page, blank ? "\xC2\xA0" : &log.data[i], blank ? 2 : 1);
		}
		assert_int_equal(count_wrong("no-break spaces", &page, &samples[k]), 0);
	}
}

static void program_in_a_system_log_is_not_the_kernel(void **state)
{
	(void)state;
	static const struct form logs[] = {
	    {"pid", "Nov 22 16:00:{S} board kettle[312]: ", ""},
	    {"pid, precise", "Nov 22 16:00:{S}.{f} board kettle[312]: ", ""},
	    {"iso", "2026-11-22T16:00:{S}+0100 board kettle[312]: ", ""},
	    {"monotonic", "[{s}] board kettle[312]: ", ""},
	    {"RFC 5424", "<30>1 2026-11-22T16:00:{S}Z board kettle 312 - - ", ""},
	    {"/dev/kmsg", "30,{n},{u},-;kettle[312]: ", ""},
	    {"unknown", "rpi5 #{n} 16:00:{S}.112 kettle[312]: ", ""},
	};
	unsigned wrong = 0;
	for (size_t i = 0; i < sizeof(logs) / sizeof(logs[0]); i++) {
		for (size_t k = 0; k < sizeof(samples) / sizeof(samples[0]); k++) {
			CLEANUP_BUFFER struct buffer log = {0};
			CLEANUP_COLLECTED struct collected c;
			unsigned line = 0;
			put_lines(&log, logs[i].prefix, samples[k].text, &line);
			collect(log.data, log.len, &(struct collect_options){0}, &c);
			for (const char *p = buffer_str(&c.closes); *p; p = strchr(p, '\n') + 1) {
				int severity;
				assert_int_equal(sscanf(p, "%*s %*s %d", &severity), 1);
				if (severity > 1) {
					print_error("%s: found %s", logs[i].name, p);
					wrong++;
				}
			}
		}
	}
	assert_int_equal(wrong, 0);
}

// Where the log names the kernel, whoever is not named so is somebody else.
static void line_without_the_kernels_name_is_not_its_own(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_COLLECTED struct collected c;
	unsigned line = 0;
	put_lines(&log, "Nov 22 16:00:{S} board kernel: ", "tea: one\ntea: two\ntea: three\n",
		  &line);
	put_lines(&log, "Nov 22 16:00:{S} board kettle: ", samples[6].text, &line);
	put_lines(&log, "Nov 22 16:00:{S} board kettle[1]: ", samples[0].text, &line);
	put_lines(&log, "Nov 22 16:00:{S} board kernel: ", samples[4].text, &line);
	collect(log.data, log.len, &(struct collect_options){0}, &c);
	const char *last = strstr(buffer_str(&c.closes), "atomic.scheduling 3 brew_tea");
	assert_non_null(last);
	assert_null(strstr(buffer_str(&c.closes), " 4 "));
	assert_null(strstr(buffer_str(&c.closes), " 5 "));
}

static void prose_about_a_report_teaches_no_prefix(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "I saw at 16:00:04 on my board BUG: scheduling while atomic: kettle/312/0x00000002\n",
	    "the old kernel said: INFO: task kettle:312 blocked for more than 120 seconds.\n",
	    "grep says \"INFO: task kettle:312 blocked for more than 120 seconds.\"\n",
	    "kettle[312]: INFO: task kettle:312 blocked for more than 120 seconds.\n",
	    "ERROR kettle(312): INFO: task kettle:312 blocked for more than 120 seconds.\n",
	    "run 3 of 7: INFO: task kettle:312 blocked for more than 120 seconds.\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(lines[i], &c);
		if (c.opens)
			fail_msg("found %sin: %s", buffer_str(&c.closes), lines[i]);
	}
}

static void weak_line_proves_a_prefix_only_when_it_is_not_alone(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected alone, company;
	collect_text("@a 16:00:04.112 board Oops: 0000 [#1]\n", &alone);
	assert_int_equal(alone.opens, 0);
	collect_text("@a 16:00:01.112 board Linux version 7.2.0\n"
		     "@a 16:00:02.112 board Run /init as init process\n"
		     "@a 16:00:03.112 board Freeing unused kernel memory: 1K\n"
		     "@a 16:00:04.112 board Oops: 0000 [#1]\n",
		     &company);
	assert_int_equal(company.opens, 1);
}

// A journal line that begins like another's end must not be taken for its wrapped rest.
static void line_of_a_program_is_not_joined_to_a_full_one(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_COLLECTED struct collected c;
	unsigned line = 0;
	for (int i = 0; i < 8; i++) {
		size_t start = log.len;
		put_lines(&log, "Nov 22 16:00:{S} board kernel: ",
			  "BUG: scheduling while atomic: k/1/0x2\n", &line);
		buffer_truncate(&log, log.len - 1);
		while (log.len - start < 80)
			buffer_append_str(&log, ".");
		buffer_append_str(&log, "\nNov 22 16:00:10 board kettle[3]: boils\n");
	}
	collect(log.data, log.len, &(struct collect_options){0}, &c);
	assert_int_equal(c.opens, 8);
	unsigned lines = 0;
	for (const char *p = buffer_str(&c.text); (p = strstr(p, "\nline ")); p++)
		lines++;
	assert_int_equal(lines + (strncmp(buffer_str(&c.text), "line ", 5) == 0), 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(report_is_understood_behind_every_prefix),
	    cmocka_unit_test(known_prefix_is_read_to_its_end),
	    cmocka_unit_test(fields_of_a_journal_do_not_part_a_report),
	    cmocka_unit_test(message_of_a_json_record_is_the_line),
	    cmocka_unit_test(log_of_a_container_reads_as_text),
	    cmocka_unit_test(escapes_of_json_become_characters),
	    cmocka_unit_test(heading_or_remark_about_a_report_is_none),
	    cmocka_unit_test(footnotes_and_lists_are_no_stamps),
	    cmocka_unit_test(page_with_hard_blanks_reads_as_text),
	    cmocka_unit_test(program_in_a_system_log_is_not_the_kernel),
	    cmocka_unit_test(line_without_the_kernels_name_is_not_its_own),
	    cmocka_unit_test(prose_about_a_report_teaches_no_prefix),
	    cmocka_unit_test(weak_line_proves_a_prefix_only_when_it_is_not_alone),
	    cmocka_unit_test(line_of_a_program_is_not_joined_to_a_full_one),
	};
	return cmocka_run_group_tests_name("detect/prefix", tests, NULL, NULL);
}
