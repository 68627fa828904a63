// SPDX-License-Identifier: GPL-2.0-or-later
// The key `trigger:` of jobs: what is watched, and makes a batch whenever it has changed.
//
//     trigger: {payload_changed: true, every: 5min}     the payload's own file, by its content
//     trigger: {url: "https://host/Image"}              by ETag, or else Last-Modified
//     trigger: {git: {repository: DIR, ref: refs/heads/master}}
#ifndef CONFIG_TRIGGER_H
#define CONFIG_TRIGGER_H

#include "config/schedule.h"

enum trigger_watch {
	TRIGGER_WATCH_PAYLOAD,
	TRIGGER_WATCH_URL,
	TRIGGER_WATCH_GIT,
};

struct trigger_config {
	struct config_node node;
	enum trigger_watch watch;
	bool payload_changed; // as it was written
	char *url;            // owned; TRIGGER_WATCH_URL
	char *repository;     // owned: a folder; TRIGGER_WATCH_GIT
	const char *ref;      // in it
	double every_s;       // so often it is looked at
	struct queue_config queue;
};

struct triggers_config {
	struct trigger_config *items; // owned
	size_t count;
};

#define TRIGGERS_LIMIT 20 // of one job

// Reads one trigger or a list of them; an unset node is none. What is set is released with
// triggers_deinit, also after a failure.
struct error *triggers_parse(struct config_node n, struct triggers_config *out) ERROR_RESULT;
void triggers_deinit(struct triggers_config *t);

extern const struct key trigger_keys[];

#endif
