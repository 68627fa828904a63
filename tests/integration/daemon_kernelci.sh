#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon as a pull lab of KernelCI: real kernels on virtual boards, from an offer to a finished node.
# Alone: boards get the CPUs that they need.
. "$(dirname "$0")/../support/tap.sh"
. tests/support/maestro.sh
IMAGES=$SHARED/payloads
ROOT=$PWD
if [ ! -e "$IMAGES/linux-7.3-rc7-tiny-premap.Image.xz" ]; then
	skip "KernelCI's jobs on the farm's boards" "no kernel images in $IMAGES"
	done_testing
	exit 0
fi
export no_proxy=127.0.0.1
cp -r boards jobs "$SCRATCH/" && mkdir -p "$SCRATCH/build" && cp -r "$BUILD/firmware" "$SCRATCH/build/" 2>/dev/null
cd "$SCRATCH" || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
mkdir -p m/storage && printf 'sesame\n' >token
for name in textro premap; do
	cp "$IMAGES/linux-7.3-rc7-tiny-$name.Image.xz" m/storage/$name
	jq -n --arg kernel "@STORAGE@/$name" --arg sum "$(sha256sum <m/storage/$name | cut -d' ' -f1)" '
		{artifacts: {kernel: $kernel}, tests: [{id: "boot-test", type: "boot", timeout_s: 300}],
		 environment: {platform: "@PLATFORM@", arch: "arm64"}, integrity: {sha256: {kernel: $sum}}}' >$name.json
done
exec 5< <(exec python3 "$ROOT/tests/support/fake_maestro.py" m --jobs 2 --others 2 --definitions textro.json premap.json 2>err)
pids+=($!)
read -r -t 30 PORT <&5
cat >farm.yaml <<END
lab: acme
origin: acme
kernelci:
  api: http://127.0.0.1:$PORT/latest
  lab: acme
  token: {file: token}
  claim_wait: 100ms
  poll: 1s
  platforms:
    qemu-arm64: {pools: [bbml2], arguments: console=ttyAMA0 earlycon panic=-1}
END

start() {
	"$MMFARM" daemon --results r --farm farm.yaml >>daemon.log 2>&1 &
	DAEMON=$!
	pids+=($DAEMON)
}
report() { ask_maestro "$PORT" /report >report.json; }

# The daemon dies once a job has its batch, and once more a little later; the next one goes on.
finished() {
	local end=$((SECONDS + 240)) kills=0
	start
	until report && jq -e 'all(.[]; .runtime != "acme" or .node.state == "done")' report.json >/dev/null; do
		[ $SECONDS -lt $end ] || { cat daemon.log; jq -c '.[].node' report.json; return 1; }
		if [ $kills -lt 2 ] && [ "$(grep -c 'waits as batch' daemon.log)" -gt $kills ]; then
			kills=$((kills + 1))
			kill -9 $DAEMON && wait $DAEMON 2>/dev/null
			start
		fi
		sleep 0.3
	done
	[ $kills -gt 0 ]
}
check "jobs are run and finished though the daemon is killed" finished
once() { jq -e 'all(.[]; .runtime != "acme" or (.finishes == 1 and (.claims | length) == 1))' report.json && [ "$(ls r/batches | wc -l)" = 2 ]; }
check "each is claimed, run and finished once" once
good() { jq -e '.[] | select(.runtime == "acme") | .node' report.json | jq -se '.[0].result == "pass" and .[0].data.misc.mmfarm.bbm == 2'; }
check "a kernel that boots passes; its node says on which CPU" good
bad() { jq -e '[.[] | select(.runtime == "acme")][1] | .node.result == "fail" and (.children | index("mmfarm.splat") != null)' report.json; }
check "a kernel that splats fails, with a test that says so" bad
figures() { "$MMFARM" metrics --results r | grep -q '^mmfarm_kernelci_jobs{stage="finished"} 2$'; }
check "the daemon counts its jobs by stage" figures
alone() { jq -e 'all(.[]; .runtime == "acme" or (.claims == [] and .node.state == "available"))' report.json; }
check "jobs of other labs are left alone" alone
ends() {
	kill -TERM $DAEMON && wait $DAEMON
	local p
	for p in $(pgrep qemu-system); do
		case $(readlink "/proc/$p/cwd") in "$SCRATCH"*) return 1 ;; esac
	done
	[ -z "$(ls r/kernelci/jobs)" ]
}
check "the daemon ends; no board runs on, and nothing of a job is left" ends
done_testing
