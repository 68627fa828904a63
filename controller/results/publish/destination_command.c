// SPDX-License-Identifier: GPL-2.0-or-later
// The site's own program, with the document as its standard input.
#include <stdlib.h>

#include "base/memory.h"
#include "results/publish/destination.h"
#include "results/publish/program.h"

static const char *const keys[] = {"command", PROGRAM_KEYS, NULL};

static void command_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	CLEANUP_FREE char *document = spool_document_path(c->spool, c->item);
	program_run(state, c, NULL, document, out);
}

static void command_describe(const void *state, struct buffer *out)
{
	program_describe(state, out);
}

const struct destination_driver destination_command = {
    .name = "command",
    .keys = keys,
    .allowed =
	PUBLISH_KCIDB | PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_JUNIT | PUBLISH_TAP | PUBLISH_CSV,
    .usual = PUBLISH_KCIDB,
    .configure = program_configure,
    .free = program_free,
    .send = command_send,
    .describe = command_describe,
};
