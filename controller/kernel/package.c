// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/package.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/unpack.h"
#include "kernel/image_file.h"

#define CONTROL_LIMIT ((size_t)65536)
#define RPM_LIMIT     ((size_t)32 << 20) // of its headers: they list each file of the package
#define KERNEL_LIMIT  ((uint64_t)4 << 30)

static const struct archive_limits limits = {.bytes = (uint64_t)16 << 30};

// Takes a word of others into results: letters, digits and what versions are made of.
static void take_word(const char *from, size_t len, char *out, size_t size)
{
	size_t n = 0;
	while (n < len && n + 1 < size && from[n] > ' ' && from[n] < 0x7f)
		n++;
	memcpy(out, from, n);
	out[n] = '\0';
}

// ---- a deb's control file -------------------------------------------------------------------------

void package_read_control(const char *text, size_t len, struct package_name *out)
{
	*out = (struct package_name){0};
	const struct {
		const char *key;
		char *value;
		size_t size;
	} fields[] = {
	    {"Package: ", out->name, sizeof(out->name)},
	    {"Version: ", out->version, sizeof(out->version)},
	    {"Architecture: ", out->architecture, sizeof(out->architecture)},
	};
	for (const char *line = text, *end = text + len; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((stop ? stop : end) - line);
		for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
			size_t key = strlen(fields[i].key);
			if (n > key && memcmp(line, fields[i].key, key) == 0)
				take_word(line + key, n - key, fields[i].value, fields[i].size);
		}
		line += n + 1;
	}
}

// ---- an rpm's headers -----------------------------------------------------------------------------
// A lead of 96 bytes, a header with signatures, padding to 8 bytes, the header that counts. A header:
// 16 bytes that say how many entries and how many bytes of values, the entries, the values.

#define LEAD_BYTES  96
#define INTRO_BYTES 16
#define ENTRY_BYTES 16
#define TYPE_STRING 6

struct rpm_header {
	const unsigned char *entries, *values;
	size_t count, len;
};

static size_t big_endian(const unsigned char *at)
{
	return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

// Moves *at behind the header.
static bool read_header(const unsigned char *bytes, size_t len, size_t *at, struct rpm_header *out)
{
	if (*at > len || len - *at < INTRO_BYTES || memcmp(bytes + *at, "\x8e\xad\xe8\x01", 4) != 0)
		return false;
	out->count = big_endian(bytes + *at + 8);
	out->len = big_endian(bytes + *at + 12);
	out->entries = bytes + *at + INTRO_BYTES;
	size_t room = len - *at - INTRO_BYTES;
	if (out->count > room / ENTRY_BYTES || out->len > room - out->count * ENTRY_BYTES)
		return false;
	out->values = out->entries + out->count * ENTRY_BYTES;
	*at += INTRO_BYTES + out->count * ENTRY_BYTES + out->len;
	return true;
}

static void take_tag(const struct rpm_header *h, size_t tag, char *out, size_t size)
{
	for (size_t i = 0; i < h->count; i++) {
		const unsigned char *entry = h->entries + i * ENTRY_BYTES;
		size_t at = big_endian(entry + 8);
		if (big_endian(entry) != tag || big_endian(entry + 4) != TYPE_STRING ||
		    at >= h->len)
			continue;
		const char *text = (const char *)h->values + at;
		take_word(text, strnlen(text, h->len - at), out, size);
		return;
	}
}

bool package_read_rpm(const void *bytes, size_t len, struct package_name *out)
{
	enum { NAME = 1000, VERSION = 1001, RELEASE = 1002, ARCHITECTURE = 1022 };
	struct rpm_header h;
	size_t at = LEAD_BYTES;
	*out = (struct package_name){0};
	if (!read_header(bytes, len, &at, &h))
		return false;
	at = (at + 7) & ~(size_t)7;
	if (!read_header(bytes, len, &at, &h))
		return false;
	char version[60] = "", release[60] = "";
	take_tag(&h, NAME, out->name, sizeof(out->name));
	take_tag(&h, VERSION, version, sizeof(version));
	take_tag(&h, RELEASE, release, sizeof(release));
	take_tag(&h, ARCHITECTURE, out->architecture, sizeof(out->architecture));
	snprintf(out->version, sizeof(out->version), "%s%s%s", version, release[0] ? "-" : "",
		 release);
	return true;
}

// ---- whose package it is --------------------------------------------------------------------------

static struct error *identify_rpm(const char *path, struct package_name *out)
{
	CLEANUP_UNPACK struct unpack *u = NULL;
	CLEANUP_BUFFER struct buffer head = {0};
	char chunk[16384];
	TRY(unpack_open(path, ERROR_CONFIG, &u));
	while (head.len < RPM_LIMIT) {
		size_t got;
		TRY(unpack_read(u, chunk, sizeof(chunk), &got));
		if (!got)
			break;
		buffer_append(&head, chunk, got);
		if (package_read_rpm(buffer_str(&head), head.len, out))
			return NULL;
	}
	return error_new(ERROR_CONFIG, "%s: an rpm with damaged headers", path);
}

// Stands at the deb's member whose name begins with `name`.
static struct error *open_member(struct archive_reader *deb, const char *name,
				 struct archive_reader *out)
{
	for (;;) {
		struct archive_entry *entry;
		TRY(archive_reader_next(deb, &entry));
		if (!entry)
			return error_new(ERROR_CONFIG, "%s: a deb without %s", deb->path, name);
		const char *found = archive_entry_pathname(entry);
		if (found && strncmp(found, name, strlen(name)) == 0)
			return archive_reader_open_entry(out, deb);
	}
}

static struct error *read_text(struct archive_reader *r, struct buffer *out)
{
	for (;;) {
		const void *bytes;
		size_t len;
		int64_t offset;
		TRY(archive_reader_read(r, &bytes, &len, &offset));
		if (!len || out->len + len > CONTROL_LIMIT)
			return NULL;
		buffer_append(out, bytes, len);
	}
}

static struct error *identify_deb(const char *path, struct package_name *out)
{
	CLEANUP_ARCHIVE_READER struct archive_reader deb = {0}, control = {0};
	TRY(archive_reader_open_as(&deb, path, ARCHIVE_DEB, &limits));
	TRY(open_member(&deb, "control.tar", &control));
	for (;;) {
		struct archive_entry *entry;
		CLEANUP_FREE char *name = NULL;
		CLEANUP_BUFFER struct buffer text = {0};
		TRY(archive_reader_next(&control, &entry));
		if (!entry)
			return error_new(ERROR_CONFIG, "%s: a deb without a control file", path);
		TRY(archive_name(&control, archive_entry_pathname(entry), &name));
		if (strcmp(name, "control") != 0)
			continue;
		TRY(read_text(&control, &text));
		package_read_control(buffer_str(&text), text.len, out);
		return NULL;
	}
}

struct error *package_identify(const char *path, enum image_form form, struct package_name *out)
{
	TRY(form == IMAGE_RPM ? identify_rpm(path, out) : identify_deb(path, out));
	static const char *const right[] = {"arm64", "aarch64", "all", "noarch"};
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (strcmp(out->architecture, right[i]) == 0)
			return NULL;
	return error_new(ERROR_CONFIG, "%s: package %s %s is for %s, expected one for arm64", path,
			 out->name, out->version,
			 out->architecture[0] ? out->architecture : "an unknown machine");
}

// ---- its files ------------------------------------------------------------------------------------

struct error *package_open(struct package_reader *r, const char *path,
			   const struct archive_limits *allowed)
{
	struct image_head head;
	TRY(image_file_look(path, &head));
	r->files = &r->outer;
	if (head.form == IMAGE_RPM)
		return archive_reader_open_as(&r->outer, path, ARCHIVE_RPM, allowed);
	if (head.form != IMAGE_DEB)
		return archive_reader_open(&r->outer, path, allowed);
	r->files = &r->inner;
	TRY(archive_reader_open_as(&r->outer, path, ARCHIVE_DEB, allowed));
	return open_member(&r->outer, "data.tar", &r->inner);
}

void package_reader_deinit(struct package_reader *r)
{
	archive_reader_deinit(&r->inner); // it reads from the other one
	archive_reader_deinit(&r->outer);
}

// ---- the kernel in it -----------------------------------------------------------------------------

// boot/vmlinuz-6.1.0-57-arm64 (Debian), lib/modules/6.12.0-1.fc42.aarch64/vmlinuz (Fedora), boot/Image-6.4.0
// (SUSE); with any folder in front.
static bool is_kernel(const char *name)
{
	static const char *const names[] = {"vmlinuz", "Image"};
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t len = strlen(names[i]);
		if (strncmp(last, names[i], len) == 0 &&
		    (!last[len] || last[len] == '-' || strcmp(last + len, ".efi") == 0 ||
		     strcmp(last + len, ".gz") == 0))
			return true;
	}
	return false;
}

static struct error *copy_entry(struct archive_reader *r, int fd, const char *fd_name)
{
	uint64_t total = 0;
	for (;;) {
		const void *bytes;
		size_t len;
		int64_t offset;
		TRY(archive_reader_read(r, &bytes, &len, &offset));
		if (!len)
			return NULL;
		total += len;
		if (total > KERNEL_LIMIT || (uint64_t)offset != total - len)
			return error_new(ERROR_CONFIG,
					 "%s: its kernel is a file with holes, or "
					 "longer than 4 GiB",
					 r->path);
		TRY(file_write_all(fd, bytes, len, fd_name));
	}
}

static struct error *take_kernel(struct archive_reader *r, int fd, const char *fd_name)
{
	for (;;) {
		struct archive_entry *entry;
		TRY(archive_reader_next(r, &entry));
		if (!entry)
			return error_new(
			    ERROR_CONFIG,
			    "%s: a package without a kernel (a file vmlinuz or Image); "
			    "one that only depends on others?",
			    r->path);
		const char *name = archive_entry_pathname(entry);
		if (name && archive_entry_filetype(entry) == AE_IFREG && is_kernel(name))
			return copy_entry(r, fd, fd_name);
	}
}

struct error *package_take_kernel(const char *path, int fd, const char *fd_name)
{
	CLEANUP_PACKAGE_READER struct package_reader r = {0};
	TRY(package_open(&r, path, &limits));
	return take_kernel(r.files, fd, fd_name);
}
