#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A commit is told only when the payload proves it, and its version is told whole. The shipped firmware
# on real QEMU, real git repositories.
. "$(dirname "$0")/../support/tap.sh"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  a72:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72, memory: 1G}
    boot: {driver: direct}
boards: {b: {type: a72}}
pools: {all: {}}
END
export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@t GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@t
repository() { # DIR
	git init -q "$1" && echo "$1" >"$1/file" && git -C "$1" add file && git -C "$1" commit -qm "$1"
}
R=$SCRATCH/results
run() { # KIND PAYLOAD
	printf 'name: p\npayload: {%s: %s}\npools: [all]\nbusy_wait: 0\nsilence: 2s\nvariants: [{name: v}]\n' "$1" "$2" >"$SCRATCH/job.yaml"
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	batch=$(echo "$R"/batches/*/batch.json)
	[ -e "$R/latest/kcidb.json" ]
}
commit() { jq -r '.checkout.git_commit_hash // "none"' "$batch"; }
document() { jq -r '.checkouts[0].git_commit_hash // "none"' "$R/latest/kcidb.json"; }

repository "$SCRATCH/data"
foreign() {
	cp "$BUILD/tests/payloads/off.img" "$SCRATCH/data/Image"
	run kernel "$SCRATCH/data/Image" && [ "$(commit)" = none ] && [ "$(document)" = none ]
}
check "a payload kept in a repository of other things does not get that one's commit" foreign

# The same bytes, but for the stamp that a build of this tree puts in.
stamped() { # STAMP: a copy of the firmware that says it was built from it
	python3 - "$BUILD/firmware/mm.img" "$1" "$SCRATCH/data/mm.img" <<-'END'
		import re, sys
		image = bytearray(open(sys.argv[1], "rb").read())
		at = re.search(rb"mmfw-([^\0]*)", bytes(image))
		room, stamp = at.end(1) - at.start(1), sys.argv[2].encode()
		assert len(stamp) <= room, f"the firmware's stamp has room for {room} bytes"
		image[at.start(1):at.end(1)] = stamp.ljust(room, b"\0")
		open(sys.argv[3], "wb").write(image)
	END
}
proven() {
	local head
	head=$(git -C "$SCRATCH/data" rev-parse HEAD)
	stamped "${head:0:7}" || return 1
	run firmware "$SCRATCH/data/mm.img" && [ "$(commit)" = "$head" ] && [ "$(document)" = "$head" ]
}
check "a stamp that the repository around it knows is made whole" proven
unknown() {
	stamped fffffff && run firmware "$SCRATCH/data/mm.img" && [ "$(commit)" = none ] &&
		jq_is "$batch" '.checkout.git_commit_name' fffffff
}
check "one that it does not know is a name, no commit" unknown
dirty() {
	local head
	head=$(git -C "$SCRATCH/data" rev-parse HEAD)
	stamped "${head:0:7}-dirty" 2>"$SCRATCH/err" || { cat "$SCRATCH/err"; grep -q "room for" "$SCRATCH/err" && echo "skipped"; return; }
	run firmware "$SCRATCH/data/mm.img" && [ "$(commit)" = none ]
}
check "a changed tree is no commit" dirty

# A banner as long as a distribution's: what tells two builds apart stands at its end.
long_banner() {
	local banner end="#1 SMP PREEMPT Thu Jun  4 01:10:00 UTC 2026"
	banner="Linux version 7.1.0-rc2-long (builder@host.example.org) (aarch64-linux-gnu-gcc (Some Distribution 14.2.0-19+with+a+long+name) 14.2.0, GNU ld (GNU Binutils for Some Distribution) 2.44.50.20260604) $end"
	cat >"$SCRATCH/boards2.yaml" <<-END
	types:
	  t:
	    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
	    console: {driver: exec, command: [bash, -c, "while [ ! -e $SCRATCH/on ]; do sleep 0.05; done; echo '[    0.000000] $banner'; echo 'login: '; sleep 60"]}
	    boot: {driver: exec, prepare: ["true"]}
	boards:
	  b: {type: t, power: {driver: exec, on: [touch, $SCRATCH/on], off: [rm, -f, $SCRATCH/on], settle: 0s}}
	pools: {all: {}}
	END
	# A kernel that calls itself so.
	python3 - "$PWD/$BUILD/tests/payloads/off.img" "$SCRATCH/long.img" "$banner" <<-'END'
		import re, sys
		image = open(sys.argv[1], "rb").read()
		image = re.sub(rb"Linux version [^\0]*", lambda own: bytes(len(own.group())), image)
		open(sys.argv[2], "wb").write(image + sys.argv[3].encode() + b"\n\0")
	END
	printf 'name: p\npayload: {kernel: %s}\npools: [all]\nsilence: 2s\ndone: {text: "login: "}\nvariants: [{name: v}]\n' "$SCRATCH/long.img" >"$SCRATCH/job.yaml"
	rm -rf "$R"
	"$MMFARM" run "$SCRATCH/job.yaml" --boards "$SCRATCH/boards2.yaml" --results "$R" >"$SCRATCH/out" 2>&1
	local run
	run=$(echo "$R"/runs/*)
	jq_is "$run/run.json" .payload.version "$banner" || return 1
	"$MMFARM" show --results "$R" "$(basename "$run")" | tr -s ' \n' ' ' >"$SCRATCH/shown" &&
		says "$(tr -s " " <<<"$end")" "$SCRATCH/shown" && # in several lines, as wide as a terminal
		"$MMFARM" report --results "$R" >"$SCRATCH/report"
	says "$end" "$SCRATCH/report" && "$MMFARM" results --results "$R" --json | grep -qF "$end"
}
check "a long banner is kept and shown to its end" long_banner
done_testing
