// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a command line: read within their end, and what comes of them is within its bounds.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "board/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct options options;
	static struct options_problems problems;
	if (!size)
		return 0;
	// The first byte: where the second source begins, and how many CPUs there are.
	size_t cut = size > 1 ? *data % (size - 1) : 0;
	unsigned int used = 1 + *data % CPU_MAX;
	char *line = malloc(size);
	memcpy(line, data + 1, size - 1);
	line[size - 1] = '\0';
	size_t end = strlen(line);
	cut = cut < end ? cut : end;
	options_init(&options, &problems);
	options_parse(&options, line, 0, cut, &problems);
	options_parse(&options, line, cut, end, &problems);
	options_check(&options, used, *data & 1, &problems);
	free(line);
	for (unsigned int i = 0; i < OPTIONS_SORTS; i++)
		if (!problems.count[i] != !*problems.why[i] ||
		    strlen(problems.why[i]) >= OPTIONS_WHY_MAX)
			abort();
	if (problems.count[OPTIONS_BAD])
		return 0;
	if (options.maxcpu < 1 || options.maxcpu > CPU_MAX || options.reps > OPTIONS_REPS_MAX ||
	    strlen(options.tests) >= sizeof(options.tests) ||
	    options_tests_unknown(&options, NULL, 0) || !options_inject_selected(&options))
		abort();
	for (unsigned int i = used; i < CPU_MAX; i++)
		if (options.cap_override[i] != CAP_AS_FOUND)
			abort();
	return 0;
}
