#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The detector against logs whose content is known (real kernels, their mutations, clean logs,
# failed boots, others' test logs). A small part is in tests/data/splats; the rest is skipped where
# it is absent.
. "$(dirname "$0")/../support/tap.sh"

# bars FOLDER COUNT CORPUS...: one check a bar; COUNT bars are there to be scored
bars() {
	local folder=$1 count=$2 line
	shift 2
	python3 tests/integration/detect_corpus.py "$MMFARM" "$folder" "$@" >"$SCRATCH/bars"
	while IFS= read -r line; do
		case $line in
		"ok "*) check "${line#ok * - }" true ;;
		"not ok "*) check "${line#not ok * - }" false ;;
		esac
	done <"$SCRATCH/bars"
	check "every bar of ${folder##*/} was scored" says "1..$count" "$SCRATCH/bars"
}

# Logs of our own that come with the tree: a part of each kind.
bars tests/data/splats 8 H M N R

if [ ! -d "$SHARED/data/splats" ]; then
	skip "bars of the log corpora" "no $SHARED/data/splats"
	done_testing
fi
bars "$SHARED/data/splats" 15

# The seed: two reports, one finding; none of the other kernels warns. A log that was not read has no
# warning either: its boots are looked at first (a probe image is no kernel, but has its say).
warnings() {
	jq -r 'select(.event == "splat" and .class == "warn") |
		"\(.sub) \(.func) \(if .folded_into then "folded" else "root" end)"' "$1"
}
premap="mm_bbml2 split_kernel_leaf_mapping root
mm_bbml2 update_range_prot folded"
check "there are logs of kernels" test -n "$(echo "$SHARED"/data/kernel-logs/*.xz)"
for log in "$SHARED"/data/kernel-logs/*.xz; do
	name=${log##*/}
	"$MMFARM" scan --json "$log" >"$SCRATCH/events"
	boot=$(jq -r 'select(.event == "boot") | "\(.boots) \(.outcome)"' "$SCRATCH/events")
	case $name in
	probe*) check "$name: was read" expr "$boot" : "0 stuck_\|0 no_kernel_output" ;;
	*) check "$name: was read, and is of one kernel" expr "$boot" : "1 panic\|1 ok" ;;
	esac
	case $name in
	*SPLAT*) check "$name: guard, then change folded into it" \
		[ "$(warnings "$SCRATCH/events")" = "$premap" ] ;;
	*) check "$name: no warning" [ -z "$(warnings "$SCRATCH/events")" ] ;;
	esac
done
done_testing
