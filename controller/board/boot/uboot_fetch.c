// SPDX-License-Identifier: GPL-2.0-or-later
// How a payload's file comes into a U-Boot board's RAM: TFTP, or a serial protocol on the console.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "board/boot/uboot.h"

#define FETCH_TRIES   3
#define NETWORK_TRIES 2

#define TFTP_NOT_FOUND 1 // RFC 1350, section 5

// U-Boot gives up on a dead network after 20 s; each such time-out is one of its own messages.
#define NETWORK_LIMIT_S 60.0

// ---- what the TFTP server offers ----------------------------------------------------------------

char *uboot_tftp_name(const struct uboot_driver *d, const char *board, const char *what)
{
	return d->tftp_root ? memory_printf("mmfarm-%s-%s", board, what) : memory_strdup(what);
}

static struct error *copy_file(const char *from, const char *to)
{
	CLEANUP_CLOSE int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (out < 0)
		return error_errno(ERROR_LAB, errno, "%s", to);
	return file_append(from, ERROR_CONFIG, out, to);
}

static struct error *expose_file(struct uboot_driver *d, const struct board_place *place,
				 const char *root, const char *what, const char *path)
{
	if (!path)
		return NULL;
	CLEANUP_FREE char *name = uboot_tftp_name(d, place->board, what);
	CLEANUP_FREE char *offered = path_join(root, name);
	TRY(copy_file(path, offered));
	char *mine = STEAL(offered);
	ARRAY_APPEND(d->exposed, d->exposed_count, mine);
	return NULL;
}

struct error *uboot_expose(struct uboot_driver *d, const struct board_place *place)
{
	CLEANUP_FREE char *own = path_join(place->run_dir, "tftp");
	const char *root = d->tftp_root ? d->tftp_root : own;
	if (!d->tftp_root)
		TRY(file_make_dirs(own));
	TRY(expose_file(d, place, root, "image", place->payload->image));
	TRY(expose_file(d, place, root, "initrd", place->payload->initrd));
	return expose_file(d, place, root, "dtb", place->payload->dtb);
}

void uboot_unexpose(struct uboot_driver *d)
{
	for (size_t i = 0; i < d->exposed_count; i++) {
		unlink(d->exposed[i]);
		free(d->exposed[i]);
	}
	free(d->exposed);
	d->exposed = NULL;
	d->exposed_count = 0;
}

// ---- TFTP ---------------------------------------------------------------------------------------

static struct error *network_up(struct uboot_job *j)
{
	const struct uboot_driver *d = j->driver;
	// With `yes` in its environment it would start again for ever where nobody answers.
	if (!j->network_up)
		TRY(uboot_talk_need(&j->talk, 5, "setenv netretry no"));
	for (size_t i = 0; i < d->network_count && !j->network_up; i++)
		TRY(error_wrap(uboot_talk_need(&j->talk, NETWORK_LIMIT_S, "%s", d->network[i]),
			       "network"));
	if (d->tftp_server && !j->network_up)
		TRY(uboot_talk_need(&j->talk, 5, "setenv serverip %s", d->tftp_server));
	j->network_up = true;
	return NULL;
}

// What U-Boot said, and who must act on it.
static struct error *tftp_failed(struct uboot_job *j, const struct uboot_file *f)
{
	const char *output = uboot_talk_output(&j->talk);
	CLEANUP_BUFFER struct buffer words = {0};
	int code = uboot_tftp_error(output, &words);
	if (code == TFTP_NOT_FOUND)
		return error_new(ERROR_CONFIG, "TFTP: the server has no file \"%s\": %s",
				 f->tftp_name, buffer_str(&words));
	if (words.len) // it is there, and says no: another try says the same
		return error_new(ERROR_LAB, "TFTP: the server refuses \"%s\": %s", f->tftp_name,
				 buffer_str(&words));
	j->talk.retry = true;
	if (strstr(output, "Retry count exceeded") || strstr(output, "retry count exceeded"))
		return error_new(ERROR_LAB, "TFTP: network or server is dead (%s)",
				 strstr(output, "ARP") ? "no answer to ARP" : "no answer");
	if (strstr(output, "No ethernet found"))
		return error_new(ERROR_LAB, "TFTP: U-Boot finds no network interface");
	return error_new(ERROR_LAB, "TFTP: %s", uboot_talk_last_line(&j->talk));
}

// One that was still loading is no broken network.
static struct error *tftp_too_slow(struct uboot_job *j, const struct uboot_file *f, struct error *e,
				   int64_t start_ns)
{
	struct uboot_shell *u = &j->talk.shell;
	if (!e || u->state != UBOOT_FAILED || u->failure != UBOOT_COMMAND_TIMEOUT)
		return e;
	size_t marks = 0;
	for (size_t i = 0; i < u->window.len; i++)
		marks += u->window.data[i] == '#';
	double seconds = (double)(clock_monotonic_ns() - start_ns) / (double)NS_PER_S;
	return error_wrap(e,
			  "TFTP: not done in %.0f s, %zu progress marks for a file of %llu bytes "
			  "(`limit` of the board: %g s)",
			  seconds, marks, (unsigned long long)f->size, j->driver->limit);
}

static struct error *fetch_tftp(struct uboot_job *j, const struct uboot_file *f)
{
	TRY(network_up(j));
	int64_t start_ns = clock_monotonic_ns();
	struct error *e =
	    uboot_talk_run(&j->talk, j->driver->limit, "tftpboot %s %s", f->load, f->tftp_name);
	TRY(tftp_too_slow(j, f, e, start_ns));
	if (uboot_talk_rehearses(&j->talk))
		return NULL;
	if (j->talk.shell.code != 0)
		return tftp_failed(j, f);
	const char *said = strstr(uboot_talk_output(&j->talk), "Bytes transferred = ");
	uint64_t size = said ? strtoull(said + strlen("Bytes transferred = "), NULL, 10) : 0;
	if (size != f->size)
		return error_new(ERROR_LAB, "TFTP: %llu bytes of \"%s\" came, the file has %llu",
				 (unsigned long long)size, f->tftp_name,
				 (unsigned long long)f->size);
	return NULL;
}

// ---- serial protocols ---------------------------------------------------------------------------

static bool watch_transfer(const char *bytes, size_t len, void *arg)
{
	struct uboot_job *j = arg;
	uboot_shell_feed(&j->talk.shell, bytes, len, clock_monotonic_ns());
	return j->talk.shell.state != UBOOT_RUNNING;
}

static struct error *fetch_serial(struct uboot_job *j, const struct uboot_file *f)
{
	static const char *const receivers[] = {
	    [UBOOT_YMODEM] = "loady", [UBOOT_XMODEM] = "loadx", [UBOOT_KERMIT] = "loadb"};
	static const enum transfer_protocol protocols[] = {[UBOOT_YMODEM] = TRANSFER_YMODEM,
							   [UBOOT_XMODEM] = TRANSFER_XMODEM,
							   [UBOOT_KERMIT] = TRANSFER_KERMIT};
	enum uboot_transport transport = j->driver->transport;
	double seconds = j->driver->limit; // it is given up when it no longer advances
	bool ready;
	TRY(uboot_talk_start(&j->talk, seconds, "bps...", &ready, "%s %s", receivers[transport],
			     f->load));
	if (uboot_talk_rehearses(&j->talk)) {
		fprintf(j->talk.place->rehearsal, "# send %s (%llu bytes) over the console\n",
			f->path, (unsigned long long)f->size);
		return NULL;
	}
	if (!ready)
		return error_new(ERROR_LAB, "%s: %s", receivers[transport],
				 uboot_talk_last_line(&j->talk));
	int64_t deadline = clock_monotonic_ns() + (int64_t)(seconds * (double)NS_PER_S);
	struct error *e = transfer_send(j->talk.place, protocols[transport], f->path,
					deadline < j->talk.limit_ns ? deadline : j->talk.limit_ns,
					watch_transfer, j);
	if (e) {
		// Not back at its prompt: only a power cycle helps.
		if (j->talk.shell.state == UBOOT_RUNNING)
			j->talk.shell.state = UBOOT_FAILED;
		// Another try does not bring a program or a file that is not there.
		j->talk.retry = error_kind(e) == ERROR_LAB && !board_wait_stopped(e);
		return e;
	}
	return uboot_talk_finish(&j->talk);
}

// ---- both ---------------------------------------------------------------------------------------

static struct error *fetch_once(struct uboot_job *j, const struct uboot_file *f)
{
	return j->driver->transport == UBOOT_TFTP ? fetch_tftp(j, f) : fetch_serial(j, f);
}

// A dead network is given one more chance here; another power cycle would not help it.
static struct error *fetch_with_patience(struct uboot_job *j, const struct uboot_file *f)
{
	struct error *e = NULL;
	for (int i = 0; i < NETWORK_TRIES; i++) {
		error_free(e);
		j->talk.retry = false;
		e = fetch_once(j, f);
		if (!e || !j->talk.retry || j->talk.shell.state == UBOOT_FAILED)
			return e;
		uboot_talk_note(&j->talk, "fetch", "%s", error_text(e));
	}
	j->talk.retry = false;
	return e;
}

struct error *uboot_fetch(struct uboot_job *j, const struct uboot_file *f)
{
	uboot_talk_note(&j->talk, "fetch", "%s, %llu bytes", f->what, (unsigned long long)f->size);
	for (int i = 0; i < FETCH_TRIES; i++) {
		TRY(fetch_with_patience(j, f));
		bool right;
		TRY(uboot_crc32(j, f->load, f, &right));
		if (right)
			return NULL;
		uboot_talk_note(&j->talk, "fetch", "damaged in RAM: %s",
				uboot_talk_last_line(&j->talk));
	}
	return error_new(ERROR_LAB, "the %s arrived damaged %d times: %s, expected %08x", f->what,
			 FETCH_TRIES, uboot_talk_last_line(&j->talk), f->crc32);
}
