#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A storm: schedulers, workers, recoveries, emulators and publishers are killed as they come, at any
# moment. Afterwards every planned run has one verdict, the store is what a rebuild gives, all is
# published and nothing is left. STORM_KILLS (30) and STORM_SEED choose another storm.
# Alone: kills at many moments want the usual pace.
. "$(dirname "$0")/../support/tap.sh"

KILLS=${STORM_KILLS:-30}
RANDOM=${STORM_SEED:-7}
echo "# seed ${STORM_SEED:-7}, $KILLS kills"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 128M}
    boot: {driver: direct}
  desk:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [bash, -c, "echo 'Linux version 7.1.0-test (u@h)'; sleep 600"]}
    boot: {driver: exec, prepare: ["true"]}
boards:
  sbc: {type: a72}
  sbc-01: {type: a72}
  desk: {type: desk, power: {driver: exec, on: ["true"], off: [bash, -c, "sleep 0.6; echo off >>$SCRATCH/switched"], settle: 0s}}
pools: {all: {}}
END
cat >"$SCRATCH/farm.yaml" <<-END
publish:
  destinations:
    there: {driver: directory, path: $SCRATCH/published, what: [kcidb], retry: {first: 1s, max: 1s}}
END
mkdir "$SCRATCH/published"
cat >"$SCRATCH/storm.yaml" <<-END
name: storm
payload: {kernel: $PWD/$BUILD/tests/payloads/talk.img}
pools: [all]
deadline: 2s
silence: 1s
busy_wait: 0
variants: [{name: 01-quick}, {name: quick}]
END
sed 's/talk/off/; s/^name: storm/name: calm/; s/, {name: quick}//' "$SCRATCH/storm.yaml" >"$SCRATCH/calm.yaml"

R=$SCRATCH/results
# Our processes by kind: by their words, emulators by their working directory.
pids_of() { # KIND
	local pid words
	for pid in $(pgrep -f "mmfarm|/proc/self/exe|qemu-system"); do
		words=$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)
		case $1:$words in
		scheduler:*" run $SCRATCH"*) echo "$pid" ;;
		recovery:*" worker $R/"*--recover*) echo "$pid" ;;
		worker:*" worker $R/"*) [[ $words == *--recover* ]] || echo "$pid" ;;
		publisher:*" publish "*"$R"*) echo "$pid" ;;
		emulator:qemu-system*) [[ $(readlink "/proc/$pid/cwd") == "$SCRATCH"* ]] && echo "$pid" ;;
		esac
	done 2>/dev/null
}
start() { # JOB
	"$MMFARM" run "$SCRATCH/$1.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --farm "$SCRATCH/farm.yaml" -j 4 >>"$SCRATCH/out" 2>&1
}
# Recoveries and publishers are short: they are waited for a while.
kill_one() { # KIND
	local pid tries=1
	case $1 in
	recovery) tries=15 ;;
	publisher) tries=8 ;;
	esac
	for _ in $(seq $tries); do
		case $1 in
		recovery) pid=$(pgrep -f -- " worker $R/.* --recover") ;;
		publisher) pid=$(pgrep -f -- " publish .*--results $R") ;;
		*) pid=$(pids_of "$1") ;;
		esac
		pid=$(shuf -n 1 --random-source=<(yes "$RANDOM") <<<"$pid")
		[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null && return 0
		[ "$tries" = 1 ] || sleep 0.05
	done
	return 1
}
storm() {
	local kinds=(scheduler worker recovery emulator publisher) kind kills=0 idle=0
	local often=(scheduler worker worker recovery recovery recovery emulator publisher publisher)
	declare -gA killed
	while [ "$kills" -lt "$KILLS" ] && [ "$idle" -lt 400 ]; do
		[ -n "$(jobs -rp)" ] || { start storm & }
		sleep "0.$(printf %02d $((RANDOM % 40)))"
		kind=${often[RANDOM % 9]}
		idle=$((idle + 1))
		kill_one "$kind" || continue
		killed[$kind]=$((${killed[$kind]:-0} + 1))
		kills=$((kills + 1))
	done
	wait
	for kind in "${kinds[@]}"; do echo "# killed: ${killed[$kind]:-0} x $kind" >>"$SCRATCH/kills"; done
	[ "$kills" -eq "$KILLS" ]
}
check "$KILLS processes are killed" storm
cat "$SCRATCH/kills"

calm() { # orphaned workers end by themselves; then a scheduler or two clean up
	for _ in $(seq 300); do
		[ -z "$(pids_of worker)$(pids_of recovery)" ] && break
		sleep 0.1
	done
	for _ in 1 2 3 4; do
		start calm
		[ -z "$(ls "$R/active")" ] && return 0
	done
	ls "$R/active"
	tail -n 20 "$SCRATCH/out"
	return 1
}
check "afterwards schedulers that are let live close every batch" calm

plan_ids() { jq -r '.plan[].id' "$R"/batches/*/batch.json | sort; }
one_verdict_each() {
	plan_ids >"$SCRATCH/plan"
	[ "$(uniq -d "$SCRATCH/plan" | wc -l)" -eq 0 ] || { echo "ids twice"; return 1; }
	jq -r '.tests[] | select(.path == "boot") | .id | sub("^[^:]*:t-"; "") | sub("[.]boot$"; "")' \
		"$R"/batches/*/kcidb.json | sort >"$SCRATCH/told"
	diff "$SCRATCH/plan" "$SCRATCH/told" || return 1
	sqlite3 "$R/store.sqlite" "SELECT id FROM runs ORDER BY id" | sort | diff "$SCRATCH/plan" - || return 1
	wc -l <"$SCRATCH/plan"
}
check "every planned run has one verdict in documents and store" one_verdict_each
on_disk() { # a directory with a run.json each: nothing had to be left out for want of room
	ls "$R/runs" | sort | diff "$SCRATCH/plan" - && [ "$(ls "$R"/runs/*/run.json | wc -l)" -eq "$(wc -l <"$SCRATCH/plan")" ]
}
check "and a run.json" on_disk
same_verdicts() { # document, run.json and store say the same of it
	jq -r '"\(.id) \(.verdict)"' "$R"/runs/*/run.json | sort >"$SCRATCH/a"
	jq -r '.tests[] | select(.path == "boot") | "\(.id | sub("^[^:]*:t-"; "") | sub("[.]boot$"; "")) \(.status)"' \
		"$R"/batches/*/kcidb.json | sort | diff "$SCRATCH/a" -
}
check "the same in each" same_verdicts
rebuilt() {
	sqlite3 "$R/store.sqlite" "SELECT id, status, reason, duration FROM runs ORDER BY id" >"$SCRATCH/before"
	"$MMFARM" reindex --results "$R" || return 1
	sqlite3 "$R/store.sqlite" "SELECT id, status, reason, duration FROM runs ORDER BY id" | diff "$SCRATCH/before" -
}
check "the store is what a rebuild makes" rebuilt
valid() {
	local k
	for k in "$R"/batches/*/kcidb.json; do "$MMFARM" kcidb validate "$k" || return 1; done
}
check "every document is valid" valid
all_published() {
	"$MMFARM" publish --results "$R" --farm "$SCRATCH/farm.yaml" >/dev/null 2>&1
	local batch
	for batch in $(ls "$R/batches"); do
		find "$SCRATCH/published" -type f -name "*$batch*" | grep -q . || { echo "$batch is not out"; ls "$SCRATCH/published"; return 1; }
	done
	[ "$(find "$R/spool" -type f -path '*there*' -name '*20*.json' | wc -l)" -eq 0 ]
}
check "every batch is published" all_published
nothing_left() {
	local kind lock
	for kind in scheduler worker recovery emulator publisher; do
		[ -z "$(pids_of $kind)" ] || { echo "a $kind lives on"; return 1; }
	done
	lease_is_free "$MMFARM_LOCK_DIR"/* || return 1
	find "$R" \( -name '*.tmp' -o -name reserve -o -name recoveries -o -name 'flash*.img' -o -name console.sock \) | grep . && return 1
	ls -A "$R/runs" | grep '^\.' && return 1
	[ -z "$(ls -A "$R/active")" ]
}
check "no process, lock or half-made file is left" nothing_left
done_testing
