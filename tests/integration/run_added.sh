#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs that are added to a batch and left out of it: failures are confirmed on their own board and on
# another one, what the lab failed is made again elsewhere, what would not end in time is a SKIP; all of
# it is told the same in run.json, batch.json, store, KCIDB, JUnit and summary, also behind a kill.
# Alone: it follows runs while they go on.
. "$(dirname "$0")/../support/tap.sh"

DRIVER=$PWD/$BUILD/tests/support/batch_driver
ID=20260604T010000Z-0123456789
R=$SCRATCH/results
echo "lab: desk" >"$SCRATCH/farm.yaml"
banner=$(python3 -c 'import re, sys; print(re.search(rb"Linux version [ -~]*", open(sys.argv[1], "rb").read()).group().decode())' "$BUILD/tests/payloads/off.img")
bad="[    1.000000] ------------[ cut here ]------------
[    1.000001] WARNING: CPU: 0 PID: 1 at mm/memory.c:7 split_guard+0x4/0x8
[    1.000002] ---[ end trace 0000000000000000 ]---"
printf '[    0.000000] %s\n[    2.000000] all done\n' "$banner" >"$SCRATCH/good.log"
printf '[    0.000000] %s\n%s\n[    2.000000] all done\n' "$banner" "$bad" >"$SCRATCH/bad.log"
# boards LOG1 LOG2 [ON1]: what each board says, and what its switch does
boards() {
	local i=0 log
	printf 'types:\n  t:\n    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}\n    boot: {driver: exec, prepare: ["true"]}\nboards:\n' >"$SCRATCH/boards.yaml"
	for log in "$1" "$2"; do
		i=$((i + 1))
		printf '  b%s: {type: t, console: {driver: exec, command: [bash, -c, "until [ -e %s/on%s ]; do sleep 0.05; done; cat %s/%s.log; exec sleep 600"]}, power: {driver: exec, on: [%s], off: [rm, -f, %s/on%s], settle: 0s}}\n' \
			$i "$SCRATCH" $i "$SCRATCH" "$log" "$([ $i = 1 ] && [ -n "${3:-}" ] && echo "$3" || echo "touch, $SCRATCH/on$i")" "$SCRATCH" $i
	done >>"$SCRATCH/boards.yaml"
	echo 'pools: {one: {boards: [b1]}, all: {}}' >>"$SCRATCH/boards.yaml"
}
job() { # POOLS
	printf 'name: j\npayload: {kernel: %s}\npools: [%s]\nvariants: [{name: v}]\nbusy_wait: 0\nsilence: 5s\ndone: {text: all done}\n' \
		"$PWD/$BUILD/tests/payloads/off.img" "$1" >"$SCRATCH/job.yaml"
}
drive() { # WISH...: from nothing
	rm -rf "$R" "$SCRATCH"/on?
	go_on "$@"
}
go_on() {
	timeout -k 5 120 "$DRIVER" "$MMFARM" "$R" "$SCRATCH/farm.yaml" "$SCRATCH/boards.yaml" "$SCRATCH/job.yaml" "$ID" "$@" >"$SCRATCH/out" 2>&1
}
ends_with() { # CODE WISH...
	local want=$1
	shift
	drive "$@"
	local code=$?
	[ $code -eq "$want" ] || { echo "exit $code"; cat "$SCRATCH/out"; return 1; }
}
rows() { sqlite3 "$R/store.sqlite" "SELECT board, attempt, CASE status WHEN 0 THEN 'FAIL' WHEN 2 THEN 'MISS' WHEN 3 THEN 'PASS' WHEN 5 THEN 'SKIP' END, substr(coalesce(confirms, retry_of, ''), 29) FROM runs ORDER BY id"; }
rows_are() {
	rows >"$SCRATCH/rows"
	diff "$SCRATCH/rows" - || return 1
	"$MMFARM" reindex --results "$R" >/dev/null && rows | diff "$SCRATCH/rows" - &&
		"$MMFARM" kcidb validate "$R/latest/kcidb.json"
}
boot_misc() { jq -r "[.tests[] | select(.path == \"boot\") | .misc.$1 // empty] | join(\" \")" "$R/latest/kcidb.json"; }

job all
everywhere() {
	boards bad bad
	job one
	sed -i 's/one: {boards: \[b1\]}/one: {boards: [b1, b2]}/' "$SCRATCH/boards.yaml"
	ends_with 1 confirm || return 1
	cat "$SCRATCH/out"
	says "v on b1, run again: FAIL 3/3 on two boards" "$SCRATCH/out" || return 1
	[ "$(grep -c '^add' "$SCRATCH/out")" -eq 4 ] && [ "$(boot_misc confirms | wc -w)" -eq 4 ]
}
check "a failure that shows on another board as well is told as that" everywhere
reported() { # the report counts both first runs and what confirms each
	"$MMFARM" report --results "$R" >"$SCRATCH/report"
	says "run again: 6/6 on two boards" "$SCRATCH/report"
}
check "also in the report" reported
one_board() {
	boards bad good
	job all
	ends_with 1 confirm || return 1
	says "v on b1, run again: FAIL 2/3, this board only" "$SCRATCH/out" || return 1
	rows_are <<-END
	b1|1|FAIL|
	b1|2|FAIL|b1~v~1
	b2|1|PASS|
	b2|2|PASS|b1~v~1
	END
}
check "one that shows on its own board alone, too" one_board
recorded() {
	jq_is "$R/runs/$ID~b1~v~2/run.json" .confirms "$ID~b1~v~1" &&
		jq_is "$R/batches/$ID/batch.json" '[.plan[] | .confirms // "-"] | join(" ")' "- - $ID~b1~v~1 $ID~b1~v~1"
}
check "run.json and batch.json name the run that is confirmed" recorded
exit_stays() { [ "$(jq -r '[.tests[] | select(.path == "boot") | .status] | sort | join(" ")' "$R/latest/kcidb.json")" = "FAIL FAIL PASS PASS" ]; }
check "the PASS of a confirmation leaves the FAIL what it is" exit_stays

retried() {
	boards good good '"false"'
	job all
	ends_with 0 retry || return 1
	says "1 run made again, the lab had failed it" "$SCRATCH/out" || return 1
	rows_are <<-END
	b1|1|MISS|
	b2|1|PASS|
	b2|2|PASS|b1~v~1
	END
}
check "what the lab failed is made again on another board, which stands for it" retried
retry_of() { jq_is "$R/runs/$ID~b2~v~2/run.json" .retry_of "$ID~b1~v~1" && [ "$(boot_misc retry_of)" = "$ID~b1~v~1" ]; }
check "and says so" retry_of
alone_missed() { ends_with 3; }
check "without it the MISS counts" alone_missed

skipped() {
	boards good good
	job all
	ends_with 0 skip=b2 || return 1
	says "1 run left out (skipped: the window ends 08:00, the run needs 300 s)" "$SCRATCH/out" && says "the run went as wanted" "$SCRATCH/out" || return 1
	rows_are <<-END
	b1|1|PASS|
	b2|1|SKIP|
	END
	"$MMFARM" export junit --results "$R" -o "$SCRATCH/junit.xml" && grep -q 'skipped="1"' "$SCRATCH/junit.xml"
}
check "a run that is left out is a SKIP on record, and no trouble" skipped
nothing_run() {
	job one
	ends_with 0 skip=b1 && says "nothing was run" "$SCRATCH/out"
}
check "a batch of such runs alone does not say that all went well" nothing_run

# ---- behind a kill ------------------------------------------------------------------------------
killed() {
	boards bad good
	job all
	rm -rf "$R" "$SCRATCH"/on?
	"$DRIVER" "$MMFARM" "$R" "$SCRATCH/farm.yaml" "$SCRATCH/boards.yaml" "$SCRATCH/job.yaml" "$ID" confirm >"$SCRATCH/out" 2>&1 &
	local scheduler=$!
	for _ in $(seq 600); do
		[ "$(grep -c '^add' "$SCRATCH/out")" -eq 2 ] && break
		sleep 0.02
	done
	kill -9 "$scheduler"
	wait "$scheduler" 2>/dev/null
	go_on confirm
	[ $? -eq 1 ] || { cat "$SCRATCH/out"; return 1; }
	says "v on b1, run again: FAIL 2/3, this board only" "$SCRATCH/out" || return 1
	rows_are <<-END
	b1|1|FAIL|
	b1|2|FAIL|b1~v~1
	b2|1|PASS|
	b2|2|PASS|b1~v~1
	END
}
check "added runs are gone on with behind a kill, and are not added again" killed
done_testing
