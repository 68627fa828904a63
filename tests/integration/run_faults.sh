#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every way in which a run can go wrong ends in the right verdict, with its console kept and no
# process or lock left behind. Real QEMU, payloads that misbehave on purpose (tests/payloads).
# Long: it waits for many boards.
. "$(dirname "$0")/../support/tap.sh"

B=$SCRATCH/boards.yaml
cat >"$B" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
    boot: {driver: direct}
  liar:
    cpu: {name: Cortex-A72, midr: 0x410fd034, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
    boot: {driver: direct}
boards:
  b1: {type: a72}
  b2: {type: a72}
  nowhere: {type: a72, power: {qemu: $SCRATCH/no-such-qemu}}
  broken: {type: a72, power: {cpu: no-such-cpu}}
  crasher: {type: a72, power: {qemu: $SCRATCH/crashing-qemu}}
pools:
  all: {}
END
# An emulator that is killed in the middle of the run.
cat >"$SCRATCH/crashing-qemu" <<-'END'
#!/bin/bash
exec 9>&1
qemu-system-aarch64 "$@" &
pid=$!
trap 'kill -9 $pid' EXIT
while ! grep -q "quick brown" console.raw 2>/dev/null && kill -0 $pid 2>/dev/null; do sleep 0.05; done
END
chmod +x "$SCRATCH/crashing-qemu"

job() { # NAME KIND PAYLOAD [EXTRA LINES]
	printf 'name: %s\npayload: {%s: %s}\npools: [all]\nbusy_wait: 0\nvariants: [{name: v}]\n%s\n' \
		"$1" "$2" "$PWD/$BUILD/tests/payloads/$3.img" "${4:-deadline: 20s}" >"$SCRATCH/$1.yaml"
}
job silent kernel silent 'silence: 2s'
job mute kernel silent 'silence: 2s'
sed -i 's/{name: v}/{name: v, arguments: console=ttyAMA0}/' "$SCRATCH/mute.yaml"
job hang firmware hang 'silence: 2s'
job off firmware off
job reset kernel reset
job flood kernel flood 'console_limit: 100000'
job talk kernel talk 'deadline: 3s'
job forever kernel talk 'deadline: 60s'
job textless kernel off 'done: {text: "login:"}'
job poweroff kernel off 'done: {power_off: true}'

R=$SCRATCH/results
run() { # JOB BOARD: runs it; its run directory is in $run_dir
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/$1.yaml" --boards "$B" --results "$R" --board "$2" >"$SCRATCH/out" 2>&1
	code=$?
	run_dir=$(echo "$R"/runs/*)
	return $code
}
no_leftovers() {
	local pid left=
	for pid in $(pgrep -f "$SCRATCH|qemu-system"); do # emulators by their working directory
		tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q "$SCRATCH" ||
			[[ $(readlink "/proc/$pid/cwd") == "$SCRATCH"* ]] && left+=" $pid"
	done 2>/dev/null
	if [ -n "$left" ]; then
		echo "left behind:"
		ps -fp $left
		return 1
	fi
	lease_is_free "$MMFARM_LOCK_DIR"/* || return 1
	flock -n "$run_dir/lock" true || { echo "the run is still locked"; return 1; }
	[ -z "$(ls "$R/active")" ] || { echo "active: $(ls "$R/active")"; return 1; }
}
# Where time alone decides, a host that did not let the board run is a good reason for a MISS.
starved() {
	[ "$(jq -r .error.code "$run_dir/run.json")" = HostBusy ] && jq .host "$run_dir/run.json"
}
ends_by_time() { # as `ends`
	ends "$@" || starved
}
ends() { # CODE VERDICT REASON JOB BOARD
	run "$4" "$5"
	[ $code -eq "$1" ] || { echo "exit $code, wanted $1"; cat "$SCRATCH/out" "$run_dir/worker.log"; return 1; }
	jq_is "$run_dir/run.json" .verdict "$2" &&
		jq -r .reason "$run_dir/run.json" | grep -qF -- "$3" ||
		{ jq '{verdict, reason}' "$run_dir/run.json"; return 1; }
	no_leftovers
}

check "a kernel that was told no console, and prints nothing, is the job's mistake" \
	ends 3 ERROR "its arguments name no console" silent b1
check "a kernel that prints nothing to its console is at fault, not power or cable" \
	ends 1 FAIL "it ended before its console came" mute b1
check "a payload that hangs half-way is a FAIL" \
	ends_by_time 1 FAIL "did not finish" hang b1
check "its console is kept" says "Linux version 7.3.0-test" "$run_dir/console.raw"
check "and the document says so" jq_is "$R/latest/kcidb.json" '.tests[] | select(.path == "boot") | .status' \
	"$(jq -r .verdict "$run_dir/run.json")"
check "firmware that powers off without its end record is a FAIL" \
	ends 1 FAIL "" off b1
check "a payload that resets the board is a FAIL" \
	ends 1 FAIL "" reset b1
check "a console that never ends is given up at its limit" \
	ends 3 MISS "exceeded its limit of 100000 bytes" flood b1
check "what came until then is kept" [ "$(stat -c %s "$run_dir/console.raw")" -ge 100000 ]
check "a payload that still talks at its deadline had too little time: ERROR" \
	ends_by_time 3 ERROR "deadline of 3 s reached, board still talking, last line «" talk b1
check "and the end of its console is called so" jq_is "$run_dir/run.json" .end.console deadline
check "within its deadline and ten seconds" \
	jq_is "$run_dir/run.json" '.duration < 13' true
check "a kernel without the wanted last words is a FAIL" \
	ends 1 FAIL 'login:' textless b1
check "a power-off that the job waits for is a PASS" \
	ends 0 PASS "" poweroff b1
check "an emulator that is not there is a MISS" \
	ends 3 MISS "no-such-qemu" off nowhere
check "an emulator that refuses its options is a MISS that says why" \
	ends 3 MISS "no-such-cpu" off broken
check "an emulator that dies is a MISS" \
	ends 3 MISS "went away" forever crasher

in_background() { # JOB: starts it on b1 and waits until the board talks
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/$1.yaml" --boards "$B" --results "$R" --board b1 >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 200); do
		run_dir=$(echo "$R"/runs/*)
		grep -qs "quick brown" "$run_dir/console.raw" && return 0
		sleep 0.05
	done
	echo "the board never talked"
	return 1
}
worker_pid() { pgrep -P "$scheduler" | head -n 1; }
wait_gone() { # PID: it ends within 10 s
	for _ in $(seq 100); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	echo "process $1 lives on"
	return 1
}

killed_worker() {
	in_background forever || return 1
	kill -9 "$(worker_pid)"
	wait "$scheduler"
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	jq_is "$run_dir/run.json" .verdict MISS && jq -r .reason "$run_dir/run.json" | grep -q "signal 9" &&
		says "quick brown" "$run_dir/console.raw" && no_leftovers
}
check "a worker killed with SIGKILL leaves a MISS with its log" killed_worker
# A line without its end is one as well.
lines_in() { awk 'END {print NR}' "$1"; }
whole_index() {
	local lines
	lines=$(lines_in "$run_dir/console.raw")
	[ "$(stat -c %s "$run_dir/console.idx")" -eq $((16 * lines)) ] || { stat -c %s "$run_dir/console.idx"; return 1; }
	jq_is "$run_dir/run.json" .log.lines "$lines"
}
check "and an index of every line" whole_index

interrupted() {
	in_background forever || return 1
	kill -INT "$scheduler"
	wait "$scheduler"
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	jq_is "$run_dir/run.json" .verdict MISS && jq_is "$run_dir/run.json" .error.code Canceled && no_leftovers
}
check "an interrupted batch switches its board off and says so" interrupted

killed_scheduler() {
	in_background forever || return 1
	local worker old
	worker=$(worker_pid)
	old=$run_dir
	kill -9 "$scheduler"
	kill -9 "$worker"
	wait "$scheduler" 2>/dev/null
	wait_gone "$worker" || return 1
	[ ! -e "$old/run.json" ] || { echo "a verdict without a worker"; return 1; }
	"$MMFARM" run "$SCRATCH/poweroff.yaml" --boards "$B" --results "$R" --board b1 >"$SCRATCH/out" 2>&1 ||
		{ cat "$SCRATCH/out"; return 1; }
	run_dir=$old
	jq_is "$old/run.json" '.duration > 0' true || return 1
	jq_is "$old/run.json" .verdict MISS && says "which was left unfinished" "$SCRATCH/out" && no_leftovers
	local batch
	batch=$(jq -r .batch "$old/run.json")
	jq_is "$R/batches/$batch/kcidb.json" '.tests[] | select(.path == "boot") | .status' MISS
}
check "the next run finishes what a dead scheduler and worker left" killed_scheduler

# The switch of one board does not answer while its run is finished in a dead worker's stead.
slow_switch() {
	cat >"$SCRATCH/slow.yaml" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: exec, command: [cat]}
	    boot: {driver: exec, prepare: ["true"]}
	boards:
	  slow: {type: t, power: {driver: exec, on: ["true"], off: [bash, -c, "until [ -e $SCRATCH/go ]; do sleep 0.1; done"], timeout: 60s}}
	  quick: {type: t, power: {driver: exec, on: ["true"], off: ["true"], settle: 0s}}
	pools: {all: {}}
	END
	sed 's/^silence.*/silence: 1s/; s/\[{name: v}\]/[{name: v}, {name: w}]/; s/^deadline.*/deadline: 60s/' \
		"$SCRATCH/silent.yaml" >"$SCRATCH/slow-job.yaml"
	rm -rf "$R" "$SCRATCH/go"
	"$MMFARM" run "$SCRATCH/slow-job.yaml" --boards "$SCRATCH/slow.yaml" --results "$R" -j 2 >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	local pid done=1
	for _ in $(seq 200); do
		pid=$(pgrep -P "$scheduler" -f "worker .*~slow~v~1" | head -n 1)
		[ -n "$pid" ] && grep -qs '"boot"' "$R"/runs/*~slow~v~1/events.jsonl && break
		sleep 0.05
	done
	kill -9 "$pid"
	for _ in $(seq 300); do # both runs of the other board end while the switch hangs
		[ -e "$(echo "$R"/runs/*~quick~v~1/run.json)" ] && [ -e "$(echo "$R"/runs/*~quick~w~1/run.json)" ] &&
			done=0 && break
		sleep 0.1
	done
	[ ! -e "$(echo "$R"/runs/*~slow~v~1/run.json)" ] || done=1
	touch "$SCRATCH/go"
	wait "$scheduler"
	[ $done -eq 0 ] && jq -r .reason "$R"/runs/*~slow~v~1/run.json | grep -q "signal 9"
}
check "a switch that hangs after a worker's death holds up no other board" slow_switch

orphan() {
	in_background talk || return 1
	kill -9 "$scheduler"
	wait "$scheduler" 2>/dev/null
	for _ in $(seq 150); do
		[ -e "$run_dir/run.json" ] && break
		sleep 0.1
	done
	{ jq_is "$run_dir/run.json" .verdict ERROR || starved; } && lease_is_free "$MMFARM_LOCK_DIR"/board-b1-*
}
check "a killed scheduler kills no worker" orphan

waits_for_board() {
	in_background talk || return 1
	"$MMFARM" run "$SCRATCH/poweroff.yaml" --boards "$B" --results "$SCRATCH/other" --board b1 >"$SCRATCH/out2" 2>&1 ||
		{ cat "$SCRATCH/out2"; return 1; }
	wait "$scheduler"
	local other
	other=$(echo "$SCRATCH"/other/runs/*/run.json)
	says "in use by $run_dir, since 20" "$SCRATCH/out2" &&
		jq_is "$other" '.waited > 0 and .duration < .waited + 2' true
}
check "a board that is in use is waited for" waits_for_board

sed -i 's/b2: {type: a72}/b2: {type: liar}/' "$B"
cpu_differs() {
	local image="$SHARED/payloads/linux-7.3-rc7-tiny-textro.Image.xz"
	sed "s#kernel: .*}#kernel: $image}#" "$SCRATCH/poweroff.yaml" >"$SCRATCH/linux.yaml"
	ends 3 MISS "board reports MIDR 0x410fd083" linux b2
}
if [ -e "$SHARED/payloads" ]; then
	check "a board whose CPU is not the declared one is a MISS" cpu_differs
else
	skip "a board whose CPU is not the declared one is a MISS" "no kernel images in $SHARED/payloads"
fi

closed_pipe() {
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/poweroff.yaml" --boards "$B" --results "$R" --board b1 | head -n 0
	local code=${PIPESTATUS[0]}
	[ "$code" -eq 0 ] || { echo "exit $code"; return 1; } # the batch's own: nobody asked for more output
	[ -e "$R/latest/kcidb.json" ] && [ -z "$(ls "$R/active")" ]
}
check "a closed pipe costs the output, not the batch" closed_pipe

changed_payload() {
	cp "$BUILD/tests/payloads/silent.img" "$SCRATCH/changing.img"
	sed "s#kernel: .*}#kernel: $SCRATCH/changing.img}#; s/variants.*/variants: [{name: v}, {name: w}]/" \
		"$SCRATCH/silent.yaml" >"$SCRATCH/changing.yaml"
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/changing.yaml" --boards "$B" --results "$R" --board b1 >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 100); do
		grep -qs '"boot"' "$R"/runs/*~v~1/events.jsonl && break
		sleep 0.05
	done
	cp "$BUILD/tests/payloads/off.img" "$SCRATCH/changing.img"
	wait "$scheduler"
	jq -r .reason "$R"/runs/*~w~1/run.json | grep -q "changed since its batch began"
}
check "a payload that is rebuilt meanwhile is not booted under its old name" changed_payload

# A console of more reports than the disk takes: what is judged can be read again.
disk_full_of_reports() {
	local play=$PWD/tests/support/spoken_console.py
	mkdir -p "$SCRATCH/small" "$SCRATCH/full"
	mount -t tmpfs -o size=1536k tmpfs "$SCRATCH/small" || return 1
	python3 - >"$SCRATCH/full/on" <<-'END'
	print("[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]")
	print("[    0.000000] Linux version 7.3.0-test (t@t) #1")
	for i in range(150):
	    print("[    1.0] ------------[ cut here ]------------\n[    1.0] WARNING: CPU: 0 PID: 1 at mm/s.c:%d f%d+0x1/0x2\n"
	          "[    1.0] CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 7.3.0-test #1\n[    1.0] Call trace:\n[    1.0]  f%d+0x1/0x2\n"
	          "[    1.0] ---[ end trace 0000000000000000 ]---" % (i, i, i))
	    for j in range(400):
	        print("[    1.0] the quick brown fox jumps over the lazy dog")
	END
	cat >"$SCRATCH/full.yaml" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: exec, command: [python3, $play, pipe, $SCRATCH/full]}
	    power: {driver: exec, on: [python3, $play, turn, $SCRATCH/full, "on"], off: [python3, $play, turn, $SCRATCH/full, "off"], settle: 0s}
	    boot: {driver: exec, prepare: ["true"]}
	boards: {full: {type: t}}
	pools: {all: {}}
	END
	R=$SCRATCH/small/r
	"$MMFARM" run "$SCRATCH/textless.yaml" --boards "$SCRATCH/full.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	local code
	run_dir=$(echo "$R"/runs/*)
	jq -c '{verdict, reason, log, last: (.findings | last | .byte_last)}' "$run_dir/run.json"
	jq -e '.log.lost > 0 and (.findings | length > 5) and all(.findings[].byte_last; . < '"$(stat -c %s "$run_dir/console.raw")"')' \
		"$run_dir/run.json"
	code=$?
	umount "$SCRATCH/small"
	return $code
}
disk_full() {
	mkdir -p "$SCRATCH/small"
	mount -t tmpfs -o size=1536k tmpfs "$SCRATCH/small" || return 1
	R=$SCRATCH/small/r
	sed -i 's/console_limit: .*/console_limit: 100000000/' "$SCRATCH/flood.yaml"
	"$MMFARM" run "$SCRATCH/flood.yaml" --boards "$B" --results "$R" --board b1 >"$SCRATCH/out" 2>&1
	local code=$?
	run_dir=$(echo "$R"/runs/*)
	jq '{verdict, reason, log}' "$run_dir/run.json"
	ls -la "$run_dir"
	cat "$SCRATCH/out"
	[ $code -eq 3 ] && jq_is "$run_dir/run.json" .verdict MISS &&
		jq -r .reason "$run_dir/run.json" | grep -q "No space left on device" &&
		[ "$(stat -c %s "$run_dir/console.raw")" -gt 500000 ] &&
		jq_is "$run_dir/run.json" "(.log.lost > 0 or (.reason | test(\"console.idx\"))) and .log.bytes == $(stat -c %s "$run_dir/console.raw")" true &&
		disk_full_then_room
	code=$?
	umount "$SCRATCH/small"
	return $code
}
# What there was no room for is made by the next run that has some.
disk_full_then_room() {
	mount -o remount,size=16m "$SCRATCH/small" || return 1
	sed -i 's/console_limit: .*/console_limit: 4096/' "$SCRATCH/flood.yaml"
	"$MMFARM" run "$SCRATCH/flood.yaml" --boards "$B" --results "$R" --board b1
	for batch in "$R"/batches/*/; do
		"$MMFARM" kcidb validate "$batch/kcidb.json" || return 1
	done
	no_leftovers
}
if unshare -m true 2>/dev/null; then
	check "a full disk while capturing is a MISS with the log that fitted" disk_full
	check "no report is judged that the disk did not take" disk_full_of_reports
else
	skip "a full disk while capturing is a MISS with the log that fitted" "mounting a small file system needs root"
	skip "no report is judged that the disk did not take" "mounting a small file system needs root"
fi
done_testing
