// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/memory.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/farm.h"
#include "config/secret.h"
#include "record/layout.h"

#define TOKEN_MAX 4096
#define TOKEN_MIN 16

struct web_words {
	const char *results, *farm, *listen, *token, *host;
};

static const struct cmd_option options_table[] = {
    OPTION_RESULTS(struct web_words, results),
    OPTION_FARM(struct web_words, farm),
    OPTION_VALUE(struct web_words, listen, "ADDRESS:PORT", VALUES_TEXT, .name = "listen",
		 .preset = "127.0.0.1:8080", .help = "where; port 0 is any that is free"),
    OPTION_VALUE(struct web_words, token, "FILE", VALUES_FILE, .name = "token-file",
		 .help = "its first line is wanted of every reader, as a bearer token or as the "
			 "password of a login; else only this machine may read"),
    OPTION_VALUE(struct web_words, host, "NAME", VALUES_TEXT, .name = "host",
		 .help = "a name that a proxy on this machine calls the server by"),
};

static struct error *read_token(const char *path, char **out)
{
	CLEANUP_BUFFER struct buffer text = {0};
	TRY(file_read_regular(path, TOKEN_MAX, ERROR_CONFIG, &text));
	size_t len = strcspn(buffer_str(&text), "\r\n");
	if (len < TOKEN_MIN)
		return error_new(ERROR_CONFIG, "%s: a token has %d characters at least", path,
				 TOKEN_MIN);
	*out = memory_strndup(text.data, len);
	explicit_bzero(text.data, text.len);
	return NULL;
}

static void say_where(const char *host, unsigned port)
{
	printf("http://%s:%u/\n", host, port);
	fflush(stdout);
}

static void say_trouble(const char *trouble)
{
	fprintf(stderr, "mmfarm web: %s\n", trouble);
}

static struct error *web_command(int argc, char **argv, int *code)
{
	struct web_words w = {0};
	int first;
	TRY(cmd_parse(&cmd_web, argc, argv, &w, &first));
	if (argc > first)
		return error_new(ERROR_USAGE, "\"%s\" is not expected", argv[first]);
	CLEANUP_FARM struct farm_config *farm = NULL;
	TRY(farm_load(w.farm, &farm));
	CLEANUP_SECRET char *token = NULL;
	if (w.token)
		TRY(read_token(w.token, &token));
	CLEANUP_FREE char *socket =
	    farm->control ? memory_strdup(farm->control) : path_join(w.results, LAYOUT_CONTROL);
	const struct web_options o = {.results = w.results,
				      .listen = w.listen,
				      .socket = socket,
				      .token = token,
				      .host = w.host,
				      .listens = say_where,
				      .complains = say_trouble};
	*code = EXIT_AS_WANTED;
	return web_serve(&o);
}

const struct cmd cmd_web = {
    .name = "web",
    .arguments = "[OPTIONS]",
    .summary = "Serves the results as pages: nights, findings, boards, consoles",
    .before =
	"Reads the store and the run directories, and changes nothing. It is a process of its\n"
	"own: a farm needs none, and one that is stopped stops no run.\n",
    CMD_OPTIONS(options_table),
    .after = "See docs/web.md.\n",
    .run = web_command,
};
