// SPDX-License-Identifier: GPL-2.0-or-later
// What makes of power distribution units have their outlets under in SNMP. Pure.
#ifndef BOARD_POWER_SNMP_MAKE_H
#define BOARD_POWER_SNMP_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"

// OIDs have {outlet} in them; values are those of an INTEGER.
struct snmp_make {
	const char *name;
	const char *set; // written to switch
	int64_t on, off;
	const char *get; // read to ask
	int64_t is_on, is_off;
};

#define SNMP_MAKE_NAMES "apc | apc-2g | cyberpower"
extern const struct snmp_make snmp_makes[]; // ends with a zero entry

// NULL: no such make.
const struct snmp_make *snmp_make_find(const char *name);

// The number that snmpget -Oqv printed; false: it is no number.
bool snmp_read_number(const char *text, int64_t *out);

// Appends a value for snmp.conf, quoted.
void snmp_put_quoted(const char *text, struct buffer *out);

#endif
