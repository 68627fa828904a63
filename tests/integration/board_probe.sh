#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm boards --probe`: consoles are opened and switches asked, of emulated boards (QEMU), web
# switches, a Redfish controller and a Kasa plug; nothing is switched, nothing is sent to a board, and
# what somebody else holds is left alone.
. "$(dirname "$0")/../support/tap.sh"

coproc LAB { exec python3 tests/support/fake_lab.py; }
read -r CONSOLE WEB <&"${LAB[0]}"
echo '{"plug": true, "1": false, "2": false}' >"$SCRATCH/plug.json"
cp "$SCRATCH/plug.json" "$SCRATCH/plug.before"
{ coproc KASA { exec python3 tests/support/power_peers.py kasa "$SCRATCH/plug.json"; }; } 2>/dev/null
read -r PLUG <&"${KASA[0]}"
# A console that keeps what it is sent.
exec {said}< <(exec python3 -uc '
import socket, sys
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
while True:
    c, _ = s.accept()
    with open(sys.argv[1], "ab") as f:
        f.write(b"opened\n")
        f.flush()
        while b := c.recv(4096):
            f.write(b)
            f.flush()
' "$SCRATCH/received")
EARS=$!
read -r PORT <&"$said"
echo sesame >"$SCRATCH/password"
chmod 600 "$SCRATCH/password"
SWITCH="settle: 0.1s, confirm: 1s, tries: 1, timeout: 5s"
boards() { # FILE, on standard input the boards
	cat - <(cat <<-YAML
	types:
	  real:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: tcp, host: 127.0.0.1, port: $PORT}
	    boot: {driver: exec, prepare: ["true"]}
	  virtual:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
	    boot: {driver: direct}
	pools: {all: {}}
	YAML
	) >"$SCRATCH/$1.yaml"
}
probe() { # CODE FILE WORDS...
	local code=$1 file=$2
	shift 2
	exits_with "$code" "$MMFARM" boards --boards "$SCRATCH/$file.yaml" --probe "$@" >"$SCRATCH/out" 2>&1 ||
		{ cat "$SCRATCH/out"; return 1; }
}
row() { # BOARD WORDS: the table's row
	grep -qE "^$1 +[a-z]+ +$2\$" "$SCRATCH/out" || { cat "$SCRATCH/out"; return 1; }
}
web_log() { python3 -c "import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:$WEB/log').read().decode())"; }

boards lab <<-YAML
boards:
  plug: {type: real, power: {driver: kasa, host: 127.0.0.1, port: $PLUG, $SWITCH}}
  program: {type: real, console: {driver: exec, command: [cat]}, power: {driver: exec, on: [touch, $SCRATCH/switched], off: [touch, $SCRATCH/switched]}}
  server: {type: real, console: {port: $CONSOLE}, power: {driver: redfish, url: "http://127.0.0.1:$WEB", user: admin, password: {file: $SCRATCH/password}, insecure: true, $SWITCH}}
  web: {type: real, console: {port: $CONSOLE}, power: {driver: http, template: shelly, url: "http://127.0.0.1:$WEB", outlet: 0, $SWITCH}}
YAML
# Boards of one lab may not share a console: the two that do stand in files of their own.
grep -v '^  web:' "$SCRATCH/lab.yaml" >"$SCRATCH/one.yaml"
grep -vE '^  (server|plug):' "$SCRATCH/lab.yaml" >"$SCRATCH/other.yaml"
found() {
	probe 0 one && row plug "opens +on" && row program "opens +cannot be asked" && row server "opens +off" &&
		probe 0 other && row web "opens +off"
}
check "each console opens, each switch that can tell tells" found
untouched() {
	web_log >"$SCRATCH/log"
	cmp "$SCRATCH/plug.before" "$SCRATCH/plug.json" && [ ! -e "$SCRATCH/switched" ] &&
		! grep -E "turn=|Reset" "$SCRATCH/log" && says "DELETE /redfish/v1/SessionService/Sessions/1" "$SCRATCH/log"
}
check "nothing was switched, and the session was closed" untouched
check "nothing was sent to the board" test "$(cat "$SCRATCH/received")" = opened

boards virtual <<<"boards: {q1: {type: virtual}, q2: {type: virtual, power: {cpu: cortex-a9999}}}"
emulated() {
	probe 3 virtual && row q1 "opens +emulated" && row q2 "FAILED +emulated" &&
		says "q2: console: QEMU did not start: " "$SCRATCH/out" || return 1
	! pgrep -f "qemu-system.* -name q[12] " && [ -z "$(compgen -G "${TMPDIR:-/tmp}/mmfarm-probe-*")" ]
}
check "an emulated board is made and ended; one that QEMU cannot make is told" emulated
boards old <<<'boards: {q1: {type: virtual, power: {needs-qemu: 99}}}'
unmet() { probe 0 old && row q1 "skipped +emulated" && says "board q1 needs QEMU 99 or newer" "$SCRATCH/out"; }
check "one that this host is too old for is no failure" unmet

FREE=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
boards broken <<-YAML
boards:
  dead: {type: real, console: {port: $FREE}, power: {driver: exec, on: ["true"], off: ["true"], state: [echo, "it is off"]}}
  mute: {type: real, console: {driver: exec, command: [sh, -c, "echo port in use; exit 3"]}, power: {driver: exec, on: ["true"], off: ["true"], state: [echo, maybe]}}
YAML
broken() {
	probe 3 broken && row dead "FAILED +off" && row mute "FAILED +FAILED" &&
		says "dead: console: console 127.0.0.1:$FREE: connecting: Connection refused" "$SCRATCH/out" &&
		says "exit 3: port in use" "$SCRATCH/out" && says 'mute: power: echo: said "maybe", expected on or off' "$SCRATCH/out" || return 1
	[ "$(awk '{ if (length > 80) n++ } END { print n + 0 }' <(head -n 3 "$SCRATCH/out"))" -eq 0 ]
}
check "what fails is told, each for itself, and is exit code 3" broken
json() {
	probe 3 broken --json && [ "$(jq -r 'select(.board == "dead") | .console + " " + .power' "$SCRATCH/out")" = "failed off" ] &&
		[ "$(jq -rs 'map(.power_trouble // empty) | length' "$SCRATCH/out")" = 1 ]
}
check "as JSON, too" json

held() {
	sleep infinity | "$MMFARM" board plug console --boards "$SCRATCH/one.yaml" --results "$SCRATCH/r" >"$SCRATCH/held.out" 2>&1 &
	local holder=$! tries=0
	until grep -qs plug "$MMFARM_LOCK_DIR"/* || [ $((tries += 1)) -gt 100 ]; do read -rt 0.1 <> <(:); done
	until [ "$(grep -cs opened "$SCRATCH/received")" -eq 2 ] || [ $((tries += 1)) -gt 200 ]; do read -rt 0.1 <> <(:); done
	probe 0 one && row plug "in use +in use" && grep -E "^plug is in use by .*mmfarm board plug console" "$SCRATCH/out"
	local code=$?
	kill "$holder" $(pgrep -P $$ sleep)
	wait "$holder" 2>/dev/null
	[ $code -eq 0 ] && [ "$(grep -cs opened "$SCRATCH/received")" -eq 2 ]
}
check "a board that somebody holds is not disturbed, and is no failure" held
kill "$EARS"
done_testing
