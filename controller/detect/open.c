// SPDX-License-Identifier: GPL-2.0-or-later
// Life of a report: opened by a header line, closed with everything known, or taken back.
#include <string.h>

#include "detect/assemble.h"
#include "detect/blame.h"
#include "detect/normalise.h"
#include "detect/sign.h"
#include "detect/syndrome.h"
#include "detect/text.h"

// ---- refinement ---------------------------------------------------------------------------------

static bool refine_fits(const struct rule *refine, struct detect_view text,
			struct detect_view literal)
{
	if (refine->state == REFINE_MESSAGE || refine->state == REFINE_WHAT)
		return view_has(text, literal);
	return view_starts(text, literal);
}

static struct detect_view refine_text(const struct report *r, const struct rule *refine)
{
	switch (refine->state) {
	case REFINE_MESSAGE:
		return report_view(r, r->message);
	case REFINE_FILE:
		return report_view(r, r->file);
	case REFINE_FUNC:
		return blame_header(r);
	default:
		return report_view(r, r->what);
	}
}

// Gives a plain class its subclass by message, file or function.
static void refine(struct report *r)
{
	const struct rule_set *set = &rules_builtin;
	if (r->sub[0])
		return;
	for (const uint16_t *i = set->refines; *i != RULE_LINK_NONE; i++) {
		const struct rule *rule = &set->rules[*i];
		if (strcmp(rule->class_name, r->class_name) != 0)
			continue;
		const struct rule_op *op = &set->ops[rule->ops_first];
		struct detect_view literal = {set->text + op->text, op->len};
		if (!refine_fits(rule, refine_text(r, rule), literal))
			continue;
		normalise_sub(view_of(rule->sub), r->sub, sizeof(r->sub));
		if (rule->severity > r->severity)
			r->severity = rule->severity;
		return;
	}
	if ((r->rule->flags & RULE_HEADLESS) && r->esr_known && r->walk.present)
		normalise_sub(view_of(esr_fault_kind(r->esr, r->walk.va)), r->sub, sizeof(r->sub));
}

// ---- events -------------------------------------------------------------------------------------

static void fill_fault(const struct report *r, struct detect_splat *s)
{
	s->esr_known = r->esr_known;
	s->far_known = r->far_known;
	s->esr = r->esr;
	s->far = r->far;
	if (r->esr_known) {
		s->ec = esr_class(r->esr);
		s->fsc_known = esr_is_abort(r->esr);
		s->fsc = s->fsc_known ? esr_fault_status(r->esr) : 0;
		s->fault_write = esr_is_data_abort(r->esr) && (r->esr & ESR_WNR);
	}
	s->bbm_violation = r->bbm;
	s->walk = r->walk;
}

static void fill_texts(const struct report *r, struct detect_splat *s)
{
	s->file = report_view(r, r->file);
	s->message = report_view(r, r->message);
	s->comm = report_view(r, r->comm);
	s->taint = report_view(r, r->taint);
	s->release = report_view(r, r->release);
	s->hardware = report_view(r, r->hardware);
	s->workqueue = report_view(r, r->workqueue);
	s->panic = report_view(r, r->panic);
	s->pc = report_view(r, r->pc);
	s->lr = report_view(r, r->lr);
	s->during_test = report_view(r, r->test);
}

static void fill(const struct report *r, struct detect_splat *s)
{
	*s = (struct detect_splat){
	    .id = r->id,
	    .header = r->header,
	    .first = r->first,
	    .last = r->last,
	    .class_name = r->class_name,
	    .sub = r->sub,
	    .rule = view_of(r->rule->id),
	    .rules_version = detect_rules_version(),
	    .severity = r->severity,
	    .fatal = r->fatal,
	    .damaged = r->damaged,
	    .mixed = r->mixed,
	    .glued = r->glued,
	    .truncated = r->truncated,
	    .suspect = r->suspect,
	    .folded_into = r->folded_line,
	    .folded_id = r->folded_id,
	    .attempt = r->attempt,
	    .kernel_us = r->kernel_us,
	    .cpu = r->cpu,
	    .pid = r->pid,
	};
	fill_fault(r, s);
	fill_texts(r, s);
}

static void emit_splat(struct assembler *a, enum detect_event_kind kind, struct report *r,
		       struct detect_splat *s)
{
	struct detect_event event = {.kind = kind};
	char title[TITLE_MAX];
	s->func = blame_function(r);
	s->title = (struct detect_view){title, normalise_title(r, s->func, title)};
	s->sig1 = sign_level1(r);
	event.splat = *s;
	emit_event(a->with.emit, &event);
}

static void fill_frames(const struct report *r, struct detect_frame *frames)
{
	for (size_t i = 0; i < r->frames_count; i++) {
		const struct report_frame *f = &r->frames[i];
		frames[i] = (struct detect_frame){
		    .symbol = report_view(r, f->name),
		    .module = report_view(r, f->module),
		    .offset = f->offset,
		    .size = f->size,
		    .from_pc = f->from_pc,
		    .skipped = blame_skips(r, i),
		};
	}
}

// ---- open ---------------------------------------------------------------------------------------

static struct report *free_slot(struct assembler *a)
{
	unsigned unused = ~a->live & ((1u << REPORTS_MAX) - 1);
	if (unused)
		return &a->reports[__builtin_ctz(unused)];
	struct report *oldest = &a->reports[0];
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (r->id < oldest->id)
			oldest = r;
	report_close(a, oldest, DETECT_CLOSE_EVICTED);
	return oldest;
}

// "comm/pid" of a 7.x header, "comm/pid/.." of others
static void take_comm(struct report *r, struct detect_view comm)
{
	comm = view_trim(comm);
	size_t slash = comm.len;
	while (slash > 0 && is_digit(comm.ptr[slash - 1]))
		slash--;
	bool number = slash > 1 && slash < comm.len;
	char before = number ? comm.ptr[slash - 1] : 0;
	if (r->pid < 0 && (before == '/' || before == ':')) {
		struct cursor c = cursor_of(view_from(comm, slash));
		uint64_t pid;
		if (cursor_decimal(&c, &pid) && pid < INT32_MAX)
			r->pid = (int64_t)pid;
		comm.len = slash - 1;
	}
	r->comm = report_keep(r, comm);
}

static int64_t field_number(struct detect_view field)
{
	struct cursor c = cursor_of(field);
	uint64_t value;
	return cursor_decimal(&c, &value) && value < INT32_MAX ? (int64_t)value : -1;
}

static struct kept keep_symbol(struct report *r, struct detect_view field)
{
	struct cursor c = cursor_of(field);
	uint64_t address;
	bool bare = cursor_hex(&c, &address) && c.p == c.end; // no symbol covers it
	if (!field.len || bare)
		return (struct kept){0};
	struct symbol s;
	symbol_take(field, &s);
	return report_keep(r, s.name);
}

// "condition] dir/file.c:123": the file is the last word.
static struct detect_view file_behind(struct detect_view text)
{
	struct detect_view word = {text.ptr, 0};
	for (struct cursor c = cursor_of(text); c.p < c.end;)
		word = cursor_word(&c);
	size_t colon = view_find(word, VIEW(":"));
	return (struct detect_view){word.ptr, colon < word.len ? colon : 0};
}

static void take_fields(struct report *r, const struct rule_match *match)
{
	const struct detect_view *f = match->field;
	uint64_t value;
	struct cursor c = cursor_of(f[FIELD_ADDR]), pc = cursor_of(f[FIELD_PC]);
	r->cpu = (int)field_number(f[FIELD_CPU]);
	r->pid = field_number(f[FIELD_PID]);
	r->func_header = keep_symbol(r, f[FIELD_FUNC]);
	r->func2 = keep_symbol(r, f[FIELD_FUNC2]);
	struct detect_view file = f[FIELD_FILE].len ? f[FIELD_FILE] : file_behind(f[FIELD_TEXT]);
	r->file = report_keep(r, normalise_path(file));
	r->what = report_keep(r, view_trim(f[FIELD_WHAT]));
	r->name = report_keep(r, f[FIELD_NAME]);
	if (f[FIELD_COMM].len)
		take_comm(r, f[FIELD_COMM]);
	report_take_syndrome(r, f[FIELD_ESR]);
	if (cursor_hex(&c, &value)) {
		r->far = value;
		r->far_known = true;
	}
	r->pc_known = cursor_hex(&pc, &r->pc_address);
}

static void take_pending(struct assembler *a, struct report *r, const struct message *m)
{
	struct pending *best = NULL;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &a->pendings[i];
		if (p->used && p->caller_kind == m->prefix.caller_kind &&
		    p->caller == m->prefix.caller && (!best || p->first.byte >= best->first.byte))
			best = p;
	}
	if (best) {
		r->first = best->first;
		r->message = report_keep(r, (struct detect_view){best->text, best->len});
		best->used = false;
		a->open--;
	}
	const struct pending *ahead = &a->ahead;
	bool near = ahead->used && a->line_seq - a->ahead_seq <= 8 &&
		    ahead->caller_kind == m->prefix.caller_kind &&
		    ahead->caller == m->prefix.caller;
	if (near && !r->message.len)
		r->message = report_keep(r, (struct detect_view){ahead->text, ahead->len});
	a->ahead.used = false;
}

bool line_is_foreign(const struct assembler *a, const struct message *m)
{
	return message_is_bare(m, *a->with.prefixed);
}

// Does a program's name stand ahead of the header, as in a system log?
static bool is_named(const struct message *m, bool glued)
{
	struct prefix prefix = m->prefix;
	if (glued)
		prefix_look_behind(m->text, &prefix);
	return prefix.speaker == PREFIX_PROGRAM;
}

// Text of a program that looks like the kernel's.
static bool is_suspect(const struct assembler *a, const struct message *m, const struct rule *rule,
		       bool glued)
{
	bool named = is_named(m, glued), formed = boot_is_foreign(a->with.boot, m);
	if (!named && !formed && !line_is_foreign(a, m))
		return false;
	if (rule->line == 0) // the site asked for it
		return false;
	if (named || formed)
		return true;
	struct cursor c = cursor_of(m->text); // a stamp that line noise has damaged?
	return !(cursor_char(&c, '[') && c.p < c.end && (is_digit(*c.p) || *c.p == ' '));
}

static uint64_t print_key(const struct message *m, const struct rule *rule)
{
	uint64_t key = sign_add(SIGN_START, view_of(rule->id));
	key = sign_add(key, m->body);
	return key ^ (uint64_t)m->prefix.kernel_us * UINT64_C(0x9E3779B97F4A7C15);
}

// Has this very record been printed before (dmesg, a second console that replays the log)?
static bool is_reprint(struct assembler *a, const struct message *m, const struct rule *rule)
{
	if (m->prefix.kernel_us < 0 || a->with.boot->latest_us <= 0)
		return false;
	uint64_t key = print_key(m, rule);
	for (size_t i = 0; i < PRINTS_MAX; i++)
		if (a->prints[i] == key)
			return true;
	return false;
}

static void remember_print(struct assembler *a, const struct message *m, const struct rule *rule)
{
	if (m->prefix.kernel_us < 0)
		return;
	a->prints[a->prints_next] = print_key(m, rule);
	a->prints_next = (uint8_t)((a->prints_next + 1) % PRINTS_MAX);
}

static void classify(struct report *r, const struct rule *rule, const struct rule_match *match)
{
	r->rule = rule;
	r->class_name = rule->class_name;
	r->severity = rule->severity;
	r->fatal = rule->flags & RULE_FATAL;
	if (strcmp(rule->sub, "{what}") == 0)
		normalise_sub(match->field[FIELD_WHAT], r->sub, sizeof(r->sub));
	else
		normalise_sub(view_of(rule->sub), r->sub, sizeof(r->sub));
}

struct report *report_open(struct assembler *a, const struct message *m,
			   const struct rule_match *match, uint32_t partner)
{
	const struct rule *rule = match->rule;
	if (is_reprint(a, m, rule)) {
		emit_note(a->with.emit, DETECT_NOTE_REPRINT, &m->at, 1, m->body);
		return NULL;
	}
	remember_print(a, m, rule);
	struct report *r = free_slot(a);
	report_init(r);
	bool alone = a->live == 0;
	a->live |= 1u << (r - a->reports);
	a->open++;
	a->recent = r;
	r->id = ++a->next_id;
	classify(r, rule, match);
	r->header = r->first = r->last = m->at;
	r->kernel = m->prefix.kernel;
	r->caller_kind = m->prefix.caller_kind;
	for (struct report *other = NULL; !alone && (other = next_report(a, other));)
		if (other != r && !other->caller_kind && !r->caller_kind)
			other->overlapped = r->overlapped = true;
	r->caller = m->prefix.caller;
	r->kernel_us = r->last_us = m->prefix.kernel_us;
	r->attempt = a->with.boot->attempt;
	r->glued = m->prefix.prompt || (match->start > 0 && rule->where == WHERE_STRONG);
	r->truncated = m->truncated;
	take_fields(r, match);
	if (rule->line == 0) // a literal of the site goes by its name
		r->name = report_keep(r, view_of(rule->id));
	if (rule->blame == BLAME_HANG)
		blame_take_stalled(r, m->body);
	take_pending(a, r, m);
	r->test = report_keep(r, ktap_open_test(a->with.ktap));
	r->die_seen = rule->flags & RULE_MEMBER;
	r->awaits_trace = r->other_trace = rule->flags & RULE_BACKTRACE;
	r->bbm = (rule->flags & RULE_BBM) || (r->esr_known && esr_is_tlb_conflict(r->esr));
	r->suspect = is_suspect(a, m, rule, r->glued);
	if (r->suspect && r->severity > 1)
		r->severity = 1;
	refine(r);
	if (rule->flags & RULE_CONSEQUENCE)
		fold_consequence(a, r);
	else if (partner)
		fold_retold(a, r, partner);
	r->partner = partner;
	bool dead = rule->end == END_PANIC || (r->fatal && strcmp(r->class_name, "firmware") == 0);
	if (dead && !r->suspect)
		boot_panic(a->with.boot, r->id, r->kernel_us);
	fold_remember(a, r, sign_level1(r), true);
	a->last_opened = r->id;

	struct detect_splat s;
	fill(r, &s);
	emit_splat(a, DETECT_SPLAT_OPEN, r, &s);
	return r;
}

// ---- close --------------------------------------------------------------------------------------

static bool is_complete(const struct report *r, enum detect_close why)
{
	bool ended = why == DETECT_CLOSE_MARKER || why == DETECT_CLOSE_NATURAL;
	if (r->rule->end == END_PANIC) // a dead system has no further word to say
		ended = ended || why == DETECT_CLOSE_REBOOT || r->tail_seen;
	bool lost = r->mixed && r->in_trace == 0;
	return ended && !r->damaged && !lost;
}

static uint32_t count_repeat(struct assembler *a, uint64_t sig)
{
	for (size_t probe = 0; probe < 16; probe++) {
		struct repeat *slot = &a->repeats[(sig + probe) % REPEATS_MAX];
		if (slot->count == 0)
			slot->sig = sig;
		if (slot->sig == sig)
			return slot->count++;
	}
	return 0; // table full: a storm of different reports
}

static void forget(struct assembler *a, struct report *r)
{
	a->live &= ~(1u << (r - a->reports));
	a->open--;
	if (a->recent == r)
		a->recent = NULL;
}

void report_close(struct assembler *a, struct report *r, enum detect_close why)
{
	for (struct report *other = NULL; r->partner && (other = next_report(a, other));)
		if (other->id == r->partner)
			report_close(a, other, why);
	struct detect_frame frames[DETECT_FRAMES_MAX];
	struct detect_splat s;
	if (!r->suspect)
		refine(r);
	if (r->esr_known && esr_is_tlb_conflict(r->esr)) {
		r->bbm = true;
		r->severity = 5;
	}
	// Whatever frames it had went to another one.
	bool tells_trace = r->rule->end == END_TRACE || r->rule->end == END_NATURAL;
	bool robbed = r->overlapped && r->in_trace == 0 && tells_trace &&
		      r->rule->blame != BLAME_NONE && !r->retold;
	if (robbed)
		r->mixed = true;
	if (!r->folded_id)
		fold_cascade(a, r);
	fill_frames(r, frames);
	fill(r, &s);
	s.frames = frames;
	s.frames_count = r->frames_count;
	s.close = why;
	s.complete = is_complete(r, why);
	s.sig2 = sign_level2(r);
	s.sig3 = sign_level3(r);
	s.repeat = count_repeat(a, s.sig2);
	s.storm = ++a->in_attempt > STORM_LIMIT;
	fold_remember(a, r, sign_level1(r), false);
	if (r->severity >= 2 && !r->folded_id)
		a->serious++;
	emit_splat(a, DETECT_SPLAT_CLOSE, r, &s);
	forget(a, r);
}

void report_void(struct assembler *a, struct report *r)
{
	struct detect_splat s;
	fill(r, &s);
	emit_splat(a, DETECT_SPLAT_VOID, r, &s);
	for (size_t i = 0; i < ROOTS_MAX; i++)
		if (a->roots[i].id == r->id)
			a->roots[i] = (struct root){0};
	forget(a, r);
}
