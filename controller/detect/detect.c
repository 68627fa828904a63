// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/detect.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "detect/assemble.h"
#include "detect/boot.h"
#include "detect/emit.h"
#include "detect/frame.h"
#include "detect/ktap.h"
#include "detect/prefix_learn.h"
#include "detect/record.h"
#include "detect/repair.h"
#include "detect/rules.h"
#include "detect/site.h"
#include "detect/text.h"

#define IDLE_DEFAULT_NS INT64_C(2000000000)

// The parts put together. Text goes down through
//   frame -> repair -> rules -> boot, record, ktap, assemble
// and events go up through the emitter.
struct detect {
	int64_t idle_ns;
	int64_t last_byte_ns; // when bytes last came
	uint64_t peeked;      // end of the unfinished line that the idle timer has shown
	bool ended;

	struct emitter emit;
	struct frame frame;
	struct prefix_learner prefixes;
	uint32_t kernel_tags; // lines that a system log gives to the kernel by name
	struct repair repair;
	struct assembler assembler;
	struct boot boot;
	struct ktap ktap;
	struct records records;

	uint8_t comment;         // of the line before: bytes of a comment's mark, 0 none
	char comment_byte;       // of which mark
	bool hard_blanks;        // the log has no-break spaces
	bool json;               // its lines are records of JSON
	bool exported;           // it is a journal's export: one line a field
	char blanked[FRAME_CAP]; // a line whose no-break spaces or escapes were replaced

	size_t footprint;
	bool has_site_rules;
	struct rule_set site_rules; // storage lies behind this struct
};

static void new_attempt(const struct detect_place *at, void *arg);
static void take_whole(const struct message *m, void *arg);
static void look_closely(struct detect_view text, struct prefix *prefix, bool learn, void *arg);

static void put_together(struct detect *d, const struct detect_config *config)
{
	const struct repair_sink sink = {.message = take_whole, .prefix = look_closely, .arg = d};
	const struct boot_surroundings boot = {
	    .emit = &d->emit,
	    .serious = &d->assembler.serious,
	    .prefixed = &d->repair.prefixed,
	    .over = new_attempt,
	    .arg = d,
	};
	d->emit.site_rules = &d->site_rules;
	d->assembler.with = (struct assemble_surroundings){
	    .emit = &d->emit,
	    .boot = &d->boot,
	    .ktap = &d->ktap,
	    .prefixed = &d->repair.prefixed,
	};
	repair_init(&d->repair, config->console_width, &sink);
	boot_init(&d->boot, &boot);
}

struct error *detect_new(const struct detect_config *config, struct detect **out)
{
	static const struct detect_config defaults;
	if (!config)
		config = &defaults;
	size_t size = sizeof(struct detect) + site_size(config);
	struct detect *d =
	    memory_new(1, size); // zeroed by the system: idle boards touch little of it
	d->footprint = size;
	detect_want(d, config->mask);
	d->idle_ns = config->idle_ns ? config->idle_ns : IDLE_DEFAULT_NS;
	frame_init(&d->frame);
	put_together(d, config);
	struct error *e = site_build(config, d + 1, &d->site_rules);
	if (e) {
		detect_free(d);
		return e;
	}
	d->has_site_rules = d->site_rules.count > 0;
	*out = d;
	return NULL;
}

void detect_want(struct detect *d, unsigned mask)
{
	d->emit.mask = mask ? mask : DETECT_MASK_ALL;
}

void detect_free(struct detect *d)
{
	free(d);
}

size_t detect_footprint(const struct detect *d)
{
	return d->footprint;
}

static void new_attempt(const struct detect_place *at, void *arg)
{
	struct detect *d = arg;
	assemble_new_attempt(&d->assembler);
	ktap_end(&d->ktap, &d->emit, at);
	ktap_reset(&d->ktap);
	record_reset(&d->records);
}

// ---- one message --------------------------------------------------------------------------------

static void emit_line(struct detect *d, const struct message *m)
{
	if (!emit_wants(&d->emit, DETECT_LINE))
		return;
	struct detect_event event = {
	    .kind = DETECT_LINE,
	    .line =
		{
		    .at = m->at,
		    .text = m->text,
		    .message = m->prefix.len,
		    .level = m->prefix.level,
		    .kernel_us = m->prefix.kernel_us,
		    .caller_kind = m->prefix.caller_kind,
		    .caller = m->prefix.caller,
		    .partial = m->partial,
		    .truncated = m->truncated,
		},
	};
	emit_event(&d->emit, &event);
}

// The message with the blanks behind it: a prompt of the site may end in one.
static struct detect_view untrimmed(const struct message *m)
{
	const char *end = m->text.ptr + m->text.len;
	return m->body.len ? (struct detect_view){m->body.ptr, (size_t)(end - m->body.ptr)}
			   : m->body;
}

static bool is_protocol(const struct rule *rule)
{
	return rule && (rule->role == RULE_RECORD || rule->role == RULE_WALK);
}

// The site's rules go first, but the lines of the firmware's protocol are never theirs: sequence and
// sums of the records would not hold without one.
static void first_match(struct detect *d, const struct message *m, struct rule_match *match)
{
	rules_match(&rules_builtin, m->body, match);
	if (!d->has_site_rules || is_protocol(match->rule))
		return;
	struct rule_match site;
	rules_match(&d->site_rules, untrimmed(m), &site);
	if (site.rule)
		*match = site;
}

// May the kernel have printed a line that has no shape of its own?
static bool may_be_kernel(const struct detect *d, const struct message *m)
{
	bool loader =
	    d->boot.state == DETECT_STATE_BOOTLOADER || d->boot.state == DETECT_STATE_HANDOVER;
	return m->prefix.kernel || (d->repair.prefixed == 0 && !loader);
}

// A header behind a quotation mark is one that somebody speaks about.
static bool is_quoted(const struct message *m, const struct rule_match *match)
{
	if (match->rule->role != RULE_HEADER || match->start == 0)
		return false;
	char before = m->body.ptr[match->start - 1];
	return before == '"' || before == '\'' || before == '`';
}

static void find_rule(struct detect *d, const struct message *m, struct rule_match *match)
{
	first_match(d, m, match);
	const struct rule *rule = match->rule;
	if (!rule)
		return;
	bool early = !m->prefix.kernel && d->boot.state <= DETECT_STATE_HANDOVER;
	bool unwanted = ((rule->flags & RULE_KERNEL) && !may_be_kernel(d, m)) ||
			((rule->flags & RULE_EARLY) && !early);
	if (rule->role == RULE_IGNORE || unwanted || is_quoted(m, match)) {
		emit_explain(&d->emit, m, rule, "ignored", 0);
		match->rule = NULL;
	}
}

static void take_record(struct detect *d, const struct message *m)
{
	struct detect_pair pairs[DETECT_PAIRS_MAX];
	struct detect_event event = {.kind = DETECT_RECORD};
	record_message(&d->records, m, &event.record, pairs);
	emit_event(&d->emit, &event);
	boot_record(&d->boot, &event.record);
}

static void take_dropped(struct detect *d, const struct message *m, const struct rule_match *match)
{
	struct cursor c = cursor_of(match->field[FIELD_COUNT]);
	uint64_t count = 0;
	cursor_decimal(&c, &count);
	assemble_dropped(&d->assembler);
	emit_note(&d->emit, DETECT_NOTE_DROPPED, &m->at, count, m->body);
}

// What the rules other than those of reports mean; NULL for those.
static const char *role_text(const struct rule *rule)
{
	static const char *const texts[RULE_ROLE_COUNT] = {
	    [RULE_RECORD] = "record of the mm firmware",
	    [RULE_WALK] = "page-table walk of the mm firmware",
	    [RULE_REPLAY] = "the kernel prints its previous message again",
	    [RULE_DROPPED] = "the kernel lost messages",
	    [RULE_STATE] = "boot state",
	    [RULE_SHUTDOWN] = "shutdown is announced",
	    [RULE_WATCHDOG] = "a watchdog caused the reset",
	    [RULE_KTAP_VERSION] = "test output begins",
	    [RULE_KTAP_PLAN] = "test plan",
	    [RULE_KTAP_OK] = "test result",
	    [RULE_KTAP_NOT_OK] = "test result",
	    [RULE_KTAP_BAIL] = "the tests were given up",
	    [RULE_KTAP_NAME] = "name of a test",
	    [RULE_LTP] = "test result",
	};
	return rule ? texts[rule->role] : NULL;
}

static void take_message(struct detect *d, const struct message *m, const struct rule_match *match)
{
	static const struct rule_match none;
	const struct rule *rule = match->rule;
	switch (rule ? (enum rule_role)rule->role : RULE_ROLE_COUNT) {
	case RULE_RECORD:
		take_record(d, m);
		break;
	case RULE_REPLAY:
		assemble_replay(&d->assembler);
		emit_note(&d->emit, DETECT_NOTE_REPLAY, &m->at, 1, m->body);
		break;
	case RULE_DROPPED:
		take_dropped(d, m, match);
		break;
	case RULE_STATE:
	case RULE_SHUTDOWN:
	case RULE_WATCHDOG:
		boot_rule(&d->boot, m, rule);
		assemble_message(&d->assembler, m, &none);
		break;
	case RULE_KTAP_VERSION:
	case RULE_KTAP_PLAN:
	case RULE_KTAP_OK:
	case RULE_KTAP_NOT_OK:
	case RULE_KTAP_BAIL:
	case RULE_KTAP_NAME:
	case RULE_LTP:
		ktap_message(&d->ktap, &d->emit, m, match);
		assemble_message(&d->assembler, m, &none);
		break;
	default:
		assemble_message(&d->assembler, m, match);
		break;
	}
}

// Does the line show that a kernel runs: by its prefix, or as the header of what only a kernel reports?
// Behind prefixes that hide the kernel's own (`dmesg -T`) there may be nothing else.
static bool shows_kernel(const struct message *m, const struct rule *rule)
{
	static const char *const others[] = {"firmware", "program", "user", "site", "boot", "hw"};
	if (m->prefix.kernel || !rule || rule->role != RULE_HEADER)
		return m->prefix.kernel;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(rule->class_name, others[i]) == 0)
			return false;
	return m->prefix.speaker != PREFIX_PROGRAM && strcmp(rule->sub, "tee") != 0;
}

static void take_whole(const struct message *m, void *arg)
{
	struct detect *d = arg;
	struct rule_match match;
	d->emit.explained = false;
	emit_line(d, m);
	boot_line(&d->boot, m);
	bool infers = boot_infers(&d->boot);
	find_rule(d, m, &match);
	const struct rule *rule = match.rule;
	if (!m->prefix.kernel && d->boot.watch_text) {
		if (rule && rule->role == RULE_HEADER) // maybe behind a prompt
			boot_prompt(&d->boot, m->text, true);
		else
			boot_text(&d->boot, m->text);
	}
	if (role_text(rule))
		emit_explain(&d->emit, m, rule, role_text(rule), 0);
	take_message(d, m, &match);
	if (infers && boot_infers(&d->boot) && shows_kernel(m, rule))
		boot_kernel_line(&d->boot, m->prefix.kernel_us);
	if (!d->emit.explained)
		emit_explain(&d->emit, m, NULL, "no rule takes it", 0);
}

// ---- prefixes -----------------------------------------------------------------------------------

#define TAGS_ENOUGH 2 // lines named as the kernel's, after which others are not

// May the log yet teach a prefix? Not once the kernel's own is known.
static bool is_learning(const struct detect *d)
{
	return d->prefixes.proven || d->repair.prefixed < PREFIXED_ENOUGH;
}

// Is the second word behind the prefix "kernel:"?
static bool names_kernel(struct detect_view text, const struct prefix *prefix)
{
	struct detect_view body = view_from(text, prefix->len);
	if (body.len <= 8 || is_blank(*body.ptr))
		return false;
	size_t space = space_of_eight(body.ptr);
	if (space < 8 && body.ptr[space + 1] != 'k') // most lines
		return false;
	const char *blank = memchr(body.ptr, ' ', body.len - 8);
	return blank && memcmp(blank + 1, "kernel:", 7) == 0;
}

// A shape that was learnt, or may be by this line.
static __attribute__((noinline)) void take_shape(struct detect *d, struct detect_view text,
						 struct prefix *prefix, bool learn)
{
	struct prefix behind;
	bool hides =
	    d->prefixes.proven || (learn && is_learning(d) && prefix_may_hide(text, prefix->len));
	if (!hides || !prefix_take_shape(&d->prefixes, text, prefix, learn))
		return;
	prefix_parse(view_from(text, prefix->len), &behind); // the kernel's own parts
	if (behind.kernel) {
		behind.len += prefix->len;
		*prefix = behind;
	}
}

static void look_closely(struct detect_view text, struct prefix *prefix, bool learn, void *arg)
{
	struct detect *d = arg;
	bool unnamed = prefix->kernel_us >= 0 && prefix->speaker == PREFIX_UNKNOWN;
	if (unnamed && (d->kernel_tags || names_kernel(text, prefix)))
		prefix_look_behind(text, prefix);
	if (prefix->kernel || prefix->speaker == PREFIX_PROGRAM)
		return;
	if (prefix->stamped && d->kernel_tags >= TAGS_ENOUGH)
		prefix->speaker = PREFIX_PROGRAM;
	else
		take_shape(d, text, prefix, learn);
}

// A journal that is exported has one line for each field of an entry, and only the message is one of the
// log. "NAME=value", an empty line, or the line with the cursor that begins an entry.
static bool is_other_field(struct detect_view line)
{
	struct cursor c = cursor_of(line);
	cursor_blanks(&c);
	if (c.p == c.end || view_has(line, VIEW(" [s=")))
		return true;
	const char *start = c.p;
	while (c.p < c.end && ((*c.p >= 'A' && *c.p <= 'Z') || *c.p == '_' || is_digit(*c.p)))
		c.p++;
	bool named = c.p > start && c.p < c.end && *c.p == '=' && !is_digit(*start);
	return named &&
	       !view_starts((struct detect_view){start, (size_t)(c.end - start)}, VIEW("MESSAGE="));
}

// True: the line says nothing but what else is known of a message.
static bool pass_field(struct detect *d, const struct piece *piece)
{
	if (d->exported && is_other_field(piece->text)) {
		boot_passed(&d->boot, &piece->at, -1);
		return true;
	}
	struct cursor c = cursor_of(piece->text);
	cursor_blanks(&c);
	d->exported |= cursor_literal(&c, VIEW("MESSAGE="));
	return false;
}

// Text copied from a web page has no-break spaces. Once one was seen every line is searched, else only
// those of a log that has not shown the kernel's prefix.
static bool may_be_odd(const struct detect *d, struct detect_view text, const struct prefix *prefix)
{
	if (d->hard_blanks || d->exported || d->json || (!prefix->kernel && is_learning(d)))
		return true;
	if (text.len < 2)
		return text.len == 1 && (*text.ptr & 0x80);
	// No branch for what cannot be foreseen, here and for the blanks below.
	size_t at = prefix->len < text.len ? prefix->len : 1;
	return (text.ptr[1] | text.ptr[at]) & 0x80;
}

static struct detect_view without_hard_blanks(struct detect *d, struct detect_view text)
{
	size_t len = 0;
	if (!view_has(text, VIEW("\xC2\xA0")))
		return text;
	for (size_t i = 0; i < text.len; i++) {
		bool pair = text.ptr[i] == '\xC2' && i + 1 < text.len && text.ptr[i + 1] == '\xA0';
		d->blanked[len++] = pair ? ' ' : text.ptr[i];
		i += pair;
	}
	d->hard_blanks = true;
	return (struct detect_view){d->blanked, len};
}

// ---- lines --------------------------------------------------------------------------------------

// A line that no part could be interested in: most of a clean log. Must not say so of any other.
static bool is_quiet(struct detect *d, const struct piece *piece, const struct prefix *prefix)
{
	if (d->assembler.open || d->repair.held || piece->partial ||
	    (d->emit.mask & (DETECT_MASK(DETECT_LINE) | DETECT_MASK(DETECT_EXPLAIN))))
		return false;
	if (prefix->kernel && boot_infers(&d->boot))
		return false;
	if (repair_wants(&d->repair, piece->text.len, prefix->kernel) ||
	    boot_wants(&d->boot, prefix->kernel_us))
		return false;
	struct detect_view body = view_from(piece->text, prefix->len);
	if (body.len)
		body = view_from(body, is_blank(*body.ptr));
	while (body.len && is_blank(*body.ptr))
		body = view_from(body, 1);
	bool nameless = !prefix->kernel && prefix->speaker == PREFIX_UNKNOWN;
	if (nameless && is_learning(d) && prefix_may_hide(piece->text, prefix->len))
		return false;
	if (rules_candidate(&rules_builtin, body) ||
	    (d->has_site_rules && rules_candidate(&d->site_rules, body)) ||
	    prefix_find(piece->text, prefix->len ? prefix->len : 1, piece->bracket) <
		piece->text.len)
		return false;
	repair_passed(&d->repair, piece->text.len, prefix->kernel);
	boot_passed(&d->boot, &piece->at, prefix->kernel_us);
	d->assembler.last_opened = 0;
	d->assembler.line_seq++;
	if (d->boot.watch_text && !prefix->kernel)
		boot_text(&d->boot, piece->text);
	return true;
}

static __attribute__((noinline)) void take_closely(struct detect *d, const struct piece *piece,
						   struct prefix *prefix)
{
	look_closely(piece->text, prefix, true, d);
	repair_piece(&d->repair, piece, prefix);
}

// ---- lines of JSON ------------------------------------------------------------------------------

// Behind `"key": "`; false: it is not there.
static bool find_key(struct detect_view line, struct detect_view key, struct cursor *out)
{
	size_t at = view_find(line, key);
	if (at == line.len)
		return false;
	*out = cursor_of(view_from(line, at + key.len));
	cursor_blanks(out);
	bool value = cursor_char(out, ':');
	cursor_blanks(out);
	return value && cursor_char(out, '"');
}

// "u0041" behind a backslash as UTF-8. Bytes written, 0: no such thing.
static size_t take_unicode(struct cursor *c, char out[3])
{
	if (cursor_left(c) < 5 || *c->p != 'u')
		return 0;
	struct cursor digits = {c->p + 1, c->p + 5};
	uint64_t code;
	if (!cursor_hex(&digits, &code) || digits.p != digits.end)
		return 0;
	c->p += 5;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t len = code < 0x800 ? 2 : 3;
	for (size_t i = len; i-- > 1; code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)((len == 2 ? 0xC0 : 0xE0) | code);
	return len;
}

// One character of a JSON string, which the cursor is on. A terminal's escape sequence is nothing, a line
// end a blank. Returns how many bytes were written.
static size_t take_character(struct cursor *c, char out[3])
{
	out[0] = *c->p++;
	if (out[0] != '\\' || c->p == c->end)
		return 1;
	size_t len = take_unicode(c, out);
	if (len == 0) {
		char byte = *c->p++;
		out[0] = byte == 't' ? '\t' : byte == 'n' || byte == 'r' ? ' ' : byte;
		return 1;
	}
	if (out[0] == '\033' && cursor_char(c, '['))
		while (c->p < c->end && *c->p != '"' && !is_alpha(*c->p++))
			;
	bool control = len == 1 && out[0] != '\t' && ((unsigned char)out[0] < 0x20);
	return control ? 0 : len;
}

// Behind the key of the message in a record of LAVA ("- {..}"), dmesg --json, journalctl -o json, Docker.
// *always: its text has escapes of a kind, or more around it, that nothing else takes off.
static bool find_message(struct detect_view line, struct cursor *c, bool *always)
{
	*always = find_key(line, VIEW("\"log\""), c);
	return *always || find_key(line, VIEW("\"msg\""), c) ||
	       find_key(line, VIEW("\"MESSAGE\""), c);
}

// The message of a record of JSON without its escapes; else the line. A message that begins with the
// kernel's own prefix is found as it is.
static struct detect_view unwrapped(struct detect *d, struct detect_view line)
{
	struct cursor c = cursor_of(line);
	bool always;
	cursor_blanks(&c);
	(void)cursor_literal(&c, VIEW("- "));
	if (!cursor_char(&c, '{') || !find_message(line, &c, &always) || c.p == c.end)
		return line;
	if (!always && (*c.p == '[' || *c.p == '<'))
		return line;
	size_t len = 0;
	while (c.p < c.end && *c.p != '"')
		len += take_character(&c, d->blanked + len);
	d->json |= always;
	return (struct detect_view){d->blanked, len};
}

// Does the record say that a program spoke?
static bool is_of_program(struct detect_view line)
{
	struct cursor c;
	return find_key(line, VIEW("\"_TRANSPORT\""), &c) &&
	       !view_starts(cursor_rest(&c), VIEW("kernel\""));
}

// True: the line had hard blanks, was wrapped or is no message, and is taken.
static __attribute__((noinline)) bool take_odd(struct detect *d, const struct piece *piece)
{
	struct piece blanked = *piece;
	struct prefix prefix;
	if (pass_field(d, piece))
		return true;
	blanked.text = unwrapped(d, piece->text);
	bool program = blanked.text.ptr != piece->text.ptr && is_of_program(piece->text);
	if (blanked.text.ptr == piece->text.ptr)
		blanked.text = without_hard_blanks(d, piece->text);
	if (blanked.text.ptr == piece->text.ptr)
		return false;
	blanked.bracket = blanked.text.len;
	prefix_parse(blanked.text, &prefix);
	if (program)
		prefix.speaker = PREFIX_PROGRAM;
	d->kernel_tags += prefix.speaker == PREFIX_KERNEL;
	take_closely(d, &blanked, &prefix);
	return true;
}

// ---- lines that a comment quotes ----------------------------------------------------------------

// A line with a comment's mark: behind another one with that mark it is quoted. The first of them waits
// for the next when it would begin a report. True: it waits.
static __attribute__((noinline)) bool take_quote(struct detect *d, const struct piece *piece,
						 struct prefix *prefix)
{
	uint8_t mark = prefix->comment;
	bool again = mark > 0 && mark == d->comment && *piece->text.ptr == d->comment_byte;
	d->comment = mark;
	if (mark == 0)
		return false;
	d->comment_byte = *piece->text.ptr;
	struct prefix behind;
	prefix_parse(view_from(piece->text, mark), &behind);
	if (again) {
		bool held = d->repair.held && d->repair.held_quote;
		if (held) // the first of them is told that this one follows
			repair_settle_quote(&d->repair, true);
		behind.len += mark;
		*prefix = behind;
		return false;
	}
	struct detect_view body = view_from(piece->text, mark + behind.len);
	if (behind.kernel || !rules_begin(&rules_builtin, view_trim(body)))
		return false;
	repair_hold_quote(&d->repair, piece, prefix);
	return true;
}

static void take_piece(const struct piece *piece, void *arg)
{
	struct detect *d = arg;
	struct prefix prefix;
	prefix_parse(piece->text, &prefix);
	if ((prefix.comment | d->comment) && take_quote(d, piece, &prefix))
		return;
	if (may_be_odd(d, piece->text, &prefix) && take_odd(d, piece))
		return;
	d->kernel_tags += prefix.speaker == PREFIX_KERNEL;
	if (!is_quiet(d, piece, &prefix))
		take_closely(d, piece, &prefix);
}

// ---- the interface ------------------------------------------------------------------------------

static void enter(struct detect *d, int64_t t_ns, detect_fn *fn, void *arg)
{
	d->emit.now_ns = t_ns;
	d->emit.fn = fn;
	d->emit.arg = arg;
}

void detect_feed(struct detect *d, const void *bytes, size_t len, int64_t t_ns, detect_fn *fn,
		 void *arg)
{
	if (d->ended || len == 0)
		return;
	detect_tick(d, t_ns, fn, arg);
	d->last_byte_ns = t_ns;
	if (!d->boot.begun)
		boot_begin(&d->boot);
	boot_bytes(&d->boot, bytes, len);
	frame_feed(&d->frame, bytes, len, take_piece, d);
}

void detect_hand_over(struct detect *d, detect_fn *fn, void *arg)
{
	if (d->ended || !d->boot.begun)
		return;
	enter(d, d->emit.now_ns, fn, arg);
	new_attempt(&d->boot.last, d);
	boot_hand_over(&d->boot);
}

static void peek_record(struct detect *d, const struct message *m, bool finished)
{
	if (d->boot.watch_text && !m->prefix.kernel)
		boot_prompt(&d->boot, m->text, finished);
	struct rule_match match;
	first_match(d, m, &match);
	const struct rule *rule = match.rule;
	bool of_site = rule && rule->line == 0;
	if (of_site && rule->role == RULE_STATE && rule->state > d->boot.state)
		boot_rule(&d->boot, m, rule);
}

// An unfinished line in silence: a prompt, or the last words of a panic. It is looked at, not
// taken: the same bytes must tell the same whether a pause falls into them or not.
static void peek(struct detect *d)
{
	struct piece piece = frame_peek(&d->frame);
	struct message m = {.at = piece.at, .text = piece.text, .partial = true};
	if (piece.text.len == 0 || piece.at.end == d->peeked)
		return;
	d->peeked = piece.at.end;
	prefix_parse(piece.text, &m.prefix);
	look_closely(piece.text, &m.prefix, false, d);
	emit_line(d, &m);
	if (d->repair.held && !d->repair.held_header) // what it belongs to is not known yet
		return;
	for (struct detect_view rest = piece.text; rest.len;) {
		prefix_parse(rest, &m.prefix);
		look_closely(rest, &m.prefix, false, d);
		m.text = prefix_take_record(&rest, &m.prefix, rest.len);
		m.body = view_trim(view_from(m.text, m.prefix.len));
		peek_record(d, &m, rest.len > 0);
	}
}

void detect_tick(struct detect *d, int64_t t_ns, detect_fn *fn, void *arg)
{
	if (d->ended)
		return;
	enter(d, t_ns, fn, arg);
	if (t_ns - d->last_byte_ns >= d->idle_ns)
		peek(d);
}

void detect_end(struct detect *d, enum detect_end_reason reason, detect_fn *fn, void *arg)
{
	if (d->ended)
		return;
	enter(d, d->emit.now_ns, fn, arg);
	bool mid_line = frame_pending(&d->frame) || d->frame.open;
	frame_flush(&d->frame, take_piece, d);
	repair_flush(&d->repair);
	assemble_close_all(&d->assembler,
			   reason == DETECT_END_POWER_OFF ? DETECT_CLOSE_REBOOT : DETECT_CLOSE_END);
	ktap_end(&d->ktap, &d->emit, &d->boot.last);
	boot_end(&d->boot, reason, mid_line);
	d->ended = true;
}
