// SPDX-License-Identifier: GPL-2.0-or-later
// Records of the mm firmware in the console stream; see struct detect_record.
#ifndef DETECT_RECORD_H
#define DETECT_RECORD_H

#include "detect/message.h"

struct records {
	uint32_t next;    // sequence number expected
	uint32_t missing; // lost or damaged since hello
	uint32_t crc;     // over the records since hello
	uint32_t seen;
	bool started;
};

// Takes a record apart and follows the stream. The pairs lie in `pairs`, text in the message.
void record_message(struct records *r, const struct message *m, struct detect_record *record,
		    struct detect_pair pairs[DETECT_PAIRS_MAX]);

// Forgets the records of the boot attempt before.
void record_reset(struct records *r);

#endif
