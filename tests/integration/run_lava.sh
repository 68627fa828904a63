#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs by lava-run beside native ones: the same payload on the same virtual board gives the same findings,
# tests and numbers, whether LAVA starts the emulator or has a serial line that says the same. LAVA's
# trouble is the lab's, with its reason; nothing of LAVA's is left behind.
. "$(dirname "$0")/../support/tap.sh"
if ! command -v lava-run >/dev/null; then
	skip "runs by lava-run" "the package lava-dispatcher is not installed (Debian 13 has none)"
	done_testing
fi
if [ "$(id -u)" -ne 0 ]; then
	skip "runs by lava-run" "lava-run must run as root"
	done_testing
fi
R=$SCRATCH/r
mkdir "$SCRATCH/state"

# A serial line that says what a board said, from when the board got its power.
cat >"$SCRATCH/line" <<-END
	#!/bin/sh
	stty raw -echo
	n=0
	while [ ! -e "$SCRATCH/state/\$1" ] && [ \$n -lt 1500 ]; do sleep 0.02; n=\$((n + 1)); done
	cat "\$2"
	exec sleep 60
END
cat >"$SCRATCH/switch" <<-END
	#!/bin/sh
	echo "\$2" >>"$SCRATCH/state/\$1.log"
	[ "\$2" = off ] && exec rm -f "$SCRATCH/state/\$1"
	[ "\$1" != broken ] || { echo "fuse blown"; exit 1; }
	touch "$SCRATCH/state/\$1"
END
chmod +x "$SCRATCH/line" "$SCRATCH/switch"
# The site's own job: a monitor for results, and an end by itself.
cat >"$SCRATCH/own.yaml" <<-'END'
	job_name: "{board} {id}"
	visibility: public
	priority: medium
	timeouts: {job: {minutes: 2}, action: {seconds: 60}, connection: {seconds: 40}}
	actions:
	- boot: {method: minimal}
	- test:
	    monitors:
	    - {name: lab, start: "#mm hello", end: "#mm end", pattern: '#mm test id=(?P<test_case_id>\S+) [^\n]*r=(?P<result>pass|fail|xfail|skip)', fixupdict: {xfail: fail}}
END
cat >"$SCRATCH/hang.yaml" <<-'END'
	job_name: hang
	timeouts: {job: {seconds: 30}, action: {seconds: 20}, connection: {seconds: 2}}
	visibility: public
	priority: medium
	actions:
	- boot: {method: minimal}
	- test:
	    timeout: {seconds: 2}
	    monitors: [{name: lab, start: "#mm hello", end: "never said", pattern: never}]
END
CPU="max,pauth-impdef=on,midr=0x410fd823"
DETERMINISTIC="-icount, \"shift=0,sleep=off\", -seed, \"1\", -rtc, \"base=2026-06-03T00:00:00,clock=vm\""
by_line() { # NAME RECORDING MORE: a board whose serial line LAVA has
	echo "  $1: {type: by-line, power: {on: [\"$SCRATCH/switch\", $1, \"on\"], off: [\"$SCRATCH/switch\", $1, \"off\"]}," \
		"boot: {connect: [\"$SCRATCH/line\", $1, \"$2\"]${3:-}}}"
}
boards() {
	cat <<-END
	types:
	  native:
	    cpu: &cpu {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: "$CPU", memory: 512M, cpus: 1, icount: true}
	    boot: {driver: direct}
	  emulated:
	    cpu: {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
	    console: {driver: lava}
	    power: {driver: lava}
	    boot:
	      driver: lava
	      method: qemu
	      emulator: [qemu-system-aarch64, -M, virt, -cpu, "$CPU", -m, 512M, -smp, "1", -nodefaults, -display, none, -serial, stdio,
	        -no-reboot, $DETERMINISTIC]
	  by-line:
	    cpu: {name: "Cortex-X4 r0p3", midr: 0x410fd823, bbm: 2, bbml2: true}
	    console: {driver: lava}
	    power: {driver: exec, settle: 0.1s, confirm: 1s, tries: 1}
	    boot: {driver: lava}
	boards:
	  n1: {type: native}
	  e1: {type: emulated}
	END
	: >"$SCRATCH/silent"
	head -c 2000 "$SCRATCH/recording" >"$SCRATCH/cut"
	by_line line "$SCRATCH/recording"
	by_line own "$SCRATCH/recording" ", job: \"$SCRATCH/own.yaml\""
	by_line hang "$SCRATCH/cut" ", job: \"$SCRATCH/hang.yaml\""
	by_line broken "$SCRATCH/recording"
	by_line mute "$SCRATCH/silent"
	echo "  gone: {type: by-line, power: {on: [\"true\"], off: [\"true\"]}, boot: {connect: [/no/such/program]}}"
	echo "pools: {first: {boards: [n1]}, lines: {boards: [e1, line, own, hang, broken, gone]}, mute: {boards: [mute]}, line: {boards: [line]}}"
}
job() { # POOL
	cat >"$SCRATCH/$1.job.yaml" <<-END
	name: $1
	payload: {firmware: $PWD/$BUILD/firmware/mm.img}
	pools: [$1]
	deadline: 60s
	variants:
	  - {name: v, arguments: "order=premap tests=S11,S12,S13"}
	END
}
run() { "$MMFARM" run "$SCRATCH/$1.job.yaml" -j 8 --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/$1.out" 2>&1; }
dir() { echo "$R"/runs/*~"$1"~v~1; }
for pool in first lines mute line; do job $pool; done
: >"$SCRATCH/recording"
boards >"$SCRATCH/boards.yaml"

# ---- LAVA starts the emulator -------------------------------------------------------------------
run first
cp "$(dir n1)/console.raw" "$SCRATCH/recording"
boards >"$SCRATCH/boards.yaml"
run lines
said() { tr -d '\r' <"$(dir "$1")/console.raw"; }
# What the emulator itself complains of is said behind it, on the terminal that LAVA gives it.
same_console() { cmp <(said n1) <(said "$1" | head -n "$(said n1 | wc -l)"); }
# Places in the console differ by its carriage returns.
same_results() {
	local what
	for what in '.verdict, .reason' '[.findings[] | del(.byte_first, .byte_end, .offset, .bytes, .excerpt)] | map({class, sub, func, file, title, sig1, sig2, line})' \
		'.tests' '.metrics' '.cpus'; do
		diff <(jq -S "$what" "$(dir n1)/run.json") <(jq -S "$what" "$(dir "$1")/run.json") || return 1
	done
	[ "$(jq '.tests | length' "$(dir "$1")/run.json")" -gt 50 ] && [ "$(jq '.findings | length' "$(dir "$1")/run.json")" -eq 2 ]
}
check "an emulator that LAVA starts says what a native one says" same_console e1
check "and gives the same findings, tests and numbers" same_results e1

# ---- LAVA has the serial line -------------------------------------------------------------------
check "a serial line that LAVA holds gives the same" same_results line
order() { [ "$(tr '\n' ' ' <"$SCRATCH/state/line.log")" = "off on off " ] || { cat "$SCRATCH/state/line.log"; return 1; }; }
check "its power is switched by our driver, on when LAVA asks for it" order
own_tests() {
	jq -e '[.tests[] | select(.path == "lab.sec_data_alias")] | length == 1 and .[0].status == "FAIL"' "$(dir own)/run.json" &&
		[ "$(jq '[.tests[].path | select(startswith("lab."))] | length' "$(dir own)/run.json")" -eq \
			"$(said own | grep -cE '^#mm test .*r=(pass|fail|xfail|skip)')" ]
}
check "results of the site's own job are tests" own_tests
reason() { # NAME VERDICT TEXT
	jq_is "$(dir "$1")/run.json" .verdict "$2" && jq -r .reason "$(dir "$1")/run.json" | grep -qF -- "$3" ||
		{ jq -r .verdict,.reason "$(dir "$1")/run.json"; tail -n 5 "$(dir "$1")/lava.yaml"; return 1; }
}
check "LAVA that waited in vain: the payload hangs" reason hang FAIL "hang"
check "a switch that fails is the lab's" reason broken MISS "fuse blown"
check "a console program that is missing is the lab's" reason gone MISS "lava-run: "

# ---- cancelled, killed --------------------------------------------------------------------------
"$MMFARM" run "$SCRATCH/mute.job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/mute.out" 2>&1 &
pid=$!
for _ in $(seq 300); do
	grep -qs "Waiting for start" "$R"/runs/*~mute~v~1/lava.yaml && break
	sleep 0.1
done
kill -TERM $pid
wait $pid
check "a run that is cancelled" reason mute MISS "interrupted"
check "LAVA is told, and cleans up" says '"error_type": "Canceled"' "$(dir mute)/lava.yaml"
off() { [ ! -e "$SCRATCH/state/mute" ] && [ "$(tail -n 1 "$SCRATCH/state/mute.log")" = off ]; }
check "its board is off" off
nothing_left() {
	local left
	left=$(pgrep -af "lava-run.*mmfarm-(line|own|hang|mute|e1|gone|broken)-" | grep -F "$SCRATCH"; ls -d /var/lib/lava/dispatcher/tmp/mmfarm-{line,own,hang,mute,e1,gone,broken}-* 2>/dev/null)
	[ -z "$left" ] || { echo "$left"; return 1; }
}
check "nothing of LAVA's is left" nothing_left

# ---- who may not --------------------------------------------------------------------------------
as_nobody() {
	chmod 755 "$SCRATCH" && mkdir "$SCRATCH/nobody" && chmod 777 "$SCRATCH/nobody" "$SCRATCH/state" &&
		chmod a+rw "$SCRATCH"/state/* 2>/dev/null
	HOME=$SCRATCH/nobody MMFARM_LOCK_DIR=$SCRATCH/nobody/locks setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$MMFARM" run "$SCRATCH/line.job.yaml" --boards "$SCRATCH/boards.yaml" --results "$SCRATCH/nobody/r" >"$SCRATCH/nobody/out" 2>&1
	jq_is "$(echo "$SCRATCH"/nobody/r/runs/*/run.json)" .verdict SKIP &&
		jq -r .reason "$SCRATCH"/nobody/r/runs/*/run.json | grep -qF "sudo" || { cat "$SCRATCH/nobody/out"; return 1; }
}
if setpriv --reuid 65534 --regid 65534 --clear-groups test -r "$PWD/$BUILD/firmware/mm.img" -a -x "$MMFARM"; then
	check "who is not root hears how to be allowed" as_nobody
else
	skip "who is not root hears how to be allowed" "others cannot read the tree"
fi
done_testing
