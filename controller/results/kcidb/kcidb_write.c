// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb/kcidb_write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "record/layout.h"
#include "text/format.h"
#include "results/kcidb/kcidb_check.h"
#include "results/kcidb/kcidb_writer.h"

// ---- small pieces -------------------------------------------------------------------------------

void kcidb_put_id(struct kcidb_writer *w, const char *key, const char *local)
{
	buffer_truncate(&w->scratch, 0);
	buffer_append_str(&w->scratch, w->origin);
	buffer_append(&w->scratch, ":", 1);
	buffer_append_str(&w->scratch, local);
	json_put_text(&w->json, key, buffer_str(&w->scratch));
}

void kcidb_start_section(struct kcidb_writer *w, const char *name)
{
	json_put_line(&w->json);
	json_put_array(&w->json, name);
}

void kcidb_start_item(struct kcidb_writer *w)
{
	json_put_line(&w->json);
	json_put_object(&w->json, NULL);
}

// ---- checkout and builds ------------------------------------------------------------------------

// The schema knows https:// only.
static bool url_is_known_to_kcidb(const char *url)
{
	return url && strncmp(url, "https://", 8) == 0 && format_is_uri(url, strlen(url));
}

static void put_revision(struct kcidb_writer *w, const struct checkout *c)
{
	struct json_writer *j = &w->json;
	json_put_text_if(j, "tree_name", c->tree_name);
	if (url_is_known_to_kcidb(c->git_repository_url))
		json_put_text(j, "git_repository_url", c->git_repository_url);
	json_put_text_if(j, "git_repository_branch", c->git_repository_branch);
	json_put_text_if(j, "git_commit_hash", c->git_commit_hash);
	json_put_text_if(j, "git_commit_name", c->git_commit_name);
	const char *patches = c->patchset_hash;
	if (patches && format_is_hex(patches, strlen(patches), 64))
		json_put_text(j, "patchset_hash", patches);
	else if (c->git_commit_hash && (!patches || patches[0] == '\0'))
		json_put_text(j, "patchset_hash", "");
	if (c->message_id && strchr(c->message_id, '@'))
		json_put_text(j, "message_id", c->message_id);
}

static void write_checkout(struct kcidb_writer *w)
{
	struct json_writer *j = &w->json;
	const struct batch_record *b = w->batch;
	kcidb_start_section(w, "checkouts");
	kcidb_start_item(w);
	kcidb_put_id(w, "id", w->checkout_id);
	json_put_text(j, "origin", w->origin);
	if (b->checkout)
		put_revision(w, b->checkout);
	json_put_text(j, "comment", b->comment ? b->comment : b->job);
	json_put_text(j, "start_time", b->start_time);
	json_put_text_if(j, "origin_tests_finish_time", b->finish_time);
	json_put_flag(j, "valid", true);
	json_put_object(j, "misc");
	json_put_text(j, "submitted_by", "mmfarm " MMFARM_VERSION);
	if (b->checkout && !url_is_known_to_kcidb(b->checkout->git_repository_url))
		json_put_text_if(j, "git_repository_url", b->checkout->git_repository_url);
	json_put_text_if(j, "lab", b->lab);
	json_put_end(j, '}');
	json_put_end(j, '}');
	json_put_end(j, ']');
}

static void add_build(struct kcidb_writer *w, const struct build *build)
{
	struct kcidb_emitted_build e = {.build = build};
	kcidb_build_id(w->checkout_id, build, e.id);
	ARRAY_APPEND(w->builds, w->builds_count, e);
}

const struct kcidb_emitted_build *kcidb_build_of(const struct kcidb_writer *w, const char *variant)
{
	for (size_t i = 0; i < w->builds_count; i++)
		if (strcmp(w->builds[i].build->name, variant) == 0)
			return &w->builds[i];
	return NULL;
}

// The builds batch.json names, and one for each variant that only runs know.
static void collect_builds(struct kcidb_writer *w)
{
	for (size_t i = 0; i < w->batch->builds_count; i++)
		if (!kcidb_build_of(w, w->batch->builds[i].name))
			add_build(w, &w->batch->builds[i]);
	for (size_t i = 0; i < w->results->runs_count; i++) {
		const struct run *r = w->results->runs[i];
		if (kcidb_build_of(w, r->variant))
			continue;
		struct build *build = arena_new(&w->arena, 1, sizeof(*build));
		*build = (struct build){
		    .name = r->variant, .config_name = r->variant, .payload = r->payload};
		add_build(w, build);
	}
}

static bool architecture_is_valid(const char *s)
{
	return s && format_is_origin(s, strlen(s));
}

void kcidb_put_payload(struct json_writer *j, const struct payload *p)
{
	json_put_text(j, "kernel_type", p->kind);
	json_put_object(j, "payload");
	json_put_text(j, "name", p->name);
	json_put_text_if(j, "sha256", p->sha256);
	json_put_int_if(j, "size", p->size);
	json_put_text_if(j, "arguments", p->arguments);
	json_put_text_if(j, "version", p->version);
	if (p->initrd) {
		json_put_text(j, "initrd", p->initrd->name);
		json_put_text_if(j, "initrd_sha256", p->initrd->sha256);
	}
	json_put_end(j, '}');
}

static void write_builds(struct kcidb_writer *w)
{
	struct json_writer *j = &w->json;
	kcidb_start_section(w, "builds");
	for (size_t i = 0; i < w->builds_count; i++) {
		const struct build *b = w->builds[i].build;
		kcidb_start_item(w);
		kcidb_put_id(w, "id", w->builds[i].id);
		json_put_text(j, "origin", w->origin);
		kcidb_put_id(w, "checkout_id", w->checkout_id);
		json_put_text_if(j, "start_time", b->start_time);
		json_put_text(j, "architecture",
			      architecture_is_valid(b->architecture) ? b->architecture : "arm64");
		json_put_text_if(j, "compiler", b->compiler);
		json_put_text(j, "config_name", b->config_name ? b->config_name : b->name);
		json_put_text(j, "status", "PASS"); // it was there to be booted
		json_put_object(j, "misc");
		json_put_text_if(j, "lab", w->batch->lab);
		json_put_text(j, "variant", b->name);
		if (b->payload)
			kcidb_put_payload(j, b->payload);
		json_put_end(j, '}');
		json_put_end(j, '}');
	}
	json_put_end(j, ']');
}

// ---- document -----------------------------------------------------------------------------------

struct error *kcidb_write(const char *results_dir, const struct batch_results *b, FILE *out,
			  const char *name)
{
	struct kcidb_writer w = {
	    .results_dir = results_dir,
	    .results = b,
	    .batch = b->batch,
	    .origin = b->batch->origin,
	};
	struct error *e = night_record_load(results_dir, b->batch->id, &w.arena, &w.night);
	if (e) {
		arena_deinit(&w.arena);
		return e;
	}
	json_writer_init(&w.json, out);
	kcidb_checkout_id(b->batch, w.checkout_id);
	collect_builds(&w);
	json_put_object(&w.json, NULL);
	json_put_object(&w.json, "version");
	json_put_int(&w.json, "major", 5);
	json_put_int(&w.json, "minor", 3);
	json_put_end(&w.json, '}');
	write_checkout(&w);
	write_builds(&w);
	kcidb_write_tests(&w);
	kcidb_write_issues(&w);
	json_put_end(&w.json, '}');
	e = json_writer_finish(&w.json, name);
	json_writer_deinit(&w.json);
	free(w.builds);
	arena_deinit(&w.arena);
	buffer_deinit(&w.environment);
	buffer_deinit(&w.scratch);
	return e;
}

struct error *kcidb_write_batch(const char *results_dir, const struct batch_results *b)
{
	CLEANUP_FREE char *path = layout_batch_file(results_dir, b->batch->id, LAYOUT_KCIDB_JSON);
	CLEANUP_FREE char *tmp = memory_printf("%s.tmp", path);
	FILE *f;
	TRY(file_create_tmp(path, &f));
	struct error *e = kcidb_write(results_dir, b, f, path);
	if (!e)
		e = error_wrap_kind(kcidb_check_file(tmp), ERROR_BUG,
				    "the document of batch %s is not valid KCIDB", b->batch->id);
	if (e) {
		fclose(f);
		unlink(tmp);
		return e;
	}
	return file_commit(f, path);
}
