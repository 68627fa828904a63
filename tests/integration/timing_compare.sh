#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm compare` by everything it compares by, on a lab whose boards measure what is known.
. "$(dirname "$0")/../support/tap.sh"
LAB=$PWD/tests/support/timing_lab.py
cp -r boards "$SCRATCH/boards"
cd "$SCRATCH" || exit 1
python3 "$LAB" many --boards 4
python3 "$LAB" two --boards 2
python3 "$LAB" one --boards 1
for lab in many two one; do
	"$MMFARM" reindex --results $lab >/dev/null
done

compare() { # lab, by, class, class, options...
	"$MMFARM" compare --results "$1" --boards boards --by "$2" "$3" "$4" --json "${@:5}" >out.json ||
		{ cat out.json; return 1; }
	jq -c '.metrics[] | [.metric, .claim, .ratio, .holm]' out.json
}
claims() { # metric, claim, least ratio, most
	jq -e ".metrics[] | select(.metric | endswith(\"lab.$1\")) | .claim == \"$2\" and .ratio > $3 and .ratio < $4" out.json
}

by_cpu() {
	compare many cpu Cortex-X4 Neoverse-V3 --variant premap && claims cpu different 1.045 1.055 &&
		claims same same 0.995 1.005 && claims commit different 1.09 1.11 &&
		jq -e '.warnings == "" and .commit == "'"$(printf 'b%.0s' {1..40})"'" and (.boards | length) == 8' out.json &&
		jq -e '.boards[0] | .runs == "6" and .MIDR_EL1 == "0x410fd823" and .BBM == "2" and .build == "b2b2b2b2b2b2"' out.json
}
check "by CPU: what differs is claimed, what is the same is said to be, boards are shown" by_cpu

# What is typed may be the beginning of a name, cut inside a letter.
cut_name() {
	cp -r two cut && find cut -name run.json -exec sed -i 's/"Cortex-X4 /"Cort\xc3\xabx-X4 /' {} + &&
		"$MMFARM" reindex --results cut >/dev/null &&
		compare cut cpu $'Cort\xc3' Neoverse-V3 --variant premap && iconv -f UTF-8 -t UTF-8 out.json >/dev/null &&
		jq -e '.classes[1] == "Neoverse-V3"' out.json
}
check "a class named by half a letter: the JSON stays UTF-8" cut_name

by_midr() { compare many cpu 0x410fd823 0x410fd842 --variant premap && claims cpu different 1.045 1.055; }
check "by CPU: MIDR_EL1 will do" by_midr

no_claim_from_boards() {
	compare many cpu Cortex-X4 Neoverse-V3 --variant premap &&
		! claims board different 0 2
}
check "by CPU: boards that differ among themselves are no CPU's difference" no_claim_from_boards

by_pool() { compare many pool bbml2 no-bbml2 --variant premap && claims cpu different 1.045 1.055; }
check "by pool" by_pool

by_variant() {
	compare many variant textro premap && claims variant different 1.19 1.21 && claims same same 0.995 1.005
}
check "by variant" by_variant

by_commit() {
	compare many commit bb aa --variant premap && claims same same 0.995 1.005 &&
		claims board same 0.995 1.005 && claims commit "not distinguishable" 1.02 1.08 &&
		jq -e '[.metrics[].method] | unique == ["the same boards in both, each against itself"]' out.json
}
check "by commit: each board is held against itself; what only some do is open" by_commit

by_week() {
	compare many week this last --variant premap && claims board same 0.995 1.005 || return 1
	jq -e '[.boards[] | select(.class == "last")][0].last < [.boards[] | select(.class == "this")][0].first' out.json
}
check "by week" by_week

by_board() {
	compare many board cortex-x4-0 cortex-x4-1 --variant premap &&
		jq -e '.warnings | contains("One board in a class")' out.json &&
		jq -e '[.metrics[] | has("p")] | any | not' out.json
}
check "by board: ratios, and no p" by_board

# What a change cost one class more than the other: there the boards' own differences cancel.
change() {
	compare many cpu Cortex-X4 Neoverse-V3 --variant premap --old aa --new bb &&
		claims commit different 1.09 1.11 && claims cpu same 0.995 1.005 && claims board same 0.995 1.005 &&
		jq -e '[.boards[].build] | unique == ["a1a1a1a1a1a1 b2b2b2b2b2b2"]' out.json
}
check "--old and --new: only the change itself counts" change

one_board() {
	compare one cpu Cortex-X4 Neoverse-V3 --variant premap &&
		jq -e '.warnings | contains("allow no claim about the CPU")' out.json &&
		jq -e '[.metrics[].method] | unique == ["these boards only; not attributable to the CPU"]' out.json &&
		jq -e '[.metrics[] | has("p"), .claim == "different"] | any | not' out.json || return 1
	"$MMFARM" compare --results one --boards boards --by cpu Cortex-X4 Neoverse-V3 --variant premap --wide --html one.html >out &&
		says "not attributable to the CPU" one.html && says "not attributable to the CPU" out
}
check "one board a class: the figures are of these boards only, and so it is said" one_board

# The page says first what may be claimed; what may not is folded and grey, behind everything else.
page_order() { # file: offsets of the parts, in the order wanted
	local file=$1 last=0 at part
	shift
	for part; do
		at=$(grep -obF -- "$part" "$file" | head -1 | cut -d: -f1)
		[ -n "$at" ] && [ "$at" -gt "$last" ] || { echo "$part: at ${at:-none}, behind $last"; return 1; }
		last=$at
	done
}
check "one board a class: the page claims nothing, and folds the figures" page_order one.html "</h1>" \
	"1 board of Cortex-X4, 1 of Neoverse-V3. Nothing may be claimed" "allow no claim about the CPU" \
	'<details class="unsaid"><summary>No claim: 5 metrics of these boards only</summary>' "<svg" "</details>"
page() {
	"$MMFARM" compare --results many --boards boards --by cpu Cortex-X4 Neoverse-V3 --variant premap --html many.html >out || return 1
	page_order many.html "</h1>" "4 boards of Cortex-X4, 4 of Neoverse-V3. Of 5 metrics 2 differ, " \
		"Findings, the largest against its threshold first" "premap lab.commit" "premap lab.cpu" "premap lab.same" "<svg" &&
		! grep -q unsaid\" many.html
}
check "the page says first what may be claimed and about how many boards, the largest first" page
check "differences have three digits" bash -c '
	grep -o "<td>premap lab.cpu</td><td>[^<]*" many.html | head -1 | grep -E "<td>\+(4|5)(\.[0-9]{1,2})? %$"'

two_boards() {
	compare two cpu Cortex-X4 Neoverse-V3 --variant premap && jq -e '.warnings | contains("weak")' out.json &&
		jq -e '[.metrics[].method] | unique == ["2 boards, weak"]' out.json
}
check "two boards a class are weak, and so it is said" two_boards

noise() {
	"$MMFARM" timing noise --results many --boards boards --metric lab.commit --html noise.html >out || return 1
	cat out
	[ "$(grep -c 'lab\.commit$' out)" -ge 4 ] && says "<svg" noise.html && says "Noise of the series" noise.html &&
		awk '/%/ { if (last && $1 > last) exit 1; last = $1 }' out
}
check "timing noise: the noisiest series first, and drawn" noise

repetitions() {
	"$MMFARM" timing repetitions b00-cortex-x4-0-premap b10-cortex-x4-0-premap --metric lab.cpu --results many \
		--html reps.html >out || { cat out; return 1; }
	[ "$(grep -c 'run b[01]0-cortex-x4-0-premap: 31 repetitions, min 0.0008' out)" -eq 2 ] && says "<svg" reps.html
}
check "timing repetitions: two runs of the farm from inside" repetitions
# Confirmations run by night too, and are the newest: they are no series, and not what is compared.
confirmations() {
	cp -r many ab && rm -f ab/store.sqlite*
	local old new file
	for old in ab/batches/b15 ab/runs/b15-*; do
		new=${old/b15/b99}
		cp -r "$old" "$new"
		for file in "$new"/*.json; do
			sed -i 's/"compare"/"timing-ab"/; s/b15/b99/g; s/"start_time": "[0-9]*/"start_time": "2035/g' "$file"
		done
	done
	"$MMFARM" reindex --results ab >/dev/null || return 1
	"$MMFARM" compare --results ab --boards boards --by cpu Cortex-X4 Neoverse-V3 --variant premap --json >out.json &&
		[ "$(jq -r .job out.json)" = compare ] || return 1
	"$MMFARM" compare --results ab --boards boards --by cpu Cortex-X4 Neoverse-V3 --job timing-ab --json >out.json &&
		[ "$(jq -r .job out.json)" = timing-ab ] || return 1
	"$MMFARM" timing noise --results ab --boards boards >out && ! grep timing-ab out
}
check "runs of confirmations are no series and not what is compared" confirmations
check "timing repetitions: a metric that sent a summary only is told" exits_with 2 \
	"$MMFARM" timing repetitions b00-cortex-x4-0-premap b10-cortex-x4-0-premap --metric lab.same --results many
check "timing repetitions: a metric that is not there is told" exits_with 2 \
	"$MMFARM" timing repetitions b00-cortex-x4-0-premap b10-cortex-x4-0-premap --metric none --results many

# What the job says of a metric holds when it is compared, as it does in its series.
declared() {
	local job
	cp -r many declared && rm -f declared/store.sqlite*
	for run in declared/runs/*; do
		cat >"$run/job.yaml" <<-END
			name: compare
			payload: {kernel: Image}
			pools: [bbml2]
			deadline: 60s
			variants: [{name: premap}]
			metrics: [{name: "lab.cpu", min_rel: 8%, kind: cycles}, {name: lab.variant, direction: none}]
		END
	done
	"$MMFARM" reindex --results declared >/dev/null && compare declared cpu Cortex-X4 Neoverse-V3 --variant premap &&
		jq -e '.means | map(.kind) == ["time", "cycles"]' out.json &&
		jq -e '.means[0] | .used == 3 and .total == 4 and .left_out == ["premap lab.variant"] and .low < .ratio and .ratio < .high' out.json &&
		claims cpu same 1.045 1.055 && claims commit different 1.09 1.11 || return 1
	"$MMFARM" compare --results declared --boards boards --by cpu Cortex-X4 Neoverse-V3 --variant premap --wide >out
	says "geometric mean of cycles (per cycle): 1.04" out && says "3 of 4 metrics, left out: premap lab.variant" out
}
check "what a job declares of a metric holds in a comparison too" declared

# Numbers of runs that hung, and of too few repetitions, are no values of a board.
only_valid_runs() {
	cp -r many spoilt && rm -f spoilt/store.sqlite*
	for run in spoilt/runs/b1[0-5]-cortex-x4-0-premap; do
		jq '.verdict = "FAIL" | .outcome = "hang" | .metrics |= map(.value *= 9)' "$run/run.json" >x && mv x "$run/run.json"
	done
	for run in spoilt/runs/b1[0-5]-cortex-x4-1-premap; do
		jq '.metrics |= map(.value *= 9 | .n = 4)' "$run/run.json" >x && mv x "$run/run.json"
	done
	"$MMFARM" reindex --results spoilt >/dev/null && compare spoilt cpu Cortex-X4 Neoverse-V3 --variant premap &&
		claims same same 0.99 1.01 && jq -e '[.metrics[].boards] | unique == [[2, 4]]' out.json
}
check "runs that hung or sent too few repetitions are left out" only_valid_runs

refused() { # words of the message; arguments
	exits_with 2 "$MMFARM" compare --results many --boards boards --by "${@:2}" >out 2>&1 && says "$1" out
}
fits() {
	COLUMNS=80 "$MMFARM" compare --results many --boards boards --by cpu Cortex-X4 Neoverse-V3 >out 2>left &&
		! grep -E '.{81}' out && grep -qE "^metric +difference .*finding" out && says "left out; --wide shows all" left
}
check "the text fits 80 columns, and says what it leaves out" fits

check "classes that share runs are refused" refused "both mean runs of cortex-x4-" cpu Cortex Cortex-X4
check "one class twice is refused" refused "both mean runs of" week this 0
check "a MIDR_EL1 that is none is told" refused "expected MIDR_EL1 in hexadecimal" cpu 0x41zz Cortex-X4
check "a class without a name is told" refused "name of a class is empty" cpu "" Cortex-X4

check "a class without runs is told" exits_with 2 \
	"$MMFARM" compare --results many --boards boards --by cpu Cortex-X4 Cortex-A53
check "an unknown word to compare by is told" exits_with 2 \
	"$MMFARM" compare --results many --boards boards --by moon a b
done_testing
