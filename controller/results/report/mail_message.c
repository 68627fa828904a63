// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/report.h"

#include <inttypes.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/memory.h"
#include "text/format.h"
#include "text/mail_address.h"
#include "text/quoted_printable.h"
#include "text/terminal.h"
#include "text/utf8.h"

#define KEPT_FORMAT    "mmfarm-mail/1"
#define HEADER_WIDTH   78  // columns of a header's line
#define WORD_MAX       60  // of a header's word that is left as it is
#define SIGNATURES_MAX 20  // headers X-Mmfarm-Signature
#define BOUNDARIES_MAX 100 // that are tried
#define THREADS_MAX    REPORT_SHOWED_MAX

// Lists refuse what is longer than some 100,000 characters.
#define TEXT_ROOM ((size_t)64 * 1024)

static const char *const result_words[] = {
    [MAIL_PASS] = "pass", [MAIL_TROUBLE] = "trouble", [MAIL_LAB] = "lab"};

// ---- headers ------------------------------------------------------------------------------------

// Whether it can stand in a header as it is: no character that ends a line, none that a reader would
// decode, no word that cannot be folded.
static bool is_plain(const char *s)
{
	size_t word = 0;
	if (strstr(s, "=?"))
		return false;
	for (; *s; s++) {
		if ((unsigned char)*s >= 0x7f || (unsigned char)*s < ' ')
			return false;
		word = *s == ' ' ? 0 : word + 1;
		if (word > WORD_MAX)
			return false;
	}
	return true;
}

// Encoded words (RFC 2047) of at most 75 characters, cut between characters.
static void put_encoded(const char *s, struct buffer *out)
{
	size_t len = strlen(s);
	for (size_t at = 0; at < len;) {
		size_t n = 0;
		while (at + n < len) {
			uint32_t code;
			bool ok;
			size_t step = utf8_decode(s + at + n, len - at - n, &code, &ok);
			if (n + step > 42)
				break;
			n += step;
		}
		char word[BASE64_ENCODE_RAW_LENGTH(45)];
		base64_encode_raw(word, n, (const uint8_t *)s + at);
		buffer_printf(out, "%s=?UTF-8?B?%.*s?=", at ? "\r\n " : "",
			      (int)BASE64_ENCODE_RAW_LENGTH(n), word);
		at += n;
	}
}

static void put_folded(const char *name, const char *value, struct buffer *out)
{
	size_t column = strlen(name) + 1;
	while (*value) {
		size_t word = strcspn(value, " ");
		if (column + 1 + word > HEADER_WIDTH && column > strlen(name) + 1) {
			buffer_append(out, "\r\n", 2);
			column = 0;
		}
		buffer_printf(out, " %.*s", (int)word, value);
		column += 1 + word;
		value += word;
		value += *value == ' ';
	}
}

// A header's text, whatever it holds: it stays one header, and drives nobody's screen.
static void put_header(const char *name, const char *value, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer text = {0}, line = {0};
	utf8_clean(value, strlen(value), SIZE_MAX, &text);
	terminal_line(buffer_str(&text), &line);
	buffer_printf(out, "%s:", name);
	if (is_plain(buffer_str(&line))) {
		put_folded(name, buffer_str(&line), out);
	} else {
		buffer_append(out, " ", 1);
		put_encoded(buffer_str(&line), out);
	}
	buffer_append(out, "\r\n", 2);
}

static void put_header_if(const char *name, const char *value, struct buffer *out)
{
	if (value && value[0])
		put_header(name, value, out);
}

static void put_date(long long ns, struct buffer *out)
{
	time_t seconds = (time_t)(ns / 1000000000LL);
	struct tm tm;
	char text[64];
	// Without setlocale the names are English, as the format wants them.
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&seconds, &tm));
	put_header("Date", text, out);
}

static enum mail_result result_of(const struct batch_report *r)
{
	if (report_is_infra_only(r))
		return MAIL_LAB;
	return r->problems_count > 0 || r->fixed_count > 0 ? MAIL_TROUBLE : MAIL_PASS;
}

static void put_signatures(const struct batch_report *r, struct buffer *out)
{
	size_t count = 0;
	for (size_t i = 0; i < r->problems_count && count < SIGNATURES_MAX; i++) {
		const struct report_problem *p = &r->problems[i];
		if (!p->splat)
			continue;
		const struct finding *f = p->splat->best->finding;
		CLEANUP_FREE char *value = memory_printf("%s %s", f->sig2, f->class);
		put_header("X-Mmfarm-Signature", value, out);
		count++;
	}
}

// What a reader's filters may go by.
static void put_facts(const struct batch_report *r, struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	const struct checkout none = {0}, *c = b->checkout ? b->checkout : &none;
	CLEANUP_FREE char *issues =
	    memory_printf("new=%zu known=%zu fixed=%zu lab=%zu", r->new_count,
			  r->problems_count - r->new_count, r->fixed_count, r->infra_count);
	put_header("X-Mmfarm-Batch", b->id, out);
	put_header("X-Mmfarm-Job", b->job, out);
	put_header_if("X-Mmfarm-Lab", b->lab, out);
	put_header("X-Mmfarm-Verdict", report_verdict(r), out);
	put_header("X-Mmfarm-Issues", issues, out);
	put_signatures(r, out);
	put_header_if("X-Mmfarm-Tree", c->git_repository_url ? c->git_repository_url : c->tree_name,
		      out);
	put_header_if("X-Mmfarm-Branch", c->git_repository_branch, out);
	put_header_if("X-Mmfarm-Commit", c->git_commit_hash, out);
}

// ---- bodies -------------------------------------------------------------------------------------

static void put_body(const char *type, const struct buffer *text, struct buffer *out)
{
	enum mail_encoding e = mail_encoding_of(buffer_str(text), text->len);
	buffer_printf(out,
		      "Content-Type: %s; charset=utf-8\r\nContent-Transfer-Encoding: %s\r\n\r\n",
		      type, mail_encoding_name(e));
	mail_encode(e, buffer_str(text), text->len, out);
}

// A boundary that stands in neither text.
static char *make_boundary(const char *id, const struct buffer *text, const struct buffer *html)
{
	char hex[DIGEST_HEX_SIZE];
	char *boundary = NULL;
	for (unsigned i = 0; i < BOUNDARIES_MAX; i++) {
		CLEANUP_FREE char *seed = memory_printf("%s %u", id, i);
		digest_bytes(seed, strlen(seed), hex);
		free(boundary);
		boundary = memory_printf("mmfarm=_%.32s", hex);
		if (!strstr(buffer_str(text), boundary) && !strstr(buffer_str(html), boundary))
			break;
	}
	return boundary;
}

static void put_alternatives(const char *id, const struct buffer *text, const struct buffer *html,
			     struct buffer *out)
{
	CLEANUP_FREE char *boundary = make_boundary(id, text, html);
	buffer_printf(out,
		      "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n",
		      boundary, boundary);
	put_body("text/plain", text, out);
	buffer_printf(out, "--%s\r\n", boundary);
	put_body("text/html", html, out);
	buffer_printf(out, "--%s--\r\n", boundary);
}

// ---- message ------------------------------------------------------------------------------------

static void put_kept(enum mail_result result, const char *id, struct buffer *out)
{
	buffer_printf(out, KEPT_FORMAT "\r\nresult: %s\r\nid: %s\r\n", result_words[result], id);
}

// The mail's thread is that of what its subject names: the first problem when an earlier batch showed it
// as well, or the first one that is fixed when there is no problem. News begin a thread.
static void put_threads(const struct batch_report *r, struct buffer *out)
{
	const char **showed = NULL;
	size_t count = 0;
	if (r->problems_count > 0) {
		showed = r->problems[0].showed;
		count = r->problems[0].showed_count;
	} else if (r->fixed_count > 0 && report_timing_failures(r) == 0) {
		showed = r->fixed[0].showed;
		count = r->fixed[0].showed_count;
	}
	for (size_t i = 0; i < count; i++)
		if (format_is_word(showed[i]))
			buffer_printf(out, "thread: %s\r\n", showed[i]);
}

static void put_common(const char *subject, long long ns, struct buffer *out)
{
	buffer_append(out, "\r\n", 2);
	put_header("Subject", subject, out);
	put_date(ns, out);
	put_header("Auto-Submitted", "auto-generated", out);
	put_header("MIME-Version", "1.0", out);
}

void mail_message_write(const struct batch_report *r, const struct buffer *html, struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	CLEANUP_BUFFER struct buffer subject = {0}, text = {0};
	char hex[DIGEST_HEX_SIZE];
	long long ns = 0;
	// Two labs may have batches of one name.
	CLEANUP_FREE char *seed = memory_printf("%s|%s", b->lab ? b->lab : "", b->id);
	digest_bytes(seed, strlen(seed), hex);
	CLEANUP_FREE char *id = memory_printf("%s.%.16s", b->id, hex);
	report_subject(r, &subject);
	report_write_text(r, TEXT_ROOM, &text);
	format_parse_time(b->finish_time ? b->finish_time : b->start_time, &ns);
	put_kept(result_of(r), id, out);
	put_threads(r, out);
	put_common(buffer_str(&subject), ns, out);
	put_facts(r, out);
	if (html)
		put_alternatives(id, &text, html, out);
	else
		put_body("text/plain", &text, out);
}

void mail_message_write_notice(const char *id, const char *subject, const char *text,
			       int64_t now_ns, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer clean = {0};
	terminal_text(text, strlen(text), &clean);
	put_kept(MAIL_LAB, id, out);
	put_common(subject, now_ns, out);
	put_body("text/plain", &clean, out);
}

// ---- what is kept -------------------------------------------------------------------------------

// The value of a line "NAME: VALUE" of `len` bytes, in the arena; NULL: it is another.
static const char *value_of(const char *line, size_t len, const char *name, struct arena *arena)
{
	size_t skip = strlen(name);
	if (len < skip || strncmp(line, name, skip) != 0)
		return NULL;
	return arena_strndup(arena, line + skip, len - skip);
}

static bool take_line(const char *line, size_t len, struct arena *arena, struct mail_kept *out)
{
	const char *value = value_of(line, len, "result: ", arena);
	for (int i = MAIL_PASS; value && i <= MAIL_LAB; i++) {
		if (strcmp(value, result_words[i]) != 0)
			continue;
		out->result = (enum mail_result)i;
		return true;
	}
	if (value)
		return false;
	if ((value = value_of(line, len, "id: ", arena)))
		out->id = value;
	else if ((value = value_of(line, len, "thread: ", arena)) &&
		 out->threads_count < THREADS_MAX)
		out->threads[out->threads_count++] = value;
	return value && format_is_word(value);
}

bool mail_message_read(const char *text, struct arena *arena, struct mail_kept *out)
{
	static const char head[] = KEPT_FORMAT "\r\n";
	*out = (struct mail_kept){.threads = arena_new(arena, THREADS_MAX, sizeof(*out->threads))};
	if (strncmp(text, head, strlen(head)) != 0)
		return false;
	text += strlen(head);
	for (const char *end; (end = strstr(text, "\r\n")); text = end + 2) {
		if (end == text) {
			out->message = end + 2;
			return out->id != NULL;
		}
		if (!take_line(text, (size_t)(end - text), arena, out))
			return false;
	}
	return false;
}

// ---- ids ----------------------------------------------------------------------------------------

void mail_put_id(const char *id, const char *from, struct buffer *out)
{
	CLEANUP_BUFFER struct buffer bare = {0};
	mail_put_bare_address(from, &bare);
	const char *at = strrchr(buffer_str(&bare), '@');
	buffer_printf(out, "<%s@%s>", id, at ? at + 1 : "mmfarm.invalid");
}

bool mail_id_is_valid(const char *s)
{
	size_t len = strlen(s);
	if (len < 5 || len > 900 || s[0] != '<' || s[len - 1] != '>' || !strchr(s, '@'))
		return false;
	for (size_t i = 1; i + 1 < len; i++)
		if ((unsigned char)s[i] <= ' ' || (unsigned char)s[i] >= 0x7f || s[i] == '<' ||
		    s[i] == '>')
			return false;
	return true;
}
