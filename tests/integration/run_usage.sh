#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input: a clear message with its place, exit 2, nothing left behind.
. "$(dirname "$0")/../support/tap.sh"

refuses() { # TEXT COMMAND...: exit 2 and TEXT on stderr
	local text=$1
	shift
	"$@" >"$SCRATCH/out" 2>"$SCRATCH/err"
	local code=$?
	[ $code -eq 2 ] || { echo "exit $code, wanted 2"; cat "$SCRATCH/out" "$SCRATCH/err"; return 1; }
	says "$text" "$SCRATCH/err"
}

B=$SCRATCH/boards
J=$SCRATCH/job.yaml
PAYLOAD=$PWD/$BUILD/tests/payloads/off.img
mkdir "$B" "$SCRATCH/none"
board() { cat >"$B/b.yaml"; }
job() { cat >"$J"; }
good_board() {
	board <<-END
	types:
	  t:
	    cpu: {name: A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a72}
	    boot: {driver: direct}
	boards:
	  b1: {type: t}
	pools:
	  all: {}
	END
}
good_job() {
	job <<-END
	name: j
	payload: {kernel: $PAYLOAD}
	pools: [all]
	variants: [{name: v}]
	END
}
run() { "$MMFARM" run "$J" --boards "$B" --results "$SCRATCH/results" "$@"; }

good_board
good_job
check "no job" refuses "expected one job, got 0" "$MMFARM" run
check "a job that nobody has, with those there are" refuses 'in jobs/ there are ' "$MMFARM" run nonesuch
check "a mistyped job" refuses 'did you mean "nightly"?' "$MMFARM" run nigthly
check "a mistyped option" refuses 'unknown option "--bords"; did you mean --boards?' run --bords x
check "a mistyped command" refuses 'unknown command "rnu", did you mean "run"?' "$MMFARM" rnu
check "a mistyped word" refuses 'unknown word "nosie", did you mean "noise"?' "$MMFARM" timing nosie
check "an option without its value" refuses "--pool needs a value (POOL)" run --pool
check "an empty folder name" refuses "--boards: an empty file name" "$MMFARM" boards --boards ""
check "an unknown option" refuses 'unknown option "--bords"' run --bords x
check "an unknown command" refuses 'unknown command "rum"' "$MMFARM" rum
check "a job file that is not there" refuses "No such file" "$MMFARM" run "$SCRATCH/none.yaml"
check "a pool that the job does not have" refuses "not a pool of this job" run --pool bbml2
check "a board that nobody declares" refuses "no such board" run --board b9
check "-j 0" refuses "expected a whole number from 1 to" run -j 0
check "a signature that is cut" refuses '--signature "12": expected 16 digits' "$MMFARM" results --signature 12
check "a folder without jobs" refuses "no *.yaml file in this folder" "$MMFARM" jobs "$SCRATCH/none"
check "a payload that is not there" refuses "none.img: No such file" run --payload "$SCRATCH/none.img"
check "a payload that is no Image" refuses "not an arm64 Image" run --payload "$J"
check "a payload that is a folder" refuses "payload $B: Is a directory" run --payload "$B"
mkfifo "$SCRATCH/pipe"
check "a payload that is a pipe" refuses "a pipe or device, expected a file" \
	timeout 20 "$MMFARM" run "$J" --boards "$B" --results "$SCRATCH/results" --payload "$SCRATCH/pipe"
head -c 3000 /dev/urandom | xz | head -c 1500 >"$SCRATCH/cut.xz"
check "a packed payload that is cut short" refuses "" run --payload "$SCRATCH/cut.xz"

sed -i 's/cpu: cortex-a72/cpu: cortex-a72, memry: 2G/' "$B/b.yaml"
check "an unknown key of a driver" refuses 'b.yaml:5:43: board b1: unknown key "memry", did you mean "memory"? ' run
good_board
sed -i 's/driver: qmp/driver: qnp/' "$B/b.yaml"
check "an unknown driver" refuses 'b.yaml:5:21: board b1: unknown power driver "qnp", did you mean "qmp"? expected one of: ' run
good_board
sed -i 's/bbml2: false/bbml2: perhaps/' "$B/b.yaml"
check "a wrong type" refuses 'b.yaml:3:47: "perhaps", expected true or false' run
good_board
printf '  b1: {type: t}\n' >>"$B/b.yaml"
sed -i '/^  all/d; s/^pools:/x:/' "$B/b.yaml"
sed -i 's/^x:$//' "$B/b.yaml"
check "a board declared twice" refuses 'key "b1" a second time' run
good_board
sed -i 's/pools: .all./pools: [some]/' "$J"
check "a job with an unknown pool" refuses 'job.yaml:3:8: the job names pool "some", which boards/ does not declare' run
good_job
sed -i 's/payload: .*/payload: {kernel: none.Image}/' "$J"
check "a job whose payload is not there" refuses "job.yaml:2:19: payload $SCRATCH/none.Image: No such file" run
good_job
printf 'a: [\n' >"$B/c.yaml"
check "YAML that is none" refuses 'c.yaml:2:1:' run
rm "$B/c.yaml"

# Boards of a lab: what would only show in the night, or leak, is told when the file is read.
lab_board() { # POWER BOOT
	board <<-END
	types:
	  t: {cpu: {name: A72, midr: 0x410fd083, bbml2: false}, console: {driver: tcp, host: h, port: 1}}
	boards:
	  b1:
	    type: t
	    power: {driver: http, template: tasmota, $1}
	    boot: {driver: $2}
	pools:
	  all: {}
	END
}
boards() { "$MMFARM" boards --boards "$B"; }
lab_board 'url: "http://plug"' 'uboot, tftp-root: /srv/tftp, identity: {ethaddr: "02:00:5e:10:00:01"}'
check "a board on a plug, with U-Boot" boards
lab_board 'url: "http://plug"' 'uboot'
check "TFTP without a server's folder" refuses 'b.yaml:7:11: board b1: transport tftp: expected "tftp-root"' boards
lab_board 'url: "http://plug"' 'direct'
check "an emulator's boot of a real board" refuses "b.yaml:7:11: board b1: direct: the payload is QEMU's -kernel" boards
lab_board 'url: "http://plug"' 'efi'
check "UEFI without a folder" refuses 'b.yaml:7:11: board b1: expected "root"' boards
lab_board 'url: "http://plug"' 'uboot, tftp-root: /srv/tftp, identity: {ethaddr: 02-00-5e}'
check "an address that no U-Boot prints" refuses 'ethaddr: "02-00-5e", expected like 02:00:5e' boards
lab_board 'url: "http://me:sesame@plug"' 'uboot, tftp-root: /srv/tftp'
check "a password in a URL" refuses 'b.yaml:6:51: board b1: url: a user, password or token in a URL' boards
check "is not repeated" bash -c "! grep sesame '$SCRATCH/err'"
lab_board 'url: "http:///cm"' 'uboot, tftp-root: /srv/tftp'
check "a URL without a host" refuses '"http:///cm": it names no host' boards
rm "$B/b.yaml"
check "nothing was run or left behind" [ ! -e "$SCRATCH/results/runs" ]
check "every command explains itself" bash -c '
	for c in $("$0" --help | sed -n "s/^  \([a-z]*\)  .*/\1/p"); do
		"$0" $c --help | grep -q "^usage: mmfarm $c" || { echo "$c"; exit 1; }
	done' "$MMFARM"
check "the version" bash -c '"$0" --version | grep -qE "^mmfarm [0-9]+\.[0-9]+\.[0-9]+$"' "$MMFARM"
# Many more lines than a pipe holds, so that the command does meet the closed end.
reader_leaves() {
	for _ in {1..3000}; do echo "[    1.000000] BUG: sleeping function called from invalid context"; done >"$SCRATCH/many.log"
	"$MMFARM" scan --json --full "$SCRATCH"/many.log 2>"$SCRATCH/err" | head -1 >/dev/null
	[ "${PIPESTATUS[0]}" -eq 1 ] && [ ! -s "$SCRATCH/err" ] || { cat "$SCRATCH/err"; return 1; }
}
check "a reader that has seen enough is no fault" reader_leaves
check "output that cannot be written is not success" bash -c '
	"$0" --help >/dev/full 2>/dev/null; [ $? -eq 3 ]' "$MMFARM"
done_testing
