// SPDX-License-Identifier: GPL-2.0-or-later
// The local protocol of TP-Link's Kasa plugs (TCP port 9999): JSON, each byte exclusive-or'ed with the
// byte sent before it, behind its length as four bytes, most significant first. Pure.
#ifndef BOARD_POWER_KASA_MESSAGE_H
#define BOARD_POWER_KASA_MESSAGE_H

#include "base/buffer.h"
#include "board/power/switching.h"

#define KASA_ANSWER_LIMIT ((size_t)64 * 1024)

// Appends the message that switches, or (POWER_RESET stands for nothing here) asks. `child`: the id of
// a power strip's outlet, or NULL.
void kasa_put_switch(bool on, const char *child, struct buffer *out);
void kasa_put_question(struct buffer *out);

enum kasa_progress { KASA_MORE, KASA_WHOLE, KASA_BROKEN };

// Whether `bytes` hold a whole message; its text is appended to *text then. KASA_BROKEN: a length that
// no plug would send.
enum kasa_progress kasa_take(const void *bytes, size_t len, struct buffer *text);

// What an answer says is wrong, appended to *why; nothing when it says no such thing.
void kasa_complaint(const char *text, struct buffer *why);

// Of the answer to the question: the state of the plug, or of outlet `outlet` (from 1; 0: the plug
// itself) of a strip, whose id goes to *child (owned by the caller; NULL for the plug).
enum power_state kasa_state(const char *text, int64_t outlet, char **child);

#endif
