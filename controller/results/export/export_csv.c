// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <math.h>

#include "results/export/export.h"
#include "text/json_writer.h"
#include "text/csv.h"

static void put_text(struct buffer *out, const char *s)
{
	buffer_append(out, ",", 1);
	if (s)
		csv_field(s, out);
}

static void put_number(struct buffer *out, double v)
{
	buffer_append(out, ",", 1);
	if (!isfinite(v))
		return;
	CLEANUP_JSON_WRITER struct json_writer w;
	json_writer_init(&w, NULL);
	json_put_double(&w, NULL, v);
	buffer_append(out, buffer_str(&w.text), w.text.len);
}

// What a result of the run begins with.
static void put_run(struct buffer *out, const struct run *r, const char *kind, const char *path,
		    enum status s)
{
	buffer_append_str(out, kind);
	put_text(out, r->batch);
	put_text(out, r->id);
	put_text(out, r->start_time);
	put_text(out, r->job);
	put_text(out, r->variant);
	put_text(out, r->board->name);
	put_text(out, r->board->type);
	put_text(out, r->board->pool);
	put_text(out, r->cpus_count > 0 ? r->cpus[0].midr : NULL);
	put_text(out, path);
	put_text(out, status_name(s));
}

static void put_metric(struct buffer *out, const struct metric *m)
{
	put_number(out, m->value);
	put_text(out, m->unit);
	buffer_append(out, ",", 1);
	if (m->n != MODEL_UNKNOWN)
		buffer_printf(out, "%" PRId64, m->n);
	put_number(out, m->min);
	put_number(out, m->p90);
	put_number(out, m->max);
	put_number(out, m->mad);
}

void export_csv(const struct batch_results *b, struct buffer *out)
{
	static const char no_metric[] = ",,,,,,";
	buffer_append_str(out,
			  "kind,batch,run,start_time,job,variant,board,board_type,pool,midr,"
			  "path,status,comment,duration,value,unit,samples,min,p90,max,mad\r\n");
	for (size_t i = 0; i < b->runs_count; i++) {
		const struct run *r = b->runs[i];
		put_run(out, r, "run", "boot", r->verdict);
		put_text(out, r->reason);
		put_number(out, r->duration);
		buffer_printf(out, ",%s\r\n", no_metric);
		for (size_t t = 0; t < r->tests_count; t++) {
			put_run(out, r, "test", r->tests[t].path, r->tests[t].status);
			put_text(out, r->tests[t].comment);
			buffer_printf(out, ",,%s\r\n", no_metric);
		}
		for (size_t m = 0; m < r->metrics_count; m++) {
			const struct metric *x = &r->metrics[m];
			put_run(out, r, "metric", x->path,
				x->status == STATUS_NONE ? STATUS_DONE : x->status);
			put_text(out, x->comment);
			buffer_append(out, ",", 1);
			put_metric(out, x);
			buffer_append_str(out, "\r\n");
		}
	}
}
