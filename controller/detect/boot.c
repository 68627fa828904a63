// SPDX-License-Identifier: GPL-2.0-or-later
#include "detect/boot.h"

#include <string.h>

#include "detect/text.h"

#define GARBAGE_BYTES   256   // fewer say nothing about a baud rate
#define GARBAGE_LOOK    16384 // bytes at the start of the stream that are looked at
#define GARBAGE_PERCENT 30
#define PROMPT_MAX      80
#define INFER_EARLY_US  1000000 // kernel time of a line ahead of which init was hardly started

void boot_init(struct boot *b, const struct boot_surroundings *with)
{
	*b = (struct boot){.latest_us = -1, .ended_us = -1, .with = *with};
}

void boot_bytes(struct boot *b, const char *bytes, size_t len)
{
	size_t room = b->bytes < GARBAGE_LOOK ? GARBAGE_LOOK - (size_t)b->bytes : 0;
	b->bytes += len;
	for (size_t i = 0; i < len && i < room; i++) {
		unsigned char c = (unsigned char)bytes[i];
		bool text = (c >= 0x20 && c < 0x7F) || (c >= '\a' && c <= '\r') || c == '\033';
		b->bad_bytes += !text;
	}
}

// ---- events -------------------------------------------------------------------------------------

static struct detect_boot snapshot(const struct boot *b, enum detect_boot_what what)
{
	return (struct detect_boot){
	    .what = what,
	    .state = b->state,
	    .attempt = b->attempt,
	    .boots = b->boots,
	    .at = b->last,
	    .t_ns = b->with.emit->now_ns,
	    .clean_shutdown = b->shutdown,
	    .splats = *b->with.serious,
	    .panic_id = b->panic_id,
	    .version = {b->version, b->version_len},
	};
}

static void emit_boot(struct boot *b, const struct detect_boot *boot)
{
	struct detect_event event = {.kind = DETECT_BOOT, .boot = *boot};
	emit_event(b->with.emit, &event);
}

static void enter(struct boot *b, enum detect_state state)
{
	if (state <= b->state)
		return;
	b->state = state;
	b->watch_text = state == DETECT_STATE_KERNEL || state == DETECT_STATE_USERSPACE ||
			b->shutdown || b->panic_id;
	struct detect_boot boot = snapshot(b, DETECT_BOOT_STATE);
	emit_boot(b, &boot);
}

// ---- outcome ------------------------------------------------------------------------------------

static bool garbled(const struct boot *b)
{
	uint64_t seen = b->bytes < GARBAGE_LOOK ? b->bytes : GARBAGE_LOOK;
	return b->state <= DETECT_STATE_FIRMWARE && seen >= GARBAGE_BYTES &&
	       b->bad_bytes * 100 > seen * GARBAGE_PERCENT;
}

static enum detect_outcome firmware_outcome(const struct boot *b, enum detect_end_reason reason)
{
	if (b->end_seen)
		return b->end_ok ? DETECT_OUTCOME_OK : DETECT_OUTCOME_TRUNCATED;
	return reason == DETECT_END_CLOSED ? DETECT_OUTCOME_TRUNCATED : DETECT_OUTCOME_HANG;
}

// What became of the attempt as it stands.
static enum detect_outcome attempt_outcome(const struct boot *b, enum detect_end_reason reason)
{
	static const enum detect_outcome stuck[] = {
	    [DETECT_STATE_OFF] = DETECT_OUTCOME_NO_OUTPUT,
	    [DETECT_STATE_FIRMWARE] = DETECT_OUTCOME_STUCK_FIRMWARE,
	    [DETECT_STATE_BOOTLOADER] = DETECT_OUTCOME_STUCK_BOOTLOADER,
	    [DETECT_STATE_HANDOVER] = DETECT_OUTCOME_NO_KERNEL_OUTPUT,
	    [DETECT_STATE_KERNEL_EARLY] = DETECT_OUTCOME_STUCK_KERNEL_EARLY,
	    [DETECT_STATE_KERNEL] = DETECT_OUTCOME_STUCK_KERNEL,
	    [DETECT_STATE_USERSPACE] = DETECT_OUTCOME_STUCK_USERSPACE,
	    [DETECT_STATE_READY] = DETECT_OUTCOME_OK,
	};
	if (b->panic_id)
		return DETECT_OUTCOME_PANIC;
	if (reason == DETECT_END_INTERRUPTED)
		return DETECT_OUTCOME_INTERRUPTED;
	if (b->firmware)
		return firmware_outcome(b, reason);
	if (garbled(b))
		return DETECT_OUTCOME_GARBAGE;
	if (b->shutdown && b->state >= DETECT_STATE_KERNEL)
		return DETECT_OUTCOME_OK;
	return stuck[b->state];
}

// The first that fits; docs/detect.md has this order.
static enum detect_outcome final_outcome(const struct boot *b, enum detect_end_reason reason)
{
	enum detect_outcome last = attempt_outcome(b, reason);
	bool failed = last != DETECT_OUTCOME_OK;
	// Where no kernel ever spoke, boot loaders that start over are what there is to tell.
	unsigned loaders = b->boots == 0 && failed ? b->loaders : 0;
	if (failed && b->restarts + loaders >= 2)
		return DETECT_OUTCOME_BOOT_LOOP;
	if (last == DETECT_OUTCOME_PANIC || b->any_panic_id)
		return DETECT_OUTCOME_PANIC;
	if (b->watchdog)
		return DETECT_OUTCOME_WATCHDOG;
	return b->resets || b->handovers || loaders ? DETECT_OUTCOME_RESET : last;
}

// ---- attempts -----------------------------------------------------------------------------------

static void start_attempt(struct boot *b)
{
	b->attempt++;
	b->state = DETECT_STATE_FIRMWARE;
	b->payload_seen = b->firmware = b->end_seen = b->end_ok = b->shutdown = false;
	b->replay = b->loader_seen = b->inferred = b->in_uboot = false;
	b->form_known = b->stamped = b->levelled = false;
	b->panic_id = 0;
	b->latest_us = b->ended_us = -1;
	b->marks_count = 0;
	b->watch_text = false;
}

// How the attempt that is over ended. `rule` showed that it is, NULL: the kernel's time did.
static bool count_restart(struct boot *b, const struct rule *rule)
{
	bool reset = b->payload_seen && !b->shutdown && !b->panic_id;
	bool silent = !b->payload_seen && !b->panic_id && !b->inferred;
	bool handover = silent && b->state == DETECT_STATE_HANDOVER;
	bool loader = silent && b->state < DETECT_STATE_HANDOVER;
	// Some firmware resets the board by itself on the way to the kernel.
	bool own = rule && (rule->flags & RULE_RESETS);
	b->resets += reset;
	b->restarts += reset || b->panic_id || (handover && (!own || b->boots > 0));
	b->handovers += handover && !own;
	// A first stage may be followed by another one of its kind: once.
	b->loaders += loader && !own && (b->loader_seen || b->stages++ > 0);
	return reset;
}

static void new_attempt(struct boot *b, const struct detect_place *at, const struct rule *rule)
{
	enum detect_outcome outcome = attempt_outcome(b, DETECT_END_DEADLINE);
	b->with.over(at, b->with.arg);
	struct detect_boot boot = snapshot(b, DETECT_BOOT_ATTEMPT);
	bool reset = count_restart(b, rule);
	boot.outcome = reset ? DETECT_OUTCOME_RESET : outcome;
	emit_boot(b, &boot);
	start_attempt(b);
	boot = snapshot(b, DETECT_BOOT_STATE);
	emit_boot(b, &boot);
}

static bool marked(const struct boot *b, const struct rule *rule)
{
	for (size_t i = 0; i < b->marks_count; i++)
		if (b->marks[i] == rule)
			return true;
	return false;
}

static void mark(struct boot *b, const struct rule *rule)
{
	if (b->marks_count < BOOT_MARKS && !marked(b, rule))
		b->marks[b->marks_count++] = rule;
}

// Does this mark of an early state begin a new attempt?
static bool begins_anew(const struct boot *b, const struct rule *rule)
{
	if (rule->state == DETECT_STATE_KERNEL_EARLY)
		return b->state >= DETECT_STATE_KERNEL || marked(b, rule);
	if (rule->state != DETECT_STATE_BOOTLOADER)
		return false;
	if (b->state >= DETECT_STATE_KERNEL_EARLY)
		return true;
	if (b->state == DETECT_STATE_HANDOVER)
		return rule->flags & (RULE_FIRST_STAGE | RULE_LOADER);
	return (rule->flags & RULE_FIRST_STAGE) && marked(b, rule);
}

static void keep_version(struct boot *b, struct detect_view text)
{
	b->version_len = (uint16_t)(text.len < BOOT_VERSION ? text.len : BOOT_VERSION);
	if (text.len) // an absent key has no pointer
		memcpy(b->version, text.ptr, b->version_len);
}

static void payload_started(struct boot *b, const struct message *m)
{
	if (!b->payload_seen)
		b->boots++;
	b->payload_seen = true;
	if (view_starts(m->body, VIEW("Linux version ")) || b->version_len == 0) {
		keep_version(b, m->body);
	}
}

bool boot_is_foreign(const struct boot *b, const struct message *m)
{
	const struct prefix *p = &m->prefix;
	if (!b->form_known || m->merged)
		return false;
	bool of_journal = b->stamped && p->kernel && p->kernel_us < 0 && p->level < 0;
	return of_journal || (!b->levelled && p->level >= 0);
}

// Where the kernel's lines have prefixes and it runs, a line without one is a program's: somebody looks
// at /proc/version. U-Boot says so when it starts something, and until then each line is its own.
static bool is_told_by_program(const struct boot *b, const struct message *m,
			       const struct rule *rule)
{
	if (rule->state != DETECT_STATE_KERNEL_EARLY || m->prefix.kernel)
		return false;
	bool runs = b->state >= DETECT_STATE_KERNEL && *b->with.prefixed >= PREFIXED_ENOUGH;
	return runs || b->in_uboot;
}

// Another loader, or what it started, speaks.
static void note_uboot(struct boot *b, const struct rule *rule)
{
	if (rule->state == DETECT_STATE_BOOTLOADER)
		b->in_uboot = strncmp(rule->id, "UBOOT", 5) == 0;
	else if (rule->state >= DETECT_STATE_HANDOVER)
		b->in_uboot = false;
}

static void note_form(struct boot *b, const struct message *m)
{
	if (b->form_known)
		return;
	b->form_known = true;
	b->stamped = m->prefix.kernel_us >= 0;
	b->levelled = m->prefix.level >= 0;
}

static void take_state(struct boot *b, const struct message *m, const struct rule *rule)
{
	if (is_told_by_program(b, m, rule))
		return;
	bool early = rule->state == DETECT_STATE_KERNEL_EARLY;
	bool ready = b->state == DETECT_STATE_READY && !b->shutdown && !b->panic_id;
	if (begins_anew(b, rule)) {
		if (early && ready && boot_time_fell(b, m->prefix.kernel_us)) {
			b->replay = true;
			b->replay_us = b->latest_us;
			return;
		}
		if (!b->replay || rule->state == DETECT_STATE_BOOTLOADER)
			new_attempt(b, &m->at, rule);
	}
	if (b->replay)
		return;
	mark(b, rule);
	note_uboot(b, rule);
	b->loader_seen |= (rule->flags & RULE_LOADER) != 0;
	if (early) {
		note_form(b, m);
		payload_started(b, m);
	}
	enter(b, (enum detect_state)rule->state);
}

// Whoever goes on had not come to its end: what looked like it was a print of another boot's log.
static void go_on(struct boot *b)
{
	if (!b->form_known || (!b->shutdown && !b->panic_id))
		return;
	if (b->any_panic_id == b->panic_id)
		b->any_panic_id = 0;
	b->shutdown = false;
	b->panic_id = 0;
	b->ended_us = -1;
	b->watch_text = b->state == DETECT_STATE_KERNEL || b->state == DETECT_STATE_USERSPACE;
	struct detect_boot boot = snapshot(b, DETECT_BOOT_GOES_ON);
	emit_boot(b, &boot);
}

static void take_shutdown(struct boot *b, const struct message *m)
{
	bool bare = b->stamped && !m->prefix.kernel && !m->merged;
	if (b->replay || bare || boot_is_foreign(b, m) || message_is_bare(m, *b->with.prefixed) ||
	    m->prefix.speaker == PREFIX_PROGRAM)
		return;
	b->shutdown = b->watch_text = true;
	b->ended_us = m->prefix.kernel_us;
}

void boot_rule(struct boot *b, const struct message *m, const struct rule *rule)
{
	switch (rule->role) {
	case RULE_STATE:
		take_state(b, m, rule);
		break;
	case RULE_SHUTDOWN:
		take_shutdown(b, m);
		break;
	case RULE_WATCHDOG:
		b->watchdog = true;
		break;
	default:
		break;
	}
}

// ---- any line -----------------------------------------------------------------------------------

static void take_time(struct boot *b, int64_t us)
{
	if (b->replay) {
		if (us + BOOT_JITTER_US >= b->replay_us) // it caught up: it was a print of the log
			b->replay = false;
		return;
	}
	bool running = b->state >= DETECT_STATE_KERNEL_EARLY && b->state < DETECT_STATE_READY &&
		       !b->inferred; // or the log is made of excerpts
	if (boot_time_fell(b, us) && us < 1000000 && running)
		new_attempt(b, &b->last, NULL);
	else if (boot_goes_on(b, us))
		go_on(b);
	if (us > b->latest_us)
		b->latest_us = us;
}

// "root@board:~# ", "/ # ", "[root@board ~]# ", "sh-5.2# ": a head without blanks but one ahead of
// the sign, and the sign. What is typed behind it changes nothing. Of an unfinished line the blank
// behind the sign must be there, or the line may yet turn out to be another.
static bool is_shell_prompt(struct detect_view text, bool finished)
{
	size_t sign = 0;
	while (sign < text.len && sign < PROMPT_MAX && text.ptr[sign] != '#' &&
	       text.ptr[sign] != '$')
		sign++;
	if (sign == 0 || sign >= text.len || sign == PROMPT_MAX)
		return false;
	bool blank = sign + 1 < text.len && text.ptr[sign + 1] == ' ';
	bool last = sign + 1 == text.len && finished;
	if (!blank && !last)
		return false;
	struct detect_view head = {text.ptr, sign};
	bool bracket = head.ptr[0] == '[' && head.ptr[sign - 1] == ']';
	head = view_trim(head);
	if (head.len == 0 || (!bracket && view_has(head, VIEW(" "))))
		return false;
	return bracket || head.ptr[0] == '/' || head.ptr[0] == '~' || view_has(head, VIEW("@")) ||
	       view_has(head, VIEW(":/")) || view_has(head, VIEW(":~")) ||
	       view_has(head, VIEW("sh-"));
}

// " login: " anywhere, or the line ends in " login:". Looks at the colons only: there are few.
static bool asks_for_login(struct detect_view text, bool finished)
{
	for (size_t at = 0; at < text.len; at++) {
		const char *colon = memchr(text.ptr + at, ':', text.len - at);
		if (!colon)
			return false;
		at = (size_t)(colon - text.ptr);
		bool ends = at + 1 == text.len ? finished : text.ptr[at + 1] == ' ';
		if (ends && view_ends((struct detect_view){text.ptr, at}, VIEW(" login")))
			return true;
	}
	return false;
}

static bool is_prompt(struct detect_view text, bool finished)
{
	return asks_for_login(text, finished) || is_shell_prompt(text, finished);
}

void boot_prompt(struct boot *b, struct detect_view text, bool finished)
{
	if (!is_prompt(text, finished))
		return;
	go_on(b);
	enter(b, DETECT_STATE_READY);
}

void boot_text(struct boot *b, struct detect_view text)
{
	bool excerpt = b->inferred;              // has loose lines of any kind
	bool ended = b->shutdown || b->panic_id; // then firmware may speak
	boot_prompt(b, text, true);
	if (view_trim(text).len && !excerpt && !ended)
		enter(b, DETECT_STATE_USERSPACE);
}

void boot_kernel_line(struct boot *b, int64_t kernel_us)
{
	b->inferred = true;
	enter(b, kernel_us >= 0 && kernel_us < INFER_EARLY_US ? DETECT_STATE_KERNEL_EARLY
							      : DETECT_STATE_KERNEL);
}

void boot_begin(struct boot *b)
{
	if (b->attempt == 0)
		b->last = (struct detect_place){.line = 1};
	b->begun = true;
	bool in_uboot = b->in_uboot; // behind a hand-over it still speaks
	start_attempt(b);
	b->in_uboot = in_uboot;
	struct detect_boot boot = snapshot(b, DETECT_BOOT_STATE);
	emit_boot(b, &boot);
}

void boot_hand_over(struct boot *b)
{
	*b = (struct boot){.latest_us = -1,
			   .ended_us = -1,
			   .attempt = b->attempt,
			   .last = b->last,
			   .in_uboot = b->in_uboot,
			   .with = b->with};
}

// No program runs before init is started: all that the kernel prints until then shows how its lines look.
static void learn_level(struct boot *b, const struct message *m)
{
	if (m->prefix.kernel && m->prefix.level >= 0 && b->form_known &&
	    b->state < DETECT_STATE_KERNEL)
		b->levelled = true;
}

void boot_line(struct boot *b, const struct message *m)
{
	const struct detect_place *at = &m->at;
	int64_t kernel_us = m->prefix.kernel_us;
	learn_level(b, m);
	b->last = *at;
	if (kernel_us >= 0)
		take_time(b, kernel_us);
}

void boot_record(struct boot *b, const struct detect_record *record)
{
	if (view_equal(record->kind, VIEW("hello")) && record->checksum_ok) {
		if (b->payload_seen)
			new_attempt(b, &record->at, NULL);
		b->firmware = b->payload_seen = true;
		b->boots++;
		keep_version(b, detect_record_get(record, "build"));
		enter(b, DETECT_STATE_KERNEL_EARLY);
	} else if (view_equal(record->kind, VIEW("end")) && b->firmware) {
		b->end_seen = true;
		b->end_ok = record->stream_ok;
		enter(b, DETECT_STATE_READY);
	}
}

void boot_panic(struct boot *b, uint32_t id, int64_t kernel_us)
{
	b->panic_id = id;
	b->any_panic_id = id;
	b->ended_us = kernel_us;
	b->watch_text = true;
}

void boot_end(struct boot *b, enum detect_end_reason reason, bool mid_line)
{
	if (b->replay) { // the log never caught up: the board did start over
		b->replay = false;
		new_attempt(b, &b->last, NULL);
	}
	struct detect_boot boot;
	if (b->begun) {
		boot = snapshot(b, DETECT_BOOT_ATTEMPT);
		boot.outcome = attempt_outcome(b, reason);
		boot.mid_line = mid_line;
		emit_boot(b, &boot);
	}
	boot = snapshot(b, DETECT_BOOT_FINAL);
	boot.outcome = final_outcome(b, reason);
	boot.mid_line = mid_line;
	boot.panic_id = b->any_panic_id;
	emit_boot(b, &boot);
}
