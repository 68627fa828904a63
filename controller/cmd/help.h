// SPDX-License-Identifier: GPL-2.0-or-later
// What the tables of commands say to people: --help, and the OPTIONS of the man pages.
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "base/buffer.h"
#include "cmd/cmd.h"

// All commands with their summaries.
void help_overview(struct buffer *out);
// One command, and the words behind it; at most 80 columns. `parent`: the command that it is a word
// of, or NULL.
void help_command(const struct cmd *parent, const struct cmd *c, struct buffer *out);
// Its options, and those of its words, as the lines of a man page behind ".SH OPTIONS".
void help_manual(const struct cmd *c, struct buffer *out);
// The commands as the lines of mmfarm(1) behind ".SH COMMANDS".
void help_manual_commands(struct buffer *out);

#endif
