// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/farm.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/locate.h"
#include "config/problems.h"

void farm_free(struct farm_config *f)
{
	if (!f)
		return;
	config_file_free(f->file);
	literals_deinit(&f->detect);
	kernelci_config_deinit(&f->kernelci);
	hosts_deinit(&f->hosts);
	free(f->lab);
	free(f->tree);
	free(f->control);
	free(f);
}

static char *host_name(void)
{
	char name[HOST_NAME_MAX + 1] = "";
	if (gethostname(name, sizeof(name)) < 0 || !name[0])
		strcpy(name, "lab");
	name[HOST_NAME_MAX] = '\0';
	return memory_strdup(name);
}

static struct error *parse_origin(struct config_node n, const char **out)
{
	const char *text;
	if (!config_is_set(n))
		return NULL;
	TRY(config_string(n, &text));
	if (!text[0] || text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_")])
		return config_error(n, "origin \"%s\", expected a-z 0-9 _ only", text);
	*out = text;
	return NULL;
}

static struct error *parse_readers(struct config_node n)
{
	if (!config_is_set(n))
		return NULL;
	const char *word;
	TRY(config_string(n, &word));
	bool everybody = strcmp(word, "everybody") == 0;
	if (!everybody && strcmp(word, "group") != 0)
		return config_error(n, "readers \"%s\", expected group or everybody", word);
	file_set_readers(everybody);
	return NULL;
}

const struct key farm_keys[] = {
    {"lab", .type = KEY_TYPE_NAME, .value = "NAME",
     .help = "name of the lab in results (the host's name)"},
    {"origin", .type = KEY_TYPE_NAME, .value = "NAME",
     .help = "origin of all KCIDB objects, of a-z 0-9 _ only: agreed on with whoever collects "
	     "them. Under the default (mmfarm) nothing is sent to kcidb-rest"},
    {"contact", .type = KEY_TYPE_NAME, .value = "TEXT",
     .help = "who answers questions about reports: the last line of each"},
    {"tree", .type = KEY_TYPE_NAME, .value = "DIR",
     .help = "git tree of the code under test, for reports; a job's own goes before it"},
    {"publish", .type = KEY_TYPE_MAP, .value = "{KEY: VALUE}",
     .help = "where results are sent (docs/publish.md, mmfarm-drivers(5))"},
    {"keep", .type = KEY_TYPE_MAP, .value = "{KEY: VALUE}",
     .help = "what mmfarm-prune(1) packs and removes; without it nothing"},
    {"timing", .type = KEY_TYPE_MAP, .value = "{KEY: VALUE}",
     .help = "what may be spent on proving that numbers changed; a job's own goes before it"},
    {"hosts", .type = KEY_TYPE_MAP, .value = "{NAME: {KEY: VALUE}}",
     .help = "other hosts of the lab, for `mmfarm --host NAME` (docs/nightly.md)"},
    {"caps", .type = KEY_TYPE_MAP, .value = "{KEY: VALUE}",
     .help = "power and erase cycles that a night may take of each board (docs/nightly.md)"},
    {"kernelci", .type = KEY_TYPE_MAP, .value = "{KEY: VALUE}",
     .help = "the lab takes jobs of KernelCI as a pull lab (docs/kernelci.md)"},
    {"detect", .type = KEY_TYPE_MAP, .value = "LIST",
     .help = "what the lab adds to the detector's rules, for all jobs (docs/detect.md)"},
    {"readers", .type = KEY_TYPE_NAME, .value = "group|everybody",
     .help = "who may read new results: their owner and group (group), or all users"},
    {"lock_dir", .type = KEY_TYPE_NAME, .value = "DIR",
     .help = "folder of the boards' locks, one for all users of a host (/run/lock/mmfarm)"},
    {"control", .type = KEY_TYPE_NAME, .value = "PATH",
     .help = "the daemon's control socket (RESULTS/control)"},
    {"base", .type = KEY_TYPE_NAME, .value = "DIR",
     .help = "folder that relative file names in this file start from, absolute (the file's own)"},
    {0},
};

// In the environment it holds for this process and for the workers that it starts.
static struct error *parse_lock_dir(struct config_node n)
{
	if (!config_is_set(n))
		return NULL;
	CLEANUP_FREE char *dir = NULL;
	TRY(config_path(n, &dir));
	if (setenv("MMFARM_LOCK_DIR", dir, 0) < 0)
		return error_errno(ERROR_SYSTEM, errno, "lock_dir");
	return NULL;
}

static struct error *parse_lab(struct config_node n, char **out)
{
	const char *lab;
	if (!config_is_set(n))
		return NULL;
	TRY(config_name(n, &lab));
	free(*out);
	*out = memory_strdup(lab);
	return NULL;
}

static struct error *parse_caps(struct config_node n, struct caps_config *out)
{
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	if (!config_is_set(n))
		return NULL;
	TRY(config_map_init(&m, n));
	return caps_parse(&m, out);
}

// Each key is read whatever is wrong with the others.
static struct error *parse_farm(struct farm_config *f, struct config_problems *p)
{
	CLEANUP_CONFIG_MAP struct config_map top = {0};
	TRY(config_map_init(&top, config_file_root(f->file)));
	const struct key *const tables[] = {farm_keys, NULL};
	problems_add(p, keys_only(&top, tables));
	problems_add(p, parse_lab(config_map_find(&top, "lab"), &f->lab));
	problems_add(p, parse_origin(config_map_find(&top, "origin"), &f->origin));
	struct config_node n = config_map_find(&top, "detect");
	if (config_is_set(n))
		problems_add(p, literals_parse(n, &f->detect));
	problems_add(p, parse_readers(config_map_find(&top, "readers")));
	problems_add(p, parse_lock_dir(config_map_find(&top, "lock_dir")));
	n = config_map_find(&top, "contact");
	if (config_is_set(n))
		problems_add(p, config_string(n, &f->contact));
	n = config_map_find(&top, "tree");
	if (config_is_set(n))
		problems_add(p, config_path(n, &f->tree));
	n = config_map_find(&top, "control");
	if (config_is_set(n))
		problems_add(p, config_path(n, &f->control));
	f->publish = config_map_find(&top, "publish");
	f->keep = config_map_find(&top, "keep");
	problems_add(p, kernelci_config_parse(config_map_find(&top, "kernelci"), &f->kernelci));
	problems_add(p, timing_limits_parse(config_map_find(&top, "timing"), &f->timing));
	problems_add(p, parse_caps(config_map_find(&top, "caps"), &f->caps));
	problems_add(p, hosts_parse(config_map_find(&top, "hosts"), &f->hosts));
	return NULL;
}

void farm_load_all(const char *path, struct config_problems *p, struct farm_config **out)
{
	struct farm_config *f = memory_new(1, sizeof(*f));
	f->lab = host_name();
	f->origin = FARM_DEFAULT_ORIGIN;
	f->timing = timing_limits_default();
	*out = f;
	CLEANUP_FREE char *usual = path ? NULL : config_locate("farm.yaml");
	if (!path && file_exists(usual))
		path = usual;
	if (path && !problems_add(p, config_file_load_doubting(path, p, &f->file)))
		problems_add(p, parse_farm(f, p));
}

struct error *farm_load(const char *path, struct farm_config **out)
{
	CLEANUP_FARM struct farm_config *f = NULL;
	struct config_problems problems = {0};
	farm_load_all(path, &problems, &f);
	TRY(problems_first(&problems));
	*out = STEAL(f);
	return NULL;
}
