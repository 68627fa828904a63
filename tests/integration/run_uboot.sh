#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The main job on boards that are flashed: U-Boot fetches the firmware, writes it to storage, reads
# it back, and boots it from there after a power cycle. The faults are in tests/long/board_uboot.sh.
. "$(dirname "$0")/../support/tap.sh"

R=$SCRATCH/results
# The runs that took place: boards with NOR flash skip theirs where QEMU is older than 10.
ran() {
	for d in "$R"/runs/*/; do
		[ "$(jq -r .verdict "$d/run.json")" = SKIP ] || echo "$d"
	done
}
every_run_has() { # TEXT FILE
	for d in $(ran); do grep -q "$1" "$d/$2" || { echo "$d"; return 1; }; done
}
check "the nightly job ends as wanted on the U-Boot boards" exits_with 0 \
	"$MMFARM" run jobs/nightly-uboot.yaml --results "$R"
with_disk() { [ "$(ran | grep -c '~u[ax][74]')" -eq 8 ]; }
check "every variant ran on both boards with a disk" with_disk
nor_runs() { ran | grep -c '~un'; }
if [ "$(nor_runs)" -eq 0 ]; then
	skip "and on both with NOR flash" "$(jq -r 'select(.verdict == "SKIP") | .reason' "$R"/runs/*/run.json | head -n 1)"
else
	check "and on both with NOR flash" [ "$(nor_runs)" -eq 8 ]
fi
passed() { jq_is "$R/latest/kcidb.json" '[.tests[] | select(.path == "boot" and .status == "PASS")] | length' "$(ran | wc -l)"; }
check "each passed" passed
check "each was power-cycled between flashing and booting" every_run_has power-cycle events.jsonl
worn() { # both are switched on to flash and to boot; every file that was stored counts
	local run
	for run in $(ran); do
		run=$run/run.json
		jq_is "$run" '.cycles.power == 2 and .cycles.erase >= 1' true || { jq .cycles "$run"; return 1; }
	done
}
check "what that costs the boards is counted" worn
check "the conversation with U-Boot is in the console" every_run_has "Bytes transferred" console.raw
check "no storage of a board is left in its run directory" bash -c '
	! find "$0" -name "*.img" -o -name tftp | grep .' "$R"
done_testing
