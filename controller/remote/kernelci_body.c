// SPDX-License-Identifier: GPL-2.0-or-later
#include "remote/kernelci_body.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

// Only the API sets them; a PUT that says them is refused or changes what others wrote.
static const char *const read_only[] = {
    "id",    "_id",       "created", "updated", "user",          "user_groups",
    "owner", "submitter", "treeid",  "timeout", "retry_counter", "processed_by_kcidb_bridge"};
#define READ_ONLY (sizeof(read_only) / sizeof(read_only[0]))

static void strip(json_t *node)
{
	for (size_t i = 0; i < READ_ONLY; i++)
		json_object_del(node, read_only[i]);
}

static json_t *load_object(const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, 0, NULL);
	if (json_is_object(root))
		return root;
	json_decref(root);
	return NULL;
}

static json_t *load_node(const char *text, size_t len)
{
	json_t *node = load_object(text, len);
	if (node && json_is_string(json_object_get(node, "id")))
		return node;
	json_decref(node);
	return NULL;
}

static char *print(json_t *root)
{
	char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	return text;
}

// A member that is an object, made when it is none.
static json_t *object_of(json_t *node, const char *name)
{
	json_t *object = json_object_get(node, name);
	if (json_is_object(object))
		return object;
	object = json_object();
	json_object_set_new(node, name, object);
	return object;
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void copy(json_t *to, const json_t *from, const char *name)
{
	json_t *value = json_object_get(from, name);
	if (value)
		json_object_set(to, name, value);
}

char *kernelci_body_claim(const char *text, size_t len, const char *job_id)
{
	json_t *node = load_node(text, len);
	if (!node)
		return NULL;
	json_object_set_new(object_of(node, "data"), "job_id", json_string(job_id));
	strip(node);
	return print(node);
}

// ---- finish -------------------------------------------------------------------------------------

static void add_logs(json_t *node, const json_t *outcome)
{
	const json_t *logs = json_object_get(outcome, "logs");
	for (size_t i = 0; i < json_array_size(logs); i++) {
		CLEANUP_FREE char *name =
		    i ? memory_printf("test_log_%zu", i + 1) : memory_strdup("test_log");
		json_object_set(object_of(node, "artifacts"), name, json_array_get(logs, i));
	}
}

static void finish_root(json_t *node, const json_t *outcome, enum kernelci_detail detail)
{
	json_t *data = object_of(node, "data");
	json_object_set_new(node, "state", json_string("done"));
	copy(node, outcome, "result");
	copy(data, outcome, "error_code");
	copy(data, outcome, "error_msg");
	add_logs(node, outcome);
	const json_t *capability = json_object_get(outcome, "capability");
	if (detail != KERNELCI_FULL || !capability)
		return;
	json_object_set(object_of(data, "misc"), "mmfarm", (json_t *)(uintptr_t)capability);
}

// The tests below a node; they are of its revision, platform and runtime.
static json_t *child_nodes(const json_t *parent, const json_t *tests, const json_t *data,
			   bool reasons)
{
	json_t *list = json_array();
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *test = json_array_get(tests, i);
		const json_t *below = json_object_get(test, "tests");
		json_t *node = json_object(), *item = json_object();
		json_t *path = json_deep_copy(json_object_get(parent, "path"));
		if (!json_is_array(path)) {
			json_decref(path);
			path = json_array();
		}
		json_array_append(path, json_object_get(test, "name"));
		json_object_set_new(node, "kind",
				    json_string(json_array_size(below) ? "job" : "test"));
		copy(node, test, "name");
		json_object_set_new(node, "path", path);
		copy(node, parent, "group");
		json_object_set_new(node, "state", json_string("done"));
		copy(node, test, "result");
		json_object_set_new(node, "artifacts", json_object());
		json_object_set_new(node, "data", json_deep_copy(data));
		const char *reason = text_of(test, "reason");
		if (reason && reasons)
			json_object_set_new(json_object_get(node, "data"), "error_msg",
					    json_string(reason));
		copy(node, parent, "submitter");
		copy(node, parent, "treeid");
		json_object_set_new(item, "child_nodes", child_nodes(node, below, data, reasons));
		json_object_set_new(item, "node", node);
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *child_data(const json_t *node)
{
	const json_t *from = json_object_get(node, "data");
	json_t *data = json_object();
	copy(data, from, "kernel_revision");
	copy(data, from, "platform");
	copy(data, from, "runtime");
	return data;
}

char *kernelci_body_finish(const char *text, size_t len, const char *outcome_text,
			   enum kernelci_detail detail, bool *tree)
{
	json_t *outcome = load_object(outcome_text, strlen(outcome_text));
	json_t *node = outcome ? load_node(text, len) : NULL;
	if (!node) {
		json_decref(outcome);
		return NULL;
	}
	const json_t *tests = json_object_get(outcome, "tests");
	*tree = detail < KERNELCI_RESULT && json_array_size(tests) > 0;
	json_t *data = child_data(node);
	finish_root(node, outcome, detail);
	json_t *body = node;
	if (*tree) {
		json_object_del(node, "_id");
		body = json_object();
		json_object_set_new(body, "child_nodes",
				    child_nodes(node, tests, data, detail == KERNELCI_FULL));
		json_object_set_new(body, "node", node);
	} else {
		strip(node);
	}
	json_decref(data);
	json_decref(outcome);
	return print(body);
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

bool kernelci_body_is_finished(const char *text, size_t len, const char *outcome_text)
{
	json_t *outcome = load_object(outcome_text, strlen(outcome_text));
	json_t *node = load_node(text, len);
	bool finished = node && outcome && same(text_of(node, "state"), "done") &&
			same(text_of(node, "result"), text_of(outcome, "result")) &&
			same(text_of(json_object_get(node, "data"), "error_code"),
			     text_of(outcome, "error_code"));
	json_decref(node);
	json_decref(outcome);
	return finished;
}

size_t kernelci_body_children(const char *outcome_text)
{
	json_t *outcome = load_object(outcome_text, strlen(outcome_text));
	size_t count = json_array_size(json_object_get(outcome, "tests"));
	json_decref(outcome);
	return count;
}

// ---- callback -----------------------------------------------------------------------------------

struct summary {
	size_t total, failed;
};

static json_t *callback_tests(const json_t *tests, struct summary *s)
{
	json_t *map = json_object();
	for (size_t i = 0; i < json_array_size(tests); i++) {
		const json_t *test = json_array_get(tests, i);
		const json_t *below = json_object_get(test, "tests");
		const char *result = text_of(test, "result");
		json_t *t = json_object();
		bool broken = !result || strcmp(result, "incomplete") == 0;
		json_object_set_new(t, "status", json_string(broken ? "error" : result));
		copy(t, test, "reason");
		if (json_array_size(below)) {
			json_object_set_new(t, "subtests", callback_tests(below, s));
		} else {
			s->total++;
			s->failed += result && strcmp(result, "fail") == 0;
		}
		json_object_set_new(map, text_of(test, "name"), t);
	}
	return map;
}

char *kernelci_body_callback(const char *outcome_text)
{
	json_t *outcome = load_object(outcome_text, strlen(outcome_text));
	if (!outcome)
		return NULL;
	struct summary s = {0};
	json_t *body = json_object(), *metadata = json_object(), *summary = json_object();
	json_t *tests = callback_tests(json_object_get(outcome, "tests"), &s);
	json_t *device = json_object_get(outcome, "device");
	json_t *log = json_array_get(json_object_get(outcome, "logs"), 0);
	if (device)
		json_object_set(metadata, "system", device);
	copy(metadata, outcome, "capability");
	json_object_set_new(summary, "total", json_integer((json_int_t)s.total));
	json_object_set_new(summary, "failed", json_integer((json_int_t)s.failed));
	json_object_set_new(body, "metadata", metadata);
	json_object_set_new(body, "summary", summary);
	json_object_set_new(body, "tests", tests);
	if (log) {
		json_t *artifacts = json_object();
		json_object_set(artifacts, "log", log);
		json_object_set_new(body, "artifacts", artifacts);
	}
	copy(body, outcome, "error_code");
	copy(body, outcome, "error_msg");
	json_decref(outcome);
	return print(body);
}

// ---- KCIDB --------------------------------------------------------------------------------------

char *kernelci_body_kcidb(const char *text, size_t len, const char *build_id)
{
	json_t *document = load_object(text, len);
	if (!document)
		return NULL;
	json_object_del(document, "checkouts");
	json_object_del(document, "builds");
	const json_t *tests = json_object_get(document, "tests");
	for (size_t i = 0; i < json_array_size(tests); i++)
		json_object_set_new(json_array_get(tests, i), "build_id", json_string(build_id));
	return print(document);
}
