#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Through U-Boot: wall time of `mmfarm run` beside `lava-run` on the same virtual board with the same
# payload, turn by turn. Twice: flash and boot (TFTP to RAM, to the virtio disk, read back, boot), for
# which mmfarm also proves each copy by CRC-32 and boots behind a power cycle, while lava-run boots what
# it read back; and boot alone (TFTP to RAM, boot), where both do the same but for mmfarm's CRC-32.
# lava-run needs the packages lava-dispatcher, tftpd-hpa (for its settings alone), u-boot-tools and
# socat, and root.
. "$(dirname "$0")/../support/tap.sh"
ROUNDS=${ROUNDS:-5}
IMAGE=$PWD/$BUILD/tests/payloads/off.img
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
D=$SCRATCH/lava
mkdir "$D"

cat >"$SCRATCH/job.yaml" <<-END
name: bench
payload: {kernel: $IMAGE}
pools: [uboot-no-bbml2]
variants: [{name: v}]
done: {text: "Linux version"}
END
sed 's/store: virtio/store: ram/' boards/uboot.yaml >"$SCRATCH/ram.yaml"
ours() { # flash | boot
	local boards=boards/uboot.yaml
	[ "$1" = flash ] || boards=$SCRATCH/ram.yaml
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$boards" --board ua72-01 --results "$SCRATCH/results" >"$SCRATCH/ours.log"
}

# LAVA's board: the same QEMU, kept by a script that LAVA calls for its power switch.
cat >"$D/board" <<-END
#!/bin/bash
exec 2>>"$D/board.log"
tell() { printf '{"execute":"qmp_capabilities"}{"execute":"%s"}' "\$1" | socat -t 0.2 - UNIX-CONNECT:"$D/qmp" >>"$D/board.log"; }
case \$1 in
up)
	truncate -s 64M "$D/disk.img"
	exec qemu-system-aarch64 -M virt -cpu cortex-a72 -m 2G -smp 4 -nodefaults -display none -S \
		-chardev socket,id=console,path="$D/console",server=on,wait=off -serial chardev:console \
		-qmp unix:"$D/qmp",server=on,wait=off -drive if=pflash,format=raw,readonly=on,file=$SCRATCH/lava/flash.img \
		-drive if=none,id=disk,format=raw,file="$D/disk.img" -device virtio-blk-pci,drive=disk \
		-netdev user,id=net,restrict=on,tftp=/srv/tftp -device virtio-net-pci,netdev=net,romfile= ;;
on) tell cont ;;
off) tell stop ;;
esac
END
chmod +x "$D/board"
cat >"$D/device.yaml" <<-END
commands:
  connect: socat -,rawer UNIX-CONNECT:$D/console
  hard_reset: $D/board on
  power_off: $D/board off
available_architectures: [arm64]
character_delays: {boot: 0}
constants:
  failure_retry: 1
  boot_retry: 1
  spawn_maxread: "2000"
  kernel-start-message: ""
  shutdown-message: ""
  default-shell-prompt: "# "
  u-boot:
    interrupt-prompt: "Hit any key to stop autoboot"
    interrupt-character: " "
    interrupt_ctrl_list: []
    interrupt-newline: false
    final-message: "Starting kernel"
    error-messages: ["TIMEOUT", "Retry count exceeded", "File not found"]
parameters:
  booti: {kernel: "0x42000000", ramdisk: "0x46000000", dtb: "\${fdtcontroladdr}"}
actions:
  deploy:
    parameters: {mkimage_arch: arm64, add_header: u-boot}
    methods: {tftp: null}
  boot:
    connections: {serial: null}
    methods:
      u-boot:
        parameters: {bootloader_prompt: "=> "}
        flash:
          commands:
          - setenv autoload no
          - dhcp
          - setenv serverip {SERVER_IP}
          - tftp {KERNEL_ADDR} {KERNEL}
          - virtio scan
          - setexpr blk \${filesize} + 0x1ff
          - setexpr blk \${blk} / 0x200
          - virtio write {KERNEL_ADDR} 0 \${blk}
          - mw.b {KERNEL_ADDR} 0 \${filesize}
          - virtio read {KERNEL_ADDR} 0 \${blk}
          - "{BOOTX}"
        boot:
          commands:
          - setenv autoload no
          - dhcp
          - setenv serverip {SERVER_IP}
          - tftp {KERNEL_ADDR} {KERNEL}
          - "{BOOTX}"
END
echo "dispatcher_ip: 10.0.2.2" >"$D/dispatcher.yaml"
lava_job() { # flash | boot
	cat >"$D/job.yaml" <<-END
job_name: bench
visibility: public
priority: medium
timeouts: {job: {minutes: 2}, action: {seconds: 60}, connection: {seconds: 30}}
actions:
- deploy: {to: tftp, kernel: {url: "file://$IMAGE", type: image}}
- boot: {method: u-boot, commands: $1, timeout: {seconds: 60}}
- test:
    timeout: {seconds: 20}
    monitors:
    - {name: m, start: "mm hello", end: "Linux version", pattern: 'case=(?P<test_case_id>\w+) result=(?P<result>\w+)'}
END
}
lava() { # flash | boot, ROUND: the output directory and the job's name must be new each time
	lava_job "$1"
	cp "$UBOOT" "$D/flash.img" && truncate -s 64M "$D/flash.img" || return 1
	rm -f "$D/disk.img" "$D/qmp" "$D/console"
	"$D/board" up &
	local qemu=$! code tries=0
	until [ -S "$D/qmp" ] && [ -S "$D/console" ] || [ $((tries += 1)) -gt 200 ]; do read -rt 0.02 <> <(:); done
	timeout -k 5 120 lava-run --job-id "$1-$$-$2" --output-dir "$D/out-$1-$2" --device "$D/device.yaml" \
		--dispatcher "$D/dispatcher.yaml" "$D/job.yaml" </dev/null >"$D/log" 2>&1
	code=$?
	kill $qemu 2>/dev/null
	wait $qemu 2>/dev/null
	[ $code -eq 0 ] || { tail -n 30 "$D/log" >&2; return 1; }
}
ms() { # COMMAND...: wall milliseconds
	local start end
	start=$(date +%s%N)
	"$@" || { echo "failed: $*" >&2; exit 1; }
	end=$(date +%s%N)
	echo $(((end - start) / 1000000))
}
peer=yes
for program in lava-run mkimage socat in.tftpd; do
	command -v $program >/dev/null || [ -x /usr/sbin/$program ] || peer="it needs $program"
done
[ "$(id -u)" -eq 0 ] || peer="it needs root"
if [ ! -r "$UBOOT" ]; then
	echo "not measured: $UBOOT is missing (package u-boot-qemu)"
	exit 0
fi
report() { # NAME FILE: the median is left in $median
	read -r lo median hi <<<"$(sort -n "$2" | awk '{v[NR] = $1} END {print v[1], v[int((NR + 1) / 2)], v[NR]}')"
	printf '%-12s %6d ms  (%d to %d)\n' "$1" "$median" "$lo" "$hi"
}
contest() { # flash | boot, GOAL
	local i mine
	ours "$1" || { cat "$SCRATCH/ours.log"; exit 1; } # warm-up
	for ((i = 1; i <= ROUNDS; i++)); do
		ms ours "$1" >>"$SCRATCH/ours.$1" || exit 1
		[ "$peer" != yes ] || ms lava "$1" "$i" >>"$SCRATCH/lava.$1" || exit 1
	done
	report "mmfarm run" "$SCRATCH/ours.$1"
	mine=$median
	if [ "$peer" = yes ]; then
		report lava-run "$SCRATCH/lava.$1"
		awk "BEGIN {printf \"mmfarm takes %.2f of lava-run's time$2\n\", $mine / $median}"
	else
		echo "lava-run: not measured, $peer"
	fi
}
echo "flash and boot through U-Boot and TFTP, median of $ROUNDS rounds (min to max)"
contest flash " (goal: at most 0.50)"
echo "boot through U-Boot and TFTP without storage"
contest boot ""
