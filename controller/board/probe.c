// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/probe.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/attend.h"
#include "board/claims.h"

// A server says within this time that it has the port.
#define CONSOLE_LIMIT_NS (10 * NS_PER_S)

void board_probe_deinit(struct board_probe *p)
{
	if (!p)
		return;
	free(p->refused);
	free(p->holder);
	free(p->unmet);
	free(p->console);
	free(p->power);
	*p = (struct board_probe){0};
}

bool board_probe_failed(const struct board_probe *p)
{
	return p->refused || p->console || p->power;
}

// Takes what is wrong with the board for a finding; a wish to stop stays an error.
static struct error *take_finding(struct error *e, char **finding)
{
	if (!e || board_wait_stopped(e))
		return e;
	*finding = memory_strdup(error_text(e));
	error_free(e);
	return NULL;
}

static struct error *look(struct board *b, struct attend *a, const char *folder,
			  struct board_probe *out)
{
	out->emulated = board_is_virtual(b);
	struct error *e = board_open_console(b, folder, &a->wait);
	if (!e)
		e = line_need(a->pump.line->place, clock_monotonic_ns() + CONSOLE_LIMIT_NS);
	TRY(take_finding(e, e && error_kind(e) == ERROR_UNMET ? &out->unmet : &out->console));
	TRY(take_finding(board_ask_power(b, &out->state), &out->power));
	out->said = a->pump.line->bytes;
	return NULL;
}

// What is in the way is told and left alone.
static struct error *take_lease(const struct board_config *config, struct lease **lease,
				struct board_probe *out)
{
	const struct lease_use use = {.board = config->name, .why = "mmfarm boards --probe"};
	bool held;
	TRY(claims_ask(config, lease));
	TRY(lease_try(*lease, &use, &held));
	if (!held)
		out->holder = lease_describe_blocker(*lease);
	return NULL;
}

static struct error *look_from(const char *folder, struct board *b, struct board_probe *out)
{
	CLEANUP_ATTEND struct attend attend;
	struct error *e = attend_init(&attend, b, folder);
	return e ? e : look(b, &attend, folder, out);
}

static struct error *probe(const struct board_config *config, const char *folder,
			   struct board_probe *out)
{
	CLEANUP_BOARD struct board *b = NULL;
	CLEANUP_LEASE struct lease *lease = NULL;
	TRY(take_finding(board_new(config, &b), &out->refused));
	if (b)
		TRY(take_lease(config, &lease, out));
	return b && !out->holder ? look_from(folder, b, out) : NULL;
}

struct error *board_probe(const struct board_config *config, struct board_probe *out)
{
	*out = (struct board_probe){0};
	const char *tmp = getenv("TMPDIR");
	CLEANUP_FREE char *folder =
	    memory_printf("%s/mmfarm-probe-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(folder)) // for this user alone
		return error_errno(ERROR_SYSTEM, errno, "%s", folder);
	struct error *e = probe(config, folder, out);
	file_remove_folder(folder);
	return e;
}
