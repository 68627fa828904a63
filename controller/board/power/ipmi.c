// SPDX-License-Identifier: GPL-2.0-or-later
// Power of a server by its management controller: IPMI's chassis commands, by ipmitool.
#include <string.h>

#include "base/memory.h"
#include "board/claims.h"
#include "board/power/answer.h"
#include "board/power/switching.h"

#define WORDS_MAX 20

static const char *const interfaces[] = {"lanplus", "lan", NULL};

struct ipmi_power {
	struct switching switching;
	const char *tool;
	const char *host;
	int64_t port;
	unsigned interface; // index into `interfaces`
	const char *user;
	struct secret secret;
	int64_t cipher; // -1: ipmitool's own choice
	char port_text[8], cipher_text[8];
	char *password; // "IPMI_PASSWORD=...", owned; NULL = not read yet
};

static const struct key ipmi_keys[] = {
    {"host", KEY_TEXT(struct ipmi_power, host), .required = true, .value = "NAME",
     .help = "the management controller"},
    {"port", KEY_NUMBER(struct ipmi_power, port, 1, 65535), .preset = "623"},
    {"interface", KEY_WORD(struct ipmi_power, interface, interfaces), .preset = "lanplus",
     .help = "IPMI 2.0, or 1.5"},
    {"user", KEY_TEXT(struct ipmi_power, user), .required = true, .value = "NAME"},
    {"password", KEY_SECRET(struct ipmi_power, secret), .required = true},
    {"cipher", KEY_NUMBER(struct ipmi_power, cipher, -1, 255), .preset = "-1",
     .help = "cipher suite, for controllers that know few (-1: ipmitool's choice)"},
    {"tool", KEY_TEXT(struct ipmi_power, tool), .preset = "ipmitool", .value = "PROGRAM"},
    SWITCHING_KEYS(struct ipmi_power, switching, "60", "30"), // power supplies take their time
    {0},
};

static struct error *ipmi_check(void *state, const struct config_map *keys)
{
	struct ipmi_power *i = state;
	(void)keys;
	snprintf(i->port_text, sizeof(i->port_text), "%d", (int)i->port);
	snprintf(i->cipher_text, sizeof(i->cipher_text), "%d", (int)i->cipher);
	return NULL;
}

// The password goes by the environment (-E).
static void build_command(const struct ipmi_power *i, const char *what,
			  const char *words[WORDS_MAX])
{
	const char *const base[] = {
	    i->tool, "-I", interfaces[i->interface], "-H", i->host, "-p", i->port_text, "-U",
	    i->user, "-E"};
	size_t count = sizeof(base) / sizeof(base[0]);
	memcpy(words, base, sizeof(base));
	if (i->cipher >= 0) {
		words[count++] = "-C";
		words[count++] = i->cipher_text;
	}
	words[count++] = "chassis";
	words[count++] = "power";
	words[count++] = what;
	words[count] = NULL;
}

static struct error *run(struct ipmi_power *i, struct board_place *place, const char *what,
			 struct buffer *said)
{
	static const char variable[] = "IPMI_PASSWORD=";
	CLEANUP_SECRET char *password = NULL;
	if (!i->password) {
		TRY(secret_read(&i->secret, &password));
		i->password = memory_printf("%s%s", variable, password);
	}
	const char *words[WORDS_MAX];
	build_command(i, what, words);
	const char *const environment[] = {i->password, NULL};
	const char *const secrets[] = {i->password + strlen(variable), NULL};
	const struct command_spec spec = {
	    .argv = words,
	    .environment = environment,
	    .secrets = secrets,
	    .timeout_s = i->switching.timeout,
	};
	return switching_run(&spec, place, said);
}

static struct error *ipmi_act(void *driver, struct board_place *place, enum power_action action)
{
	CLEANUP_BUFFER struct buffer said = {0};
	return run(driver, place, power_action_name(action), &said);
}

static struct error *ipmi_state(void *driver, struct board_place *place, enum power_state *state)
{
	const struct ipmi_power *i = driver;
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(run(driver, place, "status", &said));
	bool on;
	if (!answer_program_state(buffer_str(&said), &on))
		return error_new(ERROR_LAB, "%s does not tell the state of %s", i->tool, i->host);
	*state = on ? POWER_STATE_ON : POWER_STATE_OFF;
	return NULL;
}

static void ipmi_describe(const void *state, enum power_action action, struct buffer *out)
{
	const char *words[WORDS_MAX];
	build_command(state, power_action_name(action), words);
	switching_describe_command(words, out);
}

static void ipmi_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct ipmi_power *i = state;
	claims_add(out, config_map_find(keys, "host"), NULL, "power of ipmi %s:%d", i->host,
		   (int)i->port);
}

static void ipmi_release(void *state)
{
	secret_free(((struct ipmi_power *)state)->password);
}

static const struct switching_ops ipmi_ops = {
    .act = ipmi_act, .state = ipmi_state, .describe = ipmi_describe};

static void ipmi_init(void *state)
{
	((struct ipmi_power *)state)->switching.ops = &ipmi_ops;
}

const struct power_driver power_ipmi = {
    .driver = {.name = "ipmi",
	       .help = "a management controller that speaks IPMI, by ipmitool",
	       .keys = ipmi_keys,
	       .size = sizeof(struct ipmi_power),
	       .init = ipmi_init,
	       .check = ipmi_check,
	       .release = ipmi_release},
    .on = switching_on,
    .off = switching_off,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = switching_describe,
    .claim = ipmi_claim,
};
