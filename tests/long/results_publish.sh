#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The publisher against a server that answers, is cut or hangs in every order, with the publisher killed
# in between: every result arrives, none under two ids, and nothing that is not valid is sent.
. "$(dirname "$0")/../support/tap.sh"
. "$(dirname "$0")/../support/publish.sh"

# ---- every answer in every order ------------------------------------------------------------------
every_order() { # seed
	new_results n1 n2 n3 || return 1
	start "o$1" --token sesame --random "$1"
	rest kernelci "$PORT" | farm
	local i
	publish -q --wait 1s n1 n2 n3 >/dev/null
	for i in $(seq 40); do
		publish -q --retry --wait 3s >/dev/null
		publish --status >/dev/null && break
	done
	exits_with 0 publish --status && arrived "o$1"
}
for seed in 1 2 3 4 5; do
	check "answers drawn by seed $seed: all arrives, once, valid" every_order $seed
done

# ---- killed in between -----------------------------------------------------------------------------
killed() {
	new_results n1 n2 n3 n4 || return 1
	start k1 --token sesame --random 7 --delay 0.02
	rest kernelci "$PORT" | farm
	local i pid
	publish -q --wait 0s n1 n2 n3 n4 >/dev/null &
	sleep 0.05
	kill -9 $! 2>/dev/null
	for i in $(seq 30); do
		TOKEN=sesame "$MMFARM" publish --results r -q --retry --wait 2s n1 n2 n3 n4 >/dev/null 2>&1 &
		pid=$!
		sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
		kill -9 $pid 2>/dev/null
		wait $pid 2>/dev/null
	done
	for i in $(seq 40); do
		publish -q --retry --wait 3s >/dev/null
		publish --status >/dev/null && break
	done
	exits_with 0 publish --status && arrived k1
}
check "killed 31 times at any moment: all arrives, once, valid" killed

no_leftovers() {
	publish -q --wait 0s >/dev/null # the killed one may still have been dying when the last began
	[ -z "$(find r/spool/kernelci -name '.*-*' | tee /dev/stderr)" ]
}
check "nothing half-made is left in the spool" no_leftovers

# ---- killed at each step ---------------------------------------------------------------------------
# Every call that changes a file or talks to the network, one after the other: the publisher and its
# children die on entering the Nth such call of theirs, and the next one has to put it right.
CALLS=openat,rename,unlink,rmdir,mkdir,fsync,fdatasync,flock,connect,sendto,recvfrom,poll,clone,clone3
killed_at() { # N: exit code 9 when nothing was killed, as there was no Nth call
	new_results n1 || return 1
	start "step$1" --token sesame --statuses ready
	rest kernelci "$PORT" | farm
	TOKEN=sesame timeout 60 strace -f -qqq -o strace.log -e "trace=$CALLS" \
		-e "inject=$CALLS:signal=SIGKILL:when=$1" \
		"$MMFARM" publish --results r -q --wait 5s n1 >/dev/null 2>&1
	grep -q "killed by SIGKILL" strace.log || return 9
	exits_with 0 publish --retry --wait 20s n1 && arrived "step$1" &&
		[ -z "$(find r/spool/kernelci -name '.*-*' | tee /dev/stderr)" ]
}
at_each_step() {
	local n server
	for n in $(seq 1000); do
		killed_at $n
		case $? in
		0) ;;
		9) echo "$n steps" >steps && [ "$n" -gt 100 ] && return ;;
		*) echo "killed at step $n"; return 1 ;;
		esac
		server=${pids[-1]} # one a step would pile up
		unset 'pids[-1]'
		kill "$server"
		wait "$server" 2>/dev/null
		rm -rf "step$n"
	done
	echo "no end after 1000 steps"
	return 1
}
if strace -qqq -o /dev/null true 2>/dev/null; then
	check "killed at each of its system calls: all arrives, once, valid" at_each_step
else
	skip "killed at each of its system calls: all arrives, once, valid" "no strace, or not allowed"
fi

done_testing
