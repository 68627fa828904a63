// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull_job.h"

#include <string.h>

#include "config/node.h"

#define BOOT_S    300.0 // from power-on to the first test
#define SILENCE_S 120.0 // of a boot; a test may be silent for all of its time
#define END_TEXT  "mmfarm: end of tests"
#define NO_ROOT   "VFS: Unable to mount root fs"

bool pull_job_wants_root(const struct kernelci_definition *d)
{
	for (size_t i = 0; i < d->tests_count; i++)
		if (!d->tests[i].skip && d->tests[i].kind != KERNELCI_BOOT)
			return true;
	return false;
}

static double longest_test(const struct kernelci_definition *d)
{
	double longest = SILENCE_S;
	for (size_t i = 0; i < d->tests_count; i++)
		if (!d->tests[i].skip && d->tests[i].kind != KERNELCI_BOOT &&
		    d->tests[i].timeout_s > longest)
			longest = d->tests[i].timeout_s;
	return longest;
}

static void put_arguments(const struct kernelci_definition *d,
			  const struct kernelci_platform_config *p, bool initramfs,
			  struct buffer *out)
{
	CLEANUP_BUFFER struct buffer line = {0};
	const char *const words[] = {p->arguments, initramfs ? "rdinit=/" PULL_INIT : NULL,
				     d->arguments};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i] && words[i][0])
			buffer_printf(&line, "%s%s", line.len ? " " : "", words[i]);
	buffer_append_str(out, "    arguments: ");
	config_dump_string(buffer_str(&line), out);
	buffer_append_str(out, "\n");
}

void pull_job_yaml(const struct kernelci_definition *d, const struct kernelci_platform_config *p,
		   bool initramfs, struct buffer *out)
{
	buffer_append_str(out, "name: kernelci\ndescription: ");
	config_dump_string(p->name, out);
	buffer_printf(out, "\npayload: {kernel: kernel%s}\n",
		      initramfs ? ", initrd: initramfs" : "");
	size_t pools = 0;
	while (p->pools[pools])
		pools++;
	config_dump_list("", "pools", p->pools, pools, out);
	buffer_append_str(out, "boards_per_pool: 1\n");
	double seconds = kernelci_definition_seconds(d) + BOOT_S;
	if (seconds > 7 * 24 * 3600)
		seconds = 7 * 24 * 3600;
	buffer_printf(out, "deadline: %.0fs\nsilence: %.0fs\n", seconds, longest_test(d));
	if (initramfs)
		buffer_append_str(out, "done: {text: \"" END_TEXT "\"}\n");
	else
		buffer_append_str(out, "done: {panic: \"" NO_ROOT "\"}\n");
	buffer_append_str(out, "variants:\n  - name: ");
	config_dump_string(p->name, out);
	buffer_append_str(out, "\n");
	put_arguments(d, p, initramfs, out);
}

// ---- the board's script -------------------------------------------------------------------------

// As one word of a shell.
static void put_quoted(const char *s, struct buffer *out)
{
	buffer_append_str(out, "'");
	for (; *s; s++)
		if (*s == '\'')
			buffer_append_str(out, "'\\''");
		else
			buffer_append(out, s, 1);
	buffer_append_str(out, "'");
}

static void put_lines(const char *const *lines, size_t count, struct buffer *out)
{
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s\n", lines[i]);
}

static void put_kselftest(const struct kernelci_test *t, struct buffer *out)
{
	buffer_append_str(out, "cd \"$(dirname \"$(find /opt/kselftest -name run_kselftest.sh | "
			       "head -n 1)\")\" &&\n");
	buffer_printf(out, "timeout %.0f ./run_kselftest.sh ", t->timeout_s);
	if (!t->subset_count) {
		buffer_append_str(out, "-c ");
		put_quoted(t->suite, out);
	}
	for (size_t i = 0; i < t->subset_count; i++) {
		CLEANUP_BUFFER struct buffer name = {0};
		buffer_printf(&name, "%s:%s", t->suite, t->subset[i]);
		buffer_append_str(out, i ? " -t " : "-t ");
		put_quoted(buffer_str(&name), out);
	}
	buffer_append_str(out, "\n");
}

static void put_ltp(const struct kernelci_test *t, struct buffer *out)
{
	buffer_printf(out, "cd /opt/ltp &&\ntimeout %.0f ./runltp -p -f ", t->timeout_s);
	put_quoted(t->suite, out);
	for (size_t i = 0; i < t->subset_count; i++) {
		buffer_append_str(out, " -s ");
		put_quoted(t->subset[i], out);
	}
	buffer_append_str(out, "\n");
}

static void put_test(const struct kernelci_test *t, struct buffer *out)
{
	if (t->skip)
		return;
	buffer_append_str(out, "echo ");
	CLEANUP_BUFFER struct buffer line = {0};
	buffer_printf(&line, "mmfarm: test %s", t->id);
	put_quoted(buffer_str(&line), out);
	buffer_append_str(out, "\n(\n");
	put_lines(t->before, t->before_count, out);
	if (t->kind == KERNELCI_KSELFTEST_SUITE)
		put_kselftest(t, out);
	else if (t->kind == KERNELCI_LTP)
		put_ltp(t, out);
	put_lines(t->after, t->after_count, out);
	buffer_append_str(out, ":\n)\n");
}

void pull_job_init(const struct kernelci_definition *d, struct buffer *out)
{
	buffer_append_str(
	    out,
	    "#!/bin/sh\n"
	    "export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/ TERM=dumb\n"
	    "for f in proc:proc sysfs:sys devtmpfs:dev tmpfs:tmp debugfs:sys/kernel/debug; do\n"
	    "\tmkdir -p \"/${f#*:}\"\n"
	    "\tmount -t \"${f%%:*}\" none \"/${f#*:}\" 2>/dev/null\n"
	    "done\n"
	    "exec </dev/console >/dev/console 2>&1\n"
	    "echo 'mmfarm: user space'\n");
	for (size_t i = 0; i < d->tests_count; i++)
		put_test(&d->tests[i], out);
	buffer_append_str(out, "sync\n"
			       "echo '" END_TEXT "'\n"
			       "poweroff -f\n"
			       "echo o >/proc/sysrq-trigger\n"
			       "while :; do sleep 60; done\n");
}
