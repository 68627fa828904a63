// SPDX-License-Identifier: GPL-2.0-or-later
// What must hold for every stream, on all logs at hand (detect_stream.c: on those shipped).
#include "unit/unit.h"

#include <glob.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/unpack.h"
#include "unit/detect_collect.h"

static void read_packed(const char *path, struct buffer *out)
{
	CLEANUP_UNPACK struct unpack *in = NULL;
	char bytes[65536];
	struct error *e = unpack_open(path, ERROR_SYSTEM, &in);
	assert_null(e);
	for (size_t got = 1; got > 0;) {
		e = unpack_read(in, bytes, sizeof(bytes), &got);
		assert_null(e);
		buffer_append(out, bytes, got);
	}
}

static bool find_logs(glob_t *found)
{
	const char *shared = getenv("MMFARM_SHARED");
	shared = shared ? shared : "../shared";
	CLEANUP_FREE char *splats = memory_printf("%s/data/splats/*/*.log", shared);
	CLEANUP_FREE char *kernels = memory_printf("%s/data/kernel-logs/*.xz", shared);
	return glob(splats, 0, NULL, found) == 0 && glob(kernels, GLOB_APPEND, NULL, found) == 0;
}

// Calls `check` with every log of the corpora; skips the test where there are none.
static void each_log(void (*check)(const char *name, const struct buffer *log))
{
	glob_t found = {0};
	if (!find_logs(&found)) {
		globfree(&found);
		print_message("no log corpora\n");
		skip();
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		CLEANUP_BUFFER struct buffer log = {0};
		read_packed(found.gl_pathv[i], &log);
		check(found.gl_pathv[i], &log);
	}
	globfree(&found);
}

static void check_chunks(const char *name, const struct buffer *log)
{
	static const size_t chunks[] = {1, 7, 4096};
	CLEANUP_COLLECTED struct collected whole;
	collect(log->data, log->len, &(struct collect_options){0}, &whole);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		CLEANUP_COLLECTED struct collected c;
		collect(log->data, log->len, &(struct collect_options){.chunk = chunks[i]}, &c);
		if (strcmp(buffer_str(&whole.text), buffer_str(&c.text)) != 0)
			fail_msg("%s differs in chunks of %zu", name, chunks[i]);
	}
}

static void events_do_not_depend_on_chunks(void **state)
{
	(void)state;
	each_log(check_chunks);
}

static void check_fast_path(const char *name, const struct buffer *log)
{
	unsigned mask = DETECT_MASK_ALL & ~DETECT_MASK(DETECT_LINE);
	struct detect_config quick = {.mask = mask};
	struct detect_config thorough = {.mask = mask | DETECT_MASK(DETECT_EXPLAIN)};
	CLEANUP_COLLECTED struct collected slow, fast;
	collect(log->data, log->len, &(struct collect_options){.config = quick}, &fast);
	collect(log->data, log->len, &(struct collect_options){.config = thorough}, &slow);
	if (strcmp(buffer_str(&slow.text), buffer_str(&fast.text)) != 0)
		fail_msg("%s: the short cut for clean lines misses something", name);
}

static void the_short_cut_for_clean_lines_misses_nothing(void **state)
{
	(void)state;
	each_log(check_fast_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events_do_not_depend_on_chunks),
	    cmocka_unit_test(the_short_cut_for_clean_lines_misses_nothing),
	};
	return cmocka_run_group_tests_name("detect/corpora", tests, NULL, NULL);
}
