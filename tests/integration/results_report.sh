#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reports and exports: what is new, known, back, fixed or the lab's; every form is what it says it is.
. "$(dirname "$0")/../support/tap.sh"
FIXTURE=$PWD/tests/support/results_fixture.py
XSD=$PWD/tests/support/junit.xsd
JENKINS_XSD=$PWD/tests/support/junit_xunit.xsd
cd "$SCRATCH" || exit 1

# night DAY [OPTIONS...]: batch dDAY
night() {
	local day=$1
	shift
	python3 "$FIXTURE" r "d$day" --time "2026-06-0${day}T01:10:00Z" "$@"
}
report() {
	"$MMFARM" reindex --results r >/dev/null && "$MMFARM" report --results r "$@" >out
	local code=$?
	cat out
	return $code
}
has() { grep -qF -- "$1" out || { echo "no \"$1\""; return 1; }; }
has_not() { ! grep -qF -- "$1" out || { echo "unwanted \"$1\""; return 1; }; }

first_night() {
	night 1 --fail --boards 4
	exits_with 1 report && has "New issues (2)" && has "on 2/2 bbml2 boards, 0/2 others" &&
		has "new, or never looked for before" && has "nothing to compare with"
}
check "the first night has only new issues" first_night

once() { [ "$(grep -c 'FAIL: WARNING' out)" = 2 ] && [ "$(grep -c '    WARNING: firmware/mm/split.c:42' out)" -le 4 ]; }
check "each splat is shown once, with its console" once

reproduce() { has "on QEMU: qemu-system-aarch64 -M virt -cpu max,midr=0x410fd823" && has "-append order=v0"; }
check "one command reproduces it on QEMU" reproduce
packed_payload() {
	local file
	cp -r r packed
	for file in packed/runs/*/run.json; do
		jq '.payload.name = "a b.Image.xz" | .payload.version = "Linux version 7.1.0 (w@h) (gcc) #1"' \
			"$file" >new.json && mv new.json "$file"
	done
	"$MMFARM" report --results packed >out
	has "on QEMU: xz -dkf 'a b.Image.xz' && qemu-system-aarch64" && has "-kernel 'a b.Image' -append" &&
		has "Payload: a b.Image.xz (Linux version 7.1.0 (w@h) (gcc) #1)"
}
check "a packed kernel is unpacked by that command; the report says what was booted" packed_payload

same_again() {
	night 2 --fail --boards 4
	exits_with 1 report && has "Known issues (2)" && has_not "New issues" &&
		has "since 2026-06-01 01:10:00 UTC (d6d6d6d6d6d6), in 2 earlier runs"
}
check "what was there the night before is known, since when and how often" same_again

fixed() {
	night 3 --clean --boards 4
	exits_with 0 report && has "Fixed (2)" && has "last seen 2026-06-02 01:10:00 UTC on b0, b2" &&
		has_not "issues ("
}
check "what is gone is fixed, and the exit code says all is well" fixed

back() {
	night 4 --fail --boards 4
	exits_with 1 report && has "New issues (2)" &&
		has "came back: first seen 2026-06-01 01:10:00 UTC (d6d6d6d6d6d6), in 4 earlier runs, but not in the batch"
}
check "what comes back is listed with the new" back

not_tried() {
	night 5 --miss --boards 4
	exits_with 3 report && has_not "Fixed" && has "Lab trouble, not the code's (4)" &&
		has "b0: relay did not answer (2 runs: v0, v1); last good 2026-06-04 01:10:00 UTC" &&
		exits_with 3 report --subject && has "[mmfarm] LAB: nightly"
}
check "what could not be tried is not fixed; the lab's trouble has its own place and subject" not_tried

failing_check() {
	night 6 --clean --failing-test 1
	exits_with 1 report && has "New issues (1)" && has "FAIL: mmfarm.test.1" && has "leaf is writable" &&
		has "on 1/1 no-bbml2 board, 0/1 other" &&
		has "new: the batch before (2026-06-05 01:10:00 UTC, d6d6d6d6d6d6) has no verdict of v1 on b1"
}
check "a failing check is a problem of its own" failing_check

last_good() {
	night 7 --clean --boards 4
	night 8 --clean --boards 4 --failing-test 2
	exits_with 1 report && has "New issues (1)" &&
		has "new: the batch before (2026-06-07 01:10:00 UTC, d6d6d6d6d6d6) did not show it on b1"
}
check "what is new says when the same was still good" last_good

subject() {
	night 9 --fail --boards 4
	exits_with 1 report --subject &&
		has "[mmfarm] FAIL: nightly arm64@d6d6d6d6d6d6: WARN in split_guard on 2/2 bbml2 boards, 0/2 others (came back, and 1 more), 1 fixed" &&
		[ "$(wc -l <out)" = 1 ]
}
check "the subject says what and where in one line" subject

# ---- odd bytes -------------------------------------------------------------------------------------
python3 "$FIXTURE" r d8 --time 2026-06-10T01:10:00Z --fail --bytes --boards 4 --failing-test 0
"$MMFARM" reindex --results r >/dev/null

html() {
	"$MMFARM" report --results r --html -o report.html
	[ $? -eq 1 ] && ! grep -q '<script\|http-equiv\|src=' report.html &&
		! grep -q '<b>&"' report.html && python3 - <<'PY'
import html.parser, sys
class Check(html.parser.HTMLParser):
    void = {"meta", "br"}
    def __init__(self):
        super().__init__()
        self.open = []
    def handle_starttag(self, tag, attrs):
        if tag not in self.void:
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()
c = Check()
text = open("report.html", encoding="utf-8").read()
assert all(ch in "\n\t" or ord(ch) >= 32 for ch in text)
c.feed(text)
assert not c.open, c.open
PY
}
check "HTML: one balanced file without script or outside parts, whatever the console held" html

# Every link of a page leads to a file that is there, or to a place within the page.
links_work() { # page, and how many lead out of it at least
	python3 - "$1" "$2" <<'PY'
import html.parser, os, sys, urllib.parse
links, ids = [], set()
class P(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            assert attrs["id"] not in ids, "twice: " + attrs["id"]
            ids.add(attrs["id"])
        if tag == "a":
            links.append(attrs["href"])
P().feed(open(sys.argv[1], encoding="utf-8").read())
out = [l for l in links if not l.startswith("#")]
for link in links:
    if link.startswith("#"):
        assert urllib.parse.unquote(link[1:]) in ids, link
    else:
        path = os.path.join(os.path.dirname(sys.argv[1]), urllib.parse.unquote(link))
        assert os.path.isfile(path), (link, path)
assert len(out) >= int(sys.argv[2]) and (int(sys.argv[2]) or not out), out
assert len(links) > 8, links
PY
}
links() {
	mkdir -p "far/a b" "r/batches/d8" r2
	local at
	for at in report.html "far/a b/x.html" r/here.html r/batches/d8/report.html "$PWD/far/abs.html" /tmp/../tmp/../"$PWD"/r2/y.html; do
		"$MMFARM" report --results r --html -o "$at"
		[ $? -eq 1 ] && links_work "$at" 8 || { echo "$at"; return 1; }
	done
	"$MMFARM" report --results r/../r --html >stdout.html
	links_work stdout.html 8 && rm r/here.html r/batches/d8/report.html
}
check "HTML: links work wherever the file lies" links

self_contained() {
	exits_with 1 "$MMFARM" report --results r --html --self-contained -o alone.html && links_work alone.html 0 || return 1
	mkdir -p elsewhere && mv alone.html elsewhere/ && links_work elsewhere/alone.html 0 &&
		[ "$(grep -c '^<details id="console-' elsewhere/alone.html)" = 8 ] &&
		grep -q '<b id="console-d8-b0-v0-1-3">' elsewhere/alone.html && grep -c '^hello$' elsewhere/alone.html >/dev/null &&
		exits_with 2 "$MMFARM" report --results r --self-contained
}
check "HTML: --self-contained carries the consoles, and leads nowhere else" self_contained

no_control() { exits_with 1 report && ! grep -qP '[\x00-\x08\x0b-\x1f\x7f]' out; }
check "text: no control characters reach the reader" no_control

junit() {
	"$MMFARM" export junit --results r -o j.xml
	[ $? -eq 1 ] && xmllint --noout --schema "$XSD" j.xml && xmllint --noout --schema "$JENKINS_XSD" j.xml &&
		grep -q '<property name="metric.mmfarm.t.0" value="1.6e-07 s"/>' j.xml && python3 - <<'PY'
import xml.etree.ElementTree as E
for suite in E.parse("j.xml").getroot():
    cases = suite.findall("testcase")
    count = lambda name: sum(c.find(name) is not None for c in cases)
    assert int(suite.get("tests")) == len(cases)
    assert (int(suite.get("failures")), int(suite.get("errors"))) == (count("failure"), count("error"))
fails = E.parse("j.xml").getroot().findall(".//failure")
assert any("split_guard" in (f.text or "") for f in fails), "the splat is not in it"
PY
}
if command -v xmllint >/dev/null; then
	check "JUnit: valid by the schemas of Ant and of Jenkins, counts right, the splat inside" junit
else
	skip "JUnit: valid by the schemas of Ant and of Jenkins, counts right, the splat inside" "no xmllint (libxml2-utils)"
fi

tap() {
	"$MMFARM" export tap --results r d6 >t.tap
	[ $? -eq 1 ] || return 1
	prove --exec cat t.tap >out 2>&1
	has "Failed tests:" || return 1
	"$MMFARM" export tap --results r d3 >t.tap && prove --exec cat t.tap
}
if command -v prove >/dev/null; then
	check "TAP: a reader of its own agrees on good and bad nights" tap
else
	skip "TAP: a reader of its own agrees on good and bad nights" "no prove (perl)"
fi

csv() {
	"$MMFARM" export csv --results r -o c.csv
	python3 - <<'PY'
import csv
rows = list(csv.DictReader(open("c.csv", newline="", encoding="utf-8"), strict=True))
assert len(rows) == 8 * (1 + 3 + 2), len(rows)
assert all(None not in r and None not in r.values() for r in rows)
assert {r["kind"] for r in rows} == {"run", "test", "metric"}
assert abs(float(next(r for r in rows if r["kind"] == "metric")["value"]) - 1.6e-7) < 1e-12
PY
}
check "CSV: every row has every column, numbers read back" csv

document() { "$MMFARM" kcidb write --results r d8 >/dev/null && "$MMFARM" kcidb validate --results r d8; }
check "KCIDB: valid with the same bytes" document

real_schema() {
	python3 - <<PY
import json, jsonschema
schema = json.load(open("$SHARED/data/kcidb/kcidb-io-schema.json"))
jsonschema.validate(json.load(open("r/batches/d8/kcidb.json")), schema,
                    format_checker=jsonschema.FormatChecker())
PY
}
if [ -e "$SHARED/data/kcidb/kcidb-io-schema.json" ] && python3 -c 'import jsonschema' 2>/dev/null; then
	check "KCIDB: valid by the published schema" real_schema
else
	skip "KCIDB: valid by the published schema" "no ../shared/data/kcidb or no python3-jsonschema"
fi

# ---- retention ---------------------------------------------------------------------------------------
retention() {
	cat >keep.yaml <<-'END'
		keep: {compress_after: 0d, newest: 1, age: {pass: 0d, miss: 0d, fail: 100y, splat: 100y}}
	END
	cp -r r before
	"$MMFARM" prune --results r --farm keep.yaml --dry-run >out || return 1
	diff -rq before/runs r/runs || return 1
	sed -n '$s/^would be \(.*\), freed.*/\1/p' out >said
	"$MMFARM" prune --results r --farm keep.yaml >out && has "consoles packed: " || return 1
	diff said <(sed -n '$s/, freed.*//p' out) || return 1
	[ ! -e r/runs/d3-b0-v1-1 ] && [ -e r/runs/d1-b0-v0-1/console.raw.zst ] && [ ! -e r/batches/d5 ]
}
check "prune: packs and removes as told; --dry-run counts the same and changes nothing" retention

payloads() {
	mkdir -p r/payloads
	printf used >r/payloads/1111.Image
	printf unused >r/payloads/2222.Image
	touch -d "2 hours ago" r/payloads/*
	printf "made for a batch that begins now" >r/payloads/3333.Image
	sqlite3 r/store.sqlite "UPDATE runs SET payload_sha256 = '$(printf used | sha256sum | cut -d" " -f1)' WHERE id = 'd1-b0-v0-1'"
	mkdir -p r/active && : >r/active/now
	"$MMFARM" prune --results r --farm keep.yaml >out && has "payloads removed: 0," || return 1
	rm r/active/now
	echo "lab: x" >no-keep.yaml
	"$MMFARM" prune --results r --farm no-keep.yaml >out && has "payloads removed: 0," || return 1
	"$MMFARM" prune --results r --farm keep.yaml --dry-run >out && has "payloads removed: 1," || return 1
	[ "$(ls r/payloads | wc -l)" = 3 ] || return 1
	echo "keep: {age: {pass: 0d, miss: 0d, fail: 0d, splat: 0d}}" >keep-none.yaml
	"$MMFARM" prune --results r --farm keep-none.yaml --dry-run >out && has "payloads removed: 2," || return 1
	"$MMFARM" prune --results r --farm keep.yaml && [ "$(cd r/payloads && echo *)" = "1111.Image 3333.Image" ]
}
if command -v sqlite3 >/dev/null; then
	check "prune: a payload goes with the last run that was made with it, and not before" payloads
	"$MMFARM" reindex --results r >/dev/null
else
	skip "prune: a payload goes with the last run that was made with it, and not before" "no sqlite3"
fi

same_store() {
	local sql="SELECT * FROM runs; SELECT * FROM tests; SELECT * FROM findings; SELECT * FROM batches"
	sqlite3 r/store.sqlite "$sql" >rows
	"$MMFARM" reindex --results r >/dev/null
	cmp rows <(sqlite3 r/store.sqlite "$sql")
}
if command -v sqlite3 >/dev/null; then
	check "prune leaves the store that reindex makes" same_store
else
	skip "prune leaves the store that reindex makes" "no sqlite3"
fi

packed() { exits_with 1 report d8 && has "console.raw.zst" && has "cut here" && "$MMFARM" show --results r --lines 3-4 d8-b0-v0-1 >out && has "cut here"; }
check "reports and show read packed consoles" packed

# ---- looked at -----------------------------------------------------------------------------------------
screenshot() { # width
	chromium --headless=new --no-sandbox --disable-gpu --hide-scrollbars --window-size="$1,1200" \
		--user-data-dir="$SCRATCH/chromium" --screenshot="shot$1.png" "file://$PWD/report.html" 2>/dev/null
	[ "$(stat -c %s "shot$1.png")" -gt 20000 ]
}
for width in 1280 400; do
	if command -v chromium >/dev/null; then
		check "HTML: a browser shows it $width pixels wide" screenshot $width
	else
		skip "HTML: a browser shows it $width pixels wide" "no chromium"
	fi
done
notes() {
	python3 "$FIXTURE" notes d1 --fail --boards 4
	local file
	for file in notes/runs/*/run.json; do
		jq '.verdict = "PASS" | .findings[].severity = 1' "$file" >new.json && mv new.json "$file"
	done
	"$MMFARM" reindex --results notes >/dev/null
	exits_with 0 "$MMFARM" report --results notes >out
	local code=$?
	cat out
	[ $code = 0 ] && has_not "FAIL" && has_not "WARNING" && has_not "issues ("
}
check "a note (severity 1) is no issue and no FAIL" notes
done_testing
