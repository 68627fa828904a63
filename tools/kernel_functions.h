// SPDX-License-Identifier: GPL-2.0-or-later
// Function definitions in the source of the Linux kernel, found without compiling it: C files with
// the kernel's own macros that define functions, headers, assembler files.
#ifndef KERNEL_FUNCTIONS_H
#define KERNEL_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum function_flag {
	FUNCTION_STATIC = 1,
	FUNCTION_INLINE = 2,
	FUNCTION_HEADER = 4,   // defined in a .h file: rarely a symbol of its own
	FUNCTION_SCHED = 8,    // __sched: .sched.text, "a task sleeps here"
	FUNCTION_LOCK = 16,    // __lockfunc: .spinlock.text
	FUNCTION_NOINSTR = 32, // noinstr, __cpuidle: .noinstr.text
	FUNCTION_ENTRY = 64,   // __irq_entry, __softirq_entry, IDT entries
	FUNCTION_INDIRECT =
	    128, // calls through a pointer, itself or by a static function of its file
	FUNCTION_SYSCALL = 256,
	FUNCTION_ASSEMBLER = 512,
	FUNCTION_INIT = 1024,
};

struct function {
	const char *name; // not terminated
	size_t len;
	unsigned flags;
};

// Calls `found` for each definition in a file, in order, and `exported` for each exported name.
// `path` is relative to the top of the tree. Tokens that make no sense are passed over.
struct function_visitor {
	void (*found)(void *arg, const struct function *f);
	void (*exported)(void *arg, const char *name, size_t len);
	void *arg;
};

void functions_of_file(const char *path, const char *text, size_t len,
		       const struct function_visitor *visitor);

#endif
