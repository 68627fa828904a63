#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two users on one board: whoever holds it, the other one is refused and told who, since when and for
# what. With the folder of all users, and with folders of their own. Then a storm of kill -9: never two
# at once, and nobody is kept out by the dead. Needs root, for the users.
# Alone: five processes fight for one board.
if [ "$(id -u)" = 0 ] && [ -z "${LEASE_USERS_INSIDE:-}" ] && unshare -m true 2>/dev/null; then
	exec unshare -m env LEASE_USERS_INSIDE=1 "$0"
fi
. "$(dirname "$0")/../support/tap.sh"
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o mode=1777 locks /run/lock 2>/dev/null; then
	skip "two users" "needs root"
	done_testing
fi
unset MMFARM_LOCK_DIR
KILLS=${STORM_KILLS:-20}
RANDOM=${STORM_SEED:-7}
chmod 755 "$SCRATCH"
echo on >"$SCRATCH/outlet" # what the switch was told last
cat >"$SCRATCH/switch" <<-END
	#!/bin/sh
	echo "\$1" >>"$SCRATCH/outlet"
END
# One at a time, or it says so.
cat >"$SCRATCH/exclusive" <<-END
	#!/bin/sh
	flock -n -E 9 "$SCRATCH/inside" sleep 0.0\$(( \$\$ % 9 )) || echo "\$\$" >>"$SCRATCH/violations"
	echo "\$(id -u)" >>"$SCRATCH/served"
END
: >"$SCRATCH/inside"
: >"$SCRATCH/violations"
: >"$SCRATCH/served"
chmod 666 "$SCRATCH"/{outlet,inside,violations,served}
chmod 755 "$SCRATCH"/{switch,exclusive}
cat >"$SCRATCH/console.py" <<-'END'
	import socket, sys, threading, time
	def talk(c):
	    try:
	        c.sendall(b"Linux version 7.1.0-test (u@h)\r\n")
	        while True:
	            time.sleep(0.3); c.sendall(b"still here\r\n")
	    except OSError:
	        pass
	s = socket.create_server(("127.0.0.1", 0))
	print(s.getsockname()[1], flush=True)
	while True:
	    threading.Thread(target=talk, args=(s.accept()[0],), daemon=True).start()
END
python3 "$SCRATCH/console.py" >"$SCRATCH/port" &
server=$!
trap 'kill $server 2>/dev/null; umount /run/lock; rm -rf "$SCRATCH"' EXIT
for _ in $(seq 100); do
	[ -s "$SCRATCH/port" ] && break
	sleep 0.1
done
port=$(cat "$SCRATCH/port")
boards() { # FILE NAME HOST: a board at the end of that console
	cat >"$SCRATCH/$1" <<-END
	types:
	  t:
	    cpu: {name: A72, midr: 0x410fd083, bbml2: false}
	    power: {driver: exec, on: [$SCRATCH/switch, on], off: [$SCRATCH/switch, off], settle: 0s}
	    boot: {driver: exec, prepare: ["true"]}
	boards: {$2: {type: t, console: {driver: tcp, host: "$3", port: $port}}}
	pools: {all: {}}
	END
}
boards lab.yaml sbc 127.0.0.1
boards mine.yaml desk LOCALHOST.
sed "s,\[$SCRATCH/switch\, on\],[$SCRATCH/exclusive]," "$SCRATCH/lab.yaml" >"$SCRATCH/storm.yaml"
cat >"$SCRATCH/job.yaml" <<-END
name: nightly
payload: {kernel: $PWD/$BUILD/tests/payloads/talk.img}
pools: [all]
deadline: 120s
silence: 60s
busy_wait: 0
variants: [{name: v}]
END
ALICE=54321 BOB=54322
for user in 0 $ALICE $BOB; do install -d -o $user "$SCRATCH/home-$user"; done
as() { # UID GROUPS COMMAND...
	local user=$1 groups=$2
	shift 2
	(cd "$SCRATCH/home-$user" && exec setpriv --reuid="$user" --regid="$user" "$groups" env HOME="$SCRATCH/home-$user" "$@")
}
hold() { # UID GROUPS: a run of that user has the board
	as "$1" "$2" "$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/lab.yaml" --results "$SCRATCH/home-$1/results" >"$SCRATCH/held.out" 2>&1 &
	for _ in $(seq 300); do
		grep -qs "still here" "$SCRATCH/home-$1"/results/runs/*/console.raw && return 0
		sleep 0.1
	done
	cat "$SCRATCH/held.out"
	return 1
}
holders() { pgrep -f -- "(run $SCRATCH/job.yaml|mmfarm worker $SCRATCH)"; }
let_go() {
	kill -9 $(holders)
	wait $! 2>/dev/null
	rm -rf "$SCRATCH"/home-*/results
}
refused() { # UID GROUPS HOLDER BOARD FILE ACTION
	local before code
	before=$(cat "$SCRATCH/outlet")
	as "$1" "$2" "$MMFARM" board "$4" "$6" --boards "$SCRATCH/$5" --results "$SCRATCH/home-$1/results" >"$SCRATCH/said" 2>&1
	code=$?
	cat "$SCRATCH/said"
	[ $code -eq 3 ] && [ "$before" = "$(cat "$SCRATCH/outlet")" ] &&
		grep -qE "board $4 is in use by $SCRATCH/home-$3/results/runs/[^ ]*, since 20[^ ]*Z, until 20[^ ]*Z \(job nightly, user " "$SCRATCH/said" || return 1
	[ "$4" = sbc ] || says "board sbc for console port localhost:$port" "$SCRATCH/said"
}
served() { # UID GROUPS
	as "$1" "$2" "$MMFARM" board sbc off --boards "$SCRATCH/lab.yaml" --results "$SCRATCH/home-$1/results" && [ "$(tail -n 1 "$SCRATCH/outlet")" = off ]
}
two() { # NAME HOLDER GROUPS OTHER GROUPS
	local name=$1 holder=$2 hg=$3 other=$4 og=$5
	check "$name: a run of the one" hold "$holder" "$hg"
	check "$name: the other's off is refused, and he is told who, since when, until when, for what" refused "$other" "$og" "$holder" sbc lab.yaml off
	check "$name: so is his reset under another name, by another name of the port" refused "$other" "$og" "$holder" desk mine.yaml reset
	let_go
	check "$name: when the one is killed the other is served" served "$other" "$og"
}
two "two users with folders of their own" $ALICE --clear-groups $BOB --clear-groups
own_folders() { [ "$(ls /run/lock | sort | tr '\n' ' ')" = "mmfarm-$ALICE mmfarm-$BOB " ] || { ls -l /run/lock; return 1; }; }
check "which is where their locks lie" own_folders
two "a user and root" $ALICE --clear-groups 0 --keep-groups
shared() {
	ls -ld /run/lock/mmfarm
	[ "$(stat -c %a /run/lock/mmfarm)" = 2775 ]
}
check "root made the folder of all users" shared
two "root and a user" 0 --keep-groups $BOB --clear-groups
if getent group dialout >/dev/null && ! getent group mmfarm >/dev/null; then
	dialout=--groups=$(getent group dialout | cut -d: -f3)
	rm -rf /run/lock/mmfarm*
	two "two members of dialout" $ALICE "$dialout" $BOB "$dialout"
	check "whose folder is that of all users" [ "$(ls /run/lock) $(stat -c %a:%G /run/lock/mmfarm)" = "mmfarm 2775:dialout" ]
	two "a member and one who is none" $ALICE "$dialout" $BOB --clear-groups
else
	dialout=--clear-groups
	skip "two members of dialout" "no group dialout, or a group mmfarm"
fi

# Who waits, by process and user, is served in the order in which it asked.
wait_for_board() { # UID
	as "$1" --clear-groups "$MMFARM" run "$SCRATCH/short.yaml" --boards "$SCRATCH/lab.yaml" --results "$SCRATCH/home-$1/queue" >"$SCRATCH/wait-$1" 2>&1 &
	for _ in $(seq 100); do
		grep -q "^wait" "$SCRATCH/wait-$1" && return 0
		sleep 0.1
	done
	cat "$SCRATCH/wait-$1"
	return 1
}
in_order() {
	sed 's/deadline: 120s/deadline: 1s/' "$SCRATCH/job.yaml" >"$SCRATCH/short.yaml"
	hold $ALICE --clear-groups && wait_for_board $BOB && wait_for_board 0 && wait_for_board $ALICE || return 1
	kill -9 $(pgrep -f -- "run $SCRATCH/job.yaml") $(pgrep -f -- "mmfarm worker $SCRATCH/home-$ALICE/results")
	wait $(jobs -p | grep -vx "$server")
	local user last=0 at
	for user in $BOB 0 $ALICE; do
		at=$(jq -r .start_time "$SCRATCH/home-$user"/queue/runs/*/run.json)
		echo "$user began $at"
		[[ $at > $last ]] || return 1
		last=$at
	done
}
check "three who wait are served in the order in which they asked" in_order

storm() {
	local users=(0 $ALICE $BOB $ALICE $BOB) groups=(--keep-groups "$dialout" --clear-groups "$dialout" --clear-groups) i pid
	local ended=0
	for i in 0 1 2 3 4; do
		(while [ ! -e "$SCRATCH/enough" ]; do
			as "${users[i]}" "${groups[i]}" "$MMFARM" board sbc on --boards "$SCRATCH/storm.yaml" --results "$SCRATCH/home-${users[i]}/storm" >>"$SCRATCH/home-${users[i]}/out" 2>&1
		done) &
	done
	while [ $ended -lt "$KILLS" ]; do
		sleep "0.0$((RANDOM % 10))"
		pid=$(pgrep -f -- "board sbc on --boards $SCRATCH/storm.yaml" | shuf -n 1 --random-source=<(yes "$RANDOM"))
		[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null && ended=$((ended + 1))
	done
	: >"$SCRATCH/enough"
	wait $(jobs -p | grep -vx "$server")
	sort "$SCRATCH/served" | uniq -c
	[ ! -s "$SCRATCH/violations" ] && [ "$(sort -u "$SCRATCH/served" | wc -l)" -eq 3 ] ||
		{ echo "violations:"; cat "$SCRATCH/violations"; tail -n 5 "$SCRATCH"/home-*/out; return 1; }
}
check "$KILLS kills among five of three users: never two at once, and each user is served" storm
sed 's/^/# /' "$SCRATCH/check.out"
free_now() {
	local user
	for user in 0 $ALICE $BOB; do
		as $user --clear-groups "$MMFARM" board sbc on --boards "$SCRATCH/storm.yaml" --results "$SCRATCH/home-$user/storm" || return 1
	done
	lease_is_free /run/lock/mmfarm*/*
}
check "afterwards nothing is held" free_now
done_testing
