// SPDX-License-Identifier: GPL-2.0-or-later
#include "board/power/snmp_make.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define APC        ".1.3.6.1.4.1.318.1.1"  // PowerNet-MIB
#define CYBERPOWER ".1.3.6.1.4.1.3808.1.1" // CPS-MIB

const struct snmp_make snmp_makes[] = {
    // rPDUOutletControlOutletCommand: immediateOn, immediateOff; rPDUOutletStatusOutletState.
    {"apc", APC ".12.3.3.1.1.4.{outlet}", 1, 2, APC ".12.3.5.1.1.4.{outlet}", 1, 2},
    // rPDU2OutletSwitchedControlCommand; rPDU2OutletSwitchedStatusState, the other way round.
    {"apc-2g", APC ".26.9.2.4.1.5.{outlet}", 1, 2, APC ".26.9.2.3.1.5.{outlet}", 2, 1},
    // ePDUOutletControlOutletCommand; ePDUOutletStatusOutletState.
    {"cyberpower", CYBERPOWER ".3.3.3.1.1.4.{outlet}", 1, 2, CYBERPOWER ".3.3.5.1.1.4.{outlet}", 1,
     2},
    {0},
};

const struct snmp_make *snmp_make_find(const char *name)
{
	for (const struct snmp_make *m = snmp_makes; m->name; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

// "1", or "on(1)" where a MIB is loaded all the same.
bool snmp_read_number(const char *text, int64_t *out)
{
	const char *bracket = strchr(text, '(');
	const char *start = bracket ? bracket + 1 : text;
	char *end;
	errno = 0;
	long long value = strtoll(start, &end, 10);
	if (end == start || errno || (bracket ? *end != ')' : end[strspn(end, " \t\r\n")]))
		return false;
	*out = value;
	return true;
}

void snmp_put_quoted(const char *text, struct buffer *out)
{
	buffer_append_str(out, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_append_str(out, "\\");
		buffer_append(out, text, 1);
	}
	buffer_append_str(out, "\"");
}
