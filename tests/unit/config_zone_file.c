// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/zone_file.h"
#include "unit/calendar_tzif.h"
#include "unit/folder.h"

static void refuse(const char *name, const char *why)
{
	CLEANUP_ZONE struct zone *z = NULL;
	CLEANUP_ERROR struct error *e = zone_file_load(name, &z);
	if (!e || !strstr(error_text(e), why))
		fail_msg("%s: %s, expected %s", name, e ? error_text(e) : "taken", why);
	assert_int_equal(error_kind(e), ERROR_CONFIG);
	assert_null(z);
}

static void a_name_stays_below_its_folder(void **state)
{
	(void)state;
	const char *const names[] = {"",
				     "/etc/localtime",
				     "../zoneinfo/UTC",
				     "Europe/../UTC",
				     "Europe/",
				     "Europe//Berlin",
				     ".",
				     "Europe/.hidden",
				     "a b",
				     "Europe/Berlin\n",
				     "a\\b",
				     "\xc3\xa4"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refuse(names[i], "expected an IANA name such as Europe/Berlin");
	char name[200];
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	refuse(name, "expected an IANA name");
}

static void a_mistyped_name_gets_a_suggestion(void **state)
{
	(void)state;
	refuse("Europe/Belin", "did you mean \"Europe/Berlin\"?");
	refuse("Asia/Calcuta", "did you mean \"Asia/Calcutta\"?");
	refuse("UTCC", "did you mean \"UTC\"?");
	refuse("Europe/Nowhere-near-it", "expected an IANA name such as Europe/Berlin");
	refuse("Erde/Berlin", "expected an IANA name such as Europe/Berlin");
}

static void zones_are_found_where_tzdir_says(void **state)
{
	(void)state;
	CLEANUP_FREE char *dir = folder_new();
	const struct tzif_type types[] = {{7200, false, 0}};
	const struct tzif t = {.version = '2',
			       .types = types,
			       .types_count = 1,
			       .words = "TST",
			       .words_size = 4,
			       .rule = "TST-2"};
	CLEANUP_BUFFER struct buffer bytes = {0};
	tzif_write(&t, &bytes);
	CLEANUP_FREE char *path = memory_printf("%s/Own", dir);
	FILE *f = fopen(path, "w");
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, f), bytes.len);
	fclose(f);
	folder_write(dir, "Text", "TZ=CET");
	refuse("Own", "is not in /usr/share/zoneinfo");
	setenv("TZDIR", dir, 1);
	CLEANUP_ZONE struct zone *own = NULL, *utc = NULL;
	assert_null(zone_file_load("Own", &own));
	assert_int_equal(zone_standard_offset(own), 7200);
	assert_string_equal(zone_name(own), "Own");
	refuse("Text", "zone Text: no TZif header");
	refuse("Europe/Berlin", "is not in ");
	CLEANUP_FREE char *fifo = memory_printf("%s/Pipe", dir);
	CLEANUP_FREE char *mkfifo = memory_printf("mkfifo %s", fifo);
	assert_int_equal(system(mkfifo), 0);
	refuse("Pipe", "zone Pipe: ");
	refuse("Sub", "is not in ");
	folder_write(dir, "Sub/x", "");
	refuse("Sub", "zone Sub: ");
	folder_remove(dir);
	refuse("Own", "no folder ");
	assert_null(zone_file_load("UTC", &utc)); // without a file
	unsetenv("TZDIR");
}

static void a_zone_with_leap_seconds_is_refused(void **state)
{
	(void)state;
	if (access("/usr/share/zoneinfo/right/Etc/UTC", R_OK) != 0)
		skip();
	refuse("right/Etc/UTC", "it counts leap seconds");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_stays_below_its_folder),
	    cmocka_unit_test(a_mistyped_name_gets_a_suggestion),
	    cmocka_unit_test(zones_are_found_where_tzdir_says),
	    cmocka_unit_test(a_zone_with_leap_seconds_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
