// SPDX-License-Identifier: GPL-2.0-or-later
// Turns rule texts into a rule set. Used by the generator of the built-in table at build time and
// by detect_new for the site's literals; the storage is the caller's.
#ifndef DETECT_RULES_BUILD_H
#define DETECT_RULES_BUILD_H

#include "detect/rules.h"

#define RULE_FLOAT_MIN 9 // bytes of a built-in floating literal; shorter ones slow the filter down

struct rule_builder {
	struct rule *rules;
	struct rule_op *ops;
	char *text;
	struct rule_link *links;
	struct rule_filter *anchored, *floating;
	size_t rules_max, ops_max, text_max, links_max;
	size_t rules_count, ops_count, text_count, links_count;
	uint8_t step;
};

// Compiles `pattern` and appends the rule; strings of `rule` are kept by reference.
struct error *rule_builder_add(struct rule_builder *b, const struct rule *rule,
			       const char *pattern) ERROR_RESULT;

// Builds the filters. Every rule is entered but those of role RULE_REFINE.
struct error *rule_builder_finish(struct rule_builder *b, size_t float_min) ERROR_RESULT;

struct rule_set rule_builder_set(const struct rule_builder *b);

#endif
