#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing of a console's, a power switch's or a publisher's program outlives the run it was for:
# neither a kill -9 of its worker nor another session nor a parent that went away saves it. What a
# program leaves on purpose goes on where its file says so, and is named where it does not.
. "$(dirname "$0")/../support/tap.sh"

PAYLOAD=$PWD/$BUILD/tests/payloads/silent.img
R=$SCRATCH/results
MARK=4711$$ # how long all of them sleep: nobody else does
trap 'pkill -9 -f "sleep $MARK"; rm -rf "$SCRATCH"' EXIT

# Leaves processes in all ways; $1 names who did.
cat >"$SCRATCH/leave" <<-END
#!/bin/sh
sleep $MARK.1 &
setsid sleep $MARK.2 &
(setsid sh -c "sleep $MARK.3; :" &)
echo "\$1" >>"$SCRATCH/left-by"
END
# A console that holds its line through a grandchild.
cat >"$SCRATCH/console" <<-END
#!/bin/sh
"$SCRATCH/leave" console
echo "Linux version 7.1.0-test"
sleep $MARK.9
END
chmod +x "$SCRATCH/leave" "$SCRATCH/console"

boards() { # POWER
	cat >"$SCRATCH/boards.yaml" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: exec, command: [$SCRATCH/console]}
	    boot: {driver: exec, prepare: ["true"]}
	boards:
	  b1: {type: t, power: {driver: exec, settle: 0s, $1}}
	pools: {all: {}}
	END
}
job() { # SILENCE
	printf 'name: j\npayload: {kernel: %s}\npools: [all]\nvariants: [{name: v}]\nsilence: %s\ndeadline: 100s\n' \
		"$PAYLOAD" "$1" >"$SCRATCH/job.yaml"
}
sleepers() { pgrep -fx "sleep $MARK[.0-9]*" | wc -l; }
until_is() { # N COMMAND...: the command prints N, within 30 s
	local n=$1
	shift
	for _ in $(seq 300); do
		[ "$("$@")" = "$n" ] && return 0
		sleep 0.1
	done
	echo "it stays $("$@"), not $n:"
	pgrep -fa "sleep $MARK"
	return 1
}
in_background() {
	rm -rf "$R" "$SCRATCH/left-by"
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" --no-publish >"$SCRATCH/out" 2>&1 &
	scheduler=$!
	for _ in $(seq 300); do
		run_dir=$(echo "$R"/runs/*)
		grep -qs "Linux version" "$run_dir/console.raw" && break
		sleep 0.1
	done
	worker=$(pgrep -P "$scheduler" -f "mmfarm worker" | head -n 1)
}

boards 'on: ["true"], off: ["true"]'
job 60s
killed_worker() {
	in_background
	until_is 4 sleepers || return 1
	kill -9 "$worker"
	wait "$scheduler"
	jq_is "$run_dir/run.json" .verdict MISS && until_is 0 sleepers
}
check "a worker killed with SIGKILL leaves nothing of its console's program" killed_worker

killed_both() {
	in_background
	until_is 4 sleepers || return 1
	kill -9 "$scheduler" "$worker"
	wait "$scheduler" 2>/dev/null
	until_is 0 sleepers
}
check "nor do a worker and its scheduler" killed_both

boards "on: ['true'], off: [sh, -c, 'test -e $SCRATCH/go && { $SCRATCH/leave off; exec sleep $MARK.8; }; :'], timeout: 60s"
job 1s
rm -f "$SCRATCH/go"
killed_while_switching() {
	in_background
	touch "$SCRATCH/go"
	for _ in $(seq 300); do
		pgrep -f "sleep $MARK.8" >"$SCRATCH/switching" && grep -q off "$SCRATCH/left-by" && break
		sleep 0.1
	done
	[ -s "$SCRATCH/switching" ] || { echo "never switched"; return 1; }
	rm "$SCRATCH/go"
	kill -9 "$worker"
	wait "$scheduler"
	until_is 0 sleepers
}
check "nor does one that is killed while its switch's program runs" killed_while_switching

sed -i 's/^sleep.*/exit 0/' "$SCRATCH/console" # from here on the console leaves nothing
sed -i '/leave/d' "$SCRATCH/console"
sed -i "s/^exit 0/exec sleep $MARK.9/" "$SCRATCH/console"
job 1s
once() { # POWER: a whole run
	boards "$1"
	in_background
	wait "$scheduler"
	until_is "$2" sleepers
}
told() {
	once "on: [$SCRATCH/leave, on], off: ['true']" 0 &&
		says '"left-behind"' "$run_dir/events.jsonl" &&
		grep -q "$SCRATCH/leave left sleep ([0-9]*), .*detach: true" "$run_dir/events.jsonl"
}
check "what a switch's program left in the background is ended, and named" told

goes_on() {
	once "on: [$SCRATCH/leave, on], off: ['true'], detach: true" 3 || return 1
	! grep -q left-behind "$run_dir/events.jsonl" || return 1
	pkill -9 -f "sleep $MARK"
	until_is 0 sleepers
}
check "detach: true lets it go on, through the run's end" goes_on

holds_output() { # a child that keeps the program's output holds nothing up
	once "on: [sh, -c, 'echo switched; sleep $MARK.7 & exit 0'], off: ['true'], timeout: 40s" 0 &&
		jq_is "$run_dir/run.json" '.duration < 30' true
}
check "a program whose child keeps its output has ended all the same" holds_output

board_verb() {
	boards "on: [$SCRATCH/leave, on], off: ['true']"
	exits_with 0 "$MMFARM" board b1 on --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1 &&
		says "left-behind" "$SCRATCH/out" && until_is 0 sleepers
}
check "mmfarm board says it as well" board_verb
done_testing
