// SPDX-License-Identifier: GPL-2.0-or-later
// Power by a switch with a web interface: by the template of its make, or by its own URLs.
#include <string.h>

#include "base/memory.h"
#include "base/placeholder.h"
#include "base/redact.h"
#include "base/url.h"
#include "board/claims.h"
#include "board/power/http_template.h"
#include "board/words.h"

struct http_power {
	struct switching switching;
	struct http_template template; // a copy: keys fill the one without a name
	const char *template_name;     // NULL: requests of its own
	char *url;                     // owned
	const char *outlet;
	const char *host;
	const char *user;
	const char *on, *off, *state, *method; // requests of its own
	const char *state_on;                  // texts in the answer to `state`
	const char *state_off;
	const char *accept; // in the answer to on and off, else the switch did not do it; or NULL
	struct buffer complaint; // what is wrong, by the last answer
	char *ca_file;
	bool insecure;
	struct secret secret;
	char *password; // owned; NULL = not read yet
};

static const struct key http_keys[] = {
    {"url", KEY_SERVER(struct http_power, url), .required = true,
     .help = "http://HOST or https://HOST"},
    {"template", KEY_TEXT(struct http_power, template_name), .value = HTTP_TEMPLATE_NAMES,
     .help = "the make of the switch; or its own requests:"},
    {"on", KEY_URL_PATH(struct http_power, on), .help = "the request that switches it on"},
    {"off", KEY_URL_PATH(struct http_power, off)},
    {"state", KEY_URL_PATH(struct http_power, state), .help = "the request that asks it"},
    {"state-on", KEY_TEXT(struct http_power, state_on),
     .help = "what its answer to `state` contains when it is on"},
    {"state-off", KEY_TEXT(struct http_power, state_off)},
    {"method", KEY_TEXT(struct http_power, method), .value = "WORD", .help = "of on and off (GET)"},
    {"accept", KEY_TEXT(struct http_power, accept),
     .help = "what an answer to on and off contains when it was done: some switches say "
	     "\"blocked\" with status 200"},
    {"outlet", KEY_TEXT(struct http_power, outlet), .value = "NAME",
     .help = "which of its outlets; {outlet} in its own requests"},
    {"host", KEY_TEXT(struct http_power, host), .value = "NAME",
     .help = "pdudaemon's name of the PDU; {host} in its own requests"},
    {"user", KEY_TEXT(struct http_power, user), .value = "NAME",
     .help = "{user} in its own requests"},
    {"password", KEY_SECRET(struct http_power, secret), .help = "{password} in its own requests"},
    {"insecure", KEY_BOOL(struct http_power, insecure), .preset = "false",
     .help = "the password may go over plain http to another host"},
    {"ca", KEY_FILE(struct http_power, ca_file),
     .help = "certificate of its maker, else the system's are trusted"},
    SWITCHING_KEYS(struct http_power, switching, "10", "10"),
    {0},
};

// ---- the keys together --------------------------------------------------------------------------

// The requests of a switch that has no template.
static struct error *own_requests(const struct config_map *keys, struct http_power *h)
{
	struct config_node n;
	TRY(config_map_need(keys, "on", &n));
	TRY(config_map_need(keys, "off", &n));
	h->template = (struct http_template){
	    .name = "custom",
	    .method = h->method ? h->method : "GET",
	    .header_auth = true,
	    .path = {[POWER_ON] = h->on, [POWER_OFF] = h->off},
	    .state_path = h->state,
	};
	if (strspn(h->template.method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(h->template.method))
		return config_error(config_map_find(keys, "method"),
				    "method: \"%s\", expected a word such as GET, PUT or POST",
				    h->template.method);
	// With one text alone the other state could not be told from an answer that says neither.
	bool any = h->state || h->state_on || h->state_off;
	if (any && !(h->state && h->state_on && h->state_off))
		return config_error(keys->node, "state, state-on and state-off go together");
	return NULL;
}

static struct error *find_template(const struct config_map *keys, struct http_power *h)
{
	if (!h->template_name)
		return own_requests(keys, h);
	static const char *const own[] = {"on", "off", "state", "state-on", "state-off", "method"};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (config_is_set(config_map_find(keys, own[i])))
			return config_error(config_map_find(keys, own[i]),
					    "%s: the template says it, expected either", own[i]);
	CLEANUP_BUFFER struct buffer known = {0};
	for (const struct http_template *t = http_templates; t->name; t++) {
		if (strcmp(t->name, h->template_name) == 0) {
			h->template = *t;
			return NULL;
		}
		buffer_printf(&known, "%s%s", known.len ? ", " : "", t->name);
	}
	return config_error(config_map_find(keys, "template"),
			    "template: \"%s\", expected one of: %s", h->template_name,
			    buffer_str(&known));
}

// A request that lacks its outlet would switch another one, and an outlet that is in no request
// switches whatever the request does.
static struct error *check_placeholder(const struct config_map *keys, const struct http_template *t,
				       const char *key, bool optional)
{
	bool used = http_template_uses(t, key);
	struct config_node n = config_map_find(keys, key);
	if (used && !config_is_set(n) && !optional)
		return config_map_need(keys, key, &n);
	if (!used && config_is_set(n))
		return config_error(n, "%s: no request of this switch has {%s}", key, key);
	return NULL;
}

// A switch that takes a token instead of a login has it in its requests.
static bool has_token(const struct http_template *t)
{
	return http_template_uses(t, "password") && !http_template_uses(t, "user");
}

static struct error *http_check(void *state, const struct config_map *keys)
{
	struct http_power *h = state;
	struct config_node n;
	bool has_password = secret_is_set(&h->secret);
	TRY(find_template(keys, h));
	TRY(check_placeholder(keys, &h->template, "outlet", h->template.outlet_optional));
	TRY(check_placeholder(keys, &h->template, "host", false));
	if (has_password && !h->user && !has_token(&h->template))
		return config_error(keys->node, "a password, expected a \"user\" too, or "
						"{password} in the requests");
	if (strcmp(h->template.name, "netio") == 0) {
		int64_t outlet = 0; // goes into JSON as a number
		TRY(config_map_need(keys, "outlet", &n));
		TRY(config_integer(n, 1, 64, &outlet));
	}
	if (!h->outlet)
		h->outlet = "";
	return secret_check_exposure(keys, h->url, has_password, h->insecure);
}

// ---- requests -----------------------------------------------------------------------------------

static struct placeholder *values_of(const struct http_power *h, bool mask,
				     struct placeholder list[HTTP_TEMPLATE_VALUES])
{
	const char *password = mask && secret_is_set(&h->secret) ? REDACTED : h->password;
	list[0] = (struct placeholder){"outlet", h->outlet};
	list[1] = (struct placeholder){"host", h->host};
	list[2] = (struct placeholder){"user", h->user};
	list[3] = (struct placeholder){"password", password};
	list[4] = (struct placeholder){0};
	return list;
}

static void fill(const struct http_power *h, const char *text, bool mask, bool escape,
		 struct buffer *out)
{
	struct placeholder list[HTTP_TEMPLATE_VALUES];
	placeholder_fill(text, values_of(h, mask, list), escape, out);
}

static struct error *request(struct http_power *h, struct board_place *place, const char *method,
			     const char *path, const char *body, struct http_response *answer)
{
	if (!h->password)
		TRY(secret_read(&h->secret, &h->password));
	CLEANUP_BUFFER struct buffer url = {0};
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&url, h->url);
	fill(h, path, false, true, &url);
	if (body)
		fill(h, body, false, false, &text);
	static const char *const json[] = {"Content-Type: application/json", NULL};
	const char *const secrets[] = {h->password, NULL};
	bool login = h->template.header_auth && h->user;
	const struct http_request r = {
	    .method = method,
	    .url = buffer_str(&url),
	    .user = login ? h->user : NULL,
	    .password = login ? h->password : NULL,
	    .digest = login, // Shelly's second generation takes nothing else
	    .headers = body ? json : NULL,
	    .body = body ? buffer_str(&text) : NULL,
	    .body_len = text.len,
	    .secrets = secrets,
	    .insecure = h->insecure,
	    .ca_file = h->ca_file,
	    .timeout_s = h->switching.timeout,
	};
	return switching_http(&r, place, answer);
}

// What a switch says of its own requests may hold the password.
static void hide_password(const struct http_power *h, struct buffer *body)
{
	CLEANUP_REDACT struct redact secrets = {0};
	redact_add(&secrets, h->password);
	redact_text(&secrets, body);
}

static struct error *http_act(void *driver, struct board_place *place, enum power_action action)
{
	struct http_power *h = driver;
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	TRY(request(h, place, h->template.method, h->template.path[action],
		    h->template.body[action], &answer));
	if (!h->accept || strstr(buffer_str(&answer.body), h->accept))
		return NULL;
	CLEANUP_BUFFER struct buffer line = {0};
	hide_password(h, &answer.body);
	words_telling_line(buffer_str(&answer.body), answer.body.len, &line);
	return error_new(ERROR_LAB, "%s: it answers \"%s\", expected \"%s\"", h->url,
			 buffer_str(&line), h->accept);
}

static enum power_state custom_state(const struct http_power *h, const char *body)
{
	if (h->state_on && strstr(body, h->state_on))
		return POWER_STATE_ON;
	if (h->state_off && strstr(body, h->state_off))
		return POWER_STATE_OFF;
	return POWER_STATE_UNKNOWN;
}

static struct error *unknown_state(const struct http_power *h, const char *body)
{
	CLEANUP_BUFFER struct buffer said = {0};
	buffer_append_str(&said, body);
	hide_password(h, &said);
	return error_new(ERROR_LAB, "%s: the state cannot be told from \"%.80s\"", h->url,
			 buffer_str(&said));
}

static struct error *http_state(void *driver, struct board_place *place, enum power_state *state)
{
	struct http_power *h = driver;
	if (!h->template.state_path)
		return NULL;
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	TRY(request(h, place, "GET", h->template.state_path, NULL, &answer));
	const char *body = buffer_str(&answer.body);
	buffer_truncate(&h->complaint, 0);
	http_template_complaint(body, &h->complaint);
	hide_password(h, &h->complaint);
	*state = h->template.state ? h->template.state(body, h->outlet) : custom_state(h, body);
	return *state == POWER_STATE_UNKNOWN ? unknown_state(h, body) : NULL;
}

static void http_complaint(const void *driver, struct buffer *out)
{
	const struct http_power *h = driver;
	buffer_append(out, buffer_str(&h->complaint), h->complaint.len);
}

static void http_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct http_power *h = state;
	buffer_printf(out, "%s %s", h->template.method, h->url);
	fill(h, h->template.path[action], true, true, out);
	if (h->template.body[action]) {
		buffer_append_str(out, " ");
		fill(h, h->template.body[action], true, false, out);
	}
	buffer_append_str(out, "\n");
	if (h->template.state_path) {
		buffer_printf(out, "GET %s", h->url);
		fill(h, h->template.state_path, true, true, out);
		buffer_printf(out, " until it says %s\n", power_action_name(action));
	}
}

// One outlet is what one request to switch it on reaches, whoever logs in for it.
static void http_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct http_power *h = state;
	const struct placeholder list[] = {
	    {"outlet", *h->outlet ? h->outlet : "1"}, // Tasmota's first
	    {"host", h->host},
	    {"user", NULL},
	    {"password", NULL},
	    {0}};
	CLEANUP_BUFFER struct buffer url = {0};
	CLEANUP_BUFFER struct buffer request = {0};
	buffer_append_str(&url, h->url);
	placeholder_fill(h->template.path[POWER_ON], list, true, &url);
	CLEANUP_FREE char *normal = claims_url(buffer_str(&url));
	buffer_append_str(&request, normal);
	if (h->template.body[POWER_ON]) {
		buffer_append_str(&request, " ");
		placeholder_fill(h->template.body[POWER_ON], list, false, &request);
	}
	struct config_node outlet = config_map_find(keys, "outlet");
	claims_add(out, config_is_set(outlet) ? outlet : config_map_find(keys, "url"), NULL,
		   "power outlet %s", buffer_str(&request));
}

static void http_release(void *state)
{
	struct http_power *h = state;
	secret_free(h->password);
	buffer_deinit(&h->complaint);
}

static const struct switching_ops http_ops = {
    .act = http_act, .state = http_state, .complaint = http_complaint, .describe = http_describe};

static void http_init(void *state)
{
	((struct http_power *)state)->switching.ops = &http_ops;
}

const struct power_driver power_http = {
    .driver = {.name = "http",
	       .help = "a switch with a web interface: by the template of its make, or by its own "
		       "requests",
	       .keys = http_keys,
	       .size = sizeof(struct http_power),
	       .init = http_init,
	       .check = http_check,
	       .release = http_release},
    .on = switching_on,
    .off = switching_off,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = switching_describe,
    .claim = http_claim,
};
