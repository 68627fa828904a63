#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Timings through many nights of real firmware: nothing without a change, other slowdowns with their
# size, A/B confirmations by the farm itself, and nobody woken by an emulator's host time.
#
# usage: timing_nights.sh [quiet | slowdowns | confirmed | withdrawn | host-time]...
PARTS=" ${*:-quiet slowdowns confirmed withdrawn host-time} "
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/timing_farm.sh"
NIGHTS=20
timing_boards

part() {
	[[ $PARTS == *" $1 "* ]]
}

quiet() {
	local n
	for n in $(seq $NIGHTS); do
		night "$n" "" "" || { cat "$SCRATCH/out"; return 1; }
		[ "$(alerts true)" -eq 0 ] || { cat "$R/latest/timing.json"; return 1; }
		[ "$(jq '.runs | length' "$R/latest/batch.json")" -eq 2 ] || return 1
	done
}
part quiet && check "$NIGHTS nights of real firmware without a change: no alert, no re-run" quiet

# Each from a fresh start: three nights, then the slowdown.
slowdown() { # per cent, metric, least, most
	rm -rf "$R"
	night 1 "" "" && night 2 "" "" || { cat "$SCRATCH/out"; return 1; }
	night 3 "inject=slow=$1%" ""
	jq -c ".alerts[] | select(.metric == \"$2\") | [.series, .state, .relative]" "$R/latest/timing.json"
	[ "$(alerts ".state == \"confirmed\" and .failure and .metric == \"$2\" and .relative > $3 and .relative < $4")" -eq 2 ]
}
if part slowdowns; then
	check "a slowdown of 1 %" slowdown 1 mmfarm.t.linmap.per_gib.pte 0.009 0.011
	check "a slowdown of 7 %" slowdown 7 mmfarm.t.text_ro 0.065 0.075
	check "a slowdown of 20 % of two ticks" slowdown 20 mmfarm.t.at.s1e1r.miss 0.19 0.21
	check "a slowdown of 50 %" slowdown 50 mmfarm.t.setvalid.inval_2048_ 0.48 0.52
fi

NOISY='metrics: [{name: "*", model: noisy}]'
# Only as many re-runs and confirmations as one metric needs, so that the night is short.
BUDGET='timing: {reruns: 1, confirmations: 1, time: 6h}'

history() {
	rm -rf "$R"
	local n
	for n in $(seq 14); do
		night "$n" "" "$NOISY" --pool bbml2 || { cat "$SCRATCH/out"; return 1; }
	done
	[ "$(alerts true)" -eq 0 ]
}

confirmed_by_ab() {
	history || return 1
	night 15 "inject=slow=4%" "$NOISY"$'\n'"$BUDGET" --pool bbml2
	grep '^timing: ' "$SCRATCH/out" | head -20
	[ "$(jq '.runs | length' "$R/latest/batch.json")" -eq 4 ] || return 1
	[ "$(alerts '.state == "confirmed" and .ab == "confirmed" and .ab_p <= 0.001 and .ab_runs >= 7
		and .failure and .relative > 0.03')" -eq 1 ]
}

ab_is_apart() {
	local runs
	runs=$(sqlite3 "$R/store.sqlite" "SELECT count(*) FROM runs WHERE job = 'timing-ab'")
	[ "$runs" -ge 14 ] && [ "$(jq .exit "$R/latest/batch.json")" = null ]
}
if part confirmed; then
	check "noisy: three re-runs raise a slowdown of 4 %, the farm's own A/B confirms it" confirmed_by_ab
	check "its runs are kept under a job of their own" ab_is_apart
fi

# A board that is slow for four boots, whatever it boots: the counter of the machine ticks twice as
# often. What its wrapper adds comes behind -icount and goes before it.
slow_for_a_while() {
	cat >"$SCRATCH/qemu" <<-END
		#!/bin/bash
		n=\$(cat "$SCRATCH/slow" 2>/dev/null || echo 0)
		[ "\$n" -gt 0 ] || exec qemu-system-aarch64 "\$@"
		echo \$((n - 1)) >"$SCRATCH/slow"
		exec qemu-system-aarch64 "\$@" -icount shift=1,sleep=off
	END
	chmod +x "$SCRATCH/qemu"
	timing_boards true "$SCRATCH/qemu"
}
withdrawn_by_ab() {
	slow_for_a_while
	history || return 1
	echo 4 >"$SCRATCH/slow"
	night 15 "" "$NOISY"$'\n'"$BUDGET" --pool bbml2
	grep '^timing: ' "$SCRATCH/out" | head -20
	[ "$(alerts '.state == "withdrawn" and .ab == "equivalent" and (.failure | not)')" -eq 1 ]
}
part withdrawn &&
	check "noisy: a board that was slow for an hour raises an alert, the farm's own A/B withdraws it" withdrawn_by_ab

host_time() {
	rm -rf "$R"
	timing_boards false
	local n
	for n in $(seq 14); do
		night "$n" "" "" --pool no-bbml2 || { cat "$SCRATCH/out"; return 1; }
	done
	for n in 15 16 17; do
		night "$n" "inject=slow=30%" "" --pool no-bbml2 || { cat "$SCRATCH/out"; return 1; }
	done
	[ "$(alerts true)" -eq 0 ] && [ "$(jq '.runs | length' "$R/latest/batch.json")" -eq 1 ]
}
part host-time && check "boards that keep host time never page" host_time
done_testing
