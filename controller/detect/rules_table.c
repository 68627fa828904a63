// SPDX-License-Identifier: GPL-2.0-or-later
// The built-in rules: rules.tsv as turned into C by tools/detect_rules.c.
#include "detect/rules.h"
#include "detect/symbol.h"

#include "detect_rules.inc"

const struct rule_set rules_builtin = {
    .rules = builtin_rules,
    .ops = builtin_ops,
    .text = builtin_text,
    .links = builtin_links,
    .anchored = &builtin_anchored,
    .floating = &builtin_floating,
    .refines = builtin_refines,
    .count = sizeof(builtin_rules) / sizeof(builtin_rules[0]),
    .step = BUILTIN_STEP,
};

const char *const *detect_class_names(void)
{
	return builtin_classes;
}

uint32_t detect_rules_version(void)
{
	return BUILTIN_VERSION;
}
