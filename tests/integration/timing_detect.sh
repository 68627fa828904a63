#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `mmfarm timing detect` on recorded series with known changes, and on bad input.
. "$(dirname "$0")/../support/tap.sh"
DATA=$SHARED/data/timing
SCORE=$SHARED/tools/timing/score.py

detect() { "$MMFARM" timing detect "$@"; }

series() { # values on standard input, one a line
	awk 'BEGIN { print "index,value" } { print NR - 1 "," $1 }'
}

yes 100 | head -50 | cat - <(yes 103 | head -10) | series >"$SCRATCH/step.csv"
yes 100 | head -60 | series >"$SCRATCH/flat.csv"

step_is_found() {
	detect "$SCRATCH/step.csv" "$SCRATCH/flat.csv" >"$SCRATCH/out"
	diff "$SCRATCH/out" <(printf 'series\tcps\nstep\t50\nflat\t\n')
}
check "a step is reported by its first index, a flat series by nothing" step_is_found

same_twice() { cmp <(detect --long "$SCRATCH/step.csv") <(detect --long "$SCRATCH/step.csv"); }
check "two runs print the same bytes" same_twice

bad_file_hides_nothing() {
	printf 'index,value\n0,1\n1,oops\n' >"$SCRATCH/bad.csv"
	exits_with 2 detect "$SCRATCH/bad.csv" "$SCRATCH/step.csv" >"$SCRATCH/out" 2>"$SCRATCH/err" &&
		says "$SCRATCH/bad.csv:3:3: expected a finite number, found \"oops\"" "$SCRATCH/err" &&
		says $'step\t50' "$SCRATCH/out"
}
check "a bad file is told with its place and hides no other" bad_file_hides_nothing

check "an unknown parameter is refused" exits_with 2 "$MMFARM" timing detect --param nosuch=1 "$SCRATCH/step.csv"
check "no file is a usage error" exits_with 2 "$MMFARM" timing detect
check "a file that is not there is told" exits_with 2 "$MMFARM" timing detect "$SCRATCH/none.csv"

nightly_finds_it() { detect --nightly "$SCRATCH/step.csv" | grep -qx $'step\t50'; }
check "night by night the step is raised too" nightly_finds_it

printf 'run,metric,cpu,rep0,rep1,rep2\n0,a,x,5,1,3\n1,a,x,7,7,7\n0,b,x,1,1,1\n' >"$SCRATCH/reps.csv"
repetitions() {
	"$MMFARM" timing repetitions "$SCRATCH/reps.csv" 0 1 --series reps/x/a --html "$SCRATCH/reps.html" >"$SCRATCH/out" &&
		says "run 0: 3 repetitions, min 1, median 3, max 5" "$SCRATCH/out" &&
		says "run 1: 3 repetitions, min 7, median 7, max 7" "$SCRATCH/out" && says "<svg" "$SCRATCH/reps.html"
}
check "two runs are shown from inside" repetitions
check "one of several series must be named" exits_with 2 "$MMFARM" timing repetitions "$SCRATCH/reps.csv" 0 1
check "a run that is not there is told" exits_with 2 \
	"$MMFARM" timing repetitions "$SCRATCH/reps.csv" 0 2 --series reps/x/a

# 1 % of noise, a step of 50 % at 20, 500 nights: by the end its place has long left the view.
awk 'BEGIN { srand(7); for (i = 0; i < 500; i++) print (i < 20 ? 100 : 150) * (0.98 + 0.04 * rand()) }' |
	series >"$SCRATCH/old.csv"
an_old_alert_stands() { detect --nightly "$SCRATCH/old.csv" | grep -qx $'old\t20'; }
check "a true alert stands when its place has left the view" an_old_alert_stands

awk 'BEGIN { srand(3); for (i = 0; i < 60; i++) print (i > 0 && i < 4 ? 130 : 100) * (0.98 + 0.04 * rand()) }' |
	series >"$SCRATCH/spiked.csv"
nothing_strong() {
	detect --long "$SCRATCH/spiked.csv" >"$SCRATCH/out"
	! awk -F'\t' 'NR > 1 && $4 <= 0 && $5 >= 0' "$SCRATCH/out" | grep . && ! grep -w strong "$SCRATCH/out"
}
check "three spikes at the beginning are no strong change" nothing_strong

CASES=$SHARED/cases/timing
cases() {
	! detect --long "$CASES/spike-at-start.csv" | grep -w strong &&
		detect --nightly "$CASES/withdrawn-at-window-edge.csv" | grep -qx $'withdrawn-at-window-edge\t20'
}
if [ -d "$CASES" ]; then
	check "cases of alerts that said what was not so" cases
else
	skip "cases of alerts that said what was not so" "no $CASES"
fi

if [ ! -d "$DATA" ]; then
	skip "recorded series" "no $DATA"
	done_testing
fi

# What peers' tools look at: 97 of 100 boundaries of a plain detector, and as few others, within one
# point; the rest is what ours tells from spikes and modes.
agrees() { # set tau
	detect --tau "$2" "$DATA/$1"/*.csv >"$SCRATCH/found" || return 1
	awk -F'\t' '
		FNR == 1 { next }
		NR == FNR { wanted[$1] = $2; next }
		$1 in wanted {
			n = split(wanted[$1], w, ","); m = split($2, f, ",")
			for (i = 1; i <= n; i++) { all++; for (j = 1; j <= m; j++) if (f[j] - w[i] <= 1 && w[i] - f[j] <= 1) { hit++; break } }
			others += m
		}
		END { print all + 0, hit + 0, others + 0; exit !(hit >= 0.97 * all && others <= hit + 0.03 * all + 1) }
	' "$DATA/expected/proto_$1_t$2.tsv" "$SCRATCH/found"
}
# The folder's raw files of repetitions are no series of values.
set_aside() {
	mkdir "$SCRATCH/qemu_tcg"
	cp "$DATA"/qemu_tcg/tcg_*.csv "$SCRATCH/qemu_tcg/"
}
for tau in 5 6 8; do
	check "fixtures at $tau agree with the reference" agrees fixtures "$tau"
done
set_aside
check "emulated host times have no change" bash -c "
	! '$MMFARM' timing detect --tau 6 '$SCRATCH'/qemu_tcg/*.csv | tail -n +2 | grep -P '\t.'"

exact() {
	detect --model exact --param tick=1 "$DATA/qemu_tcg/icount.csv" | tail -n +2 | sort >"$SCRATCH/out"
	for cpu in cortex-a72 max; do
		for metric in alu chase memset pte split tlbi; do
			case $metric in
			alu | split | tlbi) printf 'icount/%s/%s\t15\n' $cpu $metric ;;
			*) printf 'icount/%s/%s\t\n' $cpu $metric ;;
			esac
		done
	done | sort | diff - "$SCRATCH/out"
}
check "instruction counts change at run 15 in three metrics of both CPUs, and nowhere else" exact

regressions() { # tau, false alarms allowed
	detect --tau "$1" "$DATA"/sap_small/*.csv >"$SCRATCH/found"
	python3 "$SCORE" score "$DATA/sap_small/truth.tsv" "$SCRATCH/found" | tee "$SCRATCH/score"
	grep -q 'evR 1.000' "$SCRATCH/score" || return 1
	local all
	all=$(sed -n 's/.*detections \([0-9]*\).*/\1/p' "$SCRATCH/score")
	[ "$all" -le $((5 + $2)) ]
}
if [ -f "$SCORE" ]; then
	check "at 8 the five regressions and nothing else" regressions 8 0
	check "at 6 the five regressions and nothing else" regressions 6 0
	check "at 5 the five regressions and at most one more" regressions 5 1
else
	skip "scores" "no $SCORE"
fi
done_testing
