#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm board NAME console` as people use it: on a terminal (a pseudo-terminal here), alone and
# beside others.
. "$(dirname "$0")/../support/tap.sh"

cat >"$SCRATCH/talk" <<-'END'
#!/bin/bash
# A board that counts from its power-on, slowly enough to be watched, and says when it is up.
for ((i = 0, n = 0; i < 600; i++)); do
	read -rt 0.05 <> <(:)
	[ ! -e "${0%/*}/off" ] || { n=0; continue; }
	[ $((n++)) -ne 0 ] || printf '[    0.000000] Linux version 7.3.0-test (t@t) #1\r\n'
	printf 'tick %d\r\n' $n
	[ $n -ne 40 ] || printf 'board login: '
done
END
chmod +x "$SCRATCH/talk"
cat >"$SCRATCH/boards.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    power: {driver: exec, on: [rm, -f, $SCRATCH/off], off: [touch, $SCRATCH/off], settle: 0s}
    boot: {driver: exec, prepare: ["true"]}
boards:
  echo: {type: t, console: {driver: exec, command: [cat]}}
  talker: {type: t, console: {driver: exec, command: [$SCRATCH/talk]}}
pools:
  all: {}
END
printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndone: {text: "login:"}\ndeadline: 30s\nvariants: [{name: v}]\n' \
	"$PWD/$BUILD/tests/payloads/off.img" >"$SCRATCH/job.yaml"
property() {
	rm -f "$SCRATCH/off"
	timeout -k 5 100 python3 tests/support/board_console.py "$1" "$MMFARM" "$SCRATCH"
}

check "every key but Ctrl-] goes to the board, and what it says is kept" property keys
check "a resized window disturbs nothing" property window
check "a signal ends it with the terminal restored" property stopped
check "a line that knows no break says so and stays" property line_without_break
check "others may read along, and send nothing" property shared
check "two may read the console of a run" property run_of_a_job
check "a job that starts meanwhile waits for the board" property job_under_a_console
done_testing
