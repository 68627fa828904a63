// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/payload.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/url.h"

#define SHA256_DIGITS 64

static const char *const kinds[] = {
    [PAYLOAD_FIRMWARE] = "firmware",
    [PAYLOAD_KERNEL] = "kernel",
};

const char *payload_kind_name(enum payload_kind kind)
{
	return kinds[kind];
}

static const char *const parts[PAYLOAD_PARTS] = {
    [PAYLOAD_IMAGE] = "payload",
    [PAYLOAD_INITRD] = "initrd",
    [PAYLOAD_DTB] = "dtb",
    [PAYLOAD_MODULES] = "modules",
};

const char *payload_part_name(enum payload_part part)
{
	return parts[part];
}

bool payload_is_url(const char *text)
{
	return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

void payload_part_set(struct payload_part_config *part, const char *path)
{
	free(part->path);
	free(part->url);
	bool url = payload_is_url(path);
	part->path = url ? NULL : memory_strdup(path);
	part->url = url ? memory_strdup(path) : NULL;
	part->sha256 = NULL;
}

void payload_config_deinit(struct payload_config *p)
{
	for (int i = 0; i < PAYLOAD_PARTS; i++) {
		free(p->parts[i].path);
		free(p->parts[i].url);
	}
}

bool payload_config_fetches(const struct payload_config *p)
{
	for (int i = 0; i < PAYLOAD_PARTS; i++)
		if (p->parts[i].url)
			return true;
	return false;
}

// ---- one file -------------------------------------------------------------------------------------

static struct error *take_url(struct config_node n, const char *text,
			      struct payload_part_config *out)
{
	static const char *const schemes[] = {"http", "https", NULL};
	const char *wrong = url_check(text, schemes, false);
	if (wrong)
		return config_error(n, "a URL to fetch: %s", wrong);
	out->url = memory_strdup(text);
	return NULL;
}

// A file name or a URL.
static struct error *take_name(struct config_node n, struct payload_part_config *out)
{
	const char *text;
	TRY(config_string(n, &text));
	return payload_is_url(text) ? take_url(n, text, out) : config_path(n, &out->path);
}

static struct error *take_digest(struct config_node n, const char **out)
{
	TRY(config_string(n, out));
	if (strlen(*out) == SHA256_DIGITS && strspn(*out, "0123456789abcdef") == SHA256_DIGITS)
		return NULL;
	return config_error(n, "sha256 \"%.80s\", expected 64 digits of 0-9 a-f", *out);
}

static struct error *parse_part(struct config_node n, struct payload_part_config *out)
{
	out->node = n;
	if (!config_is_map(n))
		return take_name(n, out);
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	static const char *const known[] = {"file", "url", "sha256", NULL};
	TRY(config_map_init(&m, n));
	TRY(config_map_only(&m, known));
	struct config_node file = config_map_find(&m, "file"), url = config_map_find(&m, "url");
	struct config_node digest = config_map_find(&m, "sha256");
	const char *text;
	if (config_is_set(file) == config_is_set(url))
		return config_error(n, "expected one of \"file\" and \"url\"");
	if (config_is_set(digest))
		TRY(take_digest(digest, &out->sha256));
	if (config_is_set(file))
		return config_path(file, &out->path);
	TRY(config_string(url, &text));
	return take_url(url, text, out);
}

// "--payload" is the word for "to be named on the command line".
static struct error *parse_image(struct config_node n, struct payload_part_config *out)
{
	const char *text = "";
	out->node = n;
	if (!config_is_map(n))
		TRY(config_string(n, &text));
	return strcmp(text, "--payload") == 0 ? NULL : parse_part(n, out);
}

// ---- all of them ----------------------------------------------------------------------------------

static const char *article(enum payload_part part)
{
	return part == PAYLOAD_INITRD ? "an initrd goes"
	       : part == PAYLOAD_DTB  ? "a dtb goes"
				      : "modules go";
}

struct error *payload_config_parse(struct config_node n, struct payload_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	static const char *const known[] = {"firmware", "kernel", "initrd", "dtb", "modules", NULL};
	TRY(config_map_init(&m, n));
	TRY(config_map_only(&m, known));
	struct config_node firmware = config_map_find(&m, "firmware");
	struct config_node kernel = config_map_find(&m, "kernel");
	if (config_is_set(firmware) == config_is_set(kernel))
		return config_error(n, "expected one of \"firmware\" and \"kernel\"");
	out->kind = config_is_set(firmware) ? PAYLOAD_FIRMWARE : PAYLOAD_KERNEL;
	TRY(parse_image(config_is_set(firmware) ? firmware : kernel, &out->parts[PAYLOAD_IMAGE]));
	for (enum payload_part i = PAYLOAD_INITRD; i < PAYLOAD_PARTS; i++) {
		struct config_node v = config_map_find(&m, payload_part_name(i));
		if (!config_is_set(v))
			continue;
		if (out->kind != PAYLOAD_KERNEL)
			return config_error(v, "%s with a kernel only", article(i));
		TRY(parse_part(v, &out->parts[i]));
	}
	return NULL;
}
