#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever a console says (NUL, ESC, bytes that are no UTF-8, lines of a megabyte, more characters than an
# excerpt may have), from the wire to every document: valid, whole, and nothing that drives a reader.
. "$(dirname "$0")/../support/tap.sh"
ODD=$PWD/tests/support/odd_consoles.py
XSD=$PWD/tests/support/junit.xsd
VALIDATE=$PWD/tests/support/kcidb_validate.py
SCHEMA=$(realpath "$SHARED/data/kcidb/kcidb-io-schema.json" 2>/dev/null)
IMAGE=$PWD/$BUILD/tests/payloads/talk.img
cd "$SCRATCH" || exit 1

python3 "$ODD" make .
{
	echo "types:"
	echo "  odd: {cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}, boot: {driver: exec, prepare: ["true"]}}"
	echo "boards:"
	for file in *.console; do
		kind=${file%.console}
		cat <<-END
			  $kind:
			    type: odd
			    console: {driver: exec, command: [python3, $ODD, say, $PWD/$kind.switch, $PWD/$file]}
			    power: {driver: exec, on: [python3, $ODD, turn, $PWD/$kind.switch, "on"], off: [python3, $ODD, turn, $PWD/$kind.switch, "off"], settle: 0s}
		END
	done
	echo "pools: {all: {}}"
} >boards.yaml
cat >job.yaml <<-END
	name: odd
	payload: {kernel: $IMAGE}
	pools: [all]
	variants: [{name: v}]
	done: {text: END}
	deadline: 30s
END

whole() {
	"$MMFARM" run job.yaml --boards boards.yaml --results r >out 2>&1
	cat out
	local file
	for file in *.console; do
		cmp "$file" r/runs/*~"${file%.console}"~v~1/console.raw || return 1
	done
}
check "every byte arrives" whole

judged() {
	for kind in controls megabyte characters; do
		jq_is r/runs/*~$kind~v~1/run.json '"\(.verdict) \(.findings[0].func)"' "FAIL split_guard" || return 1
	done
	jq_is r/runs/*~nothing~v~1/run.json .verdict PASS
}
check "the splats among them are found" judged

D=r/latest/kcidb.json
document() { "$MMFARM" kcidb validate "$D" && jq -e '[.. | strings | explode | select(index(0))] == []' "$D"; }
check "KCIDB: the document is valid and holds no NUL" document
excerpt() {
	jq -e '[.tests[].log_excerpt // "" | length] | max == 16384' "$D" &&
		jq -e '.tests[] | select(.environment.misc.board == "characters") | .log_excerpt | endswith("é")' "$D"
}
check "KCIDB: the longest excerpt has 16384 characters" excerpt
if [ -n "$SCHEMA" ] && python3 -c 'import jsonschema' 2>/dev/null; then
	check "KCIDB: valid by the published schema" python3 "$VALIDATE" "$SCHEMA" "$D"
else
	skip "KCIDB: valid by the published schema" "no ../shared/data/kcidb or no python3-jsonschema"
fi

no_controls() { ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' "$1"; }
reports() {
	"$MMFARM" report --results r >report.txt
	"$MMFARM" report --results r --html -o report.html
	"$MMFARM" export csv --results r -o out.csv
	"$MMFARM" export tap --results r -o out.tap
	no_controls report.txt && no_controls report.html && no_controls out.tap &&
		iconv -f UTF-8 -t UTF-8 report.txt report.html out.csv out.tap >/dev/null &&
		says "split_guard" report.txt && [ "$(stat -c %s report.html)" -lt 1000000 ]
}
check "reports and exports: UTF-8 without a control character" reports
junit() { "$MMFARM" export junit --results r -o out.xml; xmllint --noout --schema "$XSD" out.xml; }
if command -v xmllint >/dev/null; then
	check "JUnit: valid by the schema" junit
else
	skip "JUnit: valid by the schema" "no xmllint (libxml2-utils)"
fi
rows() { "$MMFARM" results splats --results r --json | jq -es 'length >= 1' && "$MMFARM" results --results r --json | jq -es 'length == 6'; }
check "the store answers with JSON" rows
packed() {
	echo "keep: {compress_after: 0d}" >keep.yaml
	"$MMFARM" prune --results r --farm keep.yaml || return 1
	local file
	for file in *.console; do
		cmp <("$MMFARM" show --results r --console "$(basename r/runs/*~"${file%.console}"~v~1)") "$file" || return 1
		[ -e r/runs/*~"${file%.console}"~v~1/console.raw.zst ] || return 1
	done
}
check "packed consoles give the same bytes back" packed
done_testing
