// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/rules.h"

#include "detect/symbol.h"
#include "detect/text.h"

// ---- patterns -----------------------------------------------------------------------------------

static struct detect_view op_text(const struct rule_set *set, const struct rule_op *op)
{
	return (struct detect_view){set->text + op->text, op->len};
}

// A path ends at the ':' ahead of a line number.
static size_t file_span(struct detect_view v)
{
	size_t i = 0;
	while (i < v.len && !is_blank(v.ptr[i])) {
		if (v.ptr[i] == ':' && i > 0 && i + 1 < v.len && is_digit(v.ptr[i + 1]))
			return i;
		i++;
	}
	return 0;
}

static size_t word_span(struct detect_view v, struct detect_view stop)
{
	size_t i = 0;
	while (i < v.len && !is_blank(v.ptr[i])) {
		if (stop.len && view_starts(view_from(v, i), stop))
			break;
		i++;
	}
	return i;
}

static size_t number_span(struct detect_view v)
{
	size_t i = 0;
	while (i < v.len && is_digit(v.ptr[i]))
		i++;
	return i;
}

// Old kernels print a process id that they do not know as a negative number.
static size_t pid_span(struct detect_view v)
{
	size_t sign = v.len > 1 && v.ptr[0] == '-' && is_digit(v.ptr[1]);
	return sign + number_span(view_from(v, sign));
}

static size_t hex_span(struct detect_view v)
{
	size_t i = v.len > 2 && v.ptr[0] == '0' && v.ptr[1] == 'x' ? 2 : 0;
	size_t first = i;
	while (i < v.len && is_hex(v.ptr[i]))
		i++;
	return i == first ? 0 : i;
}

// How much of `v` a field takes. `stop` is the literal that must follow; empty: the field is last.
// *ok is false when the field does not fit.
static size_t field_span(enum rule_field field, struct detect_view v, struct detect_view stop,
			 bool *ok)
{
	size_t span = 0;
	*ok = true;
	switch (field) {
	case FIELD_PID:
		span = pid_span(v);
		*ok = span > 0;
		break;
	case FIELD_CPU:
	case FIELD_LINE:
	case FIELD_COUNT:
	case FIELD_NUMBER:
		span = number_span(v);
		*ok = span > 0;
		break;
	case FIELD_ADDR:
	case FIELD_PC:
	case FIELD_ESR:
	case FIELD_HEX:
		span = hex_span(v);
		*ok = span > 0;
		break;
	case FIELD_FILE:
		span = file_span(v);
		*ok = span > 0;
		break;
	case FIELD_FUNC:
	case FIELD_FUNC2:
		span = symbol_take(v, &(struct symbol){0});
		*ok = span > 0;
		break;
	case FIELD_WORD:
		span = word_span(v, stop);
		*ok = span > 0;
		break;
	case FIELD_END:
		*ok = view_trim(v).len == 0;
		break;
	default: // text up to the next literal
		span = stop.len ? view_find(v, stop) : v.len;
		*ok = !stop.len || span < v.len;
		break;
	}
	return span;
}

bool rule_match_at(const struct rule_set *set, const struct rule *rule, struct detect_view text,
		   struct rule_match *out)
{
	const struct rule_op *ops = set->ops + rule->ops_first;
	if (!ops[0].is_field && !view_starts(text, op_text(set, &ops[0])))
		return false;
	struct detect_view field[FIELD_KEPT] = {0};
	for (size_t i = 0; i < rule->ops_count; i++) {
		if (!ops[i].is_field) {
			struct detect_view literal = op_text(set, &ops[i]);
			if (!view_starts(text, literal))
				return false;
			text = view_from(text, literal.len);
			continue;
		}
		bool last = i + 1 == rule->ops_count || ops[i + 1].is_field;
		struct detect_view stop = {0};
		if (!last)
			stop = op_text(set, &ops[i + 1]);
		bool ok;
		size_t span = field_span(ops[i].field, text, stop, &ok);
		if (!ok)
			return false;
		if (ops[i].field < FIELD_KEPT)
			field[ops[i].field] = (struct detect_view){text.ptr, span};
		text = view_from(text, span);
	}
	memcpy(out->field, field, sizeof(field));
	out->rule = rule;
	return true;
}

// ---- filters ------------------------------------------------------------------------------------

// Does the literal of a link stand in the message, with the word that was found at `at` in it?
static inline bool link_stands(const struct rule_set *set, const struct rule_link *link,
			       struct detect_view message, size_t at)
{
	if (link->offset > at)
		return false;
	size_t start = at - link->offset;
	if (start + link->tail_at + sizeof(link->tail) > message.len ||
	    rule_word(message.ptr + start + link->tail_at) != link->tail)
		return false;
	if (link->tail_at <= sizeof(link->word) && link->offset == 0) // both words are all of it
		return true;
	const struct rule *rule = &set->rules[link->rule];
	const struct rule_op *op = &set->ops[rule->ops_first + link->op];
	return view_starts(view_from(message, start), op_text(set, op));
}

static __attribute__((noinline)) bool any_stands(const struct rule_set *set,
						 const struct rule_filter *f,
						 struct detect_view message, size_t at)
{
	uint32_t word = rule_word(message.ptr + at);
	uint16_t i = f->heads[rule_head(word)];
	for (; i != RULE_LINK_NONE; i = set->links[i].next)
		if (set->links[i].word == word && link_stands(set, &set->links[i], message, at))
			return true;
	return false;
}

bool rules_begin(const struct rule_set *set, struct detect_view message)
{
	return message.len >= 4 && any_stands(set, set->anchored, message, 0);
}

// First sampled word at or behind `at` that the floating filter knows; past the last: none.
static inline size_t next_sample(const struct rule_set *set, struct detect_view message, size_t at)
{
	const struct rule_filter *floating = set->floating;
	size_t step = set->step;
	const char *p = message.ptr + at, *last = message.ptr + message.len - 4;
	while (p <= last && !rule_filter_hit(floating, rule_word(p)))
		p += step;
	return (size_t)(p - message.ptr);
}

static __attribute__((noinline)) bool floats(const struct rule_set *set, struct detect_view message,
					     size_t at)
{
	for (; at + 4 <= message.len; at = next_sample(set, message, at + set->step))
		if (any_stands(set, set->floating, message, at))
			return true;
	return false;
}

bool rules_candidate(const struct rule_set *set, struct detect_view message)
{
	if (message.len < 4)
		return false;
	if (rules_may_start(set, message) && any_stands(set, set->anchored, message, 0))
		return true;
	size_t at = next_sample(set, message, 0);
	return at + 4 <= message.len && floats(set, message, at);
}

static bool match_anchored(const struct rule_set *set, struct detect_view message,
			   struct rule_match *out)
{
	if (!rules_may_start(set, message))
		return false;
	uint32_t word = rule_word(message.ptr);
	uint16_t i = set->anchored->heads[rule_head(word)];
	for (; i != RULE_LINK_NONE; i = set->links[i].next) {
		const struct rule_link *link = &set->links[i];
		out->start = 0;
		if (link->word == word && link_stands(set, link, message, 0) &&
		    rule_match_at(set, &set->rules[link->rule], message, out))
			return true;
	}
	return false;
}

void rules_match_start(const struct rule_set *set, struct detect_view message,
		       struct rule_match *out)
{
	out->rule = NULL;
	out->start = 0;
	if (!match_anchored(set, message, out))
		out->rule = NULL;
}

// The pattern fits as far as the text goes, its first literal whole.
static bool is_cut_short(const struct rule_set *set, const struct rule *rule,
			 struct detect_view text)
{
	const struct rule_op *ops = set->ops + rule->ops_first;
	for (size_t i = 0; i < rule->ops_count; i++) {
		if (i > 0 && view_trim(text).len == 0)
			return true;
		struct detect_view literal = op_text(set, &ops[i]);
		if (!ops[i].is_field) {
			bool short_of = i > 0 && text.len < literal.len;
			if (short_of)
				return view_starts(literal, text);
			if (!view_starts(text, literal))
				return false;
			text = view_from(text, literal.len);
			continue;
		}
		struct detect_view stop = {0};
		if (i + 1 < rule->ops_count && !ops[i + 1].is_field)
			stop = op_text(set, &ops[i + 1]);
		bool ok;
		size_t span = field_span(ops[i].field, text, stop, &ok);
		if (!ok) // a text that goes on; other fields must be whole
			return stop.len > 0 && ops[i].field >= FIELD_COMM &&
			       view_trim(text).len > 0 &&
			       field_span(ops[i].field, text, (struct detect_view){0}, &ok) > 0 &&
			       ok;
		text = view_from(text, span);
	}
	return false;
}

bool rules_cut_short(const struct rule_set *set, struct detect_view message)
{
	if (!rules_may_start(set, message))
		return false;
	uint32_t word = rule_word(message.ptr);
	for (uint16_t i = set->anchored->heads[rule_head(word)]; i != RULE_LINK_NONE;
	     i = set->links[i].next) {
		const struct rule *rule = &set->rules[set->links[i].rule];
		if (set->links[i].word == word && rule->role == RULE_HEADER &&
		    link_stands(set, &set->links[i], message, 0) &&
		    is_cut_short(set, rule, message))
			return true;
	}
	return false;
}

// A sampled word at `at` belongs to some floating literal: does its rule match around it?
static __attribute__((noinline)) bool match_around(const struct rule_set *set,
						   struct detect_view message, size_t at,
						   struct rule_match *out)
{
	uint32_t word = rule_word(message.ptr + at);
	uint16_t i = set->floating->heads[rule_head(word)];
	for (; i != RULE_LINK_NONE; i = set->links[i].next) {
		const struct rule_link *link = &set->links[i];
		if (link->word != word || !link_stands(set, link, message, at))
			continue;
		const struct rule *rule = &set->rules[link->rule];
		size_t start = link->op == 0 ? at - link->offset : 0;
		if (rule->role == RULE_TAG ||
		    !rule_match_at(set, rule, view_from(message, start), out))
			continue;
		// Behind foreign text, too, the first rule of the table wins: most specific first.
		if (start == 0 || !match_anchored(set, view_from(message, start), out))
			(void)rule_match_at(set, rule, view_from(message, start), out);
		out->start = start;
		return true;
	}
	return false;
}

void rules_match(const struct rule_set *set, struct detect_view message, struct rule_match *out)
{
	out->rule = NULL;
	out->start = 0;
	if (message.len < 4 || match_anchored(set, message, out))
		return;
	for (size_t at = next_sample(set, message, 0); at + 4 <= message.len;
	     at = next_sample(set, message, at + set->step))
		if (match_around(set, message, at, out))
			return;
	out->rule = NULL;
}

// ---- for explanations ---------------------------------------------------------------------------

size_t rule_pattern(const struct rule_set *set, const struct rule *rule, char *out, size_t size)
{
	size_t len = 0;
	for (size_t i = 0; i < rule->ops_count; i++) {
		const struct rule_op *op = &set->ops[rule->ops_first + i];
		struct detect_view text =
		    op->is_field ? view_of(rule_field_name(op->field)) : op_text(set, op);
		const char *edge = op->is_field ? "{}" : "";
		if (len + text.len + 2 > size)
			break;
		if (op->is_field)
			out[len++] = edge[0];
		memcpy(out + len, text.ptr, text.len);
		len += text.len;
		if (op->is_field)
			out[len++] = edge[1];
	}
	return len;
}
