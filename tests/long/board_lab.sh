#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Boards with real consoles and power switches: TCP and RFC 2217 consoles (a real ser2net), every
# HTTP switch, Redfish, commands; switches that time out and that lie; `mmfarm board`; the examples.
. "$(dirname "$0")/../support/tap.sh"

coproc LAB { exec python3 tests/support/fake_lab.py; }
read -r CONSOLE WEB <&"${LAB[0]}"
URL=http://127.0.0.1:$WEB
printf sesame >"$SCRATCH/password"
R=$SCRATCH/results
printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndone: {text: "login:"}\ndeadline: 20s\nvariants: [{name: v}]\n' \
	"$PWD/$BUILD/tests/payloads/off.img" >"$SCRATCH/one.yaml"

board() { # NAME POWER [CONSOLE]
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: ${3:-"{driver: tcp, host: 127.0.0.1, port: $CONSOLE}"}
	    power: {$2}
	    boot: {driver: exec, prepare: ["true"]}
	boards:
	  $1: {type: t}
	pools:
	  all: {}
	YAML
}
mode() { python3 -c "import urllib.request; urllib.request.urlopen('$URL/mode/$1').read()"; }
lab_log() { python3 -c "import urllib.request; print(urllib.request.urlopen('$URL/log').read().decode())"; }
run_is() { # NAME CODE VERDICT [REASON]
	local code reason
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/one.yaml" --boards "$SCRATCH/$1.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	code=$?
	reason=$(jq -r '.verdict + " " + .reason' "$R"/runs/*/run.json)
	[ "$code" -eq "$2" ] && [[ $reason == "$3 "*"${4:-}"* ]] || { echo "exit $code: $reason"; return 1; }
}
switch() { # NAME ACTION...
	"$MMFARM" board "$1" "${@:2}" --boards "$SCRATCH/$1.yaml" --results "$R"
}
lab_says() { lab_log >"$SCRATCH/lab.log"; says "$1" "$SCRATCH/lab.log"; }

# ---- switches -----------------------------------------------------------------------------------
QUICK='tries: 2, confirm: 1s, timeout: 1s, settle: 0.2s'
board tasmota "driver: http, template: tasmota, url: $URL, user: admin, password: {file: $SCRATCH/password}, $QUICK"
board shelly "driver: http, template: shelly, url: $URL, outlet: 0, $QUICK"
board shelly2 "driver: http, template: shelly2, url: $URL, outlet: 0, $QUICK"
board netio "driver: http, template: netio, url: $URL, outlet: 1, $QUICK"
board pdu "driver: http, template: pdudaemon, url: $URL, outlet: 3, host: pdu1, $QUICK"
board digest "driver: http, template: shelly2, url: $URL, outlet: 0, user: admin, password: {file: $SCRATCH/password}, $QUICK"
board redfish "driver: redfish, url: $URL, user: admin, password: {file: $SCRATCH/password}, $QUICK"
board custom "driver: http, url: $URL, on: /rpc/Switch.Set?on=true, off: /rpc/Switch.Set?on=false, state: /rpc/Switch.GetStatus, state-on: '\"output\": true', state-off: '\"output\": false', $QUICK"
board command "driver: exec, on: [python3, -c, \"import urllib.request as r; r.urlopen('$URL/cm?cmnd=Power%20On')\"], off: [python3, -c, \"import urllib.request as r; r.urlopen('$URL/cm?cmnd=Power%20Off')\"], state: [sh, -c, echo off], settle: 0.2s, tries: 1, confirm: 1s"
for name in tasmota shelly shelly2 netio pdu redfish custom; do
	check "a run with power by $name" run_is $name 0 PASS
done
check "no password in any run directory" bash -c "! grep -rq sesame '$R'"
check "Redfish sessions are closed again" lab_says "DELETE /redfish/v1/SessionService/Sessions/1"
check "a command that says off after on is not believed" \
	run_is command 3 MISS 'the power switch says off after "on"'
mode flaky
check "a switch that fails now and then is asked again" run_is netio 0 PASS
mode slow
check "a switch that does not answer" run_is shelly 3 MISS "board shelly: power off"
mode stuck
check "a switch that tells that it stays on" run_is shelly2 3 MISS 'says on after "off"'
mode lying
check "a switch that says off while the board goes on talking" \
	run_is shelly 3 MISS "the power switch says off, but the board still talks"
mode late
check "a switch that tells the truth while the board's last words are on their way" run_is shelly 0 PASS
mode honest
board page "driver: http, url: $URL, on: /switch.cgi?on, off: /switch.cgi?off, accept: done, $QUICK"
check "a switch that is believed by its answer" run_is page 0 PASS
mode blocked
check "a page that says blocked with status 200" run_is page 3 MISS 'it answers "<b>blocked by schedule</b>", expected "done"'
mode overpower
check "a Shelly that switches itself off tells why" run_is shelly2 3 MISS 'says off after "on": overpower'
board tool "driver: exec, on: [sh, -c, \"echo plug 1; echo 'ERROR: outlet 1 is locked' >&2; echo bye; exit 2\"], off: [\"true\"], settle: 0s, tries: 1"
check "a command's telling line is the reason" run_is tool 3 MISS "sh: exit 2: ERROR: outlet 1 is locked"
check "and all that it said is kept" says "bye" "$(echo "$R"/runs/*/commands.log)"
mode honest
mode digest
check "a Shelly of the second generation with a password (digest)" run_is digest 0 PASS
check "and without" run_is shelly2 3 MISS "HTTP status 401"
mode starting
starting() { # "off" must reach a system that is not on yet
	switch redfish off && lab_log | tail -n 4 | grep -F '{"ResetType":"ForceOff"}'
}
check "Redfish: off is said to a system that is on its way up" starting
mode forgetful
check "Redfish: a controller that forgot the session is logged in to anew" switch redfish on
check "Redfish: and off" switch redfish off
board patient "driver: redfish, url: $URL, user: admin, password: {file: $SCRATCH/password}, tries: 2, confirm: 8s, timeout: 2s, settle: 0.2s"
patiently() { # MODE ACTION
	mode honest && switch patient off && { [ "$2" = on ] || switch patient on; } && mode "$1" &&
		switch patient "$2" && mode honest && [ "$(is_on)" = "$2" ]
}
is_on() { python3 -c "import json, urllib.request as r; print('on' if json.load(r.urlopen('$URL/relay/0'))['ison'] else 'off')"; }
for mode in null unavailable moved already sessionless; do
	check "Redfish: on, the controller being $mode" patiently $mode on
	check "Redfish: off, the controller being $mode" patiently $mode off
done
mode elsewhere
check "Redfish: another server is not asked" run_is patient 3 MISS "which is not the server of the board's file"
check "nor sees a request" [ "$(python3 -c "import urllib.request as r; print(r.urlopen('$URL/visitors').read().decode())")" = 0 ]
mode broken
check "Redfish: what is wrong is told in its own words" run_is redfish 3 MISS \
	"HTTP status 500: The power supply is on fire."
check "and that the last off failed" run_is redfish 3 MISS "the board may still be on"
mode honest
left_on() {
	switch shelly on && run_is shelly 0 PASS &&
		[ "$(lab_log | grep -o 'turn=[a-z]*' | tail -n 3 | tr '\n' ' ')" = "turn=off turn=on turn=off " ]
}
check "a board that was left on is switched off before its run" left_on
board wrong "driver: redfish, url: $URL, user: nobody, password: {file: $SCRATCH/password}, $QUICK"
check "a refused password" run_is wrong 3 MISS "HTTP status 401"
board tls "driver: redfish, url: https://127.0.0.1:$WEB, user: admin, password: {file: $SCRATCH/password}, $QUICK"
check "what is no TLS is refused" run_is tls 3 MISS "https://127.0.0.1"

# ---- mmfarm board -------------------------------------------------------------------------------
check "board on" switch tasmota on
check "board off" switch tasmota off
check "board reset is off and on" switch pdu reset
dry() { switch tasmota reset --dry-run >"$SCRATCH/dry" && says "Power%20Off" "$SCRATCH/dry" &&
	! grep -q sesame "$SCRATCH/dry"; }
check "a dry run tells the requests, not the password" dry
check "an unknown action is a usage error" exits_with 2 switch tasmota explode
check "a board without storage cannot be flashed" exits_with 2 switch tasmota identify
in_use() {
	"$MMFARM" run "$SCRATCH/one.yaml" --boards "$SCRATCH/shelly.yaml" --results "$R-use" &
	local pid=$! tries=0
	until [ -s "$(echo "$R-use"/runs/*/console.raw)" ] || [ $((tries += 1)) -gt 100 ]; do
		read -rt 0.05 <> <(:)
	done
	switch shelly console >"$SCRATCH/followed" 2>&1 </dev/null
	wait $pid
	says "Linux version" "$SCRATCH/followed"
}
check "the console of a run can be watched" in_use

# ---- a command as console -----------------------------------------------------------------------
NC='import socket, sys, os, threading; s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); print("conn", end="", flush=True); os.write(1, b"ected\\n"); threading.Thread(target=lambda: [s.sendall(b) for b in iter(lambda: os.read(0, 99), b"")], daemon=True).start(); [os.write(1, b) for b in iter(lambda: s.recv(999), b"")]'
printf '%s\n' "$NC" >"$SCRATCH/nc.py"
command_console() { # NAME READY
	board "$1" "driver: http, template: shelly, url: $URL, outlet: 0, $QUICK" \
		"{driver: exec, command: [python3, $SCRATCH/nc.py, \"$CONSOLE\"], ready: $2}"
}
command_console ready connected
check "a console that tells when it is connected" run_is ready 0 PASS
command_console never "never said"
sed -i "s#python3, $SCRATCH/nc.py, .$CONSOLE.#echo, connecting#" "$SCRATCH/never.yaml"
check "one that ends before it has told" run_is never 3 MISS 'echo: it ended before it said "never said"'
check "whose board was not switched on" bash -c "! grep -q power-on '$R'/runs/*/events.jsonl"

# ---- RFC 2217 -----------------------------------------------------------------------------------
if ! command -v ser2net >/dev/null; then
	skip "a console behind ser2net" "ser2net is not installed"
else
	PORT=$((20000 + RANDOM % 20000))
	# The serial port is a pseudo-terminal whose other end is the lab's console.
	python3 - "$CONSOLE" "$SCRATCH/tty" <<-'PY' &
	import os, pty, select, socket, sys, tty
	master, slave = pty.openpty()
	tty.setraw(slave)
	os.symlink(os.ttyname(slave), sys.argv[2])
	board = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	while True:
	    ready, _, _ = select.select([board, master], [], [])
	    if board in ready:
	        os.write(master, board.recv(4096))
	    if master in ready:
	        board.send(os.read(master, 4096))
	PY
	BRIDGE=$!
	until [ -e "$SCRATCH/tty" ]; do read -rt 0.05 <> <(:); done
	cat >"$SCRATCH/ser2net.yaml" <<-YAML
	%YAML 1.1
	---
	connection: &board
	    accepter: telnet(rfc2217),tcp,127.0.0.1,$PORT
	    connector: serialdev,$(readlink "$SCRATCH/tty"),9600n81,local
	    options: {kickolduser: true}
	YAML
	ser2net -n -c "$SCRATCH/ser2net.yaml" -P "$SCRATCH/ser2net.pid" >"$SCRATCH/ser2net.log" 2>&1 &
	SER2NET=$!
	until python3 -c "import socket; socket.create_connection(('127.0.0.1', $PORT))" 2>/dev/null; do
		kill -0 $SER2NET || break
		read -rt 0.1 <> <(:)
	done
	board rfc2217 "driver: http, template: shelly, url: $URL, outlet: 0, $QUICK" \
		"{driver: rfc2217, host: 127.0.0.1, port: $PORT, baud: 115200}"
	check "a console behind ser2net, its baud rate set" run_is rfc2217 0 PASS
	clean() { ! LC_ALL=C grep -aq $'\xff' "$R"/runs/*/console.raw; }
	check "and no byte of the protocol in console.raw" clean
	board lines "driver: http, template: shelly, url: $URL, outlet: 0, $QUICK" \
		"{driver: rfc2217, host: 127.0.0.1, port: $PORT, baud: 115200, dtr: on, rts: off}"
	a_break() { # Ctrl-^, with DTR and RTS set before it
		printf '\036' | "$MMFARM" board lines console --boards "$SCRATCH/lines.yaml" --log "$SCRATCH/a-break" \
			>"$SCRATCH/a-break.out" 2>&1 || { cat "$SCRATCH/a-break.out"; return 1; }
		! grep "break" "$SCRATCH/a-break.out" && ! LC_ALL=C grep -aq $'\xff' "$SCRATCH/a-break/console.raw"
	}
	check "ser2net takes a break, DTR and RTS, and stays" a_break
	board raw "driver: http, template: shelly, url: $URL, outlet: 0, $QUICK" \
		"{driver: rfc2217, host: 127.0.0.1, port: $CONSOLE}"
	check "a raw port is told from an RFC 2217 one" run_is raw 3 MISS "no RFC 2217 server"
	kill $SER2NET $BRIDGE
	wait $SER2NET $BRIDGE 2>/dev/null
fi

exec {LAB[1]}>&-
done_testing
