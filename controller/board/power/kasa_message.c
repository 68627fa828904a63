// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/kasa_message.h"

#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "board/words.h"

#define FIRST_KEY  171
#define HEAD_BYTES 4

static void put_message(const char *text, struct buffer *out)
{
	size_t len = strlen(text);
	const unsigned char head[HEAD_BYTES] = {(unsigned char)(len >> 24),
						(unsigned char)(len >> 16),
						(unsigned char)(len >> 8), (unsigned char)len};
	buffer_append(out, head, sizeof(head));
	unsigned char key = FIRST_KEY;
	for (; *text; text++) {
		key ^= (unsigned char)*text;
		buffer_append(out, &key, 1);
	}
}

void kasa_put_switch(bool on, const char *child, struct buffer *out)
{
	json_t *o = json_pack("{s:{s:{s:i}}}", "system", "set_relay_state", "state", (int)on);
	if (child)
		json_object_set_new(o, "context", json_pack("{s:[s]}", "child_ids", child));
	char *text = json_dumps(o, JSON_COMPACT);
	put_message(text ? text : "", out);
	free(text);
	json_decref(o);
}

void kasa_put_question(struct buffer *out)
{
	put_message("{\"system\":{\"get_sysinfo\":{}}}", out);
}

enum kasa_progress kasa_take(const void *bytes, size_t len, struct buffer *text)
{
	const unsigned char *b = bytes;
	if (len < HEAD_BYTES)
		return KASA_MORE;
	size_t size = (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
	if (size == 0 || size > KASA_ANSWER_LIMIT)
		return KASA_BROKEN;
	if (len - HEAD_BYTES < size)
		return KASA_MORE;
	unsigned char key = FIRST_KEY;
	for (size_t i = 0; i < size; i++) {
		char c = (char)(b[HEAD_BYTES + i] ^ key);
		key = b[HEAD_BYTES + i];
		buffer_append(text, &c, 1);
	}
	return KASA_WHOLE;
}

// Each command answers with its own err_code, and a text behind some of them.
void kasa_complaint(const char *text, struct buffer *why)
{
	json_t *o = json_loads(text, 0, NULL);
	json_t *system = json_object_get(o, "system");
	if (!json_is_object(system))
		buffer_append_str(why, "it answers nothing that makes sense");
	const char *name;
	json_t *answer;
	json_object_foreach(system, name, answer)
	{
		const json_t *code = json_object_get(answer, "err_code");
		const char *words = json_string_value(json_object_get(answer, "err_msg"));
		if (json_is_integer(code) && json_integer_value(code) == 0)
			continue;
		buffer_printf(why, "%s: error %lld%s", why->len ? ", it" : "it says",
			      (long long)json_integer_value(code), words ? ": " : "");
		if (words)
			words_last_line(words, strlen(words), why);
	}
	json_decref(o);
}

static enum power_state state_of(const json_t *n)
{
	if (!json_is_integer(n))
		return POWER_STATE_UNKNOWN;
	return json_integer_value(n) ? POWER_STATE_ON : POWER_STATE_OFF;
}

enum power_state kasa_state(const char *text, int64_t outlet, char **child)
{
	*child = NULL;
	json_t *o = json_loads(text, 0, NULL);
	const json_t *info = json_object_get(json_object_get(o, "system"), "get_sysinfo");
	enum power_state state = POWER_STATE_UNKNOWN;
	if (outlet == 0) {
		state = state_of(json_object_get(info, "relay_state"));
	} else {
		const json_t *children = json_object_get(info, "children");
		const json_t *one = json_array_get(children, (size_t)(outlet - 1));
		const char *id = json_string_value(json_object_get(one, "id"));
		const char *device = json_string_value(json_object_get(info, "deviceId"));
		if (id && device) // older strips give the outlet's two digits alone
			*child =
			    strlen(id) > 2 ? memory_strdup(id) : memory_printf("%s%s", device, id);
		state = id ? state_of(json_object_get(one, "state")) : POWER_STATE_UNKNOWN;
	}
	json_decref(o);
	return state;
}
