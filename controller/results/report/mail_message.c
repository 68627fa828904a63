// SPDX-License-Identifier: GPL-2.0-or-later
#include "results/report/report.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/memory.h"
#include "text/utf8.h"
#include "text/format.h"

#define RESULT_LINE "X-Mmfarm-Result: "

static const char *const result_words[] = {
    [MAIL_PASS] = "pass", [MAIL_TROUBLE] = "trouble", [MAIL_LAB] = "lab"};

// ---- pieces -------------------------------------------------------------------------------------

static void put_base64(const char *bytes, size_t len, struct buffer *out)
{
	// 57 bytes make a line of 76 characters (RFC 2045, section 6.8).
	for (size_t at = 0; at < len; at += 57) {
		char line[BASE64_ENCODE_RAW_LENGTH(57)];
		size_t n = len - at < 57 ? len - at : 57;
		base64_encode_raw(line, n, (const uint8_t *)bytes + at);
		buffer_append(out, line, BASE64_ENCODE_RAW_LENGTH(n));
		buffer_append(out, "\r\n", 2);
	}
}

static bool is_ascii(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s >= 0x80 || (unsigned char)*s < ' ')
			return false;
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

// A header's text, folded at blanks where a line would pass 78 characters.
static void put_header(const char *name, const char *value, struct buffer *out)
{
	size_t column = strlen(name) + 1;
	buffer_printf(out, "%s:", name);
	if (!is_ascii(value)) {
		buffer_append(out, " ", 1);
		put_encoded(value, out);
		buffer_append(out, "\r\n", 2);
		return;
	}
	while (*value) {
		size_t word = strcspn(value, " ");
		if (column + 1 + word > 78 && column > strlen(name) + 1) {
			buffer_append(out, "\r\n", 2);
			column = 0;
		}
		buffer_printf(out, " %.*s", (int)word, value);
		column += 1 + word;
		value += word;
		value += *value == ' ';
	}
	buffer_append(out, "\r\n", 2);
}

static void put_date(const struct batch_record *b, struct buffer *out)
{
	long long ns = 0;
	format_parse_time(b->finish_time ? b->finish_time : b->start_time, &ns);
	time_t seconds = (time_t)(ns / 1000000000LL);
	struct tm tm;
	char text[64];
	// Without setlocale the names are English, as the format wants them.
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&seconds, &tm));
	put_header("Date", text, out);
}

static void put_message_id(const struct batch_record *b, struct buffer *out)
{
	CLEANUP_FREE char *seed = memory_printf("%s|%s", b->lab ? b->lab : "", b->id);
	char hex[DIGEST_HEX_SIZE];
	digest_bytes(seed, strlen(seed), hex);
	CLEANUP_FREE char *id = memory_printf("<%s.%.16s@mmfarm.invalid>", b->id, hex);
	put_header("Message-ID", id, out);
}

static void put_part(const char *boundary, const char *type, const struct buffer *body,
		     struct buffer *out)
{
	buffer_printf(out,
		      "--%s\r\nContent-Type: %s; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n",
		      boundary, type);
	put_base64(buffer_str(body), body->len, out);
}

// ---- message ------------------------------------------------------------------------------------

static enum mail_result result_of(const struct batch_report *r)
{
	if (report_is_infra_only(r))
		return MAIL_LAB;
	return r->problems_count > 0 || r->fixed_count > 0 ? MAIL_TROUBLE : MAIL_PASS;
}

void mail_message_write(const struct batch_report *r, struct buffer *out)
{
	const struct batch_record *b = r->results->batch;
	CLEANUP_BUFFER struct buffer subject = {0}, text = {0}, html = {0};
	report_subject(r, &subject);
	report_write_text(r, &text);
	report_write_html(r, &html);
	// The boundary cannot stand in base64, which has no '_'.
	CLEANUP_FREE char *boundary = memory_printf("mmfarm_%s", b->id);
	buffer_printf(out, RESULT_LINE "%s\r\n", result_words[result_of(r)]);
	put_header("Subject", buffer_str(&subject), out);
	put_date(b, out);
	put_message_id(b, out);
	put_header("Auto-Submitted", "auto-generated", out);
	put_header("MIME-Version", "1.0", out);
	buffer_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%.60s\"\r\n\r\n",
		      boundary);
	boundary[strnlen(boundary, 60)] = '\0';
	put_part(boundary, "text/plain", &text, out);
	put_part(boundary, "text/html", &html, out);
	buffer_printf(out, "--%s--\r\n", boundary);
}

bool mail_message_read(const char *message, enum mail_result *result, const char **rest)
{
	if (strncmp(message, RESULT_LINE, strlen(RESULT_LINE)) != 0)
		return false;
	const char *word = message + strlen(RESULT_LINE);
	for (int i = MAIL_PASS; i <= MAIL_LAB; i++) {
		size_t len = strlen(result_words[i]);
		if (strncmp(word, result_words[i], len) != 0 || strncmp(word + len, "\r\n", 2) != 0)
			continue;
		*result = (enum mail_result)i;
		*rest = word + len + 2;
		return true;
	}
	return false;
}

// ---- addresses ----------------------------------------------------------------------------------

bool mail_address_is_valid(const char *s)
{
	CLEANUP_BUFFER struct buffer bare = {0};
	mail_put_bare_address(s, &bare);
	const char *at = strchr(buffer_str(&bare), '@');
	return is_ascii(s) && at && at > bare.data && at[1] != '\0' && !strchr(at + 1, '@') &&
	       bare.data[0] != '-' && !strpbrk(bare.data, " <>,;\"\\");
}

void mail_put_bare_address(const char *s, struct buffer *out)
{
	const char *open = strrchr(s, '<');
	const char *close = open ? strchr(open, '>') : NULL;
	if (open && close && close[1] == '\0')
		buffer_append(out, open + 1, (size_t)(close - open - 1));
	else
		buffer_append_str(out, s);
}

void mail_put_addresses(const char *name, const char *const *addresses, size_t count,
			struct buffer *out)
{
	buffer_printf(out, "%s:", name);
	for (size_t i = 0; i < count; i++)
		buffer_printf(out, "%s %s", i ? ",\r\n" : "", addresses[i]);
	buffer_append(out, "\r\n", 2);
}
