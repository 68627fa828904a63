#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A batch whose scheduler is killed, at every stage from its first folder to its closing, and which
# another scheduler goes on with: workers live on, every run is made once and has one verdict, all of it
# becomes results once. Real QEMU, real kills. RESUME_POINTS: kills in all.
# Alone: each kill has its moment.
. "$(dirname "$0")/../support/tap.sh"

POINTS=${RESUME_POINTS:-7}
DRIVER=$PWD/$BUILD/tests/support/batch_driver
PRELOAD=$PWD/$BUILD/tests/support/failing_call.so
KINDS=(open write fsync rename fork mkdir - unlink) # as failing_call.c counts them; reads change nothing
cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 128M}
    boot: {driver: direct}
boards: {b1: {type: a72}, b2: {type: a72}}
pools: {all: {}}
END
cat >"$SCRATCH/farm.yaml" <<-END
publish:
  destinations:
    there: {driver: directory, path: $SCRATCH/published, what: [kcidb]}
END
job() { # NAME PAYLOAD [EXTRA LINES]
	printf 'name: %s\npayload: {kernel: %s}\npools: [all]\nbusy_wait: 0\nvariants: [{name: v}]\n%s\n' \
		"$1" "$PWD/$BUILD/tests/payloads/$2.img" "${3:-done: {power_off: true\}}" >"$SCRATCH/$1.yaml"
}
job quick off
job long talk $'deadline: 6s\nsilence: 60s'
ID=20260604T010000Z-0123456789
R=$SCRATCH/results
COUNTERS=$SCRATCH/counters

fresh() { rm -rf "$R" "$SCRATCH/published" && mkdir "$SCRATCH/published"; }
drive() { # JOB: as a scheduler that nobody disturbs
	timeout -k 5 120 "$DRIVER" "$MMFARM" "$R" "$SCRATCH/farm.yaml" "$SCRATCH/boards.yaml" "$SCRATCH/$1.yaml" "$ID" >"$SCRATCH/out" 2>&1
}
drive_to() { # JOB KIND:N: is killed at the N-th call of KIND
	head -c 64 /dev/zero >"$COUNTERS"
	LD_PRELOAD=$PRELOAD FAILING_PROGRAM=batch_driver FAILING_CALLS=$COUNTERS FAILING_CALL=$2:0 drive "$1"
}
emulators() {
	local pid
	for pid in $(pgrep qemu-system); do
		[[ $(readlink "/proc/$pid/cwd") == "$SCRATCH"* ]] && echo "$pid"
	done
}
made_once() { # each run's board was switched on once, and it has a verdict
	local dir
	[ "$(ls "$R/runs" | wc -l)" -eq 2 ] || { ls -A "$R/runs"; return 1; }
	for dir in "$R"/runs/*; do
		[ "$(jq -r 'select(.state == "power-on") | .t' "$dir/events.jsonl" | wc -l)" -eq 1 ] || { echo "$dir"; cat "$dir/events.jsonl" "$dir/worker.log"; return 1; }
		jq_is "$dir/run.json" "${2:-.verdict}" "$1" || { jq .reason "$dir/run.json"; cat "$dir/worker.log"; return 1; }
	done
}
store_rows() { sqlite3 "$R/store.sqlite" "SELECT id, status, reason, duration FROM runs ORDER BY id"; }
told_once() {
	[ -z "$(ls "$R/active")" ] || { echo "not closed"; return 1; }
	[ "$(jq -r '.plan | length' "$R/batches/$ID/batch.json")" -eq 2 ] || return 1
	jq_is "$R/batches/$ID/batch.json" '.finish_time != null' true || return 1
	"$MMFARM" kcidb validate "$R/latest/kcidb.json" || return 1
	store_rows >"$SCRATCH/before"
	[ "$(wc -l <"$SCRATCH/before")" -eq 2 ] || { cat "$SCRATCH/before"; return 1; }
	"$MMFARM" reindex --results "$R" >/dev/null && store_rows | diff "$SCRATCH/before" - || return 1
	"$MMFARM" publish --results "$R" --farm "$SCRATCH/farm.yaml" >/dev/null 2>&1
	[ "$(find "$SCRATCH/published" -type f | wc -l)" -eq 1 ] || { find "$SCRATCH/published"; return 1; }
}
nothing_left() {
	[ -z "$(emulators)" ] || { echo "an emulator lives"; return 1; }
	lease_is_free "$MMFARM_LOCK_DIR"/* || return 1
	find "$R/runs" "$R/batches" \( -name '*.tmp' -o -name reserve -o -name recoveries -o -name '.2*' \) | grep . && return 1
	return 0
}
whole() { made_once "$@" && told_once && nothing_left; }

undisturbed() {
	fresh
	drive_to quick none:1
	[ $? -eq 0 ] || { cat "$SCRATCH/out"; return 1; }
	whole PASS
}
check "a batch of a given id is made as any other" undisturbed
counts=()
for i in "${!KINDS[@]}"; do counts[i]=$(od -An -t u8 -j $((8 * i)) -N 8 "$COUNTERS" | tr -d ' '); done
again() {
	drive quick
	[ $? -eq 0 ] || { cat "$SCRATCH/out"; return 1; }
	! grep -q start "$SCRATCH/out" && whole PASS
}
check "one that is closed is done at once, with its results, and is not published again" again

# ---- killed between any two steps ---------------------------------------------------------------
# Every kind of call gets its share of the kills, each somewhere in its part of that kind's calls.
points() {
	local i kinds=0 share n
	for i in "${!KINDS[@]}"; do [ "${KINDS[i]}" = - ] || [ "${counts[i]}" -eq 0 ] || kinds=$((kinds + 1)); done
	share=$(((POINTS + kinds - 1) / kinds))
	for i in "${!KINDS[@]}"; do
		[ "${KINDS[i]}" = - ] && continue
		for n in $(seq "$share"); do
			[ "${counts[i]}" -gt 0 ] && echo "${KINDS[i]}:$((1 + ((n - 1) * counts[i] + RANDOM % counts[i]) / share))"
		done
	done | sort -u
}
killed_at() { # KIND:N
	fresh
	drive_to quick "$1"
	[ $? -eq 137 ] || { echo "it was not killed"; return 0; } # a call fewer than before
	killed=$((killed + 1))
	drive quick
	local code=$?
	[ $code -eq 0 ] || { echo "exit $code"; cat "$SCRATCH/out"; return 1; }
	whole PASS || { cat "$SCRATCH/out"; return 1; }
}
killed=0
for point in $(points); do check "killed at $point" killed_at "$point"; done
check "kills were made" [ "$killed" -ge $((POINTS / 2)) ]

# ---- workers that live on -----------------------------------------------------------------------
started() { # JOB: a scheduler whose boards both talk
	fresh
	"$DRIVER" "$MMFARM" "$R" "$SCRATCH/farm.yaml" "$SCRATCH/boards.yaml" "$SCRATCH/$1.yaml" "$ID" >"$SCRATCH/first" 2>&1 &
	scheduler=$!
	for _ in $(seq 600); do
		[ "$(grep -ls "quick brown" "$R"/runs/*/console.raw | wc -l)" -eq 2 ] && return 0
		sleep 0.05
	done
	cat "$SCRATCH/first"
	return 1
}
busy() {
	started long || return 1
	drive long
	[ $? -eq 4 ] && says "in the hands of another process" "$SCRATCH/out"
}
check "a batch whose scheduler lives is not taken from it" busy
adopted() {
	kill -9 "$scheduler"
	wait "$scheduler" 2>/dev/null
	local workers
	workers=$(pgrep -f "worker $R" | sort)
	[ "$(wc -w <<<"$workers")" -eq 2 ] || { echo "workers: $workers"; return 1; }
	drive long
	! grep -q start "$SCRATCH/out" && whole deadline .end.console # whatever the host's load makes of it
}
check "workers that live are followed to their verdict" adopted
stopped() {
	job long talk $'deadline: 300s\nsilence: 60s'
	started long || return 1
	kill -9 "$scheduler"
	wait "$scheduler" 2>/dev/null
	"$DRIVER" "$MMFARM" "$R" "$SCRATCH/farm.yaml" "$SCRATCH/boards.yaml" "$SCRATCH/long.yaml" "$ID" >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 100); do grep -qs resume "$SCRATCH/out" && break; sleep 0.05; done
	sleep 1
	kill -INT "$scheduler"
	wait "$scheduler"
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	made_once MISS && nothing_left && jq_is "$R/batches/$ID/batch.json" .interrupted true
}
check "adopted workers end when they are asked to" stopped
stubborn() {
	job long talk $'deadline: 300s\nsilence: 60s'
	started long || return 1
	local workers
	workers=$(pgrep -f "worker $R")
	kill -9 "$scheduler"
	wait "$scheduler" 2>/dev/null
	kill -STOP $workers
	"$DRIVER" "$MMFARM" "$R" "$SCRATCH/farm.yaml" "$SCRATCH/boards.yaml" "$SCRATCH/long.yaml" "$ID" >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 100); do grep -qs resume "$SCRATCH/out" && break; sleep 0.05; done
	sleep 1
	kill -INT "$scheduler"
	wait "$scheduler"
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	made_once MISS && nothing_left && jq -r .reason "$R"/runs/*/run.json | grep "did not stop when asked"
}
check "one that does not is ended, and its run finished" stubborn
both_dead() {
	started long || return 1
	kill -9 "$scheduler" $(pgrep -f "worker $R")
	wait "$scheduler" 2>/dev/null
	drive long
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	made_once MISS && told_once && nothing_left && jq -r .reason "$R"/runs/*/run.json | grep "the worker and its scheduler died"
}
check "runs whose workers died as well are finished from their directories" both_dead

# ---- what is no longer as it was ----------------------------------------------------------------
changed() {
	fresh
	drive_to quick fork:1
	[ $? -eq 137 ] || return 1
	sed -i 's/b2: {type: a72}/b3: {type: a72}/' "$SCRATCH/boards.yaml"
	drive quick
	local code=$?
	sed -i 's/b3: {type: a72}/b2: {type: a72}/' "$SCRATCH/boards.yaml"
	[ $code -eq 3 ] || { echo "exit $code"; cat "$SCRATCH/out"; return 1; }
	[ "$(ls "$R/runs" | wc -l)" -eq 2 ] && jq_is "$R/runs/$ID~b2~v~1/run.json" .verdict MISS &&
		says "board b2 is no longer in boards/" "$R/runs/$ID~b2~v~1/run.json"
}
check "a board that is gone is a MISS that says so" changed
recovered_by_another() {
	fresh
	drive_to quick fork:1
	"$MMFARM" run "$SCRATCH/quick.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	says "finished batch $ID" "$SCRATCH/out" || return 1
	drive quick
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	! grep -q start "$SCRATCH/out" && [ "$(ls "$R/runs" | grep -c "$ID")" -eq 2 ] && [ -z "$(ls "$R/active")" ]
}
check "one that another scheduler has finished is done at once" recovered_by_another
done_testing
