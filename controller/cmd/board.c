// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/attend.h"
#include "board/claims.h"
#include "cmd/board_console.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "config/farm.h"
#include "record/layout.h"
#include "run/directory.h"

struct board_options {
	const char *farm;
	const char *boards;
	const char *results;
	const char *log;
	const char *payload;
	const char *initrd;
	const char *arguments;
	bool dry_run;
	bool power;
	bool raw;
};

static const struct cmd_option options_table[] = {
    OPTION_BOARDS(struct board_options, boards),
    OPTION_FARM(struct board_options, farm),
    OPTION_VALUE(struct board_options, payload, "FILE", VALUES_FILE, .name = "payload",
		 .help = "an arm64 Image as it is to be stored"),
    OPTION_VALUE(struct board_options, initrd, "FILE", VALUES_FILE, .name = "initrd",
		 .help = "the initial RAM file system that goes with it"),
    OPTION_VALUE(struct board_options, arguments, "TEXT", VALUES_TEXT, .name = "arguments",
		 .help = "its command line"),
    OPTION_FLAG(struct board_options, raw, .name = "raw",
		.help = "console: its exact bytes; else what drives a terminal (escape sequences, "
			"colours) is shown as \\x1b"),
    OPTION_FLAG(struct board_options, power, .name = "power",
		.help =
		    "console: switch it on before and off afterwards (emulated boards: always)"),
    OPTION_VALUE(struct board_options, log, "DIR", VALUES_FOLDER, .name = "log",
		 .help = "where the console is kept (RESULTS/boards/NAME/TIME-PID)"),
    OPTION_RESULTS(struct board_options, results),
    OPTION_FLAG(struct board_options, dry_run, .name = "dry-run",
		.help = "print what would be said and done; touch nothing"),
};

struct board_command {
	const struct board_options *options;
	const struct board_config *config;
	struct board *board;
	struct attend attend;
	struct board_payload payload;
	char *log_dir;
	struct lease *lease;
};

// What can be asked for.
struct board_verb {
	const char *name;
	struct error *(*run)(struct board_command *c);
	struct error *(*rehearse)(struct board_command *c);
	bool needs_payload;
	bool switches; // the switch alone; the console is not looked at
};

// ---- power --------------------------------------------------------------------------------------

static struct error *power(struct board_command *c, enum power_action action)
{
	c->attend.notes = stderr;
	TRY(board_switch(c->board, action, c->log_dir, &c->attend.wait));
	lease_note_power(c->lease, NULL); // it obeyed: what a run said of it is past
	return NULL;
}

static struct error *run_on(struct board_command *c)
{
	return power(c, POWER_ON);
}

static struct error *run_off(struct board_command *c)
{
	return power(c, POWER_OFF);
}

static struct error *run_reset(struct board_command *c)
{
	return power(c, POWER_RESET);
}

static void print_power(const struct board_command *c, enum power_action action)
{
	CLEANUP_BUFFER struct buffer text = {0};
	board_describe_power(c->board, action, &text);
	fputs(buffer_str(&text), stdout);
}

static struct error *rehearse_on(struct board_command *c)
{
	print_power(c, POWER_ON);
	return NULL;
}

static struct error *rehearse_off(struct board_command *c)
{
	print_power(c, POWER_OFF);
	return NULL;
}

static struct error *rehearse_reset(struct board_command *c)
{
	print_power(c, POWER_RESET);
	return NULL;
}

// ---- on, something, off -------------------------------------------------------------------------

// Whatever happens in between, the board is off afterwards.
static struct error *while_on(struct board_command *c,
			      struct error *(*act)(struct board_command *, struct buffer *),
			      struct buffer *said)
{
	c->attend.notes = stderr;
	struct error *e = board_prepare(c->board, c->log_dir, c->payload.image ? &c->payload : NULL,
					&c->attend.wait);
	if (!e)
		e = board_power_on(c->board);
	if (!e)
		e = act(c, said);
	struct error *off = board_power_off(c->board);
	pump_drain(&c->attend.pump);
	if (!e)
		return error_wrap(off, "power-off");
	error_free(off);
	return e;
}

static struct error *act_flash(struct board_command *c, struct buffer *said)
{
	(void)said;
	return board_flash(c->board);
}

static struct error *act_identify(struct board_command *c, struct buffer *said)
{
	return board_identify(c->board, said);
}

static struct error *run_flash(struct board_command *c)
{
	TRY(while_on(c, act_flash, NULL));
	printf("board %s holds %s\n", c->config->name, c->payload.image);
	return NULL;
}

static struct error *run_identify(struct board_command *c)
{
	CLEANUP_BUFFER struct buffer said = {0};
	TRY(while_on(c, act_identify, &said));
	fputs(buffer_str(&said), stdout);
	printf("board %s is what its file says\n", c->config->name);
	return NULL;
}

static struct error *rehearse_flash(struct board_command *c)
{
	return board_rehearse(c->board, &c->payload, stdout);
}

static struct error *rehearse_identify(struct board_command *c)
{
	return board_rehearse(c->board, NULL, stdout);
}

// ---- console ------------------------------------------------------------------------------------

// A board of our own for as long as somebody looks at it.
static struct error *console_with_power(struct board_command *c)
{
	struct error *e = board_prepare(c->board, c->log_dir, c->payload.image ? &c->payload : NULL,
					&c->attend.wait);
	if (!e)
		e = board_power_on(c->board);
	if (!e)
		e = board_console_run(c->board, &c->attend);
	struct error *off = board_power_off(c->board);
	pump_drain(&c->attend.pump);
	if (!e)
		return off;
	error_free(off);
	return e;
}

static struct error *run_console(struct board_command *c)
{
	if (c->options->power || board_is_virtual(c->board))
		return console_with_power(c);
	TRY(board_open_console(c->board, c->log_dir, &c->attend.wait));
	return board_console_run(c->board, &c->attend);
}

static const struct board_verb verbs[] = {
    {.name = "on", .run = run_on, .rehearse = rehearse_on, .switches = true},
    {.name = "off", .run = run_off, .rehearse = rehearse_off, .switches = true},
    {.name = "reset", .run = run_reset, .rehearse = rehearse_reset, .switches = true},
    {.name = "console", .run = run_console},
    {.name = "flash", .run = run_flash, .rehearse = rehearse_flash, .needs_payload = true},
    {.name = "identify", .run = run_identify, .rehearse = rehearse_identify},
};

// ---- the command --------------------------------------------------------------------------------

static struct error *find_verb(const char *name, const struct board_verb **out)
{
	CLEANUP_BUFFER struct buffer known = {0};
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verbs[i].name, name) == 0) {
			*out = &verbs[i];
			return NULL;
		}
		buffer_printf(&known, "%s%s", i ? ", " : "", verbs[i].name);
	}
	return error_new(ERROR_USAGE, "unknown action \"%s\", expected one of: %s", name,
			 buffer_str(&known));
}

static struct error *parse(int argc, char **argv, struct board_options *o, char ***words)
{
	*o = (struct board_options){0};
	int first;
	TRY(cmd_parse(&cmd_board, argc, argv, o, &first));
	if (argc - first != 2)
		return error_new(ERROR_USAGE, "expected a board and an action, got %d words",
				 argc - first);
	*words = argv + first;
	return NULL;
}

static char *log_directory(const struct board_options *o, const char *board)
{
	if (o->log)
		return memory_strdup(o->log);
	char now[17];
	clock_compact(clock_realtime_ns(), now);
	return memory_printf("%s/boards/%s/%s-%d", o->results, board, now, (int)getpid());
}

// The board is somebody else's: its console can be watched, nothing more.
static struct error *board_in_use(const struct board_command *c, const char *verb)
{
	CLEANUP_FREE char *folder = lease_blocker_folder(c->lease);
	CLEANUP_FREE char *holder = lease_describe_blocker(c->lease);
	if (folder && strcmp(verb, "console") == 0)
		return board_console_follow(folder, c->options->raw);
	return error_new(ERROR_LAB, "board %s is %s", c->config->name, holder);
}

// A folder of a console that nobody has read tells nothing.
// What a command said that switched the board as it should is of no use without its console.
static void remove_empty_log(const char *dir, bool failed)
{
	const char *const names[] = {LAYOUT_CONSOLE, LAYOUT_INDEX, LAYOUT_LOCK,
				     failed ? LAYOUT_LOCK : LAYOUT_COMMANDS_LOG};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEANUP_FREE char *path = path_join(dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static struct error *carry_out(struct board_command *c, const struct board_verb *verb)
{
	CLEANUP_LEASE struct lease *lease = NULL;
	CLEANUP_FREE char *why = memory_printf("mmfarm board %s %s", c->config->name, verb->name);
	struct lease_use use = {.board = c->config->name, .why = why};
	bool held;
	TRY(claims_ask(c->config, &lease));
	c->lease = lease;
	TRY(lease_try(lease, &use, &held));
	if (!held)
		return board_in_use(c, verb->name);
	CLEANUP_FREE char *log_dir = log_directory(c->options, c->config->name);
	c->log_dir = log_dir;
	struct error *e = attend_init(&c->attend, c->board, log_dir);
	c->attend.raw = c->options->raw;
	CLEANUP_CLOSE int log_lock = -1; // tells those who follow that we are still at it
	if (!e)
		e = directory_lock(log_dir, &log_lock);
	use.where = log_dir;
	lease_tell(lease, &use);
	if (!e)
		e = verb->run(c);
	attend_deinit(&c->attend);
	if (verb->switches)
		remove_empty_log(log_dir, e != NULL);
	return e;
}

// Found out before a board is switched on for it.
static struct error *check_readable(const char *option, const char *path)
{
	if (!path)
		return NULL;
	struct stat st;
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(ERROR_CONFIG, errno, "--%s %s", option, path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return error_new(ERROR_CONFIG, "--%s %s: %s, expected a file with something in it",
				 option, path, S_ISREG(st.st_mode) ? "empty" : "not a plain file");
	return NULL;
}

static struct error *board_command(int argc, char **argv, int *code)
{
	struct board_options o;
	char **words = NULL;
	TRY(parse(argc, argv, &o, &words));
	const struct board_verb *verb = NULL;
	TRY(find_verb(words[1], &verb));
	CLEANUP_BOARDS struct boards_config *boards = NULL;
	CLEANUP_FARM struct farm_config *farm = NULL;
	TRY(farm_load(o.farm, &farm)); // for its lock_dir
	TRY(boards_load(o.boards, &boards));
	struct board_command c = {.options = &o, .config = boards_find(boards, words[0])};
	if (!c.config)
		return error_new(ERROR_USAGE, "no board \"%s\" in %s", words[0], o.boards);
	if (verb->needs_payload && !o.payload)
		return error_new(ERROR_USAGE, "%s needs --payload FILE", verb->name);
	if (o.dry_run && !verb->rehearse)
		return error_new(ERROR_USAGE, "%s knows no --dry-run", verb->name);
	TRY(check_readable("payload", o.payload));
	TRY(check_readable("initrd", o.initrd));
	TRY(claims_check(boards));
	c.payload = (struct board_payload){
	    .image = o.payload, .initrd = o.initrd, .arguments = o.arguments, .dtb = c.config->dtb};
	CLEANUP_BOARD struct board *board = NULL;
	TRY(board_new(c.config, &board));
	c.board = board;
	*code = EXIT_AS_WANTED;
	return o.dry_run ? verb->rehearse(&c) : carry_out(&c, verb);
}

const struct cmd cmd_board = {
    .name = "board",
    .arguments = "NAME on|off|reset|console|flash|identify [OPTIONS]",
    .summary = "Switches, flashes or talks to one board",
    .before = "  on, off, reset   its power switch\n"
	      "  console          its console, until Ctrl-] or the end of standard input; Ctrl-^\n"
	      "                   sends a break. While somebody else holds the board: what it\n"
	      "                   says there, to be read only\n"
	      "  flash            stores --payload, reads it back, and switches the board off\n"
	      "  identify         asks it what it is and compares with its file\n",
    CMD_OPTIONS(options_table),
    .operands = {{VALUES_BOARD, NULL, false},
		 {VALUES_CHOICE, "on off reset console flash identify", false}},
    .run = board_command,
};
