// SPDX-License-Identifier: GPL-2.0-or-later
// Reports by mail, through the site's SMTP server (libcurl) or its sendmail program. Nights of lab
// trouble alone go to the lab's owner, never to developers.
#include <stdlib.h>
#include <string.h>

#include "base/curl.h"
#include "base/file.h"
#include "base/http.h"
#include "base/memory.h"
#include "base/redact.h"
#include "base/url.h"
#include "results/publish/destination.h"
#include "results/publish/mail_record.h"
#include "results/publish/send_program.h"
#include "results/report/report.h"
#include "text/mail_address.h"

enum mail_when { WHEN_ALWAYS, WHEN_TROUBLE };
static const char *const whens[] = {"always", "trouble", NULL};
static const char *const schemes[] = {"smtp", "smtps", NULL};

struct mail {
	const char *from;
	const char **to; // addresses
	size_t to_count;
	const char **lab_owner;
	size_t lab_owner_count;
	enum mail_when when;
	// smtp
	char *url; // owned
	const char *user;
	struct secret password;
	char *ca_file; // owned
	// sendmail
	struct send_program program;
};

#define MAIL_KEYS                                                                            \
	{"from", KEY_TEXT(struct mail, from), .required = true, .value = "ADDRESS"},         \
	    {"to", KEY_LIST(struct mail, to), .help = "who gets results"},                   \
	    {"lab_owner", KEY_LIST(struct mail, lab_owner), .help = "who gets lab trouble"}, \
	{                                                                                    \
		"when", KEY_WORD(struct mail, when, whens),                                  \
		    .preset = "always",                                                      \
		    .help = "trouble: a night without problem or fix sends nothing"          \
	}

static const struct key smtp_keys[] = {
    MAIL_KEYS,
    {"url", KEY_URL(struct mail, url, schemes), .required = true, .help = "the site's server"},
    {"user", KEY_TEXT(struct mail, user), .value = "NAME"},
    {"password", KEY_SECRET(struct mail, password), .help = "only sent over TLS"},
    {"ca_file", KEY_FILE(struct mail, ca_file), .help = "certificates to trust, else the system's"},
    {0},
};

static const struct key sendmail_keys[] = {
    MAIL_KEYS,
    SEND_PROGRAM_KEYS(struct mail, program, false, "/usr/sbin/sendmail -t -i"),
    {0},
};

// ---- configuration ------------------------------------------------------------------------------

static struct error *check_addresses(const struct config_map *map, const char *key,
				     const char *const *list)
{
	for (; list && *list; list++)
		if (!mail_address_is_valid(*list))
			return config_error(config_map_find(map, key),
					    "\"%s\" is no mail address, expected name@host", *list);
	return NULL;
}

static struct error *mail_check(void *state, const struct config_map *map)
{
	struct mail *m = state;
	const char *const from[] = {m->from, NULL};
	TRY(check_addresses(map, "from", from));
	TRY(check_addresses(map, "to", m->to));
	TRY(check_addresses(map, "lab_owner", m->lab_owner));
	m->to_count = keys_count(m->to);
	m->lab_owner_count = keys_count(m->lab_owner);
	if (m->to_count + m->lab_owner_count == 0)
		return config_error(map->node, "expected `to:` or `lab_owner:`");
	return NULL;
}

static struct error *sendmail_check(void *state, const struct config_map *map)
{
	// Recipients as the message's headers say; a line with a dot alone does not end it.
	static const char *const usual[] = {"/usr/sbin/sendmail", "-t", "-i", NULL};
	struct mail *m = state;
	TRY(mail_check(m, map));
	if (!m->program.words) {
		m->program.words = memory_new(4, sizeof(*m->program.words));
		memcpy(m->program.words, usual, sizeof(usual));
	}
	return send_program_check(&m->program, map);
}

// ---- message and recipients ---------------------------------------------------------------------

struct envelope {
	struct buffer message;
	struct buffer id; // its Message-ID
	const char *const *to;
	size_t to_count;
	bool reports; // it tells of results, and later mails may be answers to it
};

static void envelope_deinit(struct envelope *e)
{
	buffer_deinit(&e->message);
	buffer_deinit(&e->id);
}
#define CLEANUP_ENVELOPE CLEANUP(envelope_deinit)

// The mail of this destination that first told of what this one tells of: then readers see both as one
// thread.
static struct error *put_thread(const struct send_context *c, const struct mail_kept *kept,
				struct buffer *out)
{
	for (size_t i = 0; i < kept->threads_count; i++) {
		CLEANUP_BUFFER struct buffer id = {0};
		TRY(mail_record_find(c->results_dir, kept->threads[i], c->destination, &id));
		if (id.len == 0)
			continue;
		buffer_printf(out, "In-Reply-To: %s\r\nReferences: %s\r\n", buffer_str(&id),
			      buffer_str(&id));
		return NULL;
	}
	return NULL;
}

// The headers that the destination alone knows, and the message.
static struct error *put_message(const struct mail *m, const struct send_context *c,
				 const struct mail_kept *kept, struct envelope *e)
{
	mail_put_id(kept->id, m->from, &e->id);
	mail_put_addresses("From", &m->from, 1, &e->message);
	mail_put_addresses("To", e->to, e->to_count, &e->message);
	buffer_printf(&e->message, "Message-ID: %s\r\n", buffer_str(&e->id));
	TRY(put_thread(c, kept, &e->message));
	buffer_append_str(&e->message, kept->message);
	return NULL;
}

// `*any` false, with the outcome set, when there is nothing to send to anybody.
static struct error *address(const struct mail *m, const struct send_context *c, struct envelope *e,
			     bool *any, struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer stored = {0};
	CLEANUP_ARENA struct arena arena = {0};
	struct mail_kept kept;
	*any = false;
	TRY(spool_read(c->spool, c->item, &stored));
	if (!mail_message_read(buffer_str(&stored), &arena, &kept)) {
		send_outcome_set(out, SEND_PARK, "the document is no mail");
		return NULL;
	}
	if (kept.result == MAIL_PASS && m->when == WHEN_TROUBLE) {
		send_outcome_set(out, SEND_DONE, "not sent: all as wanted");
		return NULL;
	}
	bool lab = kept.result == MAIL_LAB;
	e->to = lab ? m->lab_owner : m->to;
	e->to_count = lab ? m->lab_owner_count : m->to_count;
	e->reports = !lab;
	if (e->to_count == 0) {
		send_outcome_set(out, SEND_DONE, "not sent: nobody here is to get %s",
				 lab ? "lab trouble" : "results");
		return NULL;
	}
	*any = true;
	return put_message(m, c, &kept, e);
}

// A mail that arrived and is not remembered costs a thread, and no mail is sent twice for it.
static void remember(const struct send_context *c, const struct envelope *e,
		     const struct send_outcome *out)
{
	if (out->result == SEND_DONE && e->reports)
		error_free(mail_record_add(c->results_dir, c->item->batch, c->destination,
					   buffer_str(&e->id)));
}

// ---- smtp ---------------------------------------------------------------------------------------

struct unread_mail {
	const char *at;
	size_t left;
};

static size_t read_message(char *to, size_t size, size_t count, void *from)
{
	struct unread_mail *r = from;
	size_t n = size * count < r->left ? size * count : r->left;
	memcpy(to, r->at, n);
	r->at += n;
	r->left -= n;
	return n;
}

static void set_session(CURL *h, const struct mail *m, const char *password, double timeout_s,
			char *why)
{
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, why);
	curl_easy_setopt(h, CURLOPT_URL, m->url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(timeout_s * 1000));
	// A password is never sent in the clear; without one TLS is used where it is offered.
	curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(password ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	if (m->user)
		curl_easy_setopt(h, CURLOPT_USERNAME, m->user);
	if (password)
		curl_easy_setopt(h, CURLOPT_PASSWORD, password);
	if (m->ca_file)
		curl_easy_setopt(h, CURLOPT_CAINFO, m->ca_file);
}

// A server may quote what it was told.
static void give_reason(const char *why, const char *user, const char *password,
			enum send_result result, struct send_outcome *out)
{
	CLEANUP_REDACT struct redact secrets = {0};
	CLEANUP_BUFFER struct buffer text = {0};
	redact_add_login(&secrets, user, password);
	buffer_append_str(&text, why);
	redact_text(&secrets, &text);
	send_outcome_set(out, result, "%s", buffer_str(&text));
}

static void judge_smtp(CURL *h, CURLcode code, const char *why, const struct mail *m,
		       const char *password, struct send_outcome *out)
{
	long reply = 0;
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &reply);
	bool refused = code == CURLE_LOGIN_DENIED || reply == 530 || reply == 535;
	bool final =
	    reply >= 500 || code == CURLE_URL_MALFORMAT || code == CURLE_SSL_CACERT_BADFILE;
	if (code == CURLE_OK)
		send_outcome_set(out, SEND_DONE, "SMTP %ld", reply);
	else
		give_reason(why[0] ? why : curl_easy_strerror(code), m->user, password,
			    refused ? SEND_BLOCK
			    : final ? SEND_PARK
				    : SEND_RETRY,
			    out);
}

static struct error *transfer(const struct mail *m, const struct envelope *e, double timeout_s,
			      struct send_outcome *out)
{
	CLEANUP_SECRET char *password = NULL;
	TRY(secret_read(&m->password, &password));
	CURL *h = curl_easy_init();
	if (!h)
		return error_new(ERROR_SYSTEM, "libcurl gives no handle");
	char why[CURL_ERROR_SIZE] = "";
	CLEANUP_BUFFER struct buffer from = {0};
	struct unread_mail reader = {buffer_str(&e->message), e->message.len};
	struct curl_slist *recipients = NULL;
	mail_put_bare_address(m->from, &from);
	for (size_t i = 0; i < e->to_count; i++) {
		CLEANUP_BUFFER struct buffer to = {0};
		mail_put_bare_address(e->to[i], &to);
		recipients = curl_slist_append(recipients, buffer_str(&to));
	}
	set_session(h, m, password, timeout_s, why);
	curl_easy_setopt(h, CURLOPT_MAIL_FROM, buffer_str(&from));
	curl_easy_setopt(h, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(h, CURLOPT_READFUNCTION, read_message);
	curl_easy_setopt(h, CURLOPT_READDATA, &reader);
	CURLcode code;
	struct error *failed = curl_transfer(h, NULL, &code);
	if (!failed)
		judge_smtp(h, code, why, m, password, out);
	curl_slist_free_all(recipients);
	curl_easy_cleanup(h);
	return failed;
}

// Logs in and says NOOP: no mail is begun.
static struct error *ask_server(const struct mail *m, double timeout_s, struct send_outcome *out)
{
	CLEANUP_SECRET char *password = NULL;
	TRY(secret_read(&m->password, &password));
	CURL *h = curl_easy_init();
	if (!h)
		return error_new(ERROR_SYSTEM, "libcurl gives no handle");
	char why[CURL_ERROR_SIZE] = "";
	set_session(h, m, password, timeout_s, why);
	curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, "NOOP");
	curl_easy_setopt(h, CURLOPT_NOBODY, 1L);
	CURLcode code;
	struct error *failed = curl_transfer(h, NULL, &code);
	if (!failed)
		judge_smtp(h, code, why, m, password, out);
	curl_easy_cleanup(h);
	return failed;
}

static void smtp_ask(void *state, const struct send_context *c, struct send_outcome *out)
{
	const struct mail *m = state;
	struct error *e = ask_server(m, c->timeout_s, out);
	if (e)
		send_outcome_error(out, e);
	else if (out->result == SEND_DONE)
		send_outcome_set(out, SEND_DONE, m->user ? "it takes our password" : "it answers");
}

static struct error *smtp(const struct mail *m, const struct send_context *c,
			  struct send_outcome *out)
{
	CLEANUP_ENVELOPE struct envelope e = {0};
	bool any;
	TRY(address(m, c, &e, &any, out));
	if (!any)
		return NULL;
	TRY(transfer(m, &e, c->timeout_s, out));
	remember(c, &e, out);
	return NULL;
}

static void smtp_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = smtp(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

// ---- sendmail -----------------------------------------------------------------------------------

// The finished message lies beside the document while the program reads it.
static struct error *run_sendmail(const struct mail *m, const struct send_context *c,
				  struct send_outcome *out)
{
	CLEANUP_ENVELOPE struct envelope e = {0};
	bool any;
	TRY(address(m, c, &e, &any, out));
	if (!any)
		return NULL;
	CLEANUP_FREE char *document = spool_document_path(c->spool, c->item);
	CLEANUP_FREE char *path = memory_printf("%s.tmp", document);
	TRY(file_write_atomic(path, buffer_str(&e.message), e.message.len));
	send_program_run(&m->program, c, NULL, path, out);
	unlink(path);
	remember(c, &e, out);
	return NULL;
}

static void sendmail_ask(void *state, const struct send_context *c, struct send_outcome *out)
{
	(void)c;
	send_program_ask(&((struct mail *)state)->program, out);
}

static void sendmail_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = run_sendmail(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

// ---- tables -------------------------------------------------------------------------------------

static bool mail_tells_owner(const void *state)
{
	return ((const struct mail *)state)->lab_owner_count > 0;
}

static void describe_recipients(const struct mail *m, struct buffer *out)
{
	for (size_t i = 0; i < m->to_count; i++)
		buffer_printf(out, " %s", m->to[i]);
	for (size_t i = 0; i < m->lab_owner_count; i++)
		buffer_printf(out, " %s (lab trouble)", m->lab_owner[i]);
}

static void smtp_describe(const void *state, struct buffer *out)
{
	const struct mail *m = state;
	url_public(m->url, out);
	describe_recipients(m, out);
}

static void sendmail_describe(const void *state, struct buffer *out)
{
	const struct mail *m = state;
	buffer_append_str(out, m->program.words[0]);
	describe_recipients(m, out);
}

const struct destination_driver destination_smtp = {
    .driver = {.name = "smtp",
	       .help = "the report as a mail, through a mail server",
	       .keys = smtp_keys,
	       .size = sizeof(struct mail),
	       .check = mail_check},
    .allowed = PUBLISH_MAIL | PUBLISH_HTML_MAIL,
    .usual = PUBLISH_MAIL,
    .send = smtp_send,
    .ask = smtp_ask,
    .tells_owner = mail_tells_owner,
    .describe = smtp_describe,
};

const struct destination_driver destination_sendmail = {
    .driver = {.name = "sendmail",
	       .help = "the report as a mail, through a program",
	       .keys = sendmail_keys,
	       .size = sizeof(struct mail),
	       .check = sendmail_check},
    .allowed = PUBLISH_MAIL | PUBLISH_HTML_MAIL,
    .usual = PUBLISH_MAIL,
    .send = sendmail_send,
    .ask = sendmail_ask,
    .tells_owner = mail_tells_owner,
    .describe = sendmail_describe,
};
