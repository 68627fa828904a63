#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm board NAME VERB` in the hands of somebody in a hurry: files that are not there, the wrong
# board, Ctrl-C, two users, a board that was left on. Most of it on a virtual board with U-Boot.
. "$(dirname "$0")/../support/tap.sh"

LINE=$PWD/tests/support/faulty_line.py
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
cp "$PWD/$BUILD/firmware/mm.img" "$SCRATCH/image"

uboot() { # NAME BOOT-KEYS [CONSOLE]
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: ${3:-"{driver: unix}"}
	    power: {driver: qmp, cpu: cortex-a72, firmware: $UBOOT, disk: 64, tftp: true, reboots: true}
	    boot: {driver: uboot, store: virtio, $2}
	boards: {$1: {type: t}}
	pools: {all: {}}
	YAML
}
do_board() { # NAME VERB...
	"$MMFARM" board "$1" "${@:2}" --boards "$SCRATCH/$1.yaml" --results "$SCRATCH/results"
}
says_and_exits() { # CODE TEXT COMMAND...
	exits_with "$1" "${@:3}" >"$SCRATCH/said" 2>&1 && says "$2" "$SCRATCH/said" || { cat "$SCRATCH/said"; return 1; }
}
no_emulator() {
	! pgrep -fa "qemu-system.* -name $1 "
}

# ---- whose board it is --------------------------------------------------------------------------
MAC='52:52:52:AB:CD:EF|52:52:52:52:52:52' # the board's is all digits: the line makes it this one
as_mac="{driver: exec, command: [python3, $LINE, alter, \"$MAC\"], ready: \"line: connected\"}"
uboot upper 'identity: {ethaddr: "52:52:52:ab:cd:ef"}' "$as_mac"
uboot other 'identity: {ethaddr: "52:52:52:ab:cd:00"}' "$as_mac"
check "an Ethernet address is the same in either case" \
	says_and_exits 0 "board upper is what its file says" do_board upper identify
check "another address is another board" says_and_exits 3 "swapped cable?" do_board other identify
check "a rehearsal of it asks for the address" says_and_exits 0 "printenv ethaddr" do_board upper identify --dry-run
check "and says what was expected" says "52:52:52:ab:cd:ef" "$SCRATCH/said"

# ---- payloads -----------------------------------------------------------------------------------
uboot ym 'transport: ymodem, identity: {version: U-Boot}'
nothing_was_switched() { # of the refused: no log was begun
	! ls "$SCRATCH/results/boards/ym" 2>/dev/null
}
: >"$SCRATCH/empty"
check "a payload that is not there" says_and_exits 2 "nix: No such file" do_board ym flash --payload "$SCRATCH/nix"
check "nor in a rehearsal" says_and_exits 2 "nix: No such file" do_board ym flash --dry-run --payload "$SCRATCH/nix"
check "a payload that is a folder" says_and_exits 2 "not a plain file" do_board ym flash --payload "$SCRATCH"
check "an empty payload" says_and_exits 2 "empty, expected a file" do_board ym flash --payload "$SCRATCH/empty"
check "an initrd that is not there" says_and_exits 2 "nix: No such file" \
	do_board ym flash --payload "$SCRATCH/image" --initrd "$SCRATCH/nix"
check "none of these touched the board" nothing_was_switched
uboot long "load: \"$(printf '0%.0s' {1..450})\", identity: {version: U-Boot}"
check "a command that U-Boot would cut is refused in a rehearsal, too" \
	says_and_exits 2 "at most" do_board long flash --dry-run --payload "$SCRATCH/image"

log_is() { grep -c "$1" "$SCRATCH/said"; }
cp "$SCRATCH/image" "$SCRATCH/vanishing"
uboot gone "transport: ymodem, identity: {version: U-Boot}, before: [sleep 2]"
vanish() {
	: >"$SCRATCH/said"
	do_board gone flash --payload "$SCRATCH/vanishing" >"$SCRATCH/said" 2>&1 &
	local pid=$! tries=0 code
	until grep -q "boot-loader" "$SCRATCH/said" || [ $((tries += 1)) -gt 300 ]; do read -rt 0.05 <> <(:); done
	rm "$SCRATCH/vanishing"
	wait $pid
	code=$?
	[ "$code" -eq 2 ] && says "vanishing: No such file" "$SCRATCH/said" && [ "$(log_is boot-loader)" -eq 1 ] ||
		{ echo "exit $code"; cat "$SCRATCH/said"; return 1; }
}
check "a payload that vanishes: the configuration's fault, not tried again" vanish

mkdir "$SCRATCH/bin"
for program in qemu-system-aarch64 python3; do ln -s "$(command -v $program)" "$SCRATCH/bin/"; done
absent() {
	PATH=$SCRATCH/bin says_here 3 "cannot run sb" do_board ym flash --payload "$SCRATCH/image"
}
says_here() { # as says_and_exits, with nothing but bash: PATH is short
	"${@:3}" >"$SCRATCH/said" 2>&1
	[ $? -eq "$1" ] && [[ $(<"$SCRATCH/said") == *"$2"* && $(<"$SCRATCH/said") != *retry:* ]]
}
check "a program that is not installed is named, and not tried again" absent

# ---- signals ------------------------------------------------------------------------------------
stop_it() { # SIGNAL WHEN: a signal when the notes say WHEN
	: >"$SCRATCH/said"
	do_board ym flash --payload "$SCRATCH/image" >"$SCRATCH/said" 2>&1 &
	local pid=$! tries=0 code
	until grep -q "$2" "$SCRATCH/said" || [ $((tries += 1)) -gt 300 ]; do read -rt 0.05 <> <(:); done
	read -rt 0.5 <> <(:)
	kill -"$1" "$(pgrep -P $pid -f "board ym flash" || echo $pid)"
	wait $pid
	code=$?
	[ "$code" -eq 3 ] && says "stopped by signal" "$SCRATCH/said" && no_emulator ym ||
		{ echo "exit $code"; cat "$SCRATCH/said"; return 1; }
}
check "Ctrl-C in a file transfer ends it, and it is not begun again" stop_it INT fetch:
check "no retry was made" [ "$(log_is boot-loader)" -eq 1 ]
check "SIGTERM at the boot loader" stop_it TERM boot-loader
in_use() {
	: >"$SCRATCH/console"
	do_board ym console >"$SCRATCH/console" 2>&1 < <(sleep 5) &
	local pid=$! tries=0
	until grep -q "U-Boot" "$SCRATCH/console" || [ $((tries += 1)) -gt 300 ]; do read -rt 0.05 <> <(:); done
	says_and_exits 3 "board ym is in use by $SCRATCH" do_board ym identify
	local code=$?
	kill -TERM "$(pgrep -P $pid -f "board ym console" || echo $pid)"
	wait $pid
	return $code
}
check "a second user is told who holds the board" in_use
killed() {
	: >"$SCRATCH/said"
	"$MMFARM" board ym identify --boards "$SCRATCH/ym.yaml" --results "$SCRATCH/results" >"$SCRATCH/said" 2>&1 &
	local pid=$! tries=0
	until grep -q "boot-loader" "$SCRATCH/said" || [ $((tries += 1)) -gt 300 ]; do read -rt 0.05 <> <(:); done
	kill -KILL $pid
	wait $pid 2>/dev/null
	read -rt 0.3 <> <(:)
	no_emulator ym && do_board ym identify
}
check "after SIGKILL no emulator is left, and the board is free" killed

# ---- real switches ------------------------------------------------------------------------------
cat >"$SCRATCH/switch" <<-END
	#!/bin/bash
	# A switch that writes down what it did; a slow one when there is a file "slow".
	[ "\$1" != on ] || [ ! -e "$SCRATCH/slow" ] || sleep 20
	echo "\$1" >>"$SCRATCH/switched"
END
chmod +x "$SCRATCH/switch"
real() { # NAME BOOT
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: exec, command: [cat]}
	    power: {driver: exec, on: [$SCRATCH/switch, on], off: [$SCRATCH/switch, off], settle: 0s}
	    boot: $2
	boards: {$1: {type: t}}
	pools: {all: {}}
	YAML
}
real plain '{driver: exec, prepare: [cp, "{image}", /dev/null], start: ["true"]}'
real cable '{driver: exec, identify: [echo, board 8], expect: board 7, flash: [touch, '"$SCRATCH"'/flashed]}'
real starts '{driver: exec, start: ["true"]}'
switched_is() {
	[ "$(tr '\n' ' ' <"$SCRATCH/switched")" = "$1 " ] || { cat "$SCRATCH/switched"; return 1; }
}
printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndone: {text: "login:"}\ndeadline: 2s\nvariants: [{name: v}]\n' \
	"$SCRATCH/image" >"$SCRATCH/job.yaml"
run_board() { # NAME
	rm -rf "$SCRATCH/runs" "$SCRATCH/switched"
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/$1.yaml" --results "$SCRATCH/runs"
}
left_on() {
	run_board plain
	switched_is "off on off"
}
check "a board that may have been left on is switched off before its run" left_on
check "and before it is flashed by hand" says_and_exits 0 "holds" do_board plain flash --payload "$SCRATCH/image"
nothing_kept() {
	do_board plain off && do_board plain on && [ "$(ls "$SCRATCH/results/boards/plain" | wc -l)" -eq 1 ]
}
check "where off, on, off is what was done" bash -c "[ \"\$(tail -n 3 '$SCRATCH/switched' | tr '\n' ' ')\" = 'off on off ' ]"
check "switching alone leaves no folder behind: there is that of the flash" nothing_kept
rm -f "$SCRATCH/switched"
echo_console() { do_board plain console </dev/null && [ ! -e "$SCRATCH/switched" ]; }
check "a look at its console switches nothing" echo_console
check "the rehearsal of a flash: off, prepare, on, off" says_and_exits 0 "cp $SCRATCH/image /dev/null" \
	do_board plain flash --dry-run --payload "$SCRATCH/image"
check "a board without a command that flashes" says_and_exits 2 "no command that flashes" \
	do_board starts flash --payload "$SCRATCH/image"
swapped() {
	run_board cable
	jq_is "$(echo "$SCRATCH"/runs/runs/*)/run.json" .error.code Identity && [ ! -e "$SCRATCH/flashed" ]
}
check "a tool that says that it is another board: MISS, Identity, nothing flashed" swapped
stop_the_switch() {
	touch "$SCRATCH/slow"
	rm -f "$SCRATCH/switched"
	"$MMFARM" board plain on --boards "$SCRATCH/plain.yaml" --results "$SCRATCH/results" >"$SCRATCH/said" 2>&1 &
	local pid=$! start=$SECONDS code
	read -rt 1 <> <(:)
	kill -INT $pid
	wait $pid
	code=$?
	rm "$SCRATCH/slow"
	[ $code -eq 3 ] && [ $((SECONDS - start)) -lt 6 ] && says "stopped by signal 2" "$SCRATCH/said" &&
		[ ! -e "$SCRATCH/switched" ] && ! pgrep -f "$SCRATCH/switch on"
}
check "Ctrl-C while a switch does not answer: no further try, no program left" stop_the_switch

# ---- two boards, one port -----------------------------------------------------------------------
cat >"$SCRATCH/two.yaml" <<-YAML
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    power: {driver: exec, on: ["true"], off: ["true"]}
    boot: {driver: exec, prepare: ["true"]}
boards:
  one: {type: t, console: {driver: tcp, host: 127.0.0.1, port: 9}}
  two: {type: t, console: {driver: rfc2217, host: 127.0.0.1, port: 9}}
pools: {all: {}}
YAML
refusal="two.yaml:8:68: console port localhost:9 is that of board \"one\" already (first: $SCRATCH/two.yaml:7)"
check "two boards with one console are refused" says_and_exits 2 "$refusal" "$MMFARM" boards --boards "$SCRATCH/two.yaml"
check "whatever is to be done with one of them" says_and_exits 2 "$refusal" \
	"$MMFARM" board one on --boards "$SCRATCH/two.yaml"
check "and in a job" says_and_exits 2 "$refusal" \
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/two.yaml" --results "$SCRATCH/runs2"
done_testing
