// SPDX-License-Identifier: GPL-2.0-or-later
// Findings as JSON lines. The first keys of each object are a contract, see docs/detect.md.
#include <jansson.h>
#include <string.h>

#include "results/scan/scan.h"
#include "text/json_text.h"

static json_t *text(struct detect_view v)
{
	return json_text(v.ptr ? v.ptr : "", v.len);
}

static void set(json_t *o, const char *key, json_t *value)
{
	json_object_set_new(o, key, value);
}

static void set_text(json_t *o, const char *key, struct detect_view v)
{
	if (v.len)
		set(o, key, text(v));
}

static void set_flag(json_t *o, const char *key, bool flag)
{
	if (flag)
		set(o, key, json_true());
}

static json_t *hex(uint64_t value)
{
	return json_sprintf("%016llx", (unsigned long long)value);
}

static json_t *start(const char *file, const char *event)
{
	json_t *o = json_object();
	set(o, "file", text((struct detect_view){file, strlen(file)}));
	set(o, "event", json_string(event));
	return o;
}

static void finish(struct buffer *out, json_t *o)
{
	char *line = json_dumps(o, JSON_COMPACT);
	if (line) {
		buffer_append_str(out, line);
		buffer_append_str(out, "\n");
	}
	free(line);
	json_decref(o);
}

static void add_fault(json_t *o, const struct detect_splat *s)
{
	if (s->esr_known) {
		set(o, "esr", hex(s->esr));
		set(o, "ec", json_integer(s->ec));
		set(o, "ec_text", json_string(detect_class_of_exception(s->ec)));
	}
	if (s->fsc_known) {
		set(o, "fsc", json_integer(s->fsc));
		set(o, "fsc_text", json_string(detect_fault_status(s->fsc)));
		set_flag(o, "fault_write", s->fault_write);
	}
	if (s->far_known)
		set(o, "far", hex(s->far));
	set_flag(o, "bbm_violation", s->bbm_violation);
	if (!s->walk.present || !s->walk.levels)
		return;
	const struct detect_walk *w = &s->walk;
	const char *kind = !w->valid ? "invalid" : w->block ? "block" : w->page ? "page" : "table";
	json_t *leaf = json_pack("{s:s, s:s, s:o, s:i}", "level", w->leaf_name, "kind", kind,
				 "value", hex(w->leaf), "levels", (int)w->levels);
	if (w->block || w->page) {
		set(leaf, "address", hex(w->address));
		set(leaf, "attr_index", json_integer(w->attr_index));
	}
	set_flag(leaf, "contiguous", w->contiguous);
	set_flag(leaf, "read_only", w->read_only);
	set_flag(leaf, "user", w->user);
	set_flag(leaf, "accessed", w->accessed);
	set_flag(leaf, "not_global", w->not_global);
	set_flag(leaf, "pxn", w->pxn);
	set_flag(leaf, "uxn", w->uxn);
	set_flag(leaf, "dbm", w->dirty_bit_modifier);
	set(o, "leaf", leaf);
}

static void add_context(json_t *o, const struct detect_splat *s)
{
	set_text(o, "source", s->file);
	set_text(o, "message", s->message);
	set_text(o, "comm", s->comm);
	if (s->cpu >= 0)
		set(o, "cpu", json_integer(s->cpu));
	if (s->pid >= 0)
		set(o, "pid", json_integer((json_int_t)s->pid));
	set_text(o, "taint", s->taint);
	set_text(o, "release", s->release);
	set_text(o, "hardware", s->hardware);
	set_text(o, "during_test", s->during_test);
	set_text(o, "panic", s->panic);
	if (s->repeat)
		set(o, "repeat", json_integer(s->repeat));
	set_flag(o, "damaged", s->damaged);
	set_flag(o, "mixed", s->mixed);
	set_flag(o, "glued", s->glued);
	set_flag(o, "truncated", s->truncated);
	set_flag(o, "suspect", s->suspect);
}

static void add_frames(json_t *o, const struct detect_splat *s)
{
	if (s->storm || s->frames_count == 0)
		return;
	json_t *frames = json_array();
	for (size_t i = 0; i < s->frames_count; i++)
		json_array_append_new(frames, text(s->frames[i].symbol));
	set(o, "frames", frames);
}

void scan_json_splat(struct buffer *out, const char *file, const struct detect_splat *s)
{
	json_t *o = start(file, "splat");
	set(o, "line", json_integer((json_int_t)s->header.line));
	set(o, "class", json_string(s->class_name));
	set(o, "sub", json_string(s->sub));
	set(o, "func", text(s->func));
	set(o, "title", text(s->title));
	set(o, "sig1", hex(s->sig1));
	set(o, "sig2", hex(s->sig2));
	set(o, "sig3", hex(s->sig3));
	set(o, "complete", json_boolean(s->complete));
	set(o, "severity", json_integer(s->severity));
	set(o, "fatal", json_boolean(s->fatal));
	if (s->folded_into)
		set(o, "folded_into", json_integer((json_int_t)s->folded_into));
	set(o, "rules_version", json_integer(s->rules_version));
	set(o, "line_last", json_integer((json_int_t)s->last.line));
	set(o, "end", json_string(detect_close_name(s->close)));
	add_context(o, s);
	add_fault(o, s);
	add_frames(o, s);
	finish(out, o);
}

void scan_json_test(struct buffer *out, const char *file, const struct detect_test *t)
{
	json_t *o = start(file, "test");
	set(o, "line", json_integer((json_int_t)t->at.line));
	set(o, "result", json_string(detect_test_result_name(t->result)));
	set(o, "path", text(t->path));
	set_text(o, "diagnostic", t->diagnostic);
	finish(out, o);
}

void scan_json_boot(struct buffer *out, const char *file, const struct detect_boot *b)
{
	json_t *o = start(file, "boot");
	set(o, "outcome", json_string(detect_outcome_name(b->outcome)));
	set(o, "boots", json_integer(b->boots));
	set(o, "state", json_string(detect_state_name(b->state)));
	set_flag(o, "mid_line", b->mid_line);
	set_text(o, "version", b->version);
	finish(out, o);
}
