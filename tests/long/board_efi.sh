#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A board with UEFI (EDK2 in QEMU): an EFI application from a system partition, with arguments by the
# shell's startup script, and from the network.
. "$(dirname "$0")/../support/tap.sh"

FIRMWARE=/usr/share/qemu-efi-aarch64/QEMU_EFI.fd
R=$SCRATCH/results
board() { # NAME BOOT-KEYS
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A57, midr: 0x411fd070, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a57, memory: 512M, firmware: $FIRMWARE}
	    boot: {driver: efi$2}
	boards:
	  $1: {type: t}
	pools:
	  all: {}
	YAML
}
runs() { # BOARD ARGUMENTS
	rm -rf "$R"
	cat >"$SCRATCH/job.yaml" <<-YAML
	name: efi
	payload: {kernel: $PWD/$BUILD/tests/payloads/hello.efi}
	pools: [all]
	deadline: 120s
	silence: 60s
	done: {text: "the EFI payload runs", from: handover}
	variants: [{name: v, arguments: "$2"}]
	YAML
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/$1.yaml" --results "$R" &&
		jq_is "$R"/runs/*/run.json .verdict PASS
}
clean() { ! ls "$R"/runs/*/esp/* "$R"/runs/*/flash0.img 2>/dev/null; }

if [ ! -e $FIRMWARE ]; then
	skip "boards with UEFI" "$FIRMWARE is not installed"
	done_testing
fi
board partition ""
board network ", transport: tftp"
board named ", name: EFI/mine/linux.efi"
check "from an EFI system partition" runs partition ""
check "with arguments, by the shell's script" runs partition "root=/dev/vda1 quiet"
check "the script has them" says "startup.nsh" <(strings "$R"/runs/*/console.raw)
check "with arguments and a name of its own" runs named "root=/dev/vda1 quiet"
check "from the network" runs network ""
check "nothing is left behind" clean
done_testing
