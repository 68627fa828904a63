// SPDX-License-Identifier: GPL-2.0-or-later
// Power of a server by its management controller: DMTF Redfish (DSP0266), action
// ComputerSystem.Reset, with a session (X-Auth-Token) or basic authentication.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/claims.h"
#include "board/power/redfish_sequence.h"
#include "board/power/switching.h"

#define DEFAULT_SYSTEM "/redfish/v1/Systems/1"

enum redfish_login { REDFISH_SESSION, REDFISH_BASIC, REDFISH_ANY };

struct redfish_power {
	struct switching switching;
	char *url;          // owned
	const char *system; // path of the ComputerSystem; NULL: the only one
	const char *user;
	enum redfish_login login;
	const char *reset_types[3]; // by enum power_action; NULL: what the system allows
	char *ca_file;
	bool insecure;
	struct secret secret;
	char *password; // owned; NULL = not read yet
};

static const char *const logins[] = {"session", "basic", "any", NULL};

static const struct key redfish_keys[] = {
    {"url", KEY_SERVER(struct redfish_power, url), .required = true,
     .help = "https://HOST of the management controller"},
    {"system", KEY_URL_PATH(struct redfish_power, system),
     .help = "the ComputerSystem (" DEFAULT_SYSTEM ", or the only one)"},
    {"user", KEY_TEXT(struct redfish_power, user), .required = true, .value = "NAME"},
    {"password", KEY_SECRET(struct redfish_power, secret), .required = true},
    {"login", KEY_WORD(struct redfish_power, login, logins), .preset = "any",
     .help = "any: a session, or basic where a service has none"},
    {"insecure", KEY_BOOL(struct redfish_power, insecure), .preset = "false",
     .help = "the password may go over plain http to another host"},
    {"ca", KEY_FILE(struct redfish_power, ca_file),
     .help = "its certificate or its maker's, else the system's are trusted"},
    {"on", KEY_TEXT(struct redfish_power, reset_types[POWER_ON]), .value = "RESET-TYPE",
     .help = "(On, or what it allows)"},
    {"off", KEY_TEXT(struct redfish_power, reset_types[POWER_OFF]), .value = "RESET-TYPE",
     .help = "(ForceOff, or what it allows)"},
    {"reset", KEY_TEXT(struct redfish_power, reset_types[POWER_RESET]), .value = "RESET-TYPE",
     .help = "(ForceRestart, or what it allows)"},
    SWITCHING_KEYS(struct redfish_power, switching, "60", "10"), // power supplies take their time
    {0},
};

// One word of the schema's (On, ForceOff, GracefulShutdown, ...); it goes into JSON as it is.
static struct error *check_reset_type(const struct config_map *keys, const char *key,
				      const char *type)
{
	for (const char *c = type; c && *c; c++)
		if (!isalpha((unsigned char)*c))
			return config_error(config_map_find(keys, key),
					    "%s: \"%s\", expected a ResetType such as ForceOff",
					    key, type);
	return NULL;
}

static struct error *redfish_check(void *state, const struct config_map *keys)
{
	const struct redfish_power *r = state;
	TRY(check_reset_type(keys, "on", r->reset_types[POWER_ON]));
	TRY(check_reset_type(keys, "off", r->reset_types[POWER_OFF]));
	TRY(check_reset_type(keys, "reset", r->reset_types[POWER_RESET]));
	return secret_check_exposure(keys, r->url, true, r->insecure);
}

// ---- acting -------------------------------------------------------------------------------------

static double retry_after(const struct http_response *answer)
{
	CLEANUP_FREE char *value = http_header(answer, "Retry-After");
	char *end = value;
	double seconds = value ? strtod(value, &end) : NAN;
	return end == value || *end ? NAN : seconds; // a date is not waited for
}

// One request; that no answer came is an answer, too. An error is one that no other try mends.
static struct error *ask(const struct redfish_power *r, struct board_place *place,
			 struct redfish *sequence)
{
	const struct redfish_request *q = &sequence->request;
	const char *headers[5] = {"Accept: application/json", "OData-Version: 4.0"};
	size_t count = 2;
	if (q->token)
		headers[count++] = q->token;
	if (q->body)
		headers[count++] = "Content-Type: application/json";
	const char *const secrets[] = {r->password, NULL}; // logging in, it stands in the body
	const struct http_request request = {
	    .method = q->method,
	    .url = q->url,
	    .user = q->basic ? r->user : NULL,
	    .password = q->basic ? r->password : NULL,
	    .headers = headers,
	    .body = q->body,
	    .body_len = q->body ? strlen(q->body) : 0,
	    .secrets = secrets,
	    .insecure = r->insecure,
	    .ca_file = r->ca_file,
	    .timeout_s = r->switching.timeout,
	};
	CLEANUP_HTTP_RESPONSE struct http_response response = {0};
	struct wait w = switching_wait(place);
	struct error *e = http_perform(&request, &w, &response);
	if (board_wait_stopped(e) || (e && error_kind(e) == ERROR_CONFIG))
		return e;
	CLEANUP_ERROR struct error *trouble = e;
	CLEANUP_FREE char *location = http_header(&response, "Location");
	CLEANUP_FREE char *token = http_header(&response, "X-Auth-Token");
	const struct redfish_answer answer = {
	    .status = trouble ? 0 : response.status,
	    .trouble = trouble ? error_text(trouble) : NULL,
	    .body = buffer_str(&response.body),
	    .body_len = response.body.len,
	    .location = location,
	    .token = token,
	    .retry_after_s = retry_after(&response),
	};
	redfish_take(sequence, &answer, clock_monotonic_ns());
	return NULL;
}

static struct error *carry_out(const struct redfish_power *r, struct board_place *place,
			       struct redfish *sequence)
{
	// A wish to stop that comes while a board is being switched off does not keep it on.
	bool spare = sequence->action == POWER_OFF;
	for (;;) {
		enum redfish_step step = redfish_next(sequence, clock_monotonic_ns());
		struct error *e = NULL;
		bool ready;
		if (step == REDFISH_DONE)
			return NULL;
		if (step == REDFISH_FAILED)
			return error_new(ERROR_LAB, "%s", buffer_str(&sequence->why));
		if (step == REDFISH_PAUSE)
			e = place->wait->wait(place->wait->arg, -1, 0, sequence->wake_ns, &ready);
		else
			e = ask(r, place, sequence);
		if (!e)
			continue;
		if (!board_wait_stopped(e) || !spare)
			return e;
		error_free(e);
		spare = false;
	}
}

// `ask`: only for its state, which goes to `is`.
static struct error *play(struct redfish_power *r, struct board_place *place,
			  enum power_action action, bool ask, enum power_state *is)
{
	if (!r->password)
		TRY(secret_read(&r->secret, &r->password));
	const struct redfish_setup setup = {
	    .url = r->url,
	    .system = r->system,
	    .user = r->user,
	    .password = r->password,
	    .session = r->login == REDFISH_SESSION,
	    .basic = r->login == REDFISH_BASIC,
	    .ask = ask,
	    .types = {r->reset_types[0], r->reset_types[1], r->reset_types[2]},
	    .confirm_ns = (int64_t)(r->switching.confirm * (double)NS_PER_S),
	    .tries = r->switching.tries,
	};
	CLEANUP_REDFISH struct redfish sequence;
	redfish_init(&sequence, &setup, action, clock_monotonic_ns());
	TRY(carry_out(r, place, &sequence));
	const char *state = sequence.state ? sequence.state : "";
	*is = strcmp(state, "On") == 0    ? POWER_STATE_ON
	      : strcmp(state, "Off") == 0 ? POWER_STATE_OFF
					  : POWER_STATE_CHANGING;
	return NULL;
}

static struct error *redfish_do(void *state, struct board_place *place, enum power_action action)
{
	enum power_state ignored;
	return error_wrap(play(state, place, action, false, &ignored), "board %s: power %s",
			  place->board, power_action_name(action));
}

static struct error *redfish_probe(void *state, struct board_place *place, enum power_state *is)
{
	return play(state, place, POWER_ON, true, is);
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
	if (r->login != REDFISH_BASIC)
		buffer_printf(out,
			      "POST %s/redfish/v1/SessionService/Sessions "
			      "{\"UserName\":\"%s\",\"Password\":\"***\"}\n",
			      r->url, r->user);
	const char *system = r->system ? r->system : DEFAULT_SYSTEM;
	const char *type = r->reset_types[action];
	buffer_printf(out, "POST %s%s/Actions/ComputerSystem.Reset {\"ResetType\":\"%s\"}\n",
		      r->url, system, type ? type : redfish_reset_type(action));
	buffer_printf(out, "GET %s%s until PowerState is %s\n", r->url, system,
		      action == POWER_OFF ? "Off" : "On");
	if (r->login != REDFISH_BASIC)
		buffer_append_str(out, "DELETE the session\n");
}

static void redfish_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct redfish_power *r = state;
	struct config_node system = config_map_find(keys, "system");
	CLEANUP_FREE char *url =
	    memory_printf("%s%s", r->url, r->system ? r->system : DEFAULT_SYSTEM);
	CLEANUP_FREE char *normal = claims_url(url);
	claims_add(out, config_is_set(system) ? system : config_map_find(keys, "url"), NULL,
		   "power of %s", normal);
}

static void redfish_release(void *state)
{
	secret_free(((struct redfish_power *)state)->password);
}

const struct power_driver power_redfish = {
    .driver = {.name = "redfish",
	       .help = "a management controller that speaks Redfish",
	       .keys = redfish_keys,
	       .size = sizeof(struct redfish_power),
	       .check = redfish_check,
	       .release = redfish_release},
    .on = redfish_on,
    .off = redfish_off,
    .reset = redfish_reset,
    .probe = redfish_probe,
    .settle = redfish_settle,
    .describe = redfish_describe,
    .claim = redfish_claim,
};
