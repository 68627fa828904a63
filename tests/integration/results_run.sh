#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A run publishes by itself: real QEMU, a real HTTP server. The verdict comes at once whatever becomes of
# the sending, and what a run put into the spools arrives.
. "$(dirname "$0")/../support/tap.sh"
TALK=$PWD/$BUILD/tests/payloads/talk.img
. "$(dirname "$0")/../support/publish.sh"

cat >boards.yaml <<-END
	types:
	  a72:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: unix}
	    power: {driver: qmp, cpu: cortex-a72, memory: 256M}
	    boot: {driver: direct}
	boards: {b1: {type: a72}}
	pools: {all: {}}
END
job() { # NAME DONE
	printf 'name: %s\npayload: {kernel: %s}\npools: [all]\nvariants: [{name: v}]\ndone: {text: "%s"}\ndeadline: 20s\n' \
		"$1" "$TALK" "$2" >"$1.yaml"
}
job good "quick brown"
job endless "never said"

run() { # JOB [OPTIONS...]: a bounded run, its exit code
	local job=$1
	shift
	TOKEN=sesame timeout 60 "$MMFARM" run "$job.yaml" --boards boards.yaml --results r "$@"
}

# delivered STORE: the background sender has emptied the spools, and each batch arrived
delivered() {
	local i batch
	for i in $(seq 200); do
		publish --status >status.out 2>&1 && break
		sleep 0.1
	done
	publish --status || return 1
	for batch in r/batches/*; do
		cmp <(jq -cS '[.tests[].id]' "$batch/kcidb.json") \
			<(jq -cS -s --arg b "$(basename "$batch")" '[.[].tests[] | select(.id | contains($b)) | .id]' "$1"/*.json) ||
			return 1
	done
}

by_itself() {
	start s1 --token sesame
	rest kernelci "$PORT" | farm
	exits_with 0 run good >out && says "results: r/batches/" out && delivered s1
}
check "a run's results arrive without another command" by_itself

# A server that never answers holds its connection for longer than the run may take.
hanging() {
	rm -rf r
	start h1 --answers hang,hang,hang
	rest kernelci "$PORT" | sed 's/timeout: 500ms/timeout: 10min/' | farm
	exits_with 0 run good | timeout 60 cat >out # a pipe ends when nobody has it open any more
	[ "${PIPESTATUS[*]}" = "0 0" ] && says PASS out && [ -e r/spool/kernelci/*.kcidb/document ]
}
check "a destination that hangs delays neither the verdict nor the end of a pipe" hanging

dead() {
	rm -rf r
	{
		rest gone 1
		echo "    shelf: {driver: directory, path: shelf}"
	} | farm
	exits_with 0 run good && for i in $(seq 100); do
		[ -n "$(ls shelf 2>/dev/null)" ] && break
		sleep 0.1
	done
	[ -n "$(ls shelf)" ] && publish --status | grep -q "gone: kcidb-rest" && [ -e r/spool/gone/*.kcidb/document ]
}
check "a destination that is not there keeps no other from its results" dead

not_asked() {
	mkdir quiet && cp ./*.yaml quiet && cd quiet || return 1 # the last check's sender may still live
	exits_with 0 run good --no-publish && [ ! -e r/spool ] && [ -e r/latest/kcidb.json ]
	local code=$?
	cd ..
	return $code
}
check "--no-publish leaves the spools alone" not_asked

other_job() {
	rm -rf r shelf
	echo "    shelf: {driver: directory, path: shelf, jobs: [nightly]}" | farm
	exits_with 0 run good && exits_with 0 publish latest >out && says "is not for it" out && [ ! -e shelf ]
}
check "a destination that takes other jobs gets nothing of this one" other_job

mistake() {
	rm -rf r
	echo "    shelf: {driver: pigeon}" | farm
	exits_with 2 run good 2>out && says 'unknown destination driver "pigeon"' out && [ ! -e r/runs ]
}
check "a mistake in the destinations is told before anything is run" mistake

no_spool() {
	rm -rf r && mkdir r && : >r/spool
	echo "    shelf: {driver: directory, path: shelf}" | farm
	exits_with 0 run good 2>out && says "mmfarm run: publishing" out || return 1
	# The batch is known, so that a person can send it once the cause is gone.
	rm r/spool
	exits_with 0 publish latest && [ -n "$(ls shelf)" ]
}
check "a spool that cannot be made is told and changes no verdict" no_spool

killed() {
	rm -rf r
	start k1 --token sesame
	rest kernelci "$PORT" | farm
	local pid i
	TOKEN=sesame "$MMFARM" run endless.yaml --boards boards.yaml --results r >/dev/null 2>&1 &
	pid=$!
	for i in $(seq 100); do
		grep -qs "quick brown" r/runs/*/console.raw && break
		sleep 0.1
	done
	kill -9 $pid
	wait $pid 2>/dev/null
	for i in $(seq 300); do # its worker ends by its own deadline
		[ -e r/runs/*/run.json ] && break
		sleep 0.1
	done
	exits_with 0 run good && [ "$(ls r/batches | wc -l)" = 2 ] && delivered k1
}
check "a batch whose run was killed is published by the next run" killed

done_testing
