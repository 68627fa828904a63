// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon_state.h"

void daemon_pull_end(struct daemon *d)
{
	pull_free(d->pull);
	configuration_release(d->pull_configuration);
	d->pull = NULL;
	d->pull_configuration = NULL;
}

void daemon_pull_begin(struct daemon *d)
{
	daemon_pull_end(d);
	if (!d->configuration->farm->kernelci.api)
		return;
	d->pull_configuration = configuration_hold(d->configuration);
	const struct pull_options o = {.config = &d->pull_configuration->farm->kernelci,
				       .publish = &d->pull_configuration->publish,
				       .results = d->o.results,
				       .farm_file = d->o.farm_file,
				       .state = d->state,
				       .planner = d->planner,
				       .tell = daemon_tell,
				       .arg = d};
	CLEANUP_ERROR struct error *e = pull_new(&o, &d->pull);
	if (!e)
		return;
	daemon_say(d, true, "no jobs of KernelCI are taken: %s", error_text(e));
	daemon_pull_end(d);
}

void daemon_pull_step(struct daemon *d)
{
	if (d->pull && pull_step(d->pull))
		executor_poke(d->executor);
}
