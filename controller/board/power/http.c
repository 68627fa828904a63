// SPDX-License-Identifier: GPL-2.0-or-later
// Power by a switch with a web interface: by the template of its make, or by its own URLs.
#include <ctype.h>
#include <string.h>

#include "base/memory.h"
#include "base/redact.h"
#include "board/claims.h"
#include "board/keys.h"
#include "board/power/http_template.h"
#include "board/words.h"

struct http_power {
	struct switching switching;
	struct http_template template; // a copy: `custom` fills it from keys
	const struct config_map *keys; // borrowed, for the secret when it is needed
	char *url;                     // owned
	const char *outlet;
	const char *host;
	const char *user;
	const char *state_on; // custom: texts in the answer to `state`
	const char *state_off;
	const char *accept; // in the answer to on and off, else the switch did not do it; or NULL
	struct buffer complaint; // what is wrong, by the last answer
	char *ca_file;
	bool has_password;
	bool insecure;
	char *password; // owned; NULL = not read yet
};

// The requests of a switch that has no template.
static struct error *own_requests(const struct config_map *keys, struct http_power *h)
{
	h->template =
	    (struct http_template){.name = "custom", .method = "GET", .header_auth = true};
	struct config_node n;
	TRY(config_map_need(keys, "on", &n));
	TRY(config_map_need(keys, "off", &n));
	TRY(keys_url_path(keys, "on", &h->template.path[POWER_ON]));
	TRY(keys_url_path(keys, "off", &h->template.path[POWER_OFF]));
	TRY(keys_url_path(keys, "state", &h->template.state_path));
	TRY(keys_string(keys, "method", &h->template.method));
	TRY(keys_string(keys, "state-on", &h->state_on));
	TRY(keys_string(keys, "state-off", &h->state_off));
	if (strspn(h->template.method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(h->template.method))
		return config_error(config_map_find(keys, "method"),
				    "method: \"%s\", expected a word such as GET, PUT or POST",
				    h->template.method);
	// With one text alone the other state could not be told from an answer that says neither.
	bool any = h->template.state_path || h->state_on || h->state_off;
	if (any && !(h->template.state_path && h->state_on && h->state_off))
		return config_error(keys->node, "state, state-on and state-off go together");
	return NULL;
}

static struct error *find_template(const struct config_map *keys, struct http_power *h)
{
	struct config_node n = config_map_find(keys, "template");
	if (!config_is_set(n))
		return own_requests(keys, h);
	static const char *const own[] = {"on", "off", "state", "state-on", "state-off", "method"};
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (config_is_set(config_map_find(keys, own[i])))
			return config_error(config_map_find(keys, own[i]),
					    "%s: the template says it, expected either", own[i]);
	const char *name;
	TRY(config_string(n, &name));
	CLEANUP_BUFFER struct buffer known = {0};
	for (const struct http_template *t = http_templates; t->name; t++) {
		if (strcmp(t->name, name) == 0) {
			h->template = *t;
			return NULL;
		}
		buffer_printf(&known, "%s%s", known.len ? ", " : "", t->name);
	}
	return config_error(n, "template: \"%s\", expected one of: %s", name, buffer_str(&known));
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

static struct error *check_login(const struct config_map *keys, struct http_power *h)
{
	TRY(keys_check_secret(keys, "password", &h->has_password));
	if (h->has_password && !h->user && !has_token(&h->template))
		return config_error(keys->node, "a password, expected a \"user\" too, or "
						"{password} in the requests");
	return keys_check_exposure(keys, "password", h->url, &h->insecure);
}

static struct error *http_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {
	    "driver",   "template",      "url",          "outlet",    "host",
	    "user",     "password-file", "password-env", "ca",        "on",
	    "off",      "state",         "state-on",     "state-off", "method",
	    "insecure", "accept",        SWITCHING_KEYS, NULL};
	TRY(config_map_only(keys, known));
	struct http_power *h = memory_new(1, sizeof(*h));
	*state = h;
	h->keys = keys;
	h->outlet = "";
	struct config_node n;
	TRY(keys_url(keys, "url", &h->url));
	TRY(keys_string(keys, "outlet", &h->outlet));
	TRY(keys_string(keys, "host", &h->host));
	TRY(keys_string(keys, "user", &h->user));
	TRY(keys_string(keys, "accept", &h->accept));
	TRY(keys_path(keys, "ca", &h->ca_file));
	TRY(find_template(keys, h));
	TRY(check_placeholder(keys, &h->template, "outlet", h->template.outlet_optional));
	TRY(check_placeholder(keys, &h->template, "host", false));
	TRY(check_login(keys, h));
	if (strcmp(h->template.name, "netio") == 0) {
		int64_t outlet = 0; // goes into JSON as a number
		TRY(config_map_need(keys, "outlet", &n));
		TRY(config_integer(n, 1, 64, &outlet));
	}
	return switching_config(keys, &h->switching);
}

static void fill(const struct http_power *h, const char *text, bool mask, bool escape,
		 struct buffer *out)
{
	const struct http_template_values values = {
	    .outlet = h->outlet,
	    .host = h->host,
	    .user = h->user,
	    .password = mask && h->has_password ? REDACTED : h->password,
	};
	http_template_fill(text, &values, escape, out);
}

static struct error *request(struct http_power *h, struct board_place *place, const char *method,
			     const char *path, const char *body, struct http_response *answer)
{
	if (!h->password)
		TRY(keys_secret(h->keys, "password", &h->password));
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

static const struct switching_ops http_ops = {
    .act = http_act, .state = http_state, .complaint = http_complaint};

static struct error *http_on(void *state, struct board_place *place)
{
	struct http_power *h = state;
	return switching_do(&h->switching, &http_ops, h, place, POWER_ON);
}

static struct error *http_off(void *state, struct board_place *place)
{
	struct http_power *h = state;
	return switching_do(&h->switching, &http_ops, h, place, POWER_OFF);
}

static double http_settle(const void *state)
{
	return ((const struct http_power *)state)->switching.settle;
}

static void http_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct http_power *h = state;
	if (action == POWER_RESET) {
		http_describe(state, POWER_OFF, out);
		buffer_printf(out, "wait %g s\n", h->switching.settle);
		action = POWER_ON;
	}
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
	const struct http_template_values values = {
	    .outlet = *h->outlet ? h->outlet : "1", // Tasmota's only or first
	    .host = h->host,
	};
	CLEANUP_BUFFER struct buffer request = {0};
	// Scheme and server are told apart without their case (RFC 3986 section 6.2.2.1).
	const char *path = strchr(strstr(h->url, "://") + 3, '/');
	for (const char *c = h->url; *c; c++)
		buffer_printf(&request, "%c", path && c >= path ? *c : tolower((unsigned char)*c));
	http_template_fill(h->template.path[POWER_ON], &values, true, &request);
	if (h->template.body[POWER_ON]) {
		buffer_append_str(&request, " ");
		http_template_fill(h->template.body[POWER_ON], &values, false, &request);
	}
	struct config_node outlet = config_map_find(keys, "outlet");
	claims_add(out, config_is_set(outlet) ? outlet : config_map_find(keys, "url"), NULL,
		   "power outlet %s", buffer_str(&request));
}

static void http_free(void *state)
{
	struct http_power *h = state;
	free(h->url);
	free(h->ca_file);
	keys_forget_secret(&h->password);
	buffer_deinit(&h->complaint);
	free(h);
}

const struct power_driver power_http = {
    .name = "http",
    .help =
	"template: pdudaemon | tasmota | shelly | shelly2 | netio   the make of the switch; or\n"
	"on: PATH, off: PATH, state: PATH, state-on: TEXT, state-off: TEXT, method: WORD\n"
	"                   its own requests and what its answer to `state` contains\n"
	"accept: TEXT       what an answer to on and off contains when it was done: some switches\n"
	"                   say \"blocked\" with status 200\n"
	"url: URL           http://HOST or https://HOST (required)\n"
	"outlet: NAME       which of its outlets, host: NAME   pdudaemon's name of the PDU\n"
	"user: NAME, password-file: FILE | password-env: VARIABLE\n"
	"                   {user} and {password} in its own requests stand for them\n"
	"insecure: true     the password may go over plain http to another host\n"
	"ca: FILE           certificate of its maker, else the system's are "
	"trusted\n" SWITCHING_HELP,
    .config = http_config,
    .on = http_on,
    .off = http_off,
    .settle = http_settle,
    .describe = http_describe,
    .claim = http_claim,
    .free = http_free,
};
