// SPDX-License-Identifier: GPL-2.0-or-later
// The page-table sanitizer as a plugin of QEMU's TCG: watches an unmodified arm64 kernel.
//
//   -object memory-backend-memfd,id=ram,size=2G -machine memory-backend=ram
//   -plugin mmfarm-ptsan.so,out=FILE[,levels=0:2][,image=START-END][,data=START-END]
//   [,data_alias=off][,ram=BASE][,loads=on][,sites=on]
//
// Guest memory is read through the memfd's mapping in this process: the interface of QEMU 10.0 reads
// virtual addresses only. Every store to a page that holds a table is read back from there, so that
// plain stores, pairs, exclusives, atomics and partial stores are one case.
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/tlbi.h"
#include "instruction.h"
#include "qemu_plugin.h"
#include "report.h"

#define VIRT_RAM_BASE 0x40000000ull
#define STACK_SHIFT   14 // a kernel stack is at least so large and so aligned
#define ZERO_BYTES    64 // what DC ZVA clears on QEMU's CPUs

PLUGIN_EXPORT int qemu_plugin_version = PLUGIN_API_VERSION;
PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc,
				      char **argv);

// Registers that callbacks read, by their names in QEMU's gdb description.
enum { SP = 31, CPSR = 32, SPSR_EL1, HCR_EL2, REGISTERS };

// One instruction as it was translated; lives as long as the emulator, as translated code may.
struct store_place {
	uint64_t pc;
	struct instruction instruction;
	uint8_t el;
	uint64_t executed, useful; // of a store: entries that it made invalid
	uint64_t *frames;          // of one call
	size_t frames_count;
	struct store_place *next; // of all, for `sites`
};

static struct {
	pthread_mutex_t lock; // of all below
	struct ptsan *ptsan;
	struct report *report;
	const uint8_t *ram;
	uint64_t ram_base, ram_size;
	bool ram_searched;
	struct qemu_plugin_register *registers[REGISTERS]; // the same for all vCPUs
	struct qemu_plugin_scoreboard *scores;
	qemu_plugin_u64 instructions; // so far, of each vCPU
	bool loads;
	bool sites; // tell at the end what was executed where, for a mutator
	struct store_place *places;
	bool wide[PTSAN_REGIMES];
	struct geometry halves[2]; // of the kernel's regime, for the report
	bool vectors_known;
} state = {.lock = PTHREAD_MUTEX_INITIALIZER, .ram_base = VIRT_RAM_BASE};

// ---- guest memory -------------------------------------------------------------------------------

static void find_ram(void)
{
	state.ram_searched = true;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	while (maps && fgets(line, sizeof(line), maps)) {
		uint64_t start, end;
		if (!strstr(line, "memfd:memory-backend-memfd") ||
		    sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end) != 2 ||
		    end - start <= state.ram_size)
			continue;
		state.ram = (const uint8_t *)(uintptr_t)start;
		state.ram_size = end - start;
	}
	if (maps)
		fclose(maps);
}

static bool read_ram(void *arg, uint64_t address, uint64_t *words, size_t count)
{
	(void)arg;
	if (!state.ram_searched)
		find_ram();
	uint64_t offset = address - state.ram_base;
	if (!state.ram || address < state.ram_base || offset + 8 * count > state.ram_size)
		return false;
	memcpy(words, state.ram + offset, 8 * count);
	return true;
}

// ---- registers of the vCPU whose thread this is --------------------------------------------------

static GByteArray *scratch(void)
{
	static __thread GByteArray *bytes;
	if (!bytes)
		bytes = g_byte_array_new();
	g_byte_array_set_size(bytes, 0);
	return bytes;
}

static uint64_t read_register(unsigned which)
{
	uint64_t value = 0;
	if (!state.registers[which])
		return 0;
	GByteArray *bytes = scratch();
	int size = qemu_plugin_read_register(state.registers[which], bytes);
	if (size > 0)
		memcpy(&value, bytes->data, size < 8 ? (size_t)size : 8);
	return value;
}

static uint64_t read_operand(uint8_t rt)
{
	return rt == 31 ? 0 : read_register(rt);
}

static int register_number(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} named[] = {{"sp", SP}, {"cpsr", CPSR}, {"SPSR_EL1", SPSR_EL1}, {"HCR_EL2", HCR_EL2}};
	for (unsigned i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (strcmp(name, named[i].name) == 0)
			return named[i].number;
	char *end;
	if (name[0] != 'x')
		return -1;
	unsigned long n = strtoul(name + 1, &end, 10);
	return *end || end == name + 1 || n > 30 ? -1 : (int)n;
}

static void begin_vcpu(qemu_plugin_id_t id, unsigned cpu)
{
	(void)id;
	if (cpu > 0)
		return;
	GArray *all = qemu_plugin_get_registers();
	const qemu_plugin_reg_descriptor *d = (const void *)all->data;
	for (unsigned i = 0; i < all->len; i++) {
		int n = register_number(d[i].name);
		if (n >= 0)
			state.registers[n] = d[i].handle;
	}
	g_array_free(all, 1);
}

// ---- events -------------------------------------------------------------------------------------

static struct ptsan_event event_at(unsigned cpu, const struct store_place *place,
				   enum ptsan_event_kind kind)
{
	return (struct ptsan_event){
	    .kind = kind,
	    .cpu = (uint8_t)cpu,
	    .regime = place->el == 2 ? PTSAN_EL2 : PTSAN_EL10,
	    .pc = place->pc,
	    .time = qemu_plugin_u64_get(state.instructions, cpu),
	};
}

static uint64_t thread_now(void)
{
	return (read_register(SP) - 1) >> STACK_SHIFT;
}

// A return address as it is without its pointer authentication code.
static uint64_t without_code(uint64_t address)
{
	unsigned bits = state.halves[address >> 55 & 1].va_bits;
	if (!bits || bits > 55)
		return address;
	uint64_t upper = ~(((uint64_t)1 << bits) - 1);
	return address >> 55 & 1 ? address | upper : address & ~upper;
}

static unsigned unwind(uint64_t *frames)
{
	// AAPCS64: x29 points to the caller's x29 and the return address.
	uint64_t frame = read_register(29);
	unsigned n = 0;
	while (n < PTSAN_FRAMES && frame && !(frame & 7)) {
		uint64_t pair[2];
		GByteArray *bytes = scratch();
		if (!qemu_plugin_read_memory_vaddr(frame, bytes, sizeof(pair)) ||
		    bytes->len < sizeof(pair))
			break;
		memcpy(pair, bytes->data, sizeof(pair));
		frames[n++] = without_code(pair[1]);
		if (pair[0] <= frame)
			break;
		frame = pair[0];
	}
	return n;
}

static unsigned trace(void *arg, uint64_t *frames)
{
	(void)arg;
	return unwind(frames);
}

static void emit(void *arg, const struct ptsan_finding *f)
{
	(void)arg;
	uint64_t frames[PTSAN_FRAMES];
	size_t n = f->pc ? unwind(frames) : 0;
	report_finding(state.report, f, &state.halves[f->va >> 55 & 1], frames, n);
}

// For the list of sites: how often, and how it was called the first time.
static void note_use(struct store_place *p, uint64_t useful)
{
	p->useful += useful;
	if (!state.sites || p->frames)
		return;
	p->frames = calloc(PTSAN_FRAMES, sizeof(*p->frames));
	if (p->frames)
		p->frames_count = unwind(p->frames);
}

static void take_store(unsigned cpu, struct store_place *place, uint64_t address, size_t size)
{
	struct ptsan_event e = event_at(cpu, place, PTSAN_STORE);
	e.thread = thread_now();
	uint64_t before = ptsan_breaks(state.ptsan);
	for (uint64_t at = address & ~7ull; at < address + size; at += 8) {
		e.address = at;
		if (read_ram(NULL, at, &e.value, 1))
			ptsan_take(state.ptsan, &e);
	}
	uint64_t breaks = ptsan_breaks(state.ptsan) - before;
	if (breaks)
		note_use(place, breaks);
}

// ---- callbacks of translated code ---------------------------------------------------------------

static void on_store(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *place)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, vaddr);
	if (!hw || qemu_plugin_hwaddr_is_io(hw))
		return;
	uint64_t address = qemu_plugin_hwaddr_phys_addr(hw);
	// Without the lock: a table that is being adopted is read after it is watched.
	if (!ptsan_may_be_watched(state.ptsan, address))
		return;
	pthread_mutex_lock(&state.lock);
	if (ptsan_is_watched(state.ptsan, address))
		take_store(cpu, place, address, (size_t)1 << qemu_plugin_mem_size_shift(info));
	pthread_mutex_unlock(&state.lock);
}

static void take_access(unsigned cpu, const struct store_place *place, uint64_t vaddr, bool write)
{
	if (!ptsan_wants_access(state.ptsan))
		return;
	struct ptsan_event e = event_at(cpu, place, PTSAN_ACCESS);
	e.address = vaddr;
	e.write = write;
	pthread_mutex_lock(&state.lock);
	e.thread = thread_now();
	ptsan_take(state.ptsan, &e);
	pthread_mutex_unlock(&state.lock);
}

static void on_load(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *place)
{
	(void)info;
	take_access(cpu, place, vaddr, false);
}

static void on_stored_access(unsigned cpu, qemu_plugin_meminfo_t info, uint64_t vaddr, void *place)
{
	take_access(cpu, place, vaddr, true);
	on_store(cpu, info, vaddr, place);
}

// Registers with names of EL1 are EL2's own where a VHE host runs at EL2.
static enum ptsan_regime regime_of(const struct store_place *p)
{
	static const uint64_t e2h = (uint64_t)1 << 34;
	if (p->instruction.op1 == 4)
		return PTSAN_EL2;
	if (p->instruction.op1 == 0 && p->el == 2 && (read_register(HCR_EL2) & e2h))
		return PTSAN_EL2;
	return PTSAN_EL10;
}

static void take_register(unsigned cpu, const struct store_place *p)
{
	struct ptsan_event e = event_at(cpu, p, PTSAN_REGISTER);
	e.regime = regime_of(p);
	e.reg = p->instruction.reg;
	e.value = read_operand(p->instruction.rt);
	if (e.reg == PTSAN_TCR) {
		struct geometry g;
		bool two = e.regime == PTSAN_EL10;
		state.wide[e.regime] = geometry_read(e.value, two, 0, &g) && g.wide;
		for (unsigned half = 0; half < 2; half++)
			geometry_read(e.value, two, half, &state.halves[half]);
	}
	ptsan_take(state.ptsan, &e);
}

static void take_tlbi(unsigned cpu, const struct store_place *p)
{
	const struct instruction *i = &p->instruction;
	struct ptsan_event e = event_at(cpu, p, PTSAN_TLBI);
	enum ptsan_regime regime = regime_of(p);
	if (tlbi_decode(i->op1, i->crn, i->crm, i->op2, read_operand(i->rt), state.wide[regime],
			&e.tlbi)) {
		if (i->op1 == 0) // of a VHE host: of its own regime
			e.tlbi.regime = regime;
		ptsan_take(state.ptsan, &e);
	}
}

// The first address of exception vectors tells where the kernel lies, whatever moved it.
static void take_vectors(unsigned cpu, const struct store_place *p)
{
	uint64_t va = read_operand(p->instruction.rt), address = va;
	if (state.vectors_known)
		return;
	state.vectors_known = true;
	if (ptsan_translate(state.ptsan, (uint8_t)cpu, regime_of(p), va, &address))
		ptsan_set_image(state.ptsan, va, address);
	report_vectors(state.report, va, address);
}

static void take_zero(unsigned cpu, const struct store_place *p)
{
	uint64_t va = read_operand(p->instruction.rt) & ~(uint64_t)(ZERO_BYTES - 1), address;
	struct ptsan_event e = event_at(cpu, p, PTSAN_STORE);
	if (!ptsan_translate(state.ptsan, e.cpu, e.regime, va, &address) ||
	    !ptsan_is_watched(state.ptsan, address))
		return;
	e.thread = thread_now();
	for (unsigned i = 0; i < ZERO_BYTES; i += 8) {
		e.address = address + i;
		ptsan_take(state.ptsan,
			   &e); // this comes before the instruction; its value is known
	}
}

static void take_eret(unsigned cpu, const struct store_place *p)
{
	// SPSR_EL1.M: EL0t is 0 (DDI 0487 C5.2.18).
	bool user = p->el == 1 && !(read_register(SPSR_EL1) & 0xf);
	struct ptsan_event e = event_at(cpu, p, user ? PTSAN_RETURN_USER : PTSAN_ISB);
	if (user)
		e.thread = thread_now();
	ptsan_take(state.ptsan, &e);
}

static void on_instruction(unsigned cpu, void *arg)
{
	struct store_place *p = arg;
	const struct instruction *i = &p->instruction;
	if (cpu >= PTSAN_CPUS_MAX)
		return;
	pthread_mutex_lock(&state.lock);
	p->executed++;
	uint64_t before = ptsan_flushed(state.ptsan);
	struct ptsan_event e = event_at(cpu, p, i->kind == INSTRUCTION_DSB ? PTSAN_DSB : PTSAN_ISB);
	e.domain = i->domain;
	e.stores_only = i->stores_only;
	e.loads_only = i->loads_only;
	e.no_xs = i->no_xs;
	switch (i->kind) {
	case INSTRUCTION_REGISTER:
		take_register(cpu, p);
		break;
	case INSTRUCTION_TLBI:
		take_tlbi(cpu, p);
		break;
	case INSTRUCTION_VECTORS:
		take_vectors(cpu, p);
		break;
	case INSTRUCTION_ZERO:
		take_zero(cpu, p);
		break;
	case INSTRUCTION_ERET:
		take_eret(cpu, p);
		break;
	default:
		ptsan_take(state.ptsan, &e);
	}
	if (ptsan_flushed(state.ptsan) != before)
		note_use(p, ptsan_flushed(state.ptsan) - before);
	pthread_mutex_unlock(&state.lock);
}

// ---- translation --------------------------------------------------------------------------------

static uint8_t current_el(void)
{
	return (uint8_t)(read_register(CPSR) >> 2 & 3);
}

// C4.1.94, loads and stores: bit 27 is 1 and bit 25 is 0.
static bool touches_memory(uint32_t word)
{
	return (word >> 25 & 5) == 4;
}

// NULL for what does not matter.
static struct store_place *place_new(struct qemu_plugin_insn *insn, uint8_t el)
{
	uint32_t word = 0;
	qemu_plugin_insn_data(insn, &word, sizeof(word));
	struct instruction instruction;
	instruction_decode(word, &instruction);
	if (instruction.kind == INSTRUCTION_OTHER && !touches_memory(word))
		return NULL;
	struct store_place *p = malloc(sizeof(*p));
	if (!p)
		return NULL;
	*p = (struct store_place){
	    .pc = qemu_plugin_insn_vaddr(insn), .instruction = instruction, .el = el};
	if (state.sites) {
		pthread_mutex_lock(&state.lock);
		p->next = state.places;
		state.places = p;
		pthread_mutex_unlock(&state.lock);
	}
	return p;
}

static void translate(struct qemu_plugin_insn *insn, uint8_t el)
{
	struct store_place *p = place_new(insn, el);
	if (!p)
		return;
	if (p->instruction.kind != INSTRUCTION_OTHER) {
		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_R_REGS,
						       p);
		return;
	}
	qemu_plugin_register_vcpu_mem_cb(insn, state.loads ? on_stored_access : on_store,
					 QEMU_PLUGIN_CB_R_REGS, QEMU_PLUGIN_MEM_W, p);
	if (state.loads)
		qemu_plugin_register_vcpu_mem_cb(insn, on_load, QEMU_PLUGIN_CB_R_REGS,
						 QEMU_PLUGIN_MEM_R, p);
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	size_t count = qemu_plugin_tb_n_insns(tb);
	uint8_t el = current_el();
	qemu_plugin_register_vcpu_tb_exec_inline_per_vcpu(tb, QEMU_PLUGIN_INLINE_ADD_U64,
							  state.instructions, count);
	if (el == 0) // user space changes no tables
		return;
	for (size_t i = 0; i < count; i++)
		translate(qemu_plugin_tb_get_insn(tb, i), el);
}

// ---- beginning and end --------------------------------------------------------------------------

static void tell_sites(void)
{
	static const char *const names[] = {
	    [INSTRUCTION_TLBI] = "tlbi", [INSTRUCTION_DSB] = "dsb", [INSTRUCTION_ISB] = "isb"};
	for (const struct store_place *p = state.places; p; p = p->next) {
		enum instruction_kind kind = p->instruction.kind;
		const char *name = NULL;
		if (kind == INSTRUCTION_OTHER)
			name = p->useful ? "break" : NULL;
		else if (p->executed && kind < sizeof(names) / sizeof(names[0]))
			name = names[kind];
		if (name)
			report_site(state.report, name, p->pc,
				    kind == INSTRUCTION_OTHER ? p->useful : p->executed, p->useful,
				    p->frames, p->frames_count);
	}
}

static void at_exit(qemu_plugin_id_t id, void *arg)
{
	(void)id, (void)arg;
	pthread_mutex_lock(&state.lock);
	ptsan_audit(state.ptsan);
	tell_sites();
	struct ptsan_totals totals;
	ptsan_totals(state.ptsan, &totals);
	report_end(state.report, &totals, ptsan_missed_stores(state.ptsan));
	pthread_mutex_unlock(&state.lock);
}

// "0:2": levels to judge for.
static bool read_levels(const char *text, uint8_t *levels)
{
	*levels = 0;
	for (; *text; text++)
		if (*text >= '0' && *text <= '3')
			*levels |= (uint8_t)(1u << (*text - '0'));
		else if (*text != ':')
			return false;
	return *levels;
}

static bool read_range(const char *text, uint64_t *start, uint64_t *end)
{
	return sscanf(text, "%" SCNx64 "-%" SCNx64, start, end) == 2 && *start < *end;
}

struct options {
	const char *out;
	struct ptsan_config config;
};

static bool read_option(const char *text, struct options *o)
{
	const char *value = strchr(text, '=');
	if (!value)
		return false;
	size_t length = (size_t)(value++ - text);
	char *end;
	if (length == 3 && !strncmp(text, "out", 3)) {
		o->out = value;
		return true;
	}
	if (length == 6 && !strncmp(text, "levels", 6))
		return read_levels(value, &o->config.levels);
	if (length == 5 && !strncmp(text, "image", 5))
		return read_range(value, &o->config.image_start, &o->config.image_end);
	if (length == 4 && !strncmp(text, "data", 4))
		return read_range(value, &o->config.data_start, &o->config.data_end);
	if (length == 3 && !strncmp(text, "ram", 3)) {
		state.ram_base = strtoull(value, &end, 16);
		return !*end;
	}
	if (length == 5 && !strncmp(text, "loads", 5)) {
		state.loads = !strcmp(value, "on");
		return state.loads || !strcmp(value, "off");
	}
	if (length == 10 && !strncmp(text, "data_alias", 10)) {
		o->config.data_alias_forbidden = !strcmp(value, "off");
		return o->config.data_alias_forbidden || !strcmp(value, "on");
	}
	if (length == 5 && !strncmp(text, "sites", 5)) {
		state.sites = !strcmp(value, "on");
		return state.sites || !strcmp(value, "off");
	}
	if (length == 11 && !strncmp(text, "repeat_tlbi", 11)) {
		o->config.repeat_tlbi = !strcmp(value, "on");
		return o->config.repeat_tlbi || !strcmp(value, "off");
	}
	return false;
}

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int argc, char **argv)
{
	struct options o = {
	    .config = {.read = read_ram, .emit = emit, .trace = trace, .levels = 1}};
	if (strcmp(info->target_name, "aarch64") != 0 || !info->system_emulation) {
		fprintf(stderr, "mmfarm-ptsan: wants qemu-system-aarch64, not %s\n",
			info->target_name);
		return -1;
	}
	for (int i = 0; i < argc; i++)
		if (!read_option(argv[i], &o)) {
			fprintf(stderr, "mmfarm-ptsan: %s: no such option, or a wrong value\n",
				argv[i]);
			return -1;
		}
	if (!o.out) {
		fprintf(stderr, "mmfarm-ptsan: wants out=FILE\n");
		return -1;
	}
	state.report = report_open(o.out);
	state.ptsan = ptsan_new(&o.config);
	if (!state.report || !state.ptsan) {
		fprintf(stderr, "mmfarm-ptsan: %s: %s\n", o.out, strerror(errno));
		return -1;
	}
	state.scores = qemu_plugin_scoreboard_new(sizeof(uint64_t));
	state.instructions = (qemu_plugin_u64){state.scores, 0};
	qemu_plugin_register_vcpu_init_cb(id, begin_vcpu);
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, at_exit, NULL);
	return 0;
}
