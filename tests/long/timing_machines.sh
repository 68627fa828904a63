#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The timing room says the same bytes on x86-64 and on aarch64 (run by qemu-user), optimised or not.
. "$(dirname "$0")/../support/tap.sh"
DATA=$SHARED/data/timing/sap_small
SOURCES="tests/long/timing_machines.c $(ls controller/timing/*.c controller/timing/*/*.c | grep -v '/state\.c$') controller/base/buffer.c controller/base/error.c controller/base/memory.c controller/text/utf8.c"
FLAGS="-std=gnu17 -D_GNU_SOURCE -Icontroller -ffp-contract=off -static"

say() { # NAME, COMPILER, RUNNER, FLAG
	# shellcheck disable=SC2086
	"$2" $FLAGS "$4" -o "$SCRATCH/$1" $SOURCES -lm || return 1
	# shellcheck disable=SC2086
	$3 "$SCRATCH/$1" $(ls "$DATA"/*.csv 2>/dev/null) >"$SCRATCH/$1.said"
}
first() { say x86 gcc "" -O2 && [ "$(wc -l <"$SCRATCH/x86.said")" -gt 50 ]; }
check "x86-64 says something" first
for level in -O0 -O3; do
	plain() { say "x86$level" gcc "" $level && cmp "$SCRATCH/x86.said" "$SCRATCH/x86$level.said"; }
	check "x86-64 with $level says the same" plain
done
arm() { say arm aarch64-linux-gnu-gcc qemu-aarch64 -O2 && cmp "$SCRATCH/x86.said" "$SCRATCH/arm.said"; }
check "aarch64 says the same" arm
done_testing
