#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An emulated board's clock is the host's. A good payload on a host that does not let it run is the
# lab's trouble, and is run once more when the load is down; an idle board that hangs is not excused by
# the same load. Real QEMU beside a real load, all on one core of the host.
# Alone: it makes the host busy.
. "$(dirname "$0")/../support/tap.sh"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 1G}
    boot: {driver: direct}
boards: {b: {type: a72}}
pools: {all: {}}
END
cat >"$SCRATCH/good.yaml" <<-END
name: good
payload: {firmware: $PWD/$BUILD/firmware/mm.img}
pools: [all]
deadline: 8s
silence: 7s
busy_wait: 120s
variants: [{name: v, arguments: order=premap}]
END
cat >"$SCRATCH/hang.yaml" <<-END
name: hang
payload: {firmware: $PWD/$BUILD/tests/payloads/hang.img}
pools: [all]
silence: 4s
busy_wait: 0
variants: [{name: v}]
END
core=$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')
hogs=
load() { # N busy processes on the core, a nice value below ours
	for _ in $(seq "$1"); do
		taskset -c "$core" bash -c 'while :; do :; done' &
		hogs+=" $!"
	done
}
unload() {
	[ -z "$hogs" ] || kill $hogs 2>/dev/null
	[ -z "$hogs" ] || wait $hogs 2>/dev/null
	hogs=
}
trap 'unload; rm -rf "$SCRATCH"' EXIT
R=$SCRATCH/results
# The load is real. What the kernel says of it is held still where we may do that, or other work on this
# host would decide when the load counts as down.
gauge() { # RUNNING PRESSURE
	echo "$1.00 $1.00 $1.00 $1/100 1" >"$SCRATCH/loadavg"
	echo "some avg10=$2 avg60=$2 avg300=$2 total=1" >"$SCRATCH/pressure"
}
gauge 20 90.00
cat >"$SCRATCH/gauged" <<-END
	#!/bin/bash
	mount --bind "$SCRATCH/loadavg" /proc/loadavg
	[ ! -e /proc/pressure/cpu ] || mount --bind "$SCRATCH/pressure" /proc/pressure/cpu
	exec "\$@"
END
chmod +x "$SCRATCH/gauged"
gauged=
unshare -m "$SCRATCH/gauged" true 2>/dev/null && gauged="unshare -m $SCRATCH/gauged"
run() { # JOB
	$gauged taskset -c "$core" "$MMFARM" run "$SCRATCH/$1.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --json
}
first() { echo "$R"/runs/*~1/run.json; }

if ! grep -q . /proc/self/schedstat 2>/dev/null; then
	skip "a starved board is the host's fault" "this kernel has no /proc/PID/schedstat"
	done_testing
fi

idle_hang() {
	load 20
	run hang >"$SCRATCH/out"
	unload
	jq '{verdict, reason, host}' "$(first)"
	jq_is "$(first)" .verdict FAIL && jq_is "$(first)" .host.starved false
}
check "an idle board that hangs on a crowded host is a FAIL all the same" idle_hang

crowded() {
	rm -rf "$R"
	load 25
	run good >"$SCRATCH/out" &
	pid=$!
	for _ in $(seq 1200); do
		[ -e "$(first)" ] && break
		sleep 0.1
	done
	unload
	sed 's/"//g' "$SCRATCH/out"
	for _ in $(seq 100); do # told at once, not when the wait is over
		grep -q '"event":"wait".*"reason":"for a quieter host' "$SCRATCH/out" && break
		sleep 0.1
	done
	grep -q '"event":"wait".*"reason":"for a quieter host' "$SCRATCH/out" || { echo "the wait is not told"; return 1; }
	[ "$(ls "$R/runs" | wc -l)" -eq 1 ] || { echo "run again while the load was up"; return 1; }
	gauge 1 0.00
	jq '{verdict, reason, error, host}' "$(first)"
	jq_is "$(first)" .verdict MISS && jq_is "$(first)" .error.code HostBusy && jq_is "$(first)" .host.starved true
}
check "a good payload that a crowded host did not let run is a MISS of the host" crowded

repeated() {
	wait $pid
	local code=$? again
	again=$(echo "$R"/runs/*~2/run.json)
	if [ -z "$gauged" ] && [ ! -e "$again" ] && jq -e .host "$(first)" >/dev/null; then
		echo "the host stayed busy with other work"
		[ $code -eq 3 ]
		return
	fi
	cat "$SCRATCH/out"
	jq '{verdict, reason, host}' "$again"
	jq_is "$again" .verdict PASS && [ $code -eq 0 ] &&
		jq_is "$R/latest/kcidb.json" '[.tests[] | select(.path == "boot") | .status] | sort | join(" ")' "MISS PASS" &&
		"$MMFARM" results summary --results "$R" | grep "1 run made again, the host was too busy" &&
		"$MMFARM" export junit --results "$R" -o "$SCRATCH/junit.xml" && ! grep -q '<error' "$SCRATCH/junit.xml"
}
check "and is run once more when the load is down, which is what counts" repeated
check "rescanned, it is judged the same" bash -c "'$MMFARM' rescan --results '$R' && ! ls '$R'/runs/*~1/rescans 2>/dev/null || jq -e '.verdict == \"MISS\"' '$R'/runs/*~1/rescans/*.json"
done_testing
