#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A pull lab before a KernelCI API that fails, cuts and answers late: each job that is ours is run once
# and finished once, whoever is killed when; what is another's is left alone.
# PULL_KILLS: how many of a job's writes kill the lab, one at a time (4; 0: all of them).
# Long: it waits for servers.
. "$(dirname "$0")/../support/tap.sh"
. tests/support/maestro.sh
DRIVER=$PWD/$BUILD/tests/support/pull_driver
KILLING=$PWD/$BUILD/tests/support/killing_call.so
SERVER=$PWD/tests/support/fake_maestro.py
DATA=$PWD/tests/data/kernelci
export no_proxy=127.0.0.1 KILLS=${PULL_KILLS:-4}
cd "$SCRATCH" || exit 1
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; rm -rf "$SCRATCH"' EXIT
printf 'sesame\n' >token

# What a definition of a boot names, small.
mkdir files && head -c 100000 /dev/urandom >files/Image
mkdir -p t/lib/modules/6.12 && echo module >t/lib/modules/6.12/a.ko
tar -C t -cJf files/modules.tar.xz lib
(cd t && echo lib | cpio -o -H newc --quiet | gzip) >files/rootfs.cpio.gz

# definition NAME: one of tests/data/kernelci with the server's own URLs
definition() {
	python3 - "$DATA/$1.json" "${2:-@PLATFORM@}" >"$1.json" <<-'PY'
		import json, os, sys
		d = json.load(open(sys.argv[1]))
		for k, v in d["artifacts"].items():
		    d["artifacts"][k] = "@STORAGE@/" + os.path.basename(v)
		d["callback"]["url"] = "@CALLBACK@/node/@NODE@"
		d["environment"]["platform"] = sys.argv[2]
		d.get("integrity", {}).pop("sha256", None)
		print(json.dumps(d))
	PY
}
for name in boot-qemu boot-rpi4 ltp-mm-vim3 kselftest-mm-kevin unixbench-asurada kselftest-arm64-qemu; do
	definition $name
done

# serve DIR [OPTIONS...]: a server with these jobs; sets PORT
serve() {
	local dir=$1 line
	shift
	mkdir -p "$dir/storage" && cp files/* "$dir/storage/"
	exec 5< <(exec python3 "$SERVER" "$dir" "$@" 2>"$dir/err")
	pids+=($!)
	read -r -t 60 line <&5
	PORT=$line
}

# farm [LINES...]: farm.yaml before the server
farm() {
	cat >farm.yaml <<-END
		lab: acme-lab
		origin: acme
		kernelci:
		  api: http://127.0.0.1:$PORT/latest
		  lab: acme
		  token: {file: token}
		  claim_wait: ${WAIT:-100ms}
		  poll: 1s
		  platforms:
		    qemu-arm64: {pools: [bbml2], requirements: [secretmem, memory=4G]}
	END
	printf '  %s\n' "$@" >>farm.yaml
}

report() { ask_maestro "$PORT" /report >report.json; }
tell() { ask_maestro "$PORT" "/$1" "$2" >/dev/null; }
is_over() { report && jq -e 'all(.[]; .runtime != "acme" or .node.state == "done")' report.json >/dev/null; }

# until_over RESULTS SECONDS: runs the lab until all jobs that are ours are done
until_over() {
	local end=$((SECONDS + $2))
	until is_over; do
		[ $SECONDS -lt $end ] || { echo "not over"; cat "$1.log"; jq -c '.[] | .node' report.json; return 1; }
		"$DRIVER" "$1" farm.yaml "$2" over >>"$1.log" 2>&1
	done
	"$DRIVER" "$1" farm.yaml 5 over >>"$1.log" 2>&1 # what it has not stored yet
	report
}

# once RESULTS...: each job was claimed, run and finished once by these labs together; its tests are there
# once; those of others are as they were
once() {
	jq -e 'all(.[]; if .runtime == "acme" then .finishes == 1 and (.children | unique | length) == (.children | length)
		else .finishes == 0 and (.claims | length) == 0 and .node.state == "available" end)' report.json >/dev/null ||
		{ jq -c '.[] | {id, claims, finishes, children, s: .node.state, r: .node.result, d: .node.data}' report.json; return 1; }
	# One batch a job, by whichever lab.
	cat "${@/%//carried}" 2>/dev/null | sort -u | awk '{print $2}' | grep -oE '[0-9a-f]{24}' | sort | uniq -d >twice
	[ ! -s twice ] || { echo "run twice:"; cat twice; return 1; }
}

# ---- one of each ---------------------------------------------------------------------------------
as_rendered() {
	serve s1 --jobs 6 --others 3 --definitions boot-qemu.json ltp-mm-vim3.json kselftest-mm-kevin.json \
		unixbench-asurada.json kselftest-arm64-qemu.json boot-rpi4.json
	farm
	until_over r1 40 && once r1 || return 1
	jq -c '[.[] | select(.runtime == "acme") | .node.result]' report.json >found
	# What this lab does not run is skipped, with the reason; the boot beside it counts.
	[ "$(cat found)" = '["pass","skip","skip","pass","skip","pass"]' ] || { cat found; return 1; }
}
check "jobs as KernelCI renders them (boot, LTP, kselftest) are taken and finished" as_rendered
log_is_told() {
	jq -e '.[] | select(.runtime == "acme") | select(.node.result == "pass") | .node
		| .artifacts.test_log | startswith("https://files.acme.example/runs/")' report.json >/dev/null &&
		jq -e 'any(.[]; .node.data.misc.mmfarm.midr == "0x414fd0b1")' report.json
}
check "a finished node says where its log is, and which CPU it ran on" log_is_told
secrets() {
	[ -s r1.log ] && ! grep -rE "sesame|SECRETSIG" r1.log r1/runs r1/batches r1/kernelci/cache/url r1/carried
}
check "neither the token nor what a storage's URL holds is told" secrets
nothing_left() { [ -z "$(ls r1/kernelci/jobs)" ] && [ -z "$(ls r1/kernelci/cache/part)" ]; }
check "nothing of a finished job stays but what the cache keeps" nothing_left

refusals() {
	echo '{"artifacts": {"kernel": "@STORAGE@/Image", "firmware": "@STORAGE@/fw"}}' >unknown.json
	sed 's/"Image"/&/; s#@STORAGE@/Image#@STORAGE@/missing#' boot-qemu.json >missing.json
	sed 's#"integrity": {}#"integrity": {"sha256": {"kernel": "'"$(printf 0%.0s {1..64})"'"}}#' boot-qemu.json >sum.json
	echo "job_name: lava" >lava.json
	serve s2 --jobs 4 --definitions unknown.json missing.json sum.json lava.json
	farm
	until_over r2 60 && once r2 || return 1
	jq -r '.[] | .node | "\(.result) \(.data.error_code) \(.data.error_msg)"' report.json >found
	[ "$(grep -c '^incomplete invalid_job_params ' found)" = 4 ] && grep -q "artifacts.firmware: this lab does not know" found &&
		grep -q "missing: HTTP 404" found && grep -q "its sha256 is" found || { cat found; return 1; }
}
check "what is not understood or not as promised ends as incomplete, with the reason" refusals

look() {
	serve s8 --jobs 2 --others 1 --definitions boot-qemu.json unknown.json
	farm
	"$MMFARM" kernelci check --farm farm.yaml >out || { cat out; return 1; }
	grep -q "^token: may claim and finish jobs" out && grep -q "2 offers to this lab" out &&
		grep -q "qemu-arm64 job: 1 test, 0 skipped" out && grep -q "not understood: artifacts.firmware" out &&
		"$MMFARM" kernelci check --json --farm farm.yaml | jq -e '.offers | length == 2' >/dev/null ||
		{ cat out; return 1; }
	report && jq -e 'all(.[]; .claims == [])' report.json >/dev/null || return 1
	printf 'other\n' >other && sed -i 's/file: token/file: other/' farm.yaml
	"$MMFARM" kernelci check --farm farm.yaml >out
	[ $? = 3 ] && grep -q "^token: refused: HTTP 401" out && ! grep -qE "other|SECRETSIG" out
}
check "kernelci check shows rights and offers, and claims nothing" look

callback() {
	serve s3 --jobs 2 --definitions boot-qemu.json
	farm "output: callback" "callback_token: {file: token}"
	until_over r3 40 && once r3 && jq -e 'all(.[]; .callbacks == 1 and .node.result == "pass")' report.json >/dev/null
}
check "results go to the definition's callback where that is wanted" callback

no_rights() {
	serve s4 --jobs 1 --token other --definitions boot-qemu.json
	farm
	"$DRIVER" r4 farm.yaml 3 >r4.log 2>&1
	report && jq -e '.[0] | .claims == []' report.json >/dev/null && grep -q "refuses the token (HTTP 401)" r4.log &&
		[ "$(grep -c whoami s4/log)" = 1 ] || { cat r4.log s4/log; return 1; }
}
check "a token that is refused is told, and nothing is claimed" no_rights

many() {
	serve s5 --jobs 2 --others 1300 --equal --definitions boot-qemu.json
	farm
	until_over r5 60 && once r5
}
check "jobs behind a page of a thousand events of one time are found" many

# ---- failures and kills --------------------------------------------------------------------------
racing() {
	serve s6 --jobs 8 --fail 0.15 --slow 0.05 --definitions boot-qemu.json
	WAIT=1s farm
	"$DRIVER" r6a farm.yaml 60 over >r6a.log 2>&1 &
	local other=$!
	"$DRIVER" r6b farm.yaml 60 over >r6b.log 2>&1
	wait $other
	tell set '{"fail": 0}'
	until_over r6a 40 && once r6a r6b
}
check "two labs race for jobs of a service that fails: each is run and finished once" racing

# dies_at N [VARIABLE=VALUE]: the lab is killed at its N-th write; another one goes on. In a shell and a
# folder of its own, beside others: "died" there says that it was killed.
dies_at() (
	mkdir "k$1" && cd "k$1" && ln -s ../files ../token ../boot-qemu.json . || return 1
	pids=()
	serve s7 --jobs 1 --seed "$1" --definitions boot-qemu.json
	trap 'kill "${pids[@]}"' EXIT
	farm
	env LD_PRELOAD="$KILLING" KILL_AT="$1" ${2:-} "$DRIVER" r7 farm.yaml 6 over >r7.log 2>&1
	local code=$?
	[ $code = 137 ] || [ $code = 0 ] || { cat r7.log; return 1; }
	[ $code = 0 ] || touch died
	until_over r7 40 && once r7 || { echo "killed at $1 ${2:-}"; return 1; }
)
all_well() { # PROCESS...
	local p failed=0
	for p in "$@"; do wait "$p" || failed=1; done
	return $failed
}
every_write() {
	serve s7 --jobs 1 --definitions boot-qemu.json
	farm
	env LD_PRELOAD="$KILLING" KILL_COUNT="$PWD/count" "$DRIVER" r7 farm.yaml 10 over >r7.log 2>&1
	local all step died tried=0 n together=()
	all=$(cat count)
	[ "$all" -gt 20 ] || { echo "only $all writes"; return 1; }
	step=$((KILLS ? (all + KILLS - 1) / KILLS : 1))
	for ((n = 1 + RANDOM % step; n <= all; n += step)); do
		tried=$((tried + 1))
		dies_at $n $([ $((n % 2)) = 0 ] || echo KILL_AFTER=1) &
		together+=($!)
		[ ${#together[@]} -lt 4 ] && continue
		all_well "${together[@]}" || return 1
		together=()
	done
	all_well "${together[@]}" || return 1
	died=$(ls k*/died | wc -l)
	echo "$all writes, killed at $died of them"
	[ $((4 * died)) -ge $((3 * tried)) ] # how many writes there are depends on time a little
}
check "a lab that is killed at any of its writes runs and finishes its job once" every_write
done_testing
