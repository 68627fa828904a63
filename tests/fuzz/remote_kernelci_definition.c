// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as a job's definition: refused with a reason, or all that it names is checked; and as an
// outcome: the forms that others get of it are JSON.
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "remote/kernelci_body.h"
#include "remote/kernelci_definition.h"
#include "remote/kernelci_outcome.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char node[] =
    "{\"id\":\"n1\",\"kind\":\"job\",\"state\":\"available\",\"path\":[\"a\"],\"data\":{}}";

static void check_json(char *text)
{
	json_t *root = text ? json_loads(text, 0, NULL) : NULL;
	if (text && !root)
		abort();
	json_decref(root);
	free(text);
}

static void check_forms(const char *outcome)
{
	bool tree;
	for (int detail = 0; detail < KERNELCI_DETAILS; detail++)
		check_json(kernelci_body_finish(node, strlen(node), outcome,
						(enum kernelci_detail)detail, &tree));
	check_json(kernelci_body_callback(outcome));
}

static void check_definition(struct kernelci_definition *d, struct arena *arena)
{
	if (!d->artifacts[KERNELCI_KERNEL].url || !d->platform || !d->tests_count)
		abort();
	for (int i = 0; i < KERNELCI_ARTIFACTS; i++)
		if (d->artifacts[i].url && strncasecmp(d->artifacts[i].url, "http", 4) != 0)
			abort();
	kernelci_definition_limit(d, arena, 1u << KERNELCI_BOOT);
	for (size_t i = 0; i < d->tests_count; i++)
		if (!d->tests[i].skip && d->tests[i].kind != KERNELCI_BOOT)
			abort();
	if (kernelci_definition_runs(d) != (kernelci_definition_seconds(d) > 0))
		abort();
	char *outcome = kernelci_outcome_skipped(d);
	if (!outcome)
		abort();
	check_forms(outcome);
	free(outcome);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_BUFFER struct buffer why = {0}, text = {0};
	struct kernelci_definition d;
	if (kernelci_definition_parse((const char *)data, size, &arena, &d, &why)) {
		if (why.len)
			abort();
		check_definition(&d, &arena);
	} else {
		if (!why.len)
			abort();
		char *outcome = kernelci_outcome_failed(KERNELCI_INVALID_JOB, buffer_str(&why));
		if (!outcome)
			abort();
		check_forms(outcome);
		free(outcome);
	}
	buffer_append(&text, data, size);
	check_forms(buffer_str(&text));
	return 0;
}
