// SPDX-License-Identifier: GPL-2.0-or-later
#include "lava/render.h"

#include <string.h>

#include "text/utf8.h"

// Reads at most so much at a time: 2023.01 searches no more than twice that for a prompt.
#define SPAWN_MAXREAD "2000"

void lava_render_text(const char *text, struct buffer *out)
{
	buffer_append(out, "\"", 1);
	for (size_t i = 0, len = strlen(text); i < len;) {
		uint32_t code;
		bool ok;
		size_t bytes = utf8_decode(text + i, len - i, &code, &ok);
		if (code == '"' || code == '\\')
			buffer_printf(out, "\\%c", (char)code);
		else if (code < 0x20 || code == 0x7f)
			buffer_printf(out, "\\x%02X", (unsigned)code);
		else if (code >= 0x80 && code < 0xa0)
			buffer_printf(out, "\\x%02X", (unsigned)code);
		else
			buffer_append_code_point(out, code);
		i += bytes;
	}
	buffer_append(out, "\"", 1);
}

// "INDENT KEY: TEXT", when there is a text.
static void put(struct buffer *out, const char *key, const char *text)
{
	if (!text)
		return;
	buffer_append_str(out, key);
	lava_render_text(text, out);
	buffer_append_str(out, "\n");
}

static void put_list(struct buffer *out, const char *indent, const char *const *list)
{
	for (size_t i = 0; list && list[i]; i++) {
		buffer_append_str(out, indent);
		put(out, "- ", list[i]);
	}
}

// ---- the board ----------------------------------------------------------------------------------

static void put_commands(const struct lava_work *w, struct buffer *out)
{
	if (w->method == LAVA_QEMU) {
		buffer_append_str(out, "available_architectures: [arm64]\ncommands: {}\n");
		return;
	}
	buffer_append_str(out, "commands:\n");
	put(out, "  connect: ", w->connect);
	put(out, "  hard_reset: ", w->hard_reset);
	put(out, "  power_off: ", "/bin/true"); // who started lava-run does it
}

static void put_constants(const struct lava_work *w, struct buffer *out)
{
	buffer_append_str(out, "constants:\n"
			       "  failure_retry: 1\n"
			       "  boot_retry: 1\n"
			       "  spawn_maxread: \"" SPAWN_MAXREAD "\"\n"
			       "  kernel-start-message: \"\"\n"
			       "  shutdown-message: \"The system is going down\"\n"
			       "  default-shell-prompt: \"lava-test: # \"\n");
	if (w->method != LAVA_UBOOT)
		return;
	buffer_append_str(out, "  u-boot:\n");
	put(out, "    interrupt-prompt: ", w->interrupt);
	buffer_append_str(out, "    interrupt-character: \" \"\n"
			       "    interrupt_ctrl_list: []\n"
			       "    interrupt-newline: false\n"
			       "    final-message: \"Starting kernel\"\n"
			       "    error-messages:\n"
			       "    - \"Resetting CPU\"\n"
			       "    - \"Must RESET board to recover\"\n"
			       "    - \"TIMEOUT\"\n"
			       "    - \"Retry count exceeded\"\n"
			       "    - \"File not found\"\n"
			       "    - \"Bad Linux ARM64 Image magic!\"\n"
			       "    - \"Wrong Image Format for boot\"\n"
			       "    - \"ERROR: Did not find a cmdline Flattened Device Tree\"\n");
}

static void put_parameters(const struct lava_work *w, struct buffer *out)
{
	if (w->method != LAVA_UBOOT) {
		buffer_append_str(out, "parameters: {}\n");
		return;
	}
	buffer_append_str(out, "character_delays: {boot: 0}\nparameters:\n  booti:\n");
	put(out, "    kernel: ", w->at.kernel);
	put(out, "    ramdisk: ", w->at.initrd);
	put(out, "    dtb: ", w->at.dtb);
}

static void put_actions(const struct lava_work *w, struct buffer *out)
{
	buffer_append_str(out, "actions:\n  deploy:\n");
	if (w->method == LAVA_UBOOT)
		buffer_append_str(out,
				  "    parameters: {mkimage_arch: arm64, add_header: u-boot}\n");
	if (w->method == LAVA_MINIMAL && w->flash) {
		buffer_append_str(out, "    methods:\n      flasher:\n        commands:\n");
		put_list(out, "        ", w->flash);
	} else {
		buffer_printf(out, "    methods: {%s}\n",
			      w->method == LAVA_QEMU    ? "image: {}"
			      : w->method == LAVA_UBOOT ? "tftp: null"
							: "");
	}
	buffer_append_str(out, "  boot:\n    connections: {serial: null}\n    methods:\n");
	if (w->method == LAVA_MINIMAL)
		buffer_append_str(out, "      minimal: null\n");
	if (w->method == LAVA_QEMU) {
		buffer_append_str(out, "      qemu:\n        parameters:\n");
		put(out, "          command: ", w->emulator[0]);
		buffer_append_str(out, "          options:\n");
		put_list(out, "          ", w->emulator + 1);
	}
	if (w->method == LAVA_UBOOT) {
		buffer_append_str(out, "      u-boot:\n        parameters:\n");
		put(out, "          bootloader_prompt: ", w->prompt);
		buffer_append_str(out, "        mmfarm:\n          commands:\n");
		put_list(out, "          ", w->commands);
	}
}

void lava_render_device(const struct lava_work *w, struct buffer *out)
{
	put_commands(w, out);
	put_constants(w, out);
	put_parameters(w, out);
	put_actions(w, out);
}

// ---- the job ------------------------------------------------------------------------------------

static void put_url(const char *file, struct buffer *out)
{
	buffer_printf(out, "%s%s", strstr(file, "://") ? "" : "file://", file);
}

// An image, with what QEMU's command line has for it: words as a shell's, which LAVA splits.
static void put_image(const struct lava_work *w, const char *name, const char *file,
		      const char *option, struct buffer *out)
{
	if (!file)
		return;
	CLEANUP_BUFFER struct buffer url = {0}, words = {0};
	put_url(file, &url);
	buffer_printf(out, "      %s:\n", name);
	put(out, "        url: ", buffer_str(&url));
	if (w->method != LAVA_QEMU)
		return;
	buffer_printf(&words, "%s {%s}", option, name);
	if (strcmp(name, "kernel") == 0 && w->arguments && w->arguments[0]) {
		buffer_append_str(&words, " -append \"");
		for (const char *c = w->arguments; *c; c++) {
			if (*c == '"' || *c == '\\')
				buffer_append_str(&words, "\\");
			buffer_append(&words, c, 1);
		}
		buffer_append_str(&words, "\"");
	}
	put(out, "        image_arg: ", buffer_str(&words));
}

static void put_tftp(const char *name, const char *file, const char *more, struct buffer *out)
{
	if (!file)
		return;
	CLEANUP_BUFFER struct buffer url = {0};
	put_url(file, &url);
	buffer_printf(out, "    %s:\n", name);
	put(out, "      url: ", buffer_str(&url));
	buffer_append_str(out, more);
}

static void put_deploy(const struct lava_work *w, struct buffer *out)
{
	if (w->method == LAVA_UBOOT) {
		buffer_append_str(out, "- deploy:\n    to: tftp\n");
		put_tftp("kernel", w->kernel, "      type: image\n", out);
		put_tftp("ramdisk", w->initrd, "", out);
		put_tftp("dtb", w->dtb, "", out);
	} else if (w->method == LAVA_QEMU || w->flash) {
		buffer_printf(out, "- deploy:\n    to: %s\n    images:\n",
			      w->method == LAVA_QEMU ? "tmpfs" : "flasher");
		put_image(w, "kernel", w->kernel, "-kernel", out);
		put_image(w, "initrd", w->initrd, "-initrd", out);
		put_image(w, "dtb", w->dtb, "-dtb", out);
	}
}

// What is deployed has as much again, and some minutes for its way there.
static void put_timeouts(const struct lava_work *w, struct buffer *out)
{
	if (!w->monitor) {
		buffer_append_str(out, "timeouts: {job: {hours: 72}, action: {hours: 48}, "
				       "connection: {hours: 48}}\n");
		return;
	}
	unsigned seconds = w->seconds ? w->seconds : 1;
	buffer_printf(out,
		      "timeouts: {job: {seconds: %u}, action: {seconds: %u}, connection: "
		      "{seconds: %u}}\n",
		      2 * seconds + 600, seconds + 300, seconds);
}

static void put_monitor(const struct lava_monitor *m, struct buffer *out)
{
	buffer_append_str(out, "- test:\n    monitors:\n    - name: mmfarm\n");
	put(out, "      start: ", m->start);
	put(out, "      end: ", m->end);
	put(out, "      pattern: ", m->pattern);
	if (m->results)
		buffer_printf(out, "      fixupdict: %s\n", m->results);
}

void lava_render_job(const struct lava_work *w, struct buffer *out)
{
	// Matches nothing.
	static const struct lava_monitor never = {"(?!)", "(?!)", "(?!)", NULL};
	static const char *const boots[] = {
	    [LAVA_MINIMAL] = "{method: minimal}",
	    [LAVA_QEMU] = "{method: qemu}",
	    [LAVA_UBOOT] = "{method: u-boot, commands: mmfarm}",
	};
	put(out, "job_name: ", w->job_name);
	if (w->device_type)
		put(out, "device_type: ", w->device_type);
	buffer_append_str(out, "visibility: public\npriority: medium\n");
	if (w->method == LAVA_QEMU)
		buffer_append_str(out, "context: {arch: arm64}\n");
	put_timeouts(w, out);
	buffer_append_str(out, "actions:\n");
	put_deploy(w, out);
	buffer_printf(out, "- boot: %s\n", boots[w->method]);
	put_monitor(w->monitor ? w->monitor : &never, out);
}
