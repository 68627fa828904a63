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
kept=$(mktemp -d "${MMFARM_BUILD:-build}/test-output.XXXXXX")
trap 'rm -rf "$kept"' EXIT

# run_one PROGRAM: its output, exit code and seconds are left in $kept. A fuzz target begins with the
# inputs of the tree.
run_one() {
	local name=${1//\//@} corpus work seconds=$FUZZ_SECONDS start=$SECONDS
	case $1 in
	*/fuzz/*)
		[ "${1##*/}" != detect ] || seconds=$FUZZ_DETECT_SECONDS # what every console meets first
		corpus=tests/fuzz/corpus/${1##*/}
		work=$(mktemp -d)
		"$1" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
			-artifact_prefix="$work/" "$work" $([ -d "$corpus" ] && echo "$corpus") >"$kept/$name" 2>&1
		echo $? >"$kept/$name.rc"
		for artifact in "$work"/crash-* "$work"/timeout-* "$work"/oom-*; do
			[ -f "$artifact" ] && echo "# input: $(base64 -w0 "$artifact" | head -c 4000)" >>"$kept/$name"
		done
		rm -rf "$work"
		;;
	*)
		timeout -k 10 "$TEST_TIMEOUT" "$1" >"$kept/$name" 2>&1
		echo $? >"$kept/$name.rc"
		;;
	esac
	echo $((SECONDS - start)) >"$kept/$name.seconds"
}

count() { grep -cE "$1" "$out" || true; }

tell_fuzz() { # PROGRAM EXIT
	local name=${1##*/}
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok - fuzz $name: $(sed -n 's/^stat::number_of_executed_units: */executions /p' "$out")"
	else
		failed=$((failed + 1))
		echo "not ok - fuzz $name (exit $2)"
		tail -n 40 "$out"
	fi
}

tell_tap() { # PROGRAM EXIT SECONDS
	local skipped_ok skipped_not_ok skip not_ok ok plan extra=0
	# cmocka 1.1 writes a skipped test as "not ok N # SKIP name".
	skipped_ok=$(count '^ok .*# SKIP')
	skipped_not_ok=$(count '^not ok [0-9]* *# SKIP')
	skip=$((skipped_ok + skipped_not_ok))
	not_ok=$(($(count '^not ok ') - skipped_not_ok))
	ok=$(($(count '^ok ') - skipped_ok))
	plan=$(sed -n 's/^1\.\.\([0-9]*\).*/\1/p' "$out" | tail -n1)
	if [ "${plan:-x}" != $((ok + not_ok + skip)) ] || { [ "$2" -ne 0 ] && [ "$not_ok" -eq 0 ]; }; then
		extra=1
	fi
	passed=$((passed + ok)) failed=$((failed + not_ok + extra)) skipped=$((skipped + skip))
	if [ $((not_ok + extra)) -gt 0 ]; then
		echo "not ok - $1: $not_ok of ${plan:-?} failed, exit $2"
		cat "$out"
	else
		echo "ok - $1: $ok passed$([ "$skip" -gt 0 ] && echo ", $skip skipped") ($3 s)"
		grep -E '# SKIP' "$out"
	fi
}

tell() { # PROGRAM
	local name=${1//\//@}
	out=$kept/$name
	case $1 in
	*/fuzz/*) tell_fuzz "$1" "$(cat "$out.rc" 2>/dev/null || echo 125)" ;;
	*) tell_tap "$1" "$(cat "$out.rc" 2>/dev/null || echo 125)" "$(cat "$out.seconds" 2>/dev/null)" ;;
	esac
}

# Tests run side by side, one a CPU, but for scripts that measure, or load the machine: each of those
# says so in a line that begins with "# Alone:". One that takes long says "# Long:" and begins first.
export -f run_one
export kept TEST_TIMEOUT FUZZ_SECONDS FUZZ_DETECT_SECONDS
run_together() {
	[ $# -gt 0 ] || return 0
	printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -I{} bash -c 'run_one "$1"' run_one {}
	for test in "$@"; do tell "$test"; done
}
long=() programs=() alone=() fuzzers=()
for test in "$@"; do
	case $test in
	*/fuzz/*) fuzzers+=("$test") ;;
	*.sh)
		if grep -q '^# Alone:' "$test"; then
			alone+=("$test")
		elif grep -q '^# Long:' "$test"; then
			long+=("$test")
		else
			programs+=("$test")
		fi
		;;
	*) programs+=("$test") ;;
	esac
done
run_together "${long[@]}" "${programs[@]}"
for test in "${alone[@]}"; do
	run_one "$test"
	tell "$test"
done
run_together "${fuzzers[@]}"
line="$passed passed, $failed failed"
[ $skipped -gt 0 ] && line="$line, $skipped skipped"
echo "$line"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
