#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A virtual board with NOR flash and a real U-Boot: flashed, verified, started by itself; flash that
# cannot be written, and power cuts while it is written, end in the right verdict. Needs QEMU 10.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/board_runs.sh"

R=$SCRATCH/results
LINE=$PWD/tests/support/faulty_line.py
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
printf 'name: one\npayload: {firmware: %s}\npools: [all]\ndeadline: 60s\nvariants: [{name: v, arguments: order=textro}]\n' \
	"$SCRATCH/mm.img" >"$SCRATCH/job-one.yaml"

# Large enough for a power cut to fall into its writing.
cp "$BUILD/firmware/mm.img" "$SCRATCH/mm.img"
truncate -s 4M "$SCRATCH/mm.img"

board() { # NAME BOOT-KEYS [FAULT [TEXT]]
	local console="{driver: unix}"
	[ -z "${3:-}" ] || console="{driver: exec, command: [python3, $LINE, $3, \"${4:-}\"], ready: \"line: connected\"}"
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: $console
	    power: {driver: qmp, needs-qemu: 10, cpu: cortex-a72, firmware: $UBOOT, flash: true, tftp: true, reboots: true,
	      arguments: [-monitor, "unix:monitor.sock,server=on,wait=off"]}
	    boot: {driver: uboot, store: nor, identity: {version: "U-Boot 20"}, prompt-limit: 20s${2:+, $2}}
	boards:
	  $1: {type: t}
	pools:
	  all: {}
	YAML
}
console_says() { grep -aqF -- "$2" "$R-$1"/runs/*/console.raw || { echo "no \"$2\" in the console"; return 1; }; }
times_noted() { # NAME TEXT COUNT
	local n
	n=$(grep -cF -- "$2" "$(echo "$R-$1"/runs/*/events.jsonl)")
	[ "$n" -eq "$3" ] || { echo "$n times \"$2\""; return 1; }
}

board plain 'boot: autonomous'
start plain
wait "${pids[plain]}"
if verdict_is plain SKIP >/dev/null; then
	skip "boards with NOR flash" "$(jq -r .reason "$R-plain"/runs/*/run.json)"
	check "a run that needs another QEMU is no failure" grep -q SKIP "$SCRATCH/plain.out"
	done_testing
fi

# ---- what works ---------------------------------------------------------------------------------
by_itself() { # the last thing typed was saveenv; then its own bootcmd spoke
	local console
	console=$(echo "$R-plain"/runs/*/console.raw)
	! sed '0,/Saving Environment to Flash/d' "$console" | grep -a "M''F[0-9a-f]*; boot\|=> echo"
}
board typed ''
start typed
check "TFTP, NOR, power cycle, the board starts by itself" verdict_is plain PASS
check "nothing was typed behind saveenv" by_itself
check "NOR, the boot command typed after a power cycle" ended typed 0 PASS

# ---- flash that does not take it ----------------------------------------------------------------
# What hardware does with a write-protect pin, or with a flash driver that erases nothing, is done
# here by changing the command on its way (typed in one piece for that).
board protected 'chunk: 480, attempts: 1, nor: 0x4000000, sector: 0x40000' alter 'protect off 0x|protect on  0x'
board unerased 'chunk: 480, attempts: 1, before: ["mw.b ${loadaddr} 0 40000", "cp.b ${loadaddr} 0x4100000 40000"]' alter 'erase 0x4|echo  0x4'
start protected && start unerased
check "protected NOR" ended protected 3 MISS "NOR flash at 0x4000000 has protected sectors"
check "whose erase U-Boot called done all the same" console_says protected "Warning:"
check "unerased NOR" ended unerased 3 MISS "NOR flash at 0x4100000 was not erased"
board dirty 'boot: autonomous, before: ["mw.b ${loadaddr} 0 40000", "cp.b ${loadaddr} 0x4100000 40000"]'
board rom 'nor: 0x0, attempts: 1'
start dirty && start rom
check "NOR that holds something else is erased and written" ended dirty 0 PASS
check "NOR that cannot be written at all" ended rom 3 MISS "NOR flash at 0x0"

# ---- power cuts ---------------------------------------------------------------------------------
board write 'boot: autonomous' blip 'Copy to Flash...'
board saveenv 'boot: autonomous' blip 'Erasing Flash...'
start write && start saveenv
check "a power cut while NOR is written: what is there is not booted, but written anew" ended write 0 PASS
check "U-Boot started anew in the middle, on record" noted write "started anew in the middle"
check "the image was written twice" times_noted write '"state":"flash"' 2
check "a power cut during saveenv: the environment is written anew" ended saveenv 0 PASS
check "its damage is on record" times_noted saveenv "bad CRC" 2
check "the image was found to be there already" noted saveenv "there already"
board cut 'boot: autonomous' cut 'Copy to Flash...'
board envcut 'boot: autonomous' cut 'Erasing Flash...'
start cut && start envcut
check "power that goes for good while NOR is written" ended cut 3 MISS "the board lost its power: "
check "power that goes for good during saveenv" ended envcut 3 MISS "saving the environment"
check "no flash is left behind" bash -c "! ls '$R'-*/runs/*/flash?.img 2>/dev/null"
done_testing
