# SPDX-License-Identifier: GPL-2.0-or-later
# Two boards that count instructions, one a pool, and a job of timings on them. Sourced behind
# tap.sh.
R=$SCRATCH/results
B=$SCRATCH/boards.yaml
FIRMWARE=$PWD/$BUILD/firmware/mm.img
PAYLOAD="{firmware: $FIRMWARE}"

# Counting instructions unless told otherwise; a program in place of QEMU when told.
timing_boards() { # [true|false] [program]
	cat >"$B" <<-END
		types:
		  count-x4:
		    compatible: ["linux,dummy-virt"]
		    cpu: {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
		    console: {driver: unix}
		    power:
		      {driver: qmp, cpu: "max,midr=0x410fd823", memory: 1G, icount: ${1:-true}, qemu: "${2:-qemu-system-aarch64}"}
		    boot: {driver: direct}
		  count-a72:
		    compatible: ["linux,dummy-virt"]
		    cpu: {name: "Cortex-A72", midr: 0x410fd083, bbm: 0, bbml2: false}
		    console: {driver: unix}
		    power: {driver: qmp, cpu: cortex-a72, memory: 1G, icount: ${1:-true}, qemu: "${2:-qemu-system-aarch64}"}
		    boot: {driver: direct}
		boards: {count-x4-01: {type: count-x4}, count-a72-01: {type: count-a72}}
		pools: {bbml2: {bbml2: true}, no-bbml2: {bbml2: false}}
	END
}

# One night: a commit of that number, with more arguments and more lines for the job. Its limits are
# no host's speed: what a night says is a matter of what boards counted.
night() { # number [arguments] [lines] [options...]
	local number=$1 arguments=$2 lines=$3
	shift; shift; shift
	cat >"$SCRATCH/night.yaml" <<-END
		name: nights
		payload: $PAYLOAD
		pools: [bbml2, no-bbml2]
		deadline: 2h
		silence: 30min
		source: {git_commit_hash: "$(printf %040d "$number")"}
		variants: [{name: timing, arguments: "tests=S15 reps=5 det=1 $arguments"}]
	END
	[ -z "$lines" ] || printf '%s\n' "$lines" >>"$SCRATCH/night.yaml"
	"$MMFARM" run "$SCRATCH/night.yaml" --boards "$B" --results "$R" "$@" >"$SCRATCH/out" 2>&1
}

alerts() { # jq condition: alerts of the last night it holds for
	jq "[.alerts[] | select($1)] | length" "$R/latest/timing.json"
}
