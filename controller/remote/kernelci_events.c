// SPDX-License-Identifier: GPL-2.0-or-later
#include "remote/kernelci_events.h"

#include <jansson.h>
#include <string.h>

#include "text/format.h"

// A time that the API says without a zone is UTC.
static bool parse_time(const char *text, int64_t *us)
{
	char zoned[64];
	long long ns;
	size_t len = text ? strlen(text) : 0;
	if (len == 0 || len + 2 > sizeof(zoned))
		return false;
	memcpy(zoned, text, len + 1);
	if (!format_is_date_time(zoned, len)) {
		memcpy(zoned + len, "Z", 2);
		if (!format_is_date_time(zoned, len + 1))
			return false;
	}
	if (!format_parse_time(zoned, &ns))
		return false;
	*us = ns / 1000;
	return true;
}

static bool is_id(const char *s)
{
	size_t len = s ? strlen(s) : 0;
	return len > 0 && len <= KERNELCI_ID_MAX &&
	       strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == len;
}

// A member that is a string and not empty; NULL otherwise.
static const char *text_of(struct arena *arena, const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);
	if (!json_is_string(value) || json_string_length(value) == 0)
		return NULL;
	return arena_strndup(arena, json_string_value(value), json_string_length(value));
}

static bool take_node(struct arena *arena, const json_t *node, struct kernelci_node *out)
{
	const json_t *data = json_object_get(node, "data");
	const json_t *artifacts = json_object_get(node, "artifacts");
	*out = (struct kernelci_node){
	    .id = text_of(arena, node, "id"),
	    .kind = text_of(arena, node, "kind"),
	    .name = text_of(arena, node, "name"),
	    .state = text_of(arena, node, "state"),
	    .result = text_of(arena, node, "result"),
	    .parent = text_of(arena, node, "parent"),
	    .runtime = text_of(arena, data, "runtime"),
	    .platform = text_of(arena, data, "platform"),
	    .job_id = text_of(arena, data, "job_id"),
	    .error_code = text_of(arena, data, "error_code"),
	    .definition = text_of(arena, artifacts, "job_definition"),
	};
	return is_id(out->id) && out->kind && out->state;
}

static bool take_event(struct arena *arena, const json_t *item, struct kernelci_event *out)
{
	out->id = text_of(arena, item, "id");
	const char *time = text_of(arena, item, "timestamp");
	return is_id(out->id) && parse_time(time, &out->time_us) &&
	       take_node(arena, json_object_get(item, "node"), &out->node);
}

static bool complain(struct buffer *why, const char *what, const json_error_t *e)
{
	buffer_printf(why, "expected %s, got something else", what);
	if (e->text[0])
		buffer_printf(why, " (line %d: %.100s)", e->line, e->text);
	return false;
}

bool kernelci_page_parse(const char *text, size_t len, struct arena *arena,
			 struct kernelci_page *out, struct buffer *why)
{
	json_error_t e = {0};
	json_t *root = json_loadb(text, len, 0, &e);
	*out = (struct kernelci_page){.total = json_array_size(root)};
	bool ok = json_is_array(root) || complain(why, "a list of events", &e);
	if (out->total)
		out->events = arena_new(arena, out->total, sizeof(*out->events));
	for (size_t i = 0; i < out->total; i++)
		if (take_event(arena, json_array_get(root, i), &out->events[out->count]))
			out->count++;
	json_decref(root);
	return ok;
}

bool kernelci_node_parse(const char *text, size_t len, struct arena *arena,
			 struct kernelci_node *out, struct buffer *why)
{
	json_error_t e = {0};
	json_t *root = json_loadb(text, len, 0, &e);
	bool ok = take_node(arena, root, out) || complain(why, "a node", &e);
	json_decref(root);
	return ok;
}

// Groups are texts, or objects with a name.
static const char *group_name(const json_t *group)
{
	const char *name = json_string_value(group);
	return name ? name : json_string_value(json_object_get(group, "name"));
}

bool kernelci_rights(const char *text, size_t len, const char *lab, struct buffer *why)
{
	json_error_t e = {0};
	json_t *root = json_loadb(text, len, 0, &e);
	bool ok = json_is_true(json_object_get(root, "is_superuser"));
	const json_t *groups = json_object_get(root, "groups");
	CLEANUP_BUFFER struct buffer editor = {0}, admin = {0};
	buffer_printf(&editor, "runtime:%s:node-editor", lab);
	buffer_printf(&admin, "runtime:%s:node-admin", lab);
	for (size_t i = 0; i < json_array_size(groups); i++) {
		const char *name = group_name(json_array_get(groups, i));
		ok |= name && (strcmp(name, "node:edit:any") == 0 ||
			       strcmp(name, buffer_str(&editor)) == 0 ||
			       strcmp(name, buffer_str(&admin)) == 0);
	}
	if (!json_is_object(root))
		complain(why, "a user", &e);
	else if (!ok)
		buffer_printf(
		    why,
		    "its user is in none of the groups %s, %s, node:edit:any: jobs cannot be "
		    "claimed",
		    buffer_str(&editor), buffer_str(&admin));
	json_decref(root);
	return ok;
}

int64_t kernelci_nodes_total(const char *text, size_t len)
{
	json_t *root = json_loadb(text, len, 0, NULL);
	const json_t *total = json_object_get(root, "total");
	const json_t *items = json_is_array(root) ? root : json_object_get(root, "items");
	int64_t count = json_is_integer(total) ? json_integer_value(total)
			: json_is_array(items) ? (int64_t)json_array_size(items)
					       : -1;
	json_decref(root);
	return count < 0 ? -1 : count;
}
