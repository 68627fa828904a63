// SPDX-License-Identifier: GPL-2.0-or-later
// Causes and consequences. A panic that a report brings about, and reports that appear because the
// kernel is already in a bad way, are folded into the first one: triage shows the root only.
#include "detect/assemble.h"

#include <string.h>

#include "detect/text.h"

#define NEAR_US     INT64_C(1000000)  // a cascade follows within a second
#define PANIC_US    INT64_C(10000000) // a panic may take longer (panic on hung task, on RCU stall)
#define NEAR_LINES  30                // the same in lines, where all stamps are alike (early boot)
#define BARE_LINES  6                 // and where there is no stamp at all
#define PANIC_LINES 60
#define LIST_LINES  2000 // the list of all tasks, where there is no stamp
#define DEATH_LINES 60   // until a shell says that its child was killed

static bool has_letter(struct detect_view taint, char letter)
{
	return taint.len && memchr(taint.ptr, letter, taint.len) != NULL;
}

static struct root *root_of(struct assembler *a, uint32_t id)
{
	for (size_t i = 0; i < ROOTS_MAX; i++)
		if (a->roots[i].id == id && id != 0)
			return &a->roots[i];
	return NULL;
}

void fold_remember(struct assembler *a, const struct report *r, uint64_t sig1, bool open)
{
	struct root *root = root_of(a, r->id);
	if (!root) {
		root = &a->roots[a->roots_next];
		a->roots_next = (uint8_t)((a->roots_next + 1) % ROOTS_MAX);
	}
	struct detect_view taint = report_view(r, r->taint);
	const struct root *top = r->folded_id ? root_of(a, r->folded_id) : NULL;
	bool spoiled = top && (top->fatal || top->spoiled);
	*root = (struct root){
	    .id = r->id,
	    .top_id = r->folded_id ? r->folded_id : r->id,
	    .line = r->header.line,
	    .top_line = r->folded_id ? r->folded_line : r->header.line,
	    .last_line = r->last.line,
	    .kernel_us = r->kernel_us,
	    .last_us = r->last_us,
	    .caller_kind = r->caller_kind,
	    .caller = r->caller,
	    .cpu = r->cpu,
	    .pid = r->pid,
	    .sig1 = sig1,
	    .class_name = r->class_name,
	    .severity = r->suspect ? 0 : r->severity,
	    .fatal = r->fatal,
	    .open = open,
	    .spoiled = spoiled,
	    .tainted_die = has_letter(taint, 'D'),
	    .tainted_warn = has_letter(taint, 'W'),
	};
}

static void fold_into(struct report *r, const struct root *root)
{
	r->folded_id = root->top_id;
	r->folded_line = root->top_line;
}

// The latest remembered report ahead of `r` that passes `test`.
static const struct root *latest(const struct assembler *a, const struct report *r,
				 bool (*test)(const struct root *, const struct report *))
{
	const struct root *best = NULL;
	for (size_t i = 0; i < ROOTS_MAX; i++) {
		const struct root *root = &a->roots[i];
		if (root->id == 0 || root->id >= r->id || root->severity < 2)
			continue;
		if ((!best || root->id > best->id) && test(root, r))
			best = root;
	}
	return best;
}

static int64_t time_between(const struct root *root, const struct report *r)
{
	int64_t gap = r->kernel_us - root->last_us;
	return gap < 0 ? 0 : gap;
}

static bool causes_panic(const struct root *root, const struct report *r)
{
	bool other_task =
	    root->caller_kind == 'T' && r->caller_kind == 'T' && root->caller != r->caller;
	if (other_task && !root->fatal)
		return false;
	if (root->open)
		return true;
	uint64_t lines = r->header.line - root->last_line;
	if (root->last_us < 0 || r->kernel_us < 0)
		return lines <= PANIC_LINES;
	return time_between(root, r) <= PANIC_US && (root->fatal || lines <= PANIC_LINES);
}

// One event in two reports of a class: memory is short, a task is killed for it.
static bool goes_on(const struct root *root, const struct report *r)
{
	if (strcmp(root->class_name, r->class_name) != 0)
		return false;
	bool stamped = root->last_us >= 0 && r->kernel_us >= 0;
	return stamped ? time_between(root, r) <= PANIC_US
		       : r->header.line - root->last_line <= LIST_LINES;
}

void fold_consequence(struct assembler *a, struct report *r)
{
	bool panic = r->rule->end == END_PANIC;
	const struct root *root = latest(a, r, panic ? causes_panic : goes_on);
	if (root)
		fold_into(r, root);
}

void fold_retold(struct assembler *a, struct report *r, uint32_t id)
{
	const struct root *root = root_of(a, id);
	if (root)
		fold_into(r, root);
}

bool fold_after_death(const struct assembler *a, uint64_t line)
{
	for (size_t i = 0; i < ROOTS_MAX; i++) {
		const struct root *root = &a->roots[i];
		bool near = root->id && line - root->last_line <= DEATH_LINES;
		if (near && (root->fatal || root->spoiled))
			return true;
	}
	return false;
}

static bool is_near(const struct root *root, const struct report *r)
{
	uint64_t lines = r->first.line > root->last_line ? r->first.line - root->last_line : 0;
	if (root->last_us < 0 || r->kernel_us < 0)
		return lines <= BARE_LINES;
	int64_t gap = time_between(root, r);
	return gap <= NEAR_US && (gap > 0 || lines <= NEAR_LINES);
}

static bool same_task(const struct root *root, const struct report *r)
{
	bool known = root->pid >= 0 && r->pid >= 0;
	return known && root->pid == r->pid && (r->pid != 0 || root->cpu == r->cpu);
}

// Did `root` put the taint on the kernel that `r` shows? A death spoils everything after it, a
// warning only what the same task does next.
static bool causes_cascade(const struct root *root, const struct report *r)
{
	struct detect_view taint = report_view(r, r->taint);
	if (!is_near(root, r) || root->open)
		return false;
	// A task that dies in a bad context is told off for it, before its CPU line says more.
	bool untold = r->release.len == 0 && strcmp(r->class_name, "atomic") == 0;
	if (untold && (root->spoiled || root->fatal))
		return r->header.line - root->last_line <= BARE_LINES;
	if (root->spoiled || (root->fatal && !root->tainted_die))
		return has_letter(taint, 'D');
	return !root->fatal && has_letter(taint, 'W') && !root->tainted_warn && same_task(root, r);
}

void fold_cascade(struct assembler *a, struct report *r)
{
	const struct root *own = root_of(a, r->id);
	const struct root *root = latest(a, r, causes_cascade);
	if (root && !(own && own->sig1 == root->sig1))
		fold_into(r, root);
}
