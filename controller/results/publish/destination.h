// SPDX-License-Identifier: GPL-2.0-or-later
// Places that results are sent to. A driver is a table; it reads its own keys of farm.yaml and
// sends one item at a time. It decides nothing about when and how often: that is the publisher's.
#ifndef RESULTS_DESTINATION_H
#define RESULTS_DESTINATION_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "config/driver.h"
#include "results/publish/spool.h"

enum send_result {
	SEND_DONE,     // arrived
	SEND_ACCEPTED, // taken, to be confirmed: `submission` is set
	SEND_RETRY,    // not now
	SEND_PARK,     // never, unless a person changes something
	SEND_SPLIT,    // too big: worth sending in pieces
	SEND_BLOCK,    // we cannot log in: nothing else is worth sending either
};

// What came of sending, or of asking.
struct send_outcome {
	enum send_result result;
	struct buffer reason;     // for people; never holds a secret
	struct buffer submission; // SEND_ACCEPTED
	double retry_after_s;     // NaN: as the publisher thinks
	int64_t progress;         // of items sent in steps: kept for the next try
};
#define SEND_OUTCOME_NONE ((struct send_outcome){.result = SEND_RETRY, .retry_after_s = NAN})

static inline void send_outcome_deinit(struct send_outcome *o)
{
	buffer_deinit(&o->reason);
	buffer_deinit(&o->submission);
}
#define CLEANUP_SEND_OUTCOME CLEANUP(send_outcome_deinit)

// Sets result and reason together.
void send_outcome_set(struct send_outcome *o, enum send_result result, const char *fmt, ...)
    ERROR_PRINTF(3, 4);
// From an error: ERROR_CONFIG (a secret's file that is missing, an address that cannot work) blocks the
// destination, as it is wrong for every item; everything else is worth another try. Takes ownership.
void send_outcome_error(struct send_outcome *o, struct error *e);
// From an HTTP status that is no success: 408, 425, 429 and 5xx are worth another try, 413 asks for
// pieces, 401 and 403 block the destination, the rest parks. `text` is what the server said (its first line is quoted).
void send_outcome_http(struct send_outcome *o, long status, const char *text, double retry_after_s);

// Kinds of content an item can be made of, as bits.
enum publish_what {
	PUBLISH_KCIDB = 1 << 0, // the document, in pieces where it is big
	PUBLISH_TEXT = 1 << 1,  // report
	PUBLISH_HTML = 1 << 2,
	PUBLISH_JUNIT = 1 << 3,
	PUBLISH_TAP = 1 << 4,
	PUBLISH_CSV = 1 << 5,
	PUBLISH_MAIL = 1 << 6,      // report as a message of plain text
	PUBLISH_FILES = 1 << 7,     // the run directories themselves
	PUBLISH_HTML_MAIL = 1 << 8, // report as a message of text and HTML
};

struct destination;

// Everything a driver may look at besides its own configuration.
struct send_context {
	const char *results_dir;
	const char *destination; // its name in farm.yaml
	struct spool *spool;     // NULL: it is only being asked
	const struct spool_item *item;
	double timeout_s;
};

struct destination_driver {
	struct driver driver; // its own keys of farm.yaml
	unsigned allowed;     // what it can be given
	unsigned usual;       // what it is given unless `what:` says otherwise
	bool collection;      // where labs' results meet: it needs an origin of the lab's own
	void (*send)(void *state, const struct send_context *c, struct send_outcome *out);
	// Asks what became of a submission; NULL when there is nothing to ask.
	void (*confirm)(void *state, const struct send_context *c, struct send_outcome *out);
	// Asks whether it can be reached and takes our login, as far as that can be found out without
	// sending anything: SEND_DONE with what was found out, or what would become of an item.
	void (*ask)(void *state, const struct send_context *c, struct send_outcome *out);
	// Whether it can tell the lab's owner of trouble (PUBLISH_MAIL); NULL: it cannot.
	bool (*tells_owner)(const void *state);
	// Appends where it sends to, for people; never a secret.
	void (*describe)(const void *state, struct buffer *out);
};

// NULL-terminated; each entry is the beginning of a struct destination_driver.
extern const struct driver *const destination_drivers[];

// What a question to an HTTP service came to: every answer shows that it is there, also "no such thing"
// and "no such method"; only a refused login and trouble of its own are none.
void destination_judge_answer(long status, const char *text, struct send_outcome *out);

// Whether a program can be executed, as process_spawn looks for it.
void destination_ask_program(const char *program, struct send_outcome *out);

// Appends `text` with {batch}, {what}, {item}, {file}, {document}, {run} and {run_dir} replaced; `run`
// may be NULL where none is at hand. `escape`: what is put in is percent-encoded.
void destination_fill(const char *text, const struct send_context *c, const char *run, bool escape,
		      struct buffer *out);
// Refuses a text of the key `n` with an unknown {word}, naming the known ones.
struct error *destination_check_text(struct config_node n, const char *text) ERROR_RESULT;

#endif
