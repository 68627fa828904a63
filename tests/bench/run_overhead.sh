#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the controller adds to a run: wall time of a one-board run minus the same QEMU command bare,
# ours and lava-run's (where lava-dispatcher is installed and this is root), turn by turn; and the
# memory of scheduler and worker while a board talks.
. "$(dirname "$0")/../support/tap.sh"
ROUNDS=${ROUNDS:-9}
IMAGE=$PWD/$BUILD/tests/payloads/off.img
QEMU=(qemu-system-aarch64 -M virt -cpu cortex-a72 -m 2G -smp 4 -nodefaults -display none -no-reboot)

cat >"$SCRATCH/job.yaml" <<-END
name: bench
payload: {kernel: $IMAGE}
pools: [no-bbml2]
variants: [{name: v}]
done: {power_off: true}
END
sed "s/off.img/talk.img/; s/^done:.*/deadline: 3s/" "$SCRATCH/job.yaml" >"$SCRATCH/talk.yaml"

mkdir "$SCRATCH/lava"
cat >"$SCRATCH/lava/device.yaml" <<-END
available_architectures: [arm64]
constants: {failure_retry: 1, boot_retry: 1, spawn_maxread: "2000", kernel-start-message: "",
            shutdown-message: "", default-shell-prompt: "# "}
commands: {}
parameters: {}
actions:
  deploy: {methods: {image: {}}}
  boot:
    connections: {serial: null}
    methods:
      qemu:
        parameters:
          command: qemu-system-aarch64
          options: [-M virt, -cpu cortex-a72, -m 2G, -smp 4, -nodefaults, -display none, -serial stdio, -no-reboot]
END
cat >"$SCRATCH/lava/job.yaml" <<-END
job_name: bench
visibility: public
priority: medium
context: {arch: arm64}
timeouts: {job: {minutes: 2}, action: {seconds: 30}, connection: {seconds: 20}}
actions:
- deploy: {to: tmpfs, images: {kernel: {url: "file://$IMAGE", image_arg: "-kernel {kernel}"}}}
- boot: {method: qemu, timeout: {seconds: 30}}
- test:
    timeout: {seconds: 20}
    monitors:
    - {name: m, start: "mm hello", end: "Linux version", pattern: 'case=(?P<test_case_id>\w+) result=(?P<result>\w+)'}
END

bare() { "${QEMU[@]}" -serial "file:$SCRATCH/bare" -kernel "$IMAGE" </dev/null >/dev/null 2>&1; }
ours() { "$MMFARM" run "$SCRATCH/job.yaml" --board va72-01 --results "$SCRATCH/results" >/dev/null; }
lava() { # the output directory and the job's name must be new each time
	lava-run --job-id "bench-$$-$1" --output-dir "$SCRATCH/lava/out$1" \
		--device "$SCRATCH/lava/device.yaml" "$SCRATCH/lava/job.yaml" </dev/null >"$SCRATCH/lava/log" 2>&1
}
ms() { # COMMAND...: wall milliseconds
	local start end
	start=$(date +%s%N)
	"$@" || { echo "failed: $*" >&2; exit 1; }
	end=$(date +%s%N)
	echo $(((end - start) / 1000000))
}
peer=no
command -v lava-run >/dev/null && [ "$(id -u)" -eq 0 ] && peer=yes
ours >/dev/null && bare # warm-up
for ((i = 1; i <= ROUNDS; i++)); do
	ms bare >>"$SCRATCH/t.bare"
	ms ours >>"$SCRATCH/t.ours"
	[ $peer = yes ] && ms lava "$i" >>"$SCRATCH/t.lava"
done
spread() { sort -n "$1" | awk '{v[NR] = $1} END {printf "%d %d %d", v[1], v[int((NR + 1) / 2)], v[NR]}'; }
report() { # NAME FILE
	read -r lo mid hi <<<"$(spread "$2")"
	printf '%-22s %5d ms  (%d to %d)\n' "$1" "$mid" "$lo" "$hi"
	median=$mid
}
echo "one run on one virtual board, median of $ROUNDS rounds (min to max)"
report "QEMU bare" "$SCRATCH/t.bare"
base=$median
report "mmfarm run" "$SCRATCH/t.ours"
echo "  mmfarm adds $((median - base)) ms"
if [ $peer = yes ]; then
	report "lava-run" "$SCRATCH/t.lava"
	echo "  lava-run adds $((median - base)) ms"
else
	echo "  lava-run: not measured (needs the package lava-dispatcher and root)"
fi

"$MMFARM" run "$SCRATCH/talk.yaml" --board va72-01 --results "$SCRATCH/results" >/dev/null &
scheduler=$!
for ((i = 0; i < 100; i++)); do
	grep -qs "quick brown" "$SCRATCH"/results/runs/*/console.raw && break
	sleep 0.05
done
for pid in $scheduler $(pgrep -P "$scheduler"); do
	awk -v name="$([ "$pid" = "$scheduler" ] && echo scheduler || echo worker)" \
		'/^VmHWM/ {printf "%s: %.1f MB resident\n", name, $2 / 1024}' "/proc/$pid/status"
done
wait "$scheduler"
