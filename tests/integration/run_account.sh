#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A run that is planned is accounted for: whatever dies or finds no room, it has one verdict, the same
# in summary, store, kcidb.json, JUnit and exit code. Real QEMU, real kills, real full disks.
. "$(dirname "$0")/../support/tap.sh"

B=$SCRATCH/boards.yaml
cat >"$B" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
    boot: {driver: direct}
boards:
  sbc: {type: a72}
  sbc-01: {type: a72}
pools:
  all: {}
  one: {boards: [sbc]}
  none: {tags: [nowhere]}
END
job() { # NAME PAYLOAD POOLS VARIANTS [EXTRA LINES]
	printf 'name: %s\npayload: {kernel: %s}\npools: [%s]\nvariants: [%s]\nbusy_wait: 0\n%s\n' \
		"$1" "$PWD/$BUILD/tests/payloads/$2.img" "$3" "$4" "${5:-done: {power_off: true\}}" >"$SCRATCH/$1.yaml"
}
R=$SCRATCH/results
run() { # JOB [OPTIONS]: its batch's folder is in $batch
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/$1.yaml" --boards "$B" --results "$R" "${@:2}" >"$SCRATCH/out" 2>&1
	code=$?
	batch=$(echo "$R"/batches/*)
	return $code
}
# verdicts FILTER: of the boot tests of the newest batch's document, sorted, in one line
verdicts() {
	jq -r "[.tests[] | select(.path == \"boot\") | $1] | sort | join(\" \")" "$R/latest/kcidb.json"
}
same_as_rebuilt() { # the store, row by row
	sqlite3 "$R/store.sqlite" "SELECT id, board, variant, attempt, status, reason FROM runs ORDER BY id" >"$SCRATCH/before"
	"$MMFARM" reindex --results "$R" >/dev/null || return 1
	sqlite3 "$R/store.sqlite" "SELECT id, board, variant, attempt, status, reason FROM runs ORDER BY id" >"$SCRATCH/after"
	diff "$SCRATCH/before" "$SCRATCH/after"
}
# accounted N: N runs in document, store and JUnit, each once
accounted() {
	[ "$(verdicts .id | tr ' ' '\n' | sort -u | wc -l)" -eq "$1" ] || { verdicts .id; return 1; }
	same_as_rebuilt || return 1
	[ "$(wc -l <"$SCRATCH/after")" -eq "$1" ] || { cat "$SCRATCH/after"; return 1; }
	"$MMFARM" export junit --results "$R" -o "$SCRATCH/junit.xml"
	[ "$(grep -c '<testsuite ' "$SCRATCH/junit.xml")" -eq "$1" ]
}

# ---- names --------------------------------------------------------------------------------------
# Joined by a sign that names can hold, boards and variants of these names fall together.
job names off all '{name: 01-quick}, {name: quick}'
colliding_names() {
	run names -j 4 || { cat "$SCRATCH/out"; return 1; }
	[ "$(verdicts .status)" = "PASS PASS PASS PASS" ] || { verdicts .status; return 1; }
	[ "$(ls "$R/runs" | wc -l)" -eq 4 ] && accounted 4 && "$MMFARM" kcidb validate "$R/latest/kcidb.json"
}
check "boards sbc and sbc-01 with variants 01-quick and quick are four runs" colliding_names
check "JUnit tells them apart too" \
	[ "$(grep -o 'classname="[^"]*" name="boot"' "$SCRATCH/junit.xml" | sort -u | wc -l)" -eq 4 ]

# ---- deaths -------------------------------------------------------------------------------------
job forever talk one '{name: v}' $'deadline: 60s'
started() { # runs `forever` in the background until its board talks
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/forever.yaml" --boards "$B" --results "$R" >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 600); do
		run_dir=$(echo "$R"/runs/*)
		grep -qs "quick brown" "$run_dir/console.raw" && break
		sleep 0.05
	done
	worker=$(pgrep -P "$scheduler" | head -n 1)
	[ -n "$worker" ]
}
# A real board's switch, in whose place the recovery that asks it to switch off dies: the parent of
# the guard that started it.
cat >"$SCRATCH/deadly.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [bash, -c, "echo 'Linux version 7.1.0-test (u@h)'; sleep 600"]}
    boot: {driver: exec, prepare: ["true"]}
boards:
  sbc: {type: t, power: {driver: exec, on: ["true"], off: [bash, -c, "[ ! -e $SCRATCH/deadly ] || kill -9 \$(ps -o ppid= \$PPID)"], settle: 0s}}
pools: {one: {}}
END
job patient off one '{name: v}' $'deadline: 60s\nsilence: 60s'
job quick off one '{name: v}'
recovery_killed() {
	rm -rf "$R" "$SCRATCH/deadly"
	"$MMFARM" run "$SCRATCH/patient.yaml" --boards "$SCRATCH/deadly.yaml" --results "$R" >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 600); do
		run_dir=$(echo "$R"/runs/*)
		grep -qs "Linux version" "$run_dir/console.raw" && break
		sleep 0.05
	done
	touch "$SCRATCH/deadly"
	kill -9 "$(pgrep -P "$scheduler" | head -n 1)"
	wait "$scheduler"
	local code=$?
	rm "$SCRATCH/deadly"
	[ $code -eq 3 ] || { echo "exit $code"; cat "$SCRATCH/out"; return 1; }
	[ ! -e "$run_dir/run.json" ] || { echo "no recovery was killed"; return 1; }
	[ "$(verdicts .status)" = MISS ] || { echo "not in the document"; return 1; }
	says "MISS" "$SCRATCH/out" && accounted 1 && [ -n "$(ls "$R/active")" ]
}
check "a run whose worker and recoveries were killed is a MISS everywhere, its batch stays open" recovery_killed
recovered_later() {
	"$MMFARM" run "$SCRATCH/quick.yaml" --boards "$B" --results "$R" >"$SCRATCH/out" 2>&1 ||
		{ cat "$SCRATCH/out"; return 1; }
	jq_is "$run_dir/run.json" .verdict MISS && [ -z "$(ls "$R/active")" ] &&
		jq_is "$run_dir/run.json" '.log.bytes > 0' true && same_as_rebuilt &&
		[ "$(ls "$run_dir" | grep -c -e recoveries -e reserve -e '\.tmp$')" -eq 0 ]
}
check "the next scheduler recovers it, from its console, and closes the batch" recovered_later

hopeless() { # a plan that cannot be read: no recovery will ever do
	started || return 1
	kill -9 "$scheduler" "$worker"
	wait "$scheduler" 2>/dev/null
	echo "{" >"$run_dir/board.yaml"
	for _ in 1 2 3 4; do
		"$MMFARM" run "$SCRATCH/quick.yaml" --boards "$B" --results "$R" >"$SCRATCH/out" 2>&1
		[ -e "$run_dir/run.json" ] && break
	done
	jq_is "$run_dir/run.json" .verdict MISS && [ -z "$(ls "$R/active")" ] && "$MMFARM" show --results "$R" "$(basename "$run_dir")"
}
check "a run that no recovery can finish is given up as MISS in the end" hopeless

# Killed while the directories are made: the plan is known, the rest is not.
scheduler_killed_early() {
	local id
	run names -j 4
	id=$(basename "$batch")
	rm -rf "$R"/runs/*
	jq 'del(.finish_time)' "$batch/batch.json" >"$SCRATCH/b" && mv "$SCRATCH/b" "$batch/batch.json"
	touch "$R/active/$id"
	mkdir "$R/runs/.$(jq -r '.plan[0].id' "$batch/batch.json")"
	"$MMFARM" run "$SCRATCH/quick.yaml" --boards "$B" --results "$R" >"$SCRATCH/out" 2>&1
	says "finished batch $id" "$SCRATCH/out" || return 1
	[ "$(jq -r '[.tests[] | select(.path == "boot") | .status] | join(" ")' "$batch/kcidb.json")" = "MISS MISS MISS MISS" ] &&
		[ -z "$(ls -A "$R/active")" ] && [ -z "$(ls -A "$R/runs" | grep '^\.')" ] && same_as_rebuilt
}
check "runs that a killed scheduler never began are MISS" scheduler_killed_early

litter() {
	rm -rf "$R"
	mkdir -p "$R/active" "$R/batches/20260604T010000Z-0123456789"
	touch "$R/active/20260604T010000Z-0123456789" "$R/batches/20260604T010000Z-0123456789/batch.json.999999.tmp" \
		"$R/latest.999999.tmp"
	"$MMFARM" run "$SCRATCH/quick.yaml" --boards "$B" --results "$R" >"$SCRATCH/out" 2>&1
	[ "$(ls "$R/batches" | wc -l)" -eq 1 ] && [ -z "$(ls "$R/active")" ] && [ ! -e "$R/latest.999999.tmp" ]
}
check "what dead processes left half-made is taken away" litter

# ---- no room ------------------------------------------------------------------------------------
# No room for the run's directory, and room for everything else.
directory_fails() {
	rm -rf "$R"
	mkdir -p "$R/runs"
	mount -t tmpfs -o size=64k tmpfs "$R/runs" || return 1
	"$MMFARM" run "$SCRATCH/names.yaml" --boards "$B" --results "$R" -j 4 >"$SCRATCH/out" 2>&1
	code=$?
	[ $code -eq 3 ] || { echo "exit $code"; cat "$SCRATCH/out"; return 1; }
	cat "$SCRATCH/out"
	[ "$(verdicts .status)" = "MISS MISS MISS MISS" ] && accounted 4 && says "No space left" "$SCRATCH/out"
}
# Not even room for a verdict.
no_room_at_all() {
	umount "$R/runs"
	rm -rf "$R"
	mkdir -p "$R/runs"
	mount -t tmpfs -o size=64k tmpfs "$R/runs" || return 1
	dd if=/dev/zero of="$R/runs/.full" bs=4k 2>/dev/null
	"$MMFARM" run "$SCRATCH/names.yaml" --boards "$B" --results "$R" -j 4 >"$SCRATCH/out" 2>&1
	[ $? -eq 3 ] && [ "$(verdicts .status)" = "MISS MISS MISS MISS" ] && accounted 4 &&
		says "No space left" "$SCRATCH/before" && [ -n "$(ls "$R/active")" ]
}
room_later() {
	umount "$R/runs"
	"$MMFARM" run "$SCRATCH/quick.yaml" --boards "$B" --results "$R" >"$SCRATCH/out" 2>&1
	[ -z "$(ls "$R/active")" ] && [ "$(ls "$R/runs" | wc -l)" -eq 5 ] && same_as_rebuilt
}
if unshare -m true 2>/dev/null; then
	check "runs whose directories cannot be made are MISS everywhere" directory_fails
	check "also when not even their verdicts have room" no_room_at_all
	check "which the next scheduler that has room writes down" room_later
	umount "$R/runs" 2>/dev/null
else
	skip "runs whose directories cannot be made are MISS everywhere" "mounting a small file system needs root"
fi

# 900 reports of 16 kB each, on a disk with room for the console and little more.
cat >"$SCRATCH/splats.py" <<-'END'
	import re, sys
	print("[    0.000000] " + re.search(rb"Linux version [ -~]*", open(sys.argv[1], "rb").read()).group().decode())
	for i in range(900):
	    print(f"[{i:5d}.000000] ------------[ cut here ]------------")
	    print(f"[{i:5d}.000001] WARNING: CPU: 0 PID: 1 at mm/f{i}.c:{i + 1} func_{i}+0x4/0x8")
	    for k in range(20):
	        print(f"[{i:5d}.000002]  frame_{i}_{k}+0x{k:x}4/0x100 " + "x" * 40)
	    print(f"[{i:5d}.000003] ---[ end trace 0000000000000000 ]---")
	END
python3 "$SCRATCH/splats.py" "$BUILD/tests/payloads/off.img" >"$SCRATCH/splats.log"
cat >"$SCRATCH/splats-board.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [bash, -c, "until [ -e $SCRATCH/on ]; do sleep 0.1; done; cat $SCRATCH/splats.log; exec sleep 600"]}
    boot: {driver: exec, prepare: ["true"]}
boards:
  b: {type: t, power: {driver: exec, on: [touch, $SCRATCH/on], off: ["true"], settle: 0s}}
pools: {all: {}}
END
job splats off all '{name: v}' $'silence: 2s'
many_splats() {
	local size
	size=$(($(stat -c %s "$SCRATCH/splats.log") / 1024 + 1200))k
	mkdir -p "$SCRATCH/small"
	mount -t tmpfs -o "size=$size" tmpfs "$SCRATCH/small" || return 1
	"$MMFARM" run "$SCRATCH/splats.yaml" --boards "$SCRATCH/splats-board.yaml" --results "$SCRATCH/small/r" \
		>"$SCRATCH/out" 2>&1
	local dir good=1
	dir=$(echo "$SCRATCH"/small/r/runs/*)
	jq '{verdict, reason, splats, dropped, excerpts_cut}' "$dir/run.json"
	ls -la "$dir"
	jq_is "$dir/run.json" .verdict FAIL && jq_is "$dir/run.json" .splats 900 &&
		jq_is "$dir/run.json" '.findings[0].class' warn &&
		[ "$(stat -c %s "$dir/run.json")" -le $((256 * 1024)) ] && good=0
	umount "$SCRATCH/small"
	awk 'length > 700 {print "a line of " length; bad = 1} END {exit bad}' "$SCRATCH/out" || good=1
	return $good
}
if unshare -m true 2>/dev/null; then
	check "900 splats on a nearly full disk: the verdict shrinks, and stays" many_splats
else
	skip "900 splats on a nearly full disk: the verdict shrinks, and stays" "mounting a small file system needs root"
fi

# ---- pools and boards ---------------------------------------------------------------------------
job empty off 'one, none' '{name: v}'
job onlyempty off none '{name: v}'
empty_pool() {
	run empty
	[ $? -eq 3 ] && says "pool none has no board" "$SCRATCH/out"
}
check "a pool that lost its last board does not pass in silence" empty_pool
left_out() {
	run quick --board sbc-01
	[ $? -eq 2 ] && says "the job leaves it out, its pools are one" "$SCRATCH/out"
}
check "a board that the job's pools leave out is told as that" left_out
done_testing
