// SPDX-License-Identifier: GPL-2.0-or-later
// Where a file or folder of the configuration lies when the command line names none.
#ifndef CONFIG_LOCATE_H
#define CONFIG_LOCATE_H

// The first that exists of ./NAME, /etc/mmfarm/NAME and PREFIX/share/mmfarm/NAME (of a program in
// PREFIX/bin): what stands where the command is called goes before the lab's, and that before what
// is shipped. A name with a slash, and one that is nowhere, stays as it is. The caller frees.
char *config_locate(const char *name);

// The same search in other folders.
char *config_locate_in(const char *name, const char *site, const char *shipped);

#endif
