// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/kcidb/kcidb_schema.h"

#define SHAPE(table)                                        \
	{                                                   \
		(table), sizeof(table) / sizeof((table)[0]) \
	}
#define NEED(n, t)                                              \
	{                                                       \
		.name = #n, .type = KCIDB_##t, .required = true \
	}
#define MAY(n, t)                             \
	{                                     \
		.name = #n, .type = KCIDB_##t \
	}
#define LIST_OF(n, t)                                       \
	{                                                   \
		.name = #n, .type = KCIDB_##t, .list = true \
	}
#define OBJECT(n, s)                                           \
	{                                                      \
		.name = #n, .type = KCIDB_OBJECT, .shape = (s) \
	}
#define RESOURCES(n)                                                               \
	{                                                                          \
		.name = #n, .type = KCIDB_OBJECT, .list = true, .shape = &resource \
	}

static const struct kcidb_member resource_members[] = {
    NEED(name, FILE_NAME),
    NEED(url, URI),
};
static const struct kcidb_shape resource = SHAPE(resource_members);

static const struct kcidb_member checkout_members[] = {
    NEED(id, ID),
    NEED(origin, ORIGIN),
    MAY(_timestamp, TIME),
    MAY(tree_name, TEXT),
    MAY(git_repository_url, HTTPS),
    MAY(git_commit_hash, COMMIT),
    MAY(git_commit_name, TEXT),
    LIST_OF(git_commit_tags, TEXT),
    MAY(git_commit_message, TEXT),
    MAY(git_repository_branch, TEXT),
    MAY(git_repository_branch_tip, BOOLEAN),
    RESOURCES(patchset_files),
    MAY(patchset_hash, PATCHSET),
    MAY(message_id, MESSAGE_ID),
    MAY(comment, TEXT),
    MAY(start_time, TIME),
    {.name = "origin_builds_finish_time", .type = KCIDB_TIME, .since = 1},
    {.name = "origin_tests_finish_time", .type = KCIDB_TIME, .since = 1},
    MAY(log_url, URI),
    MAY(log_excerpt, EXCERPT),
    MAY(valid, BOOLEAN),
    MAY(misc, ANY_OBJECT),
};
static const struct kcidb_shape checkout = SHAPE(checkout_members);

static const struct kcidb_member build_members[] = {
    NEED(id, ID),           NEED(origin, ORIGIN),
    NEED(checkout_id, ID),  MAY(_timestamp, TIME),
    MAY(comment, TEXT),     MAY(start_time, TIME),
    MAY(duration, NUMBER),  MAY(architecture, ARCHITECTURE),
    MAY(command, TEXT),     MAY(compiler, TEXT),
    RESOURCES(input_files), RESOURCES(output_files),
    MAY(config_name, TEXT), MAY(config_url, URI),
    MAY(log_url, URI),      MAY(log_excerpt, EXCERPT),
    MAY(status, STATUS),    MAY(misc, ANY_OBJECT),
};
static const struct kcidb_shape build = SHAPE(build_members);

static const struct kcidb_member environment_members[] = {
    LIST_OF(compatible, COMPATIBLE),
    MAY(comment, TEXT),
    MAY(misc, ANY_OBJECT),
};
static const struct kcidb_shape environment = SHAPE(environment_members);

static const struct kcidb_member number_members[] = {
    NEED(value, NUMBER),
    MAY(unit, TEXT),
    MAY(prefix, PREFIX),
};
static const struct kcidb_shape number = SHAPE(number_members);

static const struct kcidb_member test_members[] = {
    NEED(id, ID),
    NEED(origin, ORIGIN),
    NEED(build_id, ID),
    MAY(_timestamp, TIME),
    OBJECT(environment, &environment),
    MAY(path, PATH),
    MAY(comment, TEXT),
    MAY(log_url, URI),
    MAY(log_excerpt, EXCERPT),
    MAY(status, STATUS),
    OBJECT(number, &number),
    MAY(start_time, TIME),
    MAY(duration, NUMBER),
    {.name = "input_files", .type = KCIDB_OBJECT, .list = true, .shape = &resource, .since = 3},
    RESOURCES(output_files),
    MAY(misc, ANY_OBJECT),
};
static const struct kcidb_shape test = SHAPE(test_members);

static const struct kcidb_member culprit_members[] = {
    MAY(code, BOOLEAN),
    MAY(tool, BOOLEAN),
    MAY(harness, BOOLEAN),
};
static const struct kcidb_shape culprit = SHAPE(culprit_members);

static const struct kcidb_member issue_members[] = {
    NEED(id, ID),
    NEED(version, VERSION),
    NEED(origin, ORIGIN),
    MAY(_timestamp, TIME),
    {.name = "categories", .type = KCIDB_PATH, .list = true, .since = 2},
    MAY(report_url, URI),
    MAY(report_subject, TEXT),
    OBJECT(culprit, &culprit),
    MAY(comment, TEXT),
    MAY(misc, ANY_OBJECT),
};
static const struct kcidb_shape issue = SHAPE(issue_members);

static const struct kcidb_member incident_members[] = {
    NEED(id, ID),          NEED(origin, ORIGIN),  NEED(issue_id, ID), NEED(issue_version, VERSION),
    MAY(_timestamp, TIME), MAY(build_id, ID),     MAY(test_id, ID),   MAY(present, BOOLEAN),
    MAY(comment, TEXT),    MAY(misc, ANY_OBJECT),
};
static const struct kcidb_shape incident = SHAPE(incident_members);

const struct kcidb_list kcidb_lists[] = {
    {"checkouts", &checkout}, {"builds", &build},       {"tests", &test},
    {"issues", &issue},       {"incidents", &incident},
};
const size_t kcidb_lists_count = sizeof(kcidb_lists) / sizeof(kcidb_lists[0]);
