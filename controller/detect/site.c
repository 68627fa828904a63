// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/site.h"

#include <string.h>

#include "detect/rules_build.h"
#include "detect/text.h"

#define LITERAL_MIN     4
#define LITERAL_MAX     120
#define LITERAL_OPS     8
#define LITERAL_LINKS   32
#define LITERAL_STRINGS 256 // id, class and sub of one literal

static size_t align(size_t n)
{
	return (n + 15) & ~(size_t)15;
}

// Takes `size` bytes off the storage.
static void *take(char **storage, size_t size)
{
	void *p = *storage;
	*storage += align(size);
	return p;
}

size_t site_size(const struct detect_config *config)
{
	size_t n = config->literals_count;
	if (n == 0 || n > DETECT_LITERALS_MAX)
		return 0;
	return 2 * align(sizeof(struct rule_filter)) + align(n * sizeof(struct rule)) +
	       align(n * LITERAL_OPS * sizeof(struct rule_op)) + align(n * LITERAL_MAX) +
	       align(n * LITERAL_LINKS * sizeof(struct rule_link)) + align(n * LITERAL_STRINGS);
}

static struct error *copy_string(char **to, const char *end, const char *s, const char **out)
{
	size_t len = s ? strlen(s) : 0;
	if (len + 1 > (size_t)(end - *to))
		return error_new(ERROR_CONFIG, "name, class and subclass are too long");
	if (len)
		memcpy(*to, s, len);
	(*to)[len] = '\0';
	*out = *to;
	*to += len + 1;
	return NULL;
}

// Could the literal stand nowhere but in the firmware's own lines?
static bool is_protocol(struct detect_view text)
{
	return view_starts(text, VIEW("#mm ")) || view_starts(text, VIEW("#w "));
}

static struct error *check(const struct detect_literal *l)
{
	size_t len = l->text ? strlen(l->text) : 0;
	if (len < LITERAL_MIN || len > LITERAL_MAX)
		return error_new(ERROR_CONFIG, "%zu bytes long, %d to %d were expected", len,
				 LITERAL_MIN, LITERAL_MAX);
	if (is_protocol(view_of(l->text)))
		return error_new(ERROR_CONFIG, "a line of the mm firmware's protocol, which no "
					       "literal takes; text of other lines was expected");
	if (l->severity < 0 || l->severity > 5)
		return error_new(ERROR_CONFIG, "severity %d, 0 to 5 was expected", l->severity);
	bool state = l->role == DETECT_LITERAL_STATE;
	if (state && (l->state <= DETECT_STATE_FIRMWARE || l->state >= DETECT_STATE_COUNT))
		return error_new(ERROR_CONFIG, "no boot state that a line can reach");
	return NULL;
}

static struct rule make_rule(const struct detect_literal *l)
{
	static const uint8_t roles[] = {
	    [DETECT_LITERAL_SPLAT] = RULE_HEADER,
	    [DETECT_LITERAL_STATE] = RULE_STATE,
	    [DETECT_LITERAL_IGNORE] = RULE_IGNORE,
	    [DETECT_LITERAL_WATCHDOG] = RULE_WATCHDOG,
	};
	return (struct rule){
	    .title = "{name}",
	    .role = roles[l->role],
	    .where = l->anchored ? WHERE_START : WHERE_ANY,
	    .end = END_SINGLE,
	    .severity = (uint8_t)l->severity,
	    .state = (uint8_t)l->state,
	    .flags = l->fatal ? RULE_FATAL : 0,
	};
}

static struct error *add(struct rule_builder *b, const struct detect_literal *l, char **strings,
			 const char *end)
{
	TRY(check(l));
	struct rule rule = make_rule(l);
	TRY(copy_string(strings, end, l->id ? l->id : l->text, &rule.id));
	TRY(copy_string(strings, end, l->class_name ? l->class_name : "site", &rule.class_name));
	TRY(copy_string(strings, end, l->sub, &rule.sub));
	return rule_builder_add(b, &rule, l->text);
}

struct error *site_build(const struct detect_config *config, void *storage, struct rule_set *out)
{
	size_t n = config->literals_count;
	char *p = storage;
	if (n == 0)
		return NULL;
	if (n > DETECT_LITERALS_MAX)
		return error_new(ERROR_CONFIG, "%zu literals, at most %d", n, DETECT_LITERALS_MAX);
	struct rule_builder b = {
	    .anchored = take(&p, sizeof(struct rule_filter)),
	    .floating = take(&p, sizeof(struct rule_filter)),
	    .rules = take(&p, n * sizeof(struct rule)),
	    .ops = take(&p, n * LITERAL_OPS * sizeof(struct rule_op)),
	    .text = take(&p, n * LITERAL_MAX),
	    .links = take(&p, n * LITERAL_LINKS * sizeof(struct rule_link)),
	    .rules_max = n,
	    .ops_max = n * LITERAL_OPS,
	    .text_max = n * LITERAL_MAX,
	    .links_max = n * LITERAL_LINKS,
	};
	char *strings = take(&p, n * LITERAL_STRINGS);
	char *strings_end = strings + n * LITERAL_STRINGS;
	for (size_t i = 0; i < n; i++) {
		const struct detect_literal *l = &config->literals[i];
		struct error *e = add(&b, l, &strings, strings_end);
		if (e)
			return error_wrap(e, "literal \"%s\"", l->text ? l->text : "");
	}
	TRY(rule_builder_finish(&b, LITERAL_MIN));
	*out = rule_builder_set(&b);
	return NULL;
}
