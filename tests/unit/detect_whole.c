// SPDX-License-Identifier: GPL-2.0-or-later
// All that is found in the logs of the tree, each field of each event: a change of the detector shows
// here, wanted or not. tests/data/detect/whole.txt was written by the detector. Its prefixes, faults,
// locks, panics and traces were read against the logs; the rest only says that nothing changed. After
// a change of the rules, read what changed:
//     DETECT_WHOLE=/tmp/whole.txt build/san/tests/unit/detect_whole; diff tests/data/detect/whole.txt /tmp/whole.txt
#include "unit/unit.h"

#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/file.h"
#include "detect/detect.h"

#define VIEW_ARGS(v) (int)(v).len, (v).ptr ? (v).ptr : ""

struct rendering {
	struct buffer *out;
	bool lines; // also where each line's message begins
};

static void put_view(struct buffer *out, const char *name, struct detect_view v)
{
	if (v.len)
		buffer_printf(out, " %s=\"%.*s\"", name, VIEW_ARGS(v));
}

static void put_flag(struct buffer *out, const char *name, bool set)
{
	if (set)
		buffer_printf(out, " %s", name);
}

static void put_walk(struct buffer *out, const struct detect_walk *w)
{
	if (!w->present)
		return;
	buffer_printf(out, "   walk %" PRIx64 " %.4s=%" PRIx64, w->va, w->leaf_name, w->leaf);
	for (unsigned i = 0; i < w->levels; i++)
		buffer_printf(out, " %" PRIx64, w->entry[i]);
	put_flag(out, "valid", w->valid);
	put_flag(out, "block", w->block);
	put_flag(out, "page", w->page);
	put_flag(out, "table", w->table);
	put_flag(out, "contiguous", w->contiguous);
	put_flag(out, "ng", w->not_global);
	put_flag(out, "af", w->accessed);
	put_flag(out, "ro", w->read_only);
	put_flag(out, "user", w->user);
	put_flag(out, "pxn", w->pxn);
	put_flag(out, "uxn", w->uxn);
	put_flag(out, "dbm", w->dirty_bit_modifier);
	buffer_printf(out, " attr%u %" PRIx64 "\n", w->attr_index, w->address);
}

static void put_place(struct buffer *out, const char *name, struct detect_place at)
{
	buffer_printf(out, " %s=%" PRIu64 ":%" PRIu64 "-%" PRIu64, name, at.line, at.byte, at.end);
}

static void put_fault(struct buffer *out, const struct detect_splat *s)
{
	if (s->esr_known)
		buffer_printf(out, " esr=%" PRIx64 " ec=%x", s->esr, s->ec);
	if (s->fsc_known)
		buffer_printf(out, " fsc=%x", s->fsc);
	if (s->far_known)
		buffer_printf(out, " far=%" PRIx64, s->far);
	put_flag(out, "write", s->fault_write);
	put_flag(out, "bbm", s->bbm_violation);
}

static void put_splat(struct buffer *out, const char *what, const struct detect_splat *s)
{
	buffer_printf(out, "%s %" PRIu32 " %s.%s sev%d", what, s->id, s->class_name, s->sub,
		      s->severity);
	put_place(out, "header", s->header);
	put_place(out, "first", s->first);
	put_place(out, "last", s->last);
	buffer_printf(out, "\n  ");
	put_view(out, "rule", s->rule);
	put_view(out, "func", s->func);
	put_view(out, "file", s->file);
	put_view(out, "title", s->title);
	put_view(out, "message", s->message);
	put_view(out, "panic", s->panic);
	buffer_printf(out, "\n   attempt=%u us=%" PRId64 " cpu=%d pid=%" PRId64, s->attempt,
		      s->kernel_us, s->cpu, s->pid);
	put_view(out, "comm", s->comm);
	put_view(out, "taint", s->taint);
	put_view(out, "release", s->release);
	put_view(out, "hardware", s->hardware);
	put_view(out, "workqueue", s->workqueue);
	put_view(out, "pc", s->pc);
	put_view(out, "lr", s->lr);
	put_view(out, "test", s->during_test);
	put_fault(out, s);
	put_flag(out, "fatal", s->fatal);
	put_flag(out, "damaged", s->damaged);
	put_flag(out, "mixed", s->mixed);
	put_flag(out, "glued", s->glued);
	put_flag(out, "truncated", s->truncated);
	put_flag(out, "suspect", s->suspect);
	if (s->folded_into)
		buffer_printf(out, " folded=%" PRIu64 "#%" PRIu32, s->folded_into, s->folded_id);
	buffer_append_str(out, "\n");
}

static void put_close(struct buffer *out, const struct detect_splat *s)
{
	put_splat(out, "close", s);
	buffer_printf(out, "   by=%s repeat=%" PRIu32, detect_close_name(s->close), s->repeat);
	put_flag(out, "complete", s->complete);
	put_flag(out, "storm", s->storm);
	buffer_append_str(out, "\n");
	put_walk(out, &s->walk);
	for (size_t i = 0; i < s->frames_count; i++) {
		const struct detect_frame *f = &s->frames[i];
		buffer_printf(out, "   %.*s+%x/%x", VIEW_ARGS(f->symbol), f->offset, f->size);
		put_view(out, "module", f->module);
		put_flag(out, "pc", f->from_pc);
		put_flag(out, "skipped", f->skipped);
		buffer_append_str(out, "\n");
	}
}

static void put_boot(struct buffer *out, const struct detect_boot *b)
{
	static const char *const names[] = {"state", "attempt", "goes_on", "final"};
	buffer_printf(out, "boot %s %s %s attempt=%u boots=%u splats=%" PRIu32 " panic=%" PRIu32,
		      names[b->what], detect_state_name(b->state), detect_outcome_name(b->outcome),
		      b->attempt, b->boots, b->splats, b->panic_id);
	put_place(out, "at", b->at);
	put_flag(out, "mid_line", b->mid_line);
	put_flag(out, "clean", b->clean_shutdown);
	put_view(out, "version", b->version);
	buffer_append_str(out, "\n");
}

static void put_record(struct buffer *out, const struct detect_record *r)
{
	buffer_printf(out, "record %.*s", VIEW_ARGS(r->kind));
	for (size_t i = 0; i < r->pairs_count; i++)
		buffer_printf(out, " %.*s=%.*s", VIEW_ARGS(r->pairs[i].key),
			      VIEW_ARGS(r->pairs[i].value));
	buffer_printf(out,
		      " | has_q=%d q=%" PRIu32 " sum=%d sequence=%d missing=%" PRIu32
		      " stream=%d crc=%08" PRIx32 "\n",
		      r->has_q, r->q, r->checksum_ok, r->sequence_ok, r->missing, r->stream_ok,
		      r->crc);
}

static void put_test(struct buffer *out, const struct detect_test *t)
{
	buffer_printf(out,
		      "test %d %s path=\"%.*s\" name=\"%.*s\" number=%" PRIu32 " planned=%" PRIu32
		      " depth=%u",
		      (int)t->format, detect_test_result_name(t->result), VIEW_ARGS(t->path),
		      VIEW_ARGS(t->name), t->number, t->planned, t->depth);
	put_view(out, "diagnostic", t->diagnostic);
	put_place(out, "at", t->at);
	buffer_append_str(out, "\n");
}

static void put_line(struct buffer *out, const struct detect_line *l)
{
	buffer_printf(out, "line %" PRIu64 " +%zu level=%d us=%" PRId64, l->at.line, l->message,
		      l->level, l->kernel_us);
	if (l->caller_kind)
		buffer_printf(out, " %c%" PRIu32, l->caller_kind, l->caller);
	put_flag(out, "partial", l->partial);
	put_flag(out, "truncated", l->truncated);
	buffer_printf(out, " |%.*s|%.*s\n", (int)l->message, l->text.ptr,
		      (int)(l->text.len - l->message), l->text.ptr + l->message);
}

static void on_event(const struct detect_event *event, void *arg)
{
	const struct rendering *r = arg;
	switch (event->kind) {
	case DETECT_LINE:
		if (r->lines)
			put_line(r->out, &event->line);
		break;
	case DETECT_SPLAT_OPEN:
		put_splat(r->out, "open", &event->splat);
		break;
	case DETECT_SPLAT_CLOSE:
		put_close(r->out, &event->splat);
		break;
	case DETECT_SPLAT_VOID:
		buffer_printf(r->out, "void %" PRIu32 "\n", event->splat.id);
		break;
	case DETECT_BOOT:
		put_boot(r->out, &event->boot);
		break;
	case DETECT_RECORD:
		put_record(r->out, &event->record);
		break;
	case DETECT_TEST:
		put_test(r->out, &event->test);
		break;
	case DETECT_NOTE:
		buffer_printf(r->out, "note %d count=%" PRIu64 " |%.*s|", (int)event->note.kind,
			      event->note.count, VIEW_ARGS(event->note.text));
		put_place(r->out, "at", event->note.at);
		buffer_append_str(r->out, "\n");
		break;
	case DETECT_EXPLAIN:
		buffer_printf(r->out, "explain %" PRIu64 " %s #%" PRIu32, event->explain.at.line,
			      event->explain.what, event->explain.splat);
		put_view(r->out, "rule", event->explain.rule);
		buffer_append_str(r->out, "\n");
		break;
	}
}

static void render(const char *path, bool crafted, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer log = {0};
	CLEANUP_DETECT struct detect *d = NULL;
	const struct detect_config config = {
	    .mask = crafted ? DETECT_MASK_ALL | DETECT_MASK(DETECT_EXPLAIN)
			    : DETECT_MASK_ALL & ~DETECT_MASK(DETECT_LINE)};
	struct rendering r = {.out = out, .lines = crafted};
	struct error *e = file_read(path, 1 << 22, ERROR_SYSTEM, &log);
	assert_null(e);
	e = detect_new(&config, &d);
	assert_null(e);
	buffer_printf(out, "=== %s\n", path);
	detect_feed(d, log.data, log.len, 0, on_event, &r);
	detect_end(d, DETECT_END_CLOSED, on_event, &r);
}

static void render_all(const char *pattern, bool crafted, struct buffer *out)
{
	glob_t found = {0};
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		render(found.gl_pathv[i], crafted, out);
	globfree(&found);
}

static void each_field_of_each_finding_is_as_it_was_read(void **state)
{
	(void)state;
	CLEANUP_BUFFER struct buffer found = {0}, wanted = {0};
	render_all("tests/data/detect/logs/*.log", true, &found);
	render_all("tests/data/splats/*/*.log", false, &found);
	const char *keep = getenv("DETECT_WHOLE");
	if (keep) {
		FILE *f = fopen(keep, "w");
		assert_non_null(f);
		fwrite(found.data, 1, found.len, f);
		fclose(f);
	}
	struct error *e = file_read("tests/data/detect/whole.txt", 1 << 24, ERROR_SYSTEM, &wanted);
	assert_null(e);
	const char *a = buffer_str(&wanted), *b = buffer_str(&found);
	for (unsigned line = 1; *a || *b; line++) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");
		if (n != m || memcmp(a, b, n) != 0)
			fail_msg("whole.txt:%u: wanted\n%.*s\nfound\n%.*s", line, (int)n, a, (int)m,
				 b);
		a += n + (a[n] != 0);
		b += m + (b[m] != 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_field_of_each_finding_is_as_it_was_read),
	};
	return cmocka_run_group_tests_name("detect/whole", tests, NULL, NULL);
}
