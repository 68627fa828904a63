// SPDX-License-Identifier: GPL-2.0-or-later
#include "lava/record.h"

#include <stdint.h>
#include <string.h>
#include <yaml.h>

#include "base/memory.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

bool lava_text_is(struct lava_text text, const char *word)
{
	return text.ptr && text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

// ---- tables -------------------------------------------------------------------------------------

static const struct {
	const char *name;
	enum lava_level level;
} levels[] = {
    {"target", LAVA_TARGET},   {"feedback", LAVA_FEEDBACK},  {"input", LAVA_INPUT},
    {"results", LAVA_RESULTS}, {"debug", LAVA_DEBUG},        {"info", LAVA_INFO},
    {"warning", LAVA_WARNING}, {"error", LAVA_ERROR},        {"exception", LAVA_EXCEPTION},
    {"event", LAVA_EVENT},     {"critical", LAVA_EXCEPTION},
};

// Members of a record and of its results, by the key that LAVA gives them.
struct result_key {
	const char *key;
	size_t offset;
};

enum { WHEN, LEVEL, MESSAGE, NAME_SPACE, FIELDS };
static const char *const fields[FIELDS] = {"dt", "lvl", "msg", "ns"};

#define RESULT(key, name)                                \
	{                                                \
		key, offsetof(struct lava_results, name) \
	}
static const struct result_key results_members[] = {
    RESULT("definition", definition),   RESULT("case", name),
    RESULT("result", result),           RESULT("level", level),
    RESULT("namespace", name_space),    RESULT("set", set),
    RESULT("measurement", measurement), RESULT("units", units),
    RESULT("duration", duration),       RESULT("error_type", error_type),
    RESULT("error_msg", error_message), RESULT("reference", reference),
};
#undef RESULT

static struct lava_text *results_member(struct lava_results *r, const struct result_key *m)
{
	return (struct lava_text *)((char *)r + m->offset);
}

// ---- one document, event by event ---------------------------------------------------------------

// Texts are numbers of bytes into `text` while it grows; 0 is the byte in front of all.
struct record_piece {
	size_t at, len;
	bool set;
};

struct record_reading {
	yaml_parser_t parser;
	struct buffer *text;
	struct record_piece fields[FIELDS];
	struct record_piece results[COUNT(results_members)];
	bool is_map, is_skip;
	bool ok;
};

static bool next_event(struct record_reading *r, yaml_event_t *event)
{
	if (r->ok && !yaml_parser_parse(&r->parser, event))
		r->ok = false;
	if (!r->ok)
		memset(event, 0, sizeof(*event));
	return r->ok;
}

static bool is_start(yaml_event_type_t type)
{
	return type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
}

static bool is_end(yaml_event_type_t type)
{
	return type == YAML_MAPPING_END_EVENT || type == YAML_SEQUENCE_END_EVENT;
}

static void keep(struct record_reading *r, const yaml_event_t *scalar, struct record_piece *out)
{
	*out = (struct record_piece){r->text->len, scalar->data.scalar.length, true};
	buffer_append(r->text, scalar->data.scalar.value, scalar->data.scalar.length);
}

// Passes over the rest of a value whose first event was taken.
static void skip_value(struct record_reading *r, yaml_event_type_t first)
{
	for (int depth = is_start(first); depth > 0 && r->ok;) {
		yaml_event_t event;
		if (!next_event(r, &event))
			return;
		depth += is_start(event.type);
		depth -= is_end(event.type);
		yaml_event_delete(&event);
	}
}

// The scalars of a list and of what is in it, a line each.
static void join_list(struct record_reading *r, struct record_piece *out)
{
	*out = (struct record_piece){r->text->len, 0, true};
	for (int depth = 1; depth > 0 && r->ok;) {
		yaml_event_t event;
		if (!next_event(r, &event))
			return;
		depth += is_start(event.type);
		depth -= is_end(event.type);
		if (event.type == YAML_SCALAR_EVENT) {
			if (r->text->len > out->at)
				buffer_append(r->text, "\n", 1);
			buffer_append(r->text, event.data.scalar.value, event.data.scalar.length);
		}
		yaml_event_delete(&event);
	}
	out->len = r->text->len - out->at;
}

static size_t index_of(const char *const *names, size_t count, const yaml_event_t *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp((const char *)key->data.scalar.value, names[i]) == 0)
			return i;
	return count;
}

// A mapping's next key into `key`; false at its end, or when it has none that is a word.
static bool next_key(struct record_reading *r, yaml_event_t *key)
{
	if (!next_event(r, key))
		return false;
	if (key->type == YAML_SCALAR_EVENT)
		return true;
	if (key->type != YAML_MAPPING_END_EVENT)
		r->ok = false;
	yaml_event_delete(key);
	return false;
}

// The members of a results message.
static void read_results(struct record_reading *r)
{
	r->is_map = true;
	yaml_event_t key, value;
	while (next_key(r, &key)) {
		size_t i = 0;
		while (i < COUNT(results_members) &&
		       strcmp((const char *)key.data.scalar.value, results_members[i].key) != 0)
			i++;
		r->is_skip |= strcmp((const char *)key.data.scalar.value, "skip") == 0;
		yaml_event_delete(&key);
		if (!next_event(r, &value))
			return;
		yaml_event_type_t type = value.type;
		if (type == YAML_SCALAR_EVENT && i < COUNT(results_members))
			keep(r, &value, &r->results[i]);
		yaml_event_delete(&value);
		skip_value(r, type);
	}
}

static void read_field(struct record_reading *r, size_t field)
{
	yaml_event_t value;
	if (!next_event(r, &value))
		return;
	yaml_event_type_t type = value.type;
	if (type == YAML_SCALAR_EVENT && field < FIELDS)
		keep(r, &value, &r->fields[field]);
	yaml_event_delete(&value);
	if (field == MESSAGE && type == YAML_MAPPING_START_EVENT)
		read_results(r);
	else if (field == MESSAGE && type == YAML_SEQUENCE_START_EVENT)
		join_list(r, &r->fields[MESSAGE]);
	else
		skip_value(r, type);
}

static bool expect(struct record_reading *r, yaml_event_type_t type)
{
	yaml_event_t event;
	if (!next_event(r, &event))
		return false;
	r->ok = event.type == type;
	yaml_event_delete(&event);
	return r->ok;
}

static void read_record(struct record_reading *r)
{
	if (!expect(r, YAML_STREAM_START_EVENT) || !expect(r, YAML_DOCUMENT_START_EVENT) ||
	    !expect(r, YAML_MAPPING_START_EVENT))
		return;
	yaml_event_t key;
	while (next_key(r, &key)) {
		size_t field = index_of(fields, FIELDS, &key);
		yaml_event_delete(&key);
		read_field(r, field);
	}
	if (r->ok && expect(r, YAML_DOCUMENT_END_EVENT))
		expect(r, YAML_STREAM_END_EVENT);
}

// ---- the record ---------------------------------------------------------------------------------

static struct lava_text view(const struct record_reading *r, struct record_piece p)
{
	return p.set ? (struct lava_text){r->text->data + p.at, p.len} : (struct lava_text){0};
}

static enum lava_level level_of(struct lava_text name)
{
	for (size_t i = 0; i < COUNT(levels); i++)
		if (lava_text_is(name, levels[i].name))
			return levels[i].level;
	return LAVA_OTHER;
}

static void fill(const struct record_reading *r, struct lava_record_room *room,
		 struct lava_record *out)
{
	out->level = level_of(view(r, r->fields[LEVEL]));
	out->when = view(r, r->fields[WHEN]);
	out->message = view(r, r->fields[MESSAGE]);
	out->name_space = view(r, r->fields[NAME_SPACE]);
	out->too_long = r->is_skip || lava_text_is(out->message, "<line way too long ...>");
	if (out->level != LAVA_RESULTS)
		return;
	room->results = (struct lava_results){0};
	for (size_t i = 0; i < COUNT(results_members); i++)
		*results_member(&room->results, &results_members[i]) = view(r, r->results[i]);
	out->results = &room->results;
	out->message = (struct lava_text){0};
}

void lava_record_parse(const char *line, size_t len, struct lava_record_room *room,
		       struct lava_record *out)
{
	*out = (struct lava_record){.level = LAVA_STRAY, .message = {line, len}};
	if (len == 0 || line[0] != '{')
		return;
	buffer_truncate(&room->text, 0);
	buffer_append(&room->text, "", 1);
	struct record_reading r = {.text = &room->text, .ok = true};
	if (!yaml_parser_initialize(&r.parser))
		return;
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)line, len);
	read_record(&r);
	yaml_parser_delete(&r.parser);
	if (r.ok && r.fields[LEVEL].set)
		fill(&r, room, out);
}
