// SPDX-License-Identifier: GPL-2.0-or-later
// Power by a port of a USB hub that can switch its ports, by uhubctl.
#include "base/memory.h"
#include "board/claims.h"
#include "board/power/answer.h"
#include "board/power/switching.h"

#define WORDS_MAX 12

struct uhubctl_power {
	struct switching switching;
	const char *tool;
	const char *location;
	int64_t port;
	bool exact;
	char port_text[8];
};

static const struct key uhubctl_keys[] = {
    {"location", KEY_TEXT(struct uhubctl_power, location), .required = true, .value = "HUB",
     .help = "the hub as uhubctl lists it, such as 1-1.4"},
    {"port", KEY_NUMBER(struct uhubctl_power, port, 1, 255), .required = true,
     .help = "which of its ports"},
    {"exact", KEY_BOOL(struct uhubctl_power, exact), .preset = "false",
     .help = "leave the hub's other half (USB 2 beside USB 3) alone"},
    {"tool", KEY_TEXT(struct uhubctl_power, tool), .preset = "uhubctl", .value = "PROGRAM"},
    SWITCHING_KEYS(struct uhubctl_power, switching, "10", "10"),
    {0},
};

static struct error *uhubctl_check(void *state, const struct config_map *keys)
{
	struct uhubctl_power *u = state;
	(void)keys;
	snprintf(u->port_text, sizeof(u->port_text), "%d", (int)u->port);
	return NULL;
}

// `action` NULL: it only lists.
static void build_command(const struct uhubctl_power *u, const char *action,
			  const char *words[WORDS_MAX])
{
	size_t count = 0;
	words[count++] = u->tool;
	words[count++] = "-l";
	words[count++] = u->location;
	words[count++] = "-p";
	words[count++] = u->port_text;
	if (u->exact)
		words[count++] = "-e";
	if (action) {
		words[count++] = "-a";
		words[count++] = action;
	}
	words[count] = NULL;
}

static struct error *run(const struct uhubctl_power *u, struct board_place *place,
			 const char *action, struct buffer *said)
{
	const char *words[WORDS_MAX];
	build_command(u, action, words);
	const struct command_spec spec = {.argv = words, .timeout_s = u->switching.timeout};
	return switching_run(&spec, place, said);
}

static struct error *uhubctl_act(void *driver, struct board_place *place, enum power_action action)
{
	CLEANUP_BUFFER struct buffer said = {0};
	return run(driver, place, power_action_name(action), &said);
}

static struct error *uhubctl_state(void *driver, struct board_place *place, enum power_state *state)
{
	const struct uhubctl_power *u = driver;
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(run(u, place, NULL, &said));
	bool on;
	if (!answer_usb_port(buffer_str(&said), (int)u->port, &on))
		return error_new(ERROR_LAB, "%s lists no port %d of hub %s", u->tool, (int)u->port,
				 u->location);
	*state = on ? POWER_STATE_ON : POWER_STATE_OFF;
	return NULL;
}

static void uhubctl_describe(const void *state, enum power_action action, struct buffer *out)
{
	const char *words[WORDS_MAX];
	build_command(state, power_action_name(action), words);
	switching_describe_command(words, out);
}

static void uhubctl_claim(const void *state, const struct config_map *keys, struct claims *out)
{
	const struct uhubctl_power *u = state;
	claims_add(out, config_map_find(keys, "port"), u->port_text, "USB hub %s, port",
		   u->location);
}

static const struct switching_ops uhubctl_ops = {
    .act = uhubctl_act, .state = uhubctl_state, .describe = uhubctl_describe};

static void uhubctl_init(void *state)
{
	((struct uhubctl_power *)state)->switching.ops = &uhubctl_ops;
}

const struct power_driver power_uhubctl = {
    .driver = {.name = "uhubctl",
	       .help = "a port of a USB hub that can switch its ports, by uhubctl",
	       .keys = uhubctl_keys,
	       .size = sizeof(struct uhubctl_power),
	       .init = uhubctl_init,
	       .check = uhubctl_check},
    .on = switching_on,
    .off = switching_off,
    .probe = switching_probe,
    .settle = switching_settle_s,
    .describe = switching_describe,
    .claim = uhubctl_claim,
};
