// SPDX-License-Identifier: GPL-2.0-or-later
// Job definitions of LAVA: payload, timeouts, how the console shows the end.
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/import_lava.h"
#include "config/import_lava_node.h"
#include "config/job.h"

// What is told of a job by its actions.
struct told {
	struct file {
		const char *path, *url, *sha256; // all NULL: there is none
	} files[PAYLOAD_PARTS];
	const char *done; // text that ends it
	char *arguments;  // owned
};

// The value of LAVA's `{days: 1, hours: 2}`; 0: none.
static double duration(struct import *in, struct config_node n)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {{"days", 86400}, {"hours", 3600}, {"minutes", 60}, {"seconds", 1}};
	double total = 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		const char *text = import_text(in, import_find(n, units[i].unit));
		long value = text ? strtol(text, NULL, 10) : 0;
		total += value > 0 && value < 1000000 ? (double)value * units[i].seconds : 0;
	}
	return total;
}

// The file of a part, by the first of its names that the definition has.
static void take_file(struct import *in, struct config_node from, const char *name,
		      struct file *out)
{
	struct config_node image = import_find(from, name);
	const char *url = import_text(in, import_find(image, "url"));
	if (!url)
		return;
	*out = (struct file){.sha256 = import_text(in, import_find(image, "sha256sum"))};
	if (strncmp(url, "file:///", 8) == 0)
		out->path = url + 7;
	else if (payload_is_url(url))
		out->url = url;
	else
		problems_doubt(in->problems, import_find(image, "url"),
			       "url: not taken, the file is given on the command line");
	import_take(in, import_find(image, "type"));
	import_take(in, import_find(image, "compression")); // told by the file itself
}

// What stands behind -append in a QEMU argument, without its quotes.
static char *find_append(const char *text)
{
	const char *at = strstr(text, "-append ");
	if (!at)
		return NULL;
	at += strlen("-append ");
	at += strspn(at, " ");
	char quote = *at == '"' || *at == '\'' ? *at : '\0';
	const char *end = quote ? strchrnul(at + 1, quote) : strchrnul(at, ' ');
	return memory_strndup(at + (quote != 0), (size_t)(end - at) - (quote != 0));
}

static void take_deploy(struct import *in, struct config_node deploy, struct told *t)
{
	struct config_node images = import_find(deploy, "images");
	struct config_node from = config_is_set(images) ? images : deploy;
	struct config_node kernel = import_find(from, "kernel");
	static const struct {
		const char *name;
		enum payload_part part;
	} parts[] = {{"kernel", PAYLOAD_IMAGE},
		     {"initrd", PAYLOAD_INITRD},
		     {"ramdisk", PAYLOAD_INITRD},
		     {"dtb", PAYLOAD_DTB},
		     {"modules", PAYLOAD_MODULES}};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		take_file(in, from, parts[i].name, &t->files[parts[i].part]);
		if (parts[i].part != PAYLOAD_IMAGE)
			import_take(in, import_find(import_find(from, parts[i].name), "image_arg"));
	}
	const char *arguments = import_text(in, import_find(kernel, "image_arg"));
	char *append = arguments ? find_append(arguments) : NULL;
	if (append) {
		free(t->arguments);
		t->arguments = append;
	}
	import_take(in, import_find(deploy, "to"));
}

// What is said at the end: the last monitor's, else the prompt of the boot.
static void take_test(struct import *in, struct config_node test, struct told *t)
{
	struct config_node monitors = import_find(test, "monitors");
	for (size_t i = 0; i < import_size(monitors); i++) {
		struct config_node one = import_item(monitors, i);
		const char *end = import_text(in, import_find(one, "end"));
		t->done = end ? end : t->done;
		import_take(in, import_find(one, "name"));
	}
}

static void take_boot(struct import *in, struct config_node boot, struct told *t)
{
	struct config_node prompts = import_find(boot, "prompts");
	const char *prompt =
	    import_text(in, import_is_list(prompts) ? import_item(prompts, 0) : prompts);
	t->done = t->done ? t->done : prompt;
	import_take(in, import_find(boot, "method"));
}

static void take_actions(struct import *in, struct config_node actions, struct told *t)
{
	for (size_t i = 0; i < import_size(actions); i++) {
		struct config_node action = import_item(actions, i);
		take_deploy(in, import_find(action, "deploy"), t);
		take_boot(in, import_find(action, "boot"), t);
		take_test(in, import_find(action, "test"), t);
	}
}

static void put_payload(struct import *in, const struct told *t)
{
	buffer_append_str(in->out, "payload:\n");
	for (enum payload_part part = PAYLOAD_IMAGE; part < PAYLOAD_PARTS; part++) {
		const struct file *file = &t->files[part];
		const char *name = part == PAYLOAD_IMAGE ? payload_kind_name(PAYLOAD_KERNEL)
							 : payload_part_name(part);
		bool any = file->path || file->url;
		if (!any && part != PAYLOAD_IMAGE)
			continue;
		buffer_printf(in->out, "  %s:", name);
		if (file->url) {
			import_put(in, "\n    url: ", file->url);
			if (file->sha256)
				import_put(in, "    sha256: ", file->sha256);
		} else {
			import_put(in, " ", any ? file->path : "--payload");
		}
	}
	if (!t->files[PAYLOAD_IMAGE].path && !t->files[PAYLOAD_IMAGE].url)
		problems_doubt(in->problems, config_file_root(in->file),
			       "payload: the definition deploys no kernel that can be had, it is "
			       "given by --payload");
}

// A pattern of LAVA's is a regular expression, our text is none.
static bool is_plain(const char *text)
{
	return !strpbrk(text, "\\^$.|?*+()[]{}\n") && strlen(text) >= 1;
}

static void put_done(struct import *in, const struct told *t)
{
	if (t->done && is_plain(t->done)) {
		buffer_append_str(in->out, "done:\n");
		import_put(in, "  text: ", t->done);
		return;
	}
	if (t->done)
		problems_doubt(in->problems, config_file_root(in->file),
			       "done: \"%s\" is a regular expression, the board's power-off stands "
			       "for it",
			       t->done);
	buffer_append_str(in->out, "done: {power_off: true}\n");
}

void import_lava_job(const struct config_file *f, const char *name, const char *pool,
		     struct buffer *out, struct config_problems *problems)
{
	CLEANUP_IMPORT struct import in;
	import_init(&in, f, out, problems);
	struct config_node root = config_file_root(f);
	struct told told = {0};
	buffer_printf(out, "# From LAVA's job definition.\nname: %s\n", name);
	const char *title = import_text(&in, import_find(root, "job_name"));
	if (title)
		import_put(&in, "description: ", title);
	const char *type = import_text(&in, import_find(root, "device_type"));
	CLEANUP_FREE char *named = import_lava_name(type ? type : pool);
	take_actions(&in, import_find(root, "actions"), &told);
	const char *extra = import_text(&in, import_find(root, "context/extra_kernel_args"));
	put_payload(&in, &told);
	buffer_printf(out, "pools: [%s]\n", named);
	double deadline = duration(&in, import_find(root, "timeouts/job"));
	deadline = deadline > JOB_DEADLINE_MAX_S ? JOB_DEADLINE_MAX_S : deadline;
	buffer_printf(out, "deadline: %.0fs\n", deadline > 0 ? deadline : 600.0);
	put_done(&in, &told);
	buffer_append_str(out, "variants:\n  - name: lava\n");
	if (told.arguments || extra) {
		CLEANUP_FREE char *all =
		    memory_printf("%s%s%s", told.arguments ? told.arguments : "",
				  told.arguments && extra ? " " : "", extra ? extra : "");
		import_put(&in, "    arguments: ", all);
	}
	static const char *const idle[] = {"visibility", "priority", "context/arch"};
	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		import_take(&in, import_find(root, idle[i]));
	import_tell_rest(&in);
	free(told.arguments);
}
