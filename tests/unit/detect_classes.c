// SPDX-License-Identifier: GPL-2.0-or-later
// Every class by a crafted report (tests/data/detect/classes.txt), every header rule by a line made
// from its own pattern.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "detect/rules.h"
#include "unit/detect_collect.h"

struct block {
	char class_sub[48];
	int severity;
	char func[80];
	char title[140];
	const char *text;
	size_t len;
};

static bool next_block(char **at, struct block *out)
{
	char *start = strstr(*at, "\n=== ");
	if (!start)
		return false;
	start++;
	char *end = strchr(start, '\n');
	assert_int_equal(sscanf(start, "=== %47[^ |] | %d | %79[^|] | %139[^\n]", out->class_sub,
				&out->severity, out->func, out->title),
			 4);
	out->func[strcspn(out->func, "|")] = '\0';
	for (size_t n = strlen(out->func); n && out->func[n - 1] == ' '; n--)
		out->func[n - 1] = '\0';
	if (strcmp(out->func, "-") == 0)
		out->func[0] = '\0';
	out->text = end + 1;
	char *next = strstr(end, "\n=== ");
	out->len = next ? (size_t)(next + 1 - out->text) : strlen(out->text);
	*at = next ? next : end + strlen(end);
	return true;
}

static void crafted_report_is_understood(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer file = {0};
	struct error *e = file_read("tests/data/detect/classes.txt", 1 << 20, ERROR_SYSTEM, &file);
	assert_null(e);
	char *at = file.data;
	struct block b;
	unsigned count = 0, wrong = 0;
	while (next_block(&at, &b)) {
		CLEANUP_COLLECTED struct collected c;
		collect(b.text, b.len, &(struct collect_options){0}, &c);
		CLEANUP_FREE char *wanted =
		    memory_printf(" %s %d %s|%s\n", b.class_sub, b.severity, b.func, b.title);
		const char *found = strchr(buffer_str(&c.closes), ' ');
		if (!found || strncmp(found, wanted, strlen(wanted)) != 0) {
			print_error("wanted%sfound%s\nin:\n%.*s", wanted,
				    found ? found : " nothing\n", (int)b.len, b.text);
			wrong++;
		}
		count++;
	}
	assert_int_equal(wrong, 0);
	assert_true(count > 60);
}

// A crafted block for every class and subclass that some rule can give.
static void no_class_is_without_a_crafted_report(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer file = {0};
	struct error *e = file_read("tests/data/detect/classes.txt", 1 << 20, ERROR_SYSTEM, &file);
	assert_null(e);
	unsigned missing = 0;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		bool gives = rule->role == RULE_HEADER || rule->role == RULE_REFINE;
		bool open = gives && strchr(rule->sub, '{'); // named by what the line says
		if (!gives)
			continue;
		CLEANUP_FREE char *wanted =
		    memory_printf("\n=== %s%s%s%s", rule->class_name, *rule->sub ? "." : "",
				  open ? "" : rule->sub, open ? "" : " |");
		if (!strstr(buffer_str(&file), wanted)) {
			print_error("%s: no block \"%s\"\n", rule->id, wanted + 1);
			missing++;
		}
	}
	assert_int_equal(missing, 0);
}

// ---- rules --------------------------------------------------------------------------------------

static const char *const samples[FIELD_TOTAL] = {
    [FIELD_CPU] = "1",
    [FIELD_PID] = "77",
    [FIELD_COMM] = "kettle",
    [FIELD_FILE] = "drivers/kitchen/teapot.c",
    [FIELD_LINE] = "418",
    [FIELD_FUNC] = "brew_tea+0x24/0x90",
    [FIELD_FUNC2] = "pour+0x8/0x10",
    [FIELD_WHAT] = "something",
    [FIELD_NAME] = "teacup",
    [FIELD_ADDR] = "ffff800012345678",
    [FIELD_PC] = "ffff800012345678",
    [FIELD_ESR] = "0000000096000007",
    [FIELD_COUNT] = "23",
    [FIELD_TEXT] = "text",
    [FIELD_NUMBER] = "2",
    [FIELD_HEX] = "96000007",
    [FIELD_WORD] = "word",
    [FIELD_ANY] = "some thing",
    [FIELD_END] = "",
};

static void make_line(const struct rule *rule, struct buffer *out)
{
	const struct rule_set *set = &rules_builtin;
	for (size_t i = 0; i < rule->ops_count; i++) {
		const struct rule_op *op = &set->ops[rule->ops_first + i];
		if (op->is_field)
			buffer_append_str(out, samples[op->field]);
		else
			buffer_append(out, set->text + op->text, op->len);
	}
}

static void rule_takes_its_own_line(void **state)
{
	(void)state;
	unsigned wrong = 0;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		CLEANUP_BUFFER struct buffer line = {0};
		struct rule_match match;
		if (rule->role == RULE_REFINE || rule->role == RULE_TAG)
			continue;
		make_line(rule, &line);
		if (line.data[line.len - 1] == ' ') // more follows in real lines
			buffer_append_str(&line, "x");
		struct detect_view view = {line.data, line.len};
		rules_match(&rules_builtin, view, &match);
		if (match.rule != rule) {
			print_error("rules.tsv:%u: %s is taken by %s: %s\n", rule->line, rule->id,
				    match.rule ? match.rule->id : "nothing", line.data);
			wrong++;
		}
		assert_true(rules_candidate(&rules_builtin, view));
	}
	assert_int_equal(wrong, 0);
}

static void floating_rule_is_found_wherever_it_stands(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		if (rule->role == RULE_REFINE || rule->where == WHERE_START)
			continue;
		for (size_t shift = 0; shift < 24; shift++) {
			CLEANUP_BUFFER struct buffer line = {0};
			for (size_t k = 0; k < shift; k++)
				buffer_append_str(&line, "~");
			make_line(rule, &line);
			struct detect_view view = {line.data, line.len};
			if (!rules_candidate(&rules_builtin, view))
				fail_msg("%s behind %zu bytes is not seen", rule->id, shift);
		}
	}
}

// ---- what only looks like a header --------------------------------------------------------------

static void firmware_that_only_reports_is_no_crash(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "NOTICE:  BL1: Booting BL31\n",
	    "WARNING: BL2: no PANIC handler at PC is set\n",
	    "ERROR:   BL2: Failed to load image id 5 (-2)\n",
	    "INFO:    BL31: Initializing runtime services\n",
	    "E/TC:? 0 TA panicked with code 0x0\n",
	    "I/TC: Primary CPU initializing\n",
	    "E/TC:0 0 dt_driver_probe:112 panic is not an option\n",
	    "E/LD:  init_elf:486 sys_open_ta_bin(x)\n",
	    "ASSERT is disabled in this build\n",
	    "ASSERT_EFI_ERROR is a macro\n",
	    "Synchronous Exception handling is installed\n",
	    "Loading driver at 0x000BE210000 EntryPoint=0x000BE2112F4 TeaDxe.efi\n",
	    "\"Synchronous Abort\" handler installed\n",
	    "resetting ...\n",
	    "Trying to boot from MMC1\n",
	    "spl_load_image_fat_os: error reading image u-boot.bin, err - -2\n",
	    "the data abort was handled\n",
	    "EFI stub: Using DTB from configuration table\n",
	    "EFI stub: WARNING: unable to read seed\n",
	    "EFI stub: ERROR: Could not determine UEFI Secure Boot status.\n",
	    "Exceptions: SYNC, SERROR\n",
	    "Panic timeout: 10 s\n",
	    "(XEN) Brought up 4 CPUs\n",
	    "(XEN) *** Serial input to DOM0\n",
	    "[INFO ]  ASSERTION checks are on\n",
	    "allocation magic is broken at 3\n",
	    "BUG at the door: x\n",
	    // behind the kernel's first words these are a program's
	    "[    0.000000] Booting Linux on physical CPU 0x0\ndata abort\nundefined instruction\n",
	    "[    0.000000] Booting Linux on physical CPU 0x0\nPanic: no water\nException: SYNC\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(lines[i], &c);
		if (c.opens)
			fail_msg("found %sin: %s", buffer_str(&c.closes), lines[i]);
	}
}

static void words_like_those_of_old_kernels_are_no_header(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "[    1.000001] divide_error_count: 0\n",
	    "[    1.000001] overflow: none\n",
	    "[    1.000001] bounds: 1 to 3\n",
	    "[    1.000001] slab error count: 0\n",
	    "[    1.000001] Slab corruption is looked for\n",
	    "[    1.000001] Badness of kettle: 3\n",
	    "[    1.000001] scheduling while atomic is forbidden\n",
	    "[    1.000001] Bad page state is watched\n",
	    "[    1.000001] Unable to handle kernel wishes\n",
	    "[    1.000001] INFO: suspicious packet from 10.0.0.1\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect_text(lines[i], &c);
		if (c.opens)
			fail_msg("found %sin: %s", buffer_str(&c.closes), lines[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(crafted_report_is_understood),
	    cmocka_unit_test(no_class_is_without_a_crafted_report),
	    cmocka_unit_test(rule_takes_its_own_line),
	    cmocka_unit_test(floating_rule_is_found_wherever_it_stands),
	    cmocka_unit_test(firmware_that_only_reports_is_no_crash),
	    cmocka_unit_test(words_like_those_of_old_kernels_are_no_header),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
