// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/decode.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "results/report/program.h"

#define FRAMES_MAX    64
#define SYMBOL_MAX    256
#define TIMEOUT_S     60
#define SYMBOLS_LIMIT ((size_t)128 << 20) // bytes of what nm says
#define LINES_LIMIT   ((size_t)4 << 20)

struct kernel_symbol {
	unsigned long address, size; // up to the next one, as kallsyms has it
	const char *name;            // in the decoder's text
};

struct decoder {
	char *vmlinux;
	struct buffer text; // of nm
	struct kernel_symbol *symbols;
	size_t count;
};

// ---- traces -------------------------------------------------------------------------------------

static bool is_symbol(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '$';
}

// "0x15c" at `s`; false: it is not there.
static bool take_hex(const char **s, unsigned long *out)
{
	if (strncmp(*s, "0x", 2) != 0 || !isxdigit((unsigned char)(*s)[2]))
		return false;
	char *end;
	errno = 0;
	*out = strtoul(*s, &end, 16);
	*s = end;
	return errno == 0;
}

// Whether the line says of itself that it is where the CPU was, not where it goes back to.
static bool is_place(const char *line, const char *symbol, const char *end)
{
	CLEANUP_FREE char *before = memory_strndup(line, (size_t)(symbol - line));
	return strstr(before, "pc :") || strstr(before, " at ") || strncmp(end, " (P", 3) == 0;
}

bool trace_next(const char **at, struct trace_entry *out)
{
	const char *start = *at;
	for (const char *plus; (plus = strchr(*at, '+')); *at = plus + 1) {
		const char *symbol = plus, *end = plus + 1, *line = plus;
		while (symbol > *at && is_symbol(symbol[-1]))
			symbol--;
		while (line > start && line[-1] != '\n')
			line--;
		*out =
		    (struct trace_entry){.symbol = symbol, .symbol_len = (size_t)(plus - symbol)};
		if (out->symbol_len == 0 || out->symbol_len >= SYMBOL_MAX ||
		    !take_hex(&end, &out->offset) || *end++ != '/' || !take_hex(&end, &out->size) ||
		    out->offset >= out->size || strncmp(end, " [", 2) == 0)
			continue;
		out->returns = !is_place(line, symbol, end) && out->offset > 0;
		*at = end;
		return true;
	}
	return false;
}

// ---- symbols ------------------------------------------------------------------------------------

static struct error *run_first(const char *const *programs, const char **argv, size_t limit,
			       struct buffer *out)
{
	struct error *e = NULL;
	for (size_t i = 0; programs[i]; i++) {
		error_free(e);
		argv[0] = programs[i];
		e = program_output(argv, TIMEOUT_S, limit, out);
		if (!e)
			return NULL;
	}
	return e;
}

static int by_address(const void *a, const void *b)
{
	const struct kernel_symbol *x = a, *y = b;
	return x->address < y->address ? -1 : x->address > y->address;
}

// "ffff800080010000 T name"; marks of the assembler ($x, $d) are no symbols.
static bool parse_symbol(char *line, struct kernel_symbol *out)
{
	char *end;
	out->address = strtoul(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ' || end[3] == '$')
		return false;
	out->name = end + 3;
	return strchr("tTwWdDbBrRaA", end[1]) != NULL && out->name[0];
}

static void take_symbols(struct decoder *d)
{
	char *save = NULL;
	buffer_str(&d->text);
	for (char *line = d->text.data ? strtok_r(d->text.data, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct kernel_symbol s = {0};
		if (parse_symbol(line, &s))
			ARRAY_APPEND(d->symbols, d->count, s);
	}
	if (d->symbols)
		qsort(d->symbols, d->count, sizeof(*d->symbols), by_address);
	unsigned long next = 0;
	for (size_t i = d->count; i-- > 0;) {
		struct kernel_symbol *s = &d->symbols[i];
		bool last_of_address = i + 1 < d->count && d->symbols[i + 1].address != s->address;
		next = last_of_address ? d->symbols[i + 1].address : next;
		s->size = next > s->address ? next - s->address : 0;
	}
}

// 0: no symbol, or several, have that name and size.
static unsigned long address_of(const struct decoder *d, const struct trace_entry *e)
{
	unsigned long found = 0;
	for (size_t i = 0; i < d->count; i++) {
		const struct kernel_symbol *s = &d->symbols[i];
		if (s->size != e->size || strncmp(s->name, e->symbol, e->symbol_len) != 0 ||
		    s->name[e->symbol_len] != '\0')
			continue;
		if (found && found != s->address)
			return 0;
		found = s->address;
	}
	return found ? found + e->offset - (e->returns ? 1 : 0) : 0;
}

// ---- opening ------------------------------------------------------------------------------------

static struct error *check_banner(const char *vmlinux, const char *banner)
{
	CLEANUP_CLOSE int fd = open(vmlinux, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(ERROR_LAB, errno, "%s", vmlinux);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return error_new(ERROR_LAB, "%s: no vmlinux", vmlinux);
	if (!banner)
		return NULL;
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return error_errno(ERROR_LAB, errno, "%s", vmlinux);
	bool found = memmem(map, (size_t)st.st_size, banner, strlen(banner));
	munmap(map, (size_t)st.st_size);
	if (found)
		return NULL;
	return error_new(ERROR_LAB, "%s is of another kernel than \"%.100s\"", vmlinux, banner);
}

struct error *decoder_open(const char *vmlinux, const char *banner, struct decoder **out)
{
	static const char *const programs[] = {"aarch64-linux-gnu-nm", "nm", "llvm-nm", NULL};
	TRY(check_banner(vmlinux, banner));
	CLEANUP_DECODER struct decoder *d = memory_new(1, sizeof(*d));
	d->vmlinux = memory_strdup(vmlinux);
	const char *argv[] = {NULL, "--defined-only", d->vmlinux, NULL};
	TRY(run_first(programs, argv, SYMBOLS_LIMIT, &d->text));
	take_symbols(d);
	*out = STEAL(d);
	return NULL;
}

void decoder_close(struct decoder *d)
{
	if (!d)
		return;
	free(d->vmlinux);
	free(d->symbols);
	buffer_deinit(&d->text);
	free(d);
}

// ---- lines --------------------------------------------------------------------------------------

struct placed_frame {
	const char *entry; // in the console's text
	size_t entry_len;
	char address[32];
};

static size_t find_frames(const struct decoder *d, const char *text, struct placed_frame *frames)
{
	size_t count = 0;
	struct trace_entry e;
	for (const char *at = text; count < FRAMES_MAX && trace_next(&at, &e);) {
		unsigned long address = address_of(d, &e);
		bool again =
		    count > 0 && frames[count - 1].entry_len == (size_t)(at - e.symbol) &&
		    strncmp(frames[count - 1].entry, e.symbol, (size_t)(at - e.symbol)) == 0;
		if (!address || again)
			continue;
		struct placed_frame *f = &frames[count++];
		f->entry = e.symbol;
		f->entry_len = (size_t)(at - e.symbol);
		snprintf(f->address, sizeof(f->address), "0x%lx", address);
	}
	return count;
}

// What stands before the blamed file's own name in what the compiler wrote, or before init/main.c.
static size_t find_prefix(const char *said, const char *file)
{
	if (!file)
		return 0;
	CLEANUP_FREE char *tail = memory_printf("/%s:", file);
	const char *found = strstr(said, tail), *line = found;
	while (line && line > said && line[-1] != '\n')
		line--;
	return found ? (size_t)(found + 1 - line) : 0;
}

static void put_place(const char *place, size_t len, const char *prefix, size_t prefix_len,
		      struct buffer *out)
{
	if (prefix_len > 0 && len > prefix_len && strncmp(place, prefix, prefix_len) == 0) {
		place += prefix_len;
		len -= prefix_len;
	}
	const char *remark = memmem(place, len, " (discriminator", 15);
	buffer_append(out, place, remark ? (size_t)(remark - place) : len);
}

// What addr2line -a -f -i says of each address: it, then a function and a place for each level.
static void put_frames(const char *said, const struct placed_frame *frames, size_t count,
		       const char *file, struct buffer *out)
{
	size_t prefix_len = find_prefix(said, file), frame = 0, level = 0;
	const char *prefix = said;
	if (prefix_len > 0) {
		CLEANUP_FREE char *tail = memory_printf("/%s:", file);
		prefix = strstr(said, tail) + 1 - prefix_len;
	}
	for (const char *line = said; *line;) {
		size_t len = strcspn(line, "\n");
		const char *next = line + len + (line[len] == '\n');
		if (strncmp(line, "0x", 2) == 0) {
			frame++;
			level = 0;
		} else if (frame > 0 && frame <= count) {
			size_t place = strcspn(next, "\n");
			if (level++ == 0)
				buffer_printf(out, "%.*s  ", (int)frames[frame - 1].entry_len,
					      frames[frame - 1].entry);
			else
				buffer_printf(out, "  inlined by %.*s  ", (int)len, line);
			put_place(next, place, prefix, prefix_len, out);
			buffer_append(out, "\n", 1);
			next += place + (next[place] == '\n');
		}
		line = next;
	}
}

struct error *decoder_lines(struct decoder *d, const char *text, const char *file,
			    struct buffer *out)
{
	static const char *const programs[] = {"aarch64-linux-gnu-addr2line", "addr2line",
					       "llvm-addr2line", NULL};
	struct placed_frame frames[FRAMES_MAX] = {0};
	const char *argv[FRAMES_MAX + 8] = {NULL, "-e", d->vmlinux, "-a", "-f", "-i"};
	size_t count = find_frames(d, text, frames);
	if (count == 0)
		return NULL;
	for (size_t i = 0; i < count; i++)
		argv[6 + i] = frames[i].address;
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(run_first(programs, argv, LINES_LIMIT, &said));
	put_frames(buffer_str(&said), frames, count, file, out);
	return NULL;
}
