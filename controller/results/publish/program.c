// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/publish/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/environment.h"
#include "base/memory.h"
#include "base/process.h"
#include "results/publish/placeholder.h"
#include "results/report/show.h"

#define ERROR_TAIL 2000 // bytes of standard error looked at

struct error *program_parse(struct config_node n, struct program *out)
{
	const char **words;
	size_t count;
	TRY(config_strings(n, &words, &count));
	struct error *e =
	    count == 0 ? config_error(n, "expected a program and its arguments") : NULL;
	for (size_t i = 0; !e && i < count; i++)
		e = placeholder_check(n, words[i]);
	words = memory_grow(words, count + 1, sizeof(*words));
	words[count] = NULL;
	if (!e && redact_command_has_secret(words))
		e = config_error(n, "a password or token among the arguments, which everybody on "
				    "this host can read; expected a file, or a variable named by "
				    "`environment:`");
	if (e) {
		free(words);
		return e;
	}
	*out = (struct program){.words = words, .count = count};
	return NULL;
}

struct error *program_parse_environment(const struct config_map *map, struct program *out)
{
	struct config_node n = config_map_find(map, "environment");
	if (!config_is_set(n))
		return NULL;
	size_t count;
	TRY(config_strings(n, &out->environment, &count));
	for (size_t i = 0; i < count; i++)
		if (!environment_is_name(out->environment[i])) // not repeated: may be NAME=password
			return config_error(n, "expected names of variables only, whose values "
					       "come from mmfarm's own environment");
	out->environment = memory_grow(out->environment, count + 1, sizeof(*out->environment));
	out->environment[count] = NULL;
	process_hide(); // its own environment holds them
	return NULL;
}

void program_deinit(struct program *p)
{
	if (!p)
		return;
	free(p->words);
	free(p->environment);
	*p = (struct program){0};
}

// Appends the last line of what the program complained about.
static void append_complaint(int fd, const struct redact *secrets, struct buffer *out)
{
	char tail[ERROR_TAIL + 1];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > ERROR_TAIL ? size - ERROR_TAIL : 0;
	ssize_t n = pread(fd, tail, ERROR_TAIL, from);
	while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r'))
		n--;
	if (n <= 0)
		return;
	tail[n] = '\0';
	const char *line = strrchr(tail, '\n');
	CLEANUP_BUFFER struct buffer text = {0};
	buffer_append_str(&text, line ? line + 1 : tail);
	redact_text(secrets, &text);
	buffer_append_str(out, ": ");
	show_console_text(buffer_str(&text), out);
}

static bool is_final(const struct process *p)
{
	if (!WIFEXITED(p->status))
		return false;
	switch (WEXITSTATUS(p->status)) {
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

static void judge(struct process *p, bool ended, double timeout_s, int complaints,
		  const struct redact *secrets, struct send_outcome *out)
{
	if (ended && WIFEXITED(p->status) && WEXITSTATUS(p->status) == 0) {
		send_outcome_set(out, SEND_DONE, "exit 0%s%s%s", p->left ? "; it left " : "",
				 p->left ? p->left : "", p->left ? ": ended" : "");
		return;
	}
	char how[32];
	if (ended) {
		process_describe(p, how, sizeof(how));
		send_outcome_set(out, is_final(p) ? SEND_PARK : SEND_RETRY, "%s", how);
	} else {
		send_outcome_set(out, SEND_RETRY, "not done after %.0f s", timeout_s);
	}
	append_complaint(complaints, secrets, &out->reason);
}

static struct error *check_environment(const struct program *p)
{
	for (const char **name = p->environment; name && *name; name++)
		if (!getenv(*name))
			return error_new(ERROR_CONFIG, "environment: mmfarm's has no variable %s",
					 *name);
	return NULL;
}

static struct error *run_words(const struct program *program, const char *const *argv,
			       const char *in, const struct send_context *c,
			       struct send_outcome *out)
{
	TRY(check_environment(program));
	CLEANUP_CLOSE int input = -1;
	CLEANUP_CLOSE int complaints = memfd_create("complaints", MFD_CLOEXEC);
	if (complaints < 0)
		return error_errno(ERROR_SYSTEM, errno, "memfd");
	if (in) {
		input = open(in, O_RDONLY | O_CLOEXEC);
		if (input < 0)
			return error_errno(ERROR_SYSTEM, errno, "%s", in);
	}
	const struct process_spec spec = {
	    .argv = argv,
	    .in = input,
	    .out = -1,
	    .err = complaints,
	    .pass = -1,
	    .guard = true,
	    .environment = program->environment,
	};
	CLEANUP_PROCESS struct process p = PROCESS_NONE;
	TRY(process_spawn(&spec, &p));
	int64_t deadline = clock_monotonic_ns() + (int64_t)(c->timeout_s * (double)NS_PER_S);
	bool ended = process_wait(&p, deadline);
	CLEANUP_REDACT struct redact secrets = {0};
	environment_add_secrets(program->environment, &secrets);
	judge(&p, ended, c->timeout_s, complaints, &secrets, out);
	return NULL;
}

void program_run(const struct program *p, const struct send_context *c, const char *run,
		 const char *in, struct send_outcome *out)
{
	char **argv = memory_new(p->count + 1, sizeof(*argv));
	for (size_t i = 0; i < p->count; i++) {
		CLEANUP_BUFFER struct buffer word = {0};
		placeholder_expand(p->words[i], c, run, false, &word);
		argv[i] = buffer_steal(&word);
	}
	struct error *e = run_words(p, (const char *const *)argv, in, c, out);
	if (e)
		send_outcome_error(out, e);
	for (size_t i = 0; i < p->count; i++)
		free(argv[i]);
	free(argv);
}

void program_describe(const struct program *p, struct buffer *out)
{
	for (size_t i = 0; i < p->count; i++)
		buffer_printf(out, "%s%s", i ? " " : "", p->words[i]);
}

struct error *program_configure(const struct config_map *map, void **state)
{
	struct config_node n;
	struct program program = {0};
	TRY(config_map_need(map, "command", &n));
	TRY(program_parse(n, &program));
	struct error *e = program_parse_environment(map, &program);
	if (e) {
		program_deinit(&program);
		return e;
	}
	struct program *p = memory_new(1, sizeof(*p));
	*p = program;
	*state = p;
	return NULL;
}

void program_free(void *state)
{
	program_deinit(state);
	free(state);
}
