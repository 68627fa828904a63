#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Virtual boards with a real U-Boot: every transport and store works, and every fault that a lab
# knows ends in the right verdict with its cause named. One firmware run each.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/board_runs.sh"

R=$SCRATCH/results
LINE=$PWD/tests/support/faulty_line.py
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
printf 'name: one\npayload: {firmware: %s}\npools: [all]\ndeadline: 60s\nvariants: [{name: v, arguments: order=textro}]\n' \
	"$PWD/$BUILD/firmware/mm.img" >"$SCRATCH/job-one.yaml"

# board NAME BOOT-KEYS [CONSOLE [POWER-KEYS]]: one board in a file of its own
board() {
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: ${3:-"{driver: unix}"}
	    power: {driver: qmp, cpu: cortex-a72, firmware: $UBOOT, disk: 64, tftp: true, reboots: true${4:+, $4}}
	    boot: {driver: uboot, identity: {version: "U-Boot 20", ethaddr: "52:52:52:52:52:52"}${2:+, $2}}
	boards:
	  $1: {type: t}
	pools:
	  all: {}
	YAML
}
line() { # FAULT [TEXT]
	echo "{driver: exec, command: [python3, $LINE, $1${2:+, \"$2\"}], ready: \"line: connected\"${3:+, $3}}"
}

code_is() { # NAME CODE
	jq_is "$(echo "$R-$1"/runs/*)/run.json" .error.code "$2"
}
twice_given_up() {
	[ "$(grep -ac "Retry count exceeded" "$R-dead"/runs/*/console.raw)" -eq 2 ]
}
no_power_cycle() { # NAME...
	local name
	for name in "$@"; do
		! grep -H power-cycle "$R-$name"/runs/*/events.jsonl || return 1
	done
}
console_lacks() { # NAME TEXT
	! grep -aqF -- "$2" "$R-$1"/runs/*/console.raw
}
reason_has() { # NAME TEXT
	says "$2" <(jq -r .reason "$R-$1"/runs/*/run.json)
}
nothing_left() {
	! pgrep -f "$SCRATCH" >"$SCRATCH/left" || { cat "$SCRATCH/left"; return 1; }
	! ls "$R"-*/runs/*/disk.img "$R"-*/runs/*/flash?.img "$R"-*/runs/*/tftp 2>/dev/null
}

# ---- what works ---------------------------------------------------------------------------------
board disk 'store: virtio'
board ram 'store: ram'
board serial 'store: ram, transport: xmodem'
board kermit 'store: ram, transport: kermit'
start disk && start ram
check "TFTP, virtio disk, power cycle, boot from it" ended disk 0 PASS
check "TFTP, RAM" ended ram 0 PASS
start serial && start kermit
check "XMODEM over the console" ended serial 0 PASS
check "Kermit over the console" ended kermit 0 PASS
check "the board was power-cycled between flashing and booting" noted disk power-cycle

# ---- the line -----------------------------------------------------------------------------------
board noise 'store: virtio' "$(line noise MF0004)"
board baud 'prompt-limit: 4s, attempts: 1' "$(line baud)"
board prompt 'prompt: "NEVER> ", prompt-limit: 5s, attempts: 1'
board deaf 'started: "BOOTP broadcast", attempts: 1' "$(line deaf)"
board closed 'store: virtio' "$(line close MF0006)"
board gap 'store: virtio' "$(line close MF0006 'grace: 5s')"
board late 'store: ram' "$(line late-baud 'Starting kernel')"
board crcrlf 'store: virtio' "$(line crcrlf)"
board lfcr 'store: virtio' "$(line lfcr)"
board stamp 'store: virtio' "$(line stamp)"
board twice 'store: ram, attempts: 1' "$(line twice)"
board keyed 'store: ram' "$(line says 'Hit any key to stop autoboot:|Press SPACE to abort autoboot: ')"
board old 'store: ram, attempts: 1' "$(line says '=0|=$?')"
start noise && start baud
check "noise, ESC [ A among it: nothing is run by it, the run goes on" ended noise 0 PASS
check "wrong baud rate" ended baud 3 MISS "wrong baud rate"
start prompt && start deaf
start late && start crcrlf
check "a baud rate that changes at the handover is no hang" ended late 3 MISS "(another baud rate?)"
check "a line that makes CR CR LF of CR LF" ended crcrlf 0 PASS
start lfcr && start stamp
check "a line that makes LF CR of it" ended lfcr 0 PASS
check "a server that stamps each line" ended stamp 0 PASS
start twice && start keyed
check "an echo that comes twice is named" ended twice 3 MISS "what is typed comes back twice"
check "another announcement of autoboot" ended keyed 0 PASS
start old
check "a shell without exit codes is named" ended old 3 MISS "expected hush"
check "a prompt that never comes" ended prompt 3 MISS "no U-Boot prompt"
check "autoboot missed" ended deaf 3 MISS "autoboot was missed"
start closed && start gap
check "console closed in the middle of a line" ended closed 3 MISS "console closed"
check "an adapter that comes back: the run goes on" ended gap 0 PASS
check "and the gap is on record" noted gap console-gap
told_gap() { # in run.json, the summary, the report and KCIDB
	local batch
	batch=$(echo "$R-gap"/batches/*)
	jq_is "$(echo "$R-gap"/runs/*)/run.json" .log.gaps 1 &&
		says "console text was lost in 1 run: gap v (1 gap, " "$SCRATCH/gap.out" &&
		"$MMFARM" report --results "$R-gap" >"$SCRATCH/gap.report" &&
		says "console text was lost in 1 run" "$SCRATCH/gap.report" &&
		jq_is "$batch/kcidb.json" '[.tests[].misc.log_gaps | values] | first' 1
}
check "not in the events alone" told_gap

# ---- network and copies -------------------------------------------------------------------------
mkdir "$SCRATCH/elsewhere"
board missing "store: ram, tftp-root: $SCRATCH/elsewhere"
board lie 'store: ram' "$(line lie '==> ')"
board pad 'store: ram' "$(line pad '==> ')"
board dead 'store: ram, before: [setenv netretry yes], network: [setenv ipaddr 10.0.2.15], tftp-server: 10.0.2.99'
board nonet 'store: ram, attempts: 1'
sed -i 's/tftp: true, //; s/, ethaddr: "52:52:52:52:52:52"//' "$SCRATCH/nonet.yaml"
start dead
start missing && start lie
check "file missing on the TFTP server: the configuration's fault, no retry" \
	ended missing 3 MISS 'the server has no file "mmfarm-missing-image"'
check "a damaged copy in RAM is fetched again" ended lie 0 PASS
check "and that is on record" noted lie "damaged in RAM"
start nonet && start pad
check "a board without a network card" ended nonet 3 MISS "No ethernet found"
check "a checksum with more digits than it has is none" ended pad 0 PASS
check "and that is on record, too" noted pad "U-Boot's crc32 said"
check "the site's TFTP folder is clean afterwards" bash -c "! ls -A '$SCRATCH/elsewhere' | grep ."

# ---- writing ------------------------------------------------------------------------------------
board cut 'store: virtio' "$(line cut 'virtio write')"
board wrong 'store: virtio, attempts: 1'
sed -i 's/52:52:52:52:52:52/52:52:52:52:52:99/' "$SCRATCH/wrong.yaml"
board reboot 'store: virtio, before: [reset]'
board off 'store: virtio, before: [poweroff]'
board stuck 'store: virtio, before: [mw.l 40300000 14000000; go 40300000], limit: 8s, attempts: 1'
start cut && start wrong
check "a power cut while it is being flashed" ended cut 3 MISS "the board lost its power: "
check "a swapped cable" ended wrong 3 MISS "swapped cable?"
check "which is no fault of the infrastructure" code_is wrong Identity
check "and nothing was written to the wrong board" console_lacks wrong "virtio write"
start reboot && start off
check "a boot loader that starts anew in the middle" ended reboot 3 MISS "started anew in the middle"
check "a board that switches itself off in the middle" ended off 3 MISS "the board switched itself off: "
start stuck
check "a boot loader that hangs" ended stuck 3 MISS "the command did not end in time"
check "dead network" ended dead 3 MISS "TFTP: network or server is dead (no answer to ARP)"
check "U-Boot gave up twice, after 20 s each" twice_given_up

# ---- transfers and long lines -------------------------------------------------------------------
mkdir "$SCRATCH/bin"
cat >"$SCRATCH/bin/sx" <<-'SH'
	#!/bin/bash
	# The first transfer breaks off in the middle of a block.
	if [ ! -e transfer-broke ]; then
		touch transfer-broke
		head -c 100 /proc/self/fd/3
		echo "${0##*/}: lost interest" >&2
		exit 1
	fi
	exec "/usr/bin/${0##*/}" "$@"
SH
chmod +x "$SCRATCH/bin/sx"
ln -s sx "$SCRATCH/bin/sb"
ln -s sx "$SCRATCH/bin/kermit"
board abort 'store: ram, transport: xmodem'
board abort-y 'store: ram, transport: ymodem'
board abort-k 'store: ram, transport: kermit'
long=$(printf 'order=textro filler=%0600d' 0)
printf 'name: long\npayload: {kernel: %s}\npools: [all]\ndone: {power_off: true}\nvariants: [{name: v, arguments: "%s"}]\n' \
	"$PWD/$BUILD/tests/payloads/off.img" "$long" >"$SCRATCH/job-long.yaml"
too_long=$(printf 'filler=%02500d' 0)
sed "s/order=textro/$too_long/" "$SCRATCH/job-one.yaml" >"$SCRATCH/job-toolong.yaml"
board long 'store: ram'
board toolong 'store: ram'
PATH=$SCRATCH/bin:$PATH start abort && PATH=$SCRATCH/bin:$PATH start abort-y
start long long
cp "$BUILD/tests/payloads/off.img" "$SCRATCH/padded.img"
truncate -s 24K "$SCRATCH/padded.img"
printf 'name: padded\npayload: {kernel: %s}\npools: [all]\ndone: {power_off: true}\nvariants: [{name: v}]\n' \
	"$SCRATCH/padded.img" >"$SCRATCH/job-padded.yaml"
board slow 'store: ram, transport: xmodem, attempts: 1' "$(line slow 600)"
board hurry 'store: ram, transport: xmodem, attempts: 1, limit: 12s' "$(line slow 3000)"
start slow padded
check "a transfer that still advances, however slowly" ended slow 0 PASS
start hurry
check "one that is not over in time says how far it came, and how fast" ended hurry 3 MISS "bytes/s, limit"
check "and what it would have taken" reason_has hurry "at this rate it takes"
check "an XMODEM transfer that breaks off is aborted (CAN) and done again" ended abort 0 PASS
check "and its program's own words are on record" noted abort "lost interest"
check "a YMODEM transfer that breaks off, too" ended abort-y 0 PASS
PATH=$SCRATCH/bin:$PATH start abort-k
check "a Kermit transfer that breaks off is aborted (Ctrl-C) and done again" ended abort-k 0 PASS
check "none of them took a power cycle" no_power_cycle abort abort-y abort-k
check "arguments longer than U-Boot's line reach the payload whole" ended long 0 PASS
start toolong toolong
check "arguments beyond any limit are refused" ended toolong 3 MISS "at most"

# ---- payloads -----------------------------------------------------------------------------------
job() { # NAME KIND PAYLOAD EXTRA
	printf 'name: %s\npayload: {%s: %s}\npools: [all]\nvariants: [{name: v}]\n%s\n' \
		"$1" "$2" "$PWD/$BUILD/tests/payloads/$3.img" "$4" >"$SCRATCH/job-$1.yaml"
}
job hang firmware hang 'silence: 2s'
job off kernel off 'done: {power_off: true}'
job reset kernel reset 'deadline: 12s'
job gone kernel off 'done: {text: "login:"}'
board b1 'store: ram'
board b2 'store: ram'
board b3 'store: ram'
start b1 hang && start b2 off
check "a hang in the payload" ended b1 1 FAIL "did not finish"
check "a board that switches itself off" ended b2 0 PASS
start b3 reset
board b4 'store: ram'
start b4 gone
check "a board that resets again and again" ended b3 1 FAIL "reset"
check "a board that switches itself off too early" ended b4 1 FAIL 'the console ended without "login:"'

check "nothing is left behind" nothing_left
done_testing
