#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The seed's bug on a real kernel: Linux built with and without it, on both pools.
# Long: it waits for many boards.
. "$(dirname "$0")/../support/tap.sh"

IMAGES=$SHARED/payloads
if [ ! -e "$IMAGES/linux-7.3-rc7-tiny-premap.Image.xz" ]; then
	skip "real kernels with and without the bug" "no kernel images in $IMAGES"
	done_testing
fi
run() { # JOB VARIANT: results in $SCRATCH/JOB-VARIANT
	"$MMFARM" run "jobs/$1.yaml" --payload "$IMAGES/linux-7.3-rc7-tiny-$2.Image.xz" \
		--results "$SCRATCH/$1-$2"
}
splats() { # DIR POOL N: every run of the pool shows N reports, the second as part of the first
	jq -s -e --arg pool "$2" --argjson n "$3" \
		'[.[] | select(.board.pool == $pool)] | length > 0 and all((.findings | length) == $n and .splats == ([$n, 1] | min))' \
		"$1"/runs/*/run.json >/dev/null ||
		{ jq -c '[.board.name, .splats, (.findings | length), .reason]' "$1"/runs/*/run.json; return 1; }
}
check "the kernel with the bug fails" exits_with 1 run linux premap
check "with two splats on each BBML2 board" splats "$SCRATCH/linux-premap" bbml2 2
check "and none on the others" splats "$SCRATCH/linux-premap" no-bbml2 0
check "in the two functions of the seed" bash -c '
	jq -r "select(.board.pool == \"bbml2\") | [.findings[].func] | join(\" \")" "$0"/runs/*/run.json |
	sort -u | diff - <(echo "split_kernel_leaf_mapping update_range_prot")' "$SCRATCH/linux-premap"
check "which are one finding" bash -c '
	jq -e "select(.board.pool == \"bbml2\") | .findings[1].folded_into == .findings[0].line" \
	"$0"/runs/*/run.json >/dev/null' "$SCRATCH/linux-premap"
check "the kernel without the bug passes" exits_with 0 run linux textro
check "silent on BBML2" splats "$SCRATCH/linux-textro" bbml2 0
check "and elsewhere" splats "$SCRATCH/linux-textro" no-bbml2 0
check "a job that wants the splats passes with the bug" exits_with 0 run linux-premap premap
check "and fails without it" exits_with 1 run linux-premap textro
xz -dc "$IMAGES/linux-7.3-rc7-tiny-textro.Image.xz" >"$SCRATCH/Image"
gzip -k "$SCRATCH/Image"
for form in Image Image.gz; do
	check "the same kernel as $form" exits_with 0 "$MMFARM" run jobs/linux.yaml \
		--payload "$SCRATCH/$form" --board va72-01 --results "$SCRATCH/$form.d"
done
check "MIDR is read from the kernel's own log" jq_is \
	"$(ls "$SCRATCH"/linux-textro/runs/*va72-01*/run.json)" '.cpus[0].midr' 0x410fd083
done_testing
