// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/sanitize.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "record/model.h"
#include "sanitizer/known.h"

#define SEVERITY 3

bool sanitize_is_asked(const struct plan *plan)
{
	return plan->job->sanitize.page_tables ||
	       config_is_set(config_map_find(&plan->board->power, "sanitize"));
}

// ---- files --------------------------------------------------------------------------------------

static struct error *read_file(const char *run_dir, const char *name, size_t limit, bool *found,
			       struct buffer *out)
{
	CLEANUP_FREE char *path = path_join(run_dir, name);
	struct error *e = file_read_regular(path, limit, ERROR_SYSTEM, out);
	*found = !e;
	if (!e || error_code(e) != ENOENT)
		return e;
	error_free(e);
	return NULL;
}

struct error *sanitize_files_read(const char *run_dir, struct sanitize_files *out)
{
	CLEANUP_BUFFER struct buffer report = {0};
	CLEANUP_BUFFER struct buffer names = {0};
	bool named;
	TRY(read_file(run_dir, LAYOUT_PTSAN, REPORT_LIMIT, &out->found, &report));
	TRY(read_file(run_dir, LAYOUT_PTSAN_NAMES, NAMES_LIMIT, &named, &names));
	sanitizer_report_read(buffer_str(&report), report.len, &out->report);
	address_names_read(buffer_str(&names), names.len, &out->names);
	return NULL;
}

void sanitize_files_deinit(struct sanitize_files *f)
{
	if (!f)
		return;
	sanitizer_report_deinit(&f->report);
	address_names_deinit(&f->names);
}

static struct error *read_symbols(const char *path, struct symbol_table *out)
{
	CLEANUP_BUFFER struct buffer bytes = {0};
	TRY(file_read(path, SYMBOLS_FILE_LIMIT, ERROR_CONFIG, &bytes));
	return error_wrap(symbol_table_read(buffer_str(&bytes), bytes.len, out), "%s", path);
}

struct error *sanitize_write_names(const char *run_dir, const struct plan *plan)
{
	CLEANUP_SANITIZE_FILES struct sanitize_files files = {0};
	CLEANUP_SYMBOL_TABLE struct symbol_table symbols = {0};
	CLEANUP_BUFFER struct buffer text = {0};
	const struct sanitize_config *c = &plan->job->sanitize;
	TRY(sanitize_files_read(run_dir, &files));
	if (!files.found)
		return NULL;
	const char *from = c->symbols ? c->symbols : plan->job->payload.parts[PAYLOAD_IMAGE].path;
	struct error *unnamed = from ? read_symbols(from, &symbols) : NULL;
	address_names_write(&files.report, &symbols, &text);
	CLEANUP_FREE char *path = path_join(run_dir, LAYOUT_PTSAN_NAMES);
	struct error *e = file_write_atomic(path, buffer_str(&text), text.len);
	if (!c->symbols || e) { // a payload need not have names of its own
		error_free(unnamed);
		return e;
	}
	return unnamed;
}

// ---- the capability -----------------------------------------------------------------------------

struct capability {
	unsigned level;
	const char *by;
};

// "BBM Level 3", "BBM Level 2 without TLB conflict abort" (arch/arm64/kernel/cpufeature.c).
static unsigned named_level(const struct evidence *e)
{
	static const char head[] = "BBM Level ";
	for (size_t i = 0; i < e->features_count; i++) {
		const char *level = e->features[i] + strlen(head);
		if (strncmp(e->features[i], head, strlen(head)) == 0 && *level >= '0' &&
		    *level <= '3')
			return (unsigned)(*level - '0');
	}
	return 0;
}

static struct capability capability_of(const struct plan *plan, const struct evidence *e)
{
	const struct sanitize_config *c = &plan->job->sanitize;
	if (c->levels_given)
		return (struct capability){c->level, "the job"};
	if (e->features_count) // without the level's name it is none of them
		return (struct capability){named_level(e), "the kernel"};
	if (e->hello && e->cpus_count && e->cpus[0].cap >= 0)
		return (struct capability){e->cpus[0].cap ? 2 : 0, "the firmware"};
	return (struct capability){plan->board->cpu.bbml2 ? 2 : 0, "the board's file"};
}

// ---- findings -----------------------------------------------------------------------------------

struct report_taking {
	const struct sanitize_files *files;
	struct evidence *evidence;
	struct finding_group *groups;
	size_t groups_count;
	const char **why; // of each group: why it is known; NULL: it is not
};

static void add_finding(struct report_taking *t, size_t i)
{
	const struct finding_group *g = &t->groups[i];
	const struct finding_signatures s = finding_sign(g, &t->files->names);
	CLEANUP_BUFFER struct buffer title = {0};
	CLEANUP_BUFFER struct buffer text = {0};
	finding_title(g, &title);
	finding_describe(g, &t->files->names, &text);
	if (t->why[i])
		buffer_printf(&text, "  known    %s\n", t->why[i]);
	struct evidence_splat splat = {
	    .id = UINT32_MAX,
	    .line = g->first->line,
	    .line_last = g->first->line,
	    .class_name = memory_strdup(FINDING_PTSAN),
	    .sub = memory_strdup(g->first->rule),
	    .func = memory_strdup(g->function),
	    .file = memory_strdup(""),
	    .title = buffer_steal(&title),
	    .message = memory_strdup(finding_missing(g->first->rule)),
	    .excerpt = buffer_steal(&text),
	    .sig1 = s.coarse,
	    .sig2 = s.usual,
	    .sig3 = s.fine,
	    .severity = SEVERITY,
	    .cpu = (int)g->first->cpu,
	    .complete = true,
	    .of_payload = true,
	    .wanted = t->why[i] != NULL,
	};
	evidence_add_splat(t->evidence, &splat);
}

// "3 places, first __pi_map_range; known: ...".
static char *rule_comment(const struct report_taking *t, const char *rule, size_t *count)
{
	const struct finding_group *first = NULL;
	*count = 0;
	for (size_t i = 0; i < t->groups_count; i++)
		if (strcmp(t->groups[i].first->rule, rule) == 0) {
			first = first ? first : &t->groups[i];
			++*count;
		}
	if (!first)
		return NULL;
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, finding_missing(rule));
	if (first->function[0])
		buffer_printf(&text, ": in %s", first->function);
	if (*count > 1)
		buffer_printf(&text, " and %zu more", *count - 1);
	return buffer_steal(&text);
}

static void add_rule_test(struct report_taking *t, const char *rule)
{
	size_t count;
	char *comment = rule_comment(t, rule, &count);
	if (!count && !t->files->report.complete) // not told is not clean
		return;
	evidence_add_test(t->evidence, memory_printf(TEST_PTSAN "%s", rule), comment,
			  count ? DETECT_TEST_FAIL : DETECT_TEST_PASS);
}

static void add_report_test(struct report_taking *t, const struct capability *c)
{
	const struct sanitizer_report *r = &t->files->report;
	const struct report_figures *f = &r->figures;
	char *comment =
	    !t->files->found ? memory_strdup("not complete: there is no report")
	    : !r->complete
		? memory_printf("not complete: %s", r->defect)
		: memory_printf("complete: %" PRIu64 " tables, %" PRIu64 " changes, %" PRIu64
				" TLBI, judged for break-before-make level %u as %s says",
				f->tables, f->changes, f->tlbi, c->level, c->by);
	evidence_add_test(t->evidence, memory_strdup(TEST_PTSAN "report"), comment,
			  r->complete ? DETECT_TEST_PASS : DETECT_TEST_ERROR);
}

static void take_groups(struct report_taking *t)
{
	t->why = memory_new(t->groups_count + 1, sizeof(*t->why));
	for (size_t i = 0; i < t->groups_count; i++) {
		const struct finding_group *g = &t->groups[i];
		t->why[i] = known_finding(g->first->rule, g->function, t->evidence->version);
		add_finding(t, i);
	}
	const char *rule;
	for (size_t i = 0; (rule = finding_rule_name(i)); i++)
		add_rule_test(t, rule);
	free(t->why);
}

struct error *sanitize_take(const char *run_dir, const struct plan *plan, bool ran,
			    struct evidence *e)
{
	CLEANUP_SANITIZE_FILES struct sanitize_files files = {0};
	TRY(sanitize_files_read(run_dir, &files));
	if (!files.found && !(ran && sanitize_is_asked(plan)))
		return NULL;
	const struct capability c = capability_of(plan, e);
	const struct lone_data lone = {plan->job->sanitize.lone_start,
				       plan->job->sanitize.lone_end};
	struct report_taking t = {.files = &files, .evidence = e};
	t.groups = finding_groups(&files.report, &files.names, c.level, &lone, &t.groups_count);
	add_report_test(&t, &c);
	take_groups(&t);
	free(t.groups);
	return NULL;
}

// ---- wants --------------------------------------------------------------------------------------

void sanitize_excuse_tests(struct evidence *e)
{
	for (size_t i = 0; i < e->tests_count; i++) {
		struct evidence_test *t = &e->tests[i];
		if (strncmp(t->path, TEST_PTSAN, strlen(TEST_PTSAN)) != 0 ||
		    t->result != DETECT_TEST_FAIL)
			continue;
		bool all = true;
		for (size_t k = 0; k < e->splats_count; k++) {
			const struct evidence_splat *s = &e->splats[k];
			if (s->excerpt && strcmp(s->sub, t->path + strlen(TEST_PTSAN)) == 0)
				all &= s->wanted;
		}
		t->wanted_fail = all;
	}
}
