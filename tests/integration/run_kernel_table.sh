#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two kernels that differ in the one line of the bug, on a board of each pool, with what turns the bug on
# and off: which reports come, and whether the data's alias in the linear map stays writable.
. "$(dirname "$0")/../support/tap.sh"

IMAGES=$SHARED/payloads
if [ ! -e "$IMAGES/linux-7.3-rc7-tiny-premap.Image.xz" ]; then
	skip "the table of kernels with and without the bug" "no kernel images in $IMAGES"
	done_testing
fi
# Smaller boards than those of boards/, so that the table costs seconds.
cat >"$SCRATCH/boards.yaml" <<'END'
types:
  x4:
    cpu: {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
    console: {driver: unix}
    power: {driver: qmp, cpu: "max,midr=0x410fd823", memory: 512M, cpus: 1}
    boot: {driver: direct}
  a72:
    cpu: {name: "Cortex-A72", midr: 0x410fd083, bbm: 0, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 512M, cpus: 1}
    boot: {driver: direct}
boards:
  x4-01: {type: x4}
  a72-01: {type: a72}
pools:
  bbml2: {bbml2: true}
  no-bbml2: {bbml2: false}
END
table() { # KERNEL: a line a run: pool, variant, verdict, reports, tests that failed
	"$MMFARM" run rodata-full --payload "$IMAGES/linux-7.3-rc7-tiny-$1.Image.xz" \
		--boards "$SCRATCH/boards.yaml" --results "$SCRATCH/$1" >"$SCRATCH/$1.out" 2>&1
	code=$?
	jq -r '[.board.pool, .variant, .verdict, (.findings | length),
		([.tests[] | select(.status == "FAIL" and .path != "ktap.linear_map") | .path] | join(" ")), .cpus[0].cap // "-",
		([.features[] | select(startswith("BBM"))] | join(" "))] | join("|")' \
		"$SCRATCH/$1"/runs/*/run.json | sort >"$SCRATCH/$1.table"
}
is_table() { # KERNEL: the table is standard input
	diff "$SCRATCH/$1.table" - || { cat "$SCRATCH/$1.out"; return 1; }
}
table premap
check "the kernel with the bug fails" [ "$code" = 1 ]
check "on BBML2, unless the linear map is not split after boot" is_table premap <<'END'
bbml2|default|FAIL|2|ktap.linear_map.data_alias_not_writable|true|BBM Level 3
bbml2|kfence-off|FAIL|2|ktap.linear_map.data_alias_not_writable|true|BBM Level 3
bbml2|rodata-noalias|PASS|0||true|BBM Level 3
bbml2|rodata-off|PASS|0||true|BBM Level 3
no-bbml2|default|PASS|0||-|
no-bbml2|kfence-off|PASS|0||-|
no-bbml2|rodata-noalias|PASS|0||-|
no-bbml2|rodata-off|PASS|0||-|
END
table textro
check "the kernel without the bug passes" [ "$code" = 0 ]
check "everywhere" is_table textro <<'END'
bbml2|default|PASS|0||true|BBM Level 3
bbml2|kfence-off|PASS|0||true|BBM Level 3
bbml2|rodata-noalias|PASS|0||true|BBM Level 3
bbml2|rodata-off|PASS|0||true|BBM Level 3
no-bbml2|default|PASS|0||-|
no-bbml2|kfence-off|PASS|0||-|
no-bbml2|rodata-noalias|PASS|0||-|
no-bbml2|rodata-off|PASS|0||-|
END

# A kernel for pages of 16K, as far as its header tells, which a Cortex-A72 has not.
xz -dc "$IMAGES/linux-7.3-rc7-tiny-textro.Image.xz" >"$SCRATCH/Image"
printf '\014' | dd of="$SCRATCH/Image" bs=1 seek=24 conv=notrunc status=none
"$MMFARM" run rodata-full --payload "$SCRATCH/Image" --boards "$SCRATCH/boards.yaml" --board a72-01 \
	--variant default --results "$SCRATCH/granule" >"$SCRATCH/granule.out" 2>&1
run=$(echo "$SCRATCH"/granule/runs/*)
check "a granule that the CPU lacks is a SKIP" jq_is "$run/run.json" .verdict SKIP
check "that says why" says "the Image is for pages of 16K, which Cortex-A72 has not" "$run/run.json"
check "and no board had power" bash -c '! grep -q power-on "$0"' "$run/events.jsonl"
check "judged again it is the same" bash -c '"$0" rescan -n "$1" --results "$2"' "$MMFARM" "${run##*/}" "$SCRATCH/granule"
done_testing
