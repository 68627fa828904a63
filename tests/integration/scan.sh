#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm scan`: files of every packing, directories, standard input, a growing file, exit codes.
. "$(dirname "$0")/../support/tap.sh"
LOGS=tests/data/splats/H-qemu-arm64

cp $LOGS/one-null.log "$SCRATCH/plain.log"
gzip -c $LOGS/one-null.log >"$SCRATCH/packed.log.gz"
xz -c $LOGS/one-null.log >"$SCRATCH/packed.log.xz"
mkdir -p "$SCRATCH/dir/sub"
cp $LOGS/ktap72.log "$SCRATCH/dir/a.log"
cp $LOGS/one-stack.log "$SCRATCH/dir/sub/b.log"

events() { "$MMFARM" scan --json "$@" | jq -r 'del(.file) | tostring' >"$SCRATCH/events"; }
same_as_plain() {
	events "$SCRATCH/plain.log"
	mv "$SCRATCH/events" "$SCRATCH/plain.events"
	events "$@" && cmp "$SCRATCH/plain.events" "$SCRATCH/events"
}

check "a finding gives exit code 1" exits_with 1 "$MMFARM" scan $LOGS/one-null.log
check "a clean log gives 0" exits_with 0 "$MMFARM" scan $LOGS/ktap72.log
check "a missing file gives 2" exits_with 2 "$MMFARM" scan "$SCRATCH/absent"
check "no file gives 2" exits_with 2 "$MMFARM" scan
check "a bad number behind --explain gives 2" exits_with 2 "$MMFARM" scan --explain x $LOGS/ktap72.log
check "gzip tells the same" same_as_plain "$SCRATCH/packed.log.gz"
check "xz tells the same" same_as_plain "$SCRATCH/packed.log.xz"
check "standard input tells the same" same_as_plain - <"$SCRATCH/plain.log"

contract() {
	"$MMFARM" scan --json $LOGS/one-warn-notime.log >"$SCRATCH/json"
	jq -e -s '["file", "event", "line", "class", "sub", "func", "title", "sig1", "sig2", "sig3",
		"complete", "severity", "fatal"] as $wanted | [.[] | select(.event == "splat")] |
		length == 4 and all(. as $splat | $wanted | all(. as $key | $splat | has($key)))' \
		"$SCRATCH/json"
}
check "each report has the keys of the contract" contract
folded() {
	[ "$("$MMFARM" scan --json $LOGS/one-warn-notime.log |
		jq -r 'select(.folded_into) | "\(.line)<\(.folded_into)"' | tr '\n' ' ')" = "325<287 369<287 " ]
}
check "consequences name the line of their root" folded
last_is_boot() {
	"$MMFARM" scan --json $LOGS/one-stack.log | tail -n1 >"$SCRATCH/last"
	jq_is "$SCRATCH/last" '"\(.event) \(.outcome) \(.boots)"' "boot panic 1"
}
check "the last line is the boot outcome" last_is_boot
in_order() {
	"$MMFARM" scan --json $LOGS/conc4-3.log | jq 'select(.event == "splat") | .line' >"$SCRATCH/lines"
	[ "$(wc -l <"$SCRATCH/lines")" = 12 ] && sort -n -c "$SCRATCH/lines"
}
check "reports come in the order of their headers" in_order
directory() {
	"$MMFARM" scan --json "$SCRATCH/dir" | jq -r 'select(.event == "boot") | .file' >"$SCRATCH/files"
	printf '%s\n' "$SCRATCH/dir/a.log" "$SCRATCH/dir/sub/b.log" | cmp - "$SCRATCH/files"
}
check "a directory is searched in the order of names" directory
passed_over() {
	exits_with 2 "$MMFARM" scan --json "$SCRATCH/absent" $LOGS/one-null.log >"$SCRATCH/out" 2>&1
	says '"class":"fault"' "$SCRATCH/out" && says "No such file" "$SCRATCH/out"
}
check "an unreadable file is told and passed over" passed_over
damaged() {
	head -c 1000 "$SCRATCH/packed.log.gz" >"$SCRATCH/cut.gz"
	exits_with 2 "$MMFARM" scan "$SCRATCH/cut.gz" >"$SCRATCH/out" 2>&1
	says "ends too early" "$SCRATCH/out"
}
check "a cut packed file is unreadable" damaged

explain() {
	"$MMFARM" scan --explain "$1" $LOGS/one-warn-notime.log >"$SCRATCH/out"
	says "$2" "$SCRATCH/out"
}
check "--explain names the rule of a header" explain 287 "kernel BUG at {file}:{line}!"
check "--explain names the report of a line" explain 300 "(report 2)"
check "--explain says when no rule takes a line" explain 60 "no rule takes it"
beyond() {
	exits_with 2 "$MMFARM" scan --explain 100000 $LOGS/one-warn-notime.log 2>"$SCRATCH/err" &&
		says "--explain 100000: $LOGS/one-warn-notime.log has " "$SCRATCH/err"
}
check "--explain of a line that is not there gives 2" beyond
tame() {
	printf '\033]0;evil\007Kernel panic - not syncing: \033[31mred\n' >"$SCRATCH/escapes"
	"$MMFARM" scan "$SCRATCH/escapes" >"$SCRATCH/out"
	says '\x1b]0;evil\x07Kernel panic - not syncing: \x1b[31mred' "$SCRATCH/out" &&
		! grep -q "$(printf '\033')" "$SCRATCH/out"
}
check "what a log says cannot drive the terminal" tame
text() {
	"$MMFARM" scan $LOGS/one-warn-notime.log >"$SCRATCH/out"
	says "$1" "$SCRATCH/out"
}
check "people get the headline" text "one-warn-notime.log:287: kernel BUG at splatgen.c in splat_bug"
check "people get the report" text "  | kernel BUG at splatgen.c:25!"
decoded() {
	"$MMFARM" scan $LOGS/one-null.log >"$SCRATCH/out"
	says "EC 0x25 data abort, FSC 0x06 translation fault, level 2" "$SCRATCH/out" &&
		says "walk     0000000000000008: 4 entries, pmd=0000000000000000 (not valid)" "$SCRATCH/out"
	cat >"$SCRATCH/conflict" <<-'END'
		Unable to handle kernel TLB conflict abort at virtual address ffff000004600000
		Mem abort info:
		  ESR = 0x0000000096000070
		[ffff000004600000] pgd=10000000bffff003, p4d=10000000bffff003, pud=10000000bfffe003, pmd=00f8000044600785
		Internal error: Oops: 0000000096000070 [#1]  SMP
	END
	"$MMFARM" scan "$SCRATCH/conflict" >"$SCRATCH/out"
	says "FSC 0x30 TLB conflict abort, write" "$SCRATCH/out" &&
		says "break-before-make violation" "$SCRATCH/out" &&
		says "(block at 000044600000, attribute index 1, contiguous, read-only, DBM, PXN, UXN)" \
			"$SCRATCH/out"
}
check "syndrome and leaf descriptor are decoded" decoded
check "people see what follows from what" text "follows from line 287"

# A file that grows: the report is told while the file is still open.
follow() {
	local i
	: >"$SCRATCH/growing"
	"$MMFARM" scan --json --follow "$SCRATCH/growing" >"$SCRATCH/followed" &
	local pid=$!
	head -n 299 $LOGS/one-null.log >>"$SCRATCH/growing"
	for i in $(seq 100); do
		grep -q '"class":"fault"' "$SCRATCH/followed" && break
		sleep 0.1
	done
	kill -INT $pid
	wait $pid
	[ $? -eq 1 ] && says '"class":"fault"' "$SCRATCH/followed" &&
		says '"outcome"' "$SCRATCH/followed" && [ "$i" -lt 100 ]
}
check "--follow tells while the file grows, and ends by SIGINT" follow

# Waits for $1 lines with $2 in the events of a follower, a bounded time.
await() {
	local i
	for i in $(seq 100); do
		[ "$(grep -c "$2" "$SCRATCH/followed")" -ge "$1" ] && return 0
		sleep 0.1
	done
	return 1
}
# $1 puts another log in the place of one whose report was told.
renewed() {
	local pid result=1
	head -n 299 $LOGS/one-null.log >"$SCRATCH/growing"
	: >"$SCRATCH/followed"
	"$MMFARM" scan --json --follow "$SCRATCH/growing" >"$SCRATCH/followed" &
	pid=$!
	await 1 '"class":"fault"' && "$1" && await 2 '"class":"fault"' &&
		[ "$(jq -r 'select(.class == "fault") | .line' "$SCRATCH/followed" | uniq | wc -l)" = 1 ] &&
		result=0
	kill -INT $pid
	wait $pid
	return $result
}
cut() { : >"$SCRATCH/growing" && await 1 '"outcome"' && head -n 299 $LOGS/one-null.log >>"$SCRATCH/growing"; }
rotate() {
	mv "$SCRATCH/growing" "$SCRATCH/growing.1"
	head -n 299 $LOGS/one-null.log >"$SCRATCH/growing"
}
check "--follow goes on when the file is cut" renewed cut
check "--follow goes on when the file is rotated" renewed rotate

# What the site adds.
echo 'detect: [{text: "Booting Linux", means: splat, sub: tea, severity: 2}]' >"$SCRATCH/farm.yaml"
site() {
	"$MMFARM" scan --json --farm "$SCRATCH/farm.yaml" $LOGS/ktap72.log >"$SCRATCH/json"
	jq -e -s 'map(select(.class == "site" and .sub == "tea")) | length == 1' "$SCRATCH/json"
}
check "literals of the farm are found" site
cat >"$SCRATCH/job.yaml" <<END
name: n
payload: {kernel: --payload}
pools: [p]
variants: [{name: v}]
detect:
  - {text: "kernel BUG at", means: ignore}
END
site_job() {
	"$MMFARM" scan --json --job "$SCRATCH/job.yaml" $LOGS/one-warn-notime.log >"$SCRATCH/json"
	jq -e -s 'map(.title // "") | any(startswith("WARNING")) and (any(contains("kernel BUG at")) | not)' \
		"$SCRATCH/json"
}
check "what a job ignores is no finding" site_job
mistake() {
	echo 'detect: [{text: "abc", means: splat}]' >"$SCRATCH/bad.yaml"
	exits_with 2 "$MMFARM" scan --farm "$SCRATCH/bad.yaml" $LOGS/ktap72.log 2>"$SCRATCH/out"
	says "bad.yaml:1:17: literal" "$SCRATCH/out"
}
check "a mistake in them is named with its place" mistake
done_testing
