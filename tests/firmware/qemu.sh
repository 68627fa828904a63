# SPDX-License-Identifier: GPL-2.0-or-later
# For the firmware's integration tests: TAP, and boots on QEMU's `virt`. To be sourced.
: "${MMFARM_BUILD:=build}" "${QEMU:=qemu-system-aarch64}"
IMAGE=$MMFARM_BUILD/firmware/mm.img
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
LOG=$WORK/console
tests_run=0

command -v "$QEMU" >/dev/null || { echo "1..0 # SKIP $QEMU is not installed"; exit 0; }

# ok NAME / not_ok NAME [file with what went wrong]
ok() { tests_run=$((tests_run + 1)); echo "ok $tests_run - $1"; }
not_ok() {
	tests_run=$((tests_run + 1))
	echo "not ok $tests_run - $1"
	[ $# -lt 2 ] || sed 's/^/# /' "$2" | head -n 60
}
plan() { echo "1..$tests_run"; }

# qemu [option...]: until the board switches itself off, or the console holds a line like UNTIL (for
# boards that cannot switch themselves off) and LINGER seconds have passed. The time limit is there for boards that hang: a busy host
# must not reach it.
qemu() {
	rm -f "$LOG"
	timeout -k 5 "${BOOT_TIMEOUT:-300}" "$QEMU" "$@" </dev/null >"$WORK/qemu" 2>&1 &
	local qemu=$!
	if [ -n "${UNTIL:-}" ]; then
		until grep -qs "$UNTIL" "$LOG" || ! kill -0 $qemu 2>/dev/null; do sleep 0.1; done
		sleep "${LINGER:-0}"
		kill $qemu 2>/dev/null
	fi
	wait $qemu
}

# boot CPU SMP ARGUMENTS [option of QEMU...]: the image by -kernel, its console to $LOG. MEMORY, MACHINE.
boot() {
	local cpu=$1 smp=$2 arguments=$3
	shift 3
	qemu -M "${MACHINE:-virt}" -cpu "$cpu" -smp "$smp" -m "${MEMORY:-2G}" -nodefaults -display none \
		-serial "file:$LOG" -kernel "$IMAGE" -append "$arguments" "$@"
}

# boot_with_dtb DTB CPU SMP [ADDRESS [option of QEMU...]]: the image at ADDRESS with x0 = this very device
# tree, which QEMU would complete if it were the one to load it.
boot_with_dtb() {
	local dtb=$1 cpu=$2 smp=$3 address=${4:-0x48000000}
	shift 3
	[ $# -eq 0 ] || shift
	tests/firmware/trampoline.py "$address" 0x44000000 >"$WORK/trampoline"
	qemu -M "${MACHINE:-virt}" -cpu "$cpu" -smp "$smp" -m "${MEMORY:-2G}" -nodefaults -display none \
		-serial "file:$LOG" -device "loader,file=$IMAGE,addr=$address,force-raw=on" \
		-device "loader,file=$dtb,addr=0x44000000,force-raw=on" \
		-device "loader,file=$WORK/trampoline,addr=0x47000000,force-raw=on" \
		-device loader,addr=0x47000000,cpu-num=0 "$@"
}

# boot_by_uboot ADDRESS CPU SMP ARGUMENTS [option of QEMU...]: the image at ADDRESS, by U-Boot's booti. What is
# in the array AFTERWARDS is typed when U-Boot is back.
AFTERWARDS=()
UBOOT=${UBOOT:-/usr/lib/u-boot/qemu_arm64/u-boot.bin}
boot_by_uboot() {
	local address=$1 cpu=$2 smp=$3 arguments=$4
	shift 4
	rm -f "$LOG"
	mkfifo "$WORK/tty.in" "$WORK/tty.out"
	timeout -k 5 "${BOOT_TIMEOUT:-300}" "$QEMU" -M "${MACHINE:-virt}" -cpu "$cpu" -smp "$smp" \
		-m "${MEMORY:-2G}" -nodefaults -display none -chardev "pipe,id=tty,path=$WORK/tty" \
		-serial chardev:tty -bios "$UBOOT" \
		-device "loader,file=$IMAGE,addr=$address,force-raw=on" "$@" </dev/null >"$WORK/qemu" 2>&1 &
	local qemu=$!
	tests/firmware/uboot.py "$WORK/tty" "$LOG" "setenv bootargs $arguments" \
		"booti $address - \${fdtcontroladdr}" "${AFTERWARDS[@]}" || complaint "no prompt of U-Boot"
	wait $qemu
	rm -f "$WORK"/tty.*
}

# boot_by_efi CPU SMP ARGUMENTS [option of QEMU...]: by EDK2 as an EFI application.
EDK2=${EDK2:-/usr/share/qemu-efi-aarch64/QEMU_EFI.fd}
boot_by_efi() {
	boot "$@" -bios "$EDK2"
}

# skip NAME WHY: one test that cannot be made here.
skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

records() { tests/firmware/records.py "$LOG" "$@"; }

# complaint TEXT: notes what is wrong with the boot under test.
complaint() { echo "$1" >>"$WORK/wrong"; }
# same WHAT EXPECTED FOUND
same() { [ "$2" = "$3" ] || complaint "$1: expected '$2', found '$3'"; }

# begin; ...; finish NAME: one test of several complaints.
begin() { : >"$WORK/wrong"; }
finish() {
	if [ -s "$WORK/wrong" ]; then
		{ cat "$WORK/wrong"; tail -n 30 "$LOG"; } >"$WORK/report"
		not_ok "$1" "$WORK/report"
	else
		ok "$1"
	fi
}

# The console holds one whole run that ended with this verdict (pass: and no test failed in it).
complete() { records complete "$1" >>"$WORK/wrong"; }
