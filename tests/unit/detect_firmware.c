// SPDX-License-Identifier: GPL-2.0-or-later
// Crashes of firmware: two of them are told apart by where they were, one is the same wherever the
// firmware was loaded, and each is found behind a prefix that only its log can teach.
#include "unit/unit.h"

#include "unit/detect_collect.h"

struct crash {
	const char *name;
	const char *func;      // what is to blame, "" nothing
	const char *text;      // of the crash
	const char *elsewhere; // the same one, loaded at another place
	const char *other;     // another one of the same kind
};

static const struct crash crashes[] = {
    {"EDK2 with its image", "TeaDxe+0x2c44",
     "Synchronous Exception at 0x00000000BF5F7C44\n"
     "PC 0x0000BF5F7C44 (0x0000BF5F5000+0x00002C44) [ 0] TeaDxe.dll\n"
     "PC 0x0000BF5F7A10 (0x0000BF5F5000+0x00002A10) [ 1] TeaDxe.dll\n",
     "Synchronous Exception at 0x00000000AF5F8C44\n"
     "PC 0x0000AF5F8C44 (0x0000AF5F6000+0x00002C44) [ 0] TeaDxe.dll\n",
     "Synchronous Exception at 0x00000000BF5F7A10\n"
     "PC 0x0000BF5F7A10 (0x0000BF5F5000+0x00002A10) [ 0] TeaDxe.dll\n"},
    {"EDK2 in another image", "CupDxe+0x2c44",
     "Synchronous Exception at 0x00000000BF5F7C44\n"
     "PC 0x0000BF5F7C44 (0x0000BF5F5000+0x00002C44) [ 0] CupDxe.dll\n",
     "Synchronous Exception at 0x00000000BF5F6C44\n"
     "PC 0x0000BF5F6C44 (0x0000BF5F4000+0x00002C44) [ 0] CupDxe.dll\n",
     "Synchronous Exception at 0x00000000BF5F7C44\n"
     "PC 0x0000BF5F7C44 (0x0000BF5F5000+0x00002C44) [ 0] TeaDxe.dll\n"},
    {"EDK2 without symbols", "", "Synchronous Exception at 0x00000000BF5F7C44\n",
     "Synchronous Exception at 0x00000000AF5F8C44\n",
     "Synchronous Exception at 0x00000000BF5F7C48\n"},
    {"EDK2, SError", "", "SError Exception at 0x00000000BF5F7C44\n",
     "SError Exception at 0x00000000AF5F8C44\n", "SError Exception at 0x00000000BF5F7C48\n"},
    {"EDK2 on x64", "TeaDxe+0x1234",
     "!!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000000 !!!!\n"
     "ExceptionData - 0000000000000000  I:0 R:0 U:0 W:0 P:0 PK:0 SS:0 SGX:0\n"
     "RIP  - 000000007E5A1234, CS  - 0000000000000038, RFLAGS - 0000000000010246\n"
     "RAX  - 0000000000000000, RCX - 0000000000000000, RDX - 0000000000000000\n"
     "CR0  - 0000000080010033, CR2 - 0000000000000008, CR3 - 000000007F801000\n"
     "!!!! Find image based on IP(0x7E5A1234) /tea/DEBUG/TeaDxe.dll "
     "(ImageBase=000000007E5A0000, EntryPoint=000000007E5A2345) !!!!\n",
     "!!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000001 !!!!\n"
     "RIP  - 000000006E5A1234, CS  - 0000000000000038, RFLAGS - 0000000000010246\n"
     "!!!! Find image based on IP(0x6E5A1234) /cup/DEBUG/TeaDxe.dll "
     "(ImageBase=000000006E5A0000, EntryPoint=000000006E5A2345) !!!!\n",
     "!!!! X64 Exception Type - 0E(#PF - Page-Fault)  CPU Apic ID - 00000000 !!!!\n"
     "RIP  - 000000007E5A1238, CS  - 0000000000000038, RFLAGS - 0000000000010246\n"
     "!!!! Find image based on IP(0x7E5A1238) /tea/DEBUG/TeaDxe.dll "
     "(ImageBase=000000007E5A0000, EntryPoint=000000007E5A2345) !!!!\n"},
    {"EDK2 on x64, the register alone", "",
     "!!!! X64 Exception Type - 06(#UD - Invalid Opcode)  CPU Apic ID - 00000000 !!!!\n"
     "RIP  - 000000007E5A1234, CS  - 0000000000000038, RFLAGS - 0000000000010246\n",
     "!!!! X64 Exception Type - 06(#UD - Invalid Opcode)  CPU Apic ID - 00000000 !!!!\n"
     "RIP  - 000000007E5A2234, CS  - 0000000000000038, RFLAGS - 0000000000010246\n",
     "!!!! X64 Exception Type - 0D(#GP - General Protection)  CPU Apic ID - 00000000 !!!!\n"
     "RIP  - 000000007E5A1234, CS  - 0000000000000038, RFLAGS - 0000000000010246\n"},
    {"EDK2, assertion", "", "ASSERT [TeaDxe] /tea/Pool.c(711): Head->Signature == 1\n",
     "ASSERT [TeaDxe] /cup/Pool.c(722): Head->Signature == 2\n",
     "ASSERT [TeaDxe] /tea/Pool.c(711): Tail->Signature == 1\n"},
    {"EDK2, assertion of a module", "", "ASSERT [TeaDxe] /tea/Pool.c(711): FALSE\n",
     "ASSERT [TeaDxe] /cup/Pool.c(711): FALSE\n", "ASSERT [CupDxe] /tea/Pool.c(711): FALSE\n"},
    {"TF-A panic", "", "PANIC at PC : 0x0000000004004c1c\n", "PANIC at PC : 0x0000000005001c1c\n",
     "PANIC at PC : 0x0000000004004c20\n"},
    {"TF-A panic in EL3", "", "PANIC in EL3.\nx30            = 0x0000000004004c10\n",
     "PANIC in EL3.\nx30            = 0x0000000004005c10\n",
     "PANIC in EL3.\nx30            = 0x0000000004004c14\n"},
    {"EL3, its counter is told later", "",
     "Unhandled Exception in EL3.\nx30            = 0x0000000004004c10\n"
     "x0             = 0x0000000000000000\nesr_el3        = 0x0000000096000010\n"
     "elr_el3        = 0x0000000004004d00\n",
     "Unhandled Exception in EL3.\nx30            = 0x0000000004004c20\n"
     "x0             = 0x0000000000000000\nelr_el3        = 0x0000000004008d00\n",
     "Unhandled Exception in EL3.\nx30            = 0x0000000004004c10\n"
     "x0             = 0x0000000000000000\nelr_el3        = 0x0000000004004d04\n"},
    {"OP-TEE abort", "",
     "E/TC:0 0 Core data-abort at address 0x0 (translation fault)\n"
     "E/TC:0 0  esr 0x96000005  ttbr0 0x0000000e1a0000   ttbr1 0x00000000   cidr 0x0\n"
     "E/TC:0 0  cpu #0          cpsr 0x60000104\n"
     "E/TC:0 0  elr 0x000000000e10a2b4\n",
     "E/TC:1 0 Core data-abort at address 0x8 (translation fault)\n"
     "E/TC:1 0  esr 0x96000005  ttbr0 0x0000000e1a0000   ttbr1 0x00000000   cidr 0x0\n"
     "E/TC:1 0  elr 0x000000000e20a2b4\n",
     "E/TC:0 0 Core data-abort at address 0x0 (translation fault)\n"
     "E/TC:0 0  esr 0x96000005  ttbr0 0x0000000e1a0000   ttbr1 0x00000000   cidr 0x0\n"
     "E/TC:0 0  elr 0x000000000e10a2c0\n"},
    {"U-Boot", "",
     "\"Synchronous Abort\" handler, esr 0x96000010, far 0xfe000010\n"
     "elr: 00000000000101fc lr : 00000000000214ec (reloc)\n"
     "elr: 00000000bff401fc lr : 00000000bff514ec\n",
     "\"Synchronous Abort\" handler, esr 0x96000010, far 0xfe000018\n"
     "elr: 00000000000101fc lr : 00000000000214f0 (reloc)\n"
     "elr: 00000000aff401fc lr : 00000000aff514f0\n",
     "\"Synchronous Abort\" handler, esr 0x96000010, far 0xfe000010\n"
     "elr: 0000000000010200 lr : 00000000000214ec (reloc)\n"},
};

enum { CRASHES = sizeof(crashes) / sizeof(crashes[0]) };

static uint64_t signature_of(const char *text, struct collected *c)
{
	collect_text(text, c);
	if (c->closed != 1)
		fail_msg("%u reports in:\n%s", c->closed, text);
	return c->sig1[0];
}

static void place_tells_two_crashes_apart_wherever_they_are_loaded(void **state)
{
	(void)state;
	for (size_t i = 0; i < CRASHES; i++) {
		CLEANUP_COLLECTED struct collected a, b, c;
		uint64_t one = signature_of(crashes[i].text, &a);
		uint64_t same = signature_of(crashes[i].elsewhere, &b);
		uint64_t other = signature_of(crashes[i].other, &c);
		if (one != same || one == other)
			fail_msg("%s: %llx, elsewhere %llx, another %llx", crashes[i].name,
				 (unsigned long long)one, (unsigned long long)same,
				 (unsigned long long)other);
		assert_true(a.sig2[0] == b.sig2[0] && a.sig3[0] == b.sig3[0]);
	}
}

static void kinds_of_crashes_differ_from_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < CRASHES; i++) {
		for (size_t k = 0; k < i; k++) {
			CLEANUP_COLLECTED struct collected a, b;
			if (signature_of(crashes[i].text, &a) == signature_of(crashes[k].text, &b))
				fail_msg("%s and %s", crashes[i].name, crashes[k].name);
		}
	}
}

static void image_and_offset_are_to_blame(void **state)
{
	(void)state;
	for (size_t i = 0; i < CRASHES; i++) {
		CLEANUP_COLLECTED struct collected c;
		CLEANUP_BUFFER struct buffer wanted = {0};
		collect_text(crashes[i].text, &c);
		buffer_printf(&wanted, " 4 %s|", crashes[i].func);
		assert_non_null(strstr(buffer_str(&c.closes), buffer_str(&wanted)));
	}
}

// Registers of the dump are the report's own: what stands there goes to its fields.
static void registers_of_a_dump_are_taken(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected edk2, optee;
	collect_text("Synchronous Exception at 0x00000000BF5F7C44\n"
		     "  X0 0x00000000BF000018   X1 0x0000000000000000\n"
		     "  SP 0x00000000BF5F0000  ELR 0x00000000BF5F7C44  SPSR 0x60000205\n"
		     " ESR 0x96000010          FAR 0x0000000000000008\n"
		     " ESR 0x96000011          FAR 0x0000000000000009\n"
		     "boot goes on\n",
		     &edk2);
	assert_non_null(strstr(buffer_str(&edk2.text), "close 1 line 1-5"));
	assert_non_null(strstr(buffer_str(&edk2.text), "esr 96000010"));
	collect_text("E/TC:? 0 Core data-abort at address 0x8 (translation fault)\n"
		     "E/TC:? 0  esr 0x96000005  ttbr0 0x0000000e1a0000\n"
		     "E/TC:? 0 some words\n",
		     &optee);
	assert_non_null(strstr(buffer_str(&optee.text), "close 1 line 1-3"));
	assert_non_null(strstr(buffer_str(&optee.text), "message E/TC:? 0 some words"));
	assert_non_null(strstr(buffer_str(&optee.text), "esr 96000005"));
}

static void words_that_look_like_registers_are_none(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "tea 0xZZ\n",
	    "3a 0x1234\n",
	    "tea: 1234567\n",
	    "tea 12345678x\n",
	    "PC 0x12 (0x1-0x2) [ 0] a.dll\n",
	    ": 0x1234\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		CLEANUP_BUFFER struct buffer text = {0};
		CLEANUP_COLLECTED struct collected c;
		buffer_printf(&text, "PANIC at PC : 0x0000000004004c1c\nx30 = 0x4004c10\n%s",
			      lines[i]);
		collect(text.data, text.len, &(struct collect_options){0}, &c);
		bool taken = strstr(buffer_str(&c.text), "close 1 line 1-3") != NULL;
		bool pair = i == 4; // a register and more words
		if (taken != pair)
			fail_msg("%s in:\n%s", taken ? "taken" : "not taken", buffer_str(&text));
	}
}

// A kernel's report takes no line for its own that only firmware prints.
static void report_of_a_kernel_has_no_firmware_lines(void **state)
{
	(void)state;
	CLEANUP_COLLECTED struct collected c;
	collect_text("BUG: scheduling while atomic: k/1/0x00000002\nCall trace:\n brew+0x1/0x2\n"
		     "TEA 0x1234567890\n",
		     &c);
	assert_non_null(strstr(buffer_str(&c.text), "close 1 line 1-3"));
}

// ---- behind prefixes ----------------------------------------------------------------------------

static void put(struct buffer *out, const char *prefix, const char *text)
{
	while (*text) {
		const char *end = strchr(text, '\n') + 1;
		buffer_append_str(out, prefix);
		buffer_append(out, text, (size_t)(end - text));
		text = end;
	}
}

static void crash_is_found_behind_every_prefix(void **state)
{
	(void)state;
	static const char *const prefixes[] = {
	    "[2026-11-22T16:00:04.112Z] ",
	    "2026-11-22T16:00:04.112Z stdout F ",
	    "[16:00:04] ",
	    "[2026-11-22 16:00:04.112] ",
	    "1795106404.112345 ",
	    "| ",
	    "> ",
	    "    ",
	    "[    3.123456] ",
	    "board-1  | ",
	    "[pod/farm-1/console] ",
	    "rpi5 #3 16:00:04.112 :: ",
	    "## ",
	    "// ",
	};
	static const char start[] = "NOTICE:  BL31: v2.10.0(release):v2.10\n"
				    "NOTICE:  BL31: Built : 12:00:00, Nov 22 2026\n"
				    "U-Boot 2025.01 (Nov 22 2026 - 12:00:00 +0000)\n";
	for (size_t i = 0; i < CRASHES; i++) {
		CLEANUP_COLLECTED struct collected bare;
		uint64_t wanted = signature_of(crashes[i].text, &bare);
		for (size_t p = 0; p < sizeof(prefixes) / sizeof(prefixes[0]); p++) {
			CLEANUP_BUFFER struct buffer log = {0};
			CLEANUP_COLLECTED struct collected c;
			put(&log, prefixes[p], start);
			put(&log, prefixes[p], crashes[i].text);
			put(&log, prefixes[p], "\n\n");
			collect(log.data, log.len, &(struct collect_options){0}, &c);
			if (c.closed != 1 || c.sig1[0] != wanted)
				fail_msg("%s, found %s in:\n%s", crashes[i].name,
					 buffer_str(&c.closes), buffer_str(&log));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(place_tells_two_crashes_apart_wherever_they_are_loaded),
	    cmocka_unit_test(kinds_of_crashes_differ_from_each_other),
	    cmocka_unit_test(image_and_offset_are_to_blame),
	    cmocka_unit_test(registers_of_a_dump_are_taken),
	    cmocka_unit_test(words_that_look_like_registers_are_none),
	    cmocka_unit_test(report_of_a_kernel_has_no_firmware_lines),
	    cmocka_unit_test(crash_is_found_behind_every_prefix),
	};
	return cmocka_run_group_tests_name("detect/firmware", tests, NULL, NULL);
}
