// SPDX-License-Identifier: GPL-2.0-or-later
// Which functions of the kernel are never to blame for a report, from its own source:
//
//   kernel_symbols RULES OLD SOURCE.. >controller/detect/symbols.tsv
//
// RULES (tools/kernel_symbols.rules) names files, sections and patterns. OLD holds names of older
// kernels with wildcards (controller/detect/symbols_old.tsv): an ordinary function that one of them
// fits is listed as "plain". A SOURCE is a packed (linux-source-6.1.tar.xz) or unpacked tree.
//
// A static function shares its name with others: it is listed only when no function outside the
// sections has that name. A name that the linker knows is listed always.
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_functions.h"

enum { RULES_MAX = 600, PATTERNS_MAX = 120, OLD_MAX = 4000, FILE_MAX = 8 << 20, WIDTH = 110 };

enum list {
	MACHINERY,
	HELPER,
	SERVICE,
	ANCHOR,
	BOUNDARY,
	SLEEP,
	CULPRIT,
	ROOT,
	LISTS,
	PLAIN = LISTS
};

static const char *const list_names[LISTS + 1] = {
    "machinery", "helper", "service", "anchor", "boundary", "sleep", "culprit", "root", "plain"};

#define SKIPPED (1u << MACHINERY | 1u << HELPER | 1u << SERVICE)

struct rule {
	unsigned list;
	bool remove; // "not LIST"
	bool header; // inline functions of headers, too
	bool exported, global;
	unsigned flags; // one of them must be set; 0: any
	char *path;
	bool deep; // the path has "**"
	char *patterns[PATTERNS_MAX];
	size_t patterns_count;
	size_t uses;
	unsigned line;
};

static struct rule rules[RULES_MAX];
static size_t rules_count;

struct old {
	unsigned list;
	char *pattern;
};

static struct old olds[OLD_MAX];
static size_t olds_count;

struct name {
	char *text;
	size_t len;
	unsigned global, local; // lists of its definitions inside the sections
	bool ordinary;          // defined outside of the sections of machinery and helpers
};

static struct name *names;
static size_t names_count, names_max;
static uint32_t *slots;
static size_t slots_count;

static _Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fprintf(stderr, "kernel_symbols: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	exit(1);
}

static void *grow(void *old, size_t size)
{
	void *p = realloc(old, size);
	if (!p)
		fail("out of memory");
	return p;
}

static char *copy_text(const char *text, size_t len)
{
	char *p = grow(NULL, len + 1);
	memcpy(p, text, len);
	p[len] = '\0';
	return p;
}

// ---- rules --------------------------------------------------------------------------------------

static bool list_by_name(const char *word, unsigned *list)
{
	for (unsigned i = 0; i < LISTS; i++) {
		if (strcmp(word, list_names[i]) == 0) {
			*list = i;
			return true;
		}
	}
	return false;
}

static bool take_scope(struct rule *r, const char *word)
{
	static const struct {
		const char *word;
		unsigned flags;
	} sections[] = {
	    {"sched", FUNCTION_SCHED},         {"lock", FUNCTION_LOCK},
	    {"entry", FUNCTION_ENTRY},         {"noinstr", FUNCTION_NOINSTR},
	    {"indirect", FUNCTION_INDIRECT},   {"syscall", FUNCTION_SYSCALL},
	    {"assembler", FUNCTION_ASSEMBLER}, {"any", 0},
	};
	if (strcmp(word, "exported") == 0)
		return r->exported = true;
	if (strcmp(word, "global") == 0)
		return r->global = true;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		if (strcmp(word, sections[i].word) == 0) {
			r->flags = sections[i].flags;
			return true;
		}
	}
	return false;
}

// "LIST SCOPE[,SCOPE] PATH [PATTERN..]", "not LIST .."
static void read_rule(char *line, const char *path, unsigned number)
{
	if (rules_count == RULES_MAX)
		fail("%s:%u: more than %d rules", path, number, RULES_MAX);
	struct rule *r = &rules[rules_count++];
	char *at, *word = strtok_r(line, " \t", &at), *scopes;
	r->line = number;
	r->remove = word && strcmp(word, "not") == 0;
	if (r->remove)
		word = strtok_r(NULL, " \t", &at);
	if (!word || !list_by_name(word, &r->list))
		fail("%s:%u: a list was expected: machinery helper service anchor boundary sleep "
		     "culprit "
		     "root",
		     path, number);
	char *inner;
	scopes = strtok_r(NULL, " \t", &at);
	for (word = scopes ? strtok_r(scopes, ",", &inner) : NULL; word;
	     word = strtok_r(NULL, ",", &inner))
		if (!take_scope(r, word))
			fail("%s:%u: unknown scope \"%s\"", path, number, word);
	word = strtok_r(NULL, " \t", &at);
	if (!word)
		fail("%s:%u: LIST SCOPE PATH [PATTERN..] was expected", path, number);
	r->path = copy_text(word, strlen(word));
	r->deep = strstr(word, "**") != NULL;
	size_t len = strlen(word);
	r->header = len > 2 && strcmp(word + len - 2, ".h") == 0;
	while ((word = strtok_r(NULL, " \t", &at))) {
		if (r->patterns_count == PATTERNS_MAX)
			fail("%s:%u: more than %d patterns", path, number, PATTERNS_MAX);
		r->patterns[r->patterns_count++] = copy_text(word, strlen(word));
	}
}

// Lines that end in "\" go on.
static void read_rules(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[8192];
	size_t len = 0;
	unsigned number = 0;
	if (!in)
		fail("%s: %s", path, strerror(errno));
	while (fgets(line + len, (int)(sizeof(line) - len), in)) {
		number++;
		len += strcspn(line + len, "#\n");
		while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
			len--;
		if (len > 0 && line[len - 1] == '\\') {
			line[len - 1] = ' ';
			continue;
		}
		line[len] = '\0';
		if (len > 0)
			read_rule(line, path, number);
		len = 0;
	}
	fclose(in);
}

static void read_olds(const char *path)
{
	FILE *in = fopen(path, "r");
	char line[4096];
	if (!in)
		fail("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		char *at, *word = strtok_r(line, "\t", &at);
		unsigned list;
		if (!word || line[0] == '#' || !list_by_name(word, &list))
			continue;
		while ((word = strtok_r(NULL, " \t", &at))) {
			if (olds_count == OLD_MAX)
				fail("%s: more than %d patterns", path, OLD_MAX);
			olds[olds_count++] = (struct old){list, copy_text(word, strlen(word))};
		}
	}
	fclose(in);
}

static bool path_fits(const struct rule *r, const char *path)
{
	return fnmatch(r->path, path, r->deep ? 0 : FNM_PATHNAME) == 0;
}

static bool name_fits(const struct rule *r, const char *name)
{
	bool wanted = r->patterns_count == 0 || r->patterns[0][0] == '!';
	for (size_t i = 0; i < r->patterns_count; i++) {
		const char *p = r->patterns[i];
		if (fnmatch(p[0] == '!' ? p + 1 : p, name, 0) == 0)
			wanted = p[0] != '!';
	}
	return wanted;
}

// ---- names --------------------------------------------------------------------------------------

static uint64_t hash_text(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

static uint32_t *slot_of(const char *text, size_t len)
{
	size_t at = hash_text(text, len) & (slots_count - 1);
	while (slots[at] && (names[slots[at] - 1].len != len ||
			     memcmp(names[slots[at] - 1].text, text, len) != 0))
		at = (at + 1) & (slots_count - 1);
	return &slots[at];
}

static void grow_slots(void)
{
	free(slots);
	slots_count = slots_count ? 2 * slots_count : 1 << 20;
	slots = calloc(slots_count, sizeof(*slots));
	if (!slots)
		fail("out of memory");
	for (size_t i = 0; i < names_count; i++)
		*slot_of(names[i].text, names[i].len) = (uint32_t)(i + 1);
}

static uint32_t name_of(const char *text, size_t len)
{
	if (slots_count < 2 * (names_count + 1))
		grow_slots();
	uint32_t *slot = slot_of(text, len);
	if (*slot)
		return *slot - 1;
	if (names_count == names_max) {
		names_max = names_max ? 2 * names_max : 1 << 16;
		names = grow(names, names_max * sizeof(*names));
	}
	names[names_count] = (struct name){.text = copy_text(text, len), .len = len};
	*slot = (uint32_t)++names_count;
	return *slot - 1;
}

// ---- one file -----------------------------------------------------------------------------------

struct definition {
	uint32_t name;
	unsigned flags;
	bool exported;
};

static struct {
	struct definition *all;
	size_t count, max;
} file;

static void note_definition(void *arg, const struct function *f)
{
	(void)arg;
	if (file.count == file.max) {
		file.max = file.max ? 2 * file.max : 4096;
		file.all = grow(file.all, file.max * sizeof(*file.all));
	}
	uint32_t index = name_of(f->name, f->len);
	file.all[file.count++] = (struct definition){index, f->flags, false};
}

static void note_export(void *arg, const char *name, size_t len)
{
	(void)arg;
	uint32_t index = name_of(name, len);
	for (size_t i = 0; i < file.count; i++)
		if (file.all[i].name == index)
			file.all[i].exported = true;
}

static unsigned lists_of(const struct definition *d, struct rule *const fits[], size_t count)
{
	unsigned lists = 0;
	bool local = d->flags & FUNCTION_STATIC;
	for (size_t i = 0; i < count; i++) {
		struct rule *r = fits[i];
		if ((r->exported && !d->exported) || (r->global && local) ||
		    (r->flags && !(d->flags & r->flags)) || !name_fits(r, names[d->name].text))
			continue;
		r->uses++;
		if (r->remove)
			lists &= ~(1u << r->list);
		else
			lists |= 1u << r->list;
	}
	return lists;
}

static char versions[128]; // of the trees, as their Makefiles tell

static unsigned makefile_number(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	return at ? (unsigned)strtoul(at + strlen(word), NULL, 10) : 0;
}

static void take_makefile(const char *text, size_t len)
{
	char *copy = copy_text(text, len);
	size_t used = strlen(versions);
	snprintf(versions + used, sizeof(versions) - used, " %u.%u.%u",
		 makefile_number(copy, "\nVERSION = "), makefile_number(copy, "\nPATCHLEVEL = "),
		 makefile_number(copy, "\nSUBLEVEL = "));
	free(copy);
}

static void take_file(const char *path, const char *text, size_t len)
{
	if (strcmp(path, "Makefile") == 0) {
		take_makefile(text, len);
		return;
	}
	struct rule *fits[RULES_MAX];
	size_t count = 0;
	static const struct function_visitor visitor = {note_definition, note_export, NULL};
	file.count = 0;
	functions_of_file(path, text, len, &visitor);
	for (size_t i = 0; i < rules_count; i++)
		if (path_fits(&rules[i], path))
			fits[count++] = &rules[i];
	for (size_t i = 0; i < file.count; i++) {
		const struct definition *d = &file.all[i];
		struct name *n = &names[d->name];
		unsigned lists = lists_of(d, fits, count);
		bool stub = d->flags & FUNCTION_HEADER; // inlined, or empty where a feature is off
		// What a common header defines, nobody who includes it can define again.
		bool common = stub && strncmp(path, "include/", 8) == 0;
		if (!common && (d->flags & (FUNCTION_STATIC | FUNCTION_HEADER)))
			n->local |= lists;
		else
			n->global |= lists;
		n->ordinary = n->ordinary || (!(lists & SKIPPED) && !stub);
	}
}

// ---- trees --------------------------------------------------------------------------------------

static bool is_wanted(const char *path)
{
	static const char *const tops[] = {
	    "arch/", "block/",  "crypto/", "drivers/", "fs/",  "include/",  "init/",  "io_uring/",
	    "ipc/",  "kernel/", "lib/",    "mm/",      "net/", "security/", "sound/", "virt/"};
	size_t len = strlen(path);
	if (strcmp(path, "Makefile") == 0)
		return true;
	if (len < 3 || path[len - 2] != '.' || !strchr("chS", path[len - 1]))
		return false;
	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		if (strncmp(path, tops[i], strlen(tops[i])) == 0)
			return true;
	return false;
}

static void read_packed(const char *path)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char *text = grow(NULL, FILE_MAX);
	if (!a)
		fail("out of memory");
	archive_read_support_filter_all(a);
	archive_read_support_format_tar(a);
	if (archive_read_open_filename(a, path, 1 << 20) != ARCHIVE_OK)
		fail("%s: %s", path, archive_error_string(a));
	int status;
	while ((status = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
		const char *name = archive_entry_pathname(entry), *slash = strchr(name, '/');
		if (!slash || archive_entry_filetype(entry) != AE_IFREG || !is_wanted(slash + 1))
			continue;
		la_ssize_t len = archive_read_data(a, text, FILE_MAX);
		if (len < 0)
			fail("%s: %s: %s", path, name, archive_error_string(a));
		take_file(slash + 1, text, (size_t)len);
	}
	if (status != ARCHIVE_EOF)
		fail("%s: %s", path, archive_error_string(a));
	archive_read_free(a);
	free(text);
}

static size_t top_len;

static int walk_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)ftw;
	if (kind != FTW_F || !is_wanted(path + top_len))
		return 0;
	FILE *in = fopen(path, "r");
	char *text = grow(NULL, (size_t)st->st_size + 1);
	if (!in)
		fail("%s: %s", path, strerror(errno));
	size_t len = fread(text, 1, (size_t)st->st_size, in);
	take_file(path + top_len, text, len);
	fclose(in);
	free(text);
	return 0;
}

static void read_source(const char *path)
{
	size_t len = strlen(path);
	if (len > 4 && strstr(path, ".tar")) {
		read_packed(path);
		return;
	}
	top_len = len + 1;
	if (nftw(path, walk_file, 32, FTW_PHYS) != 0)
		fail("%s: %s", path, strerror(errno));
}

// ---- output -------------------------------------------------------------------------------------

static unsigned final_lists(const struct name *n)
{
	unsigned lists = n->global | (n->local & ~SKIPPED); // these skip no function
	if (!n->ordinary)
		lists |= n->local & SKIPPED;
	return lists;
}

// An ordinary function that a name of older kernels fits, the skipped lists only.
static bool is_plain(const struct name *n)
{
	if (!n->ordinary || (final_lists(n) & SKIPPED))
		return false;
	for (size_t i = 0; i < olds_count; i++)
		if (strcmp(olds[i].pattern, n->text) == 0)
			return false;
	for (size_t i = 0; i < olds_count; i++)
		if ((SKIPPED >> olds[i].list & 1) && fnmatch(olds[i].pattern, n->text, 0) == 0)
			return true;
	return false;
}

static int name_order(const void *a, const void *b)
{
	const struct name *left = a, *right = b;
	return strcmp(left->text, right->text);
}

static void print_list(unsigned list)
{
	size_t column = 0;
	for (size_t i = 0; i < names_count; i++) {
		bool on = list == PLAIN ? is_plain(&names[i]) : final_lists(&names[i]) >> list & 1;
		if (!on || names[i].len < 3)
			continue;
		if (column && column + names[i].len + 1 > WIDTH) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%s%s", column ? "" : list_names[list],
					 column ? " " : "\t", names[i].text);
	}
	if (column)
		putchar('\n');
}

int main(int argc, char **argv)
{
	if (argc < 4) {
		fprintf(stderr, "usage: kernel_symbols RULES OLD SOURCE.. >symbols.tsv\n");
		return 2;
	}
	read_rules(argv[1]);
	read_olds(argv[2]);
	for (int i = 3; i < argc; i++)
		read_source(argv[i]);
	for (size_t i = 0; i < rules_count; i++)
		if (rules[i].uses == 0)
			fprintf(stderr, "%s:%u: no function fits\n", argv[1], rules[i].line);
	qsort(names, names_count, sizeof(*names), name_order);
	printf("# SPDX-License-Identifier: GPL-2.0-or-later\n"
	       "# Functions of Linux by their part in a report: tools/kernel_symbols.rules over\n"
	       "# Linux%s. Made by `make symbols`; do not edit.\n",
	       versions);
	for (unsigned list = 0; list <= LISTS; list++)
		print_list(list);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
