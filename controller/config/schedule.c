// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/zone_file.h"

#define WINDOW_MIN_S 60
#define WINDOW_MAX_S (7 * 24 * 3600)

#define BACKLOG_EVERY_MAX 1000

// What its table reads; the calendar and the backlog are read behind it.
struct schedule_words {
	const char *zone;
	enum schedule_catch_up catch_up;
	double window_s;
	int64_t priority;
};

static const char *const catch_up_words[] = {
    [SCHEDULE_CATCH_UP_ONCE] = "once",
    [SCHEDULE_CATCH_UP_NONE] = "none",
    [SCHEDULE_CATCH_UP_ALL] = "all",
    NULL,
};

const struct key schedule_keys[] = {
    {"cron", .type = KEY_TYPE_NAME, .required = true, .value = "TEXT",
     .help = "when: a line of cron, a word such as @nightly, or every N"},
    {"zone", KEY_TEXT(struct schedule_words, zone), .preset = "UTC",
     .help = "the time zone of it, by its IANA name"},
    {"window", KEY_SECONDS(struct schedule_words, window_s, WINDOW_MIN_S, WINDOW_MAX_S),
     .preset = "6h", .help = "what cannot end so long behind the nominal time is not begun"},
    {"catch_up", KEY_WORD(struct schedule_words, catch_up, catch_up_words), .preset = "once",
     .help = "what is fired late, after the farm was down, within the window"},
    {"backlog", .type = KEY_TYPE_NAME, .value = "latest | all | every N", .preset = "latest",
     .help = "which batches stay that still wait when the next one comes"},
    {"priority", KEY_NUMBER(struct schedule_words, priority, 0, 100), .preset = "30",
     .help = "the highest goes first"},
    {0},
};

const char *schedule_catch_up_name(enum schedule_catch_up catch_up)
{
	return catch_up_words[catch_up];
}

void schedule_put_backlog(const struct queue_config *q, struct buffer *out)
{
	if (q->backlog == SCHEDULE_BACKLOG_EVERY)
		buffer_printf(out, "every %lld", (long long)q->backlog_every);
	else
		buffer_append_str(out, q->backlog == SCHEDULE_BACKLOG_ALL ? "all" : "latest");
}

void schedules_deinit(struct schedules_config *s)
{
	for (size_t i = 0; i < s->count; i++) {
		calendar_free(s->items[i].calendar);
		zone_free(s->items[i].zone);
		free(s->items[i].text);
	}
	free(s->items);
	*s = (struct schedules_config){0};
}

struct error *config_backlog(struct config_node n, struct queue_config *out)
{
	out->backlog = SCHEDULE_BACKLOG_LATEST;
	out->backlog_every = 1;
	if (!config_is_set(n))
		return NULL;
	const char *word;
	TRY(config_string(n, &word));
	if (strcmp(word, "latest") == 0)
		return NULL;
	if (strcmp(word, "all") == 0) {
		out->backlog = SCHEDULE_BACKLOG_ALL;
		return NULL;
	}
	char *end = NULL;
	long every = strncmp(word, "every ", 6) == 0 ? strtol(word + 6, &end, 10) : 0;
	if (every < 1 || every > BACKLOG_EVERY_MAX || *end)
		return config_error(n, "backlog \"%.40s\", expected latest, all or every N", word);
	out->backlog = SCHEDULE_BACKLOG_EVERY;
	out->backlog_every = every;
	return NULL;
}

// The calendar of a text in a zone, each with its place.
static struct error *parse_calendar(struct config_node cron, struct config_node zone,
				    const char *zone_name, struct schedule_config *s)
{
	const char *text;
	size_t column = 1;
	TRY(config_string(cron, &text));
	CLEANUP_ERROR struct error *e = zone_file_load(zone_name, &s->zone);
	if (e)
		return config_error(config_is_set(zone) ? zone : cron, "%s", error_text(e));
	CLEANUP_ERROR struct error *mistake =
	    calendar_parse_at(text, s->zone, &column, &s->calendar);
	if (mistake)
		return config_error_inside(cron, column, "%s", error_text(mistake));
	s->text = memory_printf("%s %s", text, zone_name);
	return NULL;
}

static struct error *parse_keys(const struct config_map *m, struct schedule_config *s)
{
	struct schedule_words words = {0};
	struct config_node cron;
	TRY(keys_read(schedule_keys, m, &words));
	s->catch_up = words.catch_up;
	s->queue.window_s = words.window_s;
	s->queue.priority = words.priority;
	TRY(config_backlog(config_map_find(m, "backlog"), &s->queue));
	TRY(config_map_need(m, "cron", &cron));
	return parse_calendar(cron, config_map_find(m, "zone"), words.zone, s);
}

static struct error *parse_schedule(struct config_node n, struct schedule_config *s)
{
	s->node = n;
	if (!config_is_map(n)) {
		struct config_pair text = {.key = n, .value = n, .name = "cron"};
		const struct config_map m = {.node = n, .pairs = &text, .count = 1};
		return parse_keys(&m, s);
	}
	CLEANUP_CONFIG_MAP struct config_map m = {0};
	const struct key *const tables[2] = {schedule_keys, NULL};
	TRY(config_map_init(&m, n));
	TRY(keys_only(&m, tables));
	return parse_keys(&m, s);
}

struct error *schedules_parse(struct config_node n, struct schedules_config *out)
{
	if (!config_is_set(n))
		return NULL;
	size_t count;
	TRY(config_several(n, "schedules", 1, SCHEDULES_LIMIT, &count));
	out->items = memory_new(count, sizeof(*out->items));
	for (size_t i = 0; i < count; i++) {
		struct schedule_config *s = &out->items[out->count++];
		TRY(parse_schedule(config_one_of(n, i), s));
		for (size_t k = 0; k < i; k++)
			if (strcmp(out->items[k].text, s->text) == 0)
				return config_error(s->node, "the schedule \"%s\" a second time",
						    s->text);
	}
	return NULL;
}
