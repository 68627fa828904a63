#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boards and jobs of LAVA (tests/data/lava/import: those of the reference's kinds, a GRUB board, a job in
# KernelCI's form) become ours: what is written passes our own checks, what was not taken is named by line.
. "$(dirname "$0")/../support/tap.sh"
I=$SCRATCH/imported
import() { "$MMFARM" import lava -o "$I" "$@" >"$SCRATCH/out" 2>"$SCRATCH/err" || { local code=$?; cat "$SCRATCH/err"; return $code; }; }
check "each folder of LAVA's is taken" import tests/data/lava/import/*/
boards() { "$MMFARM" boards --boards "$I/boards" >"$SCRATCH/boards" 2>&1 && [ "$(ls "$I/boards" | wc -l)" -eq 6 ] || { cat "$SCRATCH/boards"; return 1; }; }
check "its boards pass mmfarm boards" boards
jobs() {
	local job
	for job in "$I"/jobs/*.yaml; do "$MMFARM" jobs "$job" || return 1; done
	[ "$(ls "$I/jobs" | wc -l)" -eq 6 ]
}
check "its jobs pass mmfarm jobs" jobs
has() { # FILE TEXT...
	local file=$1 text
	shift
	for text; do says "$text" "$I/$file" || return 1; done
}
check "QEMU's words become a virtual board's" has boards/qemu-monitor.yaml 'driver: qmp' 'cpu: "max"' 'memory: "128"' 'midr: 0x000f0510'
check "a telnet console, the commands of the switch" has boards/ser2net-telnet.yaml 'driver: telnet' 'port: 4101' 'off: ["/srv/lava/vboard.sh", "off", "b0"]' \
	'prepare: ["/srv/lava/vboard.sh", "flash", "b0", "{image}"]'
check "a serial line with its speed" has boards/flasher-minimal.yaml 'driver: serial' 'device: "/srv/lava/state/vb/b0/tty"' 'baud: 115200'
check "U-Boot's words and addresses" has boards/uboot-tftp.yaml 'driver: uboot' 'prompt: "=> "' 'load: "0x42000000"' 'autoboot: "Hit any key to stop autoboot"'
check "a method that mmfarm has not is left to lava-run, with the dictionary" has boards/grub.yaml 'console: {driver: lava}' "device: \"$PWD/tests/data/lava/import/grub/device.yaml\"" \
	'on: ["/usr/bin/pduclient", "--command", "on", "--port", "3"]'
check "a job's payload, deadline and end" has jobs/flasher-minimal.yaml 'kernel: "/srv/lava/payload/hello.img"' 'deadline: 120s' 'text: "MMFARM-END"' 'pools: [flasher-minimal]'
check "a job in KernelCI's form" has jobs/kernelci.yaml 'url: "https://storage.example.org/kernel/Image"' 'modules:' 'dtb:' 'initrd:' 'deadline: 1800s' 'text: "/ #"' 'pools: [bcm2711-rpi-4-b]' \
	'arguments: "console_msg_format=syslog earlycon"'
untaken() {
	local place
	for place in 'kernelci/job.yaml:5:88: context.test_character_delay: not taken' 'kernelci/job.yaml:34:7: tags: not taken' 'kernelci/job.yaml:25:3: actions\[2\]: not taken' \
		'uboot-tftp/device.yaml:[0-9]*:[0-9]*: actions.boot.methods.u-boot.ramdisk' 'cpu: LAVA does not tell it'; do
		grep -q "$place" "$SCRATCH/err" || { echo "$place"; cat "$SCRATCH/err"; return 1; }
	done
}
check "what was not taken is named, line by line" untaken

# ---- the other way ------------------------------------------------------------------------------
export_job() { # JOB WORDS...
	"$MMFARM" export lava "$@" >"$SCRATCH/exported.yaml" 2>"$SCRATCH/err" || { cat "$SCRATCH/err"; return 1; }
}
schema() {
	/usr/bin/python3 -c 'import sys,yaml; from lava_common.schemas import validate; validate(yaml.safe_load(open(sys.argv[1])))' "$SCRATCH/exported.yaml"
}
round() { # what was exported is understood by the importer
	"$MMFARM" import lava -o "$SCRATCH/round" "$SCRATCH/exported.yaml" >/dev/null 2>&1 && "$MMFARM" jobs "$SCRATCH/round/jobs/exported.yaml" >/dev/null &&
		says 'order=textro' "$SCRATCH/round/jobs/exported.yaml" && says 'text: "#mm end"' "$SCRATCH/round/jobs/exported.yaml"
}
touch "$SCRATCH/mm.img"
cat >"$SCRATCH/job.yaml" <<-END
	name: ours
	payload: {firmware: mm.img}
	pools: [bbml2, no-bbml2]
	deadline: 90s
	variants: [{name: premap, arguments: order=premap}, {name: textro, arguments: order=textro tests=S11}]
END
check "a job of ours as LAVA's" export_job "$SCRATCH/job.yaml" --variant textro
check "reads back the same" round
if /usr/bin/python3 -c 'import lava_common.schemas' 2>/dev/null; then
	check "LAVA's schema takes it" schema
	check "also for U-Boot" export_job "$SCRATCH/job.yaml" --method u-boot
	check "which LAVA's schema takes" schema
else
	skip "LAVA's schema takes it" "the package lava-common is not installed"
fi

check "what is there is not written again" exits_with 2 import tests/data/lava/import/grub
printf 'actions: [\n' >"$SCRATCH/bad.yaml"
printf 'some: thing\n' >"$SCRATCH/other.yaml"
check "what is no YAML is a mistake with its place" bash -c "! '$MMFARM' import lava -o '$I' '$SCRATCH/bad.yaml' 2>&1 | grep -q 'bad.yaml:[12]:'; '$MMFARM' import lava -o '$I' '$SCRATCH/bad.yaml' 2>&1 | grep -q 'bad.yaml:'"
check "what is neither board nor job is left out" bash -c "'$MMFARM' import lava -o '$I' '$SCRATCH/other.yaml' 2>&1 | grep -q 'neither a device dictionary nor a job'"
done_testing
