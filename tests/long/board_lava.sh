#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The boot driver `lava`, method u-boot: lava-run fetches the firmware by TFTP with real U-Boot (Debian's, in
# QEMU's virt machine as a serial board that our switch gives its power) and boots it. The same findings
# and tests as natively.
. "$(dirname "$0")/../support/tap.sh"
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
for program in lava-run in.tftpd mkimage; do
	command -v $program >/dev/null || { skip "U-Boot by lava-run" "$program is not installed (lava-dispatcher, tftpd-hpa, u-boot-tools)"; done_testing; }
done
[ "$(id -u)" -eq 0 ] || { skip "U-Boot by lava-run" "lava-run must run as root"; done_testing; }
R=$SCRATCH/r
CPU="max,pauth-impdef=on,midr=0x410fd823"
# A serial line with a board behind it, which has power as long as the file is there.
cat >"$SCRATCH/line" <<-END
	#!/bin/bash
	stty raw -echo
	for _ in \$(seq 3000); do [ -e "$SCRATCH/power" ] && break; sleep 0.02; done
	exec qemu-system-aarch64 -M virt -cpu "$CPU" -m 512M -nodefaults -display none -serial stdio -bios $UBOOT -no-reboot \
		-netdev user,id=net,tftp=/srv/tftp -device virtio-net-pci,netdev=net,romfile=
END
printf '#!/bin/sh\n[ "$1" = on ] && exec touch "%s"\nexec rm -f "%s"\n' "$SCRATCH/power" "$SCRATCH/power" >"$SCRATCH/switch"
chmod +x "$SCRATCH/line" "$SCRATCH/switch"
cat >"$SCRATCH/boards.yaml" <<-END
types:
  native:
    cpu: {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
    console: {driver: unix}
    power: {driver: qmp, cpu: "$CPU", memory: 512M}
    boot: {driver: direct}
  uboot:
    cpu: {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
    console: {driver: lava}
    power: {driver: exec, "on": ["$SCRATCH/switch", "on"], "off": ["$SCRATCH/switch", "off"], settle: 0.1s}
    boot:
      driver: lava
      method: u-boot
      connect: ["$SCRATCH/line"]
      server: 10.0.2.2
      limit: 60s
      commands:
        - setenv autoload no
        - dhcp
        - setenv serverip {SERVER_IP}
        - tftp {KERNEL_ADDR} {KERNEL}
        - setenv bootargs "order=premap tests=S11"
        - "{BOOTX}"
boards: {n1: {type: native}, u1: {type: uboot}}
pools: {all: {boards: [n1, u1]}}
END
cat >"$SCRATCH/job.yaml" <<-END
name: uboot
payload: {firmware: $PWD/$BUILD/firmware/mm.img}
pools: [all]
deadline: 120s
variants:
  - name: v
    arguments: order=premap tests=S11
    want: [{splats: [{class: warn, function: split_guard, count: 1}, {class: warn, function: change_range, count: 1}], failing_tests: [sec-data-alias]}]
END
"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1
dir() { echo "$R"/runs/*~"$1"~v~1; }
passed() { jq_is "$(dir "$1")/run.json" .verdict PASS || { cat "$SCRATCH/out"; tail -n 30 "$(dir "$1")/lava.yaml"; return 1; }; }
check "the firmware by lava-run through U-Boot" passed u1
same() {
	local what
	for what in '[.findings[] | {class, func, title, sig1, sig2}]' '[.tests[] | {path, status}]'; do
		diff <(jq -S "$what" "$(dir n1)/run.json") <(jq -S "$what" "$(dir u1)/run.json") || return 1
	done
}
check "gives the findings and tests of a native run" same
typed() { # what LAVA typed stands in the console once, as U-Boot's echo
	[ "$(grep -c '^=> setenv autoload no' "$(dir u1)/console.raw")" -eq 1 ] && ! grep -q '^setenv autoload no' "$(dir u1)/console.raw" || { head -n 60 "$(dir u1)/console.raw"; return 1; }
}
check "what LAVA types is not doubled in the console" typed
check "the board has no power" test ! -e "$SCRATCH/power"
done_testing
