// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/redfish_sequence.h"

#include <jansson.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "text/utf8.h"
#include "board/power/switching.h"

#define SESSIONS       "/redfish/v1/SessionService/Sessions"
#define SYSTEMS        "/redfish/v1/Systems"
#define DEFAULT_SYSTEM SYSTEMS "/1"
#define POLL_NS        (500 * NS_PER_MS)
#define PAUSE_NS       NS_PER_S
#define HOPS           5
#define LOGINS         4 // sessions that it may forget
#define MESSAGE_MAX    200

// Status codes (RFC 9110).
#define UNAUTHORIZED    401
#define NOT_FOUND       404
#define NOT_ALLOWED     405
#define CONFLICT        409
#define TOO_MANY        429
#define NOT_IMPLEMENTED 501

// ---- text ---------------------------------------------------------------------------------------

static const json_t *first_info(const json_t *info)
{
	return json_is_array(info) ? json_array_get(info, 0) : info;
}

static const char *message_of(const json_t *o)
{
	const json_t *error = json_object_get(o, "error");
	if (!error)
		error = o;
	const json_t *info = first_info(json_object_get(error, "@Message.ExtendedInfo"));
	const char *text = json_string_value(json_object_get(info, "Message"));
	if (!text || !*text)
		text = json_string_value(json_object_get(info, "MessageId"));
	if (!text || !*text)
		text = json_string_value(json_object_get(error, "message"));
	return text && *text ? text : NULL;
}

void redfish_message(const char *body, size_t len, struct buffer *out)
{
	json_t *o = json_loadb(body, len, 0, NULL);
	const char *text = o ? message_of(o) : NULL;
	CLEANUP_BUFFER struct buffer line = {0};
	size_t size = text ? strlen(text) : len;
	bool blank = false;
	for (size_t i = 0; i < size; i++) {
		char c = (text ? text : body)[i];
		bool space = strchr(" \t\r\n", c) != NULL; // NUL among them
		if (space)
			blank = line.len > 0;
		else
			buffer_printf(&line, "%s%c", blank ? " " : "", c);
		blank = space && blank;
	}
	utf8_clean(buffer_str(&line), line.len, MESSAGE_MAX, out);
	json_decref(o);
}

// "http://HOST:PORT/path" taken apart.
struct url_parts {
	bool https;
	const char *host;
	size_t host_len;
	const char *port; // "" = the scheme's own
	size_t port_len;
	const char *path; // may be ""
};

static bool take_apart(const char *url, struct url_parts *p)
{
	p->https = strncasecmp(url, "https://", 8) == 0;
	if (!p->https && strncasecmp(url, "http://", 7) != 0)
		return false;
	p->host = strstr(url, "://") + 3;
	size_t len = strcspn(p->host, "/?#");
	if (memchr(p->host, '@', len))
		return false;
	p->path = p->host + len;
	const char *bracket = memchr(p->host, ']', len);
	const char *from = bracket ? bracket : p->host;
	const char *colon = memchr(from, ':', len - (size_t)(from - p->host));
	p->host_len = colon ? (size_t)(colon - p->host) : len;
	p->port = colon ? colon + 1 : "";
	p->port_len = colon ? len - p->host_len - 1 : 0;
	const char *own = p->https ? "443" : "80";
	if (p->port_len == strlen(own) && memcmp(p->port, own, p->port_len) == 0)
		p->port_len = 0;
	return p->host_len > 0;
}

static bool same_server(const struct url_parts *a, const struct url_parts *b)
{
	if (a->host_len != b->host_len || strncasecmp(a->host, b->host, a->host_len) != 0)
		return false;
	if (a->https && !b->https)
		return false; // what was said in secret stays so
	return a->port_len == b->port_len && memcmp(a->port, b->port, a->port_len) == 0;
}

// The base's own path (a proxy's) stays part of the base.
static size_t shared_path(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(path, prefix, len) == 0 && path[len] == '/' ? len : 0;
}

bool redfish_resolve(const char *base, const char *location, char **to_base, char **to_path)
{
	struct url_parts from, to;
	if (!take_apart(base, &from))
		return false;
	if (location[0] == '/' && location[1] != '/') {
		*to_base = memory_strdup(base);
		*to_path = memory_strdup(location + shared_path(location, from.path));
		return true;
	}
	if (!take_apart(location, &to) || !same_server(&from, &to))
		return false;
	const char *path = to.path + shared_path(to.path, from.path);
	*to_base = memory_strndup(location, (size_t)(path - location));
	*to_path = memory_strdup(*path ? path : "/");
	return true;
}

// ---- beginning and end --------------------------------------------------------------------------

static void replace(char **text, char *by)
{
	free(*text);
	*text = by;
}

void redfish_init(struct redfish *r, const struct redfish_setup *setup, enum power_action action,
		  int64_t now_ns)
{
	*r = (struct redfish){.setup = *setup, .action = action, .begin_ns = now_ns};
	r->base = memory_strdup(setup->url);
	r->system = memory_strdup(setup->system ? setup->system : DEFAULT_SYSTEM);
	r->basic = setup->basic;
	r->phase = r->basic ? REDFISH_READ : REDFISH_LOGIN;
	r->deadline_ns = now_ns + setup->confirm_ns;
	r->wake_ns = now_ns;
}

void redfish_deinit(struct redfish *r)
{
	if (!r)
		return;
	replace(&r->base, NULL);
	replace(&r->system, NULL);
	replace(&r->target, NULL);
	replace(&r->token, NULL);
	replace(&r->session, NULL);
	replace(&r->path, NULL);
	replace(&r->request.url, NULL);
	replace(&r->request.body, NULL);
	replace(&r->request.token, NULL);
	buffer_deinit(&r->why);
	buffer_deinit(&r->allowed);
	buffer_deinit(&r->refusal);
}

static void go(struct redfish *r, enum redfish_phase phase, int64_t at_ns)
{
	r->phase = phase;
	r->wake_ns = at_ns;
	r->hops = 0;
	replace(&r->path, NULL);
}

// The verdict is there; a session is still to be closed: controllers have few.
static void end(struct redfish *r, bool failed, int64_t now_ns)
{
	r->failed = failed;
	r->over = !r->session;
	if (!failed)
		buffer_truncate(&r->why, 0);
	go(r, REDFISH_LOGOUT, now_ns);
}

static void fail(struct redfish *r, int64_t now_ns, const char *fmt, ...) ERROR_PRINTF(3, 4);
static void fail(struct redfish *r, int64_t now_ns, const char *fmt, ...)
{
	char text[512];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	CLEANUP_BUFFER struct buffer last = r->why;
	r->why = (struct buffer){0};
	buffer_append_str(&r->why, text);
	if (last.len)
		buffer_printf(&r->why, ": %s", buffer_str(&last));
	if (r->refusal.len)
		buffer_printf(&r->why, "; it refused \"%s\": %s", power_action_name(r->action),
			      buffer_str(&r->refusal));
	end(r, true, now_ns);
}

// ---- requests -----------------------------------------------------------------------------------

static const char *const choices[3][4] = {
    [POWER_ON] = {"On", "ForceOn", "PushPowerButton", NULL},
    [POWER_OFF] = {"ForceOff", "GracefulShutdown", NULL},
    [POWER_RESET] = {"ForceRestart", "PowerCycle", "GracefulRestart", NULL},
};

const char *redfish_reset_type(enum power_action action)
{
	return choices[action][0];
}

static bool is_allowed(const struct redfish *r, const char *type)
{
	CLEANUP_FREE char *word = memory_printf(" %s ", type);
	return !r->allowed.len || strstr(r->allowed.data, word);
}

// A system that is off is reset by switching it on.
static const char *reset_type(const struct redfish *r)
{
	enum power_action action = r->action;
	if (action == POWER_RESET && r->reads && r->state && strcmp(r->state, "Off") == 0)
		action = POWER_ON;
	if (r->setup.types[action])
		return r->setup.types[action];
	for (size_t i = 0; choices[action][i]; i++)
		if (is_allowed(r, choices[action][i]))
			return choices[action][i];
	return choices[action][0];
}

static char *login_body(const struct redfish *r)
{
	json_t *o = json_pack("{s:s, s:s}", "UserName", r->setup.user, "Password",
			      r->setup.password ? r->setup.password : "");
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	char *body = memory_strdup(text ? text : "");
	free(text);
	return body;
}

static void prepare(struct redfish *r)
{
	struct redfish_request *q = &r->request;
	const char *path = r->system;
	char *own = NULL;
	q->method = r->phase == REDFISH_LOGOUT                             ? "DELETE"
		    : r->phase == REDFISH_LOGIN || r->phase == REDFISH_ACT ? "POST"
									   : "GET";
	replace(&q->body, NULL);
	if (r->phase == REDFISH_LOGIN) {
		path = SESSIONS;
		replace(&q->body, login_body(r));
	} else if (r->phase == REDFISH_FIND) {
		path = SYSTEMS;
	} else if (r->phase == REDFISH_ACT) {
		path = own = r->target
				 ? memory_strdup(r->target)
				 : memory_printf("%s/Actions/ComputerSystem.Reset", r->system);
		replace(&q->body, memory_printf("{\"ResetType\":\"%s\"}", reset_type(r)));
	} else if (r->phase == REDFISH_LOGOUT) {
		path = r->session;
	}
	replace(&q->url, memory_printf("%s%s", r->base, r->path ? r->path : path));
	replace(&q->token, r->token ? memory_printf("X-Auth-Token: %s", r->token) : NULL);
	q->basic = r->basic;
	free(own);
}

enum redfish_step redfish_next(struct redfish *r, int64_t now_ns)
{
	if (r->over)
		return r->failed ? REDFISH_FAILED : REDFISH_DONE;
	if (now_ns < r->wake_ns)
		return REDFISH_PAUSE;
	prepare(r);
	return REDFISH_REQUEST;
}

// ---- answers ------------------------------------------------------------------------------------

static void say_why(struct redfish *r, const struct redfish_answer *a, struct buffer *out)
{
	buffer_truncate(out, 0);
	if (!a->status) { // names the request itself
		buffer_append_str(out, a->trouble ? a->trouble : "no answer");
		return;
	}
	buffer_printf(out, "%s %s: HTTP status %ld", r->request.method, r->request.url, a->status);
	CLEANUP_BUFFER struct buffer text = {0};
	redfish_message(a->body, a->body_len, &text);
	if (text.len)
		buffer_printf(out, ": %s", buffer_str(&text));
}

// When a question is to be put again, by what the controller asks for.
static int64_t later(const struct redfish *r, const struct redfish_answer *a, int64_t pause_ns,
		     int64_t now_ns)
{
	int64_t wait = pause_ns;
	if (a && a->retry_after_s > 0) // not NaN
		wait = a->retry_after_s < 3600 ? (int64_t)(a->retry_after_s * (double)NS_PER_S)
					       : 3600 * NS_PER_S;
	int64_t at = now_ns + wait;
	return at < r->deadline_ns ? at : r->deadline_ns > now_ns ? r->deadline_ns : now_ns;
}

static bool is_temporary(long status)
{
	return !status || status == CONFLICT || status == TOO_MANY || status == 408 ||
	       (status >= 500 && status != NOT_IMPLEMENTED);
}

// ---- logging in ---------------------------------------------------------------------------------

static void forget_session(struct redfish *r)
{
	replace(&r->token, NULL);
	replace(&r->session, NULL);
}

static void keep_session(struct redfish *r, const struct redfish_answer *a)
{
	replace(&r->token, memory_strdup(a->token));
	json_t *o = json_loadb(a->body ? a->body : "", a->body_len, 0, NULL);
	const char *path =
	    a->location ? a->location : json_string_value(json_object_get(o, "@odata.id"));
	char *base = NULL, *session = NULL;
	if (path && redfish_resolve(r->base, path, &base, &session))
		replace(&r->session, session);
	free(base);
	json_decref(o);
}

static void take_login(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	bool none =
	    a->status == NOT_FOUND || a->status == NOT_ALLOWED || a->status == NOT_IMPLEMENTED;
	if (a->status >= 200 && a->status < 300) {
		if (!a->token) {
			fail(r, now_ns, "logging in: the new session has no X-Auth-Token");
			return;
		}
		keep_session(r, a);
		go(r, REDFISH_READ, now_ns);
	} else if (none && !r->setup.session) {
		r->basic = true;
		go(r, REDFISH_READ, now_ns);
	} else {
		say_why(r, a, &r->why);
		// A refused password is not tried again: controllers lock such users out.
		if (!is_temporary(a->status) || now_ns >= r->deadline_ns)
			fail(r, now_ns, "logging in");
		else
			go(r, REDFISH_LOGIN, later(r, a, PAUSE_NS, now_ns));
	}
}

// ---- the system ---------------------------------------------------------------------------------

static void take_target(struct redfish *r, const json_t *system)
{
	const json_t *reset =
	    json_object_get(json_object_get(system, "Actions"), "#ComputerSystem.Reset");
	const char *target = json_string_value(json_object_get(reset, "target"));
	char *base = NULL, *path = NULL;
	if (target && redfish_resolve(r->base, target, &base, &path))
		replace(&r->target, path);
	free(base);
	const json_t *types = json_object_get(reset, "ResetType@Redfish.AllowableValues");
	buffer_truncate(&r->allowed, 0);
	for (size_t i = 0; i < json_array_size(types); i++) {
		const char *type = json_string_value(json_array_get(types, i));
		if (type)
			buffer_printf(&r->allowed, "%s%s ", i ? "" : " ", type);
	}
}

// One of the schema's words; another one is no state.
static const char *find_state(const char *word)
{
	static const char *const known[] = {"On", "Off", "PoweringOn", "PoweringOff", "Paused"};
	for (size_t i = 0; word && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], word) == 0)
			return known[i];
	return NULL;
}

static bool is_right(const struct redfish *r)
{
	const char *wanted = r->action == POWER_OFF ? "Off" : "On";
	return r->reads && strcmp(r->state, wanted) == 0 &&
	       (r->action != POWER_RESET || r->accepted);
}

static void fail_state(struct redfish *r, int64_t now_ns)
{
	if (r->reads)
		fail(r, now_ns, "the power switch says %s after \"%s\"",
		     strcmp(r->state, "On") == 0    ? "on"
		     : strcmp(r->state, "Off") == 0 ? "off"
						    : r->state,
		     power_action_name(r->action));
	else
		fail(r, now_ns, "its state cannot be read");
}

// Whether a reset is to be sent (again). "Off" needs no state to be known; "on" waits a while for
// one, for a system that is on already must not be pressed.
static bool is_to_act(const struct redfish *r, int64_t now_ns)
{
	if (r->setup.ask || now_ns < r->resend_ns)
		return false;
	if (!r->reads && r->action != POWER_OFF)
		return !r->accepted && now_ns >= r->begin_ns + r->setup.confirm_ns / 4;
	if (!r->reads)
		return !r->accepted;
	return r->accepts < (unsigned)r->setup.tries;
}

// What follows from a state, or from its absence.
static void consider(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	if (r->setup.ask ? r->reads : is_right(r))
		end(r, false, now_ns);
	else if (r->refused >= (unsigned)r->setup.tries || now_ns >= r->deadline_ns)
		fail_state(r, now_ns);
	else if (is_to_act(r, now_ns))
		go(r, REDFISH_ACT, now_ns);
	else
		go(r, REDFISH_READ, later(r, r->reads ? NULL : a, POLL_NS, now_ns));
}

static void take_system(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	r->reads = false;
	if (a->status < 200 || a->status >= 300) {
		say_why(r, a, &r->why);
		if (a->status == NOT_FOUND && !r->setup.system && !r->accepted &&
		    strcmp(r->system, DEFAULT_SYSTEM) == 0)
			go(r, REDFISH_FIND, now_ns);
		else
			consider(r, a, now_ns);
		return;
	}
	json_t *o = json_loadb(a->body ? a->body : "", a->body_len, 0, NULL);
	const json_t *state = json_object_get(o, "PowerState");
	r->state = find_state(json_string_value(state));
	r->reads = r->state != NULL;
	buffer_truncate(&r->why, 0);
	if (!r->reads)
		buffer_printf(&r->why, "%s has %s", r->request.url,
			      !o                    ? "no JSON"
			      : json_is_null(state) ? "a PowerState of null"
			      : state               ? "a PowerState that is none"
						    : "no PowerState");
	take_target(r, o);
	json_decref(o);
	consider(r, a, now_ns);
}

// The only system of a controller whose file names none.
static void take_systems(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	json_t *o = json_loadb(a->body ? a->body : "", a->body_len, 0, NULL);
	const json_t *members = json_object_get(o, "Members");
	const char *path =
	    json_string_value(json_object_get(json_array_get(members, 0), "@odata.id"));
	char *base = NULL, *system = NULL;
	if (a->status == 200 && json_array_size(members) > 1) {
		fail(r, now_ns, "it has %zu systems, expected `system: PATH` in the board's file",
		     json_array_size(members));
	} else if (a->status == 200 && path && redfish_resolve(r->base, path, &base, &system)) {
		replace(&r->system, system);
		go(r, REDFISH_READ, now_ns);
	} else {
		consider(r, a, now_ns);
	}
	free(base);
	json_decref(o);
}

// ---- acting -------------------------------------------------------------------------------------

// "Already off" in the words of iDRAC, iLO, Supermicro and others: no failure, while the state lags.
static bool is_needless(const struct redfish_answer *a)
{
	static const char *const words[] = {"already",        "InvalidOperationForSystemState",
					    "PSU501",         "NoOperation",
					    "not powered on", "not powered off"};
	CLEANUP_FREE char *text = memory_strndup(a->body ? a->body : "", a->body_len);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasestr(text, words[i]))
			return true;
	return false;
}

static void accept(struct redfish *r, int64_t now_ns)
{
	if (!r->accepted)
		r->deadline_ns = now_ns + r->setup.confirm_ns; // from here on it takes its time
	r->accepted = true;
	r->accepts++;
	r->resend_ns = now_ns + r->setup.confirm_ns / 2;
}

static void add_allowed(struct redfish *r)
{
	if (r->allowed.len && !is_allowed(r, reset_type(r)))
		buffer_printf(&r->refusal, " (%s is none of those that it allows:%.*s)",
			      reset_type(r), (int)r->allowed.len - 1, r->allowed.data);
}

static void take_reset(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	if (a->status >= 200 && a->status < 300) {
		buffer_truncate(&r->refusal, 0);
		accept(r, now_ns);
		go(r, REDFISH_READ, now_ns);
		return;
	}
	say_why(r, a, &r->refusal);
	int64_t again = later(r, a, PAUSE_NS, now_ns);
	if (a->status >= 400 && a->status < 500 && is_needless(a)) {
		accept(r, now_ns);
		go(r, REDFISH_READ, now_ns);
	} else if (is_temporary(a->status)) {
		r->resend_ns = again;
		go(r, REDFISH_READ, again);
	} else {
		add_allowed(r);
		r->refused++;
		r->resend_ns = again;
		go(r, REDFISH_READ, again); // refused, and yet it may be so
	}
}

// ---- every answer -------------------------------------------------------------------------------

static bool is_redirect(long status)
{
	return status == 301 || status == 302 || status == 307 || status == 308;
}

static void follow(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	char *base = NULL, *path = NULL;
	buffer_truncate(&r->why, 0);
	if (++r->hops > HOPS) {
		fail(r, now_ns, "%s: it redirects %d times and more", r->request.url, HOPS);
	} else if (!a->location || !redfish_resolve(r->base, a->location, &base, &path)) {
		fail(r, now_ns,
		     "%s: HTTP status %ld redirects to %.120s, which is not the server of "
		     "the board's file",
		     r->request.url, a->status, a->location ? a->location : "nowhere");
	} else {
		replace(&r->base, base);
		replace(&r->path, path);
		r->wake_ns = now_ns;
	}
}

void redfish_take(struct redfish *r, const struct redfish_answer *a, int64_t now_ns)
{
	if (r->phase == REDFISH_LOGOUT) {
		r->over = true;
		return;
	}
	if (is_redirect(a->status)) {
		follow(r, a, now_ns);
		return;
	}
	if (a->status == UNAUTHORIZED && r->phase != REDFISH_LOGIN) {
		say_why(r, a, &r->why);
		forget_session(r); // one that restarted knows no sessions of before
		if (r->basic || ++r->logins >= LOGINS)
			fail(r, now_ns, "it refuses the user");
		else
			go(r, REDFISH_LOGIN, now_ns);
		return;
	}
	switch (r->phase) {
	case REDFISH_LOGIN:
		take_login(r, a, now_ns);
		break;
	case REDFISH_READ:
		take_system(r, a, now_ns);
		break;
	case REDFISH_FIND:
		take_systems(r, a, now_ns);
		break;
	case REDFISH_ACT:
		take_reset(r, a, now_ns);
		break;
	case REDFISH_LOGOUT:
		break;
	}
}
