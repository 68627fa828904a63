#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A detector that was never seen to fire does not count: each fault that inject= puts in makes the
# check that is named for it fail, and no other.
set -u
cd "$(dirname "$0")/../.."
. tests/firmware/qemu.sh

CAPABLE=max,midr=0x410fd823

# control FAULT VERDICT FAILED TESTS [CPU]: the tests that must fail, in order
shown=
control() {
	local fault=$1 verdict=$2 failed=$3 tests=$4 cpu=${5:-$CAPABLE}
	shown+=" $fault"
	begin
	boot "$cpu" 3 "inject=$fault tests=$tests"
	complete "$verdict"
	same "failed tests" "$failed" "$(records failed)"
	finish "inject=$fault on $cpu: $verdict, ${failed:-no test} fails"
}

control none pass "" S14
control none pass "" S14 cortex-a53
control publish-first fail "S14.W1 S14.W5" S14
control wrong-oa fail "S14.W1 S14.W4" S14
control no-tlbi fail "S14.W2 S14.W6 S14.W7 S14.W8" S14
control no-tlbi fail "S14.W6 S14.W7 S14.W8" S14 cortex-a53
control early-tlbi fail "S14.W2 S14.W6 S14.W7 S14.W8" S14
control early-tlbi fail "S14.W6 S14.W7 S14.W8" S14 cortex-a53
control mark-break fail "S14.W3 S14.W4" S14
control cont-hole fail "S14.W3 S14.W4 inject.invariants inject.I5" S14
control no-clear fail "inject.invariants inject.I15" S12
control no-clear fail "inject.invariants inject.I15" S12 cortex-a72
control cont-hole fail "inject.invariants inject.I5" S12
control splat fail S16.splats S12
control oops error "" S12
control guard-off error "" S12

# Each pattern alone, with one reader, and with the writer and the reader on the same host's CPU.
for pattern in W1:publish-first W2:no-tlbi W3:mark-break W4:mark-break W5:publish-first W6:no-tlbi W7:no-tlbi \
	W8:no-tlbi; do
	begin
	boot $CAPABLE 2 "inject=${pattern#*:} tests=S14.${pattern%:*}"
	complete fail
	same "failed tests" "S14.${pattern%:*}" "$(records failed)"
	boot $CAPABLE 2 "inject=${pattern#*:} tests=S14.${pattern%:*} det=1" -icount shift=0,sleep=off
	complete fail
	same "failed tests, det=1" "S14.${pattern%:*}" "$(records failed)"
	finish "S14.${pattern%:*} alone notices ${pattern#*:}"
done

# What cannot be put in must not look like a check that noticed nothing.
begin
boot cortex-a53 1 "inject=cont-hole tests=S12"
complete pass
same "S16.inject" skip "$(records test S16.inject)"
finish "inject=cont-hole where every leaf is a page is skipped"

begin
boot $CAPABLE 1 "inject=oops tests=S12"
grep -q '^\[[ 0-9.]*\] Unable to handle kernel paging request at virtual address ffffdead00000000' "$LOG" ||
	complaint "no line tells of the address"
grep -q '^\[[ 0-9.]*\]   FSC = 0x04: level 0 translation fault' "$LOG" || complaint "no fault status"
grep -q '^\[[ 0-9.]*\] Internal error: Oops: 0000000096000044 \[#1\]' "$LOG" || complaint "no oops"
grep -q '^\[[ 0-9.]*\]  stage_inject+0x[0-9a-f]*/0x[0-9a-f]* (P)' "$LOG" || complaint "no trace"
grep -q '^\[[ 0-9.]*\] ---\[ end Kernel panic - not syncing: Oops: Fatal exception \]---' "$LOG" ||
	complaint "no end of the panic"
finish "a fault of the firmware itself looks like a kernel's oops and panic"

begin
boot $CAPABLE 1 "inject=guard-off"
grep -q 'Kernel panic - not syncing: a late table asked for' "$LOG" || complaint "no panic"
grep -q '^\[[ 0-9.]*\]  linmap\|^\[[ 0-9.]*\]  .*split' "$LOG" || complaint "no trace"
finish "a table asked for while there is none is a panic"

begin
UNTIL='^#mm stage id=inject st=begin ' LINGER=2 boot $CAPABLE 1 "inject=hang tests=S12"
same "stages begun" inject "$(records get stage id)"
same "end records" "" "$(records get end r)"
finish "inject=hang ends in silence"

# median ID: of a deterministic run
median() { awk -v id="id=$1" '$3 == id { sub("med=", "", $6); print $6 }' "$LOG"; }
begin
boot cortex-a53 1 "tests=S15 reps=5 det=1" -icount shift=0,sleep=off
plain=$(median t.alias.invalidate)
boot cortex-a53 1 "tests=S15 reps=5 det=1 inject=slow=50%" -icount shift=0,sleep=off
slowed=$(median t.alias.invalidate)
awk -v a="$plain" -v b="$slowed" 'BEGIN { exit !(a > 0 && b > a * 1.4 && b < a * 1.7) }' ||
	complaint "t.alias.invalidate: $plain ticks, slowed down by half: $slowed"
finish "inject=slow=50% makes the medians half as large again"

# Every fault that the firmware knows was put in above and is in the manual, and no other.
begin
boot cortex-a53 1 inject=?
known=$(records test S1.arguments why | sed 's/.*expected: //; s/,//g' | tr ' ' '\n' | sort)
same "faults put in" "$known" "$(tr ' ' '\n' <<<"${shown# } hang slow=N%" | sort -u)"
for fault in $known; do
	[ "$fault" = none ] || grep -q "^| .*\`$fault\`.* |" docs/firmware.md || complaint "$fault is not in the manual"
done
finish "no fault without a check that notices it"
plan
