#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The detector against logs whose content is known (real kernels, their mutations, clean logs,
# failed boots, others' test logs). Skipped where the logs are absent.
. "$(dirname "$0")/../support/tap.sh"

if [ ! -d "$SHARED/data/splats" ]; then
	skip "bars of the log corpora" "no $SHARED/data/splats"
	done_testing
fi
python3 tests/integration/detect_corpus.py "$MMFARM" "$SHARED/data/splats" >"$SCRATCH/bars"
while IFS= read -r line; do
	case $line in
	"ok "*) check "${line#ok * - }" true ;;
	"not ok "*) check "${line#not ok * - }" false ;;
	esac
done <"$SCRATCH/bars"
check "every bar was scored" says "1..15" "$SCRATCH/bars"

# The seed: two reports, one finding; none of the other kernels warns.
seed_events() {
	xz -dc "$1" | "$MMFARM" scan --json - |
		jq -r 'select(.event == "splat" and .class == "warn") |
			"\(.sub) \(.func) \(.folded_into // "root")"'
}
premap="mm_bbml2 split_kernel_leaf_mapping root
mm_bbml2 update_range_prot"
for log in "$SHARED"/data/kernel-logs/*.xz; do
	case $log in
	*SPLAT*) check "${log##*/}: guard, then change folded into it" \
		bash -c '[ "${1% [0-9]*}" = "$2" ]' _ "$(seed_events "$log")" "$premap" ;;
	*) check "${log##*/}: no warning" [ -z "$(seed_events "$log")" ] ;;
	esac
done
done_testing
