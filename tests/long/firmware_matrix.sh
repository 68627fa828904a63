#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The one file on every CPU, CPU count, exception level and granule there is, by everything it can be
# told; and runs that repeat.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh

CPUS="cortex-a53 cortex-a72 cortex-a76 neoverse-n1 a64fx max max,midr=0x410fd823 max,midr=0x410fd842 max,midr=0xc00fac30,lpa2=off"

# verdict: of a run that may lack the granule
finished() {
	local verdict
	verdict=$(records get end r)
	[ "$verdict" = skip ] || verdict=pass
	complete "$verdict"
	finish "$1: $verdict"
}

for cpu in $CPUS; do
	for smp in 1 4; do
		for machine in virt virt,virtualization=on; do
			for granule in 4k 16k 64k; do
				begin
				MACHINE=$machine boot "$cpu" $smp "granule=$granule tests=S11,S12,S13"
				finished "$cpu, $smp CPUs, $machine, $granule"
			done
		done
	done
done

# The other two ways to start, of each CPU.
for cpu in $CPUS; do
	for smp in 1 4; do
		for machine in virt virt,virtualization=on; do
			if [ -f "$UBOOT" ]; then
				begin
				MACHINE=$machine boot_by_uboot 0x42000000 "$cpu" $smp "tests=S11,S12"
				complete pass
				finish "$cpu, $smp CPUs, $machine, U-Boot"
			else
				skip "$cpu by U-Boot" "no U-Boot"
			fi
			if [ -f "$EDK2" ]; then
				begin
				MACHINE=$machine boot_by_efi "$cpu" $smp "tests=S11,S12"
				complete pass
				finish "$cpu, $smp CPUs, $machine, EDK2"
			else
				skip "$cpu by EDK2" "no EDK2"
			fi
		done
	done
done

CAPABLE=max,midr=0x410fd823
for arguments in order=premap order=rodataro order=roonly rodata=noalias rodata=off kfence=late kfence=off \
	debug_pagealloc=1 bbm=auto73 bbm=idreg2 bbm=force0 bbm=force2 bbm.cpu1=0 bbm.cpu0=0 tlbi2=1 seed=77; do
	for cpu in $CAPABLE cortex-a53; do
		begin
		boot "$cpu" 2 "$arguments"
		complete pass
		finish "$arguments on $cpu"
	done
done

for memory in 128M 300M 1536M 3G 5G; do
	begin
	MEMORY=$memory boot $CAPABLE 2 ""
	complete pass
	finish "$memory of memory"
done
# More than the host has: pages come as they are touched. Where leaves are pages, from the start or since
# the repaint of a mixed system, the tables alone take some, and time in which it must not fall silent.
large() {
	local cpu=$1 arguments=$2
	begin
	MACHINE=virt,memory-backend=ram MEMORY=64G boot "$cpu" 2 "tests=S11,S12,S13 $arguments" \
		-object memory-backend-ram,id=ram,size=64G,reserve=off
	complete pass
	silence=$(records silence)
	[ "$silence" -lt 5000 ] || complaint "silent for $silence ms"
	finish "64G of memory on $cpu $arguments"
}
large $CAPABLE ""
large cortex-a53 ""
large $CAPABLE bbm.cpu1=0

# More CPUs than it uses.
begin
MACHINE=virt,gic-version=3 boot cortex-a53 64 "tests=S11"
complete pass
same "CPUs" 32 "$(records get sys ncpu)"
same "left out" 32 "$(records test S7.left-out cpus)"
finish "64 CPUs"

begin
boot $CAPABLE 4 "stress_ms=2000"
complete pass
finish "two seconds of each stress pattern"

begin
for run in $(seq 10); do
	boot $CAPABLE 4 "det=1" -icount shift=0,sleep=off -seed 1
	complete pass
	mv "$LOG" "$WORK/det.$run"
	cmp -s "$WORK/det.1" "$WORK/det.$run" || complaint "run $run differs from the first"
done
cp "$WORK/det.1" "$LOG"
finish "det=1 repeats ten times byte by byte"

plan
