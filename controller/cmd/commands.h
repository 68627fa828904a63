// SPDX-License-Identifier: GPL-2.0-or-later
// The commands: each lives in a file of its own and is declared by one line here.
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#define COMMANDS(X)   \
	X(run)        \
	X(boards)     \
	X(board)      \
	X(jobs)       \
	X(schedule)   \
	X(results)    \
	X(show)       \
	X(scan)       \
	X(rescan)     \
	X(ptsan)      \
	X(report)     \
	X(triage)     \
	X(known)      \
	X(export)     \
	X(import)     \
	X(publish)    \
	X(kcidb)      \
	X(kernelci)   \
	X(reindex)    \
	X(prune)      \
	X(timing)     \
	X(compare)    \
	X(daemon)     \
	X(web)        \
	X(queue)      \
	X(reserve)    \
	X(release)    \
	X(health)     \
	X(metrics)    \
	X(completion) \
	X(complete)   \
	X(manual)     \
	X(worker)

struct cmd;
#define COMMAND_DECLARE(name) extern const struct cmd cmd_##name;
COMMANDS(COMMAND_DECLARE)

#endif
