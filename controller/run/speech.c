// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/speech.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char linux_head[] = "Linux version ";

void speech_deinit(struct speech *s)
{
	if (!s)
		return;
	free(s->another);
	free(s->before);
	free(s->name);
	*s = (struct speech){0};
}

void speech_hand_over(struct speech *s, uint64_t byte)
{
	free(s->another);
	free(s->name);
	s->another = s->name = NULL;
	s->handover = byte;
	s->speaker = SPEAKER_BOARD;
	s->own_boots = s->boots = 0;
	s->own_reset = s->proven = false;
}

static bool is_known(const struct speech *s)
{
	return s->payload && s->payload->count > 0;
}

static void set_name(struct speech *s, const char *text, size_t len, bool record, bool cut)
{
	free(s->name);
	s->name = memory_strndup(text, len);
	s->name_is_record = record;
	s->name_is_cut = cut;
}

// Holds the name against the payload's, now that it is known which boot said it. One that began no boot
// is nobody's: a boot loader repeats what it is told.
static void judge_name(struct speech *s)
{
	CLEANUP_FREE char *name = s->name;
	s->name = NULL;
	if (!name || !is_known(s) || s->speaker != SPEAKER_PAYLOAD)
		return;
	bool right_kind = s->name_is_record == (s->kind == PAYLOAD_FIRMWARE);
	if (right_kind && banners_have(s->payload, name, strlen(name), s->name_is_cut)) {
		s->proven = true;
		return;
	}
	s->own_boots--;
	s->speaker = SPEAKER_ANOTHER;
	if (!s->another)
		s->another =
		    s->name_is_record ? memory_printf("mm firmware, build %s", name) : STEAL(name);
}

// Noise may spoil a name; that is no other one. (Control bytes went when the line was framed.)
static bool is_readable(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] >= 0x7f)
			return false;
	return true;
}

static bool is_linux_name(const char *text, size_t len)
{
	size_t head = sizeof(linux_head) - 1;
	return len > head && memcmp(text, linux_head, head) == 0 && text[head] >= '0' &&
	       text[head] <= '9' && memchr(text, '(', len) && is_readable(text, len);
}

void speech_line(struct speech *s, const struct detect_line *line)
{
	judge_name(s); // of the line before
	if (line->partial || line->truncated)
		return;
	const char *text = line->text.ptr + line->message;
	size_t len = line->text.len - line->message;
	while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\r'))
		len--;
	if (!is_linux_name(text, len))
		return;
	if (speech_is_behind_handover(s, &line->at)) {
		set_name(s, text, len, false, false);
	} else {
		free(s->before);
		s->before = memory_strndup(text, len);
	}
}

void speech_hello(struct speech *s, const struct detect_record *hello)
{
	struct detect_view build = detect_record_get(hello, "build");
	if (build.len && speech_is_behind_handover(s, &hello->at))
		set_name(s, build.ptr, build.len, true, false);
}

// The detector keeps the beginning of each boot's name, also where no lines were asked for.
static void take_version(struct speech *s, const struct detect_boot *b)
{
	if (!s->name && b->boots > s->boots && is_linux_name(b->version.ptr, b->version.len))
		set_name(s, b->version.ptr, b->version.len, false, true);
}

static void begin_attempt(struct speech *s, const struct detect_boot *b)
{
	s->attempt = b->attempt;
	s->boots = b->boots;
	s->speaker = SPEAKER_BOARD;
}

bool speech_boot(struct speech *s, const struct detect_boot *b)
{
	if (b->what == DETECT_BOOT_ATTEMPT) {
		s->own_reset |= s->speaker == SPEAKER_PAYLOAD && b->outcome == DETECT_OUTCOME_RESET;
		return false; // the next boot's first event is yet to come
	}
	if (b->what == DETECT_BOOT_STATE && b->attempt != s->attempt)
		begin_attempt(s, b);
	bool first = s->speaker == SPEAKER_BOARD && b->boots > s->boots &&
		     b->what == DETECT_BOOT_STATE && speech_is_behind_handover(s, &b->at);
	if (first) {
		s->speaker = SPEAKER_PAYLOAD;
		s->own_boots++;
	}
	if (s->speaker != SPEAKER_BOARD)
		take_version(s, b);
	judge_name(s);
	return first && s->speaker == SPEAKER_PAYLOAD;
}
