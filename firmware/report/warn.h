// SPDX-License-Identifier: GPL-2.0-or-later
// WARN and PANIC: how the firmware says "this should not have happened".
//
// In the image WARN is one BRK instruction and an entry of the bug table, so that the report shows
// the registers, the line and the function of this very place; execution goes on behind it. Hosted
// (unit tests) the same macros call warn_host() and panic_host(), which the test defines.
#ifndef FIRMWARE_REPORT_WARN_H
#define FIRMWARE_REPORT_WARN_H

#include <stdbool.h>
#include <stdint.h>

// The immediate of the BRK behind a WARN.
#define WARN_BRK_IMMEDIATE 0x800

#if __STDC_HOSTED__

void warn_host(const char *file, int line, const char *function);
_Noreturn void panic_host(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define WARN()     warn_host(__FILE__, __LINE__, __func__)
#define PANIC(...) panic_host(__FILE__, __LINE__, __VA_ARGS__)

#else

// Prints the panic (registers of the caller, trace, closing line) and the `end` record, powers off.
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

// One entry of the bug table: offsets from the entry's own fields, so that nothing needs
// relocating.
struct warn_entry {
	int32_t place; // of the BRK, from &place
	int32_t file;  // of the file's name, from &file
	uint32_t line;
};

#define WARN_STRINGIFY_(x) #x
#define WARN_STRINGIFY(x)  WARN_STRINGIFY_(x)

#define WARN()                                                                          \
	__asm__ volatile(                                                               \
	    ".pushsection .rodata.str1.1,\"aMS\",%%progbits,1\n"                        \
	    "14472: .string \"" __FILE__ "\"\n"                                         \
	    ".popsection\n"                                                             \
	    ".pushsection .bug_table,\"a\"\n"                                           \
	    ".balign 4\n"                                                               \
	    "14470: .long 14471f - 14470b\n"                                            \
	    "14473: .long 14472b - 14473b\n"                                            \
	    ".long " WARN_STRINGIFY(__LINE__) "\n"                                      \
					      ".popsection\n"                           \
					      "14471: brk %0" ::"i"(WARN_BRK_IMMEDIATE) \
	    : "memory")

#define PANIC(...) panic(__VA_ARGS__)

#endif

#endif
