// SPDX-License-Identifier: GPL-2.0-or-later
// The beginning of every driver's struct: of consoles, power switches, boots and the publisher's
// destinations. It holds the table of the driver's keys (config/keys.h), by which they are read,
// checked and described to people.
#ifndef CONFIG_DRIVER_H
#define CONFIG_DRIVER_H

#include "config/keys.h"

struct driver {
	const char *name;       // as `driver:` says it
	const char *help;       // what it is for: one line
	const struct key *keys; // ends with a zero entry
	size_t size;            // bytes of its state
	// Sets what is not zero at first. Nullable.
	void (*init)(void *state);
	// When the keys are read: checks what they say together. Nullable.
	struct error *(*check)(void *state, const struct config_map *keys)ERROR_RESULT;
	// Releases what its keys do not own; is called for each state that `init` was called for, also
	// after a mistake in the keys. Nullable.
	void (*release)(void *state);
};

// Makes the state from the keys, which outlive it. A key is allowed when the driver's table or
// `common` (which may be NULL) has it. After an error there is no state.
struct error *driver_config(const struct driver *d, const struct key *common,
			    const struct config_map *keys, void **state) ERROR_RESULT;
void driver_free(const struct driver *d, void *state);

// The driver that the map's key "driver" names, from a NULL-terminated list. `kind` for messages.
struct error *driver_find(const struct config_map *keys, const char *kind,
			  const struct driver *const *list, const struct driver **out) ERROR_RESULT;

// The key "driver" itself, for tables of common keys.
#define DRIVER_KEY                                                                              \
	{                                                                                       \
		"driver", .type = KEY_TYPE_NAME, .required = true, .help = "which driver it is" \
	}
extern const struct key driver_keys[];

#endif
