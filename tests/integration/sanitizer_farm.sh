#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The page-table sanitizer in the farm: from `sanitize:` to tests, findings and documents; and what
# becomes of a run where it cannot be had, or did not come to its end.
# Alone: guests with several CPUs.
. "$(dirname "$0")/../support/tap.sh"

TREE=$PWD
# A job in $SCRATCH/NAME.yaml: job NAME SANITIZE ARGUMENTS
job() {
	cat >"$SCRATCH/$1.yaml" <<-END
		name: $1
		payload: {firmware: "$TREE/$BUILD/firmware/mm.img"}
		pools: [bbml2, no-bbml2]
		deadline: 120s
		silence: 60s
		sanitize: $2
		variants: [{name: a, arguments: "$3"}]
	END
}
run() { # NAME BOARD: run.json is $SCRATCH/NAME.d/runs/*/run.json
	"$MMFARM" run "$SCRATCH/$1.yaml" --boards "${BOARDS:-boards}" --board "$2" --results "$SCRATCH/$1.d" \
		>"$SCRATCH/$1.out" 2>&1
}
json() { # NAME FILTER
	jq -e "$2" "$SCRATCH/$1.d"/runs/*/run.json >/dev/null || { jq -c . "$SCRATCH/$1.d"/runs/*/run.json | cut -c1-3000; return 1; }
}

job words "{check: pages}" ""
check "another word than page-tables is a mistake" exits_with 2 run words vx4-01
check "which says where" says "words.yaml:6:19: sanitize: \"pages\", expected page-tables" "$SCRATCH/words.out"

# A host without a QEMU that is new enough.
mkdir "$SCRATCH/bin"
printf '#!/bin/sh\necho "QEMU emulator version 7.2.22 (Debian)"\n' >"$SCRATCH/bin/qemu-old"
chmod +x "$SCRATCH/bin/qemu-old"
sed "s|power: {driver: qmp, cpu: cortex-a72|power: {driver: qmp, qemu: $SCRATCH/bin/qemu-old, cpu: cortex-a72|" \
	boards/virt.yaml >"$SCRATCH/old-boards.yaml"
job old page-tables ""
BOARDS=$SCRATCH/old-boards.yaml run old va72-01
check "without QEMU 10 a run is SKIP" json old '.verdict == "SKIP"'
check "and says why" json old '.reason | test("needs QEMU 10, .*qemu-old is QEMU 7")'
check "and has no test that nobody made" json old '.tests | length == 0'

sed 's|cpu: cortex-a72, memory: 2G, cpus: 4}|cpu: cortex-a72, memory: 1G, cpus: 2, icount: true}|' \
	boards/virt.yaml >"$SCRATCH/icount-boards.yaml"
job icount page-tables ""
BOARDS=$SCRATCH/icount-boards.yaml run icount va72-01
check "CPUs that cannot be told apart are no board for it" \
	json icount '.verdict == "SKIP" and (.reason | test("could not tell which one runs"))'

if [ ! -x "$BUILD/qemu10/qemu-system-aarch64" ]; then
	skip "runs with the sanitizer" "no QEMU 10 (tests/qemu10.sh says why)"
	done_testing
fi

job clean "{check: page-tables, symbols: $TREE/$BUILD/firmware/mm.elf}" "order=textro tests=quick"
check "the firmware's right order passes" exits_with 0 run clean vx4-01
check "with a test for every rule, and one for the report" json clean \
	'[.tests[] | select(.path | startswith("mmfarm.ptsan."))] | length == 29 and all(.status == "PASS")'
check "judged for what the firmware takes its CPUs for" json clean \
	'any(.tests[]; .path == "mmfarm.ptsan.report" and (.comment | test("^complete: .*level 2 as the firmware says")))'
check "its numbers are a series of their own" json clean '.board.emulator | endswith(" ptsan")'
explained() { # NAME TEXT
	"$MMFARM" ptsan explain --results "$SCRATCH/$1.d" "$(basename "$SCRATCH/$1.d"/runs/*)" >"$SCRATCH/$1.text" &&
		says "$2" "$SCRATCH/$1.text"
}
check "what a lower level forbids is explained" explained clean "ptsan: bbm-block-to-table-live in "
check "by its functions" says "from change_range+0x" "$SCRATCH/clean.text"

job strict "{check: page-tables, levels: 0, symbols: $TREE/$BUILD/firmware/mm.elf}" "order=textro tests=quick"
check "judged for level 0 the same fails" exits_with 1 run strict vx4-01
check "with the rules that level 1 and 2 are about" json strict \
	'[.tests[] | select(.status == "FAIL") | .path] | sort == ["mmfarm.ptsan.bbm-block-to-table-live", "mmfarm.ptsan.bbm-contiguous-live", "mmfarm.ptsan.bbm-table-to-block-live"]'
check "and findings like splats" json strict '.findings | length > 1 and all(.class == "ptsan" and
	(.sig2 | length) == 16 and (.func | length) > 0 and (.excerpt | test("  rule     F1")) and .complete)'
check "that are issues of the document" bash -c \
	'jq -e ".issues | length > 1 and all(.misc.mmfarm.kind == \"ptsan\")" "$0"/batches/*/kcidb.json >/dev/null' "$SCRATCH/strict.d"
check "which is valid" "$MMFARM" kcidb validate "$SCRATCH"/strict.d/batches/*/kcidb.json
check "the report shows them" bash -c \
	'"$0" report --results "$1" >"$1.report"; grep -q "bbm-contiguous-live in " "$1.report"' "$MMFARM" "$SCRATCH/strict.d"

# The archive is judged again from the run's directory alone.
rescanned() {
	"$MMFARM" rescan --results "$SCRATCH/strict.d" >"$SCRATCH/rescan" && says "0 differ" "$SCRATCH/rescan"
}
check "judged again it is the same" rescanned
cut_report() { # a report that a killed emulator left
	local dir
	dir=$(echo "$SCRATCH"/clean.d/runs/*)
	sed -i '$d' "$dir/ptsan.report"
	"$MMFARM" rescan --results "$SCRATCH/clean.d" >"$SCRATCH/rescan"
	jq -e '.verdict == "ERROR" and any(.tests[]; .path == "mmfarm.ptsan.report" and .status == "ERROR" and
		.comment == "not complete: it has no end record") and
		([.tests[] | select(.path | startswith("mmfarm.ptsan."))] | length == 1)' \
		"$dir"/rescans/*.json >/dev/null || { jq -c '[.verdict, .reason]' "$dir"/rescans/*.json; return 1; }
}
check "a report without its end is not clean, and no rule of it passes" cut_report

sed 's|cpu: cortex-a72, memory|sanitize: page-tables, cpu: cortex-a72, memory|' boards/virt.yaml >"$SCRATCH/boards.yaml"
job board page-tables "tests=S1"
sed -i '/^sanitize:/d' "$SCRATCH/board.yaml"
BOARDS=$SCRATCH/boards.yaml run board va72-01
check "a board's own key does it for every job" json board 'any(.tests[]; .path == "mmfarm.ptsan.report" and .status == "PASS")'

if [ ! -d "$SHARED/payloads" ]; then
	skip "the seed" "no $SHARED/payloads"
	done_testing
fi
seed() { # BOARD
	"$MMFARM" run jobs/linux-premap-sanitizer.yaml --board "$1" --results "$SCRATCH/$1.d" \
		--payload "$SHARED/payloads/linux-7.3-rc7-tiny-premap.Image.xz" >"$SCRATCH/$1.out" 2>&1
}
check "the seed on a BBML2 board: two warnings, and data that stays writable" exits_with 0 seed vx4-01
check "which is a finding" json vx4-01 'any(.findings[]; .class == "ptsan" and .sub == "alias-writable" and .wanted)'
check "judged for the level that the kernel names" json vx4-01 \
	'any(.tests[]; .path == "mmfarm.ptsan.report" and (.comment | test("level 3 as the kernel says")))'
check "the seed harms no other board" exits_with 0 seed va72-01
check "where nothing is found" json va72-01 '.findings | length == 0'
done_testing
