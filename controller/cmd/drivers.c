// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/drivers.h"

#include <jansson.h>
#include <stdio.h>

#include "board/driver.h"
#include "results/publish/publish_config.h"

static const struct driver_kind {
	const char *name;
	const struct driver *const *drivers;
	const struct key *common; // keys that each of them may say besides its own
} kinds[] = {
    {"console", console_drivers, NULL},
    {"power", power_drivers, NULL},
    {"boot", boot_drivers, NULL},
    {"destination", destination_drivers, destination_keys},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void print_text(const struct driver_kind *kind)
{
	CLEANUP_BUFFER struct buffer text = {0};
	printf("%s drivers:\n", kind->name);
	for (const struct driver *const *d = kind->drivers; *d; d++) {
		buffer_printf(&text, "\n%s: %s\n", (*d)->name, (*d)->help);
		keys_describe((*d)->keys, "  ", &text);
	}
	if (kind->common) {
		buffer_append_str(&text, "\nevery destination:\n");
		keys_describe(kind->common, "  ", &text);
	}
	printf("%s\n", buffer_str(&text));
}

static json_t *keys_json(const struct key *table);

static json_t *key_json(const struct key *k)
{
	CLEANUP_BUFFER struct buffer value = {0};
	key_put_value(k, &value);
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:b}", "key", k->name, "type",
			      key_type_name(k->type), "value", buffer_str(&value), "help",
			      k->help ? k->help : "", "required", (int)k->required);
	if (k->preset)
		json_object_set_new(o, "preset", json_string(k->preset));
	if (k->type == KEY_TYPE_NUMBER || k->type == KEY_TYPE_SECONDS) {
		json_object_set_new(o, "min", json_real(k->min));
		json_object_set_new(o, "max", json_real(k->max));
	}
	if (k->words) {
		json_t *words = json_array();
		for (size_t i = 0; k->words[i]; i++)
			json_array_append_new(words, json_string(k->words[i]));
		json_object_set_new(o, "words", words);
	}
	if (k->type == KEY_TYPE_GROUP)
		json_object_set_new(o, "keys", keys_json(k->keys));
	return o;
}

static json_t *keys_json(const struct key *table)
{
	json_t *list = json_array();
	for (const struct key *k = table; k && k->name; k++)
		json_array_append_new(list, key_json(k));
	return list;
}

static void print_object(const char *kind, const char *name, const char *help,
			 const struct key *keys)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:o}", "kind", kind, "driver", name, "help", help,
			      "keys", keys_json(keys));
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void print_json(const struct driver_kind *kind)
{
	for (const struct driver *const *d = kind->drivers; *d; d++)
		print_object(kind->name, (*d)->name, (*d)->help, (*d)->keys);
	if (kind->common)
		print_object(kind->name, "", "what every destination may say", kind->common);
}

void drivers_print(bool json)
{
	for (size_t i = 0; i < KINDS; i++)
		if (json)
			print_json(&kinds[i]);
		else
			print_text(&kinds[i]);
}
