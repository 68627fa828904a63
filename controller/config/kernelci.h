// SPDX-License-Identifier: GPL-2.0-or-later
// `kernelci:` of farm.yaml: the lab takes jobs of KernelCI as a pull lab (docs/kernelci.md).
#ifndef CONFIG_KERNELCI_H
#define CONFIG_KERNELCI_H

#include "config/keys.h"

extern const struct key kernelci_keys[];
extern const struct key kernelci_platform_keys[]; // of one of `platforms`

// What KernelCI calls a board type, and our boards of it.
struct kernelci_platform_config {
	const char *name;
	const char **pools; // NULL-terminated; owned
	const char *
	    *requirements;     // words of requirements that these boards meet; NULL, or the same
	const char *arguments; // the kernel's command line; NULL: none
};

enum kernelci_output_config { KERNELCI_OUTPUT_MAESTRO, KERNELCI_OUTPUT_CALLBACK };

struct kernelci_config {
	char *api;       // owned, without a / at its end; NULL: the farm is no pull lab
	const char *lab; // runtime's name there
	struct secret token, callback_token;
	struct kernelci_platform_config *platforms; // owned
	size_t platforms_count;
	enum kernelci_output_config output;
	const char **tests; // kinds of tests that are run; NULL-terminated; owned; NULL: boot
	const char *kcidb;  // destination that also gets the results; NULL: none
	double poll_s, longest_s, claim_wait_s;
	int64_t most, priority;
	char *cache; // owned; NULL: RESULTS/kernelci/cache
	uint64_t cache_size, download_size;
	char *ca_file; // owned, or NULL
	bool insecure;
};

// Zeroed when the node is unset. A mistake has its place.
struct error *kernelci_config_parse(struct config_node n, struct kernelci_config *out) ERROR_RESULT;
void kernelci_config_deinit(struct kernelci_config *c);
#define CLEANUP_KERNELCI_CONFIG CLEANUP(kernelci_config_deinit)

// The platform of that name, or NULL.
const struct kernelci_platform_config *kernelci_config_platform(const struct kernelci_config *c,
								const char *name);

#endif
