// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/export_lava.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lava/render.h"

// The records of the firmware; `info` is a result without a verdict.
static const struct lava_monitor firmware = {
    "#mm hello", "#mm end",
    "#mm test id=(?P<test_case_id>[^ ]+) r=(?P<result>pass|fail|skip|xfail|xpass|info)",
    "{xfail: pass, xpass: fail, info: pass}"};

#define KTAP "\n *(\\[[^]]*\\] )?(?P<result>ok|not ok) [0-9]+ -? ?(?P<test_case_id>[^ \\r\\n]+)"

// A text as a regular expression that matches it; the caller frees.
static char *escape(const char *text)
{
	CLEANUP_BUFFER struct buffer out = {0};
	for (; *text; text++) {
		if (strchr("\\^$.|?*+()[]{}", *text))
			buffer_append_str(&out, "\\");
		buffer_append(&out, text, 1);
	}
	return buffer_steal(&out);
}

static struct error *find_method(const char *word, enum lava_method *out)
{
	static const char *const words[] = {
	    [LAVA_MINIMAL] = "minimal", [LAVA_QEMU] = "qemu", [LAVA_UBOOT] = "u-boot"};
	*out = LAVA_QEMU;
	for (size_t i = 0; word && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], word) == 0) {
			*out = (enum lava_method)i;
			return NULL;
		}
	return word ? error_new(ERROR_USAGE, "\"%s\": expected qemu, minimal or u-boot", word)
		    : NULL;
}

// Where LAVA finds a file: its URL, or its absolute name; NULL: there is none. The caller frees.
static char *place_of(const struct job_config *job, enum payload_part part)
{
	const struct payload_part_config *p = &job->payload.parts[part];
	char real[PATH_MAX];
	if (p->url)
		return memory_strdup(p->url);
	return p->path ? memory_strdup(realpath(p->path, real) ? real : p->path) : NULL;
}

struct error *export_lava(const struct job_config *job, const char *variant, const char *method,
			  const char *type, struct buffer *out)
{
	static const char *const flash[] = {"", NULL}; // the site's device has the commands
	const struct variant_config *v =
	    variant ? job_find_variant(job, variant) : &job->variants[0];
	CLEANUP_FREE char *kernel = place_of(job, PAYLOAD_IMAGE);
	CLEANUP_FREE char *initrd = place_of(job, PAYLOAD_INITRD);
	CLEANUP_FREE char *dtb = place_of(job, PAYLOAD_DTB);
	CLEANUP_FREE char *end = NULL;
	if (!v)
		return error_new(ERROR_USAGE, "job %s has no variant \"%s\"", job->name, variant);
	if (!kernel)
		return error_new(ERROR_USAGE, "job %s leaves its payload to the command line",
				 job->name);
	end = escape(job->done.text    ? job->done.text
		     : job->done.panic ? job->done.panic
				       : "reboot: Power down");
	const struct lava_monitor kernels = {"Linux version [0-9]", end, KTAP,
					     "{ok: pass, not ok: fail}"};
	struct lava_work w = {
	    .job_name = job->name,
	    .kernel = kernel,
	    .initrd = initrd,
	    .dtb = dtb,
	    .flash = flash,
	    .arguments = v->arguments,
	    .device_type = type ? type : job->pools[0],
	    .monitor = job->payload.kind == PAYLOAD_FIRMWARE ? &firmware : &kernels,
	    .seconds = (unsigned)job->deadline_s,
	};
	TRY(find_method(method, &w.method));
	lava_render_job(&w, out);
	return NULL;
}
