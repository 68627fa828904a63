// SPDX-License-Identifier: GPL-2.0-or-later
// Boot through U-Boot's command line: prove that it is the right board, bring the payload over,
// store it, read it back, boot it.
#include "board/boot/uboot.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/line.h"

#define BLOCK_BYTES 512

// Bytes of one piece of bootargs: with its framing far below a line of U-Boot's.
#define ARGUMENT_PIECE 300
#define ARGUMENT_MAX   2048

// ---- what was said by the board about itself ----------------------------------------------------

static struct error *mismatch(const struct uboot_job *j, const char *what, const char *wanted)
{
	// A copy of the text: the talk is const here, and the last line is what people look for.
	const char *said = uboot_talk_output(&j->talk);
	while (*said == '\r' || *said == '\n')
		said++;
	return error_new(ERROR_IDENTITY,
			 "identity: board %s should have %s \"%s\", but it says \"%.*s\" (swapped "
			 "cable?)",
			 j->talk.place->board, what, wanted, (int)strcspn(said, "\r\n"), said);
}

// A text in the answer, as strstr(3) or strcasestr(3) finds it.
typedef char *find_fn(const char *answer, const char *text);

static struct error *ask(struct uboot_job *j, const char *command, const char *what,
			 const char *wanted, find_fn *find, struct buffer *said)
{
	if (!wanted)
		return NULL;
	TRY(uboot_talk_run(&j->talk, 10, "%s", command));
	if (uboot_talk_rehearses(&j->talk)) {
		fprintf(j->talk.place->rehearsal, "# expected: %s\n", wanted);
		return NULL;
	}
	if (said)
		buffer_printf(said, "%s\n", uboot_talk_output(&j->talk));
	return find(uboot_talk_output(&j->talk), wanted) ? NULL : mismatch(j, what, wanted);
}

static struct error *check_identity(struct uboot_job *j, struct buffer *said)
{
	const struct uboot_identity *id = &j->driver->identity;
	uboot_talk_note(&j->talk, "identify", "%s", id->configured ? "" : "nothing to check");
	TRY(ask(j, "version", "U-Boot version", id->version, strstr, said));
	CLEANUP_FREE char *ethaddr = id->ethaddr ? memory_printf("ethaddr=%s", id->ethaddr) : NULL;
	// U-Boot keeps an address as it was set; its hexadecimal digits have no case.
	TRY(ask(j, "printenv ethaddr", "address", ethaddr, strcasestr, said));
	return ask(j, id->probe, id->probe, id->probe ? id->expect : NULL, strstr, said);
}

// ---- to the prompt ------------------------------------------------------------------------------

static struct error *reach_prompt(struct uboot_job *j)
{
	const struct uboot_driver *d = j->driver;
	j->network_up = false;
	uboot_talk_note(&j->talk, "boot-loader", "waiting for U-Boot");
	TRY(uboot_talk_prompt(&j->talk, d->prompt_limit));
	if (d->boot == UBOOT_BOOT_AUTONOMOUS && j->talk.shell.environment_lost)
		uboot_talk_note(&j->talk, "environment",
				"none is saved, or it is damaged (bad CRC)");
	for (size_t i = 0; i < d->before_count; i++)
		TRY(uboot_talk_need(&j->talk, 60, "%s", d->before[i]));
	return NULL;
}

static struct error *cycle_to_prompt(struct uboot_job *j)
{
	uboot_talk_note(&j->talk, "power-cycle", "to start from storage");
	if (!uboot_talk_rehearses(&j->talk))
		TRY(j->talk.place->power_cycle(j->talk.place->power_cycle_arg));
	return reach_prompt(j);
}

// ---- flash --------------------------------------------------------------------------------------

static struct error *flash_file(struct uboot_job *j, const struct uboot_file *f)
{
	bool right = false;
	if (!j->driver->always_flash)
		TRY(uboot_store_read(j, f, &right));
	if (right && !uboot_talk_rehearses(&j->talk)) {
		uboot_talk_note(&j->talk, "flash", "%s is there already", f->what);
		return NULL;
	}
	TRY(uboot_fetch(j, f));
	TRY(uboot_store_write(j, f));
	uboot_talk_note(&j->talk, "verify", "%s", f->what);
	TRY(uboot_store_read(j, f, &right));
	if (right)
		return NULL;
	j->talk.retry = true;
	return error_new(ERROR_LAB, "flash: the %s reads back wrong: %s, expected %08x", f->what,
			 uboot_talk_last_line(&j->talk), f->crc32);
}

static struct error *flash_files(struct uboot_job *j)
{
	for (size_t i = 0; i < UBOOT_FILES; i++)
		if (j->files[i].path)
			TRY(flash_file(j, &j->files[i]));
	return NULL;
}

// ---- boot ---------------------------------------------------------------------------------------

// One variable, read back: what U-Boot prints at once is limited, so the value is short.
static struct error *set_piece(struct uboot_job *j, size_t n, const char *text, int len)
{
	TRY(uboot_talk_need(&j->talk, 5, "setenv mmfarm%zu '%.*s'", n, len, text));
	TRY(uboot_talk_need(&j->talk, 5, "printenv mmfarm%zu", n));
	if (uboot_talk_rehearses(&j->talk))
		return NULL;
	const char *said = uboot_talk_last_line(&j->talk);
	const char *value = strchr(said, '=');
	if (value && strlen(value + 1) == (size_t)len && strncmp(value + 1, text, (size_t)len) == 0)
		return NULL;
	return error_new(ERROR_LAB, "setting bootargs: U-Boot holds \"%s\"", said);
}

static struct error *set_arguments(struct uboot_job *j)
{
	const char *arguments = j->talk.place->payload->arguments;
	int len = arguments ? (int)strnlen(arguments, ARGUMENT_MAX + 1) : 0;
	if (len > ARGUMENT_MAX || (len && strchr(arguments, '\'')))
		return error_new(ERROR_CONFIG,
				 "payload arguments: at most %d bytes and no ' on a U-Boot board",
				 ARGUMENT_MAX);
	CLEANUP_BUFFER struct buffer whole = {0};
	size_t pieces = 0;
	for (int at = 0; at < len; at += ARGUMENT_PIECE, pieces++) {
		int rest = len - at;
		TRY(set_piece(j, pieces, arguments + at,
			      rest < ARGUMENT_PIECE ? rest : ARGUMENT_PIECE));
		buffer_printf(&whole, "${mmfarm%zu}", pieces);
	}
	TRY(uboot_talk_need(&j->talk, 5, "setenv bootargs \"%s\"", buffer_str(&whole)));
	if (!len)
		return NULL;
	return error_wrap(
	    uboot_talk_need(&j->talk, 5, "test \"${bootargs}\" = \"%s\"", buffer_str(&whole)),
	    "setting bootargs");
}

static void boot_command(const struct uboot_job *j, struct buffer *out)
{
	const struct uboot_file *initrd = &j->files[1];
	buffer_printf(out, "booti %s ", j->files[0].load);
	if (initrd->path)
		buffer_printf(out, "%s:%llx", initrd->load, (unsigned long long)initrd->size);
	else
		buffer_append_str(out, "-");
	const struct uboot_file *dtb = &j->files[2];
	buffer_printf(out, " %s", dtb->path ? dtb->load : j->driver->fdt);
}

static struct error *boot_payload(struct uboot_job *j)
{
	TRY(set_arguments(j));
	CLEANUP_BUFFER struct buffer command = {0};
	boot_command(j, &command);
	uboot_talk_note(&j->talk, "handover", "%s", buffer_str(&command));
	board_place_hand_over(j->talk.place);
	bool started;
	TRY(uboot_talk_start(&j->talk, 60, j->talk.shell.config.started, &started, "%s",
			     buffer_str(&command)));
	if (started)
		return NULL;
	return error_new(ERROR_CONFIG, "U-Boot does not boot the payload: %s",
			 uboot_talk_last_line(&j->talk));
}

// Every boot reads the store anew and proves it: a power cut may have spoilt what was verified.
static struct error *boot_from_store(struct uboot_job *j)
{
	for (size_t i = 0; i < UBOOT_FILES; i++) {
		const struct uboot_file *f = &j->files[i];
		bool right = true;
		if (f->path)
			TRY(uboot_store_read(j, f, &right));
		if (right)
			continue;
		j->talk.retry = true;
		return error_new(ERROR_LAB,
				 "boot: the store does not hold the %s any more: %s, expected %08x",
				 f->what, uboot_talk_last_line(&j->talk), f->crc32);
	}
	return boot_payload(j);
}

// ---- autonomous boot from NOR -------------------------------------------------------------------

// Also the board's own boot proves the copy: `crc32` leaves the sum in memory, most significant
// byte first, where a little-endian CPU reads it reversed.
static struct error *save_boot_command(struct uboot_job *j)
{
	const struct uboot_file *image = &j->files[0];
	TRY(set_arguments(j));
	CLEANUP_BUFFER struct buffer read = {0};
	CLEANUP_BUFFER struct buffer boot = {0};
	uboot_store_read_command(j->driver, image, &read);
	boot_command(j, &boot);
	uboot_talk_note(&j->talk, "environment", "boot command");
	TRY(uboot_talk_need(
	    &j->talk, 10,
	    "setenv bootcmd '%s; crc32 %s %llx ${loadaddr}; if itest.l *${loadaddr} "
	    "== 0x%08x; then %s; fi'",
	    buffer_str(&read), image->load, (unsigned long long)image->size,
	    __builtin_bswap32(image->crc32), buffer_str(&boot)));
	return error_wrap(uboot_talk_need(&j->talk, 60, "saveenv"), "saving the environment");
}

static struct error *watch_own_boot(struct uboot_job *j)
{
	struct board_place *place = j->talk.place;
	CLEANUP_BUFFER struct buffer seen = {0};
	int64_t limit =
	    clock_monotonic_ns() + (int64_t)(j->driver->prompt_limit * (double)NS_PER_S);
	while (!seen.len || !strstr(seen.data, j->talk.shell.config.started)) {
		size_t before = seen.len;
		TRY(line_listen(place, limit, &seen));
		for (size_t i = before; i < seen.len; i++) // strstr looks through it
			seen.data[i] = seen.data[i] ? seen.data[i] : ' ';
		if (clock_monotonic_ns() < limit && seen.len < LINE_TAP_LIMIT)
			continue;
		j->talk.retry = true;
		return error_new(ERROR_LAB, "the board does not boot by itself%s",
				 seen.len && strstr(seen.data, UBOOT_ENVIRONMENT_LOST)
				     ? ": its saved environment is lost (bad CRC)"
				     : "");
	}
	return NULL;
}

static struct error *boot_autonomously(struct uboot_job *j)
{
	TRY(save_boot_command(j));
	uboot_talk_note(&j->talk, "power-cycle", "to boot by itself");
	if (uboot_talk_rehearses(&j->talk)) {
		fprintf(j->talk.place->rehearsal, "wait for \"%s\"\n",
			j->talk.shell.config.started);
		return NULL;
	}
	board_place_hand_over(j->talk.place);
	TRY(j->talk.place->power_cycle(j->talk.place->power_cycle_arg));
	return watch_own_boot(j);
}

// ---- one attempt, and another -------------------------------------------------------------------

static struct error *start_once(struct uboot_job *j)
{
	const struct uboot_driver *d = j->driver;
	TRY(reach_prompt(j));
	TRY(check_identity(j, NULL));
	if (d->store == UBOOT_RAM) {
		for (size_t i = 0; i < UBOOT_FILES; i++)
			if (j->files[i].path)
				TRY(uboot_fetch(j, &j->files[i]));
		return boot_payload(j);
	}
	TRY(flash_files(j));
	if (d->boot == UBOOT_BOOT_AUTONOMOUS)
		return boot_autonomously(j);
	if (d->power_cycle)
		TRY(cycle_to_prompt(j));
	return boot_from_store(j);
}

static struct error *flash_once(struct uboot_job *j)
{
	TRY(reach_prompt(j));
	TRY(check_identity(j, NULL));
	return flash_files(j);
}

// A board that stumbled gets a power cycle and another try; what a power cycle cannot mend (a
// missing file, the wrong board) ends it at once.
static struct error *try_again(struct uboot_job *j, struct error *(*once)(struct uboot_job *))
{
	for (int64_t attempt = 1;; attempt++) {
		j->talk.retry = false;
		struct error *e = once(j);
		if (!e || !j->talk.retry || attempt >= j->driver->attempts ||
		    clock_monotonic_ns() >= j->talk.limit_ns)
			return e;
		CLEANUP_ERROR struct error *first = e;
		uboot_talk_note(&j->talk, "retry", "%s", error_text(first));
		TRY(j->talk.place->power_cycle(j->talk.place->power_cycle_arg));
	}
}

// ---- files --------------------------------------------------------------------------------------

static struct error *measure(struct uboot_file *f)
{
	CLEANUP_CLOSE int fd = open(f->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(ERROR_CONFIG, errno, "%s", f->path);
	uLong crc = crc32(0, NULL, 0);
	unsigned char chunk[65536];
	ssize_t n;
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		crc = crc32(crc, chunk, (uInt)n);
		f->size += (uint64_t)n;
	}
	f->crc32 = (uint32_t)crc;
	return n < 0 ? error_errno(ERROR_SYSTEM, errno, "%s", f->path) : NULL;
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
	return (n + unit - 1) / unit * unit;
}

static struct error *lay_out(const struct uboot_driver *d, const struct board_place *place,
			     struct uboot_file files[UBOOT_FILES])
{
	const struct board_payload *p = place->payload;
	if (!p || !p->image)
		return error_new(ERROR_USAGE, "board %s: there is no payload to boot",
				 place->board);
	files[0] = (struct uboot_file){.what = "image", .path = p->image, .load = d->load};
	files[1] = (struct uboot_file){.what = "initrd", .path = p->initrd, .load = d->load_initrd};
	files[2] = (struct uboot_file){.what = "dtb", .path = p->dtb, .load = d->load_dtb};
	uint64_t block = (uint64_t)d->block;
	uint64_t nor = (uint64_t)d->nor;
	for (size_t i = 0; i < UBOOT_FILES; i++) {
		struct uboot_file *f = &files[i];
		if (!f->path)
			continue;
		TRY(measure(f));
		f->tftp_name = uboot_tftp_name(d, place->board, f->what);
		f->block = block;
		f->blocks = round_up(f->size, BLOCK_BYTES) / BLOCK_BYTES;
		f->nor = nor;
		f->nor_bytes = round_up(f->size, (uint64_t)d->sector);
		block += f->blocks;
		nor += f->nor_bytes;
	}
	return NULL;
}

// ---- the driver's face --------------------------------------------------------------------------

static void job_deinit(struct uboot_job *j)
{
	uboot_talk_deinit(&j->talk);
	for (size_t i = 0; i < UBOOT_FILES; i++)
		free(j->files[i].tftp_name);
}
#define CLEANUP_JOB_STATE CLEANUP(job_deinit)

static void job_init(struct uboot_job *j, const struct uboot_driver *d, struct board_place *place)
{
	*j = (struct uboot_job){.driver = d};
	int64_t limit = clock_monotonic_ns() + (int64_t)(d->limit * (double)NS_PER_S);
	uboot_talk_init(&j->talk, &d->shell, place, limit);
}

static struct error *carry_out(void *state, struct board_place *place,
			       struct error *(*once)(struct uboot_job *))
{
	struct uboot_driver *d = state;
	CLEANUP_JOB_STATE struct uboot_job j;
	job_init(&j, d, place);
	TRY(lay_out(d, place, j.files));
	return try_again(&j, once);
}

static struct error *uboot_start(void *state, struct board_place *place)
{
	return carry_out(state, place, start_once);
}

static bool uboot_wears(const void *state)
{
	const struct uboot_driver *d = state;
	return d->store != UBOOT_RAM;
}

static struct error *uboot_flash(void *state, struct board_place *place)
{
	struct uboot_driver *d = state;
	if (d->store == UBOOT_RAM)
		return error_new(ERROR_USAGE, "board %s boots from RAM: it has no store to flash",
				 place->board);
	return carry_out(state, place, flash_once);
}

static struct error *uboot_identify(void *state, struct board_place *place, struct buffer *said)
{
	CLEANUP_JOB_STATE struct uboot_job j;
	job_init(&j, state, place);
	if (!j.driver->identity.configured)
		return error_new(ERROR_USAGE, "board %s: its file says nothing to identify it by",
				 place->board);
	TRY(reach_prompt(&j));
	return check_identity(&j, said);
}

static struct error *uboot_prepare(void *state, struct board_place *place)
{
	struct uboot_driver *d = state;
	if (!place->payload || d->transport != UBOOT_TFTP)
		return NULL;
	if (!place->rehearsal)
		return uboot_expose(d, place);
	fprintf(place->rehearsal, "# the TFTP server offers %s%s%s\n", place->payload->image,
		place->payload->initrd ? " and " : "",
		place->payload->initrd ? place->payload->initrd : "");
	return NULL;
}

static const char *uboot_needs_emulator(const void *state)
{
	const struct uboot_driver *d = state;
	return d->transport == UBOOT_TFTP && !d->tftp_root
		   ? "transport tftp: expected \"tftp-root\", the folder of the TFTP server that "
		     "this "
		     "board asks"
		   : NULL;
}

static double uboot_limit(const void *state)
{
	return ((const struct uboot_driver *)state)->limit;
}

static void uboot_release(void *state)
{
	struct uboot_driver *d = state;
	uboot_unexpose(d);
}

const struct boot_driver boot_uboot = {
    .takes_dtb = true,
    .driver = {.name = "uboot",
	       .help = "U-Boot's command line",
	       .keys = uboot_keys,
	       .size = sizeof(struct uboot_driver),
	       .check = uboot_check,
	       .release = uboot_release},
    .needs_emulator = uboot_needs_emulator,
    .prepare = uboot_prepare,
    .start = uboot_start,
    .flash = uboot_flash,
    .wears = uboot_wears,
    .identify = uboot_identify,
    .limit = uboot_limit,
};
