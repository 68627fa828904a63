// SPDX-License-Identifier: GPL-2.0-or-later
// Who speaks on a console: the board's own firmware, the payload, or a system that is not the payload.
// Pure: fed with the detector's events, in order.
//
// A boot is the payload's from its first line on (the detector's `kernel_early`: "Booting Linux",
// "Linux version", a hello record) until the board starts anew, if that line came behind the hand-over
// and if the name that follows it is one of the payload's (run/banner.h).
#ifndef RUN_SPEECH_H
#define RUN_SPEECH_H

#include "detect/detect.h"
#include "run/banner.h"

#define SPEECH_NO_HANDOVER UINT64_MAX

enum speaker {
	SPEAKER_BOARD,   // firmware, boot loader, a terminal server: no payload was seen yet
	SPEAKER_PAYLOAD, // or somebody of whom nothing else is known
	SPEAKER_ANOTHER,
};

struct speech {
	const struct banners *payload; // borrowed; NULL: nothing is known
	enum payload_kind kind;
	uint64_t
	    handover; // offset of the first byte behind it, SPEECH_NO_HANDOVER: it did not come
	enum speaker speaker; // of the boot in progress
	unsigned own_boots;   // that the payload began
	bool proven;          // it said one of the payload's names
	bool own_reset;       // one of them ended in a reset that nothing had announced
	char *another;        // owned: the first foreign name; NULL: none
	char *before;         // owned: the last name from before the hand-over; NULL: none
	unsigned attempt;     // in progress, as the detector counts them
	unsigned boots;       // of the detector, before it
	char *name;           // owned: said, not yet held against the payload's
	bool name_is_record;  // of the mm firmware
	bool name_is_cut;
};

void speech_deinit(struct speech *s);

// The payload may speak from this byte on; nothing that was said until now is of it.
void speech_hand_over(struct speech *s, uint64_t byte);

// Whether what stands there came behind the hand-over.
static inline bool speech_is_behind_handover(const struct speech *s, const struct detect_place *at)
{
	return at->byte >= s->handover;
}

// A line, before the events that it causes.
void speech_line(struct speech *s, const struct detect_line *line);
// The same for a hello record, which is intact.
void speech_hello(struct speech *s, const struct detect_record *hello);
// True when the line at boot->at is the payload's first of this boot.
bool speech_boot(struct speech *s, const struct detect_boot *boot);

#endif
