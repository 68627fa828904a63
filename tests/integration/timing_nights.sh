#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A slowdown goes through the farm by itself: seen, run once more, confirmed, published.
# Alone: its boards are measured.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/timing_farm.sh"
timing_boards
trap 'umount "$SCRATCH/locked" 2>/dev/null; chmod -R u+w "$SCRATCH"; rm -rf "$SCRATCH"' EXIT

quiet_nights() {
	night 1 "" "" && night 2 "" "" || { cat "$SCRATCH/out"; return 1; }
	[ "$(alerts true)" -eq 0 ] && [ "$(jq .series "$R/latest/timing.json")" -gt 40 ]
}
check "two nights without a change tell nothing" quiet_nights

injected() {
	night 3 "inject=slow=3%" ""
	[ $? -eq 1 ] || { cat "$SCRATCH/out"; return 1; }
	jq -r '.runs[]' "$R/latest/batch.json"
	# One re-run a board, however many metrics ask for it.
	[ "$(jq '.runs | length' "$R/latest/batch.json")" -eq 4 ] || return 1
	for type in count-x4 count-a72; do
		[ "$(alerts ".state == \"confirmed\" and .failure and .metric == \"mmfarm.t.linmap.per_gib.pte\"
			and (.series | contains(\"$type\")) and .relative > 0.029 and .relative < 0.031")" -eq 1 ] || return 1
	done
	# What takes two ticks as what takes a million, to a tick of the shortest batch. The way up to
	# S15 is slowed by nobody.
	jq -c '.alerts[] | [.metric, .relative]' "$R/latest/timing.json"
	[ "$(alerts '(.metric | startswith("mmfarm.t.")) and (.metric | contains("boot.total") | not)
		and (.relative < 0.02 or .relative > 0.04)')" -eq 0 ]
}
check "a slowdown of 3 % is confirmed by one re-run, with its size, on both pools" injected

# An exact number has no noise: what was compared is shown instead.
explained() {
	local id
	id=$("$MMFARM" timing list --results "$R" --json | jq -r 'select(.series | endswith("linmap.per_gib.pte")) | .alert' | head -n 1)
	"$MMFARM" timing explain "$id" --results "$R" --boards "$B" >"$SCRATCH/out" || return 1
	says "class    normal" "$SCRATCH/out" && says "%, exactly" "$SCRATCH/out" &&
		says "equal: every number to within 1.6" "$SCRATCH/out" &&
		[ "$(grep -c '^point [0-9]*, run .*: min ' "$SCRATCH/out")" -eq 3 ] && ! grep -q "rho" "$SCRATCH/out"
}
check "an exact alert is explained by the numbers that differ" explained

published() {
	local tests='[.tests[] | select(.path | startswith("timing."))]'
	[ "$(jq "$tests | map(select(.status == \"FAIL\" and .number.value > 0)) | length > 40" "$R/latest/kcidb.json")" = true ] || return 1
	"$MMFARM" kcidb validate "$R/latest/kcidb.json" || return 1
	exits_with 1 "$MMFARM" report --results "$R" >"$SCRATCH/report" || return 1
	says "Overall result: FAIL: confirmed regression of mmfarm.t." "$SCRATCH/report" &&
		"$MMFARM" report --subject --results "$R" | grep -q '^\[mmfarm\] FAIL: .* more metrics$' || return 1
	says "NEW confirmed regression of" "$SCRATCH/report" && says "    also mmfarm.t." "$SCRATCH/report" &&
		says "behind 000000000000, up to 000000000000" "$SCRATCH/report"
}
check "its alerts are FAILs with numbers in the KCIDB document and stand in the report" published

told_once() {
	night 4 "inject=slow=3%" ""
	[ $? -eq 1 ] || { cat "$SCRATCH/out"; return 1; }
	[ "$(alerts .tell)" -eq 0 ] && [ "$(alerts .failure)" -gt 40 ] &&
		[ "$(jq '.runs | length' "$R/latest/batch.json")" -eq 2 ]
}
check "the next night runs nothing again and tells nobody anew" told_once

# Root may write whatever the permissions say: only a read-only mount stops it.
asked_read_only() {
	local copy=$SCRATCH/locked id code=0
	id=$("$MMFARM" timing list --results "$R" --json | head -n 1 | jq -r .alert)
	cp -r "$R" "$copy"
	if [ "$(id -u)" -eq 0 ]; then
		mount --bind "$copy" "$copy" && mount -o remount,ro,bind "$copy" || return 1
	else
		chmod -R a-w "$copy"
	fi
	find "$copy" -type f -exec sha256sum {} + | sort >"$SCRATCH/before"
	"$MMFARM" timing list --results "$copy" | grep -q "$id" || code=1
	"$MMFARM" timing show "$id" --results "$copy" --boards "$B" --html "$SCRATCH/alert.html" || code=1
	"$MMFARM" timing explain "$id" --results "$copy" --boards "$B" || code=1
	exits_with 3 "$MMFARM" timing ack "$id" --by me --results "$copy" || code=1
	find "$copy" -type f -exec sha256sum {} + | sort >"$SCRATCH/after"
	umount "$copy" 2>/dev/null || chmod -R u+w "$copy"
	[ $code -eq 0 ] && diff "$SCRATCH/before" "$SCRATCH/after"
}
check "who may only read the results may ask about alerts, and not answer" asked_read_only

damaged() {
	local copy=$SCRATCH/damaged sum
	mkdir -p "$copy"
	cp -r "$R/." "$copy"
	rm -f "$copy"/timing.sqlite-*
	printf 'no database, but people worked on it' >"$copy/timing.sqlite"
	sum=$(sha256sum "$copy/timing.sqlite")
	for word in "list" "show abc" "ack abc --by me" "evaluate latest --boards $B"; do
		# shellcheck disable=SC2086
		exits_with 3 "$MMFARM" timing $word --results "$copy" >"$SCRATCH/out" 2>&1 || { cat "$SCRATCH/out"; return 1; }
		says "timing.sqlite" "$SCRATCH/out" || return 1
	done
	[ "$sum" = "$(sha256sum "$copy/timing.sqlite")" ]
}

nothing_remembered() {
	mkdir "$SCRATCH/empty" && "$MMFARM" timing list --results "$SCRATCH/empty" >"$SCRATCH/out" &&
		says "no open alerts" "$SCRATCH/out" && [ -z "$(ls "$SCRATCH/empty")" ]
}
check "a question leaves no file behind" nothing_remembered

# An operator's Ctrl-C, and a host that dies: the alert is as it was, nothing of it is published.
ended_early() { # signal, exit code
	local id newest latest
	id=$("$MMFARM" timing list --results "$R" --json | jq -r 'select(.series | endswith("linmap.per_gib")) | .alert' | head -n 1)
	latest=$(readlink "$R/latest")
	timeout --preserve-status -s "$1" 4 "$MMFARM" timing ab "$id" --results "$R" --boards "$B" >"$SCRATCH/out" 2>&1
	[ $? -eq "$2" ] || { cat "$SCRATCH/out"; return 1; }
	newest=$(ls -t "$R/batches" | head -n 1)
	[ "$(jq -r .job "$R/batches/$newest/batch.json")" = timing-ab ] && [ "$(readlink "$R/latest")" = "$latest" ] &&
		"$MMFARM" timing show "$id" --results "$R" | grep -q "^state    confirmed" || return 1
	echo "$newest" >"$SCRATCH/ended"
}
check "an A/B that is interrupted leaves the alert as it was" ended_early INT 3
check "and no batch to be finished" test -z "$(ls "$R/active")"
check "an A/B whose host dies leaves the alert as it was" ended_early KILL 137

# Words that mean nothing are told, with what would; they leave nothing behind.
words() {
	local wanted=$1
	shift
	exits_with 2 "$MMFARM" timing "$@" >"$SCRATCH/out" 2>&1 && says "$wanted" "$SCRATCH/out" &&
		[ -z "$(ls "$SCRATCH/empty")" ]
}
check "an unknown state is told, with those there are" words "expected some of candidate, pending, confirmed" \
	list --results "$SCRATCH/empty" --state bogus
check "results that are no directory are told" words "no such results directory" list --results "$FIRMWARE"
check "an option of another word is told" words 'unknown option "--bug"' list --bug 1 --results "$SCRATCH/empty"
check "an empty name is told" words "is empty" show "" --results "$SCRATCH/empty"
check "an answer to no alert leaves no file behind" words "no alert abc" ack abc --by me --results "$SCRATCH/empty"
check "an unknown batch is told" words "batch nothing:" evaluate nothing --results "$SCRATCH/empty"
check "a damaged memory is told, and not written over" damaged

fixed() {
	night 5 "" "timing: {reruns: 0}" || :
	[ "$(jq '.runs | length' "$R/latest/batch.json")" -eq 2 ] || return 1
	night 6 "" "" || { cat "$SCRATCH/out"; return 1; }
	jq -c '.alerts[] | [.state, .effect, .metric]' "$R/latest/timing.json" | sort | uniq -c | head
	[ "$(alerts .failure)" -eq 0 ] && [ "$(alerts '.state == "fixed"')" -gt 40 ] || return 1
	# What the dead host left was finished, and is nobody's news.
	[ -z "$(ls "$R/active")" ] && [ ! -e "$R/batches/$(cat "$SCRATCH/ended")/kcidb.json" ]
}
check "without a budget nothing is run again; the level's return ends the alerts" fixed

kept() {
	local kept
	kept=$(echo "$R"/payloads/*.Image)
	[ "$(sha256sum <"$kept" | cut -d' ' -f1)" = "$(basename "$kept" .Image)" ] && cmp "$kept" "$FIRMWARE"
}
check "the image that was booted is kept by its digest" kept

# Our image as a kernel with an initrd, which it does not look into.
changed_initrd() {
	local R=$SCRATCH/with-initrd PAYLOAD="{kernel: $FIRMWARE, initrd: $SCRATCH/initrd}"
	local done='done: {text: "#mm end"}' id
	echo one >"$SCRATCH/initrd"
	night 1 "" "$done" --pool bbml2 && night 2 "" "$done" --pool bbml2 || return 1
	night 3 "inject=slow=5%" "$done" --pool bbml2
	cat "$SCRATCH/out"
	id=$("$MMFARM" timing list --all --results "$R" --json | head -n 1 | jq -r .alert)
	echo another >"$SCRATCH/initrd"
	exits_with 3 "$MMFARM" timing ab "$id" --results "$R" --boards "$B" >"$SCRATCH/out" 2>&1 &&
		says "has changed since run" "$SCRATCH/out" && says "its initrd is gone" "$SCRATCH/out"
}
check "no A/B with another initrd than the runs booted" changed_initrd

# A mistyped `from:` would otherwise show nowhere; not every payload brings every number, so no verdict.
never_matched() {
	local R=$SCRATCH/never
	night 1 "" "metrics: [{name: typo, from: {line: no_such_key}}]" --pool bbml2 || { cat "$SCRATCH/out"; return 1; }
	[ "$(grep -c 'no number for metric typo in 1 of 1 run (' "$SCRATCH/out")" -eq 1 ] || { cat "$SCRATCH/out"; return 1; }
	[ "$(jq -c .metrics_absent "$R"/runs/*/run.json)" = '["typo"]' ] &&
		"$MMFARM" show "$(ls "$R/runs")" --results "$R" | grep -q "no number for metric typo"
}
check "a metric that no console line brings is told once, without a verdict" never_matched

bad_job() { # line, wanted words
	printf '%s\n' "$1" >"$SCRATCH/lines"
	night 7 "" "$1"
	[ $? -eq 2 ] && says "$2" "$SCRATCH/out" || { cat "$SCRATCH/out"; return 1; }
}
check "a metric with an unknown word is told with its place" bad_job \
	"metrics: [{name: x, direction: up}]" "night.yaml:8:32: direction: \"up\", expected lower, higher or none"
check "a number that is none is told with its place" bad_job \
	"metrics: [{name: x, min_rel: much}]" "night.yaml:8:30: min_rel: \"much\", expected a number above 0"
check "an unknown key of the budget is told with its place" bad_job \
	"timing: {rerun: 1}" "night.yaml:8:10:"
done_testing
