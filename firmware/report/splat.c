// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/splat.h"

#include <string.h>

#include "entry/cpu.h"
#include "entry/image.h"
#include "entry/sysreg.h"
#include "report/clock.h"
#include "report/console.h"
#include "report/fault.h"
#include "report/format.h"
#include "report/symbols.h"

#define FRAMES_MAX 48

static struct splat_setup setup;
static unsigned int count;
static struct symbol functions[SPLAT_NAMES];

void splat_init(const struct splat_setup *given)
{
	setup = *given;
}

void splat_describe_with(void (*describe)(uint64_t va, char *out, size_t size))
{
	setup.describe = describe;
}

unsigned int splat_count(void)
{
	return count;
}

const char *splat_function(unsigned int index)
{
	return index < count && index < SPLAT_NAMES ? functions[index].name : NULL;
}

const struct warn_entry *warn_find(uint64_t pc)
{
	for (const struct warn_entry *entry = bug_table_start; entry < bug_table_end; entry++)
		if (image_address(&entry->place) + (uint64_t)(int64_t)entry->place == pc)
			return entry;
	return NULL;
}

// A line with the kernel's time stamp.
static void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void say(const char *fmt, ...)
{
	char line[256];
	uint64_t ticks = clock_ticks(), rate = clock_rate();
	size_t length = format(line, sizeof(line), "[%5lu.%06lu] ", (unsigned long)(ticks / rate),
			       (unsigned long)(ticks % rate * 1000000 / rate));
	va_list args;
	va_start(args, fmt);
	format_v(line + length, sizeof(line) - length, fmt, args);
	va_end(args);
	console_line(line);
}

static void say_origin(bool warned_before)
{
	unsigned int cpu = (unsigned int)cpu_this()->index;
	say("CPU: %u UID: 0 PID: 0 Comm: mmfw/%u %s%s #1", cpu, cpu,
	    warned_before ? "Tainted: G        W           " : "Not tainted ", setup.version);
	if (warned_before)
		say("Tainted: [W]=WARN");
	say("Hardware name: %s (%s)", setup.model, setup.source);
}

static void say_registers(const struct regs *regs)
{
	uint64_t p = regs->pstate;
	char symbol[128];
	say("pstate: %08lx (%c%c%c%c %c%c%c%c %cPAN %cUAO %cTCO %cDIT %cSSBS BTYPE=%c%c)",
	    (unsigned long)p, p >> 31 & 1 ? 'N' : 'n', p >> 30 & 1 ? 'Z' : 'z',
	    p >> 29 & 1 ? 'C' : 'c', p >> 28 & 1 ? 'V' : 'v', p >> 9 & 1 ? 'D' : 'd',
	    p >> 8 & 1 ? 'A' : 'a', p >> 7 & 1 ? 'I' : 'i', p >> 6 & 1 ? 'F' : 'f',
	    p >> 22 & 1 ? '+' : '-', p >> 23 & 1 ? '+' : '-', p >> 25 & 1 ? '+' : '-',
	    p >> 24 & 1 ? '+' : '-', p >> 12 & 1 ? '+' : '-', p >> 11 & 1 ? 'j' : '-',
	    p >> 10 & 1 ? 'c' : '-');
	symbol_format(symbol, sizeof(symbol), regs->pc);
	say("pc : %s", symbol);
	symbol_format(symbol, sizeof(symbol), regs->x[30]);
	say("lr : %s", symbol);
	say("sp : %016lx", (unsigned long)regs->sp);
	for (int i = 29; i > 0; i -= 3) {
		char line[96];
		size_t length = 0;
		for (int j = i; j > i - 3; j--)
			length += format(line + length, sizeof(line) - length, "%sx%d%s: %016lx",
					 j == i ? "" : " ", j, j < 10 ? " " : "",
					 (unsigned long)regs->x[j]);
		say("%s", line);
	}
}

static bool on_stack(uint64_t frame)
{
	uint64_t stack = cpu_this()->stack;
	return frame % 16 == 0 && frame >= stack && frame - stack <= (1U << CPU_STACK_SHIFT) - 16;
}

// Frame records from `frame` up; `pc` (0: none) is printed ahead of them.
static void say_trace(uint64_t pc, uint64_t frame)
{
	char symbol[128];
	say("Call trace:");
	if (pc) {
		symbol_format(symbol, sizeof(symbol), pc);
		say(" %s (P)", symbol);
	}
	for (unsigned int i = 0; i < FRAMES_MAX && on_stack(frame); i++) {
		const uint64_t *next = (const uint64_t *)(uintptr_t)frame;
		if (!next[1])
			break;
		symbol_format(symbol, sizeof(symbol), next[1]);
		say(" %s", symbol);
		if (next[0] <= frame)
			break;
		frame = next[0];
	}
}

static void say_state(const struct regs *regs, bool warned_before)
{
	say_origin(warned_before);
	say_registers(regs);
	say_trace(regs->pc, regs->x[29]);
}

void splat_warn(const struct regs *regs, const struct warn_entry *entry)
{
	char symbol[128];
	console_lock();
	if (count < SPLAT_NAMES && !symbol_find(regs->pc, &functions[count]))
		functions[count].name = NULL;
	bool before = count++ > 0;
	const char *file = (const char *)&entry->file + entry->file;
	unsigned int cpu = (unsigned int)cpu_this()->index;
	symbol_format(symbol, sizeof(symbol), regs->pc);
	say("------------[ cut here ]------------");
	say("WARNING: %s:%u at %s, CPU#%u: mmfw/%u", file, entry->line, symbol, cpu, cpu);
	say_state(regs, before);
	say("---[ end trace 0000000000000000 ]---");
	console_unlock();
}

static _Noreturn void last_words(const char *why)
{
	say("Kernel panic - not syncing: %s", why);
	say("---[ end Kernel panic - not syncing: %s ]---", why);
	setup.die();
}

static void say_abort(const struct regs *regs)
{
	char text[160];
	say("Unable to handle kernel paging request at virtual address %016lx",
	    (unsigned long)regs->far);
	say("Mem abort info:");
	say("  ESR = 0x%016lx", (unsigned long)regs->esr);
	say("  EC = 0x%02x: %s, IL = %u bits", esr_class(regs->esr), esr_class_name(regs->esr),
	    regs->esr >> 25 & 1 ? 32 : 16);
	say("  SET = %u, FnV = %u", (unsigned int)(regs->esr >> 11 & 3),
	    (unsigned int)(regs->esr >> 10 & 1));
	say("  EA = %u, S1PTW = %u", (unsigned int)(regs->esr >> 9 & 1),
	    (unsigned int)(regs->esr >> 7 & 1));
	fault_status_format(text, sizeof(text), esr_status(regs->esr));
	say("  FSC = 0x%02x: %s", esr_status(regs->esr), text);
	if (setup.describe) {
		setup.describe(regs->far, text, sizeof(text));
		say("[%016lx] %s", (unsigned long)regs->far, text);
	}
}

_Noreturn void splat_oops(const struct regs *regs, unsigned int vector)
{
	static uint32_t oopses;
	console_seize();
	console_lock();
	bool before = count > 0;
	unsigned int cpu = (unsigned int)cpu_this()->index;
	const char *why = "Oops: Fatal exception";
	// A fault while this is printed ends here, with the little that cannot fail.
	if (oopses++)
		last_words("Oops: fault inside the report of a fault");
	if (vector == 16) {
		say("Insufficient stack space to handle exception!");
		say("ESR: 0x%016lx -- %s", (unsigned long)regs->esr, esr_class_name(regs->esr));
		say("FAR: 0x%016lx", (unsigned long)regs->far);
		why = "kernel stack overflow";
	} else if (vector % 4 == 3) {
		say("SError Interrupt on CPU%u, code 0x%016lx -- SError", cpu,
		    (unsigned long)regs->esr);
		why = "Asynchronous SError Interrupt";
	} else if (vector != 4) {
		say("Unhandled exception by vector %u on CPU%u, ESR 0x%016lx -- %s", vector, cpu,
		    (unsigned long)regs->esr, esr_class_name(regs->esr));
		why = "bad mode";
	} else if (esr_is_abort(regs->esr)) {
		say_abort(regs);
		say("Internal error: Oops: %016lx [#1]", (unsigned long)regs->esr);
	} else {
		say("Internal error: Oops - %s: %016lx [#1]", esr_class_name(regs->esr),
		    (unsigned long)regs->esr);
	}
	say_state(regs, before);
	say("---[ end trace 0000000000000000 ]---");
	last_words(why);
}

_Noreturn void panic(const char *fmt, ...)
{
	char why[160];
	va_list args;
	va_start(args, fmt);
	format_v(why, sizeof(why), fmt, args);
	va_end(args);
	console_seize();
	console_lock();
	say("Kernel panic - not syncing: %s", why);
	say_origin(count > 0);
	say_trace(0, (uint64_t)(uintptr_t)__builtin_frame_address(0));
	say("---[ end Kernel panic - not syncing: %s ]---", why);
	setup.die();
}
