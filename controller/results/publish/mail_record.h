// SPDX-License-Identifier: GPL-2.0-or-later
// Which mails told of a batch: RESULTS/batches/BATCH/mails.jsonl, a line a mail. A later mail about the
// same issue answers the first. It lies with the batch, so that `reindex` loses nothing.
#ifndef RESULTS_MAIL_RECORD_H
#define RESULTS_MAIL_RECORD_H

#include "base/buffer.h"
#include "base/error.h"

// Notes a mail that arrived; one that is noted already is not noted again. A batch that is gone is
// not brought back for it.
struct error *mail_record_add(const char *results_dir, const char *batch, const char *destination,
			      const char *message_id) ERROR_RESULT;

// Appends the Message-ID of the first mail that the destination sent of the batch; nothing when
// there is none that can stand in a header.
struct error *mail_record_find(const char *results_dir, const char *batch, const char *destination,
			       struct buffer *message_id) ERROR_RESULT;

#endif
