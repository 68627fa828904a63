// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/assemble.h"

#include <string.h>

#include "detect/firmware.h"
#include "detect/text.h"

#define PENDING_LINES 8
#define AHEAD_LINES   8
#define RULER_LINES   3    // lines behind a header before a ruler can be the closing one
#define FOREIGN_LINES 40   // lines that could be its own and are not, after which a report ends
#define APART_LINES   1000 // the same for lines of programs and of other callers
#define NATURAL_KEYED 1    // foreign lines of its context that end a report without end marker
#define NATURAL_BARE  3    // the same where no caller tells contexts apart
#define NATURAL_EARLY 30   // the same while its trace has not come yet
#define REPORT_LINES  2000
#define QUIET_US      INT64_C(60000000) // kernel time without a line of its own; slow consoles lag

// Does a system log say that it is no line of the kernel?
static bool is_of_program(const struct message *m)
{
	return m->prefix.speaker == PREFIX_PROGRAM;
}

// ---- cut here -----------------------------------------------------------------------------------

static void pending_drop(struct assembler *a, struct pending *p)
{
	if (p->used)
		a->open--;
	p->used = false;
}

static void pending_start(struct assembler *a, const struct message *m, bool ruler)
{
	struct pending *slot = NULL;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &a->pendings[i];
		bool same = p->used && m->prefix.caller_kind &&
			    p->caller_kind == m->prefix.caller_kind &&
			    p->caller == m->prefix.caller;
		if (same || !p->used) {
			slot = p;
			if (same)
				break;
		}
	}
	if (!slot) { // all in use: the oldest goes
		slot = &a->pendings[0];
		for (size_t i = 1; i < PENDING_MAX; i++)
			if (a->pendings[i].first.byte < slot->first.byte)
				slot = &a->pendings[i];
	}
	pending_drop(a, slot);
	*slot = (struct pending){
	    .used = true,
	    .ruler = ruler,
	    .caller_kind = m->prefix.caller_kind,
	    .caller = m->prefix.caller,
	    .first = m->at,
	};
	a->open++;
}

static void pending_add_text(struct pending *p, struct detect_view text)
{
	size_t room = PENDING_TEXT - p->len;
	if (p->len && room) {
		p->text[p->len++] = '\n';
		room--;
	}
	size_t take = text.len < room ? text.len : room;
	memcpy(p->text + p->len, text.ptr, take);
	p->len = (uint16_t)(p->len + take);
}

// Text between a cut-here line and its header.
static void pending_text(struct assembler *a, const struct message *m, enum member kind)
{
	struct pending *newest = NULL;
	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *p = &a->pendings[i];
		if (!p->used || p->caller_kind != m->prefix.caller_kind ||
		    p->caller != m->prefix.caller)
			continue;
		if (!newest || p->first.byte >= newest->first.byte)
			newest = p;
	}
	if (!newest)
		return;
	if (++newest->lines > PENDING_LINES)
		pending_drop(a, newest);
	else if (kind == MEMBER_NONE && m->body.len && !newest->ruler)
		pending_add_text(newest, m->body);
}

static void keep_ahead(struct assembler *a, const struct message *m)
{
	struct pending *p = &a->ahead;
	*p = (struct pending){
	    .used = true,
	    .caller_kind = m->prefix.caller_kind,
	    .caller = m->prefix.caller,
	    .first = m->at,
	};
	pending_add_text(p, m->body);
	a->ahead_seq = a->line_seq;
}

// ---- lines of reports ---------------------------------------------------------------------------

static void touch(struct assembler *a, struct report *r, const struct message *m)
{
	r->last = m->at;
	r->last_us = m->prefix.kernel_us >= 0 ? m->prefix.kernel_us : r->last_us;
	r->foreign = r->apart = 0;
	r->lines++;
	a->recent = r;
}

static struct report *partner_of(struct assembler *a, const struct report *r)
{
	if (!r->partner)
		return NULL;
	for (struct report *other = NULL; (other = next_report(a, other));)
		if (other->id == r->partner)
			return other;
	return NULL;
}

// A CPU tells one thing at a time: where no caller says so, its number in a later report ends the
// one before.
static void end_earlier_of_cpu(struct assembler *a, const struct report *r)
{
	for (struct report *other = NULL; (other = next_report(a, other));)
		if (!other->caller_kind && other->cpu == r->cpu && other->id < r->id &&
		    other->rule->end == END_TRACE && r->rule->end == END_TRACE)
			report_close(a, other, DETECT_CLOSE_HEADER);
}

static void add_member(struct assembler *a, struct report *r, const struct member_line *line,
		       const struct message *m)
{
	struct report *partner = partner_of(a, r);
	if (partner) {
		member_apply(partner, &a->symbols, line);
		touch(a, partner, m);
	}
	enum report_stage stage = member_stage(line->kind);
	member_apply(r, &a->symbols, line);
	touch(a, r, m);
	if (stage > r->stage)
		r->stage = stage;
	if (line->kind == MEMBER_CPU && !r->caller_kind && r->cpu >= 0)
		end_earlier_of_cpu(a, r);
	emit_explain(a->with.emit, m, NULL, "line of a report", r->id);
	if (r->lines > REPORT_LINES) {
		r->truncated = true;
		report_close(a, r, DETECT_CLOSE_CAP);
	}
}

// Text right behind a header that is no known kind of line: what the warning says (old kernels).
static bool takes_text(struct report *r, const struct message *m)
{
	bool room = r->stage == STAGE_HEADER && !r->message.len && r->lines < 3;
	if (!room || m->body.len == 0 || r->rule->end == END_PANIC)
		return false;
	bool own = r->caller_kind ? route_same_caller(r, m) : !m->prefix.caller_kind;
	if (!own || m->prefix.kernel != r->kernel)
		return false;
	r->message = report_keep(r, m->body);
	return true;
}

static bool waits_for_trace(const struct report *r)
{
	bool traces = r->rule->blame != BLAME_NONE && r->rule->blame != BLAME_IMAGE;
	return r->awaits_trace || (r->in_trace == 0 && (traces || r->lines == 0));
}

static bool natural_end(const struct report *r, const struct message *m)
{
	if (r->rule->end != END_NATURAL)
		return false;
	if (waits_for_trace(r))
		return r->foreign >= NATURAL_EARLY;
	bool keyed = r->caller_kind && route_same_caller(r, m);
	return r->foreign >= (keyed ? NATURAL_KEYED : NATURAL_BARE);
}

// Of kinds that have no end marker, a report is whole once it has its trace.
static void close_unmarked(struct assembler *a, struct report *r, enum detect_close why)
{
	bool natural = r->rule->end == END_NATURAL && !waits_for_trace(r);
	report_close(a, r, natural ? DETECT_CLOSE_NATURAL : why);
}

static bool too_quiet(const struct report *r, const struct message *m)
{
	return r->last_us >= 0 && m->prefix.kernel_us > r->last_us + QUIET_US;
}

// A report whose end never came takes no line that comes much later, nor lends it its name: a fault
// that the kernel outlived, a panic that was none.
static void close_quiet(struct assembler *a, const struct message *m)
{
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (too_quiet(r, m))
			close_unmarked(a, r, DETECT_CLOSE_IDLE);
}

// A line that belongs to no report: the open ones grow older.
static void age(struct assembler *a, const struct message *m)
{
	for (struct report *r = NULL; (r = next_report(a, r));) {
		bool exact = r->caller_kind != 0;
		bool program = r->kernel && !m->prefix.kernel;
		r->apart += program || (exact && !route_same_caller(r, m));
		r->foreign += !program && (!exact || route_same_caller(r, m));
		if (natural_end(r, m))
			report_close(a, r, DETECT_CLOSE_NATURAL);
		else if ((r->foreign >= FOREIGN_LINES || r->apart >= APART_LINES) &&
			 r->rule->end != END_PANIC)
			report_close(a, r, DETECT_CLOSE_FOREIGN);
	}
}

// The crash of firmware that is being told, NULL: none. Firmware does one thing at a time.
static struct report *firmware_report(struct assembler *a)
{
	struct report *found = NULL;
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (r->rule->blame == BLAME_IMAGE)
			found = r;
	return found;
}

// False: no report took it.
static bool take_member(struct assembler *a, const struct message *m)
{
	struct member_line line = {.number = -1};
	member_classify(m, &line);
	if (is_of_program(m))
		line.kind = MEMBER_NONE;
	enum member kind = line.kind;
	struct report *r = kind == MEMBER_NONE ? NULL : route_member(a, m, kind);
	struct report *crash = a->live ? firmware_report(a) : NULL;
	if (crash && (!r || r == crash) && firmware_take(crash, m->body))
		r = crash;
	if (r && too_quiet(r, m) && kind != MEMBER_TAIL) {
		report_close(a, r, DETECT_CLOSE_IDLE);
		r = NULL;
	}
	pending_text(a, m, kind);
	if (r) {
		add_member(a, r, &line, m);
		return true;
	}
	if (a->recent && takes_text(a->recent, m)) {
		touch(a, a->recent, m);
		emit_explain(a->with.emit, m, NULL, "message of a report", a->recent->id);
		return true;
	}
	age(a, m);
	return false;
}

// Backtraces that are part of a log printed anew say nothing.
static void take_trace(struct assembler *a, const struct message *m, const struct rule *rule)
{
	if (take_member(a, m) || line_is_foreign(a, m) || a->with.boot->replay)
		return;
	emit_explain(a->with.emit, m, rule, "a backtrace without a report", 0);
	emit_note(a->with.emit, DETECT_NOTE_STACK_DUMP, &m->at, 1, m->body);
}

// ---- headers ------------------------------------------------------------------------------------

// "BUG: memory leak" is a test program's word ahead of what the kernel says of each object.
static bool is_second_line(const struct report *r, const struct rule *rule)
{
	if (rule->flags & RULE_FATAL)
		return report_awaits_abort(r);
	return r->rule != rule && strcmp(r->class_name, rule->class_name) == 0 &&
	       r->stage == STAGE_HEADER && r->foreign == 0;
}

// The rest of a fault, the next line of a record, the panic that is part of a stack overflow.
static bool joins(const struct report *r, const struct rule_match *match)
{
	const struct rule *rule = match->rule;
	if (rule->flags & RULE_PART)
		return true;
	if (rule->flags & RULE_LINES)
		return r->rule == rule && r->foreign == 0 &&
		       view_equal(report_view(r, r->name), match->field[FIELD_NAME]);
	if (rule->flags & RULE_HEADLESS)
		return is_second_line(r, rule);
	if (rule->flags & RULE_MEMBER)
		return r->fatal && !r->die_seen &&
		       (r->rule->end == END_TRACE || (r->rule->flags & RULE_ABSORB)) &&
		       r->stage < STAGE_TRACE;
	return rule->end == END_PANIC && (r->rule->flags & RULE_ABSORB) &&
	       !(rule->flags & RULE_ABSORB) && !r->panic.len;
}

// Where no caller tells contexts apart, a die line belongs to the fault that has none yet, though
// another CPU may have begun a report since. The last such fault, or NULL.
static struct report *awaits_die_line(struct assembler *a, const struct rule_match *match)
{
	struct report *found = NULL;
	for (struct report *r = NULL; (r = next_report(a, r));)
		if (!r->caller_kind && joins(r, match) && (!found || r->id > found->id))
			found = r;
	return found;
}

static void join(struct assembler *a, struct report *r, const struct message *m,
		 const struct rule_match *match)
{
	if (match->rule->flags & RULE_HEADLESS) {
		r->stage = STAGE_ABORT;
	} else if (match->rule->flags & RULE_PART) {
		r->other_trace = r->other_pending = true; // what follows is about something else
	} else if (match->rule->flags & RULE_LINES) {
		r->stage = STAGE_END; // a record has no more than lines
	} else if (match->rule->flags & RULE_MEMBER) {
		r->die_seen = true;
		r->stage = STAGE_DIE;
		report_take_syndrome(r, match->field[FIELD_ESR]);
	} else {
		r->panic = report_keep(r, m->body);
		r->stage = STAGE_DIE; // a second CPU line and trace follow
		r->trace_seen = false;
	}
	touch(a, r, m);
	emit_explain(a->with.emit, m, match->rule, "goes on with a report", r->id);
}

// Does the report end in this panic? Older kernels panic on a warning before they print its trace:
// the trace behind the panic is the warning's, too.
static bool panics(const struct report *r, const struct rule *rule)
{
	return rule->end == END_PANIC && (rule->flags & RULE_CONSEQUENCE) &&
	       r->rule->end != END_PANIC;
}

// A report without trace, which the kernel ends in a warning or a BUG: that has the trace.
static bool retells(const struct report *r, const struct rule *rule)
{
	bool tells = strcmp(rule->class_name, "warn") == 0 || strcmp(rule->class_name, "bug") == 0;
	return (r->rule->flags & RULE_RETOLD) && rule->end == END_TRACE && tells &&
	       !(rule->flags & RULE_MEMBER) && r->in_trace == 0;
}

// Nothing tells whose the new header is, and the report has just spoken and has more to say: it may
// be another CPU that breaks in. Not into the report of a death: what follows that is its
// consequence; unless the death itself is yet to be told.
static bool speaks_on(const struct report *r, const struct message *m, const struct rule *rule,
		      int cpu)
{
	if (m->prefix.caller_kind || r->rule->end != END_TRACE)
		return false;
	if (r->fatal)
		return report_awaits_die(r) && !(rule->flags & RULE_FATAL);
	return cpu < 0 && r->cpu >= 0 && r->stage < STAGE_END && r->foreign == 0;
}

// Another CPU breaks into the trace of a panic, which goes on behind its header: what a dying kernel
// says is the panic's, the other report has its header.
static bool is_cut_into(const struct report *r, const struct message *m, const struct rule *rule)
{
	return !m->prefix.caller_kind && r->rule->end == END_PANIC && r->in_trace > 0 &&
	       r->stage < STAGE_END && r->foreign == 0 && rule->end == END_NATURAL;
}

// A new header ends the report of the same context, unless lines of it may still come.
static void end_before(struct assembler *a, struct report *r, const struct message *m,
		       const struct rule *rule, int cpu)
{
	bool keyed = m->prefix.caller_kind != 0;
	bool waiting = r->rule->end == END_TRACE && r->stage < STAGE_END && !keyed && r->cpu < 0;
	bool natural = r->rule->end == END_NATURAL && r->in_trace > 0;
	if (speaks_on(r, m, rule, cpu) || is_cut_into(r, m, rule))
		return;
	if (waiting && !natural && r->foreign == 0 && r->lines == 0)
		return;
	report_close(a, r, natural ? DETECT_CLOSE_NATURAL : DETECT_CLOSE_HEADER);
}

static void take_header(struct assembler *a, const struct message *m,
			const struct rule_match *match)
{
	struct cursor c = cursor_of(match->field[FIELD_CPU]);
	uint64_t value;
	int cpu = cursor_decimal(&c, &value) && value < INT16_MAX ? (int)value : -1;
	struct report *context = is_of_program(m) ? NULL : route_header(a, m, cpu);
	struct report *waiting = context && joins(context, match) ? context : NULL;
	bool rest = match->rule->flags & (RULE_MEMBER | RULE_HEADLESS);
	if (!waiting && rest && !m->prefix.caller_kind)
		waiting = awaits_die_line(a, match);
	if (waiting) {
		join(a, waiting, m, match);
		return;
	}
	uint32_t partner = 0;
	if (context && panics(context, match->rule)) {
		context->panic = report_keep(context, m->body);
		partner = context->in_trace ? 0 : context->id;
	} else if (context && retells(context, match->rule)) {
		partner = context->id;
		context->retold = true;
	}
	if ((match->rule->flags & RULE_AFTERMATH) && fold_after_death(a, m->at.line)) {
		emit_explain(a->with.emit, m, match->rule, "a task that the kernel killed", 0);
		return;
	}
	bool aside = match->rule->end == END_SINGLE; // one line says nothing about others
	if (context && !partner && !aside)
		end_before(a, context, m, match->rule, cpu);
	struct report *r = report_open(a, m, match, partner);
	emit_explain(a->with.emit, m, match->rule,
		     r ? (r->glued ? "header behind foreign text" : "header of a report")
		       : "an old report printed again",
		     r ? r->id : 0);
	if (r && match->rule->end == END_SINGLE)
		report_close(a, r, DETECT_CLOSE_MARKER);
	else if (r && is_of_program(
			  m)) // of its next lines none is taken, and the kernel's are not its own
		report_close(a, r, DETECT_CLOSE_FOREIGN);
}

// ---- markers ------------------------------------------------------------------------------------

static struct report *ending_report(struct assembler *a, const struct message *m, bool panic)
{
	struct report *best = NULL;
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if ((r->rule->end == END_PANIC) != panic)
			continue;
		if (r->caller_kind != m->prefix.caller_kind || r->caller != m->prefix.caller)
			continue;
		// Of several, the one that is furthest, then the one that spoke last.
		if (!best || r->stage > best->stage || (r->stage == best->stage && r == a->recent))
			best = r;
	}
	return best;
}

static void take_end(struct assembler *a, const struct message *m, const struct rule *rule,
		     bool panic)
{
	struct report *r = ending_report(a, m, panic);
	emit_explain(a->with.emit, m, rule, "end of a report", r ? r->id : 0);
	if (!r) {
		age(a, m);
		return;
	}
	touch(a, r, m);
	report_close(a, r, DETECT_CLOSE_MARKER);
}

static void take_ruler(struct assembler *a, const struct message *m, const struct rule *rule)
{
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (r->rule->end == END_RULER && r->lines >= RULER_LINES &&
		    route_same_caller(r, m)) {
			emit_explain(a->with.emit, m, rule, "end of a report", r->id);
			touch(a, r, m);
			report_close(a, r, DETECT_CLOSE_MARKER);
			return;
		}
	}
	if (a->recent && a->recent->lines < RULER_LINES && route_same_caller(a->recent, m)) {
		touch(a, a->recent, m); // the ruler below a lockdep headline
		return;
	}
	emit_explain(a->with.emit, m, rule, "a report may follow", 0);
	pending_start(a, m, true);
}

void assemble_message(struct assembler *a, const struct message *m, const struct rule_match *match)
{
	const struct rule *rule = match->rule;
	a->line_seq++;
	a->last_opened = 0;
	if (a->open)
		close_quiet(a, m);
	enum rule_role role = rule ? (enum rule_role)rule->role : RULE_ROLE_COUNT;
	if (is_of_program(m) && role != RULE_HEADER) // begins and ends nothing of the kernel's
		role = RULE_ROLE_COUNT;
	switch (role) {
	case RULE_HEADER:
		take_header(a, m, match);
		break;
	case RULE_CUT:
		emit_explain(a->with.emit, m, rule, "a report may follow", 0);
		pending_start(a, m, false);
		break;
	case RULE_RULER:
		take_ruler(a, m, rule);
		break;
	case RULE_END:
		take_end(a, m, rule, false);
		break;
	case RULE_END_PANIC:
		take_end(a, m, rule, true);
		break;
	case RULE_AHEAD:
		keep_ahead(a, m);
		take_member(a, m);
		break;
	case RULE_TRACE:
		take_trace(a, m, rule);
		break;
	default:
		if (a->open)
			take_member(a, m);
		break;
	}
}

// ---- from outside -------------------------------------------------------------------------------

void assemble_replay(struct assembler *a)
{
	for (struct report *r = NULL; (r = next_report(a, r));) {
		if (a->last_opened && r->id == a->last_opened) {
			// Printed once more in full: that print is the header.
			memset(a->prints, 0, sizeof(a->prints));
			report_void(a, r);
		}
	}
}

void assemble_dropped(struct assembler *a)
{
	for (struct report *r = NULL; (r = next_report(a, r));)
		r->damaged = true;
}

void assemble_close_all(struct assembler *a, enum detect_close why)
{
	for (;;) { // in the order of their headers
		struct report *oldest = NULL;
		for (struct report *r = NULL; (r = next_report(a, r));) {
			if (!oldest || r->id < oldest->id)
				oldest = r;
		}
		if (!oldest)
			break;
		close_unmarked(a, oldest, why);
	}
	for (size_t i = 0; i < PENDING_MAX; i++)
		pending_drop(a, &a->pendings[i]);
}

void assemble_new_attempt(struct assembler *a)
{
	assemble_close_all(a, DETECT_CLOSE_REBOOT);
	memset(a->roots, 0, sizeof(a->roots));
	memset(a->prints, 0, sizeof(a->prints));
	memset(a->repeats, 0, sizeof(a->repeats));
	a->in_attempt = 0;
	a->ahead.used = false;
}
