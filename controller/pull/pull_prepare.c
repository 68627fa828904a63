// SPDX-License-Identifier: GPL-2.0-or-later
#include "pull/pull_prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/job.h"
#include "kernel/archive.h"
#include "kernel/fetch.h"
#include "pull/pull_job.h"
#include "record/json_fields.h"
#include "record/layout.h"
#include "remote/kernelci_outcome.h"

#define KERNEL       "kernel"
#define INITRAMFS    "initramfs"
#define FAILED       "failed"
#define FETCH_TRIES  4
#define FAILED_LIMIT ((size_t)65536)
#define KEEP_S       86400.0 // what was used within a day stays in the cache

// Why a job could not be brought.
struct pull_failure {
	const char *code, *reason;
};
static const struct field failure_fields[] = {
    NEED(TEXT, pull_failure, code),
    NEED(TEXT, pull_failure, reason),
};
static const struct record failure_record = RECORD(struct pull_failure, failure_fields);

static char *job_dir(const char *results, const char *node)
{
	return memory_printf("%s/%s/jobs/%s", results, LAYOUT_KERNELCI, node);
}

static char *job_file(const char *results, const char *node, const char *name)
{
	CLEANUP_FREE char *dir = job_dir(results, node);
	return path_join(dir, name);
}

char *pull_prepare_job(const char *results, const char *node)
{
	return job_file(results, node, LAYOUT_JOB_YAML);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

void pull_prepare_forget(const char *results, const char *node)
{
	CLEANUP_FREE char *dir = job_dir(results, node);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

// ---- files --------------------------------------------------------------------------------------

struct bringing {
	const struct pull_preparation *p;
	char *cache; // owned
	struct kernelci_definition d;
	struct arena arena;
	char *files[KERNELCI_ARTIFACTS]; // owned: in the cache
};

static void bringing_deinit(struct bringing *b)
{
	for (int i = 0; i < KERNELCI_ARTIFACTS; i++)
		free(b->files[i]);
	free(b->cache);
	arena_deinit(&b->arena);
}

static struct error *fetch_one(struct bringing *b, enum kernelci_artifact_kind kind)
{
	const struct kernelci_artifact *a = &b->d.artifacts[kind];
	const struct kernelci_config *c = b->p->config;
	const struct fetch_limits limits = {.size = c->download_size, .ca_file = c->ca_file};
	if (!a->url)
		return NULL;
	struct error *e = NULL;
	for (unsigned i = 0; i < FETCH_TRIES; i++) {
		error_free(e);
		if (i)
			sleep(1u << i);
		e = fetch_url(b->cache, a->url, a->sha256, &limits, NULL, &b->files[kind]);
		if (!e || error_kind(e) != ERROR_LAB)
			break;
	}
	return error_wrap(e, "%s", kernelci_artifact_name(kind));
}

// What is wanted of the definition: the root file system and the tests in it are for tests alone.
static bool is_wanted(const struct bringing *b, enum kernelci_artifact_kind kind)
{
	bool root = pull_job_wants_root(&b->d);
	switch (kind) {
	case KERNELCI_ROOTFS:
	case KERNELCI_KSELFTEST:
		return root;
	case KERNELCI_RAMDISK:
	case KERNELCI_INITRD:
		return !root || !b->d.artifacts[KERNELCI_ROOTFS].url;
	case KERNELCI_DTB: // the board's own is used (boards/)
		return false;
	default:
		return true;
	}
}

static struct error *fetch_all(struct bringing *b)
{
	for (int i = 0; i < KERNELCI_ARTIFACTS; i++)
		if (is_wanted(b, (enum kernelci_artifact_kind)i))
			TRY(fetch_one(b, (enum kernelci_artifact_kind)i));
	return NULL;
}

// The file itself, or a copy: the cache may lose its name.
static struct error *place(const char *from, const char *to)
{
	if (link(from, to) == 0)
		return NULL;
	CLEANUP_CLOSE int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", to);
	return file_append(from, ERROR_SYSTEM, fd, to);
}

static void add_part(struct initramfs_part *parts, size_t *count, const char *path, bool cpio,
		     const char *prefix)
{
	if (path)
		parts[(*count)++] =
		    (struct initramfs_part){.path = path, .cpio = cpio, .prefix = prefix};
}

// `*made` false: the definition has nothing to make one of.
static struct error *make_initramfs(struct bringing *b, bool *made)
{
	CLEANUP_FREE char *out = job_file(b->p->results, b->p->node, INITRAMFS);
	CLEANUP_BUFFER struct buffer script = {0};
	struct initramfs_part parts[8];
	size_t count = 0;
	bool root = b->files[KERNELCI_ROOTFS] != NULL;
	add_part(parts, &count, b->files[KERNELCI_RAMDISK], true, NULL);
	add_part(parts, &count, b->files[KERNELCI_INITRD], true, NULL);
	add_part(parts, &count, b->files[KERNELCI_ROOTFS], false, NULL);
	*made = count > 0;
	if (!*made)
		return NULL;
	// In a root file system /lib is a link to usr/lib, in whose place a directory would be put.
	add_part(parts, &count, b->files[KERNELCI_MODULES], false, root ? "usr" : NULL);
	add_part(parts, &count, b->files[KERNELCI_KSELFTEST], false, "opt/kselftest");
	pull_job_init(&b->d, &script);
	parts[count++] = (struct initramfs_part){.script = buffer_str(&script), .name = PULL_INIT};
	return initramfs_make(parts, count, NULL, out);
}

static struct error *write_job(struct bringing *b, bool initramfs)
{
	const struct kernelci_platform_config *platform =
	    kernelci_config_platform(b->p->config, b->p->platform);
	CLEANUP_BUFFER struct buffer text = {0};
	CLEANUP_FREE char *path = pull_prepare_job(b->p->results, b->p->node);
	CLEANUP_JOB struct job_config *job = NULL;
	if (!platform)
		return error_new(ERROR_CONFIG, "the lab has no platform \"%s\" any more",
				 b->p->platform);
	pull_job_yaml(&b->d, platform, initramfs, &text);
	TRY(file_write_atomic(path, buffer_str(&text), text.len));
	return job_load(path, &job); // arguments that a kernel would cut, say
}

static struct error *understand(struct bringing *b)
{
	const struct pull_preparation *p = b->p;
	CLEANUP_BUFFER struct buffer why = {0};
	if (kernelci_understand(p->options, p->platform, p->definition, strlen(p->definition),
				&b->arena, &b->d, &why))
		return NULL;
	return error_new(ERROR_CONFIG, "%s", buffer_str(&why));
}

static struct error *bring(struct bringing *b)
{
	const struct pull_preparation *p = b->p;
	CLEANUP_FREE char *dir = job_dir(p->results, p->node);
	CLEANUP_FREE char *kernel = path_join(dir, KERNEL);
	bool initramfs;
	TRY(understand(b));
	pull_prepare_forget(p->results, p->node);
	TRY(file_make_dirs(dir));
	TRY(fetch_all(b));
	TRY(place(b->files[KERNELCI_KERNEL], kernel));
	TRY(make_initramfs(b, &initramfs));
	TRY(write_job(b, initramfs));
	// A cache that is too big is no fault of this job.
	error_free(fetch_prune(b->cache, p->config->cache_size, KEEP_S));
	return NULL;
}

// ---- told to the other process ------------------------------------------------------------------

static struct error *write_failure(const struct pull_preparation *p, const struct error *why)
{
	CLEANUP_FREE char *dir = job_dir(p->results, p->node);
	CLEANUP_FREE char *path = path_join(dir, FAILED);
	// The lab's trouble is no fault of the definition.
	const struct pull_failure f = {error_kind(why) == ERROR_CONFIG ? KERNELCI_INVALID_JOB
								       : KERNELCI_INFRASTRUCTURE,
				       error_text(why)};
	TRY(file_make_dirs(dir));
	return json_fields_write(path, &failure_record, &f);
}

struct error *pull_prepare(const struct pull_preparation *p)
{
	CLEANUP(bringing_deinit) struct bringing b = {.p = p};
	b.cache = p->config->cache ? memory_strdup(p->config->cache)
				   : memory_printf("%s/%s/cache", p->results, LAYOUT_KERNELCI);
	CLEANUP_ERROR struct error *e = bring(&b);
	return e ? write_failure(p, e) : NULL;
}

static void prepare_here(void *arg)
{
	error_free(pull_prepare(arg)); // what it could not even write looks like a kill
}

struct error *pull_prepare_begin(const struct pull_preparation *p, struct process *out)
{
	struct pull_preparation copy = *p;
	const struct process_spec spec = {.call = prepare_here,
					  .arg = &copy,
					  .in = -1,
					  .out = -1,
					  .err = -1,
					  .pass = -1,
					  .new_group = true,
					  .die_with_parent = true};
	pull_prepare_forget(p->results, p->node);
	return process_spawn(&spec, out);
}

bool pull_prepare_done(const char *results, const char *node, char **code, char **reason)
{
	CLEANUP_ARENA struct arena arena = {0};
	CLEANUP_FREE char *job = pull_prepare_job(results, node);
	CLEANUP_FREE char *failed = job_file(results, node, FAILED);
	struct pull_failure f = {0};
	*code = *reason = NULL;
	if (!file_exists(failed))
		return file_exists(job);
	CLEANUP_ERROR struct error *e =
	    json_fields_load(failed, FAILED_LIMIT, &failure_record, &arena, &f);
	*code = memory_strdup(e ? KERNELCI_INFRASTRUCTURE : f.code);
	*reason = memory_strdup(e ? error_text(e) : f.reason);
	return false;
}
