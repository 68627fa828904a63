#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs test programs, each printing TAP, and closes with one line: N passed, N failed, N skipped.
# Arguments: cmocka programs, integration scripts and fuzz targets (told apart by their folder).
# A program that ends without its whole plan, or not with exit 0, counts as one more failure.
set -u
cd "$(dirname "$0")/.."
: "${TEST_TIMEOUT:=600}" "${FUZZ_SECONDS:=5}" "${FUZZ_DETECT_SECONDS:=$FUZZ_SECONDS}"
export CMOCKA_MESSAGE_OUTPUT=TAP ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
passed=0 failed=0 skipped=0
out=$(mktemp "${MMFARM_BUILD:-build}/test-output.XXXXXX")
trap 'rm -f "$out"' EXIT

count() { grep -cE "$1" "$out" || true; }

fuzz_one() { # program
	local name=${1##*/} corpus work rc seconds=$FUZZ_SECONDS
	[ "$name" != detect ] || seconds=$FUZZ_DETECT_SECONDS # what every console meets first
	corpus=tests/fuzz/corpus/$name
	work=$(mktemp -d)
	"$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
		-artifact_prefix="$work/" "$work" $([ -d "$corpus" ] && echo "$corpus") >"$out" 2>&1
	rc=$?
	if [ $rc -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok - fuzz $name: $(sed -n 's/^stat::number_of_executed_units: */executions /p' "$out")"
	else
		failed=$((failed + 1))
		echo "not ok - fuzz $name (exit $rc)"
		tail -n 40 "$out"
		for artifact in "$work"/crash-* "$work"/timeout-* "$work"/oom-*; do
			[ -f "$artifact" ] && echo "# input: $(base64 -w0 "$artifact" | head -c 4000)"
		done
	fi
	rm -rf "$work"
}

for test in "$@"; do
	case $test in
	*/fuzz/*) fuzz_one "$test"; continue ;;
	esac
	start=$SECONDS
	timeout -k 10 "$TEST_TIMEOUT" "$test" >"$out" 2>&1
	rc=$?
	# cmocka 1.1 writes a skipped test as "not ok N # SKIP name".
	skipped_ok=$(count '^ok .*# SKIP')
	skipped_not_ok=$(count '^not ok [0-9]* *# SKIP')
	skip=$((skipped_ok + skipped_not_ok))
	not_ok=$(($(count '^not ok ') - skipped_not_ok))
	ok=$(($(count '^ok ') - skipped_ok))
	plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | tail -n1)
	extra=0
	if [ "${plan:-x}" != $((ok + not_ok + skip)) ] || { [ $rc -ne 0 ] && [ "$not_ok" -eq 0 ]; }; then
		extra=1
	fi
	passed=$((passed + ok)) failed=$((failed + not_ok + extra)) skipped=$((skipped + skip))
	if [ $((not_ok + extra)) -gt 0 ]; then
		echo "not ok - $test: $not_ok of ${plan:-?} failed, exit $rc"
		cat "$out"
	else
		echo "ok - $test: $ok passed$([ "$skip" -gt 0 ] && echo ", $skip skipped") ($((SECONDS - start)) s)"
		grep -E '# SKIP' "$out"
	fi
done
line="$passed passed, $failed failed"
[ $skipped -gt 0 ] && line="$line, $skipped skipped"
echo "$line"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
