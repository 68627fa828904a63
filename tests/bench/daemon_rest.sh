#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the daemon costs at rest with 64 boards and a nightly schedule: CPU over REST_SECONDS and memory;
# beside it systemd's or cron's are not comparable, so a bare `sleep` loop of ten seconds is. And how long
# it takes from its start to its first worker.
cd "$(dirname "$0")/../.." || exit 1
mmfarm=$PWD/${MMFARM_BUILD:-build}/mmfarm
seconds=${REST_SECONDS:-30}
dir=$(mktemp -d)
export MMFARM_LOCK_DIR=$dir/locks
trap 'kill "$daemon" "$peer" 2>/dev/null; rm -rf "$dir"' EXIT
mkdir "$dir/jobs"
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
	for i in $(seq 64); do echo "  n$i: {type: n1}"; done
	printf 'pools:\n  all: {bbml2: false}\n'
} >"$dir/boards.yaml"
cat >"$dir/jobs/night.yaml" <<-END
	name: night
	payload: {firmware: $PWD/${MMFARM_BUILD:-build}/firmware/mm.img}
	pools: [all]
	schedule: "@nightly"
	variants:
	  - {name: a, arguments: "tests=quick order=roonly"}
END
cd "$dir" || exit 1
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
(while :; do sleep 10; done) &
peer=$!
"$mmfarm" daemon --boards boards.yaml --results r 2>log &
daemon=$!
sleep 3
before=$(ticks $daemon)
sleep "$seconds"
after=$(ticks $daemon)
awk -v t=$((after - before)) -v s="$seconds" -v hz="$(getconf CLK_TCK)" \
	'BEGIN { printf "at rest, 64 boards: %.2f %% of a core (goal 1 %%)", 100 * t / hz / s }'
awk '/^VmRSS/ { printf ", %.1f MB (goal 30 MB)", $2 / 1024 }' "/proc/$daemon/status"
awk '/^VmRSS/ { printf "; a shell that sleeps: %.1f MB\n", $2 / 1024 }' "/proc/$peer/status"
kill $daemon
wait $daemon
# A batch that waits is begun by the next daemon.
"$mmfarm" daemon --boards boards.yaml --results r 2>log &
daemon=$!
sleep 2
"$mmfarm" queue --drain --results r
wait $daemon
python3 - r/farm.sqlite "$dir/jobs/night.yaml" <<-END
	import sqlite3, sys, time
	db = sqlite3.connect(sys.argv[1])
	db.execute("insert into batch (id, job, nominal, ordinal, cause, priority, submitted, window_end, begun)"
	           " values ('20260101T000000Z-0123456789', 'night', 0, 0, 'change', 50, ?, 9223372036854775807, 0)",
	           (int(time.time()),))
	db.commit()
END
from=$(date +%s%N)
"$mmfarm" daemon --boards boards.yaml --results r 2>log &
daemon=$!
for _ in $(seq 2000); do
	ls r/runs 2>/dev/null | grep -q . && break
	sleep 0.005
done
echo "start to first run: $((($(date +%s%N) - from) / 1000000)) ms (goal 200 ms)"
"$mmfarm" queue --cancel 20260101 --results r >/dev/null
sleep 3
