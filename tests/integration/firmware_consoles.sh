#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where the firmware reports to: ports that QEMU's boards have and the way each is found, and the page in
# memory that is left where no port is known.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh
for tool in dtc fdtput; do
	command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not installed"; exit 0; }
done
TESTS=tests=S12

# has MACHINE: whether this QEMU emulates it
has() { "$QEMU" -M help | grep -q "^$1 "; }

# A virtio console, of either version of virtio-mmio; a PL011 is there too, and the one that is described.
for legacy in true false; do
	begin
	qemu -M virt -cpu cortex-a53 -m 1G -nodefaults -display none -kernel "$IMAGE" \
		-append "$TESTS console=hvc0" -global virtio-mmio.force-legacy=$legacy \
		-serial "file:$WORK/pl011" -chardev "file,id=console,path=$LOG" \
		-device virtio-serial-device -device virtconsole,chardev=console
	complete pass
	same "S1.arguments" pass "$(records test S1.arguments)"
	[ ! -s "$WORK/pl011" ] || complaint "the PL011 has something as well"
	finish "console=hvc0: a virtio console, force-legacy=$legacy"
done

begin
boot cortex-a53 1 "$TESTS console=hvc0"
complete pass
finish "console=hvc0 without a virtio console leaves the described port"

# Devices of other kinds lie in the same places.
begin
"$QEMU" -M virt,dumpdtb="$WORK/dtb" -cpu cortex-a53 -m 2G -display none 2>/dev/null
fdtput -d "$WORK/dtb" /chosen stdout-path
fdtput -t s "$WORK/dtb" /pl011@9000000 compatible acme,uart
fdtput -t s "$WORK/dtb" /chosen bootargs "$TESTS"
: >"$WORK/disk"
truncate -s 1M "$WORK/disk"
rm -f "$WORK/hvc"
boot_with_dtb "$WORK/dtb" cortex-a53 1 0x48000000 -drive "if=none,id=disk,format=raw,file=$WORK/disk" \
	-device virtio-blk-device,drive=disk -chardev "file,id=console,path=$WORK/hvc" \
	-device virtio-serial-device -device virtconsole,chardev=console
cp "$WORK/hvc" "$LOG"
complete pass
finish "no port that is known: a virtio console among other devices is found"

# earlycon=, as a kernel is told.
for earlycon in pl011,0x9000000 pl011,mmio32,0x09000000,115200n8; do
	begin
	fdtput -t s "$WORK/dtb" /chosen bootargs "$TESTS earlycon=$earlycon"
	boot_with_dtb "$WORK/dtb" cortex-a53 1
	complete pass
	same "S1.console" pass "$(records test S1.console)"
	same "S1.arguments" pass "$(records test S1.arguments)"
	finish "earlycon=$earlycon"
done
begin
UNTIL='^#mm end ' boot cortex-a53 1 "$TESTS earlycon=uart8250,mmio32,0x3f000000"
complete fail
same "why" "the console of earlycon= does not answer" "$(records test S1.console why)"
finish "earlycon= of a place where nothing is: told, and the described port is used"

# Cadence: two boards with it, one that describes it and one that has to be described.
if has xlnx-zcu102; then
	dtc -q -O dtb -o "$WORK/zcu102.dtb" tests/firmware/zcu102.dts
	# zcu102 DTB ARGUMENTS
	zcu102() {
		qemu -M xlnx-zcu102 -m 2G -nodefaults -display none -serial "file:$LOG" \
			-kernel "$IMAGE" -dtb "$1" -append "$2" "${@:3}"
	}
	begin
	zcu102 "$WORK/zcu102.dtb" "$TESTS"
	complete pass
	same "CPUs online" 4 "$(records test S7.online cpus)"
	finish "Cadence UART of the ZCU102, by stdout-path"

	begin
	cp "$WORK/zcu102.dtb" "$WORK/dtb"
	fdtput -t s "$WORK/dtb" /axi/serial@ff000000 compatible acme,uart
	zcu102 "$WORK/dtb" "$TESTS earlycon=cdns,0xff000000,115200n8"
	complete fail # the description does name a port without a driver
	same "S1.console" pass "$(records test S1.console)"
	same "failed tests" S1.description "$(records failed)"
	finish "Cadence UART by earlycon="

	# Nothing is known: the run is silent, and all of it is in the page.
	begin
	mkfifo "$WORK/monitor.in" "$WORK/monitor.out"
	rm -f "$WORK/dump"
	{
		exec 3<>"$WORK/monitor.in"
		for _ in $(seq 600); do
			rm -f "$WORK/dump"
			echo "pmemsave 0x3e0000 0x20000 \"$WORK/dump\"" >&3
			sleep 0.2
			[ -s "$WORK/dump" ] && tests/firmware/page.py "$WORK/dump" >/dev/null 2>&1 && break
		done
		echo quit >&3
	} &
	asker=$!
	cat "$WORK/monitor.out" >/dev/null &
	zcu102 "$WORK/dtb" "$TESTS end=halt" -chardev "pipe,id=monitor,path=$WORK/monitor" \
		-mon chardev=monitor,mode=readline
	wait $asker
	[ ! -s "$LOG" ] || complaint "something was printed all the same"
	tests/firmware/page.py "$WORK/dump" >"$LOG" 2>>"$WORK/wrong"
	complete fail # as above
	same "failed tests" S1.description "$(records failed)"
	same "page" 0x3e0000 "$(records get hello page)"
	finish "no port at all: the page in memory holds the whole run"
else
	skip "Cadence UART of the ZCU102" "this QEMU has no such board"
fi

# A boot loader reads it after a reset.
if [ -f "$UBOOT" ]; then
	begin
	page=0x421e0000
	AFTERWARDS=("md.b $page 8" "setexpr.l length *0x421e0010" "crc32 0x421e0020 \${length}" "md.l 0x421e0014 3" poweroff)
	MACHINE=virt boot_by_uboot 0x42000000 cortex-a72 1 "$TESTS end=reset"
	grep -aq '^421e0000: 4d 4d 46 57 50 41 47 45 ' "$LOG" || complaint "no magic at $page"
	crc=$(tr -d '\r' <"$LOG" | sed -n 's/^crc32 for .* ==> \([0-9a-f]*\)$/\1/p')
	# crc, lost, ended
	tr -d '\r' <"$LOG" | grep -aq "^421e0014: $crc 00000000 00000001 " || complaint "the checksum is not $crc"
	[ -n "$crc" ] || complaint "no checksum"
	finish "U-Boot reads the page after a reset"
else
	skip "U-Boot reads the page after a reset" "no U-Boot"
fi
plan
