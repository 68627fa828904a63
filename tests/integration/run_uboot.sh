#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job on boards that are flashed: U-Boot fetches the firmware, writes it to storage, reads
# it back, and boots it from there after a power cycle. The faults are in tests/long/board_uboot.sh.
. "$(dirname "$0")/../support/tap.sh"

R=$SCRATCH/results
check "the nightly job ends as wanted on both U-Boot boards" exits_with 0 \
	"$MMFARM" run jobs/nightly-uboot.yaml --results "$R"
check "every variant ran on both" jq_is "$R/latest/kcidb.json" \
	'[.tests[] | select(.path == "boot" and .status == "PASS")] | length' 8
check "each was power-cycled between flashing and booting" bash -c '
	for d in "$0"/runs/*/; do grep -q power-cycle "$d/events.jsonl" || { echo "$d"; exit 1; }; done' "$R"
check "the conversation with U-Boot is in the console" bash -c '
	for d in "$0"/runs/*/; do grep -q "Bytes transferred" "$d/console.raw" || { echo "$d"; exit 1; }; done' "$R"
check "no storage of a board is left in its run directory" bash -c '
	! find "$0" -name "*.img" -o -name tftp | grep .' "$R"
done_testing
