// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_memory(void *arg, uint64_t address, uint64_t *words, size_t count)
{
	const struct machine *m = arg;
	uint64_t first = (address - MACHINE_BASE) / 8;
	if (address < MACHINE_BASE || first + count > MACHINE_PAGES * 512)
		return false;
	memcpy(words, &m->memory[first], count * sizeof(*words));
	return true;
}

static void keep(void *arg, const struct ptsan_finding *f)
{
	struct machine *m = arg;
	if (m->count < MACHINE_FINDINGS)
		m->findings[m->count] = *f;
	m->count++;
}

void machine_init_config(struct machine *m, struct ptsan_config config)
{
	*m = (struct machine){.pc = 0x1000, .thread = 1};
	config.read = read_memory;
	config.emit = keep;
	config.arg = m;
	m->ptsan = ptsan_new(&config);
	if (!m->ptsan)
		abort();
}

void machine_init(struct machine *m, uint8_t levels)
{
	machine_init_config(m, (struct ptsan_config){.levels = levels});
}

void machine_deinit(struct machine *m)
{
	ptsan_free(m->ptsan);
}

uint64_t machine_va(bool top, unsigned i0, unsigned i1, unsigned i2, unsigned i3)
{
	uint64_t va =
	    (uint64_t)i0 << 39 | (uint64_t)i1 << 30 | (uint64_t)i2 << 21 | (uint64_t)i3 << 12;
	return top ? va | ~(uint64_t)0 << 48 : va;
}

static void send(struct machine *m, uint8_t cpu, struct ptsan_event e)
{
	e.cpu = cpu;
	e.pc = m->pc += 4;
	e.thread = m->thread;
	e.time = m->pc;
	ptsan_take(m->ptsan, &e);
}

static void set(struct machine *m, uint8_t cpu, enum ptsan_register reg, uint64_t value)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_REGISTER, .reg = reg, .value = value});
}

void machine_on(struct machine *m, uint8_t cpu, uint64_t ttbr0, uint64_t ttbr1, uint16_t asid)
{
	set(m, cpu, PTSAN_MAIR, MACHINE_MAIR);
	set(m, cpu, PTSAN_TCR, MACHINE_TCR);
	set(m, cpu, PTSAN_TTBR0, ttbr0);
	set(m, cpu, PTSAN_TTBR1, ttbr1 | (uint64_t)asid << 48);
	set(m, cpu, PTSAN_SCTLR, 1);
}

void machine_switch(struct machine *m, uint8_t cpu, uint64_t ttbr0, uint64_t ttbr1, uint16_t asid)
{
	// As cpu_do_switch_mm() of Linux: no user tables while the ASID changes.
	set(m, cpu, PTSAN_TTBR0, page(MACHINE_PAGES - 1));
	set(m, cpu, PTSAN_TTBR1, ttbr1 | (uint64_t)asid << 48);
	set(m, cpu, PTSAN_TTBR0, ttbr0);
}

void machine_poke(struct machine *m, uint64_t address, uint64_t value)
{
	m->memory[(address - MACHINE_BASE) / 8] = value;
}

void machine_store(struct machine *m, uint8_t cpu, uint64_t address, uint64_t value)
{
	machine_poke(m, address, value);
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_STORE, .address = address, .value = value});
}

void machine_dsb(struct machine *m, uint8_t cpu)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_DSB, .domain = PTSAN_INNER});
}

void machine_dsb_store(struct machine *m, uint8_t cpu)
{
	send(m, cpu,
	     (struct ptsan_event){.kind = PTSAN_DSB, .domain = PTSAN_INNER, .stores_only = true});
}

void machine_dsb_local(struct machine *m, uint8_t cpu)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_DSB, .domain = PTSAN_LOCAL});
}

void machine_isb(struct machine *m, uint8_t cpu)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_ISB});
}

void machine_tlbi(struct machine *m, uint8_t cpu, struct ptsan_tlbi tlbi)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_TLBI, .tlbi = tlbi});
}

void machine_tlbi_va(struct machine *m, uint8_t cpu, uint64_t va, uint16_t asid)
{
	machine_tlbi(m, cpu,
		     (struct ptsan_tlbi){.scope = PTSAN_TLBI_VA,
					 .domain = PTSAN_INNER,
					 .asid = asid,
					 .level = PTSAN_ANY_LEVEL,
					 .start = va,
					 .end = va + 1});
}

static void tlbi_everything(struct machine *m, uint8_t cpu, enum ptsan_domain domain)
{
	machine_tlbi(m, cpu,
		     (struct ptsan_tlbi){.scope = PTSAN_TLBI_ALL,
					 .domain = domain,
					 .any_asid = true,
					 .level = PTSAN_ANY_LEVEL});
}

void machine_tlbi_all(struct machine *m, uint8_t cpu)
{
	tlbi_everything(m, cpu, PTSAN_INNER);
}

void machine_tlbi_all_local(struct machine *m, uint8_t cpu)
{
	tlbi_everything(m, cpu, PTSAN_LOCAL);
}

void machine_return(struct machine *m, uint8_t cpu)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_RETURN_USER});
}

void machine_access(struct machine *m, uint8_t cpu, uint64_t va, bool write)
{
	send(m, cpu, (struct ptsan_event){.kind = PTSAN_ACCESS, .address = va, .write = write});
}

size_t machine_found(const struct machine *m, enum ptsan_kind kind)
{
	size_t n = 0;
	for (size_t i = 0; i < m->count && i < MACHINE_FINDINGS; i++)
		n += m->findings[i].kind == kind;
	return n;
}

bool machine_found_only(const struct machine *m, enum ptsan_kind kind)
{
	bool only = m->count > 0 && machine_found(m, kind) == m->count;
	for (size_t i = 0; !only && i < m->count && i < MACHINE_FINDINGS; i++)
		fprintf(stderr, "found %s at va %llx\n", ptsan_rule(m->findings[i].kind)->name,
			(unsigned long long)m->findings[i].va);
	return only;
}
