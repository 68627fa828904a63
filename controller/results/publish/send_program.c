// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/send_program.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/command.h"
#include "base/memory.h"
#include "results/report/show.h"

// The whole state of a driver.
struct send_program_state {
	struct send_program program;
};

const struct key send_program_keys[] = {
    SEND_PROGRAM_KEYS(struct send_program_state, program, true, NULL),
    {0},
};

struct error *send_program_check(struct send_program *p, const struct config_map *keys)
{
	struct config_node n = config_map_find(keys, "command");
	p->keys = keys;
	for (size_t i = 0; config_is_set(n) && p->words[i]; i++)
		TRY(destination_check_text(n, p->words[i]));
	return NULL;
}

struct error *send_program_check_driver(void *state, const struct config_map *keys)
{
	return send_program_check(state, keys);
}

static bool is_final(int status)
{
	if (!WIFEXITED(status))
		return false;
	switch (WEXITSTATUS(status)) {
	case EX_USAGE:
	case EX_DATAERR:
	case EX_NOINPUT:
	case EX_NOUSER:
	case EX_NOPERM:
	case EX_CONFIG:
		return true;
	default:
		return false;
	}
}

// Appends the last line of what the program complained about.
static void append_complaint(const struct buffer *said, struct buffer *out)
{
	size_t len = said->len;
	while (len && strchr("\r\n", said->data[len - 1]))
		len--;
	if (!len)
		return;
	const char *newline = memrchr(said->data, '\n', len);
	size_t from = newline ? (size_t)(newline + 1 - said->data) : 0;
	CLEANUP_FREE char *line = memory_strndup(said->data + from, len - from);
	buffer_append_str(out, ": ");
	show_console_text(line, out);
}

static void judge(const struct command_end *end, double timeout_s, struct send_outcome *out)
{
	if (end->in_time && end->status == 0) {
		send_outcome_set(out, SEND_DONE, "exit 0%s%s%s", end->left ? "; it left " : "",
				 end->left ? end->left : "", end->left ? ": ended" : "");
		return;
	}
	if (end->in_time)
		send_outcome_set(out, is_final(end->status) ? SEND_PARK : SEND_RETRY, "%s",
				 end->how);
	else
		send_outcome_set(out, SEND_RETRY, "not done after %.0f s", timeout_s);
	append_complaint(&end->said, &out->reason);
}

static struct error *run_words(const struct send_program *p, const char *const *argv,
			       const char *in, const struct send_context *c,
			       struct send_outcome *out)
{
	CLEANUP_COMMAND_END struct command_end end = {0};
	TRY(keys_check_environment(p->keys, p->environment));
	const struct command_spec spec = {
	    .argv = argv,
	    .environment = p->environment,
	    .in = in,
	    .timeout_s = c->timeout_s,
	    .errors_only = true,
	};
	TRY(command_run(&spec, NULL, &end));
	judge(&end, c->timeout_s, out);
	return NULL;
}

void send_program_run(const struct send_program *p, const struct send_context *c, const char *run,
		      const char *in, struct send_outcome *out)
{
	size_t count = keys_count(p->words);
	char **argv = memory_new(count + 1, sizeof(*argv));
	for (size_t i = 0; i < count; i++) {
		CLEANUP_BUFFER struct buffer word = {0};
		destination_fill(p->words[i], c, run, false, &word);
		argv[i] = memory_strdup(buffer_str(&word));
	}
	struct error *e = run_words(p, (const char *const *)argv, in, c, out);
	if (e)
		send_outcome_error(out, e);
	for (size_t i = 0; i < count; i++)
		free(argv[i]);
	free(argv);
}

void send_program_describe(const struct send_program *p, struct buffer *out)
{
	for (size_t i = 0; p->words[i]; i++)
		buffer_printf(out, "%s%s", i ? " " : "", p->words[i]);
}

void send_program_ask(const struct send_program *p, struct send_outcome *out)
{
	struct error *e = keys_check_environment(p->keys, p->environment);
	if (e)
		send_outcome_error(out, e);
	else
		destination_ask_program(p->words[0], out);
}

void send_program_ask_driver(void *state, const struct send_context *c, struct send_outcome *out)
{
	(void)c;
	send_program_ask(state, out);
}

void send_program_describe_driver(const void *state, struct buffer *out)
{
	send_program_describe(state, out);
}
