// SPDX-License-Identifier: GPL-2.0-or-later
// Example traces of casemate (rems-project), a checker that is compiled into pKVM: the same verdict
// on what concerns stage 1 of EL2. What it checks and this does not: locks, ownership of tables and
// double use of identifiers, which need the annotations of its traces.
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/ptsan.h"

#define PAGES_MAX 16

struct replay {
	struct ptsan *ptsan;
	uint64_t pages[PAGES_MAX]; // their addresses
	uint64_t words[PAGES_MAX][512];
	size_t pages_count;
	struct ptsan_finding first;
	size_t findings;
};

static uint64_t *word_at(struct replay *r, uint64_t address)
{
	for (size_t i = 0; i < r->pages_count; i++)
		if (address >> 12 == r->pages[i] >> 12)
			return &r->words[i][address / 8 % 512];
	return NULL;
}

static bool read_memory(void *arg, uint64_t address, uint64_t *words, size_t count)
{
	const uint64_t *from = word_at(arg, address);
	if (from)
		memcpy(words, from, count * sizeof(*words));
	return from != NULL;
}

static void keep(void *arg, const struct ptsan_finding *f)
{
	struct replay *r = arg;
	if (!r->findings++)
		r->first = *f;
}

// The value of `(name value)` in a line, 0 when it is not there; all numbers are hexadecimal.
static uint64_t field(const char *line, const char *name)
{
	char open[32];
	snprintf(open, sizeof(open), "(%s ", name);
	const char *at = strstr(line, open);
	return at ? strtoull(at + strlen(open), NULL, 16) : 0;
}

static bool has(const char *line, const char *text)
{
	return strstr(line, text) != NULL;
}

static void take_register(struct replay *r, const char *line, struct ptsan_event e)
{
	e.kind = PTSAN_REGISTER;
	e.value = field(line, "value");
	if (has(line, "sysreg ttbr0_el2"))
		e.reg = PTSAN_TTBR0;
	else if (has(line, "sysreg tcr_el2"))
		e.reg = PTSAN_TCR;
	else if (has(line, "sysreg mair_el2"))
		e.reg = PTSAN_MAIR;
	else
		return; // stage 2; SCTLR: its traces walk without regard to it
	ptsan_take(r->ptsan, &e);
}

static void take_tlbi(struct replay *r, const char *line, struct ptsan_event e)
{
	e.kind = PTSAN_TLBI;
	e.tlbi = (struct ptsan_tlbi){
	    .regime = PTSAN_EL2, .domain = PTSAN_INNER, .any_asid = true, .level = PTSAN_ANY_LEVEL};
	if (has(line, "vae2is")) {
		e.tlbi.scope = PTSAN_TLBI_VA;
		e.tlbi.start = (field(line, "value") & 0xfffffffffff) << 12;
		e.tlbi.end = e.tlbi.start + 1;
	} else if (has(line, "alle2is")) {
		e.tlbi.scope = PTSAN_TLBI_ALL;
	}
	ptsan_take(r->ptsan, &e);
}

static void take_line(struct replay *r, const char *line)
{
	struct ptsan_event e = {.cpu = (uint8_t)field(line, "tid"), .regime = PTSAN_EL2};
	uint64_t address = field(line, "address");
	if (has(line, "(mem-init ")) {
		if (!word_at(r, address) && r->pages_count < PAGES_MAX)
			r->pages[r->pages_count++] = address;
	} else if (has(line, "(mem-write ") && word_at(r, address)) {
		*word_at(r, address) = field(line, "value");
		e.kind = PTSAN_STORE;
		e.address = address;
		e.value = field(line, "value");
		ptsan_take(r->ptsan, &e);
	} else if (has(line, "(sysreg-write ")) {
		take_register(r, line, e);
	} else if (has(line, "(tlbi ")) {
		take_tlbi(r, line, e);
	} else if (has(line, "(barrier ")) {
		e.kind = has(line, " isb ") ? PTSAN_ISB : PTSAN_DSB;
		e.domain = PTSAN_INNER;
		e.stores_only = has(line, "(kind ishst)");
		ptsan_take(r->ptsan, &e);
	}
}

static FILE *open_trace(const char *name)
{
	const char *shared = getenv("MMFARM_SHARED");
	char path[512];
	snprintf(path, sizeof(path), "%s/data/casemate/%s.log", shared ? shared : "../shared",
		 name);
	FILE *f = fopen(path, "r");
	if (!f) {
		print_message("no %s\n", path);
		skip();
	}
	return f;
}

static size_t replay(const char *name, struct ptsan_finding *first)
{
	static struct replay r;
	FILE *f = open_trace(name);
	r = (struct replay){0};
	struct ptsan_config config = {.read = read_memory, .emit = keep, .arg = &r, .levels = 1};
	r.ptsan = ptsan_new(&config);
	assert_non_null(r.ptsan);
	// Traces that set no TCR mean 4K and 48 bits; all mean that translation is on.
	ptsan_take(r.ptsan,
		   &(struct ptsan_event){
		       .kind = PTSAN_REGISTER, .regime = PTSAN_EL2, .reg = PTSAN_TCR, .value = 16});
	ptsan_take(r.ptsan, &(struct ptsan_event){.kind = PTSAN_REGISTER,
						  .regime = PTSAN_EL2,
						  .reg = PTSAN_SCTLR,
						  .value = 1});
	char line[1024];
	while (fgets(line, sizeof(line), f))
		take_line(&r, line);
	fclose(f);
	ptsan_free(r.ptsan);
	*first = r.first;
	return r.findings;
}

static void what_is_good_is_silent(void **state)
{
	(void)state;
	static const char *const good[] = {"good_bbm_stage1", "simple"};
	struct ptsan_finding first;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(replay(good[i], &first), 0);
}

static void a_live_table_changed_without_a_break(void **state)
{
	(void)state;
	struct ptsan_finding first;
	assert_int_equal(replay("bad_no_bbm_stage1", &first), 1);
	assert_int_equal(first.kind, PTSAN_TABLE_TO_OTHER_TABLE);
}

// Its rule that an identifier belongs to one root only is a convention of pKVM.
static void conventions_of_pkvm_are_not_judged(void **state)
{
	(void)state;
	struct ptsan_finding first;
	assert_int_equal(replay("bad_overlap_ASID", &first), 0);
	assert_int_equal(replay("bad_EL2_ASID", &first), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_good_is_silent),
	    cmocka_unit_test(a_live_table_changed_without_a_break),
	    cmocka_unit_test(conventions_of_pkvm_are_not_judged),
	};
	return cmocka_run_group_tests_name("ptsan_casemate", tests, NULL, NULL);
}
