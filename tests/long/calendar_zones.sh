#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Schedules of every kind in every zone of tzdata, each minute of ten years: the calendar says what a
# walk through the C library's clock says. CALENDAR_ZONES: only these.
# Alone: it uses all CPUs.
. "$(dirname "$0")/../support/tap.sh"

SOURCES="tests/long/calendar_zones.c tests/support/calendar_oracle.c $(echo controller/calendar/*.c) controller/config/zone_file.c controller/base/buffer.c controller/base/error.c controller/base/file.c controller/base/memory.c"
build() {
	# shellcheck disable=SC2086
	gcc -std=gnu17 -O2 -D_GNU_SOURCE -Icontroller -Itests -o "$SCRATCH/zones" $SOURCES
}
check "the comparison is built" build
if [ -n "${CALENDAR_ZONES:-}" ]; then
	printf '%s\n' $CALENDAR_ZONES >"$SCRATCH/names"
else
	"$SCRATCH/zones" >"$SCRATCH/names"
	check "tzdata has its zones" test "$(wc -l <"$SCRATCH/names")" -gt 300
fi
xargs -P "$(nproc)" -n 8 "$SCRATCH/zones" <"$SCRATCH/names" >"$SCRATCH/told" 2>&1
tap_count=$((tap_count + $(grep -cE '^(not )?ok - ' "$SCRATCH/told")))
tap_failed=$((tap_failed + $(grep -c '^not ok - ' "$SCRATCH/told")))
sed -E 's/^((not )?ok) - /\1 - /' "$SCRATCH/told" | sort
all() { [ "$(grep -cE '^(not )?ok - ' "$SCRATCH/told")" -eq "$(wc -l <"$SCRATCH/names")" ]; }
check "each of them was walked through" all
done_testing
