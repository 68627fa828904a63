// SPDX-License-Identifier: GPL-2.0-or-later
// The section `publish:` of farm.yaml, checked:
//
//     publish:
//       files_url: https://files.lab.example/runs      # where results/runs/ is served
//       destinations:
//         kernelci:
//           driver: kcidb-rest
//           url: https://db.kernelci.org/
//           token: {environment: KCIDB_TOKEN}
//           what: [kcidb]  jobs: [nightly]  timeout: 60s  retry: {first: 30s, max: 1h}  limit: 1GiB
#ifndef RESULTS_PUBLISH_CONFIG_H
#define RESULTS_PUBLISH_CONFIG_H

#include "config/farm.h"
#include "results/publish/destination.h"

struct destination {
	const char *name;
	const struct destination_driver *driver;
	void *state;            // the driver's; owned
	struct config_map keys; // its section
	const char **what_names;
	unsigned what;     // bits of enum publish_what
	const char **jobs; // NULL: all
	double timeout_s;
	double retry_first_s, retry_max_s; // back-off after failures
	uint64_t limit;                    // bytes its spool may hold
};

struct publish_config {
	char *files_url; // or NULL
	struct destination *destinations;
	size_t count;
};

// The keys of `publish:`, and those that every destination may say, whatever its driver.
extern const struct key publish_keys[];
extern const struct key destination_keys[];

// A farm without the section has no destinations. Views into `farm`, which has to live longer.
struct error *publish_config_load(const struct farm_config *farm,
				  struct publish_config *out) ERROR_RESULT;
void publish_config_deinit(struct publish_config *c);
#define CLEANUP_PUBLISH_CONFIG CLEANUP(publish_config_deinit)

// NULL: none of that name.
const struct destination *publish_config_find(const struct publish_config *c, const char *name);
bool destination_takes_job(const struct destination *d, const char *job);

#endif
