#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One run on one virtual board, repeated with another system call failing each time: the run has one
# verdict, at the latest after the next `mmfarm run`; a verdict PASS has its console behind it; the
# store equals its rebuild; no process, lock or half-written file is left.
# FAILING_POINTS: how many calls in all; `make check-long` tries 300.
# Alone: each failing call has its time.
. "$(dirname "$0")/../support/tap.sh"

POINTS=${FAILING_POINTS:-30}
PRELOAD=$PWD/$BUILD/tests/support/failing_call.so
KINDS=(open write fsync rename fork mkdir read)
ERRNOS=(24 28 5 28 11 28 5) # EMFILE ENOSPC EIO ENOSPC EAGAIN ENOSPC EIO
LASTING=(write mkdir) # a full disk stays full: these fail for good as well

cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
    boot: {driver: direct}
boards: {b1: {type: a72}}
pools: {all: {}}
END
cat >"$SCRATCH/job.yaml" <<-END
name: quick
payload: {firmware: $PWD/$BUILD/firmware/mm.img}
pools: [all]
deadline: 60s
variants: [{name: quick, arguments: "tests=S11"}]
END
sed 's/name: quick$/name: sentinel/' "$SCRATCH/job.yaml" >"$SCRATCH/sentinel.yaml"

R=$SCRATCH/results
COUNTERS=$SCRATCH/counters
counters_reset() { head -c 64 /dev/zero >"$COUNTERS"; }
counter() { # INDEX
	od -An -t u8 -j $((8 * $1)) -N 8 "$COUNTERS" | tr -d ' '
}
attempt() { # KIND:N:ERRNO or nothing: one run of the job
	counters_reset
	rm -rf "$R" "$MMFARM_LOCK_DIR"
	timeout -k 5 120 env LD_PRELOAD="$PRELOAD" FAILING_CALLS="$COUNTERS" FAILING_CALL="$1" \
		"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" \
		>"$SCRATCH/out" 2>&1
}
attempt_lasting() { FAILING_AFTER=1 attempt "$1"; }

strays() { # processes of this test: by their working folder or their words
	local pid
	for pid in $(pgrep -f "$SCRATCH|qemu-system"); do
		[ "$pid" != $$ ] && { [[ $(readlink "/proc/$pid/cwd") == "$SCRATCH"* ]] ||
			tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "$SCRATCH"; } 2>/dev/null && echo "$pid"
	done
}
no_strays() {
	local tries=50
	while [ -n "$(strays)" ] && [ $((tries--)) -gt 0 ]; do read -rt 0.1 <> <(:) || true; done
	[ -z "$(strays)" ] || { echo "left behind:"; ps -fp "$(strays | tr '\n' ' ')"; return 1; }
}
# What the job's run came to: its verdicts, one a run directory that is not the sentinel's.
verdicts() {
	local dir
	for dir in "$R"/runs/*/; do
		[ -f "$dir/run.json" ] || { [ -d "$dir" ] && echo "none:$dir"; continue; }
		jq -r 'select(.job == "quick") | .verdict' "$dir/run.json"
	done
}
console_behind_pass() {
	local dir
	for dir in "$R"/runs/*/; do
		[ "$(jq -r .verdict "$dir/run.json")" = PASS ] || continue
		grep -qa '#mm end' "$dir/console.raw" || { echo "$dir: PASS without the end record"; return 1; }
	done
}
store_is_its_rebuild() {
	"$MMFARM" results --results "$R" --csv >"$SCRATCH/before" || return 1
	"$MMFARM" reindex --results "$R" >"$SCRATCH/reindex" || return 1
	"$MMFARM" results --results "$R" --csv >"$SCRATCH/after" || return 1
	diff "$SCRATCH/before" "$SCRATCH/after"
}
nothing_half_written() {
	local left
	left=$(find "$R" \( -name '*.tmp' -o -name 'reserve' -o -path '*/active/*' \) ! -name '.*')
	[ -z "$left" ] || { echo "left: $left"; return 1; }
}
accounted_for() { # EXIT CODE of the failing run
	no_strays || return 1
	# The next scheduler finishes what the failing one could not.
	"$MMFARM" run "$SCRATCH/sentinel.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" \
		>"$SCRATCH/out2" 2>&1 || { echo "the next run failed:"; cat "$SCRATCH/out2"; return 1; }
	local got
	got=$(verdicts)
	if [ "$1" -eq 0 ] && [ "$got" != PASS ]; then
		echo "exit 0 with verdict \"$got\""
		return 1
	fi
	# Refused before a batch was on record: nothing was planned. Else one verdict.
	if [ -n "$got" ] && ! [[ "$got" =~ ^(PASS|FAIL|ERROR|MISS)$ ]]; then
		echo "verdicts: $got"
		return 1
	fi
	if [ "$got" = FAIL ]; then
		echo "the tested code is blamed: $(jq -r .reason "$R"/runs/*/run.json)"
		return 1
	fi
	if [ -z "$got" ] && [ "$1" -ne 2 ] && [ "$1" -ne 3 ]; then
		echo "exit $1 and nothing on record"
		return 1
	fi
	console_behind_pass && store_is_its_rebuild && nothing_half_written && no_strays
}
failing() { # HOW KIND N ERRNO
	local code
	"$1" "$2:$3:$4"
	code=$?
	accounted_for "$code" || { echo "--- the failing run (exit $code):"; tail -n 20 "$SCRATCH/out"; return 1; }
}

attempt ""
check "the run passes when nothing fails" exits_with 0 attempt ""
total=0
for k in "${!KINDS[@]}"; do
	counts[k]=$(counter "$k")
	total=$((total + counts[k]))
done
echo "# calls: $(for k in "${!KINDS[@]}"; do echo -n "${KINDS[k]} ${counts[k]} "; done)"
# An equal share for each kind, spread over all of its calls; kinds with few calls give theirs away.
share=$((POINTS / (${#KINDS[@]} + ${#LASTING[@]})))
for k in "${!KINDS[@]}"; do
	n=${counts[k]}
	step=$(((n + share - 1) / share))
	[ "$step" -gt 0 ] || step=1
	for ((at = 1; at <= n; at += step)); do
		check "${KINDS[k]} $at of $n fails: the run is accounted for" \
			failing attempt "${KINDS[k]}" "$at" "${ERRNOS[k]}"
		[[ " ${LASTING[*]} " == *" ${KINDS[k]} "* ]] || continue
		check "${KINDS[k]} $at of $n and all after it fail: the run is accounted for" \
			failing attempt_lasting "${KINDS[k]}" "$at" "${ERRNOS[k]}"
	done
done
done_testing
