#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hooks around runs: real programs that hold the board's lease, say what they do, fail, and hang.
. "$(dirname "$0")/../support/tap.sh"

R=$SCRATCH/results
banner=$(python3 -c 'import re, sys; print(re.search(rb"Linux version [ -~]*", open(sys.argv[1], "rb").read()).group().decode())' "$BUILD/tests/payloads/off.img")
printf '[    0.000000] %s\n[    2.000000] all done\n' "$banner" >"$SCRATCH/good.log"
cat >"$SCRATCH/boards.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [bash, -c, "until [ -e $SCRATCH/on ]; do sleep 0.05; done; cat $SCRATCH/good.log; exec sleep 600"]}
    boot: {driver: exec, prepare: ["true"]}
    power: {driver: exec, on: [touch, $SCRATCH/on], off: [bash, -c, "rm -f $SCRATCH/on; echo off >>$SCRATCH/order"], settle: 0s}
boards: {b1: {type: t}, b2: {type: t}, b3: {type: t}}
pools: {one: {boards: [b1]}, all: {}, some: {boards: [b2, b3]}}
END
run() { # HOOKS: the job with them
	rm -rf "$R" "$SCRATCH/on" "$SCRATCH/order"
	printf 'name: j\npayload: {kernel: %s}\npools: [one]\nvariants: [{name: v}]\nbusy_wait: 0\nsilence: 5s\ndone: {text: all done}\nhooks: %s\n' \
		"$PWD/$BUILD/tests/payloads/off.img" "$1" >"$SCRATCH/job.yaml"
	timeout -k 5 120 "$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	code=$?
	run=$(echo "$R"/runs/*)
	cat "$SCRATCH/out"
}
write() { echo "{run: [bash, -c, \"echo $1 >>$SCRATCH/order; echo $1 {board} {pool}\"]}"; }
order_is() { [ "$(grep -v off "$SCRATCH/order" | tr '\n' ' ')" = "$1" ] || { cat "$SCRATCH/order"; return 1; }; }

around() {
	run "{before: [$(write first), $(write second)], after: $(write last)}"
	[ "$code" -eq 0 ] && order_is "first second last " && [ "$(tail -n 2 "$SCRATCH/order" | tr '\n' ' ')" = "off last " ]
}
check "they are carried out in their order, before power-on and behind power-off" around
kept() { says "second b1 one" "$run/commands.log" && [ "$(jq -r 'select(.state == "hooks") | .detail' "$run/events.jsonl" | tr '\n' ' ')" = "before after " ]; }
check "what they say and when is kept with the run" kept
holding() {
	run "{before: {run: [bash, -c, \"python3 $PWD/tests/support/lease_held.py $MMFARM_LOCK_DIR\"]}}"
	[ "$code" -eq 0 ]
}
check "the board is held meanwhile" holding
failing() {
	run "{before: [{run: [bash, -c, \"echo the fan is dead; exit 3\"]}, $(write never)], after: $(write last)}"
	[ "$code" -eq 3 ] && jq_is "$run/run.json" .verdict MISS && jq_is "$run/run.json" .error.code Infrastructure &&
		says "hook before the run: " "$run/run.json" && says "the fan is dead" "$run/run.json" && order_is "last " &&
		[ "$(jq -r 'select(.state == "power-on") | .t' "$run/events.jsonl" | wc -l)" -eq 0 ]
}
check "one that fails is a MISS with its words; the board is not switched on; those behind the run come" failing
warned() {
	run "{before: {run: [\"false\"], on_failure: warn}}"
	[ "$code" -eq 0 ] && jq_is "$run/run.json" .verdict PASS && jq -r 'select(.state == "hook-failed") | .detail' "$run/events.jsonl" | grep "false"
}
check "a failure that is only to be said is said" warned
quarantined() {
	run "{after: {run: [\"false\"], on_failure: quarantine}}"
	[ "$code" -eq 3 ] && jq_is "$run/run.json" .verdict MISS && jq_is "$run/run.json" .error.code HookQuarantine &&
		"$MMFARM" rescan --results "$R" >/dev/null 2>&1
	jq_is "$run/run.json" .error.code HookQuarantine
}
check "one that condemns the board has a code of its own" quarantined
hanging() {
	local begin=$SECONDS
	run "{before: {run: [bash, -c, \"trap '' TERM; sleep 300 & wait; sleep 300\"], timeout: 1s}}"
	[ "$code" -eq 3 ] && says "no end in 1 s" "$run/run.json" && [ $((SECONDS - begin)) -lt 60 ] &&
		! pgrep -f "sleep 300" >/dev/null
}
check "one that hangs is ended, with all that it started" hanging
long() { # longer than a run is otherwise waited for behind its deadline
	run "{after: {run: [sleep, \"12\"], timeout: 60s}}
deadline: 1s"
	[ "$code" -eq 0 ] && jq_is "$run/run.json" .verdict PASS
}
check "one that takes its time behind the run costs it nothing" long
stopped() {
	rm -rf "$R" "$SCRATCH/on" "$SCRATCH/order"
	sed -i 's/^hooks:.*/hooks: {before: {run: [sleep, "60"], timeout: 100s}, after: {run: [bash, -c, "echo last >>'"${SCRATCH//\//\\/}"'\/order"]}}/' "$SCRATCH/job.yaml"
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1 &
	local scheduler=$!
	for _ in $(seq 200); do grep -qs '"hook"' "$R"/runs/*/events.jsonl && break; sleep 0.05; done
	kill -INT "$scheduler"
	wait "$scheduler"
	[ $? -eq 3 ] || { cat "$SCRATCH/out"; return 1; }
	jq_is "$(echo "$R"/runs/*/run.json)" .verdict MISS && order_is "last "
}
check "who stops a run is not kept by a hook" stopped

# ---- boards of a pool ---------------------------------------------------------------------------
chosen() {
	rm -rf "$R"
	sed -i 's/^hooks:.*/boards_per_pool: 1/; s/pools: .one./pools: [all, some]/' "$SCRATCH/job.yaml"
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" -j 1 >"$SCRATCH/out" 2>&1
	[ "$(jq -r '[.plan[].board] | join(" ")' "$R"/batches/*/batch.json)" = "b1 b2" ] || { cat "$SCRATCH/out"; return 1; }
}
check "boards_per_pool takes so many of each pool" chosen
done_testing
