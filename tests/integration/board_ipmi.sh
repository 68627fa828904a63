#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A server with a management controller that speaks IPMI: a real ipmitool as console (serial over
# LAN) and as power switch, a real ipmi_sim (OpenIPMI) as controller, which switches the lab's board.
# Console programs as such: a terminal, their end told in their own words.
. "$(dirname "$0")/../support/tap.sh"

coproc LAB { exec python3 tests/support/fake_lab.py; }
read -r CONSOLE WEB <&"${LAB[0]}"
URL=http://127.0.0.1:$WEB
R=$SCRATCH/results
printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndone: {text: "login:"}\ndeadline: 20s\nvariants: [{name: v}]\n' \
	"$PWD/$BUILD/tests/payloads/off.img" >"$SCRATCH/one.yaml"
board() { # NAME CONSOLE [POWER]
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {$2}
	    power: {${3:-driver: http, template: shelly, url: \"$URL\", outlet: 0, settle: 0.2s, confirm: 2s}}
	    boot: {driver: exec, prepare: ["true"]}
	boards:
	  $1: {type: t}
	pools:
	  all: {}
	YAML
}
run_is() { # NAME CODE VERDICT [REASON]
	local code reason
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/one.yaml" --boards "$SCRATCH/$1.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	code=$?
	reason=$(jq -r '.verdict + " " + .reason' "$R"/runs/*/run.json)
	[ "$code" -eq "$2" ] && [[ $reason == "$3 "*"${4:-}"* ]] || { echo "exit $code: $reason"; cat "$SCRATCH/out"; return 1; }
}
never_on() { ! grep -H turn=on <(python3 -c "import urllib.request; print(urllib.request.urlopen('$URL/log').read().decode())"); }

# ---- console programs ---------------------------------------------------------------------------
board ends "driver: exec, command: [sh, -c, \"echo fine; echo 'tool: no such host bmc-7' >&2; exit 3\"]"
check "a program that ends at once is the cause, by its exit code and last words" run_is ends 3 MISS \
	"sh: exit 3: tool: no such host bmc-7"
check "and the board is not switched on without its console" never_on
board quiet "driver: exec, command: [sh, -c, \"echo connecting; exit 4\"], ready: connected"
check "one that ends before it is ready, too" run_is quiet 3 MISS \
	'it ended before it said "connected": sh: exit 4: connecting'
check "without its board being switched on" never_on
printf '%s\n' 'import os, socket, sys; s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))' \
	'print("connected")  # stays in the buffer of a pipe' \
	'while True: os.write(1, s.recv(999))' >"$SCRATCH/slow.py"
board buffered "driver: exec, command: [python3, $SCRATCH/slow.py, \"$CONSOLE\"], ready: connected"
check "a program that buffers what it says is heard" run_is buffered 0 PASS
cat >"$SCRATCH/dies.py" <<-END
	import json, sys, time, urllib.request
	while not json.load(urllib.request.urlopen("$URL/relay/0"))["ison"]:
	    time.sleep(0.05)
	print("Booting Linux on physical CPU 0x0000000000 [0x410fd083]", flush=True)
	sys.exit("tool: the link to the board is down")
END
board dies "driver: exec, command: [python3, $SCRATCH/dies.py]"
check "one that ends in the middle of a run is the lab's trouble, by its own words" run_is dies 3 MISS \
	"python3: exit 1: tool: the link to the board is down"
board raw "driver: exec, command: [sh, -c, \"stty -a >settings; exec sleep 60\"]"
raw() {
	"$MMFARM" board raw console --power --boards "$SCRATCH/raw.yaml" --log "$SCRATCH/raw" </dev/null
	says " -echo " "$SCRATCH/raw/settings" && says "-icanon" "$SCRATCH/raw/settings" &&
		says "-opost" "$SCRATCH/raw/settings" && says "-isig" "$SCRATCH/raw/settings"
}
check "its terminal alters and echoes nothing" raw
board socket "driver: exec, terminal: false, command: [sh, -c, \"test -t 0 && echo terminal; exit 9\"]"
check "a socket instead of a terminal, for those who want one" run_is socket 3 MISS "sh: exit 9"

# ---- IPMI ---------------------------------------------------------------------------------------
if ! command -v ipmi_sim >/dev/null || ! command -v ipmitool >/dev/null; then
	skip "a server with IPMI" "ipmitool or ipmi_sim (openipmi) is not installed"
	exec {LAB[1]}>&-
	done_testing
fi
IPMI=$(python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$SCRATCH/lan.conf" <<-END
	name "lab"
	set_working_mc 0x20
	  startlan 1
	    addr 127.0.0.1 $IPMI
	    priv_limit admin
	    allowed_auths_admin none md2 md5 straight
	    guid a123456789abcdefa123456789abcdef
	  endlan
	  sol "tcp:127.0.0.1:$CONSOLE" 115200
	  chassis_control "$SCRATCH/chassis"
	  user 2 true "admin" "sesame" admin 10 none md2 md5 straight
END
printf 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n' >"$SCRATCH/lan.emu"
cat >"$SCRATCH/chassis" <<-END
	#!/usr/bin/env python3
	import json, sys, urllib.request
	def get(path): return json.load(urllib.request.urlopen("$URL" + path))
	words = sys.argv[1:] # get power; set power 1
	if words[0] == "get":
	    print("power:%d" % get("/relay/0")["ison"])
	else:
	    get("/relay/0?turn=" + ("on" if words[2] == "1" else "off"))
END
chmod +x "$SCRATCH/chassis"
ipmi_sim -c "$SCRATCH/lan.conf" -f "$SCRATCH/lan.emu" -s "$SCRATCH/state" -n >"$SCRATCH/sim.log" 2>&1 </dev/null &
SIM=$! tries=0
TOOL="ipmitool, -I, lanplus, -H, 127.0.0.1, -p, \\\"$IPMI\\\", -C, \\\"3\\\", -U, admin, -f, $SCRATCH"
TOOL=${TOOL//\\/}
for word in sesame guess; do printf %s $word >"$SCRATCH/$word"; done # passwords, by their names
until ipmitool -I lanplus -H 127.0.0.1 -p "$IPMI" -C 3 -U admin -P sesame -N 1 -R 1 chassis power status >"$SCRATCH/status" 2>&1; do
	kill -0 $SIM && [ $((tries += 1)) -lt 100 ] || { cat "$SCRATCH/status" "$SCRATCH/sim.log"; break; }
	read -rt 0.1 <> <(:)
done
POWER="driver: exec, on: [$TOOL/sesame, chassis, power, on], off: [$TOOL/sesame, chassis, power, \"off\"], state: [$TOOL/sesame, chassis, power, status], settle: 0.2s"
board server "driver: exec, ready: \"SOL Session operational\", command: [$TOOL/sesame, sol, activate]" "$POWER"
check "a run on a server by IPMI alone: serial over LAN, chassis power" run_is server 0 PASS
kept() { says "Chassis Power Control: Down/Off" "$R"/runs/*/commands.log && says "Chassis Power is on" "$R"/runs/*/commands.log; }
check "what the tool said is kept" kept
export BMC_PASSWORD=sesame BMC_GUESS=guess
NAMED="driver: ipmi, host: 127.0.0.1, port: $IPMI, user: admin, cipher: 3, settle: 0.2s, password: {environment: BMC_PASSWORD}"
board named "driver: tcp, host: 127.0.0.1, port: $CONSOLE" "$NAMED"
check "the same by the power driver ipmi" run_is named 0 PASS
check "what the tool said is kept, without the password" bash -c "grep -q 'Chassis Power is on' $R/runs/*/commands.log && ! grep -r sesame $R/runs/*/commands.log"
board denied "driver: tcp, host: 127.0.0.1, port: $CONSOLE" "${NAMED/BMC_PASSWORD/BMC_GUESS}, tries: 1"
check "a password that it refuses, in the tool's words" run_is denied 3 MISS "Unable to establish IPMI v2 / RMCP+ session"
board wrong "driver: exec, ready: \"SOL Session operational\", command: [$TOOL/guess, -N, \"1\", -R, \"1\", sol, activate]" "$POWER"
check "a wrong password is told in ipmitool's words" run_is wrong 3 MISS \
	'before it said "SOL Session operational": ipmitool: exit 1: Error: Unable to establish IPMI v2 / RMCP+ session'
kill $SIM
wait $SIM 2>/dev/null
exec {LAB[1]}>&-
done_testing
