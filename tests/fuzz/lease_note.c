// SPDX-License-Identifier: GPL-2.0-or-later
// Any bytes as the note of a lock file, which others may write to: what is read is text that drives no
// terminal, and comes back the same when it is written and read again.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lease/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void check_text(const char *text)
{
	for (; text && *text; text++)
		need((unsigned char)*text >= ' ' && *text != 0x7f);
}

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size ? size : 1);
	memcpy(text, data, size);
	struct lease_note note, back;
	lease_note_read(text, size, &note);
	free(text);
	check_text(note.board);
	check_text(note.where);
	check_text(note.why);
	check_text(note.may_be_on);
	char bytes[LEASE_NOTE_SIZE];
	lease_note_write(&note, bytes);
	need(bytes[LEASE_NOTE_SIZE - 1] == '\n');
	need(lease_note_read(bytes, sizeof(bytes), &back));
	need(back.fence == note.fence && back.pid == note.pid && back.uid == note.uid);
	need(back.start == note.start && back.since_ns == note.since_ns);
	need(!back.why || same(back.why, note.why)); // what does not fit is left out
	need(!back.where || same(back.where, note.where));
	lease_note_deinit(&back);
	lease_note_deinit(&note);
	return 0;
}
