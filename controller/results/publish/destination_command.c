// SPDX-License-Identifier: GPL-2.0-or-later
// The site's own program, with the document as its standard input.
#include <stdlib.h>

#include "base/memory.h"
#include "results/publish/send_program.h"

static void command_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	CLEANUP_FREE char *document = spool_document_path(c->spool, c->item);
	send_program_run(state, c, NULL, document, out);
}

const struct destination_driver destination_command = {
    .driver = {.name = "command",
	       .help = "the document as standard input of a program",
	       .keys = send_program_keys,
	       .size = sizeof(struct send_program),
	       .check = send_program_check_driver},
    .allowed =
	PUBLISH_KCIDB | PUBLISH_TEXT | PUBLISH_HTML | PUBLISH_JUNIT | PUBLISH_TAP | PUBLISH_CSV,
    .usual = PUBLISH_KCIDB,
    .send = command_send,
    .ask = send_program_ask_driver,
    .describe = send_program_describe_driver,
};
