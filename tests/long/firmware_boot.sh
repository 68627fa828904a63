#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One file, every way to start it: loaders, exception levels, granules, places in memory, and runs
# that must repeat byte by byte.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh

TESTS="tests=S11,S12,S13 order=premap"
BOTH="split_guard change_range"

# started EL SPLATS: what every way of booting must come to
started() {
	complete pass
	same "exception level" "$1" "$(records get hello el)"
	same splats "$2" "$(records splats)"
	same "idle CPUs" wfi "$(records get sys idle)"
}

for machine in virt virt,gic-version=3 virt,virtualization=on virt,virtualization=on,gic-version=3; do
	el=1
	[[ $machine != *virtualization* ]] || el=2
	begin
	MACHINE=$machine boot cortex-a72 2 "$TESTS"
	started $el ""
	finish "-kernel, EL$el ($machine)"
done

# efi NAME EL ARGUMENTS
efi() {
	local name=$1 el=$2 arguments=$3
	[ -f "$EDK2" ] || { skip "$name" "no EDK2"; return; }
	begin
	boot_by_efi max,midr=0x410fd823 2 "$arguments"
	started "$el" "$BOTH"
	finish "$name"
}
MACHINE=virt efi "EDK2 with ACPI, EL1" 1 "$TESTS"
MACHINE=virt,virtualization=on efi "EDK2 with ACPI, EL2" 2 "$TESTS"
MACHINE=virt,acpi=off efi "EDK2 with a device tree, EL1" 1 "$TESTS"

# What UEFI hands on is read by the same rules, whether a device tree has it, too, or not.
if [ -f "$EDK2" ]; then
	for machine in virt virt,acpi=off; do
		begin
		MACHINE=$machine boot_by_efi cortex-a53 1 'tests="S12" "order=premap" -- order=roonly'
		complete pass
		same order premap "$(records get hello order)"
		same "S1.arguments" pass "$(records test S1.arguments)"
		MACHINE=$machine boot_by_efi cortex-a53 1 quick
		complete error
		same "S1.arguments" error "$(records test S1.arguments)"
		finish "load options with quotes, --, and a word that nothing can be made of ($machine)"
	done
else
	skip "load options with quotes" "no EDK2"
fi

if [ -f "$EDK2" ]; then
	mkdir -p "$WORK/esp/EFI/BOOT"
	cp "$IMAGE" "$WORK/esp/EFI/BOOT/BOOTAA64.EFI"
	begin
	qemu -M virt -cpu cortex-a53 -m 1G -nodefaults -display none -serial "file:$LOG" -bios "$EDK2" \
		-drive "if=none,id=esp,format=raw,file=fat:rw:$WORK/esp" \
		-device virtio-blk-pci,drive=esp,romfile=
	started 1 ""
	finish "EDK2 from an EFI system partition, without options"
else
	skip "EDK2 from an EFI system partition" "no EDK2"
fi

# booti EL ADDRESS: by the prompt of U-Boot, at this address
booti() {
	begin
	boot_by_uboot "$2" cortex-a72 2 "$TESTS"
	started "$1" ""
	same "load address" "$2" "$(records get hello load)"
	finish "U-Boot booti at $2, EL$1"
}
if [ -f "$UBOOT" ]; then
	MACHINE=virt booti 1 0x42000000
	MACHINE=virt,virtualization=on booti 2 0x50000000
else
	skip "U-Boot booti" "no U-Boot"
fi

# Another maker's board: memory from 0 on, other places for everything, as QEMU describes it.
if "$QEMU" -M help | grep -q '^xlnx-versal-virt '; then
	begin
	qemu -M xlnx-versal-virt -m 2G -nodefaults -display none -serial "file:$LOG" -kernel "$IMAGE" -append "$TESTS"
	started 2 ""
	same "load address" 0x200000 "$(records get hello load)"
	finish "a board that is not QEMU's own"
else
	skip "a board that is not QEMU's own" "this QEMU has none"
fi

# Started in the middle of memory with x0 = a device tree elsewhere.
"$QEMU" -M virt,dumpdtb="$WORK/dtb" -cpu max,midr=0x410fd842 -m 2G -display none 2>/dev/null
fdtput -t s "$WORK/dtb" /chosen bootargs "$TESTS"
for address in 0x40200000 0x40210000 0x4fff0000 0x7a340000 0x80000000; do
	begin
	boot_with_dtb "$WORK/dtb" max,midr=0x410fd842 1 "$address"
	started 1 "$BOTH"
	same "load address" "$address" "$(records get hello load)"
	finish "loaded at $address"
done

# granule CPU GRANULE VERDICT
granule() {
	begin
	boot "$1" 2 "granule=$2 $TESTS"
	complete "$3"
	[ "$3" = skip ] || same "granule" "$2" "$(records get hello granule)"
	finish "granule $2 on $1: $3"
}
granule max,midr=0x410fd823 16k pass
granule max,midr=0x410fd823 64k pass
granule cortex-a53 64k pass
granule cortex-a53 16k skip
granule a64fx 64k pass

begin
for run in $(seq "${REPEATS:-2}"); do
	boot max,midr=0x410fd823 4 "det=1" -icount shift=0,sleep=off -seed 1
	complete pass
	mv "$LOG" "$WORK/det.$run"
	cmp -s "$WORK/det.1" "$WORK/det.$run" || complaint "run $run differs from the first"
done
cp "$WORK/det.1" "$LOG"
finish "det=1 on a deterministic board with 4 CPUs repeats byte by byte"

begin
size=$("${CROSS_COMPILE:-aarch64-linux-gnu-}size" "${IMAGE%.img}.elf" | awk 'NR == 2 { print $1 + $2 }')
[ "$size" -le $((256 * 1024)) ] || complaint "text and data take $size bytes"
finish "text and data stay within 256 KiB"
plan
