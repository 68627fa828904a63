// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/http_template.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/placeholder.h"
#include "board/words.h"

// ---- states -------------------------------------------------------------------------------------

static enum power_state of_bool(const json_t *v)
{
	return json_is_true(v)    ? POWER_STATE_ON
	       : json_is_false(v) ? POWER_STATE_OFF
				  : POWER_STATE_UNKNOWN;
}

// {"POWER":"ON"} with one relay, {"POWER2":"OFF"} with several.
static enum power_state tasmota_state(const char *body, const char *outlet)
{
	json_t *o = json_loads(body, 0, NULL);
	char key[32];
	snprintf(key, sizeof(key), "POWER%s", outlet);
	const char *word = json_string_value(json_object_get(o, key));
	if (!word)
		word = json_string_value(json_object_get(o, "POWER"));
	enum power_state state = POWER_STATE_UNKNOWN;
	if (word && strcasecmp(word, "ON") == 0)
		state = POWER_STATE_ON;
	else if (word && strcasecmp(word, "OFF") == 0)
		state = POWER_STATE_OFF;
	json_decref(o);
	return state;
}

static enum power_state member_state(const char *body, const char *key)
{
	json_t *o = json_loads(body, 0, NULL);
	enum power_state state = of_bool(json_object_get(o, key));
	json_decref(o);
	return state;
}

static enum power_state shelly_state(const char *body, const char *outlet)
{
	(void)outlet;
	return member_state(body, "ison");
}

static enum power_state shelly2_state(const char *body, const char *outlet)
{
	(void)outlet;
	return member_state(body, "output");
}

// {"Outputs":[{"ID":1,"State":1,...},...]}
static enum power_state netio_state(const char *body, const char *outlet)
{
	json_t *o = json_loads(body, 0, NULL);
	const json_t *outputs = json_object_get(o, "Outputs");
	enum power_state state = POWER_STATE_UNKNOWN;
	for (size_t i = 0; i < json_array_size(outputs); i++) {
		const json_t *output = json_array_get(outputs, i);
		if (json_integer_value(json_object_get(output, "ID")) != atoll(outlet))
			continue;
		const json_t *v = json_object_get(output, "State");
		if (json_is_integer(v))
			state = json_integer_value(v) ? POWER_STATE_ON : POWER_STATE_OFF;
	}
	json_decref(o);
	return state;
}

// ---- complaints ---------------------------------------------------------------------------------

static void add_words(const char *words, struct buffer *out)
{
	if (!words || !*words)
		return;
	buffer_append_str(out, out->len ? ", " : "");
	words_last_line(words, strlen(words), out);
}

void http_template_complaint(const char *body, struct buffer *out)
{
	static const char *const texts[] = {"error", "message", "WARNING"};
	static const char *const flags[] = {"overpower", "overtemperature"};
	json_t *o = json_loads(body, 0, NULL);
	const json_t *errors = json_object_get(o, "errors");
	for (size_t i = 0; i < json_array_size(errors); i++)
		add_words(json_string_value(json_array_get(errors, i)), out);
	add_words(json_string_value(errors), out);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_words(json_string_value(json_object_get(o, texts[i])), out);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (json_is_true(json_object_get(o, flags[i])))
			add_words(flags[i], out);
	json_decref(o);
}

// ---- devices ------------------------------------------------------------------------------------

const struct http_template http_templates[] = {
    // The daemon takes the request, switches later and tells nothing about it.
    {.name = "pdudaemon",
     .method = "GET",
     .path = {[POWER_ON] = "/power/control/on?hostname={host}&port={outlet}",
	      [POWER_OFF] = "/power/control/off?hostname={host}&port={outlet}"}},
    // Web requests of Tasmota: commands as in its console.
    {.name = "tasmota",
     .method = "GET",
     .path = {[POWER_ON] = "/cm?cmnd=Power{outlet}%20On&user={user}&password={password}",
	      [POWER_OFF] = "/cm?cmnd=Power{outlet}%20Off&user={user}&password={password}"},
     .state_path = "/cm?cmnd=Power{outlet}&user={user}&password={password}",
     .outlet_optional = true,
     .state = tasmota_state},
    // First generation of Shelly: /relay.
    {.name = "shelly",
     .method = "GET",
     .path = {[POWER_ON] = "/relay/{outlet}?turn=on", [POWER_OFF] = "/relay/{outlet}?turn=off"},
     .state_path = "/relay/{outlet}",
     .header_auth = true,
     .state = shelly_state},
    // Second generation and later: RPC over HTTP.
    {.name = "shelly2",
     .method = "GET",
     .path = {[POWER_ON] = "/rpc/Switch.Set?id={outlet}&on=true",
	      [POWER_OFF] = "/rpc/Switch.Set?id={outlet}&on=false"},
     .state_path = "/rpc/Switch.GetStatus?id={outlet}",
     .header_auth = true,
     .state = shelly2_state},
    // Netio's JSON API over HTTP; actions: 0 off, 1 on.
    {.name = "netio",
     .method = "POST",
     .path = {[POWER_ON] = "/netio.json", [POWER_OFF] = "/netio.json"},
     .body = {[POWER_ON] = "{\"Outputs\":[{\"ID\":{outlet},\"Action\":1}]}",
	      [POWER_OFF] = "{\"Outputs\":[{\"ID\":{outlet},\"Action\":0}]}"},
     .state_path = "/netio.json",
     .header_auth = true,
     .state = netio_state},
    {0},
};

bool http_template_uses(const struct http_template *t, const char *name)
{
	return placeholder_uses(t->path[POWER_ON], name) ||
	       placeholder_uses(t->body[POWER_ON], name);
}
