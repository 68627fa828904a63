#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What each policy must lead to, on a CPU that may change sizes of live leaves and on one that may
# not: the table of expected outcomes, a row a test. Where nothing may be split the time of kfence does
# not matter: only FIRMWARE_WHOLE=1 (make check-long) takes both there.
# Long: a boot a row.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh

BOTH="split_guard change_range"

# row CAPABLE RODATA KFENCE ORDER SPLATS ALIAS; ALIAS: F (invalid), RW or ro, as the walk shows it
row() {
	local capable=$1 rodata=$2 kfence=$3 order=$4 splats=$5 alias=$6 cpu=cortex-a53 found
	[ "$capable" = 0 ] || cpu=max,midr=0x410fd842
	begin
	boot "$cpu" 1 "order=$order rodata=$rodata kfence=$kfence tests=S10" ||
		complaint "QEMU ended with $?: $(cat "$WORK/qemu")"
	complete pass
	same splats "$splats" "$(records splats)"
	# The data of the stand-in image begins 0x5e0000 behind the 2 MiB it is loaded at.
	found=$(records walk S10 | awk '
		function value(hex, i, v) {
			for (i = 3; i <= length(hex); i++)
				v = v * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
			return v - 65535 * 281474976710656
		}
		{ split($2, ends, "-") }
		value(ends[1]) <= 8257536 && value(ends[2]) > 8257536 { print $5 == "F" ? "F" : $6 }')
	same "data alias" "$alias" "$found"
	finish "capable=$capable rodata=$rodata kfence=$kfence $order: ${splats:-no splat}, alias $alias"
}

for order in premap textro rodataro; do
	splats="" alias=F
	[ $order != premap ] || splats=$BOTH alias=RW
	row 1 full early $order "$splats" $alias
	row 1 full late $order "$splats" $alias
	row 1 noalias late $order "$splats" $alias
	row 1 noalias early $order "" F
done
row 1 off early premap "" F
row 1 off early textro "" F
row 1 off early rodataro "" RW
for rodata in full noalias off; do
	for kfence in early ${FIRMWARE_WHOLE:+late}; do
		row 0 $rodata $kfence premap "" F
		row 0 $rodata $kfence textro "" F
		row 0 $rodata $kfence rodataro "" $([ $rodata = off ] && echo RW || echo F)
	done
done
row 1 full early roonly "" ro
row 0 full early roonly "" ro
plan
