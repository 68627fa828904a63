#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The four orders on every CPU of the virtual boards: which ones splat, and what becomes of the
# alias of the image's data. FIRMWARE_WHOLE=1: all CPUs (make check-long).
# Long: a boot a row.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh

CAPABLE="max,midr=0x410fd823 max,midr=0x410fd842 max,midr=0xc00fac30,lpa2=off"
OTHERS="cortex-a72 max"
[ -z "${FIRMWARE_WHOLE:-}" ] || OTHERS="cortex-a53 cortex-a72 cortex-a76 neoverse-n1 max"

# one CPU SMP ORDER SPLATS ALIAS [QEMU options]: ALIAS as the result of sec-data-alias
one() {
	local cpu=$1 smp=$2 order=$3 splats=$4 alias=$5
	shift 5
	begin
	boot "$cpu" "$smp" "order=$order tests=S11,S12,S13" "$@" || complaint "QEMU ended with $?: $(cat "$WORK/qemu")"
	complete pass
	same splats "$splats" "$(records splats)"
	same "sec-data-alias" "$alias" "$(records test sec-data-alias)"
	same "CPUs online" "$smp" "$(records test S7.online cpus)"
	finish "$cpu with $smp CPUs, $order: ${splats:-no splat}${*:+ ($*)}"
}

smp=1
for cpu in $CAPABLE; do
	one "$cpu" $smp premap "split_guard change_range" xfail
	for order in textro rodataro roonly; do
		one "$cpu" $smp $order "" pass
	done
	smp=$((5 - smp))
done
for cpu in $OTHERS; do
	for order in premap textro rodataro roonly; do
		one "$cpu" $smp $order "" pass
	done
	smp=$((5 - smp))
done
for smp in 1 4; do
	one max,midr=0x410fd823 $smp premap "split_guard change_range" xfail -icount shift=0,sleep=off
	one cortex-a72 $smp premap "" pass -icount shift=0,sleep=off
done
plan
