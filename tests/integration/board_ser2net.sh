#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real ser2net between farm and board: a port that somebody else holds, an adapter that is not
# there, the wrong protocol. What the server says is told, and is never taken for the board's words.
. "$(dirname "$0")/../support/tap.sh"

if ! command -v ser2net >/dev/null; then
	skip "consoles behind ser2net" "ser2net is not installed"
	done_testing
fi
coproc LAB { exec python3 tests/support/fake_lab.py; }
read -r CONSOLE WEB <&"${LAB[0]}"
URL=http://127.0.0.1:$WEB
R=$SCRATCH/results
printf 'name: one\npayload: {kernel: %s}\npools: [all]\ndone: {text: "login:"}\ndeadline: 20s\nvariants: [{name: v}]\n' \
	"$PWD/$BUILD/tests/payloads/off.img" >"$SCRATCH/one.yaml"

# Three serial ports: pseudo-terminals whose other ends are the lab's console.
python3 - "$CONSOLE" "$SCRATCH" <<-'PY' &
	import os, pty, select, socket, sys, tty
	pairs = {}
	for name in ("held", "telnet", "raw"):
	    master, slave = pty.openpty()
	    tty.setraw(slave)
	    os.symlink(os.ttyname(slave), f"{sys.argv[2]}/{name}.tty")
	    board = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	    pairs[board], pairs[master] = master, board
	while True:
	    for ready in select.select(list(pairs), [], [])[0]:
	        if isinstance(ready, int):
	            pairs[ready].send(os.read(ready, 4096))
	        else:
	            os.write(pairs[ready], ready.recv(4096))
PY
BRIDGE=$!
read -r HELD HELD_RAW TELNET RAW DEAD DEAD_RAW < <(python3 -c '
import socket
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(6)]
print(*(x.getsockname()[1] for x in s))')
until [ -e "$SCRATCH/raw.tty" ]; do read -rt 0.05 <> <(:); done
connection() { # PORT PROTOCOL TTY
	printf 'connection: &c%s\n    accepter: %s,127.0.0.1,%s\n    connector: serialdev,%s,115200n81,local\n' \
		"$1" "$2" "$1" "$3"
}
{
	printf '%%YAML 1.1\n---\n'
	connection "$HELD" "telnet(rfc2217),tcp" "$(readlink "$SCRATCH/held.tty")"
	connection "$HELD_RAW" tcp "$(readlink "$SCRATCH/held.tty")"
	connection "$TELNET" "telnet,tcp" "$(readlink "$SCRATCH/telnet.tty")"
	connection "$RAW" tcp "$(readlink "$SCRATCH/raw.tty")"
	connection "$DEAD" "telnet(rfc2217),tcp" /dev/ttyNONE
	connection "$DEAD_RAW" tcp /dev/ttyNONE
} >"$SCRATCH/ser2net.yaml"
ser2net -n -c "$SCRATCH/ser2net.yaml" -P "$SCRATCH/ser2net.pid" >"$SCRATCH/ser2net.log" 2>&1 &
SER2NET=$!
until python3 -c "import socket; socket.create_connection(('127.0.0.1', $RAW))" 2>/dev/null; do
	kill -0 $SER2NET || break
	read -rt 0.1 <> <(:)
done

board() { # NAME CONSOLE
	cat >"$SCRATCH/$1.yaml" <<-YAML
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {host: 127.0.0.1, $2}
	    power: {driver: http, template: shelly, url: "$URL", outlet: 0, settle: 0.2s, confirm: 2s}
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
never_on() { ! python3 -c "import urllib.request; print(urllib.request.urlopen('$URL/log').read().decode())" | grep turn=on; }
# Somebody holds the port until the file is removed.
hold() { # PORT
	touch "$SCRATCH/holding"
	python3 - "$1" "$SCRATCH/holding" <<-'PY' &
		import os, socket, sys, time
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		s.settimeout(0.1)
		open(sys.argv[2] + ".yes", "w").close()
		while os.path.exists(sys.argv[2]):
		    try:
		        s.recv(4096)
		    except TimeoutError:
		        pass
	PY
	HOLDER=$!
	until [ -e "$SCRATCH/holding.yes" ]; do read -rt 0.05 <> <(:); done
}
let_go() { rm -f "$SCRATCH/holding" "$SCRATCH/holding.yes"; wait $HOLDER; }
console_is_clean() { # and so are the board's bytes
	! grep -aE "already in use|open failure" "$R"/runs/*/console.raw
}

probed() { # CODE TEXT
	exits_with "$1" "$MMFARM" boards --boards "$SCRATCH/held.yaml" --probe >"$SCRATCH/out" 2>&1 && says "$2" "$SCRATCH/out"
}
board held "driver: rfc2217, port: $HELD, grace: 1s"
check "boards --probe opens a port of the server" probed 0 "opens    off"
hold "$HELD_RAW"
check "and tells of one that is held in the server's words" probed 3 "already in use"
let_go

board dead "driver: rfc2217, port: $DEAD, grace: 1s"
check "an adapter that is not there is told in the server's words" run_is dead 3 MISS \
	'the server says "Device open failure: '
board dead-raw "driver: tcp, port: $DEAD_RAW, grace: 1s"
check "on a raw port, too" run_is dead-raw 3 MISS 'the server says "Device open failure: '
hold "$HELD"
board held "driver: rfc2217, port: $HELD, grace: 2s"
check "a port that somebody else holds" run_is held 3 MISS 'the server says "Port already in use"'
check "none of it is in the console" console_is_clean
few_events() { [ "$(grep -c console- "$R"/runs/*/events.jsonl)" -eq 1 ] || { grep console- "$R"/runs/*/events.jsonl; return 1; }; }
check "nor more than once in the events" few_events
board held-raw "driver: tcp, port: $HELD_RAW, grace: 2s"
check "and on another port of the same adapter" run_is held-raw 3 MISS "already in use"
check "no board was switched on without its console" never_on
freed() {
	( until grep -qs console-refused "$R"/runs/*/events.jsonl; do read -rt 0.05 <> <(:); done; rm -f "$SCRATCH/holding" ) &
	run_is held 0 PASS && console_is_clean
}
sed -i 's/grace: 2s/grace: 60s/' "$SCRATCH/held.yaml"
check "a port that is let go within the grace" freed
wait $HOLDER

board wrong "driver: tcp, port: $TELNET"
check "driver tcp on a Telnet port says so" run_is wrong 3 MISS "the server speaks Telnet"
board plain "driver: telnet, port: $TELNET"
check "driver telnet on it" run_is plain 0 PASS
no_protocol() { ! LC_ALL=C grep -aq $'\xff' "$R"/runs/*/console.raw; }
check "none of the protocol is in the console" no_protocol
board raw "driver: tcp, port: $RAW"
check "driver tcp on a raw port" run_is raw 0 PASS

kill $SER2NET $BRIDGE
wait $SER2NET $BRIDGE 2>/dev/null
exec {LAB[1]}>&-
done_testing
