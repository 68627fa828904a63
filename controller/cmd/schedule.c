// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "calendar/civil.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/job_folder.h"
#include "text/format.h"
#include "text/json_writer.h"

#define NEXT_PRESET "3"
#define NEXT_MAX    10000

struct schedule_words_given {
	const char *next, *at;
	bool json;
};

static const struct cmd_option options_table[] = {
    OPTION_VALUE(struct schedule_words_given, next, "N", VALUES_TEXT, .name = "next", .letter = 'n',
		 .preset = NEXT_PRESET, .help = "so many times of each schedule"),
    OPTION_VALUE(struct schedule_words_given, at, "TIME", VALUES_TEXT, .name = "at",
		 .help = "from this time on instead of now: a date, or a date and time, in UTC "
			 "unless it says otherwise (2027-03-28, 2027-03-28T02:00+01:00)"),
    OPTION_JSON(struct schedule_words_given, json, "one JSON object a schedule"),
};

// What is shown of each schedule.
struct view {
	int64_t after_s;
	long next;
	bool json;
	size_t shown;
};

// ---- words ---------------------------------------------------------------------------------------

static struct error *parse_next(const char *word, long *out)
{
	char *end;
	*out = strtol(word ? word : NEXT_PRESET, &end, 10);
	if (word && (end == word || *end || *out < 1 || *out > NEXT_MAX))
		return error_new(ERROR_USAGE, "--next \"%s\": expected a number from 1 to %d", word,
				 NEXT_MAX);
	return NULL;
}

#define DATE_LENGTH   10 // 2027-03-28
#define MINUTE_LENGTH 16 // 2027-03-28T02:00
#define SECOND_LENGTH 19 // 2027-03-28T02:00:00

// An RFC 3339 time, or as much of one as there is: a date, without seconds, without a zone.
static struct error *parse_at(const char *word, int64_t *out)
{
	CLEANUP_BUFFER struct buffer whole = {0};
	size_t len = strlen(word), minute = len < MINUTE_LENGTH ? len : MINUTE_LENGTH;
	buffer_append(&whole, word, minute);
	if (len > DATE_LENGTH && whole.data[DATE_LENGTH] == ' ')
		whole.data[DATE_LENGTH] = 'T';
	if (len == DATE_LENGTH)
		buffer_append_str(&whole, "T00:00");
	if (word[minute] != ':')
		buffer_append_str(&whole, ":00");
	buffer_append_str(&whole, word + minute);
	if (whole.len == SECOND_LENGTH)
		buffer_append_str(&whole, "Z");
	long long ns;
	if (!format_is_date_time(buffer_str(&whole), whole.len) ||
	    !format_parse_time(buffer_str(&whole), &ns))
		return error_new(
		    ERROR_USAGE,
		    "--at \"%s\": expected a date such as 2027-03-28, or a time such as "
		    "2027-03-28T02:00Z",
		    word);
	*out = ns / NS_PER_S - (ns % NS_PER_S < 0);
	return NULL;
}

// ---- times ---------------------------------------------------------------------------------------

// "2027-03-28", " Sun", "T" or " ", "02:30": what the clock shows.
static void put_civil(int64_t civil_s, const char *weekday_or_gap, struct buffer *out)
{
	int64_t day = civil_day_of(civil_s);
	struct civil_date d = civil_date(day);
	int minutes = (int)((civil_s - day * CIVIL_DAY_S) / 60);
	buffer_printf(out, "%04lld-%02d-%02d%s%02d:%02d", (long long)d.year, d.month, d.day,
		      weekday_or_gap, minutes / 60, minutes % 60);
}

static const char *weekday_of(int64_t civil_s)
{
	static const char *const names[] = {" Sun ", " Mon ", " Tue ", " Wed ",
					    " Thu ", " Fri ", " Sat "};
	return names[civil_weekday(civil_day_of(civil_s))];
}

static void put_offset(int32_t offset_s, struct buffer *out)
{
	int32_t size = offset_s < 0 ? -offset_s : offset_s;
	buffer_printf(out, "%c%02d:%02d", offset_s < 0 ? '-' : '+', size / 3600, size / 60 % 60);
}

// What a change of clocks makes of the time: "02:30 does not exist on 2027-03-28, fires 03:00".
static void put_change(const struct calendar_time *t, int64_t shown_s, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer meant = {0}, fires = {0};
	put_civil(t->civil_s, " ", &meant);
	put_civil(shown_s, " ", &fires);
	const char *date = buffer_str(&meant);
	bool same_date = strncmp(date, buffer_str(&fires), 10) == 0;
	const char *when = buffer_str(&fires) + (same_date ? 11 : 0);
	if (t->change == CALENDAR_GAP)
		buffer_printf(out, "%s does not exist on %.10s, fires %s", date + 11, date, when);
	else
		buffer_printf(out, "%s comes twice on %.10s, %s", date + 11, date,
			      t->change == CALENDAR_FOLD_FIRST ? "fires the first time"
							       : "this is the second time");
}

static void print_time(const struct calendar_time *t, const struct zone *zone)
{
	CLEANUP_BUFFER struct buffer line = {0}, change = {0};
	struct zone_span span = zone_span_at(zone, t->at_s);
	int64_t shown_s = t->at_s + span.offset_s;
	put_civil(shown_s, weekday_of(shown_s), &line);
	buffer_printf(&line, " %-5s  ", span.abbreviation);
	put_civil(t->at_s, " ", &line);
	printf("  %s UTC\n", buffer_str(&line));
	if (t->change == CALENDAR_PLAIN)
		return;
	put_change(t, shown_s, &change);
	printf("      %s\n", buffer_str(&change));
}

// ---- for people ----------------------------------------------------------------------------------

// Seconds as a file says them.
static void put_duration(double seconds, struct buffer *out)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"h", 3600}, {"min", 60}, {"s", 1}};
	int64_t whole = (int64_t)seconds;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (whole % units[i].seconds == 0) {
			buffer_printf(out, "%lld%s", (long long)(whole / units[i].seconds),
				      units[i].name);
			return;
		}
}

#define LINE_COLUMNS 80

// Words behind `indent` blanks, broken where a terminal of 80 columns ends; the rest stands further in.
static void print_wrapped(int indent, const char *text)
{
	size_t column = (size_t)printf("%*s", indent, "");
	bool begin = true;
	while (*text) {
		size_t word = strcspn(text, " ");
		if (!begin && column + 1 + word > LINE_COLUMNS) {
			printf("\n%*s", indent + 4, "");
			column = (size_t)indent + 4;
			begin = true;
		}
		printf("%s%.*s", begin ? "" : " ", (int)word, text);
		column += word + !begin;
		begin = false;
		text += word + (text[word] == ' ');
	}
	putchar('\n');
}

static void print_schedule(const struct view *v, const struct job_config *job,
			   const struct schedule_config *s)
{
	CLEANUP_BUFFER struct buffer words = {0}, how = {0};
	buffer_printf(&words, "%s: ", job->name);
	calendar_describe(s->calendar, &words);
	print_wrapped(0, buffer_str(&words));
	buffer_printf(&how, "\"%s\", window ", calendar_text(s->calendar));
	put_duration(s->queue.window_s, &how);
	buffer_printf(&how, ", catch up %s, backlog ", schedule_catch_up_name(s->catch_up));
	schedule_put_backlog(&s->queue, &how);
	buffer_printf(&how, ", priority %lld", (long long)s->queue.priority);
	print_wrapped(2, buffer_str(&how));
	struct calendar_time t = {.at_s = v->after_s};
	for (long i = 0; i < v->next; i++) {
		t = calendar_next_time(s->calendar, t.at_s);
		if (t.at_s == INT64_MAX)
			break;
		print_time(&t, s->zone);
	}
}

static void print_trigger(const struct job_config *job, const struct trigger_config *t)
{
	CLEANUP_BUFFER struct buffer words = {0};
	buffer_printf(&words, "%s: whenever ", job->name);
	if (t->watch == TRIGGER_WATCH_PAYLOAD)
		buffer_append_str(&words, job->payload.parts[PAYLOAD_IMAGE].path);
	else if (t->watch == TRIGGER_WATCH_URL)
		buffer_append_str(&words, t->url);
	else
		buffer_printf(&words, "%s of %s", t->ref, t->repository);
	buffer_append_str(&words, " changes, looked at every ");
	put_duration(t->every_s, &words);
	print_wrapped(0, buffer_str(&words));
}

// ---- for programs --------------------------------------------------------------------------------

static void json_time(struct json_writer *w, const struct calendar_time *t, const struct zone *zone)
{
	static const char *const changes[] = {[CALENDAR_GAP] = "gap",
					      [CALENDAR_FOLD_FIRST] = "fold first",
					      [CALENDAR_FOLD_SECOND] = "fold second"};
	CLEANUP_BUFFER struct buffer at = {0}, local = {0}, meant = {0};
	struct zone_span span = zone_span_at(zone, t->at_s);
	put_civil(t->at_s, "T", &at);
	buffer_append_str(&at, ":00Z");
	put_civil(t->at_s + span.offset_s, "T", &local);
	buffer_append_str(&local, ":00");
	put_offset(span.offset_s, &local);
	put_civil(t->civil_s, "T", &meant);
	json_put_object(w, NULL);
	json_put_text(w, "at", buffer_str(&at));
	json_put_text(w, "local", buffer_str(&local));
	json_put_text(w, "abbreviation", span.abbreviation);
	json_put_text(w, "meant", buffer_str(&meant));
	json_put_text_if(w, "change", changes[t->change]);
	json_put_end(w, '}');
}

static struct error *json_schedule(const struct view *v, const struct job_config *job,
				   const struct schedule_config *s)
{
	CLEANUP_JSON_WRITER struct json_writer w;
	CLEANUP_BUFFER struct buffer words = {0}, backlog = {0};
	calendar_describe(s->calendar, &words);
	schedule_put_backlog(&s->queue, &backlog);
	json_writer_init(&w, stdout);
	json_put_object(&w, NULL);
	json_put_text(&w, "job", job->name);
	json_put_text(&w, "file", config_file_name(job->file));
	json_put_text(&w, "cron", calendar_text(s->calendar));
	json_put_text(&w, "zone", zone_name(s->zone));
	json_put_text(&w, "words", buffer_str(&words));
	json_put_double(&w, "window", s->queue.window_s);
	json_put_text(&w, "catch_up", schedule_catch_up_name(s->catch_up));
	json_put_text(&w, "backlog", buffer_str(&backlog));
	json_put_int(&w, "priority", s->queue.priority);
	json_put_array(&w, "next");
	struct calendar_time t = {.at_s = v->after_s};
	for (long i = 0; i < v->next; i++) {
		t = calendar_next_time(s->calendar, t.at_s);
		if (t.at_s == INT64_MAX)
			break;
		json_time(&w, &t, s->zone);
	}
	json_put_end(&w, ']');
	json_put_end(&w, '}');
	TRY(json_writer_finish(&w, "standard output"));
	putchar('\n');
	return NULL;
}

// ---- jobs ----------------------------------------------------------------------------------------

static struct error *show_file(struct view *v, const char *path, bool named)
{
	CLEANUP_JOB struct job_config *job = NULL;
	TRY(job_load(path, &job));
	for (size_t i = 0; i < job->schedules.count; i++) {
		if (v->json)
			TRY(json_schedule(v, job, &job->schedules.items[i]));
		else
			print_schedule(v, job, &job->schedules.items[i]);
	}
	for (size_t i = 0; i < job->triggers.count && !v->json; i++)
		print_trigger(job, &job->triggers.items[i]);
	size_t count = job->schedules.count + job->triggers.count;
	if (named && !count && !v->json)
		printf("%s: no schedule\n", job->name);
	v->shown += count || named;
	return NULL;
}

static struct error *show_folder(struct view *v, const char *folder)
{
	char **files = NULL;
	size_t count = 0;
	TRY(config_list_files(folder, &files, &count));
	struct error *first = NULL; // a broken file hides no other's schedule
	for (size_t i = 0; i < count; i++) {
		struct error *e = show_file(v, files[i], false);
		if (first)
			error_free(e);
		else
			first = e;
		free(files[i]);
	}
	free(files);
	if (!first && !v->shown && !v->json)
		printf("no job of %s has a schedule\n", folder);
	return first;
}

static struct error *schedule_command(int argc, char **argv, int *code)
{
	struct schedule_words_given words = {0};
	int first;
	TRY(cmd_parse(&cmd_schedule, argc, argv, &words, &first));
	struct view v = {.after_s = clock_realtime_ns() / NS_PER_S, .json = words.json};
	TRY(parse_next(words.next, &v.next));
	if (words.at) {
		TRY(parse_at(words.at, &v.after_s));
		v.after_s--; // that time itself is one of them
	}
	*code = EXIT_AS_WANTED;
	if (first == argc)
		return show_folder(&v, JOBS_DIR);
	for (int i = first; i < argc; i++) {
		CLEANUP_FREE char *file = NULL;
		TRY(job_folder_need(argv[i], &file));
		TRY(show_file(&v, file, true));
	}
	return NULL;
}

const struct cmd cmd_schedule = {
    .name = "schedule",
    .arguments = "[--next N] [--at TIME] [--json] [JOB...]",
    .summary = "Shows when jobs are run by themselves",
    .before =
	"The schedules of jobs with their next times, on their own clock and in UTC. Where clocks\n"
	"change, what becomes of a time is said below it.\n",
    CMD_OPTIONS(options_table),
    .after = "Without a name, the jobs of the folder jobs/.\n",
    .operands = {{VALUES_JOB, NULL, true}},
    .run = schedule_command,
};
