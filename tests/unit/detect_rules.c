// SPDX-License-Identifier: GPL-2.0-or-later
// Each rule of the table finds the text that its own pattern describes, at the start and, where it may
// stand there, behind anything; and captures what its fields are.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "detect/rules.h"
#include "detect/text.h"

static const char *const samples[FIELD_TOTAL] = {
    [FIELD_CPU] = "3",
    [FIELD_PID] = "312",
    [FIELD_COMM] = "kettle",
    [FIELD_FILE] = "mm/tea.c",
    [FIELD_LINE] = "12",
    [FIELD_FUNC] = "brew_tea+0x10/0x20",
    [FIELD_FUNC2] = "pour_tea+0x1/0x2",
    [FIELD_WHAT] = "cold",
    [FIELD_NAME] = "pot",
    [FIELD_ADDR] = "ffff8000deadbee0",
    [FIELD_PC] = "ffff800081234567",
    [FIELD_ESR] = "0000000096000047",
    [FIELD_COUNT] = "21",
    [FIELD_TEXT] = "sugar",
    [FIELD_NUMBER] = "7",
    [FIELD_HEX] = "1f",
    [FIELD_WORD] = "word",
    [FIELD_ANY] = "milk",
    [FIELD_END] = "",
};

// The text of a pattern, without its part number `left_out`.
static void put_pattern(struct buffer *out, const struct rule *rule, size_t left_out)
{
	const struct rule_op *ops = rules_builtin.ops + rule->ops_first;
	for (size_t i = 0; i < rule->ops_count; i++) {
		if (i == left_out)
			continue;
		if (ops[i].is_field)
			buffer_append_str(out, samples[ops[i].field]);
		else
			buffer_append(out, rules_builtin.text + ops[i].text, ops[i].len);
	}
}

// What a copy of exactly this size is found to be.
static struct rule_match match(const struct buffer *text, bool *candidate)
{
	char *copy = malloc(text->len + !text->len);
	assert_non_null(copy);
	memcpy(copy, text->data, text->len);
	struct detect_view view = {copy, text->len};
	struct rule_match found;
	rules_match(&rules_builtin, view, &found);
	*candidate = rules_candidate(&rules_builtin, view);
	for (size_t i = 0; i < FIELD_KEPT && found.rule; i++)
		if (found.field[i].ptr) // into the text, which the caller has
			found.field[i].ptr = text->data + (found.field[i].ptr - copy);
	free(copy);
	return found;
}

// Such a pattern begins with the message, whatever its first literal stands behind.
static bool begins_with_a_field(const struct rule *rule)
{
	return rules_builtin.ops[rule->ops_first].is_field;
}

static void check_fields(const struct rule *rule, const struct rule_match *found,
			 const struct buffer *text)
{
	const struct rule_op *ops = rules_builtin.ops + rule->ops_first;
	for (size_t i = 0; i < rule->ops_count; i++) {
		if (!ops[i].is_field || ops[i].field >= FIELD_KEPT)
			continue;
		struct detect_view got = found->field[ops[i].field];
		const char *wanted = samples[ops[i].field];
		if (got.len != strlen(wanted) || memcmp(got.ptr, wanted, got.len) != 0)
			fail_msg("%s: field %d of \"%s\" is \"%.*s\"", rule->id, ops[i].field,
				 buffer_str(text), (int)got.len, got.ptr ? got.ptr : "");
	}
}

static bool is_matched_on_lines(const struct rule *rule)
{
	return rule->role != RULE_TAG && rule->role != RULE_REFINE;
}

static void check_rule(const struct rule *rule, size_t ahead)
{
	CLEANUP_BUFFER struct buffer text = {0};
	for (size_t i = 0; i < ahead; i++)
		buffer_append_str(&text, "~");
	put_pattern(&text, rule, SIZE_MAX);
	if (text.len - ahead < 4)
		return; // shorter than a word: looked at with the next bytes
	bool candidate;
	struct rule_match found = match(&text, &candidate);
	// The first of the table wins: an earlier rule may have taken it.
	if (!found.rule || found.rule > rule || !candidate)
		fail_msg("%s is not found in \"%s\" (found %s, candidate %d)", rule->id,
			 buffer_str(&text), found.rule ? found.rule->id : "nothing", candidate);
	if (found.rule != rule || (ahead && begins_with_a_field(rule)))
		return;
	if (found.start > ahead)
		fail_msg("%s begins at %zu of \"%s\"", rule->id, found.start, buffer_str(&text));
	check_fields(rule, &found, &text);
}

static void each_rule_finds_its_own_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		if (!is_matched_on_lines(rule))
			continue;
		check_rule(rule, 0);
		for (size_t ahead = 1; ahead <= 20 && rule->where != WHERE_START; ahead++)
			check_rule(rule, ahead);
	}
}

// Does a rule that may stand anywhere begin here? Then the most specific one does.
static bool any_may_begin(const struct buffer *text, size_t start)
{
	struct rule_match found;
	struct detect_view view = {text->data + start, text->len - start};
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		if (is_matched_on_lines(rule) && rule->where != WHERE_START &&
		    rule_match_at(&rules_builtin, rule, view, &found))
			return true;
	}
	return false;
}

static void rule_of_a_lines_start_is_found_nowhere_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		if (!is_matched_on_lines(rule) || rule->where != WHERE_START ||
		    begins_with_a_field(rule))
			continue;
		CLEANUP_BUFFER struct buffer text = {0};
		buffer_append_str(&text, "~~");
		put_pattern(&text, rule, SIZE_MAX);
		bool candidate;
		struct rule_match found = match(&text, &candidate);
		if (found.rule == rule && !any_may_begin(&text, found.start))
			fail_msg("%s is found at %zu of \"%s\"", rule->id, found.start,
				 buffer_str(&text));
	}
}

static bool may_be_empty(uint8_t field)
{
	return field == FIELD_TEXT || field == FIELD_ANY || field == FIELD_END ||
	       field == FIELD_COMM || field == FIELD_WHAT || field == FIELD_NAME;
}

// A number, an address, a file, a function or a word must be there.
static void rule_without_one_of_its_fields_is_not_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_builtin.count; i++) {
		const struct rule *rule = &rules_builtin.rules[i];
		const struct rule_op *ops = rules_builtin.ops + rule->ops_first;
		for (size_t k = 0; k < rule->ops_count && is_matched_on_lines(rule); k++) {
			if (!ops[k].is_field || may_be_empty(ops[k].field))
				continue;
			CLEANUP_BUFFER struct buffer text = {0};
			bool candidate;
			put_pattern(&text, rule, k);
			if (match(&text, &candidate).rule == rule)
				fail_msg("%s is found in \"%s\"", rule->id, buffer_str(&text));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_rule_finds_its_own_text),
	    cmocka_unit_test(rule_without_one_of_its_fields_is_not_found),
	    cmocka_unit_test(rule_of_a_lines_start_is_found_nowhere_else),
	};
	return cmocka_run_group_tests_name("detect/rules", tests, NULL, NULL);
}
