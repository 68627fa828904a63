// SPDX-License-Identifier: GPL-2.0-or-later
// How to see again what a run saw: in the lab, and with one command on QEMU.
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/boards.h"
#include "record/layout.h"
#include "results/report/report.h"

// A shell word; quoted when it has to be.
static void append_word(struct buffer *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789_-+=.,:/@%";
	buffer_append(out, " ", out->len > 0);
	if (word[0] && word[strspn(word, plain)] == '\0') {
		buffer_append_str(out, word);
		return;
	}
	buffer_append(out, "'", 1);
	for (; *word; word++) {
		if (*word == '\'')
			buffer_append_str(out, "'\\''");
		else
			buffer_append(out, word, 1);
	}
	buffer_append(out, "'", 1);
}

struct machine {
	const char *cpu, *memory, *machine, *cpus;
};

static struct error *string_of(const struct config_map *map, const char *key, const char **out)
{
	struct config_node n = config_map_find(map, key);
	return config_is_set(n) ? config_string(n, out) : NULL;
}

// What the snapshot of a virtual board says of its machine; a board of another kind says nothing.
static struct error *read_machine(const struct config_map *power, struct machine *m)
{
	const char *driver = "", *cpus = NULL;
	TRY(string_of(power, "driver", &driver));
	if (strcmp(driver, "qmp") != 0)
		return NULL;
	TRY(string_of(power, "cpu", &m->cpu));
	TRY(string_of(power, "memory", &m->memory));
	TRY(string_of(power, "machine", &m->machine));
	TRY(string_of(power, "cpus", &cpus));
	m->cpus = cpus ? cpus : m->cpus;
	return NULL;
}

static const char *midr_of(const struct run *run)
{
	if (run->cpus_count > 0 && run->cpus[0].midr)
		return run->cpus[0].midr;
	return run->board->cpu && run->board->cpu->midr ? run->board->cpu->midr : NULL;
}

// QEMU boots a plain Image, or one in gzip. Appends what unpacks another, and returns the length of
// the name without what it is packed in.
static size_t append_unpacking(const char *name, struct buffer *out)
{
	static const char *const packers[][2] = {{".xz", "xz"}, {".zst", "zstd"}};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		size_t suffix = strlen(packers[i][0]);
		if (len <= suffix || strcmp(name + len - suffix, packers[i][0]) != 0)
			continue;
		append_word(out, packers[i][1]);
		append_word(out, "-dkf");
		append_word(out, name);
		buffer_append_str(out, " &&");
		return len - suffix;
	}
	return len;
}

static void append_command(const struct run *run, const struct machine *m, struct buffer *out)
{
	size_t len = append_unpacking(run->payload->name, out);
	CLEANUP_FREE char *kernel = memory_strndup(run->payload->name, len);
	const char *const words[] = {"qemu-system-aarch64",
				     "-M",
				     m->machine,
				     "-cpu",
				     m->cpu,
				     "-m",
				     m->memory,
				     "-smp",
				     m->cpus,
				     "-nographic",
				     "-no-reboot",
				     "-kernel",
				     kernel};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		append_word(out, words[i]);
	if (run->payload->arguments && run->payload->arguments[0]) {
		append_word(out, "-append");
		append_word(out, run->payload->arguments);
	}
	if (run->payload->initrd) {
		append_word(out, "-initrd");
		append_word(out, run->payload->initrd->name);
	}
}

// The image as it was booted, where it is still kept; else as the job named it.
static void append_payload_place(const struct batch_report *r, const struct payload *p,
				 struct buffer *out)
{
	CLEANUP_FREE char *kept =
	    p->sha256 ? memory_printf("%s/" LAYOUT_PAYLOADS "/%s.Image", r->results_dir, p->sha256)
		      : NULL;
	buffer_append_str(out, "  payload: ");
	if (kept && file_exists(kept))
		buffer_append_str(out, kept);
	else
		buffer_append_str(out, p->file ? p->file : p->name);
	buffer_append(out, "\n", 1);
	if (p->sha256)
		buffer_printf(out, "    sha256 %s\n", p->sha256);
	if (p->file && strstr(p->file, "://"))
		buffer_printf(out, "    from %s\n", p->file);
}

// A job that lies where its name is looked for needs no path.
static void append_lab_command(const struct batch_report *r, const struct run *run,
			       struct buffer *out)
{
	const char *file = r->results->batch->file;
	CLEANUP_FREE char *named = memory_printf("jobs/%s.yaml", run->job);
	size_t len = file ? strlen(file) : 0, tail = strlen(named);
	bool found = len < tail || strcmp(file + len - tail, named) == 0;
	const char *const words[] = {
	    "mmfarm",    "run",       found ? run->job : file, "--board", run->board->name,
	    "--variant", run->variant};
	CLEANUP_BUFFER struct buffer line = {0};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		append_word(&line, words[i]);
	buffer_printf(out, "  in the lab: %s\n", buffer_str(&line));
}

void report_reproduce(const struct batch_report *r, const struct run *run, struct buffer *out)
{
	// For a board that is no virtual one: QEMU's `max` with its MIDR takes the same decisions.
	const char *midr = midr_of(run);
	CLEANUP_FREE char *cpu = memory_printf("max%s%s", midr ? ",midr=" : "", midr ? midr : "");
	struct machine m = {.cpu = cpu, .memory = "2G", .machine = "virt", .cpus = "4"};
	CLEANUP_FREE char *path = layout_run_file(r->results_dir, run->id, LAYOUT_BOARD_YAML);
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	CLEANUP_BUFFER struct buffer command = {0};
	struct error *e = file_exists(path) ? boards_load(path, &boards) : NULL;
	if (!e && boards && boards->boards_count > 0)
		e = read_machine(&boards->boards[0].power, &m);
	error_free(e); // the command is help, not evidence
	append_command(run, &m, &command);
	append_lab_command(r, run, out);
	buffer_printf(out, "  on QEMU: %s\n", buffer_str(&command));
	append_payload_place(r, run->payload, out);
}
