// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/url.h"
#include "kernel/archive.h"
#include "kernel/fetch.h"
#include "kernel/package.h"
#include "kernel/image_file.h"
#include "kernel/unwrap.h"
#include "record/layout.h"
#include "text/utf8.h"

#define DOWNLOADS_BYTES ((uint64_t)20 << 30)
#define KEEP_S          86400.0 // what was used within a day stays in the cache

void payload_deinit(struct payload_file *p)
{
	if (!p)
		return;
	free(p->path);
	free(p->name);
	free(p->source);
	free(p->package);
	*p = (struct payload_file){0};
}

// ---- where a file is ------------------------------------------------------------------------------

static struct error *fetch_part(const char *results_dir, const struct payload_part_config *part,
				char **path)
{
	CLEANUP_FREE char *cache = path_join(results_dir, LAYOUT_DOWNLOADS);
	TRY(fetch_url(cache, part->url, part->sha256, NULL, NULL, path));
	// A cache that is too big is no fault of this file.
	error_free(fetch_prune(cache, DOWNLOADS_BYTES, KEEP_S));
	char *absolute = realpath(*path, NULL);
	if (!absolute)
		return error_errno(ERROR_SYSTEM, errno, "%s", *path);
	free(*path);
	*path = absolute;
	return NULL;
}

// Of a file, or of what was fetched.
static struct error *check_digest(const struct payload_part_config *part, const char *path)
{
	char hex[DIGEST_HEX_SIZE];
	if (!part->sha256 || part->url) // fetch_url has looked
		return NULL;
	TRY(digest_file(path, ERROR_CONFIG, hex));
	if (strcmp(hex, part->sha256) == 0)
		return NULL;
	return config_error(part->node, "%s has sha256 %s, expected %s", path, hex, part->sha256);
}

// The last part of a URL's path, for people; the caller frees.
static char *url_name(const char *url)
{
	CLEANUP_BUFFER struct buffer plain = {0};
	url_public(url, &plain);
	const char *slash = strrchr(buffer_str(&plain), '/');
	return memory_strdup(slash && slash[1] ? slash + 1 : "kernel");
}

// ---- the Image itself -----------------------------------------------------------------------------

static struct error *locate_file(const struct payload_part_config *part, bool override, char **path)
{
	const char *named = part->path;
	if (!utf8_valid(named, strlen(named)))
		return error_new(ERROR_CONFIG, "a payload's name that is not UTF-8 text");
	*path = realpath(named, NULL);
	struct stat st;
	int code = *path && stat(*path, &st) == 0 ? 0 : errno;
	if (!code && S_ISREG(st.st_mode))
		return check_digest(part, *path);
	if (!code && !S_ISDIR(st.st_mode)) // it is read more than once, and a pipe may never end
		return error_new(ERROR_CONFIG, "payload %s: a pipe or device, expected a file",
				 named);
	code = code ? code : EISDIR;
	return override ? error_errno(ERROR_CONFIG, code, "payload %s", named)
			: config_error(part->node, "payload %s: %s", named, strerror(code));
}

static struct error *locate(const struct job_config *job, const char *override,
			    const char *results_dir, struct payload_file *p)
{
	CLEANUP(payload_config_deinit) struct payload_config named = {0};
	const struct payload_part_config *part = &job->payload.parts[PAYLOAD_IMAGE];
	if (override) {
		payload_part_set(&named.parts[PAYLOAD_IMAGE], override);
		part = &named.parts[PAYLOAD_IMAGE];
	}
	if (!part->path && !part->url)
		return config_error(part->node, "this job leaves its payload to the caller: give "
						"--payload FILE");
	if (part->url) {
		TRY(error_wrap(fetch_part(results_dir, part, &p->path), "payload"));
		p->name = url_name(part->url);
		return NULL;
	}
	TRY(locate_file(part, override != NULL, &p->path));
	p->name = memory_strdup(strrchr(p->path, '/') + 1);
	return NULL;
}

static struct error *identify_package(struct payload_file *p, const struct image_head *head)
{
	struct package_name name;
	if (head->form != IMAGE_DEB && head->form != IMAGE_RPM)
		return NULL;
	TRY(package_identify(p->path, head->form, &name));
	p->package = memory_printf("%s %s", name.name, name.version);
	return NULL;
}

// Once for each content; p->path becomes the plain file.
static struct error *unpack_once(struct payload_file *p, const char *results_dir)
{
	char hex[DIGEST_HEX_SIZE];
	TRY(digest_file(p->path, ERROR_CONFIG, hex));
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_PAYLOADS);
	TRY(file_make_dirs(dir));
	CLEANUP_FREE char *plain = memory_printf("%s/%.32s.Image", dir, hex);
	if (!file_exists(plain))
		TRY(unwrap_image(p->path, plain));
	// `mmfarm prune` leaves alone what was used lately.
	utimensat(AT_FDCWD, plain, NULL, 0);
	free(p->path);
	p->path = realpath(plain, NULL);
	return p->path ? NULL : error_errno(ERROR_SYSTEM, errno, "%s", plain);
}

// What the plain Image says of itself.
static struct error *describe(struct payload_file *p, enum payload_kind kind)
{
	struct image_head head;
	struct stat st;
	TRY(image_file_look(p->path, &head));
	TRY(image_file_check(p->path, &head));
	p->granule = head.granule;
	if (kind == PAYLOAD_KERNEL)
		TRY(image_file_build_id(p->path, p->build_id));
	TRY(digest_file(p->path, ERROR_CONFIG, p->sha256));
	if (stat(p->path, &st) < 0)
		return error_errno(ERROR_CONFIG, errno, "payload %s", p->path);
	p->size = (uint64_t)st.st_size;
	return NULL;
}

struct error *payload_resolve(const struct job_config *job, const char *override,
			      const char *results_dir, struct payload_file *out)
{
	CLEANUP_PAYLOAD struct payload_file p = {0};
	struct image_head head;
	TRY(locate(job, override, results_dir, &p));
	p.source = memory_strdup(p.path);
	TRY(image_file_look(p.path, &head));
	TRY(identify_package(&p, &head));
	if (head.form != IMAGE_ARM64 && head.form != IMAGE_FOREIGN)
		TRY(unpack_once(&p, results_dir));
	TRY(describe(&p, job->payload.kind));
	*out = p;
	p = (struct payload_file){0};
	return NULL;
}

// ---- the other files ------------------------------------------------------------------------------

static struct error *resolve_part(struct payload_part_config *part, const char *results_dir)
{
	if (part->url) {
		char *path;
		TRY(fetch_part(results_dir, part, &path));
		payload_part_set(part, path);
		free(path);
		return NULL;
	}
	return part->path ? check_digest(part, part->path) : NULL;
}

// Named by what it is made of; the caller frees.
static struct error *name_initramfs(const struct payload_config *p, const char *results_dir,
				    char **out)
{
	const char *initrd = p->parts[PAYLOAD_INITRD].path;
	char own[DIGEST_HEX_SIZE] = "", modules[DIGEST_HEX_SIZE], hex[DIGEST_HEX_SIZE];
	if (initrd)
		TRY(digest_file(initrd, ERROR_CONFIG, own));
	TRY(digest_file(p->parts[PAYLOAD_MODULES].path, ERROR_CONFIG, modules));
	CLEANUP_FREE char *both = memory_printf("%s+%s", own, modules);
	digest_bytes(both, strlen(both), hex);
	*out = memory_printf("%s/" LAYOUT_PAYLOADS "/%.32s.initramfs", results_dir, hex);
	return NULL;
}

static struct error *lay_modules(struct payload_config *p, const char *results_dir)
{
	struct payload_part_config *initrd = &p->parts[PAYLOAD_INITRD];
	struct payload_part_config *modules = &p->parts[PAYLOAD_MODULES];
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_PAYLOADS);
	CLEANUP_FREE char *out = NULL;
	// The initrd comes first: what it brings itself, the modules of the kernel replace.
	const struct initramfs_part layers[] = {
	    {.path = initrd->path, .cpio = true},
	    {.path = modules->path, .modules = true, .base = initrd->path},
	};
	size_t first = initrd->path ? 0 : 1;
	TRY(file_make_dirs(dir));
	TRY(name_initramfs(p, results_dir, &out));
	if (!file_exists(out))
		TRY(initramfs_make(layers + first, 2 - first, NULL, out));
	utimensat(AT_FDCWD, out, NULL, 0);
	payload_part_set(initrd, out);
	free(modules->path);
	modules->path = NULL;
	return NULL;
}

struct error *payload_resolve_parts(struct job_config *job, const char *results_dir)
{
	struct payload_config *p = &job->payload;
	for (enum payload_part i = PAYLOAD_INITRD; i < PAYLOAD_PARTS; i++)
		TRY(error_wrap(resolve_part(&p->parts[i], results_dir), "%s",
			       payload_part_name(i)));
	return p->parts[PAYLOAD_MODULES].path ? lay_modules(p, results_dir) : NULL;
}

// ---- kept payloads ------------------------------------------------------------------------------

char *payload_kept_path(const char *results_dir, const char *sha256)
{
	return memory_printf("%s/" LAYOUT_PAYLOADS "/%s.Image", results_dir, sha256);
}

// A build may write into the file it made before, so a link would not do for files of others; what
// we unpacked ourselves never changes.
static struct error *copy_to(const struct payload_file *p, const char *target)
{
	CLEANUP_FREE char *tmp = memory_printf("%s.%ld.tmp", target, (long)getpid());
	bool ours = strcmp(p->path, p->source) != 0;
	if (ours && link(p->path, tmp) == 0)
		return rename(tmp, target) < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", target)
					       : NULL;
	CLEANUP_CLOSE int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	struct error *e = file_append(p->path, ERROR_SYSTEM, fd, tmp);
	if (!e && fsync(fd) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", tmp);
	char hex[DIGEST_HEX_SIZE];
	if (!e)
		e = digest_file(tmp, ERROR_SYSTEM, hex);
	if (!e && strcmp(hex, p->sha256) != 0)
		e = error_new(ERROR_LAB, "%s has changed since its batch began", p->path);
	if (!e && rename(tmp, target) < 0)
		e = error_errno(ERROR_SYSTEM, errno, "%s", target);
	if (e)
		unlink(tmp);
	return e;
}

struct error *payload_keep(const struct payload_file *p, const char *results_dir)
{
	CLEANUP_FREE char *dir = path_join(results_dir, LAYOUT_PAYLOADS);
	CLEANUP_FREE char *path = payload_kept_path(results_dir, p->sha256);
	TRY(file_make_dirs(dir));
	if (utimensat(AT_FDCWD, path, NULL, 0) == 0)
		return NULL;
	return copy_to(p, path);
}
