#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A board that somebody else has: other boards go on meanwhile, a pipe is told at once, the wait has an
# end, and none of it counts as the run's duration. Real QEMU, a real second scheduler.
. "$(dirname "$0")/../support/tap.sh"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
    boot: {driver: direct}
  quad:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M, cpus: 4}
    boot: {driver: direct}
boards:
  a: {type: a72}
  b: {type: a72}
  q1: {type: quad}
  q2: {type: quad}
pools:
  two: {boards: [a, b]}
  quads: {boards: [q1, q2]}
END
job() { # NAME PAYLOAD POOL [EXTRA LINES]
	printf 'name: %s\npayload: {kernel: %s}\npools: [%s]\nvariants: [{name: v}]\nbusy_wait: 0\n%s\n' \
		"$1" "$PWD/$BUILD/tests/payloads/$2.img" "$3" "${4:-done: {power_off: true\}}" >"$SCRATCH/$1.yaml"
}
job holder talk two 'deadline: 120s'
job two off two
job short off two $'done: {power_off: true}\nboard_wait: 1s'
job quads hang quads $'silence: 2s'
job bad off two 'board_wait: soon'

R=$SCRATCH/results
started() { # TEXT FILE: within a minute
	for _ in $(seq 600); do
		grep -qsF -- "$1" $2 && return 0
		sleep 0.1
	done
	echo "no \"$1\" in $2"
	return 1
}
hold() { # somebody has board a
	"$MMFARM" run "$SCRATCH/holder.yaml" --boards "$SCRATCH/boards.yaml" --results "$SCRATCH/held" --board a >"$SCRATCH/held.out" 2>&1 &
	holder=$!
	started "quick brown" "$SCRATCH/held/runs/*/console.raw"
}
let_go() {
	kill -INT "$holder"
	wait "$holder"
}
hold || exit 1
held_by=$(echo "$SCRATCH"/held/runs/*)

goes_on() {
	"$MMFARM" run "$SCRATCH/two.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" -j 1 >"$SCRATCH/out" 2>"$SCRATCH/err" &
	waiting=$!
	started "PASS   b" "$SCRATCH/out"
}
check "a board that is waited for holds no slot: with one slot the other board runs" goes_on
told() {
	says "wait   a" "$SCRATCH/out" && says "in use by $held_by, since 20" "$SCRATCH/out" &&
		[ "$(grep -c '^wait' "$SCRATCH/out")" -eq 1 ]
}
check "a pipe is told at once and once whom it waits for, and since when" told
limited() {
	"$MMFARM" run "$SCRATCH/short.yaml" --boards "$SCRATCH/boards.yaml" --results "$SCRATCH/short" --json >"$SCRATCH/short.out" 2>&1
	[ $? -eq 3 ] || { cat "$SCRATCH/short.out"; return 1; }
	local run
	run=$(echo "$SCRATCH"/short/runs/*~a~v~1/run.json)
	jq -r .reason "$run"
	jq_is "$run" .verdict MISS && jq -r .reason "$run" | grep -qF "board a is in use by $held_by, since 20" &&
		jq_is "$(echo "$SCRATCH"/short/runs/*~b~v~1/run.json)" .verdict PASS &&
		[ "$(jq -r 'select(.event == "wait") | .board' "$SCRATCH/short.out")" = a ]
}
check "the wait has an end: MISS, in use by whom, since when" limited
not_switched() { # its holder's board was let alone
	grep -q "quick brown" <(tail -c 200 "$held_by/console.raw") && kill -0 "$holder" && [ ! -e "$held_by/run.json" ]
}
check "and the board of another is not switched off for that" not_switched
apart() {
	let_go
	wait "$waiting"
	[ $? -eq 0 ] || { cat "$SCRATCH/out" "$SCRATCH/err"; return 1; }
	local run
	run=$(echo "$R"/runs/*~a~v~1/run.json)
	jq '{start_time, duration, waited}' "$run"
	# The others waited for a second at least, and the payload takes a fraction of one.
	jq_is "$run" '.waited > 1 and .duration < .waited + 30' true || return 1
	# It began when the wait was over.
	[ "$(jq -r '(.start_time | sub("\\.[0-9]+"; "") | fromdate) as $t | $t' "$run")" -ge \
		"$(jq -r '.start_time | sub("\\.[0-9]+"; "") | fromdate' "$R"/runs/*~b~v~1/run.json)" ] &&
		jq_is "$(echo "$R"/runs/*~b~v~1/run.json)" '.waited // 0' 0 &&
		"$MMFARM" show --results "$R" "$(basename "$(dirname "$run")")" | grep "waited .* for the board"
}
check "the wait is a field of its own, no part of the duration" apart
duration_out() {
	local run kcidb
	run=$(jq .duration "$R"/runs/*~a~v~1/run.json)
	kcidb=$(jq '.tests[] | select(.path == "boot" and (.id | test("~a~"))) | .duration' "$R/latest/kcidb.json")
	"$MMFARM" export junit --results "$R" -o "$SCRATCH/junit.xml"
	jq -en "$run - $kcidb | fabs < 0.01" >/dev/null && grep -q "~a~v~1\".* time=\"$(printf %.3f "$run")\"" "$SCRATCH/junit.xml"
}
check "KCIDB and JUnit have the duration without it" duration_out

# `-j` counts the CPUs of emulated boards.
slots() { # JOBS: most boards that were on at once, as the events tell
	rm -rf "$SCRATCH/quads"
	"$MMFARM" run "$SCRATCH/quads.yaml" --boards "$SCRATCH/boards.yaml" --results "$SCRATCH/quads" -j "$1" --json |
		jq -rn --unbuffered 'inputs | .event' | awk '/start/ {if (++n > max) max = n} /finish/ {n--} END {print max}'
}
check "with -j 4 boards of four CPUs run one at a time" [ "$(slots 4)" = 1 ]
check "with -j 8 two of them" [ "$(slots 8)" = 2 ]
check "one with more CPUs than -j allows runs alone" [ "$(slots 2)" = 1 ]
check "board_wait is checked" exits_with 2 "$MMFARM" run "$SCRATCH/bad.yaml" --boards "$SCRATCH/boards.yaml" --results "$R"
done_testing
