#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a run's end proves: only what the payload itself said, in the boot that was asked for. Real QEMU
# boards where they can show it, boards played by files for the rest (tests/support). Every run is
# judged again from its directory, and must give the same.
# Long: it waits for many boards.
. "$(dirname "$0")/../support/tap.sh"
PLAY=$PWD/tests/support/spoken_console.py
TALK=$PWD/$BUILD/tests/payloads/talk.img
HANG=$PWD/$BUILD/tests/payloads/hang.img
R=$SCRATCH/results
# The payload of the played boards holds this name.
NAME="Linux version 7.3.0-test (t@t) #1"
KERNEL="[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.000000] $NAME"
INIT="[    1.000000] Run /init as init process"
SPLAT="[    1.100000] ------------[ cut here ]------------
[    1.100001] WARNING: CPU: 0 PID: 1 at mm/split.c:42 split_guard+0x15c/0x170
[    1.100002] CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 7.3.0-test #1
[    1.100003] Call trace:
[    1.100004]  split_guard+0x15c/0x170
[    1.100005] ---[ end trace 0000000000000000 ]---"

lines() { sed 's/$/\r/'; }
# played NAME JOB-LINES [BOOT] [CONSOLE] [THEN]: a board and a job; what the board says comes on stdin,
# in parts that begin with "=== before", "=== on", "=== after-start"
played() {
	local dir=$SCRATCH/$1 part=/dev/null line
	mkdir -p "$dir"
	while IFS= read -r line; do
		case $line in
		"=== "*) part=$dir/${line#=== }; : >"$part" ;;
		*) printf '%s\r\n' "$line" >>"$part" ;;
		esac
	done
	# A prompt has no line end.
	for part in before on after-start; do
		[ ! -e "$dir/$part" ] || perl -0pi -e 's/<prompt>\r\n\z//' "$dir/$part"
	done
	cat >"$SCRATCH/$1.boards" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: ${4:-"{driver: exec, command: [python3, $PLAY, pipe, $dir${5:+, then, \"$5\"}]}"}
	    power: {driver: exec, on: [python3, $PLAY, turn, $dir, "on"], off: [python3, $PLAY, turn, $dir, "off"], settle: 0s}
	    boot: ${3:-"{driver: exec, prepare: [\"true\"]}"}
	boards: {$1: {type: t}}
	pools: {all: {}}
	END
	printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndeadline: 30s\nsilence: 1500ms\n%s\n' "$TALK" "$2" >"$SCRATCH/$1.job"
	grep -q '^variants' "$SCRATCH/$1.job" || echo 'variants: [{name: v}]' >>"$SCRATCH/$1.job"
}
run() { # NAME
	rm -rf "$R" "$SCRATCH/$1/begun"
	"$MMFARM" run "$SCRATCH/$1.job" --boards "$SCRATCH/$1.boards" --results "$R" >"$SCRATCH/out" 2>&1
	code=$?
	run_dir=$(echo "$R"/runs/*)
}
same_again() {
	"$MMFARM" rescan --results "$R" >/dev/null
	local what='{verdict, reason, error, outcome, boots, splats, "end": .end}'
	jq -S "$what" "$run_dir/run.json" >"$SCRATCH/first" && jq -S "$what" "$run_dir"/rescans/*.json >"$SCRATCH/second" &&
		diff "$SCRATCH/first" "$SCRATCH/second"
}
judged() { # VERDICT REASON: of the run that was made
	local reason
	reason=$(jq -r .reason "$run_dir/run.json")
	jq_is "$run_dir/run.json" .verdict "$1" && grep -qF -- "$2" <<<"$reason" && same_again && return
	echo "$(jq -r .verdict "$run_dir/run.json"): $reason"
	cat "$SCRATCH/out"
	return 1
}
ends() { # VERDICT REASON NAME
	run "$3"
	judged "$1" "$2"
}
LOGIN='done: {text: "login: "}'

# ---- who says it --------------------------------------------------------------------------------
played good "$LOGIN" <<END
=== on
$KERNEL
$INIT
board login: <prompt>
END
check "a kernel that reaches its prompt passes" ends PASS "" good

played packed "$LOGIN" <<END
=== on
$(printf '\037\213\010\001')
$KERNEL
$INIT
board login: <prompt>
END
check "noise that looks like a packed file is judged again as it is" ends PASS "" packed

played server "$LOGIN" <<END
=== on

rack7-ts2 login: <prompt>
END
check "a terminal server's own prompt is no kernel's" ends MISS "the payload had not said anything before it" server
check "no payload was seen" jq_is "$run_dir/run.json" .boots 0

said() { # NAME TEXT: a console that has said this before the board is switched on
	echo "{driver: exec, command: [python3, $PLAY, pipe, $SCRATCH/$1], ready: \"$2\"}"
}
played early "$LOGIN" "" "$(said early "login: root")" <<END
=== before
$KERNEL
$INIT
board login: root
=== on
U-Boot 2024.01
=> <prompt>
END
check "what the console held from before power-on proves nothing" ends MISS "stopped in its own boot loader" early

played early-panic 'done: {panic: "VFS: Unable to mount root fs"}' "" "$(said early-panic "end Kernel panic")" <<END
=== before
$KERNEL
[    1.000000] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)
[    1.000001] ---[ end Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0) ]---
=== on
U-Boot 2024.01
=> <prompt>
END
check "nor does a panic" ends MISS "stopped in its own boot loader" early-panic

played loader "$LOGIN" <<END
=== on
U-Boot 2024.01
switch login: cached
Starting kernel ...

$KERNEL
[    1.000000] Freeing unused kernel memory: 1024K
END
check "the boot loader's words are not the payload's" ends FAIL "without \"login: \"" loader
check "the reason names the line" judged FAIL "\"login: \" at line 2 does not count"

played echo 'done: {text: "all tests done"}
variants: [{name: v, arguments: "console=ttyAMA0 -- sh -c \"run && echo all tests done\""}]' <<END
=== on
$KERNEL
[    0.000000] Kernel command line: console=ttyAMA0 -- sh -c "run && echo all tests done"
$INIT
[    1.000001]   with arguments:
[    1.000002]     run && echo all tests done"
+ echo all tests done
END
check "the command line, said back, is no result" ends FAIL "said back" echo
cp -r "$SCRATCH/echo" "$SCRATCH/echoed"
printf 'all tests done\r\n' >>"$SCRATCH/echoed/on"
sed "s#$SCRATCH/echo\b#$SCRATCH/echoed#g; s/{echo:/{echoed:/" "$SCRATCH/echo.boards" >"$SCRATCH/echoed.boards"
cp "$SCRATCH/echo.job" "$SCRATCH/echoed.job"
check "the same words of the program itself are" ends PASS "" echoed

played reset "$LOGIN" <<END
=== on
$KERNEL
$INIT
board login: 
U-Boot SPL 2024.01
U-Boot 2024.01
Starting kernel ...

$KERNEL
[    0.200000] smp: Bringing up secondary CPUs ...
END
check "a boot that ended in a reset proves nothing for the next" ends FAIL "reset" reset

played prompt 'done: {text: "=> ", from: handover}' <<END
=== on
U-Boot 2024.01
=> <prompt>
END
check "a job may wait for a boot loader's prompt, if it says so" ends PASS "" prompt

played idle 'done: {power_off: true}' <<END
=== on
$KERNEL
$INIT
board login: <prompt>
END
check "a prompt is not the power-off that the job waits for" ends FAIL "did not switch itself off" idle

# A real U-Boot, which echoes what it is told.
UBOOT=/usr/lib/u-boot/qemu_arm64/u-boot.bin
uboot() { # NAME TEXT
	cat >"$SCRATCH/$1.boards" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a72, memory: 512M, firmware: $UBOOT, tftp: true, reboots: true}
	    boot: {driver: uboot, transport: tftp, store: ram}
	boards: {$1: {type: t}}
	pools: {all: {}}
	END
	printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndeadline: 60s\nsilence: 3s\ndone: {text: "%s"}\nvariants: [{name: v, arguments: "console=ttyAMA0 marker=all-done"}]\n' \
		"$HANG" "$2" >"$SCRATCH/$1.job"
}
if [ -e $UBOOT ]; then
	uboot setenv all-done
	check "what U-Boot echoes of our own commands is no result" ends FAIL "without \"all-done\"" setenv
	check "it did echo them" says "setenv mmfarm0 'console=ttyAMA0 marker=all-done'" "$run_dir/console.raw"
	uboot loaded "Bytes transferred"
	check "nor is what it says itself" ends FAIL "without \"Bytes transferred\"" loaded
	uboot banner "7.3.0-test"
	check "the payload's words behind it are" ends PASS "" banner
	check "by the name that its file holds" jq_is "$run_dir/run.json" '.payload.banners[0]' "$NAME"
else
	for name in echo itself payload name; do skip "U-Boot's words: $name" "$UBOOT is not installed"; done
fi

# ---- what it is that runs -----------------------------------------------------------------------
OLD="[    0.000000] Booting Linux on physical CPU 0x0000000000 [0x410fd083]
[    0.000000] Linux version 6.1.0-old (d@d) #7 SMP Debian"
played old "$LOGIN" <<END
=== on
EFI stub: Booting Linux Kernel...
EFI stub: Exiting boot services...
$OLD
$INIT
$SPLAT
board login: <prompt>
END
check "another kernel than the payload is told by its name" ends MISS \
	"board runs \"Linux version 6.1.0-old #7 SMP Debian\", not the payload \"Linux version 7.3.0-test #1\"" old

played later "$LOGIN" <<END
=== on
$KERNEL
[    2.000000] reboot: Restarting system
U-Boot SPL 2024.01
Starting kernel ...

$OLD
$INIT
board login: <prompt>
END
check "in a later boot as well" ends MISS "board runs \"Linux version 6.1.0-old" later

TOOL="python3, $PLAY, tool"
played flash "$LOGIN" "{driver: exec, start: [$TOOL, $SCRATCH/flash, \"FAILED (remote: partition not found)\"]}" <<END
=== on
$OLD
$INIT
board login: 
=== after-start
$OLD
board login: <prompt>
END
check "a tool that failed with status 0 starts the old system" ends MISS "board runs \"Linux version 6.1.0-old" flash
check "and the reason quotes the tool" judged MISS "start: FAILED (remote: partition not found)"

played stays "$LOGIN" "{driver: exec, start: [$TOOL, $SCRATCH/stays, \"FAILED (remote: partition not found)\"]}" <<END
=== on
$OLD
$INIT
=== after-start
board login: <prompt>
END
check "or leaves it where it was" ends MISS "before the hand-over it ran \"Linux version 6.1.0-old" stays
check "what it says then is not the payload's" judged MISS "the payload had not said anything before it"

played mended "$LOGIN" "{driver: exec, start: [$TOOL, $SCRATCH/mended, \"read failed, trying again... OKAY\"]}" <<END
=== on
$OLD
$SPLAT
=== after-start
$KERNEL
$INIT
board login: <prompt>
END
check "a board that proves its payload passes, whatever it ran before" ends PASS "" mended

perl -pe 's/Linux version/Lynux version/' "$TALK" >"$SCRATCH/nameless.img"
played nameless "done: {text: ready, from: handover}" "{driver: exec, start: [$TOOL, $SCRATCH/nameless, \"ERROR: write failed\"]}" <<END
=== on

=== after-start
ready
END
sed -i "s#$TALK#$SCRATCH/nameless.img#" "$SCRATCH/nameless.job"
check "where nothing proves the payload, the tool's words count" ends MISS "ERROR: write failed" nameless

# QEMU's own -kernel is another image than the payload.
sed 's/7[.]3[.]0-test/7.2.9-test/' "$TALK" >"$SCRATCH/other.img"
cat >"$SCRATCH/other.boards" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 256M, arguments: ["-kernel", "$SCRATCH/other.img"]}
    boot: {driver: exec, prepare: ["true"]}
boards: {other: {type: t}}
pools: {all: {}}
END
printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndeadline: 20s\ndone: {text: "quick brown"}\nvariants: [{name: v}]\n' \
	"$TALK" >"$SCRATCH/other.job"
check "a real board that boots another image" ends MISS "board runs \"Linux version 7.2.9-test" other
sed -i "s#$SCRATCH/other.img#$TALK#" "$SCRATCH/other.boards"
check "and the same board with the payload itself" ends PASS "" other

# Two builds of one Linux release, which differ in their number and date alone.
siblings() {
	local kind
	for kind in premap textro; do
		xz -dc "$SHARED/payloads/linux-7.3-rc7-tiny-$kind.Image.xz" >"$SCRATCH/$kind.Image" || return 1
	done
	sed "s#$TALK#$SCRATCH/premap.Image#; s/256M/1G/" "$SCRATCH/other.boards" >"$SCRATCH/sibling.boards"
	sed "s#$TALK#$SHARED/payloads/linux-7.3-rc7-tiny-textro.Image.xz#; s/deadline: 20s/deadline: 90s/; s/done: .*/done: {panic: Unable to mount root fs}/
		s/{name: v}/{name: v, arguments: \"console=ttyAMA0\"}/" "$SCRATCH/other.job" >"$SCRATCH/sibling.job"
	sed -i 's#, "-kernel", "[^"]*premap.Image"#&#; s#\(arguments: \[.*premap.Image"\)#\1, "-append", "console=ttyAMA0 earlycon panic=-1"#' "$SCRATCH/sibling.boards"
	ends MISS "board runs \"Linux version 7.3.0-rc7 #2 SMP" sibling || return 1
	sed -i "s#premap.Image#textro.Image#" "$SCRATCH/sibling.boards"
	ends PASS "" sibling
}
if [ -e "$SHARED/payloads" ]; then
	check "another build of the same Linux release" siblings
else
	skip "another build of the same Linux release" "no kernel images in $SHARED/payloads"
fi

# ---- how it ended -------------------------------------------------------------------------------
qemu() { # NAME IMAGE JOB-LINES
	cat >"$SCRATCH/$1.boards" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
	    boot: {driver: direct}
	boards: {$1: {type: t}}
	pools: {all: {}}
	END
	printf 'name: one\npayload: {kernel: %s}\npools: [all]\nvariants: [{name: v}]\n%s\n' "$2" "$3" >"$SCRATCH/$1.job"
}
qemu silence "$HANG" "$LOGIN
silence: 2s
deadline: 60s"
check "a silent board hangs: FAIL, with what it said last" ends FAIL "silent for 2" silence
check "the reason quotes its last line" judged FAIL "last line «[    0.000000] Linux version 7.3.0-test (t@t) #1»"
check "and the end is called silence" jq_is "$run_dir/run.json" .end.console silence
qemu deadline "$TALK" "$LOGIN
deadline: 2s"
check "one that still talks had too little time: ERROR" ends ERROR \
	"deadline of 2 s reached, board still talking, last line «[    1.000000] the quick brown fox" deadline
check "and the end is called deadline" jq_is "$run_dir/run.json" .end.console deadline
old_word() { # of before the two had two words
	jq 'del(.end.after, .end.silent, .end.last_line) | .end.console = "deadline" | .duration = 3 | .deadline = 60' \
		"$run_dir/run.json" >"$SCRATCH/old.json" && cp "$SCRATCH/old.json" "$run_dir/run.json"
	"$MMFARM" rescan --results "$R" >"$SCRATCH/out"
	jq_is "$run_dir"/rescans/*.json .verdict FAIL && jq_is "$run_dir"/rescans/*.json .end.console silence
}
run silence
check "an old run whose end had one word for both is read by its length" old_word

long=$(printf 'ä%.0s' $(seq 300))
played cut "$LOGIN" <<END
=== on
$KERNEL
x$long
END
whole_characters() {
	jq -r .reason "$run_dir/run.json" | iconv -f UTF-8 -t UTF-8 >/dev/null && jq -r .reason "$run_dir/run.json" | grep -q 'ä…»'
}
run cut
check "a long last line is cut between characters" whole_characters
printf '%s\r\n\033[31mred\033]0;title\007 \302\233 \342\200\256evil' "$KERNEL" >"$SCRATCH/cut/on"
harmless() {
	run cut
	! jq -r .reason "$run_dir/run.json" | grep -qP '[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{202e}]' && judged FAIL "red"
}
check "a last line moves no terminal's cursor" harmless

# ---- consoles that die --------------------------------------------------------------------------
words="=== on
$KERNEL
$INIT"
played exits "$LOGIN" "" "" exit:3 <<<"$words"
check "a console program that ends in mid-run is the lab's matter" ends MISS "the console was lost in the middle of the run" exits
check "its code is ConsoleLost" jq_is "$run_dir/run.json" .error.code ConsoleLost
played splat "$LOGIN" "" "" exit:0 <<<"$words
$SPLAT"
check "an unwanted splat before it still counts" ends FAIL "split_guard" splat
played done "$LOGIN" "" "" exit:0 <<<"$words
board login: "
check "a console that goes after the job's end is none" ends PASS "" done
played down 'done: {power_off: true}' "" "" exit:0 <<<"$words
[    9.000000] reboot: Power down"
check "nor one that goes with a power-off that was announced" ends PASS "" down
# The adapter was plugged out and in again.
away() { # NAME JOB-LINES AGAIN
	played "$1" "$2" "" "{driver: exec, command: [python3, $PLAY, pipe, $SCRATCH/$1, then, \"exit:0\"], grace: 5s}" <<<"$words"
	printf '%s' "$3" >"$SCRATCH/$1/again"
}
away gap "$LOGIN" ""
check "what was said while the console was away is no hang" ends MISS "what the board said meanwhile is lost" gap
check "how long that was is on record" jq_is "$run_dir/run.json" '.end.gap > 0' true
away back "$LOGIN" "board login: "
check "a console that comes back in time costs nothing" ends PASS "" back
over_tcp() { # NAME THEN REASON
	played "$1" "$LOGIN" "" "{driver: tcp, host: 127.0.0.1, port: PORT}" <<<"$words"
	python3 "$PLAY" tcp "$SCRATCH/$1" then "$2" &
	for _ in $(seq 200); do [ -s "$SCRATCH/$1/port" ] && break; sleep 0.05; done
	sed -i "s/port: PORT/port: $(cat "$SCRATCH/$1/port"), grace: 0s/" "$SCRATCH/$1.boards"
	ends MISS "$3" "$1" && jq_is "$run_dir/run.json" .error.code ConsoleLost
}
check "a TCP console that ends" over_tcp fin fin "the other side closed it"
check "one that is reset says so" over_tcp rst rst "Connection reset by peer"

# ---- power --------------------------------------------------------------------------------------
stuck_switch() {
	qemu stuck "$TALK" "$LOGIN
deadline: 3s"
	played stuck "$LOGIN" <<<"$words"
	# It obeys when the run begins, and never again.
	sed -i "s#off: \[.*\"off\"\]#off: [bash, -c, \"python3 $PLAY turn $SCRATCH/stuck off; if [ -e $SCRATCH/ran ]; then sleep 600; fi; touch $SCRATCH/ran\"], timeout: 60s#" \
		"$SCRATCH/stuck.boards"
	sed -i 's/deadline: .*/deadline: 3s/; s/silence: .*/silence: 20s/' "$SCRATCH/stuck.job"
	local start=$SECONDS
	run stuck
	[ $((SECONDS - start)) -lt 20 ] || { echo "$((SECONDS - start)) s"; return 1; }
	jq_is "$run_dir/run.json" '.duration < 14' true && judged MISS "the board may still be on: power-off: " &&
		jq_is "$run_dir/run.json" '.end.may_be_on | length > 0' true
}
check "a power switch that hangs does not hold up the verdict, which says what may be" stuck_switch
check "the summary says it" says "may still be on" "$SCRATCH/out"
report() { exits_with 3 "$MMFARM" report --results "$R" >"$SCRATCH/report" && says "may still be on" "$SCRATCH/report"; }
check "the report says it" report
boards() { "$MMFARM" boards --boards "$SCRATCH/stuck.boards" >"$SCRATCH/boards" && says "may still be on" "$SCRATCH/boards"; }
check "the list of boards says it" boards
boards_json() { "$MMFARM" boards --boards "$SCRATCH/stuck.boards" --json | jq -e '.may_be_on | contains("power-off")'; }
check "as JSON, too" boards_json
off() {
	rm "$SCRATCH/ran"
	"$MMFARM" board stuck off --boards "$SCRATCH/stuck.boards" --results "$R" &&
		"$MMFARM" boards --boards "$SCRATCH/stuck.boards" >"$SCRATCH/boards" && ! says "may still be on" "$SCRATCH/boards" >/dev/null
}
check "until somebody switches it off" off
done_testing
