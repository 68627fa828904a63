#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Power switches that people have, by the drivers named after them: SNMP (the real tools against a real
# snmpd), Kasa (a plug and a strip on loopback), uhubctl (a program that speaks like it). IPMI has
# board_ipmi.sh. What the switch really did stands in a file of its own.
. "$(dirname "$0")/../support/tap.sh"
PEERS=$PWD/tests/support/power_peers.py STATE=$SCRATCH/state.json
echo '{"plug": false, "1": false, "2": false, "3": false, "7": false}' >"$STATE"

boards() { # POWER
	cat >"$SCRATCH/b.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: exec, command: [cat]}
	    power: {$1}
	    boot: {driver: exec, prepare: ["true"]}
	boards:
	  one: {type: t}
	YAML
}
board() { "$MMFARM" board one "$@" --boards "$SCRATCH/b.yaml" --results "$SCRATCH/r" >"$SCRATCH/out" 2>&1; }
is() { [ "$(jq -r --arg o "$1" '.[$o]' "$STATE")" = "$2" ] || { echo "outlet $1 is not $2"; cat "$SCRATCH/out" "$STATE"; return 1; }; }
switches() { # OUTLET: on, off and reset reach it, and nothing else
	local before after
	before=$(jq -Sc "del(.[\"$1\"])" "$STATE")
	board on && is "$1" true && board off && is "$1" false && board reset && is "$1" true && board off && is "$1" false || { cat "$SCRATCH/out"; return 1; }
	after=$(jq -Sc "del(.[\"$1\"])" "$STATE")
	[ "$before" = "$after" ] || { echo "others changed: $before $after"; return 1; }
}
refused() { # CODE TEXT WORDS...
	local code=$1 text=$2
	shift 2
	board "$@"
	[ $? -eq "$code" ] && says "$text" "$SCRATCH/out" || { cat "$SCRATCH/out"; return 1; }
}
free_port() { python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# ---- Kasa ----------------------------------------------------------------------------------------
coproc KASA { exec python3 "$PEERS" kasa "$STATE"; }
read -r PORT <&"${KASA[0]}"
QUICK="settle: 0.1s, confirm: 1s, tries: 1"
boards "driver: kasa, host: 127.0.0.1, port: $PORT, $QUICK"
check "a Kasa plug is switched, and asked" switches plug
boards "driver: kasa, host: 127.0.0.1, port: $PORT, outlet: 2, $QUICK"
check "one outlet of a Kasa strip, and no other" switches 2
boards "driver: kasa, host: 127.0.0.1, port: $PORT, outlet: 5, $QUICK"
check "an outlet that the strip has not" refused 3 "tells no state of outlet 5" on
boards "driver: kasa, host: 127.0.0.1, port: $PORT, $QUICK"
jq '.broken = true' "$STATE" >"$SCRATCH/s" && cat "$SCRATCH/s" >"$STATE"
check "a plug that refuses is quoted" refused 3 "it says: error -3: invalid argument" on
jq 'del(.broken)' "$STATE" >"$SCRATCH/s" && cat "$SCRATCH/s" >"$STATE"
kill "$KASA_PID" && wait "$KASA_PID" 2>/dev/null
check "a plug that is gone" refused 3 "Connection refused" on

# ---- uhubctl -------------------------------------------------------------------------------------
mkdir "$SCRATCH/bin"
printf '#!/bin/sh\nexec python3 %s hub %s "$@"\n' "$PEERS" "$STATE" >"$SCRATCH/bin/uhubctl"
chmod +x "$SCRATCH/bin/uhubctl"
PATH=$SCRATCH/bin:$PATH
boards "driver: uhubctl, location: 1-1, port: 3, $QUICK"
check "a port of a USB hub is switched, and asked" switches 3
boards "driver: uhubctl, location: 2-4, port: 3, $QUICK"
check "a hub that is not there, in uhubctl's words" refused 3 "No compatible devices detected at location 2-4" on

# ---- SNMP ----------------------------------------------------------------------------------------
if ! command -v snmpd >/dev/null || ! command -v snmpset >/dev/null; then
	skip "SNMP" "snmp or snmpd is not installed"
	done_testing
fi
AGENT=$(free_port)
cat >"$SCRATCH/snmpd.conf" <<-END
	agentAddress udp:127.0.0.1:$AGENT
	rwcommunity open-sesame 127.0.0.1
	rocommunity public 127.0.0.1
	createUser operator SHA "authsesame" AES "privsesame"
	rwuser operator priv
	pass .1.3.6.1.4.1.318.1.1 /usr/bin/python3 $PEERS agent $STATE
END
SNMP_PERSISTENT_DIR=$SCRATCH/persistent snmpd -f -C -c "$SCRATCH/snmpd.conf" -Lf "$SCRATCH/snmpd.log" -p "$SCRATCH/snmpd.pid" -I -smux </dev/null &
SNMPD=$! tries=0
until snmpget -v1 -c public -On "127.0.0.1:$AGENT" .1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.7 >"$SCRATCH/status" 2>&1; do
	kill -0 $SNMPD && [ $((tries += 1)) -lt 40 ] || { cat "$SCRATCH/status" "$SCRATCH/snmpd.log"; break; }
	read -rt 0.25 <> <(:)
done
export COMMUNITY=open-sesame WRONG=guess AUTH=authsesame PRIVACY=privsesame
TO="driver: snmp, host: 127.0.0.1, port: $AGENT"
boards "$TO, make: apc, outlet: 7, community: {environment: COMMUNITY}, $QUICK"
check "an outlet of an APC PDU is switched by SNMP, and asked" switches 7
boards "$TO, make: apc-2g, outlet: 1, version: 2c, community: {environment: COMMUNITY}, $QUICK"
check "one of a newer APC, by version 2c" switches 1
boards "$TO, make: apc, outlet: 7, version: 3, user: operator, password: {environment: AUTH}, privacy: {environment: PRIVACY}, $QUICK"
check "by version 3, with authentication and privacy" switches 7
boards "$TO, set: .1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.7, get: .1.3.6.1.4.1.318.1.1.12.3.5.1.1.4.7, community: {environment: COMMUNITY}, $QUICK"
check "by OIDs of its own" switches 7
boards "$TO, make: apc, outlet: 7, community: {environment: WRONG}, timeout: 20s, $QUICK"
check "a wrong community is told in the tool's words" refused 3 "Timeout: No Response from udp:127.0.0.1:$AGENT" on
boards "$TO, make: apc, outlet: 99, version: 2c, community: {environment: COMMUNITY}, $QUICK"
check "an outlet that the PDU has not" refused 3 "Reason: notWritable" on
boards "$TO, make: apc, outlet: 7, $QUICK"
check "no community" refused 2 'key "community" is missing' on
boards "$TO, make: apc, outlet: 7, community: {environment: COMMUNITY}, $QUICK"
unshown() {
	board on --dry-run && says ".12.3.3.1.1.4.7 i 1" "$SCRATCH/out" && ! grep -q sesame "$SCRATCH/out" &&
		! grep -r sesame "$SCRATCH/r" && [ -z "$(compgen -G "${TMPDIR:-/tmp}/mmfarm-snmp-*")" ]
}
check "no secret is shown or left behind" unshown
# Whoever looks at the processes meanwhile sees none.
printf '#!/bin/sh\ntr "\\0" "\\n" </proc/$$/cmdline >%s/argv\nenv >%s/env\nexec /usr/bin/snmpset "$@"\n' "$SCRATCH" "$SCRATCH" >"$SCRATCH/bin/snmpset"
chmod +x "$SCRATCH/bin/snmpset"
hidden() { board on && [ -s "$SCRATCH/argv" ] && ! grep -H sesame "$SCRATCH/argv" "$SCRATCH/env"; }
check "none stands in arguments or environment" hidden
kill $SNMPD
wait $SNMPD 2>/dev/null
done_testing
