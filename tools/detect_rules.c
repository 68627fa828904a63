// SPDX-License-Identifier: GPL-2.0-or-later
// Build-time generator: controller/detect/rules.tsv and symbols*.tsv -> C tables on standard output.
// Every fault of the table is reported as file:line: and fails the build.
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "detect/rules_build.h"
#include "detect/symbol.h"
#include "detect/text.h"

enum { RULES_MAX = 800, OPS_MAX = 4000, TEXT_MAX = 32768, LINKS_MAX = 8000, SYMBOLS_MAX = 1500 };
enum { COLUMNS = 7 };
enum column { COL_ID, COL_ROLE, COL_CLASS, COL_SEVERITY, COL_OPTIONS, COL_PATTERN, COL_TITLE };
enum { NAMES_MAX = SYMBOL_NAMES * 3 / 4 };

struct name {
	const char *text;
	int value;
};

static const struct name roles[] = {
    {"header", RULE_HEADER},
    {"cut", RULE_CUT},
    {"ruler", RULE_RULER},
    {"end", RULE_END},
    {"end-panic", RULE_END_PANIC},
    {"replay", RULE_REPLAY},
    {"dropped", RULE_DROPPED},
    {"state", RULE_STATE},
    {"shutdown", RULE_SHUTDOWN},
    {"watchdog", RULE_WATCHDOG},
    {"record", RULE_RECORD},
    {"walk", RULE_WALK},
    {"ktap-version", RULE_KTAP_VERSION},
    {"ktap-plan", RULE_KTAP_PLAN},
    {"ktap-ok", RULE_KTAP_OK},
    {"ktap-not-ok", RULE_KTAP_NOT_OK},
    {"ktap-bail", RULE_KTAP_BAIL},
    {"ktap-name", RULE_KTAP_NAME},
    {"ahead", RULE_AHEAD},
    {"trace", RULE_TRACE},
    {"ltp", RULE_LTP},
    {"tag", RULE_TAG},
    {"ignore", RULE_IGNORE},
    {"refine", RULE_REFINE},
    {NULL, 0},
};

static const struct name states[] = {
    {"bootloader", DETECT_STATE_BOOTLOADER},
    {"handover", DETECT_STATE_HANDOVER},
    {"kernel_early", DETECT_STATE_KERNEL_EARLY},
    {"kernel", DETECT_STATE_KERNEL},
    {"userspace", DETECT_STATE_USERSPACE},
    {"ready", DETECT_STATE_READY},
    {NULL, 0},
};

static const struct name wheres[] = {
    {"start", WHERE_START}, {"any", WHERE_ANY}, {"strong", WHERE_STRONG}, {NULL, 0}};

static const struct name blames[] = {{"blame=header", BLAME_HEADER},
				     {"blame=pc", BLAME_PC},
				     {"blame=trace", BLAME_TRACE},
				     {"blame=hang", BLAME_HANG},
				     {"blame=lock", BLAME_LOCK},
				     {"blame=none", BLAME_NONE},
				     {"blame=repeat", BLAME_REPEAT},
				     {"blame=first", BLAME_FIRST},
				     {"blame=alloc", BLAME_ALLOC},
				     {"blame=wait", BLAME_WAIT},
				     {"blame=named", BLAME_NAMED},
				     {"blame=image", BLAME_IMAGE},
				     {NULL, 0}};

static const struct name ends[] = {{"end=single", END_SINGLE},   {"end=trace", END_TRACE},
				   {"end=ruler", END_RULER},     {"end=panic", END_PANIC},
				   {"end=natural", END_NATURAL}, {NULL, 0}};

static const struct name flags[] = {{"fatal", RULE_FATAL},
				    {"member", RULE_MEMBER},
				    {"kernel", RULE_KERNEL},
				    {"bbm", RULE_BBM},
				    {"absorb", RULE_ABSORB},
				    {"part", RULE_PART},
				    {"aftermath", RULE_AFTERMATH},
				    {"first-stage", RULE_FIRST_STAGE},
				    {"backtrace", RULE_BACKTRACE},
				    {"lines", RULE_LINES},
				    {"consequence", RULE_CONSEQUENCE},
				    {"retold", RULE_RETOLD},
				    {"headless", RULE_HEADLESS},
				    {"early", RULE_EARLY},
				    {"loader", RULE_LOADER},
				    {"resets", RULE_RESETS},
				    {NULL, 0}};

static const struct name refines[] = {{"on=message", REFINE_MESSAGE},
				      {"on=file", REFINE_FILE},
				      {"on=func", REFINE_FUNC},
				      {"on=what", REFINE_WHAT},
				      {NULL, 0}};

static const struct name lists[] = {{"machinery", SYMBOL_MACHINERY}, {"helper", SYMBOL_HELPER},
				    {"anchor", SYMBOL_ANCHOR},       {"boundary", SYMBOL_BOUNDARY},
				    {"culprit", SYMBOL_CULPRIT},     {"sleep", SYMBOL_SLEEP},
				    {"plain", SYMBOL_PLAIN},         {"root", SYMBOL_ROOT},
				    {"service", SYMBOL_SERVICE},     {NULL, 0}};

static struct {
	struct rule rules[RULES_MAX];
	struct rule_op ops[OPS_MAX];
	char text[TEXT_MAX];
	struct rule_link links[LINKS_MAX];
	struct rule_filter anchored, floating;
	struct symbol_pattern symbols[SYMBOLS_MAX];
	size_t symbols_count;
	uint32_t names[SYMBOL_NAMES]; // fingerprints, 0 empty
	uint16_t names_lists[SYMBOL_NAMES];
	const char *names_text[SYMBOL_NAMES];
	size_t names_count;
	unsigned version;
} out;

static struct rule_builder builder = {
    .rules = out.rules,
    .ops = out.ops,
    .text = out.text,
    .links = out.links,
    .anchored = &out.anchored,
    .floating = &out.floating,
    .rules_max = RULES_MAX,
    .ops_max = OPS_MAX,
    .text_max = TEXT_MAX,
    .links_max = LINKS_MAX,
};

static const char *table_path;
static unsigned table_line;

static _Noreturn void fail(const char *what, const char *text)
{
	fprintf(stderr, "%s:%u: %s%s%s\n", table_path, table_line, what, text ? ": " : "",
		text ? text : "");
	exit(1);
}

static char *keep(const char *s)
{
	char *copy = strdup(s);
	if (!copy)
		fail("out of memory", NULL);
	return copy;
}

static bool lookup(const struct name *names, const char *text, int *value)
{
	for (; names->text; names++) {
		if (strcmp(names->text, text) == 0) {
			*value = names->value;
			return true;
		}
	}
	return false;
}

static void apply_option(struct rule *rule, const char *word)
{
	int value;
	if (lookup(wheres, word, &value))
		rule->where = (uint8_t)value;
	else if (lookup(blames, word, &value))
		rule->blame = (uint8_t)value;
	else if (lookup(ends, word, &value))
		rule->end = (uint8_t)value;
	else if (lookup(flags, word, &value))
		rule->flags = (uint16_t)(rule->flags | value);
	else if (lookup(refines, word, &value))
		rule->state = (uint8_t)value;
	else
		fail("unknown option", word);
}

static void apply_class(struct rule *rule, const char *text)
{
	int value;
	if (rule->role == RULE_STATE) {
		if (!lookup(states, text, &value))
			fail("unknown boot state", text);
		rule->state = (uint8_t)value;
		return;
	}
	char *name = keep(strcmp(text, "-") == 0 ? "" : text);
	char *dot = strchr(name, '.');
	if (dot)
		*dot = '\0';
	rule->class_name = name;
	rule->sub = dot ? dot + 1 : "";
}

// A name without '*' goes into a hash table, of which only fingerprints are kept.
static void add_name(enum symbol_list list, const char *name)
{
	uint64_t hash = symbol_hash(view_of(name));
	uint32_t mark = symbol_fingerprint(hash);
	size_t slot = hash % SYMBOL_NAMES;
	while (out.names[slot] && out.names[slot] != mark)
		slot = (slot + 1) % SYMBOL_NAMES;
	if (!out.names[slot] && ++out.names_count > NAMES_MAX)
		fail("too many names", NULL);
	if (!out.names[slot])
		out.names_text[slot] = keep(name);
	out.names[slot] = mark;
	out.names_lists[slot] = (uint16_t)(out.names_lists[slot] | SYMBOL_ON(list));
}

static void add_symbols(enum symbol_list list, char *names)
{
	for (char *word = strtok(names, " "); word; word = strtok(NULL, " ")) {
		if (!strchr(word, '*')) {
			add_name(list, word);
			continue;
		}
		struct symbol_pattern p = {.list = (uint8_t)list};
		size_t len = strlen(word);
		if (len < 3 || len > UINT8_MAX)
			fail("a symbol of 3 to 255 characters was expected", word);
		p.plain = (uint8_t)strcspn(word, "*");
		if (p.plain > 0 && p.plain < 3)
			fail("three characters ahead of the first '*' were expected", word);
		if (out.symbols_count == SYMBOLS_MAX)
			fail("too many symbols", NULL);
		p.text = keep(word);
		p.len = (uint8_t)len;
		out.symbols[out.symbols_count++] = p;
	}
}

static void add_rule(char *columns[COLUMNS])
{
	struct rule rule = {.id = keep(columns[COL_ID]), .line = (uint16_t)table_line};
	int value;
	if (!lookup(roles, columns[COL_ROLE], &value))
		fail("unknown role", columns[COL_ROLE]);
	rule.role = (uint8_t)value;
	apply_class(&rule, columns[COL_CLASS]);
	if (strcmp(columns[COL_SEVERITY], "-") != 0) {
		if (!is_digit(columns[COL_SEVERITY][0]) || columns[COL_SEVERITY][0] > '5')
			fail("severity 0 to 5 was expected", columns[COL_SEVERITY]);
		rule.severity = (uint8_t)(columns[COL_SEVERITY][0] - '0');
	}
	for (char *word = strtok(columns[COL_OPTIONS], " "); word; word = strtok(NULL, " "))
		if (strcmp(word, "-") != 0)
			apply_option(&rule, word);
	rule.title = keep(strcmp(columns[COL_TITLE], "-") == 0 ? "" : columns[COL_TITLE]);
	CLEANUP_ERROR struct error *e = rule_builder_add(&builder, &rule, columns[COL_PATTERN]);
	if (e)
		fail(columns[COL_ID], error_text(e));
}

static void read_line(char *line)
{
	char *columns[COLUMNS + 1] = {NULL};
	size_t count = 0;
	for (char *word = strtok(line, "\t"); word && count <= COLUMNS; word = strtok(NULL, "\t"))
		columns[count++] = word;
	int value;
	if (count == 2 && strcmp(columns[0], "version") == 0)
		out.version = (unsigned)strtoul(columns[1], NULL, 10);
	else if (count == 2 && lookup(lists, columns[0], &value))
		add_symbols((enum symbol_list)value, columns[1]);
	else if (count == COLUMNS)
		add_rule(columns);
	else
		fail("7 columns were expected: id role class severity options pattern title",
		     columns[0]);
}

static void read_table(FILE *in)
{
	char line[4096];
	while (fgets(line, sizeof(line), in)) {
		table_line++;
		size_t len = strcspn(line, "\n");
		if (line[len] != '\n')
			fail("line too long or without end", NULL);
		line[len] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			read_line(line);
	}
}

static void print_string(const char *s, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '"' || s[i] == '\\' || s[i] == '?')
			putchar('\\');
		putchar(s[i]);
	}
	putchar('"');
}

static void print_rules(void)
{
	printf("static const struct rule builtin_rules[] = {\n");
	for (size_t i = 0; i < builder.rules_count; i++) {
		const struct rule *r = &out.rules[i];
		printf("{");
		print_string(r->id, strlen(r->id));
		printf(", ");
		print_string(r->class_name ? r->class_name : "",
			     r->class_name ? strlen(r->class_name) : 0);
		printf(", ");
		print_string(r->sub ? r->sub : "", r->sub ? strlen(r->sub) : 0);
		printf(", ");
		print_string(r->title, strlen(r->title));
		printf(", %u, %u, %u, %u, %u, %u, %u, %u, %u, %u},\n", r->role, r->where, r->blame,
		       r->end, r->severity, r->state, r->flags, r->ops_count, r->ops_first,
		       r->line);
	}
	printf("};\n");
}

static void print_refines(void)
{
	printf("static const uint16_t builtin_refines[] = {\n");
	for (size_t i = 0; i < builder.rules_count; i++)
		if (out.rules[i].role == RULE_REFINE)
			printf("%zu,\n", i);
	printf("RULE_LINK_NONE};\n");
}

static int name_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Classes of the built-in reports, and that of the site's own.
static void print_classes(void)
{
	static const char *names[RULES_MAX + 1] = {"site"};
	size_t count = 1;
	for (size_t i = 0; i < builder.rules_count; i++)
		if (out.rules[i].role == RULE_HEADER)
			names[count++] = out.rules[i].class_name;
	qsort(names, count, sizeof(names[0]), name_order);
	printf("static const char *const builtin_classes[] = {\n");
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			printf("\"%s\",\n", names[i]);
	printf("NULL};\n");
}

static void print_ops_and_text(void)
{
	printf("static const struct rule_op builtin_ops[] = {\n");
	for (size_t i = 0; i < builder.ops_count; i++)
		printf("{%u, %u, %u, %u},\n", out.ops[i].is_field, out.ops[i].field, out.ops[i].len,
		       out.ops[i].text);
	printf("};\nstatic const char builtin_text[] =\n");
	for (size_t at = 0; at < builder.text_count; at += 64) {
		size_t left = builder.text_count - at;
		print_string(out.text + at, left < 64 ? left : 64);
		putchar('\n');
	}
	printf(";\n");
}

static void print_filter(const char *name, const struct rule_filter *f)
{
	printf("static const struct rule_filter builtin_%s = {\n{", name);
	for (size_t i = 0; i < RULE_FILTER_WORDS; i++)
		printf("0x%" PRIx64 ",%s", f->bits[i], i % 8 == 7 ? "\n" : " ");
	printf("},\n{");
	for (size_t i = 0; i < RULE_FILTER_HEADS; i++)
		printf("%u,%s", f->heads[i], i % 16 == 15 ? "\n" : " ");
	printf("}};\n");
}

static void print_links(void)
{
	printf("static const struct rule_link builtin_links[] = {\n");
	for (size_t i = 0; i < builder.links_count; i++)
		printf("{0x%" PRIx32 "u, %u, %u, 0x%" PRIx32 "u, %u, %u, %u},\n", out.links[i].word,
		       out.links[i].rule, out.links[i].next, out.links[i].tail, out.links[i].offset,
		       out.links[i].tail_at, out.links[i].op);
	printf("};\n");
}

static int symbol_slot(const struct symbol_pattern *p)
{
	return p->text[0] == '*' ? SYMBOL_BUCKETS : (int)symbol_bucket(p->text);
}

static int symbol_order(const void *a, const void *b)
{
	const struct symbol_pattern *left = a, *right = b;
	int by_slot = symbol_slot(left) - symbol_slot(right);
	return by_slot ? by_slot : strcmp(left->text, right->text);
}

static uint64_t pattern_letters(const char *text)
{
	uint64_t letters = 0;
	for (; *text; text++)
		if (*text != '*')
			letters |= symbol_letters((struct detect_view){text, 1});
	return letters;
}

static void print_symbols(void)
{
	qsort(out.symbols, out.symbols_count, sizeof(out.symbols[0]), symbol_order);
	printf("const struct symbol_pattern symbol_patterns[] = {\n");
	for (size_t i = 0; i < out.symbols_count; i++)
		printf("{\"%s\", %u, %u, %u, 0x%" PRIx64 "},\n", out.symbols[i].text,
		       out.symbols[i].len, out.symbols[i].list, out.symbols[i].plain,
		       pattern_letters(out.symbols[i].text));
	printf("};\nconst uint16_t symbol_index[SYMBOL_BUCKETS + 2] = {\n");
	size_t at = 0;
	for (int slot = 0; slot <= SYMBOL_BUCKETS + 1; slot++) {
		while (at < out.symbols_count && symbol_slot(&out.symbols[at]) < slot)
			at++;
		printf("%zu,%s", at, slot % 16 == 15 ? "\n" : " ");
	}
	printf("};\n");
}

static bool pattern_fits(const struct symbol_pattern *p, const char *name)
{
	if (strncmp(p->text, name, p->plain) != 0)
		return false;
	return p->plain + 1 == p->len || fnmatch(p->text, name, 0) == 0;
}

// Patterns fit whole names, too; a lookup that finds a name need not try them. Not for a function
// that is plain: there a pattern fits by chance.
static void add_patterns_to_names(void)
{
	for (size_t slot = 0; slot < SYMBOL_NAMES; slot++) {
		unsigned on = 0;
		for (size_t i = 0; out.names[slot] && i < out.symbols_count; i++)
			if (pattern_fits(&out.symbols[i], out.names_text[slot]))
				on |= SYMBOL_ON(out.symbols[i].list);
		if (out.names_lists[slot] & SYMBOL_ON(SYMBOL_PLAIN))
			on &= ~SYMBOL_SKIPPED;
		out.names_lists[slot] = (uint16_t)(out.names_lists[slot] | on);
	}
}

static void print_names(void)
{
	add_patterns_to_names();
	printf("const uint32_t symbol_names[SYMBOL_NAMES] = {\n");
	for (size_t i = 0; i < SYMBOL_NAMES; i++)
		printf("0x%" PRIx32 ",%s", out.names[i], i % 8 == 7 ? "\n" : " ");
	printf("};\nconst uint16_t symbol_names_lists[SYMBOL_NAMES] = {\n");
	for (size_t i = 0; i < SYMBOL_NAMES; i++)
		printf("%u,%s", out.names_lists[i], i % 32 == 31 ? "\n" : "");
	printf("};\n");
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		table_path = argv[i];
		table_line = 0;
		CLEANUP_FCLOSE FILE *in = fopen(table_path, "r");
		if (!in)
			fail("cannot be read", NULL);
		read_table(in);
	}
	if (argc < 2) {
		fprintf(stderr, "usage: detect_rules RULES.tsv [SYMBOLS.tsv..] >TABLE.inc\n");
		return 2;
	}
	if (out.version == 0)
		fail("no version line", NULL);
	CLEANUP_ERROR struct error *e = rule_builder_finish(&builder, RULE_FLOAT_MIN);
	if (e)
		fail(error_text(e), NULL);
	printf("// Generated from rules.tsv and symbols*.tsv; do not edit.\n");
	print_rules();
	print_refines();
	print_classes();
	print_ops_and_text();
	print_filter("anchored", &out.anchored);
	print_filter("floating", &out.floating);
	print_links();
	print_symbols();
	print_names();
	printf("#define BUILTIN_VERSION %uu\n#define BUILTIN_STEP %u\n", out.version, builder.step);
	return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
