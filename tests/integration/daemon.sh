#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The unattended farm on virtual boards: batches are handed over and followed, schedules fire, boards are
# reserved and kept out, a configuration that is wrong is refused, a daemon that is killed is followed by
# one that loses and doubles nothing.
. "$(dirname "$0")/../support/tap.sh"
mkdir -p "$SCRATCH/jobs"
cat >"$SCRATCH/boards.yaml" <<-END
	types:
	  n1:
	    cpu: {name: "Neoverse-N1", midr: 0x414fd0c1, bbm: 0, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: neoverse-n1, memory: 1G, cpus: 1}
	    boot: {driver: direct}
	boards:
	  vn1-01: {type: n1}
	  vn1-02: {type: n1}
	pools:
	  no-bbml2: {bbml2: false}
END
job() { # NAME PAYLOAD EXTRA
	cat >"$SCRATCH/jobs/$1.yaml" <<-END
		name: $1
		payload: $2
		pools: [no-bbml2]
		deadline: 120s
		busy_wait: 0s
		$3
		variants:
		  - {name: a, arguments: "tests=quick order=roonly"}
		  - {name: b, arguments: "tests=quick order=roonly"}
	END
}
OFF="{kernel: $PWD/$BUILD/tests/payloads/off.img}" # boots, and switches off
DONE='done: {power_off: true}'
job try "$OFF" "$DONE"
job longer "{firmware: $PWD/$BUILD/firmware/mm.img}" ""
job tick "$OFF" $'schedule: {cron: "0 * * * *", window: 48h}\n'"$DONE"
RESULTS=$SCRATCH/results
cd "$SCRATCH" || exit 1
ask() { "$MMFARM" "$@" --results "$RESULTS"; }
start_daemon() {
	"$MMFARM" daemon --boards "$SCRATCH/boards.yaml" --results "$RESULTS" -j 2 >>"$SCRATCH/daemon.log" 2>&1 &
	daemon=$!
	for _ in $(seq 300); do
		ask queue >/dev/null 2>&1 && return 0
		kill -0 "$daemon" 2>/dev/null || break
		sleep 0.1
	done
	cat "$SCRATCH/daemon.log"
	return 1
}
kill_daemon() { kill -9 "$daemon" && { wait "$daemon" 2>/dev/null; true; }; }
trap 'kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null; rm -rf "$SCRATCH"' EXIT

check "without a daemon a question says so" \
	bash -c "! $MMFARM queue --results $RESULTS 2>$SCRATCH/err && grep -q 'no daemon runs' $SCRATCH/err"
check "a daemon starts and answers" start_daemon
ask queue >/dev/null 2>&1 || done_testing # nothing else can be asked
check "an empty queue says so" bash -c "$MMFARM queue --results $RESULTS | grep -q 'nothing'"
check "a second daemon for the same results is refused" exits_with 3 "$MMFARM" daemon --boards "$SCRATCH/boards.yaml" --results "$RESULTS"

# ---- triggers -----------------------------------------------------------------------------------
git init -q "$SCRATCH/tree" && git -C "$SCRATCH/tree" -c user.name=n -c user.email=e@x commit -q --allow-empty -m one
branch=$(git -C "$SCRATCH/tree" symbolic-ref HEAD)
cp "$OLDPWD/$BUILD/tests/payloads/off.img" watched.img
job onfile "{kernel: $SCRATCH/watched.img}" $'trigger: {payload_changed: true, every: 10s}\n'"$DONE"
job oncommit "$OFF" $'trigger: {git: {repository: '"$SCRATCH/tree, ref: $branch"$'}, every: 10s}\n'"$DONE"
seen() { sqlite3 "$RESULTS/farm.sqlite" "select value from entry where kind = 'trigger' and key like '$1|%'"; }
wait_seen() { # JOB CHANGES
	for _ in $(seq 300); do
		[[ $(seen "$1") == "$2 "* ]] && return 0
		sleep 0.2
	done
	seen "$1"
	tail -5 "$SCRATCH/daemon.log"
	return 1
}
batches_of() { grep -l "\"name\": \"$1\"\|\"job\": \"$1\"" "$RESULTS"/batches/*/batch.json | wc -l; }
wait_batches() { # JOB N
	for _ in $(seq 600); do
		[ "$(batches_of "$1")" -eq "$2" ] && return 0
		sleep 0.2
	done
	batches_of "$1"
	return 1
}
check "a configuration with triggers is taken" ask queue --reload
check "a payload is seen once before it can change" wait_seen onfile 0
check "a ref is seen once before it can move" wait_seen oncommit 0
printf x >>"$SCRATCH/watched.img"
git -C "$SCRATCH/tree" -c user.name=n -c user.email=e@x commit -q --allow-empty -m two

# ---- a person's batch ---------------------------------------------------------------------------
ask run jobs/try.yaml --boards "$SCRATCH/boards.yaml" >"$SCRATCH/run.out" 2>"$SCRATCH/run.err"
code=$?
check "a batch that is handed over ends as it would here" [ "$code" -eq 0 ]
check "its runs are told as they end" grep -q '^PASS   *vn1-01' "$SCRATCH/run.out"
check "and so is its summary" grep -q "all 4 runs as wanted" "$SCRATCH/run.out"
check "its results lie where others lie" bash -c "ls $RESULTS/batches/*/kcidb.json"
glance() { COLUMNS=80 "$MMFARM" boards --boards "$SCRATCH/boards.yaml" --results "$RESULTS" "$@"; }
check "boards show how they are" bash -c '"$0" boards --boards boards.yaml --results "$1" | grep -E "^vn1-01 +(Good|Unknown) .* P{2,} +0 % +[2-9]"' "$MMFARM" "$RESULTS"
narrow() { glance >glance && ! grep -E '.{81}' glance && grep -q '^board *health.* last .* held by' glance; }
check "within 80 columns" narrow
check "and as JSON" bash -c '"$0" boards --boards boards.yaml --results "$1" --json | jq -se "length == 2 and all(.[]; .misses == 0 and .last[0:2] == \"PP\" and has(\"holder\"))"' "$MMFARM" "$RESULTS"
check "what their files say is still shown" bash -c '"$0" boards --boards boards.yaml --results "$1" --declared | grep -q "^vn1-01 .*0x414fd0c1"' "$MMFARM" "$RESULTS"
echo 'caps: {power_cycles: 2}' >farm.yaml
check "a night's cap of power cycles is taken" ask queue --reload
check "--wait no leaves it, and tells its name" \
	bash -c "$MMFARM run jobs/try.yaml --wait no --results $RESULTS --boards $SCRATCH/boards.yaml | grep -q '^batch .* waits'"
check "a job that is wrong is refused at once, with its place" \
	bash -c "sed 's/pools/poools/' jobs/try.yaml >jobs/wrong.yaml; ! $MMFARM run jobs/wrong.yaml --results $RESULTS --boards $SCRATCH/boards.yaml 2>$SCRATCH/err; rm jobs/wrong.yaml; grep -q 'wrong.yaml:[0-9]*:[0-9]*:' $SCRATCH/err"

# ---- boards -------------------------------------------------------------------------------------
wait_idle() {
	for _ in $(seq 900); do
		ask queue --json | jq -e '.batches | length == 0' >/dev/null && return 0
		sleep 0.2
	done
	ask queue
	return 1
}
capped() {
	for _ in $(seq 100); do
		ask queue --why try | grep -q 'board vn1-01 has had its 2 power cycles of this night' && return 0
		sleep 0.1
	done
	ask queue --why try
	return 1
}
check "a board that has had its share waits for the next night, and says so" capped
echo 'caps: {power_cycles: 500}' >farm.yaml
check "a larger one lets it go on" ask queue --reload
held() {
	for _ in $(seq 300); do glance | grep -qE '^vn1-0. .* try \(' && return 0; sleep 0.05; done
	glance
	return 1
}
check "a board that runs is held by its job, for somebody" held
check "the queue empties" wait_idle
check "a board is kept out by a person's word" ask health vn1-01 Maintenance --why "new fan"
check "and shown with it" bash -c "$MMFARM health vn1-01 --results $RESULTS | grep -q 'Maintenance.*new fan, says'"
check "a health that there is not is refused" exits_with 2 ask health vn1-01 Fine --why x
check "a board that there is not is refused" exits_with 2 ask reserve vx9-99 --why x
check "back to work" ask health vn1-01 Good --why "fan is in"
check "a board can be reserved" ask reserve vn1-01 --why "by hand" --for 1h
check "twice is once too often" exits_with 2 ask reserve vn1-01 --why "again" --for 1h
check "and boards tell who has it" bash -c '"$0" boards --boards boards.yaml --results "$1" --wide | grep -q "^vn1-01 .* until .*by hand"' "$MMFARM" "$RESULTS"
check "a reservation is shown" bash -c "$MMFARM health vn1-01 --results $RESULTS | grep -q 'reserved by .*by hand'"
check "a reservation can be given back" ask release vn1-01
check "what is not reserved is not given back" exits_with 2 ask release vn1-01

# ---- what was watched ---------------------------------------------------------------------------
check "a payload that has changed makes a batch" eval 'wait_seen onfile 1 && wait_batches onfile 1'
check "a ref that has moved makes a batch" eval 'wait_seen oncommit 1 && wait_batches oncommit 1'

# ---- a daemon that is killed --------------------------------------------------------------------
fires() { sqlite3 "$RESULTS/farm.sqlite" "select coalesce(sum(count), 0) from fire where schedule = 'tick' and outcome = '$1'"; }
# The farm was down for a day, as its schedule sees it.
sleep_a_day() { sqlite3 "$RESULTS/farm.sqlite" "update schedule set cursor = cursor - 86400 where name = 'tick'"; }
caught_up() {
	for _ in $(seq 300); do
		[ "$(fires fired)" -ge 1 ] && break
		sleep 0.1
	done
	# One of 24 is the newest; an hour may have come meanwhile.
	[ "$(fires missed)" -eq 23 ] && [ "$(fires fired)" -le 2 ] || { sqlite3 "$RESULTS/farm.sqlite" "select * from fire"; return 1; }
}
check "a batch is left to the daemon" ask run jobs/longer.yaml --wait no --boards "$SCRATCH/boards.yaml"
for n in 1 2 3; do
	sleep 0.$((n * 3))
	[ $n != 2 ] || check "the daemon is killed, and its schedule's nights pass" eval 'kill_daemon; sleep_a_day'
	check "the daemon is killed, and another one starts ($n)" eval 'kill_daemon; start_daemon'
done
check "a schedule that slept fires its newest time, and tells of the others" caught_up
check "and its batch is made" wait_batches tick "$(fires fired)"
check "the queue empties behind the deaths" wait_idle
each_has_a_verdict() {
	jq -r 'select(.finish_time) | .runs[] | (.id? // .)' "$RESULTS"/batches/*/batch.json | sort >planned
	jq -r 'select(.verdict) | .id' "$RESULTS"/runs/*/run.json | sort >judged
	[ "$(wc -l <planned)" -gt 10 ] && [ -z "$(comm -23 planned judged)" ] && [ -z "$(uniq -d planned)" ]
}
check "each planned run has one verdict" each_has_a_verdict
check "no run was made twice" bash -c "! ls $RESULTS/runs | grep -q '~2\$'"
check "the store is as one that is made anew" bash -c "
	sqlite3 $RESULTS/store.sqlite 'select id from runs order by id' >$SCRATCH/before &&
	$MMFARM reindex --results $RESULTS >/dev/null &&
	sqlite3 $RESULTS/store.sqlite 'select id from runs order by id' >$SCRATCH/after &&
	cmp $SCRATCH/before $SCRATCH/after && [ -s $SCRATCH/after ]"
check "a nominal time has one batch" bash -c "
	[ \"\$(sqlite3 $RESULTS/farm.sqlite \"select count(batch) - count(distinct batch) from fire where batch != ''\")\" = 0 ]"

# ---- what is wrong ------------------------------------------------------------------------------
check "a configuration that is wrong is refused, with its place" bash -c "
	cp boards.yaml good.yaml; echo '  nonsense: [' >>boards.yaml
	$MMFARM queue --reload --results $RESULTS 2>err; code=\$?; cp good.yaml boards.yaml
	grep -q 'boards.yaml:[0-9]*:[0-9]*:' err && [ \$code -eq 2 ]"
check "and the old one stays" bash -c "$MMFARM health vn1-01 --results $RESULTS | grep -q vn1-01"
check "the one that is right again is taken" ask queue --reload
check "hostile lines are answered or cut off, and others are served" python3 - "$RESULTS/control" <<-'END'
	import json, socket, sys
	def talk(data):
	    s = socket.socket(socket.AF_UNIX)
	    s.settimeout(10)
	    s.connect(sys.argv[1])
	    try:
	        s.sendall(data)
	        return s.recv(65536)
	    except (BrokenPipeError, ConnectionResetError):
	        return b""
	for data in [b"\n", b"[]\n", b"{\n", b"\0\xff\n", b'{"do":1}\n', b'{"do":"nothing"}\n', b'{"do":"reserve"}\n',
	             b'{"do":"submit","run":"{}"}\n', b'{"do":"submit","run":"{\\"job\\":\\"/etc/passwd\\"}"}\n',
	             b'{"do":"health","board":"vn1-01"}\n', b'{"do":"follow","batch":""}\n']:
	    answer = json.loads(talk(data))
	    assert "error" in answer, (data, answer)
	assert talk(b"x" * 1000000) == b""
	assert json.loads(talk(b'{"do":"status"}\n'))["ok"]
END
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	chmod 755 "$SCRATCH" "$RESULTS"
	check "a stranger may look" setpriv --reuid=65534 --clear-groups "$MMFARM" queue --results "$RESULTS"
	check "but changes nothing" bash -c "
		! setpriv --reuid=65534 --clear-groups $MMFARM queue --drain --results $RESULTS 2>$SCRATCH/err &&
		grep -q 'members of the group mmfarm' $SCRATCH/err"
else
	skip "a stranger may look" "needs root"
	skip "but changes nothing" "needs root"
fi
check "metrics are in Prometheus' form" bash -c "
	$MMFARM metrics --results $RESULTS | grep -vE '^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? [0-9.]+)\$' | grep . && exit 1
	$MMFARM metrics --results $RESULTS | grep -q '^mmfarm_runs_finished_total{verdict=\"PASS\"}'"

# ---- the end ------------------------------------------------------------------------------------
check "a farm that drains ends by itself" eval 'ask queue --drain; wait "$daemon"'
check "and leaves no emulator" bash -c "! pgrep -a qemu-system | grep -F '$SCRATCH'"
done_testing
