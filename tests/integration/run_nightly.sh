#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job on all shipped virtual boards: the verdict, its reasons, the document, the store.
. "$(dirname "$0")/../support/tap.sh"

R=$SCRATCH/results
check "the nightly job ends as wanted" exits_with 0 \
	"$MMFARM" run jobs/nightly.yaml --results "$R"
cp "$SCRATCH/check.out" "$SCRATCH/out"
K=$R/latest/kcidb.json
check "every variant ran on every board" jq_is "$K" '[.tests[] | select(.path == "boot")] | length' 32
check "premap is told on the BBML2 boards and on no other" \
	says "premap: WARN in split_guard on 3/3 bbml2 boards, 0/5 others; as wanted" "$SCRATCH/out"

reports() { # exactly two reports, guard then change, on BBML2 boards in premap and nowhere else
	local run want
	for run in "$R"/runs/*/run.json; do
		want=
		case $(jq -r '"\(.variant) \(.board.pool)"' "$run") in
		"premap bbml2") want="split_guard change_range" ;;
		esac
		[ "$(jq -r '[.findings[].func] | join(" ")' "$run")" = "$want" ] ||
			{ jq '{id, findings: [.findings[].title]}' "$run"; return 1; }
	done
}
check "exactly two splats, guard then change, where they are wanted" reports
check "their signature is one issue with an incident a run" bash -c '
	[ "$(jq ".issues | length" "$0")" -ge 1 ] &&
	[ "$(jq "[.incidents[] | select(.present)] | length" "$0")" -ge 3 ]' "$K"
check "the harm is reported by its own test" \
	jq_is "$K" '[.tests[] | select(.path == "mmfarm.sec-data-alias" and .status == "FAIL" and .misc.expected == "FAIL")] | length' 3
check "the boards say themselves what boards/ declares" bash -c '
	for r in "$0"/runs/*/run.json; do
		jq -e "(.cpus | length) == 4 and ([.cpus[].midr] | unique == [\"$(jq -r .board.cpu.midr "$r")\"])" "$r" >/dev/null || { jq .cpus "$r"; exit 1; }
	done' "$R"
check "every record arrived" bash -c '
	grep -L "q=0 " "$0"/runs/*/console.raw | grep . && exit 1; exit 0' "$R"
check "the document is valid by our own validator" exits_with 0 "$MMFARM" kcidb validate "$K"
triaged() {
	"$MMFARM" triage --results "$R" >"$SCRATCH/out" &&
		says "on 3/3 bbml2 boards, 0/5 others, as the job wants" "$SCRATCH/out" &&
		says "the code: variant premap, capability BBML2: 3/3 boards against 0/5, all revisions" "$SCRATCH/out"
}
check "triage lists what is wanted as known, and whom it concerns" triaged
newest_is_valid() {
	"$MMFARM" kcidb validate latest --results "$R" | grep -q "batches/.*/kcidb.json: valid"
}
check "latest names it, too" newest_is_valid
too_few() {
	"$MMFARM" compare --by board vx4-01 vv3-01 --variant textro --results "$R" >"$SCRATCH/out" &&
		says "Missing: metrics of which no board of a class has 5 valid runs" "$SCRATCH/out"
}
check "a comparison says why it has no figures" too_few
SCHEMA=$SHARED/data/kcidb/kcidb-io-schema.json
if [ -e "$SCHEMA" ]; then
	check "and by the KCIDB schema" /usr/bin/python3 tests/support/kcidb_validate.py "$SCHEMA" "$K"
else
	skip "and by the KCIDB schema" "no schema in $SHARED/data"
fi
check "the store has every run" bash -c '
	[ "$("$0" results --results "$1" --json | jq -s length)" -eq 32 ]' "$MMFARM" "$R"
check "one run can be shown" bash -c '
	"$0" show --results "$1" "$(basename "$(ls -d "$1"/runs/*~vx4-01~premap~1)")" | grep -q split_guard' "$MMFARM" "$R"
check "consoles and indexes agree" bash -c '
	for d in "$0"/runs/*/; do
		lines=$(jq .log.lines "$d/run.json")
		[ "$(stat -c %s "$d/console.idx")" -eq $((lines * 16)) ] &&
		[ "$(stat -c %s "$d/console.raw")" -eq "$(jq .log.bytes "$d/run.json")" ] || exit 1
	done' "$R"
check "a second look finds the same splats in the kept console" bash -c '
	r=$(ls -d "$1"/runs/*~vx4-01~premap~1)
	diff <("$0" scan --json "$r/console.raw" | jq -r "select(.event == \"splat\") | .sig2") \
	     <(jq -r ".findings[].sig2" "$r/run.json")' "$MMFARM" "$R"
check "progress for machines is JSON lines" bash -c '
	"$0" run jobs/nightly.yaml --board vx4-01 --results "$1/json" --json | jq -e -s "
		([.[] | select(.event == \"finish\")] | length) == 4 and .[-1].event == \"batch\"" >/dev/null' "$MMFARM" "$SCRATCH"
done_testing
