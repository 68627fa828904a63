// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/rules_build.h"

#include <limits.h>
#include <string.h>

#include "detect/text.h"

static const char *const field_names[FIELD_TOTAL] = {
    [FIELD_CPU] = "cpu",     [FIELD_PID] = "pid",   [FIELD_COMM] = "comm",   [FIELD_FILE] = "file",
    [FIELD_LINE] = "line",   [FIELD_FUNC] = "func", [FIELD_FUNC2] = "func2", [FIELD_WHAT] = "what",
    [FIELD_NAME] = "name",   [FIELD_ADDR] = "addr", [FIELD_PC] = "pc",       [FIELD_ESR] = "esr",
    [FIELD_COUNT] = "count", [FIELD_TEXT] = "text", [FIELD_NUMBER] = "n",    [FIELD_HEX] = "hex",
    [FIELD_WORD] = "word",   [FIELD_ANY] = "any",   [FIELD_END] = "$",
};

const char *rule_field_name(enum rule_field field)
{
	return field < FIELD_TOTAL ? field_names[field] : NULL;
}

static bool field_by_name(struct detect_view name, uint8_t *field)
{
	for (uint8_t i = 0; i < FIELD_TOTAL; i++) {
		if (view_equal(name, view_of(field_names[i]))) {
			*field = i;
			return true;
		}
	}
	return false;
}

static bool field_is_text(uint8_t field)
{
	return field == FIELD_COMM || field == FIELD_WHAT || field == FIELD_NAME ||
	       field == FIELD_TEXT || field == FIELD_ANY;
}

// The bytes with which a number field can begin; NULL for other ops.
static const char *digits_of(const struct rule_op *op)
{
	if (!op->is_field)
		return NULL;
	switch (op->field) {
	case FIELD_CPU:
	case FIELD_PID:
	case FIELD_LINE:
	case FIELD_COUNT:
	case FIELD_NUMBER:
		return "0123456789";
	case FIELD_ADDR:
	case FIELD_PC:
	case FIELD_ESR:
	case FIELD_HEX:
		return "0123456789abcdef";
	default:
		return NULL;
	}
}

// ---- pattern to ops -----------------------------------------------------------------------------

static struct error *add_op(struct rule_builder *b, struct rule *rule, struct rule_op op)
{
	if (rule->ops_count == RULE_OPS_MAX || b->ops_count == b->ops_max)
		return error_new(ERROR_CONFIG, "too many parts, at most %d", RULE_OPS_MAX);
	b->ops[b->ops_count++] = op;
	rule->ops_count++;
	return NULL;
}

static struct error *add_literal(struct rule_builder *b, struct rule *rule, const char *text,
				 size_t len)
{
	if (len > UINT8_MAX)
		return error_new(ERROR_CONFIG, "a literal of %zu bytes, at most 255", len);
	if (b->text_count + len > b->text_max)
		return error_new(ERROR_CONFIG, "too much text in all rules together");
	struct rule_op op = {.len = (uint8_t)len, .text = (uint16_t)b->text_count};
	memcpy(b->text + b->text_count, text, len);
	b->text_count += len;
	return add_op(b, rule, op);
}

static struct error *add_field(struct rule_builder *b, struct rule *rule, const char *name,
			       size_t len)
{
	struct rule_op op = {.is_field = 1};
	if (!field_by_name((struct detect_view){name, len}, &op.field))
		return error_new(ERROR_CONFIG, "unknown field {%.*s}", (int)len, name);
	bool behind_text = rule->ops_count > 0 && b->ops[b->ops_count - 1].is_field &&
			   field_is_text(b->ops[b->ops_count - 1].field);
	if (behind_text)
		return error_new(ERROR_CONFIG, "no literal ahead of {%.*s}", (int)len, name);
	return add_op(b, rule, op);
}

// "literal{field}literal"; "{{" is a brace.
static struct error *compile(struct rule_builder *b, struct rule *rule, const char *p)
{
	char literal[256];
	size_t len = 0;
	while (*p) {
		bool brace = p[0] == '{' && p[1] == '{';
		if (*p != '{' || brace) {
			if (len == sizeof(literal))
				return error_new(ERROR_CONFIG, "a literal of over 255 bytes");
			literal[len++] = *p;
			p += brace ? 2 : 1;
			continue;
		}
		const char *close = strchr(p, '}');
		if (!close)
			return error_new(ERROR_CONFIG,
					 "\"{\" without \"}\"; write \"{{\" for a brace");
		if (len)
			TRY(add_literal(b, rule, literal, len));
		len = 0;
		TRY(add_field(b, rule, p + 1, (size_t)(close - p - 1)));
		p = close + 1;
	}
	return len ? add_literal(b, rule, literal, len) : NULL;
}

struct error *rule_builder_add(struct rule_builder *b, const struct rule *rule, const char *pattern)
{
	if (b->rules_count == b->rules_max)
		return error_new(ERROR_CONFIG, "too many rules, at most %zu", b->rules_max);
	struct rule made = *rule;
	made.ops_first = (uint16_t)b->ops_count;
	made.ops_count = 0;
	TRY(compile(b, &made, pattern));
	if (made.ops_count == 0)
		return error_new(ERROR_CONFIG, "an empty pattern");
	b->rules[b->rules_count++] = made;
	return NULL;
}

// ---- filters ------------------------------------------------------------------------------------

static struct error *link_word(struct rule_builder *b, struct rule_filter *f, struct rule_link link)
{
	if (b->links_count == b->links_max)
		return error_new(ERROR_CONFIG, "too many literals in all rules together");
	uint32_t hash = rule_hash(link.word);
	uint16_t *tail = &f->heads[rule_head(link.word)];
	while (*tail != RULE_LINK_NONE) // chains keep the table's order
		tail = &b->links[*tail].next;
	*tail = (uint16_t)b->links_count;
	link.next = RULE_LINK_NONE;
	b->links[b->links_count++] = link;
	f->bits[hash >> 6] |= UINT64_C(1) << (hash & 63);
	return NULL;
}

static void set_tail(const struct rule_builder *b, const struct rule_op *op, struct rule_link *link)
{
	link->tail_at = (uint8_t)(op->len - sizeof(link->tail));
	link->tail = rule_word(b->text + op->text + link->tail_at);
}

static struct error *link_anchored(struct rule_builder *b, uint16_t index)
{
	const struct rule *rule = &b->rules[index];
	const struct rule_op *op = &b->ops[rule->ops_first];
	struct rule_link link = {.rule = index};
	if (op->is_field)
		return error_new(ERROR_CONFIG, "starts with a field: mark it \"any\"");
	if (op->len >= 4) {
		link.word = rule_word(b->text + op->text);
		set_tail(b, op, &link);
		return link_word(b, b->anchored, link);
	}
	const char *digits = op->len == 3 && rule->ops_count > 1 ? digits_of(&op[1]) : NULL;
	if (!digits)
		return error_new(ERROR_CONFIG,
				 "its first literal is shorter than 4 bytes (3 ahead of a number)");
	char word[4];
	memcpy(word, b->text + op->text, 3);
	for (; *digits; digits++) {
		word[3] = *digits;
		link.word = link.tail = rule_word(word);
		TRY(link_word(b, b->anchored, link));
	}
	return NULL;
}

// The literal by which a floating rule is found: its first, or the second part when the first is a
// text field (which then begins at the start of the message).
static const struct rule_op *floating_key(const struct rule_builder *b, const struct rule *rule,
					  uint8_t *index)
{
	const struct rule_op *op = &b->ops[rule->ops_first];
	*index = 0;
	if (op->is_field && field_is_text(op->field) && rule->ops_count > 1) {
		*index = 1;
		op++;
	}
	return op->is_field ? NULL : op;
}

// How rarely text holds a byte: capitals, digits and punctuation are rarer than letters.
static unsigned rarity(char c)
{
	if (c == ' ' || (c >= 'a' && c <= 'z' && strchr("etaoinsrhld", c)))
		return 1;
	if (c >= 'a' && c <= 'z')
		return strchr("qxzj", c) ? 4 : 2;
	return 4;
}

static unsigned word_rarity(const char *text)
{
	return rarity(text[0]) + rarity(text[1]) + rarity(text[2]) + rarity(text[3]);
}

// Start of the part of a literal, `words` words long, whose most common word is the rarest.
static size_t rarest_part(const char *text, size_t text_len, size_t words)
{
	size_t best = 0;
	unsigned best_score = 0;
	for (size_t start = 0; start + words + 3 <= text_len; start++) {
		unsigned score = UINT_MAX;
		for (size_t i = 0; i < words; i++) {
			unsigned word = word_rarity(text + start + i);
			score = word < score ? word : score;
		}
		if (score > best_score) {
			best_score = score;
			best = start;
		}
	}
	return best;
}

static struct error *link_floating(struct rule_builder *b, uint16_t index)
{
	const struct rule *rule = &b->rules[index];
	struct rule_link link = {.rule = index};
	const struct rule_op *key = floating_key(b, rule, &link.op);
	size_t start = rarest_part(b->text + key->text, key->len, b->step);
	set_tail(b, key, &link);
	for (size_t i = start; i < start + b->step; i++) {
		link.word = rule_word(b->text + key->text + i);
		link.offset = (uint8_t)i;
		TRY(link_word(b, b->floating, link));
	}
	return NULL;
}

static struct error *choose_step(struct rule_builder *b, size_t float_min)
{
	size_t shortest = 24;
	for (size_t i = 0; i < b->rules_count; i++) {
		const struct rule *rule = &b->rules[i];
		uint8_t op;
		if (rule->role == RULE_REFINE || rule->where == WHERE_START)
			continue;
		const struct rule_op *key = floating_key(b, rule, &op);
		if (!key || key->len < float_min)
			return error_new(ERROR_CONFIG,
					 "%s: to be found anywhere it needs a literal of at least "
					 "%zu bytes at its start",
					 rule->id, float_min);
		if (key->len < shortest)
			shortest = key->len;
	}
	b->step = (uint8_t)(shortest - 3);
	return NULL;
}

static void clear_filter(struct rule_filter *f)
{
	memset(f->bits, 0, sizeof(f->bits));
	for (size_t i = 0; i < RULE_FILTER_HEADS; i++)
		f->heads[i] = RULE_LINK_NONE;
}

struct error *rule_builder_finish(struct rule_builder *b, size_t float_min)
{
	clear_filter(b->anchored);
	clear_filter(b->floating);
	TRY(choose_step(b, float_min));
	for (uint16_t i = 0; i < b->rules_count; i++) {
		const struct rule *rule = &b->rules[i];
		if (rule->role == RULE_REFINE)
			continue;
		if (rule->where != WHERE_ANY) {
			struct error *e = link_anchored(b, i);
			if (e)
				return error_wrap(e, "%s", rule->id);
		}
		if (rule->where != WHERE_START)
			TRY(link_floating(b, i));
	}
	return NULL;
}

struct rule_set rule_builder_set(const struct rule_builder *b)
{
	return (struct rule_set){
	    .rules = b->rules,
	    .ops = b->ops,
	    .text = b->text,
	    .links = b->links,
	    .anchored = b->anchored,
	    .floating = b->floating,
	    .count = (uint16_t)b->rules_count,
	    .step = b->step,
	};
}
