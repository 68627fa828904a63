// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/title.h"

#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/memory.h"

static char *room; // the argument list and, right behind it, the environment
static size_t room_size;

// The kernel laid the strings down one behind the other; what somebody has put elsewhere since then
// ends the room.
static void take_room(char *const *strings)
{
	for (; *strings && *strings == room + room_size; strings++)
		room_size += strlen(*strings) + 1;
}

static char **copy_strings(char *const *strings)
{
	size_t count = 0;
	while (strings[count])
		count++;
	char **copies = memory_new(count + 1, sizeof(*copies));
	for (size_t i = 0; i < count; i++)
		copies[i] = memory_strdup(strings[i]);
	return copies;
}

char **title_init(int argc, char **argv)
{
	// Kept in reach of leak checks, also when setenv(3) has put another array in environ.
	static char **volatile kept[2];
	room = argc > 0 ? argv[0] : NULL;
	room_size = 0;
	take_room(argv);
	take_room(environ);
	kept[0] = copy_strings(argv);
	kept[1] = environ = copy_strings(environ);
	return kept[0];
}

void title_set(const char *name, const char *const *words)
{
	prctl(PR_SET_NAME, name);
	if (room_size < 2)
		return;
	// The last byte stays zero: it ends the last string.
	size_t limit = room_size - 1;
	size_t used = 0;
	for (; *words && used < limit; words++) {
		if (used)
			room[used++] = ' ';
		size_t len = strnlen(*words, limit - used);
		memcpy(room + used, *words, len);
		used += len;
	}
	// The kernel ends a title that is shorter than the arguments were where they ended, and follows
	// a longer one to its first zero.
	memset(room + used, 0, room_size - used);
}
