// SPDX-License-Identifier: GPL-2.0-or-later
// The store of a results directory as the server keeps it open: opened anew when it was rebuilt, or when
// what it lacked may be there now.
#ifndef WEB_LIBRARY_H
#define WEB_LIBRARY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "results/store/store.h"

struct library {
	const char *results; // borrowed
	struct store *store; // NULL: not opened yet
	bool private_copy;   // it was completed from run directories
	dev_t device;
	ino_t inode;
	int64_t changed_ns; // of the folder of batches, when it was opened
	int64_t opened_ns;  // monotonic
};

// Makes sure that `store` is the one that is there now.
struct error *library_refresh(struct library *l) ERROR_RESULT;
void library_deinit(struct library *l);
#define CLEANUP_LIBRARY CLEANUP(library_deinit)

#endif
