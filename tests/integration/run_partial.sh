#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A batch that is not the whole job stays at home unless asked, says what it is, and blames no code for
# boards that were not looked at. Real QEMU, real spools.
. "$(dirname "$0")/../support/tap.sh"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
    boot: {driver: direct}
boards:
  a: {type: a72}
  b: {type: a72}
  c: {type: a72}
  gone: {type: a72, power: {qemu: $SCRATCH/no-such-qemu}}
pools:
  good: {boards: [a, b]}
  bad: {boards: [c, gone]}
END
cat >"$SCRATCH/farm.yaml" <<-END
publish:
  destinations:
    there: {driver: directory, path: $SCRATCH/published, what: [kcidb]}
END
job() { # NAME PAYLOAD POOLS [EXTRA LINES]
	printf 'name: %s\npayload: {firmware: %s}\npools: [%s]\nvariants: [{name: v}]\nbusy_wait: 0\n%s\n' \
		"$1" "$PWD/$BUILD/tests/payloads/$2.img" "$3" "${4:-silence: 2s}" >"$SCRATCH/$1.yaml"
}
job fails reset 'good, bad'
job two reset good
job forever talk 'good, bad' 'deadline: 60s'
R=$SCRATCH/results
run() { # JOB [OPTIONS]
	rm -rf "$R" "$SCRATCH/published"
	mkdir "$SCRATCH/published"
	"$MMFARM" run "$SCRATCH/$1.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --farm "$SCRATCH/farm.yaml" "${@:2}" >"$SCRATCH/out" 2>&1
	code=$?
	return $code
}
published() { # how many documents are out or on their way
	find "$R"/spool/*/ "$SCRATCH/published" -type f -name '*20*' 2>/dev/null | grep -c .
}
goes_out() { # it may be on its way between the two folders
	for _ in $(seq 100); do
		[ "$(published)" -eq 0 ] || return 0
		sleep 0.1
	done
	return 1
}

whole() {
	run two
	goes_out && says "on every board: the code" "$SCRATCH/out"
}
check "a whole batch is published, and what fails on every board is the code" whole
narrowed() {
	run two --board a
	[ "$(published)" -eq 0 ] && says "not published: not the whole job" "$SCRATCH/out" && says "only board a" "$SCRATCH/out"
}
check "one that --board narrowed is not published, and says what it is" narrowed
pool() {
	run fails --pool good
	[ "$(published)" -eq 0 ] && says "only pool good" "$SCRATCH/out" && ! grep "the code" "$SCRATCH/out"
}
check "one that --pool narrowed is not, nor does it blame the code for all boards" pool
asked() {
	run two --board a --publish
	goes_out
}
check "asked for, it is published" asked
both() {
	run two --publish --no-publish
	[ $code -eq 2 ]
}
check "--publish with --no-publish is refused" both
by_hand() {
	run two --board a
	"$MMFARM" publish --results "$R" --farm "$SCRATCH/farm.yaml" latest >"$SCRATCH/out2" 2>&1
	goes_out
}
check "mmfarm publish sends it later" by_hand
not_all() {
	run fails
	says "which is not every board of the job" "$SCRATCH/out" && ! grep "the code" "$SCRATCH/out"
}
check "a board that did not count keeps \"every board\" from being said" not_all

interrupted() { # [OPTIONS]
	rm -rf "$R" "$SCRATCH/published"
	mkdir "$SCRATCH/published"
	"$MMFARM" run "$SCRATCH/forever.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --farm "$SCRATCH/farm.yaml" -j 1 "$@" >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 600); do
		grep -qs "quick brown" "$R"/runs/*/console.raw && break
		sleep 0.05
	done
	kill -INT "$scheduler"
	wait "$scheduler"
	code=$?
}
stopped() {
	interrupted
	[ $code -eq 3 ] && [ "$(published)" -eq 0 ] && grep -q "^interrupted; " "$SCRATCH/out" && says "not published: interrupted" "$SCRATCH/out"
}
check "an interrupted batch is not published and says it first" stopped
in_subject() {
	"$MMFARM" report --results "$R" >"$SCRATCH/report"
	"$MMFARM" report --html --results "$R" -o "$SCRATCH/report.html"
	grep -q "<title>.*(interrupted)" "$SCRATCH/report.html" && grep -q "^Overall result: interrupted; " "$SCRATCH/report"
}
check "in the report's subject and headline too" in_subject
never_begun() {
	jq -r '[.tests[] | select(.path == "boot") | .status] | join(" ")' "$R/latest/kcidb.json" | grep -x "MISS MISS MISS MISS" &&
		"$MMFARM" results --wide --results "$R" | grep -q "never begun: the batch was interrupted"
}
check "its runs that never began are MISS in document and store" never_begun
stopped_asked() {
	interrupted --publish
	goes_out
}
check "with --publish it goes out all the same" stopped_asked
# Who takes over a batch keeps to what its operator wanted.
dead_unpublished() {
	rm -rf "$R" "$SCRATCH/published"
	mkdir "$SCRATCH/published"
	"$MMFARM" run "$SCRATCH/forever.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --farm "$SCRATCH/farm.yaml" --no-publish >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 600); do
		grep -qs "quick brown" "$R"/runs/*/console.raw && break
		sleep 0.05
	done
	kill -9 "$scheduler" $(pgrep -P "$scheduler")
	wait "$scheduler" 2>/dev/null
	"$MMFARM" run "$SCRATCH/two.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --farm "$SCRATCH/farm.yaml" --board a >"$SCRATCH/out" 2>&1
	says "finished batch" "$SCRATCH/out" && [ "$(published)" -eq 0 ]
}
check "--no-publish holds also for the batch of a scheduler that died" dead_unpublished
# ---- what else kept results at home ---------------------------------------------------------------
no_link() {
	rm -rf "$R" "$SCRATCH/published"
	mkdir -p "$SCRATCH/published" "$R/latest/in-the-way"
	"$MMFARM" run "$SCRATCH/two.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --farm "$SCRATCH/farm.yaml" >"$SCRATCH/out" 2>&1
	[ $? -eq 1 ] && goes_out && says "note: " "$SCRATCH/out" && [ -z "$(ls "$R/active")" ]
}
check "a \`latest\` that cannot be linked keeps no batch from being published" no_link
clock_was_ahead() {
	run two
	goes_out || return 1
	# Its spool in the state that a clock of the year 2099 would have left behind.
	for _ in $(seq 100); do # until the process in the background has ended
		flock -n "$R/spool/there" true && [ -z "$(pgrep -f -- "publish .*--results $R")" ] && break
		sleep 0.1
	done
	rm -rf "$SCRATCH/published"
	touch "$SCRATCH/published" # no folder: nothing can be put there
	"$MMFARM" publish --results "$R" --farm "$SCRATCH/farm.yaml" latest >"$SCRATCH/out2" 2>&1
	local state
	for state in "$R"/spool/there/*/state.json; do
		[ -e "$state" ] || { echo "nothing waits"; cat "$SCRATCH/out2"; return 1; }
		jq '.next_ms = 4070908800000' "$state" >"$SCRATCH/s" && cp "$SCRATCH/s" "$state"
	done
	rm "$SCRATCH/published"
	mkdir "$SCRATCH/published"
	"$MMFARM" publish --results "$R" --farm "$SCRATCH/farm.yaml" >"$SCRATCH/out2" 2>&1
	[ "$(find "$SCRATCH/published" -type f | wc -l)" -gt 0 ] || { cat "$SCRATCH/out2"; return 1; }
}
check "a clock that was ahead of its time holds up nothing once it is right" clock_was_ahead
pipe_in_place() {
	run two
	local dir
	dir=$(echo "$R"/runs/*~a~v~1)
	rm "$dir/run.json" && mkfifo "$dir/run.json"
	timeout 20 "$MMFARM" results summary --results "$R" >"$SCRATCH/out2" 2>&1
	[ $? -ne 124 ] && says "no plain file" "$SCRATCH/out2" || return 1
	timeout 20 "$MMFARM" reindex --results "$R" >"$SCRATCH/out2" 2>&1
	[ $? -ne 124 ] || return 1
	timeout 20 "$MMFARM" show --results "$R" "$(basename "$dir")" >"$SCRATCH/out2" 2>&1
	[ $? -ne 124 ]
}
check "a pipe as run.json hangs no reader" pipe_in_place
# Whatever lies in a file's place, a reader comes to its end.
odd_files() {
	run two
	local dir batch name put words
	dir=$(echo "$R"/runs/*~a~v~1)
	batch=$(readlink -f "$R/latest")
	for name in "$dir/run.json" "$dir/console.raw" "$dir/console.idx" "$dir/events.jsonl" \
		"$batch/batch.json" "$batch/timing.json" "$R/store.sqlite" "$R/timing.sqlite"; do
		for put in mkfifo "ln -s /dev/zero"; do
			rm -rf "$SCRATCH/odd" && cp -a "$R" "$SCRATCH/odd"
			rm -f "${name/#$R/$SCRATCH/odd}" && $put "${name/#$R/$SCRATCH/odd}" || return 1
			for words in results report reindex rescan "show --json $(basename "$dir")"; do
				# shellcheck disable=SC2086 # words
				timeout 20 "$MMFARM" $words --results "$SCRATCH/odd" >"$SCRATCH/out2" 2>&1
				[ $? -lt 4 ] || { echo "$put ${name#"$R/"}: $words"; return 1; }
			done
		done
	done
}
check "no pipe and no device in a file's place hangs a reader" odd_files
own_name() {
	sed 's/^name: two/name: timing-ab/' "$SCRATCH/two.yaml" >"$SCRATCH/ab.yaml"
	"$MMFARM" run "$SCRATCH/ab.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	[ $? -eq 2 ] && says "ab.yaml:1:7" "$SCRATCH/out"
}
check "a job with the confirmations' name is refused where it stands" own_name
done_testing
