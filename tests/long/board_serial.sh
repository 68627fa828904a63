#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The serial port drivers on real serial ports: a machine with Linux's ftdi_sio and two adapters, the
# console cable of a board with U-Boot and a relay in its supply (tests/support/desk.py). mmfarm runs
# within that machine: finds the ports, sets them up, locks them, loses them and gets them back.
. "$(dirname "$0")/../support/tap.sh"

GUEST=$BUILD/guest
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
need() { # PROGRAM...
	for program in "$@"; do
		command -v "$program" >/dev/null || { echo "$program is not installed"; return 1; }
	done
}
missing=$(need qemu-system-x86_64 qemu-system-aarch64 busybox cpio udevadm) ||
	missing=${missing:-$([ -e "$GUEST/vmlinuz" ] || tests/support/guest_kernel.sh "$GUEST" 2>&1)}
if [ -n "$missing" ] || [ ! -e "$GUEST/vmlinuz" ]; then
	skip "serial ports of a real kernel" "${missing:-no kernel for them}"
	done_testing
fi

# ---- the machine --------------------------------------------------------------------------------
ROOT=$SCRATCH/root
mkdir -p "$ROOT"/{bin,lab,modules,results,srv/tftp} "$ROOT/usr/lib/udev/rules.d" "$SCRATCH/desk/tftp"
put() { # PROGRAM NAME: with the libraries it wants, where its loader looks for them
	cp -L "$1" "$ROOT/bin/$2"
	ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
		mkdir -p "$ROOT$(dirname "$library")"
		cp -Lu "$library" "$ROOT$library"
	done
}
put "$(command -v busybox)" busybox
for name in sh mount mkdir ls wc grep usleep sleep true insmod stty tar sync poweroff touch rm cat; do
	ln -s busybox "$ROOT/bin/$name"
done
put "$(command -v udevadm)" udevadm
ln -s udevadm "$ROOT/bin/udevd"
cp /usr/lib/udev/rules.d/60-serial.rules "$ROOT/usr/lib/udev/rules.d/"
put "$(command -v flock)" flock
put "$MMFARM" mmfarm
cp "$GUEST"/modules/*.ko "$ROOT/modules/"
cp tests/support/serial_host.sh "$ROOT/init"
# The site's TFTP server: mmfarm puts the file into a folder of this machine, U-Boot's network has it.
cp "$BUILD/firmware/mm.img" "$ROOT/lab/mm.img"
cp "$BUILD/firmware/mm.img" "$SCRATCH/desk/tftp/mmfarm-sbc-image"
printf 'name: one\npayload: {firmware: mm.img}\npools: [all]\ndeadline: 120s\nvariants: [{name: v, arguments: order=textro}]\n' \
	>"$ROOT/lab/job.yaml"
CABLE=/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_CABLE-if00-port0
board() { # NAME CONSOLE-KEYS
	cat >"$ROOT/lab/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: serial, $2}
	    power: {driver: serial-relay, usb-serial: RELAY, channel: 1, read-back: true, settle: 0.5s, confirm: 5s, tries: 1}
	    boot: {driver: uboot, store: ram, tftp-root: /srv/tftp, identity: {version: "U-Boot 20"}}
	boards:
	  sbc: {type: t}
	pools:
	  all: {}
	YAML
}
board board "device: $CABLE, baud: 115200, grace: 30s"
board custom "usb-serial: CABLE, baud: 1500000, flow: rtscts"
board short "device: $CABLE, baud: 1843200, grace: 2s"
board missing "usb-serial: NOWHERE"
board swapped "device: /dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_OTHER-if00-port0, usb-serial: CABLE"

(cd "$ROOT" && find . | cpio -o -H newc --quiet) >"$SCRATCH/initramfs"
desk() {
	python3 tests/support/desk.py "$GUEST/vmlinuz" "$SCRATCH/initramfs" "$UBOOT" "$SCRATCH/desk" &&
		mkdir "$SCRATCH/results" && tar x -C "$SCRATCH/results" -f "$SCRATCH/desk/results.tar"
}
GUEST=$(realpath "$GUEST")
check "a machine with two FTDI adapters runs its jobs to the end" desk

# ---- what it saw --------------------------------------------------------------------------------
R=$SCRATCH/results
run_is() { # NAME CODE VERDICT [REASON]
	local dir
	dir=$(echo "$R/$1"/runs/*)
	[ "$(cat "$R/$1.code")" = "$2" ] || { cat "$R/$1.code" "$R/$1.out"; return 1; }
	jq_is "$dir/run.json" .verdict "$3" || { jq -r .reason "$dir/run.json"; return 1; }
	[ -z "${4:-}" ] || jq -r .reason "$dir/run.json" | grep -qF -- "$4" ||
		{ jq -r .reason "$dir/run.json"; return 1; }
}
check "a board on an adapter named by its link of /dev/serial/by-id" run_is good 0 PASS
check "the adapter has the baud rate of the board's file" says "speed 115200 baud" "$R/stty"
check "a board on the adapter found by its USB serial number" run_is custom 0 PASS
check "and a high baud rate" says "speed 1500000 baud" "$R/stty-custom"
check "with flow control" says " crtscts" "$R/stty-custom"
check "which others do without" says "-crtscts" "$R/stty"
check "closing the port does not drop DTR" says "-hupcl" "$R/stty"
whole() {
	local dir
	dir=$(echo "$R/good"/runs/*)
	says "#mm end" "$dir/console.raw" && says "U-Boot 20" "$dir/console.raw"
}
check "the console has all from U-Boot's first word to the firmware's last" whole
check "a port that another program has locked" run_is held 3 MISS "in use by another program"
check "an adapter that is pulled and plugged in again: the run goes on" run_is gap 0 PASS
gap() { says console-gap "$(echo "$R/gap"/runs/*/events.jsonl)"; }
check "and the gap is on record" gap
check "an adapter that stays away beyond its grace" run_is gone 3 MISS "console closed"
check "an adapter that is not there" run_is missing 3 MISS "no USB serial adapter with number NOWHERE"
check "another adapter than the file says" run_is swapped 3 MISS "swapped cable?"
check "no board was switched on behind it" \
	bash -c "grep -q prepare '$R'/swapped/runs/*/events.jsonl && ! grep -q power-on '$R'/swapped/runs/*/events.jsonl"

# ---- the relay ----------------------------------------------------------------------------------
relay() {
	head -n 4 "$SCRATCH/desk/relay.log" >"$SCRATCH/relay"
	printf 'a0 01 00 a1\nff\na0 01 01 a2\nff\n' | diff - "$SCRATCH/relay"
}
check "the relay was opened and closed by LCUS's four bytes, and asked" relay
off() { says "a0 01 00 a1" "$SCRATCH/desk/relay.log"; }
check "and opened again" off
check "a relay that tells that it has closed, while the board stays dark" run_is lying 3 MISS "stayed silent (power"
done_testing
