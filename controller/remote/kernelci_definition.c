// SPDX-License-Identifier: GPL-2.0-or-later
#include "remote/kernelci_definition.h"

#include <jansson.h>
#include <string.h>

#include "base/url.h"
#include "text/format.h"

#define TIMEOUT_S     600.0
#define TIMEOUT_MAX_S (7 * 24 * 3600.0)
#define TEXT_MAX      4096u
#define LIST_MAX      1024u

// What is read, and where a complaint goes.
struct definition_reading {
	struct arena *arena;
	struct kernelci_definition *out;
	struct buffer *why;
};

// One key of an object. `at` is what the reader of the value fills.
struct definition_key {
	const char *name;
	bool (*read)(struct definition_reading *r, const char *name, const json_t *value, void *at);
	size_t at; // in the struct that the object becomes
	bool required;
};

static bool refuse(struct definition_reading *r, const char *fmt, ...) ERROR_PRINTF(2, 3);
static bool refuse(struct definition_reading *r, const char *fmt, ...)
{
	char text[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!r->why->len)
		buffer_append_str(r->why, text);
	return false;
}

static const struct definition_key *find_key(const struct definition_key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

// Reads an object by its table into the struct at `base`. `what` names it; "" is the definition.
static bool read_object(struct definition_reading *r, const char *what, const json_t *object,
			const struct definition_key *keys, void *base)
{
	const char *dot = what[0] ? "." : "";
	const char *name;
	json_t *value;
	if (!json_is_object(object))
		return refuse(r, "%s: expected an object", what[0] ? what : "definition");
	json_object_foreach((json_t *)(uintptr_t)object, name, value)
	{
		const struct definition_key *key = find_key(keys, name);
		if (!key)
			return refuse(r, "%s%s%.100s: this lab does not know what it means", what,
				      dot, name);
		if (!key->read(r, name, value, (char *)base + key->at))
			return refuse(r, "%s%s%s: no such value is expected", what, dot, name);
	}
	for (; keys->name; keys++)
		if (keys->required && !json_object_get(object, keys->name))
			return refuse(r, "%s%s%s is missing", what, dot, keys->name);
	return true;
}

// ---- values -------------------------------------------------------------------------------------

static bool take_string(struct definition_reading *r, const char *name, const json_t *value,
			const char **out)
{
	size_t len = json_string_length(value);
	if (!json_is_string(value))
		return refuse(r, "%s: expected a string", name);
	if (len > TEXT_MAX)
		return refuse(r, "%s: longer than %u bytes", name, TEXT_MAX);
	*out = arena_strndup(r->arena, json_string_value(value), len);
	return true;
}

static bool read_text(struct definition_reading *r, const char *name, const json_t *value, void *at)
{
	return take_string(r, name, value, at);
}

// What may stand in a result's path.
static bool read_name(struct definition_reading *r, const char *name, const json_t *value, void *at)
{
	const char **out = at;
	if (!take_string(r, name, value, out))
		return false;
	if (!format_is_word(*out) || strlen(*out) > 200)
		return refuse(r, "%s: \"%.100s\" is no name", name, *out);
	return true;
}

static bool read_url(struct definition_reading *r, const char *name, const json_t *value, void *at)
{
	static const char *const schemes[] = {"http", "https", NULL};
	const char **out = at;
	if (!take_string(r, name, value, out))
		return false;
	const char *wrong = url_check(*out, schemes, false);
	return !wrong || refuse(r, "%s: a URL that is not one (%s)", name, wrong);
}

static bool read_artifact(struct definition_reading *r, const char *name, const json_t *value,
			  void *at)
{
	struct kernelci_artifact *artifact = at;
	return read_url(r, name, value, &artifact->url);
}

static bool read_timeout(struct definition_reading *r, const char *name, const json_t *value,
			 void *at)
{
	double *out = at;
	*out = json_number_value(value);
	if (!json_is_number(value) || !(*out > 0 && *out <= TIMEOUT_MAX_S))
		return refuse(r, "%s: expected seconds, up to %.0f", name, TIMEOUT_MAX_S);
	return true;
}

static bool read_baud(struct definition_reading *r, const char *name, const json_t *value, void *at)
{
	int64_t *out = at;
	*out = json_integer_value(value);
	return (json_is_integer(value) && *out > 0 && *out <= 10000000) ||
	       refuse(r, "%s: expected a baud rate", name);
}

// A list of strings, and the count that stands behind it in the struct.
struct strings {
	const char *const *items;
	size_t count;
};
#define STRINGS_AT(s, m)                                                                 \
	(offsetof(struct s, m) +                                                         \
	 0 * sizeof(char[offsetof(struct s, m##_count) ==                                \
				 offsetof(struct s, m) + offsetof(struct strings, count) \
			     ? 1                                                         \
			     : -1]))

static bool read_strings(struct definition_reading *r, const char *name, const json_t *value,
			 void *at)
{
	struct strings *out = at;
	size_t count = json_array_size(value);
	if (!json_is_array(value) || count > LIST_MAX)
		return refuse(r, "%s: expected a list of strings", name);
	const char **items = arena_new(r->arena, count ? count : 1, sizeof(*items));
	for (size_t i = 0; i < count; i++)
		if (!take_string(r, name, json_array_get(value, i), &items[i]))
			return false;
	out->items = items;
	out->count = count;
	return true;
}

// A list, or a single string.
static bool read_subset(struct definition_reading *r, const char *name, const json_t *value,
			void *at)
{
	struct strings *out = at;
	if (!json_is_string(value))
		return read_strings(r, name, value, at);
	const char **items = arena_new(r->arena, 1, sizeof(*items));
	out->items = items;
	out->count = 1;
	return take_string(r, name, value, &items[0]);
}

// ---- artifacts ----------------------------------------------------------------------------------

#define ARTIFACT_KEY(word, kind)                                                \
	{                                                                       \
		word, read_artifact, (kind) * sizeof(struct kernelci_artifact), \
		    (kind) == KERNELCI_KERNEL                                   \
	}
static const struct definition_key artifact_keys[] = {
    ARTIFACT_KEY("kernel", KERNELCI_KERNEL),
    ARTIFACT_KEY("modules", KERNELCI_MODULES),
    ARTIFACT_KEY("kselftest", KERNELCI_KSELFTEST),
    ARTIFACT_KEY("rootfs", KERNELCI_ROOTFS),
    ARTIFACT_KEY("ramdisk", KERNELCI_RAMDISK),
    ARTIFACT_KEY("initrd", KERNELCI_INITRD),
    ARTIFACT_KEY("dtb", KERNELCI_DTB),
    {0},
};

const char *kernelci_artifact_name(enum kernelci_artifact_kind kind)
{
	return artifact_keys[kind].name;
}

static bool read_artifacts(struct definition_reading *r, const char *name, const json_t *value,
			   void *at)
{
	(void)at;
	return read_object(r, name, value, artifact_keys, r->out->artifacts);
}

// ---- tests --------------------------------------------------------------------------------------

static const struct definition_key test_keys[] = {
    {"id", read_name, offsetof(struct kernelci_test, id), true},
    {"type", read_name, offsetof(struct kernelci_test, type), true},
    {"depends", read_strings, STRINGS_AT(kernelci_test, depends), false},
    {"timeout_s", read_timeout, offsetof(struct kernelci_test, timeout_s), false},
    {"subset", read_subset, STRINGS_AT(kernelci_test, subset), false},
    {"parameters", read_text, offsetof(struct kernelci_test, parameters), false},
    {"pre-commands", read_strings, STRINGS_AT(kernelci_test, before), false},
    {"post-commands", read_strings, STRINGS_AT(kernelci_test, after), false},
    {0},
};

static const char *say(struct definition_reading *r, const char *fmt, ...) ERROR_PRINTF(2, 3);
static const char *say(struct definition_reading *r, const char *fmt, ...)
{
	char text[256];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return arena_strndup(r->arena, text, strlen(text));
}

// "tst_cmdfiles=mm skipfile=skipfile-lkft.yaml": the words that an LTP test has.
static void read_ltp(struct definition_reading *r, struct kernelci_test *t)
{
	static const char *const ignored[] = {"skip_install=", "workers=", NULL};
	for (const char *s = t->parameters ? t->parameters : ""; *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");
		bool known = false;
		for (size_t i = 0; ignored[i]; i++)
			known |= strncmp(s, ignored[i], strlen(ignored[i])) == 0;
		if (strncmp(s, "tst_cmdfiles=", 13) == 0) {
			t->suite = arena_strndup(r->arena, s + 13, len - 13);
			known = true;
		}
		if (!known && !t->skip)
			t->skip = say(r, "this lab does not know the parameter \"%.*s\" of ltp",
				      (int)(len < 100 ? len : 100), s);
		s += len;
	}
	if (!t->suite)
		t->suite = "smoketest";
}

static void know_type(struct definition_reading *r, struct kernelci_test *t)
{
	static const char kselftest[] = "kselftest-";
	if (strcmp(t->type, "boot") == 0) {
		t->kind = KERNELCI_BOOT;
	} else if (strcmp(t->type, "ltp") == 0) {
		t->kind = KERNELCI_LTP;
		read_ltp(r, t);
		return;
	} else if (strncmp(t->type, kselftest, strlen(kselftest)) == 0) {
		t->kind = KERNELCI_KSELFTEST_SUITE;
		t->suite = t->type + strlen(kselftest);
	} else {
		t->kind = KERNELCI_UNKNOWN;
		t->skip = say(r, "this lab does not know tests of the type \"%.100s\"", t->type);
	}
	if (t->parameters && t->parameters[0] && !t->skip)
		t->skip = say(r, "this lab knows no parameters of \"%.100s\"", t->type);
}

static struct kernelci_test *find_test(const struct kernelci_definition *d, const char *id)
{
	for (size_t i = 0; i < d->tests_count; i++)
		if (strcmp(d->tests[i].id, id) == 0)
			return &d->tests[i];
	return NULL;
}

// A test is skipped with those that it depends on.
static void skip_dependants(struct definition_reading *r)
{
	struct kernelci_definition *d = r->out;
	for (size_t round = 0; round < d->tests_count; round++)
		for (size_t i = 0; i < d->tests_count; i++) {
			struct kernelci_test *t = &d->tests[i];
			for (size_t k = 0; k < t->depends_count && !t->skip; k++)
				if (find_test(d, t->depends[k])->skip)
					t->skip =
					    say(r, "it depends on \"%.100s\", which is skipped",
						t->depends[k]);
		}
}

static bool check_depends(struct definition_reading *r)
{
	struct kernelci_definition *d = r->out;
	for (size_t i = 0; i < d->tests_count; i++)
		for (size_t k = 0; k < d->tests[i].depends_count; k++)
			if (!find_test(d, d->tests[i].depends[k]))
				return refuse(
				    r, "tests: \"%.100s\" depends on \"%.100s\", which is none",
				    d->tests[i].id, d->tests[i].depends[k]);
	skip_dependants(r);
	return true;
}

static bool read_tests(struct definition_reading *r, const char *name, const json_t *value,
		       void *at)
{
	(void)at;
	struct kernelci_definition *d = r->out;
	size_t count = json_array_size(value);
	if (!json_is_array(value) || count == 0 || count > KERNELCI_TESTS_MAX)
		return refuse(r, "%s: expected a list of 1 to %d tests", name, KERNELCI_TESTS_MAX);
	d->tests = arena_new(r->arena, count, sizeof(*d->tests));
	for (size_t i = 0; i < count; i++) {
		struct kernelci_test *t = &d->tests[i];
		t->timeout_s = TIMEOUT_S;
		if (!read_object(r, "tests", json_array_get(value, i), test_keys, t))
			return false;
		if (find_test(d, t->id))
			return refuse(r, "tests: two are called \"%.100s\"", t->id);
		know_type(r, t);
		d->tests_count = i + 1;
	}
	return check_depends(r);
}

// ---- environment, callback, parameters ----------------------------------------------------------

static const struct definition_key console_keys[] = {
    {"method", read_text, offsetof(struct kernelci_definition, console_method), false},
    {"baud", read_baud, offsetof(struct kernelci_definition, console_baud), false},
    {0},
};

static bool read_console(struct definition_reading *r, const char *name, const json_t *value,
			 void *at)
{
	(void)at;
	return read_object(r, name, value, console_keys, r->out);
}

// A list of words, or an object whose values are said as "key=value".
static bool read_requirements(struct definition_reading *r, const char *name, const json_t *value,
			      void *at)
{
	if (json_is_array(value))
		return read_strings(r, name, value, at);
	struct strings *out = at;
	const char *key;
	json_t *item;
	if (!json_is_object(value) || json_object_size(value) > LIST_MAX)
		return refuse(r, "%s: expected a list or an object", name);
	const char **items = arena_new(r->arena, json_object_size(value) + 1, sizeof(*items));
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		if (json_is_string(item))
			items[out->count++] = say(r, "%.100s=%.100s", key, json_string_value(item));
		else if (json_is_integer(item))
			items[out->count++] =
			    say(r, "%.100s=%lld", key, (long long)json_integer_value(item));
		else if (json_is_true(item))
			items[out->count++] = say(r, "%.200s", key);
		else if (!json_is_false(item))
			return refuse(r, "%s.%.100s: expected a word or a number", name, key);
	}
	out->items = items;
	return true;
}

static bool read_arch(struct definition_reading *r, const char *name, const json_t *value, void *at)
{
	const char **out = at;
	if (!read_name(r, name, value, out))
		return false;
	return strcmp(*out, "arm64") == 0 ||
	       refuse(r, "environment.arch: \"%.40s\", this lab boots arm64", *out);
}

static const struct definition_key environment_keys[] = {
    {"platform", read_name, offsetof(struct kernelci_definition, platform), true},
    {"arch", read_arch, offsetof(struct kernelci_definition, arch), true},
    {"console", read_console, 0, false},
    {"requirements", read_requirements, STRINGS_AT(kernelci_definition, requirements), false},
    {0},
};

static bool read_environment(struct definition_reading *r, const char *name, const json_t *value,
			     void *at)
{
	(void)at;
	return read_object(r, name, value, environment_keys, r->out);
}

static const struct definition_key callback_keys[] = {
    {"url", read_url, offsetof(struct kernelci_definition, callback_url), true},
    {"token_name", read_text, offsetof(struct kernelci_definition, callback_token), false},
    {0},
};

static bool read_callback(struct definition_reading *r, const char *name, const json_t *value,
			  void *at)
{
	(void)at;
	return read_object(r, name, value, callback_keys, r->out);
}

// Words that go behind a kernel's command line: one line of them.
static bool read_arguments(struct definition_reading *r, const char *name, const json_t *value,
			   void *at)
{
	const char **out = at;
	if (!take_string(r, name, value, out))
		return false;
	for (const char *s = *out; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return refuse(r, "%s: control characters in a command line", name);
	return true;
}

static const struct definition_key parameter_keys[] = {
    {"boot-args", read_arguments, offsetof(struct kernelci_definition, arguments), false},
    {"boot_args", read_arguments, offsetof(struct kernelci_definition, arguments), false},
    {0},
};

static bool read_parameters(struct definition_reading *r, const char *name, const json_t *value,
			    void *at)
{
	(void)at;
	return read_object(r, name, value, parameter_keys, r->out);
}

// ---- integrity ----------------------------------------------------------------------------------

// Whether a checksum that is called `name` is the artifact's: by its key, or by the file of its URL.
static bool names_artifact(const char *name, enum kernelci_artifact_kind kind,
			   const struct kernelci_artifact *a)
{
	if (!a->url)
		return false;
	if (strcmp(name, kernelci_artifact_name(kind)) == 0)
		return true;
	size_t len = strcspn(a->url, "?#"), name_len = strlen(name);
	return len > name_len && a->url[len - name_len - 1] == '/' &&
	       memcmp(a->url + len - name_len, name, name_len) == 0;
}

// Checksums of files that are not fetched need not be understood.
static bool read_sha256(struct definition_reading *r, const char *name, const json_t *value,
			void *at)
{
	(void)at;
	const char *key;
	json_t *item;
	if (!json_is_object(value))
		return refuse(r, "integrity.%s: expected an object", name);
	json_object_foreach((json_t *)(uintptr_t)value, key, item)
	{
		const char *text = json_string_value(item);
		if (key[0] == '_')
			continue; // "_comment"
		if (!text || !format_is_hex(text, json_string_length(item), 64))
			return refuse(r, "integrity.%s.%.100s: no sha256", name, key);
		for (int kind = 0; kind < KERNELCI_ARTIFACTS; kind++) {
			struct kernelci_artifact *a = &r->out->artifacts[kind];
			if (names_artifact(key, (enum kernelci_artifact_kind)kind, a))
				a->sha256 = arena_strndup(r->arena, text, 64);
		}
	}
	return true;
}

static const struct definition_key integrity_keys[] = {
    {"sha256", read_sha256, 0, false},
    {0},
};

static bool read_integrity(struct definition_reading *r, const char *name, const json_t *value,
			   void *at)
{
	(void)at;
	return read_object(r, name, value, integrity_keys, r->out);
}

// ---- the definition -----------------------------------------------------------------------------

static bool read_later(struct definition_reading *r, const char *name, const json_t *value,
		       void *at)
{
	(void)r, (void)name, (void)value, (void)at;
	return true;
}

static const struct definition_key definition_keys[] = {
    {"artifacts", read_artifacts, 0, true},
    {"tests", read_tests, 0, true},
    {"environment", read_environment, 0, true},
    {"callback", read_callback, 0, false},
    {"parameters", read_parameters, 0, false},
    {"integrity", read_later, 0, false}, // it names artifacts, wherever they stand
    {0},
};

bool kernelci_definition_parse(const char *text, size_t len, struct arena *arena,
			       struct kernelci_definition *out, struct buffer *why)
{
	struct definition_reading r = {.arena = arena, .out = out, .why = why};
	json_error_t e;
	*out = (struct kernelci_definition){0};
	if (len > KERNELCI_DEFINITION_LIMIT)
		return refuse(&r, "definition: longer than %zu bytes", KERNELCI_DEFINITION_LIMIT);
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		return refuse(&r, "definition: no JSON of a pull lab's job: line %d: %s", e.line,
			      e.text);
	bool ok = read_object(&r, "", root, definition_keys, out);
	const json_t *integrity = json_object_get(root, "integrity");
	if (ok && integrity)
		ok = read_integrity(&r, "integrity", integrity, NULL);
	json_decref(root);
	return ok;
}

double kernelci_definition_seconds(const struct kernelci_definition *d)
{
	double sum = 0;
	for (size_t i = 0; i < d->tests_count; i++)
		if (!d->tests[i].skip)
			sum += d->tests[i].timeout_s;
	return sum;
}

void kernelci_definition_limit(struct kernelci_definition *d, struct arena *arena, unsigned kinds)
{
	struct definition_reading r = {.arena = arena, .out = d};
	for (size_t i = 0; i < d->tests_count; i++)
		if (!d->tests[i].skip && !(kinds & 1u << d->tests[i].kind))
			d->tests[i].skip =
			    say(&r, "this lab does not run tests of the type \"%.100s\"",
				d->tests[i].type);
	skip_dependants(&r);
}

const char *kernelci_definition_unmet(const struct kernelci_definition *d, const char *const *meets)
{
	for (size_t i = 0; i < d->requirements_count; i++) {
		bool met = false;
		for (const char *const *m = meets; m && *m && !met; m++)
			met = strcmp(*m, d->requirements[i]) == 0;
		if (!met)
			return d->requirements[i];
	}
	return NULL;
}

bool kernelci_definition_runs(const struct kernelci_definition *d)
{
	for (size_t i = 0; i < d->tests_count; i++)
		if (!d->tests[i].skip)
			return true;
	return false;
}
