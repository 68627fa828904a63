#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who may read the results may ask: a results directory that cannot be written answers as one that can,
# whatever state its store is in, and stays as it is.
. "$(dirname "$0")/../support/tap.sh"
FIXTURE=$PWD/tests/support/results_fixture.py
cd "$SCRATCH" || exit 1
trap 'umount r 2>/dev/null; chmod -R u+w "$SCRATCH" 2>/dev/null; rm -rf "$SCRATCH"' EXIT

for day in 1 2; do
	python3 "$FIXTURE" full "d$day" --time "2026-06-0${day}T01:10:00Z" --fail --boards 4
done
"$MMFARM" reindex --results full >/dev/null
for what in runs tests metrics splats batches; do
	"$MMFARM" results $what --results full --json
done >want
"$MMFARM" report --results full --html -o want.html
sed -i "s#\bfull/#r/#g" want.html # its links lead to where the results lie

# Root may write whatever the permissions say: only a read-only mount stops it.
lock() {
	if [ "$(id -u)" -eq 0 ]; then
		mount --bind r r && mount -o remount,ro,bind r
	else
		chmod -R a-w r
	fi
}
unlock() { umount r 2>/dev/null || chmod -R u+w r; }

# answers: with r read-only every command says what it says of `full`, and nothing in r has changed
answers() {
	lock || return 1
	find r -type f -exec sha256sum {} + | sort >before
	local what code=0
	for what in runs tests metrics splats batches; do
		"$MMFARM" results $what --results r --json || code=1
	done >got 2>err
	"$MMFARM" report --results r --html -o got.html 2>>err
	[ $? -eq 1 ] || code=1
	"$MMFARM" show --results r d1-b0-v0-1 >/dev/null || code=1
	find r -type f -exec sha256sum {} + | sort >after
	unlock
	[ $code -eq 0 ] && cmp want got && cmp want.html got.html && diff before after
}
fresh() { rm -rf r && cp -r full r; }

up_to_date() { fresh && answers && [ ! -s err ]; }
no_store() { fresh && rm r/store.sqlite* && answers && says "behind by 2 batches and cannot be written" err; }
behind() {
	fresh && rm -r r/batches/d2 r/runs/d2-* && "$MMFARM" reindex --results r >/dev/null &&
		cp -r full/batches full/runs r && answers && says "behind by 1 batch and" err
}
older() { fresh && rm r/store.sqlite* && : >r/store.sqlite && answers; }
newer() {
	fresh && sqlite3 r/store.sqlite "PRAGMA user_version = 999" && lock || return 1
	exits_with 2 "$MMFARM" results --results r 2>err
	local code=$?
	unlock
	[ $code -eq 0 ] && says "written by a newer mmfarm" err
}
damaged() {
	fresh && echo "this is no database, it is longer than a header" >r/store.sqlite && lock || return 1
	exits_with 3 "$MMFARM" results --results r 2>err
	local code=$?
	unlock
	[ $code -eq 0 ] && says '`mmfarm reindex` rebuilds it' err
}
# A writer keeps the WAL open while others read.
in_use() {
	fresh
	sqlite3 r/store.sqlite "BEGIN IMMEDIATE; DELETE FROM batches WHERE 0; COMMIT; SELECT 1" \
		".shell touch in-use; while [ ! -e done ]; do sleep 0.05; done" >/dev/null &
	local pid=$! i
	for i in $(seq 100); do
		[ -e in-use ] && break
		sleep 0.05
	done
	answers
	local code=$?
	: >done
	wait $pid
	return $code
}
writable_behind() {
	fresh && rm r/store.sqlite* && "$MMFARM" results batches --results r --json >got 2>err &&
		says "(2 batches taken into the store)" err &&
		"$MMFARM" results batches --results r --json >got 2>err && [ ! -s err ] && [ "$(wc -l <got)" = 2 ]
}
check "a store that can be written catches up once" writable_behind

# A dry run is a question too: it reads what the store lacks, and leaves the directory as it was.
dry_run() {
	printf 'keep:\n  newest: 1\n  age: {pass: 1d, done: 1d}\n' >farm.yaml
	fresh && "$MMFARM" prune --dry-run --farm farm.yaml --results r >want.prune || return 1
	fresh && rm r/store.sqlite* && find r | sort >before &&
		"$MMFARM" prune --dry-run --farm farm.yaml --results r >got.prune || return 1
	find r | sort >after
	[ -s want.prune ] && cmp want.prune got.prune && diff before after
}
check "a dry run of prune leaves a store that is behind as it was" dry_run

mkdir -p r
if [ "$(id -u)" -eq 0 ] && ! { lock && unlock; } 2>/dev/null; then
	skip "read-only results" "root without mounts can write everything"
	done_testing
fi
check "read-only: a store that is up to date" up_to_date
check "read-only: no store at all" no_store
check "read-only: a store that lacks a batch" behind
check "read-only: a store of an older schema" older
if command -v sqlite3 >/dev/null; then
	check "read-only: a store of a newer mmfarm is refused" newer
	check "read-only: a store that somebody has open" in_use
fi
check "read-only: a damaged store says what to do" damaged
done_testing
