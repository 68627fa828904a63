// SPDX-License-Identifier: GPL-2.0-or-later
#include "entry/mmu.h"

#include <string.h>

#include "board/uart.h"
#include "entry/cpu.h"
#include "entry/image.h"
#include "entry/sysreg.h"
#include "machine/machine.h"
#include "mm/map.h"

// TCR_EL1 fields.
#define TCR_T0SZ(n)     ((uint64_t)(n))
#define TCR_T1SZ(n)     ((uint64_t)(n) << 16)
#define TCR_WBWA_INNER0 ((UINT64_C(1) << 8) | (UINT64_C(1) << 10) | (UINT64_C(3) << 12))
#define TCR_WBWA_INNER1 (TCR_WBWA_INNER0 << 16)
#define TCR_TG0(n)      ((uint64_t)(n) << 14)
#define TCR_TG1(n)      ((uint64_t)(n) << 30)
#define TCR_IPS(n)      ((uint64_t)(n) << 32)
#define TCR_AS          (UINT64_C(1) << 36)

#define IPS_48_BIT 5 // 52-bit addresses are not used

// Half of the static tables serve the identity map, half the image mapping.
#define IDENTITY_TABLES ((uint64_t)(static_tables_end - static_tables_start) / 2)

struct mmu_registers mmu_registers;
static struct pages identity_pages;
static struct machine identity_machine;
static struct machine_ops identity_ops;
static struct mm identity;
static uint64_t empty_table;

struct range identity_rest(void)
{
	return (struct range){image_address(static_tables_start) + IDENTITY_TABLES,
			      image_address(static_tables_end)};
}

uint64_t identity_empty_table(void)
{
	return empty_table;
}

static bool map_identity(uint64_t start, uint64_t end, uint64_t prot)
{
	const struct geometry *g = identity.geometry;
	start = align_down(start, page_size(g));
	struct map_request request = {
	    .va = start,
	    .pa = start,
	    .size = align_up(end, page_size(g)) - start,
	    .prot = prot,
	    .owner = OWNER_IMAGE,
	};
	request.source = pages_static_table;
	return map_range(&identity, &request) == MM_OK;
}

#define PROT_DEVICE (PROT_KERNEL_COMMON | DESC_ATTR(MAIR_DEVICE_nGnRE) | DESC_WRITE | DESC_PXN)

// The registers that board/gic.c uses.
static bool map_gic(const struct gic *gic)
{
	if (gic->version == GIC_NONE)
		return true;
	bool good =
	    map_identity(gic->distributor, gic->distributor + GIC_DISTRIBUTOR_SIZE, PROT_DEVICE);
	if (gic->version == GIC_V2)
		return good &&
		       map_identity(gic->cpu_interface, gic->cpu_interface + GIC_CPU_INTERFACE_SIZE,
				    PROT_DEVICE);
	for (unsigned int i = 0; i < gic->regions; i++)
		good = good && map_identity(gic->redistributors[i].start,
					    gic->redistributors[i].end, PROT_DEVICE);
	return good;
}

static uint64_t tcr_value(const struct geometry *g, uint64_t mmfr0)
{
	unsigned int size = field(mmfr0, 0, 4); // PARange
	unsigned int txsz = 64U - g->va_bits;
	uint64_t tcr = TCR_T0SZ(txsz) | TCR_T1SZ(txsz) | TCR_WBWA_INNER0 | TCR_WBWA_INNER1 |
		       TCR_TG0(g->tg0) | TCR_TG1(g->tg1) |
		       TCR_IPS(size < IPS_48_BIT ? size : IPS_48_BIT);
	return field(mmfr0, 4, 4) == 2 ? tcr | TCR_AS : tcr;
}

const char *identity_start(const struct identity_request *request)
{
	struct cpu *cpu = cpu_this();
	const struct geometry *g = request->geometry;
	struct range tables = {image_address(static_tables_start),
			       image_address(static_tables_start) + IDENTITY_TABLES};
	identity_machine.page_size = page_size(g);
	machine_ops_init(&identity_ops);
	pages_init(&identity_pages, g, &identity_ops, &identity_machine, tables);
	identity.geometry = g;
	identity.pages = &identity_pages;
	identity.ops = &identity_ops;
	identity.machine = &identity_machine;
	identity.root = pages_static_table(&identity_pages, g->start_level, OWNER_ROOT);
	empty_table = pages_static_table(&identity_pages, g->start_level, OWNER_ROOT);

	if (!map_identity(image_address(image_start), image_address(pe_data_start),
			  PROT_KERNEL_ROX) ||
	    !map_identity(image_address(pe_data_start), image_address(img_end), PROT_KERNEL_RW) ||
	    (request->uart &&
	     !map_identity(request->uart, request->uart + UART_WINDOW, PROT_DEVICE)) ||
	    !map_gic(request->gic) ||
	    !map_identity(request->boot_memory.start, request->boot_memory.end, PROT_KERNEL_RW))
		return "static table pages do not suffice for the identity map";

	mmu_registers = (struct mmu_registers){
	    .mair = mair_value(cpu->pfr1),
	    .tcr = tcr_value(g, cpu->mmfr0),
	    .ttbr0 = identity.root,
	    .ttbr1 = empty_table,
	    .sctlr = SCTLR_EL1_RES1 | SCTLR_EL1_M | SCTLR_EL1_C | SCTLR_EL1_I,
	};
	// What was written past the caches must not be hidden by older lines in them.
	cache_invalidate(pe_data_start, img_end);
	mmu_on(&mmu_registers);
	return NULL;
}

void mmu_set_ttbr1(uint64_t root)
{
	sysreg_write(ttbr1_el1, root);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}
