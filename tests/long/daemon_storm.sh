#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A schedule of every minute on eight virtual boards, while the daemon, workers and emulators are killed
# (kill -9) at random: every nominal time is on record, every planned run has one verdict, the store is as
# one that is made anew, no emulator is left and no board is locked. STORM_KILLS, STORM_SEED.
. "$(dirname "$0")/../support/tap.sh"
KILLS=${STORM_KILLS:-100}
RANDOM=${STORM_SEED:-11}
RESULTS=$SCRATCH/results
mkdir -p "$SCRATCH/jobs"
{
	cat <<-END
		types:
		  n1:
		    cpu: {name: "Neoverse-N1", midr: 0x414fd0c1, bbm: 0, bbml2: false}
		    console: {driver: unix}
		    power: {driver: qmp, cpu: neoverse-n1, memory: 512M, cpus: 1}
		    boot: {driver: direct}
		boards:
	END
	for i in 1 2 3 4 5 6 7 8; do echo "  vn1-0$i: {type: n1}"; done
	printf 'pools:\n  all: {bbml2: false}\n'
} >"$SCRATCH/boards.yaml"
cat >"$SCRATCH/jobs/tick.yaml" <<-END
	name: tick
	payload: {firmware: $PWD/$BUILD/firmware/mm.img}
	pools: [all]
	deadline: 120s
	busy_wait: 0s
	schedule: {cron: "* * * * *", window: 30min, backlog: all, catch_up: all}
	variants:
	  - {name: a, arguments: "tests=quick order=roonly"}
END
cd "$SCRATCH" || exit 1
export MMFARM_LOCK_DIR=$SCRATCH/locks
start_daemon() {
	"$MMFARM" daemon --boards boards.yaml --results "$RESULTS" -j 4 >>daemon.log 2>&1 &
	daemon=$!
}
trap 'kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
# A process of ours, by what it runs.
victim() { # PATTERN
	pgrep -f "$1" | shuf -n 1 --random-source=<(yes "$RANDOM")
}
start_daemon
deaths=0
for _ in $(seq "$KILLS"); do
	sleep "$((RANDOM % 3)).$((RANDOM % 10))"
	case $((RANDOM % 4)) in
	0 | 1)
		kill -9 "$daemon" 2>/dev/null
		wait "$daemon" 2>/dev/null
		start_daemon
		;;
	2)
		pid=$(victim "worker $RESULTS/")
		[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
		;;
	3)
		pid=$(victim "qemu-system-aarch64.*$RESULTS/")
		[ -n "$pid" ] && kill -9 "$pid" 2>/dev/null
		;;
	esac
	deaths=$((deaths + 1))
done
check "the storm has passed ($deaths kills)" [ "$deaths" -eq "$KILLS" ]
# No more schedules: what is there comes to its end.
sed -i '/^schedule:/d' jobs/tick.yaml
kill -HUP "$daemon"
idle() {
	for _ in $(seq 1800); do
		"$MMFARM" queue --results "$RESULTS" --json 2>/dev/null |
			jq -e '.batches | length == 0' >/dev/null && return 0
		sleep 0.5
	done
	"$MMFARM" queue --results "$RESULTS"
	tail -20 daemon.log
	return 1
}
check "all that was begun comes to its end" idle
sql() { sqlite3 "$RESULTS/$1" "$2"; }
minutes() {
	local first last seen
	first=$(sql farm.sqlite "select min(first) from fire")
	last=$(sql farm.sqlite "select max(last) from fire")
	seen=$(sql farm.sqlite "select sum(count) from fire")
	echo "$first $last $seen"
	[ "$seen" -eq $(((last - first) / 60 + 1)) ]
}
check "every nominal time is on record once" minutes
verdicts() {
	local b id n=0
	for b in "$RESULTS"/batches/*/batch.json; do
		jq -e '.finish_time' "$b" >/dev/null || { echo "$b is not finished"; return 1; }
		for id in $(jq -r '.runs[] | (.id? // .)' "$b"); do
			jq -e .verdict "$RESULTS/runs/$id/run.json" >/dev/null || { echo "$id has none"; return 1; }
			n=$((n + 1))
		done
	done
	echo "$n runs"
	[ "$n" -gt 0 ] && [ "$n" -eq "$(find "$RESULTS/runs" -mindepth 1 -maxdepth 1 -type d | wc -l)" ]
}
check "every run has one verdict, and there are no others" verdicts
rebuilt() {
	local q="select id, status from runs order by id"
	sql store.sqlite "$q" >before
	"$MMFARM" reindex --results "$RESULTS" >/dev/null || return 1
	sql store.sqlite "$q" >after
	cmp before after && [ -s after ]
}
check "the store is as one that is made anew" rebuilt
check "no batch is open" bash -c "[ -z \"\$(ls $RESULTS/active)\" ]"
tail -5 daemon.log
kill "$daemon"
wait "$daemon"
check "the daemon ended in order" [ "$?" -eq 0 ]
check "no emulator is left" bash -c "! pgrep -a qemu-system | grep -F '$RESULTS'"
unlocked() {
	local f
	for f in "$SCRATCH"/locks/*; do
		[ -f "$f" ] || continue
		python3 -c "
import fcntl, struct, sys
f = open(sys.argv[1], 'r+b')
lock = struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, 0, 1, 0)
fcntl.fcntl(f, 37, lock)  # F_OFD_SETLK: fails while somebody holds byte 0
" "$f" || { echo "$f is held"; return 1; }
	done
}
check "no board is locked" unlocked
done_testing
