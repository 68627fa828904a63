// SPDX-License-Identifier: GPL-2.0-or-later
// The key `hosts:` of farm.yaml: other hosts of the lab, each with boards and a daemon of its own.
//
//     hosts:
//       rack2: {ssh: farm@rack2.example.org, folder: /var/lib/mmfarm}
#ifndef CONFIG_HOSTS_H
#define CONFIG_HOSTS_H

#include "config/keys.h"

struct host_config {
	const char *name;
	const char *ssh;     // its destination, as ssh(1) takes it; NULL: the name
	const char *folder;  // where a command is run there; NULL: the user's home
	const char *program; // mmfarm there
	double timeout_s;    // of reaching it
};

struct hosts_config {
	struct host_config *items; // owned
	size_t count;
};

extern const struct key host_keys[];

// Reads the mapping; an unset node has none. What is set is released with hosts_deinit, also after a
// failure.
struct error *hosts_parse(struct config_node n, struct hosts_config *out) ERROR_RESULT;
void hosts_deinit(struct hosts_config *h);
// NULL: there is none of that name.
const struct host_config *hosts_find(const struct hosts_config *h, const char *name);

#endif
