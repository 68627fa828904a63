// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "detect/detect.h"

struct scan {
	const char *file;
	bool json;
	uint32_t findings; // of severity >= 2
};

static json_t *text(struct detect_view v)
{
	json_t *s = json_stringn(v.ptr ? v.ptr : "", v.len);
	if (s)
		return s;
	// Not UTF-8: keep what is ASCII.
	char ascii[256];
	size_t len = v.len < sizeof(ascii) ? v.len : sizeof(ascii);
	for (size_t i = 0; i < len; i++)
		ascii[i] = (v.ptr[i] & 0x80) ? '?' : v.ptr[i];
	return json_stringn(ascii, len);
}

static json_t *hex(uint64_t value)
{
	return json_sprintf("%016llx", (unsigned long long)value);
}

static void print(json_t *object)
{
	json_dumpf(object, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(object);
}

static void print_splat(const struct scan *s, const struct detect_splat *splat)
{
	json_t *o = json_object();
	json_object_set_new(o, "file", json_string(s->file));
	json_object_set_new(o, "event", json_string("splat"));
	json_object_set_new(o, "line", json_integer((json_int_t)splat->header.line));
	json_object_set_new(o, "class", json_string(splat->class_name));
	json_object_set_new(o, "sub", json_string(splat->sub));
	json_object_set_new(o, "func", text(splat->func));
	json_object_set_new(o, "title", text(splat->title));
	json_object_set_new(o, "sig1", hex(splat->sig1));
	json_object_set_new(o, "sig2", hex(splat->sig2));
	json_object_set_new(o, "sig3", hex(splat->sig3));
	json_object_set_new(o, "complete", json_boolean(splat->complete));
	json_object_set_new(o, "severity", json_integer(splat->severity));
	json_object_set_new(o, "fatal", json_boolean(splat->fatal));
	if (splat->folded_into)
		json_object_set_new(o, "folded_into", json_integer((json_int_t)splat->folded_into));
	print(o);
}

static void print_test(const struct scan *s, const struct detect_test *test)
{
	json_t *o = json_object();
	json_object_set_new(o, "file", json_string(s->file));
	json_object_set_new(o, "event", json_string("test"));
	json_object_set_new(o, "line", json_integer((json_int_t)test->at.line));
	json_object_set_new(o, "result", json_string(detect_test_result_name(test->result)));
	json_object_set_new(o, "path", text(test->path));
	print(o);
}

static void print_outcome(const struct scan *s, const struct detect_boot *boot)
{
	json_t *o = json_object();
	json_object_set_new(o, "file", json_string(s->file));
	json_object_set_new(o, "event", json_string("boot"));
	json_object_set_new(o, "outcome", json_string(detect_outcome_name(boot->outcome)));
	json_object_set_new(o, "boots", json_integer(boot->boots));
	print(o);
}

static void on_event(const struct detect_event *event, void *arg)
{
	struct scan *s = arg;
	switch (event->kind) {
	case DETECT_SPLAT_CLOSE:
		if (event->splat.severity >= 2)
			s->findings++;
		print_splat(s, &event->splat);
		break;
	case DETECT_TEST:
		if (event->test.result == DETECT_TEST_FAIL ||
		    event->test.result == DETECT_TEST_ERROR ||
		    event->test.result == DETECT_TEST_INCOMPLETE)
			print_test(s, &event->test);
		break;
	case DETECT_BOOT:
		if (event->boot.what == DETECT_BOOT_FINAL)
			print_outcome(s, &event->boot);
		break;
	default:
		break;
	}
}

static struct error *scan_file(struct scan *s, const char *path)
{
	static const struct detect_config config = {
	    .mask = DETECT_MASK(DETECT_SPLAT_CLOSE) | DETECT_MASK(DETECT_TEST) |
		    DETECT_MASK(DETECT_BOOT),
	};
	CLEANUP_CLOSE int fd =
	    strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(ERROR_USAGE, errno, "%s", path);
	CLEANUP_DETECT struct detect *d = NULL;
	TRY(detect_new(&config, &d));
	s->file = path;
	char bytes[65536];
	ssize_t n;
	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		detect_feed(d, bytes, (size_t)n, 0, on_event, s);
	if (n < 0)
		return error_errno(ERROR_USAGE, errno, "%s", path);
	detect_end(d, DETECT_END_CLOSED, on_event, s);
	return NULL;
}

static struct error *scan_run(int argc, char **argv, int *code)
{
	static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
	struct scan s = {0};
	int option;
	while ((option = getopt_long(argc, argv, "j", options, NULL)) != -1) {
		if (option != 'j')
			return error_new(ERROR_USAGE, "unknown option");
		s.json = true;
	}
	if (optind == argc)
		return error_new(ERROR_USAGE, "no file named");
	for (int i = optind; i < argc; i++)
		TRY(scan_file(&s, argv[i]));
	*code = s.findings ? EXIT_FAIL : EXIT_AS_WANTED;
	return NULL;
}

const struct cmd cmd_scan = {
    .name = "scan",
    .arguments = "[--json] FILE...",
    .summary = "Finds splats in console logs",
    .help = "  --json   one JSON object a line\n"
	    "  -        standard input\n",
    .run = scan_run,
};
