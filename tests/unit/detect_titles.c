// SPDX-License-Identifier: GPL-2.0-or-later
// Headers that end with their line, and the lines behind them.
#include "unit/unit.h"

#include "detect/rules.h"
#include "unit/detect_collect.h"

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

// What is found in `head`, cut at `len`, with `behind` as the next line: all of it.
static void found_in(const char *prefix, const struct buffer *head, size_t len, const char *behind,
		     struct buffer *out)
{
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_COLLECTED struct collected c;
	buffer_printf(&log, "%s%.*s\n%s", prefix, (int)len, head->data, behind);
	collect(log.data, log.len, &(struct collect_options){0}, &c);
	buffer_append(out, c.closes.data, c.closes.len);
}

static bool has_a_word_of_another(const char *closes)
{
	static const char *const words[] = {"Hello", "make", "Modules", "done", "ready"};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(closes, words[i]))
			return true;
	return false;
}

// Whole headers, and headers cut at each blank: words of somebody else in the next line are no part of
// them, whatever the length at which a mail program or a console may have broken the line.
static void next_line_of_another_is_no_part_of_a_title(void **state)
{
	(void)state;
	static const char *const behind[] = {
	    "Hello world of tea\n",         "make: *** [Makefile:12: all] Error 2\n",
	    "Modules linked in: tea cup\n", "done\n",
	    "tea is ready, all is well\n",
	};
	static const char *const prefixes[] = {"", "[    1.000001] ", "<4>[    1.000001][   T77] "};
	unsigned wrong = 0;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		CLEANUP_BUFFER struct buffer line = {0};
		if (rule->role != RULE_HEADER)
			continue;
		make_line(rule, &line);
		for (size_t cut = 1; cut <= line.len; cut++) {
			if (cut < line.len && line.data[cut] != ' ')
				continue;
			for (size_t k = 0; k < sizeof(behind) / sizeof(behind[0]); k++) {
				const char *prefix = prefixes[(i + k) % 3];
				CLEANUP_BUFFER struct buffer alone = {0}, both = {0};
				found_in(prefix, &line, cut, "", &alone);
				found_in(prefix, &line, cut, behind[k], &both);
				bool same = strcmp(buffer_str(&alone), buffer_str(&both)) == 0;
				// Some need no more of the rest than that there is one.
				bool half = (cut < line.len || line.data[cut - 1] == ' ') &&
					    !has_a_word_of_another(buffer_str(&both));
				if (same || half)
					continue;
				wrong++;
				print_error("%s: %.*s\n%sgives %snot %s", rule->id, (int)cut,
					    line.data, behind[k], buffer_str(&both),
					    buffer_str(&alone));
			}
		}
	}
	assert_int_equal(wrong, 0);
}

// The panic's text has as many bytes as the console is believed to have columns.
static void make_panic(struct buffer *out, size_t len)
{
	buffer_append_str(out, "[    1.000002] Kernel panic - not syncing: the tea is cold");
	while (out->len < len)
		buffer_append_str(out, "y");
}

static void title_with(size_t len, const char *ahead, const char *behind, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer log = {0}, panic = {0};
	CLEANUP_COLLECTED struct collected c;
	make_panic(&panic, len);
	buffer_printf(&log, "%s%s\n%s", ahead, buffer_str(&panic), behind);
	collect(log.data, log.len, &(struct collect_options){0}, &c);
	const char *title = strchr(buffer_str(&c.closes), '|');
	assert_non_null(title);
	buffer_append(out, title + 1, strcspn(title + 1, "\n"));
}

// A line of just 80 bytes ends there unless the log shows that its console breaks lines.
static void line_as_long_as_a_console_is_wide_ends(void **state)
{
	(void)state;
	for (size_t len = 60; len <= 121; len++) {
		CLEANUP_BUFFER struct buffer alone = {0}, both = {0};
		title_with(len, "", "", &alone);
		title_with(len, "[    1.000001] tea: one\n", "make: all is done\n", &both);
		if (strcmp(buffer_str(&alone), buffer_str(&both)) != 0)
			fail_msg("%zu bytes: %s", len, buffer_str(&both));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(next_line_of_another_is_no_part_of_a_title),
	    cmocka_unit_test(line_as_long_as_a_console_is_wide_ends),
	};
	return cmocka_run_group_tests_name("detect/titles", tests, NULL, NULL);
}
