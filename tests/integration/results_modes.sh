#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may read results does not hang on the umask of whoever starts a run: never the world, unless
# farm.yaml says so; the group as the umask allows; the user always.
. "$(dirname "$0")/../support/tap.sh"

cat >"$SCRATCH/boards.yaml" <<-END
types:
  t:
    cpu: {name: Cortex-A72, midr: 0x410fd083, bbml2: false}
    console: {driver: exec, command: [echo, "Linux version 7.1.0-test"]}
    boot: {driver: exec, prepare: ["true"]}
    power: {driver: exec, on: ["true"], off: ["true"], settle: 0s}
boards: {b1: {type: t}}
pools: {all: {}}
END
printf 'name: j\npayload: {kernel: %s}\npools: [all]\nvariants: [{name: v}]\nsilence: 1s\ndeadline: 20s\n' \
	"$PWD/$BUILD/tests/payloads/silent.img" >"$SCRATCH/job.yaml"
publish="publish: {destinations: {x: {driver: directory, path: $SCRATCH/sent}}}"$'\n'
printf 'lab: l\n%s' "$publish" >"$SCRATCH/farm.yaml"
printf 'lab: l\nreaders: everybody\n%s' "$publish" >"$SCRATCH/open.yaml"

# made UMASK FARM: everything of a run, its report and its publishing
made() {
	rm -rf "$SCRATCH/r" "$SCRATCH/sent"
	mkdir "$SCRATCH/sent"
	(
		umask "$1"
		cd "$SCRATCH" || exit 1
		"$MMFARM" run job.yaml --boards boards.yaml --results r --farm "$2" --no-publish
		"$MMFARM" publish latest --results r --farm "$2" --wait 5s
		"$MMFARM" report latest --results r -o r/report.txt
	) >"$SCRATCH/out" 2>&1
	[ -s "$(echo "$SCRATCH"/r/runs/*/run.json)" ] && [ -s "$SCRATCH/r/store.sqlite" ] &&
		[ -s "$SCRATCH/r/report.txt" ] || { cat "$SCRATCH/out"; return 1; }
}
none_has() { # MODE BITS
	local found
	found=$(find "$SCRATCH/r" ! -type l -perm "/$1" -printf '%M %p\n')
	[ -z "$found" ] || { echo "$found"; return 1; }
}
all_have() { # MODE BITS [FIND'S TESTS...]
	local bits=$1 found
	shift
	found=$(find "$SCRATCH/r" ! -type l "$@" ! -perm "-$bits" -printf '%M %p\n')
	[ -z "$found" ] || { echo "$found"; return 1; }
}

no_umask() { made 000 farm.yaml && none_has 007 && all_have 600; }
check "with umask 000 the world gets nothing" no_umask
usual() { made 022 farm.yaml && none_has 027 && all_have 040 -type d; }
check "with umask 022 the group reads, the world does not" usual
strict() { made 077 farm.yaml && none_has 077 && all_have 600; }
check "with umask 077 only the user does" strict
blind() { made 777 farm.yaml && none_has 077 && all_have 600; }
check "with umask 777 the user still can" blind
everybody() { made 022 open.yaml && none_has 022 && all_have 004 -name run.json && all_have 005 -type d; }
check "readers: everybody lets the world read, and not write" everybody
wide() { made 000 open.yaml && none_has 002 && all_have 004 -name 'console.*'; }
check "with umask 000 neither" wide
printf 'readers: wolrd\n' >"$SCRATCH/bad.yaml"
mistake() {
	exits_with 2 "$MMFARM" publish --status --farm "$SCRATCH/bad.yaml" --results "$SCRATCH/r" >"$SCRATCH/out" 2>&1
	says 'bad.yaml:1:10: readers "wolrd", expected group or everybody' "$SCRATCH/out"
}
check "another word is refused" mistake
done_testing
