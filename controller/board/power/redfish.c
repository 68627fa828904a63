// SPDX-License-Identifier: GPL-2.0-or-later
// Power of a server by its management controller: DMTF Redfish (DSP0266), action
// ComputerSystem.Reset, with a session (X-Auth-Token) or basic authentication.
#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "base/memory.h"
#include "board/claims.h"
#include "board/keys.h"
#include "board/power/switching.h"

enum redfish_login { REDFISH_SESSION, REDFISH_BASIC };

struct redfish_power {
	struct switching switching;
	const struct config_map *keys; // borrowed, for the secret when it is needed
	char *url;                     // owned
	const char *system;            // path of the ComputerSystem
	const char *user;
	enum redfish_login login;
	const char *reset_types[3]; // by enum power_action
	char *ca_file;
	bool insecure;
	char *password; // owned; NULL = not read yet
	char *token;    // header "X-Auth-Token: ...", owned; NULL = no session
	char *session;  // its path, to be deleted at the end
};

// One word of the schema's (On, ForceOff, GracefulShutdown, ...); it goes into JSON as it is.
static struct error *read_reset_type(const struct config_map *keys, const char *key,
				     const char **out)
{
	struct config_node n = config_map_find(keys, key);
	if (!config_is_set(n))
		return NULL;
	TRY(keys_string(keys, key, out));
	for (const char *c = *out; *c; c++)
		if (!isalpha((unsigned char)*c))
			return config_error(n, "%s: \"%s\", expected a ResetType such as ForceOff",
					    key, *out);
	return NULL;
}

static struct error *redfish_config(const struct config_map *keys, void **state)
{
	static const char *const known[] = {
	    "driver", "url", "system", "user",  "password-file", "password-env", "login",
	    "ca",     "on",  "off",    "reset", "insecure",      SWITCHING_KEYS, NULL};
	static const char *const logins[] = {"session", "basic", NULL};
	TRY(config_map_only(keys, known));
	struct redfish_power *r = memory_new(1, sizeof(*r));
	*state = r;
	r->keys = keys;
	r->system = "/redfish/v1/Systems/1";
	r->reset_types[POWER_ON] = "On";
	r->reset_types[POWER_OFF] = "ForceOff";
	r->reset_types[POWER_RESET] = "ForceRestart";
	TRY(keys_url(keys, "url", &r->url));
	TRY(keys_need_string(keys, "user", &r->user));
	bool named;
	TRY(keys_check_secret(keys, "password", &named));
	if (!named)
		return config_error(keys->node, "redfish: no password, expected \"password-file\" "
						"or \"password-env\"");
	TRY(keys_check_exposure(keys, "password", r->url, &r->insecure));
	TRY(keys_url_path(keys, "system", &r->system));
	TRY(read_reset_type(keys, "on", &r->reset_types[POWER_ON]));
	TRY(read_reset_type(keys, "off", &r->reset_types[POWER_OFF]));
	TRY(read_reset_type(keys, "reset", &r->reset_types[POWER_RESET]));
	TRY(keys_path(keys, "ca", &r->ca_file));
	unsigned login = REDFISH_SESSION;
	TRY(keys_word(keys, "login", logins, &login));
	r->login = login;
	TRY(switching_config(keys, &r->switching));
	// A server's power supply takes its time.
	if (!config_is_set(config_map_find(keys, "confirm")))
		r->switching.confirm = 60;
	return NULL;
}

// ---- requests -----------------------------------------------------------------------------------

static void forget_session(struct redfish_power *r)
{
	keys_forget_secret(&r->token);
	free(r->session);
	r->session = NULL;
}

static struct error *request(struct redfish_power *r, struct board_place *place, const char *method,
			     const char *path, const char *body, struct http_response *answer)
{
	CLEANUP_FREE char *url = memory_printf("%s%s", r->url, path);
	const char *headers[5] = {"Accept: application/json", "OData-Version: 4.0"};
	size_t count = 2;
	if (r->token)
		headers[count++] = r->token;
	if (body)
		headers[count++] = "Content-Type: application/json";
	// Logging in, it stands in the body.
	const char *const secrets[] = {r->password, NULL};
	const struct http_request q = {
	    .method = method,
	    .url = url,
	    .user = r->login == REDFISH_BASIC ? r->user : NULL,
	    .password = r->login == REDFISH_BASIC ? r->password : NULL,
	    .headers = headers,
	    .body = body,
	    .body_len = body ? strlen(body) : 0,
	    .secrets = secrets,
	    .insecure = r->insecure,
	    .ca_file = r->ca_file,
	    .timeout_s = r->switching.timeout,
	};
	struct error *e = switching_http(&q, place, answer);
	if (answer->status == 401) // a controller that restarted knows no sessions of before
		forget_session(r);
	return e;
}

static struct error *log_in(struct redfish_power *r, struct board_place *place)
{
	if (!r->password)
		TRY(keys_secret(r->keys, "password", &r->password));
	if (r->login == REDFISH_BASIC || r->token)
		return NULL;
	json_t *o = json_pack("{s:s, s:s}", "UserName", r->user, "Password", r->password);
	char *body = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	struct error *e = request(r, place, "POST", "/redfish/v1/SessionService/Sessions",
				  body ? body : "", &answer);
	keys_forget_secret(&body);
	TRY(error_wrap(e, "logging in"));
	CLEANUP_FREE char *token = http_header(&answer, "X-Auth-Token");
	if (!token)
		return error_new(ERROR_LAB, "%s: the new session has no X-Auth-Token", r->url);
	r->token = memory_printf("X-Auth-Token: %s", token);
	r->session = http_header(&answer, "Location");
	return NULL;
}

// Controllers have few sessions; one that is left open is lost for minutes.
static void log_out(struct redfish_power *r, struct board_place *place)
{
	const char *path = r->session ? r->session : "";
	if (strncmp(path, r->url, strlen(r->url)) == 0)
		path += strlen(r->url);
	if (path[0] == '/') {
		CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
		error_free(request(r, place, "DELETE", path, NULL, &answer));
	}
	forget_session(r);
}

// ---- acting -------------------------------------------------------------------------------------

static struct error *redfish_state(void *driver, struct board_place *place, enum power_state *state)
{
	struct redfish_power *r = driver;
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	TRY(log_in(r, place));
	TRY(request(r, place, "GET", r->system, NULL, &answer));
	json_t *o = json_loadb(buffer_str(&answer.body), answer.body.len, 0, NULL);
	const char *word = json_string_value(json_object_get(o, "PowerState"));
	struct error *e = NULL;
	if (word && strcmp(word, "On") == 0)
		*state = POWER_STATE_ON;
	else if (word && strcmp(word, "Off") == 0)
		*state = POWER_STATE_OFF;
	else if (word && (strcmp(word, "PoweringOn") == 0 || strcmp(word, "PoweringOff") == 0))
		*state = POWER_STATE_CHANGING;
	else
		e = error_new(ERROR_LAB, "%s%s has no PowerState", r->url, r->system);
	json_decref(o);
	return e;
}

static struct error *redfish_act(void *driver, struct board_place *place, enum power_action action)
{
	struct redfish_power *r = driver;
	// Controllers refuse what is so already. A system on its way from one state to the other is
	// told where to go, whatever way that was.
	enum power_state is = POWER_STATE_UNKNOWN;
	TRY(redfish_state(r, place, &is));
	if ((action == POWER_OFF && is == POWER_STATE_OFF) ||
	    (action == POWER_ON && is == POWER_STATE_ON))
		return NULL;
	CLEANUP_FREE char *path = memory_printf("%s/Actions/ComputerSystem.Reset", r->system);
	CLEANUP_FREE char *body = memory_printf("{\"ResetType\":\"%s\"}", r->reset_types[action]);
	CLEANUP_HTTP_RESPONSE struct http_response answer = {0};
	return request(r, place, "POST", path, body, &answer);
}

static const struct switching_ops redfish_ops = {.act = redfish_act, .state = redfish_state};

static struct error *redfish_do(void *state, struct board_place *place, enum power_action action)
{
	struct redfish_power *r = state;
	struct error *e = switching_do(&r->switching, &redfish_ops, r, place, action);
	log_out(r, place);
	return e;
}

static struct error *redfish_on(void *state, struct board_place *place)
{
	return redfish_do(state, place, POWER_ON);
}

static struct error *redfish_off(void *state, struct board_place *place)
{
	return redfish_do(state, place, POWER_OFF);
}

static struct error *redfish_reset(void *state, struct board_place *place)
{
	return redfish_do(state, place, POWER_RESET);
}

static double redfish_settle(const void *state)
{
	return ((const struct redfish_power *)state)->switching.settle;
}

static void redfish_describe(const void *state, enum power_action action, struct buffer *out)
{
	const struct redfish_power *r = state;
	if (r->login == REDFISH_SESSION)
		buffer_printf(out,
			      "POST %s/redfish/v1/SessionService/Sessions "
			      "{\"UserName\":\"%s\",\"Password\":\"***\"}\n",
			      r->url, r->user);
	buffer_printf(out, "POST %s%s/Actions/ComputerSystem.Reset {\"ResetType\":\"%s\"}\n",
		      r->url, r->system, r->reset_types[action]);
	buffer_printf(out, "GET %s%s until PowerState is %s\n", r->url, r->system,
		      action == POWER_OFF ? "Off" : "On");
	if (r->login == REDFISH_SESSION)
		buffer_append_str(out, "DELETE the session\n");
}

static void redfish_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct redfish_power *r = state;
	struct config_node system = config_map_find(keys, "system");
	claims_add(out, config_is_set(system) ? system : config_map_find(keys, "url"), NULL,
		   "power of %s%s", r->url, r->system);
}

static void redfish_free(void *state)
{
	struct redfish_power *r = state;
	free(r->url);
	free(r->ca_file);
	keys_forget_secret(&r->password);
	keys_forget_secret(&r->token);
	free(r->session);
	free(r);
}

const struct power_driver power_redfish = {
    .name = "redfish",
    .help = "url: URL           https://HOST of the management controller (required)\n"
	    "system: PATH       the ComputerSystem (/redfish/v1/Systems/1)\n"
	    "user: NAME, password-file: FILE | password-env: VARIABLE\n"
	    "login: session | basic   (session)\n"
	    "insecure: true     the password may go over plain http to another host\n"
	    "ca: FILE           its certificate or its maker's, else the system's are trusted\n"
	    "on, off, reset: ResetType   (On, ForceOff, ForceRestart)\n" SWITCHING_HELP,
    .config = redfish_config,
    .on = redfish_on,
    .off = redfish_off,
    .reset = redfish_reset,
    .settle = redfish_settle,
    .describe = redfish_describe,
    .claim = redfish_claim,
    .free = redfish_free,
};
