// SPDX-License-Identifier: GPL-2.0-or-later
// farm.yaml: what is true of the whole lab. Optional; without it the lab is called by its host.
#ifndef CONFIG_FARM_H
#define CONFIG_FARM_H

#include "config/caps.h"
#include "config/hosts.h"
#include "config/kernelci.h"
#include "config/keys.h"
#include "config/literals.h"
#include "config/timing.h"

// The keys of the file; those below `keep:`, `timing:` and `kernelci:` are retention_keys,
// timing_keys and kernelci_keys.
extern const struct key farm_keys[];

#define FARM_DEFAULT_ORIGIN "mmfarm"

struct farm_config {
	struct config_file *file;   // owned; NULL without a farm.yaml
	char *lab;                  // owned: name of the lab in results
	char *control;              // owned: the daemon's control socket; NULL: RESULTS/control
	const char *origin;         // KCIDB origin, [a-z0-9_]+
	char *tree;                 // owned: git tree of the code under test; NULL: none is at hand
	const char *contact;        // who answers for the lab's reports; NULL: nobody is named
	struct config_node publish; // destinations, read by controller/results/; may be unset
	struct literals detect;     // what the lab adds to the detector's rules
	struct timing_limits timing;
	struct hosts_config hosts;       // others of the lab
	struct caps_config caps;         // of boards that do not say their own
	struct kernelci_config kernelci; // api NULL: no pull lab
	struct config_node keep;         // retention, read by controller/results/; may be unset
};

// The key `readers` (group or everybody) is carried out here: it holds for all that is made from
// then on (file_set_readers), whichever command it is. So is `lock_dir`, unless MMFARM_LOCK_DIR is set
// already: where all users' locks on boards lie (lease/place.h).
// `path` NULL: farm.yaml of the current folder, or the lab's (config_locate), else the defaults.
// Fails with the first mistake.
struct error *farm_load(const char *path, struct farm_config **out) ERROR_RESULT;
struct config_problems; // config/problems.h
// The same, but adds all mistakes and doubts to *problems, and gives what could be read all the same:
// *out is never NULL.
void farm_load_all(const char *path, struct config_problems *problems, struct farm_config **out);
void farm_free(struct farm_config *f);
CLEANUP_DEFINE(cleanup_farm, struct farm_config *, farm_free)
#define CLEANUP_FARM CLEANUP(cleanup_farm)

#endif
