// SPDX-License-Identifier: GPL-2.0-or-later
// Where a U-Boot board keeps the payload: blocks of an eMMC, virtio or NVMe device, or NOR flash.
// Nothing that a write says is believed; what counts is the CRC-32 of what can be read back.
#include <stdlib.h>
#include <string.h>

#include "board/boot/uboot.h"

#define WRITE_LIMIT_S 300.0
#define READ_LIMIT_S  120.0

// "==> " and eight digits to the line's end; anything else (noise among them) is no checksum.
static bool find_checksum(const char *output, uint32_t *sum)
{
	const char *said = strstr(output, "==> ");
	if (!said)
		return false;
	const char *digits = said + 4;
	size_t n = strspn(digits, "0123456789abcdefABCDEF");
	if (n != 8 || !strchr("\r\n", digits[n]))
		return false;
	*sum = (uint32_t)strtoul(digits, NULL, 16);
	return true;
}

struct error *uboot_crc32(struct uboot_job *j, const char *address, const struct uboot_file *f,
			  bool *right)
{
	TRY(uboot_talk_need(&j->talk, READ_LIMIT_S, "crc32 %s %llx", address,
			    (unsigned long long)f->size));
	if (uboot_talk_rehearses(&j->talk)) {
		fprintf(j->talk.place->rehearsal, "# expected: ==> %08x\n", f->crc32);
		*right = true;
		return NULL;
	}
	uint32_t sum;
	if (find_checksum(uboot_talk_output(&j->talk), &sum)) {
		*right = sum == f->crc32;
		return NULL;
	}
	j->talk.retry = true;
	return error_new(ERROR_LAB, "U-Boot's crc32 said \"%s\"", uboot_talk_last_line(&j->talk));
}

static const char *device_word(enum uboot_store store)
{
	static const char *const words[] = {
	    [UBOOT_MMC] = "mmc", [UBOOT_VIRTIO] = "virtio", [UBOOT_NVME] = "nvme"};
	return words[store];
}

// ---- NOR ----------------------------------------------------------------------------------------

// Protected sectors make `erase` only warn, with exit code 0; the CRC later tells, this says why.
static struct error *erase_nor(struct uboot_job *j, const struct uboot_file *f)
{
	TRY(uboot_talk_run(&j->talk, WRITE_LIMIT_S, "protect off 0x%llx +%llx",
			   (unsigned long long)f->nor, (unsigned long long)f->nor_bytes));
	TRY(uboot_talk_need(&j->talk, WRITE_LIMIT_S, "erase 0x%llx +%llx",
			    (unsigned long long)f->nor, (unsigned long long)f->nor_bytes));
	if (strstr(uboot_talk_output(&j->talk), "protected sectors will not be erased"))
		return error_new(ERROR_LAB, "NOR flash at 0x%llx has protected sectors",
				 (unsigned long long)f->nor);
	return NULL;
}

static struct error *write_nor(struct uboot_job *j, const struct uboot_file *f)
{
	TRY(erase_nor(j, f));
	TRY(uboot_talk_run(&j->talk, WRITE_LIMIT_S, "cp.b %s 0x%llx %llx", f->load,
			   (unsigned long long)f->nor, (unsigned long long)f->size));
	if (uboot_talk_rehearses(&j->talk) || j->talk.shell.code == 0)
		return NULL;
	const char *output = uboot_talk_output(&j->talk);
	if (strstr(output, "not Erased"))
		return error_new(ERROR_LAB, "NOR flash at 0x%llx was not erased",
				 (unsigned long long)f->nor);
	return error_new(ERROR_LAB, "NOR flash at 0x%llx: %s", (unsigned long long)f->nor,
			 uboot_talk_last_line(&j->talk));
}

// ---- block devices ------------------------------------------------------------------------------

// `scan` knows no device yet after power-on; `mmc` needs none.
static struct error *select_device(struct uboot_job *j)
{
	const char *word = device_word(j->driver->store);
	if (j->driver->store != UBOOT_MMC)
		TRY(uboot_talk_need(&j->talk, 30, "%s scan", word));
	return uboot_talk_need(&j->talk, 30,
			       j->driver->store == UBOOT_NVME ? "%s device %lld" : "%s dev %lld",
			       word, (long long)j->driver->device);
}

static struct error *write_blocks(struct uboot_job *j, const struct uboot_file *f)
{
	TRY(select_device(j));
	TRY(uboot_talk_need(&j->talk, WRITE_LIMIT_S, "%s write %s %llx %llx",
			    device_word(j->driver->store), f->load, (unsigned long long)f->block,
			    (unsigned long long)f->blocks));
	if (uboot_talk_rehearses(&j->talk) || strstr(uboot_talk_output(&j->talk), "OK"))
		return NULL;
	return error_new(ERROR_LAB, "writing blocks: %s", uboot_talk_last_line(&j->talk));
}

// ---- both ---------------------------------------------------------------------------------------

void uboot_store_read_command(const struct uboot_driver *d, const struct uboot_file *f,
			      struct buffer *out)
{
	// Never booted in place: an Image that may lie anywhere would be moved within the NOR.
	if (d->store == UBOOT_NOR)
		buffer_printf(out, "cp.b 0x%llx %s %llx", (unsigned long long)f->nor, f->load,
			      (unsigned long long)f->size);
	else
		buffer_printf(out, "%s read %s %llx %llx", device_word(d->store), f->load,
			      (unsigned long long)f->block, (unsigned long long)f->blocks);
}

struct error *uboot_store_write(struct uboot_job *j, const struct uboot_file *f)
{
	uboot_talk_note(&j->talk, "flash", "%s, %llu bytes", f->what, (unsigned long long)f->size);
	board_place_wear(j->talk.place);
	return j->driver->store == UBOOT_NOR ? write_nor(j, f) : write_blocks(j, f);
}

struct error *uboot_store_read(struct uboot_job *j, const struct uboot_file *f, bool *right)
{
	if (j->driver->store != UBOOT_NOR)
		TRY(select_device(j));
	// A read that does nothing must not find the right bytes left over in RAM.
	TRY(uboot_talk_need(&j->talk, READ_LIMIT_S, "mw.b %s 0 %llx", f->load,
			    (unsigned long long)f->size));
	CLEANUP_BUFFER struct buffer command = {0};
	uboot_store_read_command(j->driver, f, &command);
	TRY(uboot_talk_need(&j->talk, READ_LIMIT_S, "%s", buffer_str(&command)));
	return uboot_crc32(j, f->load, f, right);
}
