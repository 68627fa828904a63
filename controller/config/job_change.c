// SPDX-License-Identifier: GPL-2.0-or-later
// What a command line makes different in a job that its file declares.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/job.h"
#include "text/similar.h"

static bool is_named(const char *list, const char *name)
{
	size_t len = strlen(name);
	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (strncmp(at, name, len) == 0 && (at[len] == ',' || !at[len]))
			return true;
	}
	return false;
}

static struct error *unknown_variant(const struct job_config *job, const char *name)
{
	CLEANUP_BUFFER struct buffer known = {0};
	struct similar s;
	similar_init(&s, name);
	for (size_t i = 0; i < job->variants_count; i++) {
		buffer_printf(&known, "%s%s", i ? ", " : "", job->variants[i].name);
		similar_offer(&s, job->variants[i].name);
	}
	return error_new(ERROR_USAGE,
			 "--variant %s: not a variant of this job, %s%s%sexpected some of: %s",
			 name, s.best ? "did you mean \"" : "", s.best ? s.best : "",
			 s.best ? "\"? " : "", buffer_str(&known));
}

// Leaves the variants of the list, in the order of the job.
static struct error *choose_variants(struct job_config *job, const char *list)
{
	CLEANUP_FREE char *copy = memory_strdup(list);
	for (char *rest = copy, *one; (one = strsep(&rest, ","));)
		if (!job_find_variant(job, one))
			return unknown_variant(job, one);
	size_t kept = 0;
	for (size_t i = 0; i < job->variants_count; i++) {
		const struct variant_config variant = job->variants[i];
		if (is_named(list, variant.name)) {
			job->variants[i] = job->variants[kept];
			job->variants[kept++] = variant;
		}
	}
	// Those that are left out go on belonging to the job: they are freed with it.
	job->variants_count = kept;
	return NULL;
}

static void append_arguments(struct job_config *job, const char *text)
{
	for (size_t i = 0; i < job->variants_count; i++) {
		const char *own = job->variants[i].arguments;
		char *joined = memory_printf("%s%s%s", own, *own ? " " : "", text);
		ARRAY_APPEND(job->texts, job->texts_count, joined);
		job->variants[i].arguments = joined;
	}
}

static struct error *check_append(const struct job_config *job, const char *text)
{
	if (strpbrk(text, "\r\n"))
		return error_new(ERROR_USAGE, "--append: a line end, expected one line");
	for (size_t i = 0; i < job->variants_count; i++)
		TRY(job_check_arguments(job, &job->variants[i], job->variants[i].arguments));
	return NULL;
}

struct error *job_change(struct job_config *job, const struct job_changes *c)
{
	if (c->variants)
		TRY(choose_variants(job, c->variants));
	if (c->append) {
		append_arguments(job, c->append);
		TRY(check_append(job, c->append));
	}
	if (c->initrd) {
		if (job->payload.kind != PAYLOAD_KERNEL)
			return error_new(ERROR_USAGE,
					 "--initrd %s: the job boots a firmware, an "
					 "initrd goes with a kernel only",
					 c->initrd);
		payload_part_set(&job->payload.parts[PAYLOAD_INITRD], c->initrd);
	}
	if (c->deadline && !config_parse_seconds(c->deadline, JOB_DEADLINE_MIN_S,
						 JOB_DEADLINE_MAX_S, &job->deadline_s))
		return error_new(
		    ERROR_USAGE,
		    "--deadline \"%s\": expected a time from %g to %d seconds, such as "
		    "30, 90s, 5min or 1h",
		    c->deadline, JOB_DEADLINE_MIN_S, JOB_DEADLINE_MAX_S);
	return NULL;
}
