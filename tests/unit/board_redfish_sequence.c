// SPDX-License-Identifier: GPL-2.0-or-later
// Controllers as public reports have them, replayed against a simulated clock.
#include "unit/unit.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "board/power/redfish_sequence.h"

#define BASE   "https://bmc.lab"
#define SYSTEM "/redfish/v1/Systems/1"
#define RESET  SYSTEM "/Actions/ComputerSystem.Reset"

enum down { DOWN_503, DOWN_NULL, DOWN_EMPTY, DOWN_SILENT, DOWN_MISSING };

struct bmc {
	bool on;
	bool told_on;          // what it tells, `lag` behind
	int64_t told_at;       // when it will tell what is so
	int64_t lag;           // ns
	int64_t up_at;         // before that it is down
	enum down down;        // how
	double retry_after;    // what a 503 asks for, 0 = nothing
	const char *system;    // where it is
	const char *target;    // of the reset, NULL = not told
	const char *allowed;   // JSON list, NULL = not told
	long refuses;          // status of a refusal, 0 = none ...
	const char *refusal;   // ... and its body
	bool refuses_when_so;  // it refuses what is so already, or under way
	bool deaf_once;        // the first reset is accepted and lost
	bool forgets;          // the session, once
	bool no_sessions;      // it has no such service
	const char *redirects; // where the system is sent, NULL = nowhere
	long redirect;         // by which status
	char log[64][160];     // requests
	int64_t at[64];        // when they came
	size_t count;
	char type[32]; // of the last reset
	bool open;     // a session
};

static struct redfish_answer say(long status, const char *body)
{
	return (struct redfish_answer){
	    .status = status, .body = body, .body_len = strlen(body), .retry_after_s = NAN};
}

static void power(struct bmc *b, bool on, int64_t now)
{
	b->told_on = b->told_at && now < b->told_at ? b->told_on : b->on;
	b->on = on;
	b->told_at = now + b->lag;
}

static bool tells_on(const struct bmc *b, int64_t now)
{
	return now < b->told_at ? b->told_on : b->on;
}

static struct redfish_answer answer_down(const struct bmc *b)
{
	struct redfish_answer a = {
	    .status = 0, .trouble = "connection refused", .body = "", .retry_after_s = NAN};
	if (b->down == DOWN_503) {
		a = say(503, "{\"error\":{\"message\":\"starting\"}}");
		a.retry_after_s = b->retry_after > 0 ? b->retry_after : NAN;
	} else if (b->down != DOWN_SILENT) {
		a = say(200, b->down == DOWN_NULL    ? "{\"PowerState\": null}"
			     : b->down == DOWN_EMPTY ? ""
						     : "{\"Id\": \"1\"}");
	}
	return a;
}

static struct redfish_answer answer_reset(struct bmc *b, const char *body, int64_t now)
{
	sscanf(body, "{\"ResetType\":\"%31[A-Za-z]", b->type);
	bool on = strcmp(b->type, "On") == 0 || strcmp(b->type, "ForceRestart") == 0;
	if (b->refuses && (!b->refuses_when_so || on == b->on))
		return say(b->refuses, b->refusal);
	if (!b->deaf_once)
		power(b, on, now);
	b->deaf_once = false;
	return say(204, "");
}

static struct redfish_answer answer_system(struct bmc *b, int64_t now)
{
	static char body[600];
	struct buffer text = {0};
	buffer_printf(&text, "{\"PowerState\":\"%s\"", tells_on(b, now) ? "On" : "Off");
	if (b->target || b->allowed)
		buffer_printf(&text, ",\"Actions\":{\"#ComputerSystem.Reset\":{\"target\":\"%s\"",
			      b->target ? b->target : RESET);
	if (b->allowed)
		buffer_printf(&text, ",\"ResetType@Redfish.AllowableValues\":%s", b->allowed);
	buffer_append_str(&text, b->target || b->allowed ? "}}}" : "}");
	snprintf(body, sizeof(body), "%s", buffer_str(&text));
	buffer_deinit(&text);
	return say(200, body);
}

static struct redfish_answer answer(struct bmc *b, const struct redfish_request *q, int64_t now)
{
	const char *path = q->url + strcspn(q->url + 8, "/") + 8;
	if (strcmp(path, "/redfish/v1/SessionService/Sessions") == 0 && !b->no_sessions) {
		if (now < b->up_at && (b->down == DOWN_503 || b->down == DOWN_SILENT))
			return answer_down(b);
		if (!strstr(q->body, "sesame"))
			return say(401, "{\"error\":{\"message\":\"who?\"}}");
		struct redfish_answer a = say(201, "{}");
		a.token = "t0ken";
		a.location = "/redfish/v1/SessionService/Sessions/7";
		b->open = true;
		return a;
	}
	if (strcmp(path, "/redfish/v1/SessionService/Sessions/7") == 0) {
		b->open = false;
		return say(204, "");
	}
	if (b->no_sessions ? !q->basic : !q->token)
		return b->no_sessions && strstr(path, "Session") ? say(404, "") : say(401, "who?");
	if (b->forgets) {
		b->forgets = false;
		return say(401, "no such session");
	}
	const char *system = b->system ? b->system : SYSTEM;
	const char *target = b->target && b->target[0] == '/' ? b->target : RESET;
	if (strcmp(q->method, "POST") == 0 && strcmp(path, target) == 0)
		return answer_reset(b, q->body, now);
	if (now < b->up_at)
		return answer_down(b);
	if (b->redirects && strcmp(path, SYSTEM) == 0) {
		struct redfish_answer a = say(b->redirect, "");
		a.location = b->redirects;
		return a;
	}
	if (strcmp(path, "/redfish/v1/Systems") == 0) {
		static char list[200];
		snprintf(list, sizeof(list), "{\"Members\":[{\"@odata.id\":\"%s\"}]}", system);
		return say(200, list);
	}
	if (strcmp(path, system) == 0 || (b->redirects && strstr(path, "elsewhere")))
		return answer_system(b, now);
	return say(404,
		   "{\"error\":{\"@Message.ExtendedInfo\":[{\"Message\":\"no such thing\"}]}}");
}

static const struct redfish_setup setup = {
    .url = BASE, .user = "admin", .password = "sesame", .confirm_ns = 60 * NS_PER_S, .tries = 3};

// Lets both talk until there is a verdict; NULL when it is a good one, else the reason, to be freed.
static char *switch_by(struct bmc *b, const struct redfish_setup *s, enum power_action action,
		       int64_t *now)
{
	struct redfish r;
	redfish_init(&r, s, action, *now);
	char *why = NULL;
	for (int steps = 0;; steps++) {
		assert_true(steps < 2000);
		enum redfish_step step = redfish_next(&r, *now);
		if (step == REDFISH_DONE || step == REDFISH_FAILED) {
			why = step == REDFISH_FAILED ? memory_strdup(buffer_str(&r.why)) : NULL;
			break;
		}
		if (step == REDFISH_PAUSE) {
			assert_true(r.wake_ns > *now);
			*now = r.wake_ns;
			continue;
		}
		if (b->count < 64) {
			b->at[b->count] = *now;
			snprintf(b->log[b->count++], sizeof(b->log[0]), "%s %s", r.request.method,
				 r.request.url);
		}
		const struct redfish_answer a = answer(b, &r.request, *now);
		redfish_take(&r, &a, *now);
		*now += 10 * NS_PER_MS; // a request takes its time
	}
	redfish_deinit(&r);
	assert_false(b->open); // controllers have few sessions
	return why;
}

static size_t requests(const struct bmc *b, const char *what)
{
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += strstr(b->log[i], what) != NULL;
	return n;
}

static void expect_done(struct bmc b, enum power_action action, double within_s)
{
	int64_t now = 0;
	char *why = switch_by(&b, &setup, action, &now);
	if (why)
		fail_msg("%s", why);
	assert_int_equal(b.on, action != POWER_OFF);
	assert_true((double)now <= within_s * (double)NS_PER_S);
}

static void expect_failure(struct bmc b, enum power_action action, const char *wanted,
			   double within_s)
{
	int64_t now = 0;
	char *why = switch_by(&b, &setup, action, &now);
	assert_non_null(why);
	if (!strstr(why, wanted))
		fail_msg("\"%s\" does not say \"%s\"", why, wanted);
	assert_true((double)now <= within_s * (double)NS_PER_S);
	free(why);
}

// ---- only asked ---------------------------------------------------------------------------------

static void its_state_is_asked_without_an_action(void **state)
{
	(void)state;
	struct redfish_setup ask = setup;
	ask.ask = true;
	int64_t now = 0;
	struct bmc on = {.on = true}, late = {.up_at = 2 * NS_PER_S, .down = DOWN_NULL},
		   never = {.up_at = INT64_MAX, .down = DOWN_NULL};
	assert_null(switch_by(&on, &ask, POWER_ON, &now));
	assert_int_equal(requests(&on, "GET"), 1);
	now = 0;
	assert_null(switch_by(&late, &ask, POWER_ON, &now)); // it is off, and that is an answer
	now = 0;
	CLEANUP_FREE char *why = switch_by(&never, &ask, POWER_ON, &now);
	assert_non_null(strstr(why, "its state cannot be read"));
	assert_int_equal(requests(&on, RESET) + requests(&late, RESET) + requests(&never, RESET),
			 0);
}

// ---- what is temporary --------------------------------------------------------------------------

static void a_controller_that_is_not_ready_is_asked_until_it_is(void **state)
{
	(void)state;
	for (enum down down = DOWN_503; down <= DOWN_MISSING; down++) {
		expect_done((struct bmc){.down = down, .up_at = 20 * NS_PER_S}, POWER_ON, 25);
		expect_done((struct bmc){.down = down, .up_at = 50 * NS_PER_S, .on = true},
			    POWER_OFF, 55);
	}
}

static void one_that_never_gets_ready_is_given_up_with_its_words(void **state)
{
	(void)state;
	int64_t never = 1000 * NS_PER_S;
	expect_failure((struct bmc){.down = DOWN_503, .up_at = never}, POWER_ON,
		       "HTTP status 503: starting", 65);
	expect_failure((struct bmc){.down = DOWN_SILENT, .up_at = never}, POWER_OFF,
		       "connection refused", 65);
	expect_failure((struct bmc){.down = DOWN_NULL, .up_at = never}, POWER_OFF,
		       "its state cannot be read: " BASE SYSTEM " has a PowerState of null", 65);
}

// What nobody can read may still be on.
static void off_is_said_when_the_state_cannot_be_read(void **state)
{
	(void)state;
	struct bmc b = {.on = true, .down = DOWN_NULL, .up_at = 1000 * NS_PER_S};
	int64_t now = 0;
	free(switch_by(&b, &setup, POWER_OFF, &now));
	assert_false(b.on);
	assert_string_equal(b.type, "ForceOff");
	assert_true(b.at[2] < NS_PER_S); // at once, and once
	assert_int_equal(requests(&b, "POST " BASE RESET), 1);
}

static void retry_after_is_kept(void **state)
{
	(void)state;
	struct bmc b = {.retry_after = 7, .up_at = 10 * NS_PER_S};
	int64_t now = 0;
	char *why = switch_by(&b, &setup, POWER_ON, &now);
	assert_null(why);
	assert_true(b.at[1] - b.at[0] >= 7 * NS_PER_S);
	assert_true(now < 20 * NS_PER_S);
}

static void a_reset_that_was_lost_is_sent_again(void **state)
{
	(void)state;
	expect_done((struct bmc){.on = true, .deaf_once = true}, POWER_OFF, 35);
}

static void a_session_that_was_forgotten_is_opened_anew(void **state)
{
	(void)state;
	expect_done((struct bmc){.forgets = true}, POWER_ON, 5);
}

// ---- refusals -----------------------------------------------------------------------------------

#define INFO(message)                                                       \
	"{\n  \"error\": {\n    \"code\": \"Base.1.8.GeneralError\",\n    " \
	"\"message\": \"A general error has occurred.\",\n    "             \
	"\"@Message.ExtendedInfo\": [\n      { \"Message\": \"" message "\" }\n    ]\n  }\n}"

static void what_is_so_already_is_no_failure_while_the_state_lags(void **state)
{
	(void)state;
	static const char *const bodies[] = {
	    INFO("Server is already powered OFF."),
	    "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":"
	    "\"iLO.2.14.InvalidOperationForSystemState\"}]}}",
	};
	for (size_t i = 0; i < 2; i++) {
		// It is off; that it was on is what it goes on telling for 20 s.
		struct bmc b = {.told_on = true,
				.told_at = 20 * NS_PER_S,
				.refuses = i ? 409 : 400,
				.refuses_when_so = true,
				.refusal = bodies[i]};
		expect_done(b, POWER_OFF, 25);
	}
}

static void a_refusal_is_told_by_its_own_message(void **state)
{
	(void)state;
	struct bmc b = {.refuses = 400, .refusal = INFO("The license does not permit it.")};
	expect_failure(b, POWER_ON,
		       "it refused \"on\": POST " BASE RESET
		       ": HTTP status 400: The license does not permit it.",
		       10);
	int64_t now = 0;
	free(switch_by(&b, &setup, POWER_ON, &now));
	assert_int_equal(requests(&b, "POST " BASE RESET), setup.tries);
}

static void a_refused_password_is_tried_once(void **state)
{
	(void)state;
	struct redfish_setup wrong = setup;
	wrong.password = "guess";
	struct bmc b = {0};
	int64_t now = 0;
	char *why = switch_by(&b, &wrong, POWER_OFF, &now);
	assert_non_null(strstr(why, "logging in: POST " BASE
				    "/redfish/v1/SessionService/Sessions: HTTP status 401: who?"));
	assert_int_equal(b.count, 1); // controllers lock such users out
	free(why);
}

static void expect_message(const char *body, const char *wanted)
{
	CLEANUP_BUFFER struct buffer text = {0};
	redfish_message(body, strlen(body), &text);
	assert_string_equal(buffer_str(&text), wanted);
}

static void messages_are_one_line_of_the_best_that_there_is(void **state)
{
	(void)state;
	expect_message(INFO("Two\\nlines  of it"), "Two lines of it");
	expect_message("{\"error\":{\"message\":\"plain\"}}", "plain");
	expect_message("{\"error\":{\"message\":\"x\",\"@Message.ExtendedInfo\":{\"Message\":\"an "
		       "object\"}}}",
		       "an object");
	expect_message("<html>\r\n  <b>Bad\tGateway</b>\r\n", "<html> <b>Bad Gateway</b>");
	expect_message("", "");
}

// ---- paths --------------------------------------------------------------------------------------

static void redirects_on_the_same_server_are_followed(void **state)
{
	(void)state;
	static const long statuses[] = {301, 307, 308};
	static const char *const places[] = {"/redfish/v1/elsewhere/", BASE "/elsewhere",
					     "https://BMC.lab:443/elsewhere"};
	for (size_t i = 0; i < 9; i++)
		expect_done((struct bmc){.redirects = places[i % 3], .redirect = statuses[i / 3]},
			    POWER_ON, 5);
}

static void no_password_goes_to_another_server(void **state)
{
	(void)state;
	static const char *const places[] = {"https://evil.lab/x",
					     "//evil.lab/x",
					     "http://bmc.lab/x",
					     "https://bmc.lab:8443/x",
					     "https://bmc.lab@evil.lab/x",
					     "https://bmc.lab.evil.lab/x",
					     "ftp://bmc.lab/x"};
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct bmc b = {.redirects = places[i], .redirect = 308};
		int64_t now = 0;
		char *why = switch_by(&b, &setup, POWER_ON, &now);
		assert_non_null(strstr(why, "which is not the server of the board's file"));
		for (size_t n = 0; n < b.count; n++)
			assert_non_null(strstr(b.log[n], BASE "/redfish/v1/S"));
		free(why);
	}
	char *base, *path; // from plain to secret is the same server
	assert_true(redfish_resolve("http://bmc.lab", "https://bmc.lab/redfish", &base, &path));
	assert_string_equal(base, "https://bmc.lab");
	assert_string_equal(path, "/redfish");
	free(base), free(path);
	assert_true(redfish_resolve("https://proxy/bmc7", "/bmc7/redfish/", &base, &path));
	assert_string_equal(base, "https://proxy/bmc7");
	assert_string_equal(path, "/redfish/");
	free(base), free(path);
}

static void the_system_s_own_target_and_types_are_used(void **state)
{
	(void)state;
	expect_done((struct bmc){.target = "/redfish/v1/odd/Reset/"}, POWER_ON, 5);
	struct bmc b = {.on = true, .allowed = "[\"On\",\"GracefulShutdown\",\"PowerCycle\"]"};
	int64_t now = 0;
	assert_null(switch_by(&b, &setup, POWER_OFF, &now));
	assert_string_equal(b.type, "GracefulShutdown");
	assert_null(switch_by(&b, &setup, POWER_RESET, &now)); // off: a reset switches it on
	assert_string_equal(b.type, "On");
	struct redfish_setup own =
	    setup; // the board's file knows better, and is told what there is
	own.types[POWER_OFF] = "PushPowerButton";
	b.refuses = 400;
	b.refusal = INFO("not in the list");
	char *why = switch_by(&b, &own, POWER_OFF, &now);
	assert_non_null(strstr(why, "PushPowerButton is none of those that it allows: On "
				    "GracefulShutdown PowerCycle"));
	free(why);
}

static void a_target_on_another_server_is_not_used(void **state)
{
	(void)state;
	expect_done((struct bmc){.target = "https://evil.lab/Reset"}, POWER_ON, 5);
}

static void the_only_system_is_found(void **state)
{
	(void)state;
	expect_done(
	    (struct bmc){.system = "/redfish/v1/Systems/System.Embedded.1", .target = RESET},
	    POWER_ON, 5);
}

static void a_service_without_sessions_gets_basic_authentication(void **state)
{
	(void)state;
	expect_done((struct bmc){.no_sessions = true}, POWER_ON, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(its_state_is_asked_without_an_action),
	    cmocka_unit_test(a_controller_that_is_not_ready_is_asked_until_it_is),
	    cmocka_unit_test(one_that_never_gets_ready_is_given_up_with_its_words),
	    cmocka_unit_test(off_is_said_when_the_state_cannot_be_read),
	    cmocka_unit_test(retry_after_is_kept),
	    cmocka_unit_test(a_reset_that_was_lost_is_sent_again),
	    cmocka_unit_test(a_session_that_was_forgotten_is_opened_anew),
	    cmocka_unit_test(what_is_so_already_is_no_failure_while_the_state_lags),
	    cmocka_unit_test(a_refusal_is_told_by_its_own_message),
	    cmocka_unit_test(a_refused_password_is_tried_once),
	    cmocka_unit_test(messages_are_one_line_of_the_best_that_there_is),
	    cmocka_unit_test(redirects_on_the_same_server_are_followed),
	    cmocka_unit_test(no_password_goes_to_another_server),
	    cmocka_unit_test(the_system_s_own_target_and_types_are_used),
	    cmocka_unit_test(a_target_on_another_server_is_not_used),
	    cmocka_unit_test(the_only_system_is_found),
	    cmocka_unit_test(a_service_without_sessions_gets_basic_authentication),
	};
	return cmocka_run_group_tests_name("board/power/redfish_sequence", tests, NULL, NULL);
}
