#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# mmfarm schedule: when jobs are run by themselves, and what clocks that change make of it.
. "$(dirname "$0")/../support/tap.sh"
mkdir -p "$SCRATCH/lab/jobs" && cd "$SCRATCH/lab" || exit 1

job() { # NAME, then its keys
	printf 'name: %s\npayload: {firmware: a}\npools: [p]\nvariants: [{name: v}]\n' "$1" >"jobs/$1.yaml"
	cat >>"jobs/$1.yaml"
}
job berlin <<'END'
schedule: {cron: "30 2 * * *", zone: Europe/Berlin}
END
job often <<'END'
schedule: ["*/7 9-17 1,15,L jan-mar,jul-sep,dec mon-thu", {cron: every 6h, window: 90min, backlog: every 2}]
trigger: [{payload_changed: true}, {git: {repository: /srv/linux, ref: refs/heads/master}, every: 90s}]
END
job still </dev/null

shows() { # FILE COMMAND...: prints what stands in the file
	local file=$1
	shift
	diff "$file" <("$@" 2>&1)
}
cat >spring <<'END'
berlin: each day at 02:30 Europe/Berlin
  "30 2 * * *", window 6h, catch up once, backlog latest, priority 30
  2027-03-27 Sat 02:30 CET    2027-03-27 01:30 UTC
  2027-03-28 Sun 03:00 CEST   2027-03-28 01:00 UTC
      02:30 does not exist on 2027-03-28, fires 03:00
END
check "a time of the gap is told" shows spring "$MMFARM" schedule berlin --at 2027-03-27 --next 2
cat >autumn <<'END'
berlin: each day at 02:30 Europe/Berlin
  "30 2 * * *", window 6h, catch up once, backlog latest, priority 30
  2027-10-31 Sun 02:30 CEST   2027-10-31 00:30 UTC
      02:30 comes twice on 2027-10-31, fires the first time
  2027-11-01 Mon 02:30 CET    2027-11-01 01:30 UTC
END
check "a time of the fold is told" shows autumn "$MMFARM" schedule berlin --at 2027-10-31 -n 2
cat >three <<'END'
berlin: each day at 02:30 Europe/Berlin
  "30 2 * * *", window 6h, catch up once, backlog latest, priority 30
  2027-06-01 Tue 02:30 CEST   2027-06-01 00:30 UTC
often: on day 1, 15 and the last day of January to March, July to September and
    December and each Monday to Thursday in January to March, July to September
    and December at 81 times from 09:00 to 17:56 UTC
  "*/7 9-17 1,15,L jan-mar,jul-sep,dec mon-thu", window 6h, catch up once,
      backlog latest, priority 30
  2027-07-01 Thu 09:00 UTC    2027-07-01 09:00 UTC
often: every 6 hours from 00:00 UTC
  "every 6h", window 90min, catch up once, backlog every 2, priority 30
  2027-06-01 Tue 06:00 UTC    2027-06-01 06:00 UTC
often: whenever jobs/a changes, looked at every 5min
often: whenever refs/heads/master of /srv/linux changes, looked at every 90s
END
check "nothing is wider than 80 columns" bash -c "! awk 'length > 80' three | grep ."
check "all jobs of jobs/ in the order of their files" shows three "$MMFARM" schedule --at 2027-06-01T00:15Z -n 1
first_line() { [ "$("$MMFARM" schedule berlin -n 1 --at "$1" | sed -n 3p)" = "  2027-06-01 Tue 02:30 CEST   2027-06-01 00:30 UTC" ]; }
for at in 2027-06-01T00:30:00Z "2027-06-01 00:30" 2027-06-01T00:30 2027-06-01T02:30+02:00 2027-05-31T00:31; do
	check "--at $at: that time itself is one of them" first_line "$at"
done
check "a job without a schedule says so when it is named" bash -c "'$MMFARM' schedule still | grep -qx 'still: no schedule'"
now() { [ "$("$MMFARM" schedule berlin | grep -c UTC)" -eq 3 ] && [[ "$("$MMFARM" schedule berlin | sed -n 3p | cut -c3-12)" > "$(date -u -d '2 days ago' +%F)" ]]; }
check "without --at, from now on" now

"$MMFARM" schedule berlin --at 2027-03-28 --next 1 --json >one.json
check "JSON: the instant" jq_is one.json '.next[0].at' 2027-03-28T01:00:00Z
check "JSON: what the clock shows" jq_is one.json '.next[0].local' 2027-03-28T03:00:00+02:00
check "JSON: what was meant" jq_is one.json '.next[0].meant + " " + .next[0].change' "2027-03-28T02:30 gap"
check "JSON: the schedule" jq_is one.json '.job + " " + .cron + " " + .zone + " " + .catch_up' "berlin 30 2 * * * Europe/Berlin once"
check "JSON: a schedule a line" bash -c "[ \$('$MMFARM' schedule --json | jq -s length) -eq 3 ]"

refuses() { # TEXT COMMAND...
	local text=$1
	shift
	exits_with 2 "$@" >out 2>err
	says "$text" err
}
check "--next wants a number" refuses 'expected a number from 1 to' "$MMFARM" schedule --next x
check "--at wants a time" refuses 'expected a date such as' "$MMFARM" schedule --at tomorrow
check "an unknown job is named" refuses 'no job "nope"' "$MMFARM" schedule nope
job wrong <<'END'
schedule: {cron: "30 25 * * *"}
END
check "a mistake has its place" refuses 'wrong.yaml:5:22: hour 25, expected 0 to 23' "$MMFARM" schedule wrong
broken() { exits_with 2 "$MMFARM" schedule >out 2>err; says 'hour 25' err && says 'berlin: each day' out && says 'every 6 hours' out; }
check "a broken file hides no other's schedule" broken

mkdir boards
cat >boards/b.yaml <<'END'
types:
  t:
    cpu: {name: A72, midr: 0x410fd083, bbml2: false}
    health_check: alive
    console: {driver: unix}
    power: {driver: qmp, cpu: cortex-a72}
    boot: {driver: direct}
boards:
  b1: {type: t}
  b2: {type: t}
pools:
  p: {}
END
doubts() { # COUNT
	"$MMFARM" boards >out 2>err && [ "$(grep -c 'b.yaml:4:19: health_check: no job "alive" in jobs/' err)" -eq "$1" ]
}
check "a health check that is no job is doubted, once for all its boards" doubts 1
job alive </dev/null
check "one that is a job is not" doubts 0
cd / || exit 1
done_testing
