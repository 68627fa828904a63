// SPDX-License-Identifier: GPL-2.0-or-later
// A job narrowed to one run, written as a job file.
#include "config/job.h"

static void dump_key(const char *indent, const char *key, const char *value, struct buffer *out)
{
	if (!value)
		return;
	buffer_printf(out, "%s%s: ", indent, key);
	config_dump_string(value, out);
	buffer_append_str(out, "\n");
}

static void dump_want(const struct want *w, struct buffer *out)
{
	buffer_append_str(out, "      -\n");
	config_dump_list("        ", "pools", w->pools, w->pools_count, out);
	config_dump_list("        ", "failing_tests", w->failing_tests, w->failing_tests_count,
			 out);
	buffer_append_str(out, w->splats_count ? "        splats:\n" : "        splats: []\n");
	for (size_t i = 0; i < w->splats_count; i++) {
		const struct want_splat *s = &w->splats[i];
		buffer_printf(out, "          - count: %lld\n", (long long)s->count);
		dump_key("            ", "class", s->class, out);
		dump_key("            ", "function", s->function, out);
		dump_key("            ", "title", s->title, out);
	}
}

static void dump_source(const struct source_config *s, struct buffer *out)
{
	buffer_append_str(out, "source:\n  tree_name: ");
	config_dump_string(s->tree_name ? s->tree_name : "", out);
	buffer_append_str(out, "\n");
	dump_key("  ", "git_repository_url", s->repository_url, out);
	dump_key("  ", "git_repository_branch", s->branch, out);
	dump_key("  ", "git_commit_hash", s->commit, out);
	dump_key("  ", "git_commit_name", s->commit_name, out);
	dump_key("  ", "patchset_hash", s->patchset_hash, out);
	dump_key("  ", "message_id", s->message_id, out);
}

static void dump_hooks(const char *when, const struct hook_config *hooks, size_t count,
		       struct buffer *out)
{
	if (count > 0)
		buffer_printf(out, "  %s:\n", when);
	for (size_t i = 0; i < count; i++) {
		size_t words = 0;
		while (hooks[i].run[words])
			words++;
		buffer_printf(out, "    - timeout: %gs\n      on_failure: %s\n", hooks[i].timeout_s,
			      hook_failure_name(hooks[i].on_failure));
		config_dump_list("      ", "run", hooks[i].run, words, out);
	}
}

void job_dump_run(const struct job_config *job, const struct variant_config *variant,
		  const struct run_identity *run, struct buffer *out)
{
	buffer_append_str(out, "# the job as this run carries it out\n");
	dump_key("", "name", job->name, out);
	dump_key("", "description", job->description, out);
	buffer_append_str(out, "run:\n");
	dump_key("  ", "id", run->id, out);
	dump_key("  ", "batch", run->batch, out);
	dump_key("  ", "pool", run->pool, out);
	dump_key("  ", "sha256", run->sha256, out);
	dump_key("  ", "payload_name", run->payload_name, out);
	dump_key("  ", "package", run->package, out);
	dump_key("  ", "build_id", run->build_id, out);
	dump_key("  ", "retry_of", run->retry_of, out);
	dump_key("  ", "confirms", run->confirms, out);
	dump_key("  ", "rerun_of", run->rerun_of, out);
	buffer_printf(out, "  attempt: %lld\n  waited: %.3fs\npayload:\n", (long long)run->attempt,
		      run->waited_s);
	dump_key("  ", payload_kind_name(job->payload.kind), job->payload.parts[PAYLOAD_IMAGE].path,
		 out);
	dump_key("  ", "initrd", job->payload.parts[PAYLOAD_INITRD].path, out);
	dump_key("  ", "dtb", job->payload.parts[PAYLOAD_DTB].path, out);
	buffer_append_str(out, "pools: [");
	config_dump_string(run->pool, out);
	buffer_printf(out, "]\ndeadline: %gs\nsilence: %gs\nconsole_limit: %lld\n", job->deadline_s,
		      job->silence_s, (long long)job->console_limit);
	buffer_printf(out, "done:\n  power_off: %s\n", job->done.power_off ? "true" : "false");
	dump_key("  ", "panic", job->done.panic, out);
	dump_key("  ", "text", job->done.text, out);
	if (job->done.from_handover)
		dump_key("  ", "from", "handover", out);
	dump_source(&job->source, out);
	literals_dump("", &job->detect, out);
	sanitize_config_dump(&job->sanitize, out);
	metrics_config_dump(&job->metrics, out);
	dump_key("", "baseline", job->baseline, out);
	if (job->hooks.before_count + job->hooks.after_count > 0)
		buffer_append_str(out, "hooks:\n");
	dump_hooks("before", job->hooks.before, job->hooks.before_count, out);
	dump_hooks("after", job->hooks.after, job->hooks.after_count, out);
	buffer_append_str(out, "variants:\n  -\n");
	dump_key("    ", "name", variant->name, out);
	dump_key("    ", "arguments", variant->arguments, out);
	buffer_append_str(out, variant->wants_count ? "    want:\n" : "    want: []\n");
	for (size_t i = 0; i < variant->wants_count; i++)
		dump_want(&variant->wants[i], out);
}
