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
#include "results/publish/destination.h"
#include "results/report/report.h"
#include "results/publish/program.h"
#include "results/publish/secret.h"

struct mail {
	const char *from;
	const char **to; // owned arrays of addresses
	size_t to_count;
	const char **lab_owner;
	size_t lab_owner_count;
	bool only_trouble;
	// smtp
	const char *url;
	const char *user;
	struct secret password;
	char *ca_file; // owned
	// sendmail
	struct program program;
};

static const char *const smtp_keys[] = {"from", "to",       "lab_owner", "when", "url",
					"user", "password", "ca_file",   NULL};
static const char *const sendmail_keys[] = {"from",    "to",         "lab_owner", "when",
					    "command", PROGRAM_KEYS, NULL};

static void mail_free(void *state)
{
	struct mail *m = state;
	if (!m)
		return;
	free(m->to);
	free(m->lab_owner);
	secret_deinit(&m->password);
	free(m->ca_file);
	program_deinit(&m->program);
	free(m);
}

// ---- configuration ------------------------------------------------------------------------------

static struct error *parse_addresses(const struct config_map *map, const char *key,
				     const char ***out, size_t *count)
{
	struct config_node n = config_map_find(map, key);
	if (!config_is_set(n))
		return NULL;
	TRY(config_strings(n, out, count));
	for (size_t i = 0; i < *count; i++)
		if (!mail_address_is_valid((*out)[i]))
			return config_error(n, "\"%s\" is no mail address, expected name@host",
					    (*out)[i]);
	return NULL;
}

static struct error *parse_common(const struct config_map *map, struct mail *m)
{
	struct config_node n;
	TRY(config_map_need(map, "from", &n));
	TRY(config_string(n, &m->from));
	if (!mail_address_is_valid(m->from))
		return config_error(n, "\"%s\" is no mail address, expected name@host", m->from);
	TRY(parse_addresses(map, "to", &m->to, &m->to_count));
	TRY(parse_addresses(map, "lab_owner", &m->lab_owner, &m->lab_owner_count));
	if (m->to_count + m->lab_owner_count == 0)
		return config_error(map->node, "expected `to:` or `lab_owner:`");
	n = config_map_find(map, "when");
	if (!config_is_set(n))
		return NULL;
	const char *when;
	TRY(config_string(n, &when));
	m->only_trouble = strcmp(when, "trouble") == 0;
	if (!m->only_trouble && strcmp(when, "always") != 0)
		return config_error(n, "\"%s\", expected always or trouble", when);
	return NULL;
}

static struct error *parse_smtp(const struct config_map *map, struct mail *m)
{
	struct config_node n;
	TRY(parse_common(map, m));
	TRY(config_map_need(map, "url", &n));
	TRY(config_string(n, &m->url));
	TRY(secret_check_url(n, m->url, "`user:` and `password:`"));
	if (strncmp(m->url, "smtp://", 7) != 0 && strncmp(m->url, "smtps://", 8) != 0)
		return config_error(n,
				    "\"%s\", expected smtp://HOST[:PORT] or smtps://...; user "
				    "and password have keys of their own",
				    m->url);
	n = config_map_find(map, "user");
	if (config_is_set(n))
		TRY(config_string(n, &m->user));
	n = config_map_find(map, "password");
	if (config_is_set(n))
		TRY(secret_parse(n, &m->password));
	n = config_map_find(map, "ca_file");
	return config_is_set(n) ? config_path(n, &m->ca_file) : NULL;
}

// Beside the environment that was read already.
static struct error *parse_command(struct config_node n, struct program *out)
{
	struct program parsed = {0};
	TRY(program_parse(n, &parsed));
	out->words = parsed.words;
	out->count = parsed.count;
	return NULL;
}

static struct error *parse_sendmail(const struct config_map *map, struct mail *m)
{
	TRY(parse_common(map, m));
	TRY(program_parse_environment(map, &m->program));
	struct config_node n = config_map_find(map, "command");
	if (config_is_set(n))
		return parse_command(n, &m->program);
	m->program.words = memory_new(3, sizeof(*m->program.words));
	m->program.words[0] = "/usr/sbin/sendmail";
	m->program.words[1] = "-t"; // recipients as the message's headers say
	m->program.words[2] = "-i"; // a line with a dot alone does not end it
	m->program.count = 3;
	return NULL;
}

static struct error *configure(const struct config_map *map, void **state,
			       struct error *(*parse)(const struct config_map *, struct mail *))
{
	struct mail *m = memory_new(1, sizeof(*m));
	struct error *e = parse(map, m);
	if (e) {
		mail_free(m);
		return e;
	}
	*state = m;
	return NULL;
}

static struct error *smtp_configure(const struct config_map *map, void **state)
{
	return configure(map, state, parse_smtp);
}

static struct error *sendmail_configure(const struct config_map *map, void **state)
{
	return configure(map, state, parse_sendmail);
}

// ---- message and recipients ---------------------------------------------------------------------

struct envelope {
	struct buffer message;
	const char *const *to;
	size_t to_count;
};

// False, with the outcome set, when there is nothing to send to anybody.
static bool address(const struct mail *m, const struct buffer *stored, struct envelope *e,
		    struct send_outcome *out)
{
	enum mail_result result;
	const char *rest;
	if (!mail_message_read(buffer_str(stored), &result, &rest)) {
		send_outcome_set(out, SEND_PARK, "the document is no mail");
		return false;
	}
	if (result == MAIL_PASS && m->only_trouble) {
		send_outcome_set(out, SEND_DONE, "not sent: all as wanted");
		return false;
	}
	e->to = result == MAIL_LAB ? m->lab_owner : m->to;
	e->to_count = result == MAIL_LAB ? m->lab_owner_count : m->to_count;
	if (e->to_count == 0) {
		send_outcome_set(out, SEND_DONE, "not sent: nobody here is to get %s",
				 result == MAIL_LAB ? "lab trouble" : "results");
		return false;
	}
	mail_put_addresses("From", &m->from, 1, &e->message);
	mail_put_addresses("To", e->to, e->to_count, &e->message);
	buffer_append_str(&e->message, rest);
	return true;
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

static void set_session(const struct curl_library *c, CURL *h, const struct mail *m,
			const char *password, double timeout_s, char *why)
{
	c->easy_setopt(h, CURLOPT_ERRORBUFFER, why);
	c->easy_setopt(h, CURLOPT_URL, m->url);
	c->easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	c->easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	c->easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 10L);
	c->easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)(timeout_s * 1000));
	// A password is never sent in the clear; without one TLS is used where it is offered.
	c->easy_setopt(h, CURLOPT_USE_SSL, (long)(password ? CURLUSESSL_ALL : CURLUSESSL_TRY));
	if (m->user)
		c->easy_setopt(h, CURLOPT_USERNAME, m->user);
	if (password)
		c->easy_setopt(h, CURLOPT_PASSWORD, password);
	if (m->ca_file)
		c->easy_setopt(h, CURLOPT_CAINFO, m->ca_file);
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

static void judge_smtp(const struct curl_library *c, CURL *h, CURLcode code, const char *why,
		       const struct mail *m, const char *password, struct send_outcome *out)
{
	long reply = 0;
	c->easy_getinfo(h, CURLINFO_RESPONSE_CODE, &reply);
	bool final = reply >= 500 || code == CURLE_LOGIN_DENIED || code == CURLE_URL_MALFORMAT ||
		     code == CURLE_SSL_CACERT_BADFILE;
	if (code == CURLE_OK)
		send_outcome_set(out, SEND_DONE, "SMTP %ld", reply);
	else
		give_reason(why[0] ? why : c->easy_strerror(code), m->user, password,
			    final ? SEND_PARK : SEND_RETRY, out);
}

static struct error *transfer(const struct mail *m, const struct envelope *e, double timeout_s,
			      struct send_outcome *out)
{
	const struct curl_library *c;
	CLEANUP_SECRET char *password = NULL;
	TRY(curl_library_get(&c));
	TRY(secret_read(&m->password, &password));
	CURL *h = c->easy_init();
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
		recipients = c->slist_append(recipients, buffer_str(&to));
	}
	set_session(c, h, m, password, timeout_s, why);
	c->easy_setopt(h, CURLOPT_MAIL_FROM, buffer_str(&from));
	c->easy_setopt(h, CURLOPT_MAIL_RCPT, recipients);
	c->easy_setopt(h, CURLOPT_UPLOAD, 1L);
	c->easy_setopt(h, CURLOPT_READFUNCTION, read_message);
	c->easy_setopt(h, CURLOPT_READDATA, &reader);
	judge_smtp(c, h, c->easy_perform(h), why, m, password, out);
	c->slist_free_all(recipients);
	c->easy_cleanup(h);
	return NULL;
}

static struct error *smtp(const struct mail *m, const struct send_context *c,
			  struct send_outcome *out)
{
	CLEANUP_BUFFER struct buffer stored = {0};
	TRY(spool_read(c->spool, c->item, &stored));
	struct envelope e = {0};
	struct error *failed =
	    address(m, &stored, &e, out) ? transfer(m, &e, c->timeout_s, out) : NULL;
	buffer_deinit(&e.message);
	return failed;
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
	CLEANUP_BUFFER struct buffer stored = {0};
	TRY(spool_read(c->spool, c->item, &stored));
	CLEANUP_FREE char *document = spool_document_path(c->spool, c->item);
	CLEANUP_FREE char *path = memory_printf("%s.tmp", document);
	struct envelope e = {0};
	struct error *failed = NULL;
	if (address(m, &stored, &e, out)) {
		failed = file_write_atomic(path, buffer_str(&e.message), e.message.len);
		if (!failed)
			program_run(&m->program, c, NULL, path, out);
		unlink(path);
	}
	buffer_deinit(&e.message);
	return failed;
}

static void sendmail_send(void *state, const struct send_context *c, struct send_outcome *out)
{
	struct error *e = run_sendmail(state, c, out);
	if (e)
		send_outcome_error(out, e);
}

// ---- tables -------------------------------------------------------------------------------------

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
	http_public_url(m->url, out);
	describe_recipients(m, out);
}

static void sendmail_describe(const void *state, struct buffer *out)
{
	const struct mail *m = state;
	buffer_append_str(out, m->program.words[0]);
	describe_recipients(m, out);
}

const struct destination_driver destination_smtp = {
    .name = "smtp",
    .keys = smtp_keys,
    .allowed = PUBLISH_MAIL,
    .usual = PUBLISH_MAIL,
    .configure = smtp_configure,
    .free = mail_free,
    .send = smtp_send,
    .describe = smtp_describe,
};

const struct destination_driver destination_sendmail = {
    .name = "sendmail",
    .keys = sendmail_keys,
    .allowed = PUBLISH_MAIL,
    .usual = PUBLISH_MAIL,
    .configure = sendmail_configure,
    .free = mail_free,
    .send = sendmail_send,
    .describe = sendmail_describe,
};
