#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The shipped boards that count instructions: two of each revision, equal where they are the same, and
# different where the payload decides by the revision.
. "$(dirname "$0")/../support/tap.sh"
R=$SCRATCH/results

two_of_each() { # MIDR_EL1 of r0p1, r0p3 (Cortex-X4), r0p1, r0p2 (Neoverse-V3), r3p1, r4p1 (Neoverse-N1)
	"$MMFARM" boards >"$SCRATCH/boards.out" || return 1
	local midr
	for midr in 410fd821 410fd823 410fd841 410fd842 413fd0c1 414fd0c1; do
		[ "$(grep -c "0x$midr .*\bcpu-revisions\b" "$SCRATCH/boards.out")" -eq 2 ] || { echo "$midr"; return 1; }
	done
	[ "$(grep -c '\bcpu-revisions\b' "$SCRATCH/boards.out")" -ge 12 ]
}
check "two boards of each of six revisions are shipped" two_of_each
check "and none of them is in the pools of the main job" bash -c '
	! grep "\bcpu-revisions\b" "$0" | grep -E "(^| )(no-)?bbml2( |$)"' "$SCRATCH/boards.out"

# Three boards are enough to see it, with one sample of each.
mkdir "$SCRATCH/boards" "$SCRATCH/jobs"
sed 's/^    tags: \[icount\]$/    boards: [rx4p1-01, rx4p3-01, rx4p3-02]/' boards/revisions.yaml >"$SCRATCH/boards/revisions.yaml"
sed "s|\.\./build/firmware|$PWD/$BUILD/firmware|; s/reps=3/reps=1/" jobs/cpu-revisions.yaml >"$SCRATCH/jobs/cpu-revisions.yaml"
check "each board says that it is of its revision" exits_with 0 \
	"$MMFARM" run "$SCRATCH/jobs/cpu-revisions.yaml" --boards "$SCRATCH/boards" --results "$R"
check "two boards of one revision send the same bytes" \
	cmp "$R"/runs/*~rx4p3-01~*/console.raw "$R"/runs/*~rx4p3-02~*/console.raw

by_revision() {
	"$MMFARM" compare --results "$R" --boards "$SCRATCH/boards" --by cpu "Cortex-X4 r0p1" "Cortex-X4 r0p3" --json \
		--html "$SCRATCH/x4.html" >"$SCRATCH/x4.json" || { cat "$SCRATCH/x4.json"; return 1; }
	jq -e '[.metrics[] | select(.claim == "exact")] | length > 20' "$SCRATCH/x4.json" &&
		# Linux's list of BBML2 begins with r0p3: before it the linear map is made of pages.
		jq -e '.metrics[] | select(.metric | endswith("t.linmap.total")) | .ratio > 10' "$SCRATCH/x4.json" &&
		# And QEMU's revisions differ in nothing else; the counter's step is one in three thousand of it.
		jq -e '.metrics[] | select(.metric | endswith("t.canary.chase.start")) | .ratio - 1 | fabs < 0.0005' "$SCRATCH/x4.json" &&
		jq -e '.claims | startswith("1 board of Cortex-X4 r0p1, 2 of Cortex-X4 r0p3. Counted exactly: ")' "$SCRATCH/x4.json"
}
check "what the payload does by the revision is counted, and nothing else differs" by_revision
check "metrics go by their own names" bash -c '
	grep -q "t\.smp\.up\[1\]" "$0" && ! grep -q "up_1_" "$0"' "$SCRATCH/x4.html"
done_testing
