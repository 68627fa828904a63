// SPDX-License-Identifier: GPL-2.0-or-later
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "results/export/export.h"
#include "text/format.h"
#include "text/xml.h"

struct counts {
	size_t tests, failures, errors, skipped;
};

static void count(struct counts *c, enum status s, enum status expected)
{
	c->tests++;
	if (s == expected)
		return;
	c->failures += s == STATUS_FAIL;
	c->errors += s == STATUS_ERROR || s == STATUS_MISS;
	c->skipped += s == STATUS_SKIP;
}

static enum status metric_status(const struct metric *m)
{
	return m->status == STATUS_NONE ? STATUS_DONE : m->status;
}

// One that was made again says nothing; its repetition does.
static enum status run_status(const struct run *r)
{
	return r->repeated ? STATUS_SKIP : r->verdict;
}

static struct counts count_run(const struct run *r)
{
	struct counts c = {0};
	count(&c, run_status(r), STATUS_NONE);
	for (size_t i = 0; i < r->tests_count; i++)
		count(&c, r->tests[i].status, r->tests[i].expected);
	for (size_t i = 0; i < r->metrics_count; i++)
		count(&c, metric_status(&r->metrics[i]), STATUS_NONE);
	return c;
}

static void put_attribute(struct buffer *out, const char *name, const char *value)
{
	buffer_printf(out, " %s=\"", name);
	xml_escape(value, out);
	buffer_append(out, "\"", 1);
}

// Jenkins' schema takes three decimals at most. What a metric measured stands among the properties.
static void put_seconds(struct buffer *out, double seconds)
{
	buffer_printf(out, " time=\"%.3f\"", isfinite(seconds) && seconds > 0 ? seconds : 0.0);
}

// The schema's timestamp has no zone; ours are UTC.
static void put_timestamp(struct buffer *out, const char *rfc3339)
{
	buffer_printf(out, " timestamp=\"%.19s\"", rfc3339);
}

// <testcase> with what went wrong inside; `detail` may be NULL.
static void put_case(struct buffer *out, const char *class, const char *name, double seconds,
		     enum status s, const char *message, const char *detail)
{
	buffer_append_str(out, "<testcase");
	put_attribute(out, "classname", class);
	put_attribute(out, "name", name);
	put_seconds(out, seconds);
	const char *element = s == STATUS_FAIL                        ? "failure"
			      : s == STATUS_ERROR || s == STATUS_MISS ? "error"
			      : s == STATUS_SKIP                      ? "skipped"
								      : NULL;
	if (!element) {
		buffer_append_str(out, "/>\n");
		return;
	}
	buffer_printf(out, "><%s", element);
	if (s == STATUS_SKIP) {
		buffer_append_str(out, "/></testcase>\n");
		return;
	}
	put_attribute(out, "message", message ? message : "");
	put_attribute(out, "type", status_name(s));
	buffer_append(out, ">", 1);
	if (detail)
		xml_escape(detail, out);
	buffer_printf(out, "</%s></testcase>\n", element);
}

static void put_property(struct buffer *out, const char *name, const char *value)
{
	if (!value || !value[0])
		return;
	buffer_append_str(out, "<property");
	put_attribute(out, "name", name);
	put_attribute(out, "value", value);
	buffer_append_str(out, "/>\n");
}

static void put_metric_properties(struct buffer *out, const struct run *r)
{
	for (size_t i = 0; i < r->metrics_count; i++) {
		const struct metric *m = &r->metrics[i];
		CLEANUP_FREE char *name = memory_printf("metric.%s", m->path);
		CLEANUP_FREE char *value =
		    memory_printf("%.9g%s%s", m->value, m->unit ? " " : "", m->unit ? m->unit : "");
		put_property(out, name, value);
	}
}

static void put_properties(struct buffer *out, const struct batch_record *b, const struct run *r)
{
	buffer_append_str(out, "<properties>\n");
	put_property(out, "run", r->id);
	put_property(out, "batch", b->id);
	put_property(out, "job", r->job);
	put_property(out, "variant", r->variant);
	put_property(out, "board", r->board->name);
	put_property(out, "board_type", r->board->type);
	put_property(out, "pool", r->board->pool);
	put_property(out, "midr", r->cpus_count > 0 ? r->cpus[0].midr : NULL);
	put_property(out, "payload", r->payload->name);
	put_property(out, "payload_sha256", r->payload->sha256);
	put_property(out, "commit", b->checkout ? b->checkout->git_commit_hash : NULL);
	put_metric_properties(out, r);
	buffer_append_str(out, "</properties>\n");
}

// The text of the run's splats, or its error's message.
static void boot_detail(const struct run *r, struct buffer *out)
{
	for (size_t i = 0; i < r->findings_count; i++)
		if (finding_is_root(&r->findings[i]) && r->findings[i].excerpt)
			buffer_printf(out, "%s\n", r->findings[i].excerpt);
	if (out->len == 0 && r->error && r->error->message)
		buffer_append_str(out, r->error->message);
}

// A point within a name is written as the '~' that no name holds: else names that hold points fall
// together.
static void put_class(const struct run *r, struct buffer *out)
{
	const char *const names[] = {r->job, r->variant, r->board->name};
	for (size_t i = 0; i < 3; i++) {
		buffer_append_str(out, i ? "." : "");
		for (const char *c = names[i]; *c; c++)
			buffer_append(out, *c == '.' ? "~" : c, 1);
	}
}

static void put_run(struct buffer *out, const struct batch_record *b, const struct run *r,
		    size_t id)
{
	struct counts c = count_run(r);
	CLEANUP_BUFFER struct buffer class = {0}, detail = {0};
	put_class(r, &class);
	boot_detail(r, &detail);
	buffer_append_str(out, "<testsuite");
	put_attribute(out, "name", r->id);
	put_attribute(out, "package", r->job);
	buffer_printf(out, " id=\"%zu\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"", id, c.tests,
		      c.failures, c.errors);
	buffer_printf(out, " skipped=\"%zu\"", c.skipped);
	put_timestamp(out, r->start_time);
	put_attribute(out, "hostname", b->lab && b->lab[0] ? b->lab : "localhost");
	put_seconds(out, r->duration);
	buffer_append_str(out, ">\n");
	put_properties(out, b, r);
	put_case(out, buffer_str(&class), "boot", r->duration, run_status(r), r->reason,
		 buffer_str(&detail));
	for (size_t i = 0; i < r->tests_count; i++) {
		const struct test *t = &r->tests[i];
		put_case(out, buffer_str(&class), t->path, 0,
			 t->status == t->expected ? STATUS_PASS : t->status, t->comment, NULL);
	}
	for (size_t i = 0; i < r->metrics_count; i++) {
		const struct metric *m = &r->metrics[i];
		// A metric in seconds is how long something took; others have no place here.
		bool time = m->unit && strcmp(m->unit, "s") == 0;
		put_case(out, buffer_str(&class), m->path, time ? m->value : 0, metric_status(m),
			 m->comment, NULL);
	}
	buffer_append_str(out, "<system-out></system-out>\n<system-err></system-err>\n"
			       "</testsuite>\n");
}

void export_junit(const struct batch_results *b, struct buffer *out)
{
	buffer_append_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (size_t i = 0; i < b->runs_count; i++)
		put_run(out, b->batch, b->runs[i], i);
	buffer_append_str(out, "</testsuites>\n");
}
