// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/show.h"

#include <dirent.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "record/layout.h"
#include "text/terminal.h"
#include "text/wrap.h"

void show_console_text(const char *s, struct buffer *out)
{
	terminal_text(s, strlen(s), out);
}

void show_number(double value, const char *unit, const char *prefix, struct buffer *out)
{
	static const char *const metric[] = {"n", "u", "m", "", "k", "M", "G", "T"};
	static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti"};
	const char *letter = "";
	if (prefix && strcmp(prefix, "metric") == 0 && value != 0) {
		int power = (int)floor(log10(fabs(value)) / 3);
		power = power < -3 ? -3 : power > 4 ? 4 : power;
		value /= pow(1000, power);
		letter = metric[power + 3];
	} else if (prefix && strcmp(prefix, "binary") == 0) {
		size_t power = 0;
		for (; fabs(value) >= 1024 && power < 4; power++)
			value /= 1024;
		letter = binary[power];
	}
	buffer_printf(out, "%.4g", value);
	if (letter[0] || (unit && unit[0]))
		buffer_printf(out, " %s%s", letter, unit ? unit : "");
}

void show_time(const char *rfc3339, struct buffer *out)
{
	size_t len = strlen(rfc3339);
	if (len < 20 || rfc3339[len - 1] != 'Z')
		buffer_append_str(out, rfc3339);
	else
		buffer_printf(out, "%.10s %.8s UTC", rfc3339, rfc3339 + 11);
}

static void print_text(FILE *out, const char *indent, const char *text)
{
	CLEANUP_BUFFER struct buffer shown = {0};
	show_console_text(text, &shown);
	const char *line = buffer_str(&shown);
	while (*line) {
		size_t len = strcspn(line, "\n");
		fprintf(out, "%s%.*s\n", indent, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

// Where it is printed, and how wide that is.
struct paper {
	FILE *out;
	size_t room;
};

static void print_board(const struct paper *p, const struct run *r)
{
	const struct board_record *b = r->board;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s (%s%s%s)", b->name, b->type, b->pool ? ", pool " : "",
		      b->pool ? b->pool : "");
	if (b->cpu && b->cpu->name)
		buffer_printf(&text, ", %s", b->cpu->name);
	if (r->cpus_count > 0 && r->cpus[0].midr)
		buffer_printf(&text, ", says MIDR %s", r->cpus[0].midr);
	else if (b->cpu && b->cpu->midr)
		buffer_printf(&text, ", declared MIDR %s", b->cpu->midr);
	wrap_print(p->out, p->room, "  board    ", "%s", buffer_str(&text));
}

static void print_payload(const struct paper *p, const struct payload *payload)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_printf(&text, "%s %s", payload->kind, payload->name);
	if (payload->arguments && payload->arguments[0])
		buffer_printf(&text, " \"%s\"", payload->arguments);
	if (payload->sha256)
		buffer_printf(&text, " sha256 %.12s", payload->sha256);
	wrap_print(p->out, p->room, "  payload  ", "%s", buffer_str(&text));
	if (payload->version && payload->version[0])
		wrap_print(p->out, p->room, "  version  ", "%s", payload->version);
}

static void print_time(const struct paper *p, const struct run *r)
{
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, r->start_time);
	if (isfinite(r->duration))
		buffer_printf(&text, ", %.3g s", r->duration);
	if (isfinite(r->waited) && r->waited > 0)
		buffer_printf(&text, ", waited %.3g s for the board", r->waited);
	// A run that went as wanted reached its end, and be that a panic that the job waits for.
	if (r->outcome && r->verdict != STATUS_PASS)
		buffer_printf(&text, ", boot %s", r->outcome);
	wrap_print(p->out, p->room, "  time     ", "%s", buffer_str(&text));
}

static void print_head(const struct paper *p, const struct run *r)
{
	wrap_print(p->out, p->room, "", "%s  %s: %s", r->id, status_name(r->verdict), r->reason);
	wrap_print(p->out, p->room, "  job      ", "%s, variant %s, attempt %" PRId64 ", batch %s",
		   r->job, r->variant, r->attempt, r->batch);
	print_board(p, r);
	print_payload(p, r->payload);
	print_time(p, r);
	if (r->host)
		wrap_print(p->out, p->room, "  host     ",
			   "load %.3g on %" PRId64 " cores, the board got %.0f %% of the CPU time "
			   "it wanted",
			   r->host->load, r->host->cores, 100 * r->host->share);
	if (r->error)
		wrap_print(p->out, p->room, "  error    ", "%s: %s",
			   r->error->code ? r->error->code : "",
			   r->error->message ? r->error->message : "");
}

static void print_findings(const struct paper *p, const struct run *r)
{
	for (size_t i = 0; i < r->findings_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!finding_is_root(f)) {
			fputc('\n', p->out);
			wrap_print(p->out, p->room, "",
				   "line %" PRId64 ": %s (part of the report in line %" PRId64 ")",
				   f->line, f->title, f->folded_into);
			continue;
		}
		fputc('\n', p->out);
		wrap_print(p->out, p->room, "", "%sline %" PRId64 ": %s  [%s %s%s%s%s]",
			   finding_is_of_console(f) ? "" : LAYOUT_PTSAN " ", f->line, f->title,
			   f->class, f->sig2, f->wanted ? ", wanted" : "",
			   f->fatal ? ", fatal" : "", f->complete ? "" : ", cut off");
		if (f->excerpt) // what the board said stays in its own lines
			print_text(p->out, "  | ", f->excerpt);
	}
}

static bool test_is_shown(const struct test *t, bool all)
{
	return all || status_is_trouble(t->status) || t->expected != STATUS_NONE;
}

static void print_tests(const struct paper *p, const struct run *r, bool all)
{
	FILE *out = p->out;
	size_t count[STATUS_COUNT] = {0};
	for (size_t i = 0; i < r->tests_count; i++)
		count[r->tests[i].status]++;
	fprintf(out, "\n%zu tests", r->tests_count);
	for (int s = 0; s < STATUS_COUNT; s++)
		if (count[s])
			fprintf(out, ", %zu %s", count[s], status_name((enum status)s));
	fputc('\n', out);
	for (size_t i = 0; i < r->tests_count; i++) {
		const struct test *t = &r->tests[i];
		if (!test_is_shown(t, all))
			continue;
		char lead[16];
		bool other = t->expected != STATUS_NONE, comment = t->comment && t->comment[0];
		snprintf(lead, sizeof(lead), "  %-5s ", status_name(t->status));
		wrap_print(out, p->room, lead, "%s%s%s%s%s%s", t->path, other ? " (expected " : "",
			   other ? status_name(t->expected) : "", other ? ")" : "",
			   comment ? ": " : "", comment ? t->comment : "");
	}
}

static void print_metrics(FILE *out, const struct run *r, bool all)
{
	for (size_t i = 0; i < r->metrics_absent_count; i++)
		fprintf(out, "no number for metric %s: no console line fits its `from:`\n",
			r->metrics_absent[i]);
	if (r->metrics_count == 0)
		return;
	fprintf(out, "%zu metrics%s\n", r->metrics_count, all ? "" : " (--all lists them)");
	for (size_t i = 0; all && i < r->metrics_count; i++) {
		const struct metric *m = &r->metrics[i];
		CLEANUP_BUFFER struct buffer value = {0};
		show_number(m->value, m->unit, m->prefix, &value);
		fprintf(out, "  %-40s %s", m->path, buffer_str(&value));
		if (m->n != MODEL_UNKNOWN)
			fprintf(out, "  (%" PRId64 " samples)", m->n);
		fputc('\n', out);
	}
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static void print_files(FILE *out, const char *results_dir, const struct run *r)
{
	CLEANUP_FREE char *dir = layout_run(results_dir, r->id);
	struct dirent **names;
	int count = scandir(dir, &names, is_visible, alphasort);
	fprintf(out, "\n%s/\n", dir);
	for (int i = 0; i < count; i++) {
		CLEANUP_FREE char *path = memory_printf("%s/%s", dir, names[i]->d_name);
		struct stat st;
		if (stat(path, &st) == 0)
			fprintf(out, "  %-16s %10jd bytes\n", names[i]->d_name,
				(intmax_t)st.st_size);
		free(names[i]);
	}
	if (count >= 0)
		free(names);
}

void show_print_run(FILE *out, size_t room, const char *results_dir, const struct run *r, bool all)
{
	const struct paper paper = {out, room};
	print_head(&paper, r);
	print_findings(&paper, r);
	print_tests(&paper, r, all);
	print_metrics(out, r, all);
	print_files(out, results_dir, r);
}
