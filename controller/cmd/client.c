// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/client.h"

#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/memory.h"
#include "config/farm.h"
#include "daemon/control.h"
#include "record/layout.h"

#define ANSWER_MS 30000

void client_deinit(struct client *c)
{
	cleanup_close(&c->fd);
	buffer_deinit(&c->rest);
}

struct error *client_open(const char *results, const char *farm_file, struct client *out)
{
	CLEANUP_FARM struct farm_config *farm = NULL;
	TRY(farm_load(farm_file, &farm));
	CLEANUP_FREE char *path =
	    farm->control ? memory_strdup(farm->control) : path_join(results, LAYOUT_CONTROL);
	*out = (struct client){.fd = -1};
	return control_connect(path, &out->fd);
}

struct error *client_need(const char *results, const char *farm, struct client *out)
{
	TRY(client_open(results, farm, out));
	if (out->fd >= 0)
		return NULL;
	return error_new(ERROR_LAB, "no daemon runs for %s; `mmfarm daemon` starts one", results);
}

struct error *client_ask(struct client *c, json_t *request, json_t **answer)
{
	struct error *e = control_write(c->fd, request);
	json_decref(request);
	TRY(e);
	json_t *o = NULL;
	TRY(control_read(c->fd, &c->rest, ANSWER_MS, &o));
	if (!o)
		return error_new(ERROR_LAB, "the daemon is gone");
	const json_t *refused = json_object_get(o, "error");
	if (refused) {
		bool usage = json_is_true(json_object_get(o, "usage"));
		e = error_new(usage ? ERROR_USAGE : ERROR_LAB, "%s", json_string_value(refused));
		json_decref(o);
		return e;
	}
	*answer = o;
	return NULL;
}

struct error *client_listen(struct client *c, json_t **news)
{
	return control_read(c->fd, &c->rest, -1, news);
}

const char *client_text(const json_t *o, const char *member)
{
	const char *text = json_string_value(json_object_get(o, member));
	return text ? text : "";
}

int64_t client_number(const json_t *o, const char *member)
{
	return json_integer_value(json_object_get(o, member));
}

char *client_duration(int64_t s)
{
	if (s < 0)
		s = 0;
	if (s < 90)
		return memory_printf("%lld s", (long long)s);
	if (s < 90 * 60)
		return memory_printf("%lld min", (long long)(s + 30) / 60);
	if (s < 48 * 3600)
		return memory_printf("%lld h", (long long)(s + 1800) / 3600);
	return memory_printf("%lld days", (long long)(s + 43200) / 86400);
}

char *client_clock(int64_t at_s)
{
	struct tm tm;
	time_t at = (time_t)at_s;
	char text[32];
	if (!localtime_r(&at, &tm) || !strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm))
		return memory_strdup("?");
	return memory_strdup(text);
}
