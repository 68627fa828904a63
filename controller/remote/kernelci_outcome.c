// SPDX-License-Identifier: GPL-2.0-or-later
#include "remote/kernelci_outcome.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "text/format.h"
#include "text/utf8.h"

#define SPLAT_TEST     "mmfarm.splat"
#define SPLAT_SEVERITY 2     // from here on a report is one that nobody wants
#define TEXT_MAX       1000u // code points of a text that is told

// ---- pieces -------------------------------------------------------------------------------------

// Others' text as JSON takes it.
static json_t *text(const char *s)
{
	CLEANUP_BUFFER struct buffer clean = {0};
	utf8_clean(s, strlen(s), TEXT_MAX, &clean);
	return json_stringn(buffer_str(&clean), clean.len);
}

static void put(json_t *object, const char *name, const char *s)
{
	if (s && s[0])
		json_object_set_new(object, name, text(s));
}

static char *print(json_t *root)
{
	char *s = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return s;
}

// The test of that name in a list of tests, made when it is not there.
static json_t *child(json_t *tests, const char *name)
{
	for (size_t i = 0; i < json_array_size(tests); i++) {
		json_t *t = json_array_get(tests, i);
		if (strcmp(json_string_value(json_object_get(t, "name")), name) == 0)
			return t;
	}
	json_t *t = json_object();
	json_object_set_new(t, "name", text(name));
	json_array_append_new(tests, t);
	return t;
}

static json_t *children(json_t *test)
{
	json_t *tests = json_object_get(test, "tests");
	if (!tests) {
		tests = json_array();
		json_object_set_new(test, "tests", tests);
	}
	return tests;
}

static void set_result(json_t *test, const char *result, const char *reason)
{
	json_object_set_new(test, "result", json_string(result));
	put(test, "reason", reason);
}

static const char *result_of(const json_t *test)
{
	return json_string_value(json_object_get(test, "result"));
}

static const char *result_name(enum status s)
{
	switch (s) {
	case STATUS_PASS:
	case STATUS_DONE:
		return "pass";
	case STATUS_FAIL:
		return "fail";
	case STATUS_SKIP:
		return "skip";
	default:
		return "incomplete"; // the test's fault, or the lab's
	}
}

// ---- tests --------------------------------------------------------------------------------------

struct making {
	const struct kernelci_definition *d;
	json_t *tests;     // borrowed
	size_t count;      // told so far
	bool splat, empty; // a report of ours; a test of the definition without a result
};

// The test of the definition that results of `path` belong to, and what of the path is behind its name.
// Without a name of a test in front it is the only one that says results of its own, if there is one.
static const struct kernelci_test *owner(const struct kernelci_definition *d, const char *path,
					 const char **rest)
{
	const struct kernelci_test *only = NULL;
	size_t speakers = 0;
	*rest = path;
	for (size_t i = 0; i < d->tests_count; i++) {
		const struct kernelci_test *t = &d->tests[i];
		CLEANUP_BUFFER struct buffer name = {0};
		if (t->skip || t->kind == KERNELCI_BOOT)
			continue;
		speakers++;
		only = t;
		format_path(t->id, &name);
		if (strncmp(path, buffer_str(&name), name.len) == 0 &&
		    (path[name.len] == '.' || !path[name.len])) {
			*rest = path + name.len + (path[name.len] == '.');
			return t;
		}
	}
	return speakers == 1 ? only : NULL;
}

static json_t *follow(json_t *test, const char *path)
{
	for (const char *s = path; *s;) {
		size_t len = strcspn(s, ".");
		CLEANUP_FREE char *part = memory_strndup(s, len);
		if (len)
			test = child(children(test), part);
		s += len + (s[len] == '.');
	}
	return test;
}

static void add_result(struct making *m, const struct test *t)
{
	const char *rest;
	if (strncmp(t->path, "mmfarm.", 7) == 0 || strcmp(t->path, "boot") == 0)
		return; // ours, told by what stands beside
	if (m->count++ >= KERNELCI_CHILDREN_MAX)
		return;
	const struct kernelci_test *of = owner(m->d, t->path, &rest);
	size_t len = strcspn(rest, ".");
	CLEANUP_FREE char *first = memory_strndup(rest, len);
	json_t *at =
	    of ? follow(child(m->tests, of->id), rest) : follow(child(m->tests, first), rest + len);
	if (!result_of(at) || t->status < STATUS_PASS) // several boards: the worse one
		set_result(at, result_name(t->status), t->comment);
}

// Of a test with parts: by those, as KernelCI itself does.
static const char *sum_up(json_t *test)
{
	json_t *tests = json_object_get(test, "tests");
	bool any[4] = {false};
	static const char *const order[] = {"fail", "incomplete", "pass", "skip"};
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const char *r = sum_up(json_array_get(tests, i));
		for (int k = 0; k < 4; k++)
			any[k] |= r && strcmp(r, order[k]) == 0;
	}
	const char *own = result_of(test);
	if (own && strcmp(own, "pass") != 0)
		return own;
	for (int k = 0; k < 4 && tests; k++)
		if (any[k]) {
			if (!own || k < 2)
				json_object_set_new(test, "result", json_string(order[k]));
			break;
		}
	return result_of(test);
}

static bool booted(const struct run *r)
{
	return r->verdict == STATUS_PASS || r->verdict == STATUS_DONE ||
	       (r->outcome &&
		(strcmp(r->outcome, "ok") == 0 || strcmp(r->outcome, "stuck_userspace") == 0));
}

// The tests that the definition names: what it skips, whether it booted, and those nobody spoke of.
static void add_named(struct making *m, const struct run *const *runs, size_t count)
{
	for (size_t i = 0; i < m->d->tests_count; i++) {
		const struct kernelci_test *t = &m->d->tests[i];
		json_t *at = child(m->tests, t->id);
		enum status worst = STATUS_NONE;
		for (size_t k = 0; k < count; k++)
			worst =
			    status_worse(worst, booted(runs[k]) ? STATUS_PASS : runs[k]->verdict);
		if (t->skip) {
			set_result(at, "skip", t->skip);
		} else if (t->kind == KERNELCI_BOOT) {
			set_result(at, result_name(worst), NULL);
		} else if (!sum_up(at)) {
			set_result(at, "incomplete", "the console has no result of it");
			m->empty = true;
		}
	}
}

// ---- splats -------------------------------------------------------------------------------------

static void add_splats(struct making *m, const struct run *r)
{
	for (size_t i = 0; i < r->findings_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!finding_is_root(f) || f->wanted || f->severity < SPLAT_SEVERITY)
			continue;
		json_t *all = child(m->tests, SPLAT_TEST);
		CLEANUP_FREE char *name =
		    memory_printf("%s-%s", f->class ? f->class : "splat", f->sig2 ? f->sig2 : "0");
		set_result(all, "fail", "the kernel reported trouble");
		set_result(child(children(all), name), "fail", f->title);
		m->splat = true;
	}
}

// ---- capability ---------------------------------------------------------------------------------

// What the CPU is, by which a farm of ours sorts: what it said itself before what its file says.
static void put_capability(json_t *root, const struct run *r)
{
	const struct cpu *cpu = r->board ? r->board->cpu : NULL;
	const struct run_cpu *own = r->cpus_count ? &r->cpus[0] : NULL;
	int64_t bbm = own && own->bbm != MODEL_UNKNOWN ? own->bbm : cpu ? cpu->bbm : MODEL_UNKNOWN;
	json_t *c = json_object();
	put(c, "board", r->board ? r->board->name : NULL);
	put(c, "run", r->id);
	put(c, "cpu", cpu ? cpu->name : NULL);
	put(c, "midr", own && own->midr ? own->midr : cpu ? cpu->midr : NULL);
	if (bbm != MODEL_UNKNOWN)
		json_object_set_new(c, "bbm", json_integer(bbm));
	if (cpu)
		json_object_set_new(c, "bbml2_noabort", json_boolean(cpu->bbml2));
	json_object_set_new(root, "capability", c);
}

// ---- the whole ----------------------------------------------------------------------------------

char *kernelci_outcome_failed(const char *error_code, const char *reason)
{
	json_t *root = json_object();
	json_object_set_new(root, "result", json_string("incomplete"));
	put(root, "error_code", error_code);
	put(root, "error_msg", reason);
	json_object_set_new(root, "tests", json_array());
	return print(root);
}

char *kernelci_outcome_skipped(const struct kernelci_definition *d)
{
	json_t *root = json_object(), *tests = json_array();
	struct making m = {.d = d, .tests = tests};
	json_object_set_new(root, "result", json_string("skip"));
	json_object_set_new(root, "tests", tests);
	add_named(&m, NULL, 0);
	return print(root);
}

static void put_result(json_t *root, const struct making *m, enum status worst, const char *reason)
{
	const char *result = result_name(worst), *code = NULL;
	json_t *whole = json_object();
	json_object_set(whole, "tests", m->tests);
	const char *told = sum_up(whole);
	if (m->splat || (worst == STATUS_PASS && told && strcmp(told, "fail") == 0)) {
		result = "fail";
	} else if (worst == STATUS_PASS && told && strcmp(told, "skip") == 0) {
		result = "skip";
	} else if (worst == STATUS_PASS &&
		   (m->empty || (told && strcmp(told, "incomplete") == 0))) {
		result = "incomplete";
		reason = "not every test said a result";
	}
	json_decref(whole);
	if (strcmp(result, "incomplete") == 0)
		code = KERNELCI_INFRASTRUCTURE;
	json_object_set_new(root, "result", json_string(result));
	put(root, "error_code", code);
	if (strcmp(result, "pass") != 0)
		put(root, "error_msg", reason);
}

char *kernelci_outcome_runs(const struct kernelci_definition *d, const struct run *const *runs,
			    size_t count, const char *const *logs, size_t logs_count)
{
	CLEANUP_FREE const struct run **last = memory_new(count ? count : 1, sizeof(struct run *));
	size_t last_count = 0;
	for (size_t i = 0; i < count; i++)
		if (!runs[i]->repeated)
			last[last_count++] = runs[i];
	if (!last_count)
		return kernelci_outcome_failed(KERNELCI_INFRASTRUCTURE,
					       "the lab made no run of it");
	json_t *root = json_object(), *tests = json_array(), *urls = json_array();
	struct making m = {.d = d, .tests = tests};
	const struct run *worst = last[0];
	for (size_t i = 0; i < last_count; i++) {
		if (last[i]->verdict < worst->verdict)
			worst = last[i];
		for (size_t k = 0; k < last[i]->tests_count; k++)
			add_result(&m, &last[i]->tests[k]);
		add_splats(&m, last[i]);
	}
	add_named(&m, last, last_count);
	enum status verdict = worst->verdict == STATUS_DONE ? STATUS_PASS : worst->verdict;
	put_result(root, &m, verdict, worst->reason);
	put(root, "device", worst->board ? worst->board->name : NULL);
	put_capability(root, worst);
	for (size_t i = 0; i < logs_count; i++)
		json_array_append_new(urls, text(logs[i]));
	json_object_set_new(root, "logs", urls);
	json_object_set_new(root, "tests", tests);
	if (m.count > KERNELCI_CHILDREN_MAX)
		json_object_set_new(root, "left_out",
				    json_integer((json_int_t)(m.count - KERNELCI_CHILDREN_MAX)));
	return print(root);
}
