// SPDX-License-Identifier: GPL-2.0-or-later
// S1: what board is this, what was asked for, how much memory is ours.
#include "board/discover.h"

#include <string.h>

#include "board/psci.h"
#include "entry/access.h"
#include "entry/image.h"
#include "entry/mmu.h"
#include "entry/sysreg.h"
#include "report/clock.h"
#include "report/console.h"
#include "report/format.h"
#include "report/heartbeat.h"
#include "report/page.h"
#include "report/record.h"
#include "report/results.h"
#include "stages/cpu_record.h"
#include "stages/firmware.h"

// Where to report when nobody tells of a port: QEMU's `virt`, unless the build says otherwise.
#ifndef FIRMWARE_FALLBACK_PL011
#define FIRMWARE_FALLBACK_PL011 0x09000000
#endif

static const char *granule_name(enum option_granule granule)
{
	static const char names[][5] = {"auto", "4k", "16k", "64k"};
	return names[granule];
}

static const char *order_name(enum order order)
{
	static const char names[][10] = {"premap", "textro", "rodataro", "roonly"};
	return names[order];
}

static const char *bbm_name(enum bbm_policy policy)
{
	static const char names[][8] = {"auto72", "auto73", "idreg2", "force0", "force2"};
	return names[policy];
}

static void hello(void)
{
	record_begin("hello");
	record_unsigned("v", 1);
	record_text("build", FIRMWARE_BUILD);
	record_unsigned("el", firmware.entry.el);
	record_hex("load", image_address(image_start));
	record_hex("dtb", image_address(firmware.entry.dtb));
	record_hex("page", image_address(image_start) + RESULT_PAGE_OFFSET);
	record_text("order", order_name(firmware.options.policy.order));
	record_text("granule", firmware.geometry
				   ? firmware.geometry->name
				   : granule_name((enum option_granule)firmware.options.granule));
	record_text("bbm", bbm_name(firmware.options.policy.bbm));
	record_text("args", firmware.board.arguments);
	record_end();
}

// Decides the granule; false when the CPU lacks what was asked for.
static bool choose_granule(uint64_t mmfr0)
{
	enum granule granule = GRANULE_4K;
	switch ((enum option_granule)firmware.options.granule) {
	case OPTION_GRANULE_AUTO:
		if (!geometry_choose(mmfr0, &granule))
			return false;
		break;
	case OPTION_GRANULE_4K:
		granule = GRANULE_4K;
		break;
	case OPTION_GRANULE_16K:
		granule = GRANULE_16K;
		break;
	case OPTION_GRANULE_64K:
		granule = GRANULE_64K;
		break;
	}
	if (!geometry_supported(granule, mmfr0))
		return false;
	firmware.geometry = geometry_get(granule);
	return true;
}

// The CPUs to use: the running one, then the others in the order of the board's description.
static void list_cpus(void)
{
	struct cpu *boot = cpu_this();
	firmware.cpus = 1;
	for (uint32_t i = 0; i < firmware.board.cpu_count; i++) {
		uint64_t affinity = firmware.board.cpu_affinity[i];
		if (affinity == boot->mpidr)
			continue;
		if (firmware.cpus == CPU_MAX || firmware.cpus == firmware.options.maxcpu)
			break;
		cpus[firmware.cpus++].mpidr = affinity;
	}
}

// Fills in what is free: RAM less the image, the device tree and what is reserved.
static const char *plan_memory(void)
{
	struct board *board = &firmware.board;
	if (board->ranges_lost)
		return "more ranges of memory than the firmware can keep";
	ranges_round_inward(&board->ram, page_size(firmware.geometry));
	if (!board->ram.count)
		return "no memory found";
	if (!ranges_contain(&board->ram, image_address(image_start), image_address(img_end)))
		return "the image lies outside of the memory found";
	firmware.free = board->ram;
	bool fits = ranges_remove(&firmware.free, image_address(image_start),
				  align_up(image_address(img_end), PAGE_MAX));
	uint64_t dtb = image_address(firmware.entry.dtb);
	if (dtb)
		fits &= ranges_remove(&firmware.free, align_down(dtb, PAGE_MAX), dtb + DTB_MAX);
	for (unsigned int i = 0; i < board->reserved.count; i++)
		fits &= ranges_remove(&firmware.free, board->reserved.range[i].start,
				      board->reserved.range[i].end);
	ranges_round_inward(&firmware.free, page_size(firmware.geometry));
	return fits ? NULL : "more pieces of free memory than the firmware can keep";
}

// UEFI's memory map comes before the device tree's, since it knows what UEFI itself still needs;
// its load options come behind the tree's arguments, so that they win.
static const char *describe_board(struct board *board)
{
	const struct efi_boot *efi = firmware.entry.efi;
	if (!efi)
		return discover_fdt(board, firmware.entry.dtb, DTB_MAX);
	if (!efi->dtb) {
		*board = efi->board;
		return efi->problem;
	}
	const char *problem = discover_fdt(board, efi->dtb, DTB_MAX);
	size_t length = strlen(board->arguments);
	board->ram = efi->board.ram;
	board->ranges_lost |= efi->board.ranges_lost;
	board->arguments_cut |=
	    efi->board.arguments_cut ||
	    length + 1 + strlen(efi->board.arguments) >= sizeof(board->arguments);
	format(board->arguments + length, sizeof(board->arguments) - length, "%s%s",
	       length && efi->board.arguments[0] ? " " : "", efi->board.arguments);
	board->arguments_second = length;
	return problem;
}

// A port that is not there would end the report of its absence, too.
static bool uart_answers(const struct board *board, const struct uart *uart)
{
	uint64_t address = uart_status_address(uart), value;
	if (ranges_find(&board->ram, uart->base))
		return false;
	if (!(uart->io_width == 4 ? access_ldrw(address, &value) : access_ldrb(address, &value)))
		return false;
	return uart->type != UART_VIRTIO || uart_is_virtio_console(uart->base);
}

// The first virtio console among the devices that the board has told of.
static bool find_virtio(const struct board *board, struct uart *uart)
{
	for (uint32_t i = 0; i < board->virtio_count; i++) {
		*uart = (struct uart){.base = board->virtio[i], .type = UART_VIRTIO, .io_width = 4};
		if (uart_answers(board, uart))
			return true;
	}
	return false;
}

// Makes sure of a port to report to: what the command line names, what the board describes, a virtio
// console, QEMU's place. Returns what is wrong with the first of these that there is.
static const char *choose_uart(struct board *board, const struct options *options)
{
	const char *problem = NULL;
	struct uart uart = options->earlycon;
	if (uart_is_same(&board->uart, &uart))
		uart = board->uart;
	if (uart.type != UART_NONE && uart_answers(board, &uart)) {
		board->uart = uart;
		return NULL;
	}
	if (uart.type != UART_NONE)
		problem = "the console of earlycon= does not answer";
	if (options->hvc && find_virtio(board, &uart)) {
		board->uart = uart;
		return problem;
	}
	if (board->uart.type != UART_NONE && uart_answers(board, &board->uart))
		return problem;
	if (board->uart.type != UART_NONE && !problem)
		problem = "the described console does not answer";
	if (find_virtio(board, &uart)) {
		board->uart = uart;
		return problem;
	}
	board->uart =
	    (struct uart){.base = FIRMWARE_FALLBACK_PL011, .type = UART_PL011, .io_width = 4};
	if (!uart_answers(board, &board->uart))
		board->uart.type = UART_NONE;
	return problem;
}

// Another run than the one asked for would be judged as that. What the firmware's user has not written
// is no reason not to run.
static void report_arguments(const struct options_problems *problems)
{
	static const uint8_t told[] = {OPTIONS_FOREIGN, OPTIONS_REPLACED, OPTIONS_IDLE};
	static const char keys[][9] = {"ignored", "replaced", "idle"};
	if (problems->count[OPTIONS_BAD] || firmware.board.arguments_cut) {
		test_begin("S1.arguments", RESULT_ERROR,
			   problems->count[OPTIONS_BAD]
			       ? problems->why[OPTIONS_BAD]
			       : "the command line is longer than the firmware can keep");
		record_unsigned("words", problems->count[OPTIONS_BAD]);
		test_end();
		firmware_end(VERDICT_ERROR);
	}
	const char *why = NULL;
	for (unsigned int i = 0; i < sizeof(told) && !why; i++)
		if (problems->count[told[i]])
			why = problems->why[told[i]];
	test_begin("S1.arguments", why ? RESULT_INFO : RESULT_PASS, why);
	for (unsigned int i = 0; i < sizeof(told); i++)
		if (!i || problems->count[told[i]])
			record_unsigned(keys[i], problems->count[told[i]]);
	test_end();
}

static void read_arguments(struct options_problems *problems)
{
	const struct board *board = &firmware.board;
	options_init(&firmware.options, problems);
	options_parse(&firmware.options, board->arguments, 0,
		      board->arguments_second ? board->arguments_second : strlen(board->arguments),
		      problems);
	if (board->arguments_second)
		options_parse(&firmware.options, board->arguments, board->arguments_second,
			      strlen(board->arguments), problems);
}

// No CPU needs to be woken, so one that is not where it should be is none.
static void choose_gic(struct board *board)
{
	if (ranges_find(&board->ram, board->gic.distributor) || !gic_answers(&board->gic))
		board->gic.version = GIC_NONE;
}

void stage_discover(void)
{
	struct board *board = &firmware.board;
	struct cpu *cpu = cpu_this();
	cpu_identify(cpu);
	cpu->state = CPU_ONLINE;
	const char *problem = describe_board(board);
	struct options_problems problems;
	read_arguments(&problems);
	const char *bad_uart = choose_uart(board, &firmware.options);
	choose_gic(board);
	if (!board->model[0])
		format(board->model, sizeof(board->model), "unknown");
	uart_start(&board->uart);
	console_init(&board->uart);
	console_line(""); // a boot loader may have left half a line

	if (firmware.options.det) {
		clock_freeze();
		heartbeat_stop();
	}
	cpu->capable = cap_local((uint32_t)cpu->midr, cpu->mmfr2, firmware.options.policy.bbm,
				 (enum cap_override)firmware.options.cap_override[0]);
	bool granule = choose_granule(cpu->mmfr0);
	list_cpus();
	options_check(&firmware.options, firmware.cpus, board->conduit != PSCI_NONE, &problems);

	hello();
	cpu_record(cpu);
	test_check("S1.description", !problem, problem);
	test_check("S1.console", !bad_uart, bad_uart);
	report_arguments(&problems);
	if (!granule) {
		test_report("S1.granule", RESULT_SKIP, "granule-unsupported");
		firmware_end(VERDICT_SKIP);
	}
	problem = plan_memory();
	test_check("S1.memory", !problem, problem);
	if (problem)
		firmware_end(VERDICT_ERROR);
}
