// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the mm firmware in the console stream; see struct detect_record.
#ifndef DETECT_RECORD_H
#define DETECT_RECORD_H

#include "detect/message.h"

struct detect;

struct records {
	uint32_t next;    // sequence number expected
	uint32_t missing; // lost or damaged since hello
	uint32_t crc;     // over the records since hello
	uint32_t seen;
	bool started;
};

void record_message(struct detect *d, const struct message *m);

// Forgets the records of the boot attempt before.
void record_reset(struct records *r);

#endif
